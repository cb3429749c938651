//! Bounds, mixtures and stability: properties that hold of any weights.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

fn simplex(size: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![1 => Just(0.0), 9 => 1e-6..1.0_f64], size).prop_filter_map(
        "all 0",
        |parts| {
            let sum: f64 = parts.iter().sum();
            (sum > 0.0).then(|| parts.iter().map(|part| part / sum).collect())
        },
    )
}

/// Bounds that some weights can keep: drawn around a point of the simplex.
fn bounds(size: usize) -> impl Strategy<Value = Vec<(f64, f64)>> {
    (simplex(size), prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), size)).prop_map(|(inner, widths)| {
        inner.iter().zip(widths).map(|(w, (down, up))| (w * down, w + (1.0 - w) * up)).collect()
    })
}

proptest! {
    /// On the simplex, within bounds, and optimal: the conditions of Kuhn and Tucker for the least relative
    /// entropy say that `w / p` is one number where no bound holds, at least that at a lower bound and at most that
    /// at an upper one.
    #[test]
    fn bounded_weights_are_the_nearest(weights in simplex(6), bounds in bounds(6)) {
        let names = ["a", "b", "c", "d", "e", "f"];
        let found = bounded(&weights, &bounds, &names).unwrap();
        prop_assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let mut free: Vec<f64> = Vec::new();
        let (mut least, mut most) = (0.0_f64, f64::INFINITY);
        for ((&w, &p), &(lo, hi)) in found.weights.iter().zip(&weights).zip(&bounds) {
            prop_assert!(lo <= w && w <= hi, "{} outside {} to {}", w, lo, hi);
            if p > 0.0 {
                match w {
                    w if w > lo && w < hi => free.push(w / p),
                    w if w == hi && lo < hi => least = least.max(w / p),
                    w if w == lo && lo < hi => most = most.min(w / p),
                    _ => {}
                }
            }
        }
        // A full upper bound wants more (t >= hi / p), an empty lower one less (t <= lo / p).
        for t in free {
            prop_assert!((t / found.factor - 1.0).abs() < 1e-9 || found.factor == 0.0, "{} {}", t, found.factor);
            prop_assert!(least <= t * (1.0 + 1e-9) && t <= most * (1.0 + 1e-9), "{} {} {}", least, t, most);
        }
        let held = found.findings.iter().filter(|finding| finding.code == "W131").count();
        prop_assert_eq!(held, found.findings.len());
        // Doing it again changes nothing.
        let again = bounded(&found.weights, &bounds, &names).unwrap();
        for (a, b) in again.weights.iter().zip(&found.weights) {
            prop_assert!((a - b).abs() < 1e-12);
        }
    }

    #[test]
    fn bounded_weights_follow_their_columns(
        weights in simplex(5), bounds in bounds(5), order in Just([0, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let names = ["a"; 5];
        let found = bounded(&weights, &bounds, &names).unwrap();
        let mixed: Vec<f64> = order.iter().map(|&at| weights[at]).collect();
        let limits: Vec<(f64, f64)> = order.iter().map(|&at| bounds[at]).collect();
        let permuted = bounded(&mixed, &limits, &names).unwrap();
        for (&at, weight) in order.iter().zip(&permuted.weights) {
            prop_assert!((found.weights[at] - weight).abs() < 1e-12);
        }
    }

    /// A mixture lies between its sources, and two sources are the linear combination.
    #[test]
    fn mixtures_lie_between_their_sources(
        a in simplex(4), b in simplex(4), c in simplex(4), shares in prop::collection::vec(0.0..5.0_f64, 3),
    ) {
        prop_assume!(shares.iter().sum::<f64>() > 0.0);
        let mixed = mix(&[(&a, shares[0]), (&b, shares[1]), (&c, shares[2])]).unwrap();
        prop_assert!((mixed.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        for at in 0..4 {
            let sources = [a[at], b[at], c[at]];
            let (lo, hi) = sources.iter().fold((1.0_f64, 0.0_f64), |(lo, hi), &x| (lo.min(x), hi.max(x)));
            prop_assert!(lo - 1e-14 <= mixed[at] && mixed[at] <= hi + 1e-14);
        }
        let (two, linear) =
            (mix(&[(&a, 3.0), (&b, 1.0)]).unwrap(), combine(&a, &b, Combination::Linear { share: 0.75 }).unwrap());
        for (x, y) in two.iter().zip(&linear.weights) {
            prop_assert!((x - y).abs() < 1e-14);
        }
    }

    /// At an exchange both weigh alike, and the one that gains weighs more above.
    #[test]
    fn exchanges_are_where_two_weigh_alike(expert in simplex(5), data in simplex(5)) {
        let path = share_path(&expert, &data, 3).unwrap();
        prop_assert!(path.exchanges.windows(2).all(|pair| pair[0].share <= pair[1].share));
        for exchange in &path.exchanges {
            let at = |share: f64, i: usize| share * expert[i] + (1.0 - share) * data[i];
            prop_assert!((at(exchange.share, exchange.gains) - at(exchange.share, exchange.loses)).abs() < 1e-12);
            prop_assert!(expert[exchange.gains] > expert[exchange.loses]);
            prop_assert!(data[exchange.gains] < data[exchange.loses]);
        }
    }
}

#[test]
fn bounds_that_nothing_can_keep_are_named() {
    let names = ["arpu", "tenure"];
    let text = |bounds: &[(f64, f64)]| bounded(&[0.4, 0.6], bounds, &names).unwrap_err().to_string();
    assert!(text(&[(0.7, 1.0), (0.6, 1.0)]).contains("got 1.300000 (arpu 0.7, tenure 0.6)"));
    assert!(text(&[(0.0, 0.3), (0.0, 0.3)]).contains("got 0.600000 (arpu 0.3, tenure 0.3)"));
    assert!(text(&[(0.5, 0.3), (0.0, 1.0)]).contains("`bounds of arpu`"));
    assert!(text(&[(0.0, 1.0), (f64::NAN, 1.0)]).contains("`bounds of tenure`"));
    assert!(text(&[(0.0, 1.0)]).contains("bounds, one pair for each weight"));
    // A cap below 1 / n for all of them.
    assert!(bounded(&[0.5, 0.5], &[(0.0, 0.4); 2], &names).is_err());
}

/// Three weights by hand: roaming is held at 0.25, and the others share 0.75 as 3 to 2.
#[test]
fn bounds_by_hand() {
    let found = bounded(&[0.3, 0.2, 0.5], &[(0.0, 1.0), (0.0, 1.0), (0.0, 0.25)], &["a", "b", "c"]).unwrap();
    assert!((found.weights[0] - 0.45).abs() < 1e-15 && (found.factor - 1.5).abs() < 1e-15);
    assert!(found.findings[0].fact.contains("weight 0.5000 was brought to its greatest, 0.25"));
    // Everybody else is full: the weight of 0 takes what is left.
    let found = bounded(&[0.5, 0.5, 0.0], &[(0.0, 0.3), (0.0, 0.3), (0.0, 1.0)], &["a", "b", "c"]).unwrap();
    assert!((found.weights[2] - 0.4).abs() < 1e-15);
    // A least weight wakes one of 0.
    let found = bounded(&[0.5, 0.5, 0.0], &[(0.0, 1.0), (0.0, 1.0), (0.1, 1.0)], &["a", "b", "c"]).unwrap();
    assert_eq!(found.weights, [0.45, 0.45, 0.1]);
    // Nothing to do, nothing said.
    let found = bounded(&[0.5, 0.5], &[(0.0, 1.0); 2], &["a", "b"]).unwrap();
    assert_eq!((found.weights, found.findings.len(), found.factor), (vec![0.5, 0.5], 0, 1.0));
}

#[test]
fn mixtures_refuse_what_has_no_share() {
    let half = [0.5, 0.5];
    assert!(mix(&[]).is_err());
    for shares in [[0.0, 0.0], [-1.0, 2.0], [f64::NAN, 1.0]] {
        assert!(mix(&[(&half, shares[0]), (&half, shares[1])]).is_err());
    }
    assert!(mix(&[(&half, 1.0), (&[1.0], 1.0)]).unwrap_err().to_string().contains("weights of source 1"));
    assert!(mix(&[(&half, 1.0), (&[0.7, 0.7], 1.0)]).unwrap_err().to_string().contains("`source 1`"));
}

/// Four times the rows, half the standard error; the same seed, the same bits; the expert's share shrinks the
/// band by its complement.
#[test]
fn bands_narrow_with_the_root_of_the_rows() {
    let column = |seed: u64, rows: usize| -> Vec<f64> {
        let mut random = crate::numerics::random::Random::new(seed);
        (0..rows).map(|_| random.uniform() * random.uniform()).collect()
    };
    let bands = |rows: usize, method| {
        let columns = [column(1, rows), column(2, rows), column(3, rows)];
        let values = Values::columns(&[&columns[0], &columns[1], &columns[2]]).unwrap();
        let (plan, expert) = (WeightBootstrap::new().seed(5), [0.5, 0.3, 0.2]);
        let band = plan.data(&values, method).unwrap();
        assert_eq!(band, plan.data(&values, method).unwrap());
        let mixed = plan.combined(&values, method, &expert, Combination::Linear { share: 0.75 }).unwrap();
        for at in 0..3 {
            assert!((mixed.standard_error[at] / band.standard_error[at] - 0.25).abs() < 1e-9);
            assert!(band.low[at] < band.weights[at] && band.weights[at] < band.high[at]);
        }
        assert_eq!(band.weights, data_weights(&values, method).unwrap().weights);
        band
    };
    for method in [DataMethod::Critic, DataMethod::Entropy, DataMethod::StandardDeviation, DataMethod::Merec]
    {
        let (few, many) = (bands(2_000, method), bands(32_000, method));
        let ratio = few.standard_error[0] / many.standard_error[0];
        // Fourfold, give or take what 400 replicates and 256 groups leave.
        assert!((2.8..5.6).contains(&ratio), "{method}: {ratio}");
    }
}

#[test]
fn bands_refuse_what_they_cannot_tell() {
    let column = [1.0, 2.0, 4.0];
    let values = Values::columns(&[&column, &[3.0, 1.0, 2.0]]).unwrap();
    assert!(
        WeightBootstrap::new().data(&values, DataMethod::Gini).unwrap_err().to_string().contains("`gini`")
    );
    assert!(WeightBootstrap::new().replicates(3).data(&values, DataMethod::Critic).is_err());
    assert!(WeightBootstrap::new().level(1.0).data(&values, DataMethod::Critic).is_err());
    assert!(share_path(&[1.0], &[1.0], 1).is_err());
    let equal = WeightBootstrap::new().data(&values, DataMethod::Equal).unwrap();
    assert_eq!(equal.standard_error, [0.0, 0.0]);
}
