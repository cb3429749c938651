//! Freezing the aggregation of nodes, where some node is not arithmetic.

use crate::plan::{AggregatePlan, Plan, ResolvedPlan};
use karat_scorer::step::{Indicator, Mean, Node, Nodes};
use karat_scorer::{Problem, Result};
use std::collections::HashMap;

/// The least value that still counts as positive below a node that is not arithmetic.
const LEAST: f64 = 1e-9;

/// The mean of node `name`: its own, or that of the whole index.
fn mean_of(plan: &Plan, name: &str) -> Mean {
    let own = plan.nodes.get(name).and_then(|node| node.aggregate);
    match own.unwrap_or(plan.index.aggregate) {
        AggregatePlan::Arithmetic => Mean::Arithmetic,
        AggregatePlan::Geometric => Mean::Geometric,
        AggregatePlan::Harmonic => Mean::Harmonic,
        AggregatePlan::Power(1.0) => Mean::Arithmetic,
        AggregatePlan::Power(-1.0) => Mean::Harmonic,
        AggregatePlan::Power(p) => Mean::Power(p),
    }
}

/// The nodes of the tree, children before parents; none when all are arithmetic. `data` are the weights of
/// the indicators in the whole index where those of the nodes' judgments alone do not stand.
pub(crate) fn freeze(plan: &Plan, resolved: &ResolvedPlan, data: Option<&[f64]>) -> Option<Nodes> {
    let count = resolved.nodes.len();
    let means: Vec<Mean> = resolved.nodes.iter().map(|node| mean_of(plan, &node.name)).collect();
    if means.iter().all(|&mean| mean == Mean::Arithmetic) {
        return None;
    }
    // Children come after their parents in a plan, and before them in the model.
    let place = |position: usize| (count - 1 - position) as u32;
    let mut below = vec![0.0; count];
    let leaf: HashMap<&str, usize> =
        resolved.leaves.iter().enumerate().map(|(at, leaf)| (leaf.name.as_str(), at)).collect();
    let node: HashMap<&str, usize> =
        resolved.nodes.iter().enumerate().map(|(at, node)| (node.name.as_str(), at)).collect();
    let mut parent = vec![0; resolved.leaves.len()];
    let mut weight = vec![0.0; resolved.leaves.len()];
    let mut list = vec![Node { mean: Mean::Arithmetic, parent: place(0), weight: 1.0 }; count];
    for (position, of) in resolved.nodes.iter().enumerate().rev() {
        let total = |child: &String| match (data, leaf.get(child.as_str()), node.get(child.as_str())) {
            (Some(data), Some(&leaf), _) => data[leaf],
            (Some(_), None, Some(&node)) => below[node],
            _ => 0.0,
        };
        let totals: Vec<f64> = of.children.iter().map(total).collect();
        let sum: f64 = totals.iter().sum();
        let weights: Vec<f64> = match data {
            None => of.weights.clone(),
            Some(_) if sum > 0.0 => totals.iter().map(|total| total / sum).collect(),
            // A node without weight treats its children alike.
            Some(_) => vec![1.0 / totals.len() as f64; totals.len()],
        };
        below[position] = sum;
        list[place(position) as usize].mean = means[position];
        for (child, share) in of.children.iter().zip(weights) {
            if let Some(&leaf) = leaf.get(child.as_str()) {
                (parent[leaf], weight[leaf]) = (place(position), share);
            } else if let Some(&node) = node.get(child.as_str()) {
                let at = place(node) as usize;
                (list[at].parent, list[at].weight) = (place(position), share);
            }
        }
    }
    let reference = vec![1.0; resolved.leaves.len()];
    Some(Nodes { floor: plan.index.floor, parent, weight, reference, list })
}

/// Refuses indicators whose zero or negative values no such mean can take, by name of indicator and node.
///
/// # Errors
/// [`karat_scorer::Error::Data`] with every such indicator.
pub(crate) fn check_values(plan: &Plan, resolved: &ResolvedPlan, list: &[Indicator]) -> Result<()> {
    let Some(nodes) = freeze(plan, resolved, None) else { return Ok(()) };
    let mut problems = Vec::new();
    for ((leaf, indicator), &parent) in resolved.leaves.iter().zip(list).zip(&nodes.parent) {
        let mut at = parent as usize;
        while nodes.list[at].mean == Mean::Arithmetic && at + 1 < nodes.list.len() {
            at = nodes.list[at].parent as usize;
        }
        let (least, _) = indicator.range();
        if nodes.list[at].mean != Mean::Arithmetic && nodes.floor + (1.0 - nodes.floor) * least < LEAST {
            let name = &resolved.nodes[nodes.list.len() - 1 - at].name;
            problems.push(Problem::new(
                &leaf.name,
                format!("can be {least} below node `{name}`, whose mean takes positive values only"),
                "give the index a floor above 0, or the indicator a scale that stays above 0",
            ));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(karat_scorer::Error::Data(problems)) }
}
