//! Freezing the tree: weights of nodes multiplied down to the indicators, combined with the data's.

use super::weights::{
    Combination, DataMethod, DataSums, DataWeights, Finding, bounded, combine, mix, total_consistency_ratio,
};
use crate::plan::{CombinationPlan, Node, Plan, ResolvedPlan, Source, WeightMethod};
use karat_scorer::step::{Nodes, Profile, Profiles, Tree};
use karat_scorer::{Error, Result};
use std::collections::HashMap;

/// The frozen tree with where its weights come from.
#[derive(Debug, Clone)]
pub(crate) struct Weighed {
    pub(crate) tree: Tree,
    pub(crate) nodes: Option<Nodes>,
    pub(crate) profiles: Option<Profiles>,
    pub(crate) expert: Vec<f64>,
    /// What the data alone would give.
    pub(crate) data: Option<Vec<f64>>,
    /// Data weights of each method used, and the customers they come from.
    pub(crate) sources: Vec<DataWeights>,
    pub(crate) customers: u64,
    pub(crate) findings: Vec<Finding>,
}

/// Weights of the leaves in the whole and within their dimension, as the experts say.
fn expert_weights(resolved: &ResolvedPlan, nodes: &[Node]) -> (Vec<f64>, Vec<f64>) {
    let root = &nodes[0];
    let mut whole: HashMap<&str, f64> = HashMap::from([(root.name.as_str(), 1.0)]);
    let mut within: HashMap<&str, f64> = HashMap::new();
    for (position, node) in nodes.iter().enumerate() {
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
/// As the methods of data weights, [`combine`], [`mix`] and [`bounded`].
pub(crate) fn freeze(plan: &Plan, resolved: &ResolvedPlan, sums: Option<&DataSums>) -> Result<Weighed> {
    let leaves = resolved.leaves.len();
    let dimension: Vec<u32> = resolved.leaves.iter().map(|leaf| leaf.dimension as u32).collect();
    let (expert, mut within) = expert_weights(resolved, &resolved.nodes);
    let mut weights = expert.clone();
    let mut drawn = Drawn::default();
    // Whether the weights are no longer the products of the experts' down the tree.
    let mut moved = false;
    if plan.index.points {
        weights = vec![1.0; leaves];
        within = vec![1.0; leaves];
    } else {
        // Without sums this is a draft, unless nothing is to be drawn from the base.
        if sums.is_some() || !plan.weights.reads_the_base() {
            drawn = Drawn::new(plan, resolved, sums)?;
        }
        let changed = drawn.join(plan, &expert, &mut weights)?;
        moved = drawn.bound(plan, resolved, &mut weights)? || changed;
        if moved {
            within = shares_within(&weights, &dimension, resolved.dimensions.len());
        }
    }
    let profiles = drawn.profiles(plan, resolved, &dimension)?;
    let scale = if plan.index.points { 1.0 } else { plan.index.scale };
    let minimum_coverage = plan.index.minimum_coverage;
    let nodes = super::nodes::freeze(plan, resolved, moved.then_some(&*weights));
    Ok(Weighed {
        tree: Tree { scale, minimum_coverage, weights, within, dimension },
        nodes,
        profiles,
        expert,
        data: drawn.data,
        sources: drawn.sources,
        customers: sums.map_or(0, DataSums::count),
        findings: drawn.findings,
    })
}

/// What the data say, and what was found on the way.
#[derive(Debug, Default)]
struct Drawn {
    sources: Vec<DataWeights>,
    data: Option<Vec<f64>>,
    findings: Vec<Finding>,
}

impl Drawn {
    /// Draws the weights of every method of the plan.
    fn new(plan: &Plan, resolved: &ResolvedPlan, sums: Option<&DataSums>) -> Result<Drawn> {
        let mut drawn = Drawn::default();
        for method in plan.weights.data_methods() {
            let mut found = match (method, sums) {
                (DataMethod::Equal, _) | (_, None) => DataWeights::equal(resolved.leaves.len()),
                (method, Some(sums)) => sums.weights(method).map_err(|error| with_names(error, resolved))?,
            };
            found.findings = found.findings.into_iter().map(|finding| named(finding, resolved)).collect();
            for finding in &found.findings {
                // Two methods find the same of a constant column.
                if !drawn.findings.contains(finding) {
                    drawn.findings.push(finding.clone());
                }
            }
            drawn.sources.push(found);
        }
        Ok(drawn)
    }

    fn of(&self, method: DataMethod) -> Option<&[f64]> {
        self.sources.iter().find(|source| source.method == method).map(|source| source.weights.as_slice())
    }

    /// Joins experts and data as the plan says; whether anything other than the experts counts.
    fn join(&mut self, plan: &Plan, expert: &[f64], weights: &mut Vec<f64>) -> Result<bool> {
        let [first, ..] = &self.sources[..] else { return Ok(false) };
        let own = first.weights.clone();
        if plan.weights.method != WeightMethod::Combined {
            weights.clone_from(&own);
            self.data = Some(own);
        } else if plan.weights.mix.is_empty() {
            let combined = combine(&normalised(expert), &own, combination(plan))?;
            self.findings.extend(combined.findings);
            *weights = combined.weights;
            self.data = Some(own);
        } else {
            let expert = normalised(expert);
            let (mut all, mut data) = (Vec::new(), Vec::new());
            for (source, share) in plan.weights.mixed() {
                match source {
                    Source::Expert => all.push((expert.as_slice(), share)),
                    Source::Data(method) => {
                        let weights = self.of(method).unwrap_or(&own);
                        all.push((weights, share));
                        data.push((weights, share));
                    }
                }
            }
            *weights = mix(&all)?;
            // Data with a share of 0 have no say, and nothing to show.
            self.data = mix(&data).ok();
        }
        Ok(true)
    }

    /// The weights of every profile: its experts' joined with the same data, within the same bounds.
    fn profiles(
        &mut self,
        plan: &Plan,
        resolved: &ResolvedPlan,
        dimension: &[u32],
    ) -> Result<Option<Profiles>> {
        let Some(profiles) = &resolved.profiles else { return Ok(None) };
        let mut list = vec![None; profiles.categories];
        for profile in &profiles.list {
            let (expert, mut within) = expert_weights(resolved, &profile.nodes);
            let mut weights = expert.clone();
            let mut own = Drawn { sources: self.sources.clone(), ..Drawn::default() };
            let changed = own.join(plan, &expert, &mut weights)?;
            if own.bound(plan, resolved, &mut weights)? || changed {
                within = shares_within(&weights, dimension, resolved.dimensions.len());
            }
            self.findings.extend(own.findings.into_iter().map(|mut finding| {
                finding.place = format!("{}: {}", profile.name, finding.place);
                finding
            }));
            list[profile.category] = Some(Profile { weights, within });
        }
        Ok(Some(Profiles { field: profiles.field as u32, list }))
    }

    /// Keeps weights within the plan's bounds; whether it has any.
    fn bound(&mut self, plan: &Plan, resolved: &ResolvedPlan, weights: &mut Vec<f64>) -> Result<bool> {
        let Some(bounds) = plan.weights.bounds_of(&resolved.leaves) else { return Ok(false) };
        let names: Vec<&str> = resolved.leaves.iter().map(|leaf| leaf.name.as_str()).collect();
        let kept = bounded(&normalised(weights), &bounds, &names)?;
        self.findings.extend(kept.findings);
        *weights = kept.weights;
        Ok(true)
    }
}

/// An error about column 3 tells a person less than one about `tenure`.
fn with_names(error: Error, resolved: &ResolvedPlan) -> Error {
    let Error::Data(mut problems) = error else { return error };
    for problem in &mut problems {
        let leaf = problem.column.parse().ok().and_then(|at: usize| resolved.leaves.get(at));
        if let Some(leaf) = leaf {
            problem.column.clone_from(&leaf.name);
        }
    }
    Error::Data(problems)
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
