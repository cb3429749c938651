//! The first pass: what must be known of all rows before the first iteration.

use super::super::kmeans::KMeans;
use super::super::table::Table;
use super::source::Batches;
use crate::numerics::sample::{BottomK, hash_words};
use karat_scorer::{Error, Problem, Result};
use ndarray::Array2;

/// Sampled rows end with their weight and their number, by which they are put in order again.
const EXTRA: usize = 2;

/// Magnitudes, a sample, and as many different rows as there are segments.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) rows: u64,
    pub(super) largest: Vec<f64>,
    pub(super) largest_weight: f64,
    weighted: bool,
    segments: usize,
    /// Different rows of positive weight, the first ones; no more than there are segments.
    different: Vec<Vec<f64>>,
    seed: u64,
    capacity: usize,
    sample: BottomK,
    problems: Vec<Problem>,
}

/// The sampled rows in the order of the source.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) rows: Array2<f64>,
    pub(super) weights: Option<Vec<f64>>,
}

impl Scan {
    pub(super) fn new(plan: &KMeans, capacity: usize) -> Scan {
        Scan {
            rows: 0,
            largest: Vec::new(),
            largest_weight: 0.0,
            weighted: false,
            segments: plan.k,
            different: Vec::new(),
            seed: plan.seed,
            capacity,
            sample: BottomK::new(capacity, 0),
            problems: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, table: &Table<'_>) -> Result<()> {
        if self.rows == 0 {
            self.largest = vec![0.0; table.columns];
            self.sample = BottomK::new(self.capacity, table.columns + EXTRA);
        }
        if table.columns != self.largest.len() {
            let what = format!("columns in the batch that begins with row {}", self.rows);
            return Err(Error::shape(what, self.largest.len(), table.columns));
        }
        self.weighted |= table.is_weighted();
        match table.check_batch() {
            Ok((largest, largest_weight)) => {
                for (max, found) in self.largest.iter_mut().zip(largest) {
                    *max = max.max(found);
                }
                self.largest_weight = self.largest_weight.max(largest_weight);
                self.keep(table)?;
            }
            // Reading goes on, so that all bad columns are told at once.
            Err(Error::Data(problems)) => self.note(problems),
            Err(other) => return Err(other),
        }
        self.rows += table.rows as u64;
        Ok(())
    }

    fn keep(&mut self, table: &Table<'_>) -> Result<()> {
        for row in 0..table.rows {
            if self.different.len() >= self.segments {
                break;
            }
            if table.weight(row) > 0.0 && !self.different.iter().any(|kept| table.same_content(row, kept)) {
                self.different.push(table.row(row));
            }
        }
        if self.capacity == 0 {
            return Ok(());
        }
        for row in 0..table.rows {
            let number = self.rows + row as u64;
            let hash = hash_words(self.seed, [number]);
            if self.sample.admits(hash) {
                let mut values = table.row(row);
                values.extend([table.weight(row), number as f64]);
                self.sample.add(hash, &values)?;
            }
        }
        Ok(())
    }

    /// Adds problems of a batch to those of the batches before it.
    fn note(&mut self, problems: Vec<Problem>) {
        let before = usize::try_from(self.rows).unwrap_or(usize::MAX);
        for mut problem in problems {
            problem.rows.iter_mut().for_each(|row| *row = row.saturating_add(before));
            match self.problems.iter_mut().find(|known| known.column == problem.column) {
                Some(known) => {
                    known.count += problem.count;
                    known.rows.extend(problem.rows);
                    known.rows.truncate(5);
                }
                None => self.problems.push(problem),
            }
        }
    }

    /// What all rows together must be.
    pub(super) fn check(&mut self, plan: &KMeans, source: &dyn Batches) -> Result<()> {
        if self.rows == 0 {
            let what = "the source has no rows";
            return Err(Error::data(Problem::new("", what, "give at least one batch with a row")));
        }
        if !self.problems.is_empty() {
            let mut problems = std::mem::take(&mut self.problems);
            problems.sort_by_key(|problem| problem.column.parse::<usize>().unwrap_or(usize::MAX));
            for problem in &mut problems {
                if let Ok(column) = problem.column.parse() {
                    problem.column = source.column(column);
                }
            }
            return Err(Error::Data(problems));
        }
        if self.largest_weight == 0.0 {
            return Err(Error::argument("weights", "must not all be zero", self.largest_weight));
        }
        plan.check((usize::try_from(self.rows).unwrap_or(usize::MAX), self.largest.len()))?;
        plan.check_enough(self.different.len(), self.weighted)
    }

    /// Whether every row is in the sample.
    pub(super) fn is_whole(&self) -> bool {
        self.sample.len() as u64 == self.rows
    }

    /// The sample; with too few different rows of positive weight in it, those first seen are put to it.
    pub(super) fn sample(&self) -> Result<Sample> {
        let columns = self.largest.len();
        let values = self.sample.finish();
        let mut rows: Vec<&[f64]> = values.chunks_exact(columns + EXTRA).collect();
        rows.sort_by(|a, b| a[columns + 1].total_cmp(&b[columns + 1]));
        let mut flat: Vec<f64> = rows.iter().flat_map(|row| row[..columns].iter().copied()).collect();
        let mut weights: Vec<f64> = rows.iter().map(|row| row[columns]).collect();
        let mut count = rows.len();
        if self.lacks_different(&flat, &weights)? {
            flat.extend(self.different.iter().flatten());
            weights.extend(self.different.iter().map(|_| 1.0));
            count += self.different.len();
        }
        let rows = Array2::from_shape_vec((count, columns), flat)
            .map_err(|_| Error::shape("sampled values", count * columns, 0))?;
        Ok(Sample { rows, weights: self.weighted.then_some(weights) })
    }

    fn lacks_different(&self, flat: &[f64], weights: &[f64]) -> Result<bool> {
        let shape = (weights.len(), self.largest.len());
        let rows = ndarray::ArrayView2::from_shape(shape, flat)
            .map_err(|_| Error::shape("sampled values", shape.0 * shape.1, flat.len()))?;
        Ok(Table::new(rows, Some(weights)).distinct_rows(self.segments) < self.segments)
    }
}
