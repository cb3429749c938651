//! Forecasts: networks, lifetimes, contracts and stages as parts of a model, with named outputs.
//!
//! Each takes raw fields, the index or outputs of earlier ones, and gives a few numbers. They run in the order of the
//! list, for every customer, whatever the gates say. Fields are taken as they come: missing stays missing, since
//! each of these models has its own way with it.

mod check;
mod eval;
mod section;
#[cfg(test)]
mod tests;

pub(crate) use eval::Space;

use super::prepaid::Prepaid;
use super::wavelet::Wavelons;
use super::{Contract, Expansion, Link, Stages};

/// Most forecasts of a model.
pub const MAX_FORECASTS: usize = 32;
/// Most inputs of one forecast.
pub const MAX_FORECAST_INPUTS: usize = 256;
/// Most outputs of all forecasts together.
pub const MAX_FORECAST_OUTPUTS: usize = 256;
/// Most numbers that a forecast may work in, for one customer: fields, atoms and outputs of a sparse network, inputs
/// of a network of wavelons. What scoring holds on the stack depends on it.
pub const MAX_FORECAST_WORK: usize = 8704;
/// Most months that a stage looks back on.
pub const MAX_STAGE_MONTHS: usize = 48;

/// Where an input of a forecast comes from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Input {
    /// The same number for everybody.
    Constant(f64),
    /// A field of the model, as it comes.
    Field {
        /// Position in the schema.
        position: u32,
        /// For each category of the model, 1 + the position of the same category in the forecast, or 0 for one
        /// that it does not know; empty for a number.
        codes: Vec<u32>,
    },
    /// An output of an earlier forecast, by its position among all outputs.
    Output(u32),
    /// The index.
    Index,
}

/// The frozen step of a forecast.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ForecastStep {
    /// A sparse tensor wavelet network; inputs are its fields. Two probabilities of a logistic one.
    Expansion(Expansion),
    /// A network of wavelons; inputs are its fields.
    Wavelons(Wavelons),
    /// A prepaid lifetime; inputs are frequency, recency, age and the mean value of a transaction.
    Prepaid(Prepaid),
    /// A contract; inputs are tenure, term, margin and its fields. The margin of a period turns periods into a value.
    Contract(Contract),
    /// A life-cycle stage; inputs are tenure, days of silence, suspended (not 0), gone (not 0), and then 1 to
    /// [`MAX_STAGE_MONTHS`] monthly values, the oldest first. Missing months at the beginning are those before the
    /// customer came.
    Stages(Stages),
}

/// Names of the outputs of a prepaid lifetime.
pub const PREPAID_OUTPUTS: [&str; 4] =
    ["p_alive", "expected_transactions", "expected_spend", "discounted_value"];
/// Names of the outputs of a contract.
pub const CONTRACT_OUTPUTS: [&str; 5] =
    ["survival", "next_hazard", "remaining_periods", "discounted_periods", "value"];
/// Names of the outputs of a stage; the first is the position in [`STAGE_NAMES`](super::STAGE_NAMES).
pub const STAGE_OUTPUTS: [&str; 5] = ["stage", "confidence", "level", "relative_slope", "trend"];

impl ForecastStep {
    /// How many numbers it gives.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self {
            ForecastStep::Expansion(step) if step.link == Link::Logistic => 2,
            ForecastStep::Expansion(step) => step.outputs,
            ForecastStep::Wavelons(step) => step.width(),
            ForecastStep::Prepaid(_) => PREPAID_OUTPUTS.len(),
            ForecastStep::Contract(_) => CONTRACT_OUTPUTS.len(),
            ForecastStep::Stages(_) => STAGE_OUTPUTS.len(),
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            ForecastStep::Expansion(_) => "sparse wavelet network",
            ForecastStep::Wavelons(_) => "wavelet network",
            ForecastStep::Prepaid(_) => "prepaid lifetime",
            ForecastStep::Contract(_) => "contract",
            ForecastStep::Stages(_) => "life-cycle stage",
        }
    }

    /// Numbers that it works in for one customer.
    fn work(&self) -> usize {
        match self {
            ForecastStep::Expansion(step) => step.scratch_len(),
            ForecastStep::Wavelons(step) => step.inputs(),
            ForecastStep::Prepaid(_) | ForecastStep::Contract(_) | ForecastStep::Stages(_) => 0,
        }
    }
}

