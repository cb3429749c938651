//! The fewest judgments to change, on request.

use karat_scorer::{Error, Result};

use super::ahp::Ahp;
use super::diagnosis::SingleChange;
use super::judgments::PairwiseMatrix;
use super::perron::perron;
use super::scale::{SAATY_SCALE, nearest_on_scale};

/// Largest matrix whose pairs of changes are all tried.
const EXACT_ITEMS: usize = 9;

/// How far a repair goes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RepairOptions {
    /// Consistency ratio to get below.
    pub threshold: f64,
    /// Judgments that may be changed at most.
    pub maximum_changes: usize,
}

impl Default for RepairOptions {
    fn default() -> RepairOptions {
        RepairOptions { threshold: 0.10, maximum_changes: usize::MAX }
    }
}

impl RepairOptions {
    /// Below 0.10, with as many changes as it takes.
    #[must_use]
    pub fn new() -> RepairOptions {
        RepairOptions::default()
    }

    /// Sets the consistency ratio to get below.
    #[must_use]
    pub fn threshold(mut self, threshold: f64) -> RepairOptions {
        self.threshold = threshold;
        self
    }

    /// Sets how many judgments may be changed.
    #[must_use]
    pub fn maximum_changes(mut self, changes: usize) -> RepairOptions {
        self.maximum_changes = changes;
        self
    }
}

/// A matrix made consistent enough, with every change that was made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Repaired {
    /// The judgments after the changes.
    pub matrix: PairwiseMatrix,
    /// The changes in the order in which they help most, each with the ratio after it and those before it.
    pub changes: Vec<SingleChange>,
    /// CR of the repaired matrix.
    pub consistency_ratio: f64,
    /// Whether every smaller number of changes was tried and does not suffice.
    pub fewest_judgments: bool,
    /// Whether in addition no other set of as many changes takes fewer steps on the scale.
    pub fewest_steps: bool,
}

/// A change in the making: the pair (i, j) and the position of its new value on the scale.
type Step = ((usize, usize), usize);

impl Ahp {
    /// Changes as few judgments as it can, by as few steps of Saaty's scale as it can, until the consistency
    /// ratio is below the threshold. The given matrix stays as it is; whoever judged should agree to every
    /// change.
    ///
    /// One change and, for up to 9 items, two changes are searched completely. Beyond, the change that helps most
    /// is made until the ratio is reached, then every change that proves needless is taken back and every other
    /// made as small as it may be; [`Repaired::fewest_judgments`] says what is proven.
    ///
    /// # Errors
    /// [`Error::Argument`] when the random-index table ends before the matrix or the threshold is not a
    /// positive number; [`Error::Judgment`] when more than `maximum_changes` were needed.
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, PairwiseMatrix, RepairOptions};
    /// let matrix = PairwiseMatrix::from_text(&["a", "b", "c", "d"], &[
    ///     "a 2 b", "b 3 c", "a 1/6 c", "c 1 d", "a 6 d", "b 3 d",
    /// ])?;
    /// let repaired = Ahp::new().repair(&matrix, RepairOptions::new())?;
    /// assert_eq!(repaired.changes.len(), 1);
    /// assert!(repaired.fewest_judgments && repaired.consistency_ratio < 0.10);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn repair(&self, matrix: &PairwiseMatrix, options: RepairOptions) -> Result<Repaired> {
        let RepairOptions { threshold, maximum_changes } = options;
        let singles: Vec<SingleChange> = self
            .repairs(matrix, threshold)?
            .into_iter()
            .filter(|change| change.consistency_ratio < threshold)
            .collect();
        let mut search = Search { ahp: self, matrix, threshold, scale: self.scale(matrix.size())? };
        let (steps, fewest_judgments, fewest_steps) = if search.ratio(matrix) < threshold {
            (Vec::new(), true, true)
        } else if let Some(change) = singles.first() {
            (vec![(change.pair, nearest_on_scale(change.to))], true, true)
        } else {
            let exact = matrix.size() <= EXACT_ITEMS;
            match exact.then(|| search.pairs()).flatten() {
                Some(steps) => (steps, true, true),
                None => {
                    let steps = search.greedy()?;
                    let proven = exact && steps.len() == 3;
                    (steps, proven, false)
                }
            }
        };
        if steps.len() > maximum_changes {
            return Err(Error::Judgment(format!(
                "a consistency ratio below {threshold} takes {} changes{}, more than the {maximum_changes} allowed; \
                 ask for the judgments again",
                steps.len(),
                if fewest_judgments { "" } else { " as far as the search goes" },
            )));
        }
        search.replay(steps, fewest_judgments, fewest_steps)
    }

    /// CR for each unit of `lambda - n`.
    fn scale(&self, n: usize) -> Result<f64> {
        let index = self.random_index.value(n)?;
        Ok(if n > 2 { index.ratio(1.0 / (n - 1) as f64) } else { 0.0 })
    }
}

struct Search<'a> {
    ahp: &'a Ahp,
    matrix: &'a PairwiseMatrix,
    threshold: f64,
    scale: f64,
}

