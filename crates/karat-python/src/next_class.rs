//! The pipeline from segments to a forecast of the next class.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use crate::error::raise;
use crate::table::Columns;
use karat::Error;
use karat::forecast::classes::{
    ClassStage, Gain, NextClass, NextClassProgress, NextClassReport, NextClassStep as Core, Panel,
};
use karat::scorer::step::Asked;
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use std::ops::ControlFlow;

/// What may be set, by the names of the Python class.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Options {
    classes: usize,
    customer: String,
    period: String,
    value: String,
    measures: Vec<String>,
    fields: Option<Vec<String>>,
    class_column: Option<String>,
    window: usize,
    test_periods: usize,
    ordered: Option<bool>,
    recogniser: bool,
    refit: bool,
    costs: Option<Vec<Vec<f64>>>,
    samples: usize,
    level: f64,
    libraries: usize,
    members: usize,
    max_rows: usize,
    growth_rows: usize,
    seed: u64,
    threads: usize,
}

impl Options {
    fn plan(&self) -> NextClass {
        let mut plan = NextClass::new(self.classes, &self.value, &self.measures);
        plan.fields.clone_from(&self.fields);
        plan.class_column.clone_from(&self.class_column);
        (plan.window, plan.test_periods) = (self.window, self.test_periods);
        (plan.recogniser, plan.refit) = (self.recogniser, self.refit);
        plan.ordered = self.ordered;
        plan.costs.clone_from(&self.costs);
        (plan.samples, plan.level) = (self.samples, self.level);
        plan.network.libraries = karat::forecast::wavelet::sparse::Library::defaults();
        plan.network.libraries.truncate(self.libraries);
        plan.network.members = self.members;
        (plan.network.max_rows, plan.network.growth_rows) = (self.max_rows, self.growth_rows);
        plan.seed(self.seed).threads(self.threads)
    }
}

/// Fits the pipeline; asks for signals, and tells `progress(stage, done, networks)`, at least every 50 ms.
#[pyfunction]
#[pyo3(signature = (rows, columns, options, previous, progress))]
fn fit_next_class<'py>(
    py: Python<'py>,
    rows: usize,
    columns: &Bound<'py, PyList>,
    options: Options,
    previous: Option<Bound<'py, NextClassStep>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(NextClassStep, Bound<'py, PyDict>)> {
    let mut plan = options.plan();
    plan.previous = previous.map(|step| step.get().inner.classes.clone());
    let columns = Columns::new(rows, columns, Vec::new())?;
    let mut signal = None;
    let fitted = columns.detached(py, |table, problems| {
        if !problems.is_empty() {
            return Err(Error::Data(problems));
        }
        let panel = Panel::new(table, &options.customer, &options.period)?;
        plan.fit_observed(&panel, &mut |at| match tell(progress.as_ref(), at) {
            Ok(()) => ControlFlow::Continue(()),
            Err(raised) => {
                signal.get_or_insert(raised);
                ControlFlow::Break(())
            }
        })
    });
    match (fitted, signal) {
        (Err(_), Some(raised)) => Err(raised),
        (fitted, _) => {
            let fitted = fitted?;
            let report = describe(py, &fitted.report, &fitted.step)?;
            Ok((NextClassStep { inner: fitted.step }, report))
        }
    }
}

fn tell(progress: Option<&Py<PyAny>>, at: &NextClassProgress) -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        let stage = match at.stage {
            ClassStage::Classes => "classes",
            ClassStage::Judging => "network to be judged",
            ClassStage::Logit => "multinomial logit",
            ClassStage::Recogniser => "recogniser",
            _ => "network",
        };
        progress.map_or(Ok(()), |progress| progress.call1(py, (stage, at.done, at.networks)).map(|_| ()))
    })
}

fn describe<'py>(py: Python<'py>, report: &NextClassReport, step: &Core) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    found.set_item("class_sizes", report.class_sizes.clone())?;
    found.set_item("class_values", step.classes.values.clone())?;
    found.set_item("training_rows", report.training_rows)?;
    found.set_item("test_rows", report.test_rows)?;
    found.set_item("test_customers", report.test_customers)?;
    found.set_item("first_test_period", &report.first_test_period)?;
    found.set_item("left", report.left)?;
    found.set_item("confusion", report.confusion.clone())?;
    found.set_item("ordered", report.ordered)?;
    found.set_item("held_out_loss", report.network.held_out_loss)?;
    let gain = |gain: Gain| (gain.estimate, gain.low, gain.high);
    let models = PyList::empty(py);
    for model in &report.models {
        let judged = model.judged;
        let measures = (judged.log_loss, judged.weighted_kappa, judged.macro_f1, judged.accuracy);
        let gains =
            model.gain.map(|g| (gain(g.log_loss), gain(g.weighted_kappa), gain(g.macro_f1), gain(g.cost)));
        models.append((&model.name, measures, model.cost, model.lift, gains))?;
    }
    found.set_item("models", models)?;
    let recogniser = report.recogniser.map(|found| {
        let judged = found.judged;
        (judged.log_loss, judged.weighted_kappa, judged.accuracy, found.shares_log_loss)
    });
    found.set_item("recogniser", recogniser)?;
    let alignment = report
        .alignment
        .as_ref()
        .map(|found| (found.kept, found.renamed.clone(), found.numbers.clone(), found.migration.clone()));
    found.set_item("alignment", alignment)?;
    let findings = report
        .findings
        .iter()
        .map(|f| (f.code, f.place.clone(), f.fact.clone(), f.proposal.clone()))
        .collect::<Vec<_>>();
    found.set_item("findings", findings)?;
    Ok(found)
}

