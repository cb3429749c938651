//! What sets segments apart, their rules and shares, and the natural breaks of one number.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use karat::classify::natural_breaks::natural_breaks_of;
use karat::classify::segments::{profile, segment_rules, value_shares};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::error::detached;

/// Sizes, shares, means and differences of every segment, its name, its rule, and its share of the value.
#[pyfunction]
#[pyo3(signature = (labels, segments, names, measures, value, conditions))]
fn profile_segments<'py>(
    py: Python<'py>,
    labels: PyReadonlyArray1<'py, u32>,
    segments: usize,
    names: Vec<String>,
    measures: PyReadonlyArray2<'py, f64>,
    value: Option<PyReadonlyArray1<'py, f64>>,
    conditions: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let (labels, measures) = (labels.as_slice()?, measures.as_array());
    let value = value.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (profiles, rules, shares) = detached(py, || {
        let profiles = profile(labels, segments, &names, measures)?;
        let rules = segment_rules(labels, segments, &names, measures, conditions)?;
        let shares = value.map(|value| value_shares(labels, segments, value)).transpose()?;
        Ok((profiles, rules, shares))
    })?;
    let result = PyDict::new(py);
    let shape = (profiles.len(), names.len());
    let table =
        |of: &dyn Fn(usize, usize) -> f64| Array2::from_shape_fn(shape, |(i, j)| of(i, j)).to_pyarray(py);
    result.set_item("mean", table(&|i, j| profiles[i].measures[j].mean))?;
    result.set_item("base_mean", table(&|i, j| profiles[i].measures[j].base_mean))?;
    result.set_item("z", table(&|i, j| profiles[i].measures[j].z))?;
    result.set_item("missing", table(&|i, j| profiles[i].measures[j].missing as f64))?;
    result.set_item("size", PyArray1::from_iter(py, profiles.iter().map(|p| p.size.cast_signed())))?;
    result.set_item("share", PyArray1::from_iter(py, profiles.iter().map(|p| p.share)))?;
    let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
    result.set_item("name", names)?;
    let by_difference: Vec<Vec<usize>> = profiles.iter().map(|p| p.by_difference.clone()).collect();
    result.set_item("by_difference", by_difference)?;
    let texts: Vec<String> = rules.iter().map(ToString::to_string).collect();
    result.set_item("rule", texts)?;
    let conditions = rules.iter().map(|rule| {
        let bounds = rule.conditions.iter().map(|c| (c.measure.clone(), c.at_least, c.below));
        bounds.collect::<Vec<_>>()
    });
    result.set_item("conditions", PyList::new(py, conditions)?)?;
    result.set_item("rule_rows", PyArray1::from_iter(py, rules.iter().map(|r| r.rows.cast_signed())))?;
    result.set_item("purity", PyArray1::from_iter(py, rules.iter().map(|r| r.purity)))?;
    result.set_item("coverage", PyArray1::from_iter(py, rules.iter().map(|r| r.coverage)))?;
    result.set_item("lift", PyArray1::from_iter(py, rules.iter().map(|r| r.lift)))?;
    result.set_item("value_share", shares.map(|shares| PyArray1::from_vec(py, shares)))?;
    Ok(result)
}

/// The natural breaks of values in any order.
#[pyfunction]
#[pyo3(signature = (values, weights, classes))]
fn natural_breaks<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
    weights: Option<PyReadonlyArray1<'py, f64>>,
    classes: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let values = values.as_slice()?;
    let weights = weights.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    let found = detached(py, || natural_breaks_of(values, weights, classes))?;
    let result = PyDict::new(py);
    result.set_item("cuts", PyArray1::from_vec(py, found.cuts))?;
    result.set_item("means", PyArray1::from_vec(py, found.means))?;
    result.set_item("weights", PyArray1::from_vec(py, found.weights))?;
    result.set_item("sizes", PyArray1::from_iter(py, found.sizes.iter().map(|s| s.cast_signed())))?;
    result.set_item("inertia", found.inertia)?;
    result.set_item("goodness_of_fit", found.goodness_of_fit)?;
    Ok(result)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(profile_segments, module)?)?;
    module.add_function(wrap_pyfunction!(natural_breaks, module)?)
}
