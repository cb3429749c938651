//! Weights from what indicators have in common: the first principal component.

use super::dispersion::constant_columns;
use super::moments::Spread;
use super::values::Values;
use crate::evaluate::weights::ahp::normalised;
use crate::evaluate::weights::finding::Finding;
use crate::numerics::symmetric_eigen::symmetric_eigen;
use karat_scorer::Result;

/// How loadings of the first component become weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Loadings {
    /// Proportional to their magnitudes.
    #[default]
    Absolute,
    /// Their squares: the parts of the component's unit length (OECD and JRC, 2008, after Nicoletti and
    /// others, 2000).
    Squared,
}

/// Weights by the first principal component.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PrincipalComponentWeights {
    /// Proportional to the magnitudes of the loadings or their squares, sum 1.
    pub weights: Vec<f64>,
    /// The first eigenvector of the correlations, of length 1, mostly positive; 0 for a constant column.
    pub loadings: Vec<f64>,
    /// Eigenvalues of the correlations, the largest first; they sum to the number of columns that vary.
    pub eigenvalues: Vec<f64>,
    /// Share of the standardised variance that the first component holds.
    pub explained: f64,
    /// `W120` for every constant column, `W121` for loadings of the other sign, `W122` for a first component
    /// that the second equals.
    pub findings: Vec<Finding>,
}

/// Eigenvalues nearer than this, relative to the first, leave its vector to rounding.
const SAME: f64 = 1e-9;
/// Loadings below this have no sign worth telling.
const NO_LOADING: f64 = 1e-9;

/// Weights from the first principal component of the correlations, costs turned round.
///
/// Indicators count by how much they share with the others: the opposite of CRITIC, which rewards what others
/// do not say. The component is a description, not an importance, and a loading may be negative: the
/// indicator runs against the rest. Weights take its magnitude, which keeps the indicator's own direction,
/// and a finding names it.
///
/// # Errors
/// [`karat_scorer::Error::Data`] listing values that are no numbers, or when every column is constant;
/// [`karat_scorer::Error::Argument`] for fewer than two rows.
///
/// ```
/// use karat::evaluate::weights::{Loadings, Values, principal_component};
/// let columns = [[1.0, 2.0, 3.0, 4.0], [1.1, 2.0, 2.9, 4.2], [1.0, -1.0, -1.0, 1.0]];
/// let values = Values::columns(&[&columns[0], &columns[1], &columns[2]])?;
/// let found = principal_component(&values, Loadings::Absolute)?;
/// assert!(found.weights[0] > 0.45 && found.weights[2] < 0.1);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn principal_component(values: &Values<'_>, loadings: Loadings) -> Result<PrincipalComponentWeights> {
    principal_component_of(&Spread::of(values)?, loadings, |column| values.place(column))
}

pub(crate) fn principal_component_of(
    spread: &Spread,
    shape: Loadings,
    place: impl Fn(usize) -> String,
) -> Result<PrincipalComponentWeights> {
    let mut findings = constant_columns(spread, &place)?;
    let varied = spread.varied();
    let correlation: Vec<Vec<f64>> =
        varied.iter().map(|&a| varied.iter().map(|&b| spread.correlation(a, b)).collect()).collect();
    let found = symmetric_eigen(correlation);
    let mut first = found.vectors[0].clone();
    if first.iter().sum::<f64>() < 0.0 {
        first.iter_mut().for_each(|loading| *loading = -*loading);
    }
    let mut loadings = vec![0.0; spread.width()];
    varied.iter().zip(&first).for_each(|(&column, &loading)| loadings[column] = loading);
    let against: Vec<usize> = varied.iter().copied().filter(|&at| loadings[at] < -NO_LOADING).collect();
    findings.extend(against.into_iter().map(|column| {
        Finding::new(
            "W121",
            place(column),
            format!("loading {:.4}: it runs against the first component", loadings[column]),
            "look whether its direction is right; its weight counts the magnitude",
        )
    }));
    if let [largest, second, ..] = found.values[..]
        && largest - second < SAME * largest
        && varied.len() > 2
    {
        findings.push(Finding::new(
            "W122",
            "principal component",
            format!(
                "the first two explain alike ({largest:.6} and {second:.6}), so that neither is the first"
            ),
            "use CRITIC, standard deviations or judgment",
        ));
    }
    let size: fn(f64) -> f64 = match shape {
        Loadings::Absolute => f64::abs,
        Loadings::Squared => |loading| loading * loading,
    };
    let weights = normalised(loadings.iter().map(|&loading| size(loading)).collect());
    let explained = found.values[0] / varied.len() as f64;
    Ok(PrincipalComponentWeights { weights, loadings, eigenvalues: found.values, explained, findings })
}
