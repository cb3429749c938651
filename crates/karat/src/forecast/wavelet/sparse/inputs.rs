//! Raw columns as scaled fields, and each field as a few bins.
//!
//! Bins serve to find good atoms quickly; the values of chosen atoms are computed from the rows themselves.

use super::rows::Rows;
use super::warm::field_at;
use crate::table::{Column, Table};
use karat_scorer::step::{Expansion, ExpansionField, MAX_LEVELS};
use karat_scorer::{Error, Problem, Result};
use std::collections::BTreeMap;

/// Most bins of a numeric field.
const BINS: usize = 64;
/// Most categories of a field that have an atom; the rest, the rarest, share none.
const LEVELS: usize = 128;
/// Rows that a category needs for an atom of its own, where there are enough rows.
const ROWS_PER_LEVEL: f64 = 10.0;
/// Stands for the categories of a field without any.
const NO_LABEL: &str = "(none)";
/// Share of the rows beyond each of the two quantiles that set the bounds.
const TAIL: f64 = 0.005;

/// What the bins of a slot stand for.
#[derive(Debug)]
pub(super) enum SlotKind {
    /// Scaled numbers, ascending.
    Numbers(Vec<f64>),
    /// Present and missing.
    Gap,
    /// Categories that have an atom, by position, -1 for missing; then all others.
    Levels(Vec<i64>),
}

/// One way to look at a field.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) field: usize,
    pub(super) kind: SlotKind,
    /// First bin in the histogram of all slots.
    pub(super) offset: usize,
    /// Weight of each bin.
    pub(super) weights: Vec<f64>,
}

/// The fields of all rows.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) fields: Vec<ExpansionField>,
    /// Raw numbers, or positions of categories, of the rows of the fit; NaN is missing.
    pub(super) raw: Vec<Vec<f64>>,
    pub(super) slots: Vec<Slot>,
    /// Bins of each row, slot by slot, counted through all slots.
    pub(super) bins: Vec<u16>,
    pub(super) bin_count: usize,
}

impl Inputs {
    /// Scales and categories are those of an earlier network where there is one.
    pub(super) fn new(table: &Table<'_>, rows: &Rows, before: Option<&Expansion>) -> Result<Inputs> {
        let mut inputs =
            Inputs { fields: Vec::new(), raw: Vec::new(), slots: Vec::new(), bins: Vec::new(), bin_count: 0 };
        let mut columns = Vec::new();
        let total: f64 = rows.weights.iter().sum();
        for (position, name) in table.names().iter().enumerate() {
            let field = match table.column(name) {
                Some(Column::Text { codes, labels }) => {
                    let earlier = field_at(before, position).map_or(&[][..], |field| &field.categories);
                    let (field, raw) = categories(name, codes, labels, rows, earlier)?;
                    inputs.add_levels(position, &field, &raw, rows, total, &mut columns);
                    inputs.raw.push(raw);
                    field
                }
                Some(Column::Numeric(values)) => {
                    let raw: Vec<f64> = rows.source.iter().map(|&row| values[row]).collect();
                    let field = field_at(before, position)
                        .cloned()
                        .unwrap_or_else(|| scaling(name, &raw, &rows.weights));
                    inputs.add_numbers(position, &field, &raw, rows, &mut columns);
                    inputs.raw.push(raw);
                    field
                }
                None => continue,
            };
            inputs.fields.push(field);
        }
        let count = inputs.slots.len();
        inputs.bins = vec![0; rows.source.len() * count];
        for (slot, column) in columns.iter().enumerate() {
            for (row, &bin) in column.iter().enumerate() {
                inputs.bins[row * count + slot] = bin;
            }
        }
        Ok(inputs)
    }

