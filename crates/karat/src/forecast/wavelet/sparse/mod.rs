//! The network for tables: a sum of products of at most three one-dimensional atoms.
//!
//! Units are grown forward by the penalised score test, from products of an atom and a unit that is there
//! already (the way of MARS, Friedman, 1991, with the wavelets of Zhang and Benveniste, 1992, and the selection
//! of Billings and Wei, 2005); coefficients are penalised Newton estimates. A few libraries of atoms are each
//! grown on the complements of validation folds; the networks are averaged before the link, by their loss on
//! the folds, and therefore merge into one [`Expansion`].
//!
//! Cost: a member takes about `rounds * parents * rows * fields` additions to find units. Memory: the rows of
//! a fit are at most [`SparseNetwork::max_rows`], a sample by a hash of their content; a thread holds at most
//! `max_rows * (units + categories)` single-precision numbers beside them.

mod calibrate;
mod candidates;
mod choose;
mod design;
mod grow;
mod inputs;
mod library;
mod loss;
mod merge;
mod newton;
mod ordered;
mod report;
mod rows;
mod tasks;
#[cfg(test)]
mod tests;
mod warm;

pub use library::Library;
pub use report::{LibraryReport, NetworkReport, SparseReport};
pub use rows::Target;

use crate::fitted::Fitted;
use crate::numerics::parallel::thread_count;
use crate::table::Table;
use choose::{Chosen, normalise};
use grow::Ground;
use inputs::Inputs;
use karat_scorer::step::{Expansion, MAX_OUTPUTS};
use karat_scorer::{Error, Problem, Result};
use library::Atoms;
use loss::Loss;
use merge::{Share, merge};
use ordered::Basis;
use rows::Rows;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use tasks::Observer;
use warm::Before;

/// What a network of numbers is fitted by.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum NumberLoss {
    /// Squared error.
    #[default]
    Squared,
    /// Squared up to `delta` standard deviations of the target, linear beyond (Huber, 1964).
    Huber {
        /// The distance, above 0.
        delta: f64,
    },
}

/// How a sparse tensor wavelet network is grown.
///
/// ```
/// use karat::Table;
/// use karat::forecast::wavelet::sparse::{SparseNetwork, Target};
///
/// let tenure: Vec<f64> = (0..400).map(f64::from).collect();
/// let left: Vec<u32> = (0..400).map(|row| u32::from(row % 400 < 80 || row % 9 == 0)).collect();
/// let table = Table::from_columns([("tenure", tenure.into())])?;
/// let fitted = SparseNetwork::new().fit(&table, Target::Classes { labels: &left, count: 2 })?;
/// let mut scratch = vec![0.0; fitted.step.scratch_len()];
/// let mut chance = [0.0];
/// fitted.step.eval(&[20.0], &mut scratch, &mut chance)?;
/// assert!(chance[0] > 0.8);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SparseNetwork {
    /// Libraries of atoms; each is grown `members` times.
    pub libraries: Vec<Library>,
    /// Validation folds.
    pub folds: usize,
    /// Folds that stop a network, at most `folds`: 1 grows one network a library.
    pub members: usize,
    /// Most atoms in a product, 1 to 3.
    pub order: usize,
    /// Most grown units of one network.
    pub max_units: usize,
    /// Units added before coefficients are estimated anew.
    pub per_round: usize,
    /// Rounds without a smaller loss on the fold that end the growth.
    pub patience: usize,
    /// Ridge penalty of grown units, on standardised columns.
    pub penalty: f64,
    /// Ridge penalty of linear terms, categories and missing indicators.
    pub linear_penalty: f64,
    /// How much worse than the best a library's loss is, as a share of it, where its weight falls by e.
    pub library_temperature: f64,
    /// Rounds for which the curvature of candidate products is kept; fewer cost more.
    pub curvature_rounds: usize,
    /// Whether probabilities are calibrated by the held-out outputs.
    pub calibrate: bool,
    /// What a network of numbers is fitted by.
    pub loss: NumberLoss,
    /// Most different rows that are fitted; of more, a sample by the hash of their content.
    pub max_rows: usize,
    /// Most rows on which units are found.
    pub growth_rows: usize,
    /// Where to go on from: its outputs are where new networks start, which grow to correct it and are merged
    /// with it. Its scales and categories stay. Losses and calibration are of rows that it may have seen.
    pub warm_start: Option<Expansion>,
    /// Seed of the hash that deals rows to folds and samples.
    pub seed: u64,
    /// Threads; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

/// Where a fit stands, for its observer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Networks grown.
    pub done: usize,
    /// Networks to grow.
    pub networks: usize,
}

impl Default for SparseNetwork {
    fn default() -> SparseNetwork {
        SparseNetwork::new()
    }
}

