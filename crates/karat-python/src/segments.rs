//! k-means: the fit, and the frozen step applied to rows.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::thread;

use karat::classify::segments::{Coordinate, Init, InitialCenters, KMeans, KMeansReport};
use karat::scorer::step::Segments;
use karat::{Error, Fitted};
use numpy::ndarray::{Array2, ArrayView2, Axis};
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{detached, raise};

/// Rows that repay the start of a thread.
const ROWS_PER_THREAD: usize = 4096;

/// Fits k-means; `init` is a name or the first centers. Asks for signals after every iteration.
#[pyfunction]
#[pyo3(signature = (x, sample_weight, n_clusters, init, n_init, max_iter, tol, seed, n_threads))]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python class, one by one")]
fn fit_k_means<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    n_clusters: usize,
    init: &Bound<'py, PyAny>,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    seed: u64,
    n_threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let plan = KMeans::new(n_clusters)
        .init(read_init(py, init)?)
        .restarts(n_init)
        .max_iterations(max_iter)
        .tolerance(tol)
        .seed(seed)
        .threads(n_threads);
    let rows = x.as_array();
    let weights = sample_weight.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    let mut signal = None;
    let fitted = detached(py, || {
        plan.fit_observed(rows, weights, &mut |_| match pending_signal() {
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

/// What a signal handler raised, such as `KeyboardInterrupt`.
#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the method is not general enough in its lifetime"
)]
fn pending_signal() -> PyResult<()> {
    Python::attach(|py| py.check_signals())
}

fn read_init(py: Python<'_>, init: &Bound<'_, PyAny>) -> PyResult<Init> {
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

fn draw<'py, T: Coordinate>(
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
    result.set_item("labels", PyArray1::from_iter(py, report.labels.iter().map(|&l| l.cast_signed())))?;
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

type LabelsAndSquares<'py> = (Bound<'py, PyArray1<i32>>, Bound<'py, PyArray1<f64>>);

/// The segment of every row and the squared distance to its center, by the frozen step.
#[pyfunction]
fn nearest_segments<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    centers: PyReadonlyArray2<'py, f64>,
    n_threads: usize,
) -> PyResult<LabelsAndSquares<'py>> {
    let (rows, centers) = (x.as_array(), centers.as_array());
    let found = detached(py, || {
        let step = freeze(centers)?;
        let mut found = vec![(0_i32, 0.0_f64); rows.nrows()];
        over_rows(rows, &mut found, 1, n_threads, |point, slot| {
            let nearest = step.eval(point);
            slot[0] = (i32::from(nearest.segment), nearest.squared_distance);
        });
        Ok(found)
    })?;
    let labels = PyArray1::from_iter(py, found.iter().map(|&(segment, _)| segment));
    Ok((labels, PyArray1::from_iter(py, found.iter().map(|&(_, squared)| squared))))
}

/// The distance of every row to every center: each center is a step of its own, so that the arithmetic is
/// that of the frozen step.
#[pyfunction]
fn segment_distances<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    centers: PyReadonlyArray2<'py, f64>,
    n_threads: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (rows, centers) = (x.as_array(), centers.as_array());
    let distances = detached(py, || {
        let steps: Vec<Segments> =
            centers.axis_chunks_iter(Axis(0), 1).map(freeze).collect::<karat::Result<_>>()?;
        let mut distances = Array2::zeros((rows.nrows(), steps.len()));
        if let Some(slots) = distances.as_slice_mut() {
            over_rows(rows, slots, steps.len(), n_threads, |point, slot| {
                for (distance, step) in slot.iter_mut().zip(&steps) {
                    *distance = step.eval(point).squared_distance.sqrt();
                }
            });
        }
        Ok(distances)
    })?;
    Ok(distances.to_pyarray(py))
}

fn freeze(centers: ArrayView2<'_, f64>) -> karat::Result<Segments> {
    let columns = centers.ncols();
    let features = (0..columns).map(|f| u32::try_from(f).unwrap_or(u32::MAX)).collect();
    let rows: Vec<Vec<f64>> = centers.rows().into_iter().map(|row| row.to_vec()).collect();
    let step = Segments::from_rows(features, &rows)?;
    step.check(columns)?;
    Ok(step)
}

/// Calls `each` with every row and its `width` slots, on threads of this call alone.
fn over_rows<S: Send>(
    rows: ArrayView2<'_, f64>,
    slots: &mut [S],
    width: usize,
    n_threads: usize,
    each: impl Fn(&[f64], &mut [S]) + Sync,
) {
    let available = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = if n_threads == 0 { available() } else { n_threads };
    let part = rows.nrows().div_ceil(threads).max(ROWS_PER_THREAD);
    let run = |start: usize, slots: &mut [S]| {
        let mut point = vec![0.0; rows.ncols()];
        for (i, slot) in slots.chunks_mut(width).enumerate() {
            for (value, x) in point.iter_mut().zip(rows.row(start + i)) {
                *value = *x;
            }
            each(&point, slot);
        }
    };
    if rows.nrows() <= part {
        return run(0, slots);
    }
    let run = &run;
    thread::scope(|scope| {
        for (number, slots) in slots.chunks_mut(part * width).enumerate() {
            scope.spawn(move || run(number * part, slots));
        }
    });
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(fit_k_means, module)?)?;
    module.add_function(wrap_pyfunction!(draw_first_centers, module)?)?;
    module.add_function(wrap_pyfunction!(nearest_segments, module)?)?;
    module.add_function(wrap_pyfunction!(segment_distances, module)?)
}
