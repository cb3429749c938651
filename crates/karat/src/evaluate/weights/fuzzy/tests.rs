//! Properties of fuzzy and interval weights, and what bad judgments get.

use proptest::prelude::*;

const CUBE_ROOT_OF_2: f64 = 1.259_921_049_894_873_2;

use super::super::*;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Triangles and intervals around the ratios of hidden worths.
fn judged(n: usize, seed: u64, spread: f64, noise: f64) -> Vec<(usize, usize, Triangular)> {
    let mut random = crate::numerics::random::Random::new(seed);
    let worth: Vec<f64> = (0..n).map(|_| 0.2 + 4.0 * random.uniform()).collect();
    let mut list = Vec::new();
    for i in 0..n {
        for j in i + 1..n {
            let middle = worth[i] / worth[j] * (1.0 + noise * random.uniform());
            let (low, high) =
                (middle / (1.0 + spread * random.uniform()), middle * (1.0 + spread * random.uniform()));
            list.push((i, j, Triangular::new(low, middle, high)));
        }
    }
    list
}

fn fuzzy(n: usize, list: &[(usize, usize, Triangular)]) -> FuzzyMatrix {
    let named: Vec<_> = list.iter().map(|&(i, j, value)| (NAMES[i], NAMES[j], value)).collect();
    FuzzyMatrix::from_judgments(&NAMES[..n], &named).unwrap()
}

fn interval(n: usize, list: &[(usize, usize, Triangular)]) -> IntervalMatrix {
    let named: Vec<_> = list.iter().map(|&(i, j, v)| (NAMES[i], NAMES[j], v.low, v.high)).collect();
    IntervalMatrix::from_judgments(&NAMES[..n], &named).unwrap()
}

proptest! {
    /// Without fuzziness Buckley's weights are the geometric mean's.
    #[test]
    fn crisp_judgments_give_the_geometric_mean(n in 1usize..7, seed: u64) {
        let matrix = fuzzy(n, &judged(n, seed, 0.0, 0.5));
        let crisp = Ahp::new().method(PriorityMethod::GeometricMean).priorities(matrix.middle()).unwrap();
        let found = matrix.geometric_mean();
        for (i, weight) in crisp.weights.iter().enumerate() {
            prop_assert!((found.weights[i] - weight).abs() < 1e-14);
            prop_assert!((found.attainable[i].0 - weight).abs() < 1e-14);
            prop_assert!((found.fuzzy[i].high - weight).abs() < 1e-14);
        }
    }

    #[test]
    fn attainable_weights_lie_within_the_fuzzy_ones(n in 1usize..7, seed: u64, spread in 0.0f64..2.0) {
        let found = fuzzy(n, &judged(n, seed, spread, 0.5)).geometric_mean();
        for (fuzzy, &(low, high)) in found.fuzzy.iter().zip(&found.attainable) {
            prop_assert!(fuzzy.low <= low + 1e-15 && high <= fuzzy.high + 1e-15);
            prop_assert!(low <= fuzzy.middle && fuzzy.middle <= high + 1e-15);
        }
    }

    /// Extent analysis: weights share 1, the largest extent has degree 1, and each 0 has its finding.
    #[test]
    fn extents_vanish_with_a_finding(n in 1usize..7, seed: u64, spread in 0.0f64..2.0) {
        let found = fuzzy(n, &judged(n, seed, spread, 0.5)).extent_analysis();
        prop_assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let zeros = found.weights.iter().filter(|w| **w == 0.0).count();
        prop_assert_eq!(zeros, found.findings.len());
    }

    /// Intervals around a consistent matrix: the hidden weights lie within the bounds, the weights within all
    /// intervals, both ends of every bound are attained by feasible weights.
    #[test]
    fn consistent_intervals_keep_their_weights(n in 1usize..7, seed: u64, spread in 0.0f64..2.0) {
        let list = judged(n, seed, spread, 0.0);
        let matrix = interval(n, &list);
        let found = matrix.weights();
        prop_assert!(found.is_consistent() && found.widening == 1.0 && found.findings.is_empty());
        let hidden = Ahp::new().priorities(fuzzy(n, &list).middle()).unwrap().weights;
        for i in 0..n {
            let (low, high) = found.bounds[i];
            prop_assert!(low - 1e-12 <= hidden[i] && hidden[i] <= high + 1e-12);
            prop_assert!(low - 1e-12 <= found.weights[i] && found.weights[i] <= high + 1e-12);
            for j in 0..n {
                let (low, high) = matrix.interval(i, j).unwrap();
                let ratio = found.weights[i] / found.weights[j];
                prop_assert!(low * (1.0 - 1e-12) <= ratio && ratio <= high * (1.0 + 1e-12));
            }
            let (wide_low, wide_high) = matrix.geometric_mean_bounds()[i];
            prop_assert!(wide_low <= low + 1e-12 && high <= wide_high + 1e-12);
        }
    }

    /// Contradictory intervals: the weights fit after the stated widening, and no smaller one would do, because the
    /// named circle of widened bounds leaves no slack.
    #[test]
    fn contradictory_intervals_are_widened_by_the_least_factor(n in 3usize..7, seed: u64) {
        let matrix = interval(n, &judged(n, seed, 0.05, 2.0));
        let found = matrix.weights();
        for i in 0..n {
            for j in 0..n {
                let (low, high) = matrix.interval(i, j).unwrap();
                let ratio = found.weights[i] / found.weights[j];
                prop_assert!(low / found.widening * (1.0 - 1e-12) <= ratio);
                prop_assert!(ratio <= high * found.widening * (1.0 + 1e-12));
            }
        }
        if !found.is_consistent() {
            let circle = &found.contradiction;
            let around = circle.iter().zip(circle.iter().cycle().skip(1));
            let product: f64 = around.map(|(&i, &j)| matrix.interval(i, j).unwrap().1 * found.widening).product();
            prop_assert!((product - 1.0).abs() < 1e-10, "{product}");
            prop_assert_eq!(found.findings[0].code, "W151");
        }
    }
}

