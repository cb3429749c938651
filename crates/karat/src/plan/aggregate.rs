//! How the children of a node become its value, as a plan says it.

use super::{Ordered, Plan, ScalePlan, resolve::unknown_name};
use karat_scorer::step::MAX_NODES;
use karat_scorer::{Error, Result};
use serde::{Deserialize, Serialize};

/// How the children of a node become its value.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AggregatePlan {
    /// The weighted sum: points add up exactly, and any indicator makes good for any other.
    #[default]
    Arithmetic,
    /// The weighted product.
    Geometric,
    /// The reciprocal of the weighted sum of reciprocals.
    Harmonic,
    /// The weighted power mean of this exponent: the further below 1, the less indicators compensate.
    Power(f64),
}

/// What a plan says of one node of the tree.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct NodePlan {
    /// How its children become its value; as the whole index does if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<AggregatePlan>,
}

impl AggregatePlan {
    pub(super) fn is_arithmetic(&self) -> bool {
        matches!(self, AggregatePlan::Arithmetic | AggregatePlan::Power(1.0))
    }

    fn check(self, place: &str) -> Result<()> {
        match self {
            AggregatePlan::Power(p) if !(0.01..=20.0).contains(&p.abs()) => Err(Error::argument(
                place,
                "must be a power of 0.01 to 20, or minus that; next to 0 write \"geometric\"",
                p,
            )),
            _ => Ok(()),
        }
    }
}

/// Refuses aggregations that do not fit the plan.
pub(super) fn check(plan: &Plan, nodes: &[String], tree: &Ordered<Vec<String>>) -> Result<()> {
    if !(0.0..1.0).contains(&plan.index.floor) {
        let rule = "must be at least 0 and below 1";
        return Err(Error::argument("index.floor", rule, plan.index.floor));
    }
    if let Some(unknown) = plan.nodes.keys().find(|name| !nodes.contains(name)) {
        return Err(unknown_name("nodes", unknown, nodes.iter().map(String::as_str)));
    }
    plan.index.aggregate.check("index.aggregate")?;
    for (name, node) in &plan.nodes {
        node.aggregate.unwrap_or_default().check(&format!("nodes.{name}.aggregate"))?;
    }
    let of = |name: &String| plan.nodes.get(name).and_then(|node| node.aggregate);
    let other = nodes.iter().find(|&name| !of(name).unwrap_or(plan.index.aggregate).is_arithmetic());
    let Some(node) = other else { return Ok(()) };
    if plan.index.points {
        let scaled = |name: &&String| {
            plan.indicators.get(*name).is_some_and(|i| matches!(i.scale, ScalePlan::Points { .. }))
        };
        let children = tree.get(node).map(Vec::as_slice).unwrap_or_default();
        let about = children.iter().find(scaled).or_else(|| plan.indicators.keys().next());
        let about = about.map_or_else(String::new, |name| format!(", as those of `{name}`"));
        return Err(Error::argument(
            format!("aggregate of node `{node}`"),
            format!("must be arithmetic where the index is points, which can be 0 or negative{about}"),
            "another mean",
        ));
    }
    if nodes.len() > MAX_NODES {
        return Err(Error::argument("tree", format!("must have at most {MAX_NODES} nodes"), nodes.len()));
    }
    Ok(())
}
