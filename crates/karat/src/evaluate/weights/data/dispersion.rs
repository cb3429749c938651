//! Weights from how far an indicator spreads: standard deviation, CRITIC, Gini.

use super::moments::Spread;
use super::no_information;
use super::values::Values;
use crate::evaluate::weights::ahp::normalised;
use crate::evaluate::weights::compensated::Compensated;
use crate::evaluate::weights::finding::Finding;
use karat_scorer::{Error, Problem, Result};

/// Weights by standard deviation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StandardDeviationWeights {
    /// Proportional to the standard deviations, sum 1.
    pub weights: Vec<f64>,
    /// Sample standard deviation of each column on its scale from 0 to 1.
    pub standard_deviation: Vec<f64>,
    /// `W120` for every constant column, which has weight 0.
    pub findings: Vec<Finding>,
}

/// Weights by CRITIC, with what they follow from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CriticWeights {
    /// Proportional to the information, sum 1.
    pub weights: Vec<f64>,
    /// `C_j`, standard deviation times conflict.
    pub information: Vec<f64>,
    /// Sample standard deviation of each column on its scale from 0 to 1.
    pub standard_deviation: Vec<f64>,
    /// `sum_k (1 - r_jk)`: how little the other columns tell what this one tells.
    pub conflict: Vec<f64>,
    /// Correlations, row by row; 0 with a constant column.
    pub correlation: Vec<Vec<f64>>,
    /// `W120` for every constant column, which has weight 0.
    pub findings: Vec<Finding>,
}

/// Weights by Gini's coefficient.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GiniWeights {
    /// Proportional to the coefficients, sum 1.
    pub weights: Vec<f64>,
    /// Gini's coefficient of each column, 0 (every value equal) to nearly 1.
    pub gini: Vec<f64>,
    /// `W120` for every constant column, which has weight 0.
    pub findings: Vec<Finding>,
}

/// Weights proportional to the sample standard deviation of each column, brought to 0..1 by its range first.
///
/// # Errors
/// [`Error::Data`] listing values that are no numbers, or when every column is constant;
/// [`Error::Argument`] for fewer than two rows.
///
/// ```
/// use karat::evaluate::weights::{Values, standard_deviation};
/// let found = standard_deviation(&Values::columns(&[&[0.0, 4.0, 8.0], &[1.0, 1.0, 1.0]])?)?;
/// assert_eq!(found.weights, [1.0, 0.0]);
/// assert_eq!(found.standard_deviation[0], 0.5);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn standard_deviation(values: &Values<'_>) -> Result<StandardDeviationWeights> {
    standard_deviation_of(&Spread::of(values)?, |column| values.place(column))
}

pub(crate) fn standard_deviation_of(
    spread: &Spread,
    place: impl Fn(usize) -> String,
) -> Result<StandardDeviationWeights> {
    let standard_deviation = deviations(spread);
    let findings = constant_columns(spread, place)?;
    Ok(StandardDeviationWeights {
        weights: normalised(standard_deviation.clone()),
        standard_deviation,
        findings,
    })
}

/// CRITIC, "criteria importance through intercriteria correlation" (Diakoulaki, Mavrotas and Papayannakis,
/// 1995): an indicator counts by how far it spreads and by how little the others repeat it.
///
/// Columns are brought to 0..1 by their ranges, costs turned round; then `C_j = s_j sum_k (1 - r_jk)` with
/// sample standard deviations and Pearson's correlations, and `w_j = C_j / sum C`. A constant column has no
/// correlation; it gets weight 0 and a finding, and the others are weighed without it.
///
/// # Errors
/// [`Error::Data`] listing values that are no numbers, when every column is constant, or when all move
/// together so fully that none is in conflict with another; [`Error::Argument`] for fewer than two rows.
///
/// ```
/// use karat::evaluate::weights::{Values, critic};
/// // The second repeats the first; the third says something of its own.
/// let columns = [[0.0, 1.0, 2.0, 3.0], [0.0, 10.0, 20.0, 30.0], [5.0, 1.0, 1.0, 5.0]];
/// let found = critic(&Values::columns(&[&columns[0], &columns[1], &columns[2]])?)?;
/// assert!(found.weights[2] > 0.5 && (found.weights[0] - found.weights[1]).abs() < 1e-15);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn critic(values: &Values<'_>) -> Result<CriticWeights> {
    critic_of(&Spread::of(values)?, |column| values.place(column))
}

