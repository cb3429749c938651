//! From what a plan says to what a fit needs: fields, leaves in order, nodes with their expert weights.

use super::fields::Fields;
use super::profiles::ResolvedProfiles;
use super::{CombinationPlan, CompletionPlan, OnInconsistent, Ordered, Plan, PriorityMethodPlan};
use crate::evaluate::weights::{
    Ahp, Completion, Finding, IncompleteMatrix, PairwiseMatrix, Priorities, PriorityMethod, RandomIndex,
};
use karat_scorer::step::{MAX_DIMENSIONS, MAX_INDICATORS, Rules};
use karat_scorer::{Error, Result, Schema, nearest_name};

/// An indicator at its place in the tree.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) name: String,
    pub(crate) field: usize,
    pub(crate) dimension: usize,
}

/// A node of the tree with the weights experts give its children.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) children: Vec<String>,
    pub(crate) weights: Vec<f64>,
    pub(crate) priorities: Option<Priorities>,
}

/// A plan whose names have all been found.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedPlan {
    pub(crate) schema: Schema,
    /// Value that replaces a missing one, where the plan states it.
    pub(crate) fills: Vec<Option<f64>>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) dimensions: Vec<String>,
    /// The root first, then from top to bottom.
    pub(crate) nodes: Vec<Node>,
    /// Nodes of the customers that are weighed otherwise.
    pub(crate) profiles: Option<ResolvedProfiles>,
    pub(crate) rules: Rules,
    pub(crate) findings: Vec<Finding>,
    /// Whether judgments and fixed weights count.
    pub(crate) uses_experts: bool,
    /// How judgments become weights.
    pub(crate) ahp: Ahp,
}

impl ResolvedPlan {
    pub(crate) fn new(plan: &Plan) -> Result<ResolvedPlan> {
        if plan.indicators.is_empty() {
            return Err(Error::argument("indicators", "must not be empty", "none"));
        }
        if !(plan.index.scale.is_finite() && plan.index.scale > 0.0) {
            return Err(Error::argument("index.scale", "must be above 0", plan.index.scale));
        }
        if !(0.0..=1.0).contains(&plan.index.minimum_coverage) {
            let value = plan.index.minimum_coverage;
            return Err(Error::argument("index.minimum_coverage", "must be 0 to 1", value));
        }
        let tree = tree_of(plan)?;
        let root = root_of(&tree)?;
        let path = vec![root.to_owned()];
        let mut walk = Walk { plan, tree: &tree, leaves: Vec::new(), nodes: Vec::new(), path };
        let dimensions = tree[root].clone();
        walk.nodes.push(root.to_owned());
        for (dimension, child) in dimensions.iter().enumerate() {
            walk.descend(child, dimension, 1)?;
        }
        let (leaves, nodes) = (walk.leaves, walk.nodes);
        check_used(plan, &tree, &leaves, &nodes)?;
        check_size(&leaves, &dimensions)?;
        super::aggregate::check(plan, &nodes, &tree)?;
        super::profiles::check(plan, &nodes)?;
        for (name, indicator) in &plan.indicators {
            super::indicator::check(name, indicator, plan.index.points)?;
        }
        let mut fields = Fields::default();
        let leaves = leaves
            .into_iter()
            .map(|(name, dimension)| {
                let field = fields.of_indicator(plan, &name, &plan.indicators[&name])?;
                Ok(Leaf { name, field, dimension })
            })
            .collect::<Result<Vec<_>>>()?;
        let rules = fields.rules(plan)?;
        let profile_field = super::profiles::field(plan, &mut fields)?;
        fields.check_described(plan)?;
        let mut resolved = ResolvedPlan {
            schema: Schema::new(fields.list)?,
            fills: fields.fills,
            leaves,
            dimensions,
            nodes: Vec::new(),
            profiles: None,
            rules,
            findings: Vec::new(),
            uses_experts: plan.weights.uses_experts() && !plan.index.points,
            ahp: ahp_of(plan)?,
        };
        super::sources::check(plan, &resolved.leaves)?;
        resolved.judge(plan, &tree, &nodes)?;
        resolved.judge_profiles(plan, profile_field)?;
        super::classes::check(plan, &resolved)?;
        Ok(resolved)
    }

