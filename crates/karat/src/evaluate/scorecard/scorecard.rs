//! Fitting a scorecard: bins, their evidence, a regression, points.

use super::card::FittedScorecard;
use super::field::FieldBinning;
use super::options::{OptimalBinning, TargetKind};
use super::points::{Favour, Scaling, whole};
use super::prebins::distinct;
use super::transform::{Binning, Transform};
use super::weight_of_evidence::{Cell, Separation};
use crate::evaluate::weights::Finding;
use crate::numerics::logistic::{Estimate, Regression};
use crate::plan::Ordered;
use crate::table::Table;
use karat_scorer::{Error, Problem, Result, nearest_name};
use serde::{Deserialize, Serialize};

/// A points table from bins, their weights of evidence and a logistic regression.
///
/// Every field is binned ([`OptimalBinning`]); the weights of evidence of the bins explain the log-odds of
/// the event by a logistic regression with a ridge penalty, or with coefficients that are given; the
/// log-odds become points ([`Scaling`]). The result is a plan and a model like any other, in which every
/// field is an indicator that counts points.
///
/// ```
/// use karat::Table;
/// use karat::evaluate::scorecard::{OptimalBinning, Scorecard};
/// use karat::scorer::Scorer;
/// let tenure: Vec<f64> = (0..200).map(|i| f64::from(i % 50)).collect();
/// let left: Vec<f64> = (0..200).map(|i| f64::from(u8::from(i % 50 < 10 + i % 7))).collect();
/// let table = Table::from_columns([("tenure", tenure.into())])?;
/// let card = Scorecard::new().binning(OptimalBinning::new().maximum_bins(4)).whole(true).fit(&table, &left)?;
/// let scorer = Scorer::new(&card.to_model()?)?;
/// let points = scorer.score(&[30.0])?.index;
/// assert_eq!(points, points.floor());
/// assert!(points > scorer.score(&[3.0])?.index); // new customers leave
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Scorecard {
    /// Name of the model.
    pub name: String,
    /// How fields are binned.
    pub binning: OptimalBinning,
    /// How log-odds become points.
    pub scaling: Scaling,
    /// Which outcome earns points.
    pub favour: Favour,
    /// Strength of the ridge penalty, half of which times the squared slopes is added to the log-loss; 0 for
    /// plain maximum likelihood.
    pub penalty: f64,
    /// Whether points are rounded to whole ones; sums are then exact.
    pub whole: bool,
    /// Whether the base points are shared among the fields rather than an entry of their own.
    pub split_intercept: bool,
    /// Fields whose information value is below this are left out.
    pub minimum_information: f64,
    /// Coefficients to use in place of a regression.
    pub coefficients: Option<Coefficients>,
}

/// Log-odds of the event as a sum: `intercept + sum of slope * weight of evidence`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficients {
    /// Log-odds where every weight of evidence is 0.
    pub intercept: f64,
    /// Slope of each field; those not named are left out.
    pub slopes: Ordered<f64>,
}

impl Default for Scorecard {
    fn default() -> Scorecard {
        Scorecard {
            name: "scorecard".to_owned(),
            binning: OptimalBinning::default(),
            scaling: Scaling::default(),
            favour: Favour::default(),
            penalty: 1.0,
            whole: false,
            split_intercept: true,
            minimum_information: 0.0,
            coefficients: None,
        }
    }
}

impl Scorecard {
    /// 600 points at odds of 50:1 against the event, 20 points to double them, base points shared among the
    /// fields, a penalty of 1.
    #[must_use]
    pub fn new() -> Scorecard {
        Scorecard::default()
    }

