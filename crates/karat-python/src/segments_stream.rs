//! k-means over batches that Python reads, and the state of one pass as bytes.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use karat::classify::segments::{
    Batch, Batches, Each, LloydScale, LloydState, StreamTask, StreamedKMeans, StreamingProgress,
    label_batches,
};
use karat::{Error, Result};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::error::{detached, raise};
use crate::nearest::freeze;
use crate::segments::{pending_signal, read_plan};

/// An object whose `batches()` iterates over `(rows, weights or None)`, and whose `names` are those of the
/// columns or None.
struct PythonBatches {
    source: Py<PyAny>,
    raised: Option<PyErr>,
}

impl PythonBatches {
    fn read_all(&mut self, py: Python<'_>, each: Each<'_>) -> PyResult<Result<()>> {
        for item in self.source.bind(py).call_method0("batches")?.try_iter()? {
            py.check_signals()?;
            let item = item?.cast_into::<PyTuple>()?;
            let (rows, weights) = (item.get_item(0)?, item.get_item(1)?);
            let weights: Option<PyReadonlyArray1<'_, f64>> = weights.extract()?;
            let weights = weights.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
            let told = if let Ok(rows) = rows.extract::<PyReadonlyArray2<'_, f32>>() {
                let rows = rows.as_array();
                py.detach(|| each(weigh(Batch::from(rows), weights)))
            } else {
                let rows = rows.extract::<PyReadonlyArray2<'_, f64>>()?;
                let rows = rows.as_array();
                py.detach(|| each(weigh(Batch::from(rows), weights)))
            };
            if told.is_err() {
                return Ok(told);
            }
        }
        Ok(Ok(()))
    }
}

fn weigh<'a>(batch: Batch<'a>, weights: Option<&'a [f64]>) -> Batch<'a> {
    match weights {
        Some(weights) => batch.weighted(weights),
        None => batch,
    }
}

impl Batches for PythonBatches {
    fn read(&mut self, each: Each<'_>) -> Result<()> {
        match Python::attach(|py| self.read_all(py, each)) {
            Ok(told) => told,
            Err(raised) => {
                self.raised = Some(raised);
                Err(Error::Interrupted("reading the source".to_owned()))
            }
        }
    }

    fn column(&self, column: usize) -> String {
        let name = |py: Python<'_>| -> PyResult<String> {
            let names = self.source.bind(py).getattr("names")?;
            names.get_item(column)?.extract()
        };
        Python::attach(name).unwrap_or_else(|_| column.to_string())
    }
}

fn word(task: StreamTask) -> &'static str {
    match task {
        StreamTask::Scan => "first look",
        StreamTask::Start => "first centers",
        StreamTask::Refill => "empty segments",
        StreamTask::Finish => "inertia",
        _ => "iteration",
    }
}

/// Fits k-means over a source; `progress` is told task, iteration, rows, rows in all or None, inertia.
#[pyfunction]
#[pyo3(signature = (source, sample, n_clusters, init, n_init, max_iter, tol, seed, n_threads, progress))]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python class, one by one")]
fn fit_k_means_batches<'py>(
    py: Python<'py>,
    source: Py<PyAny>,
    sample: usize,
    n_clusters: usize,
    init: &Bound<'py, PyAny>,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    seed: u64,
    n_threads: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let plan = read_plan(py, n_clusters, init, n_init, max_iter, tol, seed, n_threads)?;
    let plan = StreamedKMeans::new(plan).sample(sample);
    let mut source = PythonBatches { source, raised: None };
    let mut raised = None;
    let fitted = detached(py, || {
        plan.fit_observed(&mut source, &mut |told| match tell(progress.as_ref(), told) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                raised = Some(error);
                ControlFlow::Break(())
            }
        })
    });
    let fitted = match (fitted, source.raised.or(raised)) {
        (Err(_), Some(raised)) => return Err(raised),
        (fitted, _) => fitted?,
    };
    let (step, report) = (&fitted.step, &fitted.report);
    let result = PyDict::new(py);
    let shape = (step.count, step.features.len());
    let centers = Array2::from_shape_fn(shape, |(c, f)| step.centers[f * step.count + c]);
    result.set_item("centers", centers.to_pyarray(py))?;
    result.set_item("inertia", report.inertia)?;
    result.set_item("n_iter", report.iterations)?;
    result.set_item("converged", report.converged)?;
    result.set_item("shift", report.shift)?;
    result.set_item("shift_tolerance", report.shift_tolerance)?;
    result.set_item("history", PyArray1::from_slice(py, &report.history))?;
    result.set_item("sizes", PyArray1::from_iter(py, report.sizes.iter().map(|&n| n.cast_signed())))?;
    result.set_item("rows", report.rows)?;
    result.set_item("sampled", report.sampled)?;
    result.set_item("readings", report.readings)?;
    Ok(result)
}

