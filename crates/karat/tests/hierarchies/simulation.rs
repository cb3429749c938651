//! Monte Carlo over the judgments.

use karat::evaluate::weights::{Hierarchy, HierarchyBuilder, Simulate, Synthesis};

fn compared() -> HierarchyBuilder {
    Hierarchy::builder()
        .children("goal", &["price", "quality"])
        .judge("goal", &["quality 2 price"])
        .alternatives(&["a", "b", "c"])
        .judge("price", &["a 3 b", "a 5 c", "b 2 c"])
        .judge("quality", &["c 2 a", "c 2 b", "a 1 b"])
}

#[test]
fn seeds_and_threads() {
    let hierarchy = compared().build().unwrap();
    let settings = Simulate::new().draws(500).seed(3);
    let one = hierarchy.simulate(&settings.threads(1)).unwrap();
    let mut four = hierarchy.simulate(&settings.threads(4)).unwrap();
    four.settings.threads = 1;
    assert_eq!(one, four);
    assert_ne!(one.totals, hierarchy.simulate(&settings.seed(4)).unwrap().totals);
    let more = hierarchy.simulate(&settings.draws(501)).unwrap();
    assert_ne!(more.totals, one.totals);
}

#[test]
fn probabilities_are_probabilities() {
    let found = compared().build().unwrap().simulate(&Simulate::new().mode(Synthesis::Ideal)).unwrap();
    for i in 0..3 {
        let row: f64 = found.rank_probabilities[i].iter().sum();
        let column: f64 = found.rank_probabilities.iter().map(|row| row[i]).sum();
        assert!((row - 1.0).abs() < 1e-12 && (column - 1.0).abs() < 1e-12);
        for k in 0..3 {
            let either = found.ahead[i][k] + found.ahead[k][i];
            assert!((either - if i == k { 0.0 } else { 1.0 }).abs() < 1e-12);
        }
    }
    for band in found.weights.iter().chain(&found.totals) {
        assert!(band.low <= band.median && band.median <= band.high);
    }
    assert!(found.same_ranking > 0.0 && found.same_ranking < 1.0);
}

/// With one judgment of two items the weight is `r e / (1 + r e)` with log-normal e: its quantiles are those of
/// the normal distribution (1.644854 at 95 %) put through that formula, computed by hand.
#[test]
fn bands_of_a_single_judgment_are_known() {
    let hierarchy =
        Hierarchy::builder().children("goal", &["x", "y"]).judge("goal", &["x 2 y"]).build().unwrap();
    let settings = Simulate::new().draws(40_000).spread(0.3).seed(11);
    let band = hierarchy.simulate(&settings).unwrap().weights[1];
    let quantile = |z: f64| {
        let ratio = 2.0 * karat_scorer::numerics::exp(0.3 * z);
        ratio / (1.0 + ratio)
    };
    for (found, z) in [(band.low, -1.644_854), (band.median, 0.0), (band.high, 1.644_854)] {
        assert!((found - quantile(z)).abs() < 3e-3, "{found} {}", quantile(z));
    }
}

/// A lead that hangs on one judgment: `a` leads `b` when the factor stays below its critical value, so the
/// probability is the normal distribution function of `ln(critical / given) / spread`. Scores 3:1 and 1:3 put
/// the critical weight at 1/2, the critical judgment at 1; with 2 given and spread 0.5 that is
/// Phi(ln 2 / 0.5) = Phi(1.386294) = 0.917171.
#[test]
fn a_rank_probability_is_known_in_closed_form() {
    let hierarchy = Hierarchy::builder()
        .children("goal", &["x", "y"])
        .judge("goal", &["x 2 y"])
        .alternatives(&["a", "b"])
        .scores("x", &[("a", 3.0), ("b", 1.0)])
        .scores("y", &[("a", 1.0), ("b", 3.0)])
        .build()
        .unwrap();
    let found = hierarchy.simulate(&Simulate::new().draws(40_000).spread(0.5).seed(5)).unwrap();
    // Four standard errors of 40,000 draws.
    assert!((found.rank_probabilities[0][0] - 0.917_171).abs() < 0.0056, "{:?}", found.rank_probabilities);
    assert_eq!(found.same_ranking, found.rank_probabilities[0][0]);
}

#[test]
fn settings_out_of_range() {
    let hierarchy = compared().build().unwrap();
    for (settings, name) in [
        (Simulate::new().draws(0), "draws"),
        (Simulate::new().draws(usize::MAX), "draws"),
        (Simulate::new().spread(0.0), "spread"),
        (Simulate::new().spread(f64::NAN), "spread"),
        (Simulate::new().level(1.0), "level"),
    ] {
        let error = hierarchy.simulate(&settings).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`{name}`")), "{error}");
    }
    let fixed = Hierarchy::builder().children("goal", &["x", "y"]).build().unwrap();
    assert!(fixed.simulate(&Simulate::new()).unwrap_err().to_string().contains("do not vary"));
}
