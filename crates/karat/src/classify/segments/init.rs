//! Where the centers begin.
//!
//! Rows are drawn from the different ones in an order that their content decides: neither the order of the
//! table nor copies in place of weights change a draw. All sums here are kept by chunks of rows and added in
//! the order of the rows, so that the draws do not depend on the number of threads either.

use super::lloyd::squared_distance;
use super::table::{CHUNK, LANES, Lanes, Table};
use crate::numerics::parallel::over_slots;
use crate::numerics::random::Random;
use karat_scorer::numerics::ln;
use ndarray::Array2;

/// How the first centers are found.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Init {
    /// k-means++ (Arthur & Vassilvitskii, 2007): each further center is a row drawn with a probability
    /// proportional to its weight times its squared distance to the nearest center so far; of `2 + ln k`
    /// rows drawn the one that lowers the sum of these distances most is kept (the greedy variant that
    /// scikit-learn uses; of equals the one drawn first).
    #[default]
    KMeansPlusPlus,
    /// Different rows drawn at random, with a probability proportional to their weight.
    Random,
    /// These centers, of shape k × d.
    Given(Array2<f64>),
}

/// Random draws of different rows before the remaining centers are taken in the order of the rows.
const DRAWS_PER_CENTER: usize = 64;

/// Different rows at random, with a probability proportional to their weight.
pub(super) fn random(table: &Table<'_>, k: usize, random: &mut Random) -> Array2<f64> {
    let table = &table.distinct();
    let mut mass = vec![0.0; table.rows];
    fill_with_weights(table, &mut mass);
    let sums = chunk_sums(&mass);
    let mut chosen: Vec<Vec<f64>> = Vec::with_capacity(k);
    for _ in 0..DRAWS_PER_CENTER * k {
        if chosen.len() == k {
            break;
        }
        let Some(row) = draw(&mass, &sums, random) else { break };
        if !is_chosen(table, row, &chosen) {
            chosen.push(table.row(row));
        }
    }
    complete(table, k, chosen)
}

/// Greedy k-means++.
pub(super) fn k_means_plus_plus(
    table: &Table<'_>,
    k: usize,
    threads: usize,
    random: &mut Random,
) -> Array2<f64> {
    let table = &table.distinct();
    let trials = 2 + trials_beyond_two(k);
    let mut mass = vec![0.0; table.rows];
    fill_with_weights(table, &mut mass);
    let mut chosen: Vec<Vec<f64>> = Vec::with_capacity(k);
    let Some(first) = draw(&mass, &chunk_sums(&mass), random) else { return complete(table, k, chosen) };
    chosen.push(table.row(first));
    // From here on `mass` holds squared distances to the nearest center, and sums are over weight times mass.
    mass.fill(f64::INFINITY);
    let mut sums = approach(table, &chosen[0], threads, &mut mass);
    while chosen.len() < k {
        let candidates: Vec<Vec<f64>> = (0..trials)
            .filter_map(|_| draw_far(table, &mass, &sums, random))
            .map(|row| table.row(row))
            .collect();
        let potentials = potentials(table, &candidates, threads, &mut mass);
        let Some(best) = lowest(&potentials) else { break };
        sums = approach(table, &candidates[best], threads, &mut mass);
        chosen.push(candidates[best].clone());
    }
    complete(table, k, chosen)
}

fn trials_beyond_two(k: usize) -> usize {
    ln(k as f64).floor() as usize
}

fn fill_with_weights(table: &Table<'_>, mass: &mut [f64]) {
    for (row, slot) in mass.iter_mut().enumerate() {
        *slot = table.weight(row);
    }
}

fn chunk_sums(mass: &[f64]) -> Vec<f64> {
    mass.chunks(CHUNK).map(|chunk| chunk.iter().fold(0.0, |sum, x| sum + x)).collect()
}

/// Position of the lowest value; of equals the first.
fn lowest(values: &[f64]) -> Option<usize> {
    (0..values.len()).reduce(|best, i| if values[i] < values[best] { i } else { best })
}

/// Lowers `mass` to the squared distance to `center` where that is nearer; returns the sum of weight times
/// mass of each chunk.
fn approach(table: &Table<'_>, center: &[f64], threads: usize, mass: &mut [f64]) -> Vec<f64> {
    let parts = over_slots(threads, CHUNK, mass, |rows, mass| {
        let mut sums = Vec::with_capacity(mass.len().div_ceil(CHUNK));
        let mut block = vec![[0.0; LANES]; table.columns];
        for (number, chunk) in mass.chunks_mut(CHUNK).enumerate() {
            let mut sum = 0.0;
            for (part, mass) in chunk.chunks_mut(LANES).enumerate() {
                let start = rows.start + number * CHUNK + part * LANES;
                table.gather(start, &mut block);
                let distance = squared_distance(&block, center);
                for (lane, mass) in mass.iter_mut().enumerate().take(LANES) {
                    *mass = if distance[lane] < *mass { distance[lane] } else { *mass };
                    sum += *mass * table.weight(start + lane);
                }
            }
            sums.push(sum);
        }
        sums
    });
    parts.concat()
}

