//! Scaling by powers of two, the one multiplication that loses nothing.

/// `2^exponent`, for exponents of normal doubles; beyond them that of the nearest one.
#[inline]
pub(crate) fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits((exponent.clamp(-1022, 1023) + 1023).unsigned_abs() << 52)
}

/// `value * 2^exponent`: exact where the result is a normal double, by two factors where one cannot hold the
/// exponent.
pub(super) fn scale(value: f64, exponent: i64) -> f64 {
    let first = exponent.clamp(-1022, 1023);
    let second = (exponent - first).clamp(-1022, 1023);
    value * power_of_two(first) * power_of_two(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_reach_from_the_smallest_normal_double_to_the_largest() {
        assert_eq!(
            [-1022, 0, 1, 1023].map(power_of_two),
            [f64::MIN_POSITIVE, 1.0, 2.0, f64::from_bits(0x7fe0_0000_0000_0000)]
        );
    }

    #[test]
    fn exponents_that_no_factor_holds_are_reached() {
        assert_eq!(scale(1.5, -1074), 1e-323);
        assert_eq!(scale(f64::MIN_POSITIVE, 2045), f64::from_bits(0x7fe0_0000_0000_0000));
        assert_eq!(scale(3.0, -1), 1.5);
        assert_eq!((scale(1.0, -5000), scale(-1.0, 5000)), (0.0, f64::NEG_INFINITY));
    }
}
