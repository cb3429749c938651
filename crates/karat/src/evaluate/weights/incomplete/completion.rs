//! Three ways to deal with missing judgments.

use karat_scorer::numerics::exp;
use karat_scorer::{Error, Result};

use super::super::ahp::unknown_name;
use super::super::judgments::PairwiseMatrix;
use super::super::perron::perron;
use super::cycles::on_cycle;
use super::harker::harker;
use super::least_squares;
use super::matrix::IncompleteMatrix;
use super::optimal::Solver;

/// How missing judgments are dealt with. All three agree when the judgments given are consistent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Completion {
    /// Missing judgments take the values that make the principal eigenvalue least: those that contradict the
    /// judgments given as little as possible (Bozoki, Fulop and Ronyai, 2010).
    #[default]
    Optimal,
    /// A missing judgment is replaced by the ratio of the weights sought (Harker, 1987).
    Harker,
    /// Weights that fit the judgments given best in logarithms, without the missing ones (Kwiesielewicz, 1996;
    /// Bozoki and Tsyganok, 2019).
    LogLeastSquares,
}

impl Completion {
    /// Every way, in the order of this documentation.
    pub const ALL: [Completion; 3] = [Completion::Optimal, Completion::Harker, Completion::LogLeastSquares];

    /// The name plan files use: `optimal`, `harker`, `log_least_squares`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Completion::Optimal => "optimal",
            Completion::Harker => "harker",
            Completion::LogLeastSquares => "log_least_squares",
        }
    }

    /// The way with this name.
    ///
    /// # Errors
    /// [`Error::Argument`] with the nearest name.
    ///
    /// ```
    /// use karat::evaluate::weights::Completion;
    /// assert_eq!(Completion::from_name("harker")?, Completion::Harker);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn from_name(name: &str) -> Result<Completion> {
        let found = Completion::ALL.into_iter().find(|completion| completion.name() == name);
        found.ok_or_else(|| unknown_name("completion", name, Completion::ALL.map(Completion::name)))
    }
}

/// A judgment nobody gave, as the others imply it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FilledJudgment {
    /// Positions (i, j) of the two items, i < j.
    pub pair: (usize, usize),
    /// Name of item i.
    pub first: String,
    /// Name of item j.
    pub second: String,
    /// How many times item i is as important as item j according to the completion.
    pub value: f64,
}

/// An incomplete matrix with its gaps filled.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CompletedMatrix {
    /// How.
    pub completion: Completion,
    /// The judgments given and the values filled in.
    pub matrix: PairwiseMatrix,
    /// The values filled in, in the order of the labels.
    pub filled: Vec<FilledJudgment>,
    /// Weights, positive, sum 1: the principal eigenvector of `matrix` for the optimal completion, that of
    /// Harker's matrix, or the least squares fit.
    pub weights: Vec<f64>,
    /// Principal eigenvalue of `matrix`; for [`Completion::Harker`] that of Harker's matrix, whose missing
    /// entries are 0 and whose diagonal counts them.
    pub lambda_max: f64,
    /// Proven lower and upper bound of it (Collatz-Wielandt).
    pub lambda_bounds: (f64, f64),
    /// Newton steps of the optimal completion, inverse iterations of Harker's method, 0 for least squares.
    pub iterations: u32,
    /// Whether the iteration reached the optimum to the digits of a double. It does for any judgments that
    /// people make; judgments that contradict each other by factors of many millions may end it early.
    pub converged: bool,
}

