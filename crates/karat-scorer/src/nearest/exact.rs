//! The arithmetic that defines labels: double precision, columns in ascending order, lanes across centers.

use super::rows::{Rows, Value};
use crate::isa::Kernel;
use crate::step::Segments;
use std::ops::Range;

/// Centers whose distances to one row are worked out side by side.
pub(super) const LANES: usize = 8;
type Lanes = [f64; LANES];

/// Centers in blocks of [`LANES`], column by column; the last block is filled up with centers at infinity.
#[derive(Debug, Clone)]
pub(super) struct Exact {
    pub(super) count: usize,
    pub(super) columns: usize,
    blocks: Vec<Lanes>,
}

impl Exact {
    pub(super) fn new(step: &Segments) -> Exact {
        let (count, columns) = (step.count, step.features.len());
        let mut blocks = vec![[f64::INFINITY; LANES]; count.div_ceil(LANES) * columns];
        for (place, &center) in step.centers.iter().enumerate().take(count * columns) {
            let (column, c) = (place / count, place % count);
            blocks[c / LANES * columns + column][c % LANES] = center;
        }
        Exact { count, columns, blocks }
    }

    pub(super) fn coordinate(&self, center: usize, column: usize) -> f64 {
        self.blocks[center / LANES * self.columns + column][center % LANES]
    }

    /// The nearest center to a finite point.
    #[inline(always)]
    pub(super) fn nearest(&self, point: &[f64]) -> usize {
        let mut best = [f64::INFINITY; LANES];
        let mut block_of = [0.0; LANES];
        for (number, block) in self.blocks.chunks_exact(self.columns).enumerate() {
            let squares = squares(block, point);
            for lane in 0..LANES {
                let closer = squares[lane] < best[lane];
                best[lane] = if closer { squares[lane] } else { best[lane] };
                block_of[lane] = if closer { number as f64 } else { block_of[lane] };
            }
        }
        first_least(&best, &block_of)
    }

    /// Squared distance of a point to one center.
    #[inline(always)]
    fn square(&self, point: &[f64], center: usize) -> f64 {
        let block = &self.blocks[center / LANES * self.columns..];
        let lane = center % LANES;
        point.iter().zip(block).fold(0.0, |sum, (x, centers)| {
            let difference = x - centers[lane];
            sum + difference * difference
        })
    }
}

#[inline(always)]
fn squares(block: &[Lanes], point: &[f64]) -> Lanes {
    let mut squares = [0.0; LANES];
    for (&x, centers) in point.iter().zip(block) {
        for lane in 0..LANES {
            let difference = x - centers[lane];
            squares[lane] += difference * difference;
        }
    }
    squares
}

/// The number of the first of the least distances, where `block_of` tells the block that each lane's is from.
#[inline(always)]
fn first_least<const N: usize>(best: &[f64; N], block_of: &[f64; N]) -> usize {
    let mut least = f64::INFINITY;
    let mut first = 0;
    for lane in 0..N {
        let number = block_of[lane] as usize * N + lane;
        if best[lane] < least || (best[lane] == least && best[lane] < f64::INFINITY && number < first) {
            (least, first) = (best[lane], number);
        }
    }
    first
}

/// Labels by the arithmetic of the definition alone; `Err` is the first row that is not finite.
#[derive(Debug)]
pub(super) struct Label<'a, T> {
    pub(super) exact: &'a Exact,
    pub(super) rows: &'a Rows<'a, T>,
    pub(super) range: Range<usize>,
    pub(super) labels: &'a mut [i32],
}

impl<T: Value> Kernel for Label<'_, T> {
    type Output = Result<(), usize>;

    #[inline(always)]
    fn run(self) -> Result<(), usize> {
        let mut point = vec![0.0; self.exact.columns];
        for (row, label) in self.range.zip(self.labels) {
            if !self.rows.read(row, &mut point) {
                return Err(row);
            }
            *label = self.exact.nearest(&point) as i32;
        }
        Ok(())
    }
}

/// Squared distances to centers that are known.
#[derive(Debug)]
pub(super) struct Measure<'a, T> {
    pub(super) exact: &'a Exact,
    pub(super) rows: &'a Rows<'a, T>,
    pub(super) range: Range<usize>,
    pub(super) labels: &'a [i32],
    pub(super) squares: &'a mut [f64],
}

impl<T: Value> Kernel for Measure<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut point = vec![0.0; self.exact.columns];
        for ((row, &label), square) in self.range.zip(self.labels).zip(self.squares) {
            self.rows.read(row, &mut point);
            *square = self.exact.square(&point, label as usize);
        }
    }
}

/// Distances to every center; `Err` is the first row that is not finite.
#[derive(Debug)]
pub(super) struct Distances<'a, T, D> {
    pub(super) exact: &'a Exact,
    pub(super) rows: &'a Rows<'a, T>,
    pub(super) range: Range<usize>,
    pub(super) distances: &'a mut [D],
}

impl<T: Value, D: Value> Kernel for Distances<'_, T, D> {
    type Output = Result<(), usize>;

    #[inline(always)]
    fn run(self) -> Result<(), usize> {
        let Distances { exact, rows, range, distances } = self;
        let mut point = vec![0.0; exact.columns];
        for (row, out) in range.zip(distances.chunks_exact_mut(exact.count)) {
            if !rows.read(row, &mut point) {
                return Err(row);
            }
            for (out, block) in out.chunks_mut(LANES).zip(exact.blocks.chunks_exact(exact.columns)) {
                let mut found = squares(block, &point);
                for square in &mut found {
                    *square = square.sqrt();
                }
                for (slot, distance) in out.iter_mut().zip(found) {
                    *slot = D::narrow(distance);
                }
            }
        }
        Ok(())
    }
}
