//! The forecasts of rows: all their outputs, or what of them the records repeat.

use crate::error::{Error, Result};
use crate::evaluate::{Columns, Rows};
use crate::numerics::NAN;
use crate::score::{NONE, Score};
use crate::scorer::Scorer;
use crate::step::{Forecasts, Lanes, MAX_FORECAST_OUTPUTS, MAX_FORECAST_WORK, Recorded, Space};

/// Rows side by side.
const SIDE: usize = 8;
/// Rows whose index is computed at a time for forecasts that read it.
const PART: usize = 64;

/// Inputs and outputs, and numbers to work in, up to which less memory serves.
const SMALL: (usize, usize) = (32, 96);
const MIDDLE: (usize, usize) = (64, 1216);

/// Where rows lie.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Rows(Rows<'a>),
    Columns(Columns<'a>),
}

impl Place<'_> {
    /// A field of rows `start` to `start + N - 1`, of which the first `count` exist; the last one stands for the others.
    #[inline]
    fn load<const N: usize>(&self, field: usize, start: usize, count: usize) -> Lanes<N> {
        let last = count.saturating_sub(1);
        let mut lanes = [0.0; N];
        for (lane, slot) in lanes.iter_mut().enumerate() {
            let row = start + lane.min(last);
            *slot = match self {
                Place::Rows(rows) => rows.values[row * rows.stride + field],
                Place::Columns(columns) => columns.columns[field][row],
            };
        }
        lanes
    }
}

/// What becomes of outputs.
trait Receiver {
    /// Whether outputs are wanted that no record repeats.
    fn all(&self) -> bool;
    /// The index of a row.
    fn index(&self, row: usize) -> f64;
    /// Takes the outputs of rows `start` to `start + count - 1`.
    fn take<const N: usize>(&mut self, start: usize, count: usize, outputs: &[Lanes<N>]);
}

/// Fills in records that already have an index.
struct IntoRecords<'a> {
    scores: &'a mut [Score],
    record: Recorded,
}

impl Receiver for IntoRecords<'_> {
    fn all(&self) -> bool {
        false
    }

    fn index(&self, row: usize) -> f64 {
        self.scores.get(row).map_or(NAN, |score| score.index)
    }

    fn take<const N: usize>(&mut self, start: usize, count: usize, outputs: &[Lanes<N>]) {
        let Recorded { forecast, churn, clv, stage } = self.record;
        let of = |output: Option<u32>| output.and_then(|output| outputs.get(output as usize));
        for (lane, score) in self.scores[start..start + count].iter_mut().enumerate() {
            score.forecast = of(forecast).map_or(NAN, |output| output[lane]);
            score.churn = of(churn).map_or(NAN, |output| output[lane]);
            score.clv = of(clv).map_or(NAN, |output| output[lane]);
            score.stage =
                of(stage).filter(|output| !output[lane].is_nan()).map_or(NONE, |output| output[lane] as u16);
        }
    }
}

/// Writes all outputs, row after row.
struct IntoRows<'a> {
    /// None where no forecast reads it.
    index: &'a [Score],
    out: &'a mut [f64],
    width: usize,
}

impl Receiver for IntoRows<'_> {
    fn all(&self) -> bool {
        true
    }

    fn index(&self, row: usize) -> f64 {
        self.index.get(row).map_or(NAN, |score| score.index)
    }

    fn take<const N: usize>(&mut self, start: usize, count: usize, outputs: &[Lanes<N>]) {
        let rows = self.out[start * self.width..].chunks_exact_mut(self.width).take(count);
        for (lane, row) in rows.enumerate() {
            for (slot, output) in row.iter_mut().zip(outputs) {
                *slot = output[lane];
            }
        }
    }
}

impl Scorer {
    /// Number of outputs of the forecasts; their names are [`Names::outputs`](crate::Names::outputs).
    #[must_use]
    pub fn output_count(&self) -> usize {
        self.ready.forecasts.outputs
    }

