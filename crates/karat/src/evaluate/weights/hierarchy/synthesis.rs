//! Bringing the alternatives together under all criteria.

use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};

use super::super::ahp::unknown_name;
use super::super::finding::Finding;
use super::{Hierarchy, NodeWeights};

/// How the priorities of the alternatives under the leaf criteria become one total each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Synthesis {
    /// `sum w_j p_ij` with `sum_i p_ij = 1`: the weight of a criterion is shared out (Saaty, 1980). For
    /// alternatives that share something scarce, so that another one takes from all.
    #[default]
    Distributive,
    /// `sum w_j p_ij / max_i p_ij`, totals normalised: the best under a criterion gets its whole weight.
    /// For picking one alternative, whose rank a copy of another must not change.
    Ideal,
    /// `product p_ij ^ w_j`, totals normalised (Lootsma, 1993): ratios of totals depend on no third
    /// alternative's scores. All priorities must be above 0.
    WeightedProduct,
    /// `sum w_j s_ij` of scores from 0 to 1 taken as they are, the absolute measurement of Saaty (1986): no
    /// alternative enters another's total, so ranks cannot turn round.
    Rating,
}

impl Synthesis {
    /// Every mode, in the order of this documentation.
    pub const ALL: [Synthesis; 4] =
        [Synthesis::Distributive, Synthesis::Ideal, Synthesis::WeightedProduct, Synthesis::Rating];

    /// The name tables use: `distributive`, `ideal`, `weighted_product`, `rating`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Synthesis::Distributive => "distributive",
            Synthesis::Ideal => "ideal",
            Synthesis::WeightedProduct => "weighted_product",
            Synthesis::Rating => "rating",
        }
    }

    /// The mode with this name.
    ///
    /// # Errors
    /// [`Error::Argument`] with the nearest name.
    pub fn from_name(name: &str) -> Result<Synthesis> {
        let found = Synthesis::ALL.into_iter().find(|mode| mode.name() == name);
        found.ok_or_else(|| unknown_name("mode", name, Synthesis::ALL.map(Synthesis::name)))
    }
}

/// Totals of the alternatives.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SynthesisResult {
    /// How they were brought together.
    pub mode: Synthesis,
    /// Names of the alternatives, in the hierarchy's order.
    pub alternatives: Vec<String>,
    /// One total for each; they sum to 1 but in a rating.
    pub totals: Vec<f64>,
    /// Positions of the alternatives, best first; equals stay in order.
    pub ranking: Vec<usize>,
    /// Names of the leaf criteria, in order.
    pub criteria: Vec<String>,
    /// `contributions[j][i]`: what leaf criterion j adds to the total of alternative i. They add up to the
    /// total; in a weighted product they are terms of its logarithm, before it is normalised.
    pub contributions: Vec<Vec<f64>>,
    /// `W140` when another mode puts another alternative first.
    pub findings: Vec<Finding>,
}

impl SynthesisResult {
    /// Name of the best alternative; of equals, the first.
    #[must_use]
    pub fn winner(&self) -> &str {
        self.ranking.first().map_or("", |&first| &self.alternatives[first])
    }
}

/// Leaf priorities as a mode counts them: `table[j][i]` for leaf j and alternative i, such that the value of
/// an alternative is the sum over the leaves of weight times entry.
pub(super) type LeafTable = Vec<Vec<f64>>;

impl Hierarchy {
    /// Brings the alternatives together.
    ///
    /// # Errors
    /// [`Error::Argument`] for a hierarchy without alternatives; in [`Synthesis::WeightedProduct`] for a
    /// score of 0; in [`Synthesis::Rating`] for leaves that are judged in pairs or scored above 1.
    ///
    /// ```
    /// use karat::evaluate::weights::{Hierarchy, Synthesis};
    /// let hierarchy = Hierarchy::builder()
    ///     .children("goal", &["price", "quality"])
    ///     .weights("goal", &[("price", 0.4), ("quality", 0.6)])
    ///     .alternatives(&["a", "b"])
    ///     .scores("price", &[("a", 0.9), ("b", 0.3)])
    ///     .scores("quality", &[("a", 0.5), ("b", 0.8)])
    ///     .build()?;
    /// let found = hierarchy.synthesise(Synthesis::Rating)?;
    /// assert!((found.totals[0] - 0.66).abs() < 1e-15);
    /// assert_eq!(found.winner(), "a");
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn synthesise(&self, mode: Synthesis) -> Result<SynthesisResult> {
        let table = self.leaf_table(mode)?;
        let values = self.values(&table, &self.weights());
        let mut totals = values.clone();
        finish(mode, &mut totals);
        let scale = match mode {
            Synthesis::Ideal => values.iter().sum::<f64>(),
            _ => 1.0,
        };
        let share = |at: &usize, row: &Vec<f64>| {
            row.iter().map(|entry| self.criteria[*at].global * entry / scale).collect()
        };
        let contributions = self.tree.leaves.iter().zip(&table).map(|(at, row)| share(at, row)).collect();
        let ranking = ranking(&totals);
        let findings = self.mode_finding(mode, &ranking)?.into_iter().collect();
        Ok(SynthesisResult {
            mode,
            alternatives: self.alternatives.clone(),
            totals,
            ranking,
            criteria: self.leaves().map(|leaf| leaf.name.clone()).collect(),
            contributions,
            findings,
        })
    }

