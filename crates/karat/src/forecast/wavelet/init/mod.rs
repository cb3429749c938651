//! Starting parameters.

mod library;
mod selection;

use super::loss::Loss;
use super::objective::{Data, Selection};
use super::shape::Shape;
use crate::numerics::cholesky;
use crate::numerics::random::Random;
use karat_scorer::numerics::ln;
use karat_scorer::step::wavelet::Family;

/// How the wavelons are placed before training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Init {
    /// At random rows, with dilations that span them.
    Random,
    /// In the middle of the range of each input, with a fifth of it as dilation (the heuristic of Oussar,
    /// Rivals, Personnaz and Dreyfus, 1998), a little apart; ridge wavelons as for [`Random`](Init::Random).
    Ranges,
    /// From a dyadic library, each of the best for what those before leave over (residual-based selection).
    Residual,
    /// From a dyadic library by orthogonal least squares (Chen, Billings and Luo, 1989; Zhang, 1997): each takes
    /// away the most of what those before leave over together.
    #[default]
    Orthogonal,
    /// From a dyadic library by elimination of the one that is missed least, until few are left.
    Backward,
}

/// Rows that a library is judged on, at most.
const LIBRARY_ROWS: usize = 2000;

/// Starting parameters of a network.
pub(super) fn start(
    shape: &Shape,
    loss: Loss,
    data: &Data,
    selection: &Selection,
    init: Init,
    random: &mut Random,
) -> Vec<f64> {
    let rows = sample(selection, random);
    let mut at = vec![0.0; shape.parameters()];
    let targets = targets(shape, loss, data, &rows);
    match init {
        Init::Random => scatter(shape, data, &rows, random, &mut at),
        Init::Ranges if shape.family == Family::Ridge => scatter(shape, data, &rows, random, &mut at),
        Init::Ranges => ranges(shape, data, &rows, random, &mut at),
        Init::Residual | Init::Orthogonal | Init::Backward => {
            let library = library::library(shape, data, &rows, random);
            let chosen = selection::choose(shape, data, &rows, &targets, &library, init);
            scatter(shape, data, &rows, random, &mut at);
            for (j, &candidate) in chosen.iter().enumerate() {
                library[candidate].place(shape, j, &mut at);
            }
        }
    }
    outer(shape, loss, data, &rows, &targets, random, &mut at);
    at
}

/// Some of the rows, in their order.
fn sample(selection: &Selection, random: &mut Random) -> Vec<u32> {
    let rows = &selection.rows;
    if rows.len() <= LIBRARY_ROWS {
        return rows.clone();
    }
    let mut order = rows.clone();
    random.shuffle(&mut order);
    order.truncate(LIBRARY_ROWS);
    order.sort_unstable();
    order
}

/// What the outputs are to be, as least squares sees it: numbers, or classes as 0 and 1 less their share.
fn targets(shape: &Shape, loss: Loss, data: &Data, rows: &[u32]) -> Vec<Vec<f64>> {
    let target = |row: &u32| data.target[*row as usize];
    let mut all: Vec<Vec<f64>> = match loss {
        Loss::Softmax => (0..shape.outputs)
            .map(|k| rows.iter().map(|row| if target(row) == k as f64 { 1.0 } else { 0.0 }).collect())
            .collect(),
        _ => vec![rows.iter().map(target).collect()],
    };
    for column in &mut all {
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        for value in column {
            *value -= mean;
        }
    }
    all
}

/// Wavelons at random rows.
fn scatter(shape: &Shape, data: &Data, rows: &[u32], random: &mut Random, at: &mut [f64]) {
    let inputs = shape.inputs;
    let root = (inputs as f64).sqrt();
    for j in 0..shape.wavelons {
        let row = data.row(rows[random.below(rows.len() as u64) as usize] as usize);
        if shape.family == Family::Ridge {
            let place = shape.directions().start + j * inputs;
            let mut shift = 0.5 * random.normal();
            for (slot, x) in at[place..place + inputs].iter_mut().zip(row) {
                *slot = random.normal() / root;
                shift += *slot * x;
            }
            at[shape.translations().start + j] = shift;
        } else {
            // A product of many factors is nothing unless each is wide.
            let wide = if shape.family == Family::Product { ln(2.0 * root) } else { ln(root) };
            for (i, x) in row.iter().enumerate() {
                at[shape.translations().start + j * inputs + i] = *x;
                at[shape.dilations().start + j * inputs + i] = wide;
            }
        }
    }
}

