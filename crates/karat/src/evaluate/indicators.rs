//! Freezing indicator scales: bounds that a plan leaves open are read off the fitted base.

use crate::numerics::moments::Moments;
use crate::plan::{Better, IndicatorPlan, MissingPlan, ScalePlan};
use karat_scorer::Problem;
use karat_scorer::step::{Indicator, Scale};

/// What is known of a numeric field after the passes over the base.
#[derive(Debug, Clone)]
pub(crate) struct FieldStatistics {
    pub(crate) name: String,
    pub(crate) moments: Moments,
    /// Values at the probabilities that [`probabilities`] asked for, the median first.
    pub(crate) quantiles: Vec<f64>,
}

/// Where in [`FieldStatistics::quantiles`] the values of one indicator begin.
pub(crate) type Offset = usize;

/// Points that a plan leaves unbounded end here, where doubles still tell single points apart.
const MOST_POINTS: f64 = 1e12;

/// The quantiles of its field that an indicator needs, in the order in which [`freeze`] reads them.
pub(crate) fn probabilities(plan: &IndicatorPlan) -> Vec<f64> {
    let mut wanted = Vec::new();
    if let Some((lo, hi)) = plan.winsorise {
        wanted.extend([lo, hi]);
    }
    if let ScalePlan::Rank { knots } = plan.scale {
        let last = knots.saturating_sub(1).max(1);
        wanted.extend((0..knots).map(|i| i as f64 / last as f64));
    }
    wanted
}

/// The frozen indicator of a numeric field.
///
/// # Errors
/// A [`Problem`] when the base cannot give the bounds: constant, all missing, not positive.
pub(crate) fn freeze(
    name: &str,
    plan: &IndicatorPlan,
    field: u32,
    points: bool,
    statistics: &FieldStatistics,
    offset: Offset,
) -> std::result::Result<Indicator, Problem> {
    let values = &statistics.quantiles[offset..];
    let clip = plan.winsorise.map(|_| (values[0], values[1]));
    let knots = &values[if clip.is_some() { 2 } else { 0 }..];
    let (least, greatest) = clip.unwrap_or((statistics.moments.minimum(), statistics.moments.maximum()));
    let bounds = Bounds { name, plan, statistics, least, greatest };
    if clip.is_some() {
        bounds.present()?;
    }
    let scale = match &plan.scale {
        ScalePlan::MinMax { lo, hi } => {
            let (lo, hi) = bounds.open(*lo, *hi, least)?;
            Scale::MinMax { lo, hi }
        }
        ScalePlan::Log1p { lo, hi } => {
            let (lo, hi) = bounds.open(*lo, *hi, least.max(0.0))?;
            Scale::Log1p { lo, hi }
        }
        ScalePlan::Target { lo, best, hi } => {
            let (lo, hi) = bounds.around(*lo, *best, *hi)?;
            Scale::Target { lo, best_lo: best.0, best_hi: best.1, hi }
        }
        ScalePlan::ZScore { width } => {
            bounds.varied()?;
            Scale::ZScore {
                mean: statistics.moments.mean(),
                standard_deviation: statistics.moments.standard_deviation(),
                width: *width,
            }
        }
        ScalePlan::Rank { knots: count } => {
            bounds.varied()?;
            Scale::Rank { knots: knots[..*count].to_vec() }
        }
        ScalePlan::Saturating { tau } => Scale::Saturating { tau: bounds.time_constant(*tau)? },
        ScalePlan::Bands { points } => {
            let (at, to) = points.iter().copied().unzip();
            Scale::Bands { at, to }
        }
        ScalePlan::Efficacy { fail, pass } => Scale::Efficacy { fail: *fail, pass: *pass },
        ScalePlan::Points { per_unit, whole, lo, hi } => Scale::Points {
            per_unit: *per_unit,
            whole: *whole,
            lo: lo.unwrap_or(hi.map_or(-MOST_POINTS, |hi| hi.min(-MOST_POINTS))),
            hi: hi.unwrap_or(lo.map_or(MOST_POINTS, |lo| lo.max(MOST_POINTS))),
        },
    };
    let mut indicator = Indicator::new(field, scale);
    indicator.clip = clip;
    if points {
        indicator.neutral = missing_points(plan);
    }
    let indicator = if plan.better == Better::Low { indicator.cost() } else { indicator };
    // The plan was checked: what is left are differences that overflow or vanish in a double.
    indicator.check(name, 0).map_err(|_| {
        bounds.problem(
            &format!("values from {least} to {greatest} are too far apart, or too near, for its scale"),
            "mend the column, or give the scale other bounds",
        )
    })?;
    Ok(indicator)
}

