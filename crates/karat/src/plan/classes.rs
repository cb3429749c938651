//! Grades, types and segments as a plan says them.

use super::resolve::{check_names, unknown_name};
use super::{Plan, ResolvedPlan};
use karat_scorer::step::{MAX_GRADES, MAX_RULES, MAX_SEGMENTS};
use karat_scorer::{Error, Result};
use serde::{Deserialize, Serialize};

/// Grades of the index.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct GradesPlan {
    /// Names, the lowest first.
    pub names: Vec<String>,
    /// Where one grade ends and the next begins.
    pub cuts: CutsPlan,
}

/// Cuts between grades.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CutsPlan {
    /// Shares of customers in each grade, the lowest first; equal shares if empty.
    Quantile(Vec<f64>),
    /// These values of the index; the first belongs to the second grade, and so on.
    Fixed(Vec<f64>),
    /// Breaks that make grades as alike within as possible (Fisher 1958, Jenks 1977).
    NaturalBreaks,
    /// Shares of the summed index that the top grade, the top two grades, ... hold; ascending.
    CumulativeShare(Vec<f64>),
}

impl Default for CutsPlan {
    fn default() -> CutsPlan {
        CutsPlan::Quantile(Vec::new())
    }
}

/// How customers are divided into types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TypesMethodPlan {
    /// Contribution against attribution, each divided by its threshold.
    #[default]
    Ratio,
    /// Which of the two reach their thresholds.
    Quadrant,
    /// Share of the base's contribution against share of its attribution: thresholds are the means.
    Share,
}

/// A threshold: a number, or read off the fitted base.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ThresholdPlan {
    /// This value.
    Fixed(f64),
    /// This quantile of the base, 0 to 1.
    Quantile(f64),
    /// The mean of the base.
    Mean,
}

/// Types A, B1, B2, C.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TypesPlan {
    /// Method.
    pub method: TypesMethodPlan,
    /// Dimension of what a customer brings.
    pub contribution: String,
    /// Dimension of how much a customer belongs to the operator.
    pub attribution: String,
    /// Index from which a customer counts as high value.
    pub value: ThresholdPlan,
    /// Contribution that counts as high.
    pub contribution_threshold: ThresholdPlan,
    /// Attribution that counts as high.
    pub attribution_threshold: ThresholdPlan,
    /// Ratios from 1/k to k count as balanced.
    pub k: f64,
    /// A customer above both thresholds is A whatever the ratio.
    pub both_high_is_a: bool,
}

impl Default for TypesPlan {
    fn default() -> TypesPlan {
        TypesPlan {
            method: TypesMethodPlan::Ratio,
            contribution: "contribution".to_owned(),
            attribution: "attribution".to_owned(),
            value: ThresholdPlan::Quantile(0.5),
            contribution_threshold: ThresholdPlan::Mean,
            attribution_threshold: ThresholdPlan::Mean,
            k: 1.25,
            both_high_is_a: false,
        }
    }
}

/// Segments by k-means over the indicators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SegmentsPlan {
    /// Number of segments.
    pub k: usize,
    /// Indicators that span the space; all if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub indicators: Vec<String>,
    /// Names; made from what sets each segment apart if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Independent starts, the best of which is kept.
    pub restarts: usize,
    /// Most iterations of a start.
    pub max_iterations: usize,
    /// Movement of the centers, relative to the variance, at which a start has converged.
    pub tolerance: f64,
    /// Customers that the iterations run on; larger bases are sampled by a hash of the customer and
    /// finished by passes over everybody.
    pub sample: usize,
}

impl Default for SegmentsPlan {
    fn default() -> SegmentsPlan {
        SegmentsPlan {
            k: 8,
            indicators: Vec::new(),
            names: Vec::new(),
            restarts: 4,
            max_iterations: 300,
            tolerance: 1e-4,
            sample: 200_000,
        }
    }
}

/// Customers of a sample that k-means can hold.
const LARGEST_SAMPLE: usize = 1 << 31;

/// Checks grades, rules, types and segments against the tree.
pub(super) fn check(plan: &Plan, resolved: &ResolvedPlan) -> Result<()> {
    if let Some(grades) = &plan.grades {
        check_grades(grades)?;
    } else if let Some(ratchet) = &plan.ratchet {
        return Err(Error::argument("ratchet", "must have grades to keep", &ratchet.previous));
    }
    check_rules(plan, resolved)?;
    if let Some(types) = &plan.types {
        for (what, name) in
            [("types.contribution", &types.contribution), ("types.attribution", &types.attribution)]
        {
            if !resolved.dimensions.contains(name) {
                return Err(unknown_name(what, name, resolved.dimensions.iter().map(String::as_str)));
            }
        }
        if !(types.k.is_finite() && types.k >= 1.0) {
            return Err(Error::argument("types.k", "must be >= 1", types.k));
        }
        for (what, threshold) in [
            ("types.value", types.value),
            ("types.contribution_threshold", types.contribution_threshold),
            ("types.attribution_threshold", types.attribution_threshold),
        ] {
            check_threshold(what, threshold)?;
        }
    }
    if let Some(segments) = &plan.segments {
        check_segments(segments, plan)?;
    }
    Ok(())
}

