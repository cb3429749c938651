//! How far grades and ranks depend on the exact weights.

use super::base::{Base, sum};
use super::compare::{Boundaries, Change, Comparison};
use super::draws::{Spread, scaled};
use super::ranking::Ranking;
use crate::numerics::parallel::Chunks;
use crate::numerics::random::CounterRandom;
use karat_scorer::{Error, Result};

/// Draws evaluated together.
const LANES: usize = 8;
/// Kind of the draws of weights.
const WEIGHTS: u64 = 0x616e_7764;

/// How [`robustness`] draws weights and cuts grades.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RobustnessOptions {
    /// Where grades are cut.
    pub boundaries: Boundaries,
    /// Number of draws of weights; 1000.
    pub draws: usize,
    /// How far weights are drawn from those given; 0.2.
    pub spread: f64,
    /// The distribution of the draws; uniform.
    pub distribution: Spread,
    /// Seed of the draws; 0.
    pub seed: u64,
    /// Threads, 0 for all; the result is the same for any number.
    pub threads: usize,
}

impl RobustnessOptions {
    /// The defaults with these boundaries.
    #[must_use]
    pub fn new(boundaries: Boundaries) -> RobustnessOptions {
        RobustnessOptions {
            boundaries,
            draws: 1000,
            spread: 0.2,
            distribution: Spread::Uniform,
            seed: 0,
            threads: 0,
        }
    }

    /// Sets the number of draws.
    #[must_use]
    pub fn draws(mut self, draws: usize) -> RobustnessOptions {
        self.draws = draws;
        self
    }

    /// Sets the spread.
    #[must_use]
    pub fn spread(mut self, spread: f64) -> RobustnessOptions {
        self.spread = spread;
        self
    }

    /// Sets the distribution.
    #[must_use]
    pub fn distribution(mut self, distribution: Spread) -> RobustnessOptions {
        self.distribution = distribution;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> RobustnessOptions {
        self.seed = seed;
        self
    }

    /// Sets the number of threads.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> RobustnessOptions {
        self.threads = threads;
        self
    }

    fn check(&self) -> Result<()> {
        if self.draws == 0 || self.draws > 10_000_000 {
            return Err(Error::argument("draws", "must be 1 to 10 million", self.draws));
        }
        check_spread(self.spread)
    }
}

pub(super) fn check_spread(spread: f64) -> Result<()> {
    if (0.0..1.0).contains(&spread) {
        Ok(())
    } else {
        Err(Error::argument("spread", "must be at least 0 and below 1", spread))
    }
}

/// What happens when the weight of one indicator alone is multiplied by 1 ± spread and all are brought back to
/// their sum.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OneWeight {
    /// Share of customers whose grade changes with the lower weight; NaN without grades.
    pub lower: f64,
    /// Share of customers whose grade changes with the higher weight; NaN without grades.
    pub higher: f64,
    /// Larger of the two mean absolute shifts of rank, as a share of the customers.
    pub shift: f64,
}

/// How stable ranks and grades are when the weights move.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Robustness {
    /// Share of draws in which each customer's grade is another one; empty without grades.
    pub change_probability: Vec<f64>,
    /// Share of customers whose grade is the same in every draw; NaN without grades.
    pub never_change: f64,
    /// Standard error of `never_change` because only a sample was read; 0 for a whole table.
    pub sampling_error: f64,
    /// Mean absolute shift of rank in each draw, as a share of the customers.
    pub shifts: Vec<f64>,
    /// Share of customers whose grade changes in each draw; NaN without grades.
    pub changes: Vec<f64>,
    /// The weights of each draw; each adds up to 1.
    pub weights: Vec<Vec<f64>>,
    /// What the weight of one indicator alone does, by indicator.
    pub one_at_a_time: Vec<OneWeight>,
}

struct Tally {
    counts: Vec<u32>,
    draws: Vec<(Vec<f64>, Change)>,
}

