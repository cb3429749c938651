//! Contracts: renewal models, survival curves, hazards.

use crate::error::{detached, raise};
use karat::forecast::lifetime::contract::{
    AalenJohansen, Band, Baseline, BetaDiscreteWeibull, Clock, Coefficient, ContractModel,
    CoxProportionalHazards, DiscreteHazard, ExponentialGamma, Fields, FittedContract as Fitted, FittedCox,
    FittedHazard, KaplanMeier, PeriodCounts, Scale, ShiftedBetaGeometric, Spells, Ties, WeibullGamma,
    concordance as concordance_of, discounted_lifetime, discounted_residual_lifetime,
};
use karat::scorer::step::{Contract, ContractForecast, HazardLink, PaymentTiming};
use karat::{Error, Result};
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

type Array<'py> = Bound<'py, PyArray1<f64>>;
type Column<'py> = PyReadonlyArray1<'py, f64>;
type FindingRow = (&'static str, String, String, String);
type ParameterRow = (&'static str, f64, f64, f64, f64);

fn optional<'a>(column: Option<&'a Column<'_>>) -> PyResult<Option<&'a [f64]>> {
    Ok(column.map(PyReadonlyArray1::as_slice).transpose()?)
}

fn rows_of(findings: &[karat::evaluate::weights::Finding]) -> Vec<FindingRow> {
    findings.iter().map(|f| (f.code, f.place.clone(), f.fact.clone(), f.proposal.clone())).collect()
}

/// One of the renewal models.
#[derive(Debug)]
enum Model {
    ShiftedBetaGeometric(Fitted<ShiftedBetaGeometric>),
    BetaDiscreteWeibull(Fitted<BetaDiscreteWeibull>),
    ExponentialGamma(Fitted<ExponentialGamma>),
    WeibullGamma(Fitted<WeibullGamma>),
}

macro_rules! each {
    ($model:expr, $fitted:ident => $body:expr) => {
        match $model {
            Model::ShiftedBetaGeometric($fitted) => $body,
            Model::BetaDiscreteWeibull($fitted) => $body,
            Model::ExponentialGamma($fitted) => $body,
            Model::WeibullGamma($fitted) => $body,
        }
    };
}

/// A fitted renewal model.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct FittedContract {
    inner: Model,
}

fn fit_counts(model: &str, counts: &PeriodCounts) -> Result<Model> {
    if model == "beta_discrete_weibull" {
        Ok(Model::BetaDiscreteWeibull(BetaDiscreteWeibull::fit(counts)?))
    } else {
        Ok(Model::ShiftedBetaGeometric(ShiftedBetaGeometric::fit(counts)?))
    }
}

fn bands<'py>(py: Python<'py>, band: Band) -> (Array<'py>, Array<'py>, Array<'py>) {
    (band.value.into_pyarray(py), band.lower.into_pyarray(py), band.upper.into_pyarray(py))
}

#[pymethods]
impl FittedContract {
    /// Survivors of cohorts.
    #[staticmethod]
    fn fit_cohorts(py: Python<'_>, model: &str, cohorts: Vec<Vec<f64>>) -> PyResult<FittedContract> {
        let inner = detached(py, || fit_counts(model, &PeriodCounts::from_cohorts(&cohorts)?))?;
        Ok(FittedContract { inner })
    }

    /// Single customers.
    #[staticmethod]
    #[pyo3(signature = (model, durations, events, entries, weights))]
    fn fit(
        py: Python<'_>,
        model: &str,
        durations: Column<'_>,
        events: Column<'_>,
        entries: Option<Column<'_>>,
        weights: Option<Column<'_>>,
    ) -> PyResult<FittedContract> {
        let (durations, events) = (durations.as_slice()?, events.as_slice()?);
        let (entries, weights) = (optional(entries.as_ref())?, optional(weights.as_ref())?);
        let inner = detached(py, || {
            if model == "exponential_gamma" || model == "weibull_gamma" {
                let spells = Spells::with(durations, events, entries, weights)?;
                return if model == "weibull_gamma" {
                    Ok(Model::WeibullGamma(WeibullGamma::fit(&spells)?))
                } else {
                    Ok(Model::ExponentialGamma(ExponentialGamma::fit(&spells)?))
                };
            }
            fit_counts(model, &PeriodCounts::from_spells(durations, events, entries, weights)?)
        })?;
        Ok(FittedContract { inner })
    }

