//! Where the centers begin.
//!
//! Rows are drawn along an order that their content decides, in proportion to masses summed as whole numbers:
//! neither the order of the table, nor copies in place of whole weights, nor threads, nor which rows a search
//! may skip change a draw. `content` draws, `mass` counts, `streamed` and `tiled` keep the masses of all rows
//! (in the order of the table, or regrouped so that whole groups can be skipped), `plus_plus` and `parallel`
//! choose.

mod centers;
mod content;
mod kernel;
mod mass;
mod parallel;
mod plus_plus;
mod rows;
mod streamed;
mod tiled;
mod tree;

pub use centers::{FirstCenters, InitialCenters};
pub(super) use content::ContentOrder;
pub(super) use rows::Rows;

use super::kmeans::KMeans;
use super::table::Table;
use super::value::{Value, with_values};
use crate::numerics::random::Random;
use content::{Draws, each_content};
use karat_scorer::numerics::ln;
use karat_scorer::{Error, Result};
use mass::Unit;
use ndarray::Array2;
use parallel::Rounds;
use plus_plus::Greedy;
use std::ops::Range;

/// How the first centers are found.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Init {
    /// k-means++ (Arthur & Vassilvitskii, 2007): each further center is a row drawn with a probability
    /// proportional to its weight times its squared distance to the nearest center so far; of `2 + ln k`
    /// rows drawn the one that lowers the sum of these distances most is kept (the greedy variant that
    /// scikit-learn uses; of equals the one drawn first).
    #[default]
    KMeansPlusPlus,
    /// k-means|| (Bahmani, Moseley, Vattani, Kumar & Vassilvitskii, 2012): in each of a few rounds many rows
    /// are drawn at once, as k-means++ draws one; greedy k-means++ then chooses among them, each weighing as
    /// much as the rows nearest to it. Fewer passes over the rows than k-means++, for tables far larger than
    /// memory caches.
    KMeansParallel {
        /// Rows drawn in a round, for each center wanted; 2 is usual.
        oversampling: f64,
        /// Rounds; 5 is usual.
        rounds: usize,
    },
    /// Different rows drawn at random, with a probability proportional to their weight.
    Random,
    /// These centers, of shape k × d.
    Given(Array2<f64>),
}

impl Init {
    /// k-means|| as its authors advise: five rounds that draw two rows for each center.
    #[must_use]
    pub fn k_means_parallel() -> Init {
        Init::KMeansParallel { oversampling: 2.0, rounds: 5 }
    }

    /// Checks the parameters of drawing from so many rows.
    pub(super) fn check(&self, rows: usize) -> Result<()> {
        if !matches!(self, Init::Given(_)) && rows as u64 > MOST_ROWS {
            let rule = format!("must have at most {MOST_ROWS} rows to draw centers from; give centers");
            return Err(Error::argument("x", rule, rows));
        }
        let &Init::KMeansParallel { oversampling, rounds } = self else { return Ok(()) };
        if !(oversampling > 0.0 && oversampling <= MOST_OVERSAMPLING) {
            let rule = format!("must be > 0 and <= {MOST_OVERSAMPLING}");
            return Err(Error::argument("oversampling", rule, oversampling));
        }
        if rounds == 0 || rounds > MOST_ROUNDS {
            return Err(Error::argument("rounds", format!("must be 1 to {MOST_ROUNDS}"), rounds));
        }
        Ok(())
    }
}

/// More would choose among more rows than k-means++ reads.
const MOST_OVERSAMPLING: f64 = 1000.0;
const MOST_ROUNDS: usize = 1000;
/// Places of rows are kept as 32 bits.
const MOST_ROWS: u64 = u32::MAX as u64;
/// Random draws of different rows before the remaining centers are taken in the order of the content.
const DRAWS_PER_CENTER: usize = 64;

/// What a search for first centers reads: `k` of the rows, of which so many are different.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a, T> {
    pub(super) rows: Rows<'a, T>,
    pub(super) order: &'a ContentOrder,
    pub(super) k: usize,
    /// Rows drawn for each center of greedy k-means++; `None` for `2 + ln k`.
    pub(super) trials: Option<usize>,
    pub(super) threads: usize,
}

/// Starts drawn together: they share what they read of the rows, and a fit can be stopped between.
const STARTS_TOGETHER: usize = 8;

