//! Indicators: raw fields on a common scale, 0 the worst and 1 the best, with bounds frozen at fitting.
//!
//! Formulas: OECD Handbook on Constructing Composite Indicators (2008), chapter 5, for min-max, z-score
//! and rank; the efficacy coefficient is the Chinese statistical offices' form.

use super::scale::{MAX_KNOTS, Scale};
use super::{Lanes, Step, within};
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};
use crate::numerics::ln_1p;
use crate::schema::{MAX_FIELDS, Missing};
use crate::score::flags;

/// Most indicators a model may have.
pub const MAX_INDICATORS: usize = 128;
/// Whether more of a field is better or worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// More is better.
    Benefit,
    /// Less is better: the indicator is one minus the scaled value (points change their sign).
    Cost,
}

/// One indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicator {
    /// Position of the field it reads.
    pub field: u32,
    /// Direction.
    pub polarity: Polarity,
    /// Value taken when the field is missing and its rule is neutral.
    pub neutral: f64,
    /// Raw values are first brought within these bounds (winsorising).
    pub clip: Option<(f64, f64)>,
    /// The scale.
    pub scale: Scale,
}

/// The indicators in the order of the tree's leaves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Indicators {
    /// The indicators.
    pub list: Vec<Indicator>,
}

/// What an indicator needs at every row, computed once at load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prepared {
    pub(crate) lo: f64,
    pub(crate) hi: f64,
    pub(crate) offset: f64,
    pub(crate) span: f64,
    renormalise: bool,
}

impl Indicator {
    /// A benefit indicator of field `field` whose neutral value is the middle.
    #[must_use]
    pub fn new(field: u32, scale: Scale) -> Indicator {
        Indicator { field, polarity: Polarity::Benefit, neutral: 0.5, clip: None, scale }
    }

    /// The same with less being better.
    #[must_use]
    pub fn cost(mut self) -> Indicator {
        self.polarity = Polarity::Cost;
        self
    }

    /// The same with raw values brought within `lo` and `hi` first.
    #[must_use]
    pub fn clipped(mut self, lo: f64, hi: f64) -> Indicator {
        self.clip = Some((lo, hi));
        self
    }

    /// The range of raw values that are told apart; those outside are clamped and flagged.
    #[must_use]
    pub fn bounds(&self) -> (f64, f64) {
        let (lo, hi) = match &self.scale {
            Scale::MinMax { lo, hi } | Scale::Log1p { lo, hi } | Scale::Target { lo, hi, .. } => (*lo, *hi),
            Scale::Rank { knots } => match knots.as_slice() {
                [lo, .., hi] => (*lo, *hi),
                _ => (-f64::MAX, f64::MAX),
            },
            Scale::Saturating { .. } => (0.0, f64::MAX),
            _ => (-f64::MAX, f64::MAX),
        };
        match self.clip {
            Some((from, to)) => (lo.max(from).min(hi), hi.min(to).max(lo)),
            None => (lo, hi),
        }
    }

    pub(crate) fn prepare(&self, missing: Missing) -> Prepared {
        let (lo, hi) = self.bounds();
        let (offset, span) = match &self.scale {
            Scale::MinMax { lo, hi } => (*lo, hi - lo),
            Scale::Log1p { lo, hi } => (ln_1p(*lo), ln_1p(*hi) - ln_1p(*lo)),
            Scale::ZScore { mean, standard_deviation, width } => (*mean, 2.0 * width * standard_deviation),
            Scale::Efficacy { fail, pass } => (*fail, pass - fail),
            Scale::Target { lo, best_lo, best_hi, hi } => (0.0, (best_lo - lo).max(hi - best_hi)),
            _ => (0.0, 1.0),
        };
        Prepared { lo, hi, offset, span, renormalise: missing == Missing::Renormalise }
    }

