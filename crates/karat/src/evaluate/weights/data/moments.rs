//! Means, spreads and correlations of all columns in one reading of a table.

use super::values::{LANES, STRIDE, Values};
use karat_scorer::{Error, Problem, Result};

/// What CRITIC, standard deviation and principal components need of a table: covariances and ranges, with
/// costs turned round.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    /// Sample covariances, row by row; divided by the ranges where a table was scaled by them.
    covariance: Vec<f64>,
    /// Columns whose every value is equal.
    constant: Vec<bool>,
}

impl Spread {
    /// `covariance` is symmetric, row by row, with a 0 on the diagonal for constant columns.
    pub(crate) fn new(covariance: Vec<f64>, constant: Vec<bool>) -> Spread {
        Spread { covariance, constant }
    }

    pub(crate) fn width(&self) -> usize {
        self.constant.len()
    }

    pub(crate) fn is_constant(&self, column: usize) -> bool {
        self.constant[column]
    }

    /// The columns that tell rows apart.
    pub(crate) fn varied(&self) -> Vec<usize> {
        (0..self.width()).filter(|&column| !self.constant[column]).collect()
    }

    /// Sample standard deviation.
    pub(crate) fn deviation(&self, column: usize) -> f64 {
        self.covariance[column * self.width() + column].sqrt()
    }

    /// Pearson's correlation of two columns that vary.
    pub(crate) fn correlation(&self, a: usize, b: usize) -> f64 {
        if a == b {
            return 1.0;
        }
        let covariance = self.covariance[a * self.width() + b];
        (covariance / self.deviation(a) / self.deviation(b)).clamp(-1.0, 1.0)
    }

    /// Spread of a table whose columns are each brought to 0..1 by their range, costs turned round.
    ///
    /// Blocks of rows are centred on their own means and merged after Chan and others (1983): one
    /// reading, and no large sums that cancel.
    ///
    /// # Errors
    /// [`Error::Argument`] for fewer than two rows, [`Error::Data`] naming values that are no numbers.
    pub(super) fn of(values: &Values<'_>) -> Result<Spread> {
        values.check_rows()?;
        let mut state = Moments::new(values.width());
        values.blocks(|block, rows| state.add(block, rows));
        state.finish(values)
    }
}

/// Means and sums of products of deviations so far.
#[derive(Debug, Clone)]
struct Moments {
    rows: f64,
    /// The first row: means of columns far from 0 are kept as distances from it, which lose no digits.
    origin: Vec<f64>,
    mean: Vec<f64>,
    /// Sums of products of deviations, the upper triangle row by row.
    products: Vec<f64>,
    least: Vec<f64>,
    greatest: Vec<f64>,
    of_block: Vec<f64>,
}

impl Moments {
    fn new(width: usize) -> Moments {
        Moments {
            rows: 0.0,
            origin: vec![0.0; width],
            mean: vec![0.0; width],
            products: vec![0.0; width * (width + 1) / 2],
            least: vec![f64::INFINITY; width],
            greatest: vec![f64::NEG_INFINITY; width],
            of_block: vec![0.0; width],
        }
    }

    #[inline(always)]
    fn add(&mut self, block: &mut [f64], rows: usize) {
        let width = self.mean.len();
        let padded = rows.next_multiple_of(LANES);
        let count = rows as f64;
        for (column, values) in block.chunks_exact_mut(STRIDE).enumerate() {
            let (least, greatest) = range(&values[..rows]);
            self.least[column] = if least < self.least[column] { least } else { self.least[column] };
            self.greatest[column] =
                if greatest > self.greatest[column] { greatest } else { self.greatest[column] };
            if self.rows == 0.0 {
                self.origin[column] = values[0];
            }
            let origin = self.origin[column];
            values[..rows].iter_mut().for_each(|value| *value -= origin);
            values[rows..padded].fill(0.0);
            let mean = total(&values[..padded]) / count;
            self.of_block[column] = mean;
            values[..rows].iter_mut().for_each(|value| *value -= mean);
        }
        let share = count / (self.rows + count);
        let between = self.rows * share;
        let mut at = 0;
        for a in 0..width {
            let first = &block[a * STRIDE..a * STRIDE + padded];
            let apart = between * (self.of_block[a] - self.mean[a]);
            for b in a..width {
                let within = product(first, &block[b * STRIDE..b * STRIDE + padded]);
                self.products[at] += within + apart * (self.of_block[b] - self.mean[b]);
                at += 1;
            }
        }
        for (mean, of_block) in self.mean.iter_mut().zip(&self.of_block) {
            *mean += (of_block - *mean) * share;
        }
        self.rows += count;
    }

    fn finish(&self, values: &Values<'_>) -> Result<Spread> {
        let width = self.mean.len();
        if self.mean.iter().any(|mean| !mean.is_finite()) {
            let problems = values.problems(|_| false, "", "");
            if !problems.is_empty() {
                return Err(Error::Data(problems));
            }
        }
        let mut covariance = vec![0.0; width * width];
        let constant: Vec<bool> = (0..width).map(|j| self.least[j] == self.greatest[j]).collect();
        let unit =
            |j: usize| if constant[j] { 0.0 } else { values.sign(j) / (self.greatest[j] - self.least[j]) };
        let mut problems = Vec::new();
        let mut at = 0;
        for a in 0..width {
            for b in a..width {
                let scaled = self.products[at] * unit(a) * unit(b) / (self.rows - 1.0);
                (covariance[a * width + b], covariance[b * width + a]) = (scaled, scaled);
                if a == b && !constant[a] && !(scaled > 0.0 && scaled.is_finite()) {
                    let what = format!(
                        "from {} to {}: the squares of its differences leave the doubles",
                        self.least[a], self.greatest[a]
                    );
                    problems.push(Problem::new(values.name(a), what, "give the column in another unit"));
                }
                at += 1;
            }
        }
        if problems.is_empty() { Ok(Spread::new(covariance, constant)) } else { Err(Error::Data(problems)) }
    }
}

/// Least and greatest, several side by side; values that are no numbers show in the sum.
#[inline(always)]
fn range(values: &[f64]) -> (f64, f64) {
    let (mut least, mut greatest) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for lane in 0..LANES {
            least[lane] = if chunk[lane] < least[lane] { chunk[lane] } else { least[lane] };
            greatest[lane] = if chunk[lane] > greatest[lane] { chunk[lane] } else { greatest[lane] };
        }
    }
    let fold = |values: &[f64], better: fn(&f64, &f64) -> bool, from: f64| {
        values.iter().fold(from, |best, value| if better(value, &best) { *value } else { best })
    };
    (
        fold(rest, f64::lt, fold(&least, f64::lt, f64::INFINITY)),
        fold(rest, f64::gt, fold(&greatest, f64::gt, f64::NEG_INFINITY)),
    )
}

/// Sum of a whole number of lanes.
#[inline(always)]
fn total(values: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for chunk in values.chunks_exact(LANES) {
        for lane in 0..LANES {
            lanes[lane] += chunk[lane];
        }
    }
    folded(lanes)
}

/// Sum of the products of a whole number of lanes.
#[inline(always)]
fn product(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    folded(lanes)
}

fn folded([a, b, c, d, e, f, g, h]: [f64; LANES]) -> f64 {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}
