//! The passes of a fit over the base: what each row adds to a state that merges in any order.

use crate::classify::grades::{CutsAwaiting, ShareSums};
use crate::classify::segments::LloydState;
use crate::classify::types::ThresholdAwaiting;
use crate::numerics::exact_sum::ExactSum;
use crate::numerics::fixed_point::FixedPoint;
use crate::numerics::moments::Moments;
use crate::numerics::quantile::{Histogram, QuantilePlan, Refinement};
use crate::numerics::sample::BottomK;
use karat_scorer::{Error, Explanation, FieldKind, Missing, Result, Schema, Score, Scorer, flags, numerics};
use ndarray::Array2;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows of the fields of a schema, with a key for each customer by which samples are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub(crate) columns: &'a [&'a [f64]],
    pub(crate) keys: &'a [u64],
}

impl Batch<'_> {
    fn rows(&self) -> usize {
        self.keys.len()
    }

    fn row(&self, row: usize, into: &mut [f64]) {
        for (slot, column) in into.iter_mut().zip(self.columns) {
            *slot = column[row];
        }
    }
}

/// What a pass over the base is to find out.
#[derive(Debug, Clone)]
pub(crate) enum Pass {
    /// Moments, histograms, categories and a sample of the raw fields.
    Fields { schema: Arc<Schema>, sample: usize },
    /// Exact quantiles of the raw fields.
    Quantiles(Vec<Option<QuantilePlan>>),
    /// Sums of the indicators, for entropy weights.
    Indicators(Arc<Scorer>),
    /// Distribution of the index and of two dimensions.
    Index { scorer: Arc<Scorer>, dimensions: [usize; 2] },
    /// Exact quantiles of the index and of two dimensions.
    IndexQuantiles { scorer: Arc<Scorer>, dimensions: [usize; 2], awaiting: Arc<IndexAwaiting> },
    /// One exact Lloyd iteration.
    Lloyd { scorer: Arc<Scorer>, features: Vec<usize>, state: Box<LloydState> },
    /// Sizes and means of all classes.
    Profile { scorer: Arc<Scorer>, ranges: Arc<Vec<(f64, f64)>> },
}

/// What the second pass over the index must tell.
#[derive(Debug, Clone)]
pub(crate) struct IndexAwaiting {
    pub(crate) cuts: Option<CutsAwaiting>,
    pub(crate) thresholds: Option<[ThresholdAwaiting; 3]>,
}

/// The state of a pass.
#[derive(Debug, Clone)]
pub(crate) enum Summary {
    Fields(FieldsSummary),
    Quantiles(Vec<Option<Refinement>>),
    Indicators(IndicatorsSummary),
    Index(Box<IndexSummary>),
    IndexQuantiles { cuts: Refinement, thresholds: Box<[Refinement; 3]> },
    Lloyd(Box<LloydState>),
    Profile(ProfileSummary),
}

/// First pass over the raw fields.
#[derive(Debug, Clone)]
pub(crate) struct FieldsSummary {
    pub(crate) rows: u64,
    pub(crate) fields: Vec<FieldSummary>,
    pub(crate) sample: BottomK,
}

/// One raw field.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldSummary {
    pub(crate) missing: u64,
    pub(crate) moments: Moments,
    pub(crate) histogram: Histogram,
    pub(crate) categories: BTreeMap<u32, u64>,
}

/// Sums of the indicators, of `z` and of `z ln z`, over the customers who are graded.
#[derive(Debug, Clone)]
pub(crate) struct IndicatorsSummary {
    pub(crate) count: u64,
    pub(crate) sums: Vec<[ExactSum; 2]>,
}

/// First pass over the index; only customers who are graded count.
#[derive(Debug, Clone, Default)]
pub(crate) struct IndexSummary {
    pub(crate) moments: [Moments; 3],
    pub(crate) histograms: [Histogram; 3],
    pub(crate) shares: ShareSums,
    pub(crate) excluded: u64,
    pub(crate) refused: u64,
}

/// Means within the range of a field, as exact sums of shares of it: exact to merge, and small.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct RangeSum {
    pub(crate) count: u64,
    shares: i128,
}

impl RangeSum {
    fn add(&mut self, value: f64, (lo, hi): (f64, f64)) {
        if !value.is_nan() {
            let share = (value - lo) / (hi - lo);
            self.count += 1;
            // A range of one value, or of more than the doubles hold, has no shares.
            self.shares += FixedPoint::UNIT.quantise(if share.is_finite() { share } else { 0.0 });
        }
    }

