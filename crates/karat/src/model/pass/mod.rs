//! The passes of a fit over the base: what each row adds to a state that merges in any order.

mod summary;

pub(crate) use summary::{
    Class, ClassSummary, FieldSummary, FieldsSummary, IndexSummary, ProfileSummary, Summary,
};

use summary::{mismatch, three};

use crate::classify::grades::CutsAwaiting;
use crate::classify::segments::LloydState;
use crate::classify::types::ThresholdAwaiting;
use crate::evaluate::weights::{DataMethod, DataSums};
use crate::numerics::quantile::{QuantilePlan, Refinement};
use crate::numerics::sample::BottomK;
use karat_scorer::{Error, Explanation, FieldKind, Missing, Result, Schema, Score, Scorer, flags};
use ndarray::Array2;
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
    /// Sums of the indicators, as the methods of data weights need them.
    Indicators { scorer: Arc<Scorer>, methods: Vec<DataMethod> },
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

impl Pass {
    /// What the pass does, for progress.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Pass::Fields { .. } => "reading the fields",
            Pass::Quantiles(_) => "quantiles of the fields",
            Pass::Indicators { .. } => "weights of the indicators",
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
            Pass::Indicators { scorer, methods } => {
                Summary::Indicators(DataSums::new(methods, scorer.model().indicators.list.len()))
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
            (Pass::Indicators { scorer, .. }, Summary::Indicators(state)) => {
                let (mut indicators, mut room) =
                    (vec![0.0; scorer.model().indicators.list.len()], Vec::new());
                each(scorer, batch, |row, score, explanation| {
                    if graded(score) {
                        // One left out must not look like a zero, which would pass for information.
                        for (feature, z) in indicators.iter_mut().enumerate() {
                            *z = coordinate(scorer, row, explanation, feature);
                        }
                        state.add(&indicators, &mut room);
                    }
                })?;
            }
            (Pass::Index { scorer, dimensions }, Summary::Index(state)) => {
                each(scorer, batch, |row, score, explanation| {
                    state.add(score, explanation, *dimensions);
                    if graded(score) {
                        state.add_indicators(explanation, |feature| left_out(scorer, row, feature));
                    }
                })?;
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

/// Coordinate of a customer among the segments; an indicator that was left out stands in the middle.
pub(crate) fn coordinate(scorer: &Scorer, row: &[f64], explanation: &Explanation<'_>, feature: usize) -> f64 {
    let neutral = scorer.model().indicators.list[feature].neutral;
    if left_out(scorer, row, feature) { neutral } else { explanation.indicators[feature] }
}

/// Whether an indicator is missing and its weight given to the others.
fn left_out(scorer: &Scorer, row: &[f64], feature: usize) -> bool {
    let field = scorer.model().indicators.list[feature].field as usize;
    row[field].is_nan() && scorer.schema().fields()[field].missing == Missing::Renormalise
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
