//! The arithmetic of wavelons: a few of them for a few rows at a time.
//!
//! A tile of `J` wavelons by `N` rows is `8 x 1` for one row and `4 x 8` in a batch. Every wavelon and every
//! row has sums of its own in ascending order of the inputs, so that the tile never shows in the bits.

use super::mother::Mother;
use super::network::{Family, Member};
use crate::numerics::exp;
use crate::step::Lanes;

/// What a tile needs to know of its network.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) family: Family,
    pub(super) mother: Mother,
}

/// Below this the exponential is 0, and the factor before it may have overflowed.
const NOTHING_LEFT: f64 = -700.0;

/// `exp(exponent) * factor`.
#[inline(always)]
fn windowed(exponent: f64, factor: f64) -> f64 {
    let value = factor * exp(exponent);
    std::hint::select_unpredictable(exponent < NOTHING_LEFT, 0.0, value)
}

/// A tile of a function of each number of another. A macro, because a closure that is not inlined would be
/// compiled for the baseline; into a tile of its own, which the compiler makes vector code of.
macro_rules! each {
    ($tile:expr, |$x:ident| $value:expr) => {{
        let mut made = [[0.0; N]; J];
        for (slot, from) in made.as_flattened_mut().iter_mut().zip($tile.as_flattened()) {
            let $x = *from;
            *slot = $value;
        }
        made
    }};
}

/// Dispatches on the mother wavelet outside of the loops over a tile.
macro_rules! with_mother {
    ($mother:expr, |$m:ident| $work:expr) => {
        match $mother {
            Mother::MexicanHat => {
                let $m = Mother::MexicanHat;
                $work
            }
            Mother::GaussianDerivative => {
                let $m = Mother::GaussianDerivative;
                $work
            }
            Mother::Morlet => {
                let $m = Mother::Morlet;
                $work
            }
            Mother::MorletAdmissible => {
                let $m = Mother::MorletAdmissible;
                $work
            }
            Mother::Polywog1 => {
                let $m = Mother::Polywog1;
                $work
            }
            Mother::Polywog2 => {
                let $m = Mother::Polywog2;
                $work
            }
            Mother::Polywog3 => {
                let $m = Mother::Polywog3;
                $work
            }
            Mother::Rasp1 => {
                let $m = Mother::Rasp1;
                $work
            }
        }
    };
}

impl Member {
    /// Adds the weighted wavelons of a member to the outputs `z`.
    #[inline(always)]
    pub(super) fn add_wavelons<const N: usize>(&self, kind: Kind, x: &[Lanes<N>], z: &mut [Lanes<N>]) {
        let mut first = 0;
        if N == 1 {
            while first + 16 <= self.wavelons {
                self.add_tile::<16, N>(kind, x, first, z);
                first += 16;
            }
        }
        while first + 4 <= self.wavelons {
            self.add_tile::<4, N>(kind, x, first, z);
            first += 4;
        }
        while first < self.wavelons {
            self.add_tile::<1, N>(kind, x, first, z);
            first += 1;
        }
    }

    #[inline(always)]
    fn add_tile<const J: usize, const N: usize>(
        &self,
        kind: Kind,
        x: &[Lanes<N>],
        first: usize,
        z: &mut [Lanes<N>],
    ) {
        let waves: [Lanes<N>; J] = match kind.family {
            Family::Ridge => self.ridge(kind.mother, x, first),
            Family::Product => with_mother!(kind.mother, |m| self.product(m, x, first)),
            Family::Radial => self.radial(kind.mother, x, first),
        };
        for (k, z) in z.iter_mut().enumerate() {
            let Some(weights) =
                self.weights.get(k * self.wavelons + first..).and_then(<[f64]>::first_chunk::<J>)
            else {
                return;
            };
            for (weight, wave) in weights.iter().zip(&waves) {
                for lane in 0..N {
                    z[lane] += weight * wave[lane];
                }
            }
        }
    }

    #[inline(always)]
    fn ridge<const J: usize, const N: usize>(
        &self,
        mother: Mother,
        x: &[Lanes<N>],
        first: usize,
    ) -> [Lanes<N>; J] {
        let mut u = [[0.0; N]; J];
        for (x, weights) in x.iter().zip(self.inner.chunks_exact(self.wavelons)) {
            let Some(weights) = weights.get(first..).and_then(<[f64]>::first_chunk::<J>) else { return u };
            for j in 0..J {
                for lane in 0..N {
                    u[j][lane] += weights[j] * x[lane];
                }
            }
        }
        let Some(shifts) = self.shifts.get(first..).and_then(<[f64]>::first_chunk::<J>) else { return u };
        for j in 0..J {
            for lane in 0..N {
                u[j][lane] -= shifts[j];
            }
        }
        with_mother!(mother, |m| each!(u, |u| m.value(u)))
    }

    #[inline(always)]
    fn product<const J: usize, const N: usize>(
        &self,
        mother: Mother,
        x: &[Lanes<N>],
        first: usize,
    ) -> [Lanes<N>; J] {
        let mut factors = [[1.0; N]; J];
        let mut squares = [[0.0; N]; J];
        let rows = self.inner.chunks_exact(self.wavelons).zip(self.shifts.chunks_exact(self.wavelons));
        for (x, (inverses, centers)) in x.iter().zip(rows) {
            let (Some(inverses), Some(centers)) = (
                inverses.get(first..).and_then(<[f64]>::first_chunk::<J>),
                centers.get(first..).and_then(<[f64]>::first_chunk::<J>),
            ) else {
                return factors;
            };
            for j in 0..J {
                for lane in 0..N {
                    let u = (x[lane] - centers[j]) * inverses[j];
                    squares[j][lane] += u * u;
                    factors[j][lane] *= mother.factor(u);
                }
            }
        }
        if mother.is_windowed() {
            for (factor, square) in factors.as_flattened_mut().iter_mut().zip(squares.as_flattened()) {
                *factor = windowed(-0.5 * square, *factor);
            }
        }
        factors
    }

    #[inline(always)]
    fn radial<const J: usize, const N: usize>(
        &self,
        mother: Mother,
        x: &[Lanes<N>],
        first: usize,
    ) -> [Lanes<N>; J] {
        let mut squares = [[0.0; N]; J];
        let rows = self.inner.chunks_exact(self.wavelons).zip(self.shifts.chunks_exact(self.wavelons));
        for (x, (inverses, centers)) in x.iter().zip(rows) {
            let (Some(inverses), Some(centers)) = (
                inverses.get(first..).and_then(<[f64]>::first_chunk::<J>),
                centers.get(first..).and_then(<[f64]>::first_chunk::<J>),
            ) else {
                return squares;
            };
            for j in 0..J {
                for lane in 0..N {
                    let u = (x[lane] - centers[j]) * inverses[j];
                    squares[j][lane] += u * u;
                }
            }
        }
        let dimensions = x.len() as f64;
        if mother == Mother::MexicanHat {
            each!(squares, |q| windowed(-0.5 * q, dimensions - q))
        } else {
            with_mother!(mother, |m| each!(squares, |q| m.value(q.sqrt())))
        }
    }
}
