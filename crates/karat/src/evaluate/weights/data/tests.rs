//! Data weights: properties, exact merging, and what peers do wrong.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::numerics::moments::Moments;
use crate::numerics::random::Random;
use crate::numerics::symmetric_eigen::symmetric_eigen;
use proptest::prelude::*;

const OF_SUMS: [DataMethod; 6] = [
    DataMethod::StandardDeviation,
    DataMethod::Critic,
    DataMethod::Entropy,
    DataMethod::Merec,
    DataMethod::PrincipalComponent,
    DataMethod::PrincipalComponentSquared,
];

fn columns_of(rows: usize, width: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let common: Vec<f64> = (0..rows).map(|_| random.uniform()).collect();
    (0..width)
        .map(|j| {
            let share = j as f64 / width as f64;
            common.iter().map(|c| share * c + (1.0 - share) * random.uniform() * random.uniform()).collect()
        })
        .collect()
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

/// Columns brought to 0..1 by their ranges.
fn scaled(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let scale = |column: &Vec<f64>| {
        let (lo, hi) = column.iter().fold((f64::MAX, f64::MIN), |(lo, hi), &x| (lo.min(x), hi.max(x)));
        column.iter().map(|x| (x - lo) / (hi - lo)).collect()
    };
    columns.iter().map(scale).collect()
}

fn near(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= tolerance, "{what}: {x} against {y}");
    }
}

fn message(found: Result<DataWeights>) -> String {
    found.unwrap_err().to_string()
}

/// Blocks of 256 and 1024 rows, lanes of 8: sizes on both sides of each.
#[test]
fn the_layout_does_not_show() {
    for rows in [2, 7, 8, 9, 255, 256, 257, 1023, 1025, 2600] {
        let columns = columns_of(rows, 5, rows as u64);
        let flat: Vec<f64> = (0..rows).flat_map(|i| columns.iter().map(move |column| column[i])).collect();
        let by_columns = Values::columns(&slices(&columns)).unwrap().costs(&[1]).unwrap();
        let by_rows = Values::row_major(&flat, 5).unwrap().costs(&[1]).unwrap();
        for method in DataMethod::ALL {
            let found = data_weights(&by_columns, method).unwrap();
            assert_eq!(found, data_weights(&by_rows, method).unwrap(), "{method}, {rows} rows");
            assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-14, "{method}");
            assert!(found.weights.iter().all(|&weight| weight >= 0.0), "{method}");
        }
    }
}

/// Blocks against exact sums of the raw values, which `numerics::moments` checks against their definition; a
/// mean a billion times the spread must not cost digits.
#[test]
fn standard_deviations_of_columns_far_from_zero() {
    let columns: Vec<Vec<f64>> = columns_of(5_000, 3, 9)
        .into_iter()
        .zip([0.0, 1e6, 1e9])
        .map(|(column, offset)| column.into_iter().map(|x| x + offset).collect())
        .collect();
    let found = standard_deviation(&Values::columns(&slices(&columns)).unwrap()).unwrap();
    for (column, found) in columns.iter().zip(&found.standard_deviation) {
        let mut moments = Moments::default();
        column.iter().for_each(|&x| moments.add(x));
        let exact = moments.standard_deviation() / (moments.maximum() - moments.minimum());
        assert!((found / exact - 1.0).abs() < 1e-13, "{found} against {exact}");
    }
}

/// The sums of a plan's pass against the readings of a table, which the goldens hold.
#[test]
fn sums_of_a_pass_give_the_weights_of_the_table() {
    let columns = scaled(&columns_of(700, 4, 3));
    let values = Values::columns(&slices(&columns)).unwrap();
    let mut sums = DataSums::new(&OF_SUMS, 4);
    let mut room = Vec::new();
    for i in 0..700 {
        sums.add(&columns.iter().map(|column| column[i]).collect::<Vec<_>>(), &mut room);
    }
    for method in OF_SUMS.into_iter().filter(|&method| method != DataMethod::Merec) {
        let (of_sums, of_table) = (sums.weights(method).unwrap(), data_weights(&values, method).unwrap());
        near(&of_sums.weights, &of_table.weights, 1e-12, method.name());
        near(&of_sums.information, &of_table.information, 1e-11, method.name());
    }
    let hundred: Vec<Vec<f64>> = columns.iter().map(|c| c.iter().map(|z| 1.0 + 99.0 * z).collect()).collect();
    let of_table = merec(&Values::columns(&slices(&hundred)).unwrap()).unwrap();
    let of_sums = sums.weights(DataMethod::Merec).unwrap();
    near(&of_sums.weights, &of_table.weights, 1e-12, "merec");
    near(&of_sums.information, &of_table.removal_effect, 1e-9, "merec");
}

