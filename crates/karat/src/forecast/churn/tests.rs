//! `tests/goldens/churn.json` (scikit-learn, empulse and proflogit, hmeasure, statsmodels), the worked example of
//! a campaign, and properties.

#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use super::*;
use crate::forecast::wavelet::FieldKind;
use crate::numerics::random::Random;
use karat_scorer::step::wavelet::Coding;
use ndarray::Array2;
use proptest::prelude::*;
use serde_json::Value;

fn goldens() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/churn.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn customers(data: &Value) -> (Vec<bool>, Vec<f64>) {
    (numbers(&data["y"]).into_iter().map(|y| y == 1.0).collect(), numbers(&data["score"]))
}

#[track_caller]
fn close(found: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found} instead of {expected}");
}

#[test]
fn ranking_equals_scikit_learn() {
    let goldens = goldens();
    let metrics = &goldens["ranking"]["metrics"];
    let (left, scores) = customers(&goldens["ranking"]["data"]);
    let ranking = Ranking::new(&left, &scores).unwrap();
    assert_eq!((ranking.len(), ranking.churners()), (600, 100));
    close(ranking.auc(), &metrics["auc"], 1e-15);
    close(ranking.gini(), &metrics["gini"], 1e-15);
    close(ranking.average_precision(), &metrics["average_precision"], 1e-14);
    close(ranking.kolmogorov_smirnov(), &metrics["ks"], 1e-15);
    for fraction in [0.05, 0.1, 0.2, 0.3] {
        close(ranking.lift(fraction).unwrap(), &metrics[format!("lift_top_{fraction}")], 1e-13);
        close(ranking.capture(fraction).unwrap(), &metrics[format!("capture_top_{fraction}")], 1e-13);
    }
    close(ranking.h_measure(), &goldens["h_measure"]["value"], 1e-12);
    let (left, scores) = customers(&goldens["emp"]["unit10"]);
    close(Ranking::new(&left, &scores).unwrap().h_measure(), &goldens["h_measure"]["unit10"], 1e-12);
}

#[test]
fn deciles_equal_the_golden_table() {
    let goldens = goldens();
    let (left, scores) = customers(&goldens["ranking"]["data"]);
    let table = gains_table(&left, &scores, 10).unwrap();
    for (row, golden) in table.iter().zip(goldens["decile_table"]["rows"].as_array().unwrap()) {
        assert_eq!(Some(row.customers as u64), golden["n"].as_u64());
        assert_eq!(Some(row.churners as u64), golden["churners"].as_u64());
        close(row.rate, &golden["rate"], 1e-14);
        close(row.lift, &golden["lift"], 1e-14);
        close(row.captured, &golden["cum_capture"], 1e-14);
        close(row.cumulative_lift, &golden["cum_lift"], 1e-14);
        close(row.mean_score, &golden["mean_score"], 1e-14);
    }
}

#[test]
fn interval_of_the_area_equals_delong() {
    let goldens = goldens();
    let (left, scores) = customers(&goldens["ranking"]["data"]);
    let found = Ranking::new(&left, &scores).unwrap().auc_interval(0.95).unwrap();
    let golden = &goldens["auc_ci"];
    close(found.auc, &golden["auc"], 1e-15);
    close(found.standard_error, &golden["se"], 1e-12);
    close(found.low, &golden["ci95"][0], 1e-12);
    close(found.high, &golden["ci95"][1], 1e-12);
}

