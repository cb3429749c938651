//! The mean loss over rows with its penalties, and its gradient.

use super::families::{LANES, Lanes, Point, Scratch};
use super::loss::Loss;
use super::network::Decay;
use super::shape::Shape;
use crate::numerics::parallel::Chunks;
use karat_scorer::numerics::exp;
use karat_scorer::{Isa, Kernel};
use std::ops::Range;

/// Rows of a chunk, whose sums are added up in order whatever the number of threads.
const CHUNK: usize = 1024;

/// Coded inputs and targets of all rows.
#[derive(Debug)]
pub(super) struct Data {
    /// Row by row.
    pub(super) inputs: Vec<f64>,
    pub(super) columns: usize,
    /// Standardised numbers, or positions of classes.
    pub(super) target: Vec<f64>,
}

impl Data {
    pub(super) fn rows(&self) -> usize {
        self.target.len()
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.inputs[row * self.columns..(row + 1) * self.columns]
    }
}

/// Rows that count, and how much.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selection {
    pub(super) rows: Vec<u32>,
    pub(super) weights: Vec<f64>,
}

impl Selection {
    pub(super) fn total(&self) -> f64 {
        self.weights.iter().sum()
    }
}

/// The objective of a fit.
#[derive(Debug, Clone)]
pub(super) struct Objective<'a> {
    pub(super) shape: Shape,
    pub(super) loss: Loss,
    pub(super) decay: Decay,
    pub(super) data: &'a Data,
    pub(super) selection: Selection,
    pub(super) threads: usize,
}

impl Objective<'_> {
    /// Mean loss with penalties; puts the gradient in place.
    pub(super) fn evaluate(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let sums = self.over(0..self.selection.rows.len(), at, true, self.threads);
        self.finish(at, &sums, self.selection.total(), gradient)
    }

    /// The same over some of the rows, of a mini-batch.
    pub(super) fn evaluate_part(&self, part: Range<usize>, at: &[f64], gradient: &mut [f64]) -> f64 {
        let total: f64 = self.selection.weights[part.clone()].iter().sum();
        let sums = self.over(part, at, true, 1);
        self.finish(at, &sums, total, gradient)
    }

    /// Mean loss without penalties.
    pub(super) fn mean_loss(&self, at: &[f64]) -> f64 {
        self.over(0..self.selection.rows.len(), at, false, self.threads).loss / self.selection.total()
    }

    /// Loss of each row of the selection, without its weight.
    pub(super) fn row_losses(&self, at: &[f64]) -> Vec<f64> {
        let point = Point::new(&self.shape, at);
        let thresholds = thresholds(&at[self.shape.gaps()]);
        let mut scratch = Scratch::new(&self.shape);
        let mut slopes = vec![[0.0; LANES]; thresholds.len()];
        let (mut target, mut weight) = ([0.0; LANES], [0.0; LANES]);
        let mut losses = Vec::with_capacity(self.selection.rows.len());
        for rows in self.selection.rows.chunks(LANES) {
            load(self.data, rows, &[1.0; LANES][..rows.len()], &mut scratch.x, &mut target, &mut weight);
            point.forward(&mut scratch);
            let of_block =
                self.loss.of_block(&scratch.z, &target, &thresholds, &mut scratch.delta, &mut slopes);
            losses.extend_from_slice(&of_block[..rows.len()]);
        }
        losses
    }

    fn finish(&self, at: &[f64], sums: &Sums, total: f64, gradient: &mut [f64]) -> f64 {
        for (slot, sum) in gradient.iter_mut().zip(&sums.gradient) {
            *slot = sum / total;
        }
        let mut penalty = 0.0;
        for (range, strength) in self.penalised() {
            for place in range {
                penalty += 0.5 * strength * at[place] * at[place];
                gradient[place] += strength * at[place];
            }
        }
        sums.loss / total + penalty
    }

    /// Which parameters are pulled to zero, and how strongly.
    pub(super) fn penalised(&self) -> [(Range<usize>, f64); 4] {
        let (shape, decay) = (&self.shape, &self.decay);
        [
            (shape.linear(), decay.linear),
            (shape.weights(), decay.network),
            (shape.directions(), decay.network),
            (shape.dilations(), decay.dilation),
        ]
    }

    fn over(&self, rows: Range<usize>, at: &[f64], with_gradient: bool, threads: usize) -> Sums {
        let point = Point::new(&self.shape, at);
        let thresholds = thresholds(&at[self.shape.gaps()]);
        let isa = Isa::detect();
        let pass = |part: Range<usize>| {
            let part = rows.start + part.start..rows.start + part.end;
            isa.run(Pass { objective: self, point: &point, thresholds: &thresholds, part, with_gradient })
        };
        let chunks = Chunks { task: "fitting a wavelet network", rows: rows.len(), chunk: CHUNK, threads };
        let start = Sums { loss: 0.0, gradient: vec![0.0; if with_gradient { at.len() } else { 0 }] };
        // An observer that never stops: the pass cannot fail.
        chunks.map_reduce(pass, start, Sums::merge, &mut |_| true).unwrap_or_else(|_| Sums {
            loss: f64::INFINITY,
            gradient: vec![0.0; if with_gradient { at.len() } else { 0 }],
        })
    }
}

