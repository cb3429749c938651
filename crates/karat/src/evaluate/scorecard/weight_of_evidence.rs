//! Weight of evidence, information value and their relatives, from counts of events.
//!
//! Weight of evidence is Good's (1950) term for a log-likelihood ratio; its use in scorecards, and the bands
//! of the information value, follow Siddiqi, "Credit Risk Scorecards" (2006), chapter 6. The information
//! value is the divergence of Jeffreys (1946) between events and non-events.

use karat_scorer::numerics::ln;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is added to both counts of a bin that has no events or no non-events.
pub const EMPTY_CELL: f64 = 0.5;

/// Weights of a group of rows: how much it weighs and what its target sums to.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) weight: f64,
    /// Sum of the target: the events of a binary one.
    pub(crate) total: f64,
}

impl Cell {
    pub(crate) fn add(&mut self, weight: f64, target: f64) {
        self.weight += weight;
        self.total += weight * target;
    }

    pub(crate) fn plus(self, other: Cell) -> Cell {
        Cell { weight: self.weight + other.weight, total: self.total + other.total }
    }

    /// Share of events, or mean of the target; NaN of an empty cell.
    pub(crate) fn rate(self) -> f64 {
        self.total / self.weight
    }

    fn non_events(self) -> f64 {
        self.weight - self.total
    }
}

/// What binning makes as large as it can: a sum over the bins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Objective {
    /// Information value of a binary target.
    InformationValue { events: f64, non_events: f64 },
    /// Sum of squares between the bins of a continuous target, whose mean has been taken off.
    BetweenSquares,
}

impl Objective {
    /// The part of one bin.
    pub(crate) fn gain(&self, cell: Cell) -> f64 {
        match *self {
            Objective::InformationValue { events, non_events } => {
                let difference = cell.non_events() / non_events - cell.total / events;
                if difference == 0.0 { 0.0 } else { difference * self.evidence(cell) }
            }
            Objective::BetweenSquares => {
                if cell.weight > 0.0 {
                    cell.total * cell.total / cell.weight
                } else {
                    0.0
                }
            }
        }
    }

    /// Weight of evidence of one bin, or how far its mean lies from that of all; 0 of an empty bin.
    pub(crate) fn evidence(&self, cell: Cell) -> f64 {
        match *self {
            _ if cell.weight <= 0.0 => 0.0,
            Objective::InformationValue { events, non_events } => {
                weight_of_evidence(cell.total, cell.non_events(), events, non_events)
            }
            Objective::BetweenSquares => cell.rate(),
        }
    }
}

/// Weight of evidence of a bin: `ln((non-events of the bin / all) / (events of the bin / all))`, above 0
/// where events are rarer than in the whole base.
///
/// A bin without events or without non-events has 0.5 added to both of its own counts, so that its weight is
/// finite and grows with its size; the totals stay as they are. A bin with neither has 0.
///
/// ```
/// use karat::evaluate::scorecard::weight_of_evidence;
/// // Siddiqi (2006), exhibit 6.2: customers aged 18 to 22.
/// let woe = weight_of_evidence(960.0, 3040.0, 3840.0, 36160.0);
/// assert_eq!((woe * 1e5).round() / 1e3, -108.98);
/// ```
#[must_use]
pub fn weight_of_evidence(events: f64, non_events: f64, all_events: f64, all_non_events: f64) -> f64 {
    if events <= 0.0 && non_events <= 0.0 {
        return 0.0;
    }
    let adjusted = if events <= 0.0 || non_events <= 0.0 { EMPTY_CELL } else { 0.0 };
    ln(((non_events + adjusted) / all_non_events) / ((events + adjusted) / all_events))
}

/// How much a field tells about the target, by its information value (Siddiqi 2006).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Below 0.02: generally useless.
    Useless,
    /// 0.02 to 0.1.
    Weak,
    /// 0.1 to 0.3.
    Medium,
    /// 0.3 to 0.5.
    Strong,
    /// Above 0.5: too good to be true until a leak from the future has been ruled out.
    Suspicious,
}

impl Strength {
    /// The band of an information value.
    ///
    /// ```
    /// use karat::evaluate::scorecard::Strength;
    /// assert_eq!(Strength::of(0.25), Strength::Medium);
    /// assert_eq!(Strength::of(0.6684).to_string(), "suspicious");
    /// ```
    #[must_use]
    pub fn of(information_value: f64) -> Strength {
        match information_value {
            value if value < 0.02 => Strength::Useless,
            value if value < 0.1 => Strength::Weak,
            value if value < 0.3 => Strength::Medium,
            value if value <= 0.5 => Strength::Strong,
            _ => Strength::Suspicious,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Strength::Useless => "useless",
            Strength::Weak => "weak",
            Strength::Medium => "medium",
            Strength::Strong => "strong",
            Strength::Suspicious => "suspicious",
        }
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How well an order of groups tells events from non-events.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Separation {
    /// Gini coefficient `2 AUC - 1`, ties counting half.
    pub gini: f64,
    /// Statistic of Kolmogorov and Smirnov: the largest distance between the two cumulative shares.
    pub kolmogorov_smirnov: f64,
    /// Divergence of Jensen and Shannon, 0 to ln 2 (Lin 1991).
    pub jensen_shannon: f64,
}

impl Separation {
    /// Of groups in the order of what they were ranked by, events growing rarer or commoner; one without
    /// events or non-events in all separates nothing.
    pub(crate) fn of_groups(groups: impl IntoIterator<Item = Cell> + Clone) -> Separation {
        let all = groups.clone().into_iter().fold(Cell::default(), Cell::plus);
        let (events, non_events) = (all.total, all.non_events());
        if events <= 0.0 || non_events <= 0.0 {
            return Separation::default();
        }
        let (mut below, mut area, mut farthest, mut divergence) = (Cell::default(), 0.0, 0.0_f64, 0.0);
        for cell in groups {
            area += cell.non_events() * (below.total + 0.5 * cell.total);
            below = below.plus(cell);
            farthest = farthest.max((below.total / events - below.non_events() / non_events).abs());
            let (p, q) = (cell.total / events, cell.non_events() / non_events);
            let middle = 0.5 * (p + q);
            divergence += 0.5 * (part(p, middle) + part(q, middle));
        }
        let gini = 2.0 * (area / (events * non_events)) - 1.0;
        Separation { gini: gini.abs(), kolmogorov_smirnov: farthest, jensen_shannon: divergence }
    }

    /// Of groups that are first put in the order of their event rates.
    pub(crate) fn of_bins(cells: &[Cell]) -> Separation {
        let mut sorted: Vec<Cell> = cells.iter().copied().filter(|cell| cell.weight > 0.0).collect();
        sorted.sort_by(|a, b| a.rate().total_cmp(&b.rate()));
        Separation::of_groups(sorted)
    }
}

/// `p ln(p / middle)`, 0 for `p = 0`.
fn part(p: f64, middle: f64) -> f64 {
    if p > 0.0 { p * ln(p / middle) } else { 0.0 }
}
