//! Plans.

use crate::error::{detached, raise};
use crate::hierarchy::Hierarchy;
use crate::table::{Columns, bind};
use karat_scorer::FieldKind;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::borrow::Cow;
use std::path::PathBuf;

/// A checked plan.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) inner: karat::Plan,
}

#[pymethods]
impl Plan {
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Plan> {
        detached(py, || karat::Plan::from_json(text)).map(|inner| Plan { inner })
    }

    #[staticmethod]
    fn from_toml(py: Python<'_>, text: &str) -> PyResult<Plan> {
        detached(py, || karat::Plan::from_toml(text)).map(|inner| Plan { inner })
    }

    #[staticmethod]
    fn read(py: Python<'_>, path: PathBuf) -> PyResult<Plan> {
        detached(py, || karat::Plan::read(&path)).map(|inner| Plan { inner })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.to_json().map_err(|error| raise(py, &error))
    }

    fn to_toml(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.to_toml().map_err(|error| raise(py, &error))
    }

    /// Names of the columns a fit reads: the fields in the order of a row, then the identifier if any.
    fn columns(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let schema = self.inner.schema().map_err(|error| raise(py, &error))?;
        let mut names: Vec<String> = schema.fields().iter().map(|field| field.name.clone()).collect();
        if let Some(id) = self.inner.id.as_ref().filter(|id| !names.contains(id)) {
            names.push(id.clone());
        }
        Ok(names)
    }

    /// The values of every field as a fit would read them, categories by position; nothing is fitted.
    fn bind<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
    ) -> PyResult<Vec<Bound<'py, PyArray1<f64>>>> {
        let mut reading = self.inner.reading();
        reading.refuse_infinite = true;
        let columns = Columns::new(rows, columns, others)?;
        let bound = columns.detached(py, |table, problems| {
            let bound = bind(table, &self.inner.schema()?, &reading, problems)?;
            Ok(bound.into_iter().map(Cow::into_owned).collect::<Vec<_>>())
        })?;
        Ok(bound.into_iter().map(|values| values.into_pyarray(py)).collect())
    }

    /// The tree with the experts' weights.
    fn hierarchy(&self, py: Python<'_>) -> PyResult<Hierarchy> {
        detached(py, || self.inner.hierarchy()).map(|inner| Hierarchy { inner })
    }

    fn fields(&self, py: Python<'_>) -> PyResult<Vec<FieldTuple>> {
        let schema = self.inner.schema().map_err(|error| raise(py, &error))?;
        Ok(schema.fields().iter().map(field_tuple).collect())
    }
}

/// Name, unit, kind, categories, rule for missing values.
pub(crate) type FieldTuple = (String, String, &'static str, Vec<String>, String);

pub(crate) fn field_tuple(field: &karat_scorer::Field) -> FieldTuple {
    let kind = if matches!(field.kind, FieldKind::Numeric) { "numeric" } else { "categorical" };
    let missing = format!("{:?}", field.missing).to_lowercase();
    (field.name.clone(), field.unit.clone(), kind, field.categories().to_vec(), missing)
}
