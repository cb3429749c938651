//! Exact pruning: rows that share a home are compared with the centers around it, nearest first, until the
//! triangle inequality rules out the rest.
//!
//! For a row `x`, its home `h` (any center) and the best center `b` so far, a center `c` with
//! `|h - c| >= |x - h| + |x - b|` cannot be nearer than `b`. All rows of a vector share their home, so that the
//! centers have one order for all of them, and the scan ends when the widest of them allows. The distances on the
//! right are bounded from above by what screening says, see [`screen`](super::screen): the computed
//! `|x|^2 + 2 t` plus twice the lead that makes a label certain. A relative 2^-18 covers square roots and sums in
//! single precision; the distances between centers are found in double precision and rounded down. What is ruled
//! out is thus further than the best center by more than the frozen step can err.
//!
//! Which center is a row's home changes the cost alone, so homes are kept while the centers move.

use super::super::frame::Frame;
use super::super::simd::Vector;
use super::screen::{SIDE, Screen, Screened, scores, squared_norms};
use ndarray::Array2;

/// Covers the rounding of square roots, their sum and the distances between centers.
const SLACK: f32 = 1.0 + 1.0 / 262_144.0;

/// The centers around each center.
#[derive(Debug)]
pub(super) struct Neighbours {
    columns: usize,
    blocks: usize,
    /// For each home the coordinates of eight centers, column by column, then of the next eight.
    coordinates: Vec<[f32; SIDE]>,
    half_norms: Vec<[f32; SIDE]>,
    numbers: Vec<[f32; SIDE]>,
    /// For each home and eight centers the distance of the first of them from the home.
    reaches: Vec<f32>,
}

impl Neighbours {
    pub(super) fn new(centers: &Array2<f64>, frame: &Frame, screen: &Screen) -> Neighbours {
        let (count, columns) = centers.dim();
        let blocks = count.div_ceil(SIDE);
        let mut found = Neighbours {
            columns,
            blocks,
            coordinates: vec![[0.0; SIDE]; count * blocks * columns],
            half_norms: vec![[f32::INFINITY; SIDE]; count * blocks],
            numbers: vec![[0.0; SIDE]; count * blocks],
            reaches: vec![f32::INFINITY; count * blocks],
        };
        let turned = centers.t().as_standard_layout().into_owned();
        let mut squares = vec![0.0; count];
        let mut order: Vec<(u64, usize)> = Vec::with_capacity(count);
        for home in 0..count {
            squares.fill(0.0);
            for (f, column) in turned.rows().into_iter().enumerate() {
                let x = centers[[home, f]];
                for (square, center) in squares.iter_mut().zip(column) {
                    *square += (center - x) * (center - x);
                }
            }
            order.clear();
            order.extend(squares.iter().enumerate().map(|(c, square): (usize, &f64)| (square.to_bits(), c)));
            // The home comes first, before others that lie on it.
            order.swap(0, home);
            order[1..].sort_unstable();
            for (rank, &(square, c)) in order.iter().enumerate() {
                let (block, place) = (home * blocks + rank / SIDE, rank % SIDE);
                if place == 0 {
                    found.reaches[block] = (f64::from_bits(square).sqrt() * frame.factor) as f32;
                }
                found.half_norms[block][place] = screen.half_norm(c);
                found.numbers[block][place] = c as f32;
                let into = &mut found.coordinates[block * columns..(block + 1) * columns];
                for (slot, x) in into.iter_mut().zip(screen.coordinates_of(c)) {
                    slot[place] = x;
                }
            }
        }
        found
    }

    /// Compares the rows of `tile` with the centers around `home`; returns what was found, and the squared norms
    /// of the rows.
    #[inline(always)]
    pub(super) fn compare<V: Vector, const D: usize>(
        &self,
        screen: &Screen,
        tile: &[V],
        home: usize,
    ) -> (Screened<V>, V) {
        let far = V::splat(f32::INFINITY);
        let mut found = Screened { best: far, second: far, number: V::splat(0.0) };
        let squares = squared_norms(&tile[..if D == 0 { self.columns } else { D }]);
        let first = home * self.blocks;
        let from_home = self.compare_block::<V, D>(tile, first, &mut found);
        let radius = screen.furthest(from_home, squares).plus(screen.furthest(found.best, squares));
        let widest = radius.greatest() * SLACK;
        // One look at the distances, after the nearest eight: it hardly ever pays to look again.
        let further = &self.reaches[first + 1..first + self.blocks];
        let needed = further.iter().take_while(|&&reach| reach <= widest).count();
        for block in first + 1..=first + needed {
            self.compare_block::<V, D>(tile, block, &mut found);
        }
        (found, squares)
    }

    /// Compares with eight centers; returns the score of the first.
    #[inline(always)]
    fn compare_block<V: Vector, const D: usize>(
        &self,
        tile: &[V],
        block: usize,
        found: &mut Screened<V>,
    ) -> V {
        let half_norms = &self.half_norms[block];
        let numbers = &self.numbers[block];
        let columns = if D == 0 { self.columns } else { D };
        let coordinates = &self.coordinates[block * columns..(block + 1) * columns];
        let scores = scores::<V, SIDE>(&tile[..columns], coordinates, half_norms);
        for i in 0..SIDE {
            found.keep(scores[i], V::splat(numbers[i]));
        }
        scores[0]
    }
}
