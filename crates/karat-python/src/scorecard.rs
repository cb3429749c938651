//! Scorecards: optimal bins, points, reasons.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use crate::error::{detached, raise};
use crate::table::Columns;
use karat::evaluate::scorecard::{
    Baseline, Binning as Core, FittedScorecard, OptimalBinning, Scorecard as Options, Side, Transform,
};
use karat::evaluate::weights::Finding;
use karat::scorer::Scorer;
use karat::{Error, Problem, Reading, Result, Table, Unseen};
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

type FindingTuple = (&'static str, String, String, String);
/// Positions of fields and their shortfalls, a row for each customer.
type ReasonArrays<'py> = (Bound<'py, PyArray2<i32>>, Bound<'py, PyArray2<f64>>);

fn tuples(findings: &[Finding]) -> Vec<FindingTuple> {
    findings.iter().map(|f| (f.code, f.place.clone(), f.fact.clone(), f.proposal.clone())).collect()
}

fn reading(flag_unseen: bool) -> Reading {
    let mut reading = Reading::default();
    reading.unseen = if flag_unseen { Unseen::Flag } else { Unseen::Refuse };
    reading
}

/// What Python could not read comes with what the core finds.
fn refuse_unread(table: &Table<'_>, binning: &Core, reading: &Reading, problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    with_unread(binning.bind(table, reading), problems).map(|_| ())
}

/// What the core found, after what Python could not read: for such columns the core saw nothing.
fn with_unread<T>(fitted: Result<T>, mut problems: Vec<Problem>) -> Result<T> {
    match fitted {
        fitted if problems.is_empty() => fitted,
        Err(Error::Data(mut found) | Error::Schema(mut found)) => {
            found.retain(|problem| problems.iter().all(|unread| unread.column != problem.column));
            problems.append(&mut found);
            Err(Error::Data(problems))
        }
        Ok(_) => Err(Error::Data(problems)),
        other => other,
    }
}

/// A matrix with one row for each field: its transpose has contiguous columns.
fn matrix<'py>(py: Python<'py>, columns: &[Vec<f64>], rows: usize) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let array = Array2::from_shape_vec((columns.len(), rows), columns.concat())
        .map_err(|_| raise(py, &Error::shape("rows", rows, 0)))?;
    Ok(array.into_pyarray(py))
}

fn slice<'a>(values: Option<&'a PyReadonlyArray1<'_, f64>>) -> PyResult<Option<&'a [f64]>> {
    Ok(values.map(PyReadonlyArray1::as_slice).transpose()?)
}

/// Bins of every field.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct Binning {
    inner: Core,
}

#[pymethods]
impl Binning {
    #[staticmethod]
    #[pyo3(signature = (options_json, rows, columns, target, weights))]
    fn fit(
        py: Python<'_>,
        options_json: &str,
        rows: usize,
        columns: &Bound<'_, PyList>,
        target: PyReadonlyArray1<'_, f64>,
        weights: Option<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<Binning> {
        let options = OptimalBinning::from_json(options_json).map_err(|error| raise(py, &error))?;
        let columns = Columns::new(rows, columns, Vec::new())?;
        let (target, weights) = (target.as_slice()?, slice(weights.as_ref())?);
        let inner = columns.detached(py, |table, problems| {
            with_unread(options.fit_weighted(table, target, weights), problems)
        })?;
        Ok(Binning { inner })
    }

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Binning> {
        Ok(Binning { inner: Core::from_json(text).map_err(|error| raise(py, &error))? })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.to_json().map_err(|error| raise(py, &error))
    }

    fn findings(&self) -> Vec<FindingTuple> {
        tuples(&self.inner.findings)
    }

    /// Gini, Kolmogorov-Smirnov and Jensen-Shannon of every field.
    fn separations(&self) -> Vec<(f64, f64, f64)> {
        let fields = self.inner.fields.iter().map(|field| field.separation);
        fields.map(|s| (s.gini, s.kolmogorov_smirnov, s.jensen_shannon)).collect()
    }

    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn transform<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        what: &str,
        flag_unseen: bool,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let transform = match what {
            "evidence" => Transform::Evidence,
            "rate" => Transform::Rate,
            _ => Transform::Position,
        };
        let reading = reading(flag_unseen);
        let columns = Columns::new(rows, columns, others)?;
        let found = columns.detached(py, |table, problems| {
            refuse_unread(table, &self.inner, &reading, problems)?;
            self.inner.transform(table, &reading, transform, threads)
        })?;
        matrix(py, &found, rows)
    }
}

/// A points table.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct Scorecard {
    inner: FittedScorecard,
}

