//! The fit as a sequence of passes: summarise the base, solve, freeze, and go on.
//!
//! Every pass is exact and merges in any order, so that the frozen model does not depend on threads,
//! batches or partitions. What a pass needs from the ones before is in the pass itself.

mod findings;
mod segments;

use super::Progress;
use super::pass::{Batch, graded};
use super::pass::{FieldsSummary, IndexAwaiting, IndexSummary, Pass, ProfileSummary, Summary, each};
use super::report::Report;
use crate::classify::grades::{CutsAwaiting, plan_cuts};
use crate::classify::types::{ThresholdAwaiting, freeze as freeze_types, thresholds};
use crate::evaluate::indicators::{
    FieldStatistics, freeze as freeze_indicator, missing_points, probabilities,
};
use crate::evaluate::nodes::check_values;
use crate::evaluate::tree::{Weighed, freeze as freeze_tree};
use crate::evaluate::weights::DataSums;
use crate::numerics::quantile::QuantilePlan;
use crate::plan::{Plan, ResolvedPlan};
use karat_scorer::reasons::notes_of_reference;
use karat_scorer::step::{Fields, Indicator, Indicators, Scale, TYPE_NAMES};
use karat_scorer::{Error, Missing, Model, Names, Problem, Result, Schema, Scorer};
use std::sync::Arc;

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
            (Some(Pass::Indicators { .. }), Summary::Indicators(sums)) => {
                self.weigh(&sums)?;
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
                        indicator.neutral = missing_points(plan);
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
        check_values(&self.plan, &self.resolved, &list)?;
        self.weighed = Some(freeze_tree(&self.plan, &self.resolved, None)?);
        self.model = Some(self.first_draft(fill, list)?);
        if self.plan.weights.reads_the_base() && !self.plan.index.points {
            let methods = self.plan.weights.data_methods();
            Ok(Pass::Indicators { scorer: self.scorer()?, methods })
        } else {
            self.index_pass()
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
            nodes: weighed.and_then(|weighed| weighed.nodes.clone()),
            profiles: weighed.and_then(|weighed| weighed.profiles.clone()),
            rules,
            grades: None,
            types: None,
            segments: None,
            forecasts: None,
            notes: Vec::new(),
        })
    }

    fn weigh(&mut self, sums: &DataSums) -> Result<()> {
        let weighed = freeze_tree(&self.plan, &self.resolved, Some(sums))?;
        if let Some(model) = &mut self.model {
            model.tree = weighed.tree.clone();
            model.nodes = weighed.nodes.clone();
            model.profiles = weighed.profiles.clone();
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
        self.set_reference(&index);
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

    /// Freezes the means of the base, against which scores are explained, and what to say of a shortfall.
    fn set_reference(&mut self, index: &IndexSummary) {
        let Some(model) = &mut self.model else { return };
        let means = index.means(&model.indicators.list);
        if let Some(nodes) = &mut model.nodes {
            nodes.reference.clone_from(&means);
        }
        let texts = self.resolved.leaves.iter().map(|leaf| self.plan.indicators[&leaf.name].low.as_deref());
        model.notes = notes_of_reference(&means, &texts.collect::<Vec<_>>());
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
        report.findings.extend(self.findings());
        self.report = report;
        Ok(())
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
