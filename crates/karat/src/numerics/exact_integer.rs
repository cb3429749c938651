//! Signed integers of any length: just what exact sums need to be rounded once.
//!
//! Sums of doubles span some four thousand bits, a few hundred of which differ from zero; schoolbook
//! methods over 32-bit digits are fast enough, since a column needs them once, in `finish`.

use std::cmp::Ordering;

/// Bits of a double's significand, the hidden one included.
const PRECISION: i64 = 53;
/// Exponent of the last bit of the smallest subnormal double.
const LOWEST_EXPONENT: i64 = -1074;

/// A signed integer: magnitude in digits to the base 2^32, least significant first, without leading
/// zeros; zero has no digits and no sign.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ExactInteger {
    negative: bool,
    digits: Vec<u32>,
}

impl ExactInteger {
    /// The sum of `bins[i] * 2^(32 i)`; every bin must lie within ±2^126.
    pub(super) fn from_bins(bins: &[i128]) -> ExactInteger {
        let mut digits = Vec::with_capacity(bins.len() + 4);
        let mut carry = 0i128;
        for &bin in bins {
            let total = bin + carry;
            digits.push(low_digit(total.cast_unsigned()));
            carry = total >> 32;
        }
        while carry != 0 && carry != -1 {
            digits.push(low_digit(carry.cast_unsigned()));
            carry >>= 32;
        }
        let negative = carry < 0;
        if negative {
            negate(&mut digits);
        }
        ExactInteger::from_digits(negative, digits)
    }

    /// The number with these magnitude digits, least significant first.
    pub(super) fn from_digits(negative: bool, mut digits: Vec<u32>) -> ExactInteger {
        let length = digits.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
        digits.truncate(length);
        ExactInteger { negative: negative && length > 0, digits }
    }

    /// Whether the number is below zero.
    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether the number is zero.
    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Digits of the magnitude to the base 2^32, least significant first, without leading zeros.
    pub(super) fn digits(&self) -> &[u32] {
        &self.digits
    }

    /// The product of two numbers.
    pub(super) fn times(&self, other: &ExactInteger) -> ExactInteger {
        let mut digits = vec![0u32; self.digits.len() + other.digits.len()];
        for (i, &left) in self.digits.iter().enumerate() {
            let mut carry = 0u64;
            for (j, &right) in other.digits.iter().enumerate() {
                // At most (2^32-1)^2 + 2 (2^32-1) = 2^64 - 1.
                let total = u64::from(left) * u64::from(right) + u64::from(digits[i + j]) + carry;
                digits[i + j] = low_digit(u128::from(total));
                carry = total >> 32;
            }
            digits[i + other.digits.len()] = low_digit(u128::from(carry));
        }
        ExactInteger::from_digits(self.negative != other.negative, digits)
    }

    /// The product with a whole number.
    pub(super) fn times_whole(&self, factor: u64) -> ExactInteger {
        let digits = vec![low_digit(u128::from(factor)), low_digit(u128::from(factor >> 32))];
        self.times(&ExactInteger::from_digits(false, digits))
    }

    /// The product with 2^(32 `places`).
    pub(super) fn shifted_up(&self, places: usize) -> ExactInteger {
        let mut digits = vec![0; places];
        digits.extend_from_slice(&self.digits);
        ExactInteger::from_digits(self.negative, digits)
    }

    /// `self - other`.
    pub(super) fn minus(&self, other: &ExactInteger) -> ExactInteger {
        if self.negative != other.negative {
            return ExactInteger::from_digits(self.negative, add_digits(&self.digits, &other.digits));
        }
        match compare_digits(&self.digits, &other.digits) {
            Ordering::Equal => ExactInteger::default(),
            Ordering::Greater => {
                ExactInteger::from_digits(self.negative, subtract_digits(&self.digits, &other.digits))
            }
            Ordering::Less => {
                ExactInteger::from_digits(!self.negative, subtract_digits(&other.digits, &self.digits))
            }
        }
    }

