#![allow(clippy::disallowed_methods, reason = "expected values come from the platform's functions")]

use super::*;
use crate::error::ErrorKind;
use proptest::prelude::*;

/// Two numbers and a category; a line, a wavelet, a step, a category, a gap, and products of two and three.
fn expansion(outputs: usize) -> Expansion {
    let tenure = ExpansionField {
        fill: 20.0,
        lo: 0.0,
        hi: 72.0,
        center: 30.0,
        spread: 20.0,
        ..ExpansionField::numeric("tenure")
    };
    let contract = ExpansionField::categorical("contract", vec!["monthly".to_owned(), "yearly".to_owned()]);
    let atom = |field, kind, center, width| Atom { field, kind, center, width };
    let groups =
        [([0, NO_ATOM, NO_ATOM], 3), ([2, NO_ATOM, NO_ATOM], 1), ([0, 1, NO_ATOM], 1), ([0, 1, 2], 1)];
    let terms = vec![
        [0, NO_ATOM, NO_ATOM],
        [1, NO_ATOM, NO_ATOM],
        [4, NO_ATOM, NO_ATOM],
        [3, NO_ATOM, NO_ATOM],
        [0, 2, NO_ATOM],
        [1, 2, 3],
    ];
    Expansion {
        fields: vec![tenure, ExpansionField::numeric("trend"), contract],
        link: if outputs > 1 { Link::Softmax } else { Link::Logistic },
        outputs,
        base: (0..outputs).map(|output| output as f64 - 1.5).collect(),
        atoms: vec![
            atom(0, AtomKind::Linear, 0.0, 1.0),
            atom(0, AtomKind::Wavelet, 0.5, 0.7),
            atom(1, AtomKind::Step, 0.1, 0.2),
            atom(2, AtomKind::Level, 1.0, 1.0),
            atom(0, AtomKind::Missing, 0.0, 1.0),
        ],
        groups: groups.map(|(fields, terms)| TermGroup { fields, terms }).to_vec(),
        means: (0..terms.len()).map(|term| 0.1 * term as f64).collect(),
        coefficients: (0..terms.len() * outputs).map(|place| 0.3 - 0.2 * place as f64).collect(),
        terms,
    }
}

#[test]
fn a_row_gives_what_the_formula_gives() {
    let e = expansion(1);
    let (x, trend) = ((40.0 - 30.0) / 20.0, 0.3);
    let hat = |u: f64| (1.0 - u * u) * (-0.5 * u * u).exp();
    let step = 1.0 / (1.0 + (-2.0_f64 * (trend - 0.1) / 0.2).exp());
    let values = [x, hat((x - 0.5) / 0.7), 0.0, 1.0, x * step, hat((x - 0.5) / 0.7) * step];
    let mut expected = -1.5;
    for (term, value) in values.iter().enumerate() {
        expected += (0.3 - 0.2 * term as f64) * (value - 0.1 * term as f64);
    }
    let (mut scratch, mut out) = (vec![0.0; e.scratch_len()], [0.0]);
    e.decide(&[40.0, trend, 1.0], &mut scratch, &mut out).unwrap();
    assert!((out[0] - expected).abs() < 1e-14, "{} {expected}", out[0]);
    e.eval(&[40.0, trend, 1.0], &mut scratch, &mut out).unwrap();
    assert!((out[0] - 1.0 / (1.0 + (-expected).exp())).abs() < 1e-14);
}

#[test]
fn bytes_come_back_and_damage_is_told() {
    for outputs in [1, 3] {
        let e = expansion(outputs);
        let bytes = e.to_bytes().unwrap();
        assert_eq!(Expansion::from_bytes(&bytes).unwrap(), e);
        for length in 0..bytes.len() {
            assert_eq!(Expansion::from_bytes(&bytes[..length]).unwrap_err().kind(), ErrorKind::Format);
        }
        for place in (8..bytes.len()).step_by(7) {
            let mut bad = bytes.clone();
            bad[place] ^= 0x10;
            assert!(Expansion::from_bytes(&bad).is_err(), "byte {place}");
        }
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let spoil = |change: fn(&mut Expansion)| {
        let mut e = expansion(1);
        change(&mut e);
        e.check().unwrap_err().to_string()
    };
    assert!(spoil(|e| e.terms[0][0] = 99).contains("atoms of the expansion"));
    assert!(spoil(|e| e.groups[0].fields = [1, NO_ATOM, NO_ATOM]).contains("terms over their fields"));
    assert!(spoil(|e| e.groups[3].terms = 2).contains("terms of groups"));
    assert!(spoil(|e| e.atoms[1].width = 0.0).contains("width above 0"));
    assert!(spoil(|e| e.fields[0].spread = f64::NAN).contains("spread above 0"));
    assert!(spoil(|e| e.coefficients[0] = f64::INFINITY).contains("finite"));
    assert!(spoil(|e| e.outputs = 2).contains("outputs"));
    assert!(spoil(|e| e.atoms[3].field = 0).contains("suit the field"));
}

proptest! {
    /// A row alone, in a batch and explained is the same to the last bit, and no value makes it infinite.
    #[test]
    fn one_row_is_a_row_of_a_batch(
        rows in prop::collection::vec((any::<f64>(), any::<f64>(), -1.0..4.0_f64), 1..40),
        outputs in 1..4_usize,
    ) {
        let e = expansion(outputs);
        let columns: [Vec<f64>; 3] = [
            rows.iter().map(|row| row.0).collect(),
            rows.iter().map(|row| row.1).collect(),
            rows.iter().map(|row| row.2.round()).collect(),
        ];
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut batch = vec![0.0; rows.len() * outputs];
        e.eval_batch(&views, Asked::Decision, &mut batch, 2).unwrap();
        let width = e.width_of(Asked::Contributions);
        let mut parts = vec![0.0; rows.len() * width];
        e.eval_batch(&views, Asked::Contributions, &mut parts, 1).unwrap();
        let (mut scratch, mut out) = (vec![0.0; e.scratch_len()], vec![0.0; outputs]);
        let mut alone = vec![0.0; width];
        for row in 0..rows.len() {
            let raw = [columns[0][row], columns[1][row], columns[2][row]];
            e.explain(&raw, &mut scratch, &mut out, &mut alone).unwrap();
            prop_assert_eq!(&alone[..], &parts[row * width..][..width]);
            for output in 0..outputs {
                let mut sum = e.base[output];
                (0..e.groups.len()).for_each(|group| sum += alone[group * outputs + output]);
                prop_assert_eq!(sum.to_bits(), batch[row * outputs + output].to_bits());
                prop_assert_eq!(sum.to_bits(), out[output].to_bits());
                prop_assert!(sum.is_finite());
            }
        }
    }
}

#[test]
fn flags_tell_missing_far_and_unseen() {
    let e = expansion(1);
    assert_eq!(e.flags(&[50.0, 0.0, 1.0]), 0);
    assert_eq!(e.flags(&[f64::NAN, 0.0, 1.0]), flags::MISSING);
    assert_eq!(e.flags(&[109.0, 0.0, 1.0]), flags::FAR);
    assert_eq!(e.flags(&[107.0, 0.0, 2.0]), flags::UNSEEN);
    assert_eq!(e.flags(&[f64::NEG_INFINITY, f64::NAN, -1.0]), flags::FAR | flags::MISSING | flags::UNSEEN);
}
