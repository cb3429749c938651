//! Scales: how a raw field becomes a number from 0 to 1.
//!
//! Formulas: OECD Handbook on Constructing Composite Indicators (2008), chapter 5, for min-max, z-score
//! and rank; the efficacy coefficient is the Chinese statistical offices' form.

use super::indicators::Prepared;
use super::{Lanes, within};
use crate::error::Result;
use crate::file::{SectionReader, SectionWriter};
use crate::numerics::{exp, ln_1p};

/// Most knots of a quantile table or of bands.
pub const MAX_KNOTS: usize = 1024;

/// How a field becomes an indicator; `x` is the value within the clip bounds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Scale {
    /// `(x - lo) / (hi - lo)`, within 0 and 1.
    MinMax {
        /// Value that scores 0.
        lo: f64,
        /// Value that scores 1.
        hi: f64,
    },
    /// Standard score mapped to 0..1: `1/2 + (x - mean) / (2 width sd)`, so that `width` standard
    /// deviations reach the ends.
    ZScore {
        /// Mean of the fitted base.
        mean: f64,
        /// Standard deviation of the fitted base.
        standard_deviation: f64,
        /// Standard deviations from the middle to either end.
        width: f64,
    },
    /// Share of the fitted base below the value, by linear interpolation in a frozen table of equally
    /// spaced quantiles; a value that fills several knots takes their middle (mid-rank).
    Rank {
        /// Quantiles 0, 1/m, 2/m, ..., 1, not descending.
        knots: Vec<f64>,
    },
    /// `(ln(1 + x) - ln(1 + lo)) / (ln(1 + hi) - ln(1 + lo))`, within 0 and 1.
    Log1p {
        /// Value that scores 0, above -1.
        lo: f64,
        /// Value that scores 1.
        hi: f64,
    },
    /// `1 - exp(-x / tau)` for `x >= 0`: fast at first, then levelling off.
    Saturating {
        /// Value that scores 1 - 1/e.
        tau: f64,
    },
    /// Straight lines between given points, level beyond the ends.
    Bands {
        /// Raw values, not descending; two equal ones make a jump, and the value itself has the second level.
        at: Vec<f64>,
        /// Indicator at each of them.
        to: Vec<f64>,
    },
    /// 1 within the best interval, falling linearly to either side and reaching 0 at the farther bound.
    Target {
        /// Lowest value considered.
        lo: f64,
        /// Where the best interval begins.
        best_lo: f64,
        /// Where it ends.
        best_hi: f64,
        /// Highest value considered.
        hi: f64,
    },
    /// Efficacy coefficient `0.6 + 0.4 (x - fail) / (pass - fail)`, within 0 and 1.
    Efficacy {
        /// Value that just fails: 0.6.
        fail: f64,
        /// Satisfactory value: 1.
        pass: f64,
    },
    /// Points as in operators' scorecards: `x per_unit`, perhaps rounded half up, within `lo` and `hi`.
    Points {
        /// Points for one unit of the field.
        per_unit: f64,
        /// Whether to round to whole points, halves upwards.
        whole: bool,
        /// Fewest points.
        lo: f64,
        /// Most points.
        hi: f64,
    },
    /// One value for each category.
    Categories {
        /// Indicator of each category of the field, in its order.
        values: Vec<f64>,
    },
}

impl Scale {
    /// The scaled values of `N` customers, before direction and missing values.
    #[inline(always)]
    pub(super) fn eval_lanes<const N: usize>(&self, prepared: &Prepared, x: Lanes<N>) -> Lanes<N> {
        let mut z = x;
        match self {
            Scale::MinMax { .. } => each(&mut z, |x| (x - prepared.offset) / prepared.span),
            Scale::Log1p { .. } => each(&mut z, |x| unit((ln_1p(x) - prepared.offset) / prepared.span)),
            Scale::ZScore { .. } => each(&mut z, |x| unit(0.5 + (x - prepared.offset) / prepared.span)),
            Scale::Efficacy { .. } => {
                each(&mut z, |x| unit(0.6 + 0.4 * ((x - prepared.offset) / prepared.span)));
            }
            Scale::Saturating { tau } => each(&mut z, |x| 1.0 - exp(-x / tau)),
            Scale::Target { best_lo, best_hi, .. } => each(&mut z, |x| {
                let short = (best_lo - x).max(x - best_hi).max(0.0);
                unit(1.0 - short / prepared.span)
            }),
            Scale::Points { per_unit, whole, lo, hi } => each(&mut z, |x| {
                let points = x * per_unit;
                within(if *whole { half_up(points) } else { points }, *lo, *hi)
            }),
            Scale::Rank { knots } => each(&mut z, |x| rank(knots, x)),
            Scale::Bands { at, to } => each(&mut z, |x| band(at, to, x)),
            Scale::Categories { values } => {
                each(&mut z, |x| values.get(x as usize).copied().unwrap_or(f64::NAN));
            }
        }
        z
    }

