//! Errors of the core as the exception classes of the package: the kind decides the class.

use karat::{Error, ErrorKind};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Exception classes live in `karat._errors`, where they can have two parents each.
fn class_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Argument => "ParameterError",
        ErrorKind::Shape => "ShapeError",
        ErrorKind::Schema => "SchemaError",
        ErrorKind::Io => "ModelIOError",
        ErrorKind::Format => "FormatError",
        ErrorKind::Unsupported => "UnsupportedError",
        ErrorKind::Numerics => "NumericsError",
        ErrorKind::Data => "DataError",
        ErrorKind::Judgment => "JudgmentError",
        ErrorKind::Interrupted => "StoppedError",
        _ => "KaratError",
    }
}

/// The Python exception of an error.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let text = error.to_string();
    let made = py
        .import("karat._errors")
        .and_then(|errors| errors.getattr(class_name(error.kind())))
        .and_then(|class| class.call1(PyTuple::new(py, [text.as_str()])?))
        .and_then(|exception| with_problems(error, exception));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(_) if error.kind() == ErrorKind::Io => PyOSError::new_err(text),
        Err(_) => PyValueError::new_err(text),
    }
}

/// Errors about a table carry their single problems, for programs that handle them one by one.
fn with_problems<'py>(error: &Error, exception: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if let Error::Schema(problems) | Error::Data(problems) = error {
        let list: Vec<_> = problems
            .iter()
            .map(|p| (p.column.as_str(), p.what.as_str(), p.count, p.rows.clone(), p.remedy.as_str()))
            .collect();
        exception.setattr("problems", exception.py().get_type::<PyTuple>().call1((list,))?)?;
    }
    Ok(exception)
}

/// Runs work of the core without the interpreter's lock and turns errors, and panics, into exceptions.
///
/// A panic is a defect of karat; it must not become a `PanicException`, which `except Exception` does
/// not catch.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> karat::Result<T> + Send,
) -> PyResult<T> {
    match py.detach(|| catch_unwind(AssertUnwindSafe(work))) {
        Ok(result) => result.map_err(|error| raise(py, &error)),
        Err(_) => Err(internal(py)),
    }
}

fn internal(py: Python<'_>) -> PyErr {
    let text = "a defect inside karat stopped the call; please report it with the data's shape and the plan";
    let made = py
        .import("karat._errors")
        .and_then(|errors| errors.getattr("InternalError"))
        .and_then(|class| class.call1((text,)));
    made.map_or_else(|_| PyRuntimeError::new_err(text), PyErr::from_value)
}

pub(crate) fn register(_: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
