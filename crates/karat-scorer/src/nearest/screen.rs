//! The filter: which center is nearest, in single precision, and whether that is certain.
//!
//! With rows and centers moved by a common point `m` (the middle of the centers, so that a large offset of the
//! data costs no precision), `y = x - m` and `b = c - m`, a center is nearest where `s = |b|^2 / 2 - y.b` is
//! least, since `|x - c|^2 = |y|^2 + 2 s`. The filter computes `s` for every center with one multiplication
//! and addition a coordinate, and keeps the least and the second least.
//!
//! **Bound.** Let `u = 2^-24`, `d` the number of columns and `M` the largest `|b|`. Each term `y_j b_j` meets at
//! most `d + 4` roundings: of `y_j` (two where the row is in double precision, the first of them of 2^-53), of
//! `b_j`, of the product where it is not fused, and of the at most `d` sums after it; `|b|^2 / 2` meets `d + 1`
//! (Higham, 2002, chapter 3). Hence the error of `s` is at most `1.01 (d + 4) u (|b|^2 / 2 + sum |y_j b_j|)`, by
//! Cauchy-Schwarz at most `1.01 (d + 4) u (M^2 / 2 + |y| M)`, and since `2 |y| M <= |y|^2 + M^2` at most
//! `e = 1.01 (d + 4) u (M^2 + |y|^2 / 2)`. A gap between two computed `s` beyond `2 e` is a gap between the true
//! ones. The arithmetic of the definition errs in each squared distance by at most `1.01 (d + 2) 2^-53` of it,
//! and squared distances are at most `2 (M^2 + |y|^2)`: with `2.25` in the place of `2.02` the bound below
//! covers both, and the roundings of the gap and of `|y|^2`. Underflows add at most `(2 d + 2) 2^-149 (1 + M +
//! |y|)`, which is below a thousandth of `e` for `M >= 2^-40`; for `M > 2^40` or below 2^-40 there is no filter.
//! Overflows and NaN make the bound infinite or NaN, so that the row is not certain.

use super::exact::Exact;
use super::machine::{Line, Vector, with_vectors};
use super::rows::{Rows, Value};
use crate::isa::Isa;
use std::ops::Range;

/// Centers whose sums are kept in registers at a time.
const BLOCK: usize = 8;
/// Bounds of the largest `|b|` for which there is a filter.
const SMALLEST: f64 = 1.0 / LARGEST;
const LARGEST: f64 = (1_u64 << 40) as f64;
/// 2^-24, half the distance from 1 to the next single.
const UNIT: f64 = 1.0 / (1_u64 << 24) as f64;

/// Centers as the filter reads them.
#[derive(Debug, Clone)]
pub(super) struct Screen {
    columns: usize,
    count: usize,
    /// The common point that rows and centers are moved by.
    middle: Vec<f32>,
    /// Moved centers in blocks of [`BLOCK`], column by column.
    moved: Vec<[f32; BLOCK]>,
    /// Half their squared lengths.
    halves: Vec<[f32; BLOCK]>,
    /// The bound is `base + slope * |y|^2`.
    base: f32,
    slope: f32,
}

impl Screen {
    /// `None` where the filter could not decide anything.
    pub(super) fn new(exact: &Exact) -> Option<Screen> {
        let (count, columns) = (exact.count, exact.columns);
        let middle: Vec<f32> = (0..columns)
            .map(|column| {
                let ends = (0..count).map(|c| exact.coordinate(c, column));
                let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                    (if x < low { x } else { low }, if x > high { x } else { high })
                });
                (low / 2.0 + high / 2.0) as f32
            })
            .collect();
        let blocks = count.div_ceil(BLOCK);
        let mut moved = vec![[0.0; BLOCK]; blocks * columns];
        let mut halves = vec![[0.0; BLOCK]; blocks];
        let mut longest = 0.0;
        for c in 0..count {
            let mut squares = 0.0;
            for (column, &middle) in middle.iter().enumerate() {
                let b = exact.coordinate(c, column) - f64::from(middle);
                moved[c / BLOCK * columns + column][c % BLOCK] = b as f32;
                squares += b * b;
            }
            halves[c / BLOCK][c % BLOCK] = (squares / 2.0) as f32;
            longest = if squares > longest { squares } else { longest };
        }
        if !(SMALLEST * SMALLEST..=LARGEST * LARGEST).contains(&longest) {
            return None;
        }
        let unit = 2.25 * (columns as f64 + 4.0) * UNIT;
        let (base, slope) = ((unit * longest) as f32, (unit / 2.0) as f32);
        Some(Screen { columns, count, middle, moved, halves, base, slope })
    }

    /// Labels the rows of `range`; `Err` is the first that is not finite.
    pub(super) fn label<T: Value>(
        &self,
        isa: Isa,
        exact: &Exact,
        rows: &Rows<'_, T>,
        range: Range<usize>,
        labels: &mut [i32],
    ) -> Result<(), usize> {
        with_vectors(isa, Part { screen: self, exact, rows, range, labels })
    }
}