impl SparseNetwork {
    /// Four libraries, five members each, products of up to three atoms.
    #[must_use]
    pub fn new() -> SparseNetwork {
        SparseNetwork {
            libraries: Library::defaults(),
            folds: 5,
            members: 5,
            order: 3,
            max_units: 80,
            per_round: 2,
            patience: 9,
            penalty: 2.0,
            linear_penalty: 4.0,
            library_temperature: 0.05,
            curvature_rounds: 3,
            calibrate: true,
            loss: NumberLoss::Squared,
            max_rows: 100_000,
            growth_rows: 20_000,
            warm_start: None,
            seed: 0,
            threads: 0,
        }
    }

    /// One network of the first library.
    #[must_use]
    pub fn single() -> SparseNetwork {
        let mut plan = SparseNetwork::new();
        plan.libraries.truncate(1);
        plan.members = 1;
        plan
    }

    /// Sets [`seed`](SparseNetwork::seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> SparseNetwork {
        self.seed = seed;
        self
    }

    /// Sets [`warm_start`](SparseNetwork::warm_start).
    #[must_use]
    pub fn warm_start(mut self, before: Option<Expansion>) -> SparseNetwork {
        self.warm_start = before;
        self
    }

    /// Sets [`threads`](SparseNetwork::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> SparseNetwork {
        self.threads = threads;
        self
    }

    /// Fits all columns of a table to a target.
    ///
    /// # Errors
    /// As [`fit_observed`](SparseNetwork::fit_observed).
    pub fn fit(&self, table: &Table<'_>, target: Target<'_>) -> Result<Fitted<Expansion, SparseReport>> {
        self.fit_observed(table, target, None, &mut |_| ControlFlow::Continue(()))
    }

    /// Fits rows that count as much as their weights, and tells `observer` on the calling thread how many
    /// networks are grown, at least every 50 ms; it can stop the fit.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range; [`Error::Shape`] for a target or weights of another
    /// length; [`Error::Data`] for too few rows or classes, infinite values, a bad target or bad weights;
    /// [`Error::Interrupted`] when the observer breaks.
    pub fn fit_observed(
        &self,
        table: &Table<'_>,
        target: Target<'_>,
        weights: Option<&[f64]>,
        observer: Observer<'_>,
    ) -> Result<Fitted<Expansion, SparseReport>> {
        self.check(target)?;
        let rows = Rows::new(self, table, target, weights)?;
        let basis = basis_of(target, &rows);
        let (loss, outputs) = self.loss_of(target, basis.as_ref());
        if let Some(before) = &self.warm_start {
            warm::check(before, table, loss.link(), outputs)?;
        }
        let inputs = Inputs::new(table, &rows, self.warm_start.as_ref())?;
        if inputs.bin_count > usize::from(u16::MAX) {
            return Err(Error::data(Problem::new(
                "",
                format!("{} bins of all columns are too many", inputs.bin_count),
                "leave some text columns out",
            )));
        }
        let (seen, scale, shift) = seen_target(target, &rows);
        let before = self.warm_start.as_ref().map(|network| Before { network, unit: scale, mean: shift });
        let offset = before.map(|before| before.outputs(&inputs, self.threads)).transpose()?;
        let stop = AtomicBool::new(false);
        let ground = Ground {
            plan: self,
            inputs: &inputs,
            rows: &rows,
            target: &seen,
            loss,
            outputs,
            offset: offset.as_deref().unwrap_or(&[]),
            stop: &stop,
        };
        let libraries: Vec<Atoms> =
            self.libraries.iter().map(|library| Atoms::new(library, &inputs, &rows.weights)).collect();
        let grow = |task: usize| ground.member(&libraries[task / self.members], task % self.members);
        let members =
            tasks::run(libraries.len() * self.members, thread_count(self.threads), &stop, grow, observer)?;
        let chosen = Chosen::new(&ground, &members, self.members);
        let (slopes, shifts) = chosen.calibration(self.calibrate, &ground);
        let shares: Vec<Share<'_>> = members
            .iter()
            .enumerate()
            .map(|(task, member)| Share {
                share: chosen.weights[task / self.members] / self.members as f64,
                atoms: &libraries[task / self.members],
                member,
            })
            .filter(|share| share.share > 0.0)
            .collect();
        let scales: Vec<f64> = slopes.iter().map(|slope| slope * scale).collect();
        let shifts: Vec<f64> = shifts.iter().map(|found| found + shift).collect();
        let step = merge(&inputs, before, &shares, loss.link(), &scales, &shifts)?;
        let report = report::report(&ground, &chosen, &members, self.members, slopes[0], scale);
        Ok(Fitted { step, report })
    }

    fn loss_of<'b>(&self, target: Target<'_>, basis: Option<&'b Basis>) -> (Loss<'b>, usize) {
        match (target, self.loss, basis) {
            (Target::Classes { count: 2, .. } | Target::Ordered { count: 2, .. }, ..) => (Loss::Logistic, 1),
            (Target::Ordered { count, .. }, _, Some(basis)) => (Loss::Ordered(basis), count),
            (Target::Classes { count, .. } | Target::Ordered { count, .. }, ..) => (Loss::Softmax, count),
            (Target::Numbers(_), NumberLoss::Squared, _) => (Loss::Squared, 1),
            (Target::Numbers(_), NumberLoss::Huber { delta }, _) => (Loss::Huber(delta), 1),
        }
    }

    fn check(&self, target: Target<'_>) -> Result<()> {
        let rule = |name: &str, fits: bool, rule: &str, found: &dyn std::fmt::Display| {
            if fits { Ok(()) } else { Err(Error::argument(name, rule, found)) }
        };
        let (libraries, members) = (self.libraries.len(), self.members);
        rule("libraries", (1..=16).contains(&libraries), "must number 1 to 16", &libraries)?;
        for library in &self.libraries {
            let knots = library.knots;
            rule("libraries", (2..=64).contains(&knots), "must have 2 to 64 knots", &knots)?;
            let widths = library.scales.iter().chain([&library.sharpness]);
            for width in widths {
                rule("libraries", *width > 0.0 && *width < 1e3, "must have widths above 0", width)?;
            }
        }
        rule("folds", (2..=100).contains(&self.folds), "must be 2 to 100", &self.folds)?;
        rule("members", (1..=self.folds).contains(&members), "must be 1 to the number of folds", &members)?;
        rule("order", (1..=3).contains(&self.order), "must be 1 to 3", &self.order)?;
        rule("max_units", self.max_units <= 1000, "must be at most 1000", &self.max_units)?;
        rule("per_round", (1..=50).contains(&self.per_round), "must be 1 to 50", &self.per_round)?;
        let temperature = self.library_temperature;
        rule(
            "library_temperature",
            temperature > 0.0 && temperature <= 1e9,
            "must be above 0",
            &temperature,
        )?;
        rule("patience", self.patience >= 1, "must be >= 1", &self.patience)?;
        for (name, penalty) in [("penalty", self.penalty), ("linear_penalty", self.linear_penalty)] {
            rule(name, (1e-6..=1e9).contains(&penalty), "must be 1e-6 to 1e9", &penalty)?;
        }
        rule("max_rows", self.max_rows >= 100, "must be >= 100", &self.max_rows)?;
        rule("growth_rows", self.growth_rows >= 100, "must be >= 100", &self.growth_rows)?;
        if let NumberLoss::Huber { delta } = self.loss {
            rule("delta", delta > 0.0 && delta.is_finite(), "must be above 0", &delta)?;
        }
        if let Target::Classes { count, .. } | Target::Ordered { count, .. } = target {
            let fits = (2..=MAX_OUTPUTS).contains(&count);
            rule("classes", fits, &format!("must number 2 to {MAX_OUTPUTS}"), &count)?;
        }
        Ok(())
    }
}

