//! Stages as a hidden Markov chain that runs with tenure.
//!
//! The logarithm of what a customer is worth rises in growth, falls in decline and follows the market in between,
//! around a level of their own and through noise that lasts for a while. Stages follow each other in order, and the
//! chance to go on depends on tenure. Every life that fits the months seen is weighed: those are few, since a life has
//! two changes at the most. Expectation and maximisation after Baum, Petrie, Soules and Weiss (1970); priors on the
//! chances to go on keep a short window from telling stories about long lives.

use super::hidden_noise::Noise;
use super::hidden_paths::{Scratch, Sums, Walk, shapes_of};
use super::hidden_prior::{Hazards, labelled};
use super::hidden_shapes::{PARTS, Shapes};
use super::series::MonthlySeries;
use crate::evaluate::weights::Finding;
use crate::numerics::cholesky;
use crate::numerics::parallel::Chunks;
use karat_scorer::step::Stage;
use karat_scorer::{Error, Result};
use std::collections::BTreeMap;

/// Stages that are hidden; the lost are seen.
pub(super) const STAGES: usize = 4;
/// Months of tenure that share a chance to go on.
pub(super) const BAND: usize = 3;
/// Bands of tenure; the last has no end.
pub(super) const BANDS: usize = 40;
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
    /// Standard deviation of a month's change that no stage explains.
    pub deviation: f64,
    /// What of a month's surprise is left a month later, as far as it lasts at all.
    pub persistence: f64,
    /// Chance to end growth within a month, by bands of three months of tenure.
    pub end_of_growth: Vec<f64>,
    /// Chance to begin decline within a month.
    pub begin_of_decline: Vec<f64>,
    /// Mean logarithm of the likelihood of a customer, round by round: it never falls but for the prior.
    pub history: Vec<f64>,
    /// A chain that stages cannot be told apart by (`W351`).
    pub findings: Vec<Finding>,
    pub(super) introduction_months: f64,
    /// Steps of the market, and beside it of introduction, growth and decline.
    pub(super) steps: [f64; PARTS],
    /// By what the noise's variances are multiplied.
    pub(super) scale: f64,
    noise: Noise,
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
        self.fit_from(series, &Hazards::expected(self.growth_ends, self.decline_begins), None)
    }

    /// Learns from the series of a base and from customers whose stage is known, one for each of the series: when
    /// stages end is then expected as among these, not as `growth_ends` and `decline_begins` say, and of their lives
    /// only those count that end in that stage.
    ///
    /// # Errors
    /// As [`HiddenStages::fit`]; [`Error::Shape`] for another number of stages than customers; [`Error::Data`] when
    /// fewer than 100 are known.
    pub fn fit_with_known(
        &self,
        series: &MonthlySeries<'_>,
        known: &[Option<Stage>],
    ) -> Result<FittedHiddenStages> {
        self.fit_from(series, &labelled(series, known)?, Some(known))
    }

    fn fit_from(
        &self,
        series: &MonthlySeries<'_>,
        prior: &Hazards,
        known: Option<&[Option<Stage>]>,
    ) -> Result<FittedHiddenStages> {
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
        let mut fitted = FittedHiddenStages {
            drift: [0.0; STAGES],
            deviation: 0.0,
            persistence: 0.0,
            end_of_growth: prior.end_of_growth.clone(),
            begin_of_decline: prior.begin_of_decline.clone(),
            history: Vec::new(),
            findings: Vec::new(),
            introduction_months: self.introduction_months,
            steps: [0.0, 0.03, 0.03, -0.03],
            scale: 1.0,
            noise: Noise::learn(series, self.threads)?,
            threads: self.threads,
        };
        let shapes = shapes_of(&fitted, series, &fitted.noise);
        for _ in 0..self.iterations {
            let sums = fitted.expect(series, &shapes, known)?;
            fitted.history.push(sums.log_likelihood / series.customers() as f64);
            fitted.maximise(&sums, prior, self.strength);
        }
        fitted.describe();
        Ok(fitted)
    }
}