/// The difference to a score of no use has the variance of both by definition: structural components per row.
#[test]
fn difference_of_areas_equals_the_components() {
    let goldens = goldens();
    let (left, scores) = customers(&goldens["ranking"]["data"]);
    let mut random = Random::new(5);
    let other: Vec<f64> = scores.iter().map(|score| score + random.uniform()).collect();
    let found = auc_difference(&left, &scores, &other).unwrap();
    let rows = |kind: bool| (0..left.len()).filter(|&row| left[row] == kind).collect::<Vec<usize>>();
    let (gone_rows, stayed_rows) = (rows(true), rows(false));
    let wins = |scores: &[f64], a: usize, b: usize| {
        if scores[a] > scores[b] { 1.0 } else { 0.5 * f64::from(u8::from(scores[a] == scores[b])) }
    };
    let (gone, stayed) = (gone_rows.len() as f64, stayed_rows.len() as f64);
    let spread = |components: Vec<f64>| {
        let count = components.len() as f64;
        let mean = components.iter().sum::<f64>() / count;
        components.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0) / count
    };
    let beats = |a: usize, b: usize| wins(&scores, a, b) - wins(&other, a, b);
    let against = |a: usize| stayed_rows.iter().map(|&b| beats(a, b)).sum::<f64>() / stayed;
    let by = |b: usize| gone_rows.iter().map(|&a| beats(a, b)).sum::<f64>() / gone;
    let of_left = gone_rows.iter().map(|&a| against(a)).collect();
    let of_stayed = stayed_rows.iter().map(|&b| by(b)).collect();
    let expected = (spread(of_left) + spread(of_stayed)).sqrt();
    assert!((found.standard_error - expected).abs() < 1e-14, "{} {expected}", found.standard_error);
    let areas = [&scores, &other].map(|scores| Ranking::new(&left, scores).unwrap().auc());
    assert!((found.difference - (areas[0] - areas[1])).abs() < 1e-14);
    assert_eq!(auc_difference(&left, &scores, &scores).unwrap().p_value, 1.0);
}

#[test]
fn profits_equal_those_of_the_packages() {
    let goldens = goldens();
    let emp = &goldens["emp"];
    let default = Campaign::default();
    let (left, scores) = customers(&emp["unit10"]);
    let found = default.expected_maximum_profit(&left, &scores).unwrap();
    close(found.per_customer, &emp["unit10"]["closed_form"], 1e-13);
    close(found.per_customer, &emp["unit10"]["expected_by_unit_test"], 1e-12);
    close(found.fraction, &emp["unit10"]["fraction_to_contact"], 1e-13);
    close(found.threshold, &emp["unit10"]["empulse_optimal_threshold"], 0.0);
    let known = default.maximum_profit(&left, &scores, 0.3).unwrap();
    close(known.per_customer, &emp["unit10"]["empulse_mpc_accept_0.3"], 1e-13);
    for case in emp["tiny"].as_array().unwrap() {
        let (left, scores) = customers(case);
        let found = default.expected_maximum_profit(&left, &scores).unwrap();
        // The package integrates numerically.
        close(found.per_customer, &case["empc"], 1e-8);
    }
    let (left, scores) = customers(&goldens["ranking"]["data"]);
    let dear = Campaign::default().value([500.0]).offer([30.0]).contact([2.0]);
    for (key, campaign) in [("seeded_defaults", &default), ("seeded_clv500_d30_f2", &dear)] {
        let found = campaign.expected_maximum_profit(&left, &scores).unwrap();
        close(found.per_customer, &emp[key]["closed_form"], 1e-13);
        close(found.fraction, &emp[key]["fraction_to_contact"], 1e-13);
        close(found.threshold, &emp[key]["empulse_optimal_threshold"], 0.0);
        let known = campaign.maximum_profit(&left, &scores, 0.3).unwrap();
        close(known.per_customer, &emp[key]["empulse_mpc_accept_0.3"], 1e-13);
    }
}

