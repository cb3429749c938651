//! Rank reversal: does the order of the others survive when an alternative leaves, or a copy of one joins?

use karat_scorer::{Error, Result, nearest_name};

use super::super::intake::judgment_error;
use super::super::judgments::PairwiseMatrix;
use super::check::quoted;
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
        self.check_new(name)?;
        let kept: Vec<usize> = (0..self.alternatives.len()).chain([of]).collect();
        self.reshaped(&kept, Some(name))
    }

    /// The hierarchy with one more alternative at the end. `said` holds for every leaf criterion, by name,
    /// how many times as good as each of the others it is, in order; or its one score, where they have
    /// scores.
    ///
    /// # Errors
    /// [`Error::Argument`] for a name that is taken or blank; [`Error::Judgment`] listing every leaf that is
    /// missing, unknown or has the wrong numbers.
    ///
    /// ```
    /// use karat::evaluate::weights::{Hierarchy, Synthesis};
    /// let hierarchy = Hierarchy::builder()
    ///     .children("goal", &["price", "quality"])
    ///     .alternatives(&["a", "b"])
    ///     .judge("price", &["a 2 b"])
    ///     .scores("quality", &[("a", 1.0), ("b", 3.0)])
    ///     .build()?;
    /// let three = hierarchy.with_alternative("c", &[("price", vec![1.0, 2.0]), ("quality", vec![4.0])])?;
    /// assert_eq!(three.synthesise(Synthesis::Ideal)?.winner(), "c");
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn with_alternative<S: AsRef<str>>(&self, name: &str, said: &[(S, Vec<f64>)]) -> Result<Hierarchy> {
        self.check_new(name)?;
        let mut problems = Vec::new();
        let leaves = || self.tree.leaves.iter().map(|&leaf| self.tree.names[leaf].as_str());
        for (given, _) in said {
            let given = given.as_ref();
            if !leaves().any(|leaf| leaf == given) {
                let hint = match nearest_name(given, leaves()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "name a criterion without children".to_owned(),
                };
                problems.push(format!("`{given}` compares no alternatives; {hint}"));
            }
        }
        let alternatives: Vec<String> =
            self.alternatives.iter().map(String::as_str).chain([name]).map(str::to_owned).collect();
        let mut sources = self.sources.clone();
        for &leaf in &self.tree.leaves {
            let under = &self.tree.names[leaf];
            match said.iter().find(|(given, _)| given.as_ref() == under) {
                None => problems.push(format!("nothing is said of `{name}` under `{under}`")),
                Some((_, numbers)) => match self.extended(leaf, numbers, &alternatives) {
                    Ok(source) => sources[leaf] = source,
                    Err(problem) => problems.push(format!("`{under}`: {problem}")),
                },
            }
        }
        if !problems.is_empty() {
            return Err(judgment_error(&problems));
        }
        Hierarchy::assemble(self.tree.clone(), sources, alternatives, self.ahp, self.threshold)
    }

    /// What a leaf says once the last of `alternatives` is among them.
    fn extended(
        &self,
        leaf: usize,
        numbers: &[f64],
        alternatives: &[String],
    ) -> std::result::Result<NodeWeights, String> {
        let others = &self.alternatives;
        match &self.sources[leaf] {
            NodeWeights::Judgments(matrix) => {
                if numbers.len() != others.len() {
                    let (count, names) = (others.len(), quoted(others.iter().map(String::as_str)));
                    return Err(format!("give {count} numbers, how many times as good as {names}"));
                }
                let kept: Vec<usize> = (0..others.len()).collect();
                let mut triples = kept_judgments(matrix, &kept, alternatives);
                let name = alternatives.last().map_or("", String::as_str);
                triples
                    .extend(others.iter().zip(numbers).map(|(other, &value)| (name, other.as_str(), value)));
                let made = PairwiseMatrix::from_judgments(alternatives, &triples);
                made.map(NodeWeights::Judgments).map_err(|error| error.to_string())
            }
            NodeWeights::Scores(scores) => match numbers {
                [score] if *score >= 0.0 && score.is_finite() => {
                    Ok(NodeWeights::Scores(scores.iter().copied().chain([*score]).collect()))
                }
                _ => Err("give one score, a number of at least 0".to_owned()),
            },
            _ => Err("the hierarchy compares no alternatives".to_owned()),
        }
    }

    fn check_new(&self, name: &str) -> Result<()> {
        if name.trim().is_empty()
            || self.alternatives.iter().chain(&self.tree.names).any(|taken| taken == name)
        {
            return Err(Error::argument("name", "must be new and not blank", format!("`{name}`")));
        }
        Ok(())
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
    PairwiseMatrix::from_judgments(names, &kept_judgments(matrix, kept, names))
}

/// Judgments between those at `kept`, under their names, each in the direction that was kept as given.
fn kept_judgments<'a>(
    matrix: &PairwiseMatrix,
    kept: &[usize],
    names: &'a [String],
) -> Vec<(&'a str, &'a str, f64)> {
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
    triples
}
