//! The product-limit estimate (Kaplan and Meier 1958) with the variance of Greenwood (1926).

use super::check::Observed;
use super::fitted::two_sided;
use super::times::Times;
use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};

/// On which scale a band is symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Scale {
    /// `ln(-ln S)`: stays within 0 and 1 (Kalbfleisch and Prentice 1980). The default.
    #[default]
    LogLog,
    /// S itself, cut at 0 and 1.
    Plain,
}

/// The estimator.
///
/// ```
/// use karat::forecast::lifetime::contract::KaplanMeier;
/// let curve = KaplanMeier::new().fit(&[2.0, 3.0, 3.0, 5.0], &[1.0, 1.0, 0.0, 0.0], None, None)?;
/// assert_eq!(curve.survival_at(2.5), 0.75);
/// assert_eq!(curve.survival_at(3.0), 0.5);
/// assert_eq!(curve.median(), Some(3.0));
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KaplanMeier {
    /// Scale of the band.
    pub scale: Scale,
    /// Level of the band. Default 0.95.
    pub level: f64,
}

impl Default for KaplanMeier {
    fn default() -> KaplanMeier {
        KaplanMeier { scale: Scale::LogLog, level: 0.95 }
    }
}

/// Survival over time, a step at each time that was observed; the first entry is time 0.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct SurvivalCurve {
    /// Distinct times.
    pub times: Vec<f64>,
    /// Customers at risk just before each time.
    pub at_risk: Vec<f64>,
    /// Customers who left at it.
    pub events: Vec<f64>,
    /// Chance to be here after it.
    pub survival: Vec<f64>,
    /// Greenwood's standard error; 0 where everybody or nobody is left.
    pub standard_error: Vec<f64>,
    /// Lower end of the band.
    pub lower: Vec<f64>,
    /// Upper end of the band.
    pub upper: Vec<f64>,
    /// Cumulative hazard (Nelson 1969, Aalen 1978).
    pub cumulative_hazard: Vec<f64>,
    /// Its standard error.
    pub cumulative_hazard_error: Vec<f64>,
}

impl KaplanMeier {
    /// A band of 95 % on the scale `ln(-ln S)`.
    #[must_use]
    pub fn new() -> KaplanMeier {
        KaplanMeier::default()
    }

    /// Sets the scale of the band.
    #[must_use]
    pub fn scale(mut self, scale: Scale) -> KaplanMeier {
        self.scale = scale;
        self
    }

    /// Sets the level of the band.
    #[must_use]
    pub fn level(mut self, level: f64) -> KaplanMeier {
        self.level = level;
        self
    }

    /// The curve of customers with their durations, whether they left (1) or are still here (0), when they were
    /// first watched, and weights.
    ///
    /// # Errors
    /// [`Error::Data`] naming everything wrong with its rows, [`Error::Shape`] for columns of unequal length,
    /// [`Error::Argument`] for a level outside 0 to 1.
    pub fn fit(
        &self,
        durations: &[f64],
        events: &[f64],
        entries: Option<&[f64]>,
        weights: Option<&[f64]>,
    ) -> Result<SurvivalCurve> {
        let z = two_sided(self.level)?;
        let observed = Observed { durations, events, entries, weights };
        observed.check(false)?;
        let times = Times::of(&observed);
        let at_risk = times.at_risk(&observed);
        let mut lost = vec![0.0; times.times.len()];
        for (row, &place) in times.place.iter().enumerate() {
            if events[row] == 1.0 {
                lost[place as usize] += observed.weight(row);
            }
        }
        let mut curve = SurvivalCurve::default();
        let mut state = Product { survival: 1.0, greenwood: 0.0, hazard: 0.0, hazard_variance: 0.0 };
        if times.times.first() != Some(&0.0) {
            self.push(&mut curve, 0.0, (at_risk.first().copied().unwrap_or(0.0), 0.0), &state, z);
        }
        for (i, &time) in times.times.iter().enumerate() {
            state.step(at_risk[i], lost[i]);
            self.push(&mut curve, time, (at_risk[i], lost[i]), &state, z);
        }
        Ok(curve)
    }

    fn push(&self, curve: &mut SurvivalCurve, time: f64, counts: (f64, f64), state: &Product, z: f64) {
        let error = if state.survival > 0.0 { state.survival * state.greenwood.sqrt() } else { 0.0 };
        let (lower, upper) = band(self.scale, state.survival, error, z);
        curve.times.push(time);
        curve.at_risk.push(counts.0);
        curve.events.push(counts.1);
        curve.survival.push(state.survival);
        curve.standard_error.push(error);
        curve.lower.push(lower);
        curve.upper.push(upper);
        curve.cumulative_hazard.push(state.hazard);
        curve.cumulative_hazard_error.push(state.hazard_variance.sqrt());
    }
}

/// The products and sums that grow with time.
struct Product {
    survival: f64,
    greenwood: f64,
    hazard: f64,
    hazard_variance: f64,
}

impl Product {
    fn step(&mut self, at_risk: f64, lost: f64) {
        if lost <= 0.0 || at_risk <= 0.0 {
            return;
        }
        // One division: the chance of whole customers is exact where it can be.
        self.survival *= (at_risk - lost) / at_risk;
        if at_risk > lost {
            self.greenwood += lost / (at_risk * (at_risk - lost));
        }
        self.hazard += lost / at_risk;
        self.hazard_variance += lost / (at_risk * at_risk);
    }
}

/// Ends of a band around a chance.
pub(super) fn band(scale: Scale, chance: f64, error: f64, z: f64) -> (f64, f64) {
    if chance <= 0.0 || chance >= 1.0 || error == 0.0 {
        return (chance, chance);
    }
    match scale {
        Scale::Plain => ((chance - z * error).max(0.0), (chance + z * error).min(1.0)),
        Scale::LogLog => {
            let log = ln(chance);
            let factor = exp((z * error / (chance * -log)).min(700.0));
            (exp(log * factor), exp(log / factor))
        }
    }
}

impl SurvivalCurve {
    /// Place of the last step at or before a time.
    fn place(&self, time: f64) -> Option<usize> {
        self.times.partition_point(|&known| known <= time).checked_sub(1)
    }

    /// Chance to be here after `time`; 1 before the first time.
    #[must_use]
    pub fn survival_at(&self, time: f64) -> f64 {
        self.place(time).map_or(1.0, |place| self.survival[place])
    }

    /// First time at which no more than the share `p` is left; none if the curve does not fall so far.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        // A product of fractions may end one rounding above the share it stands for.
        let slack = 1e-12;
        self.survival.iter().position(|&survival| survival <= p + slack).map(|place| self.times[place])
    }

    /// First time at which no more than half are left.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// Mean time of service up to `horizon`: the area below the curve.
    ///
    /// # Errors
    /// [`Error::Argument`] for a horizon that is negative or no number.
    pub fn restricted_mean(&self, horizon: f64) -> Result<f64> {
        super::fitted::check_time(horizon)
            .map_err(|_| Error::argument("horizon", "must be 0 or more", horizon))?;
        let (mut area, mut from, mut level) = (0.0, 0.0, 1.0);
        for (&time, &survival) in self.times.iter().zip(&self.survival) {
            if time >= horizon {
                break;
            }
            area += (time - from) * level;
            (from, level) = (time, survival);
        }
        Ok(area + (horizon - from) * level)
    }
}