    /// Leaf priorities as `mode` counts them.
    pub(super) fn leaf_table(&self, mode: Synthesis) -> Result<LeafTable> {
        if self.alternatives.is_empty() {
            let rule = "must be at least one to be compared; add them to the hierarchy";
            return Err(Error::argument("alternatives", rule, "none"));
        }
        self.tree.leaves.iter().map(|&leaf| self.leaf_row(leaf, &self.criteria[leaf].weights, mode)).collect()
    }

    /// One leaf's priorities as `mode` counts them.
    pub(super) fn leaf_row(&self, leaf: usize, weights: &[f64], mode: Synthesis) -> Result<Vec<f64>> {
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let name = &self.tree.names[leaf];
        match mode {
            Synthesis::Distributive => {
                let sum: f64 = weights.iter().sum();
                Ok(weights.iter().map(|weight| weight / sum).collect())
            }
            Synthesis::Ideal => Ok(weights.iter().map(|weight| weight / largest).collect()),
            Synthesis::WeightedProduct => match weights.iter().position(|&weight| weight == 0.0) {
                Some(at) => {
                    let rule = "must be above 0 in a weighted product, where a 0 makes the whole total 0; use \
                                another mode";
                    let place = format!("score of `{}` under `{name}`", self.alternatives[at]);
                    Err(Error::argument(place, rule, 0))
                }
                None => Ok(weights.iter().map(|weight| ln(weight / largest)).collect()),
            },
            Synthesis::Rating if !matches!(self.sources[leaf], NodeWeights::Scores(_)) => {
                let rule = "must be scores from 0 to 1 in a rating: judgments in pairs only compare; use \
                            another mode";
                Err(Error::argument(format!("alternatives under `{name}`"), rule, "judgments"))
            }
            Synthesis::Rating if largest > 1.0 => {
                let rule = "must be from 0 to 1 in a rating; bring them to that scale by fixed bounds";
                Err(Error::argument(format!("scores of `{name}`"), rule, largest))
            }
            Synthesis::Rating => Ok(weights.to_vec()),
        }
    }

    /// Value of every alternative before it is normalised, linear in the global weights.
    pub(super) fn values(&self, table: &LeafTable, weights: &[&[f64]]) -> Vec<f64> {
        self.sums(table, &self.tree.global(weights))
    }

