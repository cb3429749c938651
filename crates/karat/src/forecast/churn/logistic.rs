//! The logistic regression of leaving on the fields of a customer, with reasons that add up.

#![allow(clippy::needless_pass_by_value, reason = "array views are meant to be passed by value")]

use crate::evaluate::weights::Finding;
use crate::fitted::Fitted;
use crate::forecast::wavelet::FieldKind;
use crate::forecast::wavelet::coding;
use crate::numerics::logistic::{Estimate, Regression};
use karat_scorer::step::wavelet::{Coding, Family, Link, Member, Mother, Wavelons, WavelonsParts};
use karat_scorer::{Error, Problem, Result};
use ndarray::{ArrayView1, ArrayView2, Axis};

/// Log-odds beyond which a finding says that fields tell who leaves all but perfectly.
const FAR: f64 = 15.0;

/// Who leaves, as a weighted sum of the fields on the scale of log-odds.
///
/// Numbers are scaled by their mean and standard deviation, missing ones take the mean and have an indicator of
/// their own, categories have one each; numbers a quarter of the range beyond what was seen count as the end of it.
/// All that is part of the frozen step, so that raw rows are scored. Newton's
/// steps take the loss to its minimum (le Cessie & van Houwelingen 1992), also with a lasso (Friedman, Hastie &
/// Tibshirani 2010).
///
/// ```
/// use karat::forecast::churn::LogisticRegression;
/// use ndarray::array;
/// let months = array![[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]];
/// let left = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0];
/// let fitted = LogisticRegression::new().fit(months.view(), &left, None, &mut |_| true)?;
/// let reasons = fitted.step.contributions(&[1.0])?;
/// assert!(reasons[0] > 0.0, "who came lately leaves");
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LogisticRegression {
    /// How strongly the slopes are pulled to zero, beside the sum of the customers' losses (scikit-learn's
    /// `1 / C`); 1 unless set.
    pub penalty: f64,
    /// The share of the penalty that pulls by magnitudes, which leaves fields out, rather than by squares.
    pub l1_ratio: f64,
    /// What each column holds; numbers unless said.
    pub fields: Vec<FieldKind>,
    /// Names of the columns, for errors and findings.
    pub names: Vec<String>,
    /// Threads, 0 for all. Never changes a result.
    pub threads: usize,
}

impl Default for LogisticRegression {
    fn default() -> LogisticRegression {
        LogisticRegression { penalty: 1.0, l1_ratio: 0.0, fields: Vec::new(), names: Vec::new(), threads: 0 }
    }
}

/// How a regression went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LogisticReport {
    /// Newton's steps.
    pub iterations: usize,
    /// Whether the last one changed nothing any more.
    pub converged: bool,
    /// What a person should know although the fit stands.
    pub findings: Vec<Finding>,
}

/// A logistic regression ready to score.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedLogistic {
    step: Wavelons,
    /// Slopes of the inputs, field by field.
    slopes: Vec<f64>,
    intercept: f64,
    /// The mean of each input, that contributions are counted from.
    baseline: Vec<f64>,
}

impl LogisticRegression {
    /// The defaults.
    #[must_use]
    pub fn new() -> LogisticRegression {
        LogisticRegression::default()
    }

    /// With another penalty.
    #[must_use]
    pub fn penalty(mut self, penalty: f64) -> LogisticRegression {
        self.penalty = penalty;
        self
    }

    /// With a share of the penalty by magnitudes.
    #[must_use]
    pub fn l1_ratio(mut self, share: f64) -> LogisticRegression {
        self.l1_ratio = share;
        self
    }

    /// With kinds of columns.
    #[must_use]
    pub fn fields(mut self, fields: Vec<FieldKind>) -> LogisticRegression {
        self.fields = fields;
        self
    }

    /// With names of columns.
    #[must_use]
    pub fn names(mut self, names: Vec<String>) -> LogisticRegression {
        self.names = names;
        self
    }

