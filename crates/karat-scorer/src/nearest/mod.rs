//! The nearest of a set of centers for many rows at once, at the speed of the machine.
//!
//! The label of a row is *defined* by [`Segments::eval`]: differences squared and added in double precision in
//! ascending order of the columns, of equally near centers the first. Most rows are decided by a filter in
//! single precision whose error is bounded; a row that the filter cannot decide with certainty is decided by
//! the arithmetic of the definition. Labels are therefore the same bits for every instruction set, layout,
//! batch size and thread, and those of a row scored alone.

mod exact;
mod machine;
mod rows;
mod screen;

#[cfg(test)]
mod tests;

pub use rows::{Rows, Value};

use crate::Isa;
use crate::step::Segments;
use exact::Exact;
use screen::Screen;
use std::ops::Range;

/// Centers made ready for many rows.
///
/// ```
/// use karat_scorer::nearest::{Centers, Rows};
/// use karat_scorer::step::Segments;
///
/// let step = Segments::from_rows(vec![0, 1], &[vec![0.0, 0.0], vec![1.0, 1.0]])?;
/// let rows = Rows::row_major(&[0.9_f32, 0.7, 0.1, 0.2], 2)?;
/// let mut labels = [0; 2];
/// Centers::new(&step).label(&rows, 0, &mut labels)?;
/// assert_eq!(labels, [1, 0]);
/// # Ok::<(), karat_scorer::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Centers {
    exact: Exact,
    screen: Option<Screen>,
    isa: Isa,
}

impl Centers {
    /// The centers of a checked step; coordinates of rows are in the order of its features.
    #[must_use]
    pub fn new(step: &Segments) -> Centers {
        let exact = Exact::new(step);
        Centers { screen: Screen::new(&exact), exact, isa: Isa::detect() }
    }

    /// The same centers using one instruction set; the bits stay the same.
    ///
    /// # Errors
    /// [`crate::Error::Argument`] when this machine does not have it.
    pub fn with_isa(mut self, isa: Isa) -> crate::Result<Centers> {
        if !isa.available() {
            let found = format!("{isa:?}");
            return Err(crate::Error::argument("isa", "must be available on this machine", found));
        }
        self.isa = isa;
        Ok(self)
    }

    /// Number of centers.
    #[must_use]
    pub fn count(&self) -> usize {
        self.exact.count
    }

    /// Number of coordinates.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.exact.columns
    }

    /// Labels of rows `start .. start + labels.len()`: for each the number of the nearest center, of equally
    /// near ones the first. Rows may be labelled in parts, on threads of the caller.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] for rows of another width or beyond the table; [`crate::Error::Data`] naming
    /// the first row of the part with NaN or an infinity.
    pub fn label<T: Value>(&self, rows: &Rows<'_, T>, start: usize, labels: &mut [i32]) -> crate::Result<()> {
        let range = self.check(rows, start, labels.len())?;
        let found = match &self.screen {
            Some(screen) => screen.label(self.isa, &self.exact, rows, range, labels),
            None => self.isa.run(exact::Label { exact: &self.exact, rows, range, labels }),
        };
        found.map_err(|row| rows.not_finite(row))
    }

    /// Squared distances of rows `start ..` to the centers that `labels` names, by the arithmetic of
    /// [`Segments::eval`].
    ///
    /// # Errors
    /// [`crate::Error::Shape`] as for [`label`](Centers::label), and when `squares` has another length than
    /// `labels`; [`crate::Error::Argument`] for a label that is no center.
    pub fn squared_distances<T: Value>(
        &self,
        rows: &Rows<'_, T>,
        start: usize,
        labels: &[i32],
        squares: &mut [f64],
    ) -> crate::Result<()> {
        let range = self.check(rows, start, labels.len())?;
        if squares.len() != labels.len() {
            return Err(crate::Error::shape("squared distances, one a row", labels.len(), squares.len()));
        }
        let known = |&label: &i32| usize::try_from(label).is_ok_and(|label| label < self.count());
        if let Some(bad) = labels.iter().find(|label| !known(label)) {
            return Err(crate::Error::argument("labels", "must be centers", bad));
        }
        self.isa.run(exact::Measure { exact: &self.exact, rows, range, labels, squares });
        Ok(())
    }

    /// Euclidean distances of rows `start ..` to every center, row by row: the square roots of the squared
    /// distances of [`Segments::eval`], in the precision asked for. `distances` holds whole rows.
    ///
    /// # Errors
    /// As [`label`](Centers::label), and [`crate::Error::Shape`] for a part of a row of distances.
    pub fn distances<T: Value, D: Value>(
        &self,
        rows: &Rows<'_, T>,
        start: usize,
        distances: &mut [D],
    ) -> crate::Result<()> {
        let count = distances.len() / self.count();
        if distances.len() != count * self.count() {
            return Err(crate::Error::shape("distances", count * self.count(), distances.len()));
        }
        let range = self.check(rows, start, count)?;
        self.isa
            .run(exact::Distances { exact: &self.exact, rows, range, distances })
            .map_err(|row| rows.not_finite(row))
    }

    fn check<T: Value>(&self, rows: &Rows<'_, T>, start: usize, count: usize) -> crate::Result<Range<usize>> {
        if rows.columns() != self.columns() {
            return Err(crate::Error::shape("columns", self.columns(), rows.columns()));
        }
        match start.checked_add(count).filter(|&end| end <= rows.len()) {
            Some(end) => Ok(start..end),
            None => Err(crate::Error::shape("labels, one a row", rows.len().saturating_sub(start), count)),
        }
    }
}
