//! Rows with the segment of each: what every index of this module reads, and the checks it passes once.

use super::super::value::Value;
use karat_scorer::{Error, Problem, Result};
use ndarray::ArrayView2;
use std::ops::Range;

/// Rows handled side by side.
pub(super) const LANES: usize = 8;
/// One coordinate of as many rows.
pub(super) type Lanes = [f64; LANES];
/// Rows whose sums in doubles are kept apart and then added in order.
pub(super) const CHUNK: usize = 1024;

/// Finite rows, row by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a, T> {
    x: ArrayView2<'a, T>,
}

impl<'a, T: Value> Rows<'a, T> {
    /// # Errors
    /// [`Error::Data`] without rows or columns, or listing every column with values that are not finite.
    pub(super) fn new(x: ArrayView2<'a, T>) -> Result<Rows<'a, T>> {
        for (count, what) in [(x.nrows(), "row"), (x.ncols(), "column")] {
            if count == 0 {
                let what_is_wrong = format!("the table has no {what}s");
                return Err(Error::data(Problem::new(
                    "",
                    what_is_wrong,
                    format!("give at least one {what}"),
                )));
            }
        }
        let rows = Rows { x };
        let mut finite = vec![true; x.ncols()];
        for row in x.rows() {
            for (finite, &value) in finite.iter_mut().zip(row) {
                *finite &= value.into().is_finite();
            }
        }
        let problems: Vec<Problem> =
            (0..finite.len()).filter(|&f| !finite[f]).map(|f| rows.not_finite(f)).collect();
        if problems.is_empty() { Ok(rows) } else { Err(Error::Data(problems)) }
    }

    fn not_finite(&self, column: usize) -> Problem {
        let values = self.x.column(column);
        let bad: Vec<usize> = (0..values.len()).filter(|&row| !values[row].into().is_finite()).collect();
        let what = format!("{} where an index needs a finite number", values[bad[0]].into());
        Problem::new(column.to_string(), what, "replace missing and infinite values, or drop these rows")
            .at(bad.len(), bad)
    }

    pub(super) fn count(&self) -> usize {
        self.x.nrows()
    }

    pub(super) fn columns(&self) -> usize {
        self.x.ncols()
    }

    #[inline]
    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.x[[row, column]].into()
    }

    /// Writes one row into `point`.
    #[inline]
    pub(super) fn read(&self, row: usize, point: &mut [f64]) {
        for (slot, &value) in point.iter_mut().zip(self.x.row(row)) {
            *slot = value.into();
        }
    }

    /// Fills `block[column]` with the rows `start .. start + lanes`; the lanes beyond repeat the last row.
    #[inline]
    pub(super) fn gather(&self, rows: Range<usize>, block: &mut [Lanes]) {
        for lane in 0..LANES {
            let row = (rows.start + lane).min(rows.end - 1);
            for (slot, &value) in block.iter_mut().zip(self.x.row(row)) {
                slot[lane] = value.into();
            }
        }
    }

    /// These rows in doubles, in this order.
    pub(super) fn pick(&self, rows: &[usize]) -> ndarray::Array2<f64> {
        ndarray::Array2::from_shape_fn((rows.len(), self.columns()), |(i, f)| self.at(rows[i], f))
    }
}

/// Rows with labels that fit them. Labels that no row bears are left out of every index.
#[derive(Debug)]
pub(super) struct Labelled<'a, T> {
    pub(super) rows: Rows<'a, T>,
    /// Position of each row's segment among those that have rows, in ascending order of their labels.
    pub(super) positions: Vec<u32>,
    /// The label of each position.
    pub(super) labels: Vec<u32>,
    /// Rows of each position.
    pub(super) sizes: Vec<usize>,
}

impl<'a, T: Value> Labelled<'a, T> {
    /// # Errors
    /// As [`Rows::new`]; [`Error::Shape`] for another number of labels; [`Error::Argument`] for a label of
    /// 2^20 or more, or with fewer than `least` segments, or when there are as many segments as rows.
    pub(super) fn new(x: ArrayView2<'a, T>, labels: &[u32], least: usize) -> Result<Labelled<'a, T>> {
        if labels.len() != x.nrows() {
            return Err(Error::shape("labels, one a row", x.nrows(), labels.len()));
        }
        let rows = Rows::new(x)?;
        let (positions, labels, sizes) = positions(labels)?;
        if least > 1 && (labels.len() < least || labels.len() >= positions.len()) {
            let rule = format!(
                "must name {least} to {} segments of {} rows",
                positions.len().saturating_sub(1),
                positions.len()
            );
            return Err(Error::argument("labels", rule, labels.len()));
        }
        Ok(Labelled { rows, positions, labels, sizes })
    }

    pub(super) fn segments(&self) -> usize {
        self.sizes.len()
    }

    /// The rows of each segment, in order.
    pub(super) fn members(&self) -> Vec<Vec<usize>> {
        let mut members: Vec<Vec<usize>> = self.sizes.iter().map(|&size| Vec::with_capacity(size)).collect();
        for (row, &position) in self.positions.iter().enumerate() {
            members[position as usize].push(row);
        }
        members
    }
}

/// Labels beyond are taken for mistakes; the tables here are as long as the largest.
const MOST_LABELS: u32 = 1 << 20;

/// Position of each label among those that occur, these labels, and how often each occurs.
pub(super) fn positions(labels: &[u32]) -> Result<(Vec<u32>, Vec<u32>, Vec<usize>)> {
    if let Some(row) = labels.iter().position(|&label| label >= MOST_LABELS) {
        let rule = format!("must be below {MOST_LABELS} (row {row})");
        return Err(Error::argument("labels", rule, labels[row]));
    }
    let end = labels.iter().max().map_or(0, |&label| label as usize + 1);
    let mut counts = vec![0_usize; end];
    for &label in labels {
        counts[label as usize] += 1;
    }
    let mut place = vec![0_u32; end];
    let mut found = Vec::new();
    let mut sizes = Vec::new();
    for (label, &count) in (0_u32..).zip(&counts) {
        if count > 0 {
            place[label as usize] = sizes.len() as u32;
            found.push(label);
            sizes.push(count);
        }
    }
    Ok((labels.iter().map(|&label| place[label as usize]).collect(), found, sizes))
}

/// Adds `values` in ascending order.
pub(super) fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |sum, value| sum + value)
}

/// The mean of values, and its standard error from their spread.
pub(super) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = sum(values.iter().copied()) / count;
    if values.len() < 2 {
        return (mean, f64::NAN);
    }
    let squares = sum(values.iter().map(|value| (value - mean) * (value - mean)));
    (mean, (squares / (count - 1.0) / count).sqrt())
}

/// Different rows of `0..count` at random, in ascending order; all when there are no more than `wanted`.
pub(super) fn sample(
    count: usize,
    wanted: usize,
    random: &mut crate::numerics::random::Random,
) -> Vec<usize> {
    // Knuth's algorithm S (The Art of Computer Programming 3.4.2): one draw a row, in order.
    let mut kept = Vec::with_capacity(wanted.min(count));
    for row in 0..count {
        let (left, open) = ((count - row) as f64, (wanted.min(count) - kept.len()) as f64);
        if random.uniform() * left < open {
            kept.push(row);
        }
    }
    kept
}
