//! The form for any machine.

use super::{MOST_LANES, Vector};

const LANES: usize = 8;

#[derive(Clone, Copy)]
pub(super) struct Portable([f32; LANES]);

impl Portable {
    #[inline(always)]
    fn with(mut self, other: Portable, each: impl Fn(f32, f32) -> f32) -> Portable {
        for lane in 0..LANES {
            self.0[lane] = each(self.0[lane], other.0[lane]);
        }
        self
    }
}

impl Vector for Portable {
    const LANES: usize = LANES;
    type Mask = [bool; LANES];

    #[inline(always)]
    fn splat(value: f32) -> Portable {
        Portable([value; LANES])
    }

    #[inline(always)]
    fn load(values: &[f32]) -> Portable {
        let mut lanes = [0.0; LANES];
        lanes.copy_from_slice(&values[..LANES]);
        Portable(lanes)
    }

    #[inline(always)]
    fn plus(self, other: Portable) -> Portable {
        self.with(other, |a, b| a + b)
    }

    #[inline(always)]
    fn minus(self, other: Portable) -> Portable {
        self.with(other, |a, b| a - b)
    }

    #[inline(always)]
    fn times_plus(self, factor: Portable, addend: Portable) -> Portable {
        self.with(factor, |a, b| a * b).plus(addend)
    }

    #[inline(always)]
    fn times_from(self, factor: Portable, minuend: Portable) -> Portable {
        minuend.minus(self.with(factor, |a, b| a * b))
    }

    #[inline(always)]
    fn min(self, other: Portable) -> Portable {
        self.with(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn max(self, other: Portable) -> Portable {
        self.with(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn root(self) -> Portable {
        self.with(self, |a, _| a.sqrt())
    }

    #[inline(always)]
    fn below(self, other: Portable) -> [bool; LANES] {
        let mut mask = [false; LANES];
        for lane in 0..LANES {
            mask[lane] = self.0[lane] < other.0[lane];
        }
        mask
    }

    #[inline(always)]
    fn choose(mask: [bool; LANES], yes: Portable, no: Portable) -> Portable {
        let mut lanes = no.0;
        for lane in 0..LANES {
            lanes[lane] = if mask[lane] { yes.0[lane] } else { no.0[lane] };
        }
        Portable(lanes)
    }

    #[inline(always)]
    fn bits(mask: [bool; LANES]) -> u32 {
        mask.iter().rev().fold(0, |bits, &lane| bits << 1 | u32::from(lane))
    }

    #[inline(always)]
    fn bytes(self) -> [u8; MOST_LANES] {
        let mut bytes = [0; MOST_LANES];
        for lane in 0..LANES {
            bytes[lane] = self.0[lane] as u8;
        }
        bytes
    }

    #[inline(always)]
    fn differing(bytes: &[u8; MOST_LANES], others: &[u8]) -> u32 {
        (0..LANES).fold(0, |bits, i| bits | u32::from(bytes[i] != others[i]) << i)
    }

    #[inline(always)]
    fn greatest(self) -> f32 {
        self.0.iter().fold(f32::NEG_INFINITY, |greatest, &lane| if lane > greatest { lane } else { greatest })
    }

    #[inline(always)]
    fn four_columns(rows: &[f32], columns: usize, first: usize) -> [Portable; 4] {
        let mut turned = [[0.0; LANES]; 4];
        for (lane, row) in rows.chunks_exact(columns).enumerate().take(LANES) {
            for (column, &value) in row[first..].iter().enumerate().take(4) {
                turned[column][lane] = value;
            }
        }
        turned.map(Portable)
    }

    #[inline(always)]
    fn prefetch<T>(_: &[T], _: usize) {}
}