    fn push(
        &mut self,
        field: usize,
        kind: SlotKind,
        bins: Vec<usize>,
        count: usize,
        rows: &Rows,
        columns: &mut Vec<Vec<u16>>,
    ) {
        let mut weights = vec![0.0; count];
        for (&bin, weight) in bins.iter().zip(&rows.weights) {
            weights[bin] += weight;
        }
        let offset = self.bin_count;
        columns.push(bins.into_iter().map(|bin| (offset + bin) as u16).collect());
        self.slots.push(Slot { field, kind, offset, weights });
        self.bin_count += count;
    }

    fn add_numbers(
        &mut self,
        position: usize,
        field: &ExpansionField,
        raw: &[f64],
        rows: &Rows,
        columns: &mut Vec<Vec<u16>>,
    ) {
        let gaps = raw.iter().any(|value| value.is_nan());
        if gaps {
            let bins = raw.iter().map(|value| usize::from(value.is_nan())).collect();
            self.push(position, SlotKind::Gap, bins, 2, rows, columns);
        }
        let scaled: Vec<f64> =
            raw.iter().map(|&x| field.scaled(if x.is_nan() { field.fill } else { x })).collect();
        let (upper, middles) = bins_of(&scaled, &rows.weights);
        if middles.len() < 2 {
            return;
        }
        let last = middles.len() - 1;
        let bins = scaled.iter().map(|x| upper.partition_point(|edge| edge < x).min(last)).collect();
        let count = middles.len();
        self.push(position, SlotKind::Numbers(middles), bins, count, rows, columns);
    }

    /// Categories with enough rows, the heaviest first where there are too many; of two, one tells all.
    fn add_levels(
        &mut self,
        position: usize,
        field: &ExpansionField,
        raw: &[f64],
        rows: &Rows,
        total: f64,
        columns: &mut Vec<Vec<u16>>,
    ) {
        let mut weights = vec![0.0; field.categories.len() + 1];
        let place = |code: f64| if code.is_nan() { 0 } else { code as usize + 1 };
        for (&code, weight) in raw.iter().zip(&rows.weights) {
            weights[place(code)] += weight;
        }
        let least = (0.02 * total).clamp(2.0, ROWS_PER_LEVEL);
        let mut kept: Vec<usize> = (0..weights.len()).filter(|&level| weights[level] >= least).collect();
        if kept.len() == 1 && weights[kept[0]] >= total {
            return;
        }
        kept.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
        kept.truncate(LEVELS);
        kept.sort_unstable();
        let others = weights.iter().filter(|&&weight| weight > 0.0).count() > kept.len();
        if kept.len() == 2 && !others {
            kept.remove(0);
        }
        if kept.is_empty() {
            return;
        }
        let mut bin_of = vec![kept.len(); weights.len()];
        kept.iter().enumerate().for_each(|(bin, &level)| bin_of[level] = bin);
        let bins = raw.iter().map(|&code| bin_of[place(code)]).collect();
        let count = kept.len() + 1;
        let levels = kept.iter().map(|&level| level as i64 - 1).collect();
        self.push(position, SlotKind::Levels(levels), bins, count, rows, columns);
    }
}

/// A text column as positions in its sorted labels, behind those that an earlier network knows.
fn categories(
    name: &str,
    codes: &[u32],
    labels: &[String],
    rows: &Rows,
    earlier: &[String],
) -> Result<(ExpansionField, Vec<f64>)> {
    let mut known: BTreeMap<&str, f64> = BTreeMap::new();
    for &row in &rows.source {
        if let Some(label) = labels.get(codes[row] as usize) {
            known.insert(label.as_str(), 0.0);
        }
    }
    // A field without any text has a name for that, which is no label.
    let earlier: Vec<&str> = earlier.iter().map(String::as_str).filter(|_| earlier != [NO_LABEL]).collect();
    known.retain(|label, _| !earlier.contains(label));
    let count = earlier.len() + known.len();
    if count > MAX_LEVELS {
        return Err(Error::data(Problem::new(
            name,
            format!("{count} different texts"),
            "leave identifiers out, or group the texts",
        )));
    }
    for (position, code) in known.values_mut().enumerate() {
        *code = (earlier.len() + position) as f64;
    }
    let mut names: Vec<String> = earlier.iter().chain(known.keys()).map(|&label| label.to_owned()).collect();
    known.extend(earlier.iter().copied().zip((0..earlier.len()).map(|position| position as f64)));
    let by_code: Vec<f64> =
        labels.iter().map(|label| known.get(label.as_str()).copied().unwrap_or(f64::NAN)).collect();
    let raw = rows
        .source
        .iter()
        .map(|&row| by_code.get(codes[row] as usize).copied().unwrap_or(f64::NAN))
        .collect();
    if names.is_empty() {
        names.push(NO_LABEL.to_owned());
    }
    Ok((ExpansionField::categorical(name, names), raw))
}

