//! How many segments: a table over k, a recommendation, and how sure it is.

mod evidence;
mod pass;
mod picture;
mod reason;
mod rule;
mod search;

use super::gap::GapStatistic;
use super::labelled::{Rows, sample};
use super::stability::stability;
use crate::classify::segments::KMeans;
use crate::classify::segments::Value;
use crate::evaluate::weights::Finding;
use crate::numerics::random::Random;
use evidence::Evidence;
use karat_scorer::{Error, Problem, Result};
use ndarray::{Array2, ArrayView2};
use pass::assign_all;
use search::Search;
use std::collections::HashSet;
use std::time::Instant;

/// Compares numbers of segments and recommends one.
///
/// All fits are made on one sample of the rows, drawn by the seed; one pass over all rows then gives size and
/// inertia of every segment of every k. With no more rows than the sample holds, every figure is exact.
///
/// The recommendation weighs the indices of the table by a rule whose weights were learned on generated
/// mixtures other than those it is tested on (`benches/peers/choose_k.py`); its probabilities are those that
/// the rule gives.
///
/// ```
/// use karat::classify::segments::quality::ChooseK;
/// use ndarray::Array2;
///
/// // Three groups of 60 rows, spread over a square each.
/// let x = Array2::from_shape_fn((180, 2), |(i, f)| {
///     let middle = [[0.0, 0.0], [6.0, 7.0], [12.0, 3.0]][i / 60][f];
///     middle + 2.0 * (i as f64 * [0.618_034, 0.754_878][f]).fract()
/// });
/// let choice = ChooseK::new(6).of(x.view())?;
/// assert_eq!(choice.recommended, 3);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChooseK {
    /// Least number of segments to recommend; 1 admits that there are none.
    pub least: usize,
    /// Most segments, up to 64.
    pub most: usize,
    /// Rows that are looked at closely.
    pub sample: usize,
    /// Starts of k-means for each k, beside those from the neighbouring k.
    pub restarts: usize,
    /// Reference tables of the gap statistic; 0 leaves it out.
    pub references: usize,
    /// Splits for the prediction strength; 0 leaves it out.
    pub splits: usize,
    /// Bootstrap refits of the recommended number of segments; 0 leaves them out.
    pub resamples: usize,
    /// Seed of the sample and of all draws.
    pub seed: u64,
    /// Threads; 0 for all. Never changes a result.
    pub threads: usize,
}

/// One number of segments.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KRow {
    /// Number of segments.
    pub k: usize,
    /// Sum of squared distances of all rows to the nearest center.
    pub inertia: f64,
    /// Rows of each segment, of all rows.
    pub sizes: Vec<u64>,
    /// Mean simplified silhouette of all rows; NaN for k = 1.
    pub simplified_silhouette: f64,
    /// Mean silhouette, of rows of the sample; NaN for k = 1.
    pub silhouette: f64,
    /// Its standard error.
    pub silhouette_error: f64,
    /// Caliński and Harabasz's index of the sample; NaN for k = 1.
    pub calinski_harabasz: f64,
    /// Its standard error as an estimate for all rows, by the jackknife over ten parts.
    pub calinski_harabasz_error: f64,
    /// Davies and Bouldin's index of the sample; NaN for k = 1.
    pub davies_bouldin: f64,
    /// Its standard error, likewise.
    pub davies_bouldin_error: f64,
    /// Gap statistic on rows of the sample; NaN when it was left out.
    pub gap: f64,
    /// Its error `s_k`.
    pub gap_error: f64,
    /// Prediction strength on rows of the sample; NaN when it was left out.
    pub prediction_strength: f64,
    /// Its standard error.
    pub prediction_strength_error: f64,
    /// Penalised likelihood of segments of normal distributions, per row of the sample and relative to k = 1.
    pub likelihood: f64,
    /// The shallowest valley between two segments: rows halfway over rows at the sparser center. NaN for k = 1.
    pub valley: f64,
    /// What the rule makes of all this: the probability that it is this k.
    pub probability: f64,
    /// Seconds that fitting and judging took.
    pub seconds: f64,
    /// Centers found in the sample, one a row.
    pub centers: Array2<f64>,
}

