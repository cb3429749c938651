//! Which candidates of a library become wavelons.

use super::super::families::{LANES, Point, Scratch};
use super::super::objective::{Data, load};
use super::super::shape::Shape;
use super::library::Candidate;
use super::{Init, dot};
use crate::numerics::cholesky;

/// Candidates that elimination begins with, at most: those that say most alone.
const BACKWARD: usize = 250;
/// A candidate of which less is left after the others are taken out says nothing new.
const NEW: f64 = 1e-8;

/// The columns that the outer weights multiply: the constant, the inputs, the wavelons.
pub(super) fn design(shape: &Shape, data: &Data, rows: &[u32], at: &[f64]) -> Vec<Vec<f64>> {
    let mut columns = linear_columns(shape, data, rows);
    let first = columns.len();
    columns.extend((0..shape.wavelons).map(|_| Vec::with_capacity(rows.len())));
    // A network whose only output is one wavelon gives its values.
    let one = Shape { outputs: 1, ..*shape };
    let mut probe = vec![0.0; one.parameters()];
    let inner = shape.directions().start..shape.parameters();
    let offset = one.directions().start;
    probe[offset..offset + inner.len()].copy_from_slice(&at[inner]);
    let weights = vec![1.0; rows.len()];
    let mut scratch = Scratch::new(&one);
    let (mut target, mut weight) = ([0.0; LANES], [0.0; LANES]);
    let point = Point::new(&one, &probe);
    for (rows, weights) in rows.chunks(LANES).zip(weights.chunks(LANES)) {
        load(data, rows, weights, &mut scratch.x, &mut target, &mut weight);
        point.forward(&mut scratch);
        for (j, column) in columns[first..].iter_mut().enumerate() {
            column.extend_from_slice(&scratch.value(j)[..rows.len()]);
        }
    }
    columns
}

fn linear_columns(shape: &Shape, data: &Data, rows: &[u32]) -> Vec<Vec<f64>> {
    let mut columns = vec![vec![1.0; rows.len()]];
    if shape.linear {
        columns
            .extend((0..shape.inputs).map(|i| rows.iter().map(|&row| data.row(row as usize)[i]).collect()));
    }
    columns
}

/// As many candidates as there are wavelons, where the library has them.
pub(super) fn choose(
    shape: &Shape,
    data: &Data,
    rows: &[u32],
    targets: &[Vec<f64>],
    library: &[Candidate],
    init: Init,
) -> Vec<usize> {
    // What the linear part explains is taken out of the targets first, and of the candidates where they are
    // made orthogonal.
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for mut column in linear_columns(shape, data, rows) {
        let before = dot(&column, &column);
        project_out(&mut column, &basis);
        let left = dot(&column, &column);
        if left > NEW * before {
            let root = left.sqrt();
            basis.push(column.into_iter().map(|x| x / root).collect());
        }
    }
    let mut residuals = targets.to_vec();
    for residual in &mut residuals {
        project_out(residual, &basis);
    }
    match init {
        Init::Residual => by_residual(shape.wavelons, residuals, library),
        Init::Backward => backward(shape.wavelons, &residuals, library, &basis),
        _ => orthogonal(shape.wavelons, residuals, library, &basis),
    }
}

fn project_out(column: &mut [f64], basis: &[Vec<f64>]) {
    for unit in basis {
        let along = dot(column, unit);
        subtract(column, along, unit);
    }
}

fn subtract(column: &mut [f64], factor: f64, other: &[f64]) {
    for (slot, term) in column.iter_mut().zip(other) {
        *slot -= factor * term;
    }
}

/// Sum over the outputs of what a column explains alone.
fn explained(column: &[f64], square: f64, residuals: &[Vec<f64>]) -> f64 {
    residuals.iter().map(|residual| dot(column, residual)).map(|along| along * along / square).sum()
}

/// Of equals the first.
fn largest(scores: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (at, score) in scores {
        if score > best.map_or(0.0, |(_, score)| score) {
            best = Some((at, score));
        }
    }
    best.map(|(at, _)| at)
}

fn by_residual(wanted: usize, mut residuals: Vec<Vec<f64>>, library: &[Candidate]) -> Vec<usize> {
    let squares: Vec<f64> = library.iter().map(|c| dot(&c.values, &c.values)).collect();
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < wanted {
        let open = (0..library.len()).filter(|at| squares[*at] > 0.0 && !chosen.contains(at));
        let scored = open.map(|at| (at, explained(&library[at].values, squares[at], &residuals)));
        let Some(at) = largest(scored) else { break };
        for residual in &mut residuals {
            let along = dot(&library[at].values, residual) / squares[at];
            subtract(residual, along, &library[at].values);
        }
        chosen.push(at);
    }
    chosen
}

