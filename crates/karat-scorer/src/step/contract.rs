//! Contracts: how long a customer will stay and what the payments until then are worth.

use super::Step;
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};
use crate::numerics::{NAN, exp, exp_m1, sigmoid};

/// Most periods of a baseline, and of a forecast.
pub const MAX_CONTRACT_PERIODS: usize = 1200;
/// Most fields of a hazard.
pub const MAX_HAZARD_FIELDS: usize = 1024;

/// How the baseline becomes a chance to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HazardLink {
    /// The baseline holds the chances themselves, and there are no fields.
    Chance,
    /// Log-odds.
    Logit,
    /// Logarithms of `-ln(1 - chance)`.
    ComplementaryLogLog,
}

/// When the payment of a period is made, and to which moment it is discounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaymentTiming {
    /// At the end of each period by those who are here then: `sum of S(t) / (1 + d)^t` for t = 1, 2, ...
    End,
    /// At the start of each period, the first one at once: `sum of S(t - 1) / (1 + d)^(t - 1)`.
    Start,
    /// At each renewal, seen just before the next one: `sum of S(t) / (1 + d)^(t - 1)`.
    BeforeRenewal,
}

/// A frozen model of contracts.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// What the numbers of the baseline are.
    pub link: HazardLink,
    /// Baseline of periods 1, 2, ...; the last one holds for all later periods.
    pub baseline: Vec<f64>,
    /// Added in a period in which a contract ends.
    pub contract_end: f64,
    /// Added in the other periods of a contract.
    pub in_contract: f64,
    /// One for each field, added times its value.
    pub coefficients: Vec<f64>,
    /// Periods of the forecast.
    pub horizon: usize,
    /// Discount rate of one period.
    pub discount_rate: f64,
    /// When payments are made.
    pub timing: PaymentTiming,
}

/// What is to come of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContractForecast {
    /// Chance to be here at the end of the horizon.
    pub survival: f64,
    /// Chance to leave in the next period.
    pub next_hazard: f64,
    /// Expected periods to come within the horizon.
    pub remaining_periods: f64,
    /// The same, each discounted as payments are: times a margin it is a value.
    pub discounted_periods: f64,
}

impl Contract {
    /// Checks every length and number.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the parameter.
    pub fn check(&self) -> Result<()> {
        let count = |name: &str, found: usize, least: usize, most: usize| {
            if (least..=most).contains(&found) {
                Ok(())
            } else {
                Err(Error::argument(name, format!("must be {least} to {most}"), found))
            }
        };
        count("baseline periods", self.baseline.len(), 1, MAX_CONTRACT_PERIODS)?;
        count("horizon", self.horizon, 1, MAX_CONTRACT_PERIODS)?;
        count("coefficients", self.coefficients.len(), 0, MAX_HAZARD_FIELDS)?;
        let mut numbers = self.baseline.iter().chain(&self.coefficients);
        if let Some(bad) = numbers.find(|number| !number.is_finite()) {
            return Err(Error::argument("baseline and coefficients", "must be finite", bad));
        }
        for number in [self.contract_end, self.in_contract] {
            if !number.is_finite() {
                return Err(Error::argument("effects of the contract", "must be finite", number));
            }
        }
        if !(self.discount_rate.is_finite() && self.discount_rate > -1.0) {
            return Err(Error::argument("discount_rate", "must be above -1", self.discount_rate));
        }
        if self.link == HazardLink::Chance {
            if let Some(bad) = self.baseline.iter().find(|chance| !(0.0..=1.0).contains(*chance)) {
                return Err(Error::argument("baseline", "must hold chances from 0 to 1", bad));
            }
            if !self.coefficients.is_empty() || self.contract_end != 0.0 || self.in_contract != 0.0 {
                return Err(Error::argument("link", "must be logit or cloglog to take fields", "chance"));
            }
        }
        Ok(())
    }

