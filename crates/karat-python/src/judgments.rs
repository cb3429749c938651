//! Pairwise judgments and the weights that follow.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use karat::Error;
use karat::evaluate::weights::{
    self, Ahp, Combination, Finding, PairwiseMatrix, Priorities, PriorityMean, PriorityMethod, RandomIndex,
    SingleChange,
};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::diagnosis::{PairRow, rows_of_diagnosis};
use crate::error::{detached, raise};

/// A positive reciprocal matrix of judgments.
#[pyclass(module = "karat._karat", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct Judgments {
    pub(crate) matrix: PairwiseMatrix,
}

/// `(first, second, from, to, steps, consistency_ratio)`.
pub(crate) type Change = (String, String, f64, f64, usize, f64);

pub(crate) fn change(change: SingleChange) -> Change {
    let SingleChange { first, second, from, to, steps, consistency_ratio, .. } = change;
    (first, second, from, to, steps, consistency_ratio)
}

pub(crate) fn ahp(py: Python<'_>, method: &str, random_index: &str) -> PyResult<Ahp> {
    let method = PriorityMethod::from_name(method).map_err(|error| raise(py, &error))?;
    let table = RandomIndex::from_name(random_index).map_err(|error| raise(py, &error))?;
    Ok(Ahp::new().method(method).random_index(table))
}

#[pymethods]
impl Judgments {
    /// From a full matrix, one row per label.
    #[staticmethod]
    fn from_rows(py: Python<'_>, labels: Vec<String>, rows: Vec<Vec<f64>>) -> PyResult<Judgments> {
        let matrix = PairwiseMatrix::from_rows(&labels, &rows).map_err(|error| raise(py, &error))?;
        Ok(Judgments { matrix })
    }

    /// From judgments `(first, second, value)`, every pair once.
    #[staticmethod]
    fn from_judgments(
        py: Python<'_>,
        labels: Vec<String>,
        judgments: Vec<(String, String, f64)>,
    ) -> PyResult<Judgments> {
        let matrix = PairwiseMatrix::from_judgments(&labels, &judgments);
        Ok(Judgments { matrix: matrix.map_err(|error| raise(py, &error))? })
    }

    /// From texts such as `"revenue 3 activity"`, every pair once.
    #[staticmethod]
    fn from_text(py: Python<'_>, labels: Vec<String>, texts: Vec<String>) -> PyResult<Judgments> {
        let matrix = PairwiseMatrix::from_text(&labels, &texts).map_err(|error| raise(py, &error))?;
        Ok(Judgments { matrix })
    }

    #[getter]
    fn labels(&self) -> Vec<String> {
        self.matrix.labels().to_vec()
    }

    /// The matrix, of shape n × n.
    fn to_array<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        let n = self.matrix.size();
        Array2::from_shape_fn((n, n), |(i, j)| self.matrix.judgment(i, j)).to_pyarray(py)
    }

    /// The same judgments with one replaced.
    fn with_judgment(&self, py: Python<'_>, first: &str, second: &str, value: f64) -> PyResult<Judgments> {
        let matrix = self.matrix.with_judgment(first, second, value);
        Ok(Judgments { matrix: matrix.map_err(|error| raise(py, &error))? })
    }

    /// Weights and consistency.
    fn priorities<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        random_index: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let ahp = ahp(py, method, random_index)?;
        describe(py, &detached(py, || ahp.priorities(&self.matrix))?)
    }

    /// As `priorities`; raises when the consistency ratio reaches `threshold`.
    fn check<'py>(
        &self,
        py: Python<'py>,
        threshold: f64,
        method: &str,
        random_index: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let ahp = ahp(py, method, random_index)?;
        describe(py, &detached(py, || ahp.check_consistency(&self.matrix, threshold))?)
    }

    /// Every pair beside what the others imply, and changes.
    fn diagnose(
        &self,
        py: Python<'_>,
        method: &str,
        random_index: &str,
    ) -> PyResult<(Vec<PairRow>, Vec<Change>)> {
        let ahp = ahp(py, method, random_index)?;
        let diagnosis = detached(py, || ahp.diagnose(&self.matrix))?;
        Ok(rows_of_diagnosis(diagnosis))
    }

    /// Every single change that brings the consistency ratio to the threshold or below.
    fn repairs(&self, py: Python<'_>, threshold: f64, random_index: &str) -> PyResult<Vec<Change>> {
        let ahp = ahp(py, PriorityMethod::default().name(), random_index)?;
        let found = detached(py, || ahp.repairs(&self.matrix, threshold))?;
        Ok(found.into_iter().map(change).collect())
    }
}

