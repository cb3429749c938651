//! How far the weights can be trusted when every judgment could have come out a little differently.

use karat_scorer::numerics::exp;
use karat_scorer::{Error, Result};

use super::ahp::Ahp;
use super::judgments::PairwiseMatrix;
use crate::numerics::random::CounterRandom;

/// Kind of the draws, so that no other part of the crate shares them.
const KIND: u64 = 0x6a75_6467;

/// How judgments are disturbed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct UncertaintyOptions {
    /// Disturbed matrices, 1 to 1,000,000.
    pub draws: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Standard deviation of the logarithm of a judgment; `None` takes the square root of the matrix' own GCI,
    /// the residual variance of its judgments.
    pub standard_deviation: Option<f64>,
    /// Probability inside the band of each weight.
    pub level: f64,
}

impl Default for UncertaintyOptions {
    fn default() -> UncertaintyOptions {
        UncertaintyOptions { draws: 1000, seed: 0, standard_deviation: None, level: 0.90 }
    }
}

impl UncertaintyOptions {
    /// 1000 draws of seed 0, bands of 90 %.
    #[must_use]
    pub fn new() -> UncertaintyOptions {
        UncertaintyOptions::default()
    }

    /// Sets the number of draws.
    #[must_use]
    pub fn draws(mut self, draws: usize) -> UncertaintyOptions {
        self.draws = draws;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> UncertaintyOptions {
        self.seed = seed;
        self
    }

    /// Sets the standard deviation of the logarithm of a judgment.
    #[must_use]
    pub fn standard_deviation(mut self, deviation: f64) -> UncertaintyOptions {
        self.standard_deviation = Some(deviation);
        self
    }

    /// Sets the probability inside the bands.
    #[must_use]
    pub fn level(mut self, level: f64) -> UncertaintyOptions {
        self.level = level;
        self
    }
}

/// Weights under disturbed judgments, one entry for each item.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Uncertainty {
    /// Standard deviation of the logarithm of a judgment that was used.
    pub standard_deviation: f64,
    /// Lower ends of the bands.
    pub lower: Vec<f64>,
    /// Medians.
    pub median: Vec<f64>,
    /// Upper ends of the bands.
    pub upper: Vec<f64>,
    /// Share of the draws in which item i (outer) has rank r (inner, 0 the largest weight).
    pub rank_shares: Vec<Vec<f64>>,
    /// Share of the pairs of items whose order no draw turns round.
    pub settled_pairs: f64,
}

impl Ahp {
    /// Disturbs every judgment by independent log-normal noise and draws the weights again.
    ///
    /// The same seed gives the same figures on every machine, and the first draws of a longer run are those of a
    /// shorter one.
    ///
    /// # Errors
    /// [`Error::Argument`] for no draws or too many, a deviation that is negative or not finite, or a level
    /// outside 0 to 1; as [`priorities`](Self::priorities).
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, PairwiseMatrix, UncertaintyOptions};
    /// let matrix = PairwiseMatrix::from_text(&["a", "b", "c"], &["a 2 b", "b 3 c", "a 5 c"])?;
    /// let found = Ahp::new().uncertainty(&matrix, UncertaintyOptions::new().seed(7))?;
    /// assert!(found.lower[0] < found.median[0] && found.median[0] < found.upper[0]);
    /// assert!(found.rank_shares[0][0] > 0.9);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn uncertainty(&self, matrix: &PairwiseMatrix, options: UncertaintyOptions) -> Result<Uncertainty> {
        let UncertaintyOptions { draws, seed, standard_deviation, level } = options;
        if !(1..=1_000_000).contains(&draws) {
            return Err(Error::argument("draws", "must be 1 to 1000000", draws));
        }
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::argument("level", "must lie between 0 and 1", level));
        }
        let given = self.priorities(matrix)?;
        let deviation = standard_deviation.unwrap_or_else(|| given.geometric_consistency_index.sqrt());
        if !(0.0..=3.0).contains(&deviation) {
            return Err(Error::argument("standard_deviation", "must be 0 to 3", deviation));
        }
        let n = matrix.size();
        let mut samples = vec![Vec::with_capacity(draws); n];
        let mut ranks = vec![vec![0_usize; n]; n];
        let mut turned = vec![false; n * n];
        for draw in 0..draws {
            let weights = self.priorities(&disturbed(matrix, deviation, seed, draw as u64))?.weights;
            for i in 0..n {
                samples[i].push(weights[i]);
                let rank = (0..n).filter(|&j| (weights[j], i) > (weights[i], j)).count();
                ranks[i][rank] += 1;
                for j in i + 1..n {
                    let before = given.weights[i] - given.weights[j];
                    turned[i * n + j] |= before * (weights[i] - weights[j]) < 0.0;
                }
            }
        }
        samples.iter_mut().for_each(|sample| sample.sort_by(f64::total_cmp));
        let at = |probability: f64| samples.iter().map(|sample| quantile(sample, probability)).collect();
        let pairs = n * n.saturating_sub(1) / 2;
        let swapping = turned.iter().filter(|&&turned| turned).count();
        Ok(Uncertainty {
            standard_deviation: deviation,
            lower: at(0.5 * (1.0 - level)),
            median: at(0.5),
            upper: at(0.5 * (1.0 + level)),
            rank_shares: ranks
                .into_iter()
                .map(|row| row.into_iter().map(|count| count as f64 / draws as f64).collect())
                .collect(),
            settled_pairs: if pairs == 0 { 1.0 } else { (pairs - swapping) as f64 / pairs as f64 },
        })
    }
}

fn disturbed(matrix: &PairwiseMatrix, deviation: f64, seed: u64, draw: u64) -> PairwiseMatrix {
    let n = matrix.size();
    let random = CounterRandom::new(seed, KIND, draw);
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let values =
        pairs.zip(0..).map(|((i, j), at)| (i, j, matrix.judgment(i, j) * exp(deviation * random.normal(at))));
    PairwiseMatrix::from_upper(matrix.labels().to_vec(), values)
}

/// Linear between the order statistics, as `numpy` does by default.
fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let place = probability * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below])
}
