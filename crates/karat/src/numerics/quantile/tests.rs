use super::super::exact_sum::tests::mixed_values;
use super::super::random::Random;
use super::histogram::key_of;
use super::refinement::NEGATIVE_ZERO;
use super::*;
use proptest::prelude::*;

fn histogram_of(values: &[f64]) -> Histogram {
    let mut histogram = Histogram::new();
    values.iter().for_each(|&value| histogram.add(value));
    histogram
}

fn refined(plan: &QuantilePlan, values: &[f64]) -> Refinement {
    let mut refinement = plan.refinement();
    values.iter().for_each(|&value| refinement.add(value));
    refinement
}

fn quantiles(values: &[f64], probabilities: &[f64]) -> Vec<f64> {
    let plan = QuantilePlan::new(&histogram_of(values), probabilities).unwrap();
    plan.finish(&refined(&plan, values)).unwrap()
}

fn bytes_of(encode: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out);
    out
}

#[test]
fn keys_order_like_numbers_and_return() {
    let ladder = [f64::MIN, -1.5, -1.0, -5e-324, 0.0, 5e-324, 1.0, 1.5, f64::MAX];
    assert!(ladder.windows(2).all(|pair| key_of(pair[0]) < key_of(pair[1])));
    assert!(ladder.iter().all(|&value| value_of(key_of(value)).to_bits() == value.to_bits()));
    assert_eq!(key_of(-0.0), key_of(0.0));
    assert_eq!(key_of(-5e-324) + 2, key_of(0.0));
    assert_eq!(key_of(-5e-324) + 1, NEGATIVE_ZERO);
}

#[test]
fn quantiles_equal_those_of_numpy() {
    // numpy.quantile of numpy 2.4.6 with its default method, "linear".
    let values = [3.0, 1.0, -2.5, 7.25, 0.0, -0.0, 1e-3, 7.25, 100.0, -1e6];
    let probabilities = [0.0, 0.05, 0.1, 0.25, 1.0 / 3.0, 0.5, 0.62, 0.75, 0.9, 0.95, 0.999, 1.0];
    let numpy = [
        -1000000.0,
        -550001.125,
        -100002.24999999997,
        0.0,
        0.0,
        0.5005,
        2.16,
        6.1875,
        16.524999999999967,
        58.2624999999999,
        99.16524999999997,
        100.0,
    ];
    assert_eq!(quantiles(&values, &probabilities), numpy);
    let numpy = [
        -249.80295495491933,
        -212.2192131702167,
        -102.20059757062836,
        -0.953914506400116,
        0.004695417696482007,
        0.47445773039429295,
        27.92059967169378,
        80.99561250691582,
        217.50583291305955,
        250.2119473266775,
    ];
    let probabilities = [0.001, 0.01, 0.05, 0.25, 0.5, 0.7, 0.9, 0.95, 0.99, 0.999];
    assert_eq!(quantiles(&mixed_values(9, 1001, 1015, 16), &probabilities), numpy);
}

#[test]
fn extremes_do_not_overflow() {
    assert_eq!(quantiles(&[f64::MIN, f64::MAX], &[0.0, 0.5, 1.0]), [f64::MIN, 0.0, f64::MAX]);
    assert_eq!(quantiles(&[f64::MAX], &[0.3]), [f64::MAX]);
}

#[test]
fn no_values_have_no_quantiles() {
    assert!(quantiles(&[], &[0.5])[0].is_nan());
}

#[test]
fn probabilities_outside_the_interval_are_refused() {
    for probability in [-0.1, 1.1, f64::NAN] {
        let error = QuantilePlan::new(&histogram_of(&[1.0]), &[0.5, probability]).unwrap_err();
        assert!(error.to_string().starts_with("`probability` must lie in [0, 1], got"), "{error}");
    }
}

#[test]
fn values_that_are_not_finite_take_no_part() {
    let values = [f64::NAN, 1.0, f64::INFINITY, 2.0, f64::NEG_INFINITY, -f64::NAN];
    let histogram = histogram_of(&values);
    assert_eq!(histogram.count(), 2);
    assert_ne!(histogram, histogram_of(&[1.0, 2.0]));
    assert_eq!(quantiles(&values, &[0.0, 1.0]), [1.0, 2.0]);
}

#[test]
fn another_second_pass_is_noticed() {
    let plan = QuantilePlan::new(&histogram_of(&[1.0, 2.0, 3.0]), &[0.5]).unwrap();
    for values in [&[1.0, 3.0][..], &[2.0, 2.0], &[]] {
        assert!(matches!(plan.finish(&refined(&plan, values)), Err(Error::Data(_))), "{values:?}");
    }
    let other = QuantilePlan::new(&histogram_of(&[1.0]), &[0.5]).unwrap();
    assert!(plan.finish(&refined(&other, &[1.0])).is_err());
    assert!(plan.refinement().merge(&other.refinement()).is_err());
}

