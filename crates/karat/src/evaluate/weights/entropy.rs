//! Weights from data: Shannon's entropy.

use karat_scorer::numerics::{ln, ln_normal};
use karat_scorer::{Error, Isa, Kernel, Problem, Result};

use super::compensated::Compensated;
use super::data::{BLOCK, LANES, Values};
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
    entropy_of(&Values::columns(columns)?)
}

/// [`entropy`] of columns or rows, with their names; directions do not matter to it.
///
/// # Errors
/// As [`entropy`].
///
/// ```
/// use karat::evaluate::weights::{Values, entropy_of};
/// let values = Values::row_major(&[0.0, 0.5, 0.3, 0.6, 1.0, 0.4], 2)?.names(["arpu", "tenure"])?;
/// assert!(entropy_of(&values)?.weights[0] > 0.9);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn entropy_of(values: &Values<'_>) -> Result<EntropyWeights> {
    let sums = sums(values);
    if !sums.iter().all(Sums::usable) {
        let remedy = "entropy needs values >= 0: bring the indicator to a scale from 0 to 1 first";
        let mut problems = values.problems(|value| value < 0.0, "negative", remedy);
        if problems.is_empty() {
            let beyond = |at: &usize| !sums[*at].usable();
            let what = "the sum of its values leaves the doubles";
            let problem = |at| Problem::new(values.name(at), what, "give the column in another unit");
            problems = (0..values.width()).filter(beyond).map(problem).collect();
        }
        return Err(Error::Data(problems));
    }
    let pair = |(at, sums): (usize, &Sums)| match sums.values.total() {
        small if small < SMALL => guarded_sums(values.column(at)),
        sum => (sum, sums.weighted.total()),
    };
    let sums: Vec<(f64, f64)> = sums.iter().enumerate().map(pair).collect();
    weigh(values.rows() as u64, &sums, |at| values.name(at), |at| values.place(at))
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
    weigh(n, sums, |at| at.to_string(), |at| format!("column {at}"))
}

fn weigh(
    n: u64,
    sums: &[(f64, f64)],
    name: impl Fn(usize) -> String,
    place: impl Fn(usize) -> String,
) -> Result<EntropyWeights> {
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
            problems.push(Problem::new(name(at), "every value is 0", "leave the column out"));
        } else if !(sum > 0.0 && (-IMPOSSIBLE..=1.0 + IMPOSSIBLE).contains(&value)) {
            let what = format!("sum z = {sum} and sum z ln z = {weighted} belong to no {n} values >= 0");
            problems.push(Problem::new(name(at), what, "sum non-negative finite values"));
        } else if value > 1.0 - INFORMATION_FLOOR {
            entropy.push(1.0);
            findings.push(Finding::constant(place(at)));
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

/// Rows between two foldings of the lanes: few enough for plain sums within, exact to 1e-14.
const ROWS: usize = 4 * BLOCK;

/// A sum below this may consist of subnormal values, whose logarithms the quick kernel does not know.
const SMALL: f64 = 1e-280;

/// 2^600 lifts every value of a column with a sum below [`SMALL`] to a normal number.
const LIFT: f64 = 4.149_515_568_880_993e180;

/// (sum z, sum z ln z) of a column of tiny numbers in another unit: entropy does not depend on it, and the
/// products of subnormal numbers would lose all their digits.
fn guarded_sums(column: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut sum, mut weighted) = (Compensated::ZERO, Compensated::ZERO);
    for value in column.map(|value| value * LIFT).filter(|&value| value > 0.0) {
        sum.add(value);
        weighted.add(value * ln(value));
    }
    (sum.total(), weighted.total())
}

/// Sums of one column, and its least value.
#[derive(Debug, Clone, Copy)]
struct Sums {
    values: Compensated,
    weighted: Compensated,
    least: f64,
}

impl Sums {
    const NONE: Sums = Sums { values: Compensated::ZERO, weighted: Compensated::ZERO, least: 0.0 };

    fn add(&mut self, values: f64, weighted: f64, least: f64) {
        self.values.add(values);
        self.weighted.add(weighted);
        self.least = least.min(self.least);
    }

    fn usable(&self) -> bool {
        self.values.total().is_finite() && self.weighted.total().is_finite() && self.least >= 0.0
    }
}

/// Sums of every column. Each lane adds every eighth row of a block, and blocks are folded lane by lane with
/// Neumaier's compensation: whether columns or rows lie together in memory, the additions are the same.
fn sums(values: &Values<'_>) -> Vec<Sums> {
    Isa::detect().run(SumsOf(values))
}

struct SumsOf<'a, 'v>(&'a Values<'v>);

impl Kernel for SumsOf<'_, '_> {
    type Output = Vec<Sums>;

    #[inline(always)]
    fn run(self) -> Vec<Sums> {
        let (pieces, period) = self.0.pieces();
        let mut found = Vec::with_capacity(self.0.width());
        for piece in pieces {
            if period == 1 {
                found.push(column_sums(piece));
            } else {
                row_sums(piece, period, &mut found);
            }
        }
        found
    }
}

#[inline(always)]
fn column_sums(column: &[f64]) -> Sums {
    let mut total = Sums::NONE;
    for block in column.chunks(ROWS) {
        let (mut sums, mut weighted, mut least) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let chunks = block.chunks_exact(LANES);
        let rest = chunks.remainder();
        for chunk in chunks {
            for lane in 0..LANES {
                sums[lane] += chunk[lane];
                weighted[lane] += times_logarithm(chunk[lane]);
                least[lane] = lesser(chunk[lane], least[lane]);
            }
        }
        for (lane, &value) in rest.iter().enumerate() {
            sums[lane] += value;
            weighted[lane] += times_logarithm(value);
            least[lane] = lesser(value, least[lane]);
        }
        (0..LANES).for_each(|lane| total.add(sums[lane], weighted[lane], least[lane]));
    }
    total
}

#[inline(always)]
fn row_sums(rows: &[f64], width: usize, found: &mut Vec<Sums>) {
    let mut totals = vec![Sums::NONE; width];
    let (mut sums, mut weighted, mut least) =
        (vec![0.0; LANES * width], vec![0.0; LANES * width], vec![0.0; LANES * width]);
    for block in rows.chunks(ROWS * width) {
        sums.fill(0.0);
        weighted.fill(0.0);
        for lanes in block.chunks(LANES * width) {
            for (((sum, weighted), least), &value) in
                sums.iter_mut().zip(&mut weighted).zip(&mut least).zip(lanes)
            {
                *sum += value;
                *weighted += times_logarithm(value);
                *least = lesser(value, *least);
            }
        }
        for (lane, (&sum, &weighted)) in sums.iter().zip(&weighted).enumerate() {
            totals[lane % width].add(sum, weighted, least[lane]);
        }
    }
    found.append(&mut totals);
}

#[inline(always)]
fn lesser(value: f64, least: f64) -> f64 {
    if value < least { value } else { least }
}

/// `z ln z`, 0 for 0. A negative value gives a positive product with the same logarithm as 0, and shows in the
/// least; one that is no number or infinite shows in the sum of values.
#[inline(always)]
pub(super) fn times_logarithm(value: f64) -> f64 {
    value * ln_normal(if value > f64::MIN_POSITIVE { value } else { f64::MIN_POSITIVE })
}
