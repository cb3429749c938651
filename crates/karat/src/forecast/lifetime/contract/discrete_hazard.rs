//! Chances to leave period by period, by tenure, contract clock and fields.
//!
//! Discrete-time hazards as a regression of periods (Cox 1972; Prentice and Gloeckler 1978; Singer and Willett
//! 1993). A customer's periods are walked, never written out as rows.

use super::check::Observed;
use super::coefficient::{Coefficient, coefficients};
use super::fields::Fields;
use super::hazard_walk::Walk;
use super::regression::Climb;
use crate::evaluate::weights::Finding;
use karat_scorer::numerics::{ln, ln_1p};
use karat_scorer::step::{Contract, HazardLink, MAX_CONTRACT_PERIODS, PaymentTiming};
use karat_scorer::{Error, Problem, Result};

/// How the chance to leave runs with tenure.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Baseline {
    /// Linear in the logarithm of the period: two coefficients. The default.
    #[default]
    Logarithm,
    /// The same in every period.
    Constant,
    /// One level for each band of periods; the numbers are the last periods of the bands but the last.
    Bands(Vec<u32>),
    /// One level for each period in which anybody left, periods without exits joined to the one before.
    Periods,
}

/// The regression.
///
/// ```
/// use karat::forecast::lifetime::contract::{DiscreteHazard, Fields};
/// let names = ["autopay".to_owned()];
/// let autopay = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
/// let columns: [&[f64]; 1] = [&autopay];
/// let fields = Fields::new(&names, &columns)?;
/// let durations = [9.0, 2.0, 12.0, 3.0, 5.0, 7.0, 1.0, 12.0];
/// let events = [0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0];
/// let fitted = DiscreteHazard::new().fit(&durations, &events, fields, None)?;
/// assert!(fitted.coefficients[2].value < 0.0, "who pays automatically leaves less often");
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DiscreteHazard {
    /// Logit (odds) or complementary log-log (grouped proportional hazards).
    pub link: HazardLink,
    /// How the chance to leave runs with tenure.
    pub baseline: Baseline,
    /// Half of it times the squared effect of one standard deviation of each field is taken off the likelihood.
    pub penalty: f64,
    /// Threads, 0 for all; never changes a result.
    pub threads: usize,
}

impl Default for DiscreteHazard {
    fn default() -> DiscreteHazard {
        DiscreteHazard { link: HazardLink::Logit, baseline: Baseline::Logarithm, penalty: 0.0, threads: 0 }
    }
}

/// Columns beside durations and events that only some customers have.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Clock<'a> {
    /// Periods lived through when the records began.
    pub entries: Option<&'a [f64]>,
    /// How much each customer counts.
    pub weights: Option<&'a [f64]>,
    /// Length of each customer's contract in periods, renewed at its end; 0 for none.
    pub terms: Option<&'a [f64]>,
}

impl<'a> Clock<'a> {
    /// Late entry, weights and contract terms, each where there is one.
    #[must_use]
    pub fn new(
        entries: Option<&'a [f64]>,
        weights: Option<&'a [f64]>,
        terms: Option<&'a [f64]>,
    ) -> Clock<'a> {
        Clock { entries, weights, terms }
    }
}

/// What the regression found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FittedHazard {
    /// Baseline, contract clock (`contract_end`, `in_contract`), then fields.
    pub coefficients: Vec<Coefficient>,
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Periods of customers that were walked.
    pub customer_periods: f64,
    /// Exits.
    pub events: f64,
    /// Newton steps.
    pub iterations: usize,
    /// Whether the steps settled.
    pub converged: bool,
    /// Fields that separate who leaves (`W343`), or steps that did not settle (`W342`).
    pub findings: Vec<Finding>,
    link: HazardLink,
    bands: Vec<f64>,
    logarithm: bool,
    clocked: bool,
}

impl DiscreteHazard {
    /// Log-odds, linear in the logarithm of the period.
    #[must_use]
    pub fn new() -> DiscreteHazard {
        DiscreteHazard::default()
    }

    /// Sets the link.
    #[must_use]
    pub fn link(mut self, link: HazardLink) -> DiscreteHazard {
        self.link = link;
        self
    }

    /// Sets the baseline.
    #[must_use]
    pub fn baseline(mut self, baseline: Baseline) -> DiscreteHazard {
        self.baseline = baseline;
        self
    }

    /// Sets the ridge penalty.
    #[must_use]
    pub fn penalty(mut self, penalty: f64) -> DiscreteHazard {
        self.penalty = penalty;
        self
    }

