//! Weights from data: Shannon's entropy.

use karat_scorer::numerics::ln;
use karat_scorer::{Error, Problem, Result};

use super::finding::Finding;

/// Columns whose entropy comes closer to 1 than this carry no information: a smaller figure could be
/// rounding.
const INFORMATION_FLOOR: f64 = 1e-12;

/// Entropies this far outside [0, 1] cannot come from non-negative values.
const IMPOSSIBLE: f64 = 1e-9;

/// Entropy of every column and the weights that follow.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EntropyWeights {
    /// `e_j` between 0 (one row holds everything) and 1 (every value equal).
    pub entropy: Vec<f64>,
    /// `w_j = (1 - e_j) / sum (1 - e)`, non-negative, sum 1.
    pub weights: Vec<f64>,
    /// `W120` for every column without information, which has weight 0.
    pub findings: Vec<Finding>,
}

/// Entropy weights of columns of non-negative values, all the same length.
///
/// With `p_ij = z_ij / sum_i z_ij`: `e_j = -(1 / ln n) sum_i p_ij ln p_ij`, where 0 ln 0 = 0, and
/// `w_j = (1 - e_j) / sum_k (1 - e_k)` (Shannon, 1948; Zeleny, 1982). Scaling a column changes nothing, shifting
/// it does: give indicators that have been brought to a common non-negative scale.
///
/// # Errors
/// [`Error::Data`] listing every negative, NaN or infinite value by column and row, every column of zeros,
/// or that no column carries information; [`Error::Shape`] for columns of different lengths;
/// [`Error::Argument`] for no column or fewer than two rows.
///
/// ```
/// use karat::evaluate::weights::entropy;
/// let arpu = [0.0, 0.3, 0.1, 1.0];
/// let tenure = [0.5, 0.6, 0.5, 0.4];
/// let found = entropy(&[&arpu, &tenure])?;
/// assert!(found.weights[0] > 0.9);                // ARPU tells customers apart, tenure hardly does
/// # Ok::<(), karat::Error>(())
/// ```
pub fn entropy(columns: &[&[f64]]) -> Result<EntropyWeights> {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut problems = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        if column.len() != rows {
            return Err(Error::shape(format!("rows of column {at}"), rows, column.len()));
        }
        problems.extend(column_problems(at, column));
    }
    if !problems.is_empty() {
        return Err(Error::Data(problems));
    }
    let sums: Vec<(f64, f64)> = columns.iter().map(|column| column_sums(column)).collect();
    entropy_from_sums(rows as u64, &sums)
}

/// Entropy weights from sums that merge: for every column `S = sum z` and `T = sum z ln z` over `n` rows.
///
/// `e_j = (ln S - T / S) / ln n`, which is Shannon's formula rearranged, so that a table in parts needs two
/// numbers a column, added up. The sums should be accurate to the last digits: 1 - e is a small difference.
///
/// # Errors
/// [`Error::Argument`] for no column or `n` below 2; [`Error::Data`] for sums that no non-negative column of
/// `n` rows can have (negative, undefined, all zero), or when no column carries information.
///
/// ```
/// use karat::evaluate::weights::{entropy, entropy_from_sums};
/// let z = [1.0, 2.0, 4.0];
/// let sums = z.iter().fold((0.0, 0.0), |(s, t), z| (s + z, t + z * f64::ln(*z)));
/// let (merged, direct) = (entropy_from_sums(3, &[sums])?, entropy(&[&z])?);
/// assert!((merged.entropy[0] - direct.entropy[0]).abs() < 1e-15);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn entropy_from_sums(n: u64, sums: &[(f64, f64)]) -> Result<EntropyWeights> {
    if sums.is_empty() {
        return Err(Error::argument("columns", "must hold at least one column", 0));
    }
    if n < 2 {
        return Err(Error::argument("rows", "must be >= 2: a single row has no dispersion", n));
    }
    let log_rows = ln(n as f64);
    let (mut entropy, mut findings, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (at, &(sum, weighted)) in sums.iter().enumerate() {
        let value = (ln(sum) - weighted / sum) / log_rows;
        if sum == 0.0 {
            problems.push(Problem::new(at.to_string(), "every value is 0", "leave the column out"));
        } else if !(sum > 0.0 && (-IMPOSSIBLE..=1.0 + IMPOSSIBLE).contains(&value)) {
            let what = format!("sum z = {sum} and sum z ln z = {weighted} belong to no {n} values >= 0");
            problems.push(Problem::new(at.to_string(), what, "sum non-negative finite values"));
        } else if value > 1.0 - INFORMATION_FLOOR {
            entropy.push(1.0);
            findings.push(Finding::new(
                "W120",
                format!("column {at}"),
                "every value is equal, so the column carries no information and gets weight 0",
                "leave the column out, or weight it by judgment",
            ));
        } else {
            entropy.push(value.max(0.0));
        }
    }
    let information: f64 = entropy.iter().map(|e| 1.0 - e).sum();
    if problems.is_empty() && information == 0.0 {
        let remedy = "weight the columns equally or by judgment";
        problems.push(Problem::new(
            "",
            "no column carries information: in each every value is equal",
            remedy,
        ));
    }
    if !problems.is_empty() {
        return Err(Error::Data(problems));
    }
    let weights = entropy.iter().map(|e| (1.0 - e) / information).collect();
    Ok(EntropyWeights { entropy, weights, findings })
}

/// (sum z, sum z ln z), each with Neumaier's compensation, in the order of the rows.
fn column_sums(column: &[f64]) -> (f64, f64) {
    let (mut sum, mut weighted) = (Compensated::default(), Compensated::default());
    for &value in column {
        sum.add(value);
        if value > 0.0 {
            weighted.add(value * ln(value));
        }
    }
    (sum.total(), weighted.total())
}

/// Neumaier's (1974) sum: the rounding error of every addition is carried along.
#[derive(Default)]
struct Compensated {
    sum: f64,
    error: f64,
}

impl Compensated {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.error +=
            if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
    }

    fn total(&self) -> f64 {
        self.sum + self.error
    }
}

fn column_problems(at: usize, column: &[f64]) -> Vec<Problem> {
    let rows_with = |bad: fn(f64) -> bool| -> Vec<usize> {
        column.iter().enumerate().filter(|&(_, &value)| bad(value)).map(|(row, _)| row).collect()
    };
    let kinds = [
        ("not a number", rows_with(f64::is_nan), "impute or leave out missing values first"),
        ("infinite", rows_with(f64::is_infinite), "mend the value"),
        (
            "negative",
            rows_with(|value| value < 0.0 && value.is_finite()),
            "entropy needs values >= 0: bring the indicator to a scale from 0 to 1 first",
        ),
    ];
    kinds
        .into_iter()
        .filter(|(_, rows, _)| !rows.is_empty())
        .map(|(what, rows, remedy)| {
            let value = column[rows[0]];
            Problem::new(at.to_string(), format!("{what}: {value}"), remedy).at(rows.len(), rows)
        })
        .collect()
}
