//! Exact sums of doubles as integers: the same bits in whatever order, threads or partitions.
//!
//! # Why this form
//! Where a bound of the values is known beforehand, such as the largest magnitude of each column, 16 bytes
//! hold what an [`ExactSum`](super::exact_sum::ExactSum) of any doubles needs 2 kB for. A value becomes the
//! integer nearest to `x * 2^(49 - e + 40)`, `e` being the exponent of that largest magnitude. Integers add
//! exactly, so the order of rows, the threads and the partitions cannot show; and a value is taken out of a
//! sum as exactly as it was added, which lets an iteration of k-means touch only the rows that changed
//! their segment.
//!
//! # Bound
//! `|x| < 2^(e + 1)`, hence `|x * 2^(49 - e)| < 2^50` and the integer is at most `2^90`; 2^36 values
//! ([`MAX_VALUES`]) fit an `i128` with its sign. The last place is worth `2^(e - 89)`: a value down to
//! `2^-37` of the largest magnitude (eleven decimal orders) has all its 53 bits within it and enters
//! exactly; a smaller one is rounded to `2^-90` of the largest.

use super::double_double::DoubleDouble;
use super::power_of_two::{power_of_two, scale};

/// Most values an exact sum holds.
pub(crate) const MAX_VALUES: u64 = 1 << 36;

/// Bits below the unit of the upper word.
const LOW_BITS: i32 = 40;
/// Scale of a magnitude of exponent 0: its upper word stays below 2^50.
const HIGH_BITS: i32 = 49;
/// Adding 1.5 * 2^52 leaves the nearest integer in the low bits of the sum, for values below 2^51.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// Beyond it `2^exponent` is no normal double; magnitudes that small lose places they never needed.
const LARGEST_EXPONENT: i32 = 1000;

/// The place value of one quantity: its integers are multiples of `2^-(exponent + 40)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FixedPoint {
    exponent: i32,
    scale: f64,
}

impl FixedPoint {
    /// For values of at most 1 in magnitude.
    pub(crate) const UNIT: FixedPoint =
        FixedPoint { exponent: HIGH_BITS, scale: (1_u64 << HIGH_BITS) as f64 };

    /// For values whose magnitude is at most `largest`, finite.
    pub(crate) fn new(largest: f64) -> FixedPoint {
        let exponent = (HIGH_BITS - exponent_of(largest)).min(LARGEST_EXPONENT);
        FixedPoint { exponent, scale: power_of_two(exponent.into()) }
    }

    /// The integer of `value`.
    ///
    /// The upper word is the nearest whole number of `value * 2^exponent`, a product by a power of two; what
    /// remains is at most a half and is exact too (both are multiples of the last place of the product).
    #[inline(always)]
    pub(crate) fn quantise(self, value: f64) -> i128 {
        let (high, low) = self.words(value);
        join(high, low)
    }

    #[inline(always)]
    fn words(self, value: f64) -> (i64, i64) {
        let (high, rest) = high_word(value * self.scale);
        (high, low_word(rest))
    }

    /// The exponent of the upper word's unit, negated: integers are multiples of `2^-(exponent + 40)`.
    pub(crate) fn exponent(self) -> i32 {
        self.exponent
    }

    /// The double nearest to the number that `integer` stands for.
    pub(crate) fn value(self, integer: i128) -> f64 {
        scale(integer as f64, i64::from(-self.exponent - LOW_BITS))
    }

    /// As [`value`](FixedPoint::value), of a whole number that is no integer of the machine.
    pub(crate) fn value_of(self, whole: DoubleDouble) -> f64 {
        scale(whole.value(), i64::from(-self.exponent - LOW_BITS))
    }

    /// `sum / count`, rounded once.
    pub(crate) fn mean(self, sum: i128, count: u64) -> f64 {
        let quotient =
            DoubleDouble::from_integer(sum).divided_by(DoubleDouble::from_integer(i128::from(count))).value();
        scale(quotient, i64::from(-self.exponent - LOW_BITS))
    }

    /// `numerator / denominator`, each with its own place value; rounded once.
    pub(crate) fn ratio(self, numerator: i128, of: FixedPoint, denominator: i128) -> f64 {
        let quotient =
            DoubleDouble::from_integer(numerator).divided_by(DoubleDouble::from_integer(denominator)).value();
        scale(quotient, i64::from(of.exponent - self.exponent))
    }
}

/// The whole number nearest to `scaled`, below 2^50 in magnitude, and what remains, exactly.
#[inline(always)]
pub(crate) fn high_word(scaled: f64) -> (i64, f64) {
    let shifted = scaled + ROUNDER;
    (shifted.to_bits().cast_signed() - ROUNDER_BITS, scaled - (shifted - ROUNDER))
}

