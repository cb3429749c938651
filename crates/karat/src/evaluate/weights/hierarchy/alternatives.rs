//! Rank reversal: does the order of the others survive when an alternative leaves, or a copy of one joins?

use karat_scorer::{Error, Result};

use super::super::judgments::PairwiseMatrix;
use super::{Hierarchy, NodeWeights, Synthesis};

/// An order that turned round although nothing was said anew about those in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RankReversal {
    /// The alternative that left, or whose copy joined.
    pub alternative: String,
    /// Whether it left (`true`) or was copied (`false`).
    pub removed: bool,
    /// The alternatives that stay, in the order before.
    pub before: Vec<String>,
    /// The same alternatives in the order after.
    pub after: Vec<String>,
    /// Pairs (ahead before, ahead after).
    pub reversed: Vec<(String, String)>,
}

impl Hierarchy {
    /// The hierarchy without one alternative, all that is said about the others unchanged.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown alternative or the only one; as
    /// [`HierarchyBuilder::build`](super::HierarchyBuilder::build) when what is left makes no sense, such as
    /// scores that are all 0.
    pub fn without_alternative(&self, alternative: &str) -> Result<Hierarchy> {
        let gone = self.alternative(alternative)?;
        if self.alternatives.len() == 1 {
            let rule = "must leave at least one other";
            return Err(Error::argument("alternative", rule, format!("`{alternative}`")));
        }
        let kept: Vec<usize> = (0..self.alternatives.len()).filter(|&at| at != gone).collect();
        self.reshaped(&kept, None)
    }

    /// The hierarchy with a copy of one alternative at the end of the list: judged equal to it, and
    /// compared with all others as it is.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown alternative or a name that is taken or blank.
    ///
    /// ```
    /// use karat::evaluate::weights::{Hierarchy, Synthesis};
    /// let hierarchy = Hierarchy::builder()
    ///     .children("goal", &["price", "quality"])
    ///     .alternatives(&["a", "b"])
    ///     .judge("price", &["a 2 b"])
    ///     .judge("quality", &["b 3 a"])
    ///     .build()?;
    /// let three = hierarchy.with_copy("b", "c")?;
    /// let totals = three.synthesise(Synthesis::Ideal)?.totals;
    /// assert!((totals[1] - totals[2]).abs() < 1e-15);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn with_copy(&self, alternative: &str, name: &str) -> Result<Hierarchy> {
        let of = self.alternative(alternative)?;
        if name.trim().is_empty()
            || self.alternatives.iter().chain(&self.tree.names).any(|taken| taken == name)
        {
            return Err(Error::argument("name", "must be new and not blank", format!("`{name}`")));
        }
        let kept: Vec<usize> = (0..self.alternatives.len()).chain([of]).collect();
        self.reshaped(&kept, Some(name))
    }

    /// Every alternative that turns the order of others round by leaving, or by being copied.
    ///
    /// Empty in [`Synthesis::Rating`], always. Judgments are kept, so in a matrix that contradicts itself
    /// the priorities of those who stay shift a little; that may show here too.
    ///
    /// # Errors
    /// As [`synthesise`](Hierarchy::synthesise).
    pub fn rank_reversals(&self, mode: Synthesis) -> Result<Vec<RankReversal>> {
        let now = self.synthesise(mode)?;
        let mut found = Vec::new();
        for at in 0..self.alternatives.len() {
            let name = &self.alternatives[at];
            if self.alternatives.len() > 2 {
                let kept: Vec<usize> = (0..self.alternatives.len()).filter(|&other| other != at).collect();
                // What cannot stand without it, such as scores that are all 0 then, has no order to compare.
                if let Ok(left) = self.reshaped(&kept, None).and_then(|left| left.synthesise(mode)) {
                    let totals: Vec<f64> = places(&kept, &left.totals, self.alternatives.len());
                    found.extend(self.reversal(name, true, &now.totals, &totals, &kept));
                }
            }
            let all: Vec<usize> = (0..self.alternatives.len()).collect();
            let copied: Vec<usize> = all.iter().copied().chain([at]).collect();
            let joined = self.reshaped(&copied, Some("\u{0}copy"))?.synthesise(mode)?;
            found.extend(self.reversal(name, false, &now.totals, &joined.totals, &all));
        }
        Ok(found)
    }

    fn reversal(
        &self,
        alternative: &str,
        removed: bool,
        before: &[f64],
        after: &[f64],
        kept: &[usize],
    ) -> Option<RankReversal> {
        let name = |at: usize| self.alternatives[at].clone();
        let mut reversed = Vec::new();
        for (position, &a) in kept.iter().enumerate() {
            for &b in &kept[position + 1..] {
                // Equal totals are no order that could turn round.
                let (then, now) = (clear(before[a] - before[b]), clear(after[a] - after[b]));
                if then * now < 0.0 {
                    reversed.push(if then > 0.0 { (name(a), name(b)) } else { (name(b), name(a)) });
                }
            }
        }
        let order = |totals: &[f64]| {
            let values: Vec<f64> = kept.iter().map(|&at| totals[at]).collect();
            super::synthesis::ranking(&values).into_iter().map(|at| name(kept[at])).collect()
        };
        (!reversed.is_empty()).then(|| RankReversal {
            alternative: alternative.to_owned(),
            removed,
            before: order(before),
            after: order(after),
            reversed,
        })
    }

    /// The hierarchy with the alternatives at these positions; the last is named anew if it is a copy.
    fn reshaped(&self, kept: &[usize], copy: Option<&str>) -> Result<Hierarchy> {
        let mut alternatives: Vec<String> = kept.iter().map(|&at| self.alternatives[at].clone()).collect();
        if let (Some(name), Some(last)) = (copy, alternatives.last_mut()) {
            *last = name.to_owned();
        }
        let mut sources = self.sources.clone();
        for &leaf in &self.tree.leaves {
            sources[leaf] = match &self.sources[leaf] {
                NodeWeights::Judgments(matrix) => {
                    NodeWeights::Judgments(submatrix(matrix, kept, &alternatives)?)
                }
                NodeWeights::Scores(scores) => {
                    let scores: Vec<f64> = kept.iter().map(|&at| scores[at]).collect();
                    if scores.iter().all(|&score| score == 0.0) {
                        let place = format!("scores of `{}`", self.tree.names[leaf]);
                        return Err(Error::argument(place, "must not all be 0", 0));
                    }
                    NodeWeights::Scores(scores)
                }
                other => other.clone(),
            };
        }
        Hierarchy::assemble(self.tree.clone(), sources, alternatives, self.ahp, self.threshold)
    }
}

/// A difference, 0 where it is rounding.
fn clear(difference: f64) -> f64 {
    if difference.abs() <= 1e-12 { 0.0 } else { difference }
}

/// Totals back at the positions they had before.
fn places(kept: &[usize], totals: &[f64], count: usize) -> Vec<f64> {
    let mut all = vec![f64::NAN; count];
    for (&at, &total) in kept.iter().zip(totals) {
        all[at] = total;
    }
    all
}

fn submatrix(matrix: &PairwiseMatrix, kept: &[usize], names: &[String]) -> Result<PairwiseMatrix> {
    let mut triples = Vec::new();
    for (i, &a) in kept.iter().enumerate() {
        for (j, &b) in kept.iter().enumerate().skip(i + 1) {
            let (i, j, value) = match matrix.judgment(a, b) {
                value if value >= 1.0 => (i, j, value),
                _ => (j, i, matrix.judgment(b, a)),
            };
            triples.push((names[i].as_str(), names[j].as_str(), value));
        }
    }
    PairwiseMatrix::from_judgments(names, &triples)
}