fn orthogonal(
    wanted: usize,
    mut residuals: Vec<Vec<f64>>,
    library: &[Candidate],
    basis: &[Vec<f64>],
) -> Vec<usize> {
    let mut columns: Vec<Vec<f64>> = library.iter().map(|c| c.values.clone()).collect();
    let first: Vec<f64> = columns.iter().map(|c| dot(c, c)).collect();
    for column in &mut columns {
        project_out(column, basis);
    }
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < wanted {
        let scored = (0..columns.len()).filter(|at| !chosen.contains(at)).filter_map(|at| {
            let square = dot(&columns[at], &columns[at]);
            (square > NEW * first[at]).then(|| (at, explained(&columns[at], square, &residuals)))
        });
        let Some(at) = largest(scored) else { break };
        let root = dot(&columns[at], &columns[at]).sqrt();
        let unit: Vec<f64> = columns[at].iter().map(|x| x / root).collect();
        for column in columns.iter_mut().chain(&mut residuals) {
            let along = dot(column, &unit);
            subtract(column, along, &unit);
        }
        chosen.push(at);
    }
    chosen
}

/// Takes away, one after another, the candidate whose loss costs least in squared error.
fn backward(wanted: usize, residuals: &[Vec<f64>], library: &[Candidate], basis: &[Vec<f64>]) -> Vec<usize> {
    let mut columns: Vec<(usize, Vec<f64>, f64)> = Vec::new();
    for (at, candidate) in library.iter().enumerate() {
        let mut column = candidate.values.clone();
        project_out(&mut column, basis);
        let square = dot(&column, &column);
        if square > NEW * dot(&candidate.values, &candidate.values) {
            let score = explained(&column, square, residuals);
            columns.push((at, column, score));
        }
    }
    columns.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    columns.truncate(BACKWARD);
    columns.sort_by_key(|(at, ..)| *at);
    let count = columns.len();
    let Some(mut inverse) = inverse_gram(&columns) else {
        return orthogonal(wanted, residuals.to_vec(), library, basis);
    };
    let mut weights: Vec<Vec<f64>> = residuals
        .iter()
        .map(|residual| {
            let along: Vec<f64> = columns.iter().map(|(_, column, _)| dot(column, residual)).collect();
            (0..count).map(|i| dot(&inverse[i * count..(i + 1) * count], &along)).collect()
        })
        .collect();
    let mut left: Vec<usize> = (0..count).collect();
    while left.len() > wanted {
        let cost =
            |i: usize| weights.iter().map(|w: &Vec<f64>| w[i] * w[i]).sum::<f64>() / inverse[i * count + i];
        let mut least = 0;
        for place in 1..left.len() {
            if cost(left[place]) < cost(left[least]) {
                least = place;
            }
        }
        let gone = left.remove(least);
        let pivot = inverse[gone * count + gone];
        let column: Vec<f64> = (0..count).map(|i| inverse[i * count + gone] / pivot).collect();
        for w in &mut weights {
            let weight = w[gone];
            for (slot, c) in w.iter_mut().zip(&column) {
                *slot -= c * weight;
            }
        }
        for i in 0..count {
            for j in 0..count {
                inverse[i * count + j] -= column[i] * column[j] * pivot;
            }
        }
    }
    left.into_iter().map(|i| columns[i].0).collect()
}

/// The inverse of the products of the columns, a little apart from singular.
fn inverse_gram(columns: &[(usize, Vec<f64>, f64)]) -> Option<Vec<f64>> {
    let count = columns.len();
    let mut gram = vec![0.0; count * count];
    let mut mean = 0.0;
    for i in 0..count {
        for j in 0..=i {
            gram[i * count + j] = dot(&columns[i].1, &columns[j].1);
        }
        mean += gram[i * count + i] / count as f64;
    }
    for i in 0..count {
        gram[i * count + i] += 1e-8 * mean;
    }
    if count == 0 || !cholesky::factor(&mut gram, count) {
        return None;
    }
    let mut inverse = vec![0.0; count * count];
    for i in 0..count {
        inverse[i * count + i] = 1.0;
        cholesky::solve(&gram, &mut inverse[i * count..(i + 1) * count]);
    }
    Some(inverse)
}