    /// With so many threads, 0 for all.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> LogisticRegression {
        self.threads = threads;
        self
    }

    /// Fits to rows and to `left`, 1 for who left and 0 for who stayed; `weights` count customers. `proceed` is
    /// told the steps taken and may stop the fit.
    ///
    /// # Errors
    /// [`Error::Argument`] for a penalty below 0 or a share outside 0 to 1, and weights that are negative or not
    /// finite; [`Error::Shape`] for other lengths; [`Error::Data`] naming infinite columns, targets that are
    /// neither, one class alone, and without a penalty columns that depend on others; [`Error::Interrupted`].
    pub fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        left: &[f64],
        weights: Option<&[f64]>,
        proceed: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Fitted<FittedLogistic, LogisticReport>> {
        self.check(x.dim(), left, weights)?;
        let counted: Vec<usize> =
            (0..left.len()).filter(|&row| weights.is_none_or(|weights| weights[row] > 0.0)).collect();
        if counted.len() < left.len() {
            let pick = |values: &[f64]| counted.iter().map(|&row| values[row]).collect::<Vec<f64>>();
            let (left, weights) = (pick(left), weights.map(pick));
            return self.fit(x.select(Axis(0), &counted).view(), &left, weights.as_deref(), proceed);
        }
        let mut findings = Vec::new();
        let name = |field: usize| self.names.get(field).cloned().unwrap_or_else(|| format!("column {field}"));
        let mut codings = coding::fit(x, &self.fields, &name, &mut findings)?;
        for (coding, column) in codings.iter_mut().zip(x.columns()) {
            standardise(coding, column, weights);
        }
        let (columns, of_field) = coded(x, &codings);
        // Without a penalty one category of each field has to be the one that others are compared with.
        let kept: Vec<usize> =
            (0..columns.len()).filter(|&j| self.penalty > 0.0 || !is_first(&codings, j)).collect();
        let used: Vec<Vec<f64>> = kept.iter().map(|&j| columns[j].clone()).collect();
        let names: Vec<String> = kept.iter().map(|&j| name(of_field[j])).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let estimate = Regression {
            task: "fitting the logistic regression",
            dependent: ("follows from the columns before it", "leave it out, or set `penalty` above 0"),
            columns: &used,
            names: &names,
            target: left,
            weights,
            ridge: self.penalty * (1.0 - self.l1_ratio),
            lasso: self.penalty * self.l1_ratio,
            threads: self.threads,
        }
        .fit(proceed)?;
        let mut slopes = vec![0.0; columns.len()];
        for (&j, &slope) in kept.iter().zip(&estimate.coefficients) {
            slopes[j] = slope;
        }
        let baseline = columns.iter().map(|column| mean(column, weights)).collect();
        let step = FittedLogistic::new(codings, estimate.intercept, slopes, baseline)?;
        let report = self.report(&estimate, &step, findings);
        Ok(Fitted { step, report })
    }

    fn check(&self, (rows, columns): (usize, usize), left: &[f64], weights: Option<&[f64]>) -> Result<()> {
        if !(self.penalty >= 0.0 && self.penalty.is_finite()) {
            return Err(Error::argument("penalty", "must be finite and >= 0", self.penalty));
        }
        if !(0.0..=1.0).contains(&self.l1_ratio) {
            return Err(Error::argument("l1_ratio", "must be 0 to 1", self.l1_ratio));
        }
        if columns == 0 {
            return Err(Error::shape("columns, at least", 1, 0));
        }
        for (what, found) in
            [("targets, one a row", left.len()), ("weights, one a row", weights.map_or(rows, <[f64]>::len))]
        {
            if found != rows {
                return Err(Error::shape(what, rows, found));
            }
        }
        if let Some(&other) = left.iter().find(|&&left| left != 0.0 && left != 1.0) {
            return Err(Error::argument("left", "must be 0 or 1", other));
        }
        if let Some(&bad) =
            weights.unwrap_or(&[]).iter().find(|weight| !(weight.is_finite() && **weight >= 0.0))
        {
            return Err(Error::argument("weights", "must be finite and >= 0", bad));
        }
        let counts = |row: usize| weights.is_none_or(|weights| weights[row] > 0.0);
        let seen: Vec<bool> = (0..rows).filter(|&row| counts(row)).map(|row| left[row] == 1.0).collect();
        if seen.is_empty() {
            return Err(Error::argument("weights", "must not all be zero", 0));
        }
        let gone = seen.iter().filter(|&&left| left).count();
        if gone == 0 || gone == seen.len() {
            let what = format!("only one class: {gone} of {} customers that count left", seen.len());
            let remedy = "take a longer horizon, or more customers";
            return Err(Error::data(Problem::new("left", what, remedy)));
        }
        Ok(())
    }

    fn report(
        &self,
        estimate: &Estimate,
        step: &FittedLogistic,
        mut findings: Vec<Finding>,
    ) -> LogisticReport {
        if !estimate.converged {
            let fact = format!("had not converged after {} steps", estimate.iterations);
            findings.push(Finding::new(
                "W370",
                "regression",
                fact,
                "set `penalty` above 0: fields may tell all",
            ));
        }
        let inputs: Vec<f64> = step.slopes.iter().map(|slope| slope.abs()).collect();
        let mut first = 0;
        for (field, coding) in step.step.parts().codings.iter().enumerate() {
            let most = inputs[first..first + coding.inputs()].iter().fold(0.0_f64, |most, x| most.max(*x));
            first += coding.inputs();
            if most > FAR {
                let name = self.names.get(field).cloned().unwrap_or_else(|| format!("column {field}"));
                let fact = format!("moves the log-odds by {most:.1} at once");
                findings.push(Finding::new(
                    "W371",
                    name,
                    fact,
                    "does it know the future? else raise `penalty`",
                ));
            }
        }
        LogisticReport { iterations: estimate.iterations, converged: estimate.converged, findings }
    }
}

