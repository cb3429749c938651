//! Exact sums of doubles, the same bits for any order and partition.
//!
//! A sum of doubles is a whole number of units of 2^-1074, a sum of products one of 2^-2148. The state keeps
//! this number in bins of 32 binary places: each summand's significand, shifted within its bin, is added as
//! an integer, so nothing is ever rounded and the order cannot matter. Only [`ExactSum::value`] rounds, once.
//! The idea of a long fixed-point accumulator is Kulisch's (1971); bins that carry late are from Neal, "Fast
//! exact summation using small and large superaccumulators" (2015). Bins of 128 bits need no count of
//! additions and, in the common case of a column within one scale, stay in one or two cache lines.

use super::bytes::{
    damaged, read_array, read_count, read_length, read_population, read_version, write_count,
};
use super::exact_integer::ExactInteger;
use karat_scorer::Result;

/// Layout of [`ExactSum::encode`].
const VERSION: u8 = 1;
/// The unit of the lowest bin is `2^UNIT_EXPONENT`: a whole number of 32-bit digits below 2^-2148, the
/// last bit of the square of the smallest subnormal double.
const UNIT_EXPONENT: i64 = -32 * UNIT_DIGITS as i64;
/// Digits from the unit up to 2^0.
const UNIT_DIGITS: usize = 68;
/// Place of the last bit of a double with exponent field `e` is `e + VALUE_PLACE`.
const VALUE_PLACE: usize = 32 * UNIT_DIGITS - 1075;
/// Place of the last bit of a product with exponent fields `e` and `f` is `e + f + PRODUCT_PLACE`.
const PRODUCT_PLACE: usize = 32 * UNIT_DIGITS - 2150;
/// Bins of 32 places; the highest used by a product of the largest doubles is 130, the others take carries.
const BINS: usize = 136;

/// An exact sum of doubles and of products of two doubles.
///
/// Equality, [`encode`](ExactSum::encode) and [`value`](ExactSum::value) depend on the mathematical sum
/// alone. A value that is not finite is counted apart and makes the sum NaN, whatever else was added; the
/// passes leave missing values out and refuse infinities before they come here.
///
/// # Bound
/// A bin has 127 bits and one addition fills at most 84 of them, so 2^43 additions are safe (2^40 are
/// promised); each [`merge`](ExactSum::merge) carries the bins over and starts that count afresh.
#[derive(Debug, Clone)]
pub(crate) struct ExactSum {
    bins: [i128; BINS],
    non_finite: u64,
}

impl Default for ExactSum {
    fn default() -> ExactSum {
        ExactSum { bins: [0; BINS], non_finite: 0 }
    }
}

impl ExactSum {
    /// The empty sum, 0.
    pub(crate) fn new() -> ExactSum {
        ExactSum::default()
    }

    /// Adds one value.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        let Some(term) = Term::of(value) else {
            self.add_non_finite();
            return;
        };
        let place = term.exponent + VALUE_PLACE;
        self.bins[place / 32] += i128::from(term.signed()) << (place % 32);
    }

    /// Adds the exact product `a * b`, even where the product itself would round, overflow or underflow.
    #[inline]
    pub(crate) fn add_product(&mut self, a: f64, b: f64) {
        let (Some(left), Some(right)) = (Term::of(a), Term::of(b)) else {
            self.add_non_finite();
            return;
        };
        let sign = i128::from(left.sign ^ right.sign);
        let place = left.exponent + right.exponent + PRODUCT_PLACE;
        let product = u128::from(left.significand) * u128::from(right.significand);
        // 106 bits moved by up to 31 would leave no room in one bin: the lower 64 bits go to this bin, the
        // upper 73 to the one 64 places above.
        let shift = place % 32;
        #[allow(clippy::cast_possible_truncation, reason = "the lower word is wanted")]
        let low = i128::from((product as u64) << shift);
        let high = (product >> (64 - shift)).cast_signed();
        self.bins[place / 32] += (low ^ sign) - sign;
        self.bins[place / 32 + 2] += (high ^ sign) - sign;
    }

    /// Adds everything that was added to `other`.
    pub(crate) fn merge(&mut self, other: &ExactSum) {
        for (bin, &more) in self.bins.iter_mut().zip(&other.bins) {
            *bin += more;
        }
        self.non_finite += other.non_finite;
        self.carry();
    }

    /// How many of the values were NaN or infinite.
    pub(crate) fn non_finite(&self) -> u64 {
        self.non_finite
    }

    /// The double nearest to the sum, ties to even; 0 for an empty sum, infinite when the sum lies beyond
    /// the largest double, NaN when a value was not finite.
    pub(crate) fn value(&self) -> f64 {
        self.rounded(|sum| sum.round(UNIT_EXPONENT, false))
    }

    /// The double nearest to the sum divided by `divisor`, rounded once; NaN when `divisor` is 0.
    pub(crate) fn divided_by(&self, divisor: u64) -> f64 {
        if divisor == 0 {
            return f64::NAN;
        }
        self.rounded(|sum| {
            let (quotient, inexact) = sum.divided_by(divisor);
            quotient.round(UNIT_EXPONENT, inexact)
        })
    }

    /// `count * squares - self * self` as `(m, e)`: the value is `m * 2^e`, rounded once to 53 bits.
    ///
    /// With `self` the sum of `count` values and `squares` the sum of their squares this is `count` times
    /// the sum of squared deviations from the mean. The subtraction is exact, so that no cancellation
    /// harms the result; it is NaN when a value was not finite.
    pub(crate) fn scaled_deviations(&self, squares: &ExactSum, count: u64) -> (f64, i64) {
        if self.non_finite > 0 || squares.non_finite > 0 {
            return (f64::NAN, 0);
        }
        let sum = self.integer();
        // A product of two sums counts in squared units; the sum of squares is lifted to them.
        let squares = squares.integer().times_whole(count).shifted_up(UNIT_DIGITS);
        squares.minus(&sum.times(&sum)).round_scaled(2 * UNIT_EXPONENT)
    }

    #[cold]
    #[inline(never)]
    fn add_non_finite(&mut self) {
        self.non_finite += 1;
    }

    fn rounded(&self, round: impl Fn(&ExactInteger) -> f64) -> f64 {
        if self.non_finite > 0 { f64::NAN } else { round(&self.integer()) }
    }

    fn integer(&self) -> ExactInteger {
        ExactInteger::from_bins(&self.bins)
    }

    /// Moves what exceeds 32 bits of a bin to the next one; the value stays.
    fn carry(&mut self) {
        let mut carry = 0;
        for bin in &mut self.bins[..BINS - 1] {
            let total = *bin + carry;
            *bin = total & 0xffff_ffff;
            carry = total >> 32;
        }
        self.bins[BINS - 1] += carry;
    }
}