impl Search<'_> {
    fn ratio(&self, matrix: &PairwiseMatrix) -> f64 {
        (perron(matrix).lambda - matrix.size() as f64).max(0.0) * self.scale
    }

    fn all_pairs(&self) -> Vec<(usize, usize)> {
        let n = self.matrix.size();
        (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect()
    }

    fn steps(&self, ((i, j), to): Step) -> usize {
        to.abs_diff(nearest_on_scale(self.matrix.judgment(i, j)))
    }

    fn with(&self, steps: &[Step]) -> PairwiseMatrix {
        steps.iter().fold(self.matrix.clone(), |m, &((i, j), to)| m.replaced(i, j, SAATY_SCALE[to]))
    }

    /// The other values of a judgment, nearest first.
    fn values(&self, pair: (usize, usize)) -> Vec<Step> {
        let mut values: Vec<Step> = (0..SAATY_SCALE.len()).map(|to| (pair, to)).collect();
        values.retain(|&step| self.steps(step) > 0);
        values.sort_by_key(|&step| self.steps(step));
        values
    }

    /// The two changes that suffice with the fewest steps, then the lowest ratio.
    fn pairs(&self) -> Option<Vec<Step>> {
        let pairs = self.all_pairs();
        let mut best: Option<(usize, f64, Vec<Step>)> = None;
        for (at, &first) in pairs.iter().enumerate() {
            for one in self.values(first) {
                let changed = self.matrix.replaced(first.0, first.1, SAATY_SCALE[one.1]);
                for &second in &pairs[at + 1..] {
                    for other in self.values(second) {
                        let steps = self.steps(one) + self.steps(other);
                        if best.as_ref().is_some_and(|(fewest, ..)| steps > *fewest) {
                            break;
                        }
                        let ratio = self.ratio(&changed.replaced(second.0, second.1, SAATY_SCALE[other.1]));
                        let better = best
                            .as_ref()
                            .is_none_or(|(fewest, least, _)| steps < *fewest || ratio < least - 1e-9);
                        if ratio < self.threshold && better {
                            best = Some((steps, ratio, vec![one, other]));
                        }
                    }
                }
            }
        }
        best.map(|(.., steps)| steps)
    }

    /// The most helpful change again and again, then what turns out needless taken back.
    fn greedy(&mut self) -> Result<Vec<Step>> {
        let mut free = self.all_pairs();
        let mut made: Vec<Step> = Vec::new();
        while self.ratio(&self.with(&made)) >= self.threshold {
            let before = self.with(&made);
            let mut best: Option<(f64, Step)> = None;
            for &pair in &free {
                for step in self.values(pair) {
                    let ratio = self.ratio(&before.replaced(pair.0, pair.1, SAATY_SCALE[step.1]));
                    if best.is_none_or(|(least, _)| ratio < least - 1e-9) {
                        best = Some((ratio, step));
                    }
                }
            }
            let Some((_, step)) = best else {
                return Err(Error::Judgment(format!(
                    "no values of Saaty's scale were found that bring the consistency ratio below {}; ask for the \
                     judgments again",
                    self.threshold
                )));
            };
            free.retain(|&pair| pair != step.0);
            made.push(step);
        }
        for at in (0..made.len()).rev() {
            let mut fewer = made.clone();
            fewer.remove(at);
            if self.ratio(&self.with(&fewer)) < self.threshold {
                made = fewer;
            }
        }
        for at in 0..made.len() {
            for smaller in self.values(made[at].0) {
                let mut tried = made.clone();
                tried[at] = smaller;
                if self.steps(smaller) < self.steps(made[at])
                    && self.ratio(&self.with(&tried)) < self.threshold
                {
                    made = tried;
                    break;
                }
            }
        }
        Ok(made)
    }

    /// Makes the changes one by one, the most helpful first, and measures each.
    fn replay(&self, mut steps: Vec<Step>, fewest_judgments: bool, fewest_steps: bool) -> Result<Repaired> {
        let mut matrix = self.matrix.clone();
        let mut changes = Vec::with_capacity(steps.len());
        while !steps.is_empty() {
            let after = |&((i, j), to): &Step| self.ratio(&matrix.replaced(i, j, SAATY_SCALE[to]));
            let rank = |step: &Step| (after(step) * 1e9).round() as i64;
            let Some(at) = (0..steps.len()).min_by_key(|&at| rank(&steps[at])) else { break };
            let step = steps.remove(at);
            let ((i, j), to) = step;
            let (first, second) = (self.matrix.labels()[i].clone(), self.matrix.labels()[j].clone());
            matrix = matrix.with_judgment(&first, &second, SAATY_SCALE[to])?;
            changes.push(SingleChange {
                pair: (i, j),
                first,
                second,
                from: self.matrix.judgment(i, j),
                to: SAATY_SCALE[to],
                steps: self.steps(step),
                consistency_ratio: self.ahp.priorities(&matrix)?.consistency_ratio,
            });
        }
        let consistency_ratio = self.ahp.priorities(&matrix)?.consistency_ratio;
        Ok(Repaired { matrix, changes, consistency_ratio, fewest_judgments, fewest_steps })
    }
}
