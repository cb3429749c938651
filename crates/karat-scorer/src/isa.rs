//! The instruction sets the batch is compiled for; the only unsafe file of the crate.
//!
//! The body is written once and compiled twice. Nothing in it depends on the instruction set, Rust never
//! contracts `a * b + c`, and lanes never mix, so that both give the same bits.
#![allow(unsafe_code, reason = "calling a function compiled for AVX2 needs a check that only we can make")]

use crate::evaluate::{Nothing, Source, evaluate};
use crate::model::Model;
use crate::score::Score;
use crate::step::Prepared;

/// Customers scored side by side in what is left of a batch after its whole blocks.
const REST: usize = 8;

/// Which compilation of the batch runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isa {
    /// The target's baseline.
    Portable,
    /// 256-bit vectors of x86-64.
    Avx2,
}

impl Isa {
    /// The best this machine has; always [`Isa::Portable`] under an interpreter of Rust.
    #[must_use]
    pub fn detect() -> Isa {
        if Isa::Avx2.available() { Isa::Avx2 } else { Isa::Portable }
    }

    /// Whether this machine can run it.
    #[must_use]
    pub fn available(self) -> bool {
        match self {
            Isa::Portable => true,
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Isa::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
            #[cfg(not(all(target_arch = "x86_64", not(miri))))]
            Isa::Avx2 => false,
        }
    }
}

/// Work that is written once and compiled for every instruction set, see [`Isa::run`].
///
/// [`run`](Kernel::run) and everything hot below it must be `#[inline(always)]`, or it stays compiled for the
/// baseline.
pub trait Kernel {
    /// What the work returns.
    type Output;

    /// Does the work.
    fn run(self) -> Self::Output;
}

impl Isa {
    /// Does the work with this instruction set where the machine has it; the bits are the same with every one.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if self == Isa::Avx2 && self.available() {
            // SAFETY: the line above checked that this machine has AVX2.
            return unsafe { run_avx2(kernel) };
        }
        kernel.run()
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
#[target_feature(enable = "avx2")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// Scores rows `0 .. out.len()` of `source`; the caller has checked that they exist.
/// `LANES` customers are scored side by side; more hide more latency, but need more stack.
pub(crate) fn batch<const LANES: usize, const WIDTH: usize, S: Source>(
    isa: Isa,
    model: &Model,
    prepared: &[Prepared],
    source: &S,
    out: &mut [Score],
) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if isa == Isa::Avx2 && isa.available() {
        // SAFETY: the line above checked that this machine has AVX2.
        return unsafe { batch_avx2::<LANES, WIDTH, S>(model, prepared, source, out) };
    }
    let _ = isa;
    body::<LANES, WIDTH, S>(model, prepared, source, out);
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
#[target_feature(enable = "avx2")]
fn batch_avx2<const LANES: usize, const WIDTH: usize, S: Source>(
    model: &Model,
    prepared: &[Prepared],
    source: &S,
    out: &mut [Score],
) {
    body::<LANES, WIDTH, S>(model, prepared, source, out);
}

#[inline(always)]
fn body<const LANES: usize, const WIDTH: usize, S: Source>(
    model: &Model,
    prepared: &[Prepared],
    source: &S,
    out: &mut [Score],
) {
    let start = blocks::<LANES, WIDTH, S>(model, prepared, source, 0, out);
    let start = blocks::<REST, WIDTH, S>(model, prepared, source, start, out);
    blocks::<1, WIDTH, S>(model, prepared, source, start, out);
}

/// Scores as many whole blocks of `N` rows as there are from row `start` on; returns the row it stopped at.
#[inline(always)]
fn blocks<const N: usize, const WIDTH: usize, S: Source>(
    model: &Model,
    prepared: &[Prepared],
    source: &S,
    start: usize,
    out: &mut [Score],
) -> usize {
    let mut row = start;
    for slot in out[start..].chunks_exact_mut(N) {
        slot.copy_from_slice(&evaluate::<N, WIDTH>(model, prepared, source, row, &mut Nothing));
        row += N;
    }
    row
}
