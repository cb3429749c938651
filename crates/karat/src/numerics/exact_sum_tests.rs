//! Expected bits were computed in Python with `fractions.Fraction` (exact rational arithmetic), rounded by
//! `float`, which rounds to nearest-even; finite sums were checked against `math.fsum` as well.

#![allow(clippy::disallowed_methods, reason = "whole powers of test numbers")]

use super::super::random::{GOLDEN_STEP, Random, mix};
use super::*;
use proptest::prelude::*;

/// Values whose bits are `SplitMix64`'s outputs with the exponent field folded into `low..low + span`.
pub(crate) fn mixed_values(seed: u64, count: u64, low: u64, span: u64) -> Vec<f64> {
    (1..=count)
        .map(|i| mix(seed.wrapping_add(i.wrapping_mul(GOLDEN_STEP))))
        .map(|word| {
            let field = low + ((word >> 52) & 0x7ff) % span;
            f64::from_bits(word & 0x800f_ffff_ffff_ffff | field << 52)
        })
        .collect()
}

fn sum_of(values: &[f64]) -> ExactSum {
    let mut sum = ExactSum::new();
    values.iter().for_each(|&value| sum.add(value));
    sum
}

/// The sum rounded, and what that leaves: some 106 bits of it.
fn value_pair(sum: &ExactSum) -> (f64, f64) {
    let hi = sum.value();
    if !hi.is_finite() {
        return (hi, 0.0);
    }
    let mut rest = sum.clone();
    rest.add(-hi);
    (hi, rest.value())
}

fn encoded(sum: &ExactSum) -> Vec<u8> {
    let mut out = Vec::new();
    sum.encode(&mut out);
    out
}

struct Golden {
    seed: u64,
    count: u64,
    low: u64,
    span: u64,
    sum: u64,
    rest: u64,
    squares: u64,
    products: u64,
    mean: u64,
}

/// The whole range; subnormal numbers; sums and products beyond the largest double; ordinary columns; one
/// octave; products that underflow in part.
#[rustfmt::skip]
const GOLDENS: [Golden; 6] = [
    Golden { seed: 1, count: 1000, low: 0, span: 2047, sum: 0x7f90_00d6_523e_54dd, rest: 0xfc3c_d04c_5fac_bf1c, squares: 0x7ff0_0000_0000_0000, products: 0x7ff0_0000_0000_0000, mean: 0x7ef0_6329_49fa_3209 },
    Golden { seed: 2, count: 1000, low: 0, span: 3, sum: 0x0016_733c_b3fa_473c, rest: 0, squares: 0, products: 0, mean: 0x0000_05bf_4aee_9616 },
    Golden { seed: 3, count: 500, low: 2044, span: 3, sum: 0x7ff0_0000_0000_0000, rest: 0, squares: 0x7ff0_0000_0000_0000, products: 0x7ff0_0000_0000_0000, mean: 0x7f79_9ba5_15a6_ef34 },
    Golden { seed: 4, count: 3000, low: 1015, span: 16, sum: 0x409d_7275_594b_8088, rest: 0xbd38_0400_0000_0000, squares: 0x4163_5c75_46f6_8809, products: 0x40ec_facf_b43c_89ec, mean: 0x3fe4_1a41_1769_7932 },
    Golden { seed: 5, count: 777, low: 1023, span: 1, sum: 0x403f_7b6b_dda0_1ae9, rest: 0x3cd8_0000_0000_0000, squares: 0x409c_7314_e3c8_57b8, products: 0x403b_a4ce_81a0_2504, mean: 0x3fa4_beb6_706e_c5a0 },
    Golden { seed: 6, count: 64, low: 480, span: 80, sum: 0xa2e2_2f05_6c1b_eb0a, rest: 0x9f78_1195_554b_40f2, squares: 0x05f6_a14a_96a8_65d9, products: 0x0570_c9ff_2f9b_a119, mean: 0xa282_2f05_6c1b_eb0a },
];

#[test]
fn sums_products_and_means_equal_rational_arithmetic() {
    for golden in &GOLDENS {
        let values = mixed_values(golden.seed, golden.count, golden.low, golden.span);
        let sum = sum_of(&values);
        let (hi, lo) = value_pair(&sum);
        let (mut squares, mut products) = (ExactSum::new(), ExactSum::new());
        for (&a, &b) in values.iter().zip(values.iter().rev()) {
            squares.add_product(a, a);
            products.add_product(a, b);
        }
        let found = [hi, lo, squares.value(), products.value(), sum.divided_by(golden.count)];
        let expected = [golden.sum, golden.rest, golden.squares, golden.products, golden.mean];
        assert_eq!(found.map(f64::to_bits), expected, "seed {}", golden.seed);
        assert_eq!(sum.value().to_bits(), golden.sum);
    }
}

