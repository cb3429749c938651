//! Rows brought into the [`Frame`], a vector for each column.

use super::super::frame::Frame;
use super::super::simd::{Element, Instructions, Job, MOST_LANES, Vector};
use super::super::table::{CHUNK, Table};
use super::super::value::{Values, with_values};
use crate::numerics::parallel::over_slots;
use std::borrow::Cow;

/// Bytes that rows are asked for ahead, at least.
const AHEAD: usize = 2048;
/// Rows of as many columns are read a cache line at a time.
const WIDE: usize = 24;
/// Bytes of a cache line.
const LINE: usize = 64;

/// Evaluates an expression with the number of columns as a constant where it is a usual one, else 0.
macro_rules! with_columns {
    ($columns:expr, $d:ident => $body:expr) => {
        match $columns {
            4 => {
                const $d: usize = 4;
                $body
            }
            8 => {
                const $d: usize = 8;
                $body
            }
            16 => {
                const $d: usize = 16;
                $body
            }
            32 => {
                const $d: usize = 32;
                $body
            }
            _ => {
                const $d: usize = 0;
                $body
            }
        }
    };
}
pub(super) use with_columns;

/// The rows of a table in single precision, one after the other.
#[derive(Debug)]
pub(in super::super) struct Singles<'a> {
    pub(super) values: Cow<'a, [f32]>,
    /// Whether they are in the frame already.
    in_frame: bool,
}

impl<'a> Singles<'a> {
    /// Those of a table that holds its rows so.
    pub(in super::super) fn in_place(table: &'a Table<'_>) -> Option<Singles<'a>> {
        match &table.values {
            Values::Single(values) if !table.by_column => {
                Some(Singles { values: Cow::Borrowed(values), in_frame: false })
            }
            _ => None,
        }
    }

    /// A copy, in the frame. It is half the size of a table in double precision, and read much faster.
    pub(in super::super) fn copied(
        table: &Table<'_>,
        frame: &Frame,
        instructions: Instructions,
        threads: usize,
    ) -> Singles<'static> {
        let columns = table.columns;
        let mut copy = vec![0.0; table.rows * columns];
        over_slots(threads, CHUNK * columns, &mut copy, |range, copy| {
            instructions.run(Copying { table, frame, first: range.start / columns, copy });
        });
        Singles { values: Cow::Owned(copy), in_frame: true }
    }

    pub(in super::super) fn borrowed(&self) -> Singles<'_> {
        Singles { values: Cow::Borrowed(&self.values), in_frame: self.in_frame }
    }
}

/// Rows from `first` to be copied into the frame.
struct Copying<'a> {
    table: &'a Table<'a>,
    frame: &'a Frame,
    first: usize,
    copy: &'a mut [f32],
}

impl Job for Copying<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        with_values!(&self.table.values, values => {
            with_columns!(self.table.columns, D => self.each::<_, D>(values));
        });
    }
}

impl Copying<'_> {
    #[inline(always)]
    fn each<T: Element, const D: usize>(self, values: &[T]) {
        let Copying { table, frame, first, copy } = self;
        let columns = if D == 0 { table.columns } else { D };
        let count = copy.len() / columns;
        let factor = frame.factor;
        let near = |x: T, mean: f64| ((x.into() - mean) * factor) as f32;
        if table.by_column {
            for (f, column) in values.chunks_exact(table.rows).enumerate() {
                let slots = copy[f..].iter_mut().step_by(columns);
                for (slot, &x) in slots.zip(&column[first..first + count]) {
                    *slot = near(x, frame.means[f]);
                }
            }
        } else {
            let means = &frame.means[..columns];
            let rows = values[first * columns..(first + count) * columns].chunks_exact(columns);
            for (copy, row) in copy.chunks_exact_mut(columns).zip(rows) {
                for f in 0..columns {
                    copy[f] = near(row[f], means[f]);
                }
            }
        }
    }
}

/// Where the rows of a pass come from.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) table: &'a Table<'a>,
    pub(super) frame: &'a Frame,
    pub(super) singles: Option<Singles<'a>>,
}

