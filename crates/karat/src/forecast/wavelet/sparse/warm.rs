//! Going on from an earlier network: its output is where every new one starts.
//!
//! The earlier network stays as it is, with its scales and categories; what is grown corrects it, and since
//! penalties pull corrections to zero, few rows change it little. The sum of both is again one network.

use super::inputs::Inputs;
use super::merge::{AtomKey, Sum, key};
use crate::table::{Column, Table};
use karat_scorer::step::{Asked, Atom, Expansion, ExpansionField, Link, NO_ATOM};
use karat_scorer::{Error, Result};
use std::collections::BTreeMap;

/// Refuses a network over other columns.
pub(super) fn check(before: &Expansion, table: &Table<'_>, link: Link, outputs: usize) -> Result<()> {
    let wrong = |rule: &str, found: String| Err(Error::argument("warm_start", rule, found));
    if before.link != link || before.outputs != outputs {
        let rule = "must have learned the same kind of target, with as many classes";
        return wrong(rule, format!("{} outputs", before.outputs));
    }
    let names: Vec<&str> = before.fields.iter().map(|field| field.name.as_str()).collect();
    if names != table.names().iter().map(String::as_str).collect::<Vec<_>>() {
        return wrong("must have the columns of this table, in their order", names.join(", "));
    }
    for field in &before.fields {
        let text = matches!(table.column(&field.name), Some(Column::Text { .. }));
        if text != field.is_categorical() {
            return wrong(
                "must have numbers where this table has them, and text where it has text",
                field.name.clone(),
            );
        }
    }
    Ok(())
}

/// The earlier network in the units of the fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before<'a> {
    pub(super) network: &'a Expansion,
    /// What outputs are divided by, after [`mean`](Before::mean) is subtracted.
    pub(super) unit: f64,
    pub(super) mean: f64,
}

impl Before<'_> {
    /// Its outputs for the rows of a fit.
    pub(super) fn outputs(&self, inputs: &Inputs, threads: usize) -> Result<Vec<Vec<f64>>> {
        let outputs = self.network.outputs;
        let columns: Vec<&[f64]> = inputs.raw.iter().map(Vec::as_slice).collect();
        let rows = columns.first().map_or(0, |column| column.len());
        let mut flat = vec![0.0; rows * outputs];
        self.network.eval_batch(&columns, Asked::Decision, &mut flat, threads)?;
        let scaled = |output: usize| {
            flat.iter().skip(output).step_by(outputs).map(|z| (z - self.mean) / self.unit).collect()
        };
        Ok((0..outputs).map(scaled).collect())
    }

    /// Adds its base and terms to those of a merge.
    pub(super) fn add_to(
        &self,
        base: &mut [f64],
        sums: &mut BTreeMap<Vec<AtomKey>, Sum>,
        known: &mut BTreeMap<AtomKey, Atom>,
    ) {
        let network = self.network;
        for (sum, own) in base.iter_mut().zip(&network.base) {
            *sum += (own - self.mean) / self.unit;
        }
        let coefficients = network.coefficients.chunks_exact(network.outputs);
        for ((term, &mean), coefficients) in network.terms.iter().zip(&network.means).zip(coefficients) {
            let atoms = term.iter().filter(|&&atom| atom != NO_ATOM);
            let mut keys: Vec<AtomKey> = Vec::new();
            for atom in atoms.filter_map(|&atom| network.atoms.get(atom as usize)) {
                known.insert(key(atom), *atom);
                keys.push(key(atom));
            }
            keys.sort_unstable();
            let sum =
                sums.entry(keys).or_insert_with(|| Sum { mean, coefficients: vec![0.0; network.outputs] });
            for (output, (slot, own)) in sum.coefficients.iter_mut().zip(coefficients).enumerate() {
                *slot += own / self.unit;
                base[output] += own / self.unit * (sum.mean - mean);
            }
        }
    }
}

/// The field of an earlier network at a place, if there is one.
pub(super) fn field_at(before: Option<&Expansion>, place: usize) -> Option<&ExpansionField> {
    before.and_then(|network| network.fields.get(place))
}
