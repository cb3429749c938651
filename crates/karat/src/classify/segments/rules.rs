//! A shallow rule for each segment: one to three conditions that tell its rows from the others.

use karat_scorer::{Error, Problem, Result};
use ndarray::ArrayView2;
use std::fmt;

/// Rows of one measure, cut at its quantiles, that a rule may begin or end at.
const CUTS: usize = 48;
/// Rules carried on to one more condition.
const BEAM: usize = 6;
/// A further condition has to raise the harmonic mean of purity and coverage by this much.
const WORTHWHILE: f64 = 0.01;

/// What tells the rows of one segment from the others.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentRule {
    /// The segment.
    pub segment: u32,
    /// Conditions that all have to hold, at most one lower and one upper bound for each measure.
    pub conditions: Vec<Condition>,
    /// Rows that satisfy them.
    pub rows: u64,
    /// Share of these rows that are of the segment; NaN when there are none.
    pub purity: f64,
    /// Share of the segment's rows that satisfy them; NaN for a segment without rows.
    pub coverage: f64,
    /// Purity over the share of the segment in the base.
    pub lift: f64,
}

/// One measure within bounds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Condition {
    /// The measure.
    pub measure: String,
    /// Column of the measure.
    pub column: usize,
    /// The least value that satisfies it, if there is one.
    pub at_least: Option<f64>,
    /// The least value that is too large, if there is one.
    pub below: Option<f64>,
}

impl Condition {
    fn holds(&self, value: f64) -> bool {
        // Missing values satisfy no condition.
        !value.is_nan()
            && self.at_least.is_none_or(|bound| value >= bound)
            && self.below.is_none_or(|bound| value < bound)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.below) {
            (Some(low), Some(high)) => write!(f, "{low:.4} <= {} < {high:.4}", self.measure),
            (Some(low), None) => write!(f, "{} >= {low:.4}", self.measure),
            (None, Some(high)) => write!(f, "{} < {high:.4}", self.measure),
            (None, None) => write!(f, "{} is known", self.measure),
        }
    }
}

impl fmt::Display for SegmentRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions: Vec<String> = self.conditions.iter().map(Condition::to_string).collect();
        write!(f, "{}", if conditions.is_empty() { "every row".to_owned() } else { conditions.join(" and ") })
    }
}

/// Finds for each segment a rule of at most `most` conditions (1 to 3) with a high harmonic mean of purity and
/// coverage.
///
/// Rules grow by one condition at a time from the best six so far, as in the beam search of CN2 (Clark and
/// Niblett, 1989); bounds are among 47 quantiles of each measure, and a further condition is kept only when it
/// raises the harmonic mean by 0.01. Equal rules go to the earlier column and the lower bound. Purity, coverage
/// and rows are counted over all rows given.
///
/// ```
/// use karat::classify::segments::segment_rules;
/// use ndarray::array;
///
/// let measures = array![[1.0, 5.0], [2.0, 1.0], [8.0, 2.0], [9.0, 6.0]];
/// let rules = segment_rules(&[0, 0, 1, 1], 2, &["spend", "calls"], measures.view(), 2)?;
/// assert_eq!(rules[1].to_string(), "spend >= 8.0000");
/// assert_eq!((rules[1].purity, rules[1].coverage), (1.0, 1.0));
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] when labels or names do not fit the measures; [`Error::Argument`] for a label that is no
/// segment, or `most` outside 1 to 3; [`Error::Data`] without rows.
pub fn segment_rules(
    labels: &[u32],
    segments: usize,
    names: &[&str],
    measures: ArrayView2<'_, f64>,
    most: usize,
) -> Result<Vec<SegmentRule>> {
    if !(1..=3).contains(&most) {
        return Err(Error::argument("most", "must be 1 to 3", most));
    }
    if labels.len() != measures.nrows() {
        return Err(Error::shape("labels, one a row of the measures", measures.nrows(), labels.len()));
    }
    if names.len() != measures.ncols() {
        return Err(Error::shape("names, one a column of the measures", measures.ncols(), names.len()));
    }
    if labels.is_empty() {
        return Err(Error::data(Problem::new("", "the table has no rows", "give at least one row")));
    }
    if let Some(row) = labels.iter().position(|&label| label as usize >= segments) {
        return Err(Error::argument("labels", format!("must be below {segments} (row {row})"), labels[row]));
    }
    let binned: Vec<Binned> =
        (0..names.len()).map(|column| Binned::new(&measures.column(column).to_vec())).collect();
    let search = Search { labels, names, binned: &binned, most };
    Ok((0..segments).map(|segment| search.rule(u32::try_from(segment).unwrap_or(u32::MAX))).collect())
}

/// A measure as the number of its quantile cuts at or below each value.
struct Binned {
    cuts: Vec<f64>,
    /// `MISSING` for a missing value.
    bins: Vec<u8>,
}

