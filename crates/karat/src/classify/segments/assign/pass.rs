//! A pass over rows: vector after vector screened, the doubtful ones decided exactly, the changed ones moved.

use super::super::simd::{Element, Job, MOST_LANES, Vector};
use super::super::sums::{Moves, SIDE, widened};
use super::super::table::Table;
use super::super::value::with_values;
use super::block::{BLOCK, Found};
use super::screen::squared_norms;
use super::tile::with_columns;
use super::{Change, Label, Targets, Work};
use crate::numerics::fixed_point::LaneSum;
use std::ops::Range;

/// Rows to be labelled.
pub(super) struct Assign<'a> {
    pub(super) targets: &'a Targets<'a>,
    pub(super) rows: Range<usize>,
    pub(super) labels: &'a mut [Label],
    pub(super) work: Work,
    pub(super) moves: Moves<'a>,
}

impl Job for Assign<'_> {
    type Output = Change;

    #[inline(always)]
    fn run<V: Vector>(self) -> Change {
        with_values!(&self.targets.source.table.values, values => self.each::<V, _>(values))
    }
}

impl Assign<'_> {
    #[inline(always)]
    fn each<V: Vector, T: Element>(mut self, values: &[T]) -> Change {
        let targets = self.targets;
        let columns = targets.source.table.columns;
        let mut tile = vec![V::splat(0.0); columns];
        let mut near = vec![0.0; V::LANES * columns];
        let mut point = vec![0.0; columns];
        let mut found = Found::nothing();
        let labels = std::mem::take(&mut self.labels);
        let mut moved = 0;
        for (number, labels) in labels.chunks_mut(BLOCK).enumerate() {
            let start = self.rows.start + number * BLOCK;
            if let Some(screen) = &targets.screen {
                with_columns!(columns, D => {
                    for vector in 0..labels.len().div_ceil(V::LANES) {
                        let first = vector * V::LANES;
                        let count = (labels.len() - first).min(V::LANES);
                        targets.source.fill::<V, T, D>(values, start + first, count, &mut near, &mut tile);
                        let screened = screen.compare::<V, D>(&tile);
                        let squares = squared_norms(&tile[..if D == 0 { columns } else { D }]);
                        found.keep(vector, screen, &screened, squares);
                    }
                });
            }
            for (vector, labels) in labels.chunks_mut(V::LANES).enumerate() {
                moved += self.settle_vector::<V, T>(
                    values,
                    start + vector * V::LANES,
                    labels,
                    found.of::<V>(vector),
                    &mut point,
                );
            }
        }
        let (sums, squares) = self.moves.finish();
        Change { sums, squares, moved }
    }

    /// Deals with what was found for a vector of rows; returns how many labels changed.
    #[inline(always)]
    fn settle_vector<V: Vector, T: Element>(
        &mut self,
        values: &[T],
        start: usize,
        labels: &mut [Label],
        (found, doubtful): ([Label; MOST_LANES], u32),
        point: &mut [f64],
    ) -> usize {
        let live = u32::MAX >> (32 - labels.len());
        let doubtful = doubtful & live;
        let changed = if self.work != Work::Again {
            live
        } else if labels.len() == V::LANES {
            V::differing(&found, labels)
        } else {
            labels.iter().zip(&found).rev().fold(0, |bits, (old, new)| bits << 1 | u32::from(old != new))
        };
        if doubtful | changed == 0 {
            return 0;
        }
        if self.work == Work::FirstWithSquares {
            self.square(values, start, labels.len());
        }
        self.settle(values, start, labels, found, (doubtful, changed), point)
    }

    /// Adds the squares of rows from `start`.
    #[inline(always)]
    fn square<T: Element>(&mut self, values: &[T], start: usize, count: usize) {
        let table = self.targets.source.table;
        let columns = table.columns;
        if table.is_weighted() {
            let mut row = Vec::with_capacity(columns);
            for i in start..start + count {
                row.clear();
                let place = |f| if table.by_column { f * table.rows + i } else { i * columns + f };
                row.extend((0..columns).map(|f| values[place(f)]));
                self.moves.square(&row, table.weight(i));
            }
        } else if table.by_column {
            for column in values.chunks_exact(table.rows) {
                self.moves.square(&column[start..start + count], 1.0);
            }
        } else {
            self.moves.square(&values[start * columns..(start + count) * columns], 1.0);
        }
    }

    /// Decides the doubtful rows and moves the changed ones; returns how many changed.
    #[inline(always)]
    fn settle<T: Element>(
        &mut self,
        values: &[T],
        start: usize,
        labels: &mut [Label],
        mut found: [Label; MOST_LANES],
        (mut doubtful, mut changed): (u32, u32),
        point: &mut [f64],
    ) -> usize {
        let table = self.targets.source.table;
        let new = self.work != Work::Again;
        while doubtful != 0 {
            let lane = doubtful.trailing_zeros() as usize;
            doubtful &= doubtful - 1;
            read(table, values, start + lane, point);
            found[lane] = self.targets.exact.nearest(point) as Label;
            let differs = new || found[lane] != labels[lane];
            changed = changed & !(1 << lane) | u32::from(differs) << lane;
        }
        if self.work == Work::LabelsOnly {
            labels.copy_from_slice(&found[..labels.len()]);
            return 0;
        }
        let moved = changed.count_ones() as usize;
        while changed != 0 {
            let lane = changed.trailing_zeros() as usize;
            changed &= changed - 1;
            let from = if new { None } else { Some(usize::from(labels[lane])) };
            shift(&mut self.moves, table, values, start + lane, from, usize::from(found[lane]));
            labels[lane] = found[lane];
        }
        moved
    }
}

