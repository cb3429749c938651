//! Rows regrouped so that near ones lie together: a tree of medians of a sample (Bentley's k-d tree, 1975).
//!
//! The order only decides which rows can be skipped together, never what is drawn.

use super::super::table::{CHUNK, LANES};
use super::super::value::Value;
use super::rows::Rows;
use crate::numerics::parallel::over_slots;

/// Rows that end in one leaf, about.
const LEAF: usize = 32;
/// Rows of the sample for each leaf.
const SAMPLED: usize = 4;
/// Rows of the sample that the choice of a column looks at.
const LOOKED_AT: usize = 32;
const DEEPEST: u32 = 22;

/// Cuts in the order of a heap, the root at 1.
struct Tree {
    depth: u32,
    columns: Vec<u32>,
    cuts: Vec<f64>,
}

/// The rows in the order of their leaves.
pub(super) fn near_together<T: Value>(rows: &Rows<'_, T>, threads: usize) -> Vec<u32> {
    let tree = Tree::of(rows);
    let mut leaves = vec![0_u32; rows.count];
    over_slots(threads, CHUNK, &mut leaves, |part, leaves| {
        for (number, leaves) in leaves.chunks_mut(LANES).enumerate() {
            tree.route(rows, part.start + number * LANES, leaves);
        }
    });
    let mut starts = vec![0_u32; (1 << tree.depth) + 1];
    for &leaf in &leaves {
        starts[leaf as usize + 1] += 1;
    }
    let mut before = 0;
    for start in &mut starts {
        before += *start;
        *start = before;
    }
    let mut order = vec![0_u32; rows.count];
    for (row, &leaf) in leaves.iter().enumerate() {
        let place = &mut starts[leaf as usize];
        order[*place as usize] = row as u32;
        *place += 1;
    }
    order
}

impl Tree {
    fn of<T: Value>(rows: &Rows<'_, T>) -> Tree {
        let leaves = rows.count.div_ceil(LEAF);
        let depth = leaves.ilog2().min(DEEPEST);
        let nodes = 1_usize << depth;
        let step = (rows.count / (SAMPLED * nodes)).max(1);
        let mut sample: Vec<u32> = (0..rows.count).step_by(step).map(|row| row as u32).collect();
        let mut tree = Tree { depth, columns: vec![0; nodes], cuts: vec![f64::INFINITY; nodes] };
        tree.split(rows, &mut sample, 1);
        tree
    }

    /// Cuts a sample at the median of the column in which it is widest.
    fn split<T: Value>(&mut self, rows: &Rows<'_, T>, sample: &mut [u32], node: usize) {
        if node >= self.cuts.len() || sample.len() < 2 {
            return;
        }
        let column = widest(rows, sample);
        let middle = sample.len() / 2;
        let value = |row: &u32| rows.at(*row as usize, column);
        sample.select_nth_unstable_by(middle, |a, b| value(a).total_cmp(&value(b)));
        self.columns[node] = column as u32;
        self.cuts[node] = value(&sample[middle]);
        let (low, high) = sample.split_at_mut(middle);
        self.split(rows, low, 2 * node);
        self.split(rows, high, 2 * node + 1);
    }

    /// The leaves of up to [`LANES`] rows from `start`, side by side so that they do not wait for each other.
    fn route<T: Value>(&self, rows: &Rows<'_, T>, start: usize, leaves: &mut [u32]) {
        let mut nodes = [1_usize; LANES];
        for _ in 0..self.depth {
            for (lane, node) in nodes.iter_mut().enumerate().take(leaves.len()) {
                let high = rows.at(start + lane, self.columns[*node] as usize) >= self.cuts[*node];
                *node = 2 * *node + usize::from(high);
            }
        }
        for (leaf, node) in leaves.iter_mut().zip(nodes) {
            *leaf = (node - self.cuts.len()) as u32;
        }
    }
}

/// The column of the largest variance, by a few rows of the sample.
fn widest<T: Value>(rows: &Rows<'_, T>, sample: &[u32]) -> usize {
    let step = (sample.len() / LOOKED_AT).max(1);
    let variance = |column: usize| {
        let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
        let origin = rows.at(sample[0] as usize, column);
        for &row in sample.iter().step_by(step) {
            let value = rows.at(row as usize, column) - origin;
            count += 1.0;
            sum += value;
            squares += value * value;
        }
        squares - sum * sum / count
    };
    let variances: Vec<f64> = (0..rows.columns).map(variance).collect();
    (0..rows.columns).reduce(|best, f| if variances[f] > variances[best] { f } else { best }).unwrap_or(0)
}
