//! A fit: the target standardised, members trained side by side, frozen and judged.

mod data;
mod workers;

use super::coding;
use super::freeze::{freeze, mean_thresholds, thaw};
use super::init;
use super::loss::Loss;
use super::network::{Resample, Task, Validation, WaveletNetwork};
use super::objective::{Data, Objective, Selection};
use super::report::{Against, MemberReport, Progress, WaveletReport};
use super::shape::Shape;
use super::train::{Ended, Optimiser, Outcome, Watch, adam, lbfgs, levenberg};
use crate::evaluate::weights::Finding;
use crate::fitted::Fitted;
use crate::numerics::parallel::thread_count;
use crate::numerics::random::Random;
use karat_scorer::numerics::ln;
use karat_scorer::step::wavelet::{Coding, Family, Link, Member, Wavelons, WavelonsParts};
use karat_scorer::{Error, Result};
use ndarray::ArrayView2;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rows from which one training is worth several threads.
const ROWS_PER_THREAD: usize = 20_000;
/// Rows from which the automatic optimiser takes mini-batches.
const MANY_ROWS: usize = 50_000;
/// Parameters up to which it takes Levenberg-Marquardt.
const FEW_PARAMETERS: usize = 250;
/// Iterations of the plain model that the network is compared with.
const PLAIN_ITERATIONS: usize = 200;

/// Everything that the members share.
pub(super) struct Fit<'a> {
    plan: &'a WaveletNetwork,
    codings: Vec<Coding>,
    data: Data,
    shape: Shape,
    loss: Loss,
    /// Offset and scale of a number.
    scaling: (f64, f64),
    /// Weight of each row.
    weights: Vec<f64>,
    findings: Vec<Finding>,
}

/// One member after its training.
pub(super) struct Trained {
    at: Vec<f64>,
    report: MemberReport,
    /// Rows that it was not trained on.
    validation: Option<Selection>,
}

impl<'a> Fit<'a> {
    pub(super) fn prepare(
        plan: &'a WaveletNetwork,
        x: ArrayView2<'_, f64>,
        target: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Fit<'a>> {
        let mut findings = Vec::new();
        let name = |field: usize| plan.names.get(field).cloned().unwrap_or_else(|| format!("column {field}"));
        let mut codings = coding::fit(x, &plan.fields, &name, &mut findings)?;
        if let Some(warm) = &plan.warm_start {
            coding::keep_indicators(&mut codings, &warm.parts().codings);
        }
        let mut weights = weights.map_or_else(|| vec![1.0; target.len()], <[f64]>::to_vec);
        let (target, scaling) = data::target(plan.task, target, &weights, &mut findings)?;
        data::apply_class_weights(plan, &target, &mut weights)?;
        let columns = codings.iter().map(Coding::inputs).sum();
        let mut inputs = Vec::with_capacity(columns * target.len());
        for row in x.rows() {
            coding::code_row(&codings, |field| row[field], &mut inputs);
        }
        let (loss, outputs, gaps) = match plan.task {
            Task::Squared => (Loss::Squared, 1, 0),
            Task::Huber(width) => (Loss::Huber(width), 1, 0),
            Task::Classes(2) => (Loss::Logistic, 1, 0),
            Task::Classes(count) => (Loss::Softmax, count as usize, 0),
            Task::OrderedClasses(count) => (Loss::Ordered, 1, count as usize - 2),
        };
        // Without any deviation there is nothing for wavelons to explain.
        let wavelons = if scaling.1 == 0.0 { 0 } else { plan.wavelons };
        let shape = Shape {
            family: plan.family,
            mother: plan.mother,
            inputs: columns,
            wavelons,
            outputs,
            linear: plan.linear || wavelons == 0,
            gaps,
        };
        let data = Data { inputs, columns, target };
        data::refuse_sizes(plan, &shape)?;
        data::warn_of_size(&shape, data.rows(), &mut findings);
        data::warn_of_collinear(&codings, &data, &name, &mut findings);
        Ok(Fit { plan, codings, data, shape, loss, scaling, weights, findings })
    }

