//! The rows that first centers are drawn from, in the type and the order of memory that they come in.

use super::super::table::{LANES, Lanes};
use super::super::value::Value;
use karat_scorer::{Isa, Kernel};
use ndarray::ArrayView2;
use std::cmp::Ordering;

/// Columns that are turned into lanes together.
const GROUP: usize = 4;

/// Finite rows, read where they lie.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Rows<'a, T> {
    values: &'a [T],
    by_column: bool,
    pub(super) count: usize,
    pub(super) columns: usize,
    pub(super) weights: Option<&'a [f64]>,
}

impl<'a, T: Value> Rows<'a, T> {
    /// From the values of `count` rows, one row after another or one column after another.
    pub(in super::super) fn new(
        values: &'a [T],
        by_column: bool,
        (count, columns): (usize, usize),
        weights: Option<&'a [f64]>,
    ) -> Rows<'a, T> {
        Rows { values, by_column, count, columns, weights }
    }

    /// From a view in one of these two orders of memory; `None` for any other.
    pub(super) fn of_view(x: ArrayView2<'a, T>, weights: Option<&'a [f64]>) -> Option<Rows<'a, T>> {
        let shape = x.dim();
        let transposed = x.reversed_axes();
        match (x.to_slice(), transposed.to_slice()) {
            (Some(values), _) => Some(Rows::new(values, false, shape, weights)),
            (None, Some(values)) => Some(Rows::new(values, true, shape, weights)),
            (None, None) => None,
        }
    }

    #[inline(always)]
    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.stored(row, column).widen()
    }

    #[inline(always)]
    pub(super) fn stored(&self, row: usize, column: usize) -> T {
        let place = if self.by_column { column * self.count + row } else { row * self.columns + column };
        self.values[place]
    }

    #[inline(always)]
    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// The coordinates of a row, -0.0 as 0.0.
    pub(super) fn point(&self, row: usize) -> Vec<f64> {
        (0..self.columns).map(|column| self.at(row, column) + 0.0).collect()
    }

    /// The squared distance of a row to a center, by the arithmetic of the frozen step.
    pub(super) fn squared_distance(&self, row: usize, center: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (column, coordinate) in center.iter().enumerate() {
            let difference = self.at(row, column) - coordinate;
            sum += difference * difference;
        }
        sum
    }

    /// The order of two rows by content, -0.0 taken as 0.0.
    pub(super) fn by_content(&self, row: usize, other: usize) -> Ordering {
        for column in 0..self.columns {
            let (a, b) = (self.at(row, column) + 0.0, self.at(other, column) + 0.0);
            if a != b {
                return a.total_cmp(&b);
            }
        }
        Ordering::Equal
    }

    pub(super) fn is_at(&self, row: usize, point: &[f64]) -> bool {
        point.iter().enumerate().all(|(column, &value)| self.at(row, column) == value)
    }

    /// The largest magnitude of each column; `None` when a value is not finite.
    pub(super) fn largest(&self) -> Option<Vec<f64>> {
        Isa::detect().run(Largest { rows: self })
    }

    /// Fills `block[column]` with up to [`LANES`] rows from `start`; lanes beyond keep what they held.
    #[inline(always)]
    pub(super) fn gather(&self, start: usize, block: &mut [Lanes]) {
        let lanes = LANES.min(self.count - start);
        if self.by_column {
            for (slot, column) in block.iter_mut().zip(self.values.chunks_exact(self.count)) {
                if let Some(column) = column[start..].first_chunk::<LANES>() {
                    for lane in 0..LANES {
                        slot[lane] = column[lane].widen();
                    }
                } else {
                    for (slot, x) in slot.iter_mut().zip(&column[start..]) {
                        *slot = x.widen();
                    }
                }
            }
            return;
        }
        let rows = &self.values[start * self.columns..(start + lanes) * self.columns];
        if lanes == LANES {
            transpose(rows, block);
            return;
        }
        for (lane, row) in rows.chunks_exact(self.columns).enumerate() {
            for (slot, x) in block.iter_mut().zip(row) {
                slot[lane] = x.widen();
            }
        }
    }
}

/// [`LANES`] rows to lanes; usual widths without a look at bounds in between.
#[inline(always)]
fn transpose<T: Value>(rows: &[T], block: &mut [Lanes]) {
    match block.len() {
        4 => transpose_groups::<T, 1>(rows, block),
        8 => transpose_groups::<T, 2>(rows, block),
        12 => transpose_groups::<T, 3>(rows, block),
        16 => transpose_groups::<T, 4>(rows, block),
        32 => transpose_groups::<T, 8>(rows, block),
        columns => {
            for (column, slot) in block.iter_mut().enumerate() {
                for lane in 0..LANES {
                    slot[lane] = rows[lane * columns + column].widen();
                }
            }
        }
    }
}

/// [`LANES`] rows of `G` groups of columns.
#[inline(always)]
fn transpose_groups<T: Value, const G: usize>(rows: &[T], block: &mut [Lanes]) {
    let (rows, _) = rows.as_chunks::<GROUP>().0.as_chunks::<G>();
    let (columns, _) = block.as_chunks_mut::<GROUP>();
    let (Some(rows), Some(columns)) = (rows.first_chunk::<LANES>(), columns.first_chunk_mut::<G>()) else {
        return;
    };
    for group in 0..G {
        let mut wide = [[0.0; LANES]; GROUP];
        for lane in 0..LANES {
            for column in 0..GROUP {
                wide[column][lane] = rows[lane][group][column].widen();
            }
        }
        columns[group] = wide;
    }
}

struct Largest<'a, T> {
    rows: &'a Rows<'a, T>,
}

impl<T: Value> Kernel for Largest<'_, T> {
    type Output = Option<Vec<f64>>;

    #[inline(always)]
    fn run(self) -> Option<Vec<f64>> {
        let mut block: Vec<Lanes> = vec![[0.0; LANES]; self.rows.columns];
        let mut largest = block.clone();
        // Zero times anything that is not finite is NaN, and stays so.
        let mut spoilt = [0.0; LANES];
        for start in (0..self.rows.count).step_by(LANES) {
            self.rows.gather(start, &mut block);
            for (largest, x) in largest.iter_mut().zip(&block) {
                for lane in 0..LANES {
                    let magnitude = x[lane].abs();
                    largest[lane] = if magnitude > largest[lane] { magnitude } else { largest[lane] };
                    spoilt[lane] += x[lane] * 0.0;
                }
            }
        }
        let finite = spoilt.iter().all(|lane| *lane == 0.0);
        finite.then(|| largest.iter().map(|lanes| lanes.iter().fold(0.0, |a: f64, &b| a.max(b))).collect())
    }
}
