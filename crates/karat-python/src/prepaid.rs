//! Models of prepaid customers.

use crate::error::{detached, raise};
use crate::judgments::{FindingRow, rows_of};
use karat::Error;
use karat::forecast::lifetime::prepaid::{
    self, BetaGeo, BetaGeoBetaBinomial, FitOptions, GammaGamma, Histories, LifetimeFit, ParetoNbd, Prepaid,
    PrepaidModel, Prior, Quantity, Spending, SummaryOptions,
};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

type Column<'py> = PyReadonlyArray1<'py, f64>;

fn slice<'a>(column: &'a Column<'_>) -> PyResult<&'a [f64]> {
    column.as_slice().map_err(|_| PyTypeError::new_err("a column must lie together"))
}

fn optional<'a>(column: Option<&'a Column<'_>>) -> PyResult<Option<&'a [f64]>> {
    column.map(slice).transpose()
}

fn options(priors: Vec<Option<(f64, f64)>>, threads: usize) -> FitOptions {
    let priors = priors.into_iter().map(|prior| prior.map(|(median, deviation)| Prior { median, deviation }));
    FitOptions::new().priors(priors.collect()).threads(threads)
}

fn unknown(kind: &str) -> Error {
    Error::argument("kind", "must be pareto_nbd, bg_nbd, mbg_nbd, bg_bb or nbd", kind)
}

fn model(kind: &str, [first, second, third, fourth]: [f64; 4]) -> karat::Result<PrepaidModel> {
    let geometric =
        |modified| PrepaidModel::BetaGeo(BetaGeo { r: first, alpha: second, a: third, b: fourth, modified });
    Ok(match kind {
        "pareto_nbd" => {
            PrepaidModel::ParetoNbd(ParetoNbd { r: first, alpha: second, s: third, beta: fourth })
        }
        "bg_nbd" => geometric(false),
        "mbg_nbd" => geometric(true),
        "bg_bb" => PrepaidModel::BetaGeoBetaBinomial(BetaGeoBetaBinomial {
            alpha: first,
            beta: second,
            gamma: third,
            delta: fourth,
        }),
        _ => return Err(unknown(kind)),
    })
}

fn parts<'py>(py: Python<'py>, found: LifetimeFit) -> PyResult<Bound<'py, PyDict>> {
    let result = PyDict::new(py);
    result.set_item("names", &found.names)?;
    result.set_item("aic", found.aic())?;
    result.set_item("bic", found.bic())?;
    result.set_item("parameters", PyArray1::from_vec(py, found.parameters))?;
    result.set_item("standard_errors", PyArray1::from_vec(py, found.standard_errors))?;
    result.set_item("log_covariance", PyArray1::from_vec(py, found.log_covariance))?;
    result.set_item("log_likelihood", found.log_likelihood)?;
    result.set_item("gradient", found.gradient)?;
    result.set_item("iterations", found.iterations)?;
    result.set_item("converged", found.converged)?;
    result.set_item("customers", found.customers)?;
    result.set_item("distinct", found.distinct)?;
    let findings: Vec<FindingRow> = rows_of(found.findings);
    result.set_item("findings", findings)?;
    Ok(result)
}

/// Fits one of the models of histories.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python function")]
fn fit_prepaid<'py>(
    py: Python<'py>,
    kind: &str,
    frequency: Column<'py>,
    recency: Column<'py>,
    age: Column<'py>,
    weights: Option<Column<'py>>,
    priors: Vec<Option<(f64, f64)>>,
    threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let (x, t_x, t) = (slice(&frequency)?, slice(&recency)?, slice(&age)?);
    let (weights, options) = (optional(weights.as_ref())?, options(priors, threads));
    let found = detached(py, || {
        let rows = Histories::counted(x, t_x, t, weights, threads)?;
        match kind {
            "pareto_nbd" => prepaid::fit_pareto_nbd(&rows, &options),
            "bg_nbd" => prepaid::fit_beta_geo(&rows, false, &options),
            "mbg_nbd" => prepaid::fit_beta_geo(&rows, true, &options),
            "bg_bb" => prepaid::fit_beta_geo_beta_binomial(&rows, &options),
            "nbd" => prepaid::fit_nbd(&rows, &options),
            _ => Err(unknown(kind)),
        }
    })?;
    parts(py, found)
}

/// Fits Gamma-Gamma; adds the `correlation` of number and value.
#[pyfunction]
fn fit_spending<'py>(
    py: Python<'py>,
    frequency: Column<'py>,
    monetary: Column<'py>,
    weights: Option<Column<'py>>,
    priors: Vec<Option<(f64, f64)>>,
    threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let (x, m) = (slice(&frequency)?, slice(&monetary)?);
    let (weights, options) = (optional(weights.as_ref())?, options(priors, threads));
    let (found, correlation) = detached(py, || {
        let rows = Spending::new(x, m, weights)?;
        Ok((prepaid::fit_gamma_gamma(&rows, &options)?, rows.correlation()))
    })?;
    let result = parts(py, found)?;
    result.set_item("correlation", correlation)?;
    Ok(result)
}