    pub(super) fn run(
        mut self,
        observer: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Fitted<Wavelons, WaveletReport>> {
        let splits = self.splits()?;
        let starts = self.warm_members()?;
        let threads = thread_count(self.plan.threads);
        let workers = threads.min(self.plan.members).max(1);
        let inner = (threads / workers).min(self.data.rows() / ROWS_PER_THREAD + 1).max(1);
        let fit = &self;
        let trained = workers::run(fit.plan.members, workers, observer, |member, stop, tell| {
            let start = starts.as_ref().and_then(|all| all.get(member)).cloned();
            fit.train(member, &splits[member], start, inner, stop, tell)
        })?;
        let step = self.freeze(&trained)?;
        let against = self.against(&trained, &splits, inner);
        if against.as_good && self.shape.wavelons > 0 {
            self.findings.push(plain_is_as_good(&against, self.loss));
        }
        let unfinished = trained.iter().filter(|member| !member.report.converged).count();
        if unfinished > 0 {
            self.findings.push(Finding::new(
                "W313",
                "training",
                format!("{unfinished} of {} members had not converged after their iterations", trained.len()),
                "raise `iterations`, or set rows aside for validation",
            ));
        }
        let report = WaveletReport {
            parameters: self.shape.parameters(),
            inputs: self.shape.inputs,
            loss: self.mean_member_loss(&trained),
            members: trained.into_iter().map(|member| member.report).collect(),
            against,
            findings: self.findings,
        };
        Ok(Fitted { step, report })
    }

    /// How often each member trains on each row, and which rows it validates on.
    fn splits(&self) -> Result<Vec<Vec<u32>>> {
        let mut random = Random::stream(self.plan.seed, u64::MAX);
        let (members, rows) = (self.plan.members, self.data.rows());
        let mut all = match self.plan.resample {
            Resample::Same => vec![vec![1; rows]; members],
            Resample::Bootstrap => data::balanced_bootstrap(members, rows, &mut random),
        };
        for counts in &mut all {
            data::set_aside(self.plan.validation, self.loss, &self.data, counts, &mut random);
            let left =
                counts.iter().zip(&self.weights).any(|(&count, &weight)| f64::from(count) * weight > 0.0);
            if !left {
                let rule = "must leave a row to train on";
                return Err(Error::argument("validation", rule, "too large a share"));
            }
        }
        Ok(all)
    }

    /// Rows to train on and rows to validate on.
    fn selections(&self, counts: &[u32]) -> (Selection, Option<Selection>) {
        let pick = |wanted: bool| {
            let rows: Vec<u32> = (0..counts.len())
                .filter(|&row| (counts[row] > 0) == wanted && self.weights[row] > 0.0)
                .map(|row| row as u32)
                .collect();
            let weight = |&row: &u32| {
                let count = if wanted { f64::from(counts[row as usize]) } else { 1.0 };
                count * self.weights[row as usize]
            };
            Selection { weights: rows.iter().map(weight).collect(), rows }
        };
        let validation = pick(false);
        let uses = self.plan.validation != Validation::None || self.plan.resample == Resample::Bootstrap;
        (pick(true), (uses && !validation.rows.is_empty()).then_some(validation))
    }

    fn objective(&self, shape: Shape, selection: Selection, threads: usize) -> Objective<'_> {
        Objective { shape, loss: self.loss, decay: self.plan.decay, data: &self.data, selection, threads }
    }

