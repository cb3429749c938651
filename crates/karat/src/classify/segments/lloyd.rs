//! One pass of Lloyd's algorithm (Lloyd, 1957/1982): assign every row to its nearest center, then move every
//! center to the mean of its rows; as exact state that threads and machines add up in any order.

use super::table::{CHUNK, LANES, Lanes, Table};
use crate::numerics::fixed_point::{FixedPoint, LaneSum, MAX_VALUES};
use crate::numerics::parallel::over_slots;
use karat_scorer::{Error, Problem, Result};
use ndarray::{Array2, ArrayView2};
use std::ops::Range;

/// The label of a row that was not assigned yet.
pub(super) const UNASSIGNED: u32 = u32::MAX;
/// Distances of rows whose largest coordinate is smaller could vanish when squared.
const SMALLEST_SPREAD: f64 = 1e-140;

/// The place values of the exact sums of one table: made once, from the largest magnitude of each column,
/// and shared by every part of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct LloydScale {
    pub(super) largest: Vec<f64>,
    columns: Vec<FixedPoint>,
    weight: FixedPoint,
    inertia: FixedPoint,
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
        Ok(LloydScale {
            columns: largest.iter().map(|bound| FixedPoint::new(bound * largest_weight)).collect(),
            weight: FixedPoint::new(largest_weight),
            inertia: FixedPoint::new(squared * largest_weight),
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

/// For each center: rows, their weight and their weighted coordinates; exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) counts: Vec<i64>,
    pub(super) weights: Vec<i128>,
    pub(super) values: Vec<i128>,
}

impl Sums {
    pub(super) fn new(centers: usize, columns: usize) -> Sums {
        Sums { counts: vec![0; centers], weights: vec![0; centers], values: vec![0; centers * columns] }
    }

    /// Takes the row in lane `lane` of `block` from center `from` (unless [`UNASSIGNED`]) to center `to`.
    #[inline]
    pub(super) fn shift_row(
        &mut self,
        scale: &LloydScale,
        block: &[Lanes],
        lane: usize,
        weight: f64,
        from: u32,
        to: u32,
    ) {
        let columns = block.len();
        let quantised_weight = scale.weight.quantise(weight);
        let to = to as usize;
        self.counts[to] += 1;
        self.weights[to] += quantised_weight;
        let sums = &mut self.values[to * columns..(to + 1) * columns];
        for ((sum, x), place) in sums.iter_mut().zip(block).zip(&scale.columns) {
            *sum += place.quantise(x[lane] * weight);
        }
        if from == UNASSIGNED {
            return;
        }
        let from = from as usize;
        self.counts[from] -= 1;
        self.weights[from] -= quantised_weight;
        let sums = &mut self.values[from * columns..(from + 1) * columns];
        for ((sum, x), place) in sums.iter_mut().zip(block).zip(&scale.columns) {
            *sum -= place.quantise(x[lane] * weight);
        }
    }

    /// Whether `center` has no weight beyond `weight`, that of one of its rows.
    pub(super) fn is_last(&self, scale: &LloydScale, center: u32, weight: f64) -> bool {
        self.weights[center as usize] <= scale.weight.quantise(weight)
    }

    pub(super) fn merge(&mut self, other: &Sums) {
        add_each(&mut self.counts, &other.counts);
        add_each(&mut self.weights, &other.weights);
        add_each(&mut self.values, &other.values);
    }

    /// The sums of all centers, as those of one.
    pub(super) fn total(&self) -> Sums {
        let columns = self.values.len() / self.counts.len().max(1);
        let mut total = Sums::new(1, columns);
        for (c, values) in self.values.chunks_exact(columns.max(1)).enumerate() {
            total.counts[0] += self.counts[c];
            total.weights[0] += self.weights[c];
            add_each(&mut total.values, values);
        }
        total
    }

    /// The means, each rounded once; a center without weight stays where it is.
    pub(super) fn means(&self, scale: &LloydScale, centers: &Array2<f64>) -> Array2<f64> {
        let columns = centers.ncols();
        Array2::from_shape_fn(centers.dim(), |(c, f)| {
            if self.weights[c] == 0 {
                return centers[[c, f]];
            }
            scale.mean(f, self.values[c * columns + f], self.weights[c])
        })
    }
}

fn add_each<T: Copy + std::ops::AddAssign>(sums: &mut [T], others: &[T]) {
    for (sum, &other) in sums.iter_mut().zip(others) {
        *sum += other;
    }
}

/// The nearest of `centers` (row by row) to each lane of `block`, and the squared distance to it.
///
/// The arithmetic is that of the frozen step, coordinate by coordinate in ascending order and without the
/// expansion into norms, so that a row has the same label here and in scoring; of equally near centers the
/// first wins. A function of its own, never inlined: its lanes stay in registers only while nothing indexes
/// them by a variable.
#[inline(never)]
pub(super) fn nearest(block: &[Lanes], centers: &[f64]) -> (Lanes, Lanes) {
    let mut best = [f64::INFINITY; LANES];
    let mut index = [0.0; LANES];
    let mut number = 0.0;
    for center in centers.chunks_exact(block.len()) {
        keep(&mut best, &mut index, &squared_distance(block, center), number);
        number += 1.0;
    }
    (best, index)
}

#[inline(always)]
pub(super) fn squared_distance(block: &[Lanes], center: &[f64]) -> Lanes {
    let mut distance = [0.0; LANES];
    for (x, &coordinate) in block.iter().zip(center) {
        add_squares(&mut distance, x, coordinate);
    }
    distance
}

#[inline(always)]
fn keep(best: &mut Lanes, index: &mut Lanes, distance: &Lanes, number: f64) {
    for lane in 0..LANES {
        let closer = distance[lane] < best[lane];
        best[lane] = if closer { distance[lane] } else { best[lane] };
        index[lane] = if closer { number } else { index[lane] };
    }
}

#[inline(always)]
fn add_squares(distance: &mut Lanes, x: &Lanes, center: f64) {
    for lane in 0..LANES {
        let difference = x[lane] - center;
        distance[lane] += difference * difference;
    }
}

/// What one part of the table adds to an iteration.
#[derive(Debug)]
pub(super) struct Change {
    /// The change of the sums.
    pub(super) sums: Sums,
    /// The weighted squared distances of the part, to the centers it was assigned to.
    pub(super) inertia: i128,
    /// Rows whose label changed.
    pub(super) moved: usize,
}

/// Assigns rows to their nearest centers and moves those whose label changed from sum to sum, in one pass.
pub(super) fn assign(
    table: &Table<'_>,
    scale: &LloydScale,
    centers: &Array2<f64>,
    rows: Range<usize>,
    labels: &mut [u32],
) -> Change {
    let (count, columns) = centers.dim();
    let flat: Vec<f64> = centers.iter().copied().collect();
    let mut change = Change { sums: Sums::new(count, columns), inertia: 0, moved: 0 };
    let mut inertia = LaneSum::new(scale.inertia);
    let mut block = vec![[0.0; LANES]; columns];
    for (part, labels) in labels.chunks_mut(LANES).enumerate() {
        let start = rows.start + part * LANES;
        table.gather(start, &mut block);
        let (mut best, index) = nearest(&block, &flat);
        table.weigh(start, labels.len(), &mut best);
        inertia.add(&best);
        for (lane, label) in labels.iter_mut().enumerate().take(LANES) {
            let to = index[lane] as u32;
            if to != *label {
                let weight = table.weight(start + lane);
                change.sums.shift_row(scale, &block, lane, weight, *label, to);
                change.moved += 1;
                *label = to;
            }
        }
    }
    change.inertia = inertia.total();
    change
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
    pub(super) inertia: i128,
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
            inertia: 0,
        })
    }

    /// Assigns rows of shape n × d, with one weight each or 1, and adds them up.
    ///
    /// # Errors
    /// [`Error::Shape`] for other columns or another number of weights; [`Error::Data`] for rows beyond the
    /// scale or not finite; [`Error::Argument`] for weights that are negative, not finite or beyond the
    /// scale. Nothing is added then.
    pub fn add_rows(&mut self, x: ArrayView2<'_, f64>, weights: Option<&[f64]>) -> Result<()> {
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
        let mut labels = vec![UNASSIGNED; table.rows];
        let parts = over_slots(threads, CHUNK, &mut labels, |rows, labels| {
            assign(table, &self.scale, &self.centers, rows, labels)
        });
        parts.iter().try_for_each(|part| self.add(&part.sums, part.inertia))
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
        self.add(&other.sums, other.inertia)
    }

    fn add(&mut self, sums: &Sums, inertia: i128) -> Result<()> {
        let rows: i64 = self.sums.counts.iter().chain(&sums.counts).sum();
        if rows.cast_unsigned() > MAX_VALUES {
            return Err(Error::argument("rows", format!("must be at most {MAX_VALUES}"), rows));
        }
        self.sums.merge(sums);
        self.inertia += inertia;
        Ok(())
    }

    /// The new centers.
    #[must_use]
    pub fn finish(&self) -> LloydStep {
        let centers = self.sums.means(&self.scale, &self.centers);
        LloydStep {
            shift: squared_shift(&self.centers, &centers),
            centers,
            inertia: self.scale.inertia(self.inertia),
            counts: self.sums.counts.iter().map(|count| count.cast_unsigned()).collect(),
            weights: self.sums.weights.iter().map(|&sum| self.scale.weight(sum)).collect(),
        }
    }
}

/// Squared Frobenius norm of `new - old`, row by row in ascending order.
pub(super) fn squared_shift(old: &Array2<f64>, new: &Array2<f64>) -> f64 {
    old.iter().zip(new).fold(0.0, |sum, (old, new)| sum + (new - old) * (new - old))
}
