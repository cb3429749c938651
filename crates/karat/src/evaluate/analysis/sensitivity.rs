//! Which choice in building the index moves ranks and grades most.

use super::base::{Base, sum};
use super::compare::{Boundaries, Change, Comparison};
use super::draws::scaled;
use super::ranking::{Ranking, doubled_ranks};
use super::robust::check_spread;
use super::sobol::{SobolIndex, sobol_indices};
use crate::numerics::parallel::Chunks;
use crate::numerics::random::CounterRandom;
use karat_scorer::{Error, Result};
use std::ops::Range;

/// Kind of the draws of inputs.
const INPUTS: u64 = 0x616e_7369;
/// Ways to put the indicators on their common scale.
const NORMALISATIONS: usize = 4;
/// Standard deviations from the mean to either end of a z-score's scale.
const WIDTH: f64 = 3.0;

/// What [`sensitivity`] varies, and how often.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SensitivityOptions {
    /// Evaluations of each sample; 256. The index is computed `samples * (inputs + 2)` times.
    pub samples: usize,
    /// Each weight is multiplied by a number uniform on 1 ± this; 0.2.
    pub spread: f64,
    /// One input for the weights of each dimension instead of one for each indicator; false.
    pub by_dimension: bool,
    /// Whether the normalisation varies: as the plan has it, min-max, rank, or z-score, refrozen on this base;
    /// true.
    pub normalisation: bool,
    /// Whether one indicator at a time is left out, or none, each equally likely; true.
    pub leave_out: bool,
    /// Bootstrap resamples of the intervals; 200.
    pub resamples: usize,
    /// Seed of everything random; 0.
    pub seed: u64,
    /// Threads, 0 for all; the result is the same for any number.
    pub threads: usize,
}

impl Default for SensitivityOptions {
    fn default() -> SensitivityOptions {
        SensitivityOptions {
            samples: 256,
            spread: 0.2,
            by_dimension: false,
            normalisation: true,
            leave_out: true,
            resamples: 200,
            seed: 0,
            threads: 0,
        }
    }
}

impl SensitivityOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> SensitivityOptions {
        SensitivityOptions::default()
    }

    /// Sets the evaluations of each sample.
    #[must_use]
    pub fn samples(mut self, samples: usize) -> SensitivityOptions {
        self.samples = samples;
        self
    }

    /// Sets the spread of the weights.
    #[must_use]
    pub fn spread(mut self, spread: f64) -> SensitivityOptions {
        self.spread = spread;
        self
    }

    /// Sets whether weights vary by dimension.
    #[must_use]
    pub fn by_dimension(mut self, by_dimension: bool) -> SensitivityOptions {
        self.by_dimension = by_dimension;
        self
    }

    /// Sets whether the normalisation varies, and whether indicators are left out.
    #[must_use]
    pub fn vary(mut self, normalisation: bool, leave_out: bool) -> SensitivityOptions {
        (self.normalisation, self.leave_out) = (normalisation, leave_out);
        self
    }

    /// Sets the resamples of the intervals.
    #[must_use]
    pub fn resamples(mut self, resamples: usize) -> SensitivityOptions {
        self.resamples = resamples;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> SensitivityOptions {
        self.seed = seed;
        self
    }

    /// Sets the number of threads.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> SensitivityOptions {
        self.threads = threads;
        self
    }
}

/// How much each choice accounts for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Sensitivity {
    /// The uncertain inputs: "weight of x", "normalisation", "left out".
    pub inputs: Vec<String>,
    /// Of the mean absolute shift of rank, by input.
    pub shift: Vec<SobolIndex>,
    /// Of the share of customers whose grade changes, by input; empty without grades.
    pub graded: Vec<SobolIndex>,
    /// Mean of the mean absolute shift of rank over all evaluations of both samples.
    pub mean_shift: f64,
    /// Mean share of customers whose grade changes; NaN without grades.
    pub mean_graded: f64,
    /// Evaluations of the index.
    pub evaluations: usize,
    /// What was not varied, and why.
    pub skipped: Vec<String>,
}

/// What one evaluation takes.
enum Input {
    Weights(Vec<usize>),
    Normalisation,
    LeftOut,
}

