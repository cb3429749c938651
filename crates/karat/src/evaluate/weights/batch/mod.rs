//! Many matrices at once.
//!
//! Matrices lie side by side in lanes: one instruction serves several, and no lane ever looks at its
//! neighbours. Every matrix therefore gets the bits that [`Ahp::priorities`] gives it alone.

mod lanes;
mod principal;
#[cfg(test)]
mod tests;

use karat_scorer::{Error, Isa, Kernel, Result};

use super::ahp::{Ahp, Priorities, PriorityMethod};
use super::consistency::RandomIndexValue;
use super::intake::{checked_labels, judgment_error, matrix_problems};
use super::judgments::{MAX_ITEMS, PairwiseMatrix};
use lanes::{Lanes, entries_are_sound};

/// Matrices worked on side by side; more hide more latency, fewer waste less on the slowest.
const WIDE: usize = 8;

/// Matrices that a message describes before it counts the rest.
const MATRICES_LISTED: usize = 10;

/// Weights and consistency of many matrices of the same size.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BatchPriorities {
    /// Items of every matrix, n.
    pub items: usize,
    /// How the weights were drawn from the judgments.
    pub method: PriorityMethod,
    /// The random index all ratios were measured by.
    pub random_index: RandomIndexValue,
    /// n weights for each matrix, one matrix after the other; each n sum to 1.
    pub weights: Vec<f64>,
    /// Principal eigenvalue of each matrix.
    pub lambda_max: Vec<f64>,
    /// Proven lower bound of each principal eigenvalue.
    pub lambda_low: Vec<f64>,
    /// Proven upper bound of each principal eigenvalue.
    pub lambda_high: Vec<f64>,
    /// CI of each matrix.
    pub consistency_index: Vec<f64>,
    /// CR of each matrix.
    pub consistency_ratio: Vec<f64>,
    /// GCI of each matrix.
    pub geometric_consistency_index: Vec<f64>,
    /// Matrix products spent on each eigenvector.
    pub iterations: Vec<u32>,
}

impl BatchPriorities {
    /// Number of matrices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lambda_max.len()
    }

    /// Whether there is no matrix; never after [`Ahp::priorities_batch`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lambda_max.is_empty()
    }

    fn with_capacity(count: usize, items: usize, method: PriorityMethod, index: RandomIndexValue) -> Self {
        BatchPriorities {
            items,
            method,
            random_index: index,
            weights: Vec::with_capacity(count * items),
            lambda_max: Vec::with_capacity(count),
            lambda_low: Vec::with_capacity(count),
            lambda_high: Vec::with_capacity(count),
            consistency_index: Vec::with_capacity(count),
            consistency_ratio: Vec::with_capacity(count),
            geometric_consistency_index: Vec::with_capacity(count),
            iterations: Vec::with_capacity(count),
        }
    }

    fn push(&mut self, priorities: &Priorities) {
        self.weights.extend_from_slice(&priorities.weights);
        self.lambda_max.push(priorities.lambda_max);
        self.lambda_low.push(priorities.lambda_bounds.0);
        self.lambda_high.push(priorities.lambda_bounds.1);
        self.consistency_index.push(priorities.consistency_index);
        self.consistency_ratio.push(priorities.consistency_ratio);
        self.geometric_consistency_index.push(priorities.geometric_consistency_index);
        self.iterations.push(priorities.iterations);
    }
}

impl Ahp {
    /// Weights and consistency of many matrices of n items, each with the bits that
    /// [`priorities`](Self::priorities) gives it alone, whatever its place and its neighbours.
    ///
    /// `matrices` holds n x n entries for each matrix, row by row, one matrix after the other. No matrix is
    /// refused for being inconsistent: the ratios are there to be looked at. Ten thousand matrices of 9 items
    /// take a few milliseconds on one thread.
    ///
    /// # Errors
    /// [`Error::Argument`] for n outside 1 to [`MAX_ITEMS`] or a random-index table that ends before n;
    /// [`Error::Shape`] when the entries are not a whole number of matrices, or none; [`Error::Judgment`]
    /// naming the matrix, counted from 0, and the pair (items are called `x0`, `x1`, ...) of entries that are
    /// not positive numbers or not reciprocal within 1e-9.
    ///
    /// ```
    /// use karat::evaluate::weights::Ahp;
    /// let matrices = [1.0, 3.0, 1.0 / 3.0, 1.0, 1.0, 0.25, 4.0, 1.0];
    /// let batch = Ahp::new().priorities_batch(&matrices, 2)?;
    /// assert_eq!(batch.len(), 2);
    /// assert_eq!(batch.weights, [0.75, 0.25, 0.2, 0.8]);
    /// let error = Ahp::new().priorities_batch(&[1.0, 3.0, 0.5, 1.0], 2).unwrap_err().to_string();
    /// assert!(error.starts_with("matrix 0: `x0` vs `x1` is 3 but `x1` vs `x0` is 0.5"));
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn priorities_batch(&self, matrices: &[f64], n: usize) -> Result<BatchPriorities> {
        // Names are made when a message needs them: they would cost as much as a small matrix.
        let labels = || -> Vec<String> { (0..n.min(MAX_ITEMS + 1)).map(|i| format!("x{i}")).collect() };
        if !(1..=MAX_ITEMS).contains(&n) {
            checked_labels(&labels())?;
        }
        self.batch(matrices, n)?.ok_or_else(|| batch_error(&labels(), matrices))
    }