/// A row in double precision.
#[inline(always)]
pub(super) fn read<T: Element>(table: &Table<'_>, values: &[T], row: usize, point: &mut [f64]) {
    let (first, step) = if table.by_column { (row, table.rows) } else { (row * table.columns, 1) };
    for (f, slot) in point.iter_mut().enumerate() {
        *slot = values[first + f * step].into();
    }
}

/// Moves a row between the sums.
#[inline(always)]
pub(super) fn shift<T: Element>(
    moves: &mut Moves<'_>,
    table: &Table<'_>,
    values: &[T],
    row: usize,
    from: Option<usize>,
    to: usize,
) {
    let (columns, weight) = (table.columns, table.weight(row));
    let padded = columns.next_multiple_of(SIDE);
    let place = row * columns;
    if !table.by_column && place + padded <= values.len() {
        // What follows the row has no place in the sums.
        let (eights, _) = values[place..place + padded].as_chunks::<SIDE>();
        moves.shift(weight, from, to, eights.iter().map(widened));
    } else {
        let (first, step) = if table.by_column { (row, table.rows) } else { (place, 1) };
        let eights = (0..padded / SIDE).map(|group| {
            let mut eight = [0.0; SIDE];
            for (i, slot) in eight.iter_mut().enumerate().take(columns - group * SIDE) {
                *slot = values[first + (group * SIDE + i) * step].into();
            }
            eight
        });
        moves.shift(weight, from, to, eights);
    }
}

/// Rows whose distances to the centers they are labelled with are added up.
pub(super) struct Distances<'a> {
    pub(super) targets: &'a Targets<'a>,
    pub(super) rows: Range<usize>,
    pub(super) labels: &'a [Label],
}

/// Rows side by side.
const ROWS: usize = 8;

impl Job for Distances<'_> {
    type Output = i128;

    #[inline(always)]
    fn run<V: Vector>(self) -> i128 {
        with_values!(&self.targets.source.table.values, values => self.each(values))
    }
}

impl Distances<'_> {
    #[inline(always)]
    fn each<T: Element>(self, values: &[T]) -> i128 {
        let (table, exact) = (self.targets.source.table, &self.targets.exact);
        let mut sum = LaneSum::new(self.targets.scale.inertia);
        let (of_row, of_column) = if table.by_column { (1, table.rows) } else { (table.columns, 1) };
        for (number, labels) in self.labels.chunks(ROWS).enumerate() {
            let start = self.rows.start + number * ROWS;
            let mut distances = [0.0; ROWS];
            for (lane, &label) in labels.iter().enumerate() {
                let center = &exact.by_row[usize::from(label) * table.columns..][..table.columns];
                let first = (start + lane) * of_row;
                let mut distance = 0.0;
                for (f, center) in center.iter().enumerate() {
                    let x: f64 = values[first + f * of_column].into();
                    let difference = x - center;
                    distance += difference * difference;
                }
                distances[lane] = distance;
            }
            table.weigh(start, labels.len(), &mut distances);
            sum.add(&distances);
        }
        sum.total()
    }
}
