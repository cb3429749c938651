//! Which of the judgments given contradicts the others.

use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};

use super::super::ahp::Ahp;
use super::super::diagnosis::{Diagnosis, PairDiagnosis, SingleChange, check_threshold, exceeds, rank};
use super::super::finding::Finding;
use super::super::scale::{SAATY_SCALE, judgment_text, log_distance, nearest_on_scale};
use super::super::suspicion::suspicions_among;
use super::completion::Completion;
use super::cycles::on_cycle;
use super::least_squares;
use super::matrix::IncompleteMatrix;
use super::optimal::Solver;
use super::priorities::IncompletePriorities;
use super::random_index::GraphRandomIndex;

/// The judgments on cycles, one of which may be changed again and again.
struct Trial<'a> {
    matrix: &'a IncompleteMatrix,
    solver: Solver,
    /// Positions among the judged pairs.
    edges: Vec<usize>,
    logs: Vec<f64>,
    random_index: f64,
}

impl<'a> Trial<'a> {
    fn new(matrix: &'a IncompleteMatrix, random_index: f64) -> Trial<'a> {
        let n = matrix.size();
        let cyclic = on_cycle(n, matrix.judged());
        let (edges, bridges): (Vec<usize>, Vec<usize>) =
            (0..matrix.judged().len()).partition(|&at| cyclic[at]);
        let pairs = |positions: &[usize]| positions.iter().map(|&at| matrix.judged()[at]).collect::<Vec<_>>();
        let open = [pairs(&bridges), matrix.missing()].concat();
        let solver = Solver::new(n, pairs(&edges), open);
        let logs = edges.iter().map(|&at| matrix.logs()[at]).collect();
        Trial { matrix, solver, edges, logs, random_index }
    }

    /// CR with the judgment of one edge replaced by a value of Saaty's scale.
    fn change(&mut self, edge: usize, to: usize) -> SingleChange {
        let n = self.matrix.size() as f64;
        let (i, j) = self.matrix.judged()[self.edges[edge]];
        let from = self.matrix.judgment(i, j).unwrap_or(1.0);
        let before = std::mem::replace(&mut self.logs[edge], ln(SAATY_SCALE[to]));
        let index = (self.solver.solve(&self.logs).lambda - n) / (n - 1.0);
        self.logs[edge] = before;
        SingleChange {
            pair: (i, j),
            first: self.matrix.labels()[i].clone(),
            second: self.matrix.labels()[j].clone(),
            from,
            to: SAATY_SCALE[to],
            steps: to.abs_diff(nearest_on_scale(from)),
            consistency_ratio: if self.random_index > 0.0 { index / self.random_index } else { 0.0 },
        }
    }

    fn sufficient_changes(&mut self, edge: usize, threshold: f64) -> Vec<SingleChange> {
        let (i, j) = self.matrix.judged()[self.edges[edge]];
        let given = nearest_on_scale(self.matrix.judgment(i, j).unwrap_or(1.0));
        let others = (0..SAATY_SCALE.len()).filter(|&to| to != given);
        others
            .map(|to| self.change(edge, to))
            .filter(|change| change.consistency_ratio <= threshold)
            .collect()
    }
}

impl Ahp {
    /// As [`diagnose`](Ahp::diagnose), for a matrix in which judgments may be missing: compares every judgment
    /// with what the weights and the other judgments imply.
    ///
    /// Judgments on no cycle are left out, since nothing can contradict them. What the others imply is their
    /// least squares fit without the judgment.
    ///
    /// # Errors
    /// As [`priorities_incomplete`](Ahp::priorities_incomplete).
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, IncompleteMatrix};
    /// // `b` vs `d` is missing, and `a` vs `c` was turned round.
    /// let matrix = IncompleteMatrix::from_text(&["a", "b", "c", "d"], &[
    ///     "a 2 b", "b 3 c", "a 1/6 c", "c 1 d", "a 6 d",
    /// ])?;
    /// let diagnosis = Ahp::new().diagnose_incomplete(&matrix)?;
    /// assert_eq!((diagnosis.pairs[0].pair, diagnosis.changes[0].to), ((0, 2), 6.0));
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn diagnose_incomplete(&self, matrix: &IncompleteMatrix) -> Result<Diagnosis> {
        if let Some(complete) = matrix.to_complete() {
            return self.diagnose(&complete);
        }
        let priorities = self.priorities_incomplete(matrix, Completion::Optimal)?;
        Ok(diagnosed(matrix, &priorities))
    }

    /// As [`repairs`](Ahp::repairs), for a matrix in which judgments may be missing.
    ///
    /// # Errors
    /// As [`repairs`](Ahp::repairs) and [`priorities_incomplete`](Ahp::priorities_incomplete).
    pub fn repairs_incomplete(&self, matrix: &IncompleteMatrix, threshold: f64) -> Result<Vec<SingleChange>> {
        if let Some(complete) = matrix.to_complete() {
            return self.repairs(&complete, threshold);
        }
        check_threshold(threshold)?;
        let index = GraphRandomIndex::new().value(matrix)?;
        let mut trial = Trial::new(matrix, index.value);
        let mut found: Vec<SingleChange> =
            (0..trial.edges.len()).flat_map(|edge| trial.sufficient_changes(edge, threshold)).collect();
        found.sort_by_key(|change| (change.steps, rank(change.consistency_ratio)));
        Ok(found)
    }

