//! How many wavelons.

use super::network::{Task, WaveletNetwork};
use super::report::Progress;
use crate::evaluate::weights::Finding;
use crate::numerics::random::Random;
use karat_scorer::numerics::ln;
use karat_scorer::step::wavelet::Wavelons;
use karat_scorer::{Error, Result};
use ndarray::{ArrayView2, Axis};
use std::ops::ControlFlow;

/// What the number of wavelons is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Criterion {
    /// The Bayesian information criterion (Schwarz, 1978) of one fit to all rows.
    Information,
    /// Mean loss on the left-out rows of so many folds.
    CrossValidation(usize),
    /// Loss on all rows plus what so many bootstrap samples say it is too good by (Efron, 1983): the prediction
    /// risk of Alexandridis and Zapranis (2013).
    Bootstrap(usize),
}

/// One number of wavelons.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CandidateRisk {
    /// Wavelons of each member.
    pub wavelons: usize,
    /// What the criterion says; numbers in half squared standard deviations, classes in log loss.
    pub risk: f64,
    /// Standard error of it; 0 of the information criterion.
    pub standard_error: f64,
}

/// The numbers compared, and which to take.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WavelonChoice {
    /// In the order given.
    pub candidates: Vec<CandidateRisk>,
    /// The fewest wavelons whose risk is within one standard error of the least (Breiman and others, 1984).
    pub chosen: usize,
    /// `W314` where that is a plain model.
    pub findings: Vec<Finding>,
}

/// Told where the fits stand; may stop them.
pub(super) type Observer<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

/// The least probability that a class is taken to have in a loss.
const LEAST: f64 = 1e-15;

/// Compares numbers of wavelons, 0 among them being the plain linear or logistic model.
///
/// ```
/// use karat::forecast::wavelet::{Criterion, Task, WaveletNetwork, select_wavelons};
/// use ndarray::Array2;
/// use std::ops::ControlFlow;
///
/// let x = Array2::from_shape_fn((80, 1), |(row, _)| row as f64 / 20.0);
/// let y: Vec<f64> = x.column(0).iter().map(|x| (x - 2.0) * (x - 2.0)).collect();
/// let plan = WaveletNetwork::new(0, Task::Squared);
/// let go_on = &mut |_: &_| ControlFlow::Continue(());
/// let choice = select_wavelons(&plan, x.view(), &y, &[0, 2], Criterion::Information, go_on)?;
/// assert_eq!(choice.chosen, 2);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`] for no candidates, fewer than 2 folds or samples, or more folds than rows; else those of
/// [`WaveletNetwork::fit_observed`].
pub fn select_wavelons(
    plan: &WaveletNetwork,
    x: ArrayView2<'_, f64>,
    target: &[f64],
    candidates: &[usize],
    criterion: Criterion,
    observer: Observer<'_>,
) -> Result<WavelonChoice> {
    if candidates.is_empty() {
        return Err(Error::argument("candidates", "must name a number of wavelons", "none"));
    }
    if let Criterion::CrossValidation(parts) | Criterion::Bootstrap(parts) = criterion {
        let most = if matches!(criterion, Criterion::CrossValidation(_)) { target.len() } else { 10_000 };
        if parts < 2 || parts > most {
            return Err(Error::argument("parts", format!("must be 2 to {most}"), parts));
        }
    }
    let mut judged = Vec::new();
    for &wavelons in candidates {
        let plan = plan.clone().wavelons(wavelons);
        judged.push(match criterion {
            Criterion::Information => information(&plan, x, target, observer)?,
            Criterion::CrossValidation(folds) => cross_validation(&plan, x, target, folds, observer)?,
            Criterion::Bootstrap(samples) => bootstrap(&plan, x, target, samples, observer)?,
        });
    }
    let mut least = judged[0];
    for candidate in &judged {
        if candidate.risk < least.risk {
            least = *candidate;
        }
    }
    let within = judged.iter().filter(|candidate| candidate.risk <= least.risk + least.standard_error);
    let chosen = within.map(|candidate| candidate.wavelons).min().unwrap_or(least.wavelons);
    let mut findings = Vec::new();
    if chosen == 0 {
        findings.push(Finding::new(
            "W314",
            "network",
            format!("the plain model is as good as any of {candidates:?} wavelons"),
            "prefer the plain model, or other fields",
        ));
    }
    Ok(WavelonChoice { candidates: judged, chosen, findings })
}