    /// The quotient by `divisor` cut towards zero, and whether anything was cut off.
    ///
    /// A `divisor` of 0 is taken as 1.
    pub(super) fn divided_by(&self, divisor: u64) -> (ExactInteger, bool) {
        let divisor = u128::from(divisor.max(1));
        let mut digits = vec![0u32; self.digits.len()];
        let mut remainder = 0u128;
        for (quotient, &digit) in digits.iter_mut().zip(&self.digits).rev() {
            let dividend = (remainder << 32) | u128::from(digit);
            *quotient = low_digit(dividend / divisor);
            remainder = dividend % divisor;
        }
        (ExactInteger::from_digits(self.negative, digits), remainder != 0)
    }

    /// `self * 2^exponent` as the nearest double, ties to even, infinite beyond the largest finite one.
    ///
    /// `inexact` says that the true magnitude exceeds this number by less than one unit: what
    /// [`divided_by`](ExactInteger::divided_by) cut off.
    pub(super) fn round(&self, exponent: i64, inexact: bool) -> f64 {
        if self.is_zero() {
            return 0.0;
        }
        let last_bit = (self.bit_length() - PRECISION + exponent).max(LOWEST_EXPONENT);
        let significand = self.rounded_shift(last_bit - exponent, inexact);
        // A significand of a normal number carries its hidden bit into the exponent field, and so does
        // one that was rounded up to the next power of two.
        let field = (last_bit - LOWEST_EXPONENT).min(0x7ff).unsigned_abs();
        let magnitude = f64::from_bits(((field << 52) + significand).min(f64::INFINITY.to_bits()));
        if self.negative { -magnitude } else { magnitude }
    }

    /// `self * 2^exponent` as `(m, e)` with the value `m * 2^e` rounded to 53 bits, whatever its size:
    /// 2^52 <= |m| <= 2^53, or m = 0.
    pub(super) fn round_scaled(&self, exponent: i64) -> (f64, i64) {
        if self.is_zero() {
            return (0.0, 0);
        }
        let drop = self.bit_length() - PRECISION;
        #[allow(clippy::cast_precision_loss, reason = "at most 2^53")]
        let magnitude = self.rounded_shift(drop, false) as f64;
        (if self.negative { -magnitude } else { magnitude }, drop + exponent)
    }

    /// The magnitude divided by `2^drop`, to the nearest, ties to even; at most 53 bits must be left.
    fn rounded_shift(&self, drop: i64, inexact: bool) -> u64 {
        let Ok(drop) = usize::try_from(drop) else {
            return self.bits_from(0) << drop.unsigned_abs();
        };
        let kept = self.bits_from(drop);
        if drop == 0 {
            return kept;
        }
        let half = self.bit(drop - 1);
        let beyond = inexact || self.any_below(drop - 1);
        kept + u64::from(half && (beyond || kept & 1 == 1))
    }

    /// Number of significant bits of the magnitude.
    fn bit_length(&self) -> i64 {
        let top = self.digits.last().map_or(0, |digit| 32 - i64::from(digit.leading_zeros()));
        #[allow(clippy::cast_possible_wrap, reason = "a few hundred digits")]
        let below = 32 * (self.digits.len().max(1) - 1) as i64;
        below + top
    }

    fn bit(&self, position: usize) -> bool {
        self.digits.get(position / 32).is_some_and(|digit| digit >> (position % 32) & 1 == 1)
    }

    /// The 64 bits beginning at `position`.
    fn bits_from(&self, position: usize) -> u64 {
        let digit = |offset: usize| u128::from(self.digits.get(position / 32 + offset).copied().unwrap_or(0));
        let window = digit(0) | digit(1) << 32 | digit(2) << 64;
        #[allow(clippy::cast_possible_truncation, reason = "the window is cut to 64 bits")]
        let bits = (window >> (position % 32)) as u64;
        bits
    }

    fn any_below(&self, position: usize) -> bool {
        let whole = (position / 32).min(self.digits.len());
        let part = self.digits.get(position / 32).copied().unwrap_or(0);
        self.digits[..whole].iter().any(|&digit| digit != 0) || part & ((1 << (position % 32)) - 1) != 0
    }
}

/// The last 32 bits.
#[allow(clippy::cast_possible_truncation, reason = "this is the digit wanted")]
fn low_digit(value: u128) -> u32 {
    value as u32
}

