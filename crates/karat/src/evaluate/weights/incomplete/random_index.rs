//! The random index of a comparison graph: the mean consistency index of random judgments on its pairs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use karat_scorer::numerics::ln;
use karat_scorer::{Error, Result};

use super::super::consistency::{RandomIndex, RandomIndexValue};
use super::super::scale::SAATY_SCALE;
use super::cycles::Shape;
use super::matrix::IncompleteMatrix;
use super::optimal::Solver;
use super::table::TABLE;
use crate::numerics::random::Random;

/// Name of the table in [`RandomIndexValue::table`].
pub(super) const OWN_GRAPH: &str = "recomputed for this comparison graph";

/// Largest graphs that the table covers.
const TABULATED: usize = 6;

/// Draws for graphs whose cycles touch few items; for larger ones the time stays about the same.
const DRAWS: u64 = 2000;
const DRAWS_FOR: u64 = 8;
const LEAST_DRAWS: u64 = 100;

/// Values remembered; a process that meets more graphs than this begins again.
const REMEMBERED: usize = 4096;

type Key = (Shape, u64, u64);
static KNOWN: Mutex<BTreeMap<Key, (f64, f64)>> = Mutex::new(BTreeMap::new());

/// The random index of an incomplete matrix, by its own comparison graph.
///
/// Fewer judgments leave less room for contradiction, so the random index of complete matrices would excuse
/// too much (Agoston and Csato, 2022), and among graphs with as many judgments missing it depends on which:
/// with 4 items and 2 pairs missing it is 0.2923 for a triangle with a pendant, 0.2528 for a circle. The index
/// is the mean of `CI = (lambda_max - n) / (n - 1)` after the optimal completion, over judgments drawn
/// uniformly from Saaty's 17 values.
///
/// Up to 6 items it comes from a table of every connected graph: exact (standard error 0) where at most 5
/// judgments lie on cycles, and thus for every graph of 4 items, simulated beyond. For more items it is
/// simulated on demand by a seeded generator, once for every graph and process, with the residual variance of
/// the least squares fit as control variate, since its mean is known exactly. Judgments on no cycle can
/// contradict nothing and are left out of the simulation.
///
/// ```
/// use karat::evaluate::weights::{GraphRandomIndex, IncompleteMatrix};
/// let circle = IncompleteMatrix::from_text(&["a", "b", "c", "d"], &["a 2 b", "b 2 c", "c 2 d", "a 9 d"])?;
/// let found = GraphRandomIndex::new().value(&circle)?;
/// assert_eq!(format!("{:.6}", found.value), "0.252762");
/// assert_eq!(found.standard_error, Some(0.0));
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphRandomIndex {
    /// Random matrices per simulated graph; `None` lets the size decide: 2000 up to 8 items on cycles, fewer
    /// for more, about 20 milliseconds.
    pub draws: Option<u64>,
    /// Seed of the simulation.
    pub seed: u64,
}

impl Default for GraphRandomIndex {
    fn default() -> GraphRandomIndex {
        GraphRandomIndex { draws: None, seed: 7 }
    }
}

impl GraphRandomIndex {
    /// The number of draws that the size decides, and seed 7.
    #[must_use]
    pub fn new() -> GraphRandomIndex {
        GraphRandomIndex::default()
    }

    /// Random matrices per simulated graph, at least 10: four times as many halve the standard error.
    #[must_use]
    pub fn draws(mut self, draws: u64) -> GraphRandomIndex {
        self.draws = Some(draws);
        self
    }

    /// Seed of the simulation.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> GraphRandomIndex {
        self.seed = seed;
        self
    }

    /// The random index of the pairs that were judged; that of [`RandomIndex::Recomputed`] when all were, 0
    /// when no judgment lies on a cycle.
    ///
    /// # Errors
    /// [`Error::Argument`] for fewer than 10 draws.
    pub fn value(&self, matrix: &IncompleteMatrix) -> Result<RandomIndexValue> {
        if let Some(draws) = self.draws.filter(|&draws| draws < 10) {
            return Err(Error::argument("draws", "must be at least 10", draws));
        }
        let n = matrix.size();
        if matrix.judged().len() == n * (n - 1) / 2 {
            return RandomIndex::Recomputed.value(n);
        }
        let (value, error) = self.of_shape(&Shape::new(n, matrix.judged()));
        Ok(RandomIndexValue { table: OWN_GRAPH, value, standard_error: Some(error), extrapolated: false })
    }

    fn of_shape(&self, shape: &Shape) -> (f64, f64) {
        if shape.k == 0 {
            return (0.0, 0.0);
        }
        if shape.n <= TABULATED
            && let Some(bits) = shape.bits()
            && let Some(row) = TABLE.iter().find(|row| (row.0, row.1, row.2) == (shape.n, shape.k, bits))
        {
            return (row.3, row.4);
        }
        let draws = self.draws.unwrap_or_else(|| {
            let k = shape.k as u64;
            let cost = (k * k).max(DRAWS_FOR * DRAWS_FOR);
            (DRAWS * DRAWS_FOR * DRAWS_FOR / cost).max(LEAST_DRAWS)
        });
        let key = (shape.clone(), draws, self.seed);
        // Whoever panicked while holding the lock left whole values behind.
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        if let Some(known) = known {
            return known;
        }
        let found = simulated(shape, draws, self.seed);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, found);
        found
    }
}

/// Logarithms of Saaty's scale.
fn scale_logs() -> [f64; SAATY_SCALE.len()] {
    SAATY_SCALE.map(ln)
}

/// Mean consistency index of random judgments and its standard error.
pub(super) fn simulated(shape: &Shape, draws: u64, seed: u64) -> (f64, f64) {
    let (n, edges) = (shape.n, shape.edges());
    let scale = scale_logs();
    let mut random = Random::new(seed);
    let mut logs = vec![0.0; edges.len()];
    // Least squares leaves one degree of freedom for every independent cycle.
    let groups = independent_groups(shape.k, &edges);
    let freedom = (edges.len() + groups - shape.k) as f64;
    let mean_square = scale.iter().map(|log| log * log).sum::<f64>() / scale.len() as f64;
    let expected = freedom * mean_square;
    let mut solver = Solver::new(n, edges, shape.open()).coarse();
    let (mut index, mut control) = (0.0, 0.0);
    let (mut index_square, mut control_square, mut product) = (0.0, 0.0, 0.0);
    for _ in 0..draws {
        for log in &mut logs {
            *log = scale[(random.uniform() * scale.len() as f64) as usize];
        }
        let solution = solver.solve(&logs);
        let value = (solution.lambda - n as f64) / (n - 1) as f64;
        let deviation = solution.squares - expected;
        index += value;
        control += deviation;
        index_square += value * value;
        control_square += deviation * deviation;
        product += value * deviation;
    }
    let count = draws as f64;
    let (index, control) = (index / count, control / count);
    let covariance = product / count - index * control;
    let spread = control_square / count - control * control;
    let slope = if spread > 0.0 { covariance / spread } else { 0.0 };
    let variance = index_square / count - index * index - slope * covariance;
    (index - slope * control, (f64::max(variance, 0.0) / (count - 2.0)).sqrt())
}

fn independent_groups(k: usize, edges: &[(usize, usize)]) -> usize {
    let roots = super::completion::components(k, edges);
    roots.iter().enumerate().filter(|(item, root)| item == *root).count()
}

#[cfg(test)]
#[path = "random_index_tests.rs"]
mod tests;
