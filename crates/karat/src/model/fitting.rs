//! The fit as a sequence of passes: summarise the base, solve, freeze, and go on.
//!
//! Every pass is exact and merges in any order, so that the frozen model does not depend on threads,
//! batches or partitions. What a pass needs from the ones before is in the pass itself.

use super::Progress;
use super::pass::{Batch, coordinate, graded};
use super::pass::{FieldsSummary, IndexAwaiting, IndexSummary, Pass, ProfileSummary, Summary, each};
use super::report::{FindingReport, KMeansSummary, Report};
use crate::classify::grades::{CutsAwaiting, plan_cuts};
use crate::classify::segments::{KMeans, LloydScale, LloydState, profile};
use crate::classify::types::{ThresholdAwaiting, freeze as freeze_types, thresholds};
use crate::evaluate::indicators::{FieldStatistics, freeze as freeze_indicator, probabilities};
use crate::evaluate::tree::{IndicatorSums, Weighed, freeze as freeze_tree};
use crate::numerics::quantile::QuantilePlan;
use crate::plan::{CutsPlan, Plan, ResolvedPlan, WeightMethod};
use karat_scorer::step::{Fields, Indicator, Indicators, Scale, Segments, TYPE_NAMES};
use karat_scorer::{Error, Missing, Model, Names, Problem, Result, Schema, Scorer};
use ndarray::{Array2, ArrayView2};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Lloyd passes over everybody after the iterations on a sample.
const FULL_PASSES: u64 = 2;

/// A fit under way.
#[derive(Debug)]
pub(crate) struct Fitting {
    plan: Plan,
    resolved: ResolvedPlan,
    schema: Arc<Schema>,
    seed: u64,
    threads: usize,
    next: Option<Pass>,
    fields: Option<FieldsSummary>,
    statistics: Vec<Option<FieldStatistics>>,
    /// Where each leaf's quantiles begin in its field's list.
    offsets: Vec<usize>,
    weighed: Option<Weighed>,
    model: Option<Model>,
    index: Option<Box<IndexSummary>>,
    full_passes: u64,
    pub(crate) report: Report,
}