#[test]
fn a_long_second_pass_counts_what_it_gathers() {
    // More values than are gathered at once, in one bucket, each of 3000 many times over.
    let values: Vec<f64> = (0..30_000).map(|i| 1.0 + f64::from(i * 7919 % 3000) * 1e-6).collect();
    let probabilities: Vec<f64> = (0..=100).map(|percent| f64::from(percent) / 100.0).collect();
    let plan = QuantilePlan::new(&histogram_of(&values), &probabilities).unwrap();
    let refinement = refined(&plan, &values);
    assert_eq!(refinement.counted().len(), 3000);
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    // numpy's rule on the sorted values: (n - 1) p is a multiple of 299.99.
    let found = plan.finish(&refinement).unwrap();
    for (percent, &value) in found.iter().enumerate() {
        let h = percent * 29_999 / 100;
        assert!(sorted[h] <= value && value <= sorted[(h + 1).min(29_999)], "{percent}: {value}");
    }
}

#[test]
fn ordinary_columns_take_few_bytes() {
    let mut random = Random::new(1);
    let values: Vec<f64> = (0..20_000).map(|_| 40.0 + 12.0 * random.normal()).collect();
    let length = bytes_of(|out| histogram_of(&values).encode(out)).len();
    assert!(length < 3_000, "{length} bytes");
}

/// Columns with ties, zeros of both signs, one scale and every scale.
fn column() -> impl Strategy<Value = Vec<f64>> {
    let any_finite = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite());
    let value =
        prop_oneof![(-3i32..4).prop_map(f64::from), Just(-0.0), 0.99..1.01f64, -1e4..1e4f64, any_finite];
    prop::collection::vec(value, 1..150)
}

proptest! {
    #[test]
    fn order_statistics_equal_those_of_a_sort(values in column()) {
        let histogram = histogram_of(&values);
        let ranks: Vec<u64> = (0..values.len() as u64).rev().collect();
        let targets = ranks.iter().map(|&rank| Target { rank, fraction: 0.0 }).collect();
        let plan = QuantilePlan::of_targets(&histogram, targets);
        let found = plan.finish(&refined(&plan, &values)).unwrap();
        let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
        sorted.sort_by(|a, b| f64::total_cmp(b, a));
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&found), bits(&sorted));
    }

    #[test]
    fn quantiles_equal_those_of_a_sort(values in column(), p in 0.0..=1.0f64) {
        let found = quantiles(&values, &[p])[0];
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "short columns")]
        let (h, low) = ((values.len() - 1) as f64 * p, ((values.len() - 1) as f64 * p) as usize);
        let (a, b) = (sorted[low], sorted[(low + 1).min(values.len() - 1)]);
        prop_assert!(a <= found && found <= b);
        // Halved, so that the difference of the extremes stays finite.
        let expected = a / 2.0 + (b / 2.0 - a / 2.0) * h.fract();
        prop_assert!((found / 2.0 - expected).abs() <= 4.0 * f64::EPSILON * (a.abs() / 2.0).max(b.abs() / 2.0) + 1e-320);
    }

    #[test]
    fn order_and_partition_never_matter(values in column(), cut in any::<prop::sample::Index>(), seed in any::<u64>()) {
        let mut shuffled = values.clone();
        Random::new(seed).shuffle(&mut shuffled);
        let (head, tail) = shuffled.split_at(cut.index(values.len()));
        let whole = histogram_of(&values);
        let part = bytes_of(|out| histogram_of(tail).encode(out));
        let mut merged = Histogram::decode(&mut &part[..]).unwrap();
        merged.merge(&histogram_of(head));
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(bytes_of(|out| merged.encode(out)), bytes_of(|out| whole.encode(out)));

        let plan = QuantilePlan::new(&whole, &[0.25, 0.5, 0.9]).unwrap();
        let part = bytes_of(|out| refined(&plan, tail).encode(out));
        let mut merged = Refinement::decode(&mut &part[..]).unwrap();
        merged.merge(&refined(&plan, head)).unwrap();
        let whole = refined(&plan, &values);
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(bytes_of(|out| merged.encode(out)), bytes_of(|out| whole.encode(out)));
        prop_assert_eq!(plan.finish(&merged).unwrap(), plan.finish(&whole).unwrap());
    }

    #[test]
    fn damaged_bytes_never_panic(
        values in column(), at in any::<prop::sample::Index>(), flip in 1u8.., cut in any::<prop::sample::Index>(),
    ) {
        let plan = QuantilePlan::new(&histogram_of(&values), &[0.1, 0.5]).unwrap();
        let good = bytes_of(|out| histogram_of(&values).encode(out));
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= flip;
        if let Ok(histogram) = Histogram::decode(&mut &bad[..]) {
            prop_assert!(QuantilePlan::new(&histogram, &[0.0, 0.3, 1.0]).is_ok());
        }
        prop_assert!(Histogram::decode(&mut &good[..cut.index(good.len())]).is_err());

        let good = bytes_of(|out| refined(&plan, &values).encode(out));
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= flip;
        if let Ok(refinement) = Refinement::decode(&mut &bad[..]) {
            let _ = plan.finish(&refinement);
        }
        prop_assert!(Refinement::decode(&mut &good[..cut.index(good.len())]).is_err());
    }
}