/// What remains of a high word, at most about a half, as a whole number of 2^-40.
#[inline(always)]
pub(crate) fn low_word(rest: f64) -> i64 {
    (rest * ONE_LOW + ROUNDER).to_bits().cast_signed() - ROUNDER_BITS
}

/// The integer of two words.
#[inline(always)]
pub(crate) fn join(high: i64, low: i64) -> i128 {
    (i128::from(high) << LOW_BITS) + i128::from(low)
}

/// A sum of many values of one quantity, several at a time: words of 64 bits in each lane, which at most
/// 2^12 values of 2^50 fill to 2^62, are carried into one integer before that.
#[derive(Debug)]
pub(crate) struct LaneSum<const LANES: usize> {
    place: FixedPoint,
    high: [i64; LANES],
    low: [i64; LANES],
    pending: u32,
    carried: i128,
}

impl<const LANES: usize> LaneSum<LANES> {
    pub(crate) fn new(place: FixedPoint) -> LaneSum<LANES> {
        LaneSum { place, high: [0; LANES], low: [0; LANES], pending: 0, carried: 0 }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, values: &[f64; LANES]) {
        for lane in 0..LANES {
            let (high, low) = self.place.words(values[lane]);
            self.high[lane] += high;
            self.low[lane] += low;
        }
        self.pending += 1;
        if self.pending == 1 << 12 {
            self.carry();
        }
    }

    fn carry(&mut self) {
        for lane in 0..LANES {
            self.carried += join(self.high[lane], self.low[lane]);
        }
        (self.high, self.low, self.pending) = ([0; LANES], [0; LANES], 0);
    }

    pub(crate) fn total(mut self) -> i128 {
        self.carry();
        self.carried
    }
}

const ROUNDER_BITS: i64 = ROUNDER.to_bits().cast_signed();
/// 2^40.
const ONE_LOW: f64 = 1_099_511_627_776.0;

/// The exponent of a double: `2^exponent <= |value| < 2^(exponent + 1)`; 0 for 0.
pub(crate) fn exponent_of(value: f64) -> i32 {
    if value == 0.0 {
        return 0;
    }
    let field = exponent_field(value);
    if field > 0 { field - 1023 } else { exponent_field(value * power_of_two(60)) - 1083 }
}

fn exponent_field(value: f64) -> i32 {
    (value.to_bits() >> 52 & 0x7ff) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exponents_of_normal_and_subnormal_values() {
        assert_eq!([1.0, 1.999, 2.0, 0.75, f64::MAX].map(exponent_of), [0, 0, 1, -1, 1023]);
        assert_eq!([f64::MIN_POSITIVE, f64::MIN_POSITIVE / 8.0].map(exponent_of), [-1022, -1025]);
    }

    #[test]
    fn largest_values_stay_within_the_stated_bound() {
        assert_eq!(FixedPoint::UNIT, FixedPoint::new(1.0));
        for largest in [1.0, 1.999_999, 1e-300, 1e300, 3.7] {
            let place = FixedPoint::new(largest);
            assert!(place.quantise(largest) <= 1 << 90);
            assert!(place.quantise(-largest) >= -(1 << 90));
        }
    }

    #[test]
    fn most_values_of_the_largest_magnitude_fit_an_integer() {
        let largest = FixedPoint::new(1.999_999_999).quantise(1.999_999_999);
        assert!(largest.checked_mul(i128::from(MAX_VALUES)).is_some());
    }

    /// Lanes of every magnitude, past the carry that comes every 4096 values.
    #[test]
    fn lanes_add_up_to_the_sum_of_their_values() {
        let place = FixedPoint::new(9.0);
        let mut lanes = LaneSum::<3>::new(place);
        let mut sum = 0;
        for i in 0..10_000 {
            let values = [f64::from(i) / 1234.5, -1.0 / f64::from(i + 1), 9.0 - f64::from(i % 18)];
            lanes.add(&values);
            sum += values.iter().map(|&value| place.quantise(value)).sum::<i128>();
        }
        assert_eq!(lanes.total(), sum);
    }

    proptest! {
        /// A sum of what was added less what was taken out is exact: the last value comes back to the bit.
        #[test]
        fn values_within_eleven_orders_are_exact(
            values in prop::collection::vec(prop_oneof![1e-8..1e3_f64, -1e3..-1e-8_f64], 1..50),
            last in -1000.0..1000.0_f64,
        ) {
            prop_assume!(last.abs() > 1e-8);
            let place = FixedPoint::new(1e3);
            let mut sum = values.iter().map(|&x| place.quantise(x)).sum::<i128>();
            sum += place.quantise(last);
            for &x in values.iter().rev() {
                sum -= place.quantise(x);
            }
            prop_assert_eq!(place.value(sum), last);
            prop_assert_eq!(place.ratio(3 * sum, FixedPoint::new(1.0), FixedPoint::new(1.0).quantise(3.0)), last);
        }
    }
}