/// Tells which of the choices in building the index moves ranks and grades most (uncertainty and sensitivity
/// analysis of composite indicators: Saisana, Saltelli and Tarantola, 2005).
///
/// Other normalisations start from the values that the plan's scales give (their logarithms, directions and
/// bounds stay), and are frozen anew on this base; grades always keep their shares of customers, because frozen
/// cuts mean nothing on another scale. The observer is told the share done and says whether to go on.
///
/// # Errors
/// [`Error::Argument`] for options outside their range or nothing to vary, [`Error::Interrupted`] when the
/// observer says so.
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
/// let options = SensitivityOptions::new().samples(16);
/// let found = sensitivity(&base, &options, &mut |_| true)?;
/// assert_eq!(found.inputs, ["weight of arpu", "weight of tenure", "normalisation", "left out"]);
/// assert_eq!(found.evaluations, 16 * (4 + 2));
/// # Ok::<(), karat::Error>(())
/// ```
pub fn sensitivity(
    base: &Base,
    options: &SensitivityOptions,
    observer: &mut dyn FnMut(f64) -> bool,
) -> Result<Sensitivity> {
    check_spread(options.spread)?;
    if !(2..=1_000_000).contains(&options.samples) {
        return Err(Error::argument("samples", "must be 2 to 1 million", options.samples));
    }
    let (names, inputs, skipped) = inputs(base, options);
    if inputs.is_empty() {
        return Err(Error::argument("inputs", "must be one or more", "nothing to vary"));
    }
    let experiment =
        Experiment { base, options, inputs: &inputs, scales: scales(base, options.normalisation) };
    let comparison = Comparison::new(base, Boundaries::Shares);
    let runs = inputs.len() + 2;
    let chunks = Chunks {
        task: "varying the index",
        rows: options.samples * runs,
        chunk: 16,
        threads: options.threads,
    };
    let map = |range: Range<usize>| -> Vec<Change> {
        let (mut ranking, mut counts) = (Ranking::default(), vec![0; base.customers()]);
        let mut index = [Vec::new()];
        range
            .map(|run| {
                let (z, weights) = experiment.point(run / runs, run % runs);
                base.indices(z, &[weights], &mut index);
                comparison.with(&index[0], &mut ranking, &mut counts)
            })
            .collect()
    };
    let changes =
        chunks.map_reduce(map, Vec::new(), |all: &mut Vec<Change>, part| all.extend(part), observer)?;
    let column = |of: &dyn Fn(&Change) -> f64, run: usize| -> Vec<f64> {
        changes.iter().skip(run).step_by(runs).map(of).collect()
    };
    let indices = |of: &dyn Fn(&Change) -> f64| {
        let mixed: Vec<Vec<f64>> = (2..runs).map(|run| column(of, run)).collect();
        sobol_indices(&column(of, 0), &column(of, 1), &mixed, options.resamples, options.seed)
    };
    let mean = |of: &dyn Fn(&Change) -> f64| {
        (sum(&column(of, 0)) + sum(&column(of, 1))) / (2.0 * options.samples as f64)
    };
    let graded = !base.cuts.is_empty();
    Ok(Sensitivity {
        shift: indices(&|change| change.shift)?,
        graded: if graded { indices(&|change| change.graded)? } else { Vec::new() },
        mean_shift: mean(&|change| change.shift),
        mean_graded: mean(&|change| change.graded),
        evaluations: changes.len(),
        inputs: names,
        skipped,
    })
}