    /// Name, value, standard error and interval of each parameter.
    fn parameters(&self) -> Vec<ParameterRow> {
        each!(&self.inner, fitted => fitted
            .parameters
            .iter()
            .map(|p| (p.name, p.value, p.standard_error, p.lower, p.upper))
            .collect())
    }

    /// Log-likelihood, AIC, events, iterations, whether it settled.
    fn figures(&self) -> (f64, f64, f64, usize, bool) {
        each!(&self.inner, f => (f.log_likelihood, f.aic, f.events, f.iterations, f.converged))
    }

    fn findings(&self) -> Vec<FindingRow> {
        each!(&self.inner, fitted => rows_of(&fitted.findings))
    }

    fn band<'py>(
        &self,
        py: Python<'py>,
        times: Vec<f64>,
        level: f64,
    ) -> PyResult<(Array<'py>, Array<'py>, Array<'py>)> {
        let band = detached(py, || each!(&self.inner, fitted => fitted.survival_band(&times, level)))?;
        Ok(bands(py, band))
    }

    fn conditional<'py>(&self, py: Python<'py>, after: f64, times: Vec<f64>) -> PyResult<Array<'py>> {
        let found = detached(py, || each!(&self.inner, f => f.conditional_survival(after, &times)))?;
        Ok(found.into_pyarray(py))
    }

    /// Discounted renewals to come after each number of renewals.
    fn residual<'py>(&self, py: Python<'py>, survived: Vec<usize>, rate: f64) -> PyResult<Array<'py>> {
        let found = detached(py, || {
            let each = survived
                .iter()
                .map(|&n| each!(&self.inner, fitted => discounted_residual_lifetime(&fitted.model, n, rate)));
            each.collect::<Result<Vec<f64>>>()
        })?;
        Ok(found.into_pyarray(py))
    }

    fn discounted_lifetime(&self, py: Python<'_>, rate: f64) -> PyResult<f64> {
        detached(py, || each!(&self.inner, fitted => discounted_lifetime(&fitted.model, rate)))
    }

    /// Survival after 0, 1, ... periods for draws of the parameters, a row each.
    fn draws<'py>(
        &self,
        py: Python<'py>,
        horizon: usize,
        count: usize,
        seed: u64,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let found = detached(py, || {
            let mut values = Vec::with_capacity(count * (horizon + 1));
            each!(&self.inner, fitted => for model in fitted.draws(count, seed) {
                let mut here = 1.0;
                values.push(here);
                for t in 0..horizon {
                    here *= model.kept(t as f64).clamp(0.0, 1.0);
                    values.push(here);
                }
            });
            Array2::from_shape_vec((count, horizon + 1), values).map_err(|_| Error::shape("draws", count, 0))
        })?;
        Ok(found.into_pyarray(py))
    }
}

/// Kaplan-Meier and Nelson-Aalen, by name of column.
#[pyfunction]
#[pyo3(signature = (durations, events, entries, weights, plain, level))]
fn kaplan_meier<'py>(
    py: Python<'py>,
    durations: Column<'py>,
    events: Column<'py>,
    entries: Option<Column<'py>>,
    weights: Option<Column<'py>>,
    plain: bool,
    level: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let (durations, events) = (durations.as_slice()?, events.as_slice()?);
    let (entries, weights) = (optional(entries.as_ref())?, optional(weights.as_ref())?);
    let scale = if plain { Scale::Plain } else { Scale::LogLog };
    let curve = detached(py, || {
        KaplanMeier::new().scale(scale).level(level).fit(durations, events, entries, weights)
    })?;
    let found = PyDict::new(py);
    for (name, column) in [
        ("time", curve.times),
        ("at_risk", curve.at_risk),
        ("events", curve.events),
        ("survival", curve.survival),
        ("standard_error", curve.standard_error),
        ("lower", curve.lower),
        ("upper", curve.upper),
        ("cumulative_hazard", curve.cumulative_hazard),
        ("cumulative_hazard_error", curve.cumulative_hazard_error),
    ] {
        found.set_item(name, column.into_pyarray(py))?;
    }
    Ok(found)
}