    /// Expert weights of every node's children.
    fn judge(&mut self, plan: &Plan, tree: &Ordered<Vec<String>>, nodes: &[String]) -> Result<()> {
        if let CombinationPlan::Linear { expert } = plan.weights.combination
            && !(0.0..=1.0).contains(&expert)
        {
            let rule = "must give the experts a share of 0 to 1";
            return Err(Error::argument("weights.combination", rule, expert));
        }
        let (uses_experts, ahp) = (self.uses_experts, self.ahp);
        for name in nodes {
            let children = &tree[name];
            let judged = plan.judgments.get(name).filter(|_| uses_experts);
            let fixed = plan.weights.fixed.get(name).filter(|_| uses_experts);
            let voices = if uses_experts { super::experts::hear(plan, &ahp, name, children)? } else { None };
            if let Some(voices) = voices {
                if fixed.is_some() {
                    let rule = "must come from experts or be fixed, not both";
                    return Err(Error::argument(format!("weights of {name}"), rule, "both"));
                }
                self.findings.extend(voices.findings);
                self.accept(plan, &ahp, name, &voices.judgments, &voices.priorities)?;
                let (weights, priorities) = (voices.priorities.weights.clone(), Some(voices.priorities));
                self.nodes.push(Node { name: name.clone(), children: children.clone(), weights, priorities });
                continue;
            }
            let equal = vec![1.0 / children.len() as f64; children.len()];
            let found = self.weights_of(plan, &ahp, name, children, judged, fixed)?;
            let (weights, priorities) = found.unwrap_or((equal, None));
            self.nodes.push(Node { name: name.clone(), children: children.clone(), weights, priorities });
        }
        Ok(())
    }

    /// Refuses or reports contradictions in the averaged judgments of a group.
    fn accept(
        &mut self,
        plan: &Plan,
        ahp: &Ahp,
        name: &str,
        group: &PairwiseMatrix,
        priorities: &Priorities,
    ) -> Result<()> {
        let Some(mut found) = ahp.inconsistency(group, priorities, plan.weights.consistency_threshold)?
        else {
            return Ok(());
        };
        if plan.weights.on_inconsistent == OnInconsistent::Refuse {
            let text = format!("judgments of `{name}` by the group: {}; {}", found.fact, found.proposal);
            return Err(Error::Judgment(text));
        }
        found.place = format!("{name}: {}", found.place);
        self.findings.push(found);
        Ok(())
    }

    /// Weights of a node's children from its judgments or its fixed weights, if it has either.
    pub(super) fn weights_of(
        &mut self,
        plan: &Plan,
        ahp: &Ahp,
        name: &str,
        children: &[String],
        judged: Option<&Vec<String>>,
        fixed: Option<&Ordered<f64>>,
    ) -> Result<Option<(Vec<f64>, Option<Priorities>)>> {
        Ok(match (judged, fixed) {
            (Some(_), Some(_)) => {
                return Err(Error::argument(
                    format!("weights of {name}"),
                    "must come from judgments or be fixed, not both",
                    "both",
                ));
            }
            (Some(texts), None) => {
                let priorities = self.consult(plan, ahp, name, children, texts)?;
                Some((priorities.weights.clone(), Some(priorities)))
            }
            (None, Some(fixed)) => Some((fixed_weights(name, children, fixed)?, None)),
            (None, None) => None,
        })
    }

    fn consult(
        &mut self,
        plan: &Plan,
        ahp: &Ahp,
        name: &str,
        children: &[String],
        texts: &[String],
    ) -> Result<Priorities> {
        let about = |error| match error {
            Error::Judgment(text) => Error::Judgment(format!("judgments of `{name}`: {text}")),
            other => other,
        };
        if let Some(completion) = completion_of(plan) {
            let matrix = IncompleteMatrix::from_text(children, texts).map_err(about)?;
            if !matrix.missing().is_empty() {
                return self.consult_incomplete(plan, ahp, name, &matrix, completion).map_err(about);
            }
        }
        let matrix = PairwiseMatrix::from_text(children, texts).map_err(about)?;
        let threshold = plan.weights.consistency_threshold;
        match plan.weights.on_inconsistent {
            OnInconsistent::Refuse => ahp.check_consistency(&matrix, threshold).map_err(about),
            OnInconsistent::Warn => {
                let priorities = ahp.priorities(&matrix)?;
                if let Some(mut finding) = ahp.inconsistency(&matrix, &priorities, threshold)? {
                    finding.place = format!("{name}: {}", finding.place);
                    self.findings.push(finding);
                }
                Ok(priorities)
            }
        }
    }
}

