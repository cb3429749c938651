//! Hierarchies of criteria: weights down a tree of any depth, alternatives compared at its leaves, and what
//! would change the outcome.
//!
//! # Three questions, three kinds of leaf
//!
//! - *What weighs how much?* A hierarchy without alternatives multiplies local weights down the tree.
//! - *Which of these few is best?* Alternatives are judged in pairs under every leaf criterion, or given
//!   scores; [`Synthesis`] says how they are brought together. In the **distributive** mode the weight of a
//!   criterion is shared out among the alternatives, so another alternative takes from all, and the order
//!   of the others may turn round (Belton and Gear, 1983). In the **ideal** mode the best alternative under
//!   a criterion gets its whole weight. The modes may name different winners; a finding says so and why.
//! - *How good is each of very many, one at a time?* Customers, say. **Rating** takes scores from 0 to 1 as
//!   they are. No alternative enters another's total, so no rank can turn round when one is added or
//!   removed, by construction. The value index of a [`Plan`](crate::Plan) works like this.
//!
//! ```
//! use karat::evaluate::weights::{Hierarchy, Synthesis};
//! let hierarchy = Hierarchy::builder()
//!     .children("phone plan", &["price", "quality"])
//!     .children("quality", &["network", "service"])
//!     .judge("phone plan", &["quality 2 price"])
//!     .judge("quality", &["network 3 service"])
//!     .alternatives(&["basic", "plus"])
//!     .judge("price", &["basic 4 plus"])
//!     .judge("network", &["plus 3 basic"])
//!     .scores("service", &[("basic", 60.0), ("plus", 90.0)])
//!     .build()?;
//! assert!((hierarchy.criterion("network")?.global - 0.5).abs() < 1e-15);
//! let found = hierarchy.synthesise(Synthesis::Distributive)?;
//! assert_eq!(found.winner(), "plus");
//!
//! // Up to which weight of the price does that hold?
//! let sweep = hierarchy.sensitivity("price", Synthesis::Distributive)?;
//! assert!((sweep.crossings[0].weight - 17.0 / 41.0).abs() < 1e-15);
//! # Ok::<(), karat::Error>(())
//! ```

mod alternatives;
mod builder;
mod change;
mod check;
mod consistency;
mod critical;
mod sensitivity;
mod simulation;
mod source;
mod stability;
mod synthesis;
mod text;
mod tree;

pub use alternatives::RankReversal;
pub use builder::HierarchyBuilder;
pub use consistency::{HierarchyConsistency, LevelConsistency, NodeConsistency};
pub use critical::{CriticalJudgment, Outcome};
pub use sensitivity::{Crossing, WeightSweep};
pub use simulation::{Band, Simulate, Simulation};
pub use source::{NodeWeights, WeightSource};
pub use stability::{CriterionStability, CriticalWeight, Stability};
pub use synthesis::{Synthesis, SynthesisResult};

use karat_scorer::{Error, Result, nearest_name};

use super::ahp::{Ahp, Priorities};
use super::finding::Finding;
use tree::Tree;

/// A criterion of a hierarchy, from the goal down to the leaves.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Criterion {
    /// Its name, unique in the hierarchy.
    pub name: String,
    /// Position of the criterion above it; `None` for the goal.
    pub parent: Option<usize>,
    /// Positions of the criteria below it; empty for a leaf.
    pub children: Vec<usize>,
    /// Steps down from the goal, which is on level 0.
    pub level: usize,
    /// Its weight among the children of its parent; 1 for the goal.
    pub local: f64,
    /// Its weight in the whole: the product of the local weights from the goal down. Those of the leaves
    /// sum to 1.
    pub global: f64,
    /// Where the weights of its children, or of the alternatives under it, come from.
    pub source: WeightSource,
    /// Those weights: one for each child, or for a leaf one for each alternative (scores as given);
    /// empty for a leaf without alternatives.
    pub weights: Vec<f64>,
    /// Eigenvalue and consistency, where the weights come from judgments.
    pub priorities: Option<Priorities>,
}

