//! How good churn scores and probabilities are.

use crate::error::detached;
use karat::forecast::churn::{
    Campaign, GainsRow, Isotonic, Platt, Profit, Ranking, auc_difference, calibration, correct_prior,
    gains_table, shapley_values,
};
use karat::recommend::offers::difference_of_proportions as compare;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Who left, from 1 and 0.
fn gone(left: &[f64]) -> Vec<bool> {
    left.iter().map(|&left| left == 1.0).collect()
}

/// Customers sorted by their score.
#[pyclass(frozen, module = "karat._karat")]
struct ChurnRanking {
    inner: Ranking,
}

#[pymethods]
impl ChurnRanking {
    #[new]
    fn new(
        py: Python<'_>,
        left: PyReadonlyArray1<'_, f64>,
        scores: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<ChurnRanking> {
        let (left, scores) = (left.as_slice()?, scores.as_slice()?);
        Ok(ChurnRanking { inner: detached(py, || Ranking::new(&gone(left), scores))? })
    }

    /// Measures by name.
    fn measures<'py>(&self, py: Python<'py>, level: f64) -> PyResult<Bound<'py, PyDict>> {
        let ranking = &self.inner;
        let interval = detached(py, || ranking.auc_interval(level))?;
        let measures = PyDict::new(py);
        measures.set_item("customers", ranking.len())?;
        measures.set_item("churners", ranking.churners())?;
        measures.set_item("churn_rate", ranking.churn_rate())?;
        measures.set_item("auc", interval.auc)?;
        measures.set_item("auc_standard_error", interval.standard_error)?;
        measures.set_item("auc_low", interval.low)?;
        measures.set_item("auc_high", interval.high)?;
        measures.set_item("gini", ranking.gini())?;
        measures.set_item("average_precision", ranking.average_precision())?;
        measures.set_item("kolmogorov_smirnov", ranking.kolmogorov_smirnov())?;
        measures.set_item("h_measure", ranking.h_measure())?;
        Ok(measures)
    }

    fn lift(&self, py: Python<'_>, fraction: f64) -> PyResult<f64> {
        detached(py, || self.inner.lift(fraction))
    }

    fn capture(&self, py: Python<'_>, fraction: f64) -> PyResult<f64> {
        detached(py, || self.inner.capture(fraction))
    }

    /// Corners of the curve: shares of stayers, shares of churners; of its convex hull if asked for.
    fn curve<'py>(
        &self,
        py: Python<'py>,
        hull: bool,
    ) -> (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>) {
        let corners = if hull { self.inner.convex_hull() } else { self.inner.roc() };
        let (stayed, left): (Vec<f64>, Vec<f64>) = corners.into_iter().unzip();
        (stayed.into_pyarray(py), left.into_pyarray(py))
    }
}

/// The gains table as columns.
#[pyfunction]
fn churn_gains<'py>(
    py: Python<'py>,
    left: PyReadonlyArray1<'_, f64>,
    scores: PyReadonlyArray1<'_, f64>,
    groups: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let (left, scores) = (left.as_slice()?, scores.as_slice()?);
    let rows = detached(py, || gains_table(&gone(left), scores, groups))?;
    let columns = PyDict::new(py);
    let counts = |of: fn(&GainsRow) -> usize| {
        rows.iter().map(|row| of(row) as i64).collect::<Vec<i64>>().into_pyarray(py)
    };
    let numbers = |of: fn(&GainsRow) -> f64| rows.iter().map(of).collect::<Vec<f64>>().into_pyarray(py);
    columns.set_item("customers", counts(|row| row.customers))?;
    columns.set_item("churners", counts(|row| row.churners))?;
    columns.set_item("rate", numbers(|row| row.rate))?;
    columns.set_item("lift", numbers(|row| row.lift))?;
    columns.set_item("captured", numbers(|row| row.captured))?;
    columns.set_item("cumulative_lift", numbers(|row| row.cumulative_lift))?;
    columns.set_item("mean_score", numbers(|row| row.mean_score))?;
    Ok(columns)
}

