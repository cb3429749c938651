//! Stages of the life of customers.

use crate::error::{detached, raise};
use karat::Error;
use karat::forecast::lifecycle::{
    FittedHiddenStages, HiddenStages, MonthlySeries, Stage, StageChain, StageFacts, Stages, life_cycle_curve,
    rules,
};
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

type Column<'py> = PyReadonlyArray1<'py, f64>;
type Floats<'py> = Bound<'py, PyArray1<f64>>;
type Codes<'py> = Bound<'py, PyArray1<u8>>;

fn offsets_of(offsets: &PyReadonlyArray1<'_, i64>) -> PyResult<Vec<usize>> {
    Ok(offsets.as_slice()?.iter().map(|&offset| usize::try_from(offset).unwrap_or(0)).collect())
}

fn codes(stages: &[Stage]) -> Vec<u8> {
    stages.iter().map(|&stage| stage as u8).collect()
}

/// The stage of a code, none for one that there is not.
fn stage_of(code: u8) -> Option<Stage> {
    let order = [Stage::Introduction, Stage::Growth, Stage::Maturity, Stage::Decline, Stage::Lost];
    order.get(usize::from(code)).copied()
}

/// Frozen rules of stages.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct StageStep {
    inner: Stages,
}

#[pymethods]
impl StageStep {
    /// Window, hold, and the seven thresholds in the order of the struct.
    #[new]
    fn new(py: Python<'_>, window: usize, hold: usize, numbers: [f64; 7]) -> PyResult<StageStep> {
        let [introduction_months, lost_days, growth, decline, trend, ratio_up, ratio_down] = numbers;
        let inner = Stages {
            window,
            hold,
            introduction_months,
            lost_days,
            growth,
            decline,
            trend,
            ratio_up,
            ratio_down,
        };
        inner.check().map_err(|error| raise(py, &error))?;
        Ok(StageStep { inner })
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<StageStep> {
        Ok(StageStep { inner: Stages::from_bytes(data).map_err(|error| raise(py, &error))? })
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.to_bytes())
    }

    /// Settled stages, stages of the last month, and the evidence by name.
    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn assign<'py>(
        &self,
        py: Python<'py>,
        offsets: PyReadonlyArray1<'py, i64>,
        values: Column<'py>,
        tenures: Column<'py>,
        idle: Column<'py>,
        suspended: Column<'py>,
        lost: Column<'py>,
        threads: usize,
    ) -> PyResult<(Codes<'py>, Codes<'py>, Bound<'py, PyDict>)> {
        let offsets = offsets_of(&offsets)?;
        let (values, tenures) = (values.as_slice()?, tenures.as_slice()?);
        let (idle, suspended, lost) = (idle.as_slice()?, suspended.as_slice()?, lost.as_slice()?);
        let found = detached(py, || {
            let series = MonthlySeries::new(&offsets, values, tenures)?;
            for (what, column) in [("idle_days", idle), ("suspended", suspended), ("lost", lost)] {
                if column.len() != tenures.len() {
                    return Err(Error::shape(what, tenures.len(), column.len()));
                }
            }
            let facts: Vec<StageFacts> = (0..tenures.len())
                .map(|i| StageFacts {
                    tenure: tenures[i],
                    idle_days: idle[i],
                    suspended: suspended[i] != 0.0,
                    disconnected: lost[i] != 0.0,
                })
                .collect();
            rules::assign(&self.inner, &series, &facts, threads)
        })?;
        let evidence = PyDict::new(py);
        let column = |pick: fn(&karat::forecast::lifecycle::StageEvidence) -> f64| {
            found.evidence.iter().map(pick).collect::<Vec<f64>>().into_pyarray(py)
        };
        evidence.set_item("level", column(|e| e.level))?;
        evidence.set_item("slope", column(|e| e.slope))?;
        evidence.set_item("relative_slope", column(|e| e.relative_slope))?;
        evidence.set_item("trend", column(|e| e.trend))?;
        evidence.set_item("variation", column(|e| e.variation))?;
        evidence.set_item("ratio", column(|e| e.ratio))?;
        evidence.set_item("confidence", column(|e| e.confidence))?;
        let last: Vec<u8> = found.evidence.iter().map(|evidence| evidence.stage as u8).collect();
        Ok((codes(&found.stages).into_pyarray(py), last.into_pyarray(py), evidence))
    }
}

/// A fitted hidden chain of stages.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct HiddenChain {
    inner: FittedHiddenStages,
}

#[pymethods]
impl HiddenChain {
    /// Expectations: end of introduction, end of growth, begin of decline, strength.
    #[staticmethod]
    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn fit(
        py: Python<'_>,
        offsets: PyReadonlyArray1<'_, i64>,
        values: Column<'_>,
        tenures: Column<'_>,
        expectations: [f64; 4],
        iterations: usize,
        known: Option<PyReadonlyArray1<'_, u8>>,
        threads: usize,
    ) -> PyResult<HiddenChain> {
        let offsets = offsets_of(&offsets)?;
        let (values, tenures) = (values.as_slice()?, tenures.as_slice()?);
        let known: Option<Vec<Option<Stage>>> = match &known {
            None => None,
            Some(codes) => Some(codes.as_slice()?.iter().map(|&code| stage_of(code)).collect()),
        };
        let inner = detached(py, || {
            let mut learner = HiddenStages::default();
            [learner.introduction_months, learner.growth_ends, learner.decline_begins, learner.strength] =
                expectations;
            (learner.iterations, learner.threads) = (iterations, threads);
            let series = MonthlySeries::new(&offsets, values, tenures)?;
            match &known {
                None => learner.fit(&series),
                Some(known) => learner.fit_with_known(&series, known),
            }
        })?;
        Ok(HiddenChain { inner })
    }

