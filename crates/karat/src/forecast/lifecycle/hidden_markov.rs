//! Stages as a hidden Markov chain that runs with tenure.
//!
//! A month's change of the logarithm of a customer's value is normal around a mean of the stage; stages follow each
//! other in order, and the chance to go on depends on tenure. Expectation and maximisation after Baum, Petrie, Soules
//! and Weiss (1970); priors on the chances to go on keep a short window from telling stories about long lives.

use super::series::MonthlySeries;
use crate::evaluate::weights::Finding;
use crate::numerics::parallel::Chunks;
use karat_scorer::numerics::{exp, ln};
use karat_scorer::step::Stage;
use karat_scorer::{Error, Result};

/// Stages that are hidden; the lost are seen.
const STAGES: usize = 4;
/// Months of tenure that share a chance to go on.
const BAND: usize = 6;
/// Bands of tenure; the last has no end.
const BANDS: usize = 20;
const CHUNK: usize = 512;

/// The learner.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HiddenStages {
    /// Months of tenure up to which a customer is new. Default 3.
    pub introduction_months: f64,
    /// Expected month of tenure at which growth ends. Default 15.
    pub growth_ends: f64,
    /// Expected month of tenure at which decline begins. Default 36.
    pub decline_begins: f64,
    /// Customers' worth of belief in these expectations, for each band of tenure. Default 200.
    pub strength: f64,
    /// Rounds of expectation and maximisation. Default 30.
    pub iterations: usize,
    /// Threads, 0 for all; never changes a result.
    pub threads: usize,
}

impl Default for HiddenStages {
    fn default() -> HiddenStages {
        HiddenStages {
            introduction_months: 3.0,
            growth_ends: 15.0,
            decline_begins: 36.0,
            strength: 200.0,
            iterations: 30,
            threads: 0,
        }
    }
}

/// A fitted chain.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FittedHiddenStages {
    /// Mean change of the logarithm of the value in a month of each stage.
    pub drift: [f64; STAGES],
    /// Standard deviation of the changes.
    pub deviation: f64,
    /// Chance to end growth within a month, by bands of six months of tenure.
    pub end_of_growth: Vec<f64>,
    /// Chance to begin decline within a month.
    pub begin_of_decline: Vec<f64>,
    /// Mean logarithm of the likelihood of a customer, round by round: it never falls but for the prior.
    pub history: Vec<f64>,
    /// A chain that stages cannot be told apart by (`W351`).
    pub findings: Vec<Finding>,
    introduction_months: f64,
    threads: usize,
}

/// Chances of each stage in the last month of each customer, and the likeliest.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StageChances {
    /// Four chances a customer: introduction, growth, maturity, decline.
    pub chances: Vec<[f64; STAGES]>,
    /// The likeliest stage.
    pub stages: Vec<Stage>,
    /// Expected months until that stage ends, up to 120.
    pub months_to_next: Vec<f64>,
}

impl HiddenStages {
    /// Learns from the series of a base.
    ///
    /// # Errors
    /// [`Error::Argument`] for expectations out of order or a strength that is no number.
    pub fn fit(&self, series: &MonthlySeries<'_>) -> Result<FittedHiddenStages> {
        let ordered = 0.0 <= self.introduction_months
            && self.introduction_months < self.growth_ends
            && self.growth_ends < self.decline_begins
            && self.decline_begins < 1e4;
        if !ordered {
            let rule = "must come after `introduction_months` and before `decline_begins`";
            return Err(Error::argument("growth_ends", rule, self.growth_ends));
        }
        if !(self.strength > 0.0 && self.strength.is_finite()) {
            return Err(Error::argument("strength", "must be above 0", self.strength));
        }
        let prior = (self.prior_growth(), self.prior_decline());
        let mut fitted = FittedHiddenStages {
            drift: [0.0, 0.03, 0.0, -0.03],
            deviation: 0.3,
            end_of_growth: prior.0.clone(),
            begin_of_decline: prior.1.clone(),
            history: Vec::new(),
            findings: Vec::new(),
            introduction_months: self.introduction_months,
            threads: self.threads,
        };
        for _ in 0..self.iterations {
            let sums = fitted.expect(series)?;
            fitted.history.push(sums.log_likelihood / series.customers() as f64);
            fitted.maximise(&sums, &prior, self.strength);
        }
        let apart = (fitted.drift[1] - fitted.drift[3]) / fitted.deviation;
        if apart < 0.05 {
            let fact = format!("growth and decline differ by {apart:.3} standard deviations a month");
            let proposal = "rely on tenure, or give a steadier series";
            fitted.findings.push(Finding::new("W351", "stages", fact, proposal));
        }
        Ok(fitted)
    }

