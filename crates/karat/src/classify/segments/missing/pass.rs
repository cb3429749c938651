//! One pass over rows with gaps: nearest centers and exact sums over what is present.

use super::super::lloyd::LloydScale;
use super::super::table::{LANES, Lanes, Table};
use crate::numerics::fixed_point::FixedPoint;
use ndarray::Array2;
use std::ops::Range;

/// The label of a row that was not assigned yet.
pub(super) const UNASSIGNED: u32 = u32::MAX;

/// For each center: rows, their weight; for each of its coordinates weight and weighted values of the rows
/// that have it.
#[derive(Debug, Clone)]
pub(super) struct PresentSums {
    pub(super) counts: Vec<i64>,
    pub(super) weights: Vec<i128>,
    present: Vec<i128>,
    values: Vec<i128>,
}

impl PresentSums {
    pub(super) fn new(centers: usize, columns: usize) -> PresentSums {
        PresentSums {
            counts: vec![0; centers],
            weights: vec![0; centers],
            present: vec![0; centers * columns],
            values: vec![0; centers * columns],
        }
    }

    /// Adds a row to a center, or takes it out with `sign` -1.
    pub(super) fn add(&mut self, scale: &LloydScale, row: &[f64], weight: f64, center: u32, sign: i8) {
        let center = center as usize;
        let quantised = scale.quantise_weight(weight) * i128::from(sign);
        self.counts[center] += i64::from(sign);
        self.weights[center] += quantised;
        for (column, &x) in row.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
            let place = center * row.len() + column;
            self.present[place] += quantised;
            self.values[place] += scale.quantise(x * weight, column) * i128::from(sign);
        }
    }

    pub(super) fn merge(&mut self, other: &PresentSums) {
        let add = |sums: &mut [i128], others: &[i128]| {
            sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        };
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, other)| *sum += other);
        add(&mut self.weights, &other.weights);
        add(&mut self.present, &other.present);
        add(&mut self.values, &other.values);
    }

    /// The means of what is present, each rounded once; a coordinate that no row of a center has stays.
    pub(super) fn means(&self, scale: &LloydScale, centers: &Array2<f64>) -> Array2<f64> {
        let columns = centers.ncols();
        Array2::from_shape_fn(centers.dim(), |(c, f)| {
            let place = c * columns + f;
            match self.present[place] {
                0 => centers[[c, f]],
                weight => scale.mean(f, self.values[place], weight),
            }
        })
    }

    /// Whether `center` has no weight beyond `weight`, that of one of its rows.
    pub(super) fn is_last(&self, scale: &LloydScale, center: u32, weight: f64) -> bool {
        self.weights[center as usize] <= scale.quantise_weight(weight)
    }
}

/// What one part of the table adds to an iteration.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) sums: PresentSums,
    /// Weighted squared distances over what is present.
    pub(super) unscaled: i128,
    /// The same, scaled by the share that is present.
    pub(super) scaled: i128,
    pub(super) moved: usize,
}

/// Eight rows and what is present of them.
struct Block {
    values: Vec<Lanes>,
    present: Vec<Lanes>,
}

impl Block {
    fn load(&mut self, table: &Table<'_>, start: usize) -> usize {
        let count = table.gather(start, &mut self.values);
        for (values, present) in self.values.iter_mut().zip(&mut self.present) {
            for lane in 0..LANES {
                present[lane] = if values[lane].is_nan() { 0.0 } else { 1.0 };
                values[lane] = if values[lane].is_nan() { 0.0 } else { values[lane] };
            }
        }
        count
    }

    /// The nearest center of each lane and the unscaled squared distance, by the arithmetic of scoring.
    fn nearest(&self, centers: &[f64]) -> (Lanes, Lanes) {
        let (mut best, mut index, mut number) = ([f64::INFINITY; LANES], [0.0; LANES], 0.0);
        for center in centers.chunks_exact(self.values.len()) {
            let mut distance = [0.0; LANES];
            for ((values, present), &coordinate) in self.values.iter().zip(&self.present).zip(center) {
                for lane in 0..LANES {
                    let difference = (values[lane] - coordinate) * present[lane];
                    distance[lane] += difference * difference;
                }
            }
            for lane in 0..LANES {
                let closer = distance[lane] < best[lane];
                best[lane] = if closer { distance[lane] } else { best[lane] };
                index[lane] = if closer { number } else { index[lane] };
            }
            number += 1.0;
        }
        (best, index)
    }

    /// `d / p` of each lane.
    fn factors(&self) -> Lanes {
        let mut present = [0.0; LANES];
        for lanes in &self.present {
            for lane in 0..LANES {
                present[lane] += lanes[lane];
            }
        }
        present.map(|present| self.present.len() as f64 / present)
    }
}

/// Assigns rows to their nearest centers and moves those whose label changed from sum to sum; `distances`,
/// if there are any, receive the scaled squared distances.
pub(super) fn assign(
    table: &Table<'_>,
    scale: &LloydScale,
    place: FixedPoint,
    centers: &Array2<f64>,
    rows: Range<usize>,
    slots: &mut [(u32, f64)],
) -> Change {
    let (count, columns) = centers.dim();
    let flat: Vec<f64> = centers.iter().copied().collect();
    let sums = PresentSums::new(count, columns);
    let mut change = Change { sums, unscaled: 0, scaled: 0, moved: 0 };
    let mut block = Block { values: vec![[0.0; LANES]; columns], present: vec![[0.0; LANES]; columns] };
    for (part, slots) in slots.chunks_mut(LANES).enumerate() {
        let start = rows.start + part * LANES;
        block.load(table, start);
        let (best, index) = block.nearest(&flat);
        let factors = block.factors();
        for (lane, (label, distance)) in slots.iter_mut().enumerate().take(LANES) {
            let weight = table.weight(start + lane);
            let to = index[lane] as u32;
            *distance = best[lane] * factors[lane];
            change.unscaled += place.quantise(best[lane] * weight);
            change.scaled += place.quantise(*distance * weight);
            if to != *label {
                let row = table.row(start + lane);
                change.sums.add(scale, &row, weight, to, 1);
                if *label != UNASSIGNED {
                    change.sums.add(scale, &row, weight, *label, -1);
                }
                change.moved += 1;
                *label = to;
            }
        }
    }
    change
}