/// Highest power of a class's position that ordered classes are told apart by.
const DEGREE: usize = 2;

/// Polynomials of ordered classes, orthonormal under their shares.
fn basis_of(target: Target<'_>, rows: &Rows) -> Option<Basis> {
    let Target::Ordered { count, .. } = target else { return None };
    // As if a row of each were there, so that none is without a share.
    let mut shares = vec![1.0; count];
    for (&class, weight) in rows.target.iter().zip(&rows.weights) {
        shares[class as usize] += weight;
    }
    normalise(&mut shares);
    let basis = Basis::new(&shares, DEGREE);
    (!basis.polynomials.is_empty()).then_some(basis)
}

/// The target as networks see it; numbers standardised, with their deviation and mean.
fn seen_target(target: Target<'_>, rows: &Rows) -> (Vec<f64>, f64, f64) {
    if !matches!(target, Target::Numbers(_)) {
        return (rows.target.clone(), 1.0, 0.0);
    }
    let total: f64 = rows.weights.iter().sum();
    let mean: f64 = rows.target.iter().zip(&rows.weights).map(|(y, weight)| y * (weight / total)).sum();
    let square: f64 = rows
        .target
        .iter()
        .zip(&rows.weights)
        .map(|(y, weight)| (y - mean) * (y - mean) * (weight / total))
        .sum();
    let deviation = square.sqrt();
    let scale = if deviation > 1e-12 * mean.abs() { deviation } else { 1.0 };
    (rows.target.iter().map(|y| (y - mean) / scale).collect(), scale, mean)
}