    pub(super) fn encode(&self, writer: &mut SectionWriter) {
        let (code, numbers): (u64, &[f64]) = match self {
            Scale::MinMax { lo, hi } => (0, &[*lo, *hi]),
            Scale::ZScore { mean, standard_deviation, width } => (1, &[*mean, *standard_deviation, *width]),
            Scale::Rank { knots } => (2, knots),
            Scale::Log1p { lo, hi } => (3, &[*lo, *hi]),
            Scale::Saturating { tau } => (4, &[*tau]),
            Scale::Bands { at, to } => (5, &[at.as_slice(), to].concat()),
            Scale::Target { lo, best_lo, best_hi, hi } => (6, &[*lo, *best_lo, *best_hi, *hi]),
            Scale::Efficacy { fail, pass } => (7, &[*fail, *pass]),
            Scale::Points { per_unit, whole, lo, hi } => {
                (8, &[*per_unit, f64::from(u8::from(*whole)), *lo, *hi])
            }
            Scale::Categories { values } => (9, values),
        };
        writer.integer(code);
        writer.numbers(numbers);
    }

    pub(super) fn decode(reader: &mut SectionReader<'_>) -> Result<Scale> {
        let code = reader.integer("scale", 10)?;
        let numbers = reader.numbers("scale parameters", 2 * MAX_KNOTS)?;
        Ok(match (code, numbers.as_slice()) {
            (0, &[lo, hi]) => Scale::MinMax { lo, hi },
            (1, &[mean, standard_deviation, width]) => Scale::ZScore { mean, standard_deviation, width },
            (2, knots) => Scale::Rank { knots: knots.to_vec() },
            (3, &[lo, hi]) => Scale::Log1p { lo, hi },
            (4, &[tau]) => Scale::Saturating { tau },
            (5, both) if both.len() % 2 == 0 => {
                let (at, to) = both.split_at(both.len() / 2);
                Scale::Bands { at: at.to_vec(), to: to.to_vec() }
            }
            (6, &[lo, best_lo, best_hi, hi]) => Scale::Target { lo, best_lo, best_hi, hi },
            (7, &[fail, pass]) => Scale::Efficacy { fail, pass },
            (8, &[per_unit, whole, lo, hi]) if whole == 0.0 || whole == 1.0 => {
                Scale::Points { per_unit, whole: whole == 1.0, lo, hi }
            }
            (9, values) => Scale::Categories { values: values.to_vec() },
            _ => return Err(reader.error(format_args!("scale {code} with {} parameters", numbers.len()))),
        })
    }
}

#[inline(always)]
fn each<const N: usize>(lanes: &mut Lanes<N>, f: impl Fn(f64) -> f64) {
    for lane in lanes {
        *lane = f(*lane);
    }
}

#[inline(always)]
fn unit(z: f64) -> f64 {
    within(z, 0.0, 1.0)
}

/// The nearest whole number, halves upwards. Adding one half first would round 0.49999999999999994 to 1.
#[inline(always)]
fn half_up(x: f64) -> f64 {
    let floor = x.floor();
    if x - floor >= 0.5 { floor + 1.0 } else { floor }
}

/// Mid-rank of `x` in a table of equally spaced quantiles, 0 to 1.
fn rank(knots: &[f64], x: f64) -> f64 {
    let below = knots.partition_point(|&knot| knot < x);
    let through = knots.partition_point(|&knot| knot <= x);
    let last = knots.len().saturating_sub(1) as f64;
    let position = if below < through {
        (below + through - 1) as f64 / 2.0
    } else if below == 0 || x.is_nan() {
        0.0
    } else if below == knots.len() {
        last
    } else {
        let (from, to) = (knots[below - 1], knots[below]);
        (below - 1) as f64 + (x - from) / (to - from)
    };
    position / last
}

/// Piecewise-linear interpolation, level beyond the ends.
fn band(at: &[f64], to: &[f64], x: f64) -> f64 {
    let through = at.partition_point(|&knot| knot <= x);
    if through == 0 {
        to.first().copied().unwrap_or(f64::NAN)
    } else if through == at.len() {
        to[through - 1]
    } else {
        let (x0, x1, z0, z1) = (at[through - 1], at[through], to[through - 1], to[through]);
        z0 + (z1 - z0) * ((x - x0) / (x1 - x0))
    }
}