/// A table over k with a recommendation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KChoice {
    /// One row for every k from 1 on.
    pub table: Vec<KRow>,
    /// The recommended number of segments; 1 when nothing separates.
    pub recommended: usize,
    /// Its probability by the rule.
    pub probability: f64,
    /// Why, and how sure, in a sentence or two.
    pub reason: String,
    /// k at the elbow of the inertia; `None` without one.
    pub elbow: Option<usize>,
    /// k by the gap statistic's rule of one standard error; `None` when it was left out.
    pub gap_recommends: Option<usize>,
    /// Mean Jaccard similarity of each segment of the recommended k over bootstrap refits of the sample.
    pub jaccard: Vec<f64>,
    /// Rows of the sample.
    pub sample: usize,
    /// All rows.
    pub rows: usize,
    /// What should be known about it: `W220` no segments, `W221` an unstable segment, `W222` a tiny one,
    /// `W223` segments without a valley between them, `W224` the end of the range.
    pub findings: Vec<Finding>,
    /// What the rule weighed: for each k of the table one number for each of [`FEATURES`](KChoice::FEATURES).
    pub features: Vec<Vec<f64>>,
}

/// Rows of the sample whose silhouettes are averaged.
const SILHOUETTE_ROWS: usize = 1024;
/// Rows of the sample that the gap statistic and the prediction strength look at.
const DEAR_ROWS: usize = 1024;
/// Most segments that may be compared.
const MOST: usize = 64;
/// Streams of the seed.
const SAMPLE_STREAM: u64 = 0;
const DEAR_STREAM: u64 = 1;

impl ChooseK {
    /// Of 1 to `most` segments, on up to 4,096 rows, with 3 starts, 5 references, 3 splits, 20 resamples,
    /// seed 0 and all threads.
    #[must_use]
    pub fn new(most: usize) -> ChooseK {
        ChooseK {
            least: 1,
            most,
            sample: 4096,
            restarts: 3,
            references: 5,
            splits: 3,
            resamples: 20,
            seed: 0,
            threads: 0,
        }
    }

    /// Sets [`least`](ChooseK::least).
    #[must_use]
    pub fn least(mut self, least: usize) -> ChooseK {
        self.least = least;
        self
    }

    /// Sets [`sample`](ChooseK::sample).
    #[must_use]
    pub fn sample(mut self, sample: usize) -> ChooseK {
        self.sample = sample;
        self
    }

    /// Sets [`restarts`](ChooseK::restarts).
    #[must_use]
    pub fn restarts(mut self, restarts: usize) -> ChooseK {
        self.restarts = restarts;
        self
    }

    /// Sets [`references`](ChooseK::references).
    #[must_use]
    pub fn references(mut self, references: usize) -> ChooseK {
        self.references = references;
        self
    }

    /// Sets [`splits`](ChooseK::splits).
    #[must_use]
    pub fn splits(mut self, splits: usize) -> ChooseK {
        self.splits = splits;
        self
    }

    /// Sets [`resamples`](ChooseK::resamples).
    #[must_use]
    pub fn resamples(mut self, resamples: usize) -> ChooseK {
        self.resamples = resamples;
        self
    }

