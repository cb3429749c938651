//! Normalisations of composite indicators with parameters frozen on one base, for use on any other.
//!
//! A model's scales give 0 to 1 and are clamped there. These are the plain textbook ones, unclamped, for
//! tables and comparisons. Sources: OECD/JRC Handbook on Constructing Composite Indicators (2008), chapter 5;
//! Hwang and Yoon (1981) for the vector norm.

use crate::numerics::exact_sum::ExactSum;
use crate::numerics::moments::Moments;
use karat_scorer::{Error, Problem, Result};

/// How a column is normalised.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Normalisation {
    /// The smallest value of the base becomes `from`, the largest `to`; a cost the other way round.
    MinMax {
        /// What the worst becomes.
        from: f64,
        /// What the best becomes.
        to: f64,
    },
    /// Mean and sample standard deviation of the base become these; a cost changes its sign around the mean.
    ZScore {
        /// What the mean becomes.
        mean: f64,
        /// What one standard deviation becomes.
        standard_deviation: f64,
    },
    /// The rank among the base, 1 the worst, the average rank for ties.
    Rank,
    /// Over the Euclidean norm of the base; a cost is 1 minus that.
    Vector,
    /// Over the largest magnitude of the base; a cost is 1 minus that.
    Maximum,
}

/// A normalisation with the parameters of its base.
///
/// ```
/// use karat::evaluate::normalise::{Normaliser, Normalisation};
/// let base = [10.0, 20.0, 40.0];
/// let scale = Normaliser::fit(&base, Normalisation::MinMax { from: 1.0, to: 100.0 }, false)?;
/// assert_eq!(scale.apply(25.0), 50.5);
/// let rank = Normaliser::fit(&[5.0, 7.0, 7.0], Normalisation::Rank, false)?;
/// assert_eq!(rank.apply(7.0), 2.5);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Normaliser {
    cost: bool,
    frozen: Frozen,
}

#[derive(Debug, Clone, PartialEq)]
enum Frozen {
    /// `to + factor * (x - at)`.
    Linear {
        at: f64,
        factor: f64,
        to: f64,
    },
    Share {
        norm: f64,
    },
    Rank {
        sorted: Vec<f64>,
    },
}

impl Normaliser {
    /// Freezes a normalisation on the values of a base; missing ones (NaN) are left out.
    ///
    /// # Errors
    /// [`Error::Data`] for a base that is empty, not finite, or the same everywhere where a range is needed.
    pub fn fit(base: &[f64], how: Normalisation, cost: bool) -> Result<Normaliser> {
        let values: Vec<f64> = base.iter().copied().filter(|value| !value.is_nan()).collect();
        let refuse = |what: &str| {
            Err(Error::data(Problem::new("values", what, "mend the column or choose another normalisation")))
        };
        if values.is_empty() || values.iter().any(|value| value.is_infinite()) {
            return refuse("no values, or infinite ones");
        }
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.add(value));
        let (least, greatest) = (moments.minimum(), moments.maximum());
        let varied = least < greatest && (greatest - least).is_finite();
        let frozen = match how {
            Normalisation::MinMax { from, to } if varied => {
                let step = (to - from) / (greatest - least);
                let (at, factor) = if cost { (greatest, -step) } else { (least, step) };
                Frozen::Linear { at, factor, to: from }
            }
            Normalisation::ZScore { mean, standard_deviation } if varied => {
                let step = standard_deviation / moments.standard_deviation();
                Frozen::Linear { at: moments.mean(), factor: if cost { -step } else { step }, to: mean }
            }
            Normalisation::MinMax { .. } | Normalisation::ZScore { .. } => {
                return refuse("every value is the same");
            }
            Normalisation::Rank => {
                let mut sorted = values;
                sorted.sort_unstable_by(f64::total_cmp);
                Frozen::Rank { sorted }
            }
            Normalisation::Vector | Normalisation::Maximum => {
                let mut squares = ExactSum::new();
                values.iter().for_each(|&value| squares.add_product(value, value));
                let norm = match how {
                    Normalisation::Vector => squares.value().sqrt(),
                    _ => least.abs().max(greatest.abs()),
                };
                if !(norm > 0.0 && norm.is_finite()) {
                    return refuse("every value is 0, or too large to square");
                }
                Frozen::Share { norm }
            }
        };
        Ok(Normaliser { cost, frozen })
    }

    /// The normalised value; NaN for a missing one. A value beyond the base goes beyond its ends.
    #[must_use]
    pub fn apply(&self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        match &self.frozen {
            Frozen::Linear { at, factor, to } => to + factor * (x - at),
            Frozen::Share { norm } => {
                if self.cost {
                    1.0 - x / norm
                } else {
                    x / norm
                }
            }
            Frozen::Rank { sorted } => {
                let below = sorted.partition_point(|&value| value < x);
                let through = sorted.partition_point(|&value| value <= x);
                let worse = if self.cost { sorted.len() - through } else { below };
                worse as f64 + ((through - below) as f64 + 1.0) / 2.0
            }
        }
    }

    /// Every value of a column.
    #[must_use]
    pub fn apply_all(&self, column: &[f64]) -> Vec<f64> {
        column.iter().map(|&x| self.apply(x)).collect()
    }
}
