//! Error-free operations: a rounded result together with what the rounding lost.

/// `(sum, lost)` with `sum + lost == large + small` exactly, if `|large| >= |small|` or `large` is zero
/// (Dekker 1971).
#[inline(always)]
pub(super) fn sum_of_ordered(large: f64, small: f64) -> (f64, f64) {
    let sum = large + small;
    (sum, (large - sum) + small)
}

/// `(sum, lost)` with `sum + lost == a + b` exactly, in any order of size (Knuth, The Art of Computer
/// Programming, volume 2, 4.2.2).
#[inline(always)]
pub(super) fn sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_seen = sum - a;
    (sum, (a - (sum - b_seen)) + (b - b_seen))
}

/// `a` in two halves of at most 26 bits (Veltkamp 1968); `|a|` below 2^996.
#[inline(always)]
fn halves(a: f64) -> (f64, f64) {
    let spread = a * 134_217_729.0;
    let high = spread - (spread - a);
    (high, a - high)
}

/// `(product, lost)` with `product + lost == a * b` exactly, barring underflow (Dekker 1971).
#[inline(always)]
pub(super) fn product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a_high, a_low) = halves(a);
    let (b_high, b_low) = halves(b);
    let lost = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, lost)
}

#[cfg(test)]
mod tests {
    use super::{product, sum, sum_of_ordered};
    use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

    /// A number with 53 significant bits as an integer, so that i128 arithmetic is the exact judge.
    fn integer(significand: u64, shift: u32) -> i128 {
        i128::from(significand | 1 << 52) << shift
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: if cfg!(miri) { 8 } else { 256 },
            failure_persistence: None,
            ..ProptestConfig::default()
        })]
        #[test]
        fn a_sum_and_its_loss_add_up(a in 0_u64..1 << 52, b in 0_u64..1 << 52, shift in 0_u32..60) {
            let (a, b) = (integer(a, shift), -integer(b, 0));
            let (head, lost) = sum(a as f64, b as f64);
            prop_assert_eq!(head as i128 + lost as i128, a + b);
            prop_assert_eq!(sum(b as f64, a as f64), (head, lost));
            let (large, small) = if a >= -b { (a, b) } else { (b, a) };
            prop_assert_eq!(sum_of_ordered(large as f64, small as f64), (head, lost));
        }

        #[test]
        fn a_product_and_its_loss_add_up(a in 0_u64..1 << 52, b in 0_u64..1 << 52) {
            let (a, b) = (integer(a, 0), integer(b, 0));
            let (head, lost) = product(a as f64, b as f64);
            prop_assert_eq!(head as i128 + lost as i128, a * b);
        }
    }
}