fn matrix<'py>(py: Python<'py>, rows: &[Vec<f64>]) -> PyResult<Bound<'py, PyArray2<f64>>> {
    PyArray2::from_vec2(py, rows).map_err(|_| raise(py, &Error::shape("rows", rows.len(), 0)))
}

/// Cumulative incidence by cause: times, at risk, survival, causes, and four arrays with a row for each cause.
#[pyfunction]
#[pyo3(signature = (durations, causes, entries, weights, level))]
fn aalen_johansen<'py>(
    py: Python<'py>,
    durations: Column<'py>,
    causes: Column<'py>,
    entries: Option<Column<'py>>,
    weights: Option<Column<'py>>,
    level: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let (durations, causes) = (durations.as_slice()?, causes.as_slice()?);
    let (entries, weights) = (optional(entries.as_ref())?, optional(weights.as_ref())?);
    let curves = detached(py, || AalenJohansen::new().level(level).fit(durations, causes, entries, weights))?;
    let found = PyDict::new(py);
    found.set_item("causes", curves.causes.clone())?;
    found.set_item("time", curves.times.into_pyarray(py))?;
    found.set_item("at_risk", curves.at_risk.into_pyarray(py))?;
    found.set_item("survival", curves.survival.into_pyarray(py))?;
    found.set_item("incidence", matrix(py, &curves.incidence)?)?;
    found.set_item("standard_error", matrix(py, &curves.standard_error)?)?;
    found.set_item("lower", matrix(py, &curves.lower)?)?;
    found.set_item("upper", matrix(py, &curves.upper)?)?;
    Ok(found)
}

/// Harrell's concordance.
#[pyfunction]
fn concordance(
    py: Python<'_>,
    durations: Column<'_>,
    events: Column<'_>,
    risks: Column<'_>,
) -> PyResult<f64> {
    let (durations, events, risks) = (durations.as_slice()?, events.as_slice()?, risks.as_slice()?);
    detached(py, || concordance_of(durations, events, risks))
}

fn slices<'a>(columns: &'a [Column<'_>]) -> PyResult<Vec<&'a [f64]>> {
    Ok(columns.iter().map(PyReadonlyArray1::as_slice).collect::<std::result::Result<_, _>>()?)
}

fn coefficient_rows(list: &[Coefficient]) -> Vec<(String, f64, f64)> {
    list.iter().map(|c| (c.name.clone(), c.value, c.standard_error)).collect()
}

/// A fitted Cox regression.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct Cox {
    inner: FittedCox,
}

#[pymethods]
impl Cox {
    #[staticmethod]
    #[pyo3(signature = (durations, events, names, columns, entries, weights, efron, penalty, threads))]
    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn fit(
        py: Python<'_>,
        durations: Column<'_>,
        events: Column<'_>,
        names: Vec<String>,
        columns: Vec<Column<'_>>,
        entries: Option<Column<'_>>,
        weights: Option<Column<'_>>,
        efron: bool,
        penalty: f64,
        threads: usize,
    ) -> PyResult<Cox> {
        let (durations, events, columns) = (durations.as_slice()?, events.as_slice()?, slices(&columns)?);
        let (entries, weights) = (optional(entries.as_ref())?, optional(weights.as_ref())?);
        let ties = if efron { Ties::Efron } else { Ties::Breslow };
        let inner = detached(py, || {
            let fields = Fields::new(&names, &columns)?;
            let cox = CoxProportionalHazards::new().ties(ties).penalty(penalty).threads(threads);
            cox.fit(durations, events, fields, entries, weights)
        })?;
        Ok(Cox { inner })
    }