    /// The priorities, when the consistency ratio by the random index of the comparison graph stays below
    /// `threshold`.
    ///
    /// # Errors
    /// [`Error::Judgment`] otherwise, as in [`check_consistency`](Ahp::check_consistency).
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, Completion, IncompleteMatrix};
    /// let circle = IncompleteMatrix::from_text(&["a", "b", "c", "d"], &["a 2 b", "b 3 c", "c 9 a", "a 2 d"])?;
    /// let error = Ahp::new().check_consistency_incomplete(&circle, Completion::Optimal, 0.10).unwrap_err();
    /// assert!(error.to_string().contains("2 of 6 pairs missing"), "{error}");
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn check_consistency_incomplete(
        &self,
        matrix: &IncompleteMatrix,
        completion: Completion,
        threshold: f64,
    ) -> Result<IncompletePriorities> {
        let priorities = self.priorities_incomplete(matrix, completion)?;
        match self.inconsistency_incomplete(matrix, &priorities, threshold)? {
            None => Ok(priorities),
            Some(finding) => Err(Error::Judgment(format!("{}; {}", finding.fact, finding.proposal))),
        }
    }

    /// What [`check_consistency_incomplete`](Self::check_consistency_incomplete) would object to, as the
    /// finding `W102`; `None` below the threshold.
    ///
    /// # Errors
    /// As [`inconsistency`](Ahp::inconsistency).
    pub fn inconsistency_incomplete(
        &self,
        matrix: &IncompleteMatrix,
        found: &IncompletePriorities,
        threshold: f64,
    ) -> Result<Option<Finding>> {
        if let Some(complete) = matrix.to_complete() {
            return self.inconsistency(&complete, &found.priorities, threshold);
        }
        check_threshold(threshold)?;
        if found.priorities.weights.len() != matrix.size() {
            let weights = found.priorities.weights.len();
            return Err(Error::shape("weights, one for each item of the matrix", matrix.size(), weights));
        }
        if found.priorities.consistency_ratio < threshold {
            return Ok(None);
        }
        let diagnosis = diagnosed(matrix, found);
        let (Some(worst), Some(best)) = (diagnosis.pairs.first(), diagnosis.changes.first()) else {
            return Ok(None);
        };
        let n = matrix.size();
        let index = found.priorities.random_index;
        let place = format!("`{}` vs `{}`", worst.first, worst.second);
        let fact = format!(
            "consistency ratio {} (random index {:.4}, {}, n = {n}, {} of {} pairs missing); most inconsistent: \
             {place} (given {}, the others imply {})",
            exceeds(found.priorities.consistency_ratio, threshold),
            index.value,
            index.table,
            found.missing.len(),
            n * (n - 1) / 2,
            judgment_text(worst.given),
            judgment_text(worst.others_imply),
        );
        let mut proposal = format!(
            "the best single change is `{}` vs `{}` from {} to {}, which gives {:.3}",
            best.first,
            best.second,
            judgment_text(best.from),
            judgment_text(best.to),
            best.consistency_ratio
        );
        if best.consistency_ratio >= threshold {
            proposal += "; none of these single changes suffices, so review several judgments";
        }
        Ok(Some(Finding::new("W102", place, fact, proposal)))
    }
}

fn diagnosed(matrix: &IncompleteMatrix, found: &IncompletePriorities) -> Diagnosis {
    let n = matrix.size();
    let weights = &found.priorities.weights;
    let fit = least_squares::log_weights(matrix);
    let covariance = least_squares::covariance(matrix);
    let mut trial = Trial::new(matrix, found.priorities.random_index.value);
    let judged: Vec<_> = matrix
        .judged()
        .iter()
        .zip(matrix.logs())
        .map(|(&(i, j), &log)| (i, j, matrix.judgment(i, j).unwrap_or(1.0), log))
        .collect();
    let suspicions = suspicions_among(n, &judged);
    let (mut pairs, mut changes) = (Vec::new(), Vec::new());
    for edge in 0..trial.edges.len() {
        let at = trial.edges[edge];
        let ((i, j), log) = (matrix.judged()[at], matrix.logs()[at]);
        // The share of the judgment in its own fitted value; what is left of it belongs to the others.
        let leverage = covariance[i * n + i] + covariance[j * n + j] - 2.0 * covariance[i * n + j];
        let others = log - (log - (fit[i] - fit[j])) / (1.0 - leverage);
        let given = matrix.judgment(i, j).unwrap_or(1.0);
        let ratio = given * weights[j] / weights[i];
        let others_imply = exp(others);
        pairs.push(PairDiagnosis {
            pair: (i, j),
            first: matrix.labels()[i].clone(),
            second: matrix.labels()[j].clone(),
            given,
            weights_imply: weights[i] / weights[j],
            others_imply,
            ratio_error: if ratio >= 1.0 { ratio } else { 1.0 / ratio },
            suspicion: suspicions.get(at).copied().unwrap_or(0.0),
            suggested: SAATY_SCALE[nearest_on_scale(others_imply)],
        });
        changes.push(trial.change(edge, nearest_on_scale(others_imply)));
    }
    pairs.sort_by_key(|pair| std::cmp::Reverse((rank(pair.suspicion), rank(log_distance(pair.ratio_error)))));
    changes.sort_by_key(|change| (rank(change.consistency_ratio), change.steps));
    Diagnosis { pairs, changes }
}
