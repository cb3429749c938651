//! The rows of a fit in an order of their own: that of a hash of what they say.
//!
//! Equal rows become one, with the sum of their weights; so a weight of 2 is the same as the row twice, the
//! order of a table never matters, and equal rows never stand on both sides of a fold.

use super::SparseNetwork;
use crate::numerics::random::{GOLDEN_STEP, mix};
use crate::numerics::sample::{hash_bytes, hash_words};
use crate::table::{Column, Table};
use karat_scorer::numerics::NAN;
use karat_scorer::{Error, Problem, Result};

/// What a network learns to tell.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Target<'a> {
    /// A number for each row.
    Numbers(&'a [f64]),
    /// A class for each row, 0 to `count - 1`.
    Classes {
        /// Class of each row.
        labels: &'a [u32],
        /// Number of classes, at least 2.
        count: usize,
    },
    /// A class for each row, of classes in an order: near ones are alike.
    Ordered {
        /// Class of each row.
        labels: &'a [u32],
        /// Number of classes, at least 2.
        count: usize,
    },
}

impl Target<'_> {
    fn len(&self) -> usize {
        match self {
            Target::Numbers(values) => values.len(),
            Target::Classes { labels, .. } | Target::Ordered { labels, .. } => labels.len(),
        }
    }

    fn at(&self, row: usize) -> f64 {
        match self {
            Target::Numbers(values) => values[row],
            Target::Classes { labels, .. } | Target::Ordered { labels, .. } => f64::from(labels[row]),
        }
    }
}

/// Different rows in the order of their hashes.
#[derive(Debug)]
pub(super) struct Rows {
    /// Where each stands in the table.
    pub(super) source: Vec<usize>,
    pub(super) weights: Vec<f64>,
    /// A number, or the class.
    pub(super) target: Vec<f64>,
    /// The fold that each is held out of.
    pub(super) folds: Vec<u32>,
    /// Rows of the table with a weight above 0.
    pub(super) rows: usize,
}

impl Rows {
    pub(super) fn new(
        plan: &SparseNetwork,
        table: &Table<'_>,
        target: Target<'_>,
        weights: Option<&[f64]>,
    ) -> Result<Rows> {
        check(table, target, weights)?;
        let hashes = hashes(plan.seed, table, target);
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let mut order: Vec<usize> = (0..table.len()).filter(|&row| weight(row) > 0.0).collect();
        order.sort_unstable_by_key(|&row| (hashes[row], row));
        let rows = order.len();
        let mut found =
            Rows { source: Vec::new(), weights: Vec::new(), target: Vec::new(), folds: Vec::new(), rows };
        let mut last = None;
        for row in order {
            match found.weights.last_mut() {
                Some(sum) if last == Some(hashes[row]) => *sum += weight(row),
                _ if found.source.len() == plan.max_rows => break,
                _ => {
                    found.source.push(row);
                    found.weights.push(weight(row));
                    found.target.push(target.at(row));
                }
            }
            last = Some(hashes[row]);
        }
        found.check(target)?;
        found.deal(plan.folds, target);
        Ok(found)
    }

    fn check(&self, target: Target<'_>) -> Result<()> {
        let wrong = |what: String, remedy: &str| Err(Error::data(Problem::new("target", what, remedy)));
        if self.source.is_empty() {
            return wrong("every sample weight is zero".to_owned(), "give some rows a weight above 0");
        }
        if self.source.len() < 2 {
            return wrong(
                format!("{} different rows of positive weight; n_samples = 1 is too few", self.source.len()),
                "give at least 2",
            );
        }
        if let Target::Classes { count, .. } | Target::Ordered { count, .. } = target {
            let mut seen = vec![false; count];
            self.target.iter().for_each(|&class| seen[class as usize] = true);
            let present = seen.iter().filter(|&&seen| seen).count();
            if present < 2 {
                return wrong(
                    "only one class has rows of positive weight".to_owned(),
                    "a network needs two classes to tell apart",
                );
            }
        }
        Ok(())
    }