fn information(
    plan: &WaveletNetwork,
    x: ArrayView2<'_, f64>,
    target: &[f64],
    observer: Observer<'_>,
) -> Result<CandidateRisk> {
    let fitted = plan.fit_observed(x, target, None, observer)?;
    let rows = target.len() as f64;
    let loss = fitted.report.loss;
    let fit = match plan.task {
        Task::Squared | Task::Huber(_) => rows * ln((2.0 * loss).max(1e-300)),
        _ => 2.0 * rows * loss,
    };
    let risk = fit + fitted.report.parameters as f64 * ln(rows);
    Ok(CandidateRisk { wavelons: plan.wavelons, risk, standard_error: 0.0 })
}

fn cross_validation(
    plan: &WaveletNetwork,
    x: ArrayView2<'_, f64>,
    target: &[f64],
    folds: usize,
    observer: Observer<'_>,
) -> Result<CandidateRisk> {
    let fold_of = folds_of(plan, target, folds);
    let mut losses = vec![0.0; target.len()];
    for fold in 0..folds {
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            (0..target.len()).partition(|&row| fold_of[row] != fold);
        let part = x.select(Axis(0), &inside);
        let part_target: Vec<f64> = inside.iter().map(|&row| target[row]).collect();
        let fitted = plan.fit_observed(part.view(), &part_target, None, observer)?;
        let deviation = deviation(plan.task, target);
        for row in outside {
            losses[row] = row_loss(&fitted.step, plan.task, deviation, x.row(row).to_vec(), target[row])?;
        }
    }
    Ok(CandidateRisk {
        wavelons: plan.wavelons,
        risk: mean(&losses),
        standard_error: standard_error(&losses),
    })
}

/// The fold of each row at random, of every class alike, so that no class is absent where that can be helped.
fn folds_of(plan: &WaveletNetwork, target: &[f64], folds: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..target.len()).collect();
    Random::stream(plan.seed, u64::MAX - 2).shuffle(&mut order);
    if matches!(plan.task, Task::Classes(_) | Task::OrderedClasses(_)) {
        order.sort_by(|&a, &b| target[a].total_cmp(&target[b]));
    }
    let mut fold_of = vec![0; target.len()];
    for (place, row) in order.into_iter().enumerate() {
        fold_of[row] = place % folds;
    }
    fold_of
}

fn bootstrap(
    plan: &WaveletNetwork,
    x: ArrayView2<'_, f64>,
    target: &[f64],
    samples: usize,
    observer: Observer<'_>,
) -> Result<CandidateRisk> {
    let apparent = plan.fit_observed(x, target, None, observer)?.report.loss;
    let deviation = deviation(plan.task, target);
    let mut optimism = Vec::new();
    for sample in 0..samples {
        let mut random = Random::stream(plan.seed, u64::MAX - 3 - sample as u64);
        let mut counts = vec![0.0; target.len()];
        for _ in 0..target.len() {
            counts[random.below(target.len() as u64) as usize] += 1.0;
        }
        let fitted = plan.fit_observed(x, target, Some(&counts), observer)?;
        let (mut on_sample, mut on_all) = (0.0, 0.0);
        for (row, count) in counts.iter().enumerate() {
            let loss = row_loss(&fitted.step, plan.task, deviation, x.row(row).to_vec(), target[row])?;
            on_sample += count * loss;
            on_all += loss;
        }
        optimism.push((on_all - on_sample) / target.len() as f64);
    }
    let risk = apparent + mean(&optimism);
    Ok(CandidateRisk { wavelons: plan.wavelons, risk, standard_error: standard_error(&optimism) })
}

/// Standard deviation of a numeric target; 1 of classes.
pub(super) fn deviation(task: Task, target: &[f64]) -> f64 {
    if matches!(task, Task::Classes(_) | Task::OrderedClasses(_)) {
        return 1.0;
    }
    let middle = mean(target);
    let variance = target.iter().map(|y| (y - middle) * (y - middle)).sum::<f64>() / target.len() as f64;
    if variance > 0.0 { variance.sqrt() } else { 1.0 }
}

/// The loss of a frozen network on one row.
pub(super) fn row_loss(
    step: &Wavelons,
    task: Task,
    deviation: f64,
    row: Vec<f64>,
    target: f64,
) -> Result<f64> {
    let mut out = vec![0.0; step.width()];
    step.eval(&row, &mut out)?;
    Ok(match task {
        Task::Squared => {
            let error = (out[0] - target) / deviation;
            0.5 * error * error
        }
        Task::Huber(width) => {
            let error = ((out[0] - target) / deviation).abs();
            if error <= width { 0.5 * error * error } else { width * (error - 0.5 * width) }
        }
        _ => -ln(out.get(target as usize).copied().unwrap_or(0.0).max(LEAST)),
    })
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn standard_error(values: &[f64]) -> f64 {
    let middle = mean(values);
    let count = values.len() as f64;
    let variance = values.iter().map(|v| (v - middle) * (v - middle)).sum::<f64>() / (count - 1.0);
    (variance / count).sqrt()
}
