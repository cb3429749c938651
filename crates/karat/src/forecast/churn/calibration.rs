//! Whether probabilities can be taken at their word.

use super::ranking::{check, descending};
use super::recalibrate::{log_odds, logistic_line};
use crate::numerics::special::{chi_square_tail, normal_both_tails};
use karat_scorer::numerics::ln;
use karat_scorer::{Error, Problem, Result};

/// The least distance of a probability from 0 and from 1 in logarithms.
const LEAST: f64 = 1e-15;

/// Customers whose probabilities lie in one of the bins of equal width.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CalibrationBin {
    /// The bin's lower end.
    pub low: f64,
    /// The bin's upper end, which belongs to the next bin but for the last.
    pub high: f64,
    /// Customers of the bin, at least one.
    pub customers: usize,
    /// Their mean probability.
    pub mean_probability: f64,
    /// The share of them that left.
    pub rate: f64,
}

/// The Brier score in parts (Murphy 1973): `reliability - resolution + uncertainty + within_bin` is the score.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BrierParts {
    /// How far the bins' rates are from their mean probabilities: 0 is best.
    pub reliability: f64,
    /// How far the bins' rates are from the rate of all: more is better.
    pub resolution: f64,
    /// What nobody can help: the variance of leaving.
    pub uncertainty: f64,
    /// What is lost by binning (Stephenson, Coelho & Jolliffe 2008).
    pub within_bin: f64,
}

/// The test of Hosmer & Lemeshow (1980) over groups of equal size.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct HosmerLemeshow {
    /// The statistic.
    pub chi_square: f64,
    /// Degrees of freedom: two fewer than groups.
    pub degrees: usize,
    /// The probability of a statistic as large when the probabilities are right.
    pub p_value: f64,
}

/// How far probabilities are from what happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Calibration {
    /// The mean squared difference (Brier 1950).
    pub brier: f64,
    /// One less the Brier score over that of the base rate.
    pub brier_skill: f64,
    /// The Brier score's parts.
    pub brier_parts: BrierParts,
    /// The mean of minus the logarithm of the probability of what happened.
    pub log_loss: f64,
    /// The slope of the log-odds of leaving on those forecast (Cox 1958): below 1 the forecasts are too extreme.
    pub slope: f64,
    /// The intercept beside that slope.
    pub intercept: f64,
    /// The intercept beside a slope of 1: above 0 the forecasts are too low on the whole.
    pub in_the_large: f64,
    /// The mean distance between the bins' rates and mean probabilities, by customers.
    pub expected_error: f64,
    /// The largest of these distances.
    pub largest_error: f64,
    /// The bins, without empty ones.
    pub bins: Vec<CalibrationBin>,
    /// Hosmer & Lemeshow's test; `None` with fewer than three customers or where a group's forecasts are all 0 or
    /// all 1, which leave it no variance.
    pub hosmer_lemeshow: Option<HosmerLemeshow>,
    /// Spiegelhalter's (1986) statistic, standard normal when the probabilities are right; NaN where all are 0,
    /// 1/2 or 1.
    pub spiegelhalter_z: f64,
    /// The probability of a statistic as far from 0.
    pub spiegelhalter_p: f64,
}

/// Judges probabilities of leaving by who left, with as many bins of equal width and groups of equal size.
///
/// ```
/// use karat::forecast::churn::calibration;
/// let left = [true, false, true, false, false, true];
/// let found = calibration(&left, &[0.8, 0.3, 0.6, 0.1, 0.5, 0.7], 10)?;
/// assert!((found.brier - 0.106_666_666_666_666_67).abs() < 1e-15);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] for different lengths; [`Error::Data`] naming probabilities that are none, and when nobody
/// or everybody left; [`Error::Argument`] for fewer than 3 or more than 1,000 bins.
pub fn calibration(left: &[bool], probabilities: &[f64], bins: usize) -> Result<Calibration> {
    check_probabilities(left, probabilities)?;
    if !(3..=1000).contains(&bins) {
        return Err(Error::argument("bins", "must be 3 to 1000", bins));
    }
    let count = left.len() as f64;
    let truth: Vec<f64> = left.iter().map(|&left| f64::from(u8::from(left))).collect();
    let rate = truth.iter().sum::<f64>() / count;
    let pairs = || truth.iter().zip(probabilities);
    let brier = pairs().map(|(y, p)| (y - p) * (y - p)).sum::<f64>() / count;
    let of_truth = |(y, p): (&f64, &f64)| if *y == 1.0 { *p } else { 1.0 - p };
    let log_loss = -pairs().map(|pair| ln(of_truth(pair).max(LEAST))).sum::<f64>() / count;
    let found = in_bins(&truth, probabilities, bins);
    let error = |bin: &CalibrationBin| (bin.rate - bin.mean_probability).abs();
    let log_odds: Vec<f64> = probabilities.iter().map(|&p| log_odds(p, LEAST)).collect();
    let (intercept, slope) = logistic_line(&truth, &log_odds, None)?;
    let (in_the_large, _) = logistic_line(&truth, &log_odds, Some(1.0))?;
    let (spiegelhalter_z, spiegelhalter_p) = spiegelhalter(&truth, probabilities);
    Ok(Calibration {
        brier,
        brier_skill: 1.0 - brier / (rate * (1.0 - rate)),
        brier_parts: brier_parts(brier, rate, &found, count),
        log_loss,
        slope,
        intercept,
        in_the_large,
        expected_error: found.iter().map(|bin| error(bin) * bin.customers as f64).sum::<f64>() / count,
        largest_error: found.iter().map(error).fold(0.0, f64::max),
        bins: found,
        hosmer_lemeshow: hosmer_lemeshow(&truth, probabilities, bins.min(left.len())),
        spiegelhalter_z,
        spiegelhalter_p,
    })
}