/// Three items, by hand: a/b in [2, 3], b/c in [2, 3], a/c in [1, 2] needs a/c >= 4. The circle a > b > c > a has the
/// bounds 1/2, 1/2 and 2; its product 1/2 asks for widening by 2^(1/3).
#[test]
fn a_contradiction_is_named_with_its_circle() {
    let matrix = IntervalMatrix::from_judgments(
        &["a", "b", "c"],
        &[("a", "b", 2.0, 3.0), ("b", "c", 2.0, 3.0), ("a", "c", 1.0, 2.0)],
    )
    .unwrap();
    let found = matrix.weights();
    assert!((found.widening - CUBE_ROOT_OF_2).abs() < 1e-14, "{}", found.widening);
    let text = found.findings[0].to_string();
    assert!(text.contains("`a` vs `c` 1 to 2") && text.contains("1.2599"), "{text}");
    // No freedom is left: a/b = b/c = 2 / 2^(1/3).
    let ratio = 2.0 / CUBE_ROOT_OF_2;
    let total = 1.0 + ratio + ratio * ratio;
    for (i, exact) in [ratio * ratio / total, ratio / total, 1.0 / total].into_iter().enumerate() {
        assert!((found.weights[i] - exact).abs() < 1e-14);
        assert!((found.bounds[i].0 - exact).abs() < 1e-13 && (found.bounds[i].1 - exact).abs() < 1e-13);
    }
}

