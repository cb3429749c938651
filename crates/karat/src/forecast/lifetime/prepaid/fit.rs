//! From a likelihood to a fit: starts, bounds, priors, standard errors, findings.

use super::sums::Sums;
use crate::evaluate::weights::Finding;
use crate::numerics::cholesky;
use crate::numerics::newton::{Edge, Evaluation, Maximum, maximise};
use crate::numerics::normal::normal_quantile;
use crate::numerics::parallel::Chunks;
use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};
use std::ops::Range;

/// Distinct rows in a chunk: small enough for two threads on a small base.
const CHUNK: usize = 2048;
/// How far a parameter may run from where its unit puts it, as a logarithm: a factor of nine million.
const FAR: f64 = 16.0;
/// Standard error of a logarithm from which on the data do not determine a parameter.
const UNDETERMINED: f64 = 4.0;

/// A normal prior on the logarithm of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// The parameter's median.
    pub median: f64,
    /// Standard deviation of its logarithm.
    pub deviation: f64,
}

/// How to fit.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct FitOptions {
    /// Priors, in the order of the parameters; none for maximum likelihood.
    pub priors: Vec<Option<Prior>>,
    /// Threads; 0 takes all. Never changes a result.
    pub threads: usize,
}

impl FitOptions {
    /// Maximum likelihood on all threads.
    #[must_use]
    pub fn new() -> FitOptions {
        FitOptions::default()
    }

    /// Sets the priors, in the order of the parameters; the fit is then the maximum a posteriori.
    #[must_use]
    pub fn priors(mut self, priors: Vec<Option<Prior>>) -> FitOptions {
        self.priors = priors;
        self
    }

    /// Sets the number of threads; 0 takes all.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> FitOptions {
        self.threads = threads;
        self
    }
}

/// What a fit found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LifetimeFit {
    /// Names of the parameters.
    pub names: Vec<&'static str>,
    /// The parameters.
    pub parameters: Vec<f64>,
    /// Log-likelihood of all customers in the unit of time given, without the priors.
    pub log_likelihood: f64,
    /// Covariance of the parameters' logarithms, row by row: the inverse of the exact information. Rows of
    /// parameters at a bound are 0; all are where the information is singular.
    pub log_covariance: Vec<f64>,
    /// Standard errors of the parameters by the delta method; infinite where the data do not determine one.
    pub standard_errors: Vec<f64>,
    /// Largest slope of the log-likelihood by the logarithm of a parameter that is not at a bound.
    pub gradient: f64,
    /// Newton steps.
    pub iterations: usize,
    /// Whether a further step would gain nothing.
    pub converged: bool,
    /// Customers.
    pub customers: f64,
    /// Distinct rows.
    pub distinct: usize,
    /// `W301` a parameter at its bound, `W302` one that the data do not determine, `W303` not converged.
    pub findings: Vec<Finding>,
}

impl LifetimeFit {
    /// Lower and upper ends of an interval for each parameter, symmetric in its logarithm (Wald).
    ///
    /// # Errors
    /// [`Error::Argument`] for a level that is not between 0 and 1.
    pub fn intervals(&self, level: f64) -> Result<Vec<(f64, f64)>> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::argument("level", "must be between 0 and 1", level));
        }
        let z = normal_quantile(0.5 + 0.5 * level);
        let ends = self.parameters.iter().zip(&self.standard_errors).map(|(&value, &error)| {
            let spread = z * error / value;
            if spread.is_finite() {
                (value * exp(-spread), value * exp(spread))
            } else {
                (0.0, f64::INFINITY)
            }
        });
        Ok(ends.collect())
    }

    /// Akaike's information criterion.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.parameters.len() as f64 - 2.0 * self.log_likelihood
    }

    /// The Bayesian information criterion.
    #[must_use]
    pub fn bic(&self) -> f64 {
        self.parameters.len() as f64 * ln(self.customers) - 2.0 * self.log_likelihood
    }
}

