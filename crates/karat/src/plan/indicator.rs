//! What can be said of an indicator before its column is seen.

use super::{Better, IndicatorPlan, MissingPlan, ScalePlan};
use karat_scorer::step::MAX_KNOTS;
use karat_scorer::{Error, Result};

/// Refuses parameters that no base can make sense of.
pub(super) fn check(name: &str, plan: &IndicatorPlan, points: bool) -> Result<()> {
    let refuse = |rule: &str, value: String| Err(Error::argument(format!("indicator {name}"), rule, value));
    if let Some((lo, hi)) = plan.winsorise
        && !(0.0 <= lo && lo < hi && hi <= 1.0)
    {
        return refuse("must be winsorised at ascending shares of 0 to 1", format!("[{lo}, {hi}]"));
    }
    if let Some(number) = numbers(plan).into_iter().find(|number| !number.is_finite()) {
        return refuse("must have finite parameters", number.to_string());
    }
    if plan.better == Better::Low
        && matches!(plan.scale, ScalePlan::Target { .. } | ScalePlan::Efficacy { .. })
    {
        return refuse(
            "must not be turned round by `better`: `best`, or the order of `fail` and `pass`, says what is good",
            "low".to_owned(),
        );
    }
    if points && plan.better == Better::Low && matches!(plan.scale, ScalePlan::Bands { .. }) {
        return refuse(
            "must not turn round bands that are points: write the points wanted",
            "low".to_owned(),
        );
    }
    if let (Some(MissingPlan::Points(given)), false) = (&plan.missing, points) {
        let rule =
            "must not give missing values points unless the index counts points: `index.points = true`";
        return refuse(rule, given.to_string());
    }
    if let Some((rule, value)) = fault(&plan.scale) {
        return refuse(rule, value);
    }
    let levels: Vec<f64> = match &plan.scale {
        ScalePlan::Bands { points } => points.iter().map(|&(_, level)| level).collect(),
        _ => plan.categories.values().copied().collect(),
    };
    match levels.into_iter().find(|level| !points && !(0.0..=1.0).contains(level)) {
        Some(level) => {
            refuse("must have values of 0 to 1, unless the index counts points", level.to_string())
        }
        None if !points && matches!(plan.scale, ScalePlan::Points { .. }) => {
            refuse("must not count points unless the index does: `index.points = true`", "points".to_owned())
        }
        None => Ok(()),
    }
}

/// The rule that a scale breaks, and what it has instead.
fn fault(scale: &ScalePlan) -> Option<(&'static str, String)> {
    let ascending = |values: &[f64]| values.windows(2).all(|pair| pair[0] <= pair[1]);
    match scale {
        ScalePlan::MinMax { lo: Some(lo), hi: Some(hi) }
        | ScalePlan::Log1p { lo: Some(lo), hi: Some(hi) }
            if lo >= hi =>
        {
            Some(("must have a lower bound below the upper one", format!("{lo} and {hi}")))
        }
        ScalePlan::Log1p { lo, hi } => {
            let outside = [lo, hi].into_iter().flatten().find(|bound| **bound <= -1.0)?;
            Some(("must have logarithmic bounds above -1", outside.to_string()))
        }
        ScalePlan::ZScore { width } if *width <= 0.0 => {
            Some(("must have a width above 0 standard deviations", width.to_string()))
        }
        ScalePlan::Rank { knots } if !(2..=MAX_KNOTS).contains(knots) => {
            Some(("must have 2 to 1024 knots", knots.to_string()))
        }
        ScalePlan::Saturating { tau: Some(tau) } if *tau <= 0.0 => {
            Some(("must have a `tau` above 0", tau.to_string()))
        }
        ScalePlan::Bands { points } if !(1..=MAX_KNOTS).contains(&points.len()) => {
            Some(("must have 1 to 1024 points", points.len().to_string()))
        }
        ScalePlan::Bands { points } => {
            let pair = points.windows(2).find(|pair| pair[0].0 > pair[1].0)?;
            Some(("must have points that ascend", format!("{} after {}", pair[1].0, pair[0].0)))
        }
        ScalePlan::Target { lo, best, hi } => {
            let bounds: Vec<f64> = [*lo, Some(best.0), Some(best.1), *hi].into_iter().flatten().collect();
            let whole = lo.is_some() && hi.is_some() && *lo == Some(best.0) && *hi == Some(best.1);
            (!ascending(&bounds) || whole).then(|| {
                ("must have a best interval within its bounds, smaller than they", format!("{bounds:?}"))
            })
        }
        ScalePlan::Efficacy { fail, pass } if fail == pass => {
            Some(("must have different `fail` and `pass`", fail.to_string()))
        }
        ScalePlan::Points { lo: Some(lo), hi: Some(hi), .. } if lo > hi => {
            Some(("must have fewest points up to most points", format!("{lo} and {hi}")))
        }
        _ => None,
    }
}

/// Every number a person wrote.
fn numbers(plan: &IndicatorPlan) -> Vec<f64> {
    let mut numbers: Vec<f64> = match &plan.scale {
        ScalePlan::MinMax { lo, hi } | ScalePlan::Log1p { lo, hi } => {
            [*lo, *hi].into_iter().flatten().collect()
        }
        ScalePlan::ZScore { width } => vec![*width],
        ScalePlan::Rank { .. } => Vec::new(),
        ScalePlan::Saturating { tau } => tau.iter().copied().collect(),
        ScalePlan::Bands { points } => points.iter().flat_map(|&(x, level)| [x, level]).collect(),
        ScalePlan::Target { lo, best, hi } => {
            [*lo, Some(best.0), Some(best.1), *hi].into_iter().flatten().collect()
        }
        ScalePlan::Efficacy { fail, pass } => vec![*fail, *pass],
        ScalePlan::Points { per_unit, lo, hi, .. } => {
            [Some(*per_unit), *lo, *hi].into_iter().flatten().collect()
        }
    };
    numbers.extend(plan.categories.values());
    if let Some(MissingPlan::Points(points)) = plan.missing {
        numbers.push(points);
    }
    numbers
}
