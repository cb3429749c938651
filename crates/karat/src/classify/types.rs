//! Freezing the typology A, B1, B2, C: thresholds of index, contribution and attribution.

use crate::numerics::moments::Moments;
use crate::numerics::quantile::{Histogram, QuantilePlan, Refinement};
use crate::plan::{ThresholdPlan, TypesMethodPlan, TypesPlan};
use karat_scorer::step::{TypeMethod, Types};
use karat_scorer::{Error, Problem, Result};

/// A threshold after the first pass over the index.
#[derive(Debug, Clone)]
pub(crate) enum ThresholdAwaiting {
    /// Known.
    Known(f64),
    /// A quantile that a second pass gives.
    Quantile(QuantilePlan),
}

impl ThresholdAwaiting {
    /// Plans one threshold from the first pass.
    ///
    /// # Errors
    /// As [`QuantilePlan::new`].
    pub(crate) fn new(
        plan: ThresholdPlan,
        moments: &Moments,
        histogram: &Histogram,
    ) -> Result<ThresholdAwaiting> {
        Ok(match plan {
            ThresholdPlan::Fixed(value) => ThresholdAwaiting::Known(value),
            ThresholdPlan::Mean => ThresholdAwaiting::Known(moments.mean()),
            ThresholdPlan::Quantile(p) => ThresholdAwaiting::Quantile(QuantilePlan::new(histogram, &[p])?),
        })
    }

    /// The state of the second pass.
    pub(crate) fn refinement(&self) -> Refinement {
        match self {
            ThresholdAwaiting::Known(_) => Refinement::of_buckets(Vec::new()),
            ThresholdAwaiting::Quantile(plan) => plan.refinement(),
        }
    }

    fn finish(&self, refinement: &Refinement) -> Result<f64> {
        match self {
            ThresholdAwaiting::Known(value) => Ok(*value),
            ThresholdAwaiting::Quantile(plan) => Ok(plan.finish(refinement)?[0]),
        }
    }
}

/// Thresholds of a method; `share` compares with the base's means, whatever the plan says.
pub(crate) fn thresholds(plan: &TypesPlan) -> [ThresholdPlan; 3] {
    match plan.method {
        TypesMethodPlan::Share => [plan.value, ThresholdPlan::Mean, ThresholdPlan::Mean],
        TypesMethodPlan::Ratio | TypesMethodPlan::Quadrant => {
            [plan.value, plan.contribution_threshold, plan.attribution_threshold]
        }
    }
}

/// The frozen typology from the three thresholds.
///
/// # Errors
/// [`Error::Data`] when a threshold read off the base is not above zero.
pub(crate) fn freeze(
    plan: &TypesPlan,
    dimensions: &[String],
    awaiting: &[ThresholdAwaiting; 3],
    refinements: [&Refinement; 3],
) -> Result<Types> {
    let position = |name: &String| dimensions.iter().position(|known| known == name).unwrap_or(0) as u32;
    let mut values = [0.0; 3];
    for (value, (awaiting, refinement)) in values.iter_mut().zip(awaiting.iter().zip(refinements)) {
        *value = awaiting.finish(refinement)?;
    }
    for (name, value) in [(&plan.contribution, values[1]), (&plan.attribution, values[2])] {
        if value.is_nan() || value <= 0.0 {
            return Err(Error::data(Problem::new(
                "",
                format!("types: the threshold of dimension `{name}` is {value}, not above 0"),
                "give a fixed threshold or another quantile",
            )));
        }
    }
    let types = Types {
        method: match plan.method {
            TypesMethodPlan::Quadrant => TypeMethod::Quadrant,
            TypesMethodPlan::Ratio | TypesMethodPlan::Share => TypeMethod::Ratio,
        },
        contribution: position(&plan.contribution),
        attribution: position(&plan.attribution),
        value_threshold: values[0],
        contribution_threshold: values[1],
        attribution_threshold: values[2],
        k: plan.k,
        both_high_is_a: plan.both_high_is_a,
    };
    types.check(dimensions.len())?;
    Ok(types)
}