/// METHODS GT-7.3: worked by hand and by the package.
#[test]
fn worked_example_of_a_campaign() {
    let left = [1, 1, 0, 1, 0, 0, 0, 1, 0, 0].map(|y| y == 1);
    let scores: Vec<f64> = (0..10).map(|i| 1.0 - 0.1 * f64::from(i)).collect();
    let known = Campaign::default().maximum_profit(&left, &scores, 0.3).unwrap();
    assert!((known.per_customer - 18.0).abs() < 1e-12 && (known.fraction - 0.8).abs() < 1e-15);
    let expected = Campaign::default().expected_maximum_profit(&left, &scores).unwrap();
    assert!((expected.per_customer - 18.071_714).abs() < 5e-7, "{}", expected.per_customer);
    assert!((expected.fraction - 0.756_399).abs() < 5e-7, "{}", expected.fraction);
}

/// With customers of different worth: the closed form against quadrature over the acceptance rate.
#[test]
fn expectation_over_acceptance_equals_quadrature() {
    let (left, scores) = customers(&goldens()["ranking"]["data"]);
    let mut random = Random::new(11);
    let value: Vec<f64> = (0..600).map(|_| 20.0 + 400.0 * random.uniform()).collect();
    let campaign = Campaign::default().value(value);
    let found = campaign.expected_maximum_profit(&left, &scores).unwrap().per_customer;
    let steps = 4000;
    let mut sum = 0.0;
    let (mut weight, mut total) = (0.0, 0.0);
    for i in 0..steps {
        let g = (f64::from(i) + 0.5) / f64::from(steps);
        let density = g.powi(5) * (1.0 - g).powi(13);
        weight += density;
        sum += density * campaign.maximum_profit(&left, &scores, g).unwrap().per_customer;
        total += density * g;
    }
    assert!((total / weight - 0.3).abs() < 1e-9);
    assert!((found - sum / weight).abs() < 1e-5 * found, "{found} {}", sum / weight);
}

#[test]
fn calibration_equals_scikit_learn_and_statsmodels() {
    let goldens = goldens();
    let golden = &goldens["calibration"];
    let (left, scores) = customers(&goldens["ranking"]["data"]);
    let found = calibration(&left, &scores, 10).unwrap();
    close(found.brier, &golden["brier"], 1e-14);
    close(found.brier_skill, &golden["brier_skill"], 1e-13);
    close(found.log_loss, &golden["log_loss"], 1e-14);
    close(found.expected_error, &golden["ece_10_equal_width"], 1e-14);
    close(found.largest_error, &golden["mce"], 1e-14);
    let parts = &golden["brier_decomposition"];
    close(found.brier_parts.reliability, &parts["reliability"], 1e-14);
    close(found.brier_parts.resolution, &parts["resolution"], 1e-14);
    close(found.brier_parts.uncertainty, &parts["uncertainty"], 1e-14);
    close(found.brier_parts.within_bin, &parts["within_bin"], 1e-14);
    close(found.slope, &golden["calibration_slope"], 1e-8);
    close(found.intercept, &golden["calibration_intercept"], 1e-8);
    close(found.in_the_large, &golden["calibration_in_the_large"], 1e-8);
    let test = found.hosmer_lemeshow.unwrap();
    close(test.chi_square, &golden["hosmer_lemeshow"]["chi2"], 1e-12);
    close(test.p_value, &golden["hosmer_lemeshow"]["p"], 1e-12);
    assert_eq!(test.degrees, 8);
    close(found.spiegelhalter_z, &golden["spiegelhalter_z"], 1e-13);
    for (bin, golden) in found.bins.iter().zip(golden["bins"].as_array().unwrap()) {
        assert_eq!(Some(bin.customers as u64), golden["n"].as_u64());
        close(bin.mean_probability, &golden["mean_score"], 1e-14);
        close(bin.rate, &golden["rate"], 1e-14);
    }
}

