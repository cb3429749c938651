//! One row from Python objects: a fast path for numbers and known categories, and the core's table for
//! everything else, so that both ways read the same and complain the same.

use karat::{Column, Error, Table};
use karat_scorer::{Field, FieldKind, Schema};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyMapping, PySequence, PyString};

/// Field names as Python strings, made once.
#[derive(Debug)]
pub(crate) struct Fast {
    names: Vec<Py<PyString>>,
}

impl Fast {
    pub(crate) fn new(schema: &Schema) -> Fast {
        let names = Python::attach(|py| {
            schema.fields().iter().map(|field| PyString::intern(py, &field.name).unbind()).collect()
        });
        Fast { names }
    }

    /// Fills `values`; false when the row needs a closer look.
    pub(crate) fn read(
        &self,
        row: &Bound<'_, PyAny>,
        fields: &[Field],
        values: &mut [f64],
    ) -> PyResult<bool> {
        if let Ok(dict) = row.cast_exact::<PyDict>() {
            for ((name, field), slot) in self.names.iter().zip(fields).zip(values) {
                match dict.get_item(name)? {
                    Some(value) => match number(&value, field) {
                        Some(number) => *slot = number,
                        None => return Ok(false),
                    },
                    None => return Ok(false),
                }
            }
            return Ok(true);
        }
        let Ok(sequence) = row.cast::<PySequence>() else { return Ok(false) };
        if row.is_instance_of::<PyString>() || sequence.len()? != fields.len() {
            return Ok(false);
        }
        for ((position, field), slot) in fields.iter().enumerate().zip(values) {
            match number(&sequence.get_item(position)?, field) {
                Some(number) => *slot = number,
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}

fn number(value: &Bound<'_, PyAny>, field: &Field) -> Option<f64> {
    if value.is_none() {
        return Some(f64::NAN);
    }
    match &field.kind {
        FieldKind::Numeric if value.is_exact_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>() => {
            value.extract().ok()
        }
        FieldKind::Categorical(categories) => {
            let text = value.cast_exact::<PyString>().ok()?;
            let text = text.to_str().ok()?;
            categories.iter().position(|category| category == text).map(|code| code as f64)
        }
        _ => None,
    }
}

/// The row as a table of one row, for the core to read or refuse.
pub(crate) fn table_of(py: Python<'_>, row: &Bound<'_, PyAny>, fields: &[Field]) -> PyResult<Table<'static>> {
    let mut columns: Vec<(String, Column<'static>)> = Vec::new();
    if let Ok(mapping) = row.cast::<PyMapping>() {
        for key in mapping.keys()?.iter() {
            let value = mapping.get_item(&key)?;
            if let Ok(name) = key.extract::<String>() {
                let wanted = fields.iter().any(|field| field.name == name);
                let cell = if wanted { cell(py, &name, &value)? } else { vec![f64::NAN].into() };
                columns.push((name, cell));
            }
        }
    } else {
        let Ok(sequence) = row.try_iter() else {
            return Err(PyTypeError::new_err("a row is a mapping by field name, or a sequence of values"));
        };
        let values = sequence.collect::<PyResult<Vec<_>>>()?;
        if values.len() != fields.len() || row.is_instance_of::<PyString>() {
            return Err(crate::error::raise(py, &Error::shape("fields", fields.len(), values.len())));
        }
        for (field, value) in fields.iter().zip(&values) {
            columns.push((field.name.clone(), cell(py, &field.name, value)?));
        }
    }
    Table::from_columns(columns).map_err(|error| crate::error::raise(py, &error))
}

fn cell(py: Python<'_>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Column<'static>> {
    if value.is_none() {
        return Ok(vec![f64::NAN].into());
    }
    if let Ok(text) = value.extract::<String>() {
        return Ok(vec![Some(text)].into());
    }
    match value.extract::<f64>() {
        Ok(number) => Ok(vec![number].into()),
        // pandas.NA refuses to be a number; it means missing all the same.
        Err(_) if value.get_type().name()?.to_str()? == "NAType" => Ok(vec![f64::NAN].into()),
        Err(_) => {
            let kind = value.get_type().getattr(intern!(py, "__name__"))?;
            let problem = karat::Problem::new(
                name,
                format!("a value of type {kind} where a number or text is expected"),
                "turn it into a number",
            );
            Err(crate::error::raise(py, &Error::data(problem)))
        }
    }
}