/// Conflicts below this are what rounding leaves of correlations of 1.
const CONFLICT_FLOOR: f64 = 1e-12;

pub(crate) fn critic_of(spread: &Spread, place: impl Fn(usize) -> String) -> Result<CriticWeights> {
    let standard_deviation = deviations(spread);
    let findings = constant_columns(spread, place)?;
    let (width, varied) = (spread.width(), spread.varied());
    let mut correlation = vec![vec![0.0; width]; width];
    let mut conflict = vec![0.0; width];
    for &a in &varied {
        for &b in &varied {
            correlation[a][b] = spread.correlation(a, b);
            conflict[a] += 1.0 - correlation[a][b];
        }
    }
    if let [only] = varied[..] {
        // Nothing to be in conflict with; and nothing to share the weight with either.
        conflict[only] = 1.0;
    } else if conflict.iter().all(|&conflict| conflict < CONFLICT_FLOOR) {
        return Err(Error::data(Problem::new(
            "",
            "every column repeats the others: all correlations are 1, so that none is in conflict with another",
            "keep one of them, or use standard deviations",
        )));
    }
    let information: Vec<f64> = standard_deviation.iter().zip(&conflict).map(|(s, c)| s * c).collect();
    let weights = normalised(information.clone());
    Ok(CriticWeights { weights, information, standard_deviation, conflict, correlation, findings })
}

fn deviations(spread: &Spread) -> Vec<f64> {
    (0..spread.width()).map(|column| spread.deviation(column)).collect()
}

/// A finding for every constant column.
///
/// # Errors
/// [`Error::Data`] when there is no other.
pub(super) fn constant_columns(spread: &Spread, place: impl Fn(usize) -> String) -> Result<Vec<Finding>> {
    let constant: Vec<usize> = (0..spread.width()).filter(|&column| spread.is_constant(column)).collect();
    if constant.len() == spread.width() {
        return Err(no_information());
    }
    Ok(constant.into_iter().map(|column| Finding::constant(place(column))).collect())
}

/// Weights proportional to Gini's coefficient of each column, half the mean difference of two rows divided by
/// the mean (Gini, 1912; Li and others, 2009, for weights).
///
/// Reads and sorts whole columns, so that it is for tables at hand: a plan's passes over a base, which keep
/// sums alone, do not offer it. Scaling a column changes nothing, shifting it does; directions do not matter.
///
/// # Errors
/// [`Error::Data`] listing every negative, NaN or infinite value, every column of zeros, or that every column
/// is constant; [`Error::Argument`] for fewer than two rows.
///
/// ```
/// use karat::evaluate::weights::{Values, gini};
/// let found = gini(&Values::columns(&[&[0.0, 0.0, 0.0, 4.0], &[1.0, 2.0, 1.0, 2.0]])?)?;
/// assert_eq!(found.gini[0], 0.75);
/// assert!((found.gini[1] - 1.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn gini(values: &Values<'_>) -> Result<GiniWeights> {
    values.check_rows()?;
    let remedy = "Gini's coefficient needs values >= 0: bring the indicator to a scale from 0 to 1 first";
    let mut problems = values.problems(|value| value < 0.0, "negative", remedy);
    let (mut gini, mut findings) = (Vec::new(), Vec::new());
    let rows = values.rows() as f64;
    for at in 0..if problems.is_empty() { values.width() } else { 0 } {
        let mut column: Vec<f64> = values.column(at).collect();
        column.sort_unstable_by(f64::total_cmp);
        let (mut sum, mut ranked) = (Compensated::default(), Compensated::default());
        for (rank, &value) in column.iter().enumerate() {
            sum.add(value);
            // Twice the rank from 1, less n + 1: from -(n - 1) to n - 1.
            ranked.add(value * (2.0 * rank as f64 + 1.0 - rows));
        }
        if column.first() == column.last() {
            if sum.total() == 0.0 {
                problems.push(Problem::new(values.name(at), "every value is 0", "leave the column out"));
            }
            gini.push(0.0);
            findings.push(Finding::constant(values.place(at)));
        } else {
            gini.push(ranked.total() / (rows * sum.total()));
        }
    }
    if problems.is_empty() && gini.iter().all(|&gini| gini == 0.0) {
        return Err(no_information());
    }
    if !problems.is_empty() {
        return Err(Error::Data(problems));
    }
    Ok(GiniWeights { weights: normalised(gini.clone()), gini, findings })
}