    /// The outputs of the forecasts for one row, in the order of [`Names::outputs`](crate::Names::outputs). They depend
    /// neither on gates nor on whether there is an index, unless a forecast reads it.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row or a buffer of another length.
    ///
    /// ```no_run
    /// # fn main() -> karat_scorer::Result<()> {
    /// let scorer = karat_scorer::Scorer::open("value.karat")?;
    /// let row = vec![0.0; scorer.schema().len()];
    /// let mut outputs = vec![0.0; scorer.output_count()];
    /// scorer.forecast(&row, &mut outputs)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn forecast(&self, row: &[f64], out: &mut [f64]) -> Result<()> {
        self.check_width(row.len())?;
        self.forecast_rows(row, row.len(), 1, out)
    }

    /// The outputs of `count` rows that start `stride` numbers apart, all of the first row first: the bits of
    /// [`Scorer::forecast`].
    ///
    /// # Errors
    /// As [`Scorer::score_rows`], and [`Error::Shape`] unless `out` has a number for each output of each row.
    pub fn forecast_rows(&self, rows: &[f64], stride: usize, count: usize, out: &mut [f64]) -> Result<()> {
        self.check_rows(rows, stride, count)?;
        self.check_outputs(count, out)?;
        self.outputs(count, out, |start| {
            Place::Rows(Rows { values: rows.get(start * stride..).unwrap_or_default(), stride })
        });
        Ok(())
    }

    /// The outputs of columns, one slice for each field in the order of the schema; all outputs of the first row first.
    ///
    /// # Errors
    /// As [`Scorer::score_columns`], and [`Error::Shape`] unless `out` has a number for each output of each row.
    pub fn forecast_columns(&self, columns: &[&[f64]], out: &mut [f64]) -> Result<()> {
        let count = columns.first().map_or(0, |column| column.len());
        self.check_columns(columns, count)?;
        self.check_outputs(count, out)?;
        if !self.ready.forecasts.reads_index {
            self.outputs(count, out, |_| Place::Columns(Columns { columns }));
            return Ok(());
        }
        let width = self.output_count();
        let mut part: [&[f64]; crate::schema::MAX_FIELDS] = [&[]; crate::schema::MAX_FIELDS];
        for (number, out) in out.chunks_mut(PART * width).enumerate() {
            let (start, size) = (number * PART, out.len() / width);
            for (part, column) in part.iter_mut().zip(columns) {
                *part = &column[start..start + size];
            }
            let columns = &part[..columns.len()];
            self.outputs(size, out, |_| Place::Columns(Columns { columns }));
        }
        Ok(())
    }

    fn check_outputs(&self, rows: usize, out: &[f64]) -> Result<()> {
        let wanted = rows.saturating_mul(self.output_count());
        if out.len() == wanted { Ok(()) } else { Err(Error::shape("outputs", wanted, out.len())) }
    }

    /// All outputs; `place` gives the rows from one on. Where a forecast reads the index, a part at a time.
    fn outputs<'a>(&self, count: usize, out: &mut [f64], place: impl Fn(usize) -> Place<'a>) {
        let (Some(forecasts), width) = (&self.model.forecasts, self.output_count()) else { return };
        if !self.ready.forecasts.reads_index {
            self.run(forecasts, place(0), count, &mut IntoRows { index: &[], out, width });
            return;
        }
        let mut scores = [Score::EMPTY; PART];
        for (number, out) in out.chunks_mut(PART * width).enumerate() {
            let place = place(number * PART);
            let index = &mut scores[..out.len() / width];
            match place {
                Place::Rows(rows) => self.records(rows, index),
                Place::Columns(columns) => self.records(columns, index),
            }
            let count = index.len();
            self.run(forecasts, place, count, &mut IntoRows { index, out, width });
        }
    }

    /// Fills in what the records repeat of the forecasts.
    pub(crate) fn add_forecasts(&self, place: Place<'_>, scores: &mut [Score]) {
        let Some(forecasts) = self.model.forecasts.as_ref().filter(|_| self.ready.forecasts.recorded) else {
            return;
        };
        let count = scores.len();
        self.run(forecasts, place, count, &mut IntoRecords { scores, record: forecasts.record });
    }

    /// Chooses how many rows run side by side and how much memory they need, which changes no bit.
    fn run(&self, forecasts: &Forecasts, place: Place<'_>, rows: usize, receiver: &mut impl Receiver) {
        const LARGE: (usize, usize) = (MAX_FORECAST_OUTPUTS, MAX_FORECAST_WORK);
        let (width, work) = (self.ready.forecasts.width, self.ready.forecasts.work);
        let fits = |(most_width, most_work): (usize, usize)| width <= most_width && work <= most_work;
        match (fits(SMALL), fits(MIDDLE)) {
            (true, _) if rows == 1 => {
                self.blocks::<1, { SMALL.0 }, { SMALL.1 }>(forecasts, place, rows, receiver);
            }
            (true, _) => self.blocks::<SIDE, { SMALL.0 }, { SMALL.1 }>(forecasts, place, rows, receiver),
            (_, true) if rows == 1 => {
                self.blocks::<1, { MIDDLE.0 }, { MIDDLE.1 }>(forecasts, place, rows, receiver);
            }
            (_, true) => self.blocks::<SIDE, { MIDDLE.0 }, { MIDDLE.1 }>(forecasts, place, rows, receiver),
            _ => self.blocks::<1, { LARGE.0 }, { LARGE.1 }>(forecasts, place, rows, receiver),
        }
    }

    #[inline(never)]
    fn blocks<const N: usize, const WIDE: usize, const WORK: usize>(
        &self,
        forecasts: &Forecasts,
        place: Place<'_>,
        rows: usize,
        receiver: &mut impl Receiver,
    ) {
        let (mut inputs, mut outputs, mut work) = ([[0.0; N]; WIDE], [[NAN; N]; WIDE], [[0.0; N]; WORK]);
        let (isa, prepared) = (self.isa, &self.ready.forecasts);
        for start in (0..rows).step_by(N) {
            let count = N.min(rows - start);
            let mut index = [NAN; N];
            if prepared.reads_index {
                for (lane, index) in index.iter_mut().enumerate() {
                    *index = receiver.index(start + lane.min(count - 1));
                }
            }
            let mut space = Space { inputs: &mut inputs, outputs: &mut outputs, work: &mut work };
            let field = |field: usize| place.load::<N>(field, start, count);
            forecasts.eval_lanes(prepared, isa, field, &index, receiver.all(), &mut space);
            receiver.take(start, count, &outputs[..prepared.outputs]);
        }
    }
}