impl IncompleteMatrix {
    /// Fills the gaps.
    ///
    /// Costs some ten microseconds for 8 items, a few milliseconds for 64, however many pairs are missing.
    ///
    /// # Errors
    /// [`Error::Judgment`] when the judgments given contradict each other so wildly that the values filled in
    /// leave the range of doubles.
    ///
    /// ```
    /// use karat::evaluate::weights::{Completion, IncompleteMatrix};
    /// let matrix = IncompleteMatrix::from_text(&["a", "b", "c", "d"], &[
    ///     "a 1 b", "a 5 c", "a 2 d", "b 3 c", "b 4 d",
    /// ])?;
    /// let completed = matrix.complete(Completion::Optimal)?;
    /// // Bozoki, Fulop and Ronyai (2010) print 0.7303.
    /// assert_eq!(format!("{:.4}", completed.filled[0].value), "0.7303");
    /// assert!((completed.lambda_max - 4.092_367_293_939_255).abs() < 1e-13);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn complete(&self, completion: Completion) -> Result<CompletedMatrix> {
        match completion {
            Completion::Optimal => self.complete_optimally(),
            Completion::Harker => {
                let start = least_squares::log_weights(self);
                let found = harker(self, &start);
                let n = self.size() as f64;
                let ratio = |i: usize, j: usize| found.weights[i] / found.weights[j];
                let (matrix, filled) = self.filled(ratio)?;
                Ok(CompletedMatrix {
                    completion,
                    matrix,
                    filled,
                    lambda_max: if found.bounds.0 <= n { n } else { found.lambda_max },
                    lambda_bounds: found.bounds,
                    weights: found.weights,
                    iterations: found.steps,
                    converged: true,
                })
            }
            Completion::LogLeastSquares => {
                let logs = least_squares::log_weights(self);
                let (matrix, filled) = self.filled(|i, j| exp(logs[i] - logs[j]))?;
                let weights = least_squares::weights(&logs);
                Ok(self.described(completion, matrix, filled, Some(weights), (0, true)))
            }
        }
    }

    fn complete_optimally(&self) -> Result<CompletedMatrix> {
        let n = self.size();
        let cyclic = on_cycle(n, self.judged());
        let (mut edges, mut logs, mut bridges) = (Vec::new(), Vec::new(), Vec::new());
        let mut open = self.missing();
        for ((&pair, &log), on) in self.judged().iter().zip(self.logs()).zip(cyclic) {
            if on {
                edges.push(pair);
                logs.push(log);
            } else {
                bridges.push((pair, log));
                open.push(pair);
            }
        }
        let components = components(n, &edges);
        let mut solver = Solver::new(n, edges, open);
        let solution = solver.solve(&logs);
        // ln of a missing judgment is the difference of these plus half that of the log shares, turned round.
        let mut potential: Vec<f64> = (0..n).map(|i| solver.potential(i)).collect();
        join(&mut potential, components, &bridges, |i, j| 0.5 * (solver.log_share(i) - solver.log_share(j)));
        let value = |i: usize, j: usize| {
            exp(potential[i] - potential[j] + 0.5 * (solver.log_share(j) - solver.log_share(i)))
        };
        let (matrix, filled) = self.filled(value)?;
        Ok(self.described(Completion::Optimal, matrix, filled, None, (solution.steps, solution.converged)))
    }

    /// The complete matrix with `value(i, j)` at every missing pair i < j.
    fn filled(&self, value: impl Fn(usize, usize) -> f64) -> Result<(PairwiseMatrix, Vec<FilledJudgment>)> {
        let mut filled = Vec::new();
        for (i, j) in self.missing() {
            let (first, second) = (self.labels()[i].clone(), self.labels()[j].clone());
            let value = value(i, j);
            if !(1e-60..1e60).contains(&value) {
                return Err(Error::Judgment(format!(
                    "the judgments given contradict each other so strongly that nothing sensible can stand for \
                     `{first}` vs `{second}`; mend the judgments that diagnosis names, or compare these two"
                )));
            }
            filled.push(FilledJudgment { pair: (i, j), first, second, value });
        }
        let added = filled.iter().map(|judgment| (judgment.pair.0, judgment.pair.1, judgment.value));
        let matrix =
            PairwiseMatrix::from_upper(self.labels().to_vec(), self.given().into_iter().chain(added));
        Ok((matrix, filled))
    }

    fn described(
        &self,
        completion: Completion,
        matrix: PairwiseMatrix,
        filled: Vec<FilledJudgment>,
        weights: Option<Vec<f64>>,
        (iterations, converged): (u32, bool),
    ) -> CompletedMatrix {
        let n = self.size() as f64;
        let principal = perron(&matrix);
        CompletedMatrix {
            completion,
            matrix,
            filled,
            weights: weights.unwrap_or(principal.vector),
            lambda_max: if principal.bounds.0 <= n { n } else { principal.lambda },
            lambda_bounds: principal.bounds,
            iterations,
            converged,
        }
    }
}

/// For every item the first item of its component under `edges`.
pub(super) fn components(n: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut root: Vec<usize> = (0..n).collect();
    for &(i, j) in edges {
        merge(&mut root, i, j);
    }
    root
}

fn merge(root: &mut [usize], i: usize, j: usize) {
    let (from, to) = (root[i].max(root[j]), root[i].min(root[j]));
    root.iter_mut().filter(|r| **r == from).for_each(|r| *r = to);
}

/// Shifts components so that `potential_i - potential_j` is `ln a_ij + lean(i, j)` along every bridge.
fn join(
    potential: &mut [f64],
    mut root: Vec<usize>,
    bridges: &[((usize, usize), f64)],
    lean: impl Fn(usize, usize) -> f64,
) {
    for &((i, j), log) in bridges {
        let shift = potential[i] - potential[j] - log - lean(i, j);
        let moved = root[j];
        for (value, _) in potential.iter_mut().zip(&root).filter(|(_, r)| **r == moved) {
            *value += shift;
        }
        merge(&mut root, i, j);
    }
}
