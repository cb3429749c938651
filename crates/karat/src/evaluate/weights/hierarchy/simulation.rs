//! What the outcome is worth when every judgment could have been a little different.

use karat_scorer::numerics::exp;
use karat_scorer::{Error, Result};

use super::super::judgments::PairwiseMatrix;
use super::synthesis::{LeafTable, finish, ranking};
use super::{Hierarchy, NodeWeights, Synthesis};
use crate::numerics::parallel::Chunks;
use crate::numerics::random::CounterRandom;

/// Kind of the draws, so that nothing else that takes the same seed draws the same numbers.
const KIND: u64 = 0x6869_6572_6172_6368;
/// Draws of one chunk.
const CHUNK: usize = 64;
/// Numbers kept for the bands, all draws together.
const MAX_NUMBERS: usize = 1 << 27;

/// A Monte Carlo over every judgment of a hierarchy.
///
/// Each judgment is multiplied by `exp(spread z)` with its own standard normal `z`, so that a judgment is as
/// likely to be too high as too low by the same factor and reciprocity holds. Fixed weights and scores
/// stay.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Simulate {
    /// Number of draws; 1000 if not given.
    pub draws: usize,
    /// Standard deviation of the logarithm of a judgment; 0.25 if not given, about one step of Saaty's scale
    /// from 4 to 5 (`ln 5/4 = 0.22`).
    pub spread: f64,
    /// Part of the draws inside a band; 0.9 if not given.
    pub level: f64,
    /// Seed; 0 if not given.
    pub seed: u64,
    /// How alternatives are brought together.
    pub mode: Synthesis,
    /// Threads, 0 for as many as the machine offers. They do not change the result.
    pub threads: usize,
}

impl Default for Simulate {
    fn default() -> Simulate {
        let mode = Synthesis::default();
        Simulate { draws: 1000, spread: 0.25, level: 0.9, seed: 0, mode, threads: 0 }
    }
}

impl Simulate {
    /// 1000 draws with a spread of 0.25, bands of 90 %, seed 0, distributive.
    #[must_use]
    pub fn new() -> Simulate {
        Simulate::default()
    }

    /// Chooses the number of draws.
    #[must_use]
    pub fn draws(mut self, draws: usize) -> Simulate {
        self.draws = draws;
        self
    }

    /// Chooses the standard deviation of the logarithm of a judgment.
    #[must_use]
    pub fn spread(mut self, spread: f64) -> Simulate {
        self.spread = spread;
        self
    }

    /// Chooses the part of the draws inside a band.
    #[must_use]
    pub fn level(mut self, level: f64) -> Simulate {
        self.level = level;
        self
    }

    /// Chooses the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Simulate {
        self.seed = seed;
        self
    }

    /// Chooses how alternatives are brought together.
    #[must_use]
    pub fn mode(mut self, mode: Synthesis) -> Simulate {
        self.mode = mode;
        self
    }

    /// Chooses the number of threads.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Simulate {
        self.threads = threads;
        self
    }

    fn check(&self, width: usize) -> Result<()> {
        let most = MAX_NUMBERS / width.max(1);
        if self.draws == 0 || self.draws > most {
            let rule = format!("must be 1 to {most} for a hierarchy of this size");
            return Err(Error::argument("draws", rule, self.draws));
        }
        if !(self.spread > 0.0 && self.spread <= 2.0) {
            return Err(Error::argument("spread", "must be above 0 and at most 2", self.spread));
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Error::argument("level", "must be above 0 and below 1", self.level));
        }
        Ok(())
    }
}

/// Where a figure lies over the draws.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Band {
    /// Mean.
    pub mean: f64,
    /// Quantile `(1 - level) / 2`.
    pub low: f64,
    /// Median.
    pub median: f64,
    /// Quantile `(1 + level) / 2`.
    pub high: f64,
}

/// What a Monte Carlo over the judgments found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Simulation {
    /// What was asked.
    pub settings: Simulate,
    /// Names of the criteria, in the hierarchy's order.
    pub criteria: Vec<String>,
    /// Band of every criterion's weight in the whole.
    pub weights: Vec<Band>,
    /// Names of the alternatives; none in a hierarchy that only weighs.
    pub alternatives: Vec<String>,
    /// Band of every alternative's total.
    pub totals: Vec<Band>,
    /// `rank_probabilities[i][r]`: part of the draws in which alternative i has rank r, best first.
    pub rank_probabilities: Vec<Vec<f64>>,
    /// `ahead[i][k]`: part of the draws in which alternative i has a higher rank than k.
    pub ahead: Vec<Vec<f64>>,
    /// Part of the draws in which the ranking is the one without noise; 1 without alternatives.
    pub same_ranking: f64,
}