pub(crate) fn describe<'py>(py: Python<'py>, priorities: &Priorities) -> PyResult<Bound<'py, PyDict>> {
    let result = PyDict::new(py);
    result.set_item("weights", PyArray1::from_slice(py, &priorities.weights))?;
    result.set_item("method", priorities.method.name())?;
    result.set_item("lambda_max", priorities.lambda_max)?;
    result.set_item("lambda_bounds", priorities.lambda_bounds)?;
    result.set_item("consistency_index", priorities.consistency_index)?;
    result.set_item("consistency_ratio", priorities.consistency_ratio)?;
    result.set_item("geometric_consistency_index", priorities.geometric_consistency_index)?;
    let index = &priorities.random_index;
    result.set_item("findings", rows_of(priorities.findings.clone()))?;
    result.set_item("random_index", (index.table, index.value, index.standard_error, index.extrapolated))?;
    Ok(result)
}

/// Two items and the value that stands between them in a text.
#[pyfunction]
fn parse_judgment(py: Python<'_>, text: &str, labels: Vec<String>) -> PyResult<(String, String, f64)> {
    let judgment = weights::Judgment::parse(text, &labels).map_err(|error| raise(py, &error))?;
    Ok((judgment.first, judgment.second, judgment.value))
}

/// `(code, place, fact, proposal)`.
pub(crate) type FindingRow = (&'static str, String, String, String);

pub(crate) fn rows_of(findings: Vec<Finding>) -> Vec<FindingRow> {
    findings.into_iter().map(|found| (found.code, found.place, found.fact, found.proposal)).collect()
}

/// Combined weights, coefficients used, coefficients of the published formula, findings.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "an array, two pairs and a list of rows")]
fn combine_weights<'py>(
    py: Python<'py>,
    expert: Vec<f64>,
    data: Vec<f64>,
    how: &str,
    share: f64,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Option<[f64; 2]>, Option<[f64; 2]>, Vec<FindingRow>)> {
    let how = combination(py, how, share)?;
    let combined = weights::combine(&expert, &data, how).map_err(|error| raise(py, &error))?;
    Ok((
        PyArray1::from_vec(py, combined.weights),
        combined.coefficients,
        combined.published_coefficients,
        rows_of(combined.findings),
    ))
}

/// The combination of a name.
pub(crate) fn combination(py: Python<'_>, how: &str, share: f64) -> PyResult<Combination> {
    match how {
        "linear" => Ok(Combination::Linear { share }),
        "multiplicative" => Ok(Combination::Multiplicative),
        "geometric" | "minimum_relative_entropy" => Ok(Combination::Geometric),
        "game_theory" => Ok(Combination::GameTheory),
        other => {
            let rule =
                "must be one of linear, multiplicative, geometric, minimum_relative_entropy, game_theory";
            Err(raise(py, &Error::argument("how", rule, format!("`{other}`"))))
        }
    }
}

/// One matrix for several judges.
#[pyfunction]
fn aggregate_judgments(
    py: Python<'_>,
    judges: Vec<PyRef<'_, Judgments>>,
    judge_weights: Vec<f64>,
) -> PyResult<Judgments> {
    let matrices: Vec<PairwiseMatrix> = judges.iter().map(|judge| judge.matrix.clone()).collect();
    let matrix = weights::aggregate_judgments(&matrices, &judge_weights);
    Ok(Judgments { matrix: matrix.map_err(|error| raise(py, &error))? })
}

/// One set of weights for several judges.
#[pyfunction]
fn aggregate_priorities<'py>(
    py: Python<'py>,
    priorities: Vec<Vec<f64>>,
    judge_weights: Vec<f64>,
    mean: &str,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let mean = match mean {
        "geometric" => PriorityMean::Geometric,
        "arithmetic" => PriorityMean::Arithmetic,
        other => {
            let rule = "must be geometric or arithmetic";
            return Err(raise(py, &Error::argument("mean", rule, format!("`{other}`"))));
        }
    };
    let rows: Vec<&[f64]> = priorities.iter().map(Vec::as_slice).collect();
    let weights = weights::aggregate_priorities(&rows, &judge_weights, mean);
    Ok(PyArray1::from_vec(py, weights.map_err(|error| raise(py, &error))?))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Judgments>()?;
    module.add_function(wrap_pyfunction!(parse_judgment, module)?)?;
    module.add_function(wrap_pyfunction!(combine_weights, module)?)?;
    module.add_function(wrap_pyfunction!(aggregate_judgments, module)?)?;
    module.add_function(wrap_pyfunction!(aggregate_priorities, module)?)
}