#[allow(dead_code, reason = "workers of one fit send states as bytes; only tests do so before Spark comes")]
impl ExactSum {
    /// Appends the state in sparse form: version, count of non-finite values, sign, place of the lowest
    /// nonzero digit, number of digits, digits to the base 2^32. Equal sums give equal bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let sum = self.integer();
        let first = sum.digits().iter().position(|&digit| digit != 0).unwrap_or(0);
        let digits = &sum.digits()[first..];
        out.push(VERSION);
        write_count(out, self.non_finite);
        out.push(u8::from(sum.is_negative()));
        write_count(out, first as u64);
        write_count(out, digits.len() as u64);
        for digit in digits {
            out.extend_from_slice(&digit.to_le_bytes());
        }
    }

    /// Takes from the front of `bytes` what [`encode`](ExactSum::encode) wrote.
    ///
    /// # Errors
    /// [`Error::Format`](karat_scorer::Error::Format) when the bytes are not such a state.
    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<ExactSum> {
        read_version(bytes, VERSION)?;
        let non_finite = read_population(bytes)?;
        let [sign] = read_array(bytes)?;
        let first = usize::try_from(read_count(bytes)?).unwrap_or(usize::MAX);
        let length = read_length(bytes, 4)?;
        if sign > 1 || first.saturating_add(length) > BINS || (length == 0 && (sign, first) != (0, 0)) {
            return Err(damaged("a sum lies outside its range"));
        }
        let mut sum = ExactSum { non_finite, ..ExactSum::new() };
        let digits = &mut sum.bins[first..first + length];
        for bin in digits.iter_mut() {
            let digit = i128::from(u32::from_le_bytes(read_array(bytes)?));
            *bin = if sign == 1 { -digit } else { digit };
        }
        if digits.first() == Some(&0) || digits.last() == Some(&0) {
            return Err(damaged("a sum is not in shortest form"));
        }
        Ok(sum)
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &ExactSum) -> bool {
        self.non_finite == other.non_finite && self.integer() == other.integer()
    }
}

/// A finite double taken apart: `(significand ^ sign) - sign` times a power of two.
struct Term {
    significand: u64,
    /// Exponent field, 1 for subnormal numbers, which share the scale of the lowest normal ones.
    exponent: usize,
    /// 0 or, for negative numbers, -1: all bits set.
    sign: i64,
}

impl Term {
    #[inline]
    fn of(value: f64) -> Option<Term> {
        let bits = value.to_bits();
        let field = (bits >> 52) & 0x7ff;
        if field == 0x7ff {
            return None;
        }
        let normal = u64::from(field != 0);
        #[allow(clippy::cast_possible_truncation, reason = "eleven bits")]
        let exponent = (field + 1 - normal) as usize;
        let significand = bits & ((1 << 52) - 1) | normal << 52;
        Some(Term { significand, exponent, sign: bits.cast_signed() >> 63 })
    }

    #[inline]
    fn signed(&self) -> i64 {
        (self.significand.cast_signed() ^ self.sign) - self.sign
    }
}

#[cfg(test)]
#[path = "exact_sum_tests.rs"]
pub(crate) mod tests;