/// Ranks and grades a base again under many draws of weights.
///
/// Grades are those of the index alone, before caps and the ratchet; each draw moves all weights at once. The
/// observer is told the share done, at most twenty times a second, and says whether to go on.
///
/// # Errors
/// [`Error::Argument`] for options outside their range, [`Error::Interrupted`] when the observer says so.
///
/// ```
/// # use karat::evaluate::analysis::*;
/// # let plan = karat::Plan::from_toml(
/// #     "[indicators]\narpu = {}\ntenure = {}\n\
/// #      [grades]\nnames = [\"low\", \"high\"]\n",
/// # )?;
/// # let (arpu, tenure) = ([20.0, 80.0, 50.0, 110.0], [3.0, 40.0, 60.0, 24.0]);
/// # let table = karat::Table::from_columns([
/// #     ("arpu".to_owned(), karat::Column::Numeric((&arpu[..]).into())),
/// #     ("tenure".to_owned(), karat::Column::Numeric((&tenure[..]).into())),
/// # ])?;
/// # let model = karat::ValueModel::new(plan).fit(&table)?;
/// let base = Base::read(model.scorer(), &[&arpu, &tenure], Sampling::new())?;
/// let options = RobustnessOptions::new(Boundaries::of(model.plan())).draws(50);
/// let found = robustness(&base, &options, &mut |_| true)?;
/// assert_eq!(found.weights.len(), 50);
/// // The first is last whatever the weights.
/// assert_eq!(found.change_probability[0], 0.0);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn robustness(
    base: &Base,
    options: &RobustnessOptions,
    observer: &mut dyn FnMut(f64) -> bool,
) -> Result<Robustness> {
    options.check()?;
    let comparison = Comparison::new(base, options.boundaries);
    let customers = base.customers();
    let chunks =
        Chunks { task: "drawing weights", rows: options.draws, chunk: LANES, threads: options.threads };
    let map = |range: std::ops::Range<usize>| {
        let weights: [Vec<f64>; LANES] = std::array::from_fn(|lane| {
            let drawn = CounterRandom::new(options.seed, WEIGHTS, (range.start + lane) as u64);
            options.distribution.around(&base.weights, options.spread, &drawn)
        });
        let mut indices: [Vec<f64>; LANES] = std::array::from_fn(|_| Vec::new());
        base.indices(&base.z, &weights, &mut indices);
        let (mut ranking, mut counts) = (Ranking::default(), vec![0; customers]);
        let draws = weights
            .into_iter()
            .zip(&indices)
            .take(range.len())
            .map(|(weights, index)| (weights, comparison.with(index, &mut ranking, &mut counts)))
            .collect();
        Tally { counts, draws }
    };
    let empty = Tally { counts: vec![0; customers], draws: Vec::with_capacity(options.draws) };
    let merge = |all: &mut Tally, part: Tally| {
        all.counts.iter_mut().zip(&part.counts).for_each(|(all, part)| *all += part);
        all.draws.extend(part.draws);
    };
    let tally = chunks.map_reduce(map, empty, merge, observer)?;
    Ok(result(base, options, &comparison, tally))
}

fn result(base: &Base, options: &RobustnessOptions, comparison: &Comparison<'_>, tally: Tally) -> Robustness {
    let graded = !base.cuts.is_empty();
    let customers = base.customers() as f64;
    let never = tally.counts.iter().filter(|count| **count == 0).count() as f64 / customers;
    // Drawn without replacement: the part of the table that was read is known.
    let unread = 1.0 - base.read as f64 / base.table_rows.max(1) as f64;
    let total = sum(&base.weights);
    let draws = options.draws as f64;
    Robustness {
        change_probability: if graded {
            tally.counts.iter().map(|&count| f64::from(count) / draws).collect()
        } else {
            Vec::new()
        },
        never_change: if graded { never } else { f64::NAN },
        sampling_error: if graded { (never * (1.0 - never) * unread / customers).sqrt() } else { f64::NAN },
        shifts: tally.draws.iter().map(|(_, change)| change.shift).collect(),
        changes: tally.draws.iter().map(|(_, change)| change.graded).collect(),
        weights: tally
            .draws
            .into_iter()
            .map(|(weights, _)| weights.iter().map(|weight| weight / total).collect())
            .collect(),
        one_at_a_time: (0..base.width()).map(|at| one_weight(base, options.spread, comparison, at)).collect(),
    }
}

fn one_weight(base: &Base, spread: f64, comparison: &Comparison<'_>, at: usize) -> OneWeight {
    let weights = [-spread, spread].map(|change| {
        let mut factors = vec![1.0; base.width()];
        factors[at] += change;
        scaled(&base.weights, &factors)
    });
    let mut indices = [Vec::new(), Vec::new()];
    base.indices(&base.z, &weights, &mut indices);
    let (mut ranking, mut counts) = (Ranking::default(), vec![0; base.customers()]);
    let [lower, higher] = indices.map(|index| comparison.with(&index, &mut ranking, &mut counts));
    OneWeight { lower: lower.graded, higher: higher.graded, shift: lower.shift.max(higher.shift) }
}
