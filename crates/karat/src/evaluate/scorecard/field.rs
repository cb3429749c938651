//! One field in bins: which bin a value falls in, and what each bin tells.

use super::dynamic_programme::Trend;
use super::weight_of_evidence::{Cell, Separation, Strength};
use karat_scorer::{Field, Missing};
use serde::{Deserialize, Serialize};

/// What the bins of a field are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BinKind {
    /// Ranges `[cut, next cut)`: the lower end belongs to a bin, the upper one to the next. The first has
    /// no lower and the last no upper end.
    Numeric {
        /// Where every bin but the first begins, ascending.
        cuts: Vec<f64>,
        /// Values with a bin of their own, ascending.
        special: Vec<f64>,
    },
    /// Groups of categories, in the order of their rates.
    Categorical {
        /// The categories of each bin.
        groups: Vec<Vec<String>>,
    },
}

/// One bin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bin {
    /// What falls in it, for people: `[6, 12)`, `{dsl, fiber}`, `special -1`, `missing`.
    pub label: String,
    /// Weight of its rows: their number unless rows are weighted.
    pub weight: f64,
    /// Sum of the target: the events of a binary one.
    pub total: f64,
    /// Weight of evidence of a binary target; of a continuous one, how far the bin's mean lies above that
    /// of all. 0 of a bin without rows.
    pub evidence: f64,
    /// The bin's part of the information value, or of the share of variance explained.
    pub contribution: f64,
}

impl Bin {
    /// Share of events, or mean of the target; NaN of a bin without rows.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.cell().rate()
    }

    /// Weight of the rows that are no events.
    #[must_use]
    pub fn non_events(&self) -> f64 {
        self.weight - self.total
    }

    pub(super) fn cell(&self) -> Cell {
        Cell { weight: self.weight, total: self.total }
    }
}

/// A field in bins: frozen, and the same for a row alone and in a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldBinning {
    /// Column.
    pub name: String,
    /// What its bins are made of.
    pub kind: BinKind,
    /// The ordinary bins, then one for each special value, then the one for missing values.
    pub bins: Vec<Bin>,
    /// Sum of the bins' contributions: the information value of a binary target, the share of variance
    /// explained (correlation ratio) of a continuous one.
    pub information_value: f64,
    /// How well the bins tell events from non-events; zeros for a continuous target.
    pub separation: Separation,
    /// The trend that the ordinary bins keep to; for `auto` the one that was found.
    pub trend: Trend,
    /// Pre-bins that were searched.
    pub pre_bins: usize,
    /// Whether every different value had a pre-bin of its own, so that no better bins exist.
    pub exact: bool,
}

impl FieldBinning {
    /// Number of ordinary bins.
    #[must_use]
    pub fn ordinary(&self) -> usize {
        match &self.kind {
            BinKind::Numeric { cuts, .. } => cuts.len() + 1,
            BinKind::Categorical { groups } => groups.len(),
        }
    }

    /// Position of the bin for missing values: the last.
    #[must_use]
    pub fn missing_bin(&self) -> usize {
        self.bins.len().saturating_sub(1)
    }

    /// The band of the information value; none of a continuous target's is meant.
    #[must_use]
    pub fn strength(&self) -> Strength {
        Strength::of(self.information_value)
    }

    /// Position of the bin of a value: a number, or the position of a category in
    /// [`categories`](FieldBinning::categories). NaN, and a category that is none of them, is missing.
    ///
    /// ```
    /// # use karat::Table;
    /// use karat::evaluate::scorecard::{FieldOptions, OptimalBinning};
    /// let table = Table::from_columns([("tenure", vec![1.0, 2.0, 30.0, 40.0, 3.0, 50.0].into())])?;
    /// let left = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0];
    /// let binning = OptimalBinning::new()
    ///     .field("tenure", FieldOptions::default().cuts(&[12.0]))
    ///     .fit(&table, &left)?;
    /// let tenure = &binning.fields[0];
    /// assert_eq!(tenure.bin_of(11.999), 0);
    /// assert_eq!(tenure.bin_of(12.0), 1);
    /// assert_eq!(tenure.bins[tenure.bin_of(f64::NAN)].label, "missing");
    /// # Ok::<(), karat::Error>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn bin_of(&self, value: f64) -> usize {
        match &self.kind {
            _ if value.is_nan() => self.missing_bin(),
            BinKind::Numeric { cuts, special } => match special.iter().position(|&known| known == value) {
                Some(position) => cuts.len() + 1 + position,
                None => cuts.iter().map(|&cut| usize::from(cut <= value)).sum(),
            },
            BinKind::Categorical { groups } => {
                let mut below = 0.0;
                for (position, group) in groups.iter().enumerate() {
                    below += group.len() as f64;
                    if value >= 0.0 && value < below {
                        return position;
                    }
                }
                self.missing_bin()
            }
        }
    }

    /// The categories of a categorical field, group after group; none of a numeric one.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        match &self.kind {
            BinKind::Numeric { .. } => Vec::new(),
            BinKind::Categorical { groups } => groups.iter().flatten().map(String::as_str).collect(),
        }
    }

    /// The field of a row, with missing values left to their bin.
    pub(super) fn field(&self) -> Field {
        let field = match &self.kind {
            BinKind::Numeric { .. } => Field::numeric(&self.name),
            BinKind::Categorical { .. } => Field::categorical(&self.name, self.categories()),
        };
        field.missing(Missing::Neutral)
    }

    /// Knots of straight lines that are level within bins and jump between them: every value has the level
    /// of its bin, to the bit. A special value reaches up to the next double.
    pub(super) fn knots(&self, levels: &[f64]) -> Vec<(f64, f64)> {
        let BinKind::Numeric { cuts, special } = &self.kind else { return Vec::new() };
        let mut edges: Vec<f64> = cuts.clone();
        edges.extend(special.iter().flat_map(|&value| [value, value.next_up()]));
        edges.retain(|edge| edge.is_finite());
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let level = |bin: usize| levels.get(bin).copied().unwrap_or(0.0);
        let mut knots = Vec::new();
        let mut before = level(0);
        for edge in edges {
            let after = level(self.bin_of(edge));
            if after != before {
                knots.extend([(edge, before), (edge, after)]);
                before = after;
            }
        }
        if knots.is_empty() { vec![(0.0, before)] } else { knots }
    }
}

/// The label of each range between cuts.
pub(super) fn range_labels(cuts: &[f64]) -> Vec<String> {
    let mut labels = Vec::with_capacity(cuts.len() + 1);
    for position in 0..=cuts.len() {
        let from = position.checked_sub(1).and_then(|at| cuts.get(at));
        let open = from.map_or_else(|| "(-inf".to_owned(), |cut| format!("[{cut}"));
        let close = cuts.get(position).map_or_else(|| "inf)".to_owned(), |cut| format!("{cut})"));
        labels.push(format!("{open}, {close}"));
    }
    labels
}

/// The label of a group of categories.
pub(super) fn group_label(group: &[String]) -> String {
    format!("{{{}}}", group.join(", "))
}