/// The first centers of each start of a plan.
pub(super) fn first_centers<'a>(
    table: &'a Table<'_>,
    plan: &'a KMeans,
    starts: usize,
    threads: usize,
) -> impl Iterator<Item = Array2<f64>> + 'a {
    (0..starts).step_by(STARTS_TOGETHER).flat_map(move |first| {
        let starts = first..starts.min(first + STARTS_TOGETHER);
        if let Init::Given(centers) = &plan.init {
            return vec![centers.mapv(|center| center + 0.0); starts.len()];
        }
        let order = table.content(threads);
        let chosen = with_values!(&table.values, values => {
            let search = Search { rows: table.stored(values), order, k: plan.k, trials: None, threads };
            search.starts(&plan.init, plan.seed, starts).unwrap_or_default()
        });
        chosen.iter().map(|chosen| chosen.centers(table.columns)).collect()
    })
}

/// Rows chosen as centers: their places and their coordinates.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) rows: Vec<usize>,
    pub(super) points: Vec<Vec<f64>>,
}

impl Chosen {
    fn push(&mut self, row: usize, point: Vec<f64>) {
        self.rows.push(row);
        self.points.push(point);
    }

    pub(super) fn centers(&self, columns: usize) -> Array2<f64> {
        Array2::from_shape_fn((self.points.len(), columns), |(c, f)| self.points[c][f])
    }
}

impl<T: Value> Search<'_, T> {
    /// The first centers of each start, a row each; `None` where centers are given.
    pub(super) fn starts(&self, init: &Init, seed: u64, starts: Range<usize>) -> Option<Vec<Chosen>> {
        let random = |start: usize| Random::stream(seed, start as u64);
        let draws = if matches!(init, Init::Random) { self.k } else { self.k * self.trials() };
        self.order.expect(&self.rows, draws.saturating_mul(starts.len()));
        let chosen = match init {
            Init::KMeansPlusPlus => Greedy::new(self).starts(starts.map(random)),
            &Init::KMeansParallel { oversampling, rounds } => {
                Rounds { search: self, oversampling, rounds }.starts(starts.map(random))
            }
            Init::Random => starts.map(|start| self.random(&mut random(start))).collect(),
            Init::Given(_) => return None,
        };
        Some(chosen.into_iter().map(|chosen| self.complete(chosen)).collect())
    }

    fn trials(&self) -> usize {
        self.trials.unwrap_or(2 + ln(self.k as f64).floor() as usize).max(1)
    }

    /// Different rows at random, with a probability proportional to their weight.
    fn random(&self, random: &mut Random) -> Chosen {
        let (unit, draws) = self.weights();
        let mut chosen = Chosen::default();
        for _ in 0..DRAWS_PER_CENTER * self.k {
            if chosen.points.len() == self.k {
                break;
            }
            let Some(row) = self.draw_by_weight(&unit, &draws, random) else { break };
            if !self.is_chosen(row, &chosen) {
                chosen.push(row, self.rows.point(row));
            }
        }
        chosen
    }

    /// The weights as masses.
    fn weights(&self) -> (Unit, Draws) {
        let unit = Unit::of(&self.rows);
        let largest = match self.rows.weights {
            Some(weights) => weights.iter().fold(0.0, |max: f64, &weight| max.max(unit.bounded(1.0, weight))),
            None => 1.0,
        };
        let unit = unit.for_largest(largest);
        let draws = Draws::by_weight(&self.rows, self.order, &unit);
        (unit, draws)
    }

    fn draw_by_weight(&self, unit: &Unit, draws: &Draws, random: &mut Random) -> Option<usize> {
        let mass = |row| unit.units(1.0, self.rows.weight(row));
        draws.draw(&self.rows, self.order, mass, random)
    }

    fn is_chosen(&self, row: usize, chosen: &Chosen) -> bool {
        chosen.points.iter().any(|point| self.rows.is_at(row, point))
    }

    /// Takes the first rows not chosen yet until there are `k`; the caller made sure that they exist.
    fn complete(&self, mut chosen: Chosen) -> Chosen {
        if chosen.points.len() < self.k {
            each_content(&self.rows, self.order, |row| {
                if !self.is_chosen(row, &chosen) {
                    chosen.push(row, self.rows.point(row));
                }
                chosen.points.len() < self.k
            });
        }
        chosen
    }
}

/// The masses of all rows, lowered center by center.
trait Masses {
    /// Lowers every mass to that of `center` where that is nearer.
    fn approach(&mut self, center: &[f64]);

    /// Chooses the unit by the masses as they are, and returns their sum in it; 0 when every row of positive
    /// weight lies on a center.
    fn settle(&mut self) -> u64;

    /// For each candidate the sum of the masses if it became a center.
    fn potentials(&mut self, candidates: &[Vec<f64>]) -> Vec<u64>;

    /// Sums by bucket: of now, or of before the last center.
    fn bucket_sums(&self) -> Vec<u64>;

    /// The mass of one row.
    fn units(&self, row: usize) -> u64;
}

#[cfg(test)]
mod tests;
