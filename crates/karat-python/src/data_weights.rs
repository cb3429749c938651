//! Weights from data, mixed and kept within bounds.

use crate::error::{detached, raise};
use crate::judgments::{FindingRow, combination, rows_of};
use karat::evaluate::weights::{self, DataMethod, Loadings, Values, WeightBand, WeightBootstrap};
use karat::{Error, Result};
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A matrix, or a list of columns, borrowed as they lie.
enum Numbers<'py> {
    Matrix(PyReadonlyArray2<'py, f64>),
    Columns(Vec<PyReadonlyArray1<'py, f64>>),
}

impl<'py> Numbers<'py> {
    fn read(x: &Bound<'py, PyAny>) -> PyResult<Numbers<'py>> {
        if let Ok(matrix) = x.extract::<PyReadonlyArray2<'py, f64>>() {
            return Ok(Numbers::Matrix(matrix));
        }
        let columns = x.extract::<Vec<PyReadonlyArray1<'py, f64>>>();
        columns
            .map(Numbers::Columns)
            .map_err(|_| PyTypeError::new_err("neither a float64 matrix nor float64 columns"))
    }

    /// The numbers with their names and directions.
    fn values(&self, names: Vec<String>, costs: &[usize]) -> Result<Values<'_>> {
        let apart = |_| Error::argument("x", "must have columns or rows that lie together", "strides");
        let values = match self {
            Numbers::Matrix(matrix) if matrix.is_c_contiguous() => {
                Values::row_major(matrix.as_slice().map_err(apart)?, matrix.shape()[1])?
            }
            Numbers::Matrix(matrix) => {
                let rows = matrix.shape()[0].max(1);
                let columns: Vec<&[f64]> = matrix.as_slice().map_err(apart)?.chunks_exact(rows).collect();
                Values::columns(&columns)?
            }
            Numbers::Columns(columns) => {
                let columns = columns.iter().map(|column| column.as_slice().map_err(apart));
                Values::columns(&columns.collect::<Result<Vec<_>>>()?)?
            }
        };
        values.names(names)?.costs(costs)
    }
}

fn method_of(py: Python<'_>, name: &str) -> PyResult<DataMethod> {
    DataMethod::from_name(name).map_err(|error| raise(py, &error))
}

/// `weights`, `findings`, and what the method found on the way, by name.
#[pyfunction]
fn data_weights<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    names: Vec<String>,
    costs: Vec<usize>,
    method: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let (method, numbers) = (method_of(py, method)?, Numbers::read(x)?);
    let values = numbers.values(names, &costs).map_err(|error| raise(py, &error))?;
    let result = PyDict::new(py);
    let put = |name: &str, values: Vec<f64>| result.set_item(name, PyArray1::from_vec(py, values));
    let findings = match method {
        DataMethod::Critic => {
            let found = detached(py, || weights::critic(&values))?;
            put("weights", found.weights)?;
            put("information", found.information)?;
            put("standard_deviation", found.standard_deviation)?;
            put("conflict", found.conflict)?;
            result.set_item("correlation", PyArray2::from_vec2(py, &found.correlation)?)?;
            found.findings
        }
        DataMethod::PrincipalComponent | DataMethod::PrincipalComponentSquared => {
            let squared = method == DataMethod::PrincipalComponentSquared;
            let loadings = if squared { Loadings::Squared } else { Loadings::Absolute };
            let found = detached(py, || weights::principal_component(&values, loadings))?;
            put("weights", found.weights)?;
            put("loadings", found.loadings)?;
            put("eigenvalues", found.eigenvalues)?;
            result.set_item("explained", found.explained)?;
            found.findings
        }
        DataMethod::Entropy => {
            let found = detached(py, || weights::entropy_of(&values))?;
            put("weights", found.weights)?;
            put("entropy", found.entropy)?;
            found.findings
        }
        _ => {
            let found = detached(py, || weights::data_weights(&values, method))?;
            put("weights", found.weights)?;
            put("information", found.information)?;
            found.findings
        }
    };
    result.set_item("findings", rows_of(findings))?;
    Ok(result)
}

/// Bands of data weights, combined with an expert's where there is one: weights, standard errors, lower and
/// upper ends, usable replicates.
#[pyfunction]
#[allow(
    clippy::too_many_arguments,
    clippy::type_complexity,
    reason = "the parameters of the Python function"
)]
fn weight_band<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    names: Vec<String>,
    costs: Vec<usize>,
    method: &str,
    expert: Option<Vec<f64>>,
    how: &str,
    share: f64,
    replicates: usize,
    level: f64,
    seed: u64,
) -> PyResult<([Bound<'py, PyArray1<f64>>; 4], usize)> {
    let (method, how) = (method_of(py, method)?, combination(py, how, share)?);
    let numbers = Numbers::read(x)?;
    let values = numbers.values(names, &costs).map_err(|error| raise(py, &error))?;
    let plan = WeightBootstrap::new().replicates(replicates).level(level).seed(seed);
    let found: WeightBand = detached(py, || match &expert {
        Some(expert) => plan.combined(&values, method, expert, how),
        None => plan.data(&values, method),
    })?;
    let arrays = [found.weights, found.standard_error, found.low, found.high];
    Ok((arrays.map(|array| PyArray1::from_vec(py, array)), found.replicates))
}

/// Weights at each share of the expert, and the shares at which two indicators change places:
/// `(share, gains, loses)`.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "two arrays and a list of rows")]
fn share_path<'py>(
    py: Python<'py>,
    expert: Vec<f64>,
    data: Vec<f64>,
    steps: usize,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray2<f64>>, Vec<(f64, usize, usize)>)> {
    let path = weights::share_path(&expert, &data, steps).map_err(|error| raise(py, &error))?;
    let exchanges = path.exchanges.iter().map(|exchange| (exchange.share, exchange.gains, exchange.loses));
    Ok((PyArray1::from_vec(py, path.shares), PyArray2::from_vec2(py, &path.weights)?, exchanges.collect()))
}

/// Weights of several sources, each with its share.
#[pyfunction]
fn mix_weights<'py>(py: Python<'py>, sources: Vec<(Vec<f64>, f64)>) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let sources: Vec<(&[f64], f64)> =
        sources.iter().map(|(weights, share)| (weights.as_slice(), *share)).collect();
    let mixed = weights::mix(&sources).map_err(|error| raise(py, &error))?;
    Ok(PyArray1::from_vec(py, mixed))
}

/// Weights within bounds, the factor of those that no bound holds, findings.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "an array, a number and a list of rows")]
fn bound_weights<'py>(
    py: Python<'py>,
    values: Vec<f64>,
    bounds: Vec<(f64, f64)>,
    names: Vec<String>,
) -> PyResult<(Bound<'py, PyArray1<f64>>, f64, Vec<FindingRow>)> {
    let found = weights::bounded(&values, &bounds, &names).map_err(|error| raise(py, &error))?;
    Ok((PyArray1::from_vec(py, found.weights), found.factor, rows_of(found.findings)))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(data_weights, module)?)?;
    module.add_function(wrap_pyfunction!(weight_band, module)?)?;
    module.add_function(wrap_pyfunction!(share_path, module)?)?;
    module.add_function(wrap_pyfunction!(mix_weights, module)?)?;
    module.add_function(wrap_pyfunction!(bound_weights, module)?)
}
