//! One step: assign a batch, move each center towards the mean of its rows by their share of all rows it has
//! ever had, and put centers that have had few on random rows.

use super::super::assign::{WholeTable, Work};
use super::super::distinct::DistinctRows;
use super::super::init;
use super::super::kmeans::KMeans;
use super::super::lloyd::LloydScale;
use super::super::sums::Sums;
use super::super::table::Table;
use super::MiniBatchKMeans;
use crate::numerics::random::Random;
use karat_scorer::{Error, Result};
use ndarray::{Array2, ArrayView2};

/// Where the centers stand between two batches.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MiniBatchState {
    /// The centers, k × d.
    pub centers: Array2<f64>,
    /// Weight of the rows that each center has had.
    pub counts: Vec<f64>,
    /// Steps done.
    pub steps: u64,
    /// Rows seen since centers were last put on random rows.
    pub since_reassignment: u64,
}

impl MiniBatchState {
    /// Centers that have had no rows, or those of an earlier state.
    ///
    /// # Errors
    /// [`Error::Shape`] when there is not one count a center.
    pub fn new(centers: Array2<f64>, counts: Vec<f64>, steps: u64, since_reassignment: u64) -> Result<Self> {
        if counts.len() != centers.nrows() {
            return Err(Error::shape("counts, one a center", centers.nrows(), counts.len()));
        }
        Ok(MiniBatchState { centers, counts, steps, since_reassignment })
    }
}

impl MiniBatchKMeans {
    /// Takes one step on a batch of shape n × d with one weight each or 1; without a state, finds first
    /// centers on the batch before.
    ///
    /// ```
    /// use karat::classify::segments::MiniBatchKMeans;
    /// use ndarray::array;
    ///
    /// let plan = MiniBatchKMeans::new(2).reassignment_ratio(0.0);
    /// let first = plan.partial_fit(None, array![[0.0], [10.0]].view(), None)?;
    /// let second = plan.partial_fit(Some(&first), array![[1.0], [11.0]].view(), None)?;
    /// let mut centers = second.centers.column(0).to_vec();
    /// centers.sort_by(f64::total_cmp);
    /// assert_eq!(centers, [0.5, 10.5]);
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range or bad weights; [`Error::Shape`] for another number of
    /// columns or weights; [`Error::Data`] without rows or with values that are not finite, and for a first
    /// batch with fewer different rows than `k`.
    pub fn partial_fit(
        &self,
        state: Option<&MiniBatchState>,
        x: ArrayView2<'_, f64>,
        weights: Option<&[f64]>,
    ) -> Result<MiniBatchState> {
        self.check(x.ncols())?;
        let table = Table::new(x, weights);
        let (largest, largest_weight) = table.check()?;
        let mut state = match state {
            Some(state) => state.clone(),
            None => MiniBatchState::new(self.begin(&table)?, vec![0.0; self.k], 0, 0)?,
        };
        if state.centers.dim() != (self.k, table.columns) {
            return Err(Error::shape("columns of the centers", table.columns, state.centers.ncols()));
        }
        let scale = LloydScale::new(reaching(largest, &state.centers), largest_weight)?;
        let mut random = Random::stream(self.seed, state.steps);
        self.step(&table, &scale, &mut state, &mut random);
        Ok(state)
    }

    fn begin(&self, table: &Table<'_>) -> Result<Array2<f64>> {
        KMeans::new(self.k).check_enough(table.distinct_rows(self.k), table.is_weighted())?;
        let mut random = Random::stream(self.seed, u64::MAX);
        Ok(self.first_centers(table, &mut random))
    }

    pub(super) fn first_centers(&self, table: &Table<'_>, random: &mut Random) -> Array2<f64> {
        let plan = KMeans::new(self.k).init(self.init.clone()).seed(random.next_bits());
        let first = init::first_centers(table, &plan, 1, 1).next();
        first.unwrap_or_else(|| Array2::zeros((self.k, table.columns)))
    }

    /// Returns the inertia of the batch, to the centers before they moved.
    pub(super) fn step(
        &self,
        table: &Table<'_>,
        scale: &LloydScale,
        state: &mut MiniBatchState,
        random: &mut Random,
    ) -> f64 {
        let rows = WholeTable { table, scale, threads: 1 };
        let (_, change) = rows.label(&state.centers, Work::FirstWithSquares);
        let inertia = change.sums.inertia(scale, change.squares, &state.centers);
        state.approach(scale, &change.sums);
        state.steps += 1;
        state.since_reassignment += table.rows as u64;
        let none = state.counts.contains(&0.0);
        if none || state.since_reassignment >= 10 * self.k as u64 {
            state.since_reassignment = 0;
            self.reassign(table, state, random);
        }
        inertia
    }

    fn reassign(&self, table: &Table<'_>, state: &mut MiniBatchState, random: &mut Random) {
        let most = state.counts.iter().fold(0.0, |max: f64, &count| max.max(count));
        let mut few: Vec<usize> =
            (0..self.k).filter(|&c| state.counts[c] < self.reassignment_ratio * most).collect();
        if few.is_empty() {
            return;
        }
        // At most half the batch, those of the smallest counts; of equals the first.
        few.sort_by(|&a, &b| state.counts[a].total_cmp(&state.counts[b]).then(a.cmp(&b)));
        let distinct = DistinctRows::of(table);
        let rows = distinct.table();
        few.truncate((table.rows / 2).min(rows.rows));
        few.sort_unstable();
        let mut order: Vec<usize> = (0..rows.rows).collect();
        for (place, &c) in few.iter().enumerate() {
            // A uniform draw among the rows that are left, without replacement.
            let left = order.len() - place;
            let drawn = ((random.uniform() * left as f64) as usize).min(left - 1);
            order.swap(place, place + drawn);
            let row = order[place];
            state.centers.row_mut(c).assign(&ndarray::Array1::from_vec(rows.row(row)));
        }
        // Not so small that they would be put elsewhere at once.
        let others = (0..self.k).filter(|c| few.binary_search(c).is_err());
        let least = others.map(|c| state.counts[c]).fold(f64::INFINITY, f64::min);
        if least.is_finite() {
            few.iter().for_each(|&c| state.counts[c] = least);
        }
    }
}

impl MiniBatchState {
    fn approach(&mut self, scale: &LloydScale, sums: &Sums) {
        let means = sums.means(scale, &self.centers);
        for (c, mean) in means.rows().into_iter().enumerate() {
            let weight = scale.weight(sums.weights[c]);
            if weight > 0.0 {
                self.counts[c] += weight;
                let share = weight / self.counts[c];
                for (center, mean) in self.centers.row_mut(c).iter_mut().zip(mean) {
                    *center += (mean - *center) * share;
                }
            }
        }
    }
}

/// The largest magnitudes of rows and centers.
pub(super) fn reaching(mut largest: Vec<f64>, centers: &Array2<f64>) -> Vec<f64> {
    for ((_, column), center) in centers.indexed_iter() {
        largest[column] = largest[column].max(center.abs());
    }
    largest
}