/// Bounds one span beyond the outer quantiles, mean and deviation of what lies within them.
///
/// One wild value moves neither; without any spread between the quantiles the bounds are the extremes.
fn scaling(name: &str, raw: &[f64], weights: &[f64]) -> ExpansionField {
    let mut field = ExpansionField::numeric(name);
    let sorted = distinct(raw, weights);
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return field };
    let [low, high, median] = [TAIL, 1.0 - TAIL, 0.5].map(|share| quantile(&sorted, share));
    let span = high - low;
    field.lo = if span > 0.0 { first.0.max(low - span) } else { first.0 };
    field.hi = if span > 0.0 { last.0.min(high + span) } else { last.0 };
    field.fill = median;
    let within = || sorted.iter().map(|&(x, weight)| (x.clamp(field.lo, field.hi), weight));
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let mean = within().map(|(x, weight)| x * (weight / total)).sum::<f64>();
    let square = within().map(|(x, weight)| (x - mean) * (x - mean) * (weight / total)).sum::<f64>();
    field.center = mean;
    // Far from zero a spread below the resolution of doubles is none.
    let spread = square.sqrt();
    field.spread = if spread > 1e-12 * (field.hi.abs() + field.lo.abs()) { spread } else { 1.0 };
    if spread <= 1e-12 * (field.hi.abs() + field.lo.abs()) {
        (field.lo, field.hi, field.center) = (median, median, median);
    }
    field
}

/// Different values that are present, ascending, with their weights.
pub(super) fn distinct(values: &[f64], weights: &[f64]) -> Vec<(f64, f64)> {
    let mut pairs: Vec<(f64, f64)> =
        values.iter().copied().zip(weights.iter().copied()).filter(|(x, _)| !x.is_nan()).collect();
    // Equal values are added in the order of the rows, which is fixed.
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    pairs.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    pairs
}

/// The least value at which the cumulative weight reaches `share` of the total.
pub(super) fn quantile(sorted: &[(f64, f64)], share: f64) -> f64 {
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    for &(x, weight) in sorted {
        sum += weight;
        if sum >= share * total {
            return x;
        }
    }
    sorted.last().map_or(0.0, |last| last.0)
}

/// Upper ends and means of at most [`BINS`] bins of about equal weight.
fn bins_of(values: &[f64], weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let sorted = distinct(values, weights);
    if sorted.len() <= BINS {
        let values: Vec<f64> = sorted.iter().map(|pair| pair.0).collect();
        return (values.clone(), values);
    }
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let (mut upper, mut means) = (Vec::new(), Vec::new());
    let (mut sum, mut bin, mut moment) = (0.0, 0.0, 0.0);
    for (position, &(x, weight)) in sorted.iter().enumerate() {
        bin += weight;
        moment += weight * x;
        if sum + bin >= total * (upper.len() + 1) as f64 / BINS as f64 || position + 1 == sorted.len() {
            upper.push(x);
            means.push(moment / bin);
            sum += bin;
            (bin, moment) = (0.0, 0.0);
        }
    }
    (upper, means)
}
