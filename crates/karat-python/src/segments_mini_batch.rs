//! Mini-batch k-means: a fit, and single steps.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::ops::ControlFlow;

use karat::classify::segments::{MiniBatchKMeans, MiniBatchState};
use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::detached;
use crate::segments::{pending_signal, read_init};

/// The parameters of the Python class.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Parameters<'py> {
    n_clusters: usize,
    init: Bound<'py, PyAny>,
    batch_size: usize,
    max_iter: usize,
    tol: f64,
    max_no_improvement: Option<usize>,
    init_size: Option<usize>,
    n_init: usize,
    reassignment_ratio: f64,
    seed: u64,
    n_threads: usize,
}

impl Parameters<'_> {
    fn plan(&self, py: Python<'_>) -> PyResult<MiniBatchKMeans> {
        Ok(MiniBatchKMeans::new(self.n_clusters)
            .init(read_init(py, &self.init)?)
            .batch(self.batch_size)
            .max_iterations(self.max_iter)
            .tolerance(self.tol)
            .max_no_improvement(self.max_no_improvement)
            .init_size(self.init_size)
            .starts(self.n_init)
            .reassignment_ratio(self.reassignment_ratio)
            .seed(self.seed)
            .threads(self.n_threads))
    }
}

/// Fits mini-batch k-means. Asks for signals after every step.
#[pyfunction]
fn fit_mini_batch<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    parameters: Parameters<'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let plan = parameters.plan(py)?;
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
    let fitted = match (fitted, signal) {
        (Err(_), Some(raised)) => return Err(raised),
        (fitted, _) => fitted?,
    };
    let report = &fitted.report;
    let result = describe(py, &report.state)?;
    result.set_item("labels", PyArray1::from_iter(py, report.labels.iter().map(|&l| l.cast_signed())))?;
    result.set_item("inertia", report.inertia)?;
    result.set_item("n_iter", report.iterations)?;
    result.set_item("converged", report.converged)?;
    Ok(result)
}

/// Takes one step on a batch; `state` is centers, counts, steps and rows since the last reassignment.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "a tuple from Python, used once")]
fn step_mini_batch<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    parameters: Parameters<'py>,
    state: Option<(PyReadonlyArray2<'py, f64>, Vec<f64>, u64, u64)>,
) -> PyResult<Bound<'py, PyDict>> {
    let plan = parameters.plan(py)?;
    let rows = x.as_array();
    let weights = sample_weight.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    let state =
        state.map(|(centers, counts, steps, since)| (centers.as_array().to_owned(), counts, steps, since));
    let next = detached(py, || {
        let state = state
            .map(|(centers, counts, steps, since)| MiniBatchState::new(centers, counts, steps, since))
            .transpose()?;
        plan.partial_fit(state.as_ref(), rows, weights)
    })?;
    describe(py, &next)
}

fn describe<'py>(py: Python<'py>, state: &MiniBatchState) -> PyResult<Bound<'py, PyDict>> {
    let result = PyDict::new(py);
    result.set_item("centers", state.centers.to_pyarray(py))?;
    result.set_item("counts", PyArray1::from_slice(py, &state.counts))?;
    result.set_item("n_steps", state.steps)?;
    result.set_item("since", state.since_reassignment)?;
    Ok(result)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(fit_mini_batch, module)?)?;
    module.add_function(wrap_pyfunction!(step_mini_batch, module)?)
}
