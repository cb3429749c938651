//! Priorities from a matrix of judgments.

use karat_scorer::numerics::exp;
use karat_scorer::{Error, Result, nearest_name};

use super::consistency::{RandomIndex, RandomIndexValue};
use super::finding::Finding;
use super::judgments::PairwiseMatrix;
use super::least_squares::{least_squares, weighted_least_squares};
use super::perron::perron;

/// How priorities are drawn from judgments. All agree on a consistent matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PriorityMethod {
    /// The principal right eigenvector (Saaty, 1977): every chain of judgments, of any length, counts.
    #[default]
    Eigenvector,
    /// The geometric mean of each row, the root method: the logarithmic least squares solution (Crawford
    /// and Williams, 1985). Averaging judgments and averaging priorities then give the same group result.
    GeometricMean,
    /// The mean of the columns after each is divided by its sum, the sum method: hand arithmetic's
    /// approximation to the eigenvector, kept for comparison with published tables.
    ColumnMean,
    /// Weighted least squares: the sum of `(a_ij w_j - w_i)^2` is smallest, a linear system (Chu, Kalaba and
    /// Spingarn, 1979).
    WeightedLeastSquares,
    /// Least squares: the sum of `(a_ij - w_i / w_j)^2` is smallest (Jensen, 1984). Contradictory judgments may
    /// have several such minima, see [`least_squares_minima`](super::least_squares_minima); finding `W152` says
    /// when they tie.
    LeastSquares,
}

impl PriorityMethod {
    /// Every method, in the order of this documentation.
    pub const ALL: [PriorityMethod; 5] = [
        PriorityMethod::Eigenvector,
        PriorityMethod::GeometricMean,
        PriorityMethod::ColumnMean,
        PriorityMethod::WeightedLeastSquares,
        PriorityMethod::LeastSquares,
    ];

    /// The name plan files use: `eigenvector`, `geometric_mean`, `column_mean`, `weighted_least_squares`,
    /// `least_squares`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PriorityMethod::Eigenvector => "eigenvector",
            PriorityMethod::GeometricMean => "geometric_mean",
            PriorityMethod::ColumnMean => "column_mean",
            PriorityMethod::WeightedLeastSquares => "weighted_least_squares",
            PriorityMethod::LeastSquares => "least_squares",
        }
    }

    /// The method with this name.
    ///
    /// # Errors
    /// [`Error::Argument`] with the nearest name.
    pub fn from_name(name: &str) -> Result<PriorityMethod> {
        let found = PriorityMethod::ALL.into_iter().find(|method| method.name() == name);
        found.ok_or_else(|| unknown_name("method", name, PriorityMethod::ALL.map(PriorityMethod::name)))
    }
}

/// An [`Error::Argument`] for a name that is none of `known`.
pub(super) fn unknown_name<const N: usize>(parameter: &str, name: &str, known: [&str; N]) -> Error {
    let hint = nearest_name(name, known).map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
    Error::argument(parameter, format!("must be one of {}{hint}", known.join(", ")), format!("`{name}`"))
}

/// The analytic hierarchy process on one matrix: which method, and against which random index its
/// consistency is measured.
///
/// ```
/// use karat::evaluate::weights::{Ahp, PairwiseMatrix, RandomIndex};
/// let matrix = PairwiseMatrix::from_text(&["price", "quality", "service"], &[
///     "price 1/2 quality", "quality 3 service", "price 2 service",
/// ])?;
/// let priorities = Ahp::new().priorities(&matrix)?;
/// assert!((priorities.weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
/// assert!(priorities.consistency_ratio < 0.10);
///
/// let by_saaty = Ahp::new().random_index(RandomIndex::Saaty1980).priorities(&matrix)?;
/// assert_eq!(by_saaty.random_index.value, 0.58);
/// assert_eq!(by_saaty.weights, priorities.weights);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Ahp {
    /// How weights are drawn from the judgments.
    pub method: PriorityMethod,
    /// Table of random indices behind the consistency ratio.
    pub random_index: RandomIndex,
}

impl Ahp {
    /// Eigenvector and recomputed random index.
    #[must_use]
    pub fn new() -> Ahp {
        Ahp::default()
    }

    /// Chooses how weights are drawn from the judgments.
    #[must_use]
    pub fn method(mut self, method: PriorityMethod) -> Ahp {
        self.method = method;
        self
    }

    /// Chooses the table of random indices.
    #[must_use]
    pub fn random_index(mut self, table: RandomIndex) -> Ahp {
        self.random_index = table;
        self
    }