    /// Drifts, deviation and persistence, ends of growth, begins of decline, likelihoods.
    #[allow(clippy::type_complexity, reason = "one private entry point")]
    fn figures(&self) -> (Vec<f64>, (f64, f64), Vec<f64>, Vec<f64>, Vec<f64>) {
        let f = &self.inner;
        let bands = (f.end_of_growth.clone(), f.begin_of_decline.clone());
        (f.drift.to_vec(), (f.deviation, f.persistence), bands.0, bands.1, f.history.clone())
    }

    fn findings(&self) -> Vec<(&'static str, String, String, String)> {
        let row = |f: &karat::evaluate::weights::Finding| {
            (f.code, f.place.clone(), f.fact.clone(), f.proposal.clone())
        };
        self.inner.findings.iter().map(row).collect()
    }

    /// Likeliest stages, chances of the four stages, months to the next stage.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        offsets: PyReadonlyArray1<'py, i64>,
        values: Column<'py>,
        tenures: Column<'py>,
    ) -> PyResult<(Codes<'py>, Bound<'py, PyArray2<f64>>, Floats<'py>)> {
        let offsets = offsets_of(&offsets)?;
        let (values, tenures) = (values.as_slice()?, tenures.as_slice()?);
        let found = detached(py, || self.inner.predict(&MonthlySeries::new(&offsets, values, tenures)?))?;
        let chances = Array2::from_shape_vec((found.chances.len(), 4), found.chances.concat())
            .map_err(|_| raise(py, &Error::shape("chances", 4, 0)))?;
        Ok((
            codes(&found.stages).into_pyarray(py),
            chances.into_pyarray(py),
            found.months_to_next.into_pyarray(py),
        ))
    }
}

/// Remaining months, expected values, months in each stage; and months to and chance of reaching `to`.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "one private entry point")]
fn stage_chain(
    py: Python<'_>,
    names: Vec<String>,
    transitions: Vec<Vec<f64>>,
    monthly: Option<Vec<f64>>,
    discount_rate: f64,
    to: Option<usize>,
) -> PyResult<(Vec<f64>, Option<Vec<f64>>, Vec<f64>, Option<Vec<(f64, f64)>>)> {
    detached(py, || {
        let chain = StageChain::new(&names, &transitions)?;
        let value = monthly.map(|monthly| chain.expected_value(&monthly, discount_rate)).transpose()?;
        let reach = to.map(|to| chain.time_to(to)).transpose()?;
        Ok((chain.remaining_months()?, value, chain.months_in_stage(), reach))
    })
}

/// Chances to go from stage to stage, counted from the stages of customers month by month.
#[pyfunction]
fn stage_transitions(
    py: Python<'_>,
    offsets: PyReadonlyArray1<'_, i64>,
    stages: PyReadonlyArray1<'_, u8>,
) -> PyResult<Vec<Vec<f64>>> {
    let (offsets, stages) = (offsets_of(&offsets)?, stages.as_slice()?);
    detached(py, || {
        let all: Vec<Stage> = stages.iter().map(|&code| stage_of(code).unwrap_or(Stage::Lost)).collect();
        let runs = offsets.windows(2).map(|pair| all.get(pair[0]..pair[1]).unwrap_or(&[]));
        Ok(StageChain::from_histories(runs)?.transitions().to_vec())
    })
}

/// Tenure, customers, mean value and its band of the customers of one segment.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "one private entry point")]
fn value_curve<'py>(
    py: Python<'py>,
    offsets: PyReadonlyArray1<'py, i64>,
    values: Column<'py>,
    tenures: Column<'py>,
    within: PyReadonlyArray1<'py, bool>,
    level: f64,
    least: u32,
) -> PyResult<(Bound<'py, PyArray1<u32>>, Bound<'py, PyArray1<u32>>, Floats<'py>, Floats<'py>, Floats<'py>)> {
    let offsets = offsets_of(&offsets)?;
    let (values, tenures, within) = (values.as_slice()?, tenures.as_slice()?, within.as_slice()?);
    let curve = detached(py, || {
        let series = MonthlySeries::new(&offsets, values, tenures)?;
        life_cycle_curve(&series, |i| within.get(i).copied().unwrap_or(false), level, least)
    })?;
    Ok((
        curve.tenure.into_pyarray(py),
        curve.customers.into_pyarray(py),
        curve.value.into_pyarray(py),
        curve.lower.into_pyarray(py),
        curve.upper.into_pyarray(py),
    ))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<StageStep>()?;
    module.add_class::<HiddenChain>()?;
    module.add_function(wrap_pyfunction!(stage_chain, module)?)?;
    module.add_function(wrap_pyfunction!(stage_transitions, module)?)?;
    module.add_function(wrap_pyfunction!(value_curve, module)?)
}