    fn train(
        &self,
        member: usize,
        counts: &[u32],
        warm: Option<Vec<f64>>,
        threads: usize,
        stop: &AtomicBool,
        tell: &dyn Fn(usize, f64),
    ) -> Option<Trained> {
        let (training, validation) = self.selections(counts);
        let objective = self.objective(self.shape, training, threads);
        let judge = validation.clone().map(|rows| self.objective(self.shape, rows, threads));
        let mut best: Option<Outcome> = None;
        let mut reached = Vec::new();
        let mut done = 0;
        for start in 0..self.plan.starts {
            let number = (member * self.plan.starts + start) as u64;
            let mut random = Random::stream(self.plan.seed, number);
            let at = match &warm {
                Some(at) if start == 0 => at.clone(),
                _ => {
                    let init = if start == 0 { self.plan.init } else { init::Init::Random };
                    init::start(&self.shape, self.loss, &self.data, &objective.selection, init, &mut random)
                }
            };
            let watch = Watch {
                validation: judge.as_ref(),
                patience: self.plan.patience,
                iterations: self.plan.iterations,
                tolerance: self.plan.tolerance,
                tell: &|iteration, value| {
                    tell(done + iteration, value);
                    !stop.load(Ordering::Relaxed)
                },
            };
            let outcome = self.optimise(&objective, at, &mut random, &watch);
            if outcome.ended == Ended::Stopped {
                return None;
            }
            done += outcome.iterations;
            reached.push(outcome.best);
            if best.as_ref().is_none_or(|kept| outcome.best < kept.best) {
                best = Some(outcome);
            }
        }
        let kept = best?;
        let report = MemberReport {
            converged: kept.ended != Ended::Exhausted,
            stopped_early: kept.ended == Ended::Early,
            iterations: kept.iterations,
            history: kept.history,
            validation: kept.validation,
            starts: reached,
            counts: counts.to_vec(),
        };
        Some(Trained { at: kept.at, report, validation })
    }

    fn optimise(
        &self,
        objective: &Objective<'_>,
        at: Vec<f64>,
        random: &mut Random,
        watch: &Watch<'_>,
    ) -> Outcome {
        let rows = objective.selection.rows.len();
        let chosen = match self.plan.optimiser {
            Optimiser::Automatic if rows > MANY_ROWS => Optimiser::Adam { batch: 256, rate: 5e-3 },
            Optimiser::Automatic if self.loss == Loss::Squared && at.len() <= FEW_PARAMETERS => {
                Optimiser::LevenbergMarquardt
            }
            Optimiser::Automatic => Optimiser::Lbfgs,
            other => other,
        };
        match chosen {
            Optimiser::LevenbergMarquardt => levenberg(objective, at, watch),
            Optimiser::Adam { batch, rate } => adam(objective, at, (batch, rate), random, watch),
            _ => lbfgs(|at, gradient| objective.evaluate(at, gradient), at, watch),
        }
    }

    /// Parameters of the members to go on from.
    fn warm_members(&self) -> Result<Option<Vec<Vec<f64>>>> {
        let Some(warm) = &self.plan.warm_start else { return Ok(None) };
        let parts = warm.parts();
        let same = parts.family == self.shape.family
            && parts.mother == self.shape.mother
            && warm.inputs() == self.shape.inputs
            && warm.outputs() == self.shape.outputs
            && parts.members.iter().all(|member| member.wavelons == self.shape.wavelons);
        if !same {
            let rule = "must be a network of the same family, mother wavelet, fields, classes and wavelons";
            return Err(Error::argument("warm_start", rule, "another"));
        }
        let thresholds = match &parts.link {
            Link::Ordered { thresholds } => thresholds.clone(),
            _ => Vec::new(),
        };
        let thawed = |member: &Member| {
            let frozen = data::recode(member, &parts.codings, &self.codings, &parts.family);
            let mut at = thaw(&self.shape, &frozen, &thresholds);
            if let (Link::Number { offset, scale }, true) = (&parts.link, self.scaling.1 > 0.0) {
                // The target is standardised anew.
                let stretch = scale / self.scaling.1;
                let outer = [self.shape.bias(), self.shape.linear(), self.shape.weights()];
                for place in outer.into_iter().flatten() {
                    at[place] *= stretch;
                }
                at[0] += (offset - self.scaling.0) / self.scaling.1;
            }
            at
        };
        Ok(Some(parts.members.iter().map(thawed).collect()))
    }