/// Difference of two areas, its standard error, its probability.
#[pyfunction]
fn churn_auc_difference(
    py: Python<'_>,
    left: PyReadonlyArray1<'_, f64>,
    first: PyReadonlyArray1<'_, f64>,
    second: PyReadonlyArray1<'_, f64>,
) -> PyResult<(f64, f64, f64)> {
    let (left, first, second) = (left.as_slice()?, first.as_slice()?, second.as_slice()?);
    let found = detached(py, || auc_difference(&gone(left), first, second))?;
    Ok((found.difference, found.standard_error, found.p_value))
}

/// Profit a customer, fraction and threshold; `acceptance` is one known share or the two parameters of a beta.
#[pyfunction]
fn churn_profit(
    py: Python<'_>,
    left: PyReadonlyArray1<'_, f64>,
    scores: PyReadonlyArray1<'_, f64>,
    amounts: (Vec<f64>, Vec<f64>, Vec<f64>),
    acceptance: Vec<f64>,
) -> PyResult<(f64, f64, f64)> {
    let (left, scores) = (left.as_slice()?, scores.as_slice()?);
    let found: Profit = detached(py, || {
        let (value, offer, contact) = amounts;
        let campaign = Campaign::default().value(value).offer(offer).contact(contact);
        match acceptance[..] {
            [a, b] => campaign.acceptance(a, b).expected_maximum_profit(&gone(left), scores),
            _ => {
                let known = acceptance.first().copied().unwrap_or(f64::NAN);
                campaign.maximum_profit(&gone(left), scores, known)
            }
        }
    })?;
    Ok((found.per_customer, found.fraction, found.threshold))
}

/// Everything about probabilities: numbers by name, and the bins as columns.
#[pyfunction]
fn churn_calibration<'py>(
    py: Python<'py>,
    left: PyReadonlyArray1<'_, f64>,
    probabilities: PyReadonlyArray1<'_, f64>,
    bins: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let (left, probabilities) = (left.as_slice()?, probabilities.as_slice()?);
    let found = detached(py, || calibration(&gone(left), probabilities, bins))?;
    let numbers = PyDict::new(py);
    numbers.set_item("brier", found.brier)?;
    numbers.set_item("brier_skill", found.brier_skill)?;
    numbers.set_item("reliability", found.brier_parts.reliability)?;
    numbers.set_item("resolution", found.brier_parts.resolution)?;
    numbers.set_item("uncertainty", found.brier_parts.uncertainty)?;
    numbers.set_item("within_bin", found.brier_parts.within_bin)?;
    numbers.set_item("log_loss", found.log_loss)?;
    numbers.set_item("slope", found.slope)?;
    numbers.set_item("intercept", found.intercept)?;
    numbers.set_item("in_the_large", found.in_the_large)?;
    numbers.set_item("expected_error", found.expected_error)?;
    numbers.set_item("largest_error", found.largest_error)?;
    let test = found.hosmer_lemeshow;
    numbers.set_item("hosmer_lemeshow", test.map(|test| (test.chi_square, test.degrees, test.p_value)))?;
    numbers.set_item("spiegelhalter_z", found.spiegelhalter_z)?;
    numbers.set_item("spiegelhalter_p", found.spiegelhalter_p)?;
    let column = |of: fn(&karat::forecast::churn::CalibrationBin) -> f64| {
        found.bins.iter().map(of).collect::<Vec<f64>>().into_pyarray(py)
    };
    let columns = PyDict::new(py);
    columns.set_item("low", column(|bin| bin.low))?;
    columns.set_item("high", column(|bin| bin.high))?;
    let customers: Vec<i64> = found.bins.iter().map(|bin| bin.customers as i64).collect();
    columns.set_item("customers", customers.into_pyarray(py))?;
    columns.set_item("mean_probability", column(|bin| bin.mean_probability))?;
    columns.set_item("rate", column(|bin| bin.rate))?;
    numbers.set_item("bins", columns)?;
    Ok(numbers)
}

