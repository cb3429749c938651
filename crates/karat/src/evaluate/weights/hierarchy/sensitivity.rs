//! The totals as the weight of one criterion runs from 0 to 1.

use karat_scorer::{Error, Result};

use super::synthesis::{finish, ranking};
use super::{Hierarchy, Synthesis};

/// Differences smaller than this are rounding, not a crossing.
const NOTHING: f64 = 1e-13;

/// A weight at which two alternatives have the same total.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Crossing {
    /// The weight of the criterion among its siblings.
    pub weight: f64,
    /// Who is ahead below that weight.
    pub below: String,
    /// Who is ahead above it.
    pub above: String,
    /// Whether the first place changes hands here.
    pub first_place: bool,
}

/// What happens to the totals as the weight of one criterion among its siblings runs from 0 to 1, the
/// others sharing the rest in proportion.
///
/// Values before they are normalised are linear in that weight (their logarithms in a weighted product), so
/// everything here is exact rather than read off a grid.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WeightSweep {
    /// The criterion.
    pub criterion: String,
    /// How the alternatives are brought together.
    pub mode: Synthesis,
    /// Its weight among its siblings now.
    pub weight: f64,
    /// Weight in the whole of its parent: the weight in the whole is this times the weight among siblings.
    pub parent_global: f64,
    /// Names of the alternatives.
    pub alternatives: Vec<String>,
    /// Every weight strictly between 0 and 1 at which two alternatives change places, in order.
    pub crossings: Vec<Crossing>,
    /// The interval of weights, around the present one, in which the first place does not change.
    pub first_interval: (f64, f64),
    /// The interval in which no rank changes.
    pub ranking_interval: (f64, f64),
    at_zero: Vec<f64>,
    at_one: Vec<f64>,
}

impl WeightSweep {
    /// Totals when the criterion has this weight among its siblings.
    ///
    /// # Errors
    /// [`Error::Argument`] for a weight outside 0 to 1.
    pub fn totals(&self, weight: f64) -> Result<Vec<f64>> {
        if !(0.0..=1.0).contains(&weight) {
            return Err(Error::argument("weight", "must be 0 to 1", weight));
        }
        let mut totals = self.values(weight);
        finish(self.mode, &mut totals);
        Ok(totals)
    }

    fn values(&self, weight: f64) -> Vec<f64> {
        let mix = |(zero, one): (&f64, &f64)| (1.0 - weight) * zero + weight * one;
        self.at_zero.iter().zip(&self.at_one).map(mix).collect()
    }

    /// Name of the alternative that comes first at this weight.
    pub(super) fn first(&self, weight: f64) -> usize {
        ranking(&self.values(weight)).first().copied().unwrap_or(0)
    }

    /// The weight at which `a` and `b` have the same value, if the lines meet at all, and whether `a` leads
    /// below it.
    fn meeting(&self, a: usize, b: usize) -> Option<(f64, bool)> {
        let (zero, one) = (self.at_zero[a] - self.at_zero[b], self.at_one[a] - self.at_one[b]);
        let scale = 1.0 + self.at_zero[a].abs().max(self.at_one[a].abs());
        let slope = one - zero;
        if slope.abs() <= NOTHING * scale || zero.abs().max(one.abs()) <= NOTHING * scale {
            return None;
        }
        Some((-zero / slope, slope < 0.0))
    }

    fn find_crossings(&mut self) {
        let count = self.alternatives.len();
        let mut found = Vec::new();
        for a in 0..count {
            for b in a + 1..count {
                let Some((weight, a_below)) = self.meeting(a, b) else { continue };
                if !(weight > 0.0 && weight < 1.0) {
                    continue;
                }
                let (below, above) = if a_below { (a, b) } else { (b, a) };
                let values = self.values(weight);
                let level = values[a].max(values[b]);
                let first_place = values.iter().all(|&value| value <= level + NOTHING * (1.0 + level.abs()));
                found.push((weight, below, above, first_place));
            }
        }
        found.sort_by(|x, y| x.0.total_cmp(&y.0));
        self.crossings = found
            .into_iter()
            .map(|(weight, below, above, first_place)| Crossing {
                weight,
                below: self.alternatives[below].clone(),
                above: self.alternatives[above].clone(),
                first_place,
            })
            .collect();
    }

    fn find_intervals(&mut self) {
        let order = ranking(&self.values(self.weight));
        let Some((&first, others)) = order.split_first() else { return };
        let pairs: Vec<(usize, usize)> = others.iter().map(|&other| (first, other)).collect();
        self.first_interval = self.interval(&pairs);
        let neighbours: Vec<(usize, usize)> = order.windows(2).map(|pair| (pair[0], pair[1])).collect();
        self.ranking_interval = self.interval(&neighbours);
    }

    /// The weights around the present one at which the first of every pair stays ahead of the second.
    fn interval(&self, pairs: &[(usize, usize)]) -> (f64, f64) {
        let (mut low, mut high) = (0.0_f64, 1.0_f64);
        for &(ahead, behind) in pairs {
            match self.meeting(ahead, behind) {
                Some((weight, true)) => high = high.min(weight.max(self.weight)),
                Some((weight, false)) => low = low.max(weight.min(self.weight)),
                None => {}
            }
        }
        (low, high)
    }
}

impl Hierarchy {
    /// The totals as the weight of `criterion` among its siblings runs from 0 to 1.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown criterion, the goal, an only child; as
    /// [`synthesise`](Hierarchy::synthesise).
    ///
    /// ```
    /// use karat::evaluate::weights::{Hierarchy, Synthesis};
    /// let hierarchy = Hierarchy::builder()
    ///     .children("goal", &["price", "quality"])
    ///     .weights("goal", &[("price", 0.3), ("quality", 0.7)])
    ///     .alternatives(&["a", "b"])
    ///     .scores("price", &[("a", 3.0), ("b", 1.0)])
    ///     .scores("quality", &[("a", 1.0), ("b", 3.0)])
    ///     .build()?;
    /// let sweep = hierarchy.sensitivity("price", Synthesis::Distributive)?;
    /// assert_eq!(sweep.first_interval, (0.0, 0.5));
    /// assert_eq!((sweep.crossings[0].below.as_str(), sweep.crossings[0].above.as_str()), ("b", "a"));
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn sensitivity(&self, criterion: &str, mode: Synthesis) -> Result<WeightSweep> {
        let at = self.position(criterion)?;
        self.sweep(at, mode)
    }

    pub(super) fn sweep(&self, at: usize, mode: Synthesis) -> Result<WeightSweep> {
        let parent = self.swept(at)?;
        let table = self.leaf_table(mode)?;
        let weights = self.weights();
        // Values at both ends: the tree with the parent's weights replaced.
        let end = |own: f64| {
            let rest = self.rest(at);
            let share = |(&child, rest): (&usize, f64)| if child == at { own } else { (1.0 - own) * rest };
            let replaced: Vec<f64> = self.tree.siblings(at).iter().zip(rest).map(share).collect();
            let mut weights = weights.clone();
            weights[parent] = &replaced;
            self.values(&table, &weights)
        };
        let mut sweep = WeightSweep {
            criterion: self.tree.names[at].clone(),
            mode,
            weight: self.criteria[at].local,
            parent_global: self.criteria[parent].global,
            alternatives: self.alternatives.clone(),
            crossings: Vec::new(),
            first_interval: (0.0, 1.0),
            ranking_interval: (0.0, 1.0),
            at_zero: end(0.0),
            at_one: end(1.0),
        };
        sweep.find_crossings();
        sweep.find_intervals();
        Ok(sweep)
    }
}
