//! Numerics 1: the only elementary functions of the scoring path.
//!
//! The platform's mathematics library is part of a program's result: `exp` of one libc differs from
//! that of another in the last bit. These functions are therefore written out here, in `f64`, from
//! additions, subtractions, multiplications, divisions, comparisons and operations on bits alone. Each
//! of these has one right answer under IEEE 754, and nothing is fused, reassociated or looked up at run
//! time, so every function gives **the same 64 bits on every target, build and vector width**.
//!
//! | function | bound, ulp | largest seen | arguments of the bound |
//! |---|---|---|---|
//! | [`exp`] | 0.65 | 0.58 | `-700..=709.78`; exactly 0 below |
//! | [`exp_m1`] | 1 | 0.82 | all |
//! | [`ln`] | 1 | 0.79 | all |
//! | [`ln_1p`] | 1 | 0.84 | all |
//! | [`sin`], [`cos`] | 1 | 0.79 | within 100,000 of zero; see there for the rest |
//! | [`tanh`] | 1.5 | 1.13 | all |
//! | [`sigmoid`] | 2 | 1.80 | from -700 on; exactly 0 below |
//! | [`pow`] | 1 | 0.77 | where the result is a normal number; smaller ones are 0 |
//!
//! One ulp is the distance between neighbouring doubles at the correctly rounded result; 0.5 is the
//! best any function can do. `tests/numerics.rs` holds the functions to these bounds against tables of
//! 60-digit results; "largest seen" comes from several 100,000 random points a function, compared with
//! MPFR at 160 bits. `tests/tables/fit_polynomials.py` derives every constant.
//!
//! The bodies have no branches: each alternative is computed and one is selected. A loop over eight
//! customers, inlined into a function compiled for AVX2, becomes vector code with the bits of the scalar
//! function; hence the `#[inline(always)]`.
//!
//! A NaN argument gives [the one NaN](NAN) of numerics 1, so that a missing value has one bit pattern.
//!
//! If a bit here ever has to change, that is numerics 2, beside this one: model files name the number.

mod exact;
mod exponential;
mod hyperbolic;
mod logarithm;
mod power;
mod sum;
mod trigonometric;

pub use exponential::{exp, exp_m1};
pub use hyperbolic::{sigmoid, tanh};
pub use logarithm::{ln, ln_1p, ln_normal};
pub use power::pow;
pub use sum::{no_negative_zero, ordered_dot, ordered_sum};
pub use trigonometric::{cos, sin};

/// The one NaN that numerics 1 returns: quiet, positive, empty payload (`0x7ff8_0000_0000_0000`).
///
/// Hardware disagrees on the sign and payload of the NaN an operation makes, so results never show it.
pub const NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0000);

/// Adding and subtracting 1.5 x 2^52 rounds a number below 2^51 to the nearest integer (ties to even)
/// and leaves that integer, in two's complement, in the low bits of the intermediate sum.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// ln 2 rounded to 42 bits, so that its product with any exponent of a double is exact.
const LN_2_HIGH: f64 = 0.693_147_180_559_890_3;
/// ln 2 - [`LN_2_HIGH`].
const LN_2_LOW: f64 = 5.497_923_018_708_371e-14;

/// Bits of a double's significand that are stored.
const SIGNIFICAND_BITS: u32 = 52;
/// The bits of 1.0: the exponent's bias in its place.
const ONE: u64 = 1023 << SIGNIFICAND_BITS;

/// `yes` or `no`, both of them computed beforehand. The hint keeps the compiler from computing the
/// likelier one behind a jump, which would stop it from making vector code of a loop.
#[inline(always)]
pub(crate) fn select(condition: bool, yes: f64, no: f64) -> f64 {
    std::hint::select_unpredictable(condition, yes, no)
}
