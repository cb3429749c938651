//! One pass of Lloyd's algorithm (Lloyd, 1957/1982): assign every row to its nearest center, then move every
//! center to the mean of its rows; as exact state that threads and machines add up in any order.

use super::assign::{WholeTable, Work};
use super::sums::{Factors, Sums};
use super::table::Table;
use super::value::Value;
use crate::numerics::fixed_point::{FixedPoint, MAX_VALUES};
use karat_scorer::{Error, Problem, Result};
use ndarray::{Array2, ArrayView2};

/// Distances of rows whose largest coordinate is smaller could vanish when squared.
const SMALLEST_SPREAD: f64 = 1e-140;

/// The place values of the exact sums of one table: made once, from the largest magnitude of each column,
/// and shared by every part of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct LloydScale {
    pub(super) largest: Vec<f64>,
    pub(super) columns: Vec<FixedPoint>,
    pub(super) weight: FixedPoint,
    pub(super) inertia: FixedPoint,
    pub(super) factors: Factors,
    pub(super) largest_weight: f64,
}

impl LloydScale {
    /// For rows (and centers) of at most `largest[f]` in magnitude in column `f`, and weights of at most
    /// `largest_weight`, which is 1 without weights.
    ///
    /// Magnitudes of parts of a table combine by taking the larger ones.
    ///
    /// # Errors
    /// [`Error::Argument`] for magnitudes that are negative or not finite; [`Error::Data`] when squared
    /// distances would overflow, or vanish, in a double.
    pub fn new(largest: Vec<f64>, largest_weight: f64) -> Result<LloydScale> {
        if let Some(bad) = largest.iter().find(|bound| !(bound.is_finite() && **bound >= 0.0)) {
            return Err(Error::argument("largest", "must be finite and >= 0", bad));
        }
        if !(largest_weight.is_finite() && largest_weight > 0.0) {
            return Err(Error::argument("largest_weight", "must be finite and > 0", largest_weight));
        }
        let spread = largest.iter().fold(0.0, |max: f64, &bound| max.max(bound));
        if spread > 0.0 && spread < SMALLEST_SPREAD {
            let what = format!("no value exceeds {spread:e}: squared distances vanish in a double");
            return Err(Error::data(Problem::new("", what, "multiply the columns, or standardise them")));
        }
        // Rows and centers lie within `largest`, so no difference exceeds twice that.
        let squared: f64 = largest.iter().map(|bound| 4.0 * bound * bound).sum();
        let furthest = largest.iter().fold(squared, |max, bound| max.max(*bound)) * largest_weight.max(1.0);
        if !furthest.is_finite() {
            let what = format!("values up to {spread:e}: squared distances overflow a double");
            return Err(Error::data(Problem::new("", what, "divide the columns, or standardise them")));
        }
        let columns: Vec<FixedPoint> =
            largest.iter().map(|bound| FixedPoint::new(bound * largest_weight)).collect();
        let inertia = FixedPoint::new(squared * largest_weight);
        Ok(LloydScale {
            factors: Factors::new(&columns, inertia, largest_weight),
            columns,
            weight: FixedPoint::new(largest_weight),
            inertia,
            largest,
            largest_weight,
        })
    }

    /// A weighted coordinate as an integer.
    pub(super) fn quantise(&self, weighted: f64, column: usize) -> i128 {
        self.columns[column].quantise(weighted)
    }

    /// A weight as an integer.
    pub(super) fn quantise_weight(&self, weight: f64) -> i128 {
        self.weight.quantise(weight)
    }

    /// The mean of a column from integer sums, rounded once.
    pub(super) fn mean(&self, column: usize, values: i128, weights: i128) -> f64 {
        let mean = self.columns[column].ratio(values, self.weight, weights);
        // Weighted products round: a mean of rows at the bound must not lie an ulp beyond it.
        mean.clamp(-self.largest[column], self.largest[column])
    }

    /// Whether a weight counts in the sums: one too small for their places is as good as none.
    pub(super) fn weighs(&self, weight: f64) -> bool {
        self.weight.quantise(weight) > 0
    }

    /// The sum of `weight * squared distance` of one row, as an integer.
    pub(super) fn inertia_of(&self, squared_distance: f64, weight: f64) -> i128 {
        self.inertia.quantise(squared_distance * weight)
    }

    pub(super) fn inertia(&self, sum: i128) -> f64 {
        self.inertia.value(sum)
    }

    pub(super) fn weight(&self, sum: i128) -> f64 {
        self.weight.value(sum)
    }

    fn admits(&self, value: f64, column: usize) -> bool {
        value.abs() <= self.largest[column]
    }
}

/// The exact state of one Lloyd pass over a part of a table.
///
/// States of the parts of a table merge associatively and commutatively *in bits*: whatever the parts and
/// the order in which they are merged, [`finish`](LloydState::finish) returns the same centers.
///
/// ```
/// use karat::classify::segments::{LloydScale, LloydState};
/// use ndarray::array;
///
/// let scale = LloydScale::new(vec![11.0], 1.0)?;
/// let centers = array![[0.0], [9.0]];
/// let mut left = LloydState::new(centers.view(), &scale)?;
/// left.add_rows(array![[1.0], [10.0]].view(), None)?;
/// let mut right = LloydState::new(centers.view(), &scale)?;
/// right.add_rows(array![[11.0], [2.0]].view(), None)?;
/// left.merge(&right)?;
/// let step = left.finish();
/// assert_eq!(step.centers, array![[1.5], [10.5]]);
/// assert_eq!(step.inertia, 1.0 + 1.0 + 4.0 + 4.0);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LloydState {
    pub(super) scale: LloydScale,
    pub(super) centers: Array2<f64>,
    pub(super) sums: Sums,
    /// Sum of weight times squared coordinates.
    pub(super) squares: i128,
}

