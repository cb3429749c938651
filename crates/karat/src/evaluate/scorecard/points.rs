//! From log-odds to points.

use karat_scorer::numerics::ln;
use karat_scorer::{Error, Result};
use serde::{Deserialize, Serialize};

/// How log-odds become points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scaling {
    /// `base_points` at odds of `base_odds` to 1 in favour, and `double` more wherever the odds double
    /// (Siddiqi 2006): a point is the same step of the odds everywhere.
    Odds {
        /// Points of a customer at the base odds.
        base_points: f64,
        /// Odds in favour, above 0.
        base_odds: f64,
        /// Points to double the odds, above 0.
        double: f64,
    },
    /// The worst bins of every field together have `lo` points, the best `hi`.
    Range {
        /// Fewest points.
        lo: f64,
        /// Most points.
        hi: f64,
    },
}

impl Default for Scaling {
    fn default() -> Scaling {
        Scaling::Odds { base_points: 600.0, base_odds: 50.0, double: 20.0 }
    }
}

/// Which outcome earns points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Favour {
    /// The event is bad (the customer leaves): more points mean fewer events.
    #[default]
    NonEvents,
    /// The event is good (the customer upgrades): more points mean more events.
    Events,
}

impl Favour {
    /// What the log-odds of the event are multiplied by to be those in favour.
    pub(super) fn sign(self) -> f64 {
        match self {
            Favour::NonEvents => -1.0,
            Favour::Events => 1.0,
        }
    }
}

/// `points = offset + factor * log-odds in favour`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) offset: f64,
    pub(super) factor: f64,
}

impl Scaling {
    pub(super) fn check(&self) -> Result<()> {
        let above = |name: &str, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(())
            } else {
                Err(Error::argument(name, "must be finite and above 0", value))
            }
        };
        match *self {
            Scaling::Odds { base_points, base_odds, double } => {
                above("base_odds", base_odds)?;
                above("double", double)?;
                let finite = base_points.is_finite();
                if finite {
                    Ok(())
                } else {
                    Err(Error::argument("base_points", "must be finite", base_points))
                }
            }
            Scaling::Range { lo, hi } if lo.is_finite() && hi.is_finite() && lo < hi => Ok(()),
            Scaling::Range { lo, hi } => {
                Err(Error::argument("range", "must be finite and ascend", format!("{lo} to {hi}")))
            }
        }
    }

    /// The line, given the least and the greatest log-odds that the bins allow.
    pub(super) fn line(&self, least: f64, greatest: f64) -> Result<Line> {
        match *self {
            Scaling::Odds { base_points, base_odds, double } => {
                let factor = double / ln(2.0);
                Ok(Line { offset: base_points - factor * ln(base_odds), factor })
            }
            Scaling::Range { lo, hi } => {
                if least >= greatest {
                    let rule = "must find customers of different odds, or use points to double the odds";
                    return Err(Error::argument("range", rule, "one odds for all"));
                }
                let factor = (hi - lo) / (greatest - least);
                Ok(Line { offset: lo - factor * least, factor })
            }
        }
    }
}

/// The nearest whole number, halves upwards; adding one half first would round 0.49999999999999994 to 1.
pub(super) fn whole(points: f64) -> f64 {
    let floor = points.floor();
    if points - floor >= 0.5 { floor + 1.0 } else { floor }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Siddiqi (2006), chapter 6: 600 points at 50:1, 20 points to double the odds.
    #[test]
    fn factor_and_offset_of_siddiqi() {
        let line = Scaling::default().line(0.0, 1.0).unwrap();
        assert_eq!((line.factor * 1e4).round() / 1e4, 28.8539);
        assert_eq!((line.offset * 1e3).round() / 1e3, 487.123);
        let at = |odds: f64| line.offset + line.factor * ln(odds);
        assert!((at(50.0) - 600.0).abs() < 1e-10 && (at(100.0) - 620.0).abs() < 1e-10);
    }

    #[test]
    fn a_range_is_reached_at_both_ends() {
        let line = Scaling::Range { lo: 300.0, hi: 850.0 }.line(-2.0, 3.0).unwrap();
        assert_eq!((line.offset + line.factor * -2.0, line.offset + line.factor * 3.0), (300.0, 850.0));
        assert!(Scaling::Range { lo: 1.0, hi: 1.0 }.check().is_err());
        assert!(Scaling::Odds { base_points: 0.0, base_odds: 0.0, double: 20.0 }.check().is_err());
    }

    #[test]
    fn halves_round_upwards() {
        assert_eq!([0.5, 0.49999999999999994, -0.5, -0.6, 2.4].map(whole), [1.0, 0.0, 0.0, -1.0, 2.0]);
    }
}
