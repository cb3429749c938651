//! What if a judgment or a weight were another?

use karat_scorer::{Error, Result};

use super::{Hierarchy, NodeWeights};

impl Hierarchy {
    /// The hierarchy in which, under `criterion`, `first` is `value` times as important (or as good) as
    /// `second`.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown criterion or one without judgments; [`Error::Judgment`] for
    /// unknown items or a value that is not a positive number.
    ///
    /// ```
    /// use karat::evaluate::weights::Hierarchy;
    /// let hierarchy = Hierarchy::builder()
    ///     .children("value", &["price", "quality"])
    ///     .judge("value", &["quality 2 price"])
    ///     .build()?;
    /// let changed = hierarchy.what_if("value", "quality", "price", 4.0)?;
    /// assert!((changed.criterion("quality")?.global - 0.8).abs() < 1e-15);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn what_if(&self, criterion: &str, first: &str, second: &str, value: f64) -> Result<Hierarchy> {
        let at = self.position(criterion)?;
        let NodeWeights::Judgments(matrix) = &self.sources[at] else {
            let rule = "must be judged in pairs for a judgment to change; see `with_weight`";
            return Err(Error::argument(
                format!("weights under `{criterion}`"),
                rule,
                self.sources[at].source().name(),
            ));
        };
        self.with_source(at, NodeWeights::Judgments(matrix.with_judgment(first, second, value)?))
    }

    /// The hierarchy in which `criterion` has this weight among its parent's children, and the others are
    /// rescaled in proportion. The judgments of the parent's children give way to fixed weights.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown criterion, the goal, an only child, or a weight outside 0 to 1.
    pub fn with_weight(&self, criterion: &str, weight: f64) -> Result<Hierarchy> {
        let at = self.position(criterion)?;
        let parent = self.swept(at)?;
        if !(0.0..=1.0).contains(&weight) {
            return Err(Error::argument("weight", "must be 0 to 1", weight));
        }
        let rest = self.rest(at);
        let share = |(&child, rest): (&usize, f64)| if child == at { weight } else { (1.0 - weight) * rest };
        let weights = self.tree.siblings(at).iter().zip(rest).map(share).collect();
        self.with_source(parent, NodeWeights::Fixed(weights))
    }

    /// The same hierarchy with the weights under one criterion drawn from something else.
    pub(super) fn with_source(&self, at: usize, source: NodeWeights) -> Result<Hierarchy> {
        let mut sources = self.sources.clone();
        sources[at] = source;
        let (tree, alternatives) = (self.tree.clone(), self.alternatives.clone());
        Hierarchy::assemble(tree, sources, alternatives, self.ahp, self.threshold)
    }

    /// The parent of a criterion whose weight can be varied.
    pub(super) fn swept(&self, at: usize) -> Result<usize> {
        let name = format!("`{}`", self.tree.names[at]);
        let Some(parent) = self.tree.parents[at] else {
            return Err(Error::argument("criterion", "must not be the goal, whose weight is always 1", name));
        };
        if self.tree.siblings(at).len() < 2 {
            let rule = "must have others beside it; the weight of an only child is always 1";
            return Err(Error::argument("criterion", rule, name));
        }
        Ok(parent)
    }

    /// How a criterion's siblings share what it leaves to them: in proportion to their weights, or alike
    /// when it leaves them nothing now. Its own entry is 0.
    pub(super) fn rest(&self, at: usize) -> Vec<f64> {
        let siblings = self.tree.siblings(at);
        let others = || siblings.iter().filter(|&&sibling| sibling != at);
        let sum: f64 = others().map(|&sibling| self.criteria[sibling].local).sum();
        let share = |&sibling: &usize| match sibling {
            _ if sibling == at => 0.0,
            _ if sum > 0.0 => self.criteria[sibling].local / sum,
            _ => 1.0 / (siblings.len() - 1) as f64,
        };
        siblings.iter().map(share).collect()
    }
}
