//! What the indices of a batch are made of, and which entries fall furthest short of the mean customer.

use crate::batch::{Batch, Block, in_blocks};
use crate::evaluate::{Sink, Source, evaluate};
use crate::furthest_short::furthest_short;
use crate::isa::{Batched, Machine};
use crate::numerics::NAN;
use crate::plain::Plain;
use crate::reasons::{MAX_REASONS, against};
use crate::score::NONE;
use crate::step::{Lanes, MAX_DIMENSIONS};

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
