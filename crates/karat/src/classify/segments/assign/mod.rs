//! Rows assigned to their nearest centers, and moved between the sums where their label changed.
//!
//! The label of a row is what the frozen step says: squared differences added in double precision in the order
//! of the columns, of equally near centers the first. [`exact`] does that. [`screen`] compares rows with all
//! centers in single precision, much faster, and leaves to `exact` the rows whose lead is within its proven
//! error. Where there are many centers, [`neighbours`] compares rows in the order of their labels ([`ordered`]) with
//! the centers around them alone. Which of them is used for a row therefore never shows.

mod block;
pub(super) mod exact;
mod neighbours;
mod ordered;
mod pass;
mod screen;
mod tile;

use super::frame::Frame;
use super::lloyd::LloydScale;
use super::simd::Instructions;
use super::sums::{Moves, Sums};
use super::table::{CHUNK, Table};
use crate::numerics::parallel::over_slots;
use block::RINGS;
use exact::ExactCenters;
use ndarray::Array2;
use neighbours::Neighbours;
use ordered::{Again, Build, Order, STRETCH};
use pass::{Assign, Distances};
use screen::Screen;
use std::ops::Range;
use tile::Source;

pub(super) use tile::Singles;

/// How rows find their nearest centers; never changes a result. For tests and benchmarks.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// What pays for the shape of the table.
    #[default]
    Automatic,
    /// Every row by the arithmetic of the frozen step.
    Exact,
    /// Comparing with all centers in single precision first.
    Screen,
    /// As `Screen`, with the nearest of the centers alone as soon as rows have labels.
    Neighbours,
}

/// The furthest ring, in root mean squares of the distances from the middle of the table.
const REACH: f64 = 2.0;

/// The number of a center; there are at most 256.
pub(super) type Label = u8;

/// What a pass does beside finding labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Rows have no labels yet; their squares are added too.
    FirstWithSquares,
    /// Rows have no labels yet.
    First,
    /// Rows move from the sums of their old label to those of the new one.
    Again,
    /// Labels alone.
    LabelsOnly,
}

/// What one part of the table adds to an iteration.
#[derive(Debug)]
pub(super) struct Change {
    /// The change of the sums.
    pub(super) sums: Sums,
    /// Sum of weight times squared coordinates, if it was asked for.
    pub(super) squares: i128,
    /// Rows whose label changed.
    pub(super) moved: usize,
}

impl Change {
    pub(super) fn none(centers: usize, columns: usize) -> Change {
        Change { sums: Sums::new(centers, columns), squares: 0, moved: 0 }
    }

    pub(super) fn merge(&mut self, part: &Change) {
        self.sums.merge(&part.sums);
        self.squares += part.squares;
        self.moved += part.moved;
    }
}

/// One set of centers as rows are compared with it.
#[derive(Debug)]
pub(super) struct Targets<'a> {
    source: Source<'a>,
    scale: &'a LloydScale,
    instructions: Instructions,
    exact: ExactCenters,
    screen: Option<Screen>,
    neighbours: Option<Neighbours>,
    /// Makes rings of square roots of distances.
    per_root: f32,
}

/// The order in which rows are visited, kept between passes.
pub(super) type Orders = Vec<Order>;