impl FittedLogistic {
    /// From its parts: how fields are coded, and for each input its slope and the value it is counted from.
    ///
    /// # Errors
    /// [`Error::Shape`] for other numbers of slopes than inputs; those of [`Wavelons::new`].
    pub fn new(
        codings: Vec<Coding>,
        intercept: f64,
        slopes: Vec<f64>,
        baseline: Vec<f64>,
    ) -> Result<FittedLogistic> {
        let inputs: usize = codings.iter().map(Coding::inputs).sum();
        for found in [slopes.len(), baseline.len()] {
            if found != inputs {
                return Err(Error::shape("slopes, one an input", inputs, found));
            }
        }
        let member = Member::new(0, vec![intercept], slopes.clone(), vec![], vec![], vec![]);
        let parts =
            WavelonsParts::new(codings, Family::Ridge, Mother::MexicanHat, Link::Binary, vec![member]);
        Ok(FittedLogistic { step: Wavelons::new(parts)?, slopes, intercept, baseline })
    }

    /// From the frozen step and the value that each input is counted from.
    ///
    /// # Errors
    /// [`Error::Argument`] for a network with wavelons, several members or other than two classes;
    /// [`Error::Shape`] for another number of values than inputs.
    pub fn from_network(step: &Wavelons, baseline: Vec<f64>) -> Result<FittedLogistic> {
        let parts = step.parts();
        match parts.members.as_slice() {
            [member] if member.wavelons == 0 && parts.link == Link::Binary && !member.linear.is_empty() => {
                let (codings, slopes) = (parts.codings.clone(), member.linear.clone());
                FittedLogistic::new(codings, member.bias[0], slopes, baseline)
            }
            _ => Err(Error::argument("step", "must be a logistic regression", "another network")),
        }
    }

