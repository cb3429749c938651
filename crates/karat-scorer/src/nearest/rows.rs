//! Rows in the layout and precision that they have.

use super::machine::Sealed;
use crate::error::{Error, Problem, Result};

/// A number of a table: `f32` or `f64`. An `f32` means the same number in double precision.
pub trait Value: Sealed + Copy + Send + Sync + std::fmt::Debug + 'static {
    /// The number in double precision, which holds it exactly.
    fn widen(self) -> f64;
    /// The nearest number of this type.
    fn narrow(x: f64) -> Self;
    /// The difference to `middle`, rounded once or twice to single precision.
    fn less(self, middle: f32) -> f32;
}

impl Value for f32 {
    #[inline(always)]
    fn widen(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn narrow(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn less(self, middle: f32) -> f32 {
        self - middle
    }
}

impl Value for f64 {
    #[inline(always)]
    fn widen(self) -> f64 {
        self
    }
    #[inline(always)]
    fn narrow(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn less(self, middle: f32) -> f32 {
        (self - f64::from(middle)) as f32
    }
}

/// A table that is read in place.
#[derive(Debug, Clone)]
pub struct Rows<'a, T> {
    pub(super) layout: Layout<'a, T>,
    length: usize,
    columns: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Layout<'a, T> {
    /// Rows that start `stride` numbers apart.
    RowMajor { values: &'a [T], stride: usize },
    /// One slice for each column, all of one length.
    Columns(Vec<&'a [T]>),
}

impl<'a, T: Value> Rows<'a, T> {
    /// Rows of `columns` numbers, one after the other.
    ///
    /// # Errors
    /// [`Error::Shape`] when the last row is cut, or `columns` is 0.
    pub fn row_major(values: &'a [T], columns: usize) -> Result<Rows<'a, T>> {
        let length = values.len() / columns.max(1);
        Rows::strided(values, length, columns, columns).and_then(|rows| {
            if length * columns == values.len() {
                Ok(rows)
            } else {
                Err(Error::shape("numbers in whole rows", length * columns, values.len()))
            }
        })
    }

    /// `length` rows of `columns` numbers side by side that start `stride` numbers apart.
    ///
    /// # Errors
    /// [`Error::Shape`] when `values` is too short, `columns` is 0 or `stride` below it.
    pub fn strided(values: &'a [T], length: usize, columns: usize, stride: usize) -> Result<Rows<'a, T>> {
        if columns == 0 || stride < columns {
            return Err(Error::shape("numbers from row to row, at least", columns.max(1), stride));
        }
        let needed =
            length.checked_sub(1).map_or(Some(0), |last| last.checked_mul(stride)?.checked_add(columns));
        if needed.is_none_or(|needed| values.len() < needed) {
            return Err(Error::shape("numbers of the table", needed.unwrap_or(usize::MAX), values.len()));
        }
        Ok(Rows { layout: Layout::RowMajor { values, stride }, length, columns })
    }

    /// One slice for each column.
    ///
    /// # Errors
    /// [`Error::Shape`] without a column, or when one has another length than the first.
    pub fn columns_apart(columns: Vec<&'a [T]>) -> Result<Rows<'a, T>> {
        let Some(length) = columns.first().map(|column| column.len()) else {
            return Err(Error::shape("columns, at least", 1, 0));
        };
        if let Some(other) = columns.iter().find(|column| column.len() != length) {
            return Err(Error::shape("rows of a column", length, other.len()));
        }
        Ok(Rows { length, columns: columns.len(), layout: Layout::Columns(columns) })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Reads a row; whether all of it is finite.
    #[inline(always)]
    pub(super) fn read(&self, row: usize, point: &mut [f64]) -> bool {
        match &self.layout {
            Layout::RowMajor { values, stride } => {
                for (slot, value) in point.iter_mut().zip(&values[row * stride..]) {
                    *slot = value.widen();
                }
            }
            Layout::Columns(columns) => {
                for (slot, column) in point.iter_mut().zip(columns) {
                    *slot = column[row].widen();
                }
            }
        }
        point.iter().fold(true, |finite, x| finite & x.is_finite())
    }

    #[cold]
    pub(super) fn not_finite(&self, row: usize) -> Error {
        let mut point = vec![0.0; self.columns];
        self.read(row, &mut point);
        let column = point.iter().position(|x| !x.is_finite()).unwrap_or(0);
        let what = format!("{} where the nearest center needs a finite number", point[column]);
        let remedy = "replace missing and infinite values, or drop these rows";
        Error::data(Problem::new(column.to_string(), what, remedy).at(1, [row]))
    }
}
