//! How far each weight may move before a rank changes, and which weight is the most critical.

use karat_scorer::Result;

use super::{Hierarchy, Synthesis, WeightSweep};

/// The nearest weight at which something changes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CriticalWeight {
    /// The weight among the siblings.
    pub weight: f64,
    /// The change `d` of Triantaphyllou and Sanchez (1997): `d` is subtracted from the weight and the
    /// weights are then divided by their sum `1 - d`, so that `weight = (now - d) / (1 - d)`. Infinite
    /// when the weight must reach 1.
    pub change: f64,
    /// `100 d / now`, their relative change; negative when the weight must grow, infinite when it is 0.
    pub percent: f64,
}

impl CriticalWeight {
    fn new(now: f64, weight: f64) -> CriticalWeight {
        // Equal totals now: nothing need change, and 0 / 0 is not what to say.
        if weight == now {
            return CriticalWeight { weight, change: 0.0, percent: 0.0 };
        }
        let change = (now - weight) / (1.0 - weight);
        CriticalWeight { weight, change, percent: 100.0 * change / now }
    }
}

/// How stable the outcome is under the weight of one criterion.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CriterionStability {
    /// The criterion.
    pub criterion: String,
    /// Its weight among its siblings.
    pub weight: f64,
    /// Its weight in the whole.
    pub global: f64,
    /// Weights among the siblings at which the first place stays.
    pub first_interval: (f64, f64),
    /// Weights at which every rank stays.
    pub ranking_interval: (f64, f64),
    /// The nearest end of the first interval inside 0 to 1 (by `|change|`), if the first place can change
    /// at all.
    pub first_change: Option<CriticalWeight>,
    /// Who is first beyond that end.
    pub then_first: Option<String>,
    /// The nearest end of the second interval.
    pub rank_change: Option<CriticalWeight>,
}

/// Stability of the outcome under every weight.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stability {
    /// How the alternatives are brought together.
    pub mode: Synthesis,
    /// Every criterion that has siblings, in the hierarchy's order.
    pub criteria: Vec<CriterionStability>,
}

impl Stability {
    /// The criterion whose weight needs the smallest change, in percent of itself or in absolute terms, to
    /// change the first place: the percent-top and absolute-top critical criterion of Triantaphyllou and
    /// Sanchez (1997). `None` when no weight can change it.
    #[must_use]
    pub fn most_critical(&self, percent: bool) -> Option<&CriterionStability> {
        nearest(&self.criteria, percent, |criterion| criterion.first_change)
    }

    /// The same for any rank: the percent-any and absolute-any critical criterion.
    #[must_use]
    pub fn most_critical_for_any_rank(&self, percent: bool) -> Option<&CriterionStability> {
        nearest(&self.criteria, percent, |criterion| criterion.rank_change)
    }
}

fn nearest(
    criteria: &[CriterionStability],
    percent: bool,
    change: impl Fn(&CriterionStability) -> Option<CriticalWeight>,
) -> Option<&CriterionStability> {
    let size = |found: CriticalWeight| if percent { found.percent.abs() } else { found.change.abs() };
    let sized = criteria.iter().filter_map(|criterion| Some((size(change(criterion)?), criterion)));
    sized.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, criterion)| criterion)
}

/// The nearer end of an interval at which something changes; its ends at 0 and 1 are only those of the
/// weight.
fn nearest_end(now: f64, (low, high): (f64, f64)) -> Option<CriticalWeight> {
    let ends = [(low, low > 0.0), (high, high < 1.0)];
    let real = ends.into_iter().filter(|&(_, real)| real).map(|(end, _)| CriticalWeight::new(now, end));
    real.min_by(|a, b| a.change.abs().total_cmp(&b.change.abs()))
}

fn then_first(sweep: &WeightSweep, end: CriticalWeight) -> String {
    // Past the end, half way to the next crossing or to the end of the scale.
    let up = end.weight >= sweep.weight && sweep.first_interval.1 == end.weight;
    let next = sweep.crossings.iter().map(|crossing| crossing.weight);
    let beyond = if up {
        next.filter(|&weight| weight > end.weight + 1e-12).fold(1.0, f64::min)
    } else {
        next.filter(|&weight| weight < end.weight - 1e-12).fold(0.0, f64::max)
    };
    let first = sweep.first(0.5 * (end.weight + beyond));
    sweep.alternatives[first].clone()
}

impl Hierarchy {
    /// How far the weight of each criterion among its siblings may move before the first place, or any
    /// rank, changes; in closed form.
    ///
    /// # Errors
    /// As [`synthesise`](Hierarchy::synthesise).
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
    /// let stability = hierarchy.stability(Synthesis::Distributive)?;
    /// let price = &stability.criteria[0];
    /// assert_eq!(price.first_interval, (0.0, 0.5));
    /// assert_eq!(price.then_first.as_deref(), Some("a"));
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn stability(&self, mode: Synthesis) -> Result<Stability> {
        self.leaf_table(mode)?;
        let mut criteria = Vec::new();
        for (at, criterion) in self.criteria.iter().enumerate() {
            if self.tree.siblings(at).len() < 2 {
                continue;
            }
            let sweep = self.sweep(at, mode)?;
            let first_change = nearest_end(sweep.weight, sweep.first_interval);
            criteria.push(CriterionStability {
                criterion: criterion.name.clone(),
                weight: criterion.local,
                global: criterion.global,
                first_interval: sweep.first_interval,
                ranking_interval: sweep.ranking_interval,
                first_change,
                then_first: first_change.map(|end| then_first(&sweep, end)),
                rank_change: nearest_end(sweep.weight, sweep.ranking_interval),
            });
        }
        Ok(Stability { mode, criteria })
    }
}
