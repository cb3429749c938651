//! All centers compared with a vector of rows in single precision, and what the comparison is worth.
//!
//! # The comparison
//! With rows `x` and centers `c` moved into the [`Frame`], `|x - c|^2 = |x|^2 + 2 t` where
//! `t = |c|^2 / 2 - x . c`, so that the nearest center is that of the least `t`; it costs one fused operation
//! for each coordinate.
//!
//! # The error
//! Let `u = 2^-24`, `A = |x|`, `C = |c|`, `d` the number of columns. Of the computed `t`
//! * rounding the coordinates of `x` and of `c` to single precision changes `x . c` by at most `(2 u + u^2) A C`
//!   (Cauchy and Schwarz),
//! * rounding `C^2 / 2` changes it by `u C^2 / 2`,
//! * each of `d` subtractions rounds a partial sum, of at most `C^2 / 2 + A C` and what was rounded before,
//! * where products are rounded of their own, by `u A C` in all,
//!
//! together at most `(d + 3) u (1 + small) (C^2 / 2 + A C)`; `small` is below 0.01 for up to 10^4 columns. The
//! frozen step's own squared distance errs by at most `(d + 4) 2^-53 (A + C)^2`, far below a hundredth of that.
//! With `g = 1.03 (d + 3) u` and `A C <= (A^2 + C^2) / 2` the error of both is at most `g (C^2 + A^2 / 2)`: a part
//! of each center and a part of the row. The first is folded into the constant of each center, which becomes
//! `C^2 / 2 (1 - 2 g)`, so that a center far from all rows blurs no comparison but its own. A row's label is
//! certain if every other `t'` exceeds the least by more than `2 g C^2 + g A^2` of the least's center. `C^2` is
//! bounded by `2 A^2 + 2 |x - c|^2 = 4 A^2 + 4 t`, so that the lead has to exceed `g (9 A^2 + 8 t)`, which needs
//! nothing but the row; a fifth more covers that `A^2` and `t` are themselves rounded, and `FLOOR` whatever
//! underflows, even where subnormal numbers are flushed to zero.

use super::super::frame::Frame;
use super::super::simd::Vector;
use ndarray::Array2;

/// Centers compared side by side.
pub(super) const SIDE: usize = 8;
/// Products that underflow: fewer than 2^10, each below 2^-125 times a factor below 2^20.
const FLOOR: f32 = 7.888_609e-31;

/// The centers as rows are screened by.
#[derive(Debug)]
pub(super) struct Screen {
    count: usize,
    columns: usize,
    /// Coordinates of eight centers, column by column, then the next eight.
    coordinates: Vec<[f32; SIDE]>,
    /// Half of the squared norm, less its error; infinite beyond the last center.
    half_norms: Vec<[f32; SIDE]>,
    numbers: Vec<[f32; SIDE]>,
    of_row: f32,
    of_lead: f32,
}

/// What screening found for the rows of a vector.
#[derive(Clone, Copy)]
pub(super) struct Screened<V> {
    pub(super) best: V,
    pub(super) second: V,
    pub(super) number: V,
}

impl Screen {
    pub(super) fn new(centers: &Array2<f64>, frame: &Frame) -> Screen {
        let (count, columns) = centers.dim();
        let error = 1.03 * (columns + 3) as f64 / f64::from(1 << 24);
        let blocks = count.div_ceil(SIDE);
        let mut coordinates = vec![[0.0; SIDE]; blocks * columns];
        let mut half_norms = vec![[f32::INFINITY; SIDE]; blocks];
        let mut numbers = vec![[0.0; SIDE]; blocks];
        for (c, center) in centers.rows().into_iter().enumerate() {
            let mut norm = 0.0;
            for (f, &x) in center.iter().enumerate() {
                let near = frame.near(x, f);
                coordinates[c / SIDE * columns + f][c % SIDE] = near as f32;
                norm += near * near;
            }
            half_norms[c / SIDE][c % SIDE] = (0.5 * norm * (1.0 - 2.0 * error)) as f32;
            numbers[c / SIDE][c % SIDE] = c as f32;
        }
        let (of_row, of_lead) = ((1.2 * 9.0 * error) as f32, (1.2 * 8.0 * error) as f32);
        Screen { count, columns, coordinates, half_norms, numbers, of_row, of_lead }
    }