/// Slope and intercept of Platt's sigmoid.
#[pyfunction]
fn churn_platt(
    py: Python<'_>,
    left: PyReadonlyArray1<'_, f64>,
    scores: PyReadonlyArray1<'_, f64>,
) -> PyResult<(f64, f64)> {
    let (left, scores) = (left.as_slice()?, scores.as_slice()?);
    let platt = detached(py, || Platt::fit(&gone(left), scores))?;
    Ok((platt.slope, platt.intercept))
}

/// A sigmoid of scores.
#[pyfunction]
fn churn_sigmoid<'py>(
    py: Python<'py>,
    scores: PyReadonlyArray1<'_, f64>,
    slope: f64,
    intercept: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let mut platt = Platt::IDENTITY;
    (platt.slope, platt.intercept) = (slope, intercept);
    let found: Vec<f64> = scores.as_slice()?.iter().map(|&score| platt.probability(score)).collect();
    Ok(found.into_pyarray(py))
}

/// A function that never falls: fitted once, asked often.
#[pyclass(frozen, module = "karat._karat")]
struct ChurnIsotonic {
    inner: Isotonic,
}

#[pymethods]
impl ChurnIsotonic {
    #[new]
    fn new(
        py: Python<'_>,
        left: PyReadonlyArray1<'_, f64>,
        scores: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<ChurnIsotonic> {
        let (left, scores) = (left.as_slice()?, scores.as_slice()?);
        Ok(ChurnIsotonic { inner: detached(py, || Isotonic::fit(&gone(left), scores))? })
    }

    /// Scores and the probability at each.
    fn steps<'py>(&self, py: Python<'py>) -> (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>) {
        (self.inner.scores.clone().into_pyarray(py), self.inner.probabilities.clone().into_pyarray(py))
    }

    fn probabilities<'py>(
        &self,
        py: Python<'py>,
        scores: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let found: Vec<f64> = scores.as_slice()?.iter().map(|&score| self.inner.probability(score)).collect();
        Ok(found.into_pyarray(py))
    }
}

/// Probabilities corrected for another rate of leaving.
#[pyfunction]
fn churn_correct_prior<'py>(
    py: Python<'py>,
    probabilities: PyReadonlyArray1<'_, f64>,
    sample_rate: f64,
    true_rate: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let probabilities = probabilities.as_slice()?;
    let corrected = detached(py, || {
        probabilities
            .iter()
            .map(|&p| correct_prior(p, sample_rate, true_rate))
            .collect::<karat::Result<Vec<f64>>>()
    })?;
    Ok(corrected.into_pyarray(py))
}

/// The second share less the first, its interval, and the probability of such a difference.
#[pyfunction]
fn difference_of_proportions(
    py: Python<'_>,
    first: (u64, u64),
    second: (u64, u64),
    level: f64,
) -> PyResult<(f64, f64, f64, f64)> {
    let found = detached(py, || compare(first, second, level))?;
    Ok((found.difference, found.interval.low, found.interval.high, found.p_value))
}

/// Shapley's values from the worth of every subset.
#[pyfunction]
fn churn_shapley<'py>(
    py: Python<'py>,
    worth: PyReadonlyArray1<'_, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let worth = worth.as_slice()?;
    Ok(detached(py, || shapley_values(worth))?.into_pyarray(py))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ChurnRanking>()?;
    module.add_class::<ChurnIsotonic>()?;
    module.add_function(wrap_pyfunction!(churn_gains, module)?)?;
    module.add_function(wrap_pyfunction!(churn_auc_difference, module)?)?;
    module.add_function(wrap_pyfunction!(churn_profit, module)?)?;
    module.add_function(wrap_pyfunction!(churn_calibration, module)?)?;
    module.add_function(wrap_pyfunction!(churn_platt, module)?)?;
    module.add_function(wrap_pyfunction!(churn_sigmoid, module)?)?;
    module.add_function(wrap_pyfunction!(difference_of_proportions, module)?)?;
    module.add_function(wrap_pyfunction!(churn_shapley, module)?)?;
    module.add_function(wrap_pyfunction!(churn_correct_prior, module)?)
}
