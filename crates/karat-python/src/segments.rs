//! k-means: the fit.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::ops::ControlFlow;

use karat::classify::segments::{
    Init, InitialCenters, Instructions, KMeans, KMeansReport, Method, Missing, Progress, SizeBounds, Value,
};
use karat::scorer::step::Segments;
use karat::{Error, Fitted};
use numpy::ndarray::{Array2, ArrayView2};
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{detached, raise};

/// Rows to fit, in the precision they come in.
#[derive(FromPyObject)]
enum Rows<'py> {
    Double(PyReadonlyArray2<'py, f64>),
    Single(PyReadonlyArray2<'py, f32>),
}

/// Fits k-means; `init` is a name or the first centers. Asks for signals, and tells `progress`, after every
/// iteration. `instructions` and `method` are for benchmarks and tests, and change no result.
#[pyfunction]
#[pyo3(signature = (
    x, sample_weight, n_clusters, init, n_init, max_iter, tol, seed, n_threads, progress=None, gaps=false,
    sizes=None, instructions=None, method=None
))]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python class, one by one")]
fn fit_k_means<'py>(
    py: Python<'py>,
    x: Rows<'py>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    n_clusters: usize,
    init: &Bound<'py, PyAny>,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    seed: u64,
    n_threads: usize,
    progress: Option<Py<PyAny>>,
    gaps: bool,
    sizes: Option<(usize, usize)>,
    instructions: Option<&str>,
    method: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let mut plan = read_plan(py, n_clusters, init, n_init, max_iter, tol, seed, n_threads)?
        .instructions(read_instructions(py, instructions)?)
        .method(read_method(py, method)?);
    plan.missing = if gaps { Missing::Scale } else { Missing::Refuse };
    plan.sizes = sizes.map(|(least, most)| SizeBounds::new(least, most));
    let weights = sample_weight.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    match x {
        Rows::Double(x) => fit_rows(py, &plan, x.as_array(), weights, progress.as_ref()),
        Rows::Single(x) => fit_rows(py, &plan, x.as_array(), weights, progress.as_ref()),
    }
}

fn fit_rows<'py, T: Value>(
    py: Python<'py>,
    plan: &KMeans,
    rows: ArrayView2<'_, T>,
    weights: Option<&[f64]>,
    progress: Option<&Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let mut signal = None;
    let fitted = detached(py, || {
        plan.fit_observed(rows, weights, &mut |at| match tell(progress, at) {
            Ok(()) => ControlFlow::Continue(()),
            Err(raised) => {
                signal = Some(raised);
                ControlFlow::Break(())
            }
        })
    });
    match (fitted, signal) {
        (Err(_), Some(raised)) => Err(raised),
        (fitted, _) => describe(py, &fitted?),
    }
}

/// Calls `progress(start, starts, iteration, inertia, shift, moved)`; what that or a signal handler raised,
/// such as `KeyboardInterrupt`.
fn tell(progress: Option<&Py<PyAny>>, at: &Progress) -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        let Some(progress) = progress else { return Ok(()) };
        progress
            .call1(py, (at.restart, at.restarts, at.iteration, at.inertia, at.shift, at.moved))
            .map(|_| ())
    })
}

fn read_instructions(py: Python<'_>, name: Option<&str>) -> PyResult<Instructions> {
    match name {
        None => Ok(Instructions::detect()),
        Some("portable") => Ok(Instructions::Portable),
        Some("avx2") => Ok(Instructions::Avx2),
        Some("avx512") => Ok(Instructions::Avx512),
        Some(other) => {
            let rule = "must be \"portable\", \"avx2\" or \"avx512\"";
            Err(raise(py, &Error::argument("instructions", rule, format!("\"{other}\""))))
        }
    }
}

fn read_method(py: Python<'_>, name: Option<&str>) -> PyResult<Method> {
    match name {
        None => Ok(Method::Automatic),
        Some("exact") => Ok(Method::Exact),
        Some("screen") => Ok(Method::Screen),
        Some("neighbours") => Ok(Method::Neighbours),
        Some(other) => {
            let rule = "must be \"exact\", \"screen\" or \"neighbours\"";
            Err(raise(py, &Error::argument("method", rule, format!("\"{other}\""))))
        }
    }
}

