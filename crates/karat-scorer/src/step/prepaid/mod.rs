//! Prepaid customers: alive or gone, what to expect of them and what it is worth, from four numbers.
//!
//! A prepaid customer leaves without a word. From how often (`frequency`), until when (`recency`) and since when
//! (`age`) they paid, a frozen model tells the probability that they are still there, how many transactions to
//! expect and, with the mean value of their transactions, what those are worth. Nothing here allocates.

mod batch;
mod beta_binomial;
mod beta_geo;
mod death;
mod gamma_gamma;
mod nodes;
mod pareto;
mod rows;
mod series;

pub use batch::HistoryColumns;
pub use beta_binomial::BetaGeoBetaBinomial;
pub use beta_geo::BetaGeo;
pub use gamma_gamma::GammaGamma;
pub use pareto::ParetoNbd;

use crate::error::{Error, Result};

/// Kind and revision at the head of a step's bytes.
const HEAD: u64 = 0x0001_5052_4550;

/// What is known of one customer, all times in the unit that the model was fitted in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Transactions after the first: x. A whole number.
    pub frequency: f64,
    /// Time from the first transaction to the last one: `t_x`, 0 where there was only one.
    pub recency: f64,
    /// Time from the first transaction to now: T.
    pub age: f64,
}

impl History {
    /// Whether the numbers can belong to a customer.
    #[must_use]
    #[inline]
    pub fn is_possible(&self) -> bool {
        let History { frequency, recency, age } = *self;
        (0.0..=9e15).contains(&frequency)
            && age.is_finite()
            && recency >= 0.0
            && recency <= age
            && (frequency == 0.0) == (recency == 0.0)
    }
}

/// How transactions come and customers go.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum PrepaidModel {
    /// Pareto/NBD.
    ParetoNbd(ParetoNbd),
    /// BG/NBD or MBG/NBD.
    BetaGeo(BetaGeo),
    /// BG/BB, where times are numbers of periods.
    BetaGeoBetaBinomial(BetaGeoBetaBinomial),
}

impl PrepaidModel {
    /// The probability that the customer has not left.
    #[must_use]
    #[inline]
    pub fn p_alive(&self, history: History) -> f64 {
        match self {
            PrepaidModel::ParetoNbd(model) => model.p_alive(history),
            PrepaidModel::BetaGeo(model) => model.p_alive(history),
            PrepaidModel::BetaGeoBetaBinomial(model) => model.p_alive(history),
        }
    }

    /// Transactions expected within `horizon` from now.
    #[must_use]
    pub fn expected_transactions(&self, horizon: f64, history: History) -> f64 {
        match self {
            PrepaidModel::ParetoNbd(model) => model.expected_transactions(horizon, history),
            PrepaidModel::BetaGeo(model) => model.expected_transactions(horizon, history),
            PrepaidModel::BetaGeoBetaBinomial(model) => model.expected_transactions(horizon, history),
        }
    }

    /// Transactions within `horizon`, discounted continuously at `rate` for each unit of time.
    #[must_use]
    pub fn discounted_transactions(&self, rate: f64, horizon: f64, history: History) -> f64 {
        match self {
            PrepaidModel::ParetoNbd(model) => model.discounted_transactions(rate, horizon, history),
            PrepaidModel::BetaGeo(model) => model.discounted_transactions(rate, horizon, history),
            PrepaidModel::BetaGeoBetaBinomial(model) => model.discounted_transactions(rate, horizon, history),
        }
    }

    fn numbers(&self) -> (u64, [f64; 4]) {
        match *self {
            PrepaidModel::ParetoNbd(ParetoNbd { r, alpha, s, beta }) => (0, [r, alpha, s, beta]),
            PrepaidModel::BetaGeo(BetaGeo { r, alpha, a, b, modified }) => {
                (if modified { 2 } else { 1 }, [r, alpha, a, b])
            }
            PrepaidModel::BetaGeoBetaBinomial(BetaGeoBetaBinomial { alpha, beta, gamma, delta }) => {
                (3, [alpha, beta, gamma, delta])
            }
        }
    }

    fn from_numbers(code: u64, [first, second, third, fourth]: [f64; 4]) -> Option<PrepaidModel> {
        Some(match code {
            0 => PrepaidModel::ParetoNbd(ParetoNbd { r: first, alpha: second, s: third, beta: fourth }),
            1 | 2 => PrepaidModel::BetaGeo(BetaGeo {
                r: first,
                alpha: second,
                a: third,
                b: fourth,
                modified: code == 2,
            }),
            3 => PrepaidModel::BetaGeoBetaBinomial(BetaGeoBetaBinomial {
                alpha: first,
                beta: second,
                gamma: third,
                delta: fourth,
            }),
            _ => return None,
        })
    }
}

