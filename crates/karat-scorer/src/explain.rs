//! What the indices of a batch are made of, and which entries fall furthest short of the mean customer.

use crate::batch::{Batch, Block, in_blocks};
use crate::error::{Error, Result};
use crate::evaluate::{Columns, Rows, Sink, Source, evaluate};
use crate::furthest_short::furthest_short;
use crate::isa::{Batched, Machine, dispatch};
use crate::numerics::NAN;
use crate::plain::Plain;
use crate::reasons::{MAX_REASONS, against};
use crate::schema::MAX_FIELDS;
use crate::score::NONE;
use crate::scorer::{NARROW, Scorer};
use crate::step::{Lanes, MAX_DIMENSIONS, MAX_INDICATORS, MAX_RULES};

/// Row-major rows that are turned into columns at a time.
const PART: usize = 128;
/// Most entries of an explanation.
const MAX_POINTS: usize = MAX_INDICATORS + MAX_RULES;

/// What the indices of a batch are made of, row after row, written into buffers of the caller; empty buffers
/// are not asked for.
#[derive(Debug, Default)]
pub struct Explanations<'a> {
    /// The index of each row.
    pub index: &'a mut [f64],
    /// Points of each entry (indicators, then penalty rules), as [`Scorer::explain`](crate::Scorer::explain)
    /// gives them.
    pub points: &'a mut [f64],
    /// Score of each dimension.
    pub dimensions: &'a mut [f64],
    /// Positions of the entries that fall furthest short of the mean customer, as
    /// [`Scorer::reasons`](crate::Scorer::reasons) gives them; [`NONE`] where there are no more. As many for
    /// each row as the buffer has room for, 1 to [`MAX_REASONS`].
    pub reasons: &'a mut [u16],
    /// Points that each reason falls short, NaN where there is none; as long as `reasons`.
    pub shortfalls: &'a mut [f64],
}

/// Fills [`Explanations`] of `rows` rows.
pub(crate) struct Explain<'a, 'b, S, const LANES: usize, const WIDTH: usize, const POINTS: usize> {
    pub(crate) batch: Batch<'a, S, LANES, WIDTH>,
    pub(crate) plain: Option<&'a Plain>,
    pub(crate) means: &'a [f64],
    pub(crate) rows: usize,
    pub(crate) entries: usize,
    pub(crate) out: &'a mut Explanations<'b>,
}

/// Points and dimension scores of a block.
struct Parts<'a, const N: usize, const POINTS: usize> {
    means: &'a [f64],
    points: [Lanes<N>; POINTS],
    against_mean: [Lanes<N>; POINTS],
    dimensions: [Lanes<N>; MAX_DIMENSIONS],
}

impl<const N: usize, const POINTS: usize> Sink<N> for Parts<'_, N, POINTS> {
    #[inline(always)]
    fn point(&mut self, position: usize, points: &Lanes<N>, factor: &Lanes<N>) {
        let mean = self.means.get(position).copied().unwrap_or(0.0);
        if let Some(slot) = self.points.get_mut(position) {
            *slot = *points;
        }
        if let Some(slot) = self.against_mean.get_mut(position) {
            for lane in 0..N {
                slot[lane] = against(points[lane], mean, factor[lane]);
            }
        }
    }
    #[inline(always)]
    fn dimension(&mut self, position: usize, score: &Lanes<N>) {
        if let Some(slot) = self.dimensions.get_mut(position) {
            *slot = *score;
        }
    }
    #[inline(always)]
    fn indicator(&mut self, _: usize, _: &Lanes<N>) {}
}

impl<S: Source, const LANES: usize, const WIDTH: usize, const POINTS: usize> Batched
    for Explain<'_, '_, S, LANES, WIDTH, POINTS>
{
    #[inline(always)]
    fn run<M: Machine>(mut self) {
        let rows = self.rows;
        in_blocks::<M, LANES>(rows, &mut self);
    }
}