    /// Cuts each class, in the order of the hashes, into parts of equal weight.
    fn deal(&mut self, folds: usize, target: Target<'_>) {
        let classes = match target {
            Target::Classes { count, .. } | Target::Ordered { count, .. } => count,
            Target::Numbers(_) => 1,
        };
        let class = |row: usize| if classes > 1 { self.target[row] as usize } else { 0 };
        let mut totals = vec![0.0; classes];
        for (row, weight) in self.weights.iter().enumerate() {
            totals[class(row)] += weight;
        }
        let mut before = vec![0.0; classes];
        let mut dealt = Vec::with_capacity(self.weights.len());
        for (row, &weight) in self.weights.iter().enumerate() {
            let class = class(row);
            let middle = (before[class] + 0.5 * weight) / totals[class];
            dealt.push(((middle * folds as f64) as u32).min(folds as u32 - 1));
            before[class] += weight;
        }
        self.folds = dealt;
    }
}

fn check(table: &Table<'_>, target: Target<'_>, weights: Option<&[f64]>) -> Result<()> {
    if table.is_empty() {
        return Err(Error::data(Problem::new("", "the table has no rows", "give at least 2 rows")));
    }
    if target.len() != table.len() {
        return Err(Error::shape("values of the target", table.len(), target.len()));
    }
    let mut problems = Vec::new();
    let mut note = |column: &str, what: &str, remedy: &str, bad: Vec<usize>| {
        if !bad.is_empty() {
            problems.push(Problem::new(column, what, remedy).at(bad.len(), bad));
        }
    };
    match target {
        Target::Numbers(values) => {
            let bad = positions(values, |value| !value.is_finite());
            note("target", "NaN or infinite", "drop these rows: nothing can be learned from them", bad);
            let bad = positions(values, |value| value.is_finite() && value.abs() > 1e150);
            note("target", "too large to be squared", "give it in a larger unit", bad);
        }
        Target::Classes { labels, count } | Target::Ordered { labels, count } => {
            let bad = labels.iter().enumerate().filter(|(_, label)| **label as usize >= count);
            note("target", "no such class", "number the classes from 0", bad.map(|(row, _)| row).collect());
        }
    }
    if let Some(weights) = weights {
        if weights.len() != table.len() {
            return Err(Error::shape("sample weights", table.len(), weights.len()));
        }
        let bad = positions(weights, |weight| !(weight.is_finite() && weight >= 0.0));
        note("sample_weight", "negative, NaN or infinite", "give weights of 0 or more", bad);
    }
    for name in table.names() {
        if let Some(Column::Numeric(values)) = table.column(name) {
            let bad = positions(values, f64::is_infinite);
            note(name, "infinite values", "replace them by numbers or by missing", bad);
            let bad = positions(values, |value| value.is_finite() && value.abs() > 1e150);
            note(name, "values too large to be squared", "replace them, or take the logarithm", bad);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Data(problems)) }
}

fn positions(values: &[f64], bad: impl Fn(f64) -> bool) -> Vec<usize> {
    values.iter().enumerate().filter(|(_, value)| bad(**value)).map(|(row, _)| row).collect()
}

/// A hash of everything a row says, by labels rather than by codes.
fn hashes(seed: u64, table: &Table<'_>, target: Target<'_>) -> Vec<u64> {
    let mut hashes = vec![hash_words(seed, []); table.len()];
    let mut stir = |row: usize, word: u64| hashes[row] = mix((hashes[row] ^ word).wrapping_add(GOLDEN_STEP));
    let number = |value: f64| if value.is_nan() { NAN.to_bits() } else { (value + 0.0).to_bits() };
    for name in table.names() {
        match table.column(name) {
            Some(Column::Numeric(values)) => {
                values.iter().enumerate().for_each(|(row, &value)| stir(row, number(value)));
            }
            Some(Column::Text { codes, labels }) => {
                let words: Vec<u64> = labels.iter().map(|label| hash_bytes(1, label.as_bytes())).collect();
                for (row, &code) in codes.iter().enumerate() {
                    stir(row, words.get(code as usize).copied().unwrap_or(0));
                }
            }
            None => {}
        }
    }
    for row in 0..table.len() {
        stir(row, number(target.at(row)));
    }
    hashes
}