    /// Sets the name of the model.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Scorecard {
        self.name = name.into();
        self
    }

    /// Sets how fields are binned.
    #[must_use]
    pub fn binning(mut self, binning: OptimalBinning) -> Scorecard {
        self.binning = binning;
        self
    }

    /// Sets how log-odds become points.
    #[must_use]
    pub fn scaling(mut self, scaling: Scaling) -> Scorecard {
        self.scaling = scaling;
        self
    }

    /// Sets which outcome earns points.
    #[must_use]
    pub fn favour(mut self, favour: Favour) -> Scorecard {
        self.favour = favour;
        self
    }

    /// Sets the strength of the penalty.
    #[must_use]
    pub fn penalty(mut self, penalty: f64) -> Scorecard {
        self.penalty = penalty;
        self
    }

    /// Sets whether points are rounded.
    #[must_use]
    pub fn whole(mut self, whole: bool) -> Scorecard {
        self.whole = whole;
        self
    }

    /// Sets whether the base points are shared among the fields.
    #[must_use]
    pub fn split_intercept(mut self, split: bool) -> Scorecard {
        self.split_intercept = split;
        self
    }

    /// Sets the information value below which a field is left out.
    #[must_use]
    pub fn minimum_information(mut self, value: f64) -> Scorecard {
        self.minimum_information = value;
        self
    }

    /// Sets coefficients that are used in place of a regression.
    #[must_use]
    pub fn coefficients(mut self, coefficients: Coefficients) -> Scorecard {
        self.coefficients = Some(coefficients);
        self
    }

    /// Reads options written as JSON, as the Python face does; they are checked by the fit.
    ///
    /// # Errors
    /// [`Error::Argument`] for anything else.
    pub fn from_json(text: &str) -> Result<Scorecard> {
        serde_json::from_str(text).map_err(|error| Error::argument("scorecard", "must be readable", error))
    }

    /// Fits every column of a table to a target of 0 and 1.
    ///
    /// # Errors
    /// As [`fit_weighted`](Scorecard::fit_weighted).
    pub fn fit(&self, table: &Table<'_>, target: &[f64]) -> Result<FittedScorecard> {
        self.fit_weighted(table, target, None)
    }

    /// Fits every column; a row counts as much as its weight, 0 or more.
    ///
    /// # Errors
    /// As [`OptimalBinning::fit_weighted`], and [`Error::Argument`] for a scaling, penalty or coefficients
    /// out of range, [`Error::Data`] when no field is left or one follows from others without a penalty.
    pub fn fit_weighted(
        &self,
        table: &Table<'_>,
        target: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<FittedScorecard> {
        self.check()?;
        let mut binning = self.binning.fit_weighted(table, target, weights)?;
        let mut findings = std::mem::take(&mut binning.findings);
        findings.extend(self.choose(&mut binning)?);
        let evidence =
            binning.transform(table, &self.binning.reading(), Transform::Evidence, self.binning.threads)?;
        let estimate = self.estimate(&binning, &evidence, target, weights)?;
        findings.extend(warnings_about(&binning, &estimate));
        let separation = separation(&evidence, &estimate, target, weights);
        let mut card = self.points(binning, &estimate)?;
        card.findings = findings;
        card.separation = separation;
        Ok(card)
    }

    fn check(&self) -> Result<()> {
        self.scaling.check()?;
        if self.binning.target != TargetKind::Binary {
            return Err(Error::argument("target", "must be binary for a scorecard", "continuous"));
        }
        for (name, value) in [("penalty", self.penalty), ("minimum_information", self.minimum_information)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::argument(name, "must be finite and >= 0", value));
            }
        }
        let numbers = self.coefficients.iter().flat_map(|c| c.slopes.values().chain([&c.intercept]));
        match numbers.into_iter().find(|number| !number.is_finite()) {
            Some(bad) => Err(Error::argument("coefficients", "must be finite", bad)),
            None => Ok(()),
        }
    }

    /// Leaves out fields that tell too little, or have no coefficient.
    fn choose(&self, binning: &mut Binning) -> Result<Vec<Finding>> {
        if let Some(coefficients) = &self.coefficients {
            let known: Vec<&str> = binning.fields.iter().map(|field| field.name.as_str()).collect();
            if let Some(name) = coefficients.slopes.keys().find(|name| !known.contains(&name.as_str())) {
                let near = nearest_name(name, known.iter().copied());
                let hint = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
                let rule = format!("must name columns of the table{hint}");
                return Err(Error::argument("coefficients", rule, format!("`{name}`")));
            }
            binning.fields.retain(|field| coefficients.slopes.contains_key(&field.name));
        }
        let least = self.minimum_information;
        let silent = |field: &FieldBinning| field.information_value <= 0.0 || field.information_value < least;
        if binning.fields.iter().all(silent) {
            if least > 0.0 || binning.fields.is_empty() {
                let what = format!("no field is left: none has an information value of {least} or more");
                let remedy = "give other fields, or lower the least information value";
                return Err(Error::data(Problem::new("", what, remedy)));
            }
            // Everybody has the same points then, which the findings about the bins explain.
            return Ok(Vec::new());
        }
        let findings = binning.fields.iter().filter(|field| silent(field)).map(|field| {
            let fact = format!("left out: its information value is {:.4}", field.information_value);
            Finding::new("W163", &field.name, fact, "lower the least information value to keep it")
        });
        let findings: Vec<Finding> = findings.collect();
        binning.fields.retain(|field| !silent(field));
        Ok(findings)
    }

    fn estimate(
        &self,
        binning: &Binning,
        evidence: &[Vec<f64>],
        target: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Estimate> {
        let names: Vec<&str> = binning.fields.iter().map(|field| field.name.as_str()).collect();
        if let Some(given) = &self.coefficients {
            let slopes = names.iter().map(|&name| given.slopes.get(name).copied().unwrap_or(0.0)).collect();
            let intercept = given.intercept;
            return Ok(Estimate { intercept, coefficients: slopes, iterations: 0, converged: true });
        }
        let regression = Regression {
            task: "fitting the scorecard",
            dependent: (
                "its evidence follows from that of the fields before it",
                "leave one of them out, or set `penalty` above 0",
            ),
            columns: evidence,
            names: &names,
            target,
            weights,
            ridge: self.penalty,
            lasso: 0.0,
            threads: self.binning.threads,
        };
        regression.fit(&mut |_| true)
    }

    /// The points table.
    fn points(&self, binning: Binning, estimate: &Estimate) -> Result<FittedScorecard> {
        let sign = self.favour.sign();
        let parts: Vec<Vec<f64>> = binning
            .fields
            .iter()
            .zip(&estimate.coefficients)
            .map(|(field, slope)| field.bins.iter().map(|bin| sign * slope * bin.evidence).collect())
            .collect();
        let intercept = sign * estimate.intercept;
        let end = |pick: fn(f64, f64) -> f64, from: f64| {
            binning.fields.iter().zip(&parts).fold(intercept, |sum, (field, parts)| {
                let held = field.bins.iter().zip(parts).filter(|(bin, _)| bin.weight > 0.0);
                sum + held.fold(from, |best, (_, &part)| pick(best, part))
            })
        };
        let line = self.scaling.line(end(f64::min, f64::INFINITY), end(f64::max, f64::NEG_INFINITY))?;
        let base = line.offset + line.factor * intercept;
        let share = if self.split_intercept { base / parts.len() as f64 } else { 0.0 };
        let rounded = |points: f64| if self.whole { whole(points) } else { points + 0.0 };
        let points = parts
            .iter()
            .map(|parts| parts.iter().map(|part| rounded(line.factor * part + share)).collect())
            .collect();
        Ok(FittedScorecard {
            name: self.name.clone(),
            binning,
            intercept: estimate.intercept,
            coefficients: estimate.coefficients.clone(),
            favour: self.favour,
            base_points: (!self.split_intercept).then(|| rounded(base)),
            neutral_points: rounded(share),
            points,
            offset: line.offset,
            factor: line.factor,
            iterations: estimate.iterations,
            converged: estimate.converged,
            separation: Separation::default(),
            findings: Vec::new(),
        })
    }
}

