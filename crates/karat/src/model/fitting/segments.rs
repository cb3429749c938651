//! The part of a fit that finds the segments: k-means on a sample, exact passes over everybody, names.

use super::Fitting;
use crate::classify::segments::{KMeans, LloydScale, LloydState, profile};
use crate::model::Progress;
use crate::model::pass::{Pass, coordinate, graded};
use crate::model::report::KMeansSummary;
use karat_scorer::step::{Scale, Segments};
use karat_scorer::{Error, Problem, Result};
use ndarray::{Array2, ArrayView2};
use std::ops::ControlFlow;

/// Lloyd passes over everybody after the iterations on a sample.
const FULL_PASSES: u64 = 2;

impl Fitting {
    /// Iterates k-means on the sample; a larger base is finished by passes over everybody.
    pub(super) fn segment(&mut self, observer: &mut dyn FnMut(Progress) -> bool) -> Result<Pass> {
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
    pub(super) fn check_sample(&self, graded: usize) -> Result<()> {
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

    pub(super) fn after_lloyd(&mut self, features: &[usize], state: &LloydState) -> Result<Pass> {
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

    /// Names by what sets the sampled customers of each segment apart: numbers as they are, categories by
    /// the value the plan gives them.
    fn segment_names(&self) -> Result<Vec<String>> {
        let scorer = self.scorer()?;
        let leaves = &self.resolved.leaves;
        // Two indicators of one column would name the same fact twice.
        let measured: Vec<usize> = (0..leaves.len())
            .filter(|&leaf| leaves[..leaf].iter().all(|other| other.field != leaves[leaf].field))
            .collect();
        let (mut labels, mut values) = (Vec::new(), Vec::new());
        self.each_sampled(|row, score, explanation| {
            if score.segment != karat_scorer::NONE {
                labels.push(u32::from(score.segment));
                values.extend(measured.iter().map(|&leaf| {
                    let field = leaves[leaf].field;
                    let numeric = self.statistics[field].is_some();
                    if numeric { row[field] } else { coordinate(&scorer, row, explanation, leaf) }
                }));
            }
        })?;
        let fields = self.schema.fields();
        let names: Vec<&str> =
            measured.iter().map(|&leaf| fields[leaves[leaf].field].name.as_str()).collect();
        let measures = ArrayView2::from_shape((labels.len(), names.len()), &values)
            .map_err(|_| Error::shape("measures", labels.len() * names.len(), values.len()))?;
        let count = self.draft()?.names.segments.len();
        Ok(profile(&labels, count, &names, measures)?.into_iter().map(|profile| profile.name).collect())
    }
}

fn lexical(a: &[f64], b: &[f64]) -> std::cmp::Ordering {
    let mut orders = a.iter().zip(b).map(|(a, b)| a.total_cmp(b));
    orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}
