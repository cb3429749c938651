//! What an index does with a base: influence, admission tests, robustness, sensitivity.

use crate::error::detached;
use crate::plan::Plan;
use crate::scorer::Scorer;
use crate::table::{Columns, bind};
use karat::evaluate::analysis::{
    Base, Boundaries, EffectiveOptions, LintOptions, RobustnessOptions, Sampling, SensitivityOptions,
    SobolIndex, Spread, effective_weights, lint, robustness, sensitivity, target_weights,
};
use karat::evaluate::weights::Finding;
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::borrow::Cow;

/// Code, place, fact, proposal.
type FindingRow = (&'static str, String, String, String);

fn rows_of(findings: Vec<Finding>) -> Vec<FindingRow> {
    findings.into_iter().map(|found| (found.code, found.place, found.fact, found.proposal)).collect()
}

/// Customers as an additive index sees them.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct AnalysisBase {
    inner: Base,
    boundaries: Boundaries,
}

fn signals() -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        Ok(())
    })
}

/// Calls back about twenty times a second so that signals are served; keeps what they raise.
fn watched<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&mut dyn FnMut(f64) -> bool) -> karat::Result<T> + Send,
) -> PyResult<T> {
    let mut stopped: Option<PyErr> = None;
    let found = detached(py, || {
        work(&mut |_| match signals() {
            Ok(()) => true,
            Err(error) => {
                stopped = Some(error);
                false
            }
        })
    });
    match stopped {
        Some(error) => Err(error),
        None => found,
    }
}

#[pymethods]
impl AnalysisBase {
    #[staticmethod]
    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn read(
        py: Python<'_>,
        scorer: &Scorer,
        plan: &Plan,
        rows: usize,
        columns: &Bound<'_, PyList>,
        others: Vec<String>,
        most: usize,
        seed: u64,
    ) -> PyResult<AnalysisBase> {
        let columns = Columns::new(rows, columns, others)?;
        let inner = columns.detached(py, |table, problems| {
            let bound = bind(table, scorer.inner.schema(), &scorer.reading, problems)?;
            let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
            Base::read(&scorer.inner, &columns, Sampling::new().most(most).seed(seed))
        })?;
        Ok(AnalysisBase { inner, boundaries: Boundaries::of(&plan.inner) })
    }

    #[getter]
    fn customers(&self) -> usize {
        self.inner.customers()
    }

    #[getter]
    fn refused(&self) -> usize {
        self.inner.refused()
    }

    #[getter]
    fn sampled(&self) -> bool {
        self.inner.is_sample()
    }

    #[getter]
    fn names(&self) -> Vec<String> {
        self.inner.names().to_vec()
    }

    #[getter]
    fn dimensions(&self) -> Vec<String> {
        self.inner.dimensions().to_vec()
    }

