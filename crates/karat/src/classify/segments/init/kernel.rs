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

    /// Calls `each` with the number of a candidate and its squared distances to the lanes of `block`.
    #[inline(always)]
    pub(super) fn distances<const N: usize>(
        &self,
        block: &[[f64; N]],
        mut each: impl FnMut(usize, &[f64; N]),
    ) {
        let mut first = 0;
        for (width, centers) in &self.groups {
            match width {
                4 => together::<4, N>(block, centers, first, &mut each),
                3 => together::<3, N>(block, centers, first, &mut each),
                2 => together::<2, N>(block, centers, first, &mut each),
                _ => together::<1, N>(block, centers, first, &mut each),
            }
            first += width;
        }
    }
}

#[inline(always)]
fn together<const C: usize, const N: usize>(
    block: &[[f64; N]],
    centers: &[f64],
    first: usize,
    each: &mut impl FnMut(usize, &[f64; N]),
) {
    let mut sums = [[0.0; N]; C];
    let (centers, _) = centers.as_chunks::<C>();
    for (x, coordinates) in block.iter().zip(centers) {
        for c in 0..C {
            for lane in 0..N {
                let difference = x[lane] - coordinates[c];
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
