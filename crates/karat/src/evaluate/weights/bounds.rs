//! Weights kept within bounds, with as little change as possible.

use super::combine::check_weights;
use super::finding::Finding;
use karat_scorer::{Error, Result};

/// Weights brought within bounds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BoundedWeights {
    /// Within the bounds, sum 1.
    pub weights: Vec<f64>,
    /// What all weights that no bound holds were multiplied by; 1 where nothing had to change.
    pub factor: f64,
    /// `W131` for every weight that a bound holds.
    pub findings: Vec<Finding>,
}

/// Rounding that a sum of stated bounds may carry.
const ROUNDING: f64 = 1e-12;

/// The weights within `bounds`, a least and a greatest for each, that are nearest to `weights` in relative
/// entropy.
///
/// Minimising `sum w ln(w / p)` over `lo <= w <= hi` and `sum w = 1` multiplies all weights by one factor and
/// stops each at its bounds, so that what no bound holds keeps its proportions: `w_j = min(hi_j, max(lo_j,
/// t p_j))`, with t the one at which they sum to 1 (water-filling; from the conditions of Kuhn and Tucker,
/// 1951). A weight of 0 stays 0 unless its least is above, or unless all others are full; then the weights of 0
/// share what is left alike.
///
/// `names` are for messages and findings.
///
/// # Errors
/// [`Error::Argument`] naming bounds that are not `0 <= lo <= hi <= 1`, or that no weights can keep because
/// the least exceed 1 together or the greatest stay below; as [`combine`](super::combine()) for the weights;
/// [`Error::Shape`] for different lengths.
///
/// ```
/// use karat::evaluate::weights::bounded;
/// let names = ["arpu", "tenure", "roaming"];
/// let found = bounded(&[0.3, 0.2, 0.5], &[(0.0, 1.0), (0.0, 1.0), (0.0, 0.25)], &names)?;
/// assert!((found.weights[0] - 0.45).abs() < 1e-15 && found.weights[2] == 0.25);
/// assert_eq!(found.findings[0].code, "W131");
///
/// let error = bounded(&[0.3, 0.2, 0.5], &[(0.5, 1.0), (0.4, 1.0), (0.2, 1.0)], &names).unwrap_err();
/// assert!(error.to_string().contains("arpu 0.5, tenure 0.4, roaming 0.2"));
/// # Ok::<(), karat::Error>(())
/// ```
pub fn bounded<S: AsRef<str>>(weights: &[f64], bounds: &[(f64, f64)], names: &[S]) -> Result<BoundedWeights> {
    for (what, found) in
        [("bounds, one pair for each weight", bounds.len()), ("names, one for each weight", names.len())]
    {
        if found != weights.len() {
            return Err(Error::shape(what, weights.len(), found));
        }
    }
    check_weights("weights", weights)?;
    check_bounds(bounds, names)?;
    let within = weights.iter().zip(bounds).all(|(weight, (lo, hi))| lo <= weight && weight <= hi);
    let full: f64 = weights.iter().zip(bounds).map(|(&w, &(lo, hi))| if w > 0.0 { hi } else { lo }).sum();
    let (filled, factor) = if within {
        (weights.to_vec(), 1.0)
    } else if full >= 1.0 {
        fill(weights, bounds)
    } else {
        // Every positive weight is full, and the weights of 0 must take the rest.
        let others: Vec<f64> = weights.iter().map(|&w| if w > 0.0 { 0.0 } else { 1.0 }).collect();
        let held: Vec<(f64, f64)> = weights
            .iter()
            .zip(bounds)
            .map(|(&w, &(lo, hi))| if w > 0.0 { (hi, hi) } else { (lo, hi) })
            .collect();
        fill(&others, &held)
    };
    let findings = (0..weights.len()).filter_map(|at| {
        let ((lo, hi), weight) = (bounds[at], weights[at]);
        let (which, bound) = match filled[at] {
            w if w == lo && weight * factor < lo => ("least", lo),
            w if w == hi && weight * factor > hi => ("greatest", hi),
            _ => return None,
        };
        Some(Finding::new(
            "W131",
            names[at].as_ref(),
            format!("weight {weight:.4} was brought to its {which}, {bound}"),
            "widen the bound if the weight is meant; the others were scaled alike to make up for it",
        ))
    });
    Ok(BoundedWeights { findings: findings.collect(), weights: filled, factor })
}

