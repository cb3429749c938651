//! Shares and their differences, with intervals that hold for few and for rare events.

use crate::numerics::normal::normal_quantile;
use crate::numerics::special::normal_both_tails;
use karat_scorer::{Error, Result};

/// Where a figure lies with the confidence asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How two shares differ.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ProportionDifference {
    /// The second share less the first.
    pub difference: f64,
    /// Newcombe's (1998, method 10) interval of it, from the Wilson intervals of both.
    pub interval: Interval,
    /// The probability of a difference as large when there is none, by the pooled normal test; NaN where all or
    /// none are counted in both.
    pub p_value: f64,
}

/// The interval of Wilson (1927) for a share of `count` in `of`, with confidence `level`: it never leaves 0 to 1, and
/// is an interval also where nobody or everybody is counted.
///
/// ```
/// use karat::recommend::offers::wilson_interval;
/// let found = wilson_interval(120, 2400, 0.95)?;
/// assert!((found.low - 0.041_977_011).abs() < 1e-9 && (found.high - 0.059_461_234).abs() < 1e-9);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`] for a level outside 0 to 1, nobody to count among, and more counted than there are.
pub fn wilson_interval(count: u64, of: u64, level: f64) -> Result<Interval> {
    if !(level > 0.0 && level < 1.0) {
        return Err(Error::argument("level", "must be between 0 and 1", level));
    }
    if of == 0 {
        return Err(Error::argument("of", "must be at least 1", of));
    }
    if count > of {
        return Err(Error::argument("count", format!("must be at most {of}, the number it is of"), count));
    }
    let (n, z) = (of as f64, normal_quantile(0.5 + 0.5 * level));
    let p = count as f64 / n;
    let middle = p + z * z / (2.0 * n);
    let reach = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    // Rounding must not push the ends of all or nothing inwards or out.
    let low = if count == 0 { 0.0 } else { (middle - reach) / whole };
    let high = if count == of { 1.0 } else { (middle + reach) / whole };
    Ok(Interval { low, high })
}

/// Compares two shares, each a count and what it is of.
///
/// ```
/// use karat::recommend::offers::difference_of_proportions;
/// let found = difference_of_proportions((120, 2400), (156, 2400), 0.95)?;
/// assert!((found.difference - 0.015).abs() < 1e-12 && found.interval.low > 0.0);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// As [`wilson_interval`].
pub fn difference_of_proportions(
    first: (u64, u64),
    second: (u64, u64),
    level: f64,
) -> Result<ProportionDifference> {
    let of_first = wilson_interval(first.0, first.1, level)?;
    let of_second = wilson_interval(second.0, second.1, level)?;
    let (n1, n2) = (first.1 as f64, second.1 as f64);
    let (p1, p2) = (first.0 as f64 / n1, second.0 as f64 / n2);
    let difference = p2 - p1;
    let square = |x: f64| x * x;
    let below = (square(p2 - of_second.low) + square(of_first.high - p1)).sqrt();
    let above = (square(of_second.high - p2) + square(p1 - of_first.low)).sqrt();
    let pooled = (first.0 + second.0) as f64 / (n1 + n2);
    let error = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
    let interval = Interval { low: difference - below, high: difference + above };
    Ok(ProportionDifference { difference, interval, p_value: normal_both_tails(difference / error) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// `tests/goldens/experiments.json`: statsmodels 0.15.
    #[test]
    fn intervals_equal_statsmodels() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/experiments.json");
        let goldens: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = goldens["two_proportion"]["cases"].as_array().unwrap();
        assert!(cases.len() > 2);
        for case in cases {
            let count = |key: &str| case[key].as_u64().unwrap();
            let pair = |key: &str| [0, 1].map(|end| case[key][end].as_f64().unwrap());
            let (control, treated) =
                ((count("x_control"), count("n_control")), (count("x_treated"), count("n_treated")));
            let close = |found: Interval, expected: [f64; 2]| {
                for (found, expected) in [found.low, found.high].into_iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-12, "{case}: {found} {expected}");
                }
            };
            close(wilson_interval(control.0, control.1, 0.95).unwrap(), pair("wilson95_control"));
            close(wilson_interval(treated.0, treated.1, 0.95).unwrap(), pair("wilson95_treated"));
            let found = difference_of_proportions(control, treated, 0.95).unwrap();
            close(found.interval, pair("ci95_newcombe"));
            let p = case["p_pooled_two_sided"].as_f64().unwrap();
            assert!((found.p_value - p).abs() < 1e-9 * p, "{} {p}", found.p_value);
        }
    }

    #[test]
    fn all_and_nothing_have_intervals() {
        let nobody = wilson_interval(0, 20, 0.95).unwrap();
        assert!(nobody.low == 0.0 && nobody.high > 0.1 && nobody.high < 0.2);
        let all = wilson_interval(20, 20, 0.95).unwrap();
        assert!(all.high == 1.0 && (all.low - (1.0 - nobody.high)).abs() < 1e-15);
        assert!(difference_of_proportions((0, 9), (0, 9), 0.95).unwrap().p_value.is_nan());
        let message = wilson_interval(3, 2, 0.95).unwrap_err().to_string();
        assert_eq!(message, "`count` must be at most 2, the number it is of, got 3");
        assert!(wilson_interval(0, 0, 0.95).is_err() && wilson_interval(0, 1, 1.0).is_err());
    }
}