    fn coefficients(&self) -> Vec<(String, f64, f64)> {
        coefficient_rows(&self.inner.coefficients)
    }

    /// Likelihood, that without fields, concordance, iterations, whether it settled.
    fn figures(&self) -> (f64, f64, f64, usize, bool) {
        let f = &self.inner;
        (f.log_likelihood, f.null_log_likelihood, f.concordance, f.iterations, f.converged)
    }

    fn findings(&self) -> Vec<FindingRow> {
        rows_of(&self.inner.findings)
    }

    fn baseline<'py>(&self, py: Python<'py>) -> (Array<'py>, Array<'py>) {
        let (times, hazard) = (&self.inner.baseline_times, &self.inner.baseline_hazard);
        (PyArray1::from_slice(py, times), PyArray1::from_slice(py, hazard))
    }

    fn relative_hazard<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: Vec<Column<'py>>,
    ) -> PyResult<Array<'py>> {
        let columns = slices(&columns)?;
        let found: Vec<f64> = (0..rows)
            .map(|row| {
                let fields: Vec<f64> = columns.iter().map(|column| column[row]).collect();
                self.inner.relative_hazard(&fields)
            })
            .collect();
        Ok(found.into_pyarray(py))
    }

    fn baseline_at<'py>(&self, py: Python<'py>, times: Vec<f64>) -> Array<'py> {
        let found: Vec<f64> = times.iter().map(|&time| self.inner.baseline_at(time)).collect();
        found.into_pyarray(py)
    }
}

/// A fitted discrete-time hazard.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct Hazard {
    inner: FittedHazard,
}

fn timing_of(py: Python<'_>, name: &str) -> PyResult<PaymentTiming> {
    match name {
        "end" => Ok(PaymentTiming::End),
        "start" => Ok(PaymentTiming::Start),
        "before_renewal" => Ok(PaymentTiming::BeforeRenewal),
        other => {
            let rule = "must be \"end\", \"start\" or \"before_renewal\"";
            Err(raise(py, &Error::argument("timing", rule, format!("\"{other}\""))))
        }
    }
}

#[pymethods]
impl Hazard {
    #[staticmethod]
    #[pyo3(signature = (durations, events, names, columns, entries, weights, terms, cloglog, baseline, bands,
                        penalty, threads))]
    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn fit(
        py: Python<'_>,
        durations: Column<'_>,
        events: Column<'_>,
        names: Vec<String>,
        columns: Vec<Column<'_>>,
        entries: Option<Column<'_>>,
        weights: Option<Column<'_>>,
        terms: Option<Column<'_>>,
        cloglog: bool,
        baseline: &str,
        bands: Vec<u32>,
        penalty: f64,
        threads: usize,
    ) -> PyResult<Hazard> {
        let (durations, events, columns) = (durations.as_slice()?, events.as_slice()?, slices(&columns)?);
        let (entries, weights) = (optional(entries.as_ref())?, optional(weights.as_ref())?);
        let terms = optional(terms.as_ref())?;
        let baseline = match baseline {
            "log" => Baseline::Logarithm,
            "constant" => Baseline::Constant,
            "periods" => Baseline::Periods,
            _ => Baseline::Bands(bands),
        };
        let link = if cloglog { HazardLink::ComplementaryLogLog } else { HazardLink::Logit };
        let inner = detached(py, || {
            let fields = Fields::new(&names, &columns)?;
            let hazard =
                DiscreteHazard::new().link(link).baseline(baseline).penalty(penalty).threads(threads);
            hazard.fit(durations, events, fields, Some(Clock::new(entries, weights, terms)))
        })?;
        Ok(Hazard { inner })
    }

    fn coefficients(&self) -> Vec<(String, f64, f64)> {
        coefficient_rows(&self.inner.coefficients)
    }

    /// Likelihood, customer-periods, events, iterations, whether it settled.
    fn figures(&self) -> (f64, f64, f64, usize, bool) {
        let f = &self.inner;
        (f.log_likelihood, f.customer_periods, f.events, f.iterations, f.converged)
    }

    fn findings(&self) -> Vec<FindingRow> {
        rows_of(&self.inner.findings)
    }

    fn freeze(
        &self,
        py: Python<'_>,
        periods: usize,
        horizon: usize,
        discount_rate: f64,
        timing: &str,
    ) -> PyResult<ContractStep> {
        let timing = timing_of(py, timing)?;
        let inner = self.inner.freeze(periods, horizon, discount_rate, timing);
        Ok(ContractStep { inner: inner.map_err(|error| raise(py, &error))? })
    }
}

