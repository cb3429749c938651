//! How far weights can be trusted: bands of resampled data, and what the share of the experts decides.

use super::combine::{Combination, check_weights, combine};
use super::data::{DataMethod, Grouped, Values};
use crate::numerics::random::CounterRandom;
use karat_scorer::{Error, Result};

/// Where the draws of this module stand among the streams of a seed.
const STREAM: u64 = 0x0077_6569_6768_7473;

/// Bootstrap of data weights: what they would have been with other customers of the same kind.
///
/// Each replicate draws groups of rows with Poisson's numbers of mean 1 (Hanley and Mac Gibbon, 2006) and
/// weighs the sample from sums over the groups, kept in one reading: a thousand replicates cost little more
/// than one. A group holds every 256th row; a table of fewer rows is drawn row by row. Ranges that bring columns
/// to 0..1 stay those of the whole table.
///
/// ```
/// use karat::evaluate::weights::{DataMethod, WeightBootstrap, Values};
/// let arpu: Vec<f64> = (0..500).map(|i| f64::from(i * i % 97)).collect();
/// let tenure: Vec<f64> = (0..500).map(|i| f64::from(i * 7 % 60)).collect();
/// let band = WeightBootstrap::new().seed(7).data(&Values::columns(&[&arpu, &tenure])?, DataMethod::Critic)?;
/// assert!(band.low[0] < band.weights[0] && band.weights[0] < band.high[0]);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WeightBootstrap {
    /// Samples drawn; 400 by default.
    pub replicates: usize,
    /// Share of the replicates within a band; 0.95 by default.
    pub level: f64,
    /// Seed of the draws; 0 by default.
    pub seed: u64,
}

impl Default for WeightBootstrap {
    fn default() -> WeightBootstrap {
        WeightBootstrap { replicates: 400, level: 0.95, seed: 0 }
    }
}

/// Weights with the band that resampling gives each.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WeightBand {
    /// Weights of the table itself.
    pub weights: Vec<f64>,
    /// Standard deviation over the replicates.
    pub standard_error: Vec<f64>,
    /// Lower end of the band.
    pub low: Vec<f64>,
    /// Upper end of the band.
    pub high: Vec<f64>,
    /// Replicates that had weights; one whose sample tells nothing has none.
    pub replicates: usize,
}

impl WeightBootstrap {
    /// The defaults.
    #[must_use]
    pub fn new() -> WeightBootstrap {
        WeightBootstrap::default()
    }

    /// Samples to draw.
    #[must_use]
    pub fn replicates(mut self, replicates: usize) -> WeightBootstrap {
        self.replicates = replicates;
        self
    }

    /// Share of the replicates within a band, between 0 and 1.
    #[must_use]
    pub fn level(mut self, level: f64) -> WeightBootstrap {
        self.level = level;
        self
    }

    /// Seed of the draws.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> WeightBootstrap {
        self.seed = seed;
        self
    }

    /// Bands of data weights.
    ///
    /// # Errors
    /// [`Error::Argument`] for fewer than 20 replicates, a level outside 0 to 1, or Gini's coefficient, which
    /// does not follow from sums; else those of the method.
    pub fn data(&self, values: &Values<'_>, method: DataMethod) -> Result<WeightBand> {
        self.band(values, method, Ok)
    }

    /// Bands of data weights combined with an expert's, who stays as sure as stated.
    ///
    /// # Errors
    /// As [`data`](WeightBootstrap::data) and [`combine`](super::combine()).
    pub fn combined(
        &self,
        values: &Values<'_>,
        method: DataMethod,
        expert: &[f64],
        how: Combination,
    ) -> Result<WeightBand> {
        self.band(values, method, |data| Ok(combine(expert, &data, how)?.weights))
    }

    fn band(
        &self,
        values: &Values<'_>,
        method: DataMethod,
        then: impl Fn(Vec<f64>) -> Result<Vec<f64>>,
    ) -> Result<WeightBand> {
        if self.replicates < 20 {
            return Err(Error::argument("replicates", "must be >= 20", self.replicates));
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Error::argument("level", "must lie between 0 and 1", self.level));
        }
        let (weights, grouped) = Grouped::new(values, method)?;
        let weights = then(weights)?;
        let mut drawn: Vec<Vec<f64>> = vec![Vec::new(); weights.len()];
        for replicate in 0..self.replicates {
            let random = CounterRandom::new(self.seed, STREAM, replicate as u64);
            let times: Vec<u64> =
                (0..grouped.groups()).map(|group| poisson(random.uniform(group as u64))).collect();
            if let Ok(found) = grouped.weights(&times).and_then(&then) {
                drawn.iter_mut().zip(found).for_each(|(column, weight)| column.push(weight));
            }
        }
        let replicates = drawn.first().map_or(0, Vec::len);
        if replicates < self.replicates.div_ceil(2) {
            return Err(Error::argument(
                "values",
                "must tell rows apart in most samples; give more rows",
                format!("{replicates} usable samples of {}", self.replicates),
            ));
        }
        let outside = (1.0 - self.level) / 2.0;
        drawn.iter_mut().for_each(|column| column.sort_unstable_by(f64::total_cmp));
        Ok(WeightBand {
            weights,
            standard_error: drawn.iter().map(|column| deviation(column)).collect(),
            low: drawn.iter().map(|column| quantile(column, outside)).collect(),
            high: drawn.iter().map(|column| quantile(column, 1.0 - outside)).collect(),
            replicates,
        })
    }
}

