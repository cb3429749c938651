//! Other ways to ask and to weigh: words, fuzzy and interval judgments, best-worst, many matrices at once.

#![allow(clippy::type_complexity, reason = "Python gets tuples of arrays and rows")]

use karat::evaluate::weights::{
    self, BatchPriorities, BestWorst, FuzzyMatrix, IntervalMatrix, JudgmentScale, PairwiseMatrix, Triangular,
};
use numpy::ndarray::Array2;
use numpy::{
    PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2, PyReadonlyArray3, PyUntypedArrayMethods, ToPyArray,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{detached, raise};
use crate::judgments::{FindingRow, Judgments, ahp, rows_of};

fn scale_of(py: Python<'_>, name: &str) -> PyResult<JudgmentScale> {
    JudgmentScale::from_name(name).map_err(|error| raise(py, &error))
}

/// From judgments `(first, second, strength)`, every pair once.
#[pyfunction]
fn judgments_from_words(
    py: Python<'_>,
    labels: Vec<String>,
    judgments: Vec<(String, String, String)>,
    scale: &str,
) -> PyResult<Judgments> {
    let matrix = PairwiseMatrix::from_words(&labels, &judgments, scale_of(py, scale)?);
    Ok(Judgments { matrix: matrix.map_err(|error| raise(py, &error))? })
}

/// From sentences such as `"revenue strong activity"`, every pair once.
#[pyfunction]
fn judgments_from_sentences(
    py: Python<'_>,
    labels: Vec<String>,
    sentences: Vec<String>,
    scale: &str,
) -> PyResult<Judgments> {
    let matrix = PairwiseMatrix::from_sentences(&labels, &sentences, scale_of(py, scale)?);
    Ok(Judgments { matrix: matrix.map_err(|error| raise(py, &error))? })
}

/// Two items and the strength that stands between them in a sentence.
#[pyfunction]
fn parse_words(py: Python<'_>, text: &str, labels: Vec<String>) -> PyResult<(String, String, String)> {
    weights::parse_words(text, &labels).map_err(|error| raise(py, &error))
}

/// The same judgments, taken as levels of another scale.
#[pyfunction]
fn judgments_on_scale(py: Python<'_>, judgments: &Judgments, scale: &str) -> PyResult<Judgments> {
    let matrix = judgments.matrix.on_scale(scale_of(py, scale)?);
    Ok(Judgments { matrix: matrix.map_err(|error| raise(py, &error))? })
}

/// The ratio of a level, 1 to 9.
#[pyfunction]
fn scale_value(py: Python<'_>, scale: &str, level: f64, n: usize) -> PyResult<f64> {
    scale_of(py, scale)?.value(level, n).map_err(|error| raise(py, &error))
}

/// Every measure of inconsistency.
#[pyfunction]
fn consistency_indices<'py>(
    py: Python<'py>,
    judgments: &Judgments,
    random_index: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let ahp = ahp(py, "eigenvector", random_index)?;
    let found = ahp.consistency_indices(&judgments.matrix).map_err(|error| raise(py, &error))?;
    let labels = judgments.matrix.labels();
    let result = PyDict::new(py);
    result.set_item("lambda_max", found.lambda_max)?;
    result.set_item("consistency_index", found.consistency_index)?;
    result.set_item("consistency_ratio", found.consistency_ratio)?;
    let index = &found.random_index;
    result.set_item("random_index", (index.table, index.value, index.standard_error, index.extrapolated))?;
    result.set_item("geometric_consistency_index", found.geometric_consistency_index)?;
    result.set_item("geometric_consistency_threshold", found.geometric_consistency_threshold)?;
    result.set_item("harmonic_consistency_index", found.harmonic_consistency_index)?;
    result.set_item("koczkodaj_index", found.koczkodaj_index)?;
    let triad = found.worst_triad.map(|(i, j, k)| (&labels[i], &labels[j], &labels[k]));
    result.set_item("worst_triad", triad)?;
    result.set_item("pelaez_lamata_index", found.pelaez_lamata_index)?;
    Ok(result)
}