/// Bounds on every weight from those on some, by position, and a cap for all.
pub(crate) fn bounds_of(width: usize, stated: &[(usize, (f64, f64))], cap: Option<f64>) -> Vec<(f64, f64)> {
    let mut bounds = vec![(0.0, cap.unwrap_or(1.0)); width];
    // What is said of one weight goes before what is said of all.
    stated.iter().for_each(|&(at, own)| bounds[at] = own);
    bounds
}

/// Refuses bounds that nothing can keep, naming them.
pub(crate) fn check_bounds<S: AsRef<str>>(bounds: &[(f64, f64)], names: &[S]) -> Result<()> {
    for (&(lo, hi), name) in bounds.iter().zip(names) {
        if !(0.0 <= lo && lo <= hi && hi <= 1.0) {
            let of = format!("bounds of {}", name.as_ref());
            return Err(Error::argument(
                of,
                "must have 0 <= least <= greatest <= 1",
                format!("{lo} and {hi}"),
            ));
        }
    }
    let (least, greatest) =
        bounds.iter().fold((0.0, 0.0), |(least, greatest), (lo, hi)| (least + lo, greatest + hi));
    let list = |value: fn(&(f64, f64)) -> f64, counts: fn(f64) -> bool| {
        let named = bounds.iter().zip(names).filter(|(bound, _)| counts(value(bound)));
        let named: Vec<String> =
            named.map(|(bound, name)| format!("{} {}", name.as_ref(), value(bound))).collect();
        named.join(", ")
    };
    if least > 1.0 + ROUNDING {
        let rule = "must have least weights that sum to at most 1";
        return Err(Error::argument(
            "bounds",
            rule,
            format!("{least:.6} ({})", list(|b| b.0, |lo| lo > 0.0)),
        ));
    }
    if greatest < 1.0 - ROUNDING {
        let rule = "must have greatest weights that sum to at least 1";
        return Err(Error::argument("bounds", rule, format!("{greatest:.6} ({})", list(|b| b.1, |_| true))));
    }
    Ok(())
}

/// `min(hi, max(lo, t p))` with the t at which they sum to 1, and that t.
///
/// The sum is a piecewise linear function of t that rises; its knees are where a weight leaves its least or
/// reaches its greatest. Between the last knee that leaves the sum below 1 and the next, t follows exactly.
fn fill(weights: &[f64], bounds: &[(f64, f64)]) -> (Vec<f64>, f64) {
    let at = |t: f64| weights.iter().zip(bounds).map(move |(&p, &(lo, hi))| (t * p).clamp(lo, hi));
    let mut knees: Vec<f64> = weights
        .iter()
        .zip(bounds)
        .filter(|(p, _)| **p > 0.0)
        .flat_map(|(&p, &(lo, hi))| [lo / p, hi / p])
        .collect();
    knees.sort_unstable_by(f64::total_cmp);
    let below = knees.iter().copied().filter(|&t| at(t).sum::<f64>() < 1.0).fold(0.0, f64::max);
    let above = knees.iter().copied().find(|&t| t > below).unwrap_or(below);
    let middle = below + (above - below) / 2.0;
    let (mut free, mut held) = (0.0, 0.0);
    for (&p, &(lo, hi)) in weights.iter().zip(bounds) {
        if (lo..hi).contains(&(middle * p)) && lo < hi {
            free += p;
        } else {
            held += (middle * p).clamp(lo, hi);
        }
    }
    let factor = if free > 0.0 { ((1.0 - held) / free).clamp(below, above.max(below)) } else { middle };
    (at(factor).collect(), factor)
}
