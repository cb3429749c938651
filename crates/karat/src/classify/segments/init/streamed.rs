//! Masses in the order of the table: one read of the rows for each center.
//!
//! The last center is held back until the next candidates are evaluated: one pass does both.

use super::super::table::{CHUNK, LANES, Lanes};
use super::super::value::Value;
use super::Masses;
use super::content::ContentOrder;
use super::kernel::{Packed, add_units, lower, squared_distances, whole};
use super::mass::{Unit, WeighedWork, Weighing};
use super::rows::Rows;
use crate::numerics::parallel::over_slots;
use karat_scorer::{Isa, Kernel};

/// The squared distance of every row to the nearest center.
#[derive(Debug)]
pub(super) struct Streamed<'a, T> {
    rows: Rows<'a, T>,
    order: &'a ContentOrder,
    threads: usize,
    unit: Unit,
    squares: Vec<f64>,
    held_back: Option<Vec<f64>>,
}

impl<'a, T: Value> Streamed<'a, T> {
    pub(super) fn new(rows: Rows<'a, T>, order: &'a ContentOrder, threads: usize) -> Streamed<'a, T> {
        let squares = match rows.weights {
            None => vec![f64::INFINITY; rows.count],
            Some(weights) => {
                weights.iter().map(|&weight| if weight > 0.0 { f64::INFINITY } else { 0.0 }).collect()
            }
        };
        Streamed { rows, order, threads, unit: Unit::of(&rows), squares, held_back: None }
    }

    /// Lowers masses by the center held back and adds up those that each candidate would leave.
    fn pass(&mut self, candidates: &[Vec<f64>]) -> Vec<u64> {
        let held_back = self.held_back.take();
        let packed = Packed::new(candidates);
        let (rows, unit) = (&self.rows, &self.unit);
        let parts = over_slots(self.threads, CHUNK, &mut self.squares, |part, squares| {
            let center = held_back.as_deref();
            unit.weigh(Part { rows, start: part.start, squares, center, candidates: &packed })
        });
        add_parts(&parts, candidates.len())
    }

    /// The masses in units, added up.
    fn sum(&mut self) -> u64 {
        let (rows, unit) = (&self.rows, &self.unit);
        let parts = over_slots(self.threads, CHUNK, &mut self.squares, |part, squares| {
            unit.weigh(Count { rows, start: part.start, squares })
        });
        parts.iter().sum()
    }

    /// The largest of what bounds the units of a row.
    fn largest(&self) -> f64 {
        let mut lanes = [0.0; LANES];
        for (number, squares) in self.squares.chunks(LANES).enumerate() {
            for (lane, (most, &square)) in lanes.iter_mut().zip(squares).enumerate() {
                let bounded = self.unit.bounded(square, self.rows.weight(number * LANES + lane));
                *most = if bounded > *most { bounded } else { *most };
            }
        }
        lanes.into_iter().fold(0.0, f64::max)
    }
}

/// Sums of parts, place by place; wrapping, as gains do while no unit is settled.
pub(super) fn add_parts(parts: &[Vec<u64>], places: usize) -> Vec<u64> {
    let sum = |place: usize| parts.iter().fold(0, |sum: u64, part| sum.wrapping_add(part[place]));
    (0..places).map(sum).collect()
}

impl<T: Value> Masses for Streamed<'_, T> {
    fn approach(&mut self, center: &[f64]) {
        if self.held_back.is_some() {
            self.pass(&[]);
        }
        self.held_back = Some(center.to_vec());
    }

    fn settle(&mut self) -> u64 {
        self.pass(&[]);
        let largest = self.largest();
        if largest == 0.0 {
            return 0;
        }
        self.unit = self.unit.for_largest(largest);
        let total = self.sum();
        self.unit = self.unit.for_total(total);
        self.sum()
    }

    fn potentials(&mut self, candidates: &[Vec<f64>]) -> Vec<u64> {
        self.pass(candidates)
    }

    fn bucket_sums(&self) -> Vec<u64> {
        let mut sums = vec![0; self.order.buckets()];
        for (row, (&square, &bucket)) in self.squares.iter().zip(&self.order.bucket_of).enumerate() {
            sums[usize::from(bucket)] += self.unit.units(square, self.rows.weight(row));
        }
        sums
    }

    fn units(&self, row: usize) -> u64 {
        let mut square = self.squares[row];
        if let Some(center) = &self.held_back {
            let other = self.rows.squared_distance(row, center);
            square = if other < square { other } else { square };
        }
        self.unit.units(square, self.rows.weight(row))
    }
}

