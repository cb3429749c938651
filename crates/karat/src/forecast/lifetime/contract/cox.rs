//! Proportional hazards (Cox 1972), ties after Efron (1977) or Breslow (1974).

use super::check::Observed;
use super::coefficient::{Coefficient, coefficients};
use super::fields::Fields;
use super::regression::{Climb, Sums, at};
use super::times::Times;
use crate::evaluate::weights::Finding;
use crate::numerics::parallel::Chunks;
use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Problem, Result};
use std::ops::Range;

const CHUNK: usize = 8192;

/// How customers are treated who leave at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Ties {
    /// Efron's approximation, the better one. The default.
    #[default]
    Efron,
    /// Breslow's.
    Breslow,
}

/// The regression: a reference beside [`DiscreteHazard`](super::DiscreteHazard), which forecasts in months.
///
/// ```
/// use karat::forecast::lifetime::contract::{CoxProportionalHazards, Fields};
/// let names = ["late".to_owned()];
/// let late = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0];
/// let columns: [&[f64]; 1] = [&late];
/// let fields = Fields::new(&names, &columns)?;
/// let durations = [2.0, 4.0, 6.0, 5.0, 9.0, 3.0];
/// let fitted = CoxProportionalHazards::new().fit(&durations, &[1.0, 1.0, 1.0, 0.0, 1.0, 1.0], fields, None, None)?;
/// assert!(fitted.coefficients[0].value > 0.0, "late payers leave earlier");
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CoxProportionalHazards {
    /// Treatment of ties.
    pub ties: Ties,
    /// Half of it times the squared effect of one standard deviation is taken off the likelihood. Default 0.
    pub penalty: f64,
    /// Threads, 0 for all; never changes a result.
    pub threads: usize,
}

/// What the regression found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FittedCox {
    /// Log hazard ratios of one unit more of each field.
    pub coefficients: Vec<Coefficient>,
    /// Partial likelihood of the coefficients.
    pub log_likelihood: f64,
    /// Partial likelihood without fields.
    pub null_log_likelihood: f64,
    /// Harrell's concordance: how often of two customers the one with more risk leaves first.
    pub concordance: f64,
    /// Times at which anybody left.
    pub baseline_times: Vec<f64>,
    /// Cumulative hazard of a customer whose fields are all at their means.
    pub baseline_hazard: Vec<f64>,
    /// Means of the fields.
    pub means: Vec<f64>,
    /// Newton steps.
    pub iterations: usize,
    /// Whether the steps settled.
    pub converged: bool,
    /// Fields that separate who leaves (`W343`), or steps that did not settle (`W342`).
    pub findings: Vec<Finding>,
}

impl CoxProportionalHazards {
    /// Efron's ties, no penalty.
    #[must_use]
    pub fn new() -> CoxProportionalHazards {
        CoxProportionalHazards::default()
    }

    /// Sets the treatment of ties.
    #[must_use]
    pub fn ties(mut self, ties: Ties) -> CoxProportionalHazards {
        self.ties = ties;
        self
    }

    /// Sets the ridge penalty.
    #[must_use]
    pub fn penalty(mut self, penalty: f64) -> CoxProportionalHazards {
        self.penalty = penalty;
        self
    }

    /// Sets the number of threads, 0 for all.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> CoxProportionalHazards {
        self.threads = threads;
        self
    }

    /// The most likely coefficients.
    ///
    /// # Errors
    /// [`Error::Data`] naming everything wrong with its rows, constant fields, and fields that follow from
    /// others; [`Error::Shape`] for columns of unequal length; [`Error::Argument`] for a negative penalty.
    pub fn fit(
        &self,
        durations: &[f64],
        events: &[f64],
        fields: Fields<'_>,
        entries: Option<&[f64]>,
        weights: Option<&[f64]>,
    ) -> Result<FittedCox> {
        if !(self.penalty >= 0.0 && self.penalty.is_finite()) {
            return Err(Error::argument("penalty", "must be 0 or more", self.penalty));
        }
        let observed = Observed { durations, events, entries, weights };
        observed.check(false)?;
        let scales = fields.check(durations.len())?;
        if fields.columns.is_empty() {
            return Err(Error::data(Problem::new("", "there are no fields", "give at least one")));
        }
        if events.iter().all(|&event| event == 0.0) {
            return Err(Error::data(Problem::new("events", "nobody left", "watch customers for longer")));
        }
        let times = Times::of(&observed);
        let means: Vec<f64> =
            fields.columns.iter().map(|column| column.iter().sum::<f64>() / column.len() as f64).collect();
        let rows = centred(fields, &means);
        let partial = Partial { observed, rows: &rows, times, ties: self.ties, threads: self.threads };
        let penalties = vec![self.penalty; scales.len()];
        let climb = Climb { names: fields.names, scales: &scales, penalties: &penalties };
        let estimate = climb.run(&vec![0.0; scales.len()], |position| partial.sums(position))?;
        let mut findings = Vec::new();
        let list = coefficients(&estimate, fields.names, &scales, &mut findings);
        let (baseline_times, baseline_hazard) = partial.baseline(&estimate.coefficients);
        let scores: Vec<f64> =
            (0..durations.len()).map(|row| fields.score(row, &estimate.coefficients)).collect();
        Ok(FittedCox {
            coefficients: list,
            log_likelihood: estimate.value,
            null_log_likelihood: estimate.start_value,
            concordance: super::concordance::concordance(durations, events, &scores)?,
            baseline_times,
            baseline_hazard,
            means,
            iterations: estimate.iterations,
            converged: estimate.converged,
            findings,
        })
    }
}