/// One named forecast; the name stands in [`Names::forecasts`](crate::Names::forecasts), those of its outputs in
/// [`Names::outputs`](crate::Names::outputs).
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// What is evaluated.
    pub step: ForecastStep,
    /// Where each of its inputs comes from.
    pub inputs: Vec<Input>,
}

/// Which outputs the record repeats, by their position among all outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recorded {
    /// [`Score::forecast`](crate::Score::forecast).
    pub forecast: Option<u32>,
    /// [`Score::churn`](crate::Score::churn).
    pub churn: Option<u32>,
    /// [`Score::clv`](crate::Score::clv).
    pub clv: Option<u32>,
    /// [`Score::stage`](crate::Score::stage): the first output of a stage.
    pub stage: Option<u32>,
}

impl Recorded {
    /// Name of the field of the record, and the output.
    #[must_use]
    pub fn list(&self) -> [(&'static str, Option<u32>); 4] {
        [("forecast", self.forecast), ("churn", self.churn), ("clv", self.clv), ("stage", self.stage)]
    }
}

/// The forecasts of a model, in the order in which they run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Forecasts {
    /// The forecasts.
    pub list: Vec<Forecast>,
    /// What of them the record repeats.
    pub record: Recorded,
}

impl Forecasts {
    /// How many numbers they give together.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.list.iter().map(|forecast| forecast.step.outputs()).sum()
    }

    /// Position of the first output of each forecast.
    pub fn offsets(&self) -> impl Iterator<Item = usize> {
        self.list.iter().scan(0, |next, forecast| {
            let first = *next;
            *next += forecast.step.outputs();
            Some(first)
        })
    }
}

/// What evaluation needs to know beforehand.
#[derive(Debug, Clone, Default)]
pub(crate) struct PreparedForecasts {
    /// Position of the first output of each forecast.
    offsets: Vec<usize>,
    /// Whether the record needs the forecast.
    needed: Vec<bool>,
    /// Numbers that they give together.
    pub(crate) outputs: usize,
    /// Most inputs of one, and outputs of all.
    pub(crate) width: usize,
    /// Most numbers that one works in.
    pub(crate) work: usize,
    /// Whether one reads the index.
    pub(crate) reads_index: bool,
    /// Whether the record repeats an output.
    pub(crate) recorded: bool,
}

impl PreparedForecasts {
    pub(crate) fn new(forecasts: &Forecasts) -> PreparedForecasts {
        let offsets: Vec<usize> = forecasts.offsets().collect();
        let outputs = forecasts.outputs();
        let wanted: Vec<u32> = forecasts.record.list().iter().filter_map(|(_, output)| *output).collect();
        let mut needed = vec![false; offsets.len()];
        for at in (0..offsets.len()).rev() {
            let own = offsets[at]..offsets[at] + forecasts.list[at].step.outputs();
            let read_later = forecasts.list.iter().zip(&needed).skip(at + 1).any(|(later, &needed)| {
                needed
                    && later
                        .inputs
                        .iter()
                        .any(|input| matches!(input, Input::Output(o) if own.contains(&(*o as usize))))
            });
            needed[at] = read_later || wanted.iter().any(|&output| own.contains(&(output as usize)));
        }
        let inputs = forecasts.list.iter().map(|forecast| forecast.inputs.len()).max().unwrap_or(0);
        PreparedForecasts {
            offsets,
            needed,
            outputs,
            width: inputs.max(outputs),
            work: forecasts.list.iter().map(|forecast| forecast.step.work()).max().unwrap_or(0),
            reads_index: forecasts.list.iter().any(|forecast| forecast.inputs.contains(&Input::Index)),
            recorded: !wanted.is_empty(),
        }
    }
}