fn ranges(shape: &Shape, data: &Data, rows: &[u32], random: &mut Random, at: &mut [f64]) {
    let bounds = bounds(data, rows);
    for j in 0..shape.wavelons {
        for (i, (low, high)) in bounds.iter().enumerate() {
            let range = if high > low { high - low } else { 1.0 };
            let place = j * shape.inputs + i;
            at[shape.translations().start + place] = 0.5 * (low + high) + 0.01 * range * random.normal();
            at[shape.dilations().start + place] = ln(0.2 * range);
        }
    }
}

/// Least and most of each input.
fn bounds(data: &Data, rows: &[u32]) -> Vec<(f64, f64)> {
    let mut bounds = vec![(f64::INFINITY, f64::NEG_INFINITY); data.columns];
    for &row in rows {
        for ((low, high), &x) in bounds.iter_mut().zip(data.row(row as usize)) {
            *low = low.min(x);
            *high = high.max(x);
        }
    }
    bounds
}

/// The constants, linear terms and weights by least squares, as a start.
fn outer(
    shape: &Shape,
    loss: Loss,
    data: &Data,
    rows: &[u32],
    targets: &[Vec<f64>],
    random: &mut Random,
    at: &mut [f64],
) {
    let columns = selection::design(shape, data, rows, at);
    let count = columns.len();
    let mut matrix = vec![0.0; count * count];
    for i in 0..count {
        for j in 0..=i {
            matrix[i * count + j] = dot(&columns[i], &columns[j]);
        }
        matrix[i * count + i] += 1e-8 * (rows.len() as f64 + matrix[i * count + i]);
    }
    let solved = cholesky::factor(&mut matrix, count);
    // The slope of the logistic function at one half is a quarter; half of that to be careful.
    let stretch = if matches!(loss, Loss::Squared | Loss::Huber(_)) { 1.0 } else { 2.0 };
    for (k, target) in targets.iter().enumerate().take(shape.outputs) {
        let mut coefficients: Vec<f64> = columns.iter().map(|column| dot(column, target)).collect();
        if solved {
            cholesky::solve(&matrix, &mut coefficients);
        } else {
            coefficients.fill(0.0);
        }
        let mut rest = coefficients.into_iter().map(|c| if c.abs() < 1e3 { stretch * c } else { 0.0 });
        at[shape.bias().start + k] = rest.next().unwrap_or(0.0);
        if shape.linear {
            let place = shape.linear().start + k * shape.inputs;
            for slot in &mut at[place..place + shape.inputs] {
                *slot = rest.next().unwrap_or(0.0);
            }
        }
        let place = shape.weights().start + k * shape.wavelons;
        for slot in &mut at[place..place + shape.wavelons] {
            // Equal wavelons would stay equal without a difference in their weights.
            *slot = rest.next().unwrap_or(0.0) + 1e-3 * random.normal();
        }
    }
    priors(shape, loss, data, rows, at);
}

/// Constants that give every class its share.
fn priors(shape: &Shape, loss: Loss, data: &Data, rows: &[u32], at: &mut [f64]) {
    let share = |below: f64| {
        let count = rows.iter().filter(|&&row| data.target[row as usize] < below).count();
        (count as f64 + 0.5) / (rows.len() as f64 + 1.0)
    };
    match loss {
        Loss::Logistic => at[0] += ln((1.0 - share(1.0)) / share(1.0)),
        Loss::Softmax => {
            for k in 0..shape.outputs {
                at[k] += ln((share(k as f64 + 1.0) - share(k as f64)).max(1e-3));
            }
        }
        Loss::Ordered => {
            let threshold = |k: usize| ln(share(k as f64 + 1.0) / (1.0 - share(k as f64 + 1.0)));
            at[0] -= threshold(0);
            for (gap, place) in shape.gaps().enumerate() {
                at[place] = ln((threshold(gap + 1) - threshold(gap)).max(1e-2));
            }
        }
        Loss::Squared | Loss::Huber(_) => {
            let mean = rows.iter().map(|&row| data.target[row as usize]).sum::<f64>() / rows.len() as f64;
            at[0] += mean;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    karat_scorer::numerics::ordered_dot(a, b)
}