#[test]
fn recalibration_equals_scikit_learn() {
    let goldens = goldens();
    let golden = &goldens["calibration"];
    let (left, scores) = customers(&goldens["ranking"]["data"]);
    let isotonic = Isotonic::fit(&left, &scores).unwrap();
    for pair in golden["isotonic_at"].as_array().unwrap() {
        close(isotonic.probability(pair[0].as_f64().unwrap()), &pair[1], 1e-14);
    }
    let prior = &golden["prior_correction"];
    let rates = [&prior["sample_rate"], &prior["true_rate"]].map(|rate| rate.as_f64().unwrap());
    for (p, corrected) in numbers(&prior["p"]).into_iter().zip(prior["corrected"].as_array().unwrap()) {
        close(correct_prior(p, rates[0], rates[1]).unwrap(), corrected, 1e-14);
    }
    // Classes told apart perfectly leave a finite slope.
    let perfect = Platt::fit(&[true, true, false, false], &[4.0, 3.0, 2.0, 1.0]).unwrap();
    assert!(perfect.slope.is_finite() && perfect.slope > 0.5, "{perfect:?}");
}

/// Against shap's exact explainer and its linear one.
#[test]
fn reasons_equal_shap() {
    let goldens = goldens();
    let golden = &goldens["reason_codes"]["exact_interventional"];
    let background: Vec<Vec<f64>> = golden["background"].as_array().unwrap().iter().map(numbers).collect();
    let mut model = |x: &[f64]| Ok(0.4 * x[0] + 0.3 * x[1] * x[2] - 0.2 * x[2]);
    let groups = [vec![0], vec![1], vec![2]];
    let found = shapley(&mut model, &numbers(&golden["x"]), &background, &groups).unwrap();
    close(found.base, &golden["base"], 1e-15);
    for (value, expected) in found.values.iter().zip(golden["phi"].as_array().unwrap()) {
        close(*value, expected, 1e-14);
    }
    close(found.base + found.values.iter().sum::<f64>(), &golden["value"], 1e-14);
    // Two fields in one group add what both do together.
    let pair = shapley(&mut model, &numbers(&golden["x"]), &background, &[vec![0], vec![1, 2]]).unwrap();
    assert!((pair.values[1] - found.values[1] - found.values[2]).abs() < 1e-14);

    let golden = &goldens["reason_codes"]["linear"];
    let number = |_| Coding::Number { center: 0.0, inverse: 1.0, least: -9.0, most: 9.0, indicator: false };
    let (slopes, mean) = (numbers(&golden["coef"]), numbers(&golden["mean"]));
    let intercept = golden["intercept"].as_f64().unwrap();
    let model = FittedLogistic::new((0..4).map(number).collect(), intercept, slopes, mean).unwrap();
    let found = model.contributions(&numbers(&golden["x"])).unwrap();
    for (value, expected) in found.iter().zip(golden["phi"].as_array().unwrap()) {
        close(*value, expected, 1e-15);
    }
    close(model.base_log_odds(), &golden["base"], 1e-15);
    let mut log_odds = [0.0];
    model.network().eval_outputs(&numbers(&golden["x"]), &mut log_odds).unwrap();
    close(log_odds[0], &golden["logit"], 1e-15);
    let factors = &goldens["reason_codes"]["odds_decomposition"]["factors"];
    for (value, expected) in found.iter().zip(factors.as_array().unwrap()) {
        close(value.exp(), expected, 1e-14);
    }
}

/// METHODS GT-7.2, worked by hand.
#[test]
fn worked_example_of_reasons() {
    let number = |_| Coding::Number { center: 0.0, inverse: 1.0, least: -9.0, most: 9.0, indicator: false };
    let codings = (0..3).map(number).collect();
    let model = FittedLogistic::new(codings, -2.0, vec![1.2, -0.8, 0.5], vec![0.0; 3]).unwrap();
    let row = [1.5, -1.0, 2.0];
    let mut chances = [0.0; 2];
    model.network().eval(&row, &mut chances).unwrap();
    assert!((chances[1] - 0.832_018).abs() < 5e-7);
    let found = model.contributions(&row).unwrap();
    let all: f64 = found.iter().sum();
    let shares: Vec<f64> = found.iter().map(|x| (x / all * 1e4).round() / 1e4).collect();
    assert_eq!(shares, [0.5, 0.2222, 0.2778]);
}