    fn merge(&mut self, other: &RangeSum) {
        self.count += other.count;
        self.shares += other.shares;
    }

    pub(crate) fn mean(&self, (lo, hi): (f64, f64)) -> f64 {
        match self.count {
            0 => f64::NAN,
            count => lo + FixedPoint::UNIT.mean(self.shares, count) * (hi - lo),
        }
    }
}

/// Sizes and means of the classes; key: class, then number (0 the whole base).
#[derive(Debug, Clone, Default)]
pub(crate) struct ProfileSummary {
    pub(crate) classes: BTreeMap<(Class, u16), ClassSummary>,
    pub(crate) flags: BTreeMap<u32, u64>,
    pub(crate) rules: BTreeMap<u16, u64>,
}

/// Which class a summary is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Grade,
    Type,
    Segment,
}

/// Size, index and field means of one class. The last range is that of the index.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClassSummary {
    pub(crate) size: u64,
    pub(crate) sums: Vec<RangeSum>,
}

impl Pass {
    /// What the pass does, for progress.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Pass::Fields { .. } => "reading the fields",
            Pass::Quantiles(_) => "quantiles of the fields",
            Pass::Indicators(_) => "entropy of the indicators",
            Pass::Index { .. } => "distribution of the index",
            Pass::IndexQuantiles { .. } => "cuts and thresholds",
            Pass::Lloyd { .. } => "finishing the segments",
            Pass::Profile { .. } => "profiles",
        }
    }

    /// The state of no rows.
    pub(crate) fn empty(&self) -> Summary {
        match self {
            Pass::Fields { schema, sample } => Summary::Fields(FieldsSummary {
                rows: 0,
                fields: vec![FieldSummary::default(); schema.len()],
                sample: BottomK::new(*sample, schema.len()),
            }),
            Pass::Quantiles(plans) => Summary::Quantiles(
                plans.iter().map(|plan| plan.as_ref().map(QuantilePlan::refinement)).collect(),
            ),
            Pass::Indicators(scorer) => {
                let sums = vec![Default::default(); scorer.model().indicators.list.len()];
                Summary::Indicators(IndicatorsSummary { count: 0, sums })
            }
            Pass::Index { .. } => Summary::Index(Box::default()),
            Pass::IndexQuantiles { awaiting, .. } => awaiting.empty(),
            Pass::Lloyd { state, .. } => Summary::Lloyd(state.clone()),
            Pass::Profile { .. } => Summary::Profile(ProfileSummary::default()),
        }
    }

    /// The state of a batch.
    ///
    /// # Errors
    /// Whatever a state refuses.
    pub(crate) fn summarise(&self, batch: &Batch<'_>) -> Result<Summary> {
        let mut summary = self.empty();
        match (self, &mut summary) {
            (Pass::Fields { schema, .. }, Summary::Fields(state)) => add_fields(schema, batch, state)?,
            (Pass::Quantiles(_), Summary::Quantiles(states)) => {
                for (column, state) in batch.columns.iter().zip(states) {
                    if let Some(state) = state {
                        column.iter().filter(|value| !value.is_nan()).for_each(|&value| state.add(value));
                    }
                }
            }
            (Pass::Indicators(scorer), Summary::Indicators(state)) => {
                each(scorer, batch, |row, score, explanation| {
                    if graded(score) {
                        state.count += 1;
                        for (feature, sum) in state.sums.iter_mut().enumerate() {
                            // One left out must not look like a zero, which would pass for information.
                            let z = coordinate(scorer, row, explanation, feature);
                            sum[0].add(z);
                            sum[1].add(if z > 0.0 { z * numerics::ln(z) } else { 0.0 });
                        }
                    }
                })?;
            }
            (Pass::Index { scorer, dimensions }, Summary::Index(state)) => {
                each(scorer, batch, |_, score, explanation| state.add(score, explanation, *dimensions))?;
            }
            (
                Pass::IndexQuantiles { scorer, dimensions, .. },
                Summary::IndexQuantiles { cuts, thresholds },
            ) => {
                each(scorer, batch, |_, score, explanation| {
                    if graded(score) {
                        let values = three(score, explanation, *dimensions);
                        cuts.add(values[0]);
                        thresholds.iter_mut().zip(values).for_each(|(state, value)| state.add(value));
                    }
                })?;
            }
            (Pass::Lloyd { scorer, features, .. }, Summary::Lloyd(state)) => {
                let mut points = Vec::new();
                each(scorer, batch, |row, score, explanation| {
                    if graded(score) {
                        points.extend(features.iter().map(|&f| coordinate(scorer, row, explanation, f)));
                    }
                })?;
                let rows = points.len() / features.len();
                let points = Array2::from_shape_vec((rows, features.len()), points)
                    .map_err(|_| Error::shape("coordinates", rows * features.len(), 0))?;
                state.add_rows(points.view(), None)?;
            }
            (Pass::Profile { scorer, ranges }, Summary::Profile(state)) => {
                let model = scorer.model();
                let indicators = model.indicators.list.len();
                let penalties: Vec<u16> = model.rules.penalties().map(|rule| rule as u16).collect();
                each(scorer, batch, |row, score, explanation| {
                    state.add(row, score, ranges);
                    let taken = penalties.iter().zip(&explanation.points[indicators..]);
                    taken.filter(|(_, points)| **points < 0.0).for_each(|(&rule, _)| state.count_rule(rule));
                })?;
            }
            _ => return Err(mismatch()),
        }
        Ok(summary)
    }
}