/// Two's complement.
fn negate(digits: &mut [u32]) {
    let mut carry = true;
    for digit in digits {
        (*digit, carry) = (!*digit).overflowing_add(u32::from(carry));
    }
}

fn compare_digits(left: &[u32], right: &[u32]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.iter().rev().cmp(right.iter().rev()))
}

fn add_digits(left: &[u32], right: &[u32]) -> Vec<u32> {
    let (long, short) = if left.len() < right.len() { (right, left) } else { (left, right) };
    let mut digits = Vec::with_capacity(long.len() + 1);
    let mut carry = 0u64;
    for (i, &digit) in long.iter().enumerate() {
        let total = u64::from(digit) + u64::from(short.get(i).copied().unwrap_or(0)) + carry;
        digits.push(low_digit(u128::from(total)));
        carry = total >> 32;
    }
    digits.push(low_digit(u128::from(carry)));
    digits
}

/// `large - small`, where `large` is not below `small`.
fn subtract_digits(large: &[u32], small: &[u32]) -> Vec<u32> {
    let mut borrow = false;
    let mut digits = Vec::with_capacity(large.len());
    for (i, &digit) in large.iter().enumerate() {
        let (first, under) = digit.overflowing_sub(small.get(i).copied().unwrap_or(0));
        let (second, under_again) = first.overflowing_sub(u32::from(borrow));
        digits.push(second);
        borrow = under || under_again;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn integer(value: i128) -> ExactInteger {
        let magnitude = value.unsigned_abs();
        let digits = (0..4).map(|i| low_digit(magnitude >> (32 * i))).collect();
        ExactInteger::from_digits(value < 0, digits)
    }

    #[test]
    fn rounding_takes_the_even_neighbour_on_a_tie() {
        // 2^53 + 1 lies halfway between the doubles 2^53 and 2^53 + 2; 2^53 + 3 between + 2 and + 4.
        let tie = |offset: i128| integer((1 << 53) + offset).round(0, false);
        assert_eq!(tie(1), 9_007_199_254_740_992.0);
        assert_eq!(tie(3), 9_007_199_254_740_996.0);
        assert_eq!(integer((1 << 53) + 1).round(0, true), 9_007_199_254_740_994.0);
    }

    #[test]
    fn rounding_covers_subnormals_and_overflow() {
        assert_eq!(integer(1).round(-1074, false).to_bits(), 1);
        assert_eq!(integer(1).round(-1075, false), 0.0);
        assert_eq!(integer(3).round(-1075, false).to_bits(), 2);
        assert_eq!(integer(-1).round(-1075, true).to_bits(), (-f64::from_bits(1)).to_bits());
        assert_eq!(integer((1 << 53) - 1).round(971, false), f64::MAX);
        assert_eq!(integer((1 << 54) - 1).round(970, false), f64::INFINITY);
        assert_eq!(integer(-1).round(5000, false), f64::NEG_INFINITY);
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_the_machine(a in -(1i128 << 62)..(1i128 << 62), b in any::<i64>(), n in 1u64..) {
            let b = i128::from(b);
            prop_assert_eq!(integer(a).times(&integer(b)), integer(a * b));
            prop_assert_eq!(integer(a).minus(&integer(b)), integer(a - b));
            prop_assert_eq!(integer(a).times_whole(n), integer(a * i128::from(n)));
            let (quotient, inexact) = integer(a).divided_by(n);
            prop_assert_eq!(quotient, integer(a / i128::from(n)));
            prop_assert_eq!(inexact, a % i128::from(n) != 0);
            prop_assert_eq!(ExactInteger::from_bins(&[a, b]), integer(a + (b << 32)));
        }

        #[test]
        #[allow(clippy::disallowed_methods, reason = "a power of two is exact")]
        fn rounding_agrees_with_the_machine(a in any::<i128>()) {
            #[allow(clippy::cast_precision_loss, reason = "the conversion rounds as IEEE 754 says")]
            let nearest = a as f64;
            prop_assert_eq!(integer(a).round(0, false), nearest);
            let (m, e) = integer(a).round_scaled(0);
            prop_assert_eq!(m * 2f64.powi(i32::try_from(e).unwrap()), nearest);
        }
    }
}
