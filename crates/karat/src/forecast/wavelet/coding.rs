//! Raw columns into coded inputs: robust scales, categories, indicators of missing.

use crate::evaluate::weights::Finding;
use karat_scorer::step::wavelet::Coding;
use karat_scorer::{Error, Problem, Result};
use ndarray::ArrayView2;

/// What a raw field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FieldKind {
    /// A number; NaN where it is missing.
    #[default]
    Number,
    /// Positions of so many categories as whole numbers; NaN where it is missing.
    Category(u32),
}

/// Half the interquartile range of a normal distribution is so many standard deviations.
const NORMAL_HALF_RANGE: f64 = 0.674_489_750_196_081_7;
/// How far beyond the range that was fitted a number still counts as itself, in ranges.
const MARGIN: f64 = 0.25;
/// A scaled range wider than this is squeezed: a quartile range can be tiny where most values are equal.
const WIDEST: f64 = 40.0;

/// Learns how each column is coded.
///
/// # Errors
/// [`Error::Data`] naming columns that are infinite, hold no number at all, or no category.
pub(in crate::forecast) fn fit(
    x: ArrayView2<'_, f64>,
    kinds: &[FieldKind],
    names: &dyn Fn(usize) -> String,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Coding>> {
    let mut problems = Vec::new();
    let mut codings = Vec::new();
    for (field, column) in x.columns().into_iter().enumerate() {
        let kind = kinds.get(field).copied().unwrap_or_default();
        let bad = |value: f64| match kind {
            FieldKind::Number => value.is_infinite(),
            FieldKind::Category(count) => {
                !(value.is_nan() || (value >= 0.0 && value < f64::from(count) && value == value.trunc()))
            }
        };
        let rows: Vec<usize> = (0..column.len()).filter(|&row| bad(column[row])).collect();
        if let Some(&first) = rows.first() {
            let what = match kind {
                FieldKind::Number => format!("{} is no number", column[first]),
                FieldKind::Category(count) => {
                    format!("{} is no position of one of {count} categories", column[first])
                }
            };
            problems.push(
                Problem::new(names(field), what, "mend the values, or make them missing (NaN)")
                    .at(rows.len(), rows),
            );
            continue;
        }
        let mut present: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
        present.sort_by(f64::total_cmp);
        match kind {
            FieldKind::Category(count) => codings.push(Coding::Category { count }),
            FieldKind::Number => {
                let coding = number(&present, present.len() < column.len());
                if present.first() == present.last() {
                    let fact = if present.is_empty() {
                        "every value is missing".to_owned()
                    } else {
                        format!("every value is {}", present[0])
                    };
                    findings.push(Finding::new("W310", names(field), fact, "leave the column out"));
                }
                codings.push(coding);
            }
        }
    }
    if problems.is_empty() { Ok(codings) } else { Err(Error::Data(problems)) }
}

/// Inputs for missing values are where an earlier network has them, whatever is missing now.
pub(super) fn keep_indicators(codings: &mut [Coding], earlier: &[Coding]) {
    for (coding, earlier) in codings.iter_mut().zip(earlier) {
        if let (Coding::Number { indicator, .. }, Coding::Number { indicator: known, .. }) = (coding, earlier)
        {
            *indicator = *known;
        }
    }
}

/// Median and quartile range, the standard deviation where that is 0.
fn number(sorted: &[f64], indicator: bool) -> Coding {
    let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else {
        return Coding::Number { center: 0.0, inverse: 1.0, least: 0.0, most: 0.0, indicator };
    };
    let at = |share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        below + (above - below) * (place - place.floor())
    };
    let range = last - first;
    if range == 0.0 {
        return Coding::Number { center: first, inverse: 1.0, least: first, most: first, indicator };
    }
    let center = at(0.5);
    let quartiles = (at(0.75) - at(0.25)) / (2.0 * NORMAL_HALF_RANGE);
    let scale = quartiles.max(range / WIDEST);
    Coding::Number {
        center,
        inverse: 1.0 / scale,
        least: first - MARGIN * range,
        most: last + MARGIN * range,
        indicator,
    }
}

/// Inputs of one raw row, as the frozen step computes them, without flags.
pub(in crate::forecast) fn code_row(codings: &[Coding], row: impl Fn(usize) -> f64, out: &mut Vec<f64>) {
    for (field, coding) in codings.iter().enumerate() {
        let value = row(field);
        match coding {
            Coding::Number { center, inverse, least, most, indicator } => {
                let inside = if *least > value { *least } else { value };
                let inside = if *most < inside { *most } else { inside };
                out.push(if value.is_nan() { 0.0 } else { (inside - center) * inverse });
                if *indicator {
                    out.push(if value.is_nan() { 1.0 } else { 0.0 });
                }
            }
            Coding::Category { count } => {
                out.extend((0..*count).map(|k| if value == f64::from(k) { 1.0 } else { 0.0 }));
            }
            _ => {}
        }
    }
}