impl Hierarchy {
    /// Rank probabilities and bands of weights and totals under noise on every judgment.
    ///
    /// # Errors
    /// [`Error::Argument`] for settings out of range, or a hierarchy without judgments, where nothing would
    /// vary; as [`synthesise`](Hierarchy::synthesise) where there are alternatives.
    ///
    /// ```
    /// use karat::evaluate::weights::{Hierarchy, Simulate};
    /// let hierarchy = Hierarchy::builder()
    ///     .children("value", &["price", "quality"])
    ///     .judge("value", &["quality 2 price"])
    ///     .build()?;
    /// let found = hierarchy.simulate(&Simulate::new().seed(7))?;
    /// let quality = found.weights[2];
    /// assert!(quality.low < 2.0 / 3.0 && 2.0 / 3.0 < quality.high);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn simulate(&self, settings: &Simulate) -> Result<Simulation> {
        let (criteria, alternatives) = (self.criteria.len(), self.alternatives.len());
        settings.check(criteria + alternatives)?;
        if !self.sources.iter().any(|source| matches!(source, NodeWeights::Judgments(m) if m.size() > 1)) {
            let rule = "must be judgments somewhere: fixed weights and scores do not vary";
            return Err(Error::argument("weights of the hierarchy", rule, "none"));
        }
        let table = if alternatives > 0 { self.leaf_table(settings.mode)? } else { Vec::new() };
        let chunks = Chunks {
            task: "varying the judgments",
            rows: settings.draws,
            chunk: CHUNK,
            threads: settings.threads,
        };
        let map = |rows: std::ops::Range<usize>| -> Result<Vec<(Vec<f64>, Vec<f64>)>> {
            rows.map(|draw| self.draw(settings, draw as u64, &table)).collect()
        };
        let gather = |all: &mut Result<Vec<_>>, part: Result<Vec<_>>| match (all.as_mut(), part) {
            (Ok(all), Ok(part)) => all.extend(part),
            (Ok(_), Err(error)) => *all = Err(error),
            (Err(_), _) => {}
        };
        let draws = chunks.map_reduce(map, Ok(Vec::new()), gather, &mut |_| true)??;
        Ok(self.summary(settings, &table, &draws))
    }

    /// Global weights and values of one draw.
    fn draw(&self, settings: &Simulate, draw: u64, table: &LeafTable) -> Result<(Vec<f64>, Vec<f64>)> {
        let noise = CounterRandom::new(settings.seed, KIND, draw);
        let mut index = 0;
        let mut drawn: Vec<Option<Vec<f64>>> = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            drawn.push(match source {
                NodeWeights::Judgments(matrix) => {
                    let noisy = perturbed(matrix, settings.spread, &noise, &mut index);
                    Some(self.ahp.priorities(&noisy)?.weights)
                }
                _ => None,
            });
        }
        let weights: Vec<&[f64]> = (drawn.iter().zip(&self.criteria))
            .map(|(drawn, criterion)| drawn.as_deref().unwrap_or(&criterion.weights))
            .collect();
        let global = self.tree.global(&weights);
        let mut values = Vec::new();
        if !self.alternatives.is_empty() {
            let rows = self.tree.leaves.iter().zip(table).map(|(&leaf, row)| match &drawn[leaf] {
                Some(weights) => self.leaf_row(leaf, weights, settings.mode),
                None => Ok(row.clone()),
            });
            let rows: LeafTable = rows.collect::<Result<_>>()?;
            values = self.sums(&rows, &global);
        }
        finish(settings.mode, &mut values);
        Ok((global, values))
    }

    fn summary(&self, settings: &Simulate, table: &LeafTable, draws: &[(Vec<f64>, Vec<f64>)]) -> Simulation {
        let count = self.alternatives.len();
        let mut ranks = vec![vec![0_u64; count]; count];
        let mut ahead = vec![vec![0_u64; count]; count];
        let now = if count > 0 { ranking(&self.values(table, &self.weights())) } else { Vec::new() };
        let mut same = 0_u64;
        for (_, totals) in draws {
            let order = ranking(totals);
            same += u64::from(order == now);
            for (rank, &at) in order.iter().enumerate() {
                ranks[at][rank] += 1;
                order[rank + 1..].iter().for_each(|&behind| ahead[at][behind] += 1);
            }
        }
        let share = |counted: u64| counted as f64 / draws.len() as f64;
        let shares = |rows: Vec<Vec<u64>>| -> Vec<Vec<f64>> {
            rows.into_iter().map(|row| row.into_iter().map(share).collect()).collect()
        };
        let band = |column: Vec<f64>| Band::new(column, settings.level);
        Simulation {
            settings: *settings,
            criteria: self.tree.names.clone(),
            weights: (0..self.criteria.len())
                .map(|at| band(draws.iter().map(|(global, _)| global[at]).collect()))
                .collect(),
            alternatives: self.alternatives.clone(),
            totals: (0..count).map(|at| band(draws.iter().map(|(_, totals)| totals[at]).collect())).collect(),
            rank_probabilities: shares(ranks),
            ahead: shares(ahead),
            same_ranking: share(same),
        }
    }
}

/// Every judgment times a log-normal factor; `index` counts the draws taken.
fn perturbed(matrix: &PairwiseMatrix, spread: f64, noise: &CounterRandom, index: &mut u64) -> PairwiseMatrix {
    let n = matrix.size();
    let mut values = Vec::with_capacity(n * n.saturating_sub(1) / 2);
    for i in 0..n {
        for j in i + 1..n {
            values.push((i, j, matrix.judgment(i, j) * exp(spread * noise.normal(*index))));
            *index += 1;
        }
    }
    PairwiseMatrix::from_upper(matrix.labels().to_vec(), values)
}

impl Band {
    fn new(mut values: Vec<f64>, level: f64) -> Band {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.sort_by(f64::total_cmp);
        let at = |probability: f64| quantile(&values, probability);
        Band { mean, low: at((1.0 - level) / 2.0), median: at(0.5), high: at((1.0 + level) / 2.0) }
    }
}

/// Between the two nearest of the sorted values (definition 7 of Hyndman and Fan, 1996).
fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let place = probability * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let part = place - below as f64;
    sorted[below] + part * (sorted[above] - sorted[below])
}
