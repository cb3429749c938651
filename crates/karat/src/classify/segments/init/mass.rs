//! Masses of rows as whole numbers.
//!
//! The mass of a row, its weight times its squared distance to the nearest center, decides how likely it is
//! drawn, and sums of masses decide which of the rows drawn is kept. Both are summed as whole units, so that
//! no order of rows, no grouping and no number of threads can show in them. The unit is a power of two that
//! brings the sum over all rows near to 2^50: a row is seen down to a share of 2^-50 of the whole, which is
//! about as fine as a uniform double.

use super::super::value::Value;
use super::rows::Rows;
use crate::numerics::power_of_two::power_of_two;

/// Adding 1.5 * 2^52 leaves the nearest whole number in the low bits of the sum, for values up to 2^51.
pub(super) const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// The largest sum of units, as an exponent of two.
const TOTAL_BITS: i32 = 50;
/// Sums below are brought near to 2^50 again.
const COARSE: u64 = 1 << 40;
/// Exponents that leave both a unit and its reciprocal normal doubles.
const LARGEST_EXPONENT: i32 = 1000;

/// How the weight of a row enters its mass.
pub(super) trait Weighing: Copy + Send + Sync {
    /// Whole units above [`ROUNDER`].
    fn shifted(self, squared_distance: f64, weight: f64) -> f64;
}

/// Rows without weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unweighted(f64);

/// Whole weights: rounded before they multiply, so that a weight is the same as so many copies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copies(f64);

/// Any other weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighted(f64);

impl Weighing for Unweighted {
    #[inline(always)]
    fn shifted(self, squared_distance: f64, _: f64) -> f64 {
        squared_distance * self.0 + ROUNDER
    }
}

impl Weighing for Copies {
    #[inline(always)]
    fn shifted(self, squared_distance: f64, weight: f64) -> f64 {
        ((squared_distance * self.0 + ROUNDER) - ROUNDER) * weight + ROUNDER
    }
}

impl Weighing for Weighted {
    #[inline(always)]
    fn shifted(self, squared_distance: f64, weight: f64) -> f64 {
        squared_distance * weight * self.0 + ROUNDER
    }
}

/// Which of them; and how many units a squared distance has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    exponent: i32,
    /// No fewer than the rows, counting copies: the most by which rounding can lift a sum, in half units.
    size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unweighted,
    Copies,
    Weighted,
}

impl Unit {
    /// Of rows whose masses are not known yet.
    pub(super) fn of<T: Value>(rows: &Rows<'_, T>) -> Unit {
        let unit = |kind, size| Unit { kind, exponent: 0, size };
        let Some(weights) = rows.weights else { return unit(Kind::Unweighted, rows.count as u64) };
        let total: f64 = weights.iter().sum();
        let whole = weights.iter().fold(true, |whole, weight| whole & (weight.floor() == *weight));
        if whole && total < power_of_two(40) {
            return unit(Kind::Copies, total as u64);
        }
        unit(Kind::Weighted, weights.iter().filter(|&&weight| weight > 0.0).count() as u64)
    }

    /// Rows counting copies; of rows with other than whole weights those that have one.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn scale(&self) -> f64 {
        power_of_two(self.exponent.into())
    }

    /// The units of one row.
    #[inline(always)]
    pub(super) fn units(&self, squared_distance: f64, weight: f64) -> u64 {
        let scale = self.scale();
        let shifted = match self.kind {
            Kind::Unweighted => Unweighted(scale).shifted(squared_distance, weight),
            Kind::Copies => Copies(scale).shifted(squared_distance, weight),
            Kind::Weighted => Weighted(scale).shifted(squared_distance, weight),
        };
        shifted.to_bits().wrapping_sub(ROUNDER.to_bits())
    }

    /// What bounds the units of a row: its squared distance, or that times its weight.
    pub(super) fn bounded(&self, squared_distance: f64, weight: f64) -> f64 {
        match self.kind {
            Kind::Weighted => squared_distance * weight,
            Kind::Unweighted | Kind::Copies if weight > 0.0 => squared_distance,
            Kind::Unweighted | Kind::Copies => 0.0,
        }
    }

    /// The unit in which masses of which none is [bounded](Unit::bounded) by more than `largest` sum to no
    /// more than 2^50.
    pub(super) fn for_largest(self, largest: f64) -> Unit {
        let bits = i32::try_from(u64::BITS - self.size.leading_zeros()).unwrap_or(TOTAL_BITS);
        self.at(TOTAL_BITS - bits - exponent_above(largest))
    }

    /// The finer unit in which what sums to `total` units sums to no more than 2^50.
    pub(super) fn for_total(self, total: u64) -> Unit {
        let most = total.saturating_add(self.size / 2 + 1);
        let bits = i32::try_from(u64::BITS - most.leading_zeros()).unwrap_or(TOTAL_BITS);
        self.at(self.exponent + (TOTAL_BITS - bits).max(0))
    }

    fn at(self, exponent: i32) -> Unit {
        Unit { exponent: exponent.clamp(-LARGEST_EXPONENT, LARGEST_EXPONENT), ..self }
    }

    /// Whether a sum has become so small that a finer unit is due.
    pub(super) fn is_coarse(total: u64) -> bool {
        total < COARSE
    }

    /// Hands the work the arithmetic of its weights.
    #[inline(always)]
    pub(super) fn weigh<W: WeighedWork>(&self, work: W) -> W::Output {
        let scale = self.scale();
        match self.kind {
            Kind::Unweighted => work.run(Unweighted(scale)),
            Kind::Copies => work.run(Copies(scale)),
            Kind::Weighted => work.run(Weighted(scale)),
        }
    }
}

/// Work that is compiled for every kind of weights.
pub(super) trait WeighedWork {
    type Output;

    fn run<W: Weighing>(self, weighing: W) -> Self::Output;
}

/// The least `e` with `value < 2^e`, for a positive normal value.
fn exponent_above(value: f64) -> i32 {
    ((value.to_bits() >> 52) & 0x7ff) as i32 - 1022
}
