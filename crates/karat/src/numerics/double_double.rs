//! Numbers of about 106 bits as the unevaluated sum of two doubles (Dekker, 1971; Knuth, 1969).
//!
//! Only additions and products that are exact or rounded once, in a stated order: the same bits everywhere.

/// `high + low`, `low` being at most half a unit in the last place of `high`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct DoubleDouble {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

/// `a + b` with its rounding error, exactly (Knuth, 1969).
#[inline]
fn two_sum(a: f64, b: f64) -> DoubleDouble {
    let high = a + b;
    let from_b = high - a;
    DoubleDouble { high, low: (a - (high - from_b)) + (b - from_b) }
}

/// `a + b` for `|a| >= |b|` (Dekker, 1971).
#[inline]
fn quick_two_sum(a: f64, b: f64) -> DoubleDouble {
    let high = a + b;
    DoubleDouble { high, low: b - (high - a) }
}

/// The upper and the lower 26 bits (Veltkamp's split).
#[inline(always)]
fn split(a: f64) -> (f64, f64) {
    let scaled = 134_217_729.0 * a;
    let high = scaled - (scaled - a);
    (high, a - high)
}

/// `a * b` with its rounding error, exact below 2^996 and away from subnormals (Dekker, 1971).
#[inline(always)]
pub(crate) fn two_product(a: f64, b: f64) -> DoubleDouble {
    let high = a * b;
    let ((a1, a2), (b1, b2)) = (split(a), split(b));
    DoubleDouble { high, low: ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2 }
}

impl DoubleDouble {
    pub(crate) fn new(value: f64) -> DoubleDouble {
        DoubleDouble { high: value, low: 0.0 }
    }

    /// An integer, exact up to 106 bits.
    pub(crate) fn from_integer(value: i128) -> DoubleDouble {
        let high = value as f64;
        DoubleDouble { high, low: (value - high as i128) as f64 }
    }

    #[inline]
    pub(crate) fn plus(self, other: DoubleDouble) -> DoubleDouble {
        let high = two_sum(self.high, other.high);
        let low = two_sum(self.low, other.low);
        let sum = quick_two_sum(high.high, high.low + low.high);
        quick_two_sum(sum.high, sum.low + low.low)
    }

    #[inline]
    pub(crate) fn minus(self, other: DoubleDouble) -> DoubleDouble {
        self.plus(DoubleDouble { high: -other.high, low: -other.low })
    }

    #[inline]
    pub(crate) fn times(self, other: DoubleDouble) -> DoubleDouble {
        let product = two_product(self.high, other.high);
        quick_two_sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }

    /// `self / other`, rounded once in all but a few cases in 2^50; exact when the quotient is a double.
    #[inline]
    pub(crate) fn divided_by(self, other: DoubleDouble) -> DoubleDouble {
        let first = self.high / other.high;
        let rest = self.minus(other.times(DoubleDouble::new(first)));
        quick_two_sum(first, rest.high / other.high)
    }

    /// The nearest double.
    #[inline]
    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identical_values_have_exactly_their_value_as_mean() {
        // n * x as an integer over n is x for every x: no float sum of n equal terms promises that.
        for (step, n) in (1..2000_i128).enumerate() {
            let x = 0x1f_9a37_bc41_55d3_i128 + 977 * i128::try_from(step).unwrap();
            let mean =
                DoubleDouble::from_integer((n * x) << 37).divided_by(DoubleDouble::from_integer(n << 37));
            assert_eq!(mean.value(), x as f64, "n = {n}");
        }
    }

    #[test]
    fn sums_and_products_carry_the_part_that_rounds_away() {
        let tiny = f64::EPSILON / 8.0;
        let sum = DoubleDouble::new(1.0).plus(DoubleDouble::new(tiny));
        assert_eq!((sum.high, sum.low), (1.0, tiny));
        assert_eq!(sum.minus(DoubleDouble::new(1.0)).value(), tiny);
        // (2^27 + 1)^2 = 2^54 + 2^28 + 1 needs 55 bits.
        let square = two_product(134_217_729.0, 134_217_729.0);
        assert_eq!((square.high, square.low), (18_014_398_777_917_440.0, 1.0));
    }
}
