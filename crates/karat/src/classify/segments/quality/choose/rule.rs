//! The rule that weighs the indices.

use super::KRow;
use karat_scorer::numerics::{exp, ln};

/// How many numbers the rule weighs for each k.
pub(super) const COUNT: usize = 17;
/// Their names.
pub(super) const NAMES: [&str; COUNT] = [
    "one",
    "log_k",
    "silhouette",
    "simplified_silhouette",
    "log_calinski_harabasz",
    "davies_bouldin",
    "gap",
    "gap_first",
    "prediction_strength",
    "strength_holds",
    "likelihood",
    "log_valley",
    "curvature",
    "likelihood_best",
    "next_log_valley",
    "next_likelihood_gain",
    "gap_gain",
];

/// Of a multinomial logit over k, in the order of the names: learned with a penalty of 0.0005 on 540 mixtures of 2
/// to 10 groups and 270 single groups of seeds 2024 and 2025 (`benches/peers/choose_k.py --learn`). They are a
/// fit, no theory: silhouette and Davies-Bouldin share what they say, so that their signs mean little alone.
const WEIGHTS: [f64; COUNT] = [
    -0.492, 0.136, -9.872, -0.449, -0.223, -9.243, 15.604, 0.427, 4.384, 0.000, -0.171, -1.825, 3.989, 0.773,
    2.766, -7.426, -7.999,
];

/// What is known of each k, in numbers that depend neither on the scale of the columns nor on the rows' number.
pub(super) fn features(table: &[KRow]) -> Vec<Vec<f64>> {
    let highest = |of: fn(&KRow) -> f64| table.iter().map(of).fold(f64::NAN, f64::max);
    let (best_index, best_gap) = (highest(|row| ln(row.calinski_harabasz)), highest(|row| row.gap));
    let best_likelihood = highest(|row| row.likelihood);
    let lowest_spread = -highest(|row| -row.davies_bouldin);
    let first = (0..table.len()).find(|&i| match table.get(i + 1) {
        Some(next) => table[i].gap >= next.gap - next.gap_error,
        None => true,
    });
    let strongest = (0..table.len())
        .rev()
        .find(|&i| table[i].prediction_strength + table[i].prediction_strength_error.max(0.0) >= 0.8);
    let log_inertia: Vec<f64> = table.iter().map(|row| ln(row.inertia.max(f64::MIN_POSITIVE))).collect();
    let curvature = |i: usize| match (i.checked_sub(1), log_inertia.get(i + 1)) {
        (Some(before), Some(after)) => log_inertia[before] + after - 2.0 * log_inertia[i],
        _ => 0.0,
    };
    let known = |value: f64| if value.is_finite() { value } else { 0.0 };
    (0..table.len())
        .map(|i| {
            let row = &table[i];
            let (before, next) = (i.checked_sub(1).and_then(|i| table.get(i)), table.get(i + 1));
            let values = [
                f64::from(row.k == 1),
                ln(row.k as f64),
                row.silhouette,
                row.simplified_silhouette,
                ln(row.calinski_harabasz) - best_index,
                row.davies_bouldin - lowest_spread,
                row.gap - best_gap,
                f64::from(first == Some(i)),
                row.prediction_strength,
                f64::from(strongest == Some(i)),
                (row.likelihood - best_likelihood).max(-1.0),
                ln(row.valley),
                curvature(i),
                f64::from(row.likelihood == best_likelihood),
                next.map_or(0.0, |next| ln(next.valley)),
                next.map_or(0.0, |next| (next.likelihood - row.likelihood).clamp(-0.5, 0.5)),
                before.map_or(0.0, |before| row.gap - before.gap),
            ];
            values.into_iter().map(known).collect()
        })
        .collect()
}

/// The probability of each k, of those from `least` on.
pub(super) fn probabilities(features: &[Vec<f64>], least: usize) -> Vec<f64> {
    let score = |values: &Vec<f64>| values.iter().zip(WEIGHTS).fold(0.0, |sum, (x, weight)| sum + x * weight);
    let scores: Vec<f64> = features.iter().map(score).collect();
    let allowed = |i: usize| i + 1 >= least;
    let highest =
        (0..scores.len()).filter(|&i| allowed(i)).fold(f64::NAN, |most: f64, i| most.max(scores[i]));
    let odds: Vec<f64> = scores
        .iter()
        .enumerate()
        .map(|(i, score)| if allowed(i) { exp(score - highest) } else { 0.0 })
        .collect();
    let total = odds.iter().fold(0.0, |sum, x| sum + x);
    odds.iter().map(|odds| odds / total).collect()
}
