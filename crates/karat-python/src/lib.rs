//! The extension module behind the Python package `karat`: private, small, and without ideas of its own.

mod datasets;
mod error;
mod judgments;
mod segments;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
fn _karat(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    datasets::register(module)?;
    judgments::register(module)?;
    segments::register(module)?;
    error::register(module)
}