fn ahp_of(plan: &Plan) -> Result<Ahp> {
    let method = match plan.weights.priorities {
        PriorityMethodPlan::Eigenvector => PriorityMethod::Eigenvector,
        PriorityMethodPlan::GeometricMean => PriorityMethod::GeometricMean,
        PriorityMethodPlan::ColumnMean => PriorityMethod::ColumnMean,
    };
    Ok(Ahp::new().method(method).random_index(RandomIndex::from_name(&plan.weights.random_index)?))
}

impl ResolvedPlan {
    /// As `consult`, for judgments of which some are missing; the report says how they were completed.
    fn consult_incomplete(
        &mut self,
        plan: &Plan,
        ahp: &Ahp,
        name: &str,
        matrix: &IncompleteMatrix,
        completion: Completion,
    ) -> Result<Priorities> {
        let threshold = plan.weights.consistency_threshold;
        let found = match plan.weights.on_inconsistent {
            OnInconsistent::Refuse => ahp.check_consistency_incomplete(matrix, completion, threshold)?,
            OnInconsistent::Warn => ahp.priorities_incomplete(matrix, completion)?,
        };
        self.findings.extend(found.finding(name, matrix));
        if let Some(mut finding) = ahp.inconsistency_incomplete(matrix, &found, threshold)? {
            finding.place = format!("{name}: {}", finding.place);
            self.findings.push(finding);
        }
        Ok(found.priorities)
    }
}

/// `None` when the plan refuses missing judgments.
pub(super) fn completion_of(plan: &Plan) -> Option<Completion> {
    match plan.weights.completion {
        CompletionPlan::Optimal => Some(Completion::Optimal),
        CompletionPlan::Harker => Some(Completion::Harker),
        CompletionPlan::LogLeastSquares => Some(Completion::LogLeastSquares),
        CompletionPlan::Refuse => None,
    }
}

fn fixed_weights(name: &str, children: &[String], fixed: &Ordered<f64>) -> Result<Vec<f64>> {
    let of = format!("fixed weights of {name}");
    if let Some(unknown) = fixed.keys().find(|key| !children.contains(key)) {
        return Err(unknown_name(&of, unknown, children.iter().map(String::as_str)));
    }
    let weights = children
        .iter()
        .map(|child| {
            let weight = fixed.get(child).copied();
            weight.ok_or_else(|| Error::argument(&of, "must cover every child", format!("no `{child}`")))
        })
        .collect::<Result<Vec<f64>>>()?;
    let sum: f64 = weights.iter().sum();
    let total = if (sum - 100.0).abs() < 1e-6 { 100.0 } else { 1.0 };
    if !((sum - total).abs() < 1e-6 && weights.iter().all(|&weight| weight >= 0.0)) {
        return Err(Error::argument(
            of,
            "must not be negative and sum to 1 or 100",
            format!("a sum of {sum}"),
        ));
    }
    Ok(weights.iter().map(|weight| weight / sum).collect())
}

pub(super) fn unknown_name<'a>(
    place: &str,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Error {
    let rule = match nearest_name(name, known.clone()) {
        Some(near) => format!("must name what the plan has (did you mean `{near}`?)"),
        None => {
            let known: Vec<&str> = known.into_iter().take(12).collect();
            format!("must name what the plan has ({})", known.join(", "))
        }
    };
    Error::argument(place, rule, format!("`{name}`"))
}

/// The plan's tree, or the one that its indicators' dimensions imply.
fn tree_of(plan: &Plan) -> Result<Ordered<Vec<String>>> {
    if !plan.tree.is_empty() {
        if let Some((name, _)) = plan.indicators.iter().find(|(_, i)| i.dimension.is_some()) {
            return Err(Error::argument(
                format!("indicator {name}"),
                "must not have a `dimension` when the plan has a `tree`",
                "both",
            ));
        }
        return Ok(plan.tree.clone());
    }
    let root = "value".to_owned();
    let mut tree = Ordered::new();
    tree.insert(root.clone(), Vec::new());
    for (name, indicator) in &plan.indicators {
        let dimension = indicator.dimension.clone().unwrap_or_else(|| name.clone());
        if indicator.dimension.is_some() {
            if dimension == root || plan.indicators.contains_key(&dimension) {
                return Err(Error::argument(
                    format!("dimension of {name}"),
                    "must not be `value` nor the name of an indicator",
                    format!("`{dimension}`"),
                ));
            }
            tree.entry(dimension.clone()).or_insert_with(Vec::new).push(name.clone());
        }
        if !tree[&root].contains(&dimension) {
            tree[&root].push(dimension);
        }
    }
    Ok(tree)
}

