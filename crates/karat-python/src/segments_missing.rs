//! Rows with gaps among segments: the frozen step over what is present.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::num::NonZeroUsize;
use std::thread;

use karat::Result;
use karat::scorer::step::{Nearest, Segments};
use numpy::ndarray::{Array2, ArrayView2, Axis};
use numpy::{PyArray1, PyArray2, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;

use crate::error::detached;
use crate::nearest::freeze;

/// Rows that repay the start of a thread.
const ROWS_PER_THREAD: usize = 4096;

type LabelsAndSquares<'py> = (Bound<'py, PyArray1<i32>>, Bound<'py, PyArray1<f64>>);

/// The squared distance scaled by the share of the coordinates that is present.
fn scaled(nearest: Nearest, point: &[f64]) -> f64 {
    let present = point.iter().filter(|x| !x.is_nan()).count();
    if present == 0 { 0.0 } else { nearest.squared_distance * (point.len() as f64 / present as f64) }
}

/// The segment of every row and the scaled squared distance to its center.
#[pyfunction]
fn nearest_present<'py>(
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
            let nearest = step.eval_present(point);
            slot[0] = (i32::from(nearest.segment), scaled(nearest, point));
        });
        Ok(found)
    })?;
    let labels = PyArray1::from_iter(py, found.iter().map(|&(segment, _)| segment));
    Ok((labels, PyArray1::from_iter(py, found.iter().map(|&(_, squared)| squared))))
}

/// The scaled distance of every row to every center.
#[pyfunction]
fn present_distances<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    centers: PyReadonlyArray2<'py, f64>,
    n_threads: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (rows, centers) = (x.as_array(), centers.as_array());
    let distances = detached(py, || {
        let steps: Vec<Segments> = centers.axis_chunks_iter(Axis(0), 1).map(freeze).collect::<Result<_>>()?;
        let mut distances = Array2::zeros((rows.nrows(), steps.len()));
        if let Some(slots) = distances.as_slice_mut() {
            over_rows(rows, slots, steps.len(), n_threads, |point, slot| {
                for (distance, step) in slot.iter_mut().zip(&steps) {
                    *distance = scaled(step.eval_present(point), point).sqrt();
                }
            });
        }
        Ok(distances)
    })?;
    Ok(distances.to_pyarray(py))
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
    module.add_function(wrap_pyfunction!(nearest_present, module)?)?;
    module.add_function(wrap_pyfunction!(present_distances, module)?)
}
