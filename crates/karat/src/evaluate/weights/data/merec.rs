//! Weights from what the whole loses without an indicator: MEREC.

use super::no_information;
use super::values::{STRIDE, Values};
use crate::evaluate::weights::ahp::normalised;
use crate::evaluate::weights::compensated::Compensated;
use crate::evaluate::weights::finding::Finding;
use karat_scorer::numerics::ln;
use karat_scorer::{Error, Result};

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
    let mut effects = Removal::new(values.width());
    values.blocks(|block, rows| {
        for (column, values) in block.chunks_exact_mut(STRIDE).enumerate() {
            values[..rows].iter_mut().for_each(|value| *value = ends.distance(column, *value));
        }
        for row in 0..rows {
            effects.add(block.iter().skip(row).step_by(STRIDE).copied());
        }
    });
    merec_of(effects.totals(), |column| values.place(column))
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
    pub(super) fn of(values: &Values<'_>) -> Result<Ends> {
        let remedy = "MEREC takes logarithms: bring the indicator to a scale that begins above 0, such as \
                      1 to 100, or use CRITIC";
        let problems = values.problems(|value| value <= 0.0, "not above 0", remedy);
        if !problems.is_empty() {
            return Err(Error::Data(problems));
        }
        let cost: Vec<bool> = (0..values.width()).map(|column| values.is_cost(column)).collect();
        let worst = (0..values.width()).map(|column| {
            let better = if cost[column] { f64::max } else { f64::min };
            values.column(column).reduce(better).unwrap_or(1.0)
        });
        Ok(Ends { worst: worst.collect(), cost })
    }

    /// `|ln n|`, at least 0.
    pub(super) fn distance(&self, column: usize, value: f64) -> f64 {
        let worst = self.worst[column];
        let times = if self.cost[column] { worst / value } else { value / worst };
        // Quotients beyond the doubles have logarithms within them.
        if times.is_finite() { ln(times) } else { (ln(value) - ln(worst)).abs() }
    }
}

/// Removal effects added up row by row.
#[derive(Debug)]
pub(super) struct Removal {
    distances: Vec<f64>,
    effects: Vec<Compensated>,
}

impl Removal {
    pub(super) fn new(width: usize) -> Removal {
        Removal { distances: Vec::new(), effects: vec![Compensated::default(); width] }
    }

    fn add(&mut self, distances: impl Iterator<Item = f64>) {
        self.distances.clear();
        self.distances.extend(distances);
        let Removal { distances, effects } = self;
        removal_effects(distances, |column, effect| effects[column].add(effect));
    }

    fn totals(&self) -> Vec<f64> {
        self.effects.iter().map(Compensated::total).collect()
    }
}

/// `S_i - S'_ij` of one row from its `|ln n_ij|`: leaving a column out never raises a performance.
pub(super) fn removal_effects(distances: &[f64], mut each: impl FnMut(usize, f64)) {
    let width = distances.len() as f64;
    let whole: f64 = distances.iter().sum();
    let performance = ln(1.0 + whole / width);
    for (column, distance) in distances.iter().enumerate() {
        each(column, performance - ln(1.0 + (whole - distance).max(0.0) / width));
    }
}