fn check_probabilities(left: &[bool], probabilities: &[f64]) -> Result<()> {
    check(left, probabilities)?;
    let bad: Vec<usize> =
        (0..probabilities.len()).filter(|&row| !(0.0..=1.0).contains(&probabilities[row])).collect();
    match bad.first() {
        Some(&first) => {
            let what = format!("{} where a probability is needed", probabilities[first]);
            let remedy = "give probabilities of 0 to 1; `Platt` makes them of any score";
            Err(Error::data(Problem::new("probability", what, remedy).at(bad.len(), bad)))
        }
        None => Ok(()),
    }
}

fn in_bins(truth: &[f64], probabilities: &[f64], bins: usize) -> Vec<CalibrationBin> {
    let mut found: Vec<(usize, f64, f64)> = vec![(0, 0.0, 0.0); bins];
    for (y, p) in truth.iter().zip(probabilities) {
        let bin = &mut found[((p * bins as f64) as usize).min(bins - 1)];
        *bin = (bin.0 + 1, bin.1 + p, bin.2 + y);
    }
    let width = 1.0 / bins as f64;
    let made = |(number, &(customers, p, y)): (usize, &(usize, f64, f64))| CalibrationBin {
        low: number as f64 * width,
        high: (number + 1) as f64 * width,
        customers,
        mean_probability: p / customers as f64,
        rate: y / customers as f64,
    };
    found.iter().enumerate().filter(|(_, bin)| bin.0 > 0).map(made).collect()
}

fn brier_parts(brier: f64, rate: f64, bins: &[CalibrationBin], count: f64) -> BrierParts {
    let mean = |of: &dyn Fn(&CalibrationBin) -> f64| {
        bins.iter().map(|bin| bin.customers as f64 * of(bin)).sum::<f64>() / count
    };
    let reliability = mean(&|bin| (bin.mean_probability - bin.rate) * (bin.mean_probability - bin.rate));
    let resolution = mean(&|bin| (bin.rate - rate) * (bin.rate - rate));
    let uncertainty = rate * (1.0 - rate);
    BrierParts {
        reliability,
        resolution,
        uncertainty,
        within_bin: brier - (reliability - resolution + uncertainty),
    }
}

/// Customers in the order of their probabilities, the lowest first, in groups of equal size, of which the first
/// ones hold one more where the number does not divide.
fn hosmer_lemeshow(truth: &[f64], probabilities: &[f64], groups: usize) -> Option<HosmerLemeshow> {
    let negative: Vec<f64> = probabilities.iter().map(|p| -p).collect();
    let order = descending(&negative);
    let (size, more) = (order.len() / groups, order.len() % groups);
    let (mut rest, mut sum) = (&order[..], 0.0);
    for group in 0..groups {
        let (rows, others) = rest.split_at(size + usize::from(group < more));
        rest = others;
        let count = rows.len() as f64;
        let seen: f64 = rows.iter().map(|&row| truth[row]).sum();
        let expected: f64 = rows.iter().map(|&row| probabilities[row]).sum();
        sum += (seen - expected) * (seen - expected) / (expected * (1.0 - expected / count));
    }
    let degrees = groups.checked_sub(2).filter(|&degrees| degrees > 0)?;
    let p_value = chi_square_tail(sum, degrees as f64);
    sum.is_finite().then_some(HosmerLemeshow { chi_square: sum, degrees, p_value })
}

fn spiegelhalter(truth: &[f64], probabilities: &[f64]) -> (f64, f64) {
    let (mut sum, mut variance) = (0.0, 0.0);
    for (y, p) in truth.iter().zip(probabilities) {
        let tilt = 1.0 - 2.0 * p;
        sum += (y - p) * tilt;
        variance += tilt * tilt * p * (1.0 - p);
    }
    let z = sum / variance.sqrt();
    let z = if z.is_finite() { z } else { f64::NAN };
    (z, normal_both_tails(z))
}