fn inputs(base: &Base, options: &SensitivityOptions) -> (Vec<String>, Vec<Input>, Vec<String>) {
    let (mut names, mut inputs, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for at in 0..base.width() {
        if base.weights[at] == 0.0 {
            skipped.push(format!("weight of {}: it is 0", base.names[at]));
            continue;
        }
        let name = if options.by_dimension { &base.dimensions[at] } else { &base.names[at] };
        match groups.iter_mut().find(|(known, _)| options.by_dimension && known == name) {
            Some((_, members)) => members.push(at),
            None => groups.push((name.clone(), vec![at])),
        }
    }
    if options.spread == 0.0 {
        skipped.push("weights: the spread is 0".to_owned());
    } else if groups.len() < 2 {
        skipped.push("weights: there is only one, which no draw can move".to_owned());
    } else {
        for (name, members) in groups {
            names.push(format!("weight of {name}"));
            inputs.push(Input::Weights(members));
        }
    }
    let weighted = base.weights.iter().filter(|weight| **weight > 0.0).count();
    if !options.normalisation {
        skipped.push("normalisation: not asked for".to_owned());
    } else {
        names.push("normalisation".to_owned());
        inputs.push(Input::Normalisation);
    }
    if !options.leave_out {
        skipped.push("left out: not asked for".to_owned());
    } else if weighted < 2 {
        skipped.push("left out: there is only one indicator".to_owned());
    } else {
        names.push("left out".to_owned());
        inputs.push(Input::LeftOut);
    }
    skipped.push("judgments, rules and the plan's own scale of each indicator: not varied here".to_owned());
    (names, inputs, skipped)
}

struct Experiment<'a> {
    base: &'a Base,
    options: &'a SensitivityOptions,
    inputs: &'a [Input],
    scales: Vec<Vec<f64>>,
}

impl Experiment<'_> {
    /// Values and weights of one run of one sample: run 0 takes the first sample, run 1 the second, run `i + 2`
    /// the first with input `i` from the second.
    fn point(&self, sample: usize, run: usize) -> (&[f64], Vec<f64>) {
        let base = self.base;
        let count = self.inputs.len() as u64;
        let drawn = CounterRandom::new(self.options.seed, INPUTS, sample as u64);
        let mut z: &[f64] = &base.z;
        let mut factors = vec![1.0; base.width()];
        for (at, input) in self.inputs.iter().enumerate() {
            let second = run == 1 || run == at + 2;
            let place = at as u64 + if second { count } else { 0 };
            match input {
                Input::Weights(members) => {
                    let factor = 1.0 + self.options.spread * (2.0 * drawn.uniform(place) - 1.0);
                    members.iter().for_each(|&member| factors[member] *= factor);
                }
                Input::Normalisation => {
                    z = &self.scales[drawn.below(place, NORMALISATIONS as u64) as usize];
                }
                Input::LeftOut => {
                    let used: Vec<usize> = (0..base.width()).filter(|&i| base.weights[i] > 0.0).collect();
                    let which = drawn.below(place, used.len() as u64 + 1) as usize;
                    if let Some(&indicator) = used.get(which) {
                        factors[indicator] = 0.0;
                    }
                }
            }
        }
        (z, scaled(&base.weights, &factors))
    }
}

/// The values as they are, by min-max, by rank and as z-scores, each frozen on the customers that have them.
fn scales(base: &Base, wanted: bool) -> Vec<Vec<f64>> {
    let mut scales = vec![base.z.clone(); if wanted { NORMALISATIONS } else { 1 }];
    let width = base.width();
    let mut ranking = Ranking::default();
    for at in 0..if wanted { width } else { 0 } {
        let mut missing = base.thinned.iter().filter(|(_, present)| present >> at & 1 == 0).peekable();
        let present: Vec<usize> = (0..base.customers())
            .filter(|&customer| missing.next_if(|(absent, _)| *absent == customer).is_none())
            .collect();
        let values: Vec<f64> = present.iter().map(|&customer| base.z[customer * width + at]).collect();
        let count = values.len() as f64;
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if most <= least || values.is_empty() {
            continue;
        }
        let mean = least + values.iter().fold(0.0, |sum, value| sum + (value - least)) / count;
        let squares = values.iter().fold(0.0, |sum, value| sum + (value - mean) * (value - mean));
        let deviation = (squares / count).sqrt();
        for (&customer, value) in present.iter().zip(&values) {
            let slot = customer * width + at;
            scales[1][slot] = (value - least) / (most - least);
            scales[3][slot] = 0.5 + (value - mean) / (2.0 * WIDTH * deviation);
        }
        let ranks = &mut scales[2];
        doubled_ranks(ranking.sort(&values), |position, doubled| {
            ranks[present[position] * width + at] = (f64::from(doubled) + 1.0) / (2.0 * count);
        });
    }
    scales
}
