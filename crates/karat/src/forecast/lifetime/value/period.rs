//! Periods, and rates that know theirs.

use karat_scorer::numerics::{exp, exp_m1, ln, ln_1p};
use karat_scorer::{Error, Result};
use std::fmt;

/// The unit of time of a rate, a chance or a margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Period {
    /// A month.
    Month,
    /// Three months.
    Quarter,
    /// Twelve months.
    Year,
}

impl Period {
    /// Its length in months.
    #[must_use]
    pub fn months(self) -> f64 {
        match self {
            Period::Month => 1.0,
            Period::Quarter => 3.0,
            Period::Year => 12.0,
        }
    }

    /// From "month", "quarter" or "year".
    ///
    /// # Errors
    /// [`Error::Argument`] for any other text.
    pub fn from_name(name: &str) -> Result<Period> {
        match name {
            "month" => Ok(Period::Month),
            "quarter" => Ok(Period::Quarter),
            "year" => Ok(Period::Year),
            other => Err(Error::argument("period", "must be \"month\", \"quarter\" or \"year\"", other)),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Period::Month => "month",
            Period::Quarter => "quarter",
            Period::Year => "year",
        })
    }
}

/// A rate of discount or growth for one period.
///
/// ```
/// use karat::forecast::lifetime::value::{Period, Rate};
/// let monthly = Rate::new(0.12, Period::Year)?.to(Period::Month);
/// assert!((monthly.value - 0.009_488_792_934_583).abs() < 1e-15);
/// assert!((Rate::nominal(0.12, Period::Month)?.value - 0.01).abs() < 1e-17);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Rate {
    /// Share by which money grows in one period.
    pub value: f64,
    /// That period.
    pub period: Period,
}

impl Rate {
    /// An effective rate.
    ///
    /// # Errors
    /// [`Error::Argument`] for a rate of -1 or less, or no number.
    pub fn new(value: f64, period: Period) -> Result<Rate> {
        if value.is_finite() && value > -1.0 {
            Ok(Rate { value, period })
        } else {
            Err(Error::argument("rate", "must be above -1 and finite", value))
        }
    }

    /// A nominal yearly rate shared out over its periods: 12 % a year are 1 % a month.
    ///
    /// # Errors
    /// As [`Rate::new`].
    pub fn nominal(yearly: f64, period: Period) -> Result<Rate> {
        Rate::new(yearly * period.months() / 12.0, period)
    }

    /// The same growth for another period: `(1 + rate)^(months / months) - 1`.
    #[must_use]
    pub fn to(self, period: Period) -> Rate {
        if period == self.period {
            return self;
        }
        Rate { value: exp_m1(ln_1p(self.value) * (period.months() / self.period.months())), period }
    }
}

/// A chance to stay for one period.
///
/// ```
/// use karat::forecast::lifetime::value::{Period, Retention};
/// // A churn of 1.22 % a month keeps 86.3 % over a year, not 85 %.
/// let yearly = Retention::new(1.0 - 0.0122, Period::Month)?.to(Period::Year);
/// assert!((yearly.value - 0.863_035).abs() < 5e-7);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Retention {
    /// The chance.
    pub value: f64,
    /// The period.
    pub period: Period,
}

impl Retention {
    /// A chance from 0 to 1.
    ///
    /// # Errors
    /// [`Error::Argument`] for anything else.
    pub fn new(value: f64, period: Period) -> Result<Retention> {
        if (0.0..=1.0).contains(&value) {
            Ok(Retention { value, period })
        } else {
            Err(Error::argument("retention", "must lie between 0 and 1", value))
        }
    }

    /// The chance to stay for another period, at the same pace.
    #[must_use]
    pub fn to(self, period: Period) -> Retention {
        if period == self.period || self.value == 0.0 || self.value == 1.0 {
            return Retention { value: self.value, period };
        }
        Retention { value: exp(ln(self.value) * (period.months() / self.period.months())), period }
    }
}

/// Refuses two things of different periods.
pub(super) fn same(name: &str, given: Period, wanted: Period) -> Result<()> {
    if given == wanted {
        Ok(())
    } else {
        let rule = format!("must be for a {wanted} like the survival; convert it first");
        Err(Error::argument(name, rule, format!("one for a {given}")))
    }
}
