//! Sums in one fixed order.

/// The sum of `values`, strictly from the first to the last in one accumulator that starts at `+0.0`.
///
/// The order is part of the result's meaning; it is never split, paired or compensated. The sum of
/// nothing is `+0.0`, and no sum is `-0.0`.
///
/// ```
/// use karat_scorer::numerics::ordered_sum;
/// assert_eq!(ordered_sum(&[1e16, 1.0, -1e16]), 0.0);
/// assert_eq!(ordered_sum(&[1e16, -1e16, 1.0]), 1.0);
/// ```
#[inline]
#[must_use]
pub fn ordered_sum(values: &[f64]) -> f64 {
    let mut total = 0.0;
    for &value in values {
        total += value;
    }
    total
}

/// The sum of `left[i] * right[i]`, strictly from the first to the last in one accumulator that starts
/// at `+0.0`; each product is rounded before it is added.
///
/// Both slices have the same length. (Should they differ, the surplus of the longer one is left out;
/// builds with debug assertions stop there.)
///
/// ```
/// use karat_scorer::numerics::ordered_dot;
/// assert_eq!(ordered_dot(&[1.0, 2.0], &[10.0, 100.0]), 210.0);
/// ```
#[inline]
#[must_use]
pub fn ordered_dot(left: &[f64], right: &[f64]) -> f64 {
    debug_assert_eq!(left.len(), right.len(), "a dot product needs two slices of one length");
    let mut total = 0.0;
    for (a, b) in left.iter().zip(right) {
        total += a * b;
    }
    total
}

/// `x`, with `-0.0` turned into `+0.0`: equal numbers then have equal bits.
///
/// ```
/// use karat_scorer::numerics::no_negative_zero;
/// assert_eq!(no_negative_zero(-0.0).to_bits(), 0);
/// assert_eq!(no_negative_zero(-1.5), -1.5);
/// ```
#[inline(always)]
#[must_use]
pub fn no_negative_zero(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x }
}