const MISSING: u8 = u8::MAX;

impl Binned {
    fn new(values: &[f64]) -> Binned {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        // A cut lies at a value that occurs, and never at the least, which would hold for all.
        let mut cuts: Vec<f64> =
            (1..CUTS).filter_map(|i| sorted.get(i * sorted.len() / CUTS).copied()).collect();
        cuts.dedup();
        cuts.retain(|cut| sorted.first().is_some_and(|least| cut > least));
        let bin = |value: f64| cuts.partition_point(|cut| *cut <= value) as u8;
        let bins = values.iter().map(|&value| if value.is_nan() { MISSING } else { bin(value) }).collect();
        Binned { cuts, bins }
    }
}

/// Bins `low ..= high` of one column.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    column: usize,
    low: u8,
    high: u8,
}

/// A rule in the making.
#[derive(Debug, Clone)]
struct Partial {
    spans: Vec<Span>,
    score: f64,
}

struct Search<'a> {
    labels: &'a [u32],
    names: &'a [&'a str],
    binned: &'a [Binned],
    most: usize,
}

impl Search<'_> {
    fn rule(&self, segment: u32) -> SegmentRule {
        let size = self.labels.iter().filter(|label| **label == segment).count();
        let mut best = Partial { spans: Vec::new(), score: harmonic(size, self.labels.len(), size) };
        if size > 0 {
            let mut beam = vec![best.clone()];
            for _ in 0..self.most {
                beam = self.grown(&beam, segment, size);
                match beam.first() {
                    Some(first) if first.score > best.score + WORTHWHILE => best = first.clone(),
                    _ => break,
                }
            }
        }
        self.described(segment, size, &best)
    }

    /// The best rules with one more bounded measure than those of `beam`.
    fn grown(&self, beam: &[Partial], segment: u32, size: usize) -> Vec<Partial> {
        let mut grown: Vec<Partial> = Vec::new();
        for partial in beam {
            let rows: Vec<usize> =
                (0..self.labels.len()).filter(|&row| self.admits(&partial.spans, row)).collect();
            for column in (0..self.binned.len()).filter(|c| partial.spans.iter().all(|s| s.column != *c)) {
                let (score, span) = self.best_span(&rows, column, segment, size);
                let mut spans = partial.spans.clone();
                spans.push(span);
                spans.sort_by_key(|span| span.column);
                if grown.iter().all(|other| other.spans != spans) {
                    grown.push(Partial { spans, score });
                }
            }
        }
        grown.sort_by(|a, b| b.score.total_cmp(&a.score));
        grown.truncate(BEAM);
        grown
    }

    fn admits(&self, spans: &[Span], row: usize) -> bool {
        spans.iter().all(|span| (span.low..=span.high).contains(&self.binned[span.column].bins[row]))
    }

    /// The run of bins of one column with the best score among `rows`.
    fn best_span(&self, rows: &[usize], column: usize, segment: u32, size: usize) -> (f64, Span) {
        let binned = &self.binned[column];
        let count = binned.cuts.len() + 1;
        let mut bins = vec![(0_usize, 0_usize); count];
        for &row in rows {
            if let Some(bin) = bins.get_mut(usize::from(binned.bins[row])) {
                *bin = (bin.0 + 1, bin.1 + usize::from(self.labels[row] == segment));
            }
        }
        let mut best = (-1.0, Span { column, low: 0, high: (count - 1) as u8 });
        for low in 0..count {
            let (mut all, mut own) = (0, 0);
            for high in low..count {
                (all, own) = (all + bins[high].0, own + bins[high].1);
                let score = harmonic(own, all, size);
                // Fewer bounds are easier to tell: a second one has to be worth it.
                let bounds = usize::from(low > 0) + usize::from(high + 1 < count);
                let score = score - 0.5 * WORTHWHILE * bounds as f64;
                if score > best.0 {
                    best = (score, Span { column, low: low as u8, high: high as u8 });
                }
            }
        }
        best
    }

    fn described(&self, segment: u32, size: usize, best: &Partial) -> SegmentRule {
        let conditions: Vec<Condition> = best
            .spans
            .iter()
            .map(|span| {
                let cuts = &self.binned[span.column].cuts;
                Condition {
                    measure: self.names[span.column].to_owned(),
                    column: span.column,
                    at_least: usize::from(span.low).checked_sub(1).and_then(|i| cuts.get(i)).copied(),
                    below: cuts.get(usize::from(span.high)).copied(),
                }
            })
            .collect();
        let rows: Vec<usize> = (0..self.labels.len()).filter(|&row| self.admits(&best.spans, row)).collect();
        let own = rows.iter().filter(|row| self.labels[**row] == segment).count();
        let purity = own as f64 / rows.len() as f64;
        SegmentRule {
            segment,
            conditions,
            rows: rows.len() as u64,
            purity,
            coverage: own as f64 / size as f64,
            lift: purity / (size as f64 / self.labels.len() as f64),
        }
    }
}

