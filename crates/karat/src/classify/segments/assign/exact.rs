//! The arithmetic of the frozen step, eight centers at a time.

use ndarray::Array2;

/// Centers compared side by side.
const SIDE: usize = 8;

/// Centers column by column, eight side by side; those that fill up the last eight are infinitely far.
#[derive(Debug)]
pub(in super::super) struct ExactCenters {
    pub(super) count: usize,
    pub(super) columns: usize,
    /// Row by row, as given.
    pub(super) by_row: Vec<f64>,
    blocks: Vec<[f64; SIDE]>,
}

impl ExactCenters {
    pub(in super::super) fn new(centers: &Array2<f64>) -> ExactCenters {
        let (count, columns) = centers.dim();
        let mut blocks = vec![[f64::INFINITY; SIDE]; count.div_ceil(SIDE) * columns];
        for ((c, f), &center) in centers.indexed_iter() {
            blocks[c / SIDE * columns + f][c % SIDE] = center;
        }
        ExactCenters { count, columns, by_row: centers.iter().copied().collect(), blocks }
    }

    /// The nearest center to `point`; of equally near ones the first.
    #[inline(always)]
    pub(in super::super) fn nearest(&self, point: &[f64]) -> usize {
        let mut nearest = 0;
        let mut best = f64::INFINITY;
        for (number, block) in self.blocks.chunks_exact(self.columns).enumerate() {
            let mut distance = [0.0; SIDE];
            for (&x, center) in point.iter().zip(block) {
                for i in 0..SIDE {
                    let difference = x - center[i];
                    distance[i] += difference * difference;
                }
            }
            for (i, &distance) in distance.iter().enumerate() {
                if distance < best {
                    best = distance;
                    nearest = number * SIDE + i;
                }
            }
        }
        nearest
    }

    /// The squared distance of `point` to center `c`.
    #[inline(always)]
    pub(in super::super) fn squared_distance(&self, point: &[f64], c: usize) -> f64 {
        let center = &self.by_row[c * self.columns..(c + 1) * self.columns];
        point.iter().zip(center).fold(0.0, |sum, (x, center)| {
            let difference = x - center;
            sum + difference * difference
        })
    }
}
