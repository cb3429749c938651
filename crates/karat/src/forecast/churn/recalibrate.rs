//! Scores made probabilities, and probabilities mended.

use super::ranking::check;
use crate::numerics::newton::{Evaluation, maximise};
use karat_scorer::numerics::{ln, ln_1p, sigmoid};
use karat_scorer::{Error, Result};

/// Bounds of a slope and an intercept; customers told apart perfectly would drive them on for ever.
const FURTHEST: f64 = 1e4;

/// The log-odds of a probability, which counts as `least` away from 0 and 1 at the least.
pub(super) fn log_odds(p: f64, least: f64) -> f64 {
    let p = p.clamp(least, 1.0 - least);
    ln(p) - ln_1p(-p)
}

/// Intercept and slope of the log-odds of `truth` on `x` by maximum likelihood; the slope may be given.
pub(super) fn logistic_line(truth: &[f64], x: &[f64], slope: Option<f64>) -> Result<(f64, f64)> {
    // Centred and scaled, so that both parameters are of one size.
    let count = x.len() as f64;
    let mean = x.iter().sum::<f64>() / count;
    let spread = (x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
    let unit = if spread > 0.0 { spread } else { 1.0 };
    let held = slope.map(|slope| slope * unit);
    let parameters = if held.is_some() || spread == 0.0 { 1 } else { 2 };
    let likelihood = |at: &[f64]| {
        let slope = held.unwrap_or_else(|| at.get(1).copied().unwrap_or(0.0));
        let mut found = Evaluation::zero(parameters);
        for (y, x) in truth.iter().zip(x) {
            let x = (x - mean) / unit;
            let log_odds = at[0] + slope * x;
            let p = sigmoid(log_odds);
            // ln p = -ln(1 + e^-z), ln(1 - p) = ln p - z.
            found.value += ln_sigmoid(log_odds) - (1.0 - y) * log_odds;
            let (first, second) = (y - p, -p * (1.0 - p));
            found.gradient[0] += first;
            found.hessian[0] += second;
            if parameters == 2 {
                found.gradient[1] += first * x;
                found.hessian[1] += second * x;
                found.hessian[3] += second * x * x;
            }
        }
        if parameters == 2 {
            found.hessian[2] = found.hessian[1];
        }
        Ok(found)
    };
    let start = vec![0.0; parameters];
    let bounds = vec![(-FURTHEST, FURTHEST); parameters];
    let best = maximise(&start, &bounds, likelihood)?;
    let slope = held.unwrap_or_else(|| best.at.get(1).copied().unwrap_or(0.0)) / unit;
    Ok((best.at[0] - slope * mean, slope))
}

/// ln(1 / (1 + e^-z)).
fn ln_sigmoid(z: f64) -> f64 {
    let small = karat_scorer::numerics::exp(-z.abs());
    z.min(0.0) - ln_1p(small)
}

/// A score made a probability by a sigmoid (Platt 1999): `1 / (1 + exp(-(slope * score + intercept)))`.
///
/// Fit it on customers that the score was not trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Platt {
    /// The slope of the log-odds.
    pub slope: f64,
    /// The log-odds at a score of 0.
    pub intercept: f64,
}

impl Platt {
    /// Log-odds as they are.
    pub const IDENTITY: Platt = Platt { slope: 1.0, intercept: 0.0 };