/// A log-likelihood of `P` positive parameters over distinct rows.
pub(super) trait Likelihood<const P: usize>: Sync {
    /// What every row of an evaluation shares: logarithms, tables by frequency.
    type Tables: Sync;
    const NAMES: [&'static str; P];
    /// Distinct rows and customers.
    fn size(&self) -> (usize, f64);
    /// Points to start from, the likeliest first; the others are tried where the first does not converge inside.
    fn starts(&self) -> Vec<[f64; P]>;
    /// What the parameters are measured in: their order of magnitude, about which they are bounded.
    fn units(&self) -> [f64; P];
    fn tables(&self, parameters: &[f64; P]) -> Self::Tables;
    /// The sum over rows, with derivatives by the parameters themselves.
    fn sum(&self, parameters: &[f64; P], tables: &Self::Tables, rows: Range<usize>) -> Sums<P>;
}

/// Maximises the likelihood, or the posterior where there are priors.
pub(super) fn fit<const P: usize, L: Likelihood<P>>(model: &L, options: &FitOptions) -> Result<LifetimeFit> {
    check_priors(options, &L::NAMES)?;
    let units = model.units();
    let bounds = units.map(|unit| (ln(unit) - FAR, ln(unit) + FAR));
    let mut best: Option<Maximum> = None;
    for start in model.starts() {
        let start = start.map(ln);
        let found = maximise(&start, &bounds, |at| {
            let mut made = evaluate(model, at, options)?.1;
            add_priors(&mut made, at, &options.priors);
            Ok(made)
        })?;
        let inside = found.converged && found.edges.iter().all(Option::is_none);
        let better = best.as_ref().is_none_or(|best| {
            found.found.value > best.found.value + 1e-9 * (1.0 + best.found.value.abs())
                || (!best.found.value.is_finite() && found.found.value.is_finite())
        });
        if better {
            best = Some(found);
        }
        if inside {
            break;
        }
    }
    let Some(best) = best.filter(|best| best.found.value.is_finite()) else {
        return Err(Error::argument("data", "must have a likelihood at some parameters", "none"));
    };
    describe(model, &best, options)
}

fn evaluate<const P: usize, L: Likelihood<P>>(
    model: &L,
    at: &[f64],
    options: &FitOptions,
) -> Result<(Sums<P>, Evaluation)> {
    let mut parameters = [0.0; P];
    for (parameter, logarithm) in parameters.iter_mut().zip(at) {
        *parameter = exp(*logarithm);
    }
    let tables = model.tables(&parameters);
    let chunks = Chunks { task: "fitting", rows: model.size().0, chunk: CHUNK, threads: options.threads };
    let sums = chunks.map_reduce(
        |rows| model.sum(&parameters, &tables, rows),
        Sums::ZERO,
        |sums, part| sums.add(1.0, &part),
        &mut |_| true,
    )?;
    let made = sums.in_logarithms(&parameters);
    Ok((sums, made))
}

fn check_priors(options: &FitOptions, names: &[&str]) -> Result<()> {
    if !options.priors.is_empty() && options.priors.len() != names.len() {
        return Err(Error::shape("priors", names.len(), options.priors.len()));
    }
    for (prior, name) in options.priors.iter().zip(names) {
        if let Some(Prior { median, deviation }) = prior
            && !(median.is_finite() && *median > 0.0 && deviation.is_finite() && *deviation > 0.0)
        {
            let rule = "must have a positive median and deviation";
            return Err(Error::argument(format!("priors of {name}"), rule, format!("{median}, {deviation}")));
        }
    }
    Ok(())
}

fn add_priors(made: &mut Evaluation, at: &[f64], priors: &[Option<Prior>]) {
    let parameters = at.len();
    for (i, prior) in priors.iter().enumerate() {
        if let Some(Prior { median, deviation }) = prior {
            let apart = (at[i] - ln(*median)) / deviation;
            made.value -= 0.5 * apart * apart;
            made.gradient[i] -= apart / deviation;
            made.hessian[i * parameters + i] -= 1.0 / (deviation * deviation);
        }
    }
}

fn describe<const P: usize, L: Likelihood<P>>(
    model: &L,
    best: &Maximum,
    options: &FitOptions,
) -> Result<LifetimeFit> {
    let parameters: Vec<f64> = best.at.iter().map(|&logarithm| exp(logarithm)).collect();
    let log_likelihood = if options.priors.is_empty() {
        best.found.value
    } else {
        evaluate(model, &best.at, options)?.0.value
    };
    let (log_covariance, singular) = covariance(best);
    let mut findings = Vec::new();
    let mut standard_errors = vec![0.0; P];
    for i in 0..P {
        let error = log_covariance[i * P + i].max(0.0).sqrt();
        let name = L::NAMES[i];
        standard_errors[i] = error * parameters[i];
        let value = parameters[i];
        if let Some(edge) = best.edges[i] {
            let towards = if edge == Edge::Lower { "0" } else { "infinity" };
            let proposal = "the data ask for a simpler model, or for a prior on this parameter";
            let fact = format!("the likelihood rises as it goes to {towards}; it was held at {value:.3e}");
            findings.push(Finding::new("W301", name, fact, proposal));
            standard_errors[i] = f64::INFINITY;
        } else if singular || error > UNDETERMINED {
            let fact = format!(
                "the data do not determine it: {value:.3e} with a standard error of its logarithm above {UNDETERMINED}"
            );
            let proposal = "give a prior, more customers or a longer time";
            findings.push(Finding::new("W302", name, fact, proposal));
            standard_errors[i] = f64::INFINITY;
        }
    }
    if !best.converged {
        let fact = format!("{} steps have not reached the top", best.iterations);
        findings.push(Finding::new(
            "W303",
            "fit",
            fact,
            "the data hardly tell parameters apart: give priors",
        ));
    }
    let free = |i: &usize| best.edges[*i].is_none();
    let (distinct, customers) = model.size();
    Ok(LifetimeFit {
        names: L::NAMES.to_vec(),
        parameters,
        log_likelihood,
        log_covariance,
        standard_errors,
        gradient: (0..P).filter(free).fold(0.0, |largest, i| best.found.gradient[i].abs().max(largest)),
        iterations: best.iterations,
        converged: best.converged,
        customers,
        distinct,
        findings,
    })
}

/// The inverse of the information of the parameters that are free, and whether there is none.
fn covariance(best: &Maximum) -> (Vec<f64>, bool) {
    let parameters = best.at.len();
    let free: Vec<usize> = (0..parameters).filter(|&i| best.edges[i].is_none()).collect();
    let m = free.len();
    let mut information = vec![0.0; m * m];
    for (row, &i) in free.iter().enumerate() {
        for (column, &j) in free.iter().enumerate() {
            information[row * m + column] = -best.found.hessian[i * parameters + j];
        }
    }
    let mut all = vec![0.0; parameters * parameters];
    if !cholesky::factor(&mut information, m) {
        return (all, true);
    }
    for (row, &i) in free.iter().enumerate() {
        let mut unit = vec![0.0; m];
        unit[row] = 1.0;
        cholesky::solve(&information, &mut unit);
        for (column, &j) in free.iter().enumerate() {
            all[i * parameters + j] = unit[column];
        }
    }
    (all, false)
}