/// The matrix of the goldens, in fractions: row sums (7, 9, 11), (9/4, 10/3, 9/2), (3/2, 17/10, 9/4), all
/// (43/4, 421/30, 71/4). The lower ends of the first extent, 28/71, lies above the upper ends of the others', so both
/// vanish: 9/2 / (43/4) = 18/43 does not, 9/4 / (43/4) = 9/43 does.
#[test]
fn extent_analysis_by_hand() {
    let t = Triangular::new;
    let list = [(0, 1, t(2.0, 3.0, 4.0)), (0, 2, t(4.0, 5.0, 6.0)), (1, 2, t(1.0, 2.0, 3.0))];
    let found = fuzzy(3, &list).extent_analysis();
    let first = found.extents[0];
    assert!((first.low - 28.0 / 71.0).abs() < 1e-15);
    assert!((first.middle - 270.0 / 421.0).abs() < 1e-15);
    assert!((first.high - 44.0 / 43.0).abs() < 1e-15);
    // V(S2 >= S1) = (28/71 - 18/43) / ((100/421 - 18/43) - (270/421 - 28/71)).
    let degree =
        (28.0 / 71.0 - 18.0 / 43.0) / ((100.0 / 421.0 - 18.0 / 43.0) - (270.0 / 421.0 - 28.0 / 71.0));
    let exact = [1.0 / (1.0 + degree), degree / (1.0 + degree), 0.0];
    for (weight, exact) in found.weights.iter().zip(exact) {
        assert!((weight - exact).abs() < 1e-14, "{:?}", found.weights);
    }
    assert_eq!(found.findings.len(), 1);
    assert!(found.findings[0].to_string().starts_with("W150 `c`: its weight vanishes"));
}

#[test]
fn bad_fuzzy_and_interval_judgments_are_named() {
    let t = Triangular::new;
    let error =
        |value| FuzzyMatrix::from_judgments(&["a", "b"], &[("a", "b", value)]).unwrap_err().to_string();
    assert_eq!(error(t(3.0, 2.0, 4.0)), "`a` vs `b` is 3 to 2 to 4; give the smaller value first");
    assert!(error(t(0.0, 2.0, 4.0)).starts_with("`a` vs `b` is 0;"));
    assert!(error(t(1.0, f64::NAN, 4.0)).starts_with("`a` vs `b` is not a number"));
    let one = t(1.0, 1.0, 1.0);
    let rows = [vec![one, t(2.0, 3.0, 4.0)], vec![t(0.25, 0.5, 0.5), one]];
    let text = FuzzyMatrix::from_rows(&["a", "b"], &rows).unwrap_err().to_string();
    assert!(text.starts_with("`a` vs `b` is 2, 3, 4 but `b` vs `a` is 0.25, 0.5, 0.5"), "{text}");
    let sound = [vec![one, t(2.0, 3.0, 4.0)], vec![t(2.0, 3.0, 4.0).reciprocal(), one]];
    assert_eq!(FuzzyMatrix::from_rows(&["a", "b"], &sound).unwrap(), fuzzy(2, &[(0, 1, t(2.0, 3.0, 4.0))]));
    assert!(FuzzyMatrix::from_rows(&["a", "b"], &sound[..1]).is_err());

    let error = |list: &[(&str, &str, f64, f64)]| {
        IntervalMatrix::from_judgments(&["a", "b", "c"], list).unwrap_err().to_string()
    };
    let text = error(&[("a", "b", 3.0, 2.0), ("a", "c", -1.0, 2.0)]);
    assert!(text.contains("`a` vs `b` is 3 to 2; give the smaller value first"), "{text}");
    assert!(text.contains("`a` vs `c` is negative"), "{text}");
    assert!(error(&[("a", "b", 2.0, 3.0)]).contains("never compared with each other"));
    assert!(error(&[("a", "d", 2.0, 3.0)]).contains("unknown item `d`"));
    let (low, high) = ([vec![1.0, 2.0], vec![0.25, 1.0]], [vec![1.0, 3.0], vec![0.5, 1.0]]);
    let text = IntervalMatrix::from_rows(&["a", "b"], &low, &high).unwrap_err().to_string();
    assert!(text.starts_with("`a` vs `b` is 2 to 3 but `b` vs `a` is 0.25 to 0.5"), "{text}");
    let (low, high) = ([vec![1.0, 2.0], vec![0.25, 1.0]], [vec![1.0, 4.0], vec![0.5, 1.0]]);
    let matrix = IntervalMatrix::from_rows(&["a", "b"], &low, &high).unwrap();
    assert_eq!(matrix.weights().bounds, [(2.0 / 3.0, 0.8), (0.2, 1.0 / 3.0)]);
}
