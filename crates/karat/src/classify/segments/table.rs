//! The rows that k-means reads, whatever their layout, and the checks they pass once.

use super::init::{ContentOrder, Rows};
use super::simd::{Instructions, Job, Vector};
use super::value::{self, Value, Values, with_values};
use karat_scorer::{Error, Problem, Result};
use ndarray::ArrayView2;
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
    pub(super) values: Values<'a>,
    pub(super) by_column: bool,
    pub(super) rows: usize,
    pub(super) columns: usize,
    weights: Option<&'a [f64]>,
    content: OnceLock<ContentOrder>,
}

impl<'a> Table<'a> {
    /// Reads row-major and column-major tables in place; copies any other layout.
    pub(super) fn new<T: Value>(x: ArrayView2<'a, T>, weights: Option<&'a [f64]>) -> Table<'a> {
        let (rows, columns) = x.dim();
        let (values, by_column) = value::read(x);
        Table { values, by_column, rows, columns, weights, content: OnceLock::new() }
    }

    /// Their order by content, found once.
    pub(super) fn content(&self, threads: usize) -> &ContentOrder {
        self.content.get_or_init(
            || with_values!(&self.values, values => ContentOrder::of(&self.stored(values), threads)),
        )
    }

    /// Rows of these values of the table.
    pub(super) fn stored<'v, T: Value>(&'v self, values: &'v [T]) -> Rows<'v, T> {
        Rows::new(values, self.by_column, (self.rows, self.columns), self.weights)
    }

    #[inline]
    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        let place = if self.by_column { column * self.rows + row } else { row * self.columns + column };
        match &self.values {
            Values::Double(values) => values[place],
            Values::Single(values) => f64::from(values[place]),
        }
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
        with_values!(&self.values, values => self.gather_from(values, start, block))
    }

    #[inline(always)]
    fn gather_from<T: Value>(&self, values: &[T], start: usize, block: &mut [Lanes]) -> usize {
        let lanes = LANES.min(self.rows - start);
        if self.by_column {
            for (slot, column) in block.iter_mut().zip(values.chunks_exact(self.rows)) {
                for (slot, &value) in slot.iter_mut().zip(&column[start..start + lanes]) {
                    *slot = value.into();
                }
            }
        } else {
            let rows = &values[start * self.columns..(start + lanes) * self.columns];
            for (lane, row) in rows.chunks_exact(self.columns).enumerate().take(LANES) {
                for (slot, &value) in block.iter_mut().zip(row) {
                    slot[lane] = value.into();
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
        Instructions::detect().run(Largest { table: self })
    }

    fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        (0..self.rows).map(move |row| self.at(row, column))
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

struct Largest<'a> {
    table: &'a Table<'a>,
}

impl Job for Largest<'_> {
    type Output = Option<Vec<f64>>;

    #[inline(always)]
    fn run<V: Vector>(self) -> Option<Vec<f64>> {
        let largest: Vec<f64> = match &self.table.values {
            Values::Double(values) => largest_bits(self.table, values, magnitude)
                .into_iter()
                .map(|bits| f64::from_bits(bits.cast_unsigned()))
                .collect(),
            Values::Single(values) => largest_bits(self.table, values, magnitude_of_single)
                .into_iter()
                .map(|bits| f64::from(f32::from_bits(bits.cast_unsigned())))
                .collect(),
        };
        largest.iter().all(|max| max.is_finite()).then_some(largest)
    }
}

#[inline(always)]
fn magnitude(x: f64) -> i64 {
    (x.to_bits() & (u64::MAX >> 1)).cast_signed()
}

#[inline(always)]
fn magnitude_of_single(x: f32) -> i32 {
    (x.to_bits() & (u32::MAX >> 1)).cast_signed()
}

/// The greatest bits of each column without their sign: magnitudes have the order of their bits, infinity and
/// NaN above all others.
#[inline(always)]
fn largest_bits<T: Copy, B: Ord + Copy + Default>(
    table: &Table<'_>,
    values: &[T],
    bits: impl Fn(T) -> B,
) -> Vec<B> {
    let mut largest = vec![B::default(); table.columns];
    if table.by_column {
        for (max, column) in largest.iter_mut().zip(values.chunks_exact(table.rows)) {
            let mut lanes = [B::default(); 64];
            for part in column.chunks(64) {
                for (max, &x) in lanes.iter_mut().zip(part) {
                    *max = bits(x).max(*max);
                }
            }
            *max = lanes.into_iter().max().unwrap_or_default();
        }
        return largest;
    }
    // As many rows side by side as make a few vectors, whatever the number of columns.
    let mut lanes = vec![B::default(); 128_usize.div_ceil(table.columns) * table.columns];
    for rows in values.chunks(lanes.len()) {
        for (max, &x) in lanes.iter_mut().zip(rows) {
            *max = bits(x).max(*max);
        }
    }
    for lanes in lanes.chunks_exact(table.columns) {
        for (max, &lane) in largest.iter_mut().zip(lanes) {
            *max = lane.max(*max);
        }
    }
    largest
}