/// A frozen contract.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct ContractStep {
    inner: Contract,
}

#[pymethods]
impl ContractStep {
    /// A step of chances to leave by period.
    #[staticmethod]
    fn of_hazards(
        py: Python<'_>,
        hazards: Vec<f64>,
        horizon: usize,
        discount_rate: f64,
        timing: &str,
    ) -> PyResult<ContractStep> {
        let inner = Contract {
            link: HazardLink::Chance,
            baseline: hazards,
            contract_end: 0.0,
            in_contract: 0.0,
            coefficients: Vec::new(),
            horizon,
            discount_rate,
            timing: timing_of(py, timing)?,
        };
        inner.check().map_err(|error| raise(py, &error))?;
        Ok(ContractStep { inner })
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<ContractStep> {
        Ok(ContractStep { inner: Contract::from_bytes(data).map_err(|error| raise(py, &error))? })
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.to_bytes())
    }

    fn fields(&self) -> usize {
        self.inner.coefficients.len()
    }

    /// Survival, next hazard, remaining and discounted periods of every customer.
    fn forecast<'py>(
        &self,
        py: Python<'py>,
        tenure: Column<'py>,
        terms: Option<Column<'py>>,
        columns: Vec<Column<'py>>,
    ) -> PyResult<(Array<'py>, Array<'py>, Array<'py>, Array<'py>)> {
        let (tenure, columns) = (tenure.as_slice()?, slices(&columns)?);
        let terms = optional(terms.as_ref())?;
        let found = detached(py, || {
            for (what, column) in
                columns.iter().map(|c| ("rows of a field", *c)).chain(terms.map(|t| ("rows of `terms`", t)))
            {
                if column.len() != tenure.len() {
                    return Err(Error::shape(what, tenure.len(), column.len()));
                }
            }
            if columns.len() != self.inner.coefficients.len() {
                return Err(Error::shape("fields", self.inner.coefficients.len(), columns.len()));
            }
            let mut row = vec![0.0; columns.len()];
            Ok((0..tenure.len())
                .map(|at| {
                    for (x, column) in row.iter_mut().zip(&columns) {
                        *x = column[at];
                    }
                    self.inner.eval(tenure[at], terms.map_or(0.0, |terms| terms[at]), &row)
                })
                .collect::<Vec<ContractForecast>>())
        })?;
        let column = |pick: fn(&ContractForecast) -> f64| {
            found.iter().map(pick).collect::<Vec<f64>>().into_pyarray(py)
        };
        Ok((
            column(|f| f.survival),
            column(|f| f.next_hazard),
            column(|f| f.remaining_periods),
            column(|f| f.discounted_periods),
        ))
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<FittedContract>()?;
    module.add_class::<Cox>()?;
    module.add_class::<Hazard>()?;
    module.add_class::<ContractStep>()?;
    module.add_function(wrap_pyfunction!(kaplan_meier, module)?)?;
    module.add_function(wrap_pyfunction!(aalen_johansen, module)?)?;
    module.add_function(wrap_pyfunction!(concordance, module)?)
}