impl IndexAwaiting {
    fn empty(&self) -> Summary {
        let none = || Refinement::of_buckets(Vec::new());
        Summary::IndexQuantiles {
            cuts: self.cuts.as_ref().map_or_else(none, CutsAwaiting::refinement),
            thresholds: Box::new(match &self.thresholds {
                Some(thresholds) => thresholds.each_ref().map(ThresholdAwaiting::refinement),
                None => [none(), none(), none()],
            }),
        }
    }
}

fn mismatch() -> Error {
    Error::argument("summary", "must come from the pass it is given to", "another pass")
}

fn add_fields(schema: &Schema, batch: &Batch<'_>, state: &mut FieldsSummary) -> Result<()> {
    state.rows += batch.rows() as u64;
    for ((field, column), summary) in schema.fields().iter().zip(batch.columns).zip(&mut state.fields) {
        let numeric = matches!(field.kind, FieldKind::Numeric);
        for &value in *column {
            if value.is_nan() {
                summary.missing += 1;
            } else if numeric {
                summary.moments.add(value);
                summary.histogram.add(value);
            } else {
                *summary.categories.entry(value as u32).or_insert(0) += 1;
            }
        }
    }
    let mut row = vec![0.0; batch.columns.len()];
    for (position, &key) in batch.keys.iter().enumerate() {
        batch.row(position, &mut row);
        state.sample.add(key, &row)?;
    }
    Ok(())
}

/// Whether a customer counts for grades, types and segments.
pub(crate) fn graded(score: &Score) -> bool {
    !score.has(flags::REFUSED) && !score.has(flags::INELIGIBLE)
}

/// Index and two dimension scores.
fn three(score: &Score, explanation: &Explanation<'_>, dimensions: [usize; 2]) -> [f64; 3] {
    [score.index, explanation.dimensions[dimensions[0]], explanation.dimensions[dimensions[1]]]
}

/// Coordinate of a customer among the segments; an indicator that was left out stands in the middle.
pub(crate) fn coordinate(scorer: &Scorer, row: &[f64], explanation: &Explanation<'_>, feature: usize) -> f64 {
    let indicator = &scorer.model().indicators.list[feature];
    let field = indicator.field as usize;
    let left_out = row[field].is_nan() && scorer.schema().fields()[field].missing == Missing::Renormalise;
    if left_out { indicator.neutral } else { explanation.indicators[feature] }
}

/// Scores and explains every row of a batch.
pub(crate) fn each(
    scorer: &Scorer,
    batch: &Batch<'_>,
    mut f: impl FnMut(&[f64], &Score, &Explanation<'_>),
) -> Result<()> {
    let mut row = vec![0.0; batch.columns.len()];
    let mut points = vec![0.0; scorer.point_count()];
    let mut dimensions = vec![0.0; scorer.model().names.dimensions.len()];
    let mut indicators = vec![0.0; scorer.model().indicators.list.len()];
    for position in 0..batch.rows() {
        batch.row(position, &mut row);
        let mut explanation =
            Explanation { points: &mut points, dimensions: &mut dimensions, indicators: &mut indicators };
        let score = scorer.explain(&row, &mut explanation)?;
        f(&row, &score, &explanation);
    }
    Ok(())
}

impl IndexSummary {
    fn add(&mut self, score: &Score, explanation: &Explanation<'_>, dimensions: [usize; 2]) {
        self.refused += u64::from(score.has(flags::REFUSED));
        self.excluded += u64::from(score.has(flags::INELIGIBLE));
        if graded(score) {
            let values = three(score, explanation, dimensions);
            for (i, value) in values.into_iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                self.moments[i].add(value);
                self.histograms[i].add(value);
            }
            self.shares.add(score.index);
        }
    }
}

