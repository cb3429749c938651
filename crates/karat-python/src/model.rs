//! Fitted value models.

use crate::error::detached;
use crate::plan::Plan;
use crate::scorer::Scorer;
use crate::table::{Columns, bind};
use karat::{Error, Index, Progress, ValueModel};
use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use std::path::PathBuf;

/// A fitted plan with its report.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) inner: ValueModel,
}

#[pymethods]
impl Model {
    /// Fits on the calling thread, which also runs signal handlers and `progress(task, share)` about
    /// twenty times a second. An exception of either, or False from `progress`, ends the fit.
    #[staticmethod]
    #[pyo3(signature = (plan, rows, columns, others, seed, threads, progress))]
    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn fit(
        py: Python<'_>,
        plan: &Plan,
        rows: usize,
        columns: &Bound<'_, PyList>,
        others: Vec<String>,
        seed: u64,
        threads: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Model> {
        let mut stopped: Option<PyErr> = None;
        let columns = Columns::new(rows, columns, others)?;
        let fitted = columns.detached(py, |table, problems| {
            if !problems.is_empty() {
                let mut reading = plan.inner.reading();
                reading.refuse_infinite = true;
                bind(table, &plan.inner.schema()?, &reading, problems)?;
            }
            let mut observer = |now: Progress| match tell(progress.as_ref(), now) {
                Ok(go_on) => go_on,
                Err(error) => {
                    stopped = Some(error);
                    false
                }
            };
            ValueModel::new(plan.inner.clone()).seed(seed).threads(threads).fit_observed(table, &mut observer)
        });
        match stopped {
            Some(error) => Err(error),
            None => fitted.map(|inner| Model { inner }),
        }
    }

    /// Fits an index without classes to columns.
    #[staticmethod]
    fn fit_index(
        py: Python<'_>,
        plan: &Plan,
        rows: usize,
        columns: &Bound<'_, PyList>,
        others: Vec<String>,
        threads: usize,
    ) -> PyResult<Model> {
        let columns = Columns::new(rows, columns, others)?;
        let fitted = columns.detached(py, |table, problems| {
            if !problems.is_empty() {
                let mut reading = plan.inner.reading();
                reading.refuse_infinite = true;
                bind(table, &plan.inner.schema()?, &reading, problems)?;
            }
            Index::new(plan.inner.clone())?.threads(threads).fit(table)
        });
        fitted.map(|inner| Model { inner })
    }

    /// Fits an index without classes to rows of numbers where they lie.
    #[staticmethod]
    fn fit_index_rows(
        py: Python<'_>,
        plan: &Plan,
        rows: PyReadonlyArray2<'_, f64>,
        threads: usize,
    ) -> PyResult<Model> {
        let width = rows.shape()[1];
        let rows = rows.as_slice()?;
        detached(py, || Index::new(plan.inner.clone())?.threads(threads).fit_rows(rows, width))
            .map(|inner| Model { inner })
    }

    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Model> {
        detached(py, || ValueModel::load(&path)).map(|inner| Model { inner })
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Model> {
        detached(py, || ValueModel::from_bytes(bytes.to_vec())).map(|inner| Model { inner })
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.as_bytes())
    }

    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        detached(py, || self.inner.save(&path))
    }

    fn plan(&self) -> Plan {
        Plan { inner: self.inner.plan().clone() }
    }

    fn scorer(&self) -> Scorer {
        Scorer::new(self.inner.scorer().clone(), self.inner.as_bytes().to_vec())
    }

    fn report_text(&self) -> String {
        self.inner.report().to_string()
    }

    fn report_json(&self, py: Python<'_>) -> PyResult<String> {
        detached(py, || {
            serde_json::to_string(self.inner.report())
                .map_err(|error| Error::argument("report", "must be writable as JSON", error))
        })
    }
}

fn tell(progress: Option<&Py<PyAny>>, now: Progress) -> PyResult<bool> {
    Python::attach(|py| {
        py.check_signals()?;
        let Some(progress) = progress else { return Ok(true) };
        let answer = progress.call1(py, (now.task, now.share))?;
        Ok(answer.is_none(py) || answer.is_truthy(py)?)
    })
}
