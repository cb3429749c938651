//! The synthetic operator: tables that hand out their columns one by one.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use karat::Error;
use karat::synth::{Frame, NULL, Operator, OperatorTables, Preset, Series};
use numpy::PyArray1;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::error::{detached, raise};

/// One table of a synthetic operator.
#[pyclass(module = "karat._karat", frozen)]
struct SyntheticTable {
    frame: Frame,
}

#[pymethods]
impl SyntheticTable {
    /// Names of the columns, in order.
    #[getter]
    fn names(&self) -> Vec<&str> {
        self.frame.columns.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn __len__(&self) -> usize {
        self.frame.rows()
    }

    /// The values of a column and, for text, its distinct texts; then the values are codes, -1 for missing.
    fn column<'py>(
        &self,
        py: Python<'py>,
        name: &str,
    ) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyList>>)> {
        match self.frame.column(name) {
            Some(Series::Number(values)) => Ok((PyArray1::from_slice(py, values).into_any(), None)),
            Some(Series::Integer(values)) => Ok((PyArray1::from_slice(py, values).into_any(), None)),
            Some(Series::Text { codes, labels }) => {
                let signed = codes.iter().map(|&code| if code == NULL { -1 } else { code.cast_signed() });
                let codes = PyArray1::from_iter(py, signed);
                Ok((codes.into_any(), Some(PyList::new(py, labels)?)))
            }
            _ => Err(PyKeyError::new_err(name.to_owned())),
        }
    }

    /// Writes the table as CSV: whole, or not at all.
    fn write_csv(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        detached(py, || write_whole(&self.frame, &path))
    }
}

/// Writes beside the target first and renames, so that a full disk leaves no half table behind.
fn write_whole(frame: &Frame, path: &Path) -> karat::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let refused = |error: &std::io::Error| Error::io(path, "write", error);
    let file = std::fs::File::create(&partial).map_err(|error| refused(&error))?;
    let written = frame
        .write_csv(BufWriter::with_capacity(1 << 16, file))
        .and_then(|()| std::fs::rename(&partial, path).map_err(|error| refused(&error)));
    if written.is_err() {
        // What remains of it is of no use; the error that matters is the first one.
        let _ = std::fs::remove_file(&partial);
    }
    written.map_err(|error| match error {
        Error::Io { reason, action, .. } => Error::Io { path: path.display().to_string(), action, reason },
        other => other,
    })
}

/// The tables of a synthetic operator by name: customers, monthly, truth, and ties and dirt if asked for.
#[pyfunction]
#[pyo3(signature = (n_customers, months, seed, preset, dirty, ties, n_threads))]
#[allow(clippy::too_many_arguments, reason = "the parameters of the Python function, one by one")]
fn make_operator<'py>(
    py: Python<'py>,
    n_customers: u64,
    months: u32,
    seed: u64,
    preset: &str,
    dirty: bool,
    ties: bool,
    n_threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let preset: Preset = preset.parse().map_err(|error: Error| raise(py, &error))?;
    let operator = Operator::new(n_customers)
        .months(months)
        .seed(seed)
        .preset(preset)
        .dirty(dirty)
        .ties(ties)
        .threads(n_threads);
    let OperatorTables { customers, monthly, truth, ties, dirt, .. } =
        detached(py, move || operator.generate())?;
    let tables = PyDict::new(py);
    let named = [("customers", customers), ("monthly", monthly), ("truth", truth)];
    let optional = [("ties", ties), ("dirt", dirt)];
    let optional = optional.into_iter().filter_map(|(name, frame)| Some((name, frame?)));
    for (name, frame) in named.into_iter().chain(optional) {
        tables.set_item(name, Bound::new(py, SyntheticTable { frame })?)?;
    }
    Ok(tables)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<SyntheticTable>()?;
    module.add_function(wrap_pyfunction!(make_operator, module)?)
}
