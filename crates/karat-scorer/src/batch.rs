//! Batches of customers: their records, or their index alone.
//!
//! Customers are taken in blocks and scored side by side; the bits are those of one row. The index alone
//! takes a short way ([`Plain`]) through blocks in which nothing is missing, and [`evaluate`] through others.

use crate::evaluate::{Nothing, Source, evaluate};
use crate::isa::{Batched, Machine};
use crate::model::Model;
use crate::plain::Plain;
use crate::score::Score;
use crate::step::Ready;

/// Customers scored side by side in what is left of a batch after its whole blocks.
const REST: usize = 8;

/// What is done with a block of `N` rows.
pub(crate) trait Block {
    fn block<M: Machine, const N: usize>(&mut self, start: usize);
}

/// Rows `0 .. rows` in blocks of `LANES`, then of [`REST`], then one by one.
#[inline(always)]
pub(crate) fn in_blocks<M: Machine, const LANES: usize>(rows: usize, work: &mut impl Block) {
    let mut start = 0;
    while rows - start >= LANES {
        work.block::<M, LANES>(start);
        start += LANES;
    }
    while rows - start >= REST {
        work.block::<M, REST>(start);
        start += REST;
    }
    while start < rows {
        work.block::<M, 1>(start);
        start += 1;
    }
}

/// A model and the rows that it is to score; the caller has checked that they exist.
///
/// `LANES` customers are scored side by side: more hide more latency, but need more stack. `WIDTH` bounds
/// fields and indicators.
pub(crate) struct Batch<'a, S, const LANES: usize, const WIDTH: usize> {
    pub(crate) model: &'a Model,
    pub(crate) ready: &'a Ready,
    pub(crate) source: S,
}

/// Fills `out` with records.
pub(crate) struct Records<'a, S, const LANES: usize, const WIDTH: usize> {
    pub(crate) batch: Batch<'a, S, LANES, WIDTH>,
    pub(crate) out: &'a mut [Score],
}

impl<S: Source, const LANES: usize, const WIDTH: usize> Batched for Records<'_, S, LANES, WIDTH> {
    #[inline(always)]
    fn run<M: Machine>(mut self) {
        in_blocks::<M, LANES>(self.out.len(), &mut self);
    }
}

impl<S: Source, const LANES: usize, const WIDTH: usize> Block for Records<'_, S, LANES, WIDTH> {
    #[inline(always)]
    fn block<M: Machine, const N: usize>(&mut self, start: usize) {
        let Batch { model, ready, source } = &self.batch;
        let scores = evaluate::<N, WIDTH, _>(model, ready, source, start, &mut Nothing);
        self.out[start..start + N].copy_from_slice(&scores);
    }
}

/// Fills `out` with the index of each row.
pub(crate) struct Indices<'a, S, const LANES: usize, const WIDTH: usize> {
    pub(crate) batch: Batch<'a, S, LANES, WIDTH>,
    pub(crate) plain: Option<&'a Plain>,
    pub(crate) out: &'a mut [f64],
}

impl<S: Source, const LANES: usize, const WIDTH: usize> Batched for Indices<'_, S, LANES, WIDTH> {
    #[inline(always)]
    fn run<M: Machine>(mut self) {
        in_blocks::<M, LANES>(self.out.len(), &mut self);
    }
}

impl<S: Source, const LANES: usize, const WIDTH: usize> Block for Indices<'_, S, LANES, WIDTH> {
    #[inline(always)]
    fn block<M: Machine, const N: usize>(&mut self, start: usize) {
        let out = &mut self.out[start..start + N];
        if let Some(plain) = self.plain
            && let Some(index) = plain.index::<M, S, N>(&self.batch.source, start)
        {
            out.copy_from_slice(&index);
            return;
        }
        let Batch { model, ready, source } = &self.batch;
        let scores = evaluate::<N, WIDTH, _>(model, ready, source, start, &mut Nothing);
        out.iter_mut().zip(&scores).for_each(|(index, score)| *index = score.index);
    }
}