impl FittedCox {
    /// Cumulative baseline hazard at a time.
    #[must_use]
    pub fn baseline_at(&self, time: f64) -> f64 {
        let place = self.baseline_times.partition_point(|&known| known <= time);
        place.checked_sub(1).map_or(0.0, |place| self.baseline_hazard[place])
    }

    /// Hazard relative to a customer whose fields are all at their means.
    #[must_use]
    pub fn relative_hazard(&self, fields: &[f64]) -> f64 {
        let mut score = 0.0;
        for ((x, mean), coefficient) in fields.iter().zip(&self.means).zip(&self.coefficients) {
            score += (x - mean) * coefficient.value;
        }
        exp(score.min(700.0))
    }
}

/// Fields less their means, row by row: a row is read as it lies.
fn centred(fields: Fields<'_>, means: &[f64]) -> Vec<f64> {
    let width = means.len();
    let rows = fields.columns.first().map_or(0, |column| column.len());
    let mut centred = vec![0.0; rows * width];
    for (j, (column, mean)) in fields.columns.iter().zip(means).enumerate() {
        for (row, x) in column.iter().enumerate() {
            centred[row * width + j] = x - mean;
        }
    }
    centred
}

struct Partial<'a> {
    observed: Observed<'a>,
    /// Fields less their means, row by row.
    rows: &'a [f64],
    times: Times,
    ties: Ties,
    threads: usize,
}

/// Sums at each time: of those whose spell ends there, enters there, and leaves there.
struct AtTimes {
    width: usize,
    /// Weight times risk, and the same times each field, of those at risk up to that time.
    risk: Vec<f64>,
    moments: Vec<f64>,
    lost: Vec<f64>,
    leavers: Vec<usize>,
    lost_risk: Vec<f64>,
    lost_moments: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl AtTimes {
    fn new(times: usize, width: usize) -> AtTimes {
        AtTimes {
            width,
            risk: vec![0.0; times],
            moments: vec![0.0; times * width],
            lost: vec![0.0; times],
            leavers: vec![0; times],
            lost_risk: vec![0.0; times],
            lost_moments: vec![0.0; times * width],
            value: 0.0,
            gradient: vec![0.0; width],
        }
    }

    fn merge(&mut self, other: &AtTimes) {
        let add = |sums: &mut [f64], parts: &[f64]| {
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        };
        add(&mut self.risk, &other.risk);
        add(&mut self.moments, &other.moments);
        add(&mut self.lost, &other.lost);
        add(&mut self.lost_risk, &other.lost_risk);
        add(&mut self.lost_moments, &other.lost_moments);
        add(&mut self.gradient, &other.gradient);
        self.leavers.iter_mut().zip(&other.leavers).for_each(|(sum, part)| *sum += part);
        self.value += other.value;
    }
}

impl Partial<'_> {
    fn chunks(&self) -> Chunks {
        // With many times the sums of a chunk are long: fewer chunks then.
        let rows = self.observed.durations.len();
        let chunk = CHUNK.max(self.times.times.len() * 4);
        Chunks { task: "fitting proportional hazards", rows, chunk, threads: self.threads }
    }

    /// Sums over those at risk at each time.
    fn at_times(&self, position: &[f64]) -> Result<(AtTimes, Vec<f64>)> {
        let (count, width) = (self.times.times.len(), position.len());
        let part = |rows: Range<usize>| self.at_times_of(rows, position);
        let start = (AtTimes::new(count, width), Vec::with_capacity(self.observed.durations.len()));
        let add = |all: &mut (AtTimes, Vec<f64>), mut part: (AtTimes, Vec<f64>)| {
            all.0.merge(&part.0);
            all.1.append(&mut part.1);
        };
        let (mut sums, risks) = self.chunks().map_reduce(part, start, add, &mut |_| true)?;
        // From those who end at each time to those at risk there: all whose end is not before.
        for time in (1..count).rev() {
            sums.risk[time - 1] += sums.risk[time];
            for j in 0..width {
                sums.moments[(time - 1) * width + j] += sums.moments[time * width + j];
            }
        }
        Ok((sums, risks))
    }