#[test]
fn nasty_sums_equal_rational_arithmetic() {
    let cases: [(&[f64], f64, f64); 13] = [
        (&[], 0.0, 0.0),
        (&[1e16, 1.0, -1e16], 1.0, 0.0),
        (&[0.1; 10], 1.0, 5.551115123125783e-17),
        (&[1e308, 1e308, -1e308], 1e308, 0.0),
        (&[-1e308; 3], f64::NEG_INFINITY, 0.0),
        (&[9007199254740992.0, 1.0, 5e-324], 9007199254740994.0, -1.0),
        (&[9007199254740992.0, 1.0], 9007199254740992.0, 1.0),
        (&[9007199254740992.0, 3.0], 9007199254740996.0, -1.0),
        (&[1e100, 1.0, -1e100, 1e-100], 1.0, 1e-100),
        (&[f64::MAX, 4.9896007738368e291], f64::MAX, 4.9896007738368e291),
        (&[f64::MAX, 9.9792015476736e291], f64::INFINITY, 0.0),
        (&[1e-320, -2.2250738585072014e-308, 2.2250738585072014e-308], 1e-320, 0.0),
        (&[-0.0, -0.0], 0.0, 0.0),
    ];
    for (values, hi, lo) in cases {
        let pair = value_pair(&sum_of(values));
        assert_eq!((pair.0.to_bits(), pair.1.to_bits()), (hi.to_bits(), lo.to_bits()), "{values:?}");
    }
}

#[test]
fn products_of_the_smallest_numbers_are_kept() {
    // 2^104 times the square of the smallest subnormal number is 2^(104 - 2148) = 2^-2044: far below the
    // doubles; its product with 2^1000 twice over is 2^-44.
    let tiny = f64::from_bits(1);
    let mut sum = ExactSum::new();
    sum.add_product(tiny, tiny);
    assert_eq!(sum.value(), 0.0);
    assert_ne!(sum, ExactSum::new());
    sum.add_product(-tiny, tiny);
    assert_eq!(sum, ExactSum::new());
}

#[test]
fn a_value_that_is_not_finite_makes_the_sum_nan() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let (mut added, mut multiplied) = (sum_of(&[1.0]), sum_of(&[1.0]));
        added.add(value);
        multiplied.add_product(0.0, value);
        for sum in [added, multiplied] {
            assert_eq!(sum.non_finite(), 1);
            assert!(sum.value().is_nan() && sum.divided_by(2).is_nan() && value_pair(&sum).0.is_nan());
            assert_eq!(ExactSum::decode(&mut &encoded(&sum)[..]).unwrap(), sum);
        }
    }
}

#[test]
fn many_merges_leave_room_in_every_bin() {
    // Doubling a sum 100 times multiplies it by 2^100, which no bin could hold without carrying.
    for sign in [1.0, -1.0] {
        let mut sum = sum_of(&[sign, sign * 0.5]);
        for _ in 0..100 {
            let same = sum.clone();
            sum.merge(&same);
        }
        assert_eq!(sum.value(), sign * 1.5 * 2f64.powi(100));
    }
}

#[test]
fn ordinary_columns_take_few_bytes() {
    let values = mixed_values(4, 3000, 1015, 16);
    assert!(encoded(&sum_of(&values)).len() <= 24, "{} bytes", encoded(&sum_of(&values)).len());
}

/// Finite doubles of every size, with many equal and opposite scales among them.
fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite()),
        -1e6..1e6f64,
        (-40i32..40).prop_map(|e| 2f64.powi(e)),
        Just(-0.0),
    ]
}

proptest! {
    #[test]
    fn order_and_partition_never_matter(
        values in prop::collection::vec(finite(), 0..200),
        cuts in prop::collection::vec(0usize..200, 0..6),
        seed in any::<u64>(),
    ) {
        let whole = sum_of(&values);
        let mut shuffled = values.clone();
        Random::new(seed).shuffle(&mut shuffled);
        let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut % (values.len() + 1)).collect();
        bounds.extend([0, values.len()]);
        bounds.sort_unstable();
        let mut merged = ExactSum::new();
        for pair in bounds.windows(2).rev() {
            let part = encoded(&sum_of(&shuffled[pair[0]..pair[1]]));
            merged.merge(&ExactSum::decode(&mut &part[..]).unwrap());
        }
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(encoded(&merged), encoded(&whole));
        prop_assert_eq!(merged.value().to_bits(), whole.value().to_bits());
    }

    #[test]
    fn two_values_round_as_the_processor_does(a in finite(), b in finite()) {
        // One addition and one multiplication in IEEE 754 are themselves correctly rounded.
        prop_assert_eq!(sum_of(&[a, b]).value(), a + b);
        let mut product = ExactSum::new();
        product.add_product(a, b);
        prop_assert_eq!(product.value(), a * b);
        product.add_product(-a, b);
        prop_assert_eq!(product, ExactSum::new());
    }

    #[test]
    fn a_quotient_rounds_as_the_processor_does(a in finite(), n in 1u64..(1 << 53)) {
        #[allow(clippy::cast_precision_loss, reason = "below 2^53")]
        let quotient = a / n as f64;
        prop_assert_eq!(sum_of(&[a]).divided_by(n), quotient);
    }

    #[test]
    fn damaged_bytes_never_panic(
        values in prop::collection::vec(finite(), 0..20),
        at in any::<prop::sample::Index>(),
        flip in 1u8..,
        cut in any::<prop::sample::Index>(),
    ) {
        let good = encoded(&sum_of(&values));
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= flip;
        // Some damage spells another valid sum; then its own bytes must be what was read.
        let mut rest = &bad[..];
        if let Ok(sum) = ExactSum::decode(&mut rest) {
            prop_assert_eq!(&encoded(&sum)[..], &bad[..bad.len() - rest.len()]);
            let _ = sum.value();
        }
        prop_assert!(ExactSum::decode(&mut &good[..cut.index(good.len())]).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(sum) = ExactSum::decode(&mut &bytes[..]) {
            let _ = value_pair(&sum);
        }
    }
}
