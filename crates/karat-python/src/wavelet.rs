//! Wavelet networks of the classic families: fit, score, choose, judge fields, intervals.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use crate::error::{detached, raise};
use karat::evaluate::weights::Finding;
use karat::forecast::wavelet::{
    Criterion, Decay, Family, FieldKind, Init, IntervalMethod, Intervals, Mother, Noise, Optimiser, Progress,
    Resample, Task, Validation, WaveletNetwork, WaveletReport, distinct_rows, select_wavelons, significance,
};
use karat::scorer::nearest_name;
use karat::scorer::step::wavelet::Wavelons as Core;
use karat::{Error, Fitted, Result};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::ops::ControlFlow;

type FindingTuple = (&'static str, String, String, String);

/// The parameters of the Python class.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Parameters {
    task: String,
    classes: u32,
    huber: f64,
    family: String,
    mother: String,
    wavelons: usize,
    linear: bool,
    categories: Vec<u32>,
    names: Vec<String>,
    decay: (f64, f64, f64),
    init: String,
    optimiser: String,
    batch_size: usize,
    learning_rate: f64,
    max_iter: usize,
    tol: f64,
    validation: f64,
    validation_last: bool,
    patience: usize,
    starts: usize,
    members: usize,
    bootstrap: bool,
    class_weights: Vec<f64>,
    warm_start: Option<Vec<u8>>,
    seed: u64,
    threads: usize,
}

/// The one of `choices` that `name` names.
fn choose<T: Copy>(parameter: &str, name: &str, choices: &[(&str, T)]) -> Result<T> {
    if let Some((_, value)) = choices.iter().find(|(known, _)| *known == name) {
        return Ok(*value);
    }
    let known: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
    let hint = nearest_name(name, known.iter().copied())
        .map_or(String::new(), |nearest| format!(" (did you mean \"{nearest}\"?)"));
    let rule = format!("must be one of {}{hint}", known.join(", "));
    Err(Error::argument(parameter, rule, format!("\"{name}\"")))
}

impl Parameters {
    fn plan(&self) -> Result<WaveletNetwork> {
        let tasks = [
            ("squared", Task::Squared),
            ("huber", Task::Huber(self.huber)),
            ("classes", Task::Classes(self.classes)),
            ("ordered", Task::OrderedClasses(self.classes)),
        ];
        let inits = [
            ("random", Init::Random),
            ("ranges", Init::Ranges),
            ("residual", Init::Residual),
            ("orthogonal", Init::Orthogonal),
            ("backward", Init::Backward),
        ];
        let adam = Optimiser::Adam { batch: self.batch_size, rate: self.learning_rate };
        let optimisers = [
            ("auto", Optimiser::Automatic),
            ("levenberg-marquardt", Optimiser::LevenbergMarquardt),
            ("lbfgs", Optimiser::Lbfgs),
            ("adam", adam),
        ];
        let families = Family::ALL.map(|family| (family.name(), family));
        let mothers = Mother::ALL.map(|mother| (mother.name(), mother));
        let field = |&count: &u32| if count == 0 { FieldKind::Number } else { FieldKind::Category(count) };
        let validation = match (self.validation, self.validation_last) {
            (0.0, _) => Validation::None,
            (share, false) => Validation::Random(share),
            (share, true) => Validation::Last(share),
        };
        let warm_start = self.warm_start.as_deref().map(Core::from_bytes).transpose()?;
        let (linear, network, dilation) = self.decay;
        Ok(WaveletNetwork::new(self.wavelons, choose("task", &self.task, &tasks)?)
            .family(choose("family", &self.family, &families)?)
            .mother(choose("mother", &self.mother, &mothers)?)
            .linear(self.linear)
            .fields(self.categories.iter().map(field).collect())
            .names(self.names.clone())
            .decay(Decay::new(linear, network, dilation))
            .init(choose("init", &self.init, &inits)?)
            .optimiser(choose("optimiser", &self.optimiser, &optimisers)?)
            .iterations(self.max_iter)
            .tolerance(self.tol)
            .validation(validation)
            .patience(self.patience)
            .starts(self.starts)
            .members(self.members)
            .resample(if self.bootstrap { Resample::Bootstrap } else { Resample::Same })
            .class_weights(self.class_weights.clone())
            .warm_start(warm_start)
            .seed(self.seed)
            .threads(self.threads))
    }
}

/// Runs work that tells an observer, without the interpreter's lock; a signal or an exception of `progress` stops it.
fn observed<T: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&mut dyn FnMut(&Progress) -> ControlFlow<()>) -> Result<T> + Send,
) -> PyResult<T> {
    let mut raised = None;
    let result = detached(py, || {
        work(&mut |at| match tell(progress.as_ref(), at) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                raised = Some(error);
                ControlFlow::Break(())
            }
        })
    });
    match (result, raised) {
        (Err(_), Some(raised)) => Err(raised),
        (result, _) => result,
    }
}