/// Contribution and attribution are divided by their thresholds; the index is compared with its own.
fn check_threshold(what: &str, threshold: ThresholdPlan) -> Result<()> {
    match threshold {
        ThresholdPlan::Quantile(p) if !(0.0..=1.0).contains(&p) => {
            Err(Error::argument(what, "must be a quantile between 0 and 1", p))
        }
        ThresholdPlan::Fixed(value) if !value.is_finite() => {
            Err(Error::argument(what, "must be finite", value))
        }
        ThresholdPlan::Fixed(value) if value <= 0.0 && what != "types.value" => {
            Err(Error::argument(what, "must be above 0", value))
        }
        _ => Ok(()),
    }
}

fn check_rules(plan: &Plan, resolved: &ResolvedPlan) -> Result<()> {
    let names: Vec<&str> = plan.rules.iter().map(|rule| rule.name.as_str()).collect();
    check_names("rules", &names)?;
    if names.len() > MAX_RULES {
        return Err(Error::argument("rules", format!("must number at most {MAX_RULES}"), names.len()));
    }
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let grades = plan.grades.as_ref().map_or(0, |grades| grades.names.len());
    resolved.rules.check(&names, resolved.schema.len(), grades)
}

fn check_grades(grades: &GradesPlan) -> Result<()> {
    let names: Vec<&str> = grades.names.iter().map(String::as_str).collect();
    check_names("grades.names", &names)?;
    let count = grades.names.len();
    if count > MAX_GRADES {
        return Err(Error::argument("grades.names", format!("must be at most {MAX_GRADES}"), count));
    }
    if count < 2 {
        return Err(Error::argument(
            "grades.names",
            "must name at least two grades, the lowest first",
            count,
        ));
    }
    let cuts = count - 1;
    match &grades.cuts {
        CutsPlan::Quantile(shares) if !shares.is_empty() => {
            let sum: f64 = shares.iter().sum();
            if shares.len() != count {
                return Err(Error::shape("shares of grades", count, shares.len()));
            }
            if (sum - 1.0).abs() > 1e-6 || shares.iter().any(|&share| share <= 0.0 || share.is_nan()) {
                return Err(Error::argument("grades.cuts", "must be shares above 0 that sum to 1", sum));
            }
        }
        CutsPlan::Fixed(values) if values.len() != cuts => {
            return Err(Error::shape("cuts between grades", cuts, values.len()));
        }
        CutsPlan::Fixed(values) => {
            if let Some(bad) = values.iter().find(|value| !value.is_finite()) {
                return Err(Error::argument("grades.cuts", "must be finite", bad));
            }
            if let Some(pair) = values.windows(2).find(|pair| pair[0] >= pair[1]) {
                let shown = format!("{} after {}", pair[1], pair[0]);
                return Err(Error::argument("grades.cuts", "must ascend", shown));
            }
        }
        CutsPlan::CumulativeShare(shares) => {
            let ascending = shares.windows(2).all(|pair| pair[0] < pair[1]);
            if shares.len() != cuts {
                return Err(Error::shape("cumulative shares", cuts, shares.len()));
            }
            if !ascending || shares.iter().any(|share| !(*share > 0.0 && *share < 1.0)) {
                let shown = format!("{shares:?}");
                return Err(Error::argument(
                    "grades.cuts",
                    "must be ascending shares between 0 and 1",
                    shown,
                ));
            }
        }
        _ => {}
    }
    Ok(())
}

fn check_segments(segments: &SegmentsPlan, plan: &Plan) -> Result<()> {
    if segments.k == 0 || segments.k > MAX_SEGMENTS {
        return Err(Error::argument("segments.k", format!("must be 1 to {MAX_SEGMENTS}"), segments.k));
    }
    if segments.sample < segments.k || segments.sample > LARGEST_SAMPLE {
        let rule = format!("must be k to {LARGEST_SAMPLE}");
        return Err(Error::argument("segments.sample", rule, segments.sample));
    }
    for (what, count) in
        [("segments.restarts", segments.restarts), ("segments.max_iterations", segments.max_iterations)]
    {
        if count == 0 || count > u32::MAX as usize {
            return Err(Error::argument(what, "must be 1 to 4294967295", count));
        }
    }
    if !(segments.tolerance.is_finite() && segments.tolerance >= 0.0) {
        return Err(Error::argument(
            "segments.tolerance",
            "must be finite and not negative",
            segments.tolerance,
        ));
    }
    for (place, list) in [("segments.names", &segments.names), ("segments.indicators", &segments.indicators)]
    {
        check_names(place, &list.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    if !segments.names.is_empty() && segments.names.len() != segments.k {
        return Err(Error::shape("names of segments", segments.k, segments.names.len()));
    }
    match segments.indicators.iter().find(|name| !plan.indicators.contains_key(*name)) {
        Some(name) => {
            Err(unknown_name("segments.indicators", name, plan.indicators.keys().map(String::as_str)))
        }
        None => Ok(()),
    }
}
