//! Many rows: lanes side by side, threads of this call alone.

use super::Expansion;
use crate::error::{Error, Result};
use crate::isa::{Isa, Kernel};
use crate::step::Lanes;
use std::thread;

/// Rows side by side.
const LANES: usize = 8;
/// Fewest rows that repay a thread.
const ROWS_PER_THREAD: usize = 4096;

/// What a batch is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// Outputs before the link.
    Decision,
    /// The value, the probability of the event, or a probability for each class.
    Value,
    /// The sum of each group, for each output.
    Contributions,
}

impl Expansion {
    /// Numbers that a batch gives for one row.
    #[must_use]
    pub fn width_of(&self, asked: Asked) -> usize {
        match asked {
            Asked::Decision | Asked::Value => self.outputs,
            Asked::Contributions => self.groups.len() * self.outputs,
        }
    }

    /// Evaluates rows given as a column for each field; `out` takes [`width_of`](Expansion::width_of) numbers
    /// a row, row by row. The bits are those of one row alone, whatever the threads (0 for all).
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of columns, columns of different lengths, or another length of
    /// `out`.
    pub fn eval_batch(
        &self,
        columns: &[&[f64]],
        asked: Asked,
        out: &mut [f64],
        threads: usize,
    ) -> Result<()> {
        if columns.len() != self.fields.len() {
            return Err(Error::shape("columns", self.fields.len(), columns.len()));
        }
        let rows = columns.first().map_or(0, |column| column.len());
        if let Some((column, field)) = columns.iter().zip(&self.fields).find(|(c, _)| c.len() != rows) {
            return Err(Error::shape(format!("rows of column `{}`", field.name), rows, column.len()));
        }
        let width = self.width_of(asked);
        if out.len() != rows * width {
            return Err(Error::shape("numbers of the result", rows * width, out.len()));
        }
        if width == 0 || rows == 0 {
            return Ok(());
        }
        let offered =
            if threads == 0 { thread::available_parallelism().map_or(1, usize::from) } else { threads };
        let parts = offered.min(rows.div_ceil(ROWS_PER_THREAD)).max(1);
        let part = rows.div_ceil(parts).next_multiple_of(LANES);
        let isa = Isa::detect();
        let run = |start: usize, out: &mut [f64]| {
            isa.run(Part { expansion: self, columns, asked, start, width, out });
        };
        if parts == 1 {
            run(0, out);
            return Ok(());
        }
        thread::scope(|scope| {
            for (number, out) in out.chunks_mut(part * width).enumerate() {
                let run = &run;
                scope.spawn(move || run(number * part, out));
            }
        });
        Ok(())
    }
}

/// Rows from `start` on, as many as `out` takes.
struct Part<'a> {
    expansion: &'a Expansion,
    columns: &'a [&'a [f64]],
    asked: Asked,
    start: usize,
    width: usize,
    out: &'a mut [f64],
}

impl Kernel for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let expansion = self.expansion;
        let mut scratch = vec![[0.0; LANES]; expansion.scratch_len()];
        let mut sums = vec![[0.0; LANES]; expansion.outputs];
        let mut single = vec![[0.0; 1]; expansion.scratch_len()];
        let mut alone = vec![[0.0; 1]; expansion.outputs];
        let block = LANES * self.width;
        let whole = self.out.len() / block * block;
        let (blocks, rest) = self.out.split_at_mut(whole);
        let mut row = self.start;
        for out in blocks.chunks_exact_mut(block) {
            lanes(expansion, self.columns, self.asked, row, &mut scratch, &mut sums, out);
            row += LANES;
        }
        for out in rest.chunks_exact_mut(self.width) {
            lanes(expansion, self.columns, self.asked, row, &mut single, &mut alone, out);
            row += 1;
        }
    }
}

#[inline(always)]
fn lanes<const N: usize>(
    expansion: &Expansion,
    columns: &[&[f64]],
    asked: Asked,
    row: usize,
    scratch: &mut [Lanes<N>],
    sums: &mut [Lanes<N>],
    out: &mut [f64],
) {
    let (outputs, width) = (expansion.outputs, expansion.width_of(asked));
    let raw = |field: usize, lane: usize| columns[field][row + lane];
    if asked == Asked::Contributions {
        expansion.decide_lanes(raw, scratch, sums, |group, sums| {
            for (output, sum) in sums.iter().enumerate() {
                for lane in 0..N {
                    out[lane * width + group * outputs + output] = sum[lane];
                }
            }
        });
        return;
    }
    expansion.decide_lanes(raw, scratch, sums, |_, _| {});
    for (lane, out) in out.chunks_exact_mut(outputs).enumerate() {
        for (out, sum) in out.iter_mut().zip(sums.iter()) {
            *out = sum[lane];
        }
        if asked == Asked::Value {
            expansion.link.apply(out);
        }
    }
}
