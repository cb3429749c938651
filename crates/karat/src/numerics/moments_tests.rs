use super::super::exact_sum::tests::mixed_values;
use super::*;
use proptest::prelude::*;

fn moments_of(values: &[f64]) -> Moments {
    let mut moments = Moments::default();
    values.iter().for_each(|&value| moments.add(value));
    moments
}

fn encoded(moments: &Moments) -> Vec<u8> {
    let mut out = Vec::new();
    moments.encode(&mut out);
    out
}

#[test]
fn mean_and_deviation_equal_rational_arithmetic() {
    // Python: mean and variance as fractions.Fraction, the root by mpmath with 400 bits. The cases are the
    // whole range of doubles, subnormal numbers, sums beyond the largest double, ordinary numbers, one
    // octave, and squares that underflow; then ordinary numbers lifted to a mean of 1e9.
    let cases: [(Vec<f64>, f64, f64); 7] = [
        (mixed_values(1, 1000, 0, 2047), 2.809469640919003e+303, 1.5246792512377203e+305),
        (mixed_values(2, 1000, 0, 3), 3.1220769231237e-311, 4.2758686080547753e-308),
        (mixed_values(3, 500, 2044, 3), 1.1239087831836701e+306, 8.815321234057036e+307),
        (mixed_values(4, 3000, 1015, 16), 0.6282048661485418, 58.17509958663449),
        (mixed_values(5, 777, 1023, 1), 0.040517522072501366, 1.5312445341355776),
        (mixed_values(6, 64, 480, 80), -1.8639478427851252e-142, 3.1399192041565135e-141),
        (
            mixed_values(7, 10_000, 1015, 8).iter().map(|x| 1e9 + x).collect(),
            1000000000.004329,
            0.32129401684063597,
        ),
    ];
    for (values, mean, deviation) in cases {
        let moments = moments_of(&values);
        assert_eq!(moments.mean().to_bits(), mean.to_bits());
        let error = (moments.standard_deviation() - deviation).abs() / deviation;
        assert!(error <= 4e-16, "{error:e}");
    }
}

#[test]
fn a_constant_column_has_no_deviation() {
    for value in [0.1, 1e-300, -12345.678, 1e300, 5e-324] {
        let moments = moments_of(&[value; 7]);
        assert_eq!((moments.mean(), moments.standard_deviation()), (value, 0.0));
        assert_eq!((moments.minimum(), moments.maximum()), (value, value));
    }
}

#[test]
fn a_subnormal_deviation_is_rounded_once() {
    // Two neighbours at the bottom of the range lie 2^-1074 apart: their deviation is 2^-1074 / sqrt(2),
    // whose nearest double is 2^-1074.
    assert_eq!(moments_of(&[0.0, 5e-324]).standard_deviation(), 5e-324);
}

#[test]
fn too_few_values_have_no_deviation() {
    assert!(moments_of(&[]).mean().is_nan() && moments_of(&[]).standard_deviation().is_nan());
    assert!(moments_of(&[1.0]).standard_deviation().is_nan());
    assert_eq!(moments_of(&[1.0]).mean(), 1.0);
    assert_eq!((moments_of(&[]).minimum(), moments_of(&[]).maximum()), (f64::INFINITY, f64::NEG_INFINITY));
}

#[test]
fn negative_zero_counts_as_zero() {
    let negative = moments_of(&[-0.0]);
    assert_eq!(negative.minimum().to_bits(), 0);
    assert_eq!(negative.maximum().to_bits(), 0);
    assert_eq!(encoded(&negative), encoded(&moments_of(&[0.0])));
}

#[test]
fn a_value_that_is_not_finite_shows() {
    let moments = moments_of(&[1.0, f64::NAN, 2.0]);
    assert_eq!((moments.count(), moments.non_finite()), (3, 1));
    assert!(moments.mean().is_nan() && moments.standard_deviation().is_nan());
    assert_eq!(Moments::decode(&mut &encoded(&moments)[..]).unwrap(), moments);
}

proptest! {
    #[test]
    fn order_and_partition_never_matter(
        values in prop::collection::vec(prop_oneof![-1e9..1e9f64, Just(-0.0), -1e-300..1e-300f64], 1..100),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = moments_of(&values);
        let (head, tail) = values.split_at(cut.index(values.len()));
        let backwards: Vec<f64> = tail.iter().rev().copied().collect();
        let mut merged = Moments::decode(&mut &encoded(&moments_of(&backwards))[..]).unwrap();
        merged.merge(&moments_of(head));
        prop_assert_eq!(encoded(&merged), encoded(&whole));
        prop_assert_eq!(&merged, &whole);
        prop_assert!(whole.minimum() <= whole.mean() && whole.mean() <= whole.maximum());
    }

    #[test]
    fn damaged_bytes_never_panic(
        values in prop::collection::vec(-1e9..1e9f64, 0..20),
        at in any::<prop::sample::Index>(),
        flip in 1u8..,
        cut in any::<prop::sample::Index>(),
    ) {
        let good = encoded(&moments_of(&values));
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= flip;
        if let Ok(moments) = Moments::decode(&mut &bad[..]) {
            let _ = (moments.mean(), moments.standard_deviation());
        }
        prop_assert!(Moments::decode(&mut &good[..cut.index(good.len())]).is_err());
    }
}