    /// Growth ends around the expectation: hardly before two thirds of it, and soon after it.
    fn prior_growth(&self) -> Vec<f64> {
        (0..BANDS)
            .map(|band| {
                let middle = (band * BAND) as f64 + 0.5 * BAND as f64;
                let late = middle / self.growth_ends;
                (0.25 * late * late * late * late).clamp(0.002, 0.6)
            })
            .collect()
    }

    /// A rising chance (a Weibull of shape 2) with the expected month as its mean.
    fn prior_decline(&self) -> Vec<f64> {
        let scale = self.decline_begins / 0.886_226_925_452_758;
        (0..BANDS)
            .map(|band| {
                let middle = (band * BAND) as f64 + 0.5 * BAND as f64;
                (2.0 * middle / (scale * scale)).clamp(0.001, 0.5)
            })
            .collect()
    }
}

fn band(tenure: f64) -> usize {
    (tenure.max(0.0) as usize / BAND).min(BANDS - 1)
}

/// Sums of an expectation.
#[derive(Debug, Clone)]
struct Sums {
    log_likelihood: f64,
    weight: [f64; STAGES],
    change: [f64; STAGES],
    square: [f64; STAGES],
    grown: [f64; BANDS],
    grow: [f64; BANDS],
    declined: [f64; BANDS],
    mature: [f64; BANDS],
}

impl Sums {
    fn new() -> Sums {
        Sums {
            log_likelihood: 0.0,
            weight: [0.0; STAGES],
            change: [0.0; STAGES],
            square: [0.0; STAGES],
            grown: [0.0; BANDS],
            grow: [0.0; BANDS],
            declined: [0.0; BANDS],
            mature: [0.0; BANDS],
        }
    }

