//! Which judgment, changed to which value, first changes the outcome.

use karat_scorer::Result;

use super::super::judgments::PairwiseMatrix;
use super::super::scale::{SAATY_SCALE, log_distance};
use super::synthesis::{LeafTable, on_grid, ranking};
use super::{Hierarchy, NodeWeights, Synthesis};

/// What a changed judgment must do to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Outcome {
    /// Another alternative overtakes the first; to draw level with it is not enough.
    #[default]
    FirstPlace,
    /// Any alternative overtakes another that was ahead of it.
    AnyRank,
}

/// The nearest value of one judgment that changes the outcome.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CriticalJudgment {
    /// The criterion under which the two are judged.
    pub criterion: String,
    /// The item on the left.
    pub first: String,
    /// The item on the right.
    pub second: String,
    /// The judgment as it is.
    pub from: f64,
    /// The value of Saaty's scale nearest to it that changes the outcome.
    pub to: f64,
    /// Steps on the scale from one to the other.
    pub steps: usize,
    /// Who is first then.
    pub then_first: String,
    /// Consistency ratio of that criterion's judgments then.
    pub consistency_ratio: f64,
}

/// Scale values on one side of a judgment, nearest first, each with the steps it takes.
fn away(given: f64, up: bool) -> impl Iterator<Item = (f64, usize)> {
    let distinct = move |value: &f64| log_distance(value / given) > 1e-9 && (*value > given) == up;
    let mut values: Vec<f64> = SAATY_SCALE.into_iter().filter(distinct).collect();
    if !up {
        values.reverse();
    }
    values.into_iter().zip(1..)
}

impl Hierarchy {
    /// For every judgment in the hierarchy, of criteria and of alternatives, the nearest value on Saaty's
    /// scale that changes the outcome, all other judgments staying as they are. Judgments that cannot change
    /// it are left out. Fewest steps first, then the smallest change in logarithms, then the hierarchy's
    /// order; the first entry is the most critical judgment.
    ///
    /// # Errors
    /// As [`synthesise`](Hierarchy::synthesise).
    ///
    /// ```
    /// use karat::evaluate::weights::{Hierarchy, Outcome, Synthesis};
    /// let hierarchy = Hierarchy::builder()
    ///     .children("goal", &["price", "quality"])
    ///     .judge("goal", &["quality 2 price"])
    ///     .alternatives(&["a", "b"])
    ///     .judge("price", &["a 3 b"])
    ///     .judge("quality", &["b 3 a"])
    ///     .build()?;
    /// let critical = hierarchy.critical_judgments(Synthesis::Distributive, Outcome::FirstPlace)?;
    /// // Quality counts twice as much, so `b` leads; were both as good in it, the price would decide.
    /// let most = &critical[0];
    /// assert_eq!((most.criterion.as_str(), most.from, most.to, most.steps), ("quality", 1.0 / 3.0, 1.0, 2));
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn critical_judgments(&self, mode: Synthesis, outcome: Outcome) -> Result<Vec<CriticalJudgment>> {
        let table = self.leaf_table(mode)?;
        let now = self.values(&table, &self.weights());
        let mut found = Vec::new();
        for (at, source) in self.sources.iter().enumerate() {
            let NodeWeights::Judgments(matrix) = source else { continue };
            for i in 0..matrix.size() {
                for j in i + 1..matrix.size() {
                    let search =
                        Search { hierarchy: self, mode, outcome, table: &table, now: &now, at, matrix };
                    found.extend(search.nearest(i, j)?);
                }
            }
        }
        let distance = |judgment: &CriticalJudgment| {
            (judgment.steps, (log_distance(judgment.to / judgment.from) * 1e9).round() as i64)
        };
        found.sort_by_key(distance);
        Ok(found)
    }
}

struct Search<'a> {
    hierarchy: &'a Hierarchy,
    mode: Synthesis,
    outcome: Outcome,
    table: &'a LeafTable,
    /// Values as things are.
    now: &'a [f64],
    at: usize,
    matrix: &'a PairwiseMatrix,
}

impl Search<'_> {
    fn nearest(&self, i: usize, j: usize) -> Result<Option<CriticalJudgment>> {
        let given = self.matrix.judgment(i, j);
        let (mut best, mut least) = (None, (usize::MAX, f64::INFINITY));
        for up in [true, false] {
            for (to, steps) in away(given, up) {
                let size = (steps, log_distance(to / given));
                // Only the nearer of the two directions counts.
                if size >= least {
                    break;
                }
                if let Some((first, consistency_ratio)) = self.changed(i, j, to)? {
                    least = size;
                    best = Some(CriticalJudgment {
                        criterion: self.hierarchy.tree.names[self.at].clone(),
                        first: self.matrix.labels()[i].clone(),
                        second: self.matrix.labels()[j].clone(),
                        from: given,
                        to,
                        steps,
                        then_first: self.hierarchy.alternatives[first].clone(),
                        consistency_ratio,
                    });
                    break;
                }
            }
        }
        Ok(best)
    }

    /// Who is first, and the consistency ratio, if this value changes the outcome.
    fn changed(&self, i: usize, j: usize, to: f64) -> Result<Option<(usize, f64)>> {
        let (hierarchy, at) = (self.hierarchy, self.at);
        let labels = self.matrix.labels();
        let changed = self.matrix.with_judgment(&labels[i], &labels[j], to)?;
        let priorities = hierarchy.ahp.priorities(&changed)?;
        let mut weights = hierarchy.weights();
        let mut values = None;
        if let Some(leaf) = hierarchy.tree.leaves.iter().position(|&leaf| leaf == at) {
            let mut table = self.table.clone();
            table[leaf] = hierarchy.leaf_row(at, &priorities.weights, self.mode)?;
            values = Some(hierarchy.values(&table, &weights));
        } else {
            weights[at] = &priorities.weights;
        }
        let values = values.unwrap_or_else(|| hierarchy.values(self.table, &weights));
        let (order, then) = (ranking(self.now), ranking(&values));
        let overtaken = |&(ahead, behind): &(usize, usize)| {
            on_grid(self.now[ahead]) > on_grid(self.now[behind])
                && on_grid(values[ahead]) < on_grid(values[behind])
        };
        let changes = match (self.outcome, then.first()) {
            (Outcome::FirstPlace, Some(&first)) => on_grid(values[first]) > on_grid(values[order[0]]),
            (Outcome::AnyRank, _) => {
                let pairs = order.iter().enumerate().flat_map(|(place, &ahead)| {
                    order[place + 1..].iter().map(move |&behind| (ahead, behind))
                });
                pairs.into_iter().any(|pair| overtaken(&pair))
            }
            (Outcome::FirstPlace, None) => false,
        };
        Ok(then.first().filter(|_| changes).map(|&first| (first, priorities.consistency_ratio)))
    }
}
