//! Measures against scikit-learn 1.x (`f1_score`, `cohen_kappa_score`, `log_loss`), and worked by hand.

#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use super::*;

const TRUTH: [u32; 12] = [0, 1, 2, 3, 0, 1, 2, 3, 1, 1, 2, 0];
const FOUND: [u32; 12] = [0, 1, 2, 2, 1, 1, 3, 3, 0, 1, 2, 2];

#[test]
fn measures_equal_those_of_scikit_learn() {
    let f1 = macro_f1(4, &TRUTH, &FOUND).unwrap();
    assert!((f1 - 0.555_357_142_857_142_9).abs() < 1e-15, "{f1}");
    let kappa = weighted_kappa(4, &TRUTH, &FOUND).unwrap();
    assert!((kappa - 0.666_666_666_666_666_7).abs() < 1e-15, "{kappa}");
    let probabilities = [0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.3, 0.3, 0.4, 0.5, 0.25, 0.25];
    let loss = log_loss(3, &[0, 1, 1, 2], &probabilities).unwrap();
    assert!((loss - 0.792_521_415_174_692_2).abs() < 1e-15, "{loss}");
}

#[test]
fn costs_and_lift_by_hand() {
    // Two rows of class 1 taken for 0 at a cost of 5, one of class 0 for 1 at 1, one right.
    let costs = [vec![0.0, 1.0], vec![5.0, 0.0]];
    assert_eq!(expected_cost(2, &[1, 1, 0, 0], &[0, 0, 1, 0], &costs).unwrap(), 11.0 / 4.0);
    // 20 rows, 4 events; the top two scores catch one: (1/2) / (4/20) = 2.5.
    let scores: Vec<f64> = (0..20).map(f64::from).collect();
    let occurs: Vec<bool> = (0..20).map(|row| [19, 3, 4, 5].contains(&row)).collect();
    assert_eq!(top_decile_lift(&occurs, &scores).unwrap(), 2.5);
    // Equal scores tell nothing.
    assert_eq!(top_decile_lift(&occurs, &[1.0; 20]).unwrap(), 1.0);
}

#[test]
fn baselines_are_distributions() {
    let chain = MarkovChain::fit(4, &TRUTH, &FOUND, 1.0).unwrap();
    for row in chain.forecast(&[0, 3, 2]).unwrap().chunks_exact(4) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-15);
    }
    let stay = persistence(4, &[2], 0.7).unwrap();
    assert_eq!(stay[2], 0.7);
    assert!((stay.iter().sum::<f64>() - 1.0).abs() < 1e-15);
    // Of rows whose classes stay with that probability, it has the log loss of its entropy.
    let judged = Judged::new(2, &[0, 0, 0, 1], &persistence(2, &[0; 4], 0.75).unwrap()).unwrap();
    let entropy = -(0.75 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln());
    assert!((judged.log_loss - entropy).abs() < 1e-15);
}

#[test]
fn bad_input_is_named() {
    assert!(confusion(2, &[0, 2], &[0, 1]).unwrap_err().to_string().contains("below 2, got 2"));
    assert!(log_loss(2, &[0], &[1.0]).is_err());
    assert!(persistence(2, &[0], 1.5).is_err() && persistence(2, &[7], 0.5).is_err());
    assert!(MarkovChain::fit(2, &[0], &[1], 0.0).is_err());
    assert!(top_decile_lift(&[false], &[1.0]).unwrap_err().to_string().contains("somewhere"));
    assert!(expected_cost(2, &[0], &[0], &[vec![0.0]]).is_err());
}