impl SegmentRule {
    /// Whether a row of measures satisfies the rule.
    #[must_use]
    pub fn holds(&self, measures: &[f64]) -> bool {
        self.conditions
            .iter()
            .all(|condition| measures.get(condition.column).is_some_and(|&value| condition.holds(value)))
    }
}

/// Of purity `own / all` and coverage `own / size`.
fn harmonic(own: usize, all: usize, size: usize) -> f64 {
    if all + size == 0 { 0.0 } else { 2.0 * own as f64 / (all + size) as f64 }
}

/// Value of each segment over the value of all: of values of 0 or more, one a row; NaN counts as 0.
///
/// # Errors
/// [`Error::Shape`] unless there is one value a row; [`Error::Argument`] for values below 0 or infinite, or
/// when none is above 0.
pub fn value_shares(labels: &[u32], segments: usize, values: &[f64]) -> Result<Vec<f64>> {
    if labels.len() != values.len() {
        return Err(Error::shape("values, one a row", labels.len(), values.len()));
    }
    if let Some(row) = values.iter().position(|value| *value < 0.0 || value.is_infinite()) {
        let rule = format!("must be finite and >= 0 in every row to be shared (row {row})");
        return Err(Error::argument("value", rule, values[row]));
    }
    if let Some(row) = labels.iter().position(|&label| label as usize >= segments) {
        return Err(Error::argument("labels", format!("must be below {segments} (row {row})"), labels[row]));
    }
    let mut totals = vec![0.0; segments];
    for (&label, value) in labels.iter().zip(values).filter(|(_, value)| !value.is_nan()) {
        totals[label as usize] += value;
    }
    let total = totals.iter().fold(0.0, |sum, own| sum + own);
    if !(total > 0.0 && total.is_finite()) {
        return Err(Error::argument("value", "must have a finite sum above 0", total));
    }
    Ok(totals.into_iter().map(|own| own / total).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::random::Random;
    use ndarray::{Array2, array};

    /// A segment that is a box in two of four columns is described by that box.
    #[test]
    fn a_planted_box_is_found() {
        let mut random = Random::new(3);
        let x = Array2::from_shape_fn((6000, 4), |_| random.uniform());
        let inside = |row: usize| x[[row, 1]] >= 0.6 && x[[row, 3]] < 0.35;
        let labels: Vec<u32> = (0..x.nrows()).map(|row| u32::from(inside(row))).collect();
        let rules = segment_rules(&labels, 2, &["a", "b", "c", "d"], x.view(), 3).unwrap();
        let rule = &rules[1];
        assert!(rule.purity > 0.9 && rule.coverage > 0.9, "{rule}: {} {}", rule.purity, rule.coverage);
        let columns: Vec<usize> = rule.conditions.iter().map(|c| c.column).collect();
        assert_eq!(columns, [1, 3]);
        assert!(
            (rule.conditions[0].at_least.unwrap() - 0.6).abs() < 0.03 && rule.conditions[0].below.is_none()
        );
        // The figures are those of the rule, counted anew.
        let hits: Vec<usize> = (0..x.nrows()).filter(|&row| rule.holds(&x.row(row).to_vec())).collect();
        let own = hits.iter().filter(|row| labels[**row] == 1).count();
        assert_eq!(rule.rows, hits.len() as u64);
        assert_eq!(rule.purity, own as f64 / hits.len() as f64);
    }

    #[test]
    fn missing_values_satisfy_nothing_and_constants_say_nothing() {
        let nan = f64::NAN;
        let x = array![[1.0, 7.0], [nan, 7.0], [2.0, 7.0], [5.0, 7.0], [6.0, 7.0], [7.0, 7.0]];
        let rules = segment_rules(&[0, 0, 0, 1, 1, 1], 3, &["a", "b"], x.view(), 3).unwrap();
        assert_eq!([rules[0].to_string(), rules[1].to_string()], ["a < 5.0000", "a >= 5.0000"]);
        assert_eq!((rules[0].rows, rules[0].purity, rules[0].coverage), (2, 1.0, 2.0 / 3.0));
        assert!(rules[2].coverage.is_nan() && rules[2].conditions.is_empty());
    }

    #[test]
    fn shares_of_value_add_up() {
        assert_eq!(value_shares(&[0, 1, 1], 3, &[1.0, 2.0, f64::NAN]).unwrap(), [1.0 / 3.0, 2.0 / 3.0, 0.0]);
        let message = value_shares(&[0, 1], 2, &[1.0, -2.0]).unwrap_err().to_string();
        assert_eq!(message, "`value` must be finite and >= 0 in every row to be shared (row 1), got -2");
    }
}