    /// The frozen step, which gives the probabilities of staying and of leaving; a network without wavelons.
    #[must_use]
    pub fn network(&self) -> &Wavelons {
        &self.step
    }

    /// Slopes on the scale of log-odds, input by input as the codings give them.
    #[must_use]
    pub fn slopes(&self) -> &[f64] {
        &self.slopes
    }

    /// Log-odds where all inputs are 0.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// The mean of each input, that contributions are counted from.
    #[must_use]
    pub fn baseline(&self) -> &[f64] {
        &self.baseline
    }

    /// The log-odds of the mean customer, which contributions add up from.
    #[must_use]
    pub fn base_log_odds(&self) -> f64 {
        self.slopes.iter().zip(&self.baseline).fold(self.intercept, |sum, (slope, mean)| sum + slope * mean)
    }

    /// What each field of a raw row adds to [`base_log_odds`](FittedLogistic::base_log_odds): together the
    /// log-odds of leaving. For a linear model these are Shapley's values, whatever goes together.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row of another length.
    pub fn contributions(&self, row: &[f64]) -> Result<Vec<f64>> {
        let codings = &self.step.parts().codings;
        if row.len() != codings.len() {
            return Err(Error::shape("fields", codings.len(), row.len()));
        }
        let mut inputs = Vec::with_capacity(self.slopes.len());
        coding::code_row(codings, |field| row[field], &mut inputs);
        let mut first = 0;
        Ok(codings
            .iter()
            .map(|coding| {
                let range = first..first + coding.inputs();
                first = range.end;
                range.map(|j| self.slopes[j] * (inputs[j] - self.baseline[j])).sum()
            })
            .collect())
    }
}

/// Scales a number by its weighted mean and standard deviation.
fn standardise(coding: &mut Coding, column: ArrayView1<'_, f64>, weights: Option<&[f64]>) {
    let Coding::Number { center, inverse, .. } = coding else { return };
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let present = || column.iter().enumerate().filter(|(_, x)| !x.is_nan());
    let all: f64 = present().map(|(row, _)| weight(row)).sum();
    // From the middle, so that large offsets cost no precision.
    let origin = *center;
    let sum: f64 = present().map(|(row, x)| weight(row) * (x - origin)).sum();
    let mean = sum / all;
    let squares: f64 = present().map(|(row, x)| weight(row) * square(x - origin - mean)).sum();
    let deviation = (squares / all).sqrt();
    if deviation > 0.0 && deviation.is_finite() {
        (*center, *inverse) = (origin + mean, 1.0 / deviation);
    }
}

fn square(x: f64) -> f64 {
    x * x
}

/// The inputs column by column, and the field that each is of.
fn coded(x: ArrayView2<'_, f64>, codings: &[Coding]) -> (Vec<Vec<f64>>, Vec<usize>) {
    let of_field: Vec<usize> = codings
        .iter()
        .enumerate()
        .flat_map(|(field, coding)| std::iter::repeat_n(field, coding.inputs()))
        .collect();
    let mut columns = vec![Vec::with_capacity(x.nrows()); of_field.len()];
    let mut inputs = Vec::with_capacity(columns.len());
    for row in x.rows() {
        inputs.clear();
        coding::code_row(codings, |field| row[field], &mut inputs);
        for (column, &input) in columns.iter_mut().zip(&inputs) {
            column.push(input);
        }
    }
    (columns, of_field)
}

/// Whether an input is the first category of its field.
fn is_first(codings: &[Coding], input: usize) -> bool {
    let mut first = 0;
    for coding in codings {
        if first == input {
            return matches!(coding, Coding::Category { .. });
        }
        first += coding.inputs();
    }
    false
}

fn mean(column: &[f64], weights: Option<&[f64]>) -> f64 {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let (sum, all) = column
        .iter()
        .enumerate()
        .fold((0.0, 0.0), |(sum, all), (row, x)| (sum + weight(row) * x, all + weight(row)));
    sum / all
}