/// What an optimum is: the penalised loss has no slope there, or within the lasso's pull where a slope is 0.
#[test]
fn regressions_are_at_their_optimum() {
    let mut random = Random::new(3);
    let rows = 400;
    let x = Array2::from_shape_fn((rows, 5), |_| random.normal());
    let left: Vec<f64> = x
        .rows()
        .into_iter()
        .map(|row| f64::from(u8::from(random.uniform() < 1.0 / (1.0 + (0.5 - row[0] + 0.5 * row[3]).exp()))))
        .collect();
    let weights: Vec<f64> = (0..rows).map(|row| [1.0, 2.0, 0.5][row % 3]).collect();
    for (penalty, share) in [(0.0, 0.0), (3.0, 0.0), (30.0, 0.5), (30.0, 1.0)] {
        let plan = LogisticRegression::new().penalty(penalty).l1_ratio(share);
        let fitted = plan.fit(x.view(), &left, Some(&weights), &mut |_| true).unwrap();
        assert!(fitted.report.converged);
        let mut slopes = [0.0; 6];
        for (row, (&left, &weight)) in x.rows().into_iter().zip(left.iter().zip(&weights)) {
            let mut chances = [0.0; 2];
            fitted.step.network().eval(&row.to_vec(), &mut chances).unwrap();
            let error = weight * (chances[1] - left);
            slopes[0] += error;
            for (j, coding) in fitted.step.network().parts().codings.iter().enumerate() {
                let Coding::Number { center, inverse, .. } = *coding else { unreachable!() };
                slopes[j + 1] += error * (row[j] - center) * inverse;
            }
        }
        assert!(slopes[0].abs() < 1e-5, "{slopes:?}");
        for (slope, &at) in slopes[1..].iter().zip(fitted.step.slopes()) {
            let smooth = slope + penalty * (1.0 - share) * at;
            let pull = penalty * share;
            if at == 0.0 {
                assert!(smooth.abs() <= pull + 1e-6, "{smooth} {pull}");
            } else {
                assert!((smooth + pull * at.signum()).abs() < 1e-4, "{smooth} {pull} {at}");
            }
        }
        assert_eq!(fitted.step.slopes().contains(&0.0), share > 0.0, "{:?}", fitted.step.slopes());
        let again = plan.threads(2).fit(x.view(), &left, Some(&weights), &mut |_| true).unwrap();
        assert_eq!(again.step, fitted.step);
        let row = x.row(7).to_vec();
        let mut log_odds = [0.0];
        fitted.step.network().eval_outputs(&row, &mut log_odds).unwrap();
        let sum = fitted.step.base_log_odds() + fitted.step.contributions(&row).unwrap().iter().sum::<f64>();
        assert!((sum - log_odds[0]).abs() < 1e-12);
    }
}