/// Poisson's number of mean 1 at the probability `uniform`.
fn poisson(uniform: f64) -> u64 {
    let (mut number, mut probability, mut below) = (0_u64, 0.367_879_441_171_442_33, 0.0);
    loop {
        below += probability;
        if uniform < below || number == 20 {
            return number;
        }
        number += 1;
        probability /= number as f64;
    }
}

fn deviation(sorted: &[f64]) -> f64 {
    let count = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / count;
    (sorted.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0)).sqrt()
}

/// Between the two nearest of the sorted values (Hyndman and Fan's type 7).
fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let position = probability * (sorted.len() - 1) as f64;
    let below = position.floor();
    let (low, high) = (sorted[below as usize], sorted[(below as usize + 1).min(sorted.len() - 1)]);
    low + (position - below) * (high - low)
}

/// How linearly combined weights move as the experts' share goes from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharePath {
    /// Shares of the expert, from 0 to 1.
    pub shares: Vec<f64>,
    /// Weights at each share.
    pub weights: Vec<Vec<f64>>,
    /// Where two indicators change places, by share.
    pub exchanges: Vec<Exchange>,
}

/// A share of the expert at which two indicators weigh alike.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Exchange {
    /// Share of the expert.
    pub share: f64,
    /// The indicator that weighs more above this share.
    pub gains: usize,
    /// The indicator that weighs more below it.
    pub loses: usize,
}

/// Weights `s expert + (1 - s) data` at `steps` equally spaced shares s, and every share at which two of
/// them change places: between two neighbouring ones the order of importance does not hang on the share.
///
/// # Errors
/// As [`combine`](super::combine()); [`Error::Argument`] for fewer than two steps.
///
/// ```
/// use karat::evaluate::weights::share_path;
/// let path = share_path(&[0.6, 0.3, 0.1], &[0.2, 0.3, 0.5], 5)?;
/// assert_eq!(path.weights[0], [0.2, 0.3, 0.5]);
/// let shares: Vec<f64> = path.exchanges.iter().map(|exchange| (exchange.share * 1e9).round() / 1e9).collect();
/// assert_eq!(shares, [0.25, 0.375, 0.5]);
/// assert_eq!((path.exchanges[0].gains, path.exchanges[0].loses), (0, 1));
/// # Ok::<(), karat::Error>(())
/// ```
pub fn share_path(expert: &[f64], data: &[f64], steps: usize) -> Result<SharePath> {
    if steps < 2 {
        return Err(Error::argument("steps", "must be >= 2", steps));
    }
    check_weights("expert", expert)?;
    check_weights("data", data)?;
    let shares: Vec<f64> = (0..steps).map(|step| step as f64 / (steps - 1) as f64).collect();
    let at = |&share: &f64| Ok(combine(expert, data, Combination::Linear { share })?.weights);
    let weights = shares.iter().map(at).collect::<Result<Vec<_>>>()?;
    let mut exchanges = Vec::new();
    for first in 0..expert.len() {
        for second in first + 1..expert.len() {
            let (before, after) = (data[first] - data[second], expert[first] - expert[second]);
            if before * after < 0.0 {
                let (gains, loses) = if after > 0.0 { (first, second) } else { (second, first) };
                exchanges.push(Exchange { share: before / (before - after), gains, loses });
            }
        }
    }
    exchanges.sort_by(|a, b| a.share.total_cmp(&b.share));
    Ok(SharePath { shares, weights, exchanges })
}