/// Criteria in a tree of any depth, with alternatives at its leaves if there are any.
///
/// Immutable: [`what_if`](Hierarchy::what_if) and its neighbours return a new one. Made by
/// [`builder`](Hierarchy::builder) or [`from_toml`](Hierarchy::from_toml).
#[derive(Debug, Clone, PartialEq)]
pub struct Hierarchy {
    tree: Tree,
    sources: Vec<NodeWeights>,
    alternatives: Vec<String>,
    ahp: Ahp,
    threshold: f64,
    criteria: Vec<Criterion>,
    findings: Vec<Finding>,
}

impl Hierarchy {
    /// A hierarchy to be described step by step.
    #[must_use]
    pub fn builder() -> HierarchyBuilder {
        HierarchyBuilder::default()
    }

    /// Weights of a checked structure.
    fn assemble(
        tree: Tree,
        sources: Vec<NodeWeights>,
        alternatives: Vec<String>,
        ahp: Ahp,
        threshold: f64,
    ) -> Result<Hierarchy> {
        let mut findings = Vec::new();
        let mut all = Vec::with_capacity(sources.len());
        for (name, source) in tree.names.iter().zip(&sources) {
            let priorities = source.priorities(&ahp)?;
            if let (NodeWeights::Judgments(matrix), Some(priorities)) = (source, &priorities)
                && let Some(mut finding) = ahp.inconsistency(matrix, priorities, threshold)?
            {
                finding.place = format!("{name}: {}", finding.place);
                findings.push(finding);
            }
            all.push((source.weights(priorities.as_ref()), priorities));
        }
        let weights: Vec<&[f64]> = all.iter().map(|(weights, _)| weights.as_slice()).collect();
        let (local, global) = (tree.local(&weights), tree.global(&weights));
        let criteria = all
            .into_iter()
            .enumerate()
            .map(|(at, (weights, priorities))| Criterion {
                name: tree.names[at].clone(),
                parent: tree.parents[at],
                children: tree.children[at].clone(),
                level: tree.levels[at],
                local: local[at],
                global: global[at],
                source: sources[at].source(),
                weights,
                priorities,
            })
            .collect();
        Ok(Hierarchy { tree, sources, alternatives, ahp, threshold, criteria, findings })
    }

    /// Every criterion, the goal first and each before what is below it.
    #[must_use]
    pub fn criteria(&self) -> &[Criterion] {
        &self.criteria
    }

    /// One criterion.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown name, with the nearest.
    pub fn criterion(&self, name: &str) -> Result<&Criterion> {
        self.position(name).map(|at| &self.criteria[at])
    }

    /// The criteria without children, in order.
    pub fn leaves(&self) -> impl Iterator<Item = &Criterion> {
        self.criteria.iter().filter(|criterion| criterion.children.is_empty())
    }

    /// Names of the alternatives, in order; none in a hierarchy that only weighs.
    #[must_use]
    pub fn alternatives(&self) -> &[String] {
        &self.alternatives
    }

    /// What the weights of a criterion's children, or of the alternatives under it, were drawn from.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown name, with the nearest.
    pub fn given(&self, name: &str) -> Result<&NodeWeights> {
        self.position(name).map(|at| &self.sources[at])
    }

    /// How weights are drawn from judgments, and against which random index.
    #[must_use]
    pub fn ahp(&self) -> Ahp {
        self.ahp
    }

    /// Consistency ratio from which a node's judgments are reported.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// What a person should know: `W102` for every node whose judgments contradict each other.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn position(&self, name: &str) -> Result<usize> {
        let known = || self.tree.names.iter().map(String::as_str);
        known().position(|criterion| criterion == name).ok_or_else(|| unknown("criterion", name, known()))
    }

    fn alternative(&self, name: &str) -> Result<usize> {
        let known = || self.alternatives.iter().map(String::as_str);
        known().position(|other| other == name).ok_or_else(|| unknown("alternative", name, known()))
    }

    fn weights(&self) -> Vec<&[f64]> {
        self.criteria.iter().map(|criterion| criterion.weights.as_slice()).collect()
    }
}

/// An unknown name with the nearest, or with those there are.
fn unknown<'a>(parameter: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    let rule = match nearest_name(name, known.clone()) {
        Some(near) => format!("must name one of the hierarchy (did you mean `{near}`?)"),
        None => {
            let listed: Vec<&str> = known.take(12).collect();
            format!("must name one of the hierarchy ({})", listed.join(", "))
        }
    };
    Error::argument(parameter, rule, format!("`{name}`"))
}