#[test]
fn categories_and_missing_values_enter_a_regression() {
    let x = ndarray::array![[0.0, 1.0], [1.0, f64::NAN], [2.0, 3.0], [0.0, 4.0], [1.0, 5.0], [2.0, f64::NAN]];
    let left = [1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
    let kinds = vec![FieldKind::Category(3), FieldKind::Number];
    for penalty in [0.0, 1.0] {
        let plan = LogisticRegression::new().fields(kinds.clone()).penalty(penalty);
        let fitted = plan.fit(x.view(), &left, None, &mut |_| true).unwrap();
        // Three categories, a number, its indicator.
        assert_eq!(fitted.step.slopes().len(), 5);
        assert_eq!(fitted.step.slopes()[0] == 0.0, penalty == 0.0);
        assert!(fitted.step.contributions(&[7.0, f64::NAN]).unwrap().iter().all(|x| x.is_finite()));
    }
    let stopped = LogisticRegression::new().fields(kinds).fit(x.view(), &left, None, &mut |_| false);
    assert!(matches!(stopped, Err(karat_scorer::Error::Interrupted(_))));
}

#[test]
fn what_is_wrong_is_named() {
    let message = |left: &[bool], scores: &[f64]| Ranking::new(left, scores).unwrap_err().to_string();
    assert!(message(&[true, false], &[0.5, f64::NAN]).contains("column `score`: NaN"));
    assert!(message(&[true, true], &[0.5, 0.2]).contains("2 of 2 customers left"));
    assert!(message(&[], &[]).contains("0 of 0"));
    assert!(message(&[true], &[]).contains("expected 1 scores"));
    let beyond = calibration(&[true, false], &[1.5, 0.2], 10).unwrap_err().to_string();
    assert!(beyond.contains("1.5 where a probability is needed (1 row: 0)"), "{beyond}");
    let dear = Campaign::default().contact([-1.0]);
    let negative = dear.expected_maximum_profit(&[true, false], &[1.0, 0.0]).unwrap_err().to_string();
    assert!(negative.contains("column `contact`: -1 where a finite cost"), "{negative}");
}

proptest! {
    /// Neither rows' order nor any rising function of the score changes what depends on the order alone.
    #[test]
    fn only_the_order_of_scores_counts(
        rows in prop::collection::vec((any::<bool>(), 0_u8..12), 4..60),
        seed in any::<u64>(),
    ) {
        prop_assume!(rows.iter().any(|row| row.0) && rows.iter().any(|row| !row.0));
        let split = |rows: &[(bool, u8)], f: &dyn Fn(f64) -> f64| -> (Vec<bool>, Vec<f64>) {
            rows.iter().map(|&(left, score)| (left, f(f64::from(score)))).unzip()
        };
        let (left, scores) = split(&rows, &|x| x);
        let mut mixed = rows.clone();
        let mut random = Random::new(seed);
        random.shuffle(&mut mixed);
        let (other_left, other_scores) = split(&mixed, &|x| (x / 3.0).exp());
        let (a, b) =
            (Ranking::new(&left, &scores).unwrap(), Ranking::new(&other_left, &other_scores).unwrap());
        prop_assert_eq!(a.auc(), b.auc());
        prop_assert_eq!(a.h_measure(), b.h_measure());
        prop_assert_eq!(a.lift(0.3).unwrap(), b.lift(0.3).unwrap());
        prop_assert!((-1e-12..=1.0).contains(&a.h_measure()), "{}", a.h_measure());
        prop_assert!((a.capture(1.0).unwrap() - 1.0).abs() < 1e-12);
        // An area is a share of pairs.
        let mut wins = 0.0;
        for &(_, score) in rows.iter().filter(|row| row.0) {
            for &(_, other) in rows.iter().filter(|row| !row.0) {
                wins += if score > other { 1.0 } else if score == other { 0.5 } else { 0.0 };
            }
        }
        let churners = rows.iter().filter(|row| row.0).count();
        let pairs = (churners * (rows.len() - churners)) as f64;
        prop_assert!((a.auc() - wins / pairs).abs() < 1e-12);
    }

    /// The isotonic function never falls and keeps the mean.
    #[test]
    fn isotonic_probabilities_never_fall(rows in prop::collection::vec((any::<bool>(), -5.0..5.0_f64), 2..50)) {
        let (left, scores): (Vec<bool>, Vec<f64>) = rows.into_iter().unzip();
        prop_assume!(left.iter().any(|&left| left) && left.iter().any(|&left| !left));
        let isotonic = Isotonic::fit(&left, &scores).unwrap();
        prop_assert!(isotonic.probabilities.windows(2).all(|pair| pair[0] <= pair[1]));
        let mean = scores.iter().map(|&score| isotonic.probability(score)).sum::<f64>();
        let churners = left.iter().filter(|&&left| left).count() as f64;
        prop_assert!((mean - churners).abs() < 1e-9, "{mean} {churners}");
    }
}