    /// Checks the parameters against the field's categories.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the indicator.
    pub fn check(&self, name: &str, categories: usize) -> Result<()> {
        let fault =
            |rule: &str, value: String| Err(Error::argument(format!("indicator {name}"), rule, value));
        // Differences must not overflow either: infinity over infinity is no indicator.
        let steps = |values: &[f64]| values.windows(2).all(|pair| (pair[1] - pair[0]).is_finite());
        let ascending = |values: &[f64]| steps(values) && values.windows(2).all(|pair| pair[0] <= pair[1]);
        if (categories > 0) != matches!(self.scale, Scale::Categories { .. }) {
            return fault(
                "must give values to categories, and only to categories",
                format!("{:?}", self.scale),
            );
        }
        if !self.numbers().iter().all(|number| number.is_finite()) {
            return fault("must have finite parameters", format!("{:?}", self.scale));
        }
        if self.clip.is_some_and(|(lo, hi)| lo > hi) {
            return fault("must have clip bounds in order", format!("{:?}", self.clip));
        }
        let sound = match &self.scale {
            Scale::MinMax { lo, hi } => lo < hi && (hi - lo).is_finite(),
            Scale::Log1p { lo, hi } => *lo > -1.0 && ln_1p(*lo) < ln_1p(*hi),
            Scale::ZScore { standard_deviation, width, .. } => {
                *standard_deviation > 0.0 && *width > 0.0 && (2.0 * width * standard_deviation).is_finite()
            }
            Scale::Rank { knots } => {
                (2..=MAX_KNOTS).contains(&knots.len())
                    && ascending(knots)
                    && knots[0] < knots[knots.len() - 1]
            }
            Scale::Saturating { tau } => *tau > 0.0,
            Scale::Bands { at, to } => {
                (1..=MAX_KNOTS).contains(&at.len()) && at.len() == to.len() && ascending(at) && steps(to)
            }
            Scale::Target { lo, best_lo, best_hi, hi } => {
                ascending(&[*lo, *best_lo, *best_hi, *hi]) && lo < hi && (best_lo > lo || best_hi < hi)
            }
            Scale::Efficacy { fail, pass } => fail != pass && (pass - fail).is_finite(),
            Scale::Points { lo, hi, .. } => lo <= hi,
            Scale::Categories { values } => values.len() == categories,
        };
        if sound { Ok(()) } else { fault("must have parameters in order", format!("{:?}", self.scale)) }
    }

    /// Every parameter, to check that all are finite.
    fn numbers(&self) -> Vec<f64> {
        let mut numbers = match &self.scale {
            Scale::MinMax { lo, hi } | Scale::Log1p { lo, hi } => vec![*lo, *hi],
            Scale::ZScore { mean, standard_deviation, width } => vec![*mean, *standard_deviation, *width],
            Scale::Rank { knots } => knots.clone(),
            Scale::Saturating { tau } => vec![*tau],
            Scale::Bands { at, to } => [at.as_slice(), to].concat(),
            Scale::Target { lo, best_lo, best_hi, hi } => vec![*lo, *best_lo, *best_hi, *hi],
            Scale::Efficacy { fail, pass } => vec![*fail, *pass],
            Scale::Points { per_unit, lo, hi, .. } => vec![*per_unit, *lo, *hi],
            Scale::Categories { values } => values.clone(),
        };
        numbers.push(self.neutral);
        numbers.extend(self.clip.map(|(lo, hi)| [lo, hi]).into_iter().flatten());
        numbers
    }

    /// The largest magnitude the indicator can have.
    pub(crate) fn reach(&self) -> f64 {
        let largest = |values: &[f64]| values.iter().fold(1.0, |most: f64, value| most.max(value.abs()));
        let scaled = match &self.scale {
            Scale::Bands { to, .. } => largest(to),
            Scale::Points { lo, hi, .. } => largest(&[*lo, *hi]),
            Scale::Categories { values } => largest(values),
            _ => 1.0,
        };
        // A cost indicator is one minus the scaled value.
        (1.0 + scaled).max(self.neutral.abs())
    }