impl ProfileSummary {
    fn add(&mut self, row: &[f64], score: &Score, ranges: &[(f64, f64)]) {
        for bit in 0..8 {
            if score.has(1 << bit) {
                *self.flags.entry(1 << bit).or_insert(0) += 1;
            }
        }
        if score.rule != karat_scorer::NONE {
            self.count_rule(score.rule);
        }
        let classes =
            [(Class::Grade, score.grade), (Class::Type, score.r#type), (Class::Segment, score.segment)];
        for key in classes.into_iter().filter(|&(_, number)| number != karat_scorer::NONE) {
            let class = self.classes.entry(key).or_default();
            class.size += 1;
            class.sums.resize(ranges.len(), RangeSum::default());
            let values = row.iter().chain(std::iter::once(&score.index));
            for ((sum, &value), &range) in class.sums.iter_mut().zip(values).zip(ranges) {
                sum.add(value, range);
            }
        }
    }

    fn count_rule(&mut self, rule: u16) {
        *self.rules.entry(rule).or_insert(0) += 1;
    }

    fn merge(&mut self, other: &ProfileSummary) {
        for (&key, theirs) in &other.classes {
            let class = self.classes.entry(key).or_default();
            class.size += theirs.size;
            class.sums.resize(theirs.sums.len(), RangeSum::default());
            class.sums.iter_mut().zip(&theirs.sums).for_each(|(sum, their)| sum.merge(their));
        }
        for (&flag, count) in &other.flags {
            *self.flags.entry(flag).or_insert(0) += count;
        }
        for (&rule, count) in &other.rules {
            *self.rules.entry(rule).or_insert(0) += count;
        }
    }
}

impl Summary {
    /// Takes in what another part of the base gave. Order and grouping do not matter, to the bit.
    ///
    /// # Errors
    /// [`Error::Argument`] when the two come from different passes.
    pub(crate) fn merge(&mut self, other: &Summary) -> Result<()> {
        match (self, other) {
            (Summary::Fields(a), Summary::Fields(b)) => {
                a.rows += b.rows;
                for (a, b) in a.fields.iter_mut().zip(&b.fields) {
                    a.missing += b.missing;
                    a.moments.merge(&b.moments);
                    a.histogram.merge(&b.histogram);
                    for (&category, count) in &b.categories {
                        *a.categories.entry(category).or_insert(0) += count;
                    }
                }
                a.sample.merge(&b.sample)
            }
            (Summary::Quantiles(a), Summary::Quantiles(b)) => {
                for (a, b) in a.iter_mut().zip(b) {
                    if let (Some(a), Some(b)) = (a, b) {
                        a.merge(b)?;
                    }
                }
                Ok(())
            }
            (Summary::Indicators(a), Summary::Indicators(b)) => {
                a.count += b.count;
                for (a, b) in a.sums.iter_mut().flatten().zip(b.sums.iter().flatten()) {
                    a.merge(b);
                }
                Ok(())
            }
            (Summary::Index(a), Summary::Index(b)) => {
                for i in 0..3 {
                    a.moments[i].merge(&b.moments[i]);
                    a.histograms[i].merge(&b.histograms[i]);
                }
                a.shares.merge(&b.shares);
                a.excluded += b.excluded;
                a.refused += b.refused;
                Ok(())
            }
            (
                Summary::IndexQuantiles { cuts, thresholds },
                Summary::IndexQuantiles { cuts: their_cuts, thresholds: their_thresholds },
            ) => {
                cuts.merge(their_cuts)?;
                thresholds.iter_mut().zip(their_thresholds.iter()).try_for_each(|(a, b)| a.merge(b))
            }
            (Summary::Lloyd(a), Summary::Lloyd(b)) => a.merge(b),
            (Summary::Profile(a), Summary::Profile(b)) => {
                a.merge(b);
                Ok(())
            }
            _ => Err(mismatch()),
        }
    }
}