    /// Weights and consistency of a matrix of judgments.
    ///
    /// Whatever the method of the weights, `lambda_max`, CI and CR are those of the principal eigenvalue: they
    /// belong to the judgments, not to the way weights are drawn from them.
    ///
    /// # Errors
    /// [`Error::Argument`] when the random-index table ends before the matrix.
    pub fn priorities(&self, matrix: &PairwiseMatrix) -> Result<Priorities> {
        let n = matrix.size();
        let random_index = self.random_index.value(n)?;
        let principal = perron(matrix);
        // The least eigenvalue of a reciprocal matrix is n, that of consistent judgments (Saaty, 1977): a
        // bracket that reaches n cannot tell the matrix from a consistent one.
        let lambda_max = if principal.bounds.0 <= n as f64 { n as f64 } else { principal.lambda };
        let consistency_index = if n > 1 { (lambda_max - n as f64) / (n - 1) as f64 } else { 0.0 };
        let (weights, finding) = match self.method {
            PriorityMethod::Eigenvector => (principal.vector, None),
            PriorityMethod::GeometricMean => (geometric_mean(matrix), None),
            PriorityMethod::ColumnMean => (column_mean(matrix), None),
            PriorityMethod::WeightedLeastSquares => (weighted_least_squares(matrix), None),
            PriorityMethod::LeastSquares => least_squares(matrix),
        };
        Ok(Priorities {
            weights,
            method: self.method,
            lambda_max,
            lambda_bounds: principal.bounds,
            consistency_index,
            consistency_ratio: random_index.ratio(consistency_index),
            random_index,
            iterations: principal.iterations,
            geometric_consistency_index: geometric_consistency_index(matrix),
            findings: finding.into_iter().collect(),
        })
    }
}

/// Weights of one matrix with everything needed to defend them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Priorities {
    /// One weight per item, positive, sum 1, in the order of the labels.
    pub weights: Vec<f64>,
    /// How the weights were drawn from the judgments.
    pub method: PriorityMethod,
    /// Principal eigenvalue; exactly n when the judgments are consistent as far as doubles can tell.
    pub lambda_max: f64,
    /// Proven lower and upper bound of the principal eigenvalue, rounding included (Collatz-Wielandt).
    pub lambda_bounds: (f64, f64),
    /// `CI = (lambda_max - n) / (n - 1)`, at least 0.
    pub consistency_index: f64,
    /// `CR = CI / RI`; 0 for one or two items, which nothing can contradict. Saaty accepts up to 0.10.
    pub consistency_ratio: f64,
    /// The random index used, with the table it comes from.
    pub random_index: RandomIndexValue,
    /// Matrix products spent on the eigenvector.
    pub iterations: u32,
    /// GCI, the residual variance of the judgments around their geometric-mean weights (Crawford and
    /// Williams, 1985). Limits that match CR 0.10: 0.31 for n = 3, 0.35 for n = 4, 0.37 beyond (Aguaron
    /// and Moreno-Jimenez, 2003).
    pub geometric_consistency_index: f64,
    /// What should be known about the weights: `W152` when several sets of weights are equally near in the least
    /// squares.
    pub findings: Vec<Finding>,
}

/// Mean of `ln a_ij` over j for every row i, in the order of the columns.
pub(super) fn mean_logs(matrix: &PairwiseMatrix) -> Vec<f64> {
    let n = matrix.size();
    let mut sums = vec![0.0; n];
    let mut logs = matrix.logs().iter();
    for i in 0..n {
        for (j, &log) in (i + 1..n).zip(&mut logs) {
            sums[i] += log;
            sums[j] -= log;
        }
    }
    sums.iter_mut().for_each(|sum| *sum /= n as f64);
    sums
}

pub(super) fn geometric_mean(matrix: &PairwiseMatrix) -> Vec<f64> {
    let means = mean_logs(matrix);
    let largest = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    normalised(means.into_iter().map(|mean| exp(mean - largest)).collect())
}

pub(super) fn column_mean(matrix: &PairwiseMatrix) -> Vec<f64> {
    let n = matrix.size();
    let mut sums = vec![0.0; n];
    for j in 0..n {
        let total: f64 = (0..n).map(|i| matrix.judgment(i, j)).sum();
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum += matrix.judgment(i, j) / total;
        }
    }
    normalised(sums)
}

/// Divided by their sum, taken in order.
pub(super) fn normalised(mut values: Vec<f64>) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= total);
    values
}

pub(super) fn geometric_consistency_index(matrix: &PairwiseMatrix) -> f64 {
    let n = matrix.size();
    if n < 3 {
        return 0.0;
    }
    let means = mean_logs(matrix);
    let mut logs = matrix.logs().iter();
    let mut squares = 0.0;
    for i in 0..n {
        for (j, &log) in (i + 1..n).zip(&mut logs) {
            let residual = log - (means[i] - means[j]);
            squares += residual * residual;
        }
    }
    2.0 * squares / ((n - 1) * (n - 2)) as f64
}