    /// The sums of some rows, and the risk of each.
    fn at_times_of(&self, rows: Range<usize>, position: &[f64]) -> (AtTimes, Vec<f64>) {
        let width = position.len();
        let mut sums = AtTimes::new(self.times.times.len(), width);
        let mut risks = Vec::with_capacity(rows.len());
        for row in rows {
            let x = &self.rows[row * width..][..width];
            let score: f64 = x.iter().zip(position).map(|(x, b)| x * b).sum();
            let weight = self.observed.weight(row);
            let risk = weight * exp(score.min(600.0));
            risks.push(risk);
            let (first, last) = (self.times.first(row), self.times.place[row] as usize);
            sums.risk[last] += risk;
            for j in 0..width {
                sums.moments[last * width + j] += risk * x[j];
            }
            if first > 0 {
                sums.risk[first - 1] -= risk;
                for j in 0..width {
                    sums.moments[(first - 1) * width + j] -= risk * x[j];
                }
            }
            if self.observed.events[row] == 1.0 {
                sums.lost[last] += weight;
                sums.leavers[last] += 1;
                sums.lost_risk[last] += risk;
                sums.value += weight * score;
                for j in 0..width {
                    sums.lost_moments[last * width + j] += risk * x[j];
                    sums.gradient[j] += weight * x[j];
                }
            }
        }
        (sums, risks)
    }

    /// Likelihood, gradient and information. The sums of squares over those at risk are one weighted sum over all
    /// rows, a row's weight being what the times at which it was at risk give it.
    fn sums(&self, position: &[f64]) -> Result<Sums> {
        let width = position.len();
        let (at_times, risks) = self.at_times(position)?;
        let mut sums = Sums::new(width);
        sums.value = at_times.value;
        sums.gradient.clone_from(&at_times.gradient);
        let (whole, reduced) = self.times_of(&at_times, &mut sums);
        let mut cumulative = vec![0.0; whole.len() + 1];
        for time in 0..whole.len() {
            cumulative[time + 1] = cumulative[time] + whole[time];
        }
        let part = |rows: Range<usize>| {
            let mut squares = vec![0.0; width * (width + 1) / 2];
            for row in rows {
                let x = &self.rows[row * width..][..width];
                let (first, last) = (self.times.first(row), self.times.place[row] as usize);
                let mut share = cumulative[last + 1] - cumulative[first.min(last + 1)];
                if self.observed.events[row] == 1.0 {
                    share -= reduced[last];
                }
                let scale = risks[row] * share;
                let mut place = 0;
                for i in 0..width {
                    let scaled = scale * x[i];
                    for &other in &x[..=i] {
                        squares[place] += scaled * other;
                        place += 1;
                    }
                }
            }
            squares
        };
        let start = vec![0.0; width * (width + 1) / 2];
        let add = |sum: &mut Vec<f64>, part: Vec<f64>| {
            sum.iter_mut().zip(&part).for_each(|(sum, part)| *sum += part);
        };
        let squares = self.chunks().map_reduce(part, start, add, &mut |_| true)?;
        sums.information.iter_mut().zip(&squares).for_each(|(sum, part)| *sum += part);
        Ok(sums)
    }

    /// What each time takes off likelihood, gradient and information; and the weight that it gives to the squares
    /// of those at risk, and takes from those who leave.
    fn times_of(&self, at_times: &AtTimes, sums: &mut Sums) -> (Vec<f64>, Vec<f64>) {
        let (count, width) = (at_times.risk.len(), at_times.width);
        let (mut whole, mut reduced) = (vec![0.0; count], vec![0.0; count]);
        let mut mean = vec![0.0; width];
        for time in 0..count {
            if at_times.lost[time] <= 0.0 {
                continue;
            }
            // Weights enter Efron's correction by their mean.
            let (steps, weight) = self.steps(time, at_times);
            for step in 0..steps {
                let share = if self.ties == Ties::Efron { step as f64 / steps as f64 } else { 0.0 };
                let risk = at_times.risk[time] - share * at_times.lost_risk[time];
                sums.value -= weight * ln(risk);
                for j in 0..width {
                    let moment =
                        at_times.moments[time * width + j] - share * at_times.lost_moments[time * width + j];
                    mean[j] = moment / risk;
                    sums.gradient[j] -= weight * mean[j];
                }
                for i in 0..width {
                    for j in 0..=i {
                        sums.information[at(i, j)] -= weight * mean[i] * mean[j];
                    }
                }
                whole[time] += weight / risk;
                reduced[time] += weight * share / risk;
            }
        }
        (whole, reduced)
    }

    /// Number of equal steps at a time, and the weight of each: one a customer for Efron, one in all for Breslow.
    fn steps(&self, time: usize, at_times: &AtTimes) -> (usize, f64) {
        let lost = at_times.lost[time];
        match self.ties {
            Ties::Breslow => (1, lost),
            Ties::Efron => {
                let customers = at_times.leavers[time].max(1);
                (customers, lost / customers as f64)
            }
        }
    }

    /// Cumulative hazard at the means, after Breslow (ties as in the fit).
    fn baseline(&self, position: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let Ok((at_times, _)) = self.at_times(position) else { return (Vec::new(), Vec::new()) };
        let mut none = Sums::new(position.len());
        let (whole, _) = self.times_of(&at_times, &mut none);
        let (mut times, mut hazard, mut sum) = (Vec::new(), Vec::new(), 0.0);
        for (time, step) in whole.iter().enumerate().filter(|(_, step)| **step > 0.0) {
            sum += step;
            times.push(self.times.times[time]);
            hazard.push(sum);
        }
        (times, hazard)
    }
}
