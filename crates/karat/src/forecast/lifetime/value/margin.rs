//! What a customer leaves each period, by how long they have been here.

use super::period::Period;
use karat_scorer::numerics::{exp, pow};
use karat_scorer::{Error, Result};

/// The course of a margin over the periods 1, 2, ... of a customer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum MarginKind {
    /// The same in every period.
    Flat(f64),
    /// Grows by a share each period.
    Growth {
        /// Margin of period 1.
        first: f64,
        /// Share by which it grows each period.
        rate: f64,
    },
    /// Rises along a logistic curve and falls from a period on: `most / (1 + exp(-speed (t - middle)))` times
    /// `exp(-fall max(0, t - falls_from))`.
    LifeCycle {
        /// What the rise leads to.
        most: f64,
        /// How fast it rises.
        speed: f64,
        /// Period of half the rise.
        middle: f64,
        /// Period from which it falls; infinite for never.
        falls_from: f64,
        /// Rate of the fall.
        fall: f64,
    },
    /// Margins of the first periods; the last one holds for all later ones.
    Path(Vec<f64>),
}

/// A margin with the period it is earned in. Negative margins stay negative: some customers cost more than they pay.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Margin {
    /// Its course.
    pub kind: MarginKind,
    /// The period.
    pub period: Period,
}

impl Margin {
    /// Checks the numbers of a margin.
    ///
    /// # Errors
    /// [`Error::Argument`] for numbers that are not finite or an empty path.
    pub fn new(kind: MarginKind, period: Period) -> Result<Margin> {
        let finite = match &kind {
            MarginKind::Flat(margin) => margin.is_finite(),
            MarginKind::Growth { first, rate } => first.is_finite() && rate.is_finite() && *rate > -1.0,
            MarginKind::LifeCycle { most, speed, middle, falls_from, fall } => {
                [most, speed, middle, fall].iter().all(|number| number.is_finite()) && !falls_from.is_nan()
            }
            MarginKind::Path(path) => !path.is_empty() && path.iter().all(|margin| margin.is_finite()),
        };
        if finite {
            Ok(Margin { kind, period })
        } else {
            Err(Error::argument("margin", "must be finite numbers, at least one", format!("{kind:?}")))
        }
    }

    /// The same margin in every period.
    ///
    /// # Errors
    /// [`Error::Argument`] for a number that is not finite.
    pub fn flat(margin: f64, period: Period) -> Result<Margin> {
        Margin::new(MarginKind::Flat(margin), period)
    }

    /// Margin of a customer's period, counted from 1.
    #[must_use]
    pub fn at(&self, period: usize) -> f64 {
        let t = period as f64;
        match &self.kind {
            MarginKind::Flat(margin) => *margin,
            MarginKind::Growth { first, rate } => first * pow(1.0 + rate, t - 1.0),
            MarginKind::LifeCycle { most, speed, middle, falls_from, fall } => {
                let risen = most / (1.0 + exp((-speed * (t - middle)).min(700.0)));
                if t > *falls_from { risen * exp(-fall * (t - falls_from)) } else { risen }
            }
            MarginKind::Path(path) => {
                path.get(period.saturating_sub(1)).or(path.last()).copied().unwrap_or(0.0)
            }
        }
    }
}