/// The band that a tenure falls into.
pub(super) fn band(tenure: f64) -> usize {
    (tenure.max(0.0) as usize / BAND).min(BANDS - 1)
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

    /// Chances of the stages at every tenure, before anything was seen.
    pub(super) fn starts(&self, series: &MonthlySeries<'_>) -> Vec<[f64; STAGES]> {
        let most = (0..series.customers()).fold(0.0_f64, |most, i| most.max(series.tenure(i)));
        let most = (most as usize).min(BAND * BANDS * 8);
        let mut starts = vec![[1.0, 0.0, 0.0, 0.0]];
        for month in 1..=most {
            starts.push(step(&starts[month - 1], &self.transitions(month as f64)));
        }
        starts
    }

    fn expect(
        &self,
        series: &MonthlySeries<'_>,
        shapes: &BTreeMap<(usize, usize), Shapes>,
        known: Option<&[Option<Stage>]>,
    ) -> Result<Sums> {
        let walk = Walk::new(self, series, shapes, known);
        let chunks =
            Chunks { task: "learning stages", rows: series.customers(), chunk: CHUNK, threads: self.threads };
        let part = |rows: std::ops::Range<usize>| {
            let (mut sums, mut scratch) = (Sums::new(BANDS), Scratch::default());
            for customer in rows {
                walk.customer(series, customer, &mut scratch, Some(&mut sums));
            }
            sums
        };
        chunks.map_reduce(part, Sums::new(BANDS), |sum, part| sum.merge(&part), &mut |_| true)
    }

    fn maximise(&mut self, sums: &Sums, prior: &Hazards, strength: f64) {
        let mut matrix = [0.0; PARTS * PARTS];
        let trace: f64 = (0..PARTS).map(|i| sums.products[i][i]).sum();
        for i in 0..PARTS {
            for j in 0..PARTS {
                matrix[i * PARTS + j] = sums.products[i.min(j)][i.max(j)];
            }
            // A step that nobody was seen to make stays 0.
            matrix[i * PARTS + i] += 1e-9 * trace + 1e-12;
        }
        let whole = matrix;
        let mut steps = sums.seen;
        if cholesky::factor(&mut matrix, PARTS) {
            cholesky::solve(&matrix, &mut steps);
            // Growth rises and decline falls against maturity, or the stages would change their names.
            let [market, introduction, rise, fall] = steps;
            self.steps = [market, introduction, rise.max(0.0), fall.min(0.0)];
        }
        let mut rest = sums.square;
        for i in 0..PARTS {
            rest -= 2.0 * self.steps[i] * sums.seen[i];
            for j in 0..PARTS {
                rest += self.steps[i] * self.steps[j] * whole[i * PARTS + j];
            }
        }
        if sums.changes > 0.0 {
            self.scale = (rest / sums.changes).max(1e-6);
        }
        for at in 0..BANDS {
            let share = |moved: f64, here: f64, prior: f64| {
                ((moved + strength * prior) / (here + strength)).clamp(1e-4, 0.999)
            };
            self.end_of_growth[at] = share(sums.grown[at], sums.grow[at], prior.end_of_growth[at]);
            self.begin_of_decline[at] = share(sums.declined[at], sums.mature[at], prior.begin_of_decline[at]);
        }
    }

    /// Fills in what is told of the chain.
    fn describe(&mut self) {
        let [market, introduction, rise, fall] = self.steps;
        self.drift = [market + introduction, market + rise, market, market + fall];
        let Noise { persistence, lasting, passing } = self.noise;
        self.persistence = persistence;
        self.deviation = (self.scale * 2.0 * (passing + lasting * (1.0 - persistence))).sqrt();
        let apart = (rise - fall) / self.deviation;
        if apart < 0.05 {
            let fact = format!("growth and decline differ by {apart:.3} standard deviations a month");
            let proposal = "rely on tenure, or give a steadier series";
            self.findings.push(Finding::new("W351", "stages", fact, proposal));
        }
    }

    /// Stages of every customer in the last month.
    ///
    /// # Errors
    /// None but an interruption.
    pub fn predict(&self, series: &MonthlySeries<'_>) -> Result<StageChances> {
        let shapes = shapes_of(self, series, &self.noise);
        let walk = Walk::new(self, series, &shapes, None);
        let chunks = Chunks {
            task: "predicting stages",
            rows: series.customers(),
            chunk: CHUNK,
            threads: self.threads,
        };
        let part = |rows: std::ops::Range<usize>| {
            let mut scratch = Scratch::default();
            rows.map(|customer| walk.customer(series, customer, &mut scratch, None)).collect::<Vec<_>>()
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
