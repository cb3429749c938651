//! Vectors of single-precision numbers, for decisions that exact arithmetic confirms; the only unsafe module of
//! the crate.
//!
//! A [`Job`] is written once over [`Vector`] and compiled for every instruction set. Sums here may be fused or
//! not, and have any number of lanes: nothing that a job returns may depend on it. Code in double precision
//! inside a job is plain Rust, which never contracts `a * b + c`, and so has the same bits everywhere.
#![allow(unsafe_code, reason = "instructions beyond the baseline need a check that only we can make")]

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod avx2;
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod avx512;
mod portable;

use portable::Portable;

/// Which compilation of a fit runs; never changes a result. For tests and benchmarks.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instructions {
    /// The target's baseline.
    Portable,
    /// 256-bit vectors of x86-64, with fused multiplication and addition.
    Avx2,
    /// 512-bit vectors of x86-64.
    Avx512,
}

/// Most lanes a vector has.
pub(super) const MOST_LANES: usize = 16;

/// Work that is written once; [`run`](Job::run) and everything hot below it must be `#[inline(always)]`, or it
/// stays compiled for the baseline.
pub(super) trait Job {
    type Output;

    fn run<V: Vector>(self) -> Self::Output;
}

impl Instructions {
    /// The best this machine has.
    #[must_use]
    pub fn detect() -> Instructions {
        [Instructions::Avx512, Instructions::Avx2]
            .into_iter()
            .find(|instructions| instructions.available())
            .unwrap_or(Instructions::Portable)
    }

    /// Whether this machine can run it.
    #[must_use]
    pub fn available(self) -> bool {
        match self {
            Instructions::Portable => true,
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Instructions::Avx2 => avx2::available(),
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Instructions::Avx512 => avx512::available(),
            #[cfg(not(all(target_arch = "x86_64", not(miri))))]
            Instructions::Avx2 | Instructions::Avx512 => false,
        }
    }

    /// Does the work with these instructions where the machine has them.
    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if self == Instructions::Avx512 && self.available() {
            // SAFETY: the line above checked that this machine has the features.
            return unsafe { avx512::run(job) };
        }
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if self == Instructions::Avx2 && self.available() {
            // SAFETY: the line above checked that this machine has the features.
            return unsafe { avx2::run(job) };
        }
        job.run::<Portable>()
    }
}

/// A number of a table, single or double.
pub(super) trait Element: Copy + Into<f64> + Send + Sync + 'static {
    /// Whether it is a number of single precision, whose square is exact in double precision.
    const SINGLE: bool;

    /// `(self - mean) * factor` in single precision; or itself if it is single already, for the frame to be
    /// applied in lanes.
    fn near(self, mean: f64, factor: f64) -> f32;
}

impl Element for f32 {
    const SINGLE: bool = true;

    #[inline(always)]
    fn near(self, _: f64, _: f64) -> f32 {
        self
    }
}

impl Element for f64 {
    const SINGLE: bool = false;

    #[inline(always)]
    fn near(self, mean: f64, factor: f64) -> f32 {
        ((self - mean) * factor) as f32
    }
}

/// Lanes of single-precision numbers.
pub(super) trait Vector: Copy {
    /// At most [`MOST_LANES`].
    const LANES: usize;
    /// One truth value for each lane.
    type Mask: Copy;

    fn splat(value: f32) -> Self;
    /// The first [`LANES`](Vector::LANES) numbers, of at least as many.
    fn load(values: &[f32]) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// `self * factor + addend`, rounded once or twice.
    fn times_plus(self, factor: Self, addend: Self) -> Self;
    /// `minuend - self * factor`, rounded once or twice.
    fn times_from(self, factor: Self, minuend: Self) -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    fn root(self) -> Self;
    fn below(self, other: Self) -> Self::Mask;
    fn choose(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// A bit for each lane, the first the lowest.
    fn bits(mask: Self::Mask) -> u32;
    /// Whole numbers of 0 to 255, one byte a lane.
    fn bytes(self) -> [u8; MOST_LANES];
    /// A bit for each lane whose byte differs, the first the lowest; `others` has as many as there are lanes.
    fn differing(bytes: &[u8; MOST_LANES], others: &[u8]) -> u32;
    /// The greatest lane.
    fn greatest(self) -> f32;
    /// Columns `first` to `first + 3` of as many rows as there are lanes, `columns` numbers each.
    fn four_columns(rows: &[f32], columns: usize, first: usize) -> [Self; 4];
    /// As [`four_columns`](Vector::four_columns), sixteen of them: a cache line of each row is read once.
    #[inline(always)]
    fn sixteen_columns(rows: &[f32], columns: usize, first: usize) -> [Self; 16] {
        let mut turned = [Self::splat(0.0); 16];
        for four in 0..4 {
            let place = 4 * four;
            turned[place..place + 4].copy_from_slice(&Self::four_columns(rows, columns, first + place));
        }
        turned
    }
    /// Asks for the cache line at `values[place]`; a hint, whatever the place.
    fn prefetch<T>(values: &[T], place: usize);
}