    /// The forecast of a customer who has lived through `tenure` whole periods, whose contracts run for `term`
    /// periods each (0 for none), with one value for each coefficient. A missing number gives NaN throughout.
    ///
    /// ```
    /// use karat_scorer::step::{Contract, HazardLink, PaymentTiming};
    /// let step = Contract {
    ///     link: HazardLink::Chance,
    ///     baseline: vec![0.2],
    ///     contract_end: 0.0,
    ///     in_contract: 0.0,
    ///     coefficients: vec![],
    ///     horizon: 1200,
    ///     discount_rate: 0.1,
    ///     timing: PaymentTiming::End,
    /// };
    /// // Retention .8 at 10 %: the margin multiple r / (1 + i - r) of Gupta and Lehmann (2003).
    /// let forecast = step.eval(0.0, 0.0, &[]);
    /// assert!((forecast.discounted_periods - 0.8 / 0.3).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn eval(&self, tenure: f64, term: f64, fields: &[f64]) -> ContractForecast {
        let mut score = 0.0;
        for (place, coefficient) in self.coefficients.iter().enumerate() {
            score += coefficient * fields.get(place).copied().unwrap_or(NAN);
        }
        self.eval_score(tenure, term, score)
    }

    /// As [`eval`](Contract::eval), from the sum of coefficients times fields.
    pub(crate) fn eval_score(&self, tenure: f64, term: f64, score: f64) -> ContractForecast {
        let unknown = ContractForecast {
            survival: NAN,
            next_hazard: NAN,
            remaining_periods: NAN,
            discounted_periods: NAN,
        };
        let known = |periods: f64| (0.0..1e9).contains(&periods);
        if !(known(tenure) && known(term) && score.is_finite()) {
            return unknown;
        }
        let (completed, term) = (tenure.floor() as usize, term.floor() as usize);
        let factor = 1.0 / (1.0 + self.discount_rate);
        let (mut survival, mut remaining, mut discounted, mut next) = (1.0, 0.0, 0.0, 0.0);
        // Of the payment of the first period: at its end, at its start, or at the renewal that it ends with.
        let mut weight = if self.timing == PaymentTiming::End { factor } else { 1.0 };
        for step in 0..self.horizon {
            let hazard = self.hazard(completed + 1 + step, term, score);
            if step == 0 {
                next = hazard;
            }
            let before = survival;
            survival *= 1.0 - hazard;
            remaining += survival;
            discounted += weight * if self.timing == PaymentTiming::Start { before } else { survival };
            weight *= factor;
        }
        ContractForecast {
            survival,
            next_hazard: next,
            remaining_periods: remaining,
            discounted_periods: discounted,
        }
    }

    /// Chance to leave in a period counted from 1.
    #[inline]
    fn hazard(&self, period: usize, term: usize, score: f64) -> f64 {
        let place = (period - 1).min(self.baseline.len().saturating_sub(1));
        let baseline = self.baseline.get(place).copied().unwrap_or(NAN);
        let clock = match term {
            0 => 0.0,
            _ if period.is_multiple_of(term) => self.contract_end,
            _ => self.in_contract,
        };
        match self.link {
            HazardLink::Chance => baseline,
            HazardLink::Logit => sigmoid(baseline + clock + score),
            HazardLink::ComplementaryLogLog => -exp_m1(-exp(baseline + clock + score)),
        }
    }

    /// [`Contract::eval`] of many customers, the bits of each being those of the single call: rows are tenure,
    /// term, then the fields.
    ///
    /// # Errors
    /// [`Error::Shape`] when `rows` is no whole number of rows, or `out` has another number of them.
    pub fn eval_batch(&self, rows: &[f64], out: &mut [ContractForecast]) -> Result<()> {
        let width = 2 + self.coefficients.len();
        if rows.len() != width * out.len() {
            return Err(Error::shape("numbers in the rows of the batch", width * out.len(), rows.len()));
        }
        for (row, out) in rows.chunks_exact(width).zip(out) {
            *out = self.eval(row[0], row[1], &row[2..]);
        }
        Ok(())
    }

    /// The step as bytes: kind, revision and section.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        super::alone::to_bytes(self)
    }

    /// A step from its bytes, every length and number checked.
    ///
    /// # Errors
    /// [`Error::Format`] for bytes that no step encodes to, [`Error::Argument`] for numbers it cannot have.
    pub fn from_bytes(bytes: &[u8]) -> Result<Contract> {
        let step: Contract = super::alone::from_bytes(bytes)?;
        step.check()?;
        Ok(step)
    }
}

