//! Weights that would give the indicators a wanted influence.

use super::base::{Base, sum};
use super::effective::moments;
use karat_scorer::{Error, Result};

/// Sweeps over the indicators at the most.
const SWEEPS: usize = 10_000;
/// Largest distance of an influence reached from the one wanted.
const CLOSE: f64 = 1e-10;

/// Weights with a wanted influence. Advice only: no model takes them by itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TargetWeights {
    /// Weights, one for each indicator; they add up to 1.
    pub weights: Vec<f64>,
    /// Influence with them: covariance shares, which add up to 1.
    pub effective: Vec<f64>,
    /// Whether every influence is within 1e-10 of its target.
    pub reached: bool,
}

/// The weights with which each indicator's share of the variance of the index would be as wanted.
///
/// `targets` hold a share for each indicator, above 0 or 0 to leave it out, and are brought to the sum 1; without
/// them all are equal. The shares are those of [`effective_weights`](super::effective_weights) over the
/// indicators alone, before penalties and without stretching for missing values. For positive targets they
/// belong to exactly one set of positive weights, the minimum of a convex function: the problem of equal risk
/// contributions (Maillard, Roncalli and Teïletche, 2010; its coordinate descent: Griveau-Billion, Richard and
/// Roncalli, 2013).
///
/// # Errors
/// [`Error::Shape`] for a wrong number of targets, [`Error::Argument`] for negative ones, none above 0, or one
/// above 0 for an indicator without spread.
///
/// ```
/// # use karat::evaluate::analysis::*;
/// # let plan = karat::Plan::from_toml(
/// #     "[indicators]\narpu = {}\ntenure = {}\n\
/// #      [grades]\nnames = [\"low\", \"high\"]\n",
/// # )?;
/// # let (arpu, tenure) = ([20.0, 80.0, 50.0, 110.0], [3.0, 40.0, 60.0, 24.0]);
/// # let table = karat::Table::from_columns([
/// #     ("arpu".to_owned(), karat::Column::Numeric((&arpu[..]).into())),
/// #     ("tenure".to_owned(), karat::Column::Numeric((&tenure[..]).into())),
/// # ])?;
/// # let model = karat::ValueModel::new(plan).fit(&table)?;
/// let base = Base::read(model.scorer(), &[&arpu, &tenure], Sampling::new())?;
/// let found = target_weights(&base, None)?;
/// assert!(found.reached && (found.effective[0] - 0.5).abs() < 1e-9);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn target_weights(base: &Base, targets: Option<&[f64]>) -> Result<TargetWeights> {
    let width = base.width();
    let moments = moments(base, None);
    let spreads = |at: usize| moments.product(at, at) > 0.0;
    let given = match targets {
        Some(targets) if targets.len() != width => return Err(Error::shape("targets", width, targets.len())),
        Some(targets) => targets.to_vec(),
        None => (0..width).map(|at| f64::from(u8::from(spreads(at)))).collect(),
    };
    if let Some(bad) = given.iter().find(|target| !(target.is_finite() && **target >= 0.0)) {
        return Err(Error::argument("targets", "must be finite and >= 0", bad));
    }
    if let Some(at) = (0..width).find(|&at| given[at] > 0.0 && !spreads(at)) {
        let rule = format!("must be 0 for `{}`, which is the same for every customer", base.names[at]);
        return Err(Error::argument("targets", rule, given[at]));
    }
    let total = sum(&given);
    if total <= 0.0 {
        return Err(Error::argument("targets", "must have one above 0", total));
    }
    let wanted: Vec<f64> = given.iter().map(|target| target / total).collect();
    let rows = base.customers() as f64;
    let covariance = |a: usize, b: usize| moments.product(a, b) / rows;
    let mut weights: Vec<f64> = (0..width)
        .map(|at| if wanted[at] > 0.0 { (wanted[at] / covariance(at, at)).sqrt() } else { 0.0 })
        .collect();
    let contributions = |weights: &[f64]| -> Vec<f64> {
        let parts: Vec<f64> = (0..width)
            .map(|a| weights[a] * (0..width).fold(0.0, |sum, b| sum + covariance(a, b) * weights[b]))
            .collect();
        let variance = sum(&parts);
        parts.iter().map(|part| part / variance).collect()
    };
    let far = |found: &[f64]| {
        found.iter().zip(&wanted).fold(0.0, |far: f64, (found, wanted)| far.max((found - wanted).abs()))
    };
    let mut reached = false;
    for _ in 0..SWEEPS {
        for at in (0..width).filter(|&at| wanted[at] > 0.0) {
            // The positive root of variance w² + others w = wanted.
            let others = (0..width)
                .filter(|&other| other != at)
                .fold(0.0, |sum, other| sum + covariance(at, other) * weights[other]);
            let variance = covariance(at, at);
            let root = (others * others + 4.0 * variance * wanted[at]).sqrt();
            weights[at] = if others > 0.0 {
                2.0 * wanted[at] / (others + root)
            } else {
                (root - others) / (2.0 * variance)
            };
        }
        reached = far(&contributions(&weights)) <= CLOSE;
        if reached {
            break;
        }
    }
    let all = sum(&weights);
    weights.iter_mut().for_each(|weight| *weight /= all);
    Ok(TargetWeights { effective: contributions(&weights), weights, reached })
}
