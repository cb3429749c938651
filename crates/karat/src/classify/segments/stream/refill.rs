//! Rows for centers that no row is nearest to, by the rule of the fit in memory, found in one further reading.

use super::super::assign::Label;
use super::super::assign::exact::ExactCenters;
use super::super::lloyd::LloydScale;
use super::super::sums::Sums;
use super::super::table::Table;
use karat_scorer::Result;
use ndarray::Array2;
use std::cmp::Ordering;

/// A row that may move.
#[derive(Debug)]
struct Candidate {
    distance: f64,
    content: Vec<f64>,
    weight: f64,
    label: usize,
}

/// The rows furthest from their centers, in the order in which they move.
///
/// # How many are enough
/// Each empty center takes one row, and no two of the same content. A row that must stay holds all the weight
/// that is left at its center, so that at most one a center does. Hence no row beyond the first
/// `empty + centers` of different content can move, and only the first copy of each: a later one moves in its
/// place only if it alone held its center's weight.
#[derive(Debug)]
pub(super) struct Candidates {
    centers: Array2<f64>,
    sums: Sums,
    empty: Vec<usize>,
    kept: Vec<Candidate>,
}

impl Candidates {
    /// For the pass that assigned rows to `centers` and found `sums`; `None` when no center is empty.
    pub(super) fn new(centers: &Array2<f64>, sums: &Sums) -> Option<Candidates> {
        let empty: Vec<usize> = (0..centers.nrows()).filter(|&c| sums.weights[c] == 0).collect();
        (!empty.is_empty()).then(|| Candidates {
            centers: centers.clone(),
            sums: sums.clone(),
            empty,
            kept: Vec::new(),
        })
    }

    /// Offers the rows of a table, of which row `row` is nearest to center `labels[row]`.
    pub(super) fn offer(&mut self, table: &Table<'_>, scale: &LloydScale, labels: &[Label]) -> Result<()> {
        let enough = self.empty.len() + self.centers.nrows();
        let exact = ExactCenters::new(&self.centers);
        for (row, &label) in labels.iter().enumerate() {
            let label = usize::from(label);
            let weight = table.weight(row);
            if !scale.weighs(weight) || self.sums.is_last(scale, label, weight) {
                continue;
            }
            let content = table.row(row);
            let distance = exact.squared_distance(&content, label);
            let least = self.kept.last().filter(|_| self.kept.len() == enough);
            if distance <= 0.0 || least.is_some_and(|least| distance < least.distance) {
                continue;
            }
            let candidate = Candidate { distance, content, weight, label };
            if let Err(place) = self.kept.binary_search_by(|kept| kept.before(&candidate)) {
                self.kept.insert(place, candidate);
                self.kept.truncate(enough);
            }
        }
        Ok(())
    }

    /// Moves rows into the sums; returns how many.
    pub(super) fn settle(mut self, scale: &LloydScale, sums: &mut Sums) -> usize {
        let mut moved = 0;
        for to in self.empty {
            let free = |candidate: &Candidate| !sums.is_last(scale, candidate.label, candidate.weight);
            let Some(place) = self.kept.iter().position(free) else { break };
            let row = self.kept.remove(place);
            sums.shift_row(scale, &row.content, row.weight, Some(row.label), to);
            moved += 1;
        }
        moved
    }
}

impl Candidate {
    /// The furthest first; of equally far rows the one whose coordinates come first.
    fn before(&self, other: &Candidate) -> Ordering {
        let by_content = || {
            let mut orders = self.content.iter().zip(&other.content);
            orders
                .find_map(|(a, b)| Some((a + 0.0).total_cmp(&(b + 0.0))).filter(|order| order.is_ne()))
                .unwrap_or(Ordering::Equal)
        };
        other.distance.total_cmp(&self.distance).then_with(by_content)
    }
}
