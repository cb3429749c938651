//! Where the weights under one criterion come from.

use karat_scorer::Result;

use super::super::ahp::{Ahp, Priorities};
use super::super::judgments::PairwiseMatrix;

/// Where weights come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WeightSource {
    /// Pairwise judgments.
    Judgments,
    /// Stated as numbers.
    Fixed,
    /// Nothing was said: all the same.
    Equal,
    /// Scores of the alternatives.
    Scores,
    /// A leaf of a hierarchy without alternatives has nothing below it.
    Leaf,
}

impl WeightSource {
    /// The name tables use: `judgments`, `fixed`, `equal`, `scores`, `leaf`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            WeightSource::Judgments => "judgments",
            WeightSource::Fixed => "fixed",
            WeightSource::Equal => "equal",
            WeightSource::Scores => "scores",
            WeightSource::Leaf => "leaf",
        }
    }
}

/// What the weights under one criterion are drawn from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum NodeWeights {
    /// Judgments of its children, or of the alternatives, in the hierarchy's order.
    Judgments(PairwiseMatrix),
    /// Weights of its children, sum 1.
    Fixed(Vec<f64>),
    /// So many children, all alike.
    Equal(usize),
    /// Scores of the alternatives, at least 0 and not all 0; more is better.
    Scores(Vec<f64>),
    /// A leaf of a hierarchy without alternatives.
    Leaf,
}

impl NodeWeights {
    pub(super) fn source(&self) -> WeightSource {
        match self {
            NodeWeights::Judgments(_) => WeightSource::Judgments,
            NodeWeights::Fixed(_) => WeightSource::Fixed,
            NodeWeights::Equal(_) => WeightSource::Equal,
            NodeWeights::Scores(_) => WeightSource::Scores,
            NodeWeights::Leaf => WeightSource::Leaf,
        }
    }

    pub(super) fn priorities(&self, ahp: &Ahp) -> Result<Option<Priorities>> {
        match self {
            NodeWeights::Judgments(matrix) => ahp.priorities(matrix).map(Some),
            _ => Ok(None),
        }
    }

    pub(super) fn weights(&self, priorities: Option<&Priorities>) -> Vec<f64> {
        match self {
            NodeWeights::Judgments(_) => priorities.map_or(Vec::new(), |found| found.weights.clone()),
            NodeWeights::Fixed(values) | NodeWeights::Scores(values) => values.clone(),
            NodeWeights::Equal(count) => vec![1.0 / *count as f64; *count],
            NodeWeights::Leaf => Vec::new(),
        }
    }
}