/// Weights and sum of squares of every minimum, lowest first.
#[pyfunction]
fn least_squares_minima<'py>(
    py: Python<'py>,
    judgments: &Judgments,
) -> PyResult<Vec<(Bound<'py, PyArray1<f64>>, f64)>> {
    let minima = detached(py, || Ok(weights::least_squares_minima(&judgments.matrix)))?;
    let rows = minima.into_iter().map(|found| (PyArray1::from_vec(py, found.weights), found.objective));
    Ok(rows.collect())
}

/// Weights and figures `(lambda_max, low, high, ci, cr, gci)` of one matrix; `None` when something is to be said about
/// it, which is left to the matrix with names.
#[pyfunction]
fn quick_priorities<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    threshold: f64,
    method: &str,
    random_index: &str,
) -> PyResult<Option<(Vec<f64>, (f64, f64, f64, f64, f64, f64), (&'static str, f64, Option<f64>, bool))>> {
    let ahp = ahp(py, method, random_index)?;
    let (n, columns) = (x.shape()[0], x.shape()[1]);
    // A slice of a transposed array would be read by columns.
    if n != columns || !x.is_c_contiguous() || method == "least_squares" {
        return Ok(None);
    }
    let Ok(entries) = x.as_slice() else { return Ok(None) };
    // Microseconds of work: releasing the interpreter would cost as much.
    let Ok(found) = ahp.priorities_batch(entries, n) else { return Ok(None) };
    if !(threshold > 0.0 && found.consistency_ratio[0] < threshold) {
        return Ok(None);
    }
    let figures = (
        found.lambda_max[0],
        found.lambda_low[0],
        found.lambda_high[0],
        found.consistency_index[0],
        found.consistency_ratio[0],
        found.geometric_consistency_index[0],
    );
    let index = found.random_index;
    Ok(Some((found.weights, figures, (index.table, index.value, index.standard_error, index.extrapolated))))
}

/// Figures of many matrices, as arrays.
#[pyfunction]
fn priorities_batch<'py>(
    py: Python<'py>,
    x: PyReadonlyArray3<'py, f64>,
    labels: Option<Vec<String>>,
    method: &str,
    random_index: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let ahp = ahp(py, method, random_index)?;
    let n = x.shape()[1];
    let entries = x.as_slice()?;
    let found = detached(py, || match &labels {
        Some(labels) => ahp.priorities_batch_named(entries, labels),
        None => ahp.priorities_batch(entries, n),
    })?;
    let BatchPriorities { weights, lambda_max, lambda_low, lambda_high, .. } = found;
    let result = PyDict::new(py);
    let shape = [lambda_max.len(), n];
    result.set_item("weights", PyArray1::from_vec(py, weights).reshape(shape)?)?;
    result.set_item("lambda_max", PyArray1::from_vec(py, lambda_max))?;
    result.set_item("lambda_low", PyArray1::from_vec(py, lambda_low))?;
    result.set_item("lambda_high", PyArray1::from_vec(py, lambda_high))?;
    result.set_item("consistency_index", PyArray1::from_vec(py, found.consistency_index))?;
    result.set_item("consistency_ratio", PyArray1::from_vec(py, found.consistency_ratio))?;
    let residual = PyArray1::from_vec(py, found.geometric_consistency_index);
    result.set_item("geometric_consistency_index", residual)?;
    let index = found.random_index;
    result.set_item("random_index", (index.table, index.value, index.standard_error, index.extrapolated))?;
    Ok(result)
}

fn pairs<'py>(py: Python<'py>, rows: &[(f64, f64)]) -> Bound<'py, PyArray2<f64>> {
    Array2::from_shape_fn((rows.len(), 2), |(i, j)| if j == 0 { rows[i].0 } else { rows[i].1 }).to_pyarray(py)
}

fn triples<'py>(py: Python<'py>, rows: &[Triangular]) -> Bound<'py, PyArray2<f64>> {
    let point = |i: usize, j: usize| [rows[i].low, rows[i].middle, rows[i].high][j];
    Array2::from_shape_fn((rows.len(), 3), |(i, j)| point(i, j)).to_pyarray(py)
}

