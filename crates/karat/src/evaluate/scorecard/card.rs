//! A fitted scorecard: its points, as a plan and as a model.

use super::field::{BinKind, FieldBinning};
use super::points::Favour;
use super::transform::{Binning, Transform, look_up};
use super::weight_of_evidence::Separation;
use crate::evaluate::weights::Finding;
use crate::plan::{IndicatorPlan, MissingPlan, Ordered, Plan, ScalePlan};
use crate::table::{Reading, Table};
use karat_scorer::numerics::sigmoid;
use karat_scorer::step::{Fields, Indicator, Indicators, Rules, Scale, Tree};
use karat_scorer::{Error, Model, Names, Result};
use serde::{Deserialize, Serialize};

/// A points table, frozen.
///
/// [`to_model`](FittedScorecard::to_model) is what scores it in Rust, Python and C with the same bits;
/// [`to_plan`](FittedScorecard::to_plan) is the same as a plan, to which grades and rules can be added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FittedScorecard {
    /// Name of the model.
    pub name: String,
    /// The bins of the fields that count.
    pub binning: Binning,
    /// Log-odds of the event where every weight of evidence is 0.
    pub intercept: f64,
    /// Slope of each field's weight of evidence in the log-odds of the event.
    pub coefficients: Vec<f64>,
    /// Which outcome earns points.
    pub favour: Favour,
    /// Points that everybody has, where they are an entry of their own.
    pub base_points: Option<f64>,
    /// Points of a field whose weight of evidence is 0.
    pub neutral_points: f64,
    /// For each field the points of each bin.
    pub points: Vec<Vec<f64>>,
    /// Points at odds of 1.
    pub offset: f64,
    /// Points for each unit of the log-odds in favour.
    pub factor: f64,
    /// Newton's steps; 0 where coefficients were given.
    pub iterations: usize,
    /// Whether they converged.
    pub converged: bool,
    /// How well the log-odds tell events from non-events on the fitted base.
    pub separation: Separation,
    /// W160 to W165.
    #[serde(skip)]
    pub findings: Vec<Finding>,
}

/// The dimension of every entry, and the entry of the base points, unless fields are called so.
const POINTS: &str = "points";
const BASE: &str = "base points";

impl FittedScorecard {
    /// Names of the entries of an explanation: the base points, if they are one, then the fields.
    #[must_use]
    pub fn entries(&self) -> Vec<String> {
        let base = self.base_points.map(|_| self.free_name(BASE));
        base.into_iter().chain(self.binning.fields.iter().map(|field| field.name.clone())).collect()
    }

    /// Mean points of each field over the fitted base.
    #[must_use]
    pub fn mean_points(&self) -> Vec<f64> {
        let mean = |(field, points): (&FieldBinning, &Vec<f64>)| {
            // From one of them, so that the mean of equal points is theirs exactly.
            let from = points.first().copied().unwrap_or(0.0);
            let held = field.bins.iter().zip(points);
            let sum: f64 = held.map(|(bin, points)| bin.weight * (points - from)).sum();
            from + sum / self.binning.weight
        };
        self.binning.fields.iter().zip(&self.points).map(mean).collect()
    }