/// Calls `progress(member, members, iteration, objective)`.
fn tell(progress: Option<&Py<PyAny>>, at: &Progress) -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        let Some(progress) = progress else { return Ok(()) };
        progress.call1(py, (at.member, at.members, at.iteration, at.objective)).map(|_| ())
    })
}

/// Fits a network; its step and how the fit went.
#[pyfunction]
#[pyo3(signature = (x, y, weights, parameters, progress=None))]
fn fit_wavelet<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray1<'py, f64>,
    weights: Option<PyReadonlyArray1<'py, f64>>,
    parameters: Parameters,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Wavelons, Bound<'py, PyDict>)> {
    let (rows, target) = (x.as_array(), y.as_slice()?);
    let weights = weights.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    let fitted = observed(py, progress, |observer| {
        let plan = parameters.plan()?;
        plan.fit_observed(rows, target, weights, observer)
    })?;
    let report = describe(py, &fitted.report)?;
    Ok((Wavelons { step: fitted.step, report: Some(fitted.report) }, report))
}

fn tuples(findings: &[Finding]) -> Vec<FindingTuple> {
    findings.iter().map(|f| (f.code, f.place.clone(), f.fact.clone(), f.proposal.clone())).collect()
}

fn describe<'py>(py: Python<'py>, report: &WaveletReport) -> PyResult<Bound<'py, PyDict>> {
    let result = PyDict::new(py);
    result.set_item("parameters", report.parameters)?;
    result.set_item("inputs", report.inputs)?;
    result.set_item("loss", report.loss)?;
    result.set_item("findings", tuples(&report.findings))?;
    let against = &report.against;
    result.set_item("against", (against.network, against.linear, against.on_validation, against.as_good))?;
    let members = report.members.iter().map(|member| {
        let one = PyDict::new(py);
        one.set_item("converged", member.converged)?;
        one.set_item("stopped_early", member.stopped_early)?;
        one.set_item("n_iter", member.iterations)?;
        one.set_item("history", PyArray1::from_slice(py, &member.history))?;
        one.set_item("validation", PyArray1::from_slice(py, &member.validation))?;
        one.set_item("starts", PyArray1::from_slice(py, &member.starts))?;
        one.set_item("counts", PyArray1::from_slice(py, &member.counts))?;
        Ok(one)
    });
    result.set_item("members", members.collect::<PyResult<Vec<_>>>()?)?;
    Ok(result)
}

/// A frozen network; pickled by the bytes of its section.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct Wavelons {
    step: Core,
    report: Option<WaveletReport>,
}

#[pymethods]
impl Wavelons {
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Wavelons> {
        let step = Core::from_bytes(bytes).map_err(|error| raise(py, &error))?;
        Ok(Wavelons { step, report: None })
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.step.to_bytes())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<Wavelons>().getattr("from_bytes")?, (self.to_bytes(py),)))
    }

    #[getter]
    fn fields(&self) -> usize {
        self.step.fields()
    }

    #[getter]
    fn width(&self) -> usize {
        self.step.width()
    }

    #[getter]
    fn members(&self) -> usize {
        self.step.parts().members.len()
    }

    /// Numbers or probabilities, and the flags of each row.
    #[allow(clippy::type_complexity, reason = "two arrays")]
    fn eval<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<u32>>)> {
        let (count, width) = (x.as_array().nrows(), self.step.width());
        let rows = x.as_array();
        let (out, flags) = detached(py, || {
            if rows.ncols() != self.step.fields() {
                return Err(Error::shape("fields", self.step.fields(), rows.ncols()));
            }
            let standard = rows.as_standard_layout();
            let (mut out, mut flags) = (vec![0.0; count * width], vec![0; count]);
            self.step.eval_batch(standard.as_slice().unwrap_or(&[]), &mut out, &mut flags)?;
            Ok((out, flags))
        })?;
        Ok((self.matrix(py, out, count, width)?, PyArray1::from_vec(py, flags)))
    }

    /// Outputs before the link.
    fn eval_outputs<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (rows, width) = (x.as_array(), self.step.outputs());
        let out = detached(py, || {
            let mut out = vec![0.0; rows.nrows() * width];
            for (row, out) in rows.rows().into_iter().zip(out.chunks_exact_mut(width)) {
                self.step.eval_outputs(&row.to_vec(), out)?;
            }
            Ok(out)
        })?;
        self.matrix(py, out, rows.nrows(), width)
    }

    /// Forecast, and the ends of confidence and prediction intervals.
    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn intervals<'py>(
        &self,
        py: Python<'py>,
        parameters: Parameters,
        x: PyReadonlyArray2<'py, f64>,
        y: PyReadonlyArray1<'py, f64>,
        rows: PyReadonlyArray2<'py, f64>,
        level: f64,
        method: &str,
        noise: &str,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (x, y, rows) = (x.as_array(), y.as_slice()?, rows.as_array());
        let bands = detached(py, || {
            let methods = [
                ("bagged", IntervalMethod::Bagged),
                ("analytic", IntervalMethod::Analytic),
                ("conformal", IntervalMethod::Conformal),
            ];
            let noises = [("constant", Noise::Constant), ("varying", Noise::Varying)];
            let (method, noise) = (choose("method", method, &methods)?, choose("noise", noise, &noises)?);
            let Some(report) = self.report.clone() else {
                let rule =
                    "must come from a fit of this session: what was left out of each member is not saved";
                return Err(Error::argument("network", rule, "one that was loaded"));
            };
            let fitted = Fitted { step: self.step.clone(), report };
            Intervals::new(method, noise, &fitted, &parameters.plan()?, x, y)?.at(rows, level)
        })?;
        let row = |at: usize| {
            let (c, p) = (bands.confidence[at], bands.prediction[at]);
            [bands.forecast[at], c.0, c.1, p.0, p.1]
        };
        self.matrix(py, (0..bands.forecast.len()).flat_map(row).collect(), bands.forecast.len(), 5)
    }
}

