//! Some vectors of rows screened one after the other, before anything is done about what was found.

use super::super::simd::{MOST_LANES, Vector};
use super::Label;
use super::screen::{Screen, Screened};

/// Rows of a block; so many that what follows finds them in the cache.
pub(super) const BLOCK: usize = 256;
/// Lanes of the narrowest vectors.
const LEAST_LANES: usize = 8;
/// Rings around a center by which its rows are told apart.
pub(super) const RINGS: usize = 32;

/// What screening found for the rows of a block.
pub(super) struct Found {
    labels: [Label; BLOCK],
    /// How far each row is from its center, in [`RINGS`] steps.
    pub(super) rings: [u8; BLOCK],
    /// For each vector a bit for each row whose label is not certain.
    doubtful: [u32; BLOCK / LEAST_LANES],
}

impl Found {
    /// Nothing: every row is doubtful.
    pub(super) fn nothing() -> Found {
        Found { labels: [0; BLOCK], rings: [0; BLOCK], doubtful: [u32::MAX; BLOCK / LEAST_LANES] }
    }

    #[inline(always)]
    pub(super) fn keep<V: Vector>(
        &mut self,
        vector: usize,
        screen: &Screen,
        screened: &Screened<V>,
        squares: V,
    ) {
        let labels = screened.number.bytes();
        self.labels[vector * V::LANES..(vector + 1) * V::LANES].copy_from_slice(&labels[..V::LANES]);
        self.doubtful[vector] = !screen.leads(screened, squares);
    }

    /// Keeps the rings too; `per_root` makes rings of square roots of distances.
    #[inline(always)]
    pub(super) fn keep_rings<V: Vector>(
        &mut self,
        vector: usize,
        screened: &Screened<V>,
        squares: V,
        per_root: f32,
    ) {
        let square = screened.best.plus(screened.best).plus(squares).max(V::splat(0.0));
        let ring = square.root().root().times_plus(V::splat(per_root), V::splat(0.0));
        let rings = ring.min(V::splat((RINGS - 1) as f32)).bytes();
        self.rings[vector * V::LANES..(vector + 1) * V::LANES].copy_from_slice(&rings[..V::LANES]);
    }

    /// The labels of a vector, and which of them are doubtful.
    #[inline(always)]
    pub(super) fn of<V: Vector>(&self, vector: usize) -> ([Label; MOST_LANES], u32) {
        let mut labels = [0; MOST_LANES];
        labels[..V::LANES].copy_from_slice(&self.labels[vector * V::LANES..(vector + 1) * V::LANES]);
        (labels, self.doubtful[vector])
    }
}
