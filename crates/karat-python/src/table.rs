//! Columns as the Python package hands them over, borrowed as the core's table.

use crate::error::{detached, raise};
use karat::{Column, Error, Problem, Reading, Result, Table};
use karat_scorer::Schema;
use numpy::{IntoPyArray, PyReadonlyArray1};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::borrow::Cow;
use std::path::PathBuf;

enum Values<'py> {
    Numbers(PyReadonlyArray1<'py, f64>),
    Text(PyReadonlyArray1<'py, u32>, Vec<String>),
    /// A column that Python could not read: what is wrong and what to do.
    Unusable(String, String),
}

/// The columns of a call: `(name, float64 array)`, `(name, uint32 codes, labels)` or
/// `(name, what is wrong, what to do)`.
pub(crate) struct Columns<'py> {
    rows: usize,
    list: Vec<(String, Values<'py>)>,
    others: Vec<String>,
}

impl<'py> Columns<'py> {
    /// `others` are the names of columns that were not handed over: they serve to find a misspelt one.
    pub(crate) fn new(rows: usize, list: &Bound<'py, PyList>, others: Vec<String>) -> PyResult<Columns<'py>> {
        let list = list.iter().map(|entry| column(&entry)).collect::<PyResult<_>>()?;
        Ok(Columns { rows, list, others })
    }

    /// Calls `work` with the borrowed table and the problems that Python found, without the lock.
    pub(crate) fn detached<T: Send>(
        &self,
        py: Python<'py>,
        work: impl FnOnce(&Table<'_>, Vec<Problem>) -> Result<T> + Send,
    ) -> PyResult<T> {
        let unread = if self.stand_ins() { vec![f64::NAN; self.rows] } else { Vec::new() };
        let mut columns = Vec::new();
        let mut problems = Vec::new();
        for (name, values) in &self.list {
            let values = match values {
                Values::Numbers(values) => Column::Numeric(Cow::Borrowed(values.as_slice()?)),
                Values::Text(codes, labels) => {
                    Column::Text { codes: Cow::Borrowed(codes.as_slice()?), labels: labels.clone() }
                }
                Values::Unusable(what, remedy) => {
                    problems.push(Problem::new(name, what, remedy));
                    Column::Numeric(Cow::Borrowed(&unread))
                }
            };
            columns.push((name.clone(), values));
        }
        let others =
            self.others.iter().map(|name| (name.clone(), Column::Numeric(Cow::Borrowed(&unread[..]))));
        columns.extend(others);
        let table = Table::from_columns(columns).map_err(|error| raise(py, &error))?;
        detached(py, || work(&table, problems))
    }

    fn stand_ins(&self) -> bool {
        !self.others.is_empty() || self.list.iter().any(|(_, values)| matches!(values, Values::Unusable(..)))
    }
}

fn column<'py>(entry: &Bound<'py, PyAny>) -> PyResult<(String, Values<'py>)> {
    let entry = entry.cast::<PyTuple>()?;
    let name: String = entry.get_item(0)?.extract()?;
    let first = entry.get_item(1)?;
    let values = if let Ok(numbers) = first.extract::<PyReadonlyArray1<'py, f64>>() {
        Values::Numbers(numbers)
    } else if let Ok(codes) = first.extract::<PyReadonlyArray1<'py, u32>>() {
        Values::Text(codes, entry.get_item(2)?.extract()?)
    } else if let Ok(what) = first.extract::<String>() {
        Values::Unusable(what, entry.get_item(2)?.extract()?)
    } else {
        return Err(PyTypeError::new_err(format!("column `{name}`: neither float64 nor uint32 codes")));
    };
    Ok((name, values))
}

/// The columns a schema needs; what Python could not read is reported with what the core finds.
pub(crate) fn bind<'t>(
    table: &'t Table<'_>,
    schema: &Schema,
    reading: &Reading,
    mut problems: Vec<Problem>,
) -> Result<Vec<Cow<'t, [f64]>>> {
    match table.bind(schema, reading) {
        Ok(bound) if problems.is_empty() => Ok(bound),
        Ok(_) => Err(Error::Data(problems)),
        Err(Error::Data(mut found)) => {
            found.append(&mut problems);
            Err(Error::Data(found))
        }
        Err(Error::Schema(mut found)) => {
            found.append(&mut problems);
            Err(Error::Schema(found))
        }
        Err(other) => Err(other),
    }
}

/// Reads a CSV file into columns as [`Columns`] takes them.
#[pyfunction]
pub(crate) fn read_csv<'py>(py: Python<'py>, path: PathBuf) -> PyResult<Bound<'py, PyList>> {
    let columns = detached(py, || {
        let table = Table::read_csv(&path)?;
        let (names, columns) = table.into_parts();
        Ok(names.into_iter().zip(columns).collect::<Vec<_>>())
    })?;
    let list = PyList::empty(py);
    for (name, column) in columns {
        match column {
            Column::Numeric(values) => list.append((name, values.into_owned().into_pyarray(py)))?,
            Column::Text { codes, labels } => {
                list.append((name, codes.into_owned().into_pyarray(py), labels))?;
            }
        }
    }
    Ok(list)
}
