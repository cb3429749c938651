//! Retention of segments: what was seen, and what to expect.

use super::beta_discrete_weibull::BetaDiscreteWeibull;
use super::counts::PeriodCounts;
use super::fitted::{Band, FittedContract};
use super::shifted_beta_geometric::ShiftedBetaGeometric;
use crate::evaluate::weights::Finding;
use karat_scorer::Result;

/// Which model forecasts a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RetentionModel {
    /// The one with the lower criterion of Akaike. The default.
    #[default]
    Better,
    /// Shifted-beta-geometric.
    ShiftedBetaGeometric,
    /// Beta-discrete-Weibull.
    BetaDiscreteWeibull,
}

/// The retention of one segment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentRetention {
    /// Its name.
    pub segment: String,
    /// Chance to be here after 0, 1, ... periods as it was seen: the product of the shares kept.
    pub observed: Vec<f64>,
    /// The model's curve for 0, 1, ... `horizon` periods, with its band.
    pub forecast: Band,
    /// Name of the model.
    pub model: &'static str,
    /// What the fit has to say.
    pub findings: Vec<Finding>,
}

/// Retention curves of segments with a forecast to `horizon` and bands of `level`.
///
/// ```
/// use karat::forecast::lifetime::contract::{PeriodCounts, RetentionModel, retention_curves};
/// let regular = PeriodCounts::from_cohorts(&[[1000.0, 631.0, 468.0, 382.0, 326.0]])?;
/// let high_end = PeriodCounts::from_cohorts(&[[1000.0, 869.0, 743.0, 653.0, 593.0]])?;
/// let segments = [("regular".to_owned(), regular), ("high end".to_owned(), high_end)];
/// let curves = retention_curves(&segments, RetentionModel::Better, 12, 0.95)?;
/// assert!(curves[1].forecast.lower[12] > curves[0].forecast.upper[12]);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`karat_scorer::Error::Data`] for a segment that nobody was watched in, [`karat_scorer::Error::Argument`] for a
/// level outside 0 to 1.
pub fn retention_curves(
    segments: &[(String, PeriodCounts)],
    model: RetentionModel,
    horizon: usize,
    level: f64,
) -> Result<Vec<SegmentRetention>> {
    let times: Vec<f64> = (0..=horizon).map(|t| t as f64).collect();
    segments
        .iter()
        .map(|(segment, counts)| {
            let simple = ShiftedBetaGeometric::fit(counts)?;
            let rich = BetaDiscreteWeibull::fit(counts)?;
            let take_rich = match model {
                RetentionModel::Better => rich.aic < simple.aic,
                RetentionModel::ShiftedBetaGeometric => false,
                RetentionModel::BetaDiscreteWeibull => true,
            };
            let (forecast, name, findings) =
                if take_rich { curve(&rich, &times, level)? } else { curve(&simple, &times, level)? };
            let observed = observed(counts);
            Ok(SegmentRetention { segment: segment.clone(), observed, forecast, model: name, findings })
        })
        .collect()
}

#[allow(private_bounds, reason = "the family is how a model is fitted, and no concern of its users")]
fn curve<M: super::family::Family>(
    fitted: &FittedContract<M>,
    times: &[f64],
    level: f64,
) -> Result<(Band, &'static str, Vec<Finding>)> {
    Ok((fitted.survival_band(times, level)?, M::NAME, fitted.findings.clone()))
}

fn observed(counts: &PeriodCounts) -> Vec<f64> {
    let mut chances = vec![1.0];
    let mut here = 1.0;
    for (lost, kept) in counts.lost().iter().zip(counts.kept()) {
        if lost + kept <= 0.0 {
            break;
        }
        here *= kept / (lost + kept);
        chances.push(here);
    }
    chances
}