impl Wavelons {
    fn matrix<'py>(
        &self,
        py: Python<'py>,
        values: Vec<f64>,
        rows: usize,
        columns: usize,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let array = Array2::from_shape_vec((rows, columns), values)
            .map_err(|_| raise(py, &Error::shape("values", rows * columns, 0)))?;
        Ok(array.to_pyarray(py))
    }
}

/// Different rows in an order of their own, and the weight of each.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "two arrays")]
fn wavelet_rows<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray1<'py, f64>,
    weights: Option<PyReadonlyArray1<'py, f64>>,
) -> PyResult<(Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>)> {
    let (x, y) = (x.as_array(), y.as_slice()?);
    let weights = weights.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    let (rows, weights) = detached(py, || distinct_rows(x, y, weights))?;
    let rows = rows.into_iter().map(|row| row as i64).collect();
    Ok((PyArray1::from_vec(py, rows), PyArray1::from_vec(py, weights)))
}

type Choice = (Vec<(usize, f64, f64)>, usize, Vec<FindingTuple>);

/// Wavelons, risk and standard error of each candidate, the number chosen, and findings.
#[pyfunction]
#[pyo3(signature = (x, y, parameters, candidates, criterion, parts, progress=None))]
#[allow(clippy::too_many_arguments, reason = "one private entry point")]
fn choose_wavelons(
    py: Python<'_>,
    x: PyReadonlyArray2<'_, f64>,
    y: PyReadonlyArray1<'_, f64>,
    parameters: Parameters,
    candidates: Vec<usize>,
    criterion: &str,
    parts: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<Choice> {
    let (rows, target) = (x.as_array(), y.as_slice()?);
    let choice = observed(py, progress, |observer| {
        let criteria = [
            ("information", Criterion::Information),
            ("cross_validation", Criterion::CrossValidation(parts)),
            ("bootstrap", Criterion::Bootstrap(parts)),
        ];
        let criterion = choose("criterion", criterion, &criteria)?;
        select_wavelons(&parameters.plan()?, rows, target, &candidates, criterion, observer)
    })?;
    let risks = choice.candidates.iter().map(|c| (c.wavelons, c.risk, c.standard_error)).collect();
    Ok((risks, choice.chosen, tuples(&choice.findings)))
}

/// Field, sensitivity, p-value and round of pruning (0 for none) of each field.
#[pyfunction]
#[pyo3(signature = (x, y, parameters, samples, level, progress=None))]
fn field_significance(
    py: Python<'_>,
    x: PyReadonlyArray2<'_, f64>,
    y: PyReadonlyArray1<'_, f64>,
    parameters: Parameters,
    samples: usize,
    level: f64,
    progress: Option<Py<PyAny>>,
) -> PyResult<Vec<(usize, f64, f64, usize)>> {
    let (rows, target) = (x.as_array(), y.as_slice()?);
    let found = observed(py, progress, |observer| {
        significance(&parameters.plan()?, rows, target, samples, level, observer)
    })?;
    Ok(found.fields.iter().map(|f| (f.field, f.sensitivity, f.p_value, f.pruned)).collect())
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Wavelons>()?;
    module.add_function(wrap_pyfunction!(fit_wavelet, module)?)?;
    module.add_function(wrap_pyfunction!(wavelet_rows, module)?)?;
    module.add_function(wrap_pyfunction!(choose_wavelons, module)?)?;
    module.add_function(wrap_pyfunction!(field_significance, module)?)
}