/// Thresholds of ordered classes from the logarithms of their gaps; the first is 0.
pub(super) fn thresholds(gaps: &[f64]) -> Vec<f64> {
    let mut all = vec![0.0];
    let mut last = 0.0;
    for gap in gaps {
        last += exp(*gap);
        all.push(last);
    }
    all
}

/// Sums over rows.
#[derive(Debug)]
pub(super) struct Sums {
    loss: f64,
    gradient: Vec<f64>,
}

impl Sums {
    fn merge(&mut self, other: Sums) {
        self.loss += other.loss;
        for (slot, term) in self.gradient.iter_mut().zip(other.gradient) {
            *slot += term;
        }
    }
}

struct Pass<'a> {
    objective: &'a Objective<'a>,
    point: &'a Point<'a>,
    thresholds: &'a [f64],
    part: Range<usize>,
    with_gradient: bool,
}

/// Fills the inputs of a block from up to eight rows; lanes beyond the last repeat the first with weight 0.
#[inline(always)]
pub(super) fn load(
    data: &Data,
    rows: &[u32],
    weights: &[f64],
    x: &mut [Lanes],
    target: &mut Lanes,
    weight: &mut Lanes,
) {
    for lane in 0..LANES {
        let (row, counts) = match rows.get(lane) {
            Some(&row) => (row as usize, weights[lane]),
            None => (rows[0] as usize, 0.0),
        };
        target[lane] = data.target[row];
        weight[lane] = counts;
        for (x, value) in x.iter_mut().zip(data.row(row)) {
            x[lane] = *value;
        }
    }
}

impl Kernel for Pass<'_> {
    type Output = Sums;

    #[inline(always)]
    fn run(self) -> Sums {
        let Pass { objective, point, thresholds, part, with_gradient } = self;
        let shape = &objective.shape;
        let mut scratch = Scratch::new(shape);
        let mut gradient = vec![[0.0; LANES]; if with_gradient { shape.parameters() } else { 0 }];
        let mut slopes = vec![[0.0; LANES]; thresholds.len()];
        let mut row_slopes = slopes.clone();
        let (mut target, mut weight) = ([0.0; LANES], [0.0; LANES]);
        let mut loss = [0.0; LANES];
        let rows = &objective.selection.rows[part.clone()];
        let weights = &objective.selection.weights[part];
        for (rows, weights) in rows.chunks(LANES).zip(weights.chunks(LANES)) {
            load(objective.data, rows, weights, &mut scratch.x, &mut target, &mut weight);
            point.forward(&mut scratch);
            row_slopes.fill([0.0; LANES]);
            let row_loss =
                objective.loss.of_block(&scratch.z, &target, thresholds, &mut scratch.delta, &mut row_slopes);
            for lane in 0..LANES {
                loss[lane] += weight[lane] * row_loss[lane];
            }
            if !with_gradient {
                continue;
            }
            for delta in &mut scratch.delta {
                for lane in 0..LANES {
                    delta[lane] *= weight[lane];
                }
            }
            if shape.gaps > 0 {
                for (slot, slope) in slopes.iter_mut().zip(&row_slopes) {
                    for lane in 0..LANES {
                        slot[lane] += weight[lane] * slope[lane];
                    }
                }
            }
            point.backward(&scratch, &mut gradient);
        }
        let mut sums = Sums {
            loss: loss.iter().sum(),
            gradient: gradient.iter().map(|lanes| lanes.iter().sum()).collect(),
        };
        // A gap moves its own threshold and all above it.
        for (gap, place) in shape.gaps().enumerate() {
            if with_gradient {
                let above: f64 = slopes[gap + 1..].iter().flatten().sum();
                sums.gradient[place] = above * exp(point.at[place]);
            }
        }
        sums
    }
}