    /// Sum over the leaves of weight times entry, for every alternative.
    pub(super) fn sums(&self, table: &LeafTable, leaf_weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.alternatives.len()];
        for (&leaf, row) in self.tree.leaves.iter().zip(table) {
            for (sum, entry) in sums.iter_mut().zip(row) {
                *sum += leaf_weights[leaf] * entry;
            }
        }
        sums
    }

    /// Whether and why another mode puts another alternative first.
    fn mode_finding(&self, mode: Synthesis, ranking: &[usize]) -> Result<Option<Finding>> {
        if mode == Synthesis::Rating {
            return Ok(None);
        }
        let mut others = Vec::new();
        for other in [Synthesis::Distributive, Synthesis::Ideal, Synthesis::WeightedProduct] {
            let zero = self.sources.iter().any(|s| matches!(s, NodeWeights::Scores(v) if v.contains(&0.0)));
            if other == mode || (other == Synthesis::WeightedProduct && zero) {
                continue;
            }
            let mut totals = self.values(&self.leaf_table(other)?, &self.weights());
            finish(other, &mut totals);
            let first = self::ranking(&totals)[0];
            if first != ranking[0] {
                others.push((other, first));
            }
        }
        let Some(&(_, rival)) = others.first() else { return Ok(None) };
        let name = |at: usize| &self.alternatives[at];
        let differ: Vec<String> =
            others.iter().map(|&(other, first)| format!("`{}` in {}", name(first), other.name())).collect();
        let fact = format!(
            "the first place depends on the mode: `{}` in {}, but {}{}",
            name(ranking[0]),
            mode.name(),
            differ.join(" and "),
            self.why(mode, &others, ranking[0], rival)?,
        );
        let proposal = "take distributive where alternatives share something scarce, ideal to pick one \
                        whatever else is on the list, rating to score one at a time; or say that both stand";
        Ok(Some(Finding::new("W140", format!("`{}` vs `{}`", name(ranking[0]), name(rival)), fact, proposal)))
    }

    /// What sets the modes apart, for the first place in `mode` and the first of the others.
    fn why(&self, mode: Synthesis, others: &[(Synthesis, usize)], a: usize, b: usize) -> Result<String> {
        let product = |found: Synthesis| found == Synthesis::WeightedProduct;
        if !product(mode) && others.iter().any(|&(other, _)| !product(other)) {
            return self.why_ideal_differs(mode, a, b);
        }
        let table = self.leaf_table(Synthesis::WeightedProduct)?;
        // In favour of whoever the product puts first.
        let sign = if product(mode) { 1.0 } else { -1.0 };
        let gain =
            |at: usize| sign * self.criteria[self.tree.leaves[at]].global * (table[at][a] - table[at][b]);
        let most = (0..table.len()).max_by(|&x, &y| gain(x).total_cmp(&gain(y))).unwrap_or(0);
        let (high, low) = if product(mode) { (a, b) } else { (b, a) };
        Ok(format!(
            "; a product counts how many times better: under `{}`, `{}` has {:.1} times the share of `{}`",
            self.tree.names[self.tree.leaves[most]],
            self.alternatives[high],
            exp(table[most][high] - table[most][low]),
            self.alternatives[low],
        ))
    }

    /// The criterion that the ideal mode makes count less, and the one it makes count more, as far as two
    /// alternatives are concerned: dividing by the best alternative's share multiplies a weight by
    /// `1 / max_i p_ij`.
    fn why_ideal_differs(&self, mode: Synthesis, a: usize, b: usize) -> Result<String> {
        let table = self.leaf_table(Synthesis::Distributive)?;
        let largest = |row: &[f64]| row.iter().copied().fold(0.0, f64::max);
        let global = |leaf: usize| self.criteria[leaf].global;
        let raised: Vec<f64> =
            self.tree.leaves.iter().zip(&table).map(|(&leaf, row)| global(leaf) / largest(row)).collect();
        let sum: f64 = raised.iter().sum();
        // By how much the change of weight moves the difference between the two towards the ideal's first.
        let sign = if mode == Synthesis::Ideal { 1.0 } else { -1.0 };
        let moved: Vec<f64> = (self.tree.leaves.iter().zip(&table).zip(&raised))
            .map(|((&leaf, row), raised)| sign * (raised / sum - global(leaf)) * (row[a] - row[b]))
            .collect();
        let most = (0..moved.len()).max_by(|&x, &y| moved[x].total_cmp(&moved[y])).unwrap_or(0);
        let leaf = self.tree.leaves[most];
        Ok(format!(
            "; most of it is `{}`, whose best alternative has the share {:.3}: dividing by the best, as the \
             ideal mode does, makes its weight act as {:.3} instead of {:.3}",
            self.tree.names[leaf],
            largest(&table[most]),
            raised[most] / sum,
            global(leaf),
        ))
    }
}

/// From values that are linear in the weights to totals as a mode states them.
pub(super) fn finish(mode: Synthesis, values: &mut [f64]) {
    match mode {
        Synthesis::Distributive | Synthesis::Rating => {}
        Synthesis::Ideal => normalise(values),
        Synthesis::WeightedProduct => {
            let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            values.iter_mut().for_each(|value| *value = exp(*value - largest));
            normalise(values);
        }
    }
}

fn normalise(values: &mut [f64]) {
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
}

/// A value on a grid of 1e-12, so that rounding cannot order what is equal by algebra.
pub(super) fn on_grid(value: f64) -> i64 {
    (value * 1e12).round() as i64
}

/// Positions, largest first, equals in order.
pub(super) fn ranking(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(on_grid(values[at])));
    order
}