    /// As [`priorities_batch`](Self::priorities_batch), with names of the items for the messages.
    ///
    /// # Errors
    /// As [`priorities_batch`](Self::priorities_batch); [`Error::Argument`] for labels that are empty,
    /// repeated or more than [`MAX_ITEMS`].
    pub fn priorities_batch_named<L: AsRef<str>>(
        &self,
        matrices: &[f64],
        labels: &[L],
    ) -> Result<BatchPriorities> {
        let labels = checked_labels(labels)?;
        self.batch(matrices, labels.len())?.ok_or_else(|| batch_error(&labels, matrices))
    }

    /// The figures of all matrices; `None` at an unsound entry.
    fn batch(&self, matrices: &[f64], n: usize) -> Result<Option<BatchPriorities>> {
        let random_index = self.random_index.value(n)?;
        if matrices.is_empty() {
            return Err(Error::shape("matrices in a batch, at least", 1, 0));
        }
        if !matrices.len().is_multiple_of(n * n) {
            let what = format!("entries of a batch of {n} x {n} matrices, a multiple of {}:", n * n);
            return Err(Error::shape(what, matrices.len().div_ceil(n * n) * n * n, matrices.len()));
        }
        let mut found =
            BatchPriorities::with_capacity(matrices.len() / (n * n), n, self.method, random_index);
        let sound = match self.method {
            PriorityMethod::Eigenvector | PriorityMethod::GeometricMean | PriorityMethod::ColumnMean => {
                Isa::detect().run(Blocks { ahp: self, matrices, n, out: &mut found })
            }
            PriorityMethod::WeightedLeastSquares | PriorityMethod::LeastSquares => {
                self.one_by_one(matrices, n, &mut found)?
            }
        };
        Ok(sound.then_some(found))
    }

    /// For methods without a lane form; false at an unsound entry.
    fn one_by_one(&self, matrices: &[f64], n: usize, out: &mut BatchPriorities) -> Result<bool> {
        let labels: Vec<String> = (0..n).map(|i| i.to_string()).collect();
        for entries in matrices.chunks_exact(n * n) {
            if !entries_are_sound(entries, n) {
                return Ok(false);
            }
            out.push(&self.priorities(&unpacked(entries, &labels))?);
        }
        Ok(true)
    }
}

/// All matrices of a batch, in blocks; false at an unsound entry.
struct Blocks<'a> {
    ahp: &'a Ahp,
    matrices: &'a [f64],
    n: usize,
    out: &'a mut BatchPriorities,
}

impl Kernel for Blocks<'_> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let Blocks { ahp, matrices, n, out } = self;
        let rest = Lanes::<WIDE>::run(ahp, matrices, n, out);
        rest.and_then(|rest| Lanes::<1>::run(ahp, rest, n, out)).is_some()
    }
}

/// The matrix of n x n checked entries.
fn unpacked(entries: &[f64], labels: &[String]) -> PairwiseMatrix {
    let n = labels.len();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let kept = pairs.map(|(i, j)| {
        let (forth, back) = (entries[i * n + j], entries[j * n + i]);
        if forth >= back { (i, j, forth) } else { (j, i, back) }
    });
    PairwiseMatrix::from_upper(labels.to_vec(), kept)
}

/// Everything wrong with the first unsound matrices.
fn batch_error(labels: &[String], matrices: &[f64]) -> Error {
    let n = labels.len();
    let mut problems = Vec::new();
    let mut unsound = 0;
    for (number, entries) in matrices.chunks_exact(n * n).enumerate() {
        if entries_are_sound(entries, n) {
            continue;
        }
        unsound += 1;
        if unsound <= MATRICES_LISTED {
            let rows: Vec<Vec<f64>> = entries.chunks_exact(n).map(<[f64]>::to_vec).collect();
            let own = matrix_problems(labels, &rows).into_iter();
            problems.extend(own.map(|problem| format!("matrix {number}: {problem}")));
        }
    }
    if unsound > MATRICES_LISTED {
        problems.push(format!("and {} more matrices with such entries", unsound - MATRICES_LISTED));
    }
    judgment_error(&problems)
}
