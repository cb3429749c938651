//! A fitted model of contracts: parameters, how sure they are, and the curves they give.

use super::counts::PeriodCounts;
use super::family::{Bound, Family};
use super::jet::Jet;
use super::maximum::{Held, Maximum};
use super::spells::Spells;
use crate::evaluate::weights::Finding;
use crate::numerics::normal::normal_quantile;
use crate::numerics::random::CounterRandom;
use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};

/// Draws of parameters, apart from those of other methods.
const KIND: u64 = 0x636f_6e74_7261_6374;

/// A parameter and how sure it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name in the literature.
    pub name: &'static str,
    /// The estimate.
    pub value: f64,
    /// Its standard error; infinite where the data set no end to it.
    pub standard_error: f64,
    /// Lower end of the 95 % interval, taken on the logarithm.
    pub lower: f64,
    /// Upper end of the 95 % interval.
    pub upper: f64,
}

/// A curve with a band around it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Band {
    /// The curve.
    pub value: Vec<f64>,
    /// Lower end at each point.
    pub lower: Vec<f64>,
    /// Upper end at each point.
    pub upper: Vec<f64>,
}

impl Band {
    pub(crate) fn new(value: Vec<f64>, lower: Vec<f64>, upper: Vec<f64>) -> Band {
        Band { value, lower, upper }
    }
}

/// What a fit returns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FittedContract<M> {
    /// The model at the maximum of the likelihood.
    pub model: M,
    /// Its parameters with standard errors and intervals.
    pub parameters: Vec<Parameter>,
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Akaike's criterion: lower is better among models of the same data.
    pub aic: f64,
    /// Customers lost.
    pub events: f64,
    /// Newton steps.
    pub iterations: usize,
    /// Whether the steps settled.
    pub converged: bool,
    /// Parameters at a bound (`W340`) or of which the data do not tell (`W341`), a fit that did not settle
    /// (`W342`).
    pub findings: Vec<Finding>,
    working: Vec<f64>,
    covariance: Vec<f64>,
}

#[allow(private_bounds, reason = "the family is how a model is fitted, and no concern of its users")]
impl<M: Family> FittedContract<M> {
    /// Chance to be still here at each time, with a band of the given level by the delta method on
    /// `ln(-ln S)`, which keeps it within 0 and 1.
    ///
    /// # Errors
    /// [`Error::Argument`] for a level outside 0 to 1 or a time that is negative or no number.
    pub fn survival_band(&self, times: &[f64], level: f64) -> Result<Band> {
        let z = two_sided(level)?;
        let mut band = Band::new(Vec::new(), Vec::new(), Vec::new());
        for &time in times {
            check_time(time)?;
            let jet = M::log_survival(&self.working, time);
            let (value, spread) = (jet.value, self.deviation(&jet));
            band.value.push(exp(value));
            // With -ln S = u the delta method gives ln u a deviation of spread / u.
            let factor = if value < 0.0 { exp((z * spread / -value).min(700.0)) } else { 1.0 };
            band.lower.push(exp(value * factor));
            band.upper.push(exp(value / factor));
        }
        Ok(band)
    }

    /// Chance of those still here at time `after` to be here at each later time.
    ///
    /// # Errors
    /// [`Error::Argument`] for a time that is negative or no number.
    pub fn conditional_survival(&self, after: f64, times: &[f64]) -> Result<Vec<f64>> {
        check_time(after)?;
        let start = M::log_survival(&self.working, after).value;
        times
            .iter()
            .map(|&time| {
                check_time(time)?;
                Ok(exp((M::log_survival(&self.working, after + time).value - start).min(0.0)))
            })
            .collect()
    }

    /// Models whose parameters are drawn from what the data leave open: for intervals of whatever follows from
    /// the curve. The same seed gives the same draws.
    #[must_use]
    pub fn draws(&self, count: usize, seed: u64) -> Vec<M> {
        let n = self.working.len();
        let mut factor = self.covariance.clone();
        // Held parameters have rows of zeros: they stay where they are.
        for i in 0..n {
            if factor[i * n + i] == 0.0 {
                factor[i * n + i] = 1e-300;
            }
        }
        if !crate::numerics::cholesky::factor(&mut factor, n) {
            return vec![self.model; count];
        }
        (0..count)
            .map(|draw| {
                let random = CounterRandom::new(seed, KIND, draw as u64);
                let normals: Vec<f64> = (0..n as u64).map(|i| random.normal(i)).collect();
                let working: Vec<f64> = (0..n)
                    .map(|i| {
                        let shift: f64 = (0..=i).map(|j| factor[i * n + j] * normals[j]).sum();
                        (self.working[i] + shift).max(M::BOUNDS[i].low).min(M::BOUNDS[i].high)
                    })
                    .collect();
                M::from_values(&values(&M::natural(&working)))
            })
            .collect()
    }

    fn deviation(&self, jet: &Jet) -> f64 {
        let n = self.working.len();
        let mut variance = 0.0;
        for i in 0..n {
            for j in 0..n {
                variance += jet.gradient[i] * self.covariance[i * n + j] * jet.gradient[j];
            }
        }
        variance.max(0.0).sqrt()
    }