proptest! {
    /// Whatever the parts and the order in which they are merged: the same bits.
    #[test]
    fn merging_is_exact(
        rows in prop::collection::vec(prop::collection::vec(0.0..=1.0_f64, 3), 3..60),
        part_of in prop::collection::vec(0..4_usize, 60),
        order in Just([0, 1, 2, 3]).prop_shuffle(),
    ) {
        let mut whole = DataSums::new(&OF_SUMS, 3);
        let mut parts = vec![whole.clone(); 4];
        let mut room = Vec::new();
        for (row, &part) in rows.iter().zip(&part_of) {
            whole.add(row, &mut room);
            parts[part].add(row, &mut room);
        }
        let mut merged = DataSums::new(&OF_SUMS, 3);
        // Two at a time, so that the grouping changes too.
        for pair in order.chunks(2) {
            let mut both = parts[pair[0]].clone();
            both.merge(&parts[pair[1]]);
            merged.merge(&both);
        }
        for method in OF_SUMS {
            let bits = |sums: &DataSums| sums.weights(method).map(|found| {
                found.weights.iter().chain(&found.information).map(|x| x.to_bits()).collect::<Vec<_>>()
            }).ok();
            prop_assert_eq!(bits(&whole), bits(&merged), "{}", method);
        }
        prop_assert_eq!(whole.count(), merged.count());
    }

    /// Columns in another order have the same weights in that order; so have costs turned round by hand.
    #[test]
    fn permuting_columns_permutes_weights(
        seed in 0..1_000_000_u64,
        order in Just([0, 1, 2, 3]).prop_shuffle(),
    ) {
        let columns: Vec<Vec<f64>> =
            columns_of(40, 4, seed).into_iter().map(|c| c.into_iter().map(|x| x + 0.1).collect()).collect();
        let mixed: Vec<Vec<f64>> = order.iter().map(|&at| columns[at].clone()).collect();
        let costs: Vec<usize> = (0..4).filter(|&at| order[at] == 2).collect();
        for method in DataMethod::ALL {
            let values = Values::columns(&slices(&columns)).unwrap().costs(&[2]).unwrap();
            let found = data_weights(&values, method).unwrap().weights;
            let values = Values::columns(&slices(&mixed)).unwrap().costs(&costs).unwrap();
            let permuted = data_weights(&values, method).unwrap().weights;
            for (&at, weight) in order.iter().zip(&permuted) {
                prop_assert!((found[at] - weight).abs() < 1e-9, "{} {} {}", method, found[at], weight);
            }
        }
        let turned: Vec<Vec<f64>> =
            (0..4).map(|j| columns[j].iter().map(|x| if j == 2 { -x } else { *x }).collect()).collect();
        let cost = critic(&Values::columns(&slices(&columns)).unwrap().costs(&[2]).unwrap()).unwrap();
        let turned = critic(&Values::columns(&slices(&turned)).unwrap()).unwrap();
        prop_assert_eq!(cost.weights, turned.weights);
    }

    /// `A v = l v`, vectors of length 1 and at right angles, eigenvalues that sum to the trace.
    #[test]
    fn eigenvectors_are_what_they_claim(n in 1..9_usize, seed in 0..1_000_000_u64) {
        let mut random = Random::new(seed);
        let mut matrix = vec![vec![0.0; n]; n];
        for i in 0..n {
            for j in 0..=i {
                let x = random.uniform() - 0.5;
                (matrix[i][j], matrix[j][i]) = (x, x);
            }
        }
        let found = symmetric_eigen(matrix.clone());
        let trace: f64 = (0..n).map(|i| matrix[i][i]).sum();
        prop_assert!((found.values.iter().sum::<f64>() - trace).abs() < 1e-13);
        prop_assert!(found.values.windows(2).all(|pair| pair[0] >= pair[1]));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        for (at, vector) in found.vectors.iter().enumerate() {
            for i in 0..n {
                prop_assert!((dot(&matrix[i], vector) - found.values[at] * vector[i]).abs() < 1e-13);
            }
            for (other, second) in found.vectors.iter().enumerate() {
                prop_assert!((dot(vector, second) - f64::from(at == other)).abs() < 1e-13);
            }
        }
    }
}