#[pymethods]
impl Scorecard {
    #[staticmethod]
    #[pyo3(signature = (options_json, rows, columns, target, weights))]
    fn fit(
        py: Python<'_>,
        options_json: &str,
        rows: usize,
        columns: &Bound<'_, PyList>,
        target: PyReadonlyArray1<'_, f64>,
        weights: Option<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<Scorecard> {
        let options = Options::from_json(options_json).map_err(|error| raise(py, &error))?;
        let columns = Columns::new(rows, columns, Vec::new())?;
        let (target, weights) = (target.as_slice()?, slice(weights.as_ref())?);
        let inner = columns.detached(py, |table, problems| {
            with_unread(options.fit_weighted(table, target, weights), problems)
        })?;
        Ok(Scorecard { inner })
    }

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Scorecard> {
        Ok(Scorecard { inner: FittedScorecard::from_json(text).map_err(|error| raise(py, &error))? })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.to_json().map_err(|error| raise(py, &error))
    }

    fn findings(&self) -> Vec<FindingTuple> {
        tuples(&self.inner.findings)
    }

    fn binning(&self) -> Binning {
        Binning { inner: self.inner.binning.clone() }
    }

    fn plan(&self, py: Python<'_>) -> PyResult<crate::plan::Plan> {
        Ok(crate::plan::Plan { inner: self.inner.to_plan().map_err(|error| raise(py, &error))? })
    }

    /// The model file of the frozen points.
    fn model_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = detached(py, || {
            let model = self.inner.to_model()?;
            Scorer::new(&model)?;
            model.to_bytes()
        })?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn to_pmml(&self, py: Python<'_>, against: &str, codes: Vec<(String, String)>) -> PyResult<String> {
        Ok(self.inner.to_pmml(baseline(py, against)?, &codes.into_iter().collect()))
    }

    /// Points that each field is compared with.
    fn baseline(&self, py: Python<'_>, name: &str) -> PyResult<Vec<f64>> {
        Ok(self.inner.baseline(baseline(py, name)?))
    }

    /// Names of the entries, and the points of each, a row for each entry.
    fn points<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        flag_unseen: bool,
        threads: usize,
    ) -> PyResult<(Vec<String>, Bound<'py, PyArray2<f64>>)> {
        let reading = reading(flag_unseen);
        let columns = Columns::new(rows, columns, others)?;
        let found = columns.detached(py, |table, problems| {
            refuse_unread(table, &self.inner.binning, &reading, problems)?;
            self.inner.points_of(table, &reading, threads)
        })?;
        Ok((self.inner.entries(), matrix(py, &found, rows)?))
    }

    fn probability<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        flag_unseen: bool,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let reading = reading(flag_unseen);
        let columns = Columns::new(rows, columns, others)?;
        let found = columns.detached(py, |table, problems| {
            refuse_unread(table, &self.inner.binning, &reading, problems)?;
            self.inner.probability(table, &reading, threads)
        })?;
        Ok(found.into_pyarray(py))
    }

    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn reasons<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        against: &str,
        above: bool,
        most: usize,
        flag_unseen: bool,
        threads: usize,
    ) -> PyResult<ReasonArrays<'py>> {
        let (reading, baseline) = (reading(flag_unseen), baseline(py, against)?);
        let side = if above { Side::Above } else { Side::Below };
        let columns = Columns::new(rows, columns, others)?;
        let found = columns.detached(py, |table, problems| {
            refuse_unread(table, &self.inner.binning, &reading, problems)?;
            self.inner.reasons(table, &reading, baseline, side, most, threads)
        })?;
        let shape = |_| raise(py, &Error::shape("reasons", rows * most, 0));
        // NO_REASON is the largest number; as a signed one it is -1.
        let fields: Vec<i32> = found.fields.iter().map(|field| field.cast_signed()).collect();
        let fields = Array2::from_shape_vec((rows, most), fields).map_err(shape)?;
        let gaps = Array2::from_shape_vec((rows, most), found.shortfalls).map_err(shape)?;
        Ok((fields.into_pyarray(py), gaps.into_pyarray(py)))
    }
}

fn baseline(py: Python<'_>, name: &str) -> PyResult<Baseline> {
    match name {
        "maximum" => Ok(Baseline::Maximum),
        "neutral" => Ok(Baseline::Neutral),
        "mean" => Ok(Baseline::Mean),
        "minimum" => Ok(Baseline::Minimum),
        other => {
            let rule = "must be \"maximum\", \"neutral\", \"mean\" or \"minimum\"";
            Err(raise(py, &Error::argument("against", rule, format!("\"{other}\""))))
        }
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Binning>()?;
    module.add_class::<Scorecard>()
}
