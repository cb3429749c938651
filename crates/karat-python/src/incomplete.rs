//! Pairwise judgments of which some are missing.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use karat::evaluate::weights::{Completion, IncompleteMatrix, IncompletePriorities};
use numpy::ndarray::Array2;
use numpy::{PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::diagnosis::{PairRow, TriadRow, rows_of_diagnosis, triad_row};
use crate::error::{detached, raise};
use crate::judgments::{Change, Judgments, ahp, change, describe};

/// A reciprocal matrix of judgments of which some may be missing.
#[pyclass(module = "karat._karat", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct IncompleteJudgments {
    matrix: IncompleteMatrix,
}

/// `(first, second, implied, variance, variance_removed)`.
type Question = (String, String, f64, f64, f64);

fn completion(py: Python<'_>, name: &str) -> PyResult<Completion> {
    Completion::from_name(name).map_err(|error| raise(py, &error))
}

impl IncompleteJudgments {
    fn new(py: Python<'_>, matrix: karat::Result<IncompleteMatrix>) -> PyResult<IncompleteJudgments> {
        Ok(IncompleteJudgments { matrix: matrix.map_err(|error| raise(py, &error))? })
    }

    fn described<'py>(&self, py: Python<'py>, found: &IncompletePriorities) -> PyResult<Bound<'py, PyDict>> {
        let result = describe(py, &found.priorities)?;
        result.set_item("completion", found.completed.completion.name())?;
        let filled = found.completed.filled.iter();
        let filled: Vec<(&str, &str, f64)> =
            filled.map(|f| (f.first.as_str(), f.second.as_str(), f.value)).collect();
        result.set_item("filled", filled)?;
        let finding = found.finding("judgments", &self.matrix);
        result.set_item("finding", finding.map(|f| (f.code, f.place, f.fact, f.proposal)))?;
        Ok(result)
    }
}

#[pymethods]
impl IncompleteJudgments {
    /// From rows in which NaN stands for a missing judgment.
    #[staticmethod]
    fn from_rows(py: Python<'_>, labels: Vec<String>, rows: Vec<Vec<f64>>) -> PyResult<IncompleteJudgments> {
        IncompleteJudgments::new(py, IncompleteMatrix::from_rows(&labels, &rows))
    }

    /// From judgments `(first, second, value)`, every pair at most once.
    #[staticmethod]
    fn from_judgments(
        py: Python<'_>,
        labels: Vec<String>,
        judgments: Vec<(String, String, f64)>,
    ) -> PyResult<IncompleteJudgments> {
        IncompleteJudgments::new(py, IncompleteMatrix::from_judgments(&labels, &judgments))
    }

    /// From texts such as `"revenue 3 activity"`, every pair at most once.
    #[staticmethod]
    fn from_text(py: Python<'_>, labels: Vec<String>, texts: Vec<String>) -> PyResult<IncompleteJudgments> {
        IncompleteJudgments::new(py, IncompleteMatrix::from_text(&labels, &texts))
    }

    #[getter]
    fn labels(&self) -> Vec<String> {
        self.matrix.labels().to_vec()
    }

    /// Missing pairs, in the order of the labels.
    fn missing(&self) -> Vec<(String, String)> {
        let name = |i: usize| self.matrix.labels()[i].clone();
        self.matrix.missing().into_iter().map(|(i, j)| (name(i), name(j))).collect()
    }

    /// The complete matrix, or None when a judgment is missing.
    fn to_complete(&self) -> Option<Judgments> {
        self.matrix.to_complete().map(|matrix| Judgments { matrix })
    }

    /// The matrix, of shape n × n, NaN where a judgment is missing.
    fn to_array<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        let n = self.matrix.size();
        Array2::from_shape_fn((n, n), |(i, j)| self.matrix.judgment(i, j).unwrap_or(f64::NAN)).to_pyarray(py)
    }

    /// The same judgments with one added or replaced.
    fn with_judgment(
        &self,
        py: Python<'_>,
        first: &str,
        second: &str,
        value: f64,
    ) -> PyResult<IncompleteJudgments> {
        IncompleteJudgments::new(py, self.matrix.with_judgment(first, second, value))
    }

    /// The judgments with the gaps filled.
    fn complete(&self, py: Python<'_>, method: &str) -> PyResult<Judgments> {
        let method = completion(py, method)?;
        let completed = detached(py, || self.matrix.complete(method))?;
        Ok(Judgments { matrix: completed.matrix })
    }

    /// Missing pairs that would tell most, the best first.
    fn ask_next(&self, count: usize) -> Vec<Question> {
        let questions = self.matrix.ask_next(count).into_iter();
        questions.map(|q| (q.first, q.second, q.implied, q.variance, q.variance_removed)).collect()
    }

    /// The triads of which every judgment was given, the most inconsistent first.
    fn triads(&self, py: Python<'_>) -> PyResult<Vec<TriadRow>> {
        let completed = detached(py, || self.matrix.complete(Completion::default()))?;
        let given = |i: usize, j: usize| self.matrix.judgment(i, j).is_some();
        let triads = completed.matrix.triads().into_iter().filter(|triad| {
            let (i, j, k) = triad.positions;
            given(i, j) && given(j, k) && given(i, k)
        });
        Ok(triads.map(triad_row).collect())
    }

    /// Weights and consistency.
    #[pyo3(signature = (method, random_index, completion = "optimal"))]
    fn priorities<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        random_index: &str,
        completion: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (ahp, way) = (ahp(py, method, random_index)?, self::completion(py, completion)?);
        self.described(py, &detached(py, || ahp.priorities_incomplete(&self.matrix, way))?)
    }

    /// As `priorities`; raises when the consistency ratio reaches `threshold`.
    #[pyo3(signature = (threshold, method, random_index, completion = "optimal"))]
    fn check<'py>(
        &self,
        py: Python<'py>,
        threshold: f64,
        method: &str,
        random_index: &str,
        completion: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (ahp, way) = (ahp(py, method, random_index)?, self::completion(py, completion)?);
        self.described(py, &detached(py, || ahp.check_consistency_incomplete(&self.matrix, way, threshold))?)
    }

    /// Every pair beside what the others imply, and changes.
    fn diagnose(
        &self,
        py: Python<'_>,
        method: &str,
        random_index: &str,
    ) -> PyResult<(Vec<PairRow>, Vec<Change>)> {
        let ahp = ahp(py, method, random_index)?;
        let diagnosis = detached(py, || ahp.diagnose_incomplete(&self.matrix))?;
        Ok(rows_of_diagnosis(diagnosis))
    }

    /// Every single change that brings the consistency ratio to the threshold or below.
    fn repairs(&self, py: Python<'_>, threshold: f64, random_index: &str) -> PyResult<Vec<Change>> {
        let ahp = ahp(py, "eigenvector", random_index)?;
        let found = detached(py, || ahp.repairs_incomplete(&self.matrix, threshold))?;
        Ok(found.into_iter().map(change).collect())
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<IncompleteJudgments>()
}
