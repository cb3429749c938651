//! Chances to be here after 0, 1, 2, ... periods.

use super::period::{Period, Retention};
use crate::forecast::lifetime::contract::ContractModel;
use karat_scorer::{Error, Problem, Result};

/// A survival curve in whole periods, whatever model it comes from.
///
/// ```
/// use karat::forecast::lifetime::value::{Period, SurvivalPath};
/// let path = SurvivalPath::from_hazards(&[0.02, 0.03, 0.05, 0.02, 0.02, 0.02], Period::Month)?;
/// assert!((path.at(6) - 0.849_962).abs() < 5e-7);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SurvivalPath {
    chances: Vec<f64>,
    period: Period,
    /// Periods that lie behind.
    completed: usize,
}

impl SurvivalPath {
    /// From the chances to be here after 0, 1, 2, ... periods.
    ///
    /// # Errors
    /// [`Error::Data`] naming every chance outside 0 to 1 and every rise; a first one that is not 1.
    pub fn new(chances: &[f64], period: Period) -> Result<SurvivalPath> {
        let mut problems = Vec::new();
        let outside: Vec<usize> =
            (0..chances.len()).filter(|&t| !(0.0..=1.0).contains(&chances[t])).collect();
        if !outside.is_empty() {
            let problem = Problem::new("survival", "not between 0 and 1", "give chances");
            problems.push(problem.at(outside.len(), outside));
        }
        let rises: Vec<usize> =
            (1..chances.len()).filter(|&t| chances[t] > chances[t - 1] * (1.0 + 1e-12)).collect();
        if !rises.is_empty() {
            let problem =
                Problem::new("survival", "higher than the period before", "nobody comes back to life");
            problems.push(problem.at(rises.len(), rises));
        }
        if chances.first() != Some(&1.0) {
            let remedy = "begin with 1, the chance to be here at the start";
            problems.push(Problem::new("survival", "does not begin with 1", remedy));
        }
        if problems.is_empty() {
            Ok(SurvivalPath { chances: chances.to_vec(), period, completed: 0 })
        } else {
            Err(Error::Data(problems))
        }
    }

    /// From the chances to leave in periods 1, 2, ...
    ///
    /// # Errors
    /// As [`SurvivalPath::new`].
    pub fn from_hazards(hazards: &[f64], period: Period) -> Result<SurvivalPath> {
        let mut chances = vec![1.0];
        let mut here = 1.0;
        for hazard in hazards {
            here *= 1.0 - hazard;
            chances.push(here);
        }
        let outside: Vec<usize> =
            (0..hazards.len()).filter(|&t| !(0.0..=1.0).contains(&hazards[t])).collect();
        if outside.is_empty() {
            SurvivalPath::new(&chances, period)
        } else {
            let problem = Problem::new("hazards", "not between 0 and 1", "give chances to leave");
            Err(Error::data(problem.at(outside.len(), outside)))
        }
    }

    /// The same retention in every period.
    #[must_use]
    pub fn constant(retention: Retention, horizon: usize) -> SurvivalPath {
        let mut chances = vec![1.0];
        let mut here = 1.0;
        for _ in 0..horizon {
            here *= retention.value;
            chances.push(here);
        }
        SurvivalPath { chances, period: retention.period, completed: 0 }
    }

    /// The curve of a model from the start to `horizon` periods later.
    #[must_use]
    pub fn of_model<M: ContractModel>(model: &M, period: Period, horizon: usize) -> SurvivalPath {
        let mut chances = vec![1.0];
        let mut here = 1.0;
        for t in 0..horizon {
            here *= model.kept(t as f64).clamp(0.0, 1.0);
            chances.push(here);
        }
        SurvivalPath { chances, period, completed: 0 }
    }

    /// The curve of those who have lived through `completed` periods: what is left of their value.
    ///
    /// # Errors
    /// [`Error::Argument`] when nobody is left by then, or the path ends before.
    pub fn after(&self, completed: usize) -> Result<SurvivalPath> {
        match self.chances.get(completed) {
            Some(&here) if here > 0.0 => Ok(SurvivalPath {
                chances: self.chances[completed..].iter().map(|chance| chance / here).collect(),
                period: self.period,
                completed: self.completed + completed,
            }),
            _ => Err(Error::argument("completed", "must be a period at which somebody is left", completed)),
        }
    }

    /// Chance to be here after `periods` more; 0 beyond the path.
    #[must_use]
    pub fn at(&self, periods: usize) -> f64 {
        self.chances.get(periods).copied().unwrap_or(0.0)
    }

    /// Periods that the path reaches.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.chances.len() - 1
    }

    /// Its period.
    #[must_use]
    pub fn period(&self) -> Period {
        self.period
    }

    /// Periods that lie behind: 0 of a new customer, whose value is the total one.
    #[must_use]
    pub fn completed(&self) -> usize {
        self.completed
    }

    /// The path with every chance to leave multiplied.
    pub(super) fn with_hazards_times(&self, ratio: f64) -> SurvivalPath {
        let mut chances = vec![1.0];
        let mut here = 1.0;
        for pair in self.chances.windows(2) {
            let hazard = if pair[0] > 0.0 { 1.0 - pair[1] / pair[0] } else { 1.0 };
            here *= 1.0 - (hazard * ratio).clamp(0.0, 1.0);
            chances.push(here);
        }
        SurvivalPath { chances, period: self.period, completed: self.completed }
    }
}
