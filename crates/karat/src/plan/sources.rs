//! Which sources a plan's weights come from, and the bounds they are kept within.

use super::resolve::{Leaf, unknown_name};
use super::{CombinationPlan, Plan, WeightMethod, WeightsPlan};
use crate::evaluate::weights::{DataMethod, bounds_of, check_bounds, check_shares};
use karat_scorer::{Error, Result};

/// The experts' name in a mix.
const EXPERT: &str = "expert";

/// A source of weights in a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Expert,
    Data(DataMethod),
}

impl WeightsPlan {
    /// Methods of data weights that the plan uses, each once.
    pub(crate) fn data_methods(&self) -> Vec<DataMethod> {
        let mixed = self.mix.keys().filter_map(|name| DataMethod::from_name(name).ok());
        let mut methods: Vec<DataMethod> = match self.method {
            WeightMethod::Combined if self.mix.is_empty() => vec![self.data],
            WeightMethod::Combined => mixed.collect(),
            method => method.data().into_iter().collect(),
        };
        methods.sort_unstable();
        methods.dedup();
        methods
    }

    /// Whether a pass over the base must come before the weights.
    pub(crate) fn reads_the_base(&self) -> bool {
        self.data_methods().iter().any(|&method| method != DataMethod::Equal)
    }

    /// Whether judgments and fixed weights count.
    pub(crate) fn uses_experts(&self) -> bool {
        match self.method {
            WeightMethod::Ahp => true,
            WeightMethod::Combined => self.mix.is_empty() || self.mix.contains_key(EXPERT),
            _ => false,
        }
    }

    /// Sources of the mix with their shares.
    pub(crate) fn mixed(&self) -> Vec<(Source, f64)> {
        let source = |name: &str| {
            if name == EXPERT {
                Some(Source::Expert)
            } else {
                DataMethod::from_name(name).ok().map(Source::Data)
            }
        };
        self.mix.iter().filter_map(|(name, &share)| Some((source(name)?, share))).collect()
    }

    /// Bounds of every leaf; none where the plan states none.
    pub(crate) fn bounds_of(&self, leaves: &[Leaf]) -> Option<Vec<(f64, f64)>> {
        if self.bounds.is_empty() && self.cap.is_none() {
            return None;
        }
        let stated: Vec<(usize, (f64, f64))> = leaves
            .iter()
            .enumerate()
            .filter_map(|(at, leaf)| Some((at, *self.bounds.get(&leaf.name)?)))
            .collect();
        Some(bounds_of(leaves.len(), &stated, self.cap))
    }
}

/// Checks sources and bounds against the indicators.
///
/// # Errors
/// [`Error::Argument`] naming what contradicts what.
pub(super) fn check(plan: &Plan, leaves: &[Leaf]) -> Result<()> {
    let weights = &plan.weights;
    if weights.data == DataMethod::Gini || weights.mix.contains_key(DataMethod::Gini.name()) {
        return Err(Error::argument(
            "weights",
            "must come from sums over the base; draw Gini's weights from a table and write them as fixed ones",
            "`gini`",
        ));
    }
    if !weights.mix.is_empty() {
        check_mix(weights)?;
    }
    if weights.bounds.is_empty() && weights.cap.is_none() {
        return Ok(());
    }
    if plan.index.points {
        let rule = "must not be given for an index of points, which adds its indicators unweighted";
        return Err(Error::argument("weights.bounds", rule, "bounds"));
    }
    let known = leaves.iter().map(|leaf| leaf.name.as_str());
    if let Some(name) = weights.bounds.keys().find(|name| !leaves.iter().any(|leaf| leaf.name == **name)) {
        return Err(unknown_name("weights.bounds", name, known));
    }
    if let Some(cap) = weights.cap
        && !(cap > 0.0 && cap <= 1.0)
    {
        return Err(Error::argument("weights.cap", "must be above 0 and at most 1", cap));
    }
    let names: Vec<&str> = known.collect();
    weights.bounds_of(leaves).map_or(Ok(()), |bounds| check_bounds(&bounds, &names))
}

fn check_mix(weights: &WeightsPlan) -> Result<()> {
    let methods = DataMethod::ALL.map(DataMethod::name);
    let known = std::iter::once(EXPERT).chain(methods.into_iter().filter(|name| *name != "gini"));
    for name in weights.mix.keys() {
        if name != "pca" && !known.clone().any(|known| known == name) {
            return Err(unknown_name("weights.mix", name, known));
        }
    }
    if weights.method != WeightMethod::Combined {
        let rule = "must come with the method `combined`";
        return Err(Error::argument("weights.mix", rule, format!("`{}`", weights.method.name())));
    }
    let combination = weights.combination != CombinationPlan::Linear { expert: 0.5 };
    if combination || weights.data != DataMethod::Entropy {
        let what = if combination { "combination" } else { "data" };
        let rule = "must stand in place of `combination` and `data`, not beside them";
        return Err(Error::argument("weights.mix", rule, format!("`{what}` too")));
    }
    let shares: Vec<f64> = weights.mix.values().copied().collect();
    check_shares(&shares)
}