/// Points of a missing value: none, unless the plan says how many.
pub(crate) fn missing_points(plan: &IndicatorPlan) -> f64 {
    match plan.missing {
        Some(MissingPlan::Points(points)) => points,
        _ => 0.0,
    }
}

struct Bounds<'a> {
    name: &'a str,
    plan: &'a IndicatorPlan,
    statistics: &'a FieldStatistics,
    least: f64,
    greatest: f64,
}

impl Bounds<'_> {
    fn problem(&self, what: &str, remedy: &str) -> Problem {
        let of = if self.statistics.name == self.name {
            String::new()
        } else {
            format!("indicator {}: ", self.name)
        };
        Problem::new(&self.statistics.name, format!("{of}{what}"), remedy)
    }

    fn present(&self) -> std::result::Result<(), Problem> {
        if self.statistics.moments.count() > 0 {
            return Ok(());
        }
        Err(self.problem("every value is missing", "drop the indicator or mend the column"))
    }

    /// A scale that measures differences needs some.
    fn varied(&self) -> std::result::Result<(), Problem> {
        self.present()?;
        if self.least < self.greatest {
            return Ok(());
        }
        let share = match self.plan.winsorise {
            Some((lo, hi)) => format!(" from the {lo} to the {hi} quantile"),
            None => String::new(),
        };
        Err(self.problem(
            &format!("constant: every value{share} is {}", self.least),
            "drop the indicator or give its scale bounds",
        ))
    }

    fn open(&self, lo: Option<f64>, hi: Option<f64>, least: f64) -> std::result::Result<(f64, f64), Problem> {
        if let (Some(lo), Some(hi)) = (lo, hi) {
            return Ok((lo, hi));
        }
        self.varied()?;
        let (lo, hi) = (lo.unwrap_or(least), hi.unwrap_or(self.greatest));
        if lo < hi {
            return Ok((lo, hi));
        }
        Err(self.problem(
            &format!(
                "the base reaches from {} to {}, which leaves nothing between {lo} and {hi}",
                self.least, self.greatest
            ),
            "give both bounds of the scale",
        ))
    }

    /// Where a target's indicator ends on either side; somebody must be outside the best interval.
    fn around(
        &self,
        lo: Option<f64>,
        best: (f64, f64),
        hi: Option<f64>,
    ) -> std::result::Result<(f64, f64), Problem> {
        if let (Some(lo), Some(hi)) = (lo, hi) {
            return Ok((lo, hi));
        }
        self.present()?;
        let (lo, hi) = (lo.unwrap_or(self.least.min(best.0)), hi.unwrap_or(self.greatest.max(best.1)));
        if lo < best.0 || best.1 < hi {
            return Ok((lo, hi));
        }
        Err(self.problem(
            &format!("every value, from {} to {}, lies within the best interval", self.least, self.greatest),
            "give the scale `lo` and `hi`, or drop the indicator",
        ))
    }

    fn time_constant(&self, tau: Option<f64>) -> std::result::Result<f64, Problem> {
        if let Some(tau) = tau {
            return Ok(tau);
        }
        self.present()?;
        let mean = self.statistics.moments.mean();
        if mean > 0.0 {
            return Ok(mean);
        }
        Err(self.problem(&format!("the mean of the base is {mean}, not above 0"), "give `tau`"))
    }
}
