//! A hierarchy described step by step.

use karat_scorer::Result;

use super::super::ahp::Ahp;
use super::super::judgments::PairwiseMatrix;
use super::Hierarchy;

/// Judgments as they were given.
#[derive(Debug, Clone)]
pub(super) enum Given {
    Texts(Vec<String>),
    Triples(Vec<(String, String, f64)>),
    Matrix(PairwiseMatrix),
}

/// A named list of numbers under one criterion.
pub(super) type Named = Vec<(String, f64)>;

/// Describes a [`Hierarchy`]: children, judgments, weights, alternatives, in any order.
///
/// Nothing is checked before [`build`](HierarchyBuilder::build), which reports every problem at once. A
/// criterion with children and neither judgments nor weights treats them alike.
#[derive(Debug, Clone)]
pub struct HierarchyBuilder {
    pub(super) children: Vec<(String, Vec<String>)>,
    pub(super) judged: Vec<(String, Given)>,
    pub(super) weights: Vec<(String, Named)>,
    pub(super) scores: Vec<(String, Named)>,
    pub(super) alternatives: Vec<String>,
    pub(super) ahp: Ahp,
    pub(super) threshold: f64,
}

impl Default for HierarchyBuilder {
    fn default() -> HierarchyBuilder {
        HierarchyBuilder {
            children: Vec::new(),
            judged: Vec::new(),
            weights: Vec::new(),
            scores: Vec::new(),
            alternatives: Vec::new(),
            ahp: Ahp::new(),
            threshold: 0.10,
        }
    }
}

fn owned<S: AsRef<str>>(names: &[S]) -> Vec<String> {
    names.iter().map(|name| name.as_ref().to_owned()).collect()
}

fn named<S: AsRef<str>>(values: &[(S, f64)]) -> Named {
    values.iter().map(|(name, value)| (name.as_ref().to_owned(), *value)).collect()
}

impl HierarchyBuilder {
    /// The criteria right below `criterion`. The one that is nobody's child is the goal.
    #[must_use]
    pub fn children<S: AsRef<str>>(mut self, criterion: &str, children: &[S]) -> HierarchyBuilder {
        self.children.push((criterion.to_owned(), owned(children)));
        self
    }

    /// What is to be compared under every criterion without children.
    #[must_use]
    pub fn alternatives<S: AsRef<str>>(mut self, alternatives: &[S]) -> HierarchyBuilder {
        self.alternatives.extend(owned(alternatives));
        self
    }

    /// Judgments of the children of `criterion`, or of the alternatives when it has none, as texts:
    /// `"price 3 quality"`.
    #[must_use]
    pub fn judge<S: AsRef<str>>(mut self, criterion: &str, judgments: &[S]) -> HierarchyBuilder {
        self.judged.push((criterion.to_owned(), Given::Texts(owned(judgments))));
        self
    }

    /// As [`judge`](Self::judge), as triples: the first is so many times as important as the second.
    #[must_use]
    pub fn judge_pairs<S: AsRef<str>>(
        mut self,
        criterion: &str,
        judgments: &[(S, S, f64)],
    ) -> HierarchyBuilder {
        let triple = |(a, b, value): &(S, S, f64)| (a.as_ref().to_owned(), b.as_ref().to_owned(), *value);
        self.judged.push((criterion.to_owned(), Given::Triples(judgments.iter().map(triple).collect())));
        self
    }

    /// As [`judge`](Self::judge), as a matrix whose labels are the children or the alternatives, in any
    /// order.
    #[must_use]
    pub fn judge_matrix(mut self, criterion: &str, matrix: PairwiseMatrix) -> HierarchyBuilder {
        self.judged.push((criterion.to_owned(), Given::Matrix(matrix)));
        self
    }

    /// Weights of the children of `criterion`, sum 1 or 100.
    #[must_use]
    pub fn weights<S: AsRef<str>>(mut self, criterion: &str, weights: &[(S, f64)]) -> HierarchyBuilder {
        self.weights.push((criterion.to_owned(), named(weights)));
        self
    }

    /// Scores of the alternatives under a criterion without children: at least 0, more is better. Divided
    /// by their sum or by the largest, or taken as they are, as [`Synthesis`](super::Synthesis) says.
    #[must_use]
    pub fn scores<S: AsRef<str>>(mut self, criterion: &str, scores: &[(S, f64)]) -> HierarchyBuilder {
        self.scores.push((criterion.to_owned(), named(scores)));
        self
    }

    /// How weights are drawn from judgments, and against which random index.
    #[must_use]
    pub fn ahp(mut self, ahp: Ahp) -> HierarchyBuilder {
        self.ahp = ahp;
        self
    }

    /// Consistency ratio from which the judgments of a node are reported; 0.10 if not given.
    #[must_use]
    pub fn threshold(mut self, threshold: f64) -> HierarchyBuilder {
        self.threshold = threshold;
        self
    }

    /// The hierarchy.
    ///
    /// # Errors
    /// [`Error::Judgment`](karat_scorer::Error::Judgment) listing every problem: a name given twice or
    /// standing below two criteria, a circle, several goals, a criterion judged for items that are not its
    /// children, missing or contradictory judgments, weights that leave a child out or do not sum to 1, a
    /// leaf that says nothing about the alternatives, unknown names with the nearest.
    /// [`Error::Argument`](karat_scorer::Error::Argument) when the random-index table is too short or the
    /// threshold is not above 0.
    ///
    /// ```
    /// use karat::evaluate::weights::Hierarchy;
    /// let error = Hierarchy::builder()
    ///     .children("value", &["price", "quality"])
    ///     .weights("value", &[("price", 0.5), ("qualty", 0.5)])
    ///     .build()
    ///     .unwrap_err()
    ///     .to_string();
    /// assert!(error.contains("did you mean `quality`?"), "{error}");
    /// ```
    pub fn build(self) -> Result<Hierarchy> {
        let (tree, sources) = super::check::checked(&self)?;
        Hierarchy::assemble(tree, sources, self.alternatives, self.ahp, self.threshold)
    }
}