    /// Sets the number of threads, 0 for all.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> DiscreteHazard {
        self.threads = threads;
        self
    }

    /// The most likely coefficients.
    ///
    /// # Errors
    /// [`Error::Data`] naming everything wrong with its rows, constant fields and fields that follow from others;
    /// [`Error::Shape`] for columns of unequal length; [`Error::Argument`] for options out of range.
    pub fn fit(
        &self,
        durations: &[f64],
        events: &[f64],
        fields: Fields<'_>,
        clock: Option<Clock<'_>>,
    ) -> Result<FittedHazard> {
        let clock = clock.unwrap_or_default();
        let observed = Observed { durations, events, entries: clock.entries, weights: clock.weights };
        observed.check(true)?;
        self.check(durations, clock.terms)?;
        let deviations = fields.check(durations.len())?;
        if events.iter().all(|&event| event == 0.0) {
            return Err(Error::data(Problem::new("events", "nobody left", "watch customers for longer")));
        }
        let bands = self.bands(&observed);
        let logarithm = self.baseline == Baseline::Logarithm;
        let mut names: Vec<String> =
            if logarithm || bands.len() < 2 { vec!["intercept".to_owned()] } else { band_names(&bands) };
        if logarithm {
            names.push("ln_period".to_owned());
        }
        if clock.terms.is_some() {
            names.extend(["contract_end".to_owned(), "in_contract".to_owned()]);
        }
        let base = names.len();
        names.extend(fields.names.iter().cloned());
        let mut scales = vec![1.0; base];
        scales.extend(&deviations);
        let mut penalties = vec![0.0; base];
        penalties.resize(names.len(), self.penalty);
        let walk =
            Walk { observed, fields, terms: clock.terms, bands: &bands, logarithm, base, link: self.link };
        let climb = Climb { names: &names, scales: &scales, penalties: &penalties };
        let (lost, periods) = walk.totals();
        let rate = (lost + 0.5) / (periods + 1.0);
        let level = match self.link {
            HazardLink::ComplementaryLogLog => ln(-ln_1p(-rate)),
            _ => ln(rate / (1.0 - rate)),
        };
        let mut start = vec![0.0; names.len()];
        let levels = if logarithm { 1 } else { bands.len().max(1) };
        start[..levels].fill(level);
        let estimate = climb.run(&start, |position| walk.sums(position, self.threads))?;
        let mut findings = Vec::new();
        let list = coefficients(&estimate, &names, &scales, &mut findings);
        Ok(FittedHazard {
            coefficients: list,
            log_likelihood: estimate.value,
            customer_periods: periods,
            events: lost,
            iterations: estimate.iterations,
            converged: estimate.converged,
            findings,
            link: self.link,
            bands,
            logarithm,
            clocked: clock.terms.is_some(),
        })
    }

    fn check(&self, durations: &[f64], terms: Option<&[f64]>) -> Result<()> {
        if !(self.penalty >= 0.0 && self.penalty.is_finite()) {
            return Err(Error::argument("penalty", "must be 0 or more", self.penalty));
        }
        if self.link == HazardLink::Chance {
            return Err(Error::argument("link", "must be logit or cloglog", "chance"));
        }
        if let Baseline::Bands(edges) = &self.baseline
            && (edges.is_empty() || edges[0] == 0 || edges.windows(2).any(|pair| pair[0] >= pair[1]))
        {
            return Err(Error::argument(
                "bands",
                "must be periods from 1 on that rise",
                format!("{edges:?}"),
            ));
        }
        let Some(terms) = terms else { return Ok(()) };
        if terms.len() != durations.len() {
            return Err(Error::shape("rows of `terms`", durations.len(), terms.len()));
        }
        let bad: Vec<usize> = (0..terms.len())
            .filter(|&row| !(terms[row] >= 0.0 && terms[row].fract() == 0.0 && terms[row] < 1e6))
            .collect();
        if bad.is_empty() {
            return Ok(());
        }
        let remedy = "give the length of the contract in whole periods, 0 for none";
        Err(Error::data(Problem::new("terms", "no whole number of periods", remedy).at(bad.len(), bad)))
    }

    /// Last periods of the bands; the last band has no end.
    fn bands(&self, observed: &Observed<'_>) -> Vec<f64> {
        match &self.baseline {
            Baseline::Logarithm | Baseline::Constant => Vec::new(),
            Baseline::Bands(edges) => {
                edges.iter().map(|&edge| f64::from(edge)).chain([f64::INFINITY]).collect()
            }
            Baseline::Periods => {
                let rows = 0..observed.durations.len();
                let leaving = rows.filter(|&row| observed.events[row] == 1.0 && observed.weight(row) > 0.0);
                let mut exits: Vec<f64> = leaving.map(|row| observed.durations[row]).collect();
                exits.sort_unstable_by(f64::total_cmp);
                exits.dedup();
                // A band ends before the next period with exits.
                let mut bands: Vec<f64> = exits.iter().skip(1).map(|period| period - 1.0).collect();
                bands.push(f64::INFINITY);
                bands
            }
        }
    }
}

fn band_names(bands: &[f64]) -> Vec<String> {
    let mut from = 1.0;
    let mut names = Vec::with_capacity(bands.len());
    for &to in bands {
        names.push(if to.is_infinite() {
            format!("periods {from}+")
        } else if to == from {
            format!("period {from}")
        } else {
            format!("periods {from}-{to}")
        });
        from = to + 1.0;
    }
    names
}

impl FittedHazard {
    /// The frozen model for a forecast of `horizon` periods with payments discounted by `discount_rate` a period.
    /// Beyond `periods` the chance to leave of the last one holds.
    ///
    /// # Errors
    /// [`Error::Argument`] for a horizon, a number of periods or a rate that the step cannot have.
    pub fn freeze(
        &self,
        periods: usize,
        horizon: usize,
        discount_rate: f64,
        timing: PaymentTiming,
    ) -> Result<Contract> {
        if periods == 0 || periods > MAX_CONTRACT_PERIODS {
            return Err(Error::argument("periods", format!("must be 1 to {MAX_CONTRACT_PERIODS}"), periods));
        }
        let value = |i: usize| self.coefficients[i].value;
        let levels = if self.logarithm { 2 } else { self.bands.len().max(1) };
        let baseline = (1..=periods)
            .map(|period| {
                if self.logarithm {
                    value(0) + value(1) * ln(period as f64)
                } else {
                    value(self.bands.partition_point(|&to| to < period as f64))
                }
            })
            .collect();
        let base = levels + if self.clocked { 2 } else { 0 };
        let step = Contract {
            link: self.link,
            baseline,
            contract_end: if self.clocked { value(levels) } else { 0.0 },
            in_contract: if self.clocked { value(levels + 1) } else { 0.0 },
            coefficients: self.coefficients[base..].iter().map(|coefficient| coefficient.value).collect(),
            horizon,
            discount_rate,
            timing,
        };
        step.check()?;
        Ok(step)
    }
}