    /// Fewest and most points of each field, over the bins that held rows.
    #[must_use]
    pub fn extreme_points(&self) -> Vec<(f64, f64)> {
        let ends = |(field, points): (&FieldBinning, &Vec<f64>)| {
            let held = field.bins.iter().zip(points).filter(|(bin, _)| bin.weight > 0.0);
            held.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), (_, &points)| {
                (least.min(points), most.max(points))
            })
        };
        self.binning.fields.iter().zip(&self.points).map(ends).collect()
    }

    /// Probability of the event for each row, by the regression, before any rounding of points.
    ///
    /// # Errors
    /// As [`Table::bind`].
    pub fn probability(&self, table: &Table<'_>, reading: &Reading, threads: usize) -> Result<Vec<f64>> {
        let evidence = self.binning.transform(table, reading, Transform::Evidence, threads)?;
        let mut scores = vec![self.intercept; table.len()];
        for (column, slope) in evidence.iter().zip(&self.coefficients) {
            scores.iter_mut().zip(column).for_each(|(score, value)| *score += slope * value);
        }
        scores.iter_mut().for_each(|score| *score = sigmoid(*score));
        Ok(scores)
    }

    /// The points of every entry, a column for each of [`entries`](FittedScorecard::entries): those the model
    /// gives, to the bit, told without a sum.
    ///
    /// # Errors
    /// As [`Table::bind`].
    pub fn points_of(&self, table: &Table<'_>, reading: &Reading, threads: usize) -> Result<Vec<Vec<f64>>> {
        let bound = self.binning.bind(table, reading)?;
        let base = self.base_points.map(|points| vec![points; table.len()]);
        let fields = self.binning.fields.iter().zip(&bound).zip(&self.points);
        let columns = fields.map(|((field, values), points)| look_up(field, values, points, threads));
        Ok(base.into_iter().chain(columns).collect())
    }

    /// The scorecard as a plan: one indicator a field, in points. Fitting it to any base gives the same
    /// points, since it leaves nothing open; grades, rules and a ratchet can be added.
    ///
    /// # Errors
    /// [`Error::Argument`] for more fields, bins or categories than a model can have.
    pub fn to_plan(&self) -> Result<Plan> {
        let mut plan = Plan { name: self.name.clone(), ..Plan::default() };
        plan.index.points = true;
        let dimension = Some(self.free_name(POINTS));
        for (name, column, field, levels) in self.columns() {
            let mut indicator = IndicatorPlan {
                column,
                dimension: dimension.clone(),
                missing: Some(MissingPlan::Points(levels.last().copied().unwrap_or(0.0))),
                ..IndicatorPlan::default()
            };
            match &field.kind {
                BinKind::Numeric { .. } => {
                    indicator.scale = ScalePlan::Bands { points: field.knots(&levels) };
                }
                BinKind::Categorical { groups } => indicator.categories = by_category(groups, &levels),
            }
            plan.indicators.insert(name, indicator);
        }
        plan.check()?;
        Ok(plan)
    }

    /// The scorecard as frozen steps, ready for a scorer or a model file: no base is needed.
    ///
    /// # Errors
    /// [`Error::Argument`] for more fields, bins or categories than a model can have.
    pub fn to_model(&self) -> Result<Model> {
        let plan = self.to_plan()?;
        let schema = plan.schema()?;
        let mut list = Vec::new();
        for (_, _, field, levels) in self.columns() {
            let position = schema.index_of(&field.name)? as u32;
            let scale = match &field.kind {
                BinKind::Numeric { .. } => {
                    let (at, to) = field.knots(&levels).into_iter().unzip();
                    Scale::Bands { at, to }
                }
                BinKind::Categorical { groups } => {
                    Scale::Categories { values: by_category(groups, &levels).into_values().collect() }
                }
            };
            let mut indicator = Indicator::new(position, scale);
            indicator.neutral = levels.last().copied().unwrap_or(0.0);
            list.push(indicator);
        }
        let count = list.len();
        let model = Model {
            name: self.name.clone(),
            names: Names {
                dimensions: vec![self.free_name(POINTS)],
                indicators: self.entries(),
                ..Names::default()
            },
            fields: Fields { fill: vec![0.0; schema.len()] },
            schema,
            indicators: Indicators { list },
            tree: Tree {
                scale: 1.0,
                minimum_coverage: plan.index.minimum_coverage,
                weights: vec![1.0; count],
                within: vec![1.0; count],
                dimension: vec![0; count],
            },
            nodes: None,
            profiles: None,
            rules: Rules::default(),
            grades: None,
            types: None,
            segments: None,
            forecasts: None,
            notes: Vec::new(),
        };
        model.check()?;
        Ok(model)
    }

    /// Name, column where it differs, field, and the points of each bin, of every entry.
    fn columns(&self) -> Vec<(String, Option<String>, &FieldBinning, Vec<f64>)> {
        let mut columns = Vec::new();
        if let (Some(base), Some(field)) = (self.base_points, self.binning.fields.first()) {
            // A constant reads some column, whatever its value.
            columns.push((
                self.free_name(BASE),
                Some(field.name.clone()),
                field,
                vec![base; field.bins.len()],
            ));
        }
        for (field, points) in self.binning.fields.iter().zip(&self.points) {
            columns.push((field.name.clone(), None, field, points.clone()));
        }
        columns
    }

    /// `name`, unless a field has it.
    fn free_name(&self, name: &str) -> String {
        let mut free = name.to_owned();
        while self.binning.field(&free).is_some() {
            free.push_str(" of the scorecard");
        }
        free
    }

    /// Reads what [`to_json`](FittedScorecard::to_json) wrote.
    ///
    /// # Errors
    /// [`Error::Format`] for anything else.
    pub fn from_json(text: &str) -> Result<FittedScorecard> {
        let card: FittedScorecard = serde_json::from_str(text)
            .map_err(|error| Error::Format(format!("not a scorecard that karat wrote: {error}")))?;
        let fields = &card.binning.fields;
        let whole = card.points.len() == fields.len()
            && card.coefficients.len() == fields.len()
            && fields.iter().zip(&card.points).all(|(field, points)| field.bins.len() == points.len());
        if whole { Ok(card) } else { Err(Error::Format("a scorecard with bins left out".to_owned())) }
    }

    /// The scorecard as JSON, to the last bit; findings are not kept.
    ///
    /// # Errors
    /// [`Error::Argument`] for numbers that JSON cannot hold.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::argument("scorecard", "must be writable as JSON", error))
    }
}

fn by_category(groups: &[Vec<String>], levels: &[f64]) -> Ordered<f64> {
    let levels = levels.iter().copied();
    groups
        .iter()
        .zip(levels)
        .flat_map(|(group, level)| group.iter().map(move |c| (c.clone(), level)))
        .collect()
}
