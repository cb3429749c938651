//! Forecasts of the same customers side by side, with intervals of the differences.

use super::super::measures::{Judged, agreement, likeliest, top_decile_lift, weighted_kappa};
use crate::numerics::random::Random;
use karat_scorer::numerics::ln;
use karat_scorer::{Error, Result};

/// Probabilities of the next class by one model, and the class it decides for.
#[derive(Debug, Clone)]
pub(super) struct Forecast {
    pub(super) name: &'static str,
    /// `classes` numbers a row.
    pub(super) probabilities: Vec<f64>,
    pub(super) decided: Vec<u32>,
}

/// How one model did on the periods held back.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelReport {
    /// The network, or the baseline.
    pub name: String,
    /// Log loss; accuracy and macro-F1 of the likeliest class; weighted kappa of the class decided for.
    pub judged: Judged,
    /// Mean cost of the classes decided for.
    pub cost: f64,
    /// How many times more often customers fall to a lower class among the tenth that the model holds
    /// likeliest to; none where none falls.
    pub lift: Option<f64>,
    /// What the network gains over this model; none for the network itself.
    pub gain: Option<Gains>,
}

/// How much better the network is than a baseline: positive is better, of every measure.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Gains {
    /// Fall of the log loss.
    pub log_loss: Gain,
    /// Rise of the weighted kappa.
    pub weighted_kappa: Gain,
    /// Rise of the macro-F1.
    pub macro_f1: Gain,
    /// Fall of the cost.
    pub cost: Gain,
}

/// A difference and its interval by the bootstrap over customers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Gain {
    /// As measured.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Gain {
    /// Whether the interval lies above zero.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.low > 0.0
    }
}

/// What all models are judged on.
pub(super) struct Ground<'a> {
    pub(super) classes: usize,
    pub(super) truth: &'a [u32],
    /// Class of the period that the forecast is made in.
    pub(super) now: &'a [u32],
    /// Customer of each row.
    pub(super) customers: &'a [u32],
    pub(super) costs: &'a [Vec<f64>],
    pub(super) level: f64,
    pub(super) samples: usize,
    pub(super) seed: u64,
}

/// The class of least expected cost; of equals the first.
pub(super) fn decide(classes: usize, probabilities: &[f64], costs: &[Vec<f64>]) -> Vec<u32> {
    let one = |row: &[f64]| {
        let mut best = (0, f64::INFINITY);
        for found in 0..classes {
            let cost: f64 = row.iter().zip(costs).map(|(chance, costs)| chance * costs[found]).sum();
            if cost < best.1 {
                best = (found as u32, cost);
            }
        }
        best.0
    };
    probabilities.chunks_exact(classes).map(one).collect()
}

