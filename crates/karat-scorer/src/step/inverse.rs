//! From an indicator back to the raw value that gives it, where the scale allows.

use super::{Indicator, Polarity, Scale};
use crate::numerics::{exp_m1, ln_1p};

impl Indicator {
    /// The raw value nearest to `near` at which the indicator is `z`, but for rounding; of categories the one
    /// with the least value that is at least `z`. None if the scale never gives `z`, or gives it outside the
    /// bounds within which raw values are brought.
    ///
    /// The scales are piecewise linear, logarithmic or exponential, so that each has its closed form. Where
    /// a scale jumps (tied ranks, whole points), the value lies beside the jump: score it to be sure.
    ///
    /// ```
    /// use karat_scorer::step::{Indicator, Scale};
    /// let tenure = Indicator::new(0, Scale::Saturating { tau: 24.0 });
    /// let months = tenure.raw_for(0.75, 6.0).unwrap();
    /// assert!((tenure.eval(months) - 0.75).abs() < 1e-15);
    /// assert_eq!(tenure.raw_for(1.5, 6.0), None);
    /// ```
    #[must_use]
    pub fn raw_for(&self, z: f64, near: f64) -> Option<f64> {
        let cost = self.polarity == Polarity::Cost;
        let from = if matches!(self.scale, Scale::Points { .. }) { 0.0 } else { 1.0 };
        let s = if cost { from - z } else { z };
        let unit = (0.0..=1.0).contains(&s);
        let x = match &self.scale {
            Scale::MinMax { lo, hi } if unit => Some(lo + s * (hi - lo)),
            Scale::Log1p { lo, hi } if unit => Some(exp_m1(ln_1p(*lo) + s * (ln_1p(*hi) - ln_1p(*lo)))),
            Scale::ZScore { mean, standard_deviation, width } if unit => {
                Some(mean + (s - 0.5) * (2.0 * width * standard_deviation))
            }
            Scale::Rank { knots } if unit => {
                let last = knots.len().saturating_sub(1);
                let place = s * last as f64;
                let below = (place.floor() as usize).min(last.saturating_sub(1));
                let (low, high) = (knots.get(below)?, knots.get(below + 1)?);
                Some(low + (place - below as f64) * (high - low))
            }
            Scale::Saturating { tau } if (0.0..1.0).contains(&s) => Some(-tau * ln_1p(-s)),
            Scale::Bands { at, to } => crossing(at, to, s, near),
            Scale::Target { lo, best_lo, best_hi, hi } if unit => {
                let short = (1.0 - s) * (best_lo - lo).max(hi - best_hi);
                let (left, right) = (best_lo - short, best_hi + short);
                if near > *best_hi { Some(right) } else { Some(left) }
            }
            Scale::Efficacy { fail, pass } if unit => Some(fail + (s - 0.6) / 0.4 * (pass - fail)),
            Scale::Points { per_unit, whole, lo, hi } if *per_unit != 0.0 && (*lo..=*hi).contains(&s) => {
                let points = if !*whole {
                    s
                } else if cost {
                    // Down to the last value that still rounds to it.
                    (s.floor() + 0.5).next_down()
                } else {
                    (-(-s).floor()) - 0.5
                };
                Some(points / per_unit)
            }
            Scale::Categories { values } => {
                let enough = values.iter().enumerate().filter(
                    |(_, value)| {
                        if cost { **value <= s } else { **value >= s }
                    },
                );
                let gap = |value: &f64| (value - s).abs();
                return enough.min_by(|a, b| gap(a.1).total_cmp(&gap(b.1))).map(|(code, _)| code as f64);
            }
            _ => None,
        }?;
        let (lo, hi) = self.bounds();
        // Rounding may put the end of the scale just beyond its bound.
        let slack = 1e-12 * (lo.abs().min(1e300) + hi.abs().min(1e300)).min(x.abs() + 1.0);
        (x.is_finite() && x >= lo - slack && x <= hi + slack).then(|| super::within(x, lo, hi))
    }
}

/// Where the bands pass through `s`, nearest to `near`.
fn crossing(at: &[f64], to: &[f64], s: f64, near: f64) -> Option<f64> {
    let mut best: Option<f64> = None;
    let mut offer = |x: f64| {
        if best.is_none_or(|known| (x - near).abs() < (known - near).abs()) {
            best = Some(x);
        }
    };
    for (x, z) in at.windows(2).zip(to.windows(2)) {
        let (least, most) = (z[0].min(z[1]), z[0].max(z[1]));
        if s < least || s > most {
            continue;
        }
        if z[0] == z[1] {
            offer(super::within(near, x[0], x[1]));
        } else {
            offer(x[0] + (s - z[0]) / (z[1] - z[0]) * (x[1] - x[0]));
        }
    }
    best
}