    /// Sets [`seed`](ChooseK::seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> ChooseK {
        self.seed = seed;
        self
    }

    /// Sets [`threads`](ChooseK::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> ChooseK {
        self.threads = threads;
        self
    }

    /// Compares 1 to `most` segments of rows of shape n × d.
    ///
    /// # Errors
    /// [`Error::Argument`] for a range that is empty or reaches beyond 64, or a sample of fewer than 50 rows;
    /// [`Error::Data`] for values that are not finite, or fewer different rows than `least`.
    pub fn of<T: Value>(&self, x: ArrayView2<'_, T>) -> Result<KChoice> {
        self.of_observed(x, &mut || true)
    }

    /// As [`of`](ChooseK::of); asks `go_on` before every k.
    ///
    /// # Errors
    /// As [`of`](ChooseK::of); [`Error::Interrupted`] when it says no.
    pub fn of_observed<T: Value>(
        &self,
        x: ArrayView2<'_, T>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<KChoice> {
        self.check()?;
        let rows = Rows::new(x)?;
        let chosen = sample(rows.count(), self.sample, &mut Random::stream(self.seed, SAMPLE_STREAM));
        let table = rows.pick(&chosen);
        let most = self.within_different_rows(&table)?;
        let ks: Vec<usize> = (1..=most).collect();
        let dear = {
            let some = sample(table.nrows(), DEAR_ROWS, &mut Random::stream(self.seed, DEAR_STREAM));
            table.select(ndarray::Axis(0), &some)
        };
        let dear_most = self.distinct(&dear, most);
        let mut search = Search { plan: self, table: &table, fits: Vec::new(), seconds: Vec::new() };
        search.forward(&ks, go_on)?;
        search.backward(go_on)?;
        let passes = assign_all(&rows, &search.fits, self.threads);
        let unseen = 1.0 - table.nrows() as f64 / rows.count() as f64;
        let mut judged = Vec::with_capacity(ks.len());
        for (i, fit) in search.fits.iter().enumerate() {
            if !go_on() {
                return Err(Error::Interrupted("choosing k".to_owned()));
            }
            let started = Instant::now();
            let evidence = Evidence { plan: self, table: &table, dear: &dear, unseen };
            let mut row = evidence.of(fit, &passes[i], dear_most)?;
            row.seconds = search.seconds[i] + started.elapsed().as_secs_f64();
            judged.push(row);
        }
        let gap = self.gap(&dear, &ks[..dear_most], &mut judged)?;
        self.conclude(&table, &search, judged, gap, rows.count())
    }

    fn gap(&self, dear: &Array2<f64>, ks: &[usize], table: &mut [KRow]) -> Result<Option<usize>> {
        if self.references == 0 {
            return Ok(None);
        }
        let plan = KMeans::new(1).restarts(2).seed(self.seed).threads(self.threads);
        let found =
            GapStatistic::new().references(self.references).plan(plan).seed(self.seed).of(dear.view(), ks)?;
        for (row, (&gap, &error)) in table.iter_mut().zip(found.gaps.iter().zip(&found.errors)) {
            (row.gap, row.gap_error) = (gap, error);
        }
        Ok(Some(found.recommended))
    }

    fn conclude(
        &self,
        sample: &Array2<f64>,
        search: &Search<'_>,
        mut table: Vec<KRow>,
        gap_recommends: Option<usize>,
        rows: usize,
    ) -> Result<KChoice> {
        let base = table[0].likelihood;
        for row in &mut table {
            row.likelihood -= base;
        }
        let features = rule::features(&table);
        for (row, probability) in table.iter_mut().zip(rule::probabilities(&features, self.least)) {
            row.probability = probability;
        }
        let best = (0..table.len())
            .reduce(|best, i| if table[i].probability > table[best].probability { i } else { best });
        let best = best.unwrap_or(0);
        let places: Vec<f64> = table.iter().map(|row| row.k as f64).collect();
        let inertias: Vec<f64> = table.iter().map(|row| row.inertia).collect();
        let elbow =
            if table.len() > 1 { super::elbow(&places, &inertias)?.map(|i| table[i].k) } else { None };
        let jaccard = if self.resamples > 0 && best > 0 {
            let plan = KMeans::new(table[best].k).restarts(2).threads(self.threads);
            let labels = &search.fits[best].labels;
            stability(sample.view(), labels, &plan, self.resamples, self.seed)?.jaccard
        } else {
            Vec::new()
        };
        let mut choice = KChoice {
            recommended: table[best].k,
            probability: table[best].probability,
            reason: String::new(),
            elbow,
            gap_recommends,
            jaccard,
            sample: sample.nrows(),
            rows,
            findings: Vec::new(),
            features,
            table,
        };
        choice.reason = reason::reason(&choice);
        choice.findings = reason::findings(&choice);
        Ok(choice)
    }

    fn check(&self) -> Result<()> {
        if self.most == 0 || self.most > MOST {
            return Err(Error::argument("most", format!("must be 1 to {MOST}"), self.most));
        }
        if self.least == 0 || self.least > self.most {
            return Err(Error::argument("least", format!("must be 1 to {}", self.most), self.least));
        }
        if self.sample < 50 {
            return Err(Error::argument("sample", "must be >= 50", self.sample));
        }
        if self.restarts == 0 {
            return Err(Error::argument("restarts", "must be >= 1", 0));
        }
        Ok(())
    }

    /// The most segments that the different rows allow.
    fn within_different_rows(&self, table: &Array2<f64>) -> Result<usize> {
        let distinct = self.distinct(table, self.most);
        if distinct < self.least {
            let what = format!("{distinct} different row(s) cannot make {} segments", self.least);
            let remedy = format!("choose least <= {distinct}, or give more rows or columns");
            return Err(Error::data(Problem::new("", what, remedy)));
        }
        Ok(distinct)
    }

    fn distinct(&self, table: &Array2<f64>, enough: usize) -> usize {
        let mut seen: HashSet<Vec<u64>> = HashSet::new();
        for row in table.rows() {
            if seen.len() == enough {
                break;
            }
            seen.insert(row.iter().map(|x| (x + 0.0).to_bits()).collect());
        }
        seen.len()
    }
}

impl KChoice {
    /// What the rule weighs, in order.
    pub const FEATURES: [&'static str; rule::COUNT] = rule::NAMES;
}