/// Peers answer NaN for every weight (CRITIC in pymcdm and scikit-criteria).
#[test]
fn a_constant_column_gets_weight_0_and_the_others_what_they_have_without_it() {
    let columns = columns_of(300, 3, 5);
    let with = [columns[0].clone(), vec![0.1; 300], columns[1].clone(), columns[2].clone()];
    for method in DataMethod::ALL.into_iter().filter(|method| !["equal", "merec"].contains(&method.name())) {
        let alone = data_weights(&Values::columns(&slices(&columns)).unwrap(), method).unwrap();
        let values = Values::columns(&slices(&with)).unwrap().names(["a", "flat", "b", "c"]).unwrap();
        let found = data_weights(&values, method).unwrap();
        assert_eq!(found.weights[1], 0.0, "{method}");
        near(&[found.weights[0], found.weights[2], found.weights[3]], &alone.weights, 1e-12, method.name());
        let codes: Vec<&str> = found.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&"W120"), "{method}: {codes:?}");
        assert_eq!(found.findings[0].place, "column `flat`", "{method}");
    }
    // MEREC divides by the number of columns, so that a constant one dilutes; its own weight is 0 all the same.
    let found = merec(&Values::columns(&slices(&with)).unwrap()).unwrap();
    assert_eq!((found.weights[1], found.findings.len()), (0.0, 1));
    let mut sums = DataSums::new(&OF_SUMS, 2);
    let mut room = Vec::new();
    [0.1, 0.7, 0.3].iter().for_each(|&z| sums.add(&[z, 0.1], &mut room));
    for method in OF_SUMS {
        let found = sums.weights(method).unwrap();
        assert_eq!(found.weights, [1.0, 0.0], "{method}");
        assert_eq!(found.findings[0].place, "column 1", "{method}");
    }
}

#[test]
fn what_cannot_be_weighed_is_named() {
    let with = |column: &[f64], method| {
        let rising = [1.0, 2.0, 4.0, 3.0];
        data_weights(&Values::columns(&[&rising, column]).unwrap().names(["a", "b"]).unwrap(), method)
    };
    let (critic, entropy) = (DataMethod::Critic, DataMethod::Entropy);
    for method in [critic, entropy, DataMethod::Gini, DataMethod::Merec, DataMethod::PrincipalComponent] {
        let text = message(with(&[1.0, f64::NAN, 2.0, f64::INFINITY], method));
        assert!(text.contains("column `b`: not a number: NaN (1 row: 1)"), "{method}: {text}");
        assert!(text.contains("column `b`: infinite: inf (1 row: 3)"), "{method}: {text}");
    }
    for method in [entropy, DataMethod::Gini] {
        let text = message(with(&[1.0, -2.0, -3.0, 1.0], method));
        assert!(text.contains("column `b`: negative: -2 (2 rows: first 1, 2)"), "{method}: {text}");
        assert!(message(with(&[0.0; 4], method)).contains("column `b`: every value is 0"), "{method}");
    }
    // Zeros: peers raise without a name (pymcdm), answer NaN (scikit-criteria) or add 1e-9 (pyDecision).
    let text = message(with(&[0.0, 1.0, 0.0, 2.0], DataMethod::Merec));
    assert!(
        text.contains("column `b`: not above 0: 0 (2 rows: first 0, 2); MEREC takes logarithms"),
        "{text}"
    );
    assert_eq!(with(&[0.0, 1.0, 0.0, 2.0], entropy).unwrap().findings, []);
    // Negative values are nothing special to a spread.
    assert!(with(&[-1.0, 1.0, 0.0, -7.0], critic).is_ok());
    let flat = Values::columns(&[&[1.0, 1.0], &[2.0, 2.0]]).unwrap();
    for method in DataMethod::ALL.into_iter().filter(|&method| method != DataMethod::Equal) {
        assert!(message(data_weights(&flat, method)).contains("no column carries information"), "{method}");
        let single = Values::row_major(&[1.0, 2.0], 2).unwrap();
        assert!(
            message(data_weights(&single, method)).contains("a single row has no dispersion"),
            "{method}"
        );
    }
    let text = message(with(&[10.0, 20.0, 40.0, 30.0], critic));
    assert!(text.contains("every column repeats the others"), "{text}");
    let text = message(with(&[0.0, 1e-200, 2e-200, 1e-200], critic));
    assert!(text.contains("column `b`: from 0 to 0.0"), "{text}");
    let text = message(with(&[1e300, 1e-300, 1.0, 1.0], DataMethod::Merec));
    assert!(text.contains("the quotient leaves the doubles"), "{text}");
    let text = message(with(&[1e308, 1e308, 1e308, 1.0], entropy));
    assert!(text.contains("the sum of its values leaves the doubles"), "{text}");
}