    /// Compares the rows of `tile`, one vector for each column, with every center.
    #[inline(always)]
    pub(super) fn compare<V: Vector, const D: usize>(&self, tile: &[V]) -> Screened<V> {
        let far = V::splat(f32::INFINITY);
        let mut found = Screened { best: far, second: far, number: V::splat(0.0) };
        let whole = self.count / SIDE;
        for block in 0..whole {
            self.compare_block::<V, SIDE, D>(tile, block, &mut found);
        }
        match self.count % SIDE {
            0 => {}
            1 => self.compare_block::<V, 1, D>(tile, whole, &mut found),
            2 => self.compare_block::<V, 2, D>(tile, whole, &mut found),
            3 => self.compare_block::<V, 3, D>(tile, whole, &mut found),
            4 => self.compare_block::<V, 4, D>(tile, whole, &mut found),
            5 => self.compare_block::<V, 5, D>(tile, whole, &mut found),
            6 => self.compare_block::<V, 6, D>(tile, whole, &mut found),
            _ => self.compare_block::<V, 7, D>(tile, whole, &mut found),
        }
        found
    }

    #[inline(always)]
    fn compare_block<V: Vector, const N: usize, const D: usize>(
        &self,
        tile: &[V],
        block: usize,
        found: &mut Screened<V>,
    ) {
        let half_norms = &self.half_norms[block];
        let numbers = &self.numbers[block];
        let columns = if D == 0 { self.columns } else { D };
        let coordinates = &self.coordinates[block * columns..(block + 1) * columns];
        let scores = scores::<V, N>(&tile[..columns], coordinates, half_norms);
        for i in 0..N {
            found.keep(scores[i], V::splat(numbers[i]));
        }
    }

    /// A bit for each row whose label is certain, from the squared norms of the rows.
    #[inline(always)]
    pub(super) fn leads<V: Vector>(&self, found: &Screened<V>, squares: V) -> u32 {
        V::bits(self.lead(found.best, squares).below(found.second.minus(found.best)))
    }

    /// The lead over all other centers that makes `score` the least for certain.
    #[inline(always)]
    fn lead<V: Vector>(&self, score: V, squares: V) -> V {
        let of_row = squares.times_plus(V::splat(self.of_row), V::splat(FLOOR));
        score.times_plus(V::splat(self.of_lead), of_row)
    }

    /// An upper bound, but for the rounding of the square root, of the distance to a center from its score.
    #[inline(always)]
    pub(super) fn furthest<V: Vector>(&self, score: V, squares: V) -> V {
        let half = score.plus(self.lead(score, squares));
        half.plus(half).plus(squares).max(V::splat(FLOOR)).root()
    }

    pub(super) fn half_norm(&self, c: usize) -> f32 {
        self.half_norms[c / SIDE][c % SIDE]
    }

    /// The coordinates of center `c` in the frame.
    pub(super) fn coordinates_of(&self, c: usize) -> impl Iterator<Item = f32> + '_ {
        let block = &self.coordinates[c / SIDE * self.columns..(c / SIDE + 1) * self.columns];
        block.iter().map(move |eight| eight[c % SIDE])
    }
}

/// How near each row is to `N` of eight centers.
#[inline(always)]
pub(super) fn scores<V: Vector, const N: usize>(
    tile: &[V],
    coordinates: &[[f32; SIDE]],
    half_norms: &[f32; SIDE],
) -> [V; N] {
    let mut scores = [V::splat(0.0); N];
    for i in 0..N {
        scores[i] = V::splat(half_norms[i]);
    }
    for (&x, center) in tile.iter().zip(coordinates) {
        for i in 0..N {
            scores[i] = x.times_from(V::splat(center[i]), scores[i]);
        }
    }
    scores
}

/// The squared norm of each row; in four sums, for which the processor need not wait one after the other.
#[inline(always)]
pub(super) fn squared_norms<V: Vector>(tile: &[V]) -> V {
    let mut sums = [V::splat(0.0); 4];
    let (fours, rest) = tile.as_chunks::<4>();
    for four in fours {
        for i in 0..4 {
            sums[i] = four[i].times_plus(four[i], sums[i]);
        }
    }
    for &x in rest {
        sums[0] = x.times_plus(x, sums[0]);
    }
    sums[0].plus(sums[1]).plus(sums[2].plus(sums[3]))
}

impl<V: Vector> Screened<V> {
    #[inline(always)]
    pub(super) fn keep(&mut self, score: V, number: V) {
        let closer = score.below(self.best);
        self.second = self.second.min(self.best.max(score));
        self.best = self.best.min(score);
        self.number = V::choose(closer, number, self.number);
    }
}
