//! Segments of rows: labels, distances and inertia by the frozen step, from arrays as they lie in memory.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::num::NonZeroUsize;
use std::thread;

use karat::Result;
use karat::scorer::nearest::{Centers, Rows, Value};
use karat::scorer::step::Segments;
use numpy::ndarray::{ArrayView2, Axis, s};
use numpy::{Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::error::detached;

/// Rows that are worked on together; sums of doubles are kept apart by chunks and added in order.
const CHUNK: usize = 1024;
/// Chunks that repay the start of a thread.
const CHUNKS_PER_THREAD: usize = 16;

/// A table of one precision: an array of two dimensions, or columns apart.
enum Held<'py, T: Element + Value> {
    Array(PyReadonlyArray2<'py, T>),
    Columns(Vec<PyReadonlyArray1<'py, T>>),
}

impl<'py, T: Element + Value> Held<'py, T> {
    fn read(x: &Bound<'py, PyAny>) -> Option<Held<'py, T>> {
        match x.extract() {
            Ok(array) => Some(Held::Array(array)),
            Err(_) => x.extract().ok().map(Held::Columns),
        }
    }
}

/// Where rows are read: in place, or chunk by chunk where they are scattered in memory.
enum Source<'a, T> {
    InPlace(Rows<'a, T>),
    Scattered(ArrayView2<'a, T>),
}

impl<'a, T: Element + Value> Source<'a, T> {
    fn new(held: &'a Held<'_, T>) -> PyResult<Source<'a, T>> {
        let py_error = |error: karat::Error| PyTypeError::new_err(error.to_string());
        match held {
            Held::Columns(columns) => {
                let slices =
                    columns.iter().map(PyReadonlyArray1::as_slice).collect::<std::result::Result<_, _>>()?;
                Rows::columns_apart(slices).map(Source::InPlace).map_err(py_error)
            }
            Held::Array(array) => {
                let view = array.as_array();
                if let Ok(values) = array.as_slice()
                    && view.is_standard_layout()
                {
                    return Rows::row_major(values, view.ncols()).map(Source::InPlace).map_err(py_error);
                }
                let columns: Option<Vec<&[T]>> = (0..view.ncols())
                    .map(|column| view.index_axis_move(Axis(1), column).to_slice())
                    .collect();
                match columns {
                    Some(columns) => Rows::columns_apart(columns).map(Source::InPlace).map_err(py_error),
                    None => Ok(Source::Scattered(view)),
                }
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Source::InPlace(rows) => rows.len(),
            Source::Scattered(view) => view.nrows(),
        }
    }

    /// Does `work` on `count` rows from `start`, told where they begin in the rows that it is given.
    fn with<R>(
        &self,
        start: usize,
        count: usize,
        work: impl FnOnce(&Rows<'_, T>, usize) -> Result<R>,
    ) -> Result<R> {
        match self {
            Source::InPlace(rows) => work(rows, start),
            Source::Scattered(view) => {
                let part: Vec<T> = view.slice(s![start..start + count, ..]).iter().copied().collect();
                work(&Rows::row_major(&part, view.ncols())?, 0)
            }
        }
    }

    /// Fills `width` slots for each row, on threads of this call alone: `work` gets whole chunks.
    fn fill<S: Send>(
        &self,
        slots: &mut [S],
        width: usize,
        n_threads: usize,
        work: impl Fn(&Rows<'_, T>, usize, &mut [S]) -> Result<()> + Sync,
    ) -> Result<()>
    where
        T: Sync,
    {
        let available = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = if n_threads == 0 { available() } else { n_threads };
        let chunks = self.len().div_ceil(CHUNK);
        let part = chunks.div_ceil(threads).max(CHUNKS_PER_THREAD) * CHUNK;
        let run = |start: usize, slots: &mut [S]| -> Result<()> {
            for (number, slots) in slots.chunks_mut(CHUNK * width).enumerate() {
                let count = slots.len() / width;
                self.with(start + number * CHUNK, count, |rows, start| work(rows, start, slots))?;
            }
            Ok(())
        };
        if self.len() <= part {
            return run(0, slots);
        }
        let run = &run;
        thread::scope(|scope| {
            let started: Vec<_> = slots
                .chunks_mut(part * width)
                .enumerate()
                .map(|(number, slots)| scope.spawn(move || run(number * part, slots)))
                .collect();
            // The first error in the order of the rows, so that the message does not depend on the threads.
            started
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }
}

/// Something done to a table of either precision.
trait Task<'py> {
    type Output;
    fn run<T: Element + Value>(self, py: Python<'py>, source: Source<'_, T>) -> PyResult<Self::Output>;
}

fn with_source<'py, K: Task<'py>>(py: Python<'py>, x: &Bound<'py, PyAny>, task: K) -> PyResult<K::Output> {
    if let Some(held) = Held::<f64>::read(x) {
        return task.run(py, Source::new(&held)?);
    }
    if let Some(held) = Held::<f32>::read(x) {
        return task.run(py, Source::new(&held)?);
    }
    Err(PyTypeError::new_err(
        "rows must be an array of float64 or float32, or a list of columns of one of them",
    ))
}

/// The segment of every row.
#[pyfunction]
fn nearest_segments<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    centers: PyReadonlyArray2<'py, f64>,
    n_threads: usize,
) -> PyResult<Bound<'py, PyArray1<i32>>> {
    with_source(py, x, Label { centers: ready(py, centers)?, n_threads })
}

struct Label {
    centers: Centers,
    n_threads: usize,
}

impl<'py> Task<'py> for Label {
    type Output = Bound<'py, PyArray1<i32>>;

    fn run<T: Element + Value>(self, py: Python<'py>, source: Source<'_, T>) -> PyResult<Self::Output> {
        let labels = PyArray1::zeros(py, source.len(), false);
        let mut held = labels.readwrite();
        let slots = held.as_slice_mut()?;
        detached(py, || {
            source.fill(slots, 1, self.n_threads, |rows, start, slots| self.centers.label(rows, start, slots))
        })?;
        Ok(labels)
    }
}

/// The distance of every row to every center, in the precision of the rows.
#[pyfunction]
fn segment_distances<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    centers: PyReadonlyArray2<'py, f64>,
    n_threads: usize,
) -> PyResult<Bound<'py, PyAny>> {
    with_source(py, x, Measure { centers: ready(py, centers)?, n_threads })
}

struct Measure {
    centers: Centers,
    n_threads: usize,
}

impl<'py> Task<'py> for Measure {
    type Output = Bound<'py, PyAny>;

    fn run<T: Element + Value>(self, py: Python<'py>, source: Source<'_, T>) -> PyResult<Self::Output> {
        let width = self.centers.count();
        let distances = PyArray2::<T>::zeros(py, [source.len(), width], false);
        let mut held = distances.readwrite();
        let slots = held.as_slice_mut()?;
        detached(py, || {
            source.fill(slots, width, self.n_threads, |rows, start, slots| {
                self.centers.distances(rows, start, slots)
            })
        })?;
        Ok(distances.into_any())
    }
}

/// The sum over the rows of weight times squared distance to the nearest center: chunks in order, rows of a
/// chunk in order.
#[pyfunction]
fn segment_inertia<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    centers: PyReadonlyArray2<'py, f64>,
    n_threads: usize,
) -> PyResult<f64> {
    with_source(py, x, AddUp { centers: ready(py, centers)?, sample_weight, n_threads })
}

struct AddUp<'py> {
    centers: Centers,
    sample_weight: Option<PyReadonlyArray1<'py, f64>>,
    n_threads: usize,
}

impl<'py> Task<'py> for AddUp<'py> {
    type Output = f64;

    fn run<T: Element + Value>(self, py: Python<'py>, source: Source<'_, T>) -> PyResult<f64> {
        let weights = self.sample_weight.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
        if let Some(weights) = weights
            && weights.len() != source.len()
        {
            let error = karat::Error::shape("sample weights, one a row", source.len(), weights.len());
            return Err(crate::error::raise(py, &error));
        }
        let (centers, n_threads) = (&self.centers, self.n_threads);
        detached(py, || {
            let mut squares = vec![0.0_f64; source.len()];
            source.fill(&mut squares, 1, n_threads, |rows, start, squares| {
                let mut labels = [0; CHUNK];
                let labels = &mut labels[..squares.len()];
                centers.label(rows, start, labels)?;
                centers.squared_distances(rows, start, labels, squares)
            })?;
            if let Some(weights) = weights {
                squares.iter_mut().zip(weights).for_each(|(square, weight)| *square *= weight);
            }
            Ok(squares.chunks(CHUNK).map(|chunk| chunk.iter().sum::<f64>()).sum())
        })
    }
}

fn ready(py: Python<'_>, centers: PyReadonlyArray2<'_, f64>) -> PyResult<Centers> {
    let step = freeze(centers.as_array());
    step.map(|step| Centers::new(&step)).map_err(|error| crate::error::raise(py, &error))
}

/// The frozen step of centers row by row.
pub(crate) fn freeze(centers: ArrayView2<'_, f64>) -> Result<Segments> {
    let columns = centers.ncols();
    let features = (0..columns).map(|f| u32::try_from(f).unwrap_or(u32::MAX)).collect();
    let rows: Vec<Vec<f64>> = centers.rows().into_iter().map(|row| row.to_vec()).collect();
    let step = Segments::from_rows(features, &rows)?;
    step.check(columns)?;
    Ok(step)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(nearest_segments, module)?)?;
    module.add_function(wrap_pyfunction!(segment_distances, module)?)?;
    module.add_function(wrap_pyfunction!(segment_inertia, module)?)
}