#[test]
fn shapes_are_checked() {
    assert!(Values::columns(&[]).is_err() && Values::row_major(&[], 0).is_err());
    let text = Values::columns(&[&[1.0, 2.0], &[1.0]]).unwrap_err().to_string();
    assert!(text.contains("rows of column 1"), "{text}");
    assert!(Values::row_major(&[1.0, 2.0, 3.0], 2).is_err());
    assert!(Values::row_major(&[1.0, 2.0], 2).unwrap().names(["a"]).is_err());
    assert!(Values::row_major(&[1.0, 2.0], 2).unwrap().costs(&[2]).is_err());
    for method in DataMethod::ALL {
        assert_eq!(DataMethod::from_name(method.name()).unwrap(), method);
    }
}

/// Two columns in step and one against them: its loading is negative, and the finding says so.
#[test]
fn a_loading_of_the_other_sign_is_named() {
    let columns = [[1.0, 2.0, 3.0, 4.0], [1.0, 2.1, 2.9, 4.2], [4.0, 3.1, 2.2, 0.9]];
    let values = Values::columns(&[&columns[0], &columns[1], &columns[2]]).unwrap();
    let found = principal_component(&values, Loadings::Absolute).unwrap();
    assert!(found.loadings[2] < -0.5 && found.weights[2] > 0.3);
    assert_eq!((found.findings.len(), found.findings[0].code), (1, "W121"));
    assert_eq!(found.findings[0].place, "column 2");
    let right = principal_component(&values.clone().costs(&[2]).unwrap(), Loadings::Absolute).unwrap();
    assert!(right.findings.is_empty() && right.loadings[2] > 0.5);
    near(&right.weights, &found.weights, 1e-14, "turned");
    // Columns at right angles have no first component.
    let apart = [[1.0, -1.0, 0.0, 0.0], [1.0, 1.0, -2.0, 0.0], [1.0, 1.0, 1.0, -3.0]];
    let values = Values::columns(&[&apart[0], &apart[1], &apart[2]]).unwrap();
    let found = principal_component(&values, Loadings::Squared).unwrap();
    assert_eq!(found.findings.last().unwrap().code, "W122");
}

/// One row holds everything, however little: entropy 0, as of any other unit.
#[test]
fn subnormal_values_have_an_entropy_too() {
    for least in [f64::MIN_POSITIVE / 8.0, f64::from_bits(1)] {
        let tiny = [0.0, 0.0, least, 0.0];
        let found = entropy_of(&Values::columns(&[&tiny, &[1.0, 2.0, 3.0, 4.0]]).unwrap()).unwrap();
        assert!(found.entropy[0].abs() < 1e-12, "{least:e}: {:?}", found.entropy);
    }
}
