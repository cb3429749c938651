//! Rows assigned to their nearest centers, and moved between the sums where their label changed.
//!
//! The label of a row is what the frozen step says: squared differences added in double precision in the order
//! of the columns, of equally near centers the first. [`exact`] does that. [`screen`] compares rows with all
//! centers in single precision, much faster, and leaves to `exact` the rows whose lead is within its proven
//! error. Which of them is used for a row therefore never shows.

pub(super) mod exact;
mod pass;
mod screen;

use super::frame::Frame;
use super::lloyd::LloydScale;
use super::simd::Instructions;
use super::sums::{Moves, Sums};
use super::table::Table;
use exact::ExactCenters;
use ndarray::Array2;
use pass::{Assign, Distances};
use screen::Screen;
use std::ops::Range;

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
}

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

/// One set of centers as rows are compared with it.
#[derive(Debug)]
pub(super) struct Targets<'a> {
    table: &'a Table<'a>,
    scale: &'a LloydScale,
    frame: &'a Frame,
    instructions: Instructions,
    exact: ExactCenters,
    screen: Option<Screen>,
}

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
        Targets { table, scale, frame, instructions, exact: ExactCenters::new(centers), screen }
    }

    /// Labels a part of the rows.
    pub(super) fn assign(&self, rows: Range<usize>, labels: &mut [Label], work: Work) -> Change {
        let moves = Moves::new(self.scale, self.exact.count, self.table.columns);
        self.instructions.run(Assign { targets: self, rows, labels, work, moves })
    }

    /// The weighted squared distances of a part of the rows to the centers they are labelled with, by the
    /// arithmetic of the frozen step, as an exact sum.
    pub(super) fn inertia(&self, rows: Range<usize>, labels: &[Label]) -> i128 {
        self.instructions.run(Distances { targets: self, rows, labels })
    }
}
