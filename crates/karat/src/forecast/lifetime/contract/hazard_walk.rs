//! The walk over the periods of customers that sums up a likelihood of discrete hazards.

use super::check::Observed;
use super::fields::Fields;
use super::regression::{Sums, at};
use crate::numerics::parallel::Chunks;
use karat_scorer::Result;
use karat_scorer::numerics::{exp, exp_m1, ln, ln_1p, sigmoid};
use karat_scorer::step::HazardLink;
use std::ops::Range;

const CHUNK: usize = 4096;

/// State of the contract in a period.
fn clock_state(period: usize, term: usize) -> usize {
    if term == 0 { 0 } else { 2 - usize::from(period.is_multiple_of(term)) }
}

/// What is walked.
pub(super) struct Walk<'a> {
    pub(super) observed: Observed<'a>,
    pub(super) fields: Fields<'a>,
    pub(super) terms: Option<&'a [f64]>,
    pub(super) bands: &'a [f64],
    pub(super) logarithm: bool,
    pub(super) base: usize,
    pub(super) link: HazardLink,
}

/// Likelihood of one period and its first two derivatives by the linear predictor (the second negated).
fn period_terms(link: HazardLink, score: f64, lost: bool) -> (f64, f64, f64) {
    if link == HazardLink::Logit {
        let chance = sigmoid(score);
        let event = f64::from(u8::from(lost));
        let loss = score.max(0.0) - event * score + ln_1p(exp(-score.abs()));
        return (-loss, event - chance, chance * (1.0 - chance));
    }
    let rate = exp(score.min(60.0));
    if !lost {
        return (-rate, -rate, rate);
    }
    // ln(1 - exp(-rate)) with w = rate / (exp(rate) - 1).
    let grown = exp_m1(rate);
    let w = if grown.is_finite() { rate / grown } else { 0.0 };
    let value = super::jet::ln_complement(-rate);
    (value, w, -w * (1.0 - rate - w))
}

impl Walk<'_> {
    fn term(&self, row: usize) -> usize {
        self.terms.map_or(0, |terms| terms[row] as usize)
    }

    /// Exits and periods.
    pub(super) fn totals(&self) -> (f64, f64) {
        let (mut lost, mut periods) = (0.0, 0.0);
        for row in 0..self.observed.durations.len() {
            let weight = self.observed.weight(row);
            periods += weight * (self.observed.durations[row] - self.observed.entry(row)).max(0.0);
            lost += weight * self.observed.events[row];
        }
        (lost, periods)
    }

    /// Values of the baseline's columns for every period and state of the contract.
    fn cells(&self) -> Vec<f64> {
        let longest = self.observed.durations.iter().fold(0.0_f64, |most, &time| most.max(time)) as usize;
        let mut cells = vec![0.0; (longest + 1) * 3 * self.base];
        for period in 1..=longest {
            for state in 0..3 {
                let cell = &mut cells[(period * 3 + state) * self.base..][..self.base];
                if self.logarithm {
                    cell[0] = 1.0;
                    cell[1] = ln(period as f64);
                } else if self.bands.len() < 2 {
                    cell[0] = 1.0;
                } else {
                    cell[self.bands.partition_point(|&to| to < period as f64)] = 1.0;
                }
                if self.terms.is_some() && state > 0 {
                    cell[self.base - 3 + state] = 1.0;
                }
            }
        }
        cells
    }

    /// Likelihood, gradient and information.
    pub(super) fn sums(&self, position: &[f64], threads: usize) -> Result<Sums> {
        let cells = self.cells();
        let levels: Vec<f64> = cells
            .chunks_exact(self.base)
            .map(|cell| cell.iter().zip(position).map(|(x, b)| x * b).sum())
            .collect();
        let rows = self.observed.durations.len();
        let chunks = Chunks { task: "fitting hazards", rows, chunk: CHUNK, threads };
        let start = Part::new(levels.len(), position.len() - self.base, Sums::new(position.len()));
        let part = |rows: Range<usize>| self.part(rows, position, &levels);
        let part = chunks.map_reduce(part, start, |sum, part| sum.merge(&part), &mut |_| true)?;
        Ok(self.assemble(part, &cells))
    }

    fn part(&self, rows: Range<usize>, position: &[f64], levels: &[f64]) -> Part {
        let width = position.len() - self.base;
        let mut part = Part::new(levels.len(), width, Sums::new(position.len()));
        let mut x = vec![0.0; width];
        for row in rows {
            for (x, column) in x.iter_mut().zip(self.fields.columns) {
                *x = column[row];
            }
            let score = self.fields.score(row, &position[self.base..]);
            let (weight, term) = (self.observed.weight(row), self.term(row));
            let last = self.observed.durations[row] as usize;
            let left = self.observed.events[row] == 1.0;
            let (mut slope, mut bend) = (0.0, 0.0);
            for period in self.observed.entry(row) as usize + 1..=last {
                let cell = period * 3 + clock_state(period, term);
                let (value, first, second) =
                    period_terms(self.link, levels[cell] + score, left && period == last);
                part.sums.value += weight * value;
                let (first, second) = (weight * first, weight * second);
                part.slopes[cell] += first;
                part.bends[cell] += second;
                slope += first;
                bend += second;
                for (mixed, x) in part.mixed[cell * width..][..width].iter_mut().zip(&x) {
                    *mixed += second * x;
                }
            }
            for i in 0..width {
                part.sums.gradient[self.base + i] += slope * x[i];
                for j in 0..=i {
                    part.sums.information[at(self.base + i, self.base + j)] += bend * x[i] * x[j];
                }
            }
        }
        part
    }

    /// Adds what the cells hold, through the columns of the baseline.
    fn assemble(&self, part: Part, cells: &[f64]) -> Sums {
        let (mut sums, width) = (part.sums, part.width);
        for (number, cell) in cells.chunks_exact(self.base).enumerate() {
            if part.bends[number] == 0.0 && part.slopes[number] == 0.0 {
                continue;
            }
            for i in (0..self.base).filter(|&i| cell[i] != 0.0) {
                sums.gradient[i] += cell[i] * part.slopes[number];
                for j in 0..=i {
                    sums.information[at(i, j)] += cell[i] * cell[j] * part.bends[number];
                }
                for k in 0..width {
                    sums.information[at(self.base + k, i)] += cell[i] * part.mixed[number * width + k];
                }
            }
        }
        sums
    }
}

/// Sums of a chunk: over fields in place, over the baseline by cell.
struct Part {
    width: usize,
    slopes: Vec<f64>,
    bends: Vec<f64>,
    mixed: Vec<f64>,
    sums: Sums,
}

impl Part {
    fn new(cells: usize, width: usize, sums: Sums) -> Part {
        Part {
            width,
            slopes: vec![0.0; cells],
            bends: vec![0.0; cells],
            mixed: vec![0.0; cells * width],
            sums,
        }
    }

    fn merge(&mut self, other: &Part) {
        self.sums.merge(&other.sums);
        let add = |sums: &mut [f64], parts: &[f64]| {
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        };
        add(&mut self.slopes, &other.slopes);
        add(&mut self.bends, &other.bends);
        add(&mut self.mixed, &other.mixed);
    }
}