    /// Fits both by maximum likelihood to Platt's targets, which pull the two classes in by what one more
    /// customer of each would mean, so that classes that the score tells apart perfectly leave a finite slope.
    ///
    /// ```
    /// use karat::forecast::churn::Platt;
    /// let platt = Platt::fit(&[true, false, true, false], &[3.0, -1.0, 0.5, 1.0])?;
    /// assert!(platt.slope > 0.0 && platt.probability(3.0) > platt.probability(1.0));
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ranking::new`](super::Ranking::new).
    pub fn fit(left: &[bool], scores: &[f64]) -> Result<Platt> {
        check(left, scores)?;
        let gone = left.iter().filter(|&&left| left).count() as f64;
        let stayed = left.len() as f64 - gone;
        let (high, low) = ((gone + 1.0) / (gone + 2.0), 1.0 / (stayed + 2.0));
        let targets: Vec<f64> = left.iter().map(|&left| if left { high } else { low }).collect();
        let (intercept, slope) = logistic_line(&targets, scores, None)?;
        Ok(Platt { slope, intercept })
    }

    /// The probability that a score means.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        sigmoid(self.slope * score + self.intercept)
    }
}

/// A score made a probability by the best function that never falls (Ayer et al. 1955; Zadrozny & Elkan 2002),
/// linear between what was seen.
///
/// It needs more customers than [`Platt`], and mends what no sigmoid can.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Isotonic {
    /// Scores, ascending.
    pub scores: Vec<f64>,
    /// The probability at each of them.
    pub probabilities: Vec<f64>,
}

impl Isotonic {
    /// Pools neighbours until the rates never fall.
    ///
    /// ```
    /// use karat::forecast::churn::Isotonic;
    /// let isotonic = Isotonic::fit(&[false, true, false, true], &[0.1, 0.2, 0.3, 0.4])?;
    /// assert_eq!([0.1, 0.25, 0.4, 9.0].map(|score| isotonic.probability(score)), [0.0, 0.5, 1.0, 1.0]);
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ranking::new`](super::Ranking::new).
    pub fn fit(left: &[bool], scores: &[f64]) -> Result<Isotonic> {
        let ranking = super::Ranking::new(left, scores)?;
        // From the lowest score: first and last score, churners, customers.
        let mut blocks: Vec<(f64, f64, u64, u64)> = Vec::new();
        for tie in ranking.ties.iter().rev() {
            let mut block = (tie.score, tie.score, tie.left, tie.left + tie.stayed);
            // Rates compared as fractions, which are exact.
            while let Some(&(first, _, left, all)) = blocks.last() {
                if u128::from(left) * u128::from(block.3) < u128::from(block.2) * u128::from(all) {
                    break;
                }
                block = (first, block.1, left + block.2, all + block.3);
                blocks.pop();
            }
            blocks.push(block);
        }
        let mut isotonic = Isotonic { scores: Vec::new(), probabilities: Vec::new() };
        for (first, last, left, all) in blocks {
            let rate = left as f64 / all as f64;
            let ends = if first < last { vec![first, last] } else { vec![first] };
            for score in ends {
                isotonic.scores.push(score);
                isotonic.probabilities.push(rate);
            }
        }
        Ok(isotonic)
    }

    /// The probability that a score means; beyond the scores seen that of the nearest, NaN for NaN.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        if score.is_nan() {
            return f64::NAN;
        }
        let above = self.scores.partition_point(|&seen| seen < score);
        let at = |i: usize| self.probabilities.get(i).copied();
        let Some(high) = at(above) else { return self.probabilities.last().copied().unwrap_or(f64::NAN) };
        if above == 0 || self.scores[above] == score {
            return high;
        }
        let (from, to) = (self.scores[above - 1], self.scores[above]);
        let low = self.probabilities[above - 1];
        // Infinite scores on either side have no middle: the nearer finite one counts.
        let way = (score - from) / (to - from);
        if way.is_finite() { low + (high - low) * way } else { low }
    }
}

/// Probabilities learned where a share `sample_rate` left, corrected for customers of whom `true_rate` leave: a
/// balanced sample's forecasts made those of the base (Elkan 2001).
///
/// ```
/// use karat::forecast::churn::correct_prior;
/// assert!((correct_prior(0.5, 0.265, 0.02)? - 0.053_571_428_571_428_575).abs() < 1e-15);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`] for a probability outside 0 to 1 and for rates that are not between 0 and 1.
pub fn correct_prior(probability: f64, sample_rate: f64, true_rate: f64) -> Result<f64> {
    if !(0.0..=1.0).contains(&probability) {
        return Err(Error::argument("probability", "must be 0 to 1", probability));
    }
    for (name, rate) in [("sample_rate", sample_rate), ("true_rate", true_rate)] {
        if !(rate > 0.0 && rate < 1.0) {
            return Err(Error::argument(name, "must be between 0 and 1", rate));
        }
    }
    let leaves = probability * (true_rate / sample_rate);
    let stays = (1.0 - probability) * ((1.0 - true_rate) / (1.0 - sample_rate));
    Ok(leaves / (leaves + stays))
}