impl<S: Source, const LANES: usize, const WIDTH: usize, const POINTS: usize> Block
    for Explain<'_, '_, S, LANES, WIDTH, POINTS>
{
    #[inline(always)]
    fn block<M: Machine, const N: usize>(&mut self, start: usize) {
        let mut parts = Parts {
            means: self.means,
            points: [[0.0; N]; POINTS],
            against_mean: [[0.0; N]; POINTS],
            dimensions: [[0.0; N]; MAX_DIMENSIONS],
        };
        let index = self.evaluate::<M, N>(start, &mut parts);
        let entries = self.entries;
        // The points of a refused customer mean nothing.
        for lane in 0..N {
            if index[lane].is_nan() {
                parts.points[..entries].iter_mut().for_each(|points| points[lane] = NAN);
                parts.against_mean[..entries].iter_mut().for_each(|points| points[lane] = NAN);
            }
        }
        if !self.out.index.is_empty() {
            self.out.index[start..start + N].copy_from_slice(&index);
        }
        spread(self.out.points, start, &parts.points[..entries]);
        let dimensions = self.batch.model.names.dimensions.len();
        spread(self.out.dimensions, start, &parts.dimensions[..dimensions]);
        if !self.out.reasons.is_empty() {
            let against_mean = &parts.against_mean[..entries];
            match self.out.reasons.len() / self.rows {
                1 => self.reasons::<M, N, 1>(start, against_mean),
                2 => self.reasons::<M, N, 2>(start, against_mean),
                3 => self.reasons::<M, N, 3>(start, against_mean),
                _ => self.reasons::<M, N, MAX_REASONS>(start, against_mean),
            }
        }
    }
}

impl<S: Source, const LANES: usize, const WIDTH: usize, const POINTS: usize>
    Explain<'_, '_, S, LANES, WIDTH, POINTS>
{
    #[inline(always)]
    fn evaluate<M: Machine, const N: usize>(
        &self,
        start: usize,
        parts: &mut Parts<'_, N, POINTS>,
    ) -> Lanes<N> {
        let Batch { model, ready, source } = &self.batch;
        if let Some(plain) = self.plain {
            let mut values = [[0.0; N]; WIDTH];
            if let Some(index) = plain.points::<M, S, N>(source, start, &mut values, parts) {
                if !self.out.dimensions.is_empty() {
                    let present = [[1.0; N]; WIDTH];
                    model.tree.eval_dimensions(&values, &present, &mut parts.dimensions);
                }
                return index;
            }
        }
        let scores = evaluate::<N, WIDTH, _>(model, ready, source, start, parts);
        let mut index = [0.0; N];
        for lane in 0..N {
            index[lane] = scores[lane].index;
        }
        index
    }

    #[inline(always)]
    fn reasons<M: Machine, const N: usize, const TOP: usize>(
        &mut self,
        start: usize,
        against_mean: &[Lanes<N>],
    ) {
        let (most, which) = furthest_short::<M, N, TOP>(against_mean);
        let wanted = start * TOP..(start + N) * TOP;
        for (lane, row) in self.out.reasons[wanted.clone()].chunks_exact_mut(TOP).enumerate() {
            for (slot, position) in row.iter_mut().zip(&which) {
                *slot = position[lane] as u16;
            }
        }
        let Some(shortfalls) = self.out.shortfalls.get_mut(wanted) else { return };
        for (lane, row) in shortfalls.chunks_exact_mut(TOP).enumerate() {
            for ((slot, most), which) in row.iter_mut().zip(&most).zip(&which) {
                *slot = if which[lane] == f64::from(NONE) { NAN } else { most[lane] };
            }
        }
    }
}

/// Writes lanes as rows, unless nobody asked.
#[inline(always)]
fn spread<const N: usize>(out: &mut [f64], start: usize, lanes: &[Lanes<N>]) {
    let width = lanes.len();
    if out.is_empty() || width == 0 {
        return;
    }
    for (lane, row) in out[start * width..(start + N) * width].chunks_exact_mut(width).enumerate() {
        for (slot, values) in row.iter_mut().zip(lanes) {
            *slot = values[lane];
        }
    }
}

/// The part of a buffer with `each` numbers for every row, unless it is empty.
fn part_of<T>(buffer: &mut [T], start: usize, rows: usize, each: usize) -> &mut [T] {
    if buffer.is_empty() { &mut [] } else { &mut buffer[start * each..(start + rows) * each] }
}