/// Weights, fuzzy weights or extents, attainable bounds or None, findings, consistency ratio of the middle values.
#[pyfunction]
fn fuzzy_weights<'py>(
    py: Python<'py>,
    labels: Vec<String>,
    judgments: Vec<(String, String, f64, f64, f64)>,
    method: &str,
    random_index: &str,
) -> PyResult<(
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray2<f64>>,
    Option<Bound<'py, PyArray2<f64>>>,
    Vec<FindingRow>,
    f64,
)> {
    let judgments: Vec<_> =
        judgments.into_iter().map(|(a, b, l, m, u)| (a, b, Triangular::new(l, m, u))).collect();
    let matrix = FuzzyMatrix::from_judgments(&labels, &judgments).map_err(|error| raise(py, &error))?;
    let consistency = ahp(py, "eigenvector", random_index)?.priorities(matrix.middle());
    let ratio = consistency.map_err(|error| raise(py, &error))?.consistency_ratio;
    match method {
        "geometric_mean" => {
            let found = matrix.geometric_mean();
            let bounds = pairs(py, &found.attainable);
            let fuzzy = triples(py, &found.fuzzy);
            Ok((PyArray1::from_vec(py, found.weights), fuzzy, Some(bounds), Vec::new(), ratio))
        }
        "extent_analysis" => {
            let found = matrix.extent_analysis();
            let extents = triples(py, &found.extents);
            Ok((PyArray1::from_vec(py, found.weights), extents, None, rows_of(found.findings), ratio))
        }
        other => {
            let rule = "must be geometric_mean or extent_analysis";
            Err(raise(py, &karat::Error::argument("method", rule, format!("`{other}`"))))
        }
    }
}

/// Weights, bounds, bounds of the geometric means, widening, items of the contradiction, findings.
#[pyfunction]
fn interval_weights<'py>(
    py: Python<'py>,
    labels: Vec<String>,
    judgments: Vec<(String, String, f64, f64)>,
) -> PyResult<(
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray2<f64>>,
    Bound<'py, PyArray2<f64>>,
    f64,
    Vec<String>,
    Vec<FindingRow>,
)> {
    let matrix = IntervalMatrix::from_judgments(&labels, &judgments).map_err(|error| raise(py, &error))?;
    let found = matrix.weights();
    Ok((
        PyArray1::from_vec(py, found.weights),
        pairs(py, &found.bounds),
        pairs(py, &matrix.geometric_mean_bounds()),
        found.widening,
        found.contradiction.iter().map(|&i| labels[i].clone()).collect(),
        rows_of(found.findings),
    ))
}

/// Weights, deviation, consistency ratio, its item, its threshold, findings.
#[pyfunction]
fn best_worst_weights<'py>(
    py: Python<'py>,
    labels: Vec<String>,
    best: &str,
    worst: &str,
    best_to_others: Vec<f64>,
    others_to_worst: Vec<f64>,
) -> PyResult<(Bound<'py, PyArray1<f64>>, f64, f64, Option<String>, Option<f64>, Vec<FindingRow>)> {
    let judged = BestWorst::new(&labels, best, worst, &best_to_others, &others_to_worst);
    let judged = judged.map_err(|error| raise(py, &error))?;
    let found = detached(py, || Ok(judged.weights()))?;
    Ok((
        PyArray1::from_vec(py, found.weights),
        found.deviation,
        found.consistency_ratio,
        found.most_inconsistent.map(|i| labels[i].clone()),
        found.threshold,
        rows_of(found.findings),
    ))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(judgments_from_words, module)?)?;
    module.add_function(wrap_pyfunction!(judgments_from_sentences, module)?)?;
    module.add_function(wrap_pyfunction!(parse_words, module)?)?;
    module.add_function(wrap_pyfunction!(judgments_on_scale, module)?)?;
    module.add_function(wrap_pyfunction!(scale_value, module)?)?;
    module.add_function(wrap_pyfunction!(consistency_indices, module)?)?;
    module.add_function(wrap_pyfunction!(least_squares_minima, module)?)?;
    module.add_function(wrap_pyfunction!(quick_priorities, module)?)?;
    module.add_function(wrap_pyfunction!(priorities_batch, module)?)?;
    module.add_function(wrap_pyfunction!(fuzzy_weights, module)?)?;
    module.add_function(wrap_pyfunction!(interval_weights, module)?)?;
    module.add_function(wrap_pyfunction!(best_worst_weights, module)?)
}