    /// Where grades are cut unless one says otherwise.
    #[getter]
    fn boundaries(&self) -> &'static str {
        match self.boundaries {
            Boundaries::Shares => "shares",
            _ => "frozen",
        }
    }

    fn rows<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u64>> {
        let rows: Vec<u64> = self.inner.rows().iter().map(|&row| row as u64).collect();
        rows.into_pyarray(py)
    }

    /// Rows of name, dimension, nominal, effective, correlation, importance; then the findings.
    #[allow(clippy::type_complexity, reason = "one row of a table")]
    fn effective(
        &self,
        py: Python<'_>,
        correlated: f64,
        factor: f64,
    ) -> PyResult<(Vec<(String, String, f64, f64, f64, f64)>, Vec<FindingRow>)> {
        let options = EffectiveOptions::new().correlated(correlated).factor(factor);
        let found = detached(py, || Ok(effective_weights(&self.inner, &options)))?;
        let row = |e: karat::evaluate::analysis::EffectiveWeight| {
            (e.name, e.dimension, e.nominal, e.effective, e.correlation, e.importance)
        };
        Ok((found.entries.into_iter().map(row).collect(), rows_of(found.findings)))
    }

    /// Rows of name, missing, inflation, nearest, its correlation, guidance, weight, spread; then the findings.
    #[allow(clippy::type_complexity, reason = "one row of a table")]
    fn lint(
        &self,
        py: Python<'_>,
        outcome: Option<PyReadonlyArray1<'_, f64>>,
        missing: f64,
        inflation: f64,
        correlated: f64,
        weight: f64,
    ) -> PyResult<(Vec<(String, f64, f64, Option<String>, f64, f64, f64, f64)>, Vec<FindingRow>)> {
        let options =
            LintOptions::new().missing(missing).inflation(inflation).correlated(correlated).weight(weight);
        let outcome = outcome.as_ref().map(|outcome| outcome.as_slice()).transpose()?;
        let found = detached(py, || lint(&self.inner, outcome, &options))?;
        let row = |a: karat::evaluate::analysis::Admission| {
            (a.name, a.missing, a.inflation, a.nearest, a.nearest_correlation, a.guidance, a.weight, a.spread)
        };
        Ok((found.indicators.into_iter().map(row).collect(), rows_of(found.findings)))
    }

    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn robust<'py>(
        &self,
        py: Python<'py>,
        draws: usize,
        spread: f64,
        log_normal: bool,
        frozen: bool,
        seed: u64,
        threads: usize,
    ) -> PyResult<Bound<'py, PyDict>> {
        let boundaries = if frozen { Boundaries::Frozen } else { Boundaries::Shares };
        let options = RobustnessOptions::new(boundaries)
            .draws(draws)
            .spread(spread)
            .distribution(if log_normal { Spread::LogNormal } else { Spread::Uniform })
            .seed(seed)
            .threads(threads);
        let found = watched(py, |observer| robustness(&self.inner, &options, observer))?;
        let out = PyDict::new(py);
        out.set_item("change_probability", found.change_probability.into_pyarray(py))?;
        out.set_item("never_change", found.never_change)?;
        out.set_item("sampling_error", found.sampling_error)?;
        out.set_item("shifts", found.shifts.into_pyarray(py))?;
        out.set_item("changes", found.changes.into_pyarray(py))?;
        out.set_item("weights", matrix(py, &found.weights, self.inner.names().len()))?;
        let one: Vec<Vec<f64>> =
            found.one_at_a_time.iter().map(|one| vec![one.lower, one.higher, one.shift]).collect();
        out.set_item("one_at_a_time", matrix(py, &one, 3))?;
        Ok(out)
    }

    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn sensitivity<'py>(
        &self,
        py: Python<'py>,
        samples: usize,
        spread: f64,
        by_dimension: bool,
        normalisation: bool,
        leave_out: bool,
        resamples: usize,
        seed: u64,
        threads: usize,
    ) -> PyResult<Bound<'py, PyDict>> {
        let options = SensitivityOptions::new()
            .samples(samples)
            .spread(spread)
            .by_dimension(by_dimension)
            .vary(normalisation, leave_out)
            .resamples(resamples)
            .seed(seed)
            .threads(threads);
        let found = watched(py, |observer| sensitivity(&self.inner, &options, observer))?;
        let out = PyDict::new(py);
        out.set_item("shift", matrix(py, &indices(&found.shift), 6))?;
        out.set_item("graded", matrix(py, &indices(&found.graded), 6))?;
        out.set_item("inputs", found.inputs)?;
        out.set_item("mean_shift", found.mean_shift)?;
        out.set_item("mean_graded", found.mean_graded)?;
        out.set_item("evaluations", found.evaluations)?;
        out.set_item("skipped", found.skipped)?;
        Ok(out)
    }

    /// Weights, influence with them, whether the targets are reached.
    #[allow(clippy::type_complexity, reason = "two arrays and a flag")]
    fn target<'py>(
        &self,
        py: Python<'py>,
        targets: Option<Vec<f64>>,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, bool)> {
        let found = detached(py, || target_weights(&self.inner, targets.as_deref()))?;
        Ok((found.weights.into_pyarray(py), found.effective.into_pyarray(py), found.reached))
    }
}

fn indices(found: &[SobolIndex]) -> Vec<Vec<f64>> {
    let row = |of: &SobolIndex| {
        let ((a, b), (c, d)) = (of.first_interval, of.total_interval);
        vec![of.first, a, b, of.total, c, d]
    };
    found.iter().map(row).collect()
}

fn matrix<'py>(py: Python<'py>, rows: &[Vec<f64>], width: usize) -> Bound<'py, PyArray2<f64>> {
    let value = |(row, column): (usize, usize)| rows[row][column];
    Array2::from_shape_fn((rows.len(), width), value).into_pyarray(py)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<AnalysisBase>()
}
