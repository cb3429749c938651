//! Wavelet networks: the fit of the sparse one, and its frozen step.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use crate::error::raise;
use crate::table::{Columns, bind};
use karat::forecast::wavelet::sparse::{Library, NumberLoss, Progress, SparseNetwork, SparseReport, Target};
use karat::scorer::step::{Asked, Expansion as Core};
use karat::{Error, Problem, Reading, Result, Table, Unseen};
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use std::borrow::Cow;
use std::ops::ControlFlow;

/// A frozen sparse tensor wavelet network.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct Expansion {
    inner: Core,
}

fn reading() -> Reading {
    let mut reading = Reading::default();
    reading.unseen = Unseen::Flag;
    reading
}

fn bound<'t>(core: &Core, table: &'t Table<'_>, problems: Vec<Problem>) -> Result<Vec<Cow<'t, [f64]>>> {
    bind(table, &core.schema()?, &reading(), problems)
}

#[pymethods]
impl Expansion {
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Expansion> {
        Ok(Expansion { inner: Core::from_bytes(bytes).map_err(|error| raise(py, &error))? })
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.inner.to_bytes().map_err(|error| raise(py, &error))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Names of the fields.
    fn fields(&self) -> Vec<String> {
        self.inner.fields.iter().map(|field| field.name.clone()).collect()
    }

    /// Names of the main effects and interactions, and the number of terms of each.
    fn groups(&self) -> Vec<(String, u32)> {
        self.inner.groups.iter().map(|group| (self.inner.group_name(group), group.terms)).collect()
    }

    /// The fields of each of these.
    fn group_fields(&self) -> Vec<Vec<u32>> {
        let count = self.inner.fields.len();
        let known = |fields: [u32; 3]| fields.into_iter().filter(|&field| (field as usize) < count).collect();
        self.inner.groups.iter().map(|group| known(group.fields)).collect()
    }

    /// Outputs of a row whose terms are all at their means.
    fn base(&self) -> Vec<f64> {
        self.inner.base.clone()
    }

    /// Numbers of atoms, terms and outputs.
    fn size(&self) -> (usize, usize, usize) {
        (self.inner.atoms.len(), self.inner.terms.len(), self.inner.outputs)
    }

    /// A row for each customer: "decision", "value" or "contributions".
    fn eval<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        what: &str,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let asked = match what {
            "decision" => Asked::Decision,
            "value" => Asked::Value,
            _ => Asked::Contributions,
        };
        let width = self.inner.width_of(asked);
        let columns = Columns::new(rows, columns, others)?;
        let found = columns.detached(py, |table, problems| {
            let bound = bound(&self.inner, table, problems)?;
            let views: Vec<&[f64]> = bound.iter().map(|column| &**column).collect();
            let mut out = vec![0.0; rows * width];
            self.inner.eval_batch(&views, asked, &mut out, threads)?;
            Ok(out)
        })?;
        let array = Array2::from_shape_vec((rows, width), found)
            .map_err(|_| raise(py, &Error::shape("numbers of the result", rows * width, 0)))?;
        Ok(array.into_pyarray(py))
    }

    /// What is worth knowing of each row: missing 1, far outside 2, unseen category 4.
    fn flags<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
    ) -> PyResult<Bound<'py, PyArray1<u32>>> {
        let columns = Columns::new(rows, columns, others)?;
        let found = columns.detached(py, |table, problems| {
            let bound = bound(&self.inner, table, problems)?;
            let mut found = vec![0; rows];
            for (field, column) in self.inner.fields.iter().zip(&bound) {
                found.iter_mut().zip(column.iter()).for_each(|(found, &raw)| *found |= field.flags(raw));
            }
            Ok(found)
        })?;
        Ok(found.into_pyarray(py))
    }
}