/// What the step says of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrepaidScore {
    /// Probability of not having left.
    pub p_alive: f64,
    /// Transactions expected within the horizon.
    pub expected_transactions: f64,
    /// Mean value expected of a transaction; 1 without a model of values.
    pub expected_spend: f64,
    /// Value of the transactions within the horizon, discounted to now.
    pub discounted_value: f64,
}

/// A frozen model of prepaid customers with the horizon and the rate of its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prepaid {
    /// How transactions come and customers go.
    pub model: PrepaidModel,
    /// What transactions are worth; without it a value counts transactions.
    pub spend: Option<GammaGamma>,
    /// Up to when transactions count, in the model's unit of time.
    pub horizon: f64,
    /// Continuous rate of discount for each unit of time; `ln(1 + d)` for a rate d of compound interest.
    pub rate: f64,
}

impl Prepaid {
    /// Checks every number.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the parameter.
    pub fn check(&self) -> Result<()> {
        let positive = |value: &f64| value.is_finite() && *value > 0.0;
        if let Some(bad) = self.model.numbers().1.iter().find(|value| !positive(value)) {
            return Err(Error::argument("parameters", "must be positive and finite", bad));
        }
        if let Some(spend) = &self.spend
            && let Some(bad) = [spend.p, spend.q, spend.v].iter().find(|value| !positive(value))
        {
            return Err(Error::argument("parameters of spend", "must be positive and finite", bad));
        }
        if !(self.horizon.is_finite() && self.horizon >= 0.0) {
            return Err(Error::argument("horizon", "must be finite and 0 or more", self.horizon));
        }
        if !(self.rate.is_finite() && self.rate >= 0.0) {
            return Err(Error::argument("rate", "must be finite and 0 or more", self.rate));
        }
        Ok(())
    }

    /// One customer; NaN throughout for a history that no customer can have. `monetary` is the mean value of
    /// the repeated transactions and counts only where there are some.
    ///
    /// ```
    /// use karat_scorer::step::prepaid::{BetaGeo, History, Prepaid, PrepaidModel};
    /// let model = PrepaidModel::BetaGeo(BetaGeo { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, modified: false });
    /// let step = Prepaid { model, spend: None, horizon: 39.0, rate: 0.0 };
    /// let score = step.eval(History { frequency: 2.0, recency: 30.43, age: 38.86 }, 0.0);
    /// assert!((score.expected_transactions - 1.226).abs() < 1e-3); // Fader, Hardie & Lee (2005)
    /// ```
    #[must_use]
    pub fn eval(&self, history: History, monetary: f64) -> PrepaidScore {
        self.eval_one(history, monetary)
    }

    /// The step as bytes, eight to a number, little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (code, parameters) = self.model.numbers();
        let mut bytes: Vec<u8> = [HEAD, code].iter().flat_map(|word| word.to_le_bytes()).collect();
        let spend = self.spend.map_or([0.0; 3], |spend| [spend.p, spend.q, spend.v]);
        for number in parameters.into_iter().chain(spend).chain([self.horizon, self.rate]) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// The step back from its bytes.
    ///
    /// # Errors
    /// [`Error::Format`] for bytes that no step gives; as [`Prepaid::check`] for its numbers.
    pub fn from_bytes(bytes: &[u8]) -> Result<Prepaid> {
        let (words, rest) = bytes.as_chunks::<8>();
        let wrong = |what: &str| Error::Format(format!("prepaid step: {what}"));
        let &[head, code, first, second, third, fourth, p, q, v, horizon, rate] = words else {
            return Err(wrong(&format!("{} bytes, expected 88", bytes.len())));
        };
        if !rest.is_empty() || u64::from_le_bytes(head) != HEAD {
            return Err(wrong("these are not its bytes"));
        }
        let number = f64::from_le_bytes;
        let parameters = [number(first), number(second), number(third), number(fourth)];
        let model = PrepaidModel::from_numbers(u64::from_le_bytes(code), parameters)
            .ok_or_else(|| wrong("unknown kind of model"))?;
        let spend = GammaGamma { p: number(p), q: number(q), v: number(v) };
        let none = [spend.p, spend.q, spend.v].iter().all(|value| value.to_bits() == 0);
        let step =
            Prepaid { model, spend: (!none).then_some(spend), horizon: number(horizon), rate: number(rate) };
        step.check()?;
        Ok(step)
    }
}

#[cfg(test)]
mod tests;