    fn new(maximum: Maximum, events: f64) -> FittedContract<M> {
        let natural = M::natural(&maximum.working);
        let mut fitted = FittedContract {
            model: M::from_values(&values(&natural)),
            parameters: Vec::new(),
            log_likelihood: maximum.jet.value,
            aic: 2.0 * (M::PARAMETERS.len() as f64 - maximum.jet.value),
            events,
            iterations: maximum.iterations,
            converged: maximum.converged,
            findings: findings::<M>(&maximum),
            working: maximum.working,
            covariance: maximum.covariance,
        };
        for (name, jet) in M::PARAMETERS.iter().zip(&natural) {
            let open = maximum
                .held
                .iter()
                .zip(&jet.gradient)
                .any(|(held, &slope)| *held != Held::Free && slope.abs() > 1e-12 * jet.value.abs());
            let error = if open { f64::INFINITY } else { fitted.deviation(jet) };
            let factor = exp((1.959_963_984_540_054 * error / jet.value).min(700.0));
            fitted.parameters.push(Parameter {
                name,
                value: jet.value,
                standard_error: error,
                lower: if open { 0.0 } else { jet.value / factor },
                upper: if open { f64::INFINITY } else { jet.value * factor },
            });
        }
        fitted
    }
}

fn values(natural: &[Jet]) -> Vec<f64> {
    natural.iter().map(|jet| jet.value).collect()
}

fn findings<M: Family>(maximum: &Maximum) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (held, bound) in maximum.held.iter().zip(M::BOUNDS) {
        let bound: &Bound = bound;
        let proposal = "read the curve, not the parameters; a model of fewer parameters says the same";
        match held {
            Held::Low => findings.push(Finding::new("W340", M::NAME, bound.at_low, proposal)),
            Held::High => findings.push(Finding::new("W340", M::NAME, bound.at_high, proposal)),
            Held::Flat => {
                let fact = "the data do not tell a parameter: more than one gives the same likelihood";
                let proposal = "watch customers over more periods before using the forecast";
                findings.push(Finding::new("W341", M::NAME, fact, proposal));
            }
            Held::Free => {}
        }
    }
    if !maximum.converged {
        let fact = format!("the steps had not settled after {}", maximum.iterations);
        findings.push(Finding::new("W342", M::NAME, fact, "report the data: this should not happen"));
    }
    findings
}

/// Fits a model of whole periods.
pub(super) fn fit_periods<M: Family>(
    counts: &PeriodCounts,
    start: &[f64],
    kept: impl Fn(&[f64], usize) -> Vec<Jet>,
) -> Result<FittedContract<M>> {
    if counts.decisions() <= 0.0 {
        return Err(nothing_watched());
    }
    let evaluate = |working: &[f64]| period_likelihood(counts, &kept(working, counts.periods()));
    Ok(FittedContract::new(Maximum::find(M::BOUNDS, start, evaluate)?, counts.events()))
}

/// Likelihood of lost and kept customers, from the logarithms of the chances to keep one in each period.
pub(super) fn period_likelihood(counts: &PeriodCounts, kept: &[Jet]) -> Jet {
    let mut sum = Jet::ZERO;
    for ((kept, &stayed), &lost) in kept.iter().zip(counts.kept()).zip(counts.lost()) {
        sum.add_scaled(kept, stayed);
        if lost > 0.0 {
            sum.add_scaled(&kept.ln_complement(), lost);
        }
    }
    sum
}

/// Fits a model of continuous time.
pub(super) fn fit_spells<M: Family>(
    spells: &Spells,
    start: &[f64],
    log_hazard: impl Fn(&[f64], f64) -> Jet,
) -> Result<FittedContract<M>> {
    if spells.customers() <= 0.0 {
        return Err(nothing_watched());
    }
    let evaluate = |working: &[f64]| {
        let mut sum = Jet::ZERO;
        for spell in &spells.list {
            sum.add_scaled(&M::log_survival(working, spell.duration), spell.lost + spell.kept);
            if spell.lost > 0.0 {
                sum.add_scaled(&log_hazard(working, spell.duration), spell.lost);
            }
            if spell.entry > 0.0 {
                sum.add_scaled(&M::log_survival(working, spell.entry), -(spell.lost + spell.kept));
            }
        }
        sum
    };
    Ok(FittedContract::new(Maximum::find(M::BOUNDS, start, evaluate)?, spells.events()))
}

fn nothing_watched() -> Error {
    let remedy = "give customers who lived through at least one period, with weights above 0";
    Error::data(karat_scorer::Problem::new("durations", "nobody was watched for any time", remedy))
}

/// Normal deviate of a two-sided level.
pub(crate) fn two_sided(level: f64) -> Result<f64> {
    if level > 0.0 && level < 1.0 {
        Ok(normal_quantile(0.5 + 0.5 * level))
    } else {
        Err(Error::argument("level", "must lie between 0 and 1", level))
    }
}

pub(super) fn check_time(time: f64) -> Result<()> {
    if time.is_finite() && time >= 0.0 {
        Ok(())
    } else {
        Err(Error::argument("times", "must be 0 or more and finite", time))
    }
}

/// Starting values of a model over periods: log-odds to leave first, moderate differences.
pub(super) fn start_of(counts: &PeriodCounts) -> [f64; 2] {
    let place = (0..counts.periods()).find(|&t| counts.lost()[t] + counts.kept()[t] > 0.0).unwrap_or(0);
    let (lost, kept) = (counts.lost()[place] + 0.5, counts.kept()[place] + 0.5);
    [ln(lost / kept), -1.0]
}