/// One thread's masses, to be added up.
struct Count<'a, T> {
    rows: &'a Rows<'a, T>,
    start: usize,
    squares: &'a [f64],
}

impl<T: Value> WeighedWork for Count<'_, T> {
    type Output = u64;

    #[inline(always)]
    fn run<W: Weighing>(self, weighing: W) -> u64 {
        Isa::detect().run(Weighed(self, weighing))
    }
}

impl<T: Value, W: Weighing> Kernel for Weighed<Count<'_, T>, W> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let Weighed(Count { rows, start, squares }, weighing) = self;
        let mut sums = [0_u64; LANES];
        let mut blocks = 0;
        for (number, squares) in squares.chunks(LANES).enumerate() {
            let (mut masses, mut weights) = ([0.0; LANES], [0.0; LANES]);
            for (lane, &square) in squares.iter().enumerate() {
                (masses[lane], weights[lane]) = (square, rows.weight(start + number * LANES + lane));
            }
            add_units(&mut sums, weighing, &masses, &weights);
            blocks += 1;
        }
        whole(&sums, blocks)
    }
}

/// One thread's rows.
struct Part<'a, 'b, T> {
    rows: &'a Rows<'a, T>,
    start: usize,
    squares: &'b mut [f64],
    center: Option<&'a [f64]>,
    candidates: &'a Packed,
}

impl<T: Value> WeighedWork for Part<'_, '_, T> {
    type Output = Vec<u64>;

    #[inline(always)]
    fn run<W: Weighing>(self, weighing: W) -> Vec<u64> {
        Isa::detect().run(Weighed(self, weighing))
    }
}

struct Weighed<P, W>(P, W);

impl<T: Value, W: Weighing> Kernel for Weighed<Part<'_, '_, T>, W> {
    type Output = Vec<u64>;

    #[inline(always)]
    fn run(self) -> Vec<u64> {
        let Weighed(part, weighing) = self;
        let Part { rows, start, squares, center, candidates } = part;
        let mut tally = Tally {
            rows,
            center,
            candidates,
            weighing,
            block: vec![[0.0; LANES]; rows.columns],
            sums: vec![[0_u64; LANES]; candidates.count],
        };
        let (whole_blocks, rest) = squares.as_chunks_mut::<LANES>();
        let mut blocks = whole_blocks.len();
        for (number, squares) in whole_blocks.iter_mut().enumerate() {
            tally.add(start + number * LANES, LANES, squares);
        }
        if !rest.is_empty() {
            // Lanes beyond weigh nothing.
            let mut last = [0.0; LANES];
            last[..rest.len()].copy_from_slice(rest);
            tally.add(start + blocks * LANES, rest.len(), &mut last);
            rest.copy_from_slice(&last[..rest.len()]);
            blocks += 1;
        }
        tally.sums.iter().map(|sums| whole(sums, blocks as u64)).collect()
    }
}

/// The masses of a part, block by block.
struct Tally<'a, T, W> {
    rows: &'a Rows<'a, T>,
    center: Option<&'a [f64]>,
    candidates: &'a Packed,
    weighing: W,
    block: Vec<Lanes>,
    sums: Vec<[u64; LANES]>,
}

impl<T: Value, W: Weighing> Tally<'_, T, W> {
    /// Lowers the squares of `count` rows from `start`, and adds up what each candidate would leave of them.
    #[inline(always)]
    fn add(&mut self, start: usize, count: usize, squares: &mut Lanes) {
        self.rows.gather(start, &mut self.block);
        if let Some(center) = self.center {
            let lowered = lower(&squared_distances(&self.block, center), squares);
            squares[..count].copy_from_slice(&lowered[..count]);
        }
        let mut weights = [0.0; LANES];
        if let Some(given) = self.rows.weights {
            weights[..count].copy_from_slice(&given[start..start + count]);
        }
        let (sums, weighing, squares) = (&mut self.sums, self.weighing, &*squares);
        self.candidates.distances(&self.block, |candidate, distances| {
            add_units(&mut sums[candidate], weighing, &lower(distances, squares), &weights);
        });
    }
}