impl Scorer {
    /// What the indices of `count` rows that start `stride` numbers apart are made of.
    ///
    /// # Errors
    /// As [`Scorer::score_rows`], and [`Error::Shape`] for a buffer or a baseline of another length.
    ///
    /// ```no_run
    /// use karat_scorer::{Explanations, Scorer};
    /// # fn main() -> karat_scorer::Result<()> {
    /// let scorer = Scorer::open("value.karat")?;
    /// let rows = vec![0.0; 1000 * scorer.schema().len()];
    /// let mut points = vec![0.0; 1000 * scorer.point_count()];
    /// let mut wanted = Explanations { points: &mut points, ..Explanations::default() };
    /// scorer.explain_rows(&rows, scorer.schema().len(), 1000, &mut wanted)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn explain_rows(
        &self,
        rows: &[f64],
        stride: usize,
        count: usize,
        out: &mut Explanations<'_>,
    ) -> Result<()> {
        self.check_rows(rows, stride, count)?;
        self.check_explanations(count, out)?;
        let width = self.schema().len();
        if count == 0 || width > NARROW {
            self.explanations(Rows { values: rows, stride }, count, out);
            return Ok(());
        }
        // Turned into columns first, a part at a time: several times as fast as picking fields out of rows.
        let top = out.reasons.len() / count;
        let (entries, dimensions) = (self.point_count(), self.model.names.dimensions.len());
        let mut turned = [[0.0; PART]; NARROW];
        for start in (0..count).step_by(PART) {
            let size = PART.min(count - start);
            for (row, values) in rows[start * stride..].chunks(stride).take(size).enumerate() {
                for (column, value) in turned.iter_mut().zip(&values[..width]) {
                    column[row] = *value;
                }
            }
            let columns: [&[f64]; NARROW] = std::array::from_fn(|field| &turned[field][..size]);
            let mut part = Explanations {
                index: part_of(out.index, start, size, 1),
                points: part_of(out.points, start, size, entries),
                dimensions: part_of(out.dimensions, start, size, dimensions),
                reasons: part_of(out.reasons, start, size, top),
                shortfalls: part_of(out.shortfalls, start, size, top),
            };
            self.explanations(Columns { columns: &columns[..width] }, size, &mut part);
        }
        Ok(())
    }

    /// What the indices of columns are made of, one slice for each field in the order of the schema.
    ///
    /// # Errors
    /// As [`Scorer::score_columns`], and [`Error::Shape`] for a buffer or a baseline of another length.
    pub fn explain_columns(&self, columns: &[&[f64]], out: &mut Explanations<'_>) -> Result<()> {
        let count = columns.first().map_or(0, |column| column.len());
        self.check_columns(columns, count)?;
        self.check_explanations(count, out)?;
        self.explanations(Columns { columns }, count, out);
        Ok(())
    }

    fn check_explanations(&self, rows: usize, out: &Explanations<'_>) -> Result<()> {
        let entries = self.point_count();
        let top = out.reasons.len().checked_div(rows).unwrap_or(0);
        for (what, wanted, found) in [
            ("indices", rows, out.index.len()),
            ("points", rows * entries, out.points.len()),
            ("dimension scores", rows * self.model.names.dimensions.len(), out.dimensions.len()),
            ("reasons", rows * top.clamp(1, MAX_REASONS), out.reasons.len()),
            ("shortfalls", out.reasons.len(), out.shortfalls.len()),
        ] {
            if found != 0 && found != wanted {
                return Err(Error::shape(what, wanted, found));
            }
        }
        if self.means.is_empty() && !out.reasons.is_empty() {
            return Err(crate::reasons::without_means());
        }
        Ok(())
    }

    fn explanations(&self, source: impl Source, rows: usize, out: &mut Explanations<'_>) {
        let entries = self.point_count();
        let (plain, means) = (self.plain.as_ref(), self.means.as_slice());
        if self.narrow() && entries <= NARROW {
            let batch = self.batch::<_, 32, NARROW>(source);
            dispatch(self.isa, Explain::<_, 32, NARROW, NARROW> { batch, plain, means, rows, entries, out });
        } else {
            let batch = self.batch::<_, 8, MAX_FIELDS>(source);
            dispatch(
                self.isa,
                Explain::<_, 8, MAX_FIELDS, MAX_POINTS> { batch, plain, means, rows, entries, out },
            );
        }
    }
}
