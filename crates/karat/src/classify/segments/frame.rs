//! The single-precision space in which rows and centers are compared first.

use super::table::Table;
use super::value::Values;
use crate::numerics::fixed_point::exponent_of;
use crate::numerics::power_of_two::power_of_two;

/// Rows looked at to find the middle of a table.
const SAMPLE: usize = 1024;
/// Magnitudes between 2^-LOWEST and 2^HIGHEST need no scaling.
const LOWEST: i32 = -20;
const HIGHEST: i32 = 40;

/// Maps a coordinate to `(x - mean) * factor`: near the origin, where single precision resolves most, and within
/// its range. Any means and any power of two will do; none changes a label.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// One for each column; numbers of single precision where the rows are.
    pub(super) means: Vec<f64>,
    /// A power of two.
    pub(super) factor: f64,
    /// Whether it changes anything.
    pub(super) moves: bool,
    /// The mean squared distance of some rows from their middle, in this space.
    pub(super) spread: f64,
}

impl Frame {
    pub(super) fn of(table: &Table<'_>, largest: &[f64]) -> Frame {
        let spread = largest.iter().fold(0.0, |max: f64, &bound| max.max(bound));
        let exponent = exponent_of(spread);
        let single = matches!(table.values, Values::Single(_));
        let reach = if single { 126 } else { 1000 };
        let factor = if (LOWEST..=HIGHEST).contains(&exponent) {
            1.0
        } else {
            power_of_two(i64::from((-exponent).clamp(-reach, reach)))
        };
        let mut means: Vec<f64> = vec![0.0; table.columns];
        let (mut of_means, mut of_rows) = (0.0, 0.0);
        let step = table.rows.div_ceil(SAMPLE).max(1);
        let sample: Vec<usize> = (0..table.rows).step_by(step).collect();
        for (f, mean) in means.iter_mut().enumerate() {
            let relative = |row| table.at(row, f) * factor;
            let count = sample.len() as f64;
            let middle = sample.iter().fold(0.0, |sum, &row| sum + relative(row)) / count;
            of_rows += sample
                .iter()
                .fold(0.0, |sum, &row| sum + (relative(row) - middle) * (relative(row) - middle))
                / count;
            of_means += middle * middle;
            let middle = middle / factor;
            *mean = if single { f64::from(middle as f32) } else { middle };
        }
        if of_means <= 4.0 * of_rows {
            means.fill(0.0);
        }
        let moves = factor != 1.0 || means.iter().any(|&mean| mean != 0.0);
        Frame { means, factor, moves, spread: of_rows }
    }

    /// A coordinate in this space.
    pub(super) fn near(&self, x: f64, column: usize) -> f64 {
        (x - self.means[column]) * self.factor
    }
}
