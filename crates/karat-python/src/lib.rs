//! The extension module behind the Python package `karat`: private, small, and without ideas of its own.
#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

mod analysis;
mod churn;
mod churn_model;
mod contract;
mod data_weights;
mod datasets;
mod diagnosis;
mod error;
mod forecast;
mod hierarchy;
mod incomplete;
mod influence;
mod judgment_methods;
mod judgments;
mod lifecycle;
mod model;
mod nearest;
mod next_class;
mod plan;
mod prepaid;
mod reasons;
mod row;
mod scorecard;
mod scorer;
mod segment_profiles;
mod segment_quality;
mod segments;
mod segments_mini_batch;
mod segments_missing;
mod segments_stream;
mod table;
mod value;
mod wavelet;
mod wavelet_network;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
fn _karat(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<plan::Plan>()?;
    module.add_class::<model::Model>()?;
    module.add_class::<scorer::Scorer>()?;
    module.add_function(wrap_pyfunction!(table::read_csv, module)?)?;
    analysis::register(module)?;
    churn::register(module)?;
    churn_model::register(module)?;
    contract::register(module)?;
    value::register(module)?;
    lifecycle::register(module)?;
    data_weights::register(module)?;
    datasets::register(module)?;
    diagnosis::register(module)?;
    forecast::register(module)?;
    hierarchy::register(module)?;
    incomplete::register(module)?;
    influence::register(module)?;
    judgments::register(module)?;
    reasons::register(module)?;
    scorecard::register(module)?;
    judgment_methods::register(module)?;
    nearest::register(module)?;
    next_class::register(module)?;
    prepaid::register(module)?;
    segment_profiles::register(module)?;
    segment_quality::register(module)?;
    segments::register(module)?;
    segments_mini_batch::register(module)?;
    segments_missing::register(module)?;
    segments_stream::register(module)?;
    wavelet_network::register(module)?;
    wavelet::register(module)?;
    error::register(module)
}
