//! Weights from what the whole loses without an indicator: MEREC.

use super::no_information;
use super::values::{BLOCK, STRIDE, Values};
use crate::evaluate::weights::ahp::normalised;
use crate::evaluate::weights::compensated::Compensated;
use crate::evaluate::weights::finding::Finding;
use karat_scorer::numerics::ln_normal;
use karat_scorer::{Error, Problem, Result};

/// Weights by MEREC.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MerecWeights {
    /// Proportional to the removal effects, sum 1.
    pub weights: Vec<f64>,
    /// `E_j`, by how much the performances of all rows change, added up, when the column is left out.
    pub removal_effect: Vec<f64>,
    /// `W120` for every constant column, which has weight 0.
    pub findings: Vec<Finding>,
}

/// MEREC, "method based on the removal effects of criteria" (Keshavarz-Ghorabaee and others, 2021).
///
/// With `n_ij = min_j / x_ij` for benefits and `x_ij / max_j` for costs, a row performs
/// `S_i = ln(1 + sum_j |ln n_ij| / m)` with m columns, and `S'_ij` without column j;
/// `E_j = sum_i |S'_ij - S_i|` and `w_j = E_j / sum E`.
///
/// Logarithms make it a method for positive values. Karat adds no small number to zeros, as some do: the
/// weights would hang on that number. Give indicators a scale that begins above 0, such as 1 to 100.
///
/// # Errors
/// [`Error::Data`] listing every value that is not above 0 or no number, by column and row, or that every
/// column is constant; [`Error::Argument`] for fewer than two rows.
///
/// ```
/// use karat::evaluate::weights::{Values, merec};
/// let columns = Values::columns(&[&[1.0, 10.0, 100.0], &[4.0, 5.0, 4.0]])?;
/// assert!(merec(&columns)?.weights[0] > 0.9);
///
/// let error = merec(&Values::columns(&[&[0.0, 1.0], &[1.0, 2.0]])?).unwrap_err();
/// assert!(error.to_string().starts_with("column `0`: not above 0: 0 (1 row: 0); "));
/// # Ok::<(), karat::Error>(())
/// ```
pub fn merec(values: &Values<'_>) -> Result<MerecWeights> {
    values.check_rows()?;
    let ends = Ends::of(values)?;
    let mut effects = vec![Compensated::default(); values.width()];
    values.blocks(|block, rows| {
        let (mut whole, mut performance) = ([0.0; BLOCK], [0.0; BLOCK]);
        for (column, distances) in block.chunks_exact_mut(STRIDE).enumerate() {
            ends.distances(column, &mut distances[..rows]);
            whole.iter_mut().zip(&distances[..rows]).for_each(|(sum, distance)| *sum += distance);
        }
        let width = effects.len() as f64;
        performance.iter_mut().zip(&whole).for_each(|(of, &whole)| *of = ln_normal(1.0 + whole / width));
        for (distances, effect) in block.chunks_exact_mut(STRIDE).zip(&mut effects) {
            for ((distance, &whole), &performance) in
                distances[..rows].iter_mut().zip(&whole).zip(&performance)
            {
                *distance = performance - without(whole, *distance, width);
            }
            effect.add(distances[..rows].iter().sum());
        }
    });
    merec_of(effects.iter().map(Compensated::total).collect(), |column| values.place(column))
}

pub(crate) fn merec_of(effects: Vec<f64>, place: impl Fn(usize) -> String) -> Result<MerecWeights> {
    if effects.iter().all(|&effect| effect == 0.0) {
        return Err(no_information());
    }
    let nothing = (0..effects.len()).filter(|&column| effects[column] == 0.0);
    let findings = nothing.map(|column| Finding::constant(place(column))).collect();
    Ok(MerecWeights { weights: normalised(effects.clone()), removal_effect: effects, findings })
}

/// Where each column is worst: the least of a benefit, the greatest of a cost.
#[derive(Debug)]
pub(super) struct Ends {
    worst: Vec<f64>,
    cost: Vec<bool>,
}

impl Ends {
    /// # Errors
    /// [`Error::Data`] for values that have no logarithm, or columns whose quotients leave the doubles.
    pub(super) fn of(values: &Values<'_>) -> Result<Ends> {
        let remedy = "MEREC takes logarithms: bring the indicator to a scale that begins above 0, such as \
                      1 to 100, or use CRITIC";
        let mut problems = values.problems(|value| value <= 0.0, "not above 0", remedy);
        let cost: Vec<bool> = (0..values.width()).map(|column| values.is_cost(column)).collect();
        let mut worst = Vec::new();
        for column in 0..if problems.is_empty() { values.width() } else { 0 } {
            let ends =
                values.column(column).fold((f64::INFINITY, 0.0), |(least, greatest): (f64, f64), value| {
                    (least.min(value), greatest.max(value))
                });
            if !(ends.1 / ends.0).is_finite() {
                let what = format!("from {} to {}: the quotient leaves the doubles", ends.0, ends.1);
                problems.push(Problem::new(values.name(column), what, "mend the values nearest to 0"));
            }
            worst.push(if cost[column] { ends.1 } else { ends.0 });
        }
        if problems.is_empty() { Ok(Ends { worst, cost }) } else { Err(Error::Data(problems)) }
    }

    /// Turns values of a column into `|ln n|`, at least 0.
    pub(super) fn distances(&self, column: usize, values: &mut [f64]) {
        let worst = self.worst[column];
        if self.cost[column] {
            values.iter_mut().for_each(|value| *value = ln_normal(worst / *value));
        } else {
            values.iter_mut().for_each(|value| *value = ln_normal(*value / worst));
        }
    }
}

/// `S_i - S'_ij` of one row from its `|ln n_ij|`: leaving a column out never raises a performance.
pub(super) fn removal_effects(distances: &[f64], mut each: impl FnMut(usize, f64)) {
    let width = distances.len() as f64;
    let whole: f64 = distances.iter().sum();
    let performance = ln_normal(1.0 + whole / width);
    for (column, &distance) in distances.iter().enumerate() {
        each(column, performance - without(whole, distance, width));
    }
}

/// `S'_ij` from the sum of all distances and the one that is left out.
#[inline(always)]
fn without(whole: f64, distance: f64, width: f64) -> f64 {
    let rest = whole - distance;
    ln_normal(1.0 + (if rest > 0.0 { rest } else { 0.0 }) / width)
}