/// Rows of one part and where their labels go.
#[derive(Debug)]
pub(super) struct Part<'a, T> {
    screen: &'a Screen,
    exact: &'a Exact,
    rows: &'a Rows<'a, T>,
    range: Range<usize>,
    labels: &'a mut [i32],
}

impl<T: Value> Part<'_, T> {
    /// Whether eight rows at a time are faster than sixteen: where rows are so long that sixteen of them ask for
    /// more lines of the cache than can be under way, and few centers leave little else to do (measured: 32
    /// columns of doubles take 22 ns a row instead of 37 for 8 centers, 58 instead of 69 for 64, but 202 instead
    /// of 186 for 256).
    pub(super) fn waits_for_memory(&self) -> bool {
        size_of::<T>() == 8 && self.screen.columns >= 24 && self.screen.count <= 128
    }

    /// Must be inlined into a function that was compiled for the vectors.
    #[inline(always)]
    pub(super) fn run<V: Vector<L>, const L: usize>(self) -> Result<(), usize> {
        let Part { screen, exact, rows, range, labels } = self;
        let mut lines = vec![Line([0.0; L]); screen.columns];
        let mut point = vec![0.0; screen.columns];
        let mut start = range.start;
        let (groups, rest) = labels.as_chunks_mut::<L>();
        for labels in groups {
            V::fill(rows, start, &screen.middle, &mut lines);
            let mut uncertain = screen.group::<V, L>(&lines, labels);
            while uncertain != 0 {
                let lane = uncertain.trailing_zeros() as usize;
                uncertain &= uncertain - 1;
                if !rows.read(start + lane, &mut point) {
                    return Err(start + lane);
                }
                labels[lane] = exact.nearest(&point) as i32;
            }
            start += L;
        }
        for (row, label) in (start..).zip(rest) {
            if !rows.read(row, &mut point) {
                return Err(row);
            }
            *label = exact.nearest(&point) as i32;
        }
        Ok(())
    }
}

impl Screen {
    /// The nearest centers to `L` rows, and a bit for each row for which that is not certain.
    #[inline(always)]
    fn group<V: Vector<L>, const L: usize>(&self, lines: &[Line<L>], labels: &mut [i32; L]) -> u32 {
        let mut kept = Kept::<V, L> {
            best: V::splat(f32::INFINITY),
            second: V::splat(f32::INFINITY),
            index: V::no_index(),
        };
        let mut number = 0;
        for (moved, halves) in self.moved.chunks_exact(self.columns).zip(&self.halves) {
            match self.count - number {
                1 => kept.add::<1>(lines, moved, halves, number),
                2 => kept.add::<2>(lines, moved, halves, number),
                3 => kept.add::<3>(lines, moved, halves, number),
                4 => kept.add::<4>(lines, moved, halves, number),
                5 => kept.add::<5>(lines, moved, halves, number),
                6 => kept.add::<6>(lines, moved, halves, number),
                7 => kept.add::<7>(lines, moved, halves, number),
                _ => kept.add::<BLOCK>(lines, moved, halves, number),
            }
            number += BLOCK;
        }
        let mut length = V::splat(0.0);
        for line in lines {
            let y = V::load(line);
            length = length.add_product(y, y);
        }
        let bound = V::splat(self.base).add_product(length, V::splat(self.slope));
        V::write(kept.index, labels);
        !kept.second.less(kept.best).above(bound) & V::ALL
    }
}

/// The least and the second least of the sums so far.
struct Kept<V: Vector<L>, const L: usize> {
    best: V,
    second: V,
    index: V::Index,
}

impl<V: Vector<L>, const L: usize> Kept<V, L> {
    #[inline(always)]
    fn add<const N: usize>(
        &mut self,
        lines: &[Line<L>],
        moved: &[[f32; BLOCK]],
        halves: &[f32; BLOCK],
        number: usize,
    ) {
        let mut sums = [V::splat(0.0); N];
        for c in 0..N {
            sums[c] = V::splat(halves[c]);
        }
        for (line, centers) in lines.iter().zip(moved) {
            let y = V::load(line);
            for c in 0..N {
                sums[c] = sums[c].less_product(y, V::splat(centers[c]));
            }
        }
        for c in 0..N {
            let sum = sums[c];
            self.index = sum.index_if_below(self.best, self.index, (number + c) as i32);
            self.second = self.second.least(self.best.most(sum));
            self.best = self.best.least(sum);
        }
    }
}