impl Fitting {
    pub(crate) fn new(plan: &Plan, seed: u64, threads: usize) -> Result<Fitting> {
        let resolved = ResolvedPlan::new(plan)?;
        let schema = Arc::new(resolved.schema.clone());
        let sample = plan.segments.as_ref().map_or(20_000, |segments| segments.sample);
        Ok(Fitting {
            plan: plan.clone(),
            resolved,
            next: Some(Pass::Fields { schema: Arc::clone(&schema), sample }),
            schema,
            seed,
            threads,
            fields: None,
            statistics: Vec::new(),
            offsets: Vec::new(),
            weighed: None,
            model: None,
            index: None,
            full_passes: 0,
            report: Report::default(),
        })
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What to summarise next; none when the fit is done.
    pub(crate) fn pass(&self) -> Option<&Pass> {
        self.next.as_ref()
    }

    /// Solves what the summary of the current pass allows and moves on to the next. `observer` is told of
    /// what takes long.
    pub(crate) fn advance(
        &mut self,
        summary: Summary,
        observer: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<()> {
        let pass = self.next.take();
        self.next = match (pass, summary) {
            (Some(Pass::Fields { .. }), Summary::Fields(fields)) => Some(self.after_fields(fields)?),
            (Some(Pass::Quantiles(plans)), Summary::Quantiles(refinements)) => {
                for (position, plan) in plans.iter().enumerate() {
                    if let (Some(plan), Some(state)) = (plan, &refinements[position]) {
                        let quantiles = plan.finish(state)?;
                        if let Some(statistics) = &mut self.statistics[position] {
                            statistics.quantiles = quantiles;
                        }
                    }
                }
                Some(self.after_quantiles()?)
            }
            (Some(Pass::Indicators(_)), Summary::Indicators(sums)) => {
                let sums = IndicatorSums {
                    count: sums.count,
                    sums: sums.sums.iter().map(|[z, z_ln_z]| (z.value(), z_ln_z.value())).collect(),
                };
                self.weigh(Some(&sums))?;
                Some(self.index_pass()?)
            }
            (Some(Pass::Index { .. }), Summary::Index(index)) => Some(self.after_index(index)?),
            (Some(Pass::IndexQuantiles { awaiting, .. }), Summary::IndexQuantiles { cuts, thresholds }) => {
                self.cut(&awaiting, &cuts, &thresholds)?;
                Some(self.segment(observer)?)
            }
            (Some(Pass::Lloyd { features, .. }), Summary::Lloyd(state)) => {
                Some(self.after_lloyd(&features, &state)?)
            }
            (Some(Pass::Profile { ranges, .. }), Summary::Profile(profile)) => {
                self.describe(&ranges, &profile)?;
                None
            }
            _ => return Err(Error::argument("summary", "must come from the current pass", "another")),
        };
        Ok(())
    }

    fn rows(&self) -> u64 {
        self.fields.as_ref().map_or(0, |fields| fields.rows)
    }

    fn draft(&self) -> Result<&Model> {
        self.model.as_ref().ok_or_else(|| Error::argument("fit", "must run its passes in order", "too early"))
    }

    fn scorer(&self) -> Result<Arc<Scorer>> {
        Scorer::new(self.draft()?).map(Arc::new)
    }

    fn after_fields(&mut self, fields: FieldsSummary) -> Result<Pass> {
        if fields.rows == 0 {
            return Err(Error::data(Problem::new("", "the table has no rows", "give at least one customer")));
        }
        let mut wanted: Vec<Vec<f64>> = vec![vec![0.5]; self.schema.len()];
        for leaf in &self.resolved.leaves {
            self.offsets.push(wanted[leaf.field].len());
            wanted[leaf.field].extend(probabilities(&self.plan.indicators[&leaf.name]));
        }
        let mut plans = Vec::new();
        for ((field, summary), wanted) in self.schema.fields().iter().zip(&fields.fields).zip(&wanted) {
            let numeric = field.categories().is_empty();
            plans.push(if numeric { Some(QuantilePlan::new(&summary.histogram, wanted)?) } else { None });
            self.statistics.push(numeric.then(|| FieldStatistics {
                name: field.name.clone(),
                moments: summary.moments.clone(),
                quantiles: Vec::new(),
            }));
        }
        self.report.rows = fields.rows;
        self.fields = Some(fields);
        Ok(Pass::Quantiles(plans))
    }

    /// Freezes fields and indicators; every column that cannot be is named.
    fn after_quantiles(&mut self) -> Result<Pass> {
        let mut problems = Vec::new();
        let mut fill = Vec::new();
        for (position, field) in self.schema.fields().iter().enumerate() {
            let median = self.statistics[position].as_ref().map_or(0.0, |statistics| statistics.quantiles[0]);
            let stated = self.resolved.fills[position];
            let value = stated.unwrap_or(if field.missing == Missing::Median { median } else { 0.0 });
            if value.is_nan() {
                problems.push(Problem::new(
                    &field.name,
                    "every value is missing, so that there is no median",
                    "drop the column or give it a value for missing ones",
                ));
            }
            fill.push(value);
        }
        let mut list = Vec::new();
        for (leaf, &offset) in self.resolved.leaves.iter().zip(&self.offsets) {
            let plan = &self.plan.indicators[&leaf.name];
            let field = leaf.field as u32;
            match &self.statistics[leaf.field] {
                None => {
                    let values = plan.categories.values().copied().collect();
                    let mut indicator = Indicator::new(field, Scale::Categories { values });
                    if self.plan.index.points {
                        indicator.neutral = 0.0;
                    }
                    list.push(indicator);
                }
                Some(statistics) => {
                    let points = self.plan.index.points;
                    match freeze_indicator(&leaf.name, plan, field, points, statistics, offset) {
                        Ok(indicator) => list.push(indicator),
                        Err(problem)
                            if problems.iter().any(|known: &Problem| known.column == problem.column) => {}
                        Err(problem) => problems.push(problem),
                    }
                }
            }
        }
        if !problems.is_empty() {
            return Err(Error::Data(problems));
        }
        self.weighed = Some(freeze_tree(&self.plan, &self.resolved, None::<&IndicatorSums>)?);
        self.model = Some(self.first_draft(fill, list)?);
        if self.plan.weights.method == WeightMethod::Ahp || self.plan.index.points {
            self.index_pass()
        } else {
            Ok(Pass::Indicators(self.scorer()?))
        }
    }

    fn first_draft(&self, fill: Vec<f64>, list: Vec<Indicator>) -> Result<Model> {
        let weighed = self.weighed.as_ref();
        let tree = weighed.map(|weighed| weighed.tree.clone());
        let mut rules = self.resolved.rules.clone();
        // Grades do not exist yet; caps and the ratchet come with them.
        rules.list.iter_mut().for_each(|rule| {
            if let karat_scorer::step::Effect::Cap(_) = rule.effect {
                rule.effect = karat_scorer::step::Effect::Penalty(0.0);
            }
        });
        rules.ratchet = None;
        Ok(Model {
            name: self.plan.name.clone(),
            schema: self.resolved.schema.clone(),
            names: Names {
                dimensions: self.resolved.dimensions.clone(),
                indicators: self.resolved.leaves.iter().map(|leaf| leaf.name.clone()).collect(),
                rules: self.plan.rules.iter().map(|rule| rule.name.clone()).collect(),
                ..Names::default()
            },
            fields: Fields { fill },
            indicators: Indicators { list },
            tree: tree.ok_or_else(|| Error::argument("fit", "must weigh before it drafts", "no weights"))?,
            rules,
            grades: None,
            types: None,
            segments: None,
            notes: Vec::new(),
        })
    }

    fn weigh(&mut self, sums: Option<&IndicatorSums>) -> Result<()> {
        let weighed = freeze_tree(&self.plan, &self.resolved, sums)?;
        if let Some(model) = &mut self.model {
            model.tree = weighed.tree.clone();
        }
        self.weighed = Some(weighed);
        Ok(())
    }

    /// Dimensions whose distribution the typology needs.
    fn type_dimensions(&self) -> [usize; 2] {
        let position =
            |name: &str| self.resolved.dimensions.iter().position(|known| known == name).unwrap_or(0);
        self.plan.types.as_ref().map_or([0, 0], |t| [position(&t.contribution), position(&t.attribution)])
    }

    fn index_pass(&self) -> Result<Pass> {
        Ok(Pass::Index { scorer: self.scorer()?, dimensions: self.type_dimensions() })
    }

    fn after_index(&mut self, index: Box<IndexSummary>) -> Result<Pass> {
        self.report.ineligible = index.excluded;
        self.report.refused = index.refused;
        if index.moments[0].count() == 0 {
            return Err(Error::data(Problem::new(
                "",
                format!(
                    "no customer is left to grade: {} ineligible, {} refused",
                    index.excluded, index.refused
                ),
                "look at the gates and at the fields that must be present",
            )));
        }
        let cuts = match &self.plan.grades {
            Some(grades) => Some(plan_cuts(grades, &index.histograms[0], &index.shares)?),
            None => None,
        };
        let thresholds = match &self.plan.types {
            None => None,
            Some(types) => {
                let [v, c, l] = thresholds(types);
                let plan = |i: usize, t| ThresholdAwaiting::new(t, &index.moments[i], &index.histograms[i]);
                Some([plan(0, v)?, plan(1, c)?, plan(2, l)?])
            }
        };
        self.index = Some(index);
        let awaiting = Arc::new(IndexAwaiting { cuts, thresholds });
        Ok(Pass::IndexQuantiles { scorer: self.scorer()?, dimensions: self.type_dimensions(), awaiting })
    }

    fn cut(
        &mut self,
        awaiting: &IndexAwaiting,
        cuts: &crate::numerics::quantile::Refinement,
        thresholds: &[crate::numerics::quantile::Refinement; 3],
    ) -> Result<()> {
        let mut sample = Vec::new();
        self.each_sampled(|_, score, _| {
            if graded(score) {
                sample.push(score.index);
            }
        })?;
        if matches!(awaiting.cuts, Some(CutsAwaiting::NaturalBreaks)) {
            self.check_sample(sample.len())?;
        }
        sample.sort_unstable_by(f64::total_cmp);
        let grades = match (&awaiting.cuts, &self.plan.grades) {
            (Some(awaiting), Some(plan)) => Some(awaiting.finish(&plan.names, cuts, &sample)?),
            _ => None,
        };
        let types = match (&awaiting.thresholds, &self.plan.types) {
            (Some(awaiting), Some(plan)) => {
                let [v, c, l] = thresholds;
                Some(freeze_types(plan, &self.resolved.dimensions, awaiting, [v, c, l])?)
            }
            _ => None,
        };
        self.report.type_thresholds =
            types.map(|t| [t.value_threshold, t.contribution_threshold, t.attribution_threshold]);
        let names = self.plan.grades.as_ref().map(|grades| grades.names.clone()).unwrap_or_default();
        let rules = self.resolved.rules.clone();
        if let Some(model) = &mut self.model {
            model.names.grades = names;
            model.names.types = types.map_or_else(Vec::new, |_| TYPE_NAMES.map(str::to_owned).to_vec());
            model.grades = grades;
            model.types = types;
            model.rules = rules;
        }
        Ok(())
    }

    /// Scores the sampled customers.
    fn each_sampled(
        &self,
        f: impl FnMut(&[f64], &karat_scorer::Score, &karat_scorer::Explanation<'_>),
    ) -> Result<()> {
        let rows = self.fields.as_ref().map(|fields| fields.sample.finish()).unwrap_or_default();
        let width = self.schema.len();
        let columns: Vec<Vec<f64>> =
            (0..width).map(|field| rows.iter().skip(field).step_by(width).copied().collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let keys = vec![0; rows.len() / width];
        each(&*self.scorer()?, &Batch { columns: &columns, keys: &keys }, f)
    }

    /// Iterates k-means on the sample; a larger base is finished by passes over everybody.
    fn segment(&mut self, observer: &mut dyn FnMut(Progress) -> bool) -> Result<Pass> {
        let Some(plan) = self.plan.segments.clone() else { return self.profile_pass() };
        let leaves = &self.resolved.leaves;
        let features: Vec<usize> = if plan.indicators.is_empty() {
            (0..leaves.len()).collect()
        } else {
            plan.indicators
                .iter()
                .filter_map(|name| leaves.iter().position(|leaf| leaf.name == *name))
                .collect()
        };
        let scorer = self.scorer()?;
        let mut points = Vec::new();
        self.each_sampled(|row, score, explanation| {
            if graded(score) {
                points.extend(features.iter().map(|&f| coordinate(&scorer, row, explanation, f)));
            }
        })?;
        let rows = points.len() / features.len();
        self.check_sample(rows)?;
        let points = ArrayView2::from_shape((rows, features.len()), &points)
            .map_err(|_| Error::shape("coordinates", rows * features.len(), points.len()))?;
        let fitted = KMeans::new(plan.k)
            .restarts(plan.restarts)
            .max_iterations(plan.max_iterations)
            .tolerance(plan.tolerance)
            .seed(self.seed)
            .threads(self.threads)
            .fit_observed(points, None, &mut |k_means| {
                let share = k_means.restart as f64 / k_means.restarts as f64;
                match observer(Progress { task: "segments", share }) {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            })?;
        self.report.k_means = Some(KMeansSummary {
            sample: rows as u64,
            inertia: fitted.report.inertia,
            iterations: fitted.report.iterations as u64,
            converged: fitted.report.converged,
            full_passes: 0,
        });
        let centers: Vec<Vec<f64>> = (0..plan.k).map(|c| fitted.step.center(c)).collect();
        let everybody = self.rows() <= plan.sample as u64;
        if everybody {
            self.set_segments(&features, centers)?;
            return self.profile_pass();
        }
        self.full_passes = 0;
        self.lloyd_pass(features, &centers)
    }

    /// A sample may miss the few customers who are graded.
    fn check_sample(&self, graded: usize) -> Result<()> {
        if graded > 0 {
            return Ok(());
        }
        let sampled = self.fields.as_ref().map_or(0, |fields| fields.sample.len());
        Err(Error::data(Problem::new(
            "",
            format!("none of the {sampled} sampled customers is graded"),
            "raise `segments.sample`, or leave the customers that gates keep out off the table",
        )))
    }

    fn lloyd_pass(&self, features: Vec<usize>, centers: &[Vec<f64>]) -> Result<Pass> {
        let flat: Vec<f64> = centers.iter().flatten().copied().collect();
        let centers = Array2::from_shape_vec((centers.len(), features.len()), flat)
            .map_err(|_| Error::shape("centers", centers.len() * features.len(), 0))?;
        let largest = features.iter().map(|&feature| self.largest(feature)).collect::<Result<Vec<f64>>>()?;
        let state = Box::new(LloydState::new(centers.view(), &LloydScale::new(largest, 1.0)?)?);
        Ok(Pass::Lloyd { scorer: self.scorer()?, features, state })
    }

    /// Largest magnitude an indicator takes over the base, values put in place of missing ones included.
    fn largest(&self, feature: usize) -> Result<f64> {
        let draft = self.draft()?;
        let indicator = &draft.indicators.list[feature];
        let field = indicator.field as usize;
        let values = match &indicator.scale {
            Scale::Categories { values } => values.clone(),
            Scale::Bands { to, .. } => to.clone(),
            Scale::Points { .. } => {
                let mut raw = vec![draft.fields.fill[field]];
                if let Some(found) = self.statistics[field].as_ref().filter(|s| s.moments.count() > 0) {
                    raw.extend([found.moments.minimum(), found.moments.maximum()]);
                }
                raw.into_iter().map(|x| indicator.eval(x)).chain([indicator.neutral]).collect()
            }
            _ => vec![1.0],
        };
        Ok(values.iter().fold(1.0, |largest: f64, value| largest.max(value.abs())))
    }

    fn after_lloyd(&mut self, features: &[usize], state: &LloydState) -> Result<Pass> {
        let step = state.finish();
        let centers: Vec<Vec<f64>> = step.centers.rows().into_iter().map(|row| row.to_vec()).collect();
        self.full_passes += 1;
        if let Some(k_means) = &mut self.report.k_means {
            k_means.full_passes = self.full_passes;
        }
        if self.full_passes < FULL_PASSES {
            return self.lloyd_pass(features.to_vec(), &centers);
        }
        self.set_segments(features, centers)?;
        self.profile_pass()
    }

    /// Orders segments by the value of their centers, the highest first, and names them by what sets
    /// their customers apart.
    fn set_segments(&mut self, features: &[usize], mut centers: Vec<Vec<f64>>) -> Result<()> {
        let weights = self.draft()?.tree.weights.clone();
        let value = |center: &[f64]| -> f64 {
            features.iter().zip(center).map(|(&feature, z)| weights[feature] * z).sum()
        };
        centers.sort_by(|a, b| value(b).total_cmp(&value(a)).then_with(|| lexical(b, a)));
        let ids = features.iter().map(|&feature| feature as u32).collect();
        let segments = Segments::from_rows(ids, &centers)?;
        let names: Vec<String> = (0..centers.len()).map(|c| format!("segment {c}")).collect();
        if let Some(model) = &mut self.model {
            model.segments = Some(segments);
            model.names.segments = names;
        }
        let given = self.plan.segments.as_ref().map(|plan| plan.names.clone()).unwrap_or_default();
        let names = if given.is_empty() { self.segment_names()? } else { given };
        if let Some(model) = &mut self.model {
            model.names.segments = names;
        }
        Ok(())
    }

    fn segment_names(&self) -> Result<Vec<String>> {
        let numeric: Vec<usize> =
            (0..self.schema.len()).filter(|&field| self.statistics[field].is_some()).collect();
        let read: Vec<usize> = numeric
            .into_iter()
            .filter(|field| self.resolved.leaves.iter().any(|leaf| leaf.field == *field))
            .collect();
        let count = self.draft()?.names.segments.len();
        let (mut labels, mut values) = (Vec::new(), Vec::new());
        self.each_sampled(|row, score, _| {
            if score.segment != karat_scorer::NONE {
                labels.push(u32::from(score.segment));
                values.extend(read.iter().map(|&field| row[field]));
            }
        })?;
        if read.is_empty() {
            return Ok((1..=count).map(|number| format!("segment {number}")).collect());
        }
        let names: Vec<&str> = read.iter().map(|&field| self.schema.fields()[field].name.as_str()).collect();
        let measures = ArrayView2::from_shape((labels.len(), read.len()), &values)
            .map_err(|_| Error::shape("measures", labels.len() * read.len(), values.len()))?;
        Ok(profile(&labels, count, &names, measures)?.into_iter().map(|profile| profile.name).collect())
    }

    fn profile_pass(&self) -> Result<Pass> {
        let mut ranges: Vec<(f64, f64)> = self
            .statistics
            .iter()
            .map(|s| s.as_ref().map_or((0.0, 0.0), |s| (s.moments.minimum(), s.moments.maximum())))
            .collect();
        let index = self.index.as_ref();
        ranges.push(index.map_or((0.0, 0.0), |i| (i.moments[0].minimum(), i.moments[0].maximum())));
        Ok(Pass::Profile { scorer: self.scorer()?, ranges: Arc::new(ranges) })
    }

    /// Completes the report.
    fn describe(&mut self, ranges: &[(f64, f64)], profile: &ProfileSummary) -> Result<()> {
        let mut report = std::mem::take(&mut self.report);
        super::describe::fields(&mut report, &self.schema, self.fields.as_ref(), &self.statistics);
        super::describe::weights(&mut report, &self.resolved, self.weighed.as_ref())?;
        super::describe::classes(&mut report, self.draft()?, ranges, profile);
        report.findings.extend(self.sample_without_id());
        self.report = report;
        Ok(())
    }

    /// Without an identifier equal rows have equal keys: a sample takes all of them or none.
    fn sample_without_id(&self) -> Option<FindingReport> {
        let breaks = self.plan.grades.as_ref().is_some_and(|grades| grades.cuts == CutsPlan::NaturalBreaks);
        let sampled = self.fields.as_ref().map_or(0, |fields| fields.sample.len()) as u64;
        let uses_sample = breaks || self.plan.segments.is_some();
        (self.plan.id.is_none() && uses_sample && sampled < self.rows()).then(|| FindingReport {
            code: "W201".to_owned(),
            place: "id".to_owned(),
            fact: format!(
                "{sampled} of {} customers were sampled by their rows, so that equal rows enter together or not at all",
                self.rows()
            ),
            proposal: "name the column that identifies a customer as the plan's `id`".to_owned(),
        })
    }

    /// The frozen model with its report.
    pub(crate) fn finish(self) -> Result<(Model, Report)> {
        if self.next.is_some() {
            return Err(Error::argument("fit", "must run all its passes", "some are left"));
        }
        let model =
            self.model.ok_or_else(|| Error::argument("fit", "must run all its passes", "none ran"))?;
        Ok((model, self.report))
    }
}

fn lexical(a: &[f64], b: &[f64]) -> std::cmp::Ordering {
    let mut orders = a.iter().zip(b).map(|(a, b)| a.total_cmp(b));
    orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}
