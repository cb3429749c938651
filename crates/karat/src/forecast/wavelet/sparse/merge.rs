//! Networks that are averaged before the link are one network: the union of their terms.

use super::grow::Member;
use super::inputs::Inputs;
use super::library::Atoms;
use super::warm::Before;
use karat_scorer::Result;
use karat_scorer::step::{Atom, AtomKind, Expansion, Link, NO_ATOM, TermGroup};
use std::collections::BTreeMap;

/// An atom in an order of its own.
pub(super) type AtomKey = (u32, u8, u64, u64);

pub(super) fn key(atom: &Atom) -> AtomKey {
    let kind = match atom.kind {
        AtomKind::Linear => 0,
        AtomKind::Wavelet => 1,
        AtomKind::Step => 2,
        AtomKind::Level => 3,
        _ => 4,
    };
    // Shifted so that the order of the bits is that of the numbers.
    let ordered = |x: f64| {
        let bits = (x + 0.0).to_bits();
        if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
    };
    (atom.field, kind, ordered(atom.center), ordered(atom.width))
}

/// A network with the share it has in the average.
pub(super) struct Share<'a> {
    pub(super) share: f64,
    pub(super) atoms: &'a Atoms,
    pub(super) member: &'a Member,
}

/// A term on the way: the mean of its product and a coefficient for each output.
pub(super) struct Sum {
    pub(super) mean: f64,
    pub(super) coefficients: Vec<f64>,
}

/// `scale` and `shift` are those of the outputs: calibration, or the units of a number.
pub(super) fn merge(
    inputs: &Inputs,
    before: Option<Before<'_>>,
    shares: &[Share<'_>],
    link: Link,
    scale: &[f64],
    shift: &[f64],
) -> Result<Expansion> {
    let outputs = scale.len();
    let mut base = vec![0.0; outputs];
    let mut sums: BTreeMap<Vec<AtomKey>, Sum> = BTreeMap::new();
    let mut known: BTreeMap<AtomKey, Atom> = BTreeMap::new();
    if let Some(before) = before {
        before.add_to(&mut base, &mut sums, &mut known);
    }
    for Share { share, atoms, member } in shares {
        for (output, coefficients) in member.coefficients.iter().enumerate() {
            base[output] += share * coefficients[0];
        }
        for (place, unit) in member.units.iter().enumerate() {
            let mut keys = Vec::new();
            for &atom in unit {
                let atom = atoms.list[atom].atom;
                known.insert(key(&atom), atom);
                keys.push(key(&atom));
            }
            keys.sort_unstable();
            let mean = member.means[place];
            let sum = sums.entry(keys).or_insert_with(|| Sum { mean, coefficients: vec![0.0; outputs] });
            for (output, coefficients) in member.coefficients.iter().enumerate() {
                let coefficient = share * coefficients[place + 1];
                sum.coefficients[output] += coefficient;
                // The base is that at the means that are kept.
                base[output] += coefficient * (sum.mean - mean);
            }
        }
    }
    sums.retain(|_, sum| sum.coefficients.iter().any(|&coefficient| coefficient != 0.0));
    let mut used: BTreeMap<AtomKey, u32> = BTreeMap::new();
    for &key in sums.keys().flatten() {
        used.insert(key, 0);
    }
    used.values_mut().zip(0..).for_each(|(place, number)| *place = number);
    let mut expansion = Expansion {
        fields: inputs.fields.clone(),
        link,
        outputs,
        base: base.iter().zip(scale).zip(shift).map(|((base, scale), shift)| base * scale + shift).collect(),
        atoms: used.keys().filter_map(|key| known.get(key).copied()).collect(),
        groups: Vec::new(),
        terms: Vec::new(),
        means: Vec::new(),
        coefficients: Vec::new(),
    };
    arrange(&mut expansion, &sums, &used, scale)?;
    expansion.check()?;
    Ok(expansion)
}

/// The atoms of a term, and its sum over the members.
type Arranged<'a> = ([u32; 3], &'a Sum);

/// Terms by their fields: main effects, then pairs, then threes.
fn arrange(
    expansion: &mut Expansion,
    sums: &BTreeMap<Vec<AtomKey>, Sum>,
    used: &BTreeMap<AtomKey, u32>,
    scale: &[f64],
) -> Result<()> {
    let mut groups: BTreeMap<(usize, [u32; 3]), Vec<Arranged<'_>>> = BTreeMap::new();
    for (keys, sum) in sums {
        let mut term = [NO_ATOM; 3];
        for (place, key) in term.iter_mut().zip(keys) {
            *place = used.get(key).copied().unwrap_or(NO_ATOM);
        }
        let fields = expansion.fields_of(&term)?;
        let order = fields.iter().filter(|&&field| field != NO_ATOM).count();
        groups.entry((order, fields)).or_default().push((term, sum));
    }
    for ((_, fields), terms) in groups {
        expansion.groups.push(TermGroup { fields, terms: terms.len() as u32 });
        for (term, sum) in terms {
            expansion.terms.push(term);
            expansion.means.push(sum.mean);
            expansion.coefficients.extend(sum.coefficients.iter().zip(scale).map(|(b, scale)| b * scale));
        }
    }
    Ok(())
}