/// For each candidate the sum of weight times mass if it became a center, in one pass over the rows.
fn potentials(table: &Table<'_>, candidates: &[Vec<f64>], threads: usize, mass: &mut [f64]) -> Vec<f64> {
    let parts = over_slots(threads, CHUNK, mass, |rows, mass| {
        let mut block = vec![[0.0; LANES]; table.columns];
        let mut sums = Vec::with_capacity(mass.len().div_ceil(CHUNK));
        for (number, chunk) in mass.chunks(CHUNK).enumerate() {
            let mut lanes = vec![[0.0; LANES]; candidates.len()];
            for (part, mass) in chunk.chunks(LANES).enumerate() {
                let start = rows.start + number * CHUNK + part * LANES;
                table.gather(start, &mut block);
                let weighted = weighted_lanes(table, start, mass);
                for (sum, candidate) in lanes.iter_mut().zip(candidates) {
                    add_lowered(sum, &squared_distance(&block, candidate), &weighted);
                }
            }
            sums.push(lanes.iter().map(|lanes| lanes.iter().fold(0.0, |sum, x| sum + x)).collect());
        }
        sums
    });
    let chunks: Vec<Vec<f64>> = parts.concat();
    (0..candidates.len()).map(|i| chunks.iter().fold(0.0, |sum, chunk| sum + chunk[i])).collect()
}

/// Mass and weight of the rows from `start`; both 0 in lanes beyond.
#[inline(always)]
fn weighted_lanes(table: &Table<'_>, start: usize, mass: &[f64]) -> (Lanes, Lanes) {
    let mut lanes = ([0.0; LANES], [0.0; LANES]);
    lanes.0[..mass.len()].copy_from_slice(mass);
    for (lane, slot) in lanes.1.iter_mut().enumerate().take(mass.len()) {
        *slot = table.weight(start + lane);
    }
    lanes
}

#[inline(always)]
fn add_lowered(sum: &mut Lanes, distance: &Lanes, (mass, weight): &(Lanes, Lanes)) {
    for lane in 0..LANES {
        let lower = if distance[lane] < mass[lane] { distance[lane] } else { mass[lane] };
        sum[lane] += lower * weight[lane];
    }
}

/// A row drawn with a probability proportional to its mass; `None` when there is no mass.
fn draw(mass: &[f64], sums: &[f64], random: &mut Random) -> Option<usize> {
    draw_by(|row| mass[row], mass.len(), sums, random)
}

fn draw_far(table: &Table<'_>, mass: &[f64], sums: &[f64], random: &mut Random) -> Option<usize> {
    draw_by(|row| mass[row] * table.weight(row), mass.len(), sums, random)
}

/// The first row at which the running sum passes a uniform share of the total. Rows without mass are never
/// drawn: where rounding lets the walk run past the end, the last row with mass is taken.
fn draw_by(mass: impl Fn(usize) -> f64, rows: usize, sums: &[f64], random: &mut Random) -> Option<usize> {
    let total = sums.iter().fold(0.0, |sum, x| sum + x);
    let target = random.uniform() * total;
    let mut before = 0.0;
    let mut last = None;
    for (chunk, &sum) in sums.iter().enumerate() {
        if sum > 0.0 && target < before + sum {
            let mut inside = before;
            for row in chunk * CHUNK..rows.min((chunk + 1) * CHUNK) {
                inside += mass(row);
                if mass(row) > 0.0 {
                    last = Some(row);
                    if target < inside {
                        return last;
                    }
                }
            }
            return last;
        }
        before += sum;
    }
    (0..rows).rev().find(|&row| mass(row) > 0.0)
}

fn is_chosen(table: &Table<'_>, row: usize, chosen: &[Vec<f64>]) -> bool {
    chosen.iter().any(|point| table.same_content(row, point))
}

/// Takes the first rows not chosen yet until there are `k`; the caller made sure that they exist.
fn complete(table: &Table<'_>, k: usize, mut chosen: Vec<Vec<f64>>) -> Array2<f64> {
    for row in 0..table.rows {
        if chosen.len() >= k {
            break;
        }
        if table.weight(row) > 0.0 && !is_chosen(table, row, &chosen) {
            chosen.push(table.row(row));
        }
    }
    Array2::from_shape_fn((k, table.columns), |(c, f)| chosen[c][f] + 0.0)
}