/// Fits a sparse network; `options` are its parameters by name, `classes` is 0 for numbers. Asks for signals,
/// and tells `progress(done, networks)`, at least every 50 ms.
#[pyfunction]
#[pyo3(signature = (rows, columns, target, classes, weights, options, progress=None))]
#[allow(clippy::too_many_arguments, reason = "one private entry point")]
fn fit_sparse_network<'py>(
    py: Python<'py>,
    rows: usize,
    columns: &Bound<'py, PyList>,
    target: PyReadonlyArray1<'py, f64>,
    classes: usize,
    weights: Option<PyReadonlyArray1<'py, f64>>,
    options: &Bound<'py, PyDict>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let plan = read_options(options)?;
    let columns = Columns::new(rows, columns, Vec::new())?;
    let numbers = target.as_slice()?;
    let labels: Vec<u32> =
        if classes > 0 { numbers.iter().map(|&class| class as u32).collect() } else { Vec::new() };
    let ordered: bool = options.get_item("ordered")?.map_or(Ok(false), |flag| flag.extract())?;
    let target = if ordered {
        Target::Ordered { labels: &labels, count: classes }
    } else if classes > 0 {
        Target::Classes { labels: &labels, count: classes }
    } else {
        Target::Numbers(numbers)
    };
    let weights = weights.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    let mut signal = None;
    let fitted = columns.detached(py, |table, problems| {
        if !problems.is_empty() {
            return Err(Error::Data(problems));
        }
        plan.fit_observed(table, target, weights, &mut |at| match tell(progress.as_ref(), at) {
            Ok(()) => ControlFlow::Continue(()),
            Err(raised) => {
                signal.get_or_insert(raised);
                ControlFlow::Break(())
            }
        })
    });
    if let (Err(_), Some(raised)) = (&fitted, signal) {
        return Err(raised);
    }
    let fitted = fitted?;
    let found = describe(py, &fitted.report)?;
    found.set_item("step", Expansion { inner: fitted.step })?;
    Ok(found)
}

fn tell(progress: Option<&Py<PyAny>>, at: &Progress) -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        progress.map_or(Ok(()), |progress| progress.call1(py, (at.done, at.networks)).map(|_| ()))
    })
}

fn read_options(options: &Bound<'_, PyDict>) -> PyResult<SparseNetwork> {
    let mut plan = SparseNetwork::new();
    for (name, value) in options {
        match name.extract::<String>()?.as_str() {
            "libraries" => plan.libraries.truncate(value.extract()?),
            "library_list" => {
                let list: Vec<(usize, Vec<f64>)> = value.extract()?;
                plan.libraries =
                    list.into_iter().map(|(knots, scales)| Library::new(knots, scales)).collect();
            }
            "library_temperature" => plan.library_temperature = value.extract()?,
            "curvature_rounds" => plan.curvature_rounds = value.extract()?,
            "folds" => plan.folds = value.extract()?,
            "members" => plan.members = value.extract()?,
            "order" => plan.order = value.extract()?,
            "max_units" => plan.max_units = value.extract()?,
            "per_round" => plan.per_round = value.extract()?,
            "patience" => plan.patience = value.extract()?,
            "penalty" => plan.penalty = value.extract()?,
            "linear_penalty" => plan.linear_penalty = value.extract()?,
            "calibrate" => plan.calibrate = value.extract()?,
            "max_rows" => plan.max_rows = value.extract()?,
            "growth_rows" => plan.growth_rows = value.extract()?,
            // Part of the target.
            "ordered" => {}
            "warm_start" => {
                let bytes: Vec<u8> = value.extract()?;
                plan.warm_start =
                    Some(Core::from_bytes(&bytes).map_err(|error| raise(options.py(), &error))?);
            }
            "huber" => plan.loss = NumberLoss::Huber { delta: value.extract()? },
            "seed" => plan.seed = value.extract()?,
            "threads" => plan.threads = value.extract()?,
            other => return Err(raise(options.py(), &Error::argument(other, "is no option", "it"))),
        }
    }
    Ok(plan)
}

fn describe<'py>(py: Python<'py>, report: &SparseReport) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    found.set_item("rows", report.rows)?;
    found.set_item("fitted_rows", report.fitted_rows)?;
    found.set_item("held_out_loss", report.held_out_loss)?;
    found.set_item("linear_loss", report.linear_loss)?;
    found.set_item("calibration_slope", report.calibration_slope)?;
    let libraries = PyList::empty(py);
    for library in &report.libraries {
        let networks: Vec<_> = library
            .networks
            .iter()
            .map(|network| (network.history.clone(), network.best, network.terms))
            .collect();
        libraries.append((library.held_out_loss, library.weight, networks))?;
    }
    found.set_item("libraries", libraries)?;
    let rows: Vec<i64> = report.held_out.iter().map(|&row| row as i64).collect();
    found.set_item("held_out", rows.into_pyarray(py))?;
    let (outputs, count) = (report.held_out_outputs.len(), report.held_out.len());
    let array = Array2::from_shape_vec((outputs, count), report.held_out_outputs.concat())
        .map_err(|_| raise(py, &Error::shape("held-out outputs", outputs * count, 0)))?;
    found.set_item("held_out_outputs", array.into_pyarray(py))?;
    Ok(found)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Expansion>()?;
    module.add_function(wrap_pyfunction!(fit_sparse_network, module)?)
}