impl<'a> Targets<'a> {
    pub(super) fn new(
        table: &'a Table<'a>,
        scale: &'a LloydScale,
        frame: &'a Frame,
        method: Method,
        instructions: Instructions,
        centers: &Array2<f64>,
    ) -> Targets<'a> {
        let screen = (method != Method::Exact).then(|| Screen::new(centers, frame));
        let furthest = REACH * frame.spread.sqrt();
        Targets {
            source: Source { table, frame, singles: Singles::in_place(table) },
            scale,
            instructions,
            exact: ExactCenters::new(centers),
            screen,
            neighbours: None,
            per_root: if furthest > 0.0 { (RINGS as f64 / furthest.sqrt()) as f32 } else { 0.0 },
        }
    }

    /// With the rows in single precision beside the table.
    pub(super) fn with_singles(mut self, singles: Option<&'a Singles<'_>>) -> Targets<'a> {
        if let Some(singles) = singles {
            self.source.singles = Some(singles.borrowed());
        }
        self
    }

    /// Orders the centers around each other, for [`assign_in_order`](Targets::assign_in_order), which needs
    /// [`Singles`].
    pub(super) fn with_neighbours(mut self, centers: &Array2<f64>) -> Targets<'a> {
        self.neighbours =
            self.screen.as_ref().map(|screen| Neighbours::new(centers, self.source.frame, screen));
        self
    }

    /// The order of the rows by their present labels, for passes to come.
    pub(super) fn order(&self, threads: usize, labels: &[Label]) -> Orders {
        let mut stretches: Vec<(&[Label], Option<Order>)> =
            labels.chunks(STRETCH).map(|labels| (labels, None)).collect();
        over_slots(threads, 1, &mut stretches, |numbers, stretches| {
            for (number, (labels, order)) in numbers.zip(stretches) {
                let rows = number * STRETCH..number * STRETCH + labels.len();
                *order = Some(self.instructions.run(Build { rows, labels, centers: self.exact.count }));
            }
        });
        stretches.into_iter().filter_map(|(_, order)| order).collect()
    }

    /// Labels all rows again, those of a label together.
    pub(super) fn assign_in_order(
        &self,
        threads: usize,
        orders: &mut Orders,
        labels: &mut [Label],
    ) -> Change {
        let columns = self.source.table.columns;
        let mut slots: Vec<(&mut Order, &mut [Label])> =
            orders.iter_mut().zip(labels.chunks_mut(STRETCH)).collect();
        let parts = over_slots(threads, 1, &mut slots, |_, slots| {
            let mut moves = Moves::new(self.scale, self.exact.count, columns);
            let mut moved = 0;
            for (order, labels) in slots {
                moved += self.instructions.run(Again { targets: self, order, labels, moves: &mut moves });
            }
            (moves.finish().0, moved)
        });
        let mut change = Change { sums: Sums::new(self.exact.count, columns), squares: 0, moved: 0 };
        for (sums, moved) in &parts {
            change.sums.merge(sums);
            change.moved += moved;
        }
        change
    }

    /// Labels a part of the rows.
    pub(super) fn assign(&self, rows: Range<usize>, labels: &mut [Label], work: Work) -> Change {
        let moves = Moves::new(self.scale, self.exact.count, self.source.table.columns);
        self.instructions.run(Assign { targets: self, rows, labels, work, moves })
    }

    /// The weighted squared distances of a part of the rows to the centers they are labelled with, by the
    /// arithmetic of the frozen step, as an exact sum.
    pub(super) fn inertia(&self, rows: Range<usize>, labels: &[Label]) -> i128 {
        self.instructions.run(Distances { targets: self, rows, labels })
    }
}

/// A table that is labelled at once, by what pays.
#[derive(Debug, Clone, Copy)]
pub(super) struct WholeTable<'a> {
    pub(super) table: &'a Table<'a>,
    pub(super) scale: &'a LloydScale,
    pub(super) threads: usize,
}

impl WholeTable<'_> {
    /// The label of every row, and what the rows add up to.
    pub(super) fn label(&self, centers: &Array2<f64>, work: Work) -> (Vec<Label>, Change) {
        let mut labels = vec![0; self.table.rows];
        let mut total = Change::none(centers.nrows(), centers.ncols());
        let parts = self.with_targets(centers, |targets| {
            over_slots(self.threads, CHUNK, &mut labels, |rows, labels| targets.assign(rows, labels, work))
        });
        parts.iter().for_each(|part| total.merge(part));
        (labels, total)
    }

    /// The weighted squared distances of the rows to the centers they are labelled with, by the arithmetic of
    /// the frozen step, as an exact sum.
    pub(super) fn inertia(&self, centers: &Array2<f64>, labels: &mut [Label]) -> i128 {
        self.with_targets(centers, |targets| {
            over_slots(self.threads, CHUNK, labels, |rows, labels| targets.inertia(rows, labels))
        })
        .iter()
        .sum()
    }

    fn with_targets<T>(&self, centers: &Array2<f64>, work: impl FnOnce(&Targets<'_>) -> T) -> T {
        let frame = Frame::of(self.table, &self.scale.largest);
        let (method, instructions) = (Method::Automatic, Instructions::detect());
        work(&Targets::new(self.table, self.scale, &frame, method, instructions, centers))
    }
}