fn warnings_about(binning: &Binning, estimate: &Estimate) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, &slope) in binning.fields.iter().zip(&estimate.coefficients) {
        if slope > 0.0 {
            let fact = format!("coefficient {slope:.4} runs against its weight of evidence");
            let proposal = "it repeats other fields: leave it or one of them out, or raise `penalty`";
            findings.push(Finding::new("W164", &field.name, fact, proposal));
        }
    }
    if !estimate.converged {
        let fact = format!("the regression had not converged after {} steps", estimate.iterations);
        let proposal = "some fields separate the outcomes completely: raise `penalty`";
        findings.push(Finding::new("W165", "scorecard", fact, proposal));
    }
    findings
}

/// How well the log-odds tell events from non-events on the fitted base.
fn separation(
    evidence: &[Vec<f64>],
    estimate: &Estimate,
    target: &[f64],
    weights: Option<&[f64]>,
) -> Separation {
    let score = |row: usize| {
        let parts = evidence.iter().zip(&estimate.coefficients).map(|(column, slope)| slope * column[row]);
        parts.fold(estimate.intercept, |sum, part| sum + part)
    };
    let scores: Vec<(f64, u32)> = (0..target.len()).map(|row| (score(row), row as u32)).collect();
    let weight = |row: u32| {
        let row = row as usize;
        (weights.map_or(1.0, |weights| weights[row]), target[row])
    };
    let groups: Vec<Cell> = distinct(&scores, weight).into_iter().map(|(_, cell)| cell).collect();
    Separation::of_groups(groups)
}
