//! Other weights for the customers of some categories, as a plan says it.

use super::fields::Fields;
use super::resolve::{Node, ResolvedPlan, unknown_name};
use super::{Ordered, Plan};
use karat_scorer::step::MAX_PROFILES;
use karat_scorer::{Error, Result};
use serde::{Deserialize, Serialize};

/// Weights that depend on the category of one field, such as the stage of life.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProfilesPlan {
    /// The column whose category decides.
    pub field: String,
    /// What experts say of the customers of a category; the others keep the weights of the plan.
    #[serde(flatten)]
    pub categories: Ordered<ProfilePlan>,
}

/// What experts say of the customers of one category; nodes not mentioned keep the weights of the plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ProfilePlan {
    /// Judgments of a node's children.
    #[serde(skip_serializing_if = "indexmap::IndexMap::is_empty")]
    pub judgments: Ordered<Vec<String>>,
    /// Fixed weights of a node's children, summing to 1 or 100.
    #[serde(skip_serializing_if = "indexmap::IndexMap::is_empty")]
    pub fixed: Ordered<Ordered<f64>>,
}

/// Profiles whose names have all been found.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedProfiles {
    pub(crate) field: usize,
    /// Number of categories of the field.
    pub(crate) categories: usize,
    pub(crate) list: Vec<ResolvedProfile>,
}

/// The nodes of one category's customers.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedProfile {
    pub(crate) name: String,
    pub(crate) category: usize,
    pub(crate) nodes: Vec<Node>,
    /// Names of the nodes that have weights of their own.
    pub(crate) own: Vec<String>,
}

/// Refuses profiles where they would have no say, or not only a say in the weights.
pub(super) fn check(plan: &Plan, nodes: &[String]) -> Result<()> {
    if plan.profiles.is_none() {
        return Ok(());
    }
    let aggregate = |name: &String| plan.nodes.get(name).and_then(|node| node.aggregate);
    let other = nodes.iter().find(|&name| !aggregate(name).unwrap_or(plan.index.aggregate).is_arithmetic());
    if let Some(node) = other {
        let rule = format!("must not be with a mean that is not arithmetic, as that of node `{node}`");
        return Err(Error::argument("profiles", rule, "both"));
    }
    if plan.index.points {
        let rule = "must not be with an index of points, which adds its indicators unweighted";
        return Err(Error::argument("profiles", rule, "both"));
    }
    if !plan.weights.uses_experts() {
        let rule =
            "must not be with weights that leave experts no say: choose the method `ahp` or `combined`";
        return Err(Error::argument("profiles", rule, format!("`{}`", plan.weights.method.name())));
    }
    Ok(())
}

/// The field that decides, among those of the plan.
pub(super) fn field(plan: &Plan, fields: &mut Fields) -> Result<Option<usize>> {
    let Some(profiles) = &plan.profiles else { return Ok(None) };
    let column = &profiles.field;
    let known: Vec<String> =
        fields.list.iter().map(|field| &field.name).chain(plan.fields.keys()).cloned().collect();
    if !known.contains(column) {
        return Err(unknown_name("profiles.field", column, known.iter().map(String::as_str)));
    }
    let position = fields.of_rule(plan, column)?;
    let categories = fields.list[position].categories().len();
    if categories == 0 {
        let rule = format!("must be categorical: list the categories of `{column}` under `fields`");
        return Err(Error::argument("profiles.field", rule, "a numeric column"));
    }
    if categories > MAX_PROFILES {
        let rule = format!("must have at most {MAX_PROFILES} categories");
        return Err(Error::argument("profiles.field", rule, categories));
    }
    Ok(Some(position))
}

impl ResolvedPlan {
    /// Expert weights of every node, category by category; those of the plan are known.
    pub(super) fn judge_profiles(&mut self, plan: &Plan, field: Option<usize>) -> Result<()> {
        let (Some(profiles), Some(field)) = (&plan.profiles, field) else { return Ok(()) };
        let categories = self.schema.fields()[field].categories().to_vec();
        if profiles.categories.is_empty() {
            let rule = format!("must say something of a category of `{}`", profiles.field);
            return Err(Error::argument("profiles", rule, "none"));
        }
        let mut list = Vec::new();
        for (name, profile) in &profiles.categories {
            let Some(category) = categories.iter().position(|category| category == name) else {
                return Err(unknown_name("profiles", name, categories.iter().map(String::as_str)));
            };
            list.push(self.judge_profile(plan, name, category, profile)?);
        }
        self.profiles = Some(ResolvedProfiles { field, categories: categories.len(), list });
        Ok(())
    }

    fn judge_profile(
        &mut self,
        plan: &Plan,
        name: &str,
        category: usize,
        profile: &ProfilePlan,
    ) -> Result<ResolvedProfile> {
        let own: Vec<String> = profile.judgments.keys().chain(profile.fixed.keys()).cloned().collect();
        if own.is_empty() {
            let rule = "must have judgments or fixed weights; leave out a category that has none";
            return Err(Error::argument(format!("profiles.{name}"), rule, "none"));
        }
        let known = || self.nodes.iter().map(|node| node.name.as_str());
        for (what, nodes) in [
            ("judgments", profile.judgments.keys().collect::<Vec<_>>()),
            ("fixed", profile.fixed.keys().collect::<Vec<_>>()),
        ] {
            if let Some(unknown) = nodes.into_iter().find(|wanted| known().all(|node| node != *wanted)) {
                return Err(unknown_name(&format!("profiles.{name}.{what}"), unknown, known()));
            }
        }
        let ahp = self.ahp;
        let mut nodes = self.nodes.clone();
        for node in &mut nodes {
            let place = format!("{name}: {}", node.name);
            let judged = profile.judgments.get(&node.name);
            let fixed = profile.fixed.get(&node.name);
            if let Some((weights, priorities)) =
                self.weights_of(plan, &ahp, &place, &node.children, judged, fixed)?
            {
                (node.weights, node.priorities) = (weights, priorities);
            }
        }
        Ok(ResolvedProfile { name: name.to_owned(), category, nodes, own })
    }
}