/// What a signal handler raised, such as `KeyboardInterrupt`.
#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the method is not general enough in its lifetime"
)]
pub(crate) fn pending_signal() -> PyResult<()> {
    Python::attach(|py| py.check_signals())
}

#[allow(clippy::too_many_arguments, reason = "the parameters of the Python class, one by one")]
pub(crate) fn read_plan(
    py: Python<'_>,
    n_clusters: usize,
    init: &Bound<'_, PyAny>,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    seed: u64,
    n_threads: usize,
) -> PyResult<KMeans> {
    Ok(KMeans::new(n_clusters)
        .init(read_init(py, init)?)
        .restarts(n_init)
        .max_iterations(max_iter)
        .tolerance(tol)
        .seed(seed)
        .threads(n_threads))
}

pub(crate) fn read_init(py: Python<'_>, init: &Bound<'_, PyAny>) -> PyResult<Init> {
    if let Ok(centers) = init.extract::<PyReadonlyArray2<'_, f64>>() {
        return Ok(Init::Given(centers.as_array().to_owned()));
    }
    match init.extract::<&str>()? {
        "k-means++" => Ok(Init::KMeansPlusPlus),
        "k-means||" => Ok(Init::k_means_parallel()),
        "random" => Ok(Init::Random),
        other => {
            let rule = "must be \"k-means++\", \"k-means||\", \"random\", an array of centers or a callable";
            Err(raise(py, &Error::argument("init", rule, format!("\"{other}\""))))
        }
    }
}

type CentersAndRows<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<i64>>);

/// Rows drawn as first centers by greedy k-means++, in single or double precision, read in place.
#[pyfunction]
#[pyo3(signature = (x, sample_weight, n_clusters, n_local_trials, seed, n_threads))]
fn draw_first_centers<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    n_clusters: usize,
    n_local_trials: Option<usize>,
    seed: u64,
    n_threads: usize,
) -> PyResult<CentersAndRows<'py>> {
    let mut plan = InitialCenters::new(n_clusters).seed(seed).threads(n_threads);
    plan.trials = n_local_trials;
    let weights = sample_weight.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    match x.extract::<PyReadonlyArray2<'py, f32>>() {
        Ok(x) => draw(py, &plan, x.as_array(), weights),
        Err(_) => draw(py, &plan, x.extract::<PyReadonlyArray2<'py, f64>>()?.as_array(), weights),
    }
}

fn draw<'py, T: Value>(
    py: Python<'py>,
    plan: &InitialCenters,
    x: ArrayView2<'_, T>,
    weights: Option<&[f64]>,
) -> PyResult<CentersAndRows<'py>> {
    let first = detached(py, || plan.draw(x, weights))?;
    let rows = PyArray1::from_iter(py, first.rows.iter().map(|&row| row as i64));
    Ok((first.centers.to_pyarray(py), rows))
}

fn describe<'py>(py: Python<'py>, fitted: &Fitted<Segments, KMeansReport>) -> PyResult<Bound<'py, PyDict>> {
    let (step, report) = (&fitted.step, &fitted.report);
    let result = PyDict::new(py);
    let shape = (step.count, step.features.len());
    let centers = Array2::from_shape_fn(shape, |(c, f)| step.centers[f * step.count + c]);
    result.set_item("centers", centers.to_pyarray(py))?;
    let labels: Vec<i32> = report.labels.iter().map(|&label| label.cast_signed()).collect();
    result.set_item("labels", PyArray1::from_vec(py, labels))?;
    result.set_item("inertia", report.inertia)?;
    result.set_item("n_iter", report.iterations)?;
    result.set_item("converged", report.converged)?;
    result.set_item("shift", report.shift)?;
    result.set_item("shift_tolerance", report.shift_tolerance)?;
    result.set_item("history", PyArray1::from_slice(py, &report.history))?;
    let inertias: Vec<f64> = report.restarts.iter().map(|restart| restart.inertia).collect();
    result.set_item("restart_inertias", PyArray1::from_vec(py, inertias))?;
    Ok(result)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(fit_k_means, module)?)?;
    module.add_function(wrap_pyfunction!(draw_first_centers, module)?)
}
