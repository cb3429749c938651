//! Coefficients of a regression as its report shows them.

use super::regression::{ENDLESS, Estimate};
use crate::evaluate::weights::Finding;

/// A coefficient, how sure it is, and what it means for one unit more.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Coefficient {
    /// The field, or the part of the baseline.
    pub name: String,
    /// The estimate, on the scale of the link (log-odds or log-hazard).
    pub value: f64,
    /// Its standard error; infinite where the data set no end to it.
    pub standard_error: f64,
}

/// Coefficients of an estimate, with a finding for every effect without end.
pub(super) fn coefficients(
    estimate: &Estimate,
    names: &[String],
    scales: &[f64],
    findings: &mut Vec<Finding>,
) -> Vec<Coefficient> {
    let width = names.len();
    let mut list = Vec::with_capacity(width);
    for (i, name) in names.iter().enumerate() {
        let value = estimate.coefficients[i];
        let endless = (value * scales[i]).abs() > ENDLESS;
        if endless {
            let fact = "it separates those who leave from those who stay, so that its coefficient has no end";
            let proposal = "set `penalty` above 0, or make it a rule of its own";
            findings.push(Finding::new("W343", name.clone(), fact, proposal));
        }
        let variance = estimate.covariance[i * width + i];
        let standard_error = if endless { f64::INFINITY } else { variance.max(0.0).sqrt() };
        list.push(Coefficient { name: name.clone(), value, standard_error });
    }
    if !estimate.converged && findings.is_empty() {
        let fact = format!("the steps had not settled after {}", estimate.iterations);
        findings.push(Finding::new("W342", "regression", fact, "set `penalty` above 0"));
    }
    list
}
