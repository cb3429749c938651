//! A dyadic library of candidate wavelons.

use super::super::objective::Data;
use super::super::shape::Shape;
use super::bounds;
use crate::numerics::random::Random;
use karat_scorer::numerics::ln;
use karat_scorer::step::wavelet::Family;

/// A wavelon that may be chosen.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// Of ridge wavelons.
    direction: Vec<f64>,
    translations: Vec<f64>,
    dilations: Vec<f64>,
    /// On the rows that the library is judged on.
    pub(super) values: Vec<f64>,
}

impl Candidate {
    /// Puts it in the place of wavelon `j`.
    pub(super) fn place(&self, shape: &Shape, j: usize, at: &mut [f64]) {
        let each = self.translations.len();
        if shape.family == Family::Ridge {
            let place = shape.directions().start + j * shape.inputs;
            at[place..place + shape.inputs].copy_from_slice(&self.direction);
        }
        for i in 0..each {
            at[shape.translations().start + j * each + i] = self.translations[i];
            at[shape.dilations().start + j * each + i] = ln(self.dilations[i]);
        }
    }
}

/// Levels of a lattice, each with half the dilations of the one before.
const LEVELS: u32 = 6;
/// Candidates of a lattice, at most; beyond, levels are left out, and then rows are the centers.
const LATTICE: usize = 800;
/// Centers drawn at each level where a lattice would be too large.
const CENTERS: usize = 250;
/// Random directions of ridge wavelons.
const DIRECTIONS: usize = 30;
/// Rows that have to lie within the support of a candidate.
const SUPPORT: usize = 5;

/// All candidates that enough rows can tell from nothing.
pub(super) fn library(shape: &Shape, data: &Data, rows: &[u32], random: &mut Random) -> Vec<Candidate> {
    if shape.family == Family::Ridge {
        ridges(shape, data, rows, random)
    } else {
        boxes(shape, data, rows, random)
    }
}

fn ridges(shape: &Shape, data: &Data, rows: &[u32], random: &mut Random) -> Vec<Candidate> {
    let inputs = shape.inputs;
    let mut directions: Vec<Vec<f64>> = Vec::new();
    for (i, (low, high)) in bounds(data, rows).iter().enumerate() {
        if high > low && directions.len() < 2 * DIRECTIONS {
            let mut axis = vec![0.0; inputs];
            axis[i] = 1.0;
            directions.push(axis);
        }
    }
    let levels = if inputs == 1 { LEVELS } else { 3 };
    if inputs > 1 {
        let root = (inputs as f64).sqrt();
        directions.extend(
            (0..DIRECTIONS).map(|_| (0..inputs).map(|_| random.normal() / root).collect::<Vec<f64>>()),
        );
    }
    let mut all = Vec::new();
    for direction in directions {
        let along: Vec<f64> = rows
            .iter()
            .map(|&row| karat_scorer::numerics::ordered_dot(data.row(row as usize), &direction))
            .collect();
        let low = along.iter().copied().fold(f64::INFINITY, f64::min);
        let high = along.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low >= high {
            continue;
        }
        for (dilation, steps) in levels_of(high - low, levels) {
            for step in 0..=steps {
                let center = low + f64::from(step) * dilation;
                if along.iter().filter(|&&p| (p - center).abs() < 2.0 * dilation).count() < SUPPORT {
                    continue;
                }
                let values = along.iter().map(|p| shape.mother.value((p - center) / dilation)).collect();
                all.push(Candidate {
                    direction: direction.clone(),
                    translations: vec![center],
                    dilations: vec![dilation],
                    values,
                });
            }
        }
    }
    all
}

/// Dilation and steps of each level over a range.
fn levels_of(range: f64, levels: u32) -> impl Iterator<Item = (f64, u32)> {
    (0..levels).map(move |level| {
        let steps = 2_u32 << level;
        (range / f64::from(steps), steps)
    })
}

fn boxes(shape: &Shape, data: &Data, rows: &[u32], random: &mut Random) -> Vec<Candidate> {
    let bounds = bounds(data, rows);
    let range = |i: usize| {
        let (low, high) = bounds[i];
        if high > low { high - low } else { 1.0 }
    };
    let mut all = Vec::new();
    for level in 0..LEVELS {
        let steps = 2_u32 << level;
        let dilations: Vec<f64> = (0..shape.inputs).map(|i| range(i) / f64::from(steps)).collect();
        let points = (f64::from(steps) + 1.0, shape.inputs);
        match lattice_size(points) {
            Some(size) if all.len() + size <= LATTICE => {
                for number in 0..size {
                    let mut rest = number;
                    let center = (0..shape.inputs)
                        .map(|i| {
                            let step = rest % (steps as usize + 1);
                            rest /= steps as usize + 1;
                            bounds[i].0 + step as f64 * dilations[i]
                        })
                        .collect();
                    all.extend(supported(shape, data, rows, center, dilations.clone()));
                }
            }
            _ if level < 3 && shape.inputs > 2 => {
                let root = (shape.inputs as f64).sqrt();
                let wide: Vec<f64> = dilations.iter().map(|d| d * root).collect();
                for _ in 0..CENTERS {
                    let row = rows[random.below(rows.len() as u64) as usize];
                    all.extend(supported(shape, data, rows, data.row(row as usize).to_vec(), wide.clone()));
                }
            }
            _ => break,
        }
    }
    all
}

fn lattice_size((points, inputs): (f64, usize)) -> Option<usize> {
    let mut size = 1.0;
    for _ in 0..inputs {
        size *= points;
        if size > LATTICE as f64 {
            return None;
        }
    }
    Some(size as usize)
}

/// The candidate, if enough rows lie within twice its dilations.
fn supported(
    shape: &Shape,
    data: &Data,
    rows: &[u32],
    translations: Vec<f64>,
    dilations: Vec<f64>,
) -> Option<Candidate> {
    let mut near = 0;
    let mut values = Vec::with_capacity(rows.len());
    for &row in rows {
        let mut product = 1.0;
        let mut square = 0.0;
        let mut inside = true;
        for ((x, t), d) in data.row(row as usize).iter().zip(&translations).zip(&dilations) {
            let u = (x - t) / d;
            inside &= u.abs() < 2.0;
            square += u * u;
            if shape.family == Family::Product {
                product *= shape.mother.value(u);
            }
        }
        near += usize::from(inside);
        values.push(match shape.family {
            Family::Product => product,
            _ if shape.mother == karat_scorer::step::wavelet::Mother::MexicanHat => {
                (shape.inputs as f64 - square) * karat_scorer::numerics::exp(-0.5 * square)
            }
            _ => shape.mother.value(square.sqrt()),
        });
    }
    (near >= SUPPORT.min(rows.len())).then_some(Candidate {
        direction: Vec::new(),
        translations,
        dilations,
        values,
    })
}
