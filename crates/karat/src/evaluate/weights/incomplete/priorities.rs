//! Weights and consistency of incomplete judgments.

use karat_scorer::Result;

use super::super::ahp::{Ahp, Priorities, PriorityMethod};
use super::super::finding::Finding;
use super::super::scale::judgment_text;
use super::completion::{CompletedMatrix, Completion};
use super::least_squares;
use super::matrix::IncompleteMatrix;
use super::random_index::GraphRandomIndex;

/// Weights of incomplete judgments with everything needed to defend them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IncompletePriorities {
    /// Weights and consistency. Whatever the completion, `lambda_max`, CI and CR are those of the optimal one,
    /// the least that any values in the gaps allow: they belong to the judgments given. The random index is
    /// that of the comparison graph, and the GCI the residual variance of the judgments given around their
    /// least squares fit, divided by the degrees of freedom that these judgments leave, which is the usual
    /// formula when none is missing; both ratio and GCI are 0 when no judgment lies on a cycle. The usual
    /// limits of GCI were set for complete matrices.
    pub priorities: Priorities,
    /// How the gaps were filled, and the eigenvalue of the matrix that came of it.
    pub completed: CompletedMatrix,
    /// Missing pairs (i, j), i < j.
    pub missing: Vec<(usize, usize)>,
    /// Judgments beyond the n - 1 that fix the weights: only these can contradict.
    pub degrees_of_freedom: usize,
}

impl Ahp {
    /// Weights and consistency of a matrix in which judgments may be missing.
    ///
    /// The method of the weights applies to the optimal completion;
    /// [`Completion::Harker`] brings its own eigenvector, and [`Completion::LogLeastSquares`] is the geometric
    /// mean carried over to incomplete matrices. Published tables of random indices know complete matrices
    /// only, so the random index is that of the matrix's own comparison graph whatever the table chosen; the
    /// table counts when nothing is missing.
    ///
    /// # Errors
    /// As [`priorities`](Ahp::priorities) and [`IncompleteMatrix::complete`].
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, Completion, IncompleteMatrix};
    /// let matrix = IncompleteMatrix::from_text(&["a", "b", "c", "d"], &[
    ///     "a 1 b", "a 5 c", "a 2 d", "b 3 c", "b 4 d",
    /// ])?;
    /// let found = Ahp::new().priorities_incomplete(&matrix, Completion::Optimal)?;
    /// assert_eq!(format!("{:.4}", found.priorities.weights[1]), "0.3920");
    /// // 0.884 is the random index of 4 items; one missing pair leaves 0.577.
    /// assert_eq!(format!("{:.6}", found.priorities.random_index.value), "0.577406");
    /// assert_eq!(format!("{:.4}", found.priorities.consistency_ratio), "0.0533");
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn priorities_incomplete(
        &self,
        matrix: &IncompleteMatrix,
        completion: Completion,
    ) -> Result<IncompletePriorities> {
        self.priorities_incomplete_by(matrix, completion, GraphRandomIndex::new())
    }

    /// The same with a random index simulated to another precision.
    ///
    /// # Errors
    /// As [`priorities_incomplete`](Self::priorities_incomplete), and for fewer than 10 draws.
    pub fn priorities_incomplete_by(
        &self,
        matrix: &IncompleteMatrix,
        completion: Completion,
        random_index: GraphRandomIndex,
    ) -> Result<IncompletePriorities> {
        let missing = matrix.missing();
        let optimal = matrix.complete(Completion::Optimal)?;
        let mut priorities = if missing.is_empty() {
            self.priorities(&optimal.matrix)?
        } else {
            let mut own = Ahp::new().method(self.method).priorities(&optimal.matrix)?;
            own.random_index = random_index.value(matrix)?;
            own.consistency_ratio = own.random_index.ratio(own.consistency_index);
            own
        };
        let degrees_of_freedom = matrix.judged().len() + 1 - matrix.size();
        if !missing.is_empty() {
            let squares = least_squares::squares(matrix, &least_squares::log_weights(matrix));
            priorities.geometric_consistency_index =
                if degrees_of_freedom == 0 { 0.0 } else { squares / degrees_of_freedom as f64 };
        }
        let completed = match completion {
            Completion::Optimal => optimal,
            Completion::Harker | Completion::LogLeastSquares => {
                let completed = matrix.complete(completion)?;
                if !missing.is_empty() {
                    priorities.weights.clone_from(&completed.weights);
                    priorities.method = match completion {
                        Completion::LogLeastSquares => PriorityMethod::GeometricMean,
                        Completion::Optimal | Completion::Harker => PriorityMethod::Eigenvector,
                    };
                }
                completed
            }
        };
        Ok(IncompletePriorities { priorities, completed, missing, degrees_of_freedom })
    }
}

impl IncompletePriorities {
    /// What is missing and how it was dealt with, as the finding `W110` for a report; `None` when nothing is.
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, Completion, IncompleteMatrix};
    /// let matrix = IncompleteMatrix::from_text(
    ///     &["revenue", "activity", "loyalty"],
    ///     &["revenue 4 activity", "revenue 5 loyalty"],
    /// )?;
    /// let found = Ahp::new().priorities_incomplete(&matrix, Completion::Optimal)?;
    /// assert_eq!(
    ///     found.finding("root", &matrix).unwrap().to_string(),
    ///     "W110 root: 1 of 3 pairs missing; next best question: activity vs loyalty (the others imply 1.25; \
    ///      completed by optimal)"
    /// );
    /// # Ok::<(), karat::Error>(())
    /// ```
    #[must_use]
    pub fn finding(&self, place: &str, matrix: &IncompleteMatrix) -> Option<Finding> {
        let n = matrix.size();
        let question = matrix.ask_next(1).into_iter().next()?;
        let fact = format!("{} of {} pairs missing", self.missing.len(), n * (n - 1) / 2);
        let early = if self.completed.converged { "" } else { ", which ended before its optimum" };
        let proposal = format!(
            "next best question: {} vs {} (the others imply {}; completed by {}{early})",
            question.first,
            question.second,
            judgment_text(question.implied),
            self.completed.completion.name(),
        );
        Some(Finding::new("W110", place, fact, proposal))
    }
}
