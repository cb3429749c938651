//! Freezing the tree: weights of nodes multiplied down to the indicators, combined with the data's.

use super::weights::{
    Combination, EntropyWeights, Finding, combine, entropy_from_sums, total_consistency_ratio,
};
use crate::plan::{CombinationPlan, Plan, ResolvedPlan, WeightMethod};
use karat_scorer::Result;
use karat_scorer::step::{Nodes, Tree};
use std::collections::HashMap;

/// Sums over the base from which entropy weights follow: number of customers, and for each indicator the
/// sums of `z` and of `z ln z`.
#[derive(Debug, Clone)]
pub(crate) struct IndicatorSums {
    pub(crate) count: u64,
    pub(crate) sums: Vec<(f64, f64)>,
}

/// The frozen tree with where its weights come from.
#[derive(Debug, Clone)]
pub(crate) struct Weighed {
    pub(crate) tree: Tree,
    pub(crate) nodes: Option<Nodes>,
    pub(crate) expert: Vec<f64>,
    pub(crate) entropy: Option<EntropyWeights>,
    pub(crate) findings: Vec<Finding>,
}

/// Weights of the leaves in the whole and within their dimension, as the experts say.
fn expert_weights(resolved: &ResolvedPlan) -> (Vec<f64>, Vec<f64>) {
    let root = &resolved.nodes[0];
    let mut whole: HashMap<&str, f64> = HashMap::from([(root.name.as_str(), 1.0)]);
    let mut within: HashMap<&str, f64> = HashMap::new();
    for (position, node) in resolved.nodes.iter().enumerate() {
        let of_node = whole.get(node.name.as_str()).copied().unwrap_or(0.0);
        for (child, weight) in node.children.iter().zip(&node.weights) {
            whole.insert(child, of_node * weight);
            let share = match position {
                0 => 1.0,
                _ => within.get(node.name.as_str()).copied().unwrap_or(1.0) * weight,
            };
            within.insert(child, share);
        }
    }
    let of = |weights: &HashMap<&str, f64>| {
        resolved.leaves.iter().map(|leaf| weights.get(leaf.name.as_str()).copied().unwrap_or(0.0)).collect()
    };
    (of(&whole), of(&within))
}

/// Multiplies the experts' weights down the tree and combines them with those of the data.
///
/// # Errors
/// As [`entropy_from_sums`] and [`combine`].
pub(crate) fn freeze(plan: &Plan, resolved: &ResolvedPlan, sums: Option<&IndicatorSums>) -> Result<Weighed> {
    let leaves = resolved.leaves.len();
    let dimension: Vec<u32> = resolved.leaves.iter().map(|leaf| leaf.dimension as u32).collect();
    let (expert, mut within) = expert_weights(resolved);
    let mut weights = expert.clone();
    let mut entropy = None;
    let mut findings = Vec::new();
    if plan.index.points {
        weights = vec![1.0; leaves];
        within = vec![1.0; leaves];
    } else if let Some(sums) = sums {
        let found = entropy_from_sums(sums.count, &sums.sums)?;
        findings.extend(found.findings.iter().cloned().map(|finding| named(finding, resolved)));
        weights = match plan.weights.method {
            WeightMethod::Combined => {
                let combined = combine(&normalised(&expert), &found.weights, combination(plan))?;
                findings.extend(combined.findings);
                combined.weights
            }
            _ => found.weights.clone(),
        };
        within = shares_within(&weights, &dimension, resolved.dimensions.len());
        entropy = Some(found);
    }
    let scale = if plan.index.points { 1.0 } else { plan.index.scale };
    let minimum_coverage = plan.index.minimum_coverage;
    let nodes = super::nodes::freeze(plan, resolved, entropy.is_some().then_some(&*weights));
    Ok(Weighed {
        tree: Tree { scale, minimum_coverage, weights, within, dimension },
        nodes,
        expert,
        entropy,
        findings,
    })
}

fn combination(plan: &Plan) -> Combination {
    match plan.weights.combination {
        CombinationPlan::Linear { expert } => Combination::Linear { share: expert },
        CombinationPlan::Multiplicative => Combination::Multiplicative,
        CombinationPlan::Geometric => Combination::Geometric,
        CombinationPlan::GameTheory => Combination::GameTheory,
    }
}

/// Products down the tree sum to 1 but for rounding; combining insists on 1.
fn normalised(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// A dimension without weight treats its indicators alike.
fn shares_within(weights: &[f64], dimension: &[u32], dimensions: usize) -> Vec<f64> {
    let mut total = vec![0.0; dimensions];
    let mut count = vec![0.0; dimensions];
    for (weight, &of) in weights.iter().zip(dimension) {
        total[of as usize] += weight;
        count[of as usize] += 1.0;
    }
    let share = |(weight, &of): (&f64, &u32)| {
        let total = total[of as usize];
        if total > 0.0 { weight / total } else { 1.0 / count[of as usize] }
    };
    weights.iter().zip(dimension).map(share).collect()
}

/// A finding about "column 3" tells a person less than one about `tenure`.
fn named(mut finding: Finding, resolved: &ResolvedPlan) -> Finding {
    let position = finding.place.rsplit(' ').next().and_then(|number| number.parse::<usize>().ok());
    if let Some(leaf) = position.and_then(|position| resolved.leaves.get(position)) {
        finding.place = leaf.name.clone();
    }
    finding
}

/// Consistency ratio of the total ranking, `sum a_j CI_j / sum a_j RI_j` over the nodes of one level, each
/// with its weight in the whole (Saaty 1980): that of the lowest level on which three or more children of
/// some node were judged.
pub(crate) fn total_consistency(resolved: &ResolvedPlan) -> Result<Option<f64>> {
    let root = resolved.nodes[0].name.as_str();
    let mut whole: HashMap<&str, (f64, usize)> = HashMap::from([(root, (1.0, 0))]);
    let (mut lowest, mut weights, mut levels) = (0, Vec::new(), Vec::new());
    for node in &resolved.nodes {
        let (of_node, depth) = whole.get(node.name.as_str()).copied().unwrap_or((0.0, 0));
        for (child, weight) in node.children.iter().zip(&node.weights) {
            whole.insert(child, (of_node * weight, depth + 1));
        }
        let Some(priorities) = node.priorities.as_ref().filter(|_| node.children.len() > 2) else { continue };
        if depth > lowest {
            (lowest, weights, levels) = (depth, Vec::new(), Vec::new());
        }
        if depth == lowest {
            weights.push(of_node);
            levels.push((priorities.consistency_index, priorities.random_index.value));
        }
    }
    if levels.is_empty() { Ok(None) } else { total_consistency_ratio(&weights, &levels).map(Some) }
}