fn tell(progress: Option<&Py<PyAny>>, told: &StreamingProgress) -> PyResult<()> {
    let Some(progress) = progress else { return pending_signal() };
    Python::attach(|py| {
        py.check_signals()?;
        let inertia = told.inertia.is_finite().then_some(told.inertia);
        progress.call1(py, (word(told.task), told.iteration, told.rows, told.of, inertia)).map(drop)
    })
}

/// The segments of each batch of a source in turn, handed to `take` as int32 arrays.
#[pyfunction]
fn label_k_means_batches(
    py: Python<'_>,
    source: Py<PyAny>,
    centers: PyReadonlyArray2<'_, f64>,
    n_threads: usize,
    take: Py<PyAny>,
) -> PyResult<()> {
    let step = freeze(centers.as_array()).map_err(|error| raise(py, &error))?;
    let mut source = PythonBatches { source, raised: None };
    let mut raised = None;
    let done = detached(py, || {
        label_batches(&step, &mut source, n_threads, &mut |_, labels| {
            Python::attach(|py| {
                let labels = PyArray1::from_iter(py, labels.iter().map(|&label| label.cast_signed()));
                take.call1(py, (labels,)).map(drop)
            })
            .map_err(|error| {
                raised = Some(error);
                Error::Interrupted("labelling batches".to_owned())
            })
        })
    });
    match (done, source.raised.or(raised)) {
        (Err(_), Some(raised)) => Err(raised),
        (done, _) => done,
    }
}

/// The state of one exact pass over a batch, as bytes; `scale` is the largest magnitude of each column and
/// then of the weights.
#[pyfunction]
fn summarise_lloyd<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    centers: PyReadonlyArray2<'py, f64>,
    scale: Vec<f64>,
) -> PyResult<Bound<'py, PyBytes>> {
    let weights = sample_weight.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    let (rows, centers) = (x.as_array(), centers.as_array());
    let bytes = detached(py, || {
        let Some((&largest_weight, largest)) = scale.split_last() else {
            return Err(Error::argument("scale", "must have a number a column and one for weights", "none"));
        };
        let mut state = LloydState::new(centers, &LloydScale::new(largest.to_vec(), largest_weight)?)?;
        state.add_rows(rows, weights)?;
        Ok(state.to_bytes())
    })?;
    Ok(PyBytes::new(py, &bytes))
}

/// The state of all the rows that two states are of.
#[pyfunction]
fn merge_lloyd<'py>(py: Python<'py>, one: &[u8], other: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let merged = caught(|| {
        let mut state = LloydState::from_bytes(one)?;
        state.merge(&LloydState::from_bytes(other)?)?;
        Ok(state.to_bytes())
    });
    Ok(PyBytes::new(py, &merged.map_err(|error| raise(py, &error))?))
}

/// Centers, inertia, counts, weights and squared shift of a finished pass.
#[pyfunction]
fn finish_lloyd<'py>(py: Python<'py>, state: &[u8]) -> PyResult<Bound<'py, PyTuple>> {
    let step = caught(|| Ok(LloydState::from_bytes(state)?.finish())).map_err(|error| raise(py, &error))?;
    let counts = PyArray1::from_iter(py, step.counts.iter().map(|&count| count.cast_signed()));
    let weights = PyArray1::from_slice(py, &step.weights);
    (step.centers.to_pyarray(py), step.inertia, counts, weights, step.shift).into_pyobject(py)
}

/// Work too short to let the lock go; a panic is an error there too.
fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::Format("state of a fit: it cannot be read".to_owned())))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(fit_k_means_batches, module)?)?;
    module.add_function(wrap_pyfunction!(label_k_means_batches, module)?)?;
    module.add_function(wrap_pyfunction!(summarise_lloyd, module)?)?;
    module.add_function(wrap_pyfunction!(merge_lloyd, module)?)?;
    module.add_function(wrap_pyfunction!(finish_lloyd, module)?)
}