/// What a Lloyd pass over the whole table found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LloydStep {
    /// The means of the rows of each center; a center without rows stays where it was.
    pub centers: Array2<f64>,
    /// Sum of weight times squared distance to the *old* centers.
    pub inertia: f64,
    /// Rows of each center.
    pub counts: Vec<u64>,
    /// Weight of the rows of each center.
    pub weights: Vec<f64>,
    /// Squared Frobenius norm of the difference between the new centers and the old.
    pub shift: f64,
}

impl LloydState {
    /// No rows yet, with `centers` of shape k × d.
    ///
    /// # Errors
    /// [`Error::Shape`] when the scale is for another number of columns; [`Error::Argument`] without a
    /// center or with a coordinate beyond the scale.
    pub fn new(centers: ArrayView2<'_, f64>, scale: &LloydScale) -> Result<LloydState> {
        let (count, columns) = centers.dim();
        if columns != scale.largest.len() {
            return Err(Error::shape("columns of the centers", scale.largest.len(), columns));
        }
        if count == 0 || columns == 0 {
            return Err(Error::argument(
                "centers",
                "must have a row and a column",
                format!("{count} x {columns}"),
            ));
        }
        if let Some(((c, f), bad)) = centers.indexed_iter().find(|&((_, f), &x)| !scale.admits(x, f)) {
            let rule = format!("must lie within the scale (center {c}, column {f})");
            return Err(Error::argument("centers", rule, bad));
        }
        Ok(LloydState {
            scale: scale.clone(),
            centers: centers.to_owned(),
            sums: Sums::new(count, columns),
            squares: 0,
        })
    }

    /// Assigns rows of shape n × d, with one weight each or 1, and adds them up.
    ///
    /// # Errors
    /// [`Error::Shape`] for other columns or another number of weights; [`Error::Data`] for rows beyond the
    /// scale or not finite; [`Error::Argument`] for weights that are negative, not finite or beyond the
    /// scale. Nothing is added then.
    pub fn add_rows<T: Value>(&mut self, x: ArrayView2<'_, T>, weights: Option<&[f64]>) -> Result<()> {
        if x.ncols() != self.centers.ncols() {
            return Err(Error::shape("columns", self.centers.ncols(), x.ncols()));
        }
        if x.nrows() == 0 {
            return Ok(());
        }
        self.add_table(&Table::new(x, weights), 1)
    }

    /// As [`add_rows`](LloydState::add_rows), for a table with rows, by several threads.
    pub(super) fn add_table(&mut self, table: &Table<'_>, threads: usize) -> Result<()> {
        if table.columns != self.centers.ncols() {
            return Err(Error::shape("columns", self.centers.ncols(), table.columns));
        }
        let (largest, largest_weight) = table.check_batch()?;
        if let Some(column) = (0..largest.len()).find(|&column| !self.scale.admits(largest[column], column)) {
            let what =
                format!("{:e} where the scale ends at {:e}", largest[column], self.scale.largest[column]);
            let remedy = "make the scale from the largest magnitudes of all parts";
            return Err(Error::data(Problem::new(column.to_string(), what, remedy)));
        }
        if largest_weight > self.scale.largest_weight {
            return Err(Error::argument("weights", "must lie within the scale", largest_weight));
        }
        let rows = WholeTable { table, scale: &self.scale, threads };
        let (_, change) = rows.label(&self.centers, Work::FirstWithSquares);
        self.add(&change.sums, change.squares)
    }

    /// Sum of weight times squared distance to the centers, from the sums.
    pub(super) fn inertia(&self) -> f64 {
        self.sums.inertia(&self.scale, self.squares, &self.centers)
    }

    /// Adds the rows of another part.
    ///
    /// # Errors
    /// [`Error::Argument`] when it was made for other centers or another scale, or both together have more
    /// than 2^36 rows. Nothing is added then.
    pub fn merge(&mut self, other: &LloydState) -> Result<()> {
        if self.scale != other.scale || self.centers != other.centers {
            return Err(Error::argument("other", "must have the same centers and scale", "another pass"));
        }
        self.add(&other.sums, other.squares)
    }

    fn add(&mut self, sums: &Sums, squares: i128) -> Result<()> {
        let rows: i64 = self.sums.counts.iter().chain(&sums.counts).sum();
        if rows.cast_unsigned() > MAX_VALUES {
            return Err(Error::argument("rows", format!("must be at most {MAX_VALUES}"), rows));
        }
        self.sums.merge(sums);
        self.squares += squares;
        Ok(())
    }

    /// The new centers.
    #[must_use]
    pub fn finish(&self) -> LloydStep {
        let centers = self.sums.means(&self.scale, &self.centers);
        LloydStep {
            shift: squared_shift(&self.centers, &centers),
            centers,
            inertia: self.inertia(),
            counts: self.sums.counts.iter().map(|count| count.cast_unsigned()).collect(),
            weights: self.sums.weights.iter().map(|&sum| self.scale.weight(sum)).collect(),
        }
    }
}

/// Squared Frobenius norm of `new - old`, row by row in ascending order.
pub(super) fn squared_shift(old: &Array2<f64>, new: &Array2<f64>) -> f64 {
    old.iter().zip(new).fold(0.0, |sum, (old, new)| sum + (new - old) * (new - old))
}
