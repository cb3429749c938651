//! Centers that no row is nearest to get a row of their own.

use super::assign::Label;
use super::assign::exact::ExactCenters;
use super::lloyd::LloydScale;
use super::sums::{Moves, SIDE, Sums};
use super::table::Table;
use ndarray::Array2;
use std::cmp::Ordering;

/// Moves, for each empty center in ascending order, the row furthest from the center it was assigned to;
/// returns how many were moved.
///
/// Only rows of positive weight at a positive distance move, never the last such row of a center, and never two
/// of the same content. Of equally far rows the one whose coordinates come first in lexicographic order
/// moves, then the lower index: rows of different content have one order however the table is sorted. A
/// center for which no such row is left keeps its place.
pub(super) fn refill_empty(
    table: &Table<'_>,
    scale: &LloydScale,
    centers: &Array2<f64>,
    labels: &mut [Label],
    sums: &mut Sums,
) -> usize {
    let empty: Vec<usize> = (0..centers.nrows()).filter(|&c| sums.weights[c] == 0).collect();
    if empty.is_empty() {
        return 0;
    }
    let mut distances = own_distances(table, centers, labels);
    let mut moved = 0;
    for to in empty {
        let Some(row) = furthest(table, scale, &distances, labels, sums) else { break };
        let content = table.row(row);
        let mut moves = Moves::new(scale, centers.nrows(), table.columns);
        let mut padded = vec![0.0; table.columns.next_multiple_of(SIDE)];
        padded[..table.columns].copy_from_slice(&content);
        let (eights, _) = padded.as_chunks::<SIDE>();
        moves.shift(table.weight(row), Some(usize::from(labels[row])), to, eights.iter().copied());
        sums.merge(&moves.finish().0);
        let to = Label::try_from(to).unwrap_or(Label::MAX);
        labels[row] = to;
        moved += 1;
        let reached = distances[row];
        for (other, distance) in distances.iter_mut().enumerate() {
            if *distance == reached && table.same_content(other, &content) {
                *distance = 0.0;
            }
        }
    }
    moved
}

/// The squared distance of each row of positive weight to the center it is assigned to; 0 for the others.
fn own_distances(table: &Table<'_>, centers: &Array2<f64>, labels: &[Label]) -> Vec<f64> {
    let exact = ExactCenters::new(centers);
    let mut distances = vec![0.0; table.rows];
    for (row, distance) in distances.iter_mut().enumerate() {
        if table.weight(row) > 0.0 {
            *distance = exact.squared_distance(&table.row(row), usize::from(labels[row]));
        }
    }
    distances
}

fn furthest(
    table: &Table<'_>,
    scale: &LloydScale,
    distances: &[f64],
    labels: &[Label],
    sums: &Sums,
) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (row, &distance) in distances.iter().enumerate() {
        if distance <= 0.0 || sums.is_last(scale, usize::from(labels[row]), table.weight(row)) {
            continue;
        }
        let further = best.is_none_or(|best| match distance.total_cmp(&distances[best]) {
            Ordering::Greater => true,
            Ordering::Equal => precedes(table, row, best),
            Ordering::Less => false,
        });
        if further {
            best = Some(row);
        }
    }
    best
}

fn precedes(table: &Table<'_>, row: usize, other: usize) -> bool {
    let order = (0..table.columns)
        .map(|column| (table.at(row, column) + 0.0).total_cmp(&(table.at(other, column) + 0.0)))
        .find(|order| order.is_ne());
    order == Some(Ordering::Less)
}