impl Ground<'_> {
    /// Judges the first, the network, and the others beside it.
    ///
    /// # Errors
    /// [`Error::Shape`] without rows.
    pub(super) fn compare(&self, forecasts: &[Forecast]) -> Result<Vec<ModelReport>> {
        let rows: Vec<Vec<Row>> = forecasts.iter().map(|forecast| self.rows(forecast)).collect();
        let Some(network) = rows.first() else { return Err(Error::shape("forecasts", 1, 0)) };
        let all = vec![1_u32; self.customers.iter().max().map_or(0, |&last| last as usize + 1)];
        let measured: Vec<Measures> = rows.iter().map(|rows| self.measures(rows, &all)).collect();
        let drawn = self.samples(&rows, all.len());
        let falls: Vec<bool> = self.truth.iter().zip(self.now).map(|(next, now)| next < now).collect();
        let mut reports = Vec::with_capacity(forecasts.len());
        for (place, forecast) in forecasts.iter().enumerate() {
            let mut judged = Judged::new(self.classes, self.truth, &forecast.probabilities)?;
            judged.weighted_kappa = weighted_kappa(self.classes, self.truth, &forecast.decided)?;
            let chance: Vec<f64> = forecast
                .probabilities
                .chunks_exact(self.classes)
                .zip(self.now)
                .map(|(row, &now)| row[..now as usize].iter().sum())
                .collect();
            reports.push(ModelReport {
                name: forecast.name.to_owned(),
                judged,
                cost: measured[place].cost,
                lift: top_decile_lift(&falls, &chance).ok(),
                gain: (place > 0).then(|| self.gains(&measured, &drawn, place)),
            });
        }
        debug_assert_eq!(network.len(), self.truth.len());
        Ok(reports)
    }

    fn rows(&self, forecast: &Forecast) -> Vec<Row> {
        let likeliest = likeliest(self.classes, &forecast.probabilities);
        let row = |(place, &truth): (usize, &u32)| {
            let chance = forecast.probabilities[place * self.classes + truth as usize];
            let found = forecast.decided[place];
            Row {
                loss: -ln(chance.max(1e-15)),
                cost: self.costs[truth as usize][found as usize],
                decided: truth as usize * self.classes + found as usize,
                likeliest: truth as usize * self.classes + likeliest[place] as usize,
            }
        };
        self.truth.iter().enumerate().map(row).collect()
    }

    /// Measures of each model on each sample of customers, drawn with replacement.
    fn samples(&self, rows: &[Vec<Row>], customers: usize) -> Vec<Vec<Measures>> {
        let mut present: Vec<u32> = self.customers.to_vec();
        present.sort_unstable();
        present.dedup();
        let mut counts = vec![0_u32; customers];
        (0..self.samples)
            .map(|sample| {
                let mut random = Random::stream(self.seed, sample as u64);
                counts.fill(0);
                for _ in 0..present.len() {
                    counts[present[random.below(present.len() as u64) as usize] as usize] += 1;
                }
                rows.iter().map(|rows| self.measures(rows, &counts)).collect()
            })
            .collect()
    }

    fn measures(&self, rows: &[Row], counts: &[u32]) -> Measures {
        let mut decided = vec![0.0; self.classes * self.classes];
        let mut likeliest = decided.clone();
        let (mut loss, mut cost, mut total) = (0.0, 0.0, 0.0);
        for (row, &customer) in rows.iter().zip(self.customers) {
            let count = f64::from(counts[customer as usize]);
            loss += count * row.loss;
            cost += count * row.cost;
            decided[row.decided] += count;
            likeliest[row.likeliest] += count;
            total += count;
        }
        Measures {
            log_loss: loss / total,
            cost: cost / total,
            weighted_kappa: agreement(&decided, self.classes).weighted_kappa,
            macro_f1: agreement(&likeliest, self.classes).macro_f1,
        }
    }

    fn gains(&self, measured: &[Measures], drawn: &[Vec<Measures>], place: usize) -> Gains {
        let gain = |of: fn(&Measures) -> f64, sign: f64| {
            let difference = |all: &[Measures]| sign * (of(&all[0]) - of(&all[place]));
            let mut found: Vec<f64> = drawn.iter().map(|all| difference(all)).collect();
            found.sort_by(f64::total_cmp);
            let tail = 0.5 * (1.0 - self.level);
            let last = found.len().saturating_sub(1);
            let at = |share: f64| found.get((share * last as f64).round() as usize).copied();
            let estimate = difference(measured);
            Gain { estimate, low: at(tail).unwrap_or(estimate), high: at(1.0 - tail).unwrap_or(estimate) }
        };
        Gains {
            log_loss: gain(|m| m.log_loss, -1.0),
            weighted_kappa: gain(|m| m.weighted_kappa, 1.0),
            macro_f1: gain(|m| m.macro_f1, 1.0),
            cost: gain(|m| m.cost, -1.0),
        }
    }
}

/// What a row adds to the measures.
struct Row {
    loss: f64,
    cost: f64,
    /// Places in the tables of true class by class decided for, and by likeliest class.
    decided: usize,
    likeliest: usize,
}

#[derive(Debug, Clone, Copy)]
struct Measures {
    log_loss: f64,
    weighted_kappa: f64,
    macro_f1: f64,
    cost: f64,
}