/// `p_alive`, `expected` or `discounted` for every row.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python function")]
fn prepaid_quantity<'py>(
    py: Python<'py>,
    kind: &str,
    parameters: [f64; 4],
    quantity: &str,
    frequency: Column<'py>,
    recency: Column<'py>,
    age: Column<'py>,
    horizon: f64,
    rate: f64,
    threads: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (x, t_x, t) = (slice(&frequency)?, slice(&recency)?, slice(&age)?);
    let model = model(kind, parameters).map_err(|error| raise(py, &error))?;
    let quantity = match quantity {
        "p_alive" => Quantity::Alive,
        "expected" => Quantity::Expected { horizon },
        _ => Quantity::Discounted { horizon, rate },
    };
    let found = detached(py, || prepaid::quantity_of_rows(&model, quantity, x, t_x, t, threads))?;
    Ok(PyArray1::from_vec(py, found))
}

fn frozen(
    kind: &str,
    parameters: [f64; 4],
    spend: Option<(f64, f64, f64)>,
    horizon: f64,
    rate: f64,
) -> karat::Result<Prepaid> {
    let spend = spend.map(|(p, q, v)| GammaGamma { p, q, v });
    let step = Prepaid { model: model(kind, parameters)?, spend, horizon, rate };
    step.check()?;
    Ok(step)
}

/// Probability alive, transactions, spend and value for every row.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python function")]
fn score_prepaid<'py>(
    py: Python<'py>,
    step: &[u8],
    frequency: Column<'py>,
    recency: Column<'py>,
    age: Column<'py>,
    monetary: Option<Column<'py>>,
    threads: usize,
) -> PyResult<[Bound<'py, PyArray1<f64>>; 4]> {
    let (x, t_x, t) = (slice(&frequency)?, slice(&recency)?, slice(&age)?);
    let monetary = optional(monetary.as_ref())?;
    let columns = detached(py, || {
        let step = Prepaid::from_bytes(step)?;
        let scores = prepaid::score_rows(&step, x, t_x, t, monetary, threads)?;
        Ok([
            scores.iter().map(|score| score.p_alive).collect::<Vec<f64>>(),
            scores.iter().map(|score| score.expected_transactions).collect(),
            scores.iter().map(|score| score.expected_spend).collect(),
            scores.iter().map(|score| score.discounted_value).collect(),
        ])
    })?;
    Ok(columns.map(|column| PyArray1::from_vec(py, column)))
}

/// The bytes of a frozen step.
#[pyfunction]
fn freeze_prepaid<'py>(
    py: Python<'py>,
    kind: &str,
    parameters: [f64; 4],
    spend: Option<(f64, f64, f64)>,
    horizon: f64,
    rate: f64,
) -> PyResult<Bound<'py, PyBytes>> {
    let step = frozen(kind, parameters, spend, horizon, rate).map_err(|error| raise(py, &error))?;
    Ok(PyBytes::new(py, &step.to_bytes()))
}

/// Probabilities of 0 to `most` transactions of a new customer of BG/NBD or MBG/NBD.
#[pyfunction]
fn prepaid_probabilities<'py>(
    py: Python<'py>,
    modified: bool,
    parameters: [f64; 4],
    time: f64,
    most: u32,
) -> Bound<'py, PyArray1<f64>> {
    let [r, alpha, a, b] = parameters;
    let model = BetaGeo { r, alpha, a, b, modified };
    PyArray1::from_vec(py, prepaid::beta_geo_probabilities(&model, time, most))
}

/// One row a customer from a log of transactions.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python function")]
fn transaction_summary<'py>(
    py: Python<'py>,
    customer: PyReadonlyArray1<'py, u32>,
    time: Column<'py>,
    value: Option<Column<'py>>,
    customers: usize,
    period: f64,
    observation_end: Option<f64>,
    calibration_end: Option<f64>,
    include_first: bool,
    threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let number = customer.as_slice().map_err(|_| PyTypeError::new_err("a column must lie together"))?;
    let (time, value) = (slice(&time)?, optional(value.as_ref())?);
    let mut options = SummaryOptions::new().period(period).include_first(include_first).threads(threads);
    options.observation_end = observation_end;
    options.calibration_end = calibration_end;
    let found =
        detached(py, || prepaid::summary_from_transactions(number, time, value, customers, &options))?;
    let result = PyDict::new(py);
    result.set_item("customer", PyArray1::from_vec(py, found.customer))?;
    for (name, column) in [
        ("frequency", found.frequency),
        ("recency", found.recency),
        ("T", found.age),
        ("monetary", found.monetary),
        ("holdout_frequency", found.holdout_frequency),
        ("holdout_monetary", found.holdout_monetary),
    ] {
        result.set_item(name, PyArray1::from_vec(py, column))?;
    }
    result.set_item("holdout_duration", found.holdout_duration)?;
    Ok(result)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(fit_prepaid, module)?)?;
    module.add_function(wrap_pyfunction!(fit_spending, module)?)?;
    module.add_function(wrap_pyfunction!(prepaid_quantity, module)?)?;
    module.add_function(wrap_pyfunction!(score_prepaid, module)?)?;
    module.add_function(wrap_pyfunction!(freeze_prepaid, module)?)?;
    module.add_function(wrap_pyfunction!(prepaid_probabilities, module)?)?;
    module.add_function(wrap_pyfunction!(transaction_summary, module)?)
}
