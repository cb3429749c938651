//! The rows that k-means reads, whatever their layout, and the checks they pass once.

use super::init::{ContentOrder, Rows};
use karat_scorer::{Error, Problem, Result};
use ndarray::ArrayView2;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::OnceLock;

/// Rows handled side by side.
pub(super) const LANES: usize = 8;
/// One coordinate of as many rows.
pub(super) type Lanes = [f64; LANES];
/// Rows whose sums in doubles are kept apart and then added in order; the parts of threads begin at chunks.
pub(super) const CHUNK: usize = 1024;

/// Finite rows with positive or zero weights.
#[derive(Debug)]
pub(super) struct Table<'a> {
    values: Cow<'a, [f64]>,
    by_column: bool,
    pub(super) rows: usize,
    pub(super) columns: usize,
    weights: Option<&'a [f64]>,
    content: OnceLock<ContentOrder>,
}

impl<'a> Table<'a> {
    /// Reads row-major and column-major tables in place; copies any other layout.
    pub(super) fn new(x: ArrayView2<'a, f64>, weights: Option<&'a [f64]>) -> Table<'a> {
        let (rows, columns) = x.dim();
        let transposed = x.reversed_axes();
        let (values, by_column) = match (x.to_slice(), transposed.to_slice()) {
            (Some(values), _) => (Cow::Borrowed(values), false),
            (None, Some(values)) => (Cow::Borrowed(values), true),
            (None, None) => (Cow::Owned(x.iter().copied().collect()), false),
        };
        Table { values, by_column, rows, columns, weights, content: OnceLock::new() }
    }

    /// The rows as first centers are drawn from them.
    pub(super) fn stored(&self) -> Rows<'_, f64> {
        Rows::new(&self.values, self.by_column, (self.rows, self.columns), self.weights)
    }

    /// Their order by content, found once.
    pub(super) fn content(&self, threads: usize) -> &ContentOrder {
        self.content.get_or_init(|| ContentOrder::of(&self.stored(), threads))
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        let place = if self.by_column { column * self.rows + row } else { row * self.columns + column };
        self.values[place]
    }

    pub(super) fn row(&self, row: usize) -> Vec<f64> {
        (0..self.columns).map(|column| self.at(row, column)).collect()
    }

    #[inline]
    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Multiplies the first `count` lanes by the weights of the rows from `start`, and clears the others.
    #[inline(always)]
    pub(super) fn weigh(&self, start: usize, count: usize, lanes: &mut Lanes) {
        if let Some(weights) = self.weights {
            for (value, weight) in lanes.iter_mut().zip(&weights[start..start + count]) {
                *value *= weight;
            }
        }
        lanes[count.min(LANES)..].fill(0.0);
    }

    pub(super) fn is_weighted(&self) -> bool {
        self.weights.is_some()
    }

    /// Fills `block[column]` with up to [`LANES`] rows from `start`; returns how many there are. Lanes
    /// beyond keep what they held.
    #[inline]
    pub(super) fn gather(&self, start: usize, block: &mut [Lanes]) -> usize {
        let lanes = LANES.min(self.rows - start);
        if self.by_column {
            for (slot, column) in block.iter_mut().zip(self.values.chunks_exact(self.rows)) {
                slot[..lanes].copy_from_slice(&column[start..start + lanes]);
            }
        } else {
            let rows = &self.values[start * self.columns..(start + lanes) * self.columns];
            for (lane, row) in rows.chunks_exact(self.columns).enumerate().take(LANES) {
                for (slot, &value) in block.iter_mut().zip(row) {
                    slot[lane] = value;
                }
            }
        }
        lanes
    }

    /// The content of a row, -0.0 taken as 0.0.
    fn bits(&self, row: usize) -> Vec<u64> {
        (0..self.columns).map(|column| (self.at(row, column) + 0.0).to_bits()).collect()
    }

    pub(super) fn same_content(&self, row: usize, point: &[f64]) -> bool {
        point.iter().enumerate().all(|(column, &value)| self.at(row, column) == value)
    }

    /// How many different rows of positive weight there are; counts no further than `enough`.
    pub(super) fn distinct_rows(&self, enough: usize) -> usize {
        let mut seen = HashSet::new();
        for row in (0..self.rows).filter(|&row| self.weight(row) > 0.0) {
            if seen.len() >= enough {
                break;
            }
            seen.insert(self.bits(row));
        }
        seen.len()
    }

    /// The largest magnitude of each column and of the weights.
    ///
    /// # Errors
    /// [`Error::Shape`] without rows or columns or with another number of weights; [`Error::Data`] listing
    /// every column with NaN or infinite values; [`Error::Argument`] for weights that are negative, not
    /// finite or all zero.
    pub(super) fn check(&self) -> Result<(Vec<f64>, f64)> {
        let (largest, largest_weight) = self.check_batch()?;
        if largest_weight == 0.0 {
            return Err(Error::argument("weights", "must not all be zero", largest_weight));
        }
        Ok((largest, largest_weight))
    }

    /// As [`check`](Table::check), for a part of a table, whose weights may all be zero.
    pub(super) fn check_batch(&self) -> Result<(Vec<f64>, f64)> {
        if self.rows == 0 {
            return Err(Error::data(Problem::new("", "the table has no rows", "give at least one row")));
        }
        if self.columns == 0 {
            return Err(Error::data(Problem::new(
                "",
                "the table has no columns",
                "give at least one column",
            )));
        }
        let Some(largest) = self.largest() else {
            return Err(Error::Data(
                (0..self.columns).filter_map(|column| self.not_finite(column)).collect(),
            ));
        };
        Ok((largest, self.largest_weight()?))
    }

    /// The largest magnitude of each column, in one sweep in the order of memory; `None` when a value is not
    /// finite.
    fn largest(&self) -> Option<Vec<f64>> {
        let mut largest = vec![0.0_f64; self.columns];
        let mut finite = true;
        if self.by_column {
            for (max, column) in largest.iter_mut().zip(self.values.chunks_exact(self.rows)) {
                for x in column {
                    finite &= x.is_finite();
                    *max = max.max(x.abs());
                }
            }
        } else {
            for row in self.values.chunks_exact(self.columns) {
                for (max, x) in largest.iter_mut().zip(row) {
                    finite &= x.is_finite();
                    *max = max.max(x.abs());
                }
            }
        }
        finite.then_some(largest)
    }

    fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        let (start, step) = if self.by_column { (column * self.rows, 1) } else { (column, self.columns) };
        self.values[start..].iter().step_by(step).take(self.rows).copied()
    }

    fn not_finite(&self, column: usize) -> Option<Problem> {
        if self.column(column).fold(true, |finite, x| finite & x.is_finite()) {
            return None;
        }
        let bad: Vec<(usize, f64)> =
            self.column(column).enumerate().filter(|(_, x)| !x.is_finite()).collect();
        let what = format!("{} where k-means needs a finite number", bad[0].1);
        let remedy = "replace missing and infinite values, or drop these rows";
        Some(Problem::new(column.to_string(), what, remedy).at(bad.len(), bad.iter().map(|&(row, _)| row)))
    }

    fn largest_weight(&self) -> Result<f64> {
        let Some(weights) = self.weights else { return Ok(1.0) };
        if weights.len() != self.rows {
            return Err(Error::shape("sample weights, one a row", self.rows, weights.len()));
        }
        if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            let rule = format!("must be finite and >= 0 in every row (row {row})");
            return Err(Error::argument("weights", rule, weights[row]));
        }
        Ok(weights.iter().fold(0.0, |max: f64, &weight| max.max(weight)))
    }
}