    /// The smallest and the largest value the indicator can have, the neutral one among them.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        let around = |values: &[f64]| {
            values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), &v| (v.min(lo), v.max(hi)))
        };
        let points = matches!(self.scale, Scale::Points { .. });
        let (lo, hi) = match &self.scale {
            Scale::Bands { to, .. } => around(to),
            Scale::Points { lo, hi, .. } => (*lo, *hi),
            Scale::Categories { values } => around(values),
            _ => (0.0, 1.0),
        };
        let from = if points { 0.0 } else { 1.0 };
        let (lo, hi) = if self.polarity == Polarity::Cost { (from - hi, from - lo) } else { (lo, hi) };
        (lo.min(self.neutral), hi.max(self.neutral))
    }

    /// The indicator of one raw value; missing gives the neutral value.
    ///
    /// ```
    /// use karat_scorer::step::{Indicator, Scale};
    /// let arpu = Indicator::new(0, Scale::MinMax { lo: 0.0, hi: 500.0 });
    /// assert_eq!(arpu.eval(380.0), 0.76);
    /// assert_eq!(arpu.eval(900.0), 1.0);
    /// ```
    #[must_use]
    pub fn eval(&self, x: f64) -> f64 {
        let prepared = self.prepare(Missing::Neutral);
        self.eval_lanes(&prepared, [within(x, -f64::MAX, f64::MAX)], &mut [1.0], &mut [0])[0]
    }

    /// The indicator for `N` customers; `present` becomes 0 where a missing value is to be left out.
    #[inline(always)]
    pub(crate) fn eval_lanes<const N: usize>(
        &self,
        prepared: &Prepared,
        raw: Lanes<N>,
        present: &mut Lanes<N>,
        marks: &mut [u32; N],
    ) -> Lanes<N> {
        for lane in 0..N {
            marks[lane] |=
                if raw[lane] < prepared.lo || raw[lane] > prepared.hi { flags::CLAMPED } else { 0 };
        }
        let mut z = self.eval_present(prepared, raw);
        let (substitute, weight) = if prepared.renormalise { (0.0, 0.0) } else { (self.neutral, 1.0) };
        for lane in 0..N {
            let absent = raw[lane].is_nan();
            z[lane] = if absent { substitute } else { z[lane] } + 0.0;
            present[lane] = if absent { weight } else { 1.0 };
        }
        z
    }

    /// The indicator for `N` customers of whom none lacks the field; without meaning for one who does.
    #[inline(always)]
    pub(crate) fn eval_present<const N: usize>(&self, prepared: &Prepared, raw: Lanes<N>) -> Lanes<N> {
        let mut x = raw;
        for value in &mut x {
            *value = within(*value, prepared.lo, prepared.hi);
        }
        let mut z = self.scale.eval_lanes(prepared, x);
        if self.polarity == Polarity::Cost {
            let from = if matches!(self.scale, Scale::Points { .. }) { 0.0 } else { 1.0 };
            for value in &mut z {
                *value = from - *value;
            }
        }
        for value in &mut z {
            // + 0.0 turns -0.0 into 0.0.
            *value += 0.0;
        }
        z
    }
}

impl Step for Indicators {
    const KIND: &'static str = "INDC";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.integer(self.list.len() as u64);
        for indicator in &self.list {
            writer.integer(u64::from(indicator.field));
            writer.integer(u64::from(indicator.polarity == Polarity::Cost));
            writer.number(indicator.neutral);
            writer.integer(u64::from(indicator.clip.is_some()));
            let (lo, hi) = indicator.clip.unwrap_or((0.0, 0.0));
            writer.number(lo);
            writer.number(hi);
            indicator.scale.encode(writer);
        }
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Indicators> {
        let count = reader.integer("the number of indicators", MAX_INDICATORS + 1)?;
        let mut list = Vec::new();
        for _ in 0..count {
            let field = reader.integer("field", MAX_FIELDS)? as u32;
            let cost = reader.integer("polarity", 2)? == 1;
            let neutral = reader.number("neutral value")?;
            let clipped = reader.integer("clip mark", 2)? == 1;
            let bounds = (reader.number("clip bound")?, reader.number("clip bound")?);
            list.push(Indicator {
                field,
                polarity: if cost { Polarity::Cost } else { Polarity::Benefit },
                neutral,
                clip: clipped.then_some(bounds),
                scale: Scale::decode(reader)?,
            });
        }
        Ok(Indicators { list })
    }
}