impl Source<'_> {
    /// The rows from `start`, a vector for each column; lanes beyond `count` repeat the first. `near` has room
    /// for as many rows as there are lanes.
    #[inline(always)]
    pub(super) fn fill<V: Vector, T: Element, const D: usize>(
        &self,
        values: &[T],
        start: usize,
        count: usize,
        near: &mut [f32],
        tile: &mut [V],
    ) {
        let columns = self.columns::<D>();
        if count < V::LANES || columns < 4 || (self.table.by_column && self.singles.is_none()) {
            return self.fill_lanes(values, start, count, tile);
        }
        let place = start * columns;
        if let Some(singles) = &self.singles {
            let singles = &singles.values;
            self.turn::<V, D>(&singles[place..place + V::LANES * columns], tile);
            // Now, since the processor is about to multiply for a while.
            let ahead = (AHEAD / size_of::<f32>()).max(V::LANES * columns);
            prefetch::<V>(singles, place + ahead, V::LANES * columns);
        } else {
            let rows = values[place..place + V::LANES * columns].chunks_exact(columns);
            let means = &self.frame.means[..columns];
            for (near, row) in near.chunks_exact_mut(columns).zip(rows) {
                for ((near, &x), &mean) in near.iter_mut().zip(row).zip(means) {
                    *near = x.near(mean, self.frame.factor);
                }
            }
            turn::<V, D>(near, columns, tile);
        }
    }

    /// As many rows of [`Singles`] as there are lanes.
    #[inline(always)]
    pub(super) fn turn<V: Vector, const D: usize>(&self, rows: &[f32], tile: &mut [V]) {
        let columns = self.columns::<D>();
        turn::<V, D>(rows, columns, tile);
        if self.frame.moves && self.singles.as_ref().is_some_and(|singles| !singles.in_frame) {
            self.move_lanes(tile);
        }
    }

    #[inline(always)]
    fn columns<const D: usize>(&self) -> usize {
        if D == 0 { self.table.columns } else { D }
    }

    /// Brings rows of single precision into the frame.
    #[inline(always)]
    fn move_lanes<V: Vector>(&self, tile: &mut [V]) {
        let factor = self.frame.factor as f32;
        for (slot, &mean) in tile.iter_mut().zip(&self.frame.means) {
            *slot = slot.times_plus(V::splat(factor), V::splat(-(mean as f32) * factor));
        }
    }

    #[inline(always)]
    fn fill_lanes<V: Vector, T: Element>(&self, values: &[T], start: usize, count: usize, tile: &mut [V]) {
        let Source { table, frame, .. } = self;
        let mut lanes = [0.0; MOST_LANES];
        for (f, slot) in tile.iter_mut().enumerate() {
            let (place, step) = if table.by_column {
                (f * table.rows + start, 1)
            } else {
                (start * table.columns + f, table.columns)
            };
            let mean = frame.means[f];
            if step == 1 && count == V::LANES {
                for (lane, &x) in lanes.iter_mut().zip(&values[place..place + V::LANES]) {
                    *lane = x.near(mean, frame.factor);
                }
            } else {
                for lane in 0..V::LANES {
                    let other = if lane < count { lane } else { 0 };
                    lanes[lane] = values[place + other * step].near(mean, frame.factor);
                }
            }
            *slot = V::load(&lanes);
        }
        if T::SINGLE && frame.moves {
            self.move_lanes(tile);
        }
    }
}

/// Asks for the cache lines of `count` numbers at `place`, wherever that is.
#[inline(always)]
pub(super) fn prefetch<V: Vector>(values: &[f32], place: usize, count: usize) {
    let step = LINE / size_of::<f32>();
    for line in 0..count.div_ceil(step) {
        V::prefetch(values, place + line * step);
    }
}

/// As many rows as there are lanes, column by column.
#[inline(always)]
fn turn<V: Vector, const D: usize>(rows: &[f32], columns: usize, tile: &mut [V]) {
    let columns = if D == 0 { columns } else { D };
    if columns < 4 {
        let mut lanes = [0.0; MOST_LANES];
        for (f, slot) in tile.iter_mut().enumerate() {
            for lane in 0..V::LANES {
                lanes[lane] = rows[lane * columns + f];
            }
            *slot = V::load(&lanes);
        }
        return;
    }
    let tile = &mut tile[..columns];
    let mut first = 0;
    while columns >= WIDE && first + 16 <= columns {
        tile[first..first + 16].copy_from_slice(&V::sixteen_columns(rows, columns, first));
        first += 16;
    }
    while first < columns {
        // The last four may overlap those before.
        first = first.min(columns - 4);
        tile[first..first + 4].copy_from_slice(&V::four_columns(rows, columns, first));
        first += 4;
    }
}
