//! Forecasts in a fitted model, and their outputs for tables and rows.

use crate::error::{detached, raise};
use crate::model::Model;
use crate::scorer::{Scorer, shared};
use crate::table::{Columns, bind};
use karat::scorer::step::prepaid::Prepaid;
use karat::scorer::step::wavelet::Wavelons;
use karat::scorer::step::{Contract, Expansion, Stages};
use karat::{Error, ForecastPart, Result};
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray2, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::borrow::Cow;

/// A step from its bytes, as a part of a model.
fn part(kind: &str, step: &[u8], columns: &[String], classes: &[String]) -> Result<ForecastPart> {
    Ok(match kind {
        "sparse" => ForecastPart::sparse_network(Expansion::from_bytes(step)?, classes),
        "wavelons" => ForecastPart::network(Wavelons::from_bytes(step)?, columns, classes),
        "prepaid" => ForecastPart::prepaid(Prepaid::from_bytes(step)?),
        "contract" => ForecastPart::contract(Contract::from_bytes(step)?, columns),
        "stages" => ForecastPart::stages(Stages::from_bytes(step)?, columns),
        other => return Err(Error::argument("kind", "must be that of a frozen step", other)),
    })
}

/// A model with one more forecast. `sources` and `constants` say where inputs come from that are no fields of the
/// same name.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "one private entry point")]
fn model_with_forecast(
    py: Python<'_>,
    model: &Model,
    name: &str,
    kind: &str,
    step: &[u8],
    columns: Vec<String>,
    classes: Vec<String>,
    sources: Vec<(String, String)>,
    constants: Vec<(String, f64)>,
    record: Vec<(String, String)>,
    new_fields: bool,
) -> PyResult<Model> {
    let inner = detached(py, || {
        let mut part = part(kind, step, &columns, &classes)?;
        for (input, source) in sources {
            part = part.input(input, source);
        }
        for (input, value) in constants {
            part = part.constant(input, value);
        }
        for (field, output) in record {
            part = part.record(field, output);
        }
        model.inner.with_forecast(name, if new_fields { part } else { part.known_fields_only() })
    })?;
    Ok(Model { inner })
}

fn matrix<'py>(
    py: Python<'py>,
    rows: usize,
    width: usize,
    numbers: Vec<f64>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let count = numbers.len();
    let array = Array2::from_shape_vec((rows, width), numbers)
        .map_err(|_| raise(py, &Error::shape("numbers of the result", rows * width, count)))?;
    Ok(array.into_pyarray(py))
}

/// All outputs of a table.
#[pyfunction]
fn forecast_table<'py>(
    py: Python<'py>,
    scorer: &Scorer,
    rows: usize,
    columns: &Bound<'py, PyList>,
    others: Vec<String>,
    flag_unseen: bool,
    threads: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (reading, width) = (scorer.reading(flag_unseen), scorer.inner.output_count());
    let columns = Columns::new(rows, columns, others)?;
    let found = columns.detached(py, |table, problems| {
        let bound = bind(table, scorer.inner.schema(), &reading, problems)?;
        let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
        let mut out = vec![0.0; rows * width];
        if width > 0 {
            shared(&mut out, width, threads, |start, out| {
                let end = start + out.len() / width;
                let part: Vec<&[f64]> = columns.iter().map(|column| &column[start..end]).collect();
                scorer.inner.forecast_columns(&part, out)
            })?;
        }
        Ok(out)
    })?;
    matrix(py, rows, width, found)
}

/// All outputs of rows as C and Rust take them.
#[pyfunction]
fn forecast_rows<'py>(
    py: Python<'py>,
    scorer: &Scorer,
    rows: PyReadonlyArray2<'py, f64>,
    threads: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (count, width) = (rows.shape()[0], rows.shape()[1]);
    let (rows, outputs) = (rows.as_slice()?, scorer.inner.output_count());
    let found = detached(py, || {
        if width != scorer.inner.schema().len() {
            return Err(Error::shape("fields", scorer.inner.schema().len(), width));
        }
        let mut out = vec![0.0; count * outputs];
        if outputs > 0 {
            shared(&mut out, outputs, threads, |start, out| {
                let size = out.len() / outputs;
                scorer.inner.forecast_rows(&rows[start * width..(start + size) * width], width, size, out)
            })?;
        }
        Ok(out)
    })?;
    matrix(py, count, outputs, found)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(model_with_forecast, module)?)?;
    module.add_function(wrap_pyfunction!(forecast_table, module)?)?;
    module.add_function(wrap_pyfunction!(forecast_rows, module)?)
}
