//! Lifetime values.

use crate::error::{detached, raise};
use karat::forecast::lifetime::value::{
    EquityChange, Margin, MarginKind, PaymentTiming, Period, Policy, Portfolio, Position, Rate, Retention,
    SurvivalPath, Valuation,
};
use karat::{Error, Result};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

fn timing_of(name: &str) -> Result<PaymentTiming> {
    match name {
        "end" => Ok(PaymentTiming::End),
        "start" => Ok(PaymentTiming::Start),
        "before_renewal" => Ok(PaymentTiming::BeforeRenewal),
        other => Err(Error::argument("timing", "must be \"end\", \"start\" or \"before_renewal\"", other)),
    }
}

/// Rate and its period, timing, horizon (0 for all), acquisition cost.
type Terms<'a> = (f64, &'a str, &'a str, usize, f64);

fn valuation_of((rate, period, timing, horizon, cost): Terms<'_>) -> Result<Valuation> {
    let rate = Rate::new(rate, Period::from_name(period)?)?;
    let valuation = Valuation::new(rate).timing(timing_of(timing)?).acquisition_cost(cost);
    Ok(if horizon == 0 { valuation } else { valuation.horizon(horizon) })
}

/// Value of a margin path after each tenure: values, remaining periods, the parts of the first, the convention.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "one private entry point")]
fn lifetime_value<'py>(
    py: Python<'py>,
    survival: Vec<f64>,
    period: &str,
    margins: Vec<f64>,
    margin_period: &str,
    terms: (f64, String, String, usize, f64),
    tenures: Vec<usize>,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, String)> {
    let (values, remaining, parts, convention) = detached(py, || {
        let valuation = valuation_of((terms.0, &terms.1, &terms.2, terms.3, terms.4))?;
        let path = SurvivalPath::new(&survival, Period::from_name(period)?)?;
        let margin = Margin::new(MarginKind::Path(margins), Period::from_name(margin_period)?)?;
        let (mut values, mut remaining) = (Vec::new(), Vec::new());
        let (mut parts, mut convention) = (Vec::new(), String::new());
        for &tenure in &tenures {
            let worth = valuation.value(&path.after(tenure)?, &margin)?;
            values.push(worth.value);
            remaining.push(worth.remaining_periods);
            if parts.is_empty() {
                (parts, convention) = (worth.parts, worth.convention);
            }
        }
        Ok((values, remaining, parts, convention))
    })?;
    Ok((values.into_pyarray(py), remaining.into_pyarray(py), parts.into_pyarray(py), convention))
}

/// Margins of periods 1 to `periods` along a life-cycle curve, or growing.
#[pyfunction]
fn margin_path<'py>(
    py: Python<'py>,
    kind: &str,
    numbers: Vec<f64>,
    periods: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kind = match (kind, numbers.as_slice()) {
        ("growth", &[first, rate]) => MarginKind::Growth { first, rate },
        ("life_cycle", &[most, speed, middle, falls_from, fall]) => {
            MarginKind::LifeCycle { most, speed, middle, falls_from, fall }
        }
        _ => MarginKind::Path(numbers),
    };
    let margin = Margin::new(kind, Period::Month).map_err(|error| raise(py, &error))?;
    Ok((1..=periods).map(|t| margin.at(t)).collect::<Vec<f64>>().into_pyarray(py))
}

/// A rate, or with `retention` a chance to stay, of one period for another.
#[pyfunction]
fn convert_rate(py: Python<'_>, value: f64, from_: &str, to: &str, retention: bool) -> PyResult<f64> {
    let convert = || {
        let (from, to) = (Period::from_name(from_)?, Period::from_name(to)?);
        Ok(if retention {
            Retention::new(value, from)?.to(to).value
        } else {
            Rate::new(value, from)?.to(to).value
        })
    };
    convert().map_err(|error: Error| raise(py, &error))
}

/// Customers, total, negative ones and their total, Gini, and shares at points of the Lorenz curve.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "one private entry point")]
fn portfolio(
    py: Python<'_>,
    values: PyReadonlyArray1<'_, f64>,
    points: Vec<f64>,
) -> PyResult<(usize, f64, usize, f64, Option<f64>, Option<Vec<f64>>)> {
    let values = values.as_slice()?;
    detached(py, || {
        let p = Portfolio::of(values)?;
        let lorenz = points.iter().map(|&point| p.lorenz(point)).collect();
        Ok((p.customers, p.total, p.negative_customers, p.negative_total, p.gini, lorenz))
    })
}

/// Why the value of a base changed.
#[pyfunction]
fn equity_change<'py>(
    py: Python<'py>,
    columns: [PyReadonlyArray1<'py, f64>; 4],
) -> PyResult<Bound<'py, PyDict>> {
    let [m0, p0, m1, p1] =
        [columns[0].as_slice()?, columns[1].as_slice()?, columns[2].as_slice()?, columns[3].as_slice()?];
    let positions = |margin: &[f64], periods: &[f64]| {
        margin.iter().zip(periods).map(|(&margin, &periods)| Position { margin, periods }).collect::<Vec<_>>()
    };
    let (before, after) = (positions(m0, p0), positions(m1, p1));
    let change = detached(py, || EquityChange::between(&before, &after))?;
    let found = PyDict::new(py);
    found.set_item("opening", change.opening)?;
    found.set_item("acquired", change.acquired)?;
    found.set_item("lost", change.lost)?;
    found.set_item("margin", change.margin)?;
    found.set_item("retention", change.retention)?;
    found.set_item("closing", change.closing)?;
    Ok(found)
}

/// Before, after, effect, lower, upper, chance to pay.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "one private entry point")]
fn policy_effect(
    py: Python<'_>,
    survival: Vec<f64>,
    draws: Option<PyReadonlyArray2<'_, f64>>,
    period: &str,
    margins: Vec<f64>,
    terms: (f64, String, String, usize, f64),
    policy: (f64, f64, f64, f64),
    tenure: usize,
    level: f64,
    seed: u64,
) -> PyResult<(f64, f64, f64, f64, f64, f64)> {
    let paths: Vec<Vec<f64>> = match &draws {
        None => Vec::new(),
        Some(draws) => draws.as_slice()?.chunks(draws.shape()[1].max(1)).map(<[f64]>::to_vec).collect(),
    };
    let effect = detached(py, || {
        let valuation = valuation_of((terms.0, &terms.1, &terms.2, terms.3, terms.4))?;
        let period = Period::from_name(period)?;
        let after = |chances: &[f64]| SurvivalPath::new(chances, period)?.after(tenure);
        let draws = paths.iter().map(|path| after(path)).collect::<Result<Vec<_>>>()?;
        let policy =
            Policy::default().hazard_ratio(policy.0, policy.1).margin_change(policy.2).cost(policy.3);
        let margin = Margin::new(MarginKind::Path(margins), period)?;
        policy.effect(&valuation, &after(&survival)?, &margin, &draws, level, seed)
    })?;
    Ok((effect.before, effect.after, effect.effect, effect.lower, effect.upper, effect.chance_to_pay))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(lifetime_value, module)?)?;
    module.add_function(wrap_pyfunction!(margin_path, module)?)?;
    module.add_function(wrap_pyfunction!(convert_rate, module)?)?;
    module.add_function(wrap_pyfunction!(portfolio, module)?)?;
    module.add_function(wrap_pyfunction!(equity_change, module)?)?;
    module.add_function(wrap_pyfunction!(policy_effect, module)?)
}