    fn merge(&mut self, other: &Sums) {
        self.log_likelihood += other.log_likelihood;
        for (sum, part) in [
            (&mut self.weight, &other.weight),
            (&mut self.change, &other.change),
            (&mut self.square, &other.square),
        ] {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        for (sum, part) in [
            (&mut self.grown, &other.grown),
            (&mut self.grow, &other.grow),
            (&mut self.declined, &other.declined),
            (&mut self.mature, &other.mature),
        ] {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    }
}

/// Changes beyond this are breaks (a month without use, a new contract), not drift.
const BREAK: f64 = 2.0;

/// Change of the logarithm from one month to the next; none over a month without value.
fn change(before: f64, now: f64) -> Option<f64> {
    (before > 0.0 && now > 0.0).then(|| ln(now / before)).filter(|change| change.abs() < BREAK)
}

impl FittedHiddenStages {
    /// Chances to go from each stage to each within a month that ends at `tenure`.
    fn transitions(&self, tenure: f64) -> [[f64; STAGES]; STAGES] {
        let mut p = [[0.0; STAGES]; STAGES];
        if tenure <= self.introduction_months {
            p[0][0] = 1.0;
        } else {
            p[0][1] = 1.0;
        }
        let (growth, decline) = (self.end_of_growth[band(tenure)], self.begin_of_decline[band(tenure)]);
        p[1] = [0.0, 1.0 - growth, growth, 0.0];
        p[2] = [0.0, 0.0, 1.0 - decline, decline];
        p[3][3] = 1.0;
        p
    }

    /// Chances of the stages at a tenure, before anything was seen.
    fn before(&self, tenure: f64) -> [f64; STAGES] {
        let mut now = [1.0, 0.0, 0.0, 0.0];
        let months = (tenure.max(0.0) as usize).min(BAND * BANDS * 4);
        for month in 1..=months {
            now = step(&now, &self.transitions(month as f64));
        }
        now
    }

    fn density(&self, stage: usize, change: f64) -> f64 {
        let z = (change - self.drift[stage]) / self.deviation;
        exp(-0.5 * z * z) / self.deviation
    }

    /// Forward chances of every month, each scaled to add up to 1, and the logarithm of their product.
    fn forward(
        &self,
        series: &MonthlySeries<'_>,
        customer: usize,
        starts: &[[f64; STAGES]],
    ) -> (Vec<[f64; STAGES]>, f64) {
        let months = series.months(customer);
        let first = series.tenure_at(customer, 0).max(0.0) as usize;
        let mut now = starts[first.min(starts.len() - 1)];
        let mut all = Vec::with_capacity(months.len());
        all.push(now);
        let mut log = 0.0;
        for place in 1..months.len() {
            let tenure = series.tenure_at(customer, place);
            now = step(&now, &self.transitions(tenure));
            if let Some(change) = change(months[place - 1], months[place]) {
                for (stage, chance) in now.iter_mut().enumerate() {
                    *chance *= self.density(stage, change);
                }
            }
            let sum: f64 = now.iter().sum();
            if sum > 0.0 {
                now = now.map(|chance| chance / sum);
                log += ln(sum);
            }
            all.push(now);
        }
        (all, log)
    }

    /// Start chances of every tenure, so that long lives are walked once.
    fn starts(&self, series: &MonthlySeries<'_>) -> Vec<[f64; STAGES]> {
        let most = (0..series.customers()).fold(0.0_f64, |most, i| most.max(series.tenure(i)));
        let most = (most as usize).min(BAND * BANDS * 4);
        let mut starts = vec![self.before(0.0)];
        for month in 1..=most {
            starts.push(step(&starts[month - 1], &self.transitions(month as f64)));
        }
        starts
    }

    fn expect(&self, series: &MonthlySeries<'_>) -> Result<Sums> {
        let starts = self.starts(series);
        let chunks =
            Chunks { task: "learning stages", rows: series.customers(), chunk: CHUNK, threads: self.threads };
        let part = |rows: std::ops::Range<usize>| {
            let mut sums = Sums::new();
            for customer in rows {
                self.add(series, customer, &starts, &mut sums);
            }
            sums
        };
        chunks.map_reduce(part, Sums::new(), |sum, part| sum.merge(&part), &mut |_| true)
    }

    fn add(&self, series: &MonthlySeries<'_>, customer: usize, starts: &[[f64; STAGES]], sums: &mut Sums) {
        let months = series.months(customer);
        let (forward, log) = self.forward(series, customer, starts);
        sums.log_likelihood += log;
        let mut backward = [1.0; STAGES];
        for place in (1..months.len()).rev() {
            let tenure = series.tenure_at(customer, place);
            let p = self.transitions(tenure);
            let seen = change(months[place - 1], months[place]);
            let density =
                |stage: usize| seen.map_or(1.0, |change| self.density(stage, change)) * backward[stage];
            let ahead = [density(0), density(1), density(2), density(3)];
            // Chances of each pair of stages of this month and the one before.
            let mut pairs = [[0.0; STAGES]; STAGES];
            let mut whole = 0.0;
            for from in 0..STAGES {
                for to in 0..STAGES {
                    pairs[from][to] = forward[place - 1][from] * p[from][to] * ahead[to];
                    whole += pairs[from][to];
                }
            }
            if whole <= 0.0 {
                return;
            }
            let at = band(tenure);
            sums.grow[at] += (pairs[1][1] + pairs[1][2]) / whole;
            sums.grown[at] += pairs[1][2] / whole;
            sums.mature[at] += (pairs[2][2] + pairs[2][3]) / whole;
            sums.declined[at] += pairs[2][3] / whole;
            if let Some(change) = seen {
                for to in 0..STAGES {
                    let weight = (pairs[0][to] + pairs[1][to] + pairs[2][to] + pairs[3][to]) / whole;
                    sums.weight[to] += weight;
                    sums.change[to] += weight * change;
                    sums.square[to] += weight * change * change;
                }
            }
            let mut before = [0.0; STAGES];
            let mut scale = 0.0;
            for from in 0..STAGES {
                for to in 0..STAGES {
                    before[from] += p[from][to] * ahead[to];
                }
                scale += before[from];
            }
            backward = before.map(|chance| chance / scale);
        }
    }

    fn maximise(&mut self, sums: &Sums, prior: &(Vec<f64>, Vec<f64>), strength: f64) {
        let mean = |stage: usize| {
            if sums.weight[stage] > 0.0 { sums.change[stage] / sums.weight[stage] } else { 0.0 }
        };
        // Growth rises and decline falls against maturity, or the stages would change their names.
        let level = mean(2);
        self.drift = [mean(0).max(level), mean(1).max(level), level, mean(3).min(level)];
        let (mut squares, mut weight) = (0.0, 0.0);
        for stage in 0..STAGES {
            let m = self.drift[stage];
            squares += sums.square[stage] - 2.0 * m * sums.change[stage] + m * m * sums.weight[stage];
            weight += sums.weight[stage];
        }
        if weight > 0.0 {
            self.deviation = (squares / weight).max(1e-8).sqrt();
        }
        for at in 0..BANDS {
            let share = |moved: f64, here: f64, prior: f64| {
                ((moved + strength * prior) / (here + strength)).clamp(1e-4, 0.999)
            };
            self.end_of_growth[at] = share(sums.grown[at], sums.grow[at], prior.0[at]);
            self.begin_of_decline[at] = share(sums.declined[at], sums.mature[at], prior.1[at]);
        }
    }

    /// Stages of every customer in the last month.
    ///
    /// # Errors
    /// None but an interruption.
    pub fn predict(&self, series: &MonthlySeries<'_>) -> Result<StageChances> {
        let starts = self.starts(series);
        let chunks = Chunks {
            task: "predicting stages",
            rows: series.customers(),
            chunk: CHUNK,
            threads: self.threads,
        };
        let part = |rows: std::ops::Range<usize>| {
            rows.map(|customer| {
                let (forward, _) = self.forward(series, customer, &starts);
                forward.last().copied().unwrap_or([1.0, 0.0, 0.0, 0.0])
            })
            .collect::<Vec<_>>()
        };
        let add = |all: &mut Vec<[f64; STAGES]>, mut part: Vec<_>| all.append(&mut part);
        let chances = chunks.map_reduce(part, Vec::new(), add, &mut |_| true)?;
        let order = [Stage::Introduction, Stage::Growth, Stage::Maturity, Stage::Decline];
        let likeliest = |chances: &[f64; STAGES]| {
            let best = (1..STAGES).fold(0, |best, i| if chances[i] > chances[best] { i } else { best });
            order[best]
        };
        let stages: Vec<Stage> = chances.iter().map(likeliest).collect();
        let months_to_next = stages
            .iter()
            .enumerate()
            .map(|(i, &stage)| self.months_to_next(stage, series.tenure(i)))
            .collect();
        Ok(StageChances { chances, stages, months_to_next })
    }

    /// Expected months until a stage ends for a customer of this tenure, up to 120; decline does not end by itself.
    #[must_use]
    pub fn months_to_next(&self, stage: Stage, tenure: f64) -> f64 {
        let place = stage as usize;
        if place >= STAGES - 1 {
            return 120.0;
        }
        let (mut here, mut months) = (1.0, 0.0);
        for ahead in 1..=120 {
            here *= self.transitions(tenure + f64::from(ahead))[place][place];
            months += here;
        }
        // A stage that ends within a month ends in the next one.
        1.0 + months.min(119.0)
    }
}

fn step(now: &[f64; STAGES], p: &[[f64; STAGES]; STAGES]) -> [f64; STAGES] {
    let mut next = [0.0; STAGES];
    for (chance, row) in now.iter().zip(p) {
        for (next, step) in next.iter_mut().zip(row) {
            *next += chance * step;
        }
    }
    next
}