/// The frozen pipeline; pickled by its bytes.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct NextClassStep {
    inner: Core,
}

type Forecasts<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<u32>>,
    Bound<'py, PyArray1<u32>>,
    Bound<'py, PyArray2<f64>>,
);

#[pymethods]
impl NextClassStep {
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<NextClassStep> {
        Ok(NextClassStep { inner: Core::from_bytes(bytes).map_err(|error| raise(py, &error))? })
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.inner.to_bytes().map_err(|error| raise(py, &error))?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<NextClassStep>().getattr("from_bytes")?, (self.to_bytes(py)?,)))
    }

    /// Mean value of each class.
    #[getter]
    fn values(&self) -> Vec<f64> {
        self.inner.classes.values.clone()
    }

    /// Columns that a forecast needs beside customer and period.
    fn columns(&self) -> Vec<String> {
        let classes = &self.inner.classes;
        let mut names: Vec<String> = classes.measures.iter().map(|scale| scale.name.clone()).collect();
        if let karat::forecast::classes::ClassSource::Column(name) = &classes.source {
            names.push(name.clone());
        }
        names.extend(self.inner.fields.iter().cloned());
        names
    }

    /// Columns that the recogniser needs; none without one.
    fn recogniser_columns(&self) -> Option<Vec<String>> {
        self.inner.recogniser.as_ref().map(|r| r.fields.iter().map(|field| field.name.clone()).collect())
    }

    /// Row in the table, class now, class decided for, and probabilities: of each customer's last period, or of
    /// all.
    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn forecast<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        customer: &str,
        period: &str,
        last: bool,
    ) -> PyResult<Forecasts<'py>> {
        let columns = Columns::new(rows, columns, others)?;
        let found = columns.detached(py, |table, problems| {
            if !problems.is_empty() {
                return Err(Error::Data(problems));
            }
            let panel = Panel::new(table, customer, period)?;
            if last { self.inner.forecast_last(&panel) } else { self.inner.forecast(&panel) }
        })?;
        let places: Vec<i64> = found.rows.iter().map(|&row| row as i64).collect();
        let chances =
            NextClassStep::matrix(py, found.rows.len(), self.inner.classes.count(), found.probabilities)?;
        Ok((places.into_pyarray(py), found.now.into_pyarray(py), found.next.into_pyarray(py), chances))
    }

    /// Names of the forecaster's effects, its base, and what each adds to each class: rows of last periods.
    #[allow(clippy::type_complexity, clippy::too_many_arguments, reason = "one private entry point")]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        customer: &str,
        period: &str,
    ) -> PyResult<(Vec<String>, Vec<f64>, Bound<'py, PyArray2<f64>>)> {
        let columns = Columns::new(rows, columns, others)?;
        let network = &self.inner.forecaster;
        let width = network.width_of(Asked::Contributions);
        let sums = columns.detached(py, |table, problems| {
            if !problems.is_empty() {
                return Err(Error::Data(problems));
            }
            self.inner.explain_last(&Panel::new(table, customer, period)?)
        })?;
        let count = sums.len().checked_div(width).unwrap_or(0);
        let names = network.groups.iter().map(|group| network.group_name(group)).collect();
        Ok((names, network.base.clone(), NextClassStep::matrix(py, count, width, sums)?))
    }

    /// Probabilities of the class now, from the fields alone.
    fn recognise<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let columns = Columns::new(rows, columns, others)?;
        let found = columns.detached(py, |table, problems| {
            if !problems.is_empty() {
                return Err(Error::Data(problems));
            }
            self.inner.recognise(table)
        })?;
        NextClassStep::matrix(py, rows, self.inner.classes.count(), found)
    }
}

impl NextClassStep {
    fn matrix<'py>(
        py: Python<'py>,
        rows: usize,
        columns: usize,
        values: Vec<f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let array = Array2::from_shape_vec((rows, columns), values)
            .map_err(|_| raise(py, &Error::shape("values", rows * columns, 0)))?;
        Ok(array.into_pyarray(py))
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<NextClassStep>()?;
    module.add_function(wrap_pyfunction!(fit_next_class, module)?)
}
