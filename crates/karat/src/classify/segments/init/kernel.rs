//! The arithmetic over lanes of rows that every keeper of masses shares.

use super::mass::{ROUNDER, Weighing};

/// Candidates that are evaluated together.
const TOGETHER: usize = 4;

/// Candidates by fours and a rest, each four coordinate by coordinate.
#[derive(Debug)]
pub(super) struct Packed {
    groups: Vec<(usize, Vec<f64>)>,
    pub(super) count: usize,
}

impl Packed {
    pub(super) fn new(candidates: &[Vec<f64>]) -> Packed {
        let interleave = |group: &[Vec<f64>]| {
            let columns = group.first().map_or(0, Vec::len);
            (group.len(), (0..columns).flat_map(|f| group.iter().map(move |center| center[f])).collect())
        };
        Packed { groups: candidates.chunks(TOGETHER).map(interleave).collect(), count: candidates.len() }
    }

    /// Calls `each` with the number of a candidate and its squared distances to what `block` holds.
    #[inline(always)]
    fn measure<B, const N: usize>(
        &self,
        block: &[B],
        difference: impl Fn(&B, usize, f64) -> f64 + Copy,
        mut each: impl FnMut(usize, &[f64; N]),
    ) {
        let mut first = 0;
        for (width, centers) in &self.groups {
            match width {
                4 => together::<B, 4, N>(block, centers, first, difference, &mut each),
                3 => together::<B, 3, N>(block, centers, first, difference, &mut each),
                2 => together::<B, 2, N>(block, centers, first, difference, &mut each),
                _ => together::<B, 1, N>(block, centers, first, difference, &mut each),
            }
            first += width;
        }
    }

    /// Calls `each` with the number of a candidate and its squared distances to the lanes of `block`.
    #[inline(always)]
    pub(super) fn distances<const N: usize>(&self, block: &[[f64; N]], each: impl FnMut(usize, &[f64; N])) {
        self.measure(block, |x, lane, coordinate| x[lane] - coordinate, each);
    }

    /// Calls `each` with the number of a candidate and its squared distances to the boxes in the lanes: those
    /// of the nearest point of a box.
    #[inline(always)]
    pub(super) fn to_boxes<const N: usize>(&self, boxes: &[Sides<N>], each: impl FnMut(usize, &[f64; N])) {
        let beyond = |sides: &Sides<N>, lane: usize, coordinate: f64| {
            let (below, above) = (sides.low[lane] - coordinate, coordinate - sides.high[lane]);
            let beyond = if below > above { below } else { above };
            if beyond > 0.0 { beyond } else { 0.0 }
        };
        self.measure(boxes, beyond, each);
    }
}

/// The extent of boxes in one column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<const N: usize> {
    pub(super) low: [f64; N],
    pub(super) high: [f64; N],
}

#[inline(always)]
fn together<B, const C: usize, const N: usize>(
    block: &[B],
    centers: &[f64],
    first: usize,
    difference: impl Fn(&B, usize, f64) -> f64,
    each: &mut impl FnMut(usize, &[f64; N]),
) {
    let mut sums = [[0.0; N]; C];
    let (centers, _) = centers.as_chunks::<C>();
    for (x, coordinates) in block.iter().zip(centers) {
        for c in 0..C {
            for lane in 0..N {
                let difference = difference(x, lane, coordinates[c]);
                sums[c][lane] += difference * difference;
            }
        }
    }
    for c in 0..C {
        each(first + c, &sums[c]);
    }
}

/// The squared distances of `center` to the lanes of `block`.
#[inline(always)]
pub(super) fn squared_distances<const N: usize>(block: &[[f64; N]], center: &[f64]) -> [f64; N] {
    let mut sums = [0.0; N];
    for (x, &coordinate) in block.iter().zip(center) {
        for lane in 0..N {
            let difference = x[lane] - coordinate;
            sums[lane] += difference * difference;
        }
    }
    sums
}

/// The lower of each pair.
#[inline(always)]
pub(super) fn lower<const N: usize>(a: &[f64; N], b: &[f64; N]) -> [f64; N] {
    let mut lower = *b;
    for lane in 0..N {
        lower[lane] = if a[lane] < b[lane] { a[lane] } else { b[lane] };
    }
    lower
}

/// Adds units that still carry [`ROUNDER`], see [`whole`].
#[inline(always)]
pub(super) fn add_units<const N: usize, W: Weighing>(
    sums: &mut [u64; N],
    weighing: W,
    masses: &[f64; N],
    weights: &[f64; N],
) {
    for lane in 0..N {
        sums[lane] = sums[lane].wrapping_add(weighing.shifted(masses[lane], weights[lane]).to_bits());
    }
}

/// The units in lanes to which `added` masses were added each.
#[inline(always)]
pub(super) fn whole<const N: usize>(sums: &[u64; N], added: u64) -> u64 {
    let carried = ROUNDER.to_bits().wrapping_mul(added);
    sums.iter().fold(0, |total: u64, sum| total.wrapping_add(sum.wrapping_sub(carried)))
}