/// The limits of the model file, in the words of a plan.
fn check_size(leaves: &[(String, usize)], dimensions: &[String]) -> Result<()> {
    if leaves.len() > MAX_INDICATORS {
        let rule = format!("must number at most {MAX_INDICATORS}");
        return Err(Error::argument("indicators", rule, leaves.len()));
    }
    if dimensions.len() > MAX_DIMENSIONS {
        let rule = format!("must have at most {MAX_DIMENSIONS} dimensions; group indicators into some");
        return Err(Error::argument("tree", rule, dimensions.len()));
    }
    Ok(())
}

/// Names must be there and different.
pub(super) fn check_names(place: &str, names: &[&str]) -> Result<()> {
    for (position, name) in names.iter().enumerate() {
        if name.is_empty() || name.contains('\0') {
            return Err(Error::argument(place, "must have names that are not empty", format!("{name:?}")));
        }
        if names[..position].contains(name) {
            return Err(Error::argument(place, "must have different names", format!("`{name}` twice")));
        }
    }
    Ok(())
}

/// The one node that is nobody's child.
fn root_of(tree: &Ordered<Vec<String>>) -> Result<&str> {
    let is_child = |name: &String| tree.values().any(|children| children.contains(name));
    let roots: Vec<&String> = tree.keys().filter(|name| !is_child(name)).collect();
    match roots.as_slice() {
        [root] => Ok(root),
        [] => Err(Error::argument("tree", "must have a root: a node that is nobody's child", "a circle")),
        many => {
            let names: Vec<String> = many.iter().map(|name| format!("`{name}`")).collect();
            Err(Error::argument("tree", "must have one root", names.join(" and ")))
        }
    }
}

struct Walk<'a> {
    plan: &'a Plan,
    tree: &'a Ordered<Vec<String>>,
    leaves: Vec<(String, usize)>,
    nodes: Vec<String>,
    /// From the root to the node being walked.
    path: Vec<String>,
}

impl Walk<'_> {
    fn descend(&mut self, name: &str, dimension: usize, depth: usize) -> Result<()> {
        if self.path.iter().any(|above| above == name) {
            let circle: Vec<&str> = self.path.iter().map(String::as_str).chain([name]).collect();
            return Err(Error::argument("tree", "must not run in a circle", circle.join(" > ")));
        }
        if self.nodes.iter().any(|node| node == name) || self.leaves.iter().any(|(leaf, _)| leaf == name) {
            return Err(Error::argument("tree", "must hold every name once", format!("`{name}` twice")));
        }
        if depth > 16 {
            return Err(Error::argument("tree", "must be at most 16 levels deep", depth));
        }
        let Some(children) = self.tree.get(name) else {
            if !self.plan.indicators.contains_key(name) {
                let known = self.plan.indicators.keys().chain(self.tree.keys()).map(String::as_str);
                return Err(unknown_name("tree", name, known));
            }
            self.leaves.push((name.to_owned(), dimension));
            return Ok(());
        };
        if children.is_empty() {
            return Err(Error::argument("tree", "must have nodes with children", format!("`{name}` empty")));
        }
        self.nodes.push(name.to_owned());
        self.path.push(name.to_owned());
        children.iter().try_for_each(|child| self.descend(child, dimension, depth + 1))?;
        self.path.pop();
        Ok(())
    }
}

fn check_used(
    plan: &Plan,
    tree: &Ordered<Vec<String>>,
    leaves: &[(String, usize)],
    nodes: &[String],
) -> Result<()> {
    let unused = plan.indicators.keys().find(|name| !leaves.iter().any(|(leaf, _)| leaf == *name));
    if let Some(name) = unused {
        return Err(Error::argument("tree", "must use every indicator", format!("`{name}` unused")));
    }
    if let Some(name) = tree.keys().find(|name| !nodes.contains(name)) {
        // One root and a node out of its reach: the node's parents lead back to it.
        let rule = "must hang every node below the root, not in a circle of its own";
        return Err(Error::argument("tree", rule, format!("`{name}`")));
    }
    let known = nodes.iter().map(String::as_str);
    let wrong = |what: &str, name: &String| unknown_name(what, name, known.clone());
    let voiced = plan.experts.values().flat_map(|expert| expert.judgments.keys());
    match plan.judgments.keys().chain(voiced).find(|name| !nodes.contains(name)) {
        Some(name) => Err(wrong("judgments", name)),
        None => match plan.weights.fixed.keys().find(|name| !nodes.contains(name)) {
            Some(name) => Err(wrong("fixed weights", name)),
            None => Ok(()),
        },
    }
}