impl Step for Contract {
    const KIND: &'static str = "CNTR";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.integer(match self.link {
            HazardLink::Chance => 0,
            HazardLink::Logit => 1,
            HazardLink::ComplementaryLogLog => 2,
        });
        writer.integer(match self.timing {
            PaymentTiming::End => 0,
            PaymentTiming::Start => 1,
            PaymentTiming::BeforeRenewal => 2,
        });
        writer.integer(self.horizon as u64);
        writer.number(self.discount_rate);
        writer.number(self.contract_end);
        writer.number(self.in_contract);
        writer.numbers(&self.baseline);
        writer.numbers(&self.coefficients);
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Contract> {
        let link = match reader.integer("the link", 3)? {
            0 => HazardLink::Chance,
            1 => HazardLink::Logit,
            _ => HazardLink::ComplementaryLogLog,
        };
        let timing = match reader.integer("the timing of payments", 3)? {
            0 => PaymentTiming::End,
            1 => PaymentTiming::Start,
            _ => PaymentTiming::BeforeRenewal,
        };
        Ok(Contract {
            link,
            timing,
            horizon: reader.integer("the horizon", MAX_CONTRACT_PERIODS + 1)?,
            discount_rate: reader.number("the discount rate")?,
            contract_end: reader.number("the effect of the end of a contract")?,
            in_contract: reader.number("the effect of a running contract")?,
            baseline: reader.numbers("periods of the baseline", MAX_CONTRACT_PERIODS)?,
            coefficients: reader.numbers("coefficients", MAX_HAZARD_FIELDS)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn step(timing: PaymentTiming) -> Contract {
        Contract {
            link: HazardLink::Logit,
            baseline: vec![-3.0, -3.5, -2.0, -4.0],
            contract_end: 1.0,
            in_contract: -2.0,
            coefficients: vec![0.5, -0.25],
            horizon: 24,
            discount_rate: 0.01,
            timing,
        }
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let whole = step(PaymentTiming::Start);
        let bytes = whole.to_bytes();
        assert_eq!(Contract::from_bytes(&bytes).unwrap(), whole);
        for length in 0..bytes.len() {
            assert!(Contract::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        for place in 0..bytes.len() {
            // Never a panic; where it still is a step, it is one that can be evaluated.
            let mut bytes = bytes.clone();
            bytes[place] ^= 0x81;
            if let Ok(step) = Contract::from_bytes(&bytes) {
                let forecast = step.eval(3.0, 24.0, &[1.0, 2.0]);
                assert!(forecast.survival <= 1.0 || forecast.survival.is_nan());
            }
        }
        let mut long = bytes;
        long.push(0);
        assert!(Contract::from_bytes(&long).is_err());
    }

    proptest! {
        #[test]
        fn a_batch_has_the_bits_of_single_rows(
            rows in prop::collection::vec((0.0..90.0_f64, 0.0..30.0_f64, -3.0..3.0_f64, -3.0..3.0_f64), 1..20),
        ) {
            for timing in [PaymentTiming::End, PaymentTiming::Start, PaymentTiming::BeforeRenewal] {
                let step = step(timing);
                let flat: Vec<f64> = rows.iter().flat_map(|r| [r.0, r.1, r.2, r.3]).collect();
                let blank = step.eval(f64::NAN, 0.0, &[0.0, 0.0]);
                let mut out = vec![blank; rows.len()];
                step.eval_batch(&flat, &mut out).unwrap();
                for (row, out) in rows.iter().zip(&out) {
                    let one = step.eval(row.0, row.1, &[row.2, row.3]);
                    prop_assert_eq!(one.discounted_periods.to_bits(), out.discounted_periods.to_bits());
                    prop_assert!(out.survival > 0.0 && out.survival < 1.0);
                    prop_assert!(out.remaining_periods <= 24.0);
                }
            }
        }
    }
}