    fn freeze(&self, trained: &[Trained]) -> Result<Wavelons> {
        let all: Vec<Vec<f64>> = trained.iter().map(|member| member.at.clone()).collect();
        let link = match self.loss {
            Loss::Squared | Loss::Huber(_) => Link::Number { offset: self.scaling.0, scale: self.scaling.1 },
            Loss::Logistic => Link::Binary,
            Loss::Softmax => Link::Classes,
            Loss::Ordered => Link::Ordered { thresholds: mean_thresholds(&self.shape, &all) },
        };
        let members = all.iter().map(|at| freeze(&self.shape, at)).collect();
        let parts =
            WavelonsParts::new(self.codings.clone(), self.shape.family, self.shape.mother, link, members);
        Wavelons::new(parts)
    }

    fn everything(&self) -> Selection {
        let rows: Vec<u32> =
            (0..self.data.rows() as u32).filter(|&r| self.weights[r as usize] > 0.0).collect();
        Selection { weights: rows.iter().map(|&row| self.weights[row as usize]).collect(), rows }
    }

    fn mean_member_loss(&self, trained: &[Trained]) -> f64 {
        let objective = self.objective(self.shape, self.everything(), 1);
        trained.iter().map(|member| objective.mean_loss(&member.at)).sum::<f64>() / trained.len() as f64
    }

    /// The same rows by the model without wavelons.
    fn against(&self, trained: &[Trained], splits: &[Vec<u32>], threads: usize) -> Against {
        let plain = Shape { family: Family::Ridge, wavelons: 0, linear: true, ..self.shape };
        let (training, validation) = self.selections(&splits[0]);
        let rows = if validation.is_some() { training } else { self.everything() };
        let objective = self.objective(plain, rows.clone(), threads);
        let watch = Watch {
            validation: None,
            patience: 1,
            iterations: PLAIN_ITERATIONS,
            tolerance: 1e-9,
            tell: &|_, _| true,
        };
        let mut random = Random::stream(self.plan.seed, u64::MAX - 1);
        let at = init::start(&plain, self.loss, &self.data, &rows, init::Init::Random, &mut random);
        let outcome = lbfgs(|at, gradient| objective.evaluate(at, gradient), at, &watch);
        if let (Some(rows), Some(first)) = (validation, trained.first()) {
            debug_assert!(first.validation.is_some());
            let network = self.objective(self.shape, rows.clone(), 1).row_losses(&first.at);
            let linear = self.objective(plain, rows, 1).row_losses(&outcome.at);
            return data::compare(&network, &linear);
        }
        let count = rows.total();
        let criterion = |shape: Shape, at: &[f64]| {
            let loss = self.objective(shape, rows.clone(), threads).mean_loss(at);
            // Of numbers with the deviation at its best; of classes the likelihood itself.
            let fit = match self.loss {
                Loss::Squared | Loss::Huber(_) => count * ln((2.0 * loss).max(1e-300)),
                _ => 2.0 * count * loss,
            };
            fit + shape.parameters() as f64 * ln(count.max(1.0))
        };
        let all: Vec<f64> = trained.iter().map(|member| criterion(self.shape, &member.at)).collect();
        let network = all.iter().sum::<f64>() / all.len() as f64;
        let linear = criterion(plain, &outcome.at);
        Against { network, linear, on_validation: false, as_good: linear <= network }
    }
}

fn plain_is_as_good(against: &Against, loss: Loss) -> Finding {
    let name = match loss {
        Loss::Squared | Loss::Huber(_) => "linear regression",
        Loss::Ordered => "a linear model of cumulative logits",
        _ => "logistic regression",
    };
    let what = if against.on_validation { "loss on validation rows" } else { "information criterion" };
    Finding::new(
        "W314",
        "network",
        format!("{name} is as good: {what} {:.4}, of the network {:.4}", against.linear, against.network),
        "prefer the plain model (`wavelons` 0), or other fields",
    )
}
