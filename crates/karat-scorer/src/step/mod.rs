//! The frozen steps of scoring, in the order in which they run; each is one section of the model file.
//!
//! A step is what a fit returns and the only code that evaluates a row. Steps are written once over `N`
//! customers side by side (lanes): `N = 1` is one row, `N = 8` a block of a batch. A lane never sees
//! another, and every sum adds in ascending order, so the number of lanes cannot change a bit.

mod alone;
mod contract;
mod expansion;
mod fields;
mod forecasts;
mod grades;
mod indicators;
mod inverse;
mod nodes;
mod nodes_check;
pub mod prepaid;
mod profiles;
mod rules;
mod scale;
mod segments;
mod stages;
mod tree;
mod types;
pub mod wavelet;

pub use contract::{
    Contract, ContractForecast, HazardLink, MAX_CONTRACT_PERIODS, MAX_HAZARD_FIELDS, PaymentTiming,
};
pub use expansion::{
    Asked, Atom, AtomKind, Expansion, ExpansionField, Link, MAX_LEVELS, MAX_OUTPUTS, MAX_TERMS, NO_ATOM,
    TermGroup, flags as expansion_flags,
};
pub use fields::Fields;
pub use forecasts::{
    CONTRACT_OUTPUTS, Forecast, ForecastStep, Forecasts, Input, MAX_FORECAST_INPUTS, MAX_FORECAST_OUTPUTS,
    MAX_FORECAST_WORK, MAX_FORECASTS, MAX_STAGE_MONTHS, PREPAID_OUTPUTS, Recorded, STAGE_OUTPUTS,
};
pub(crate) use forecasts::{PreparedForecasts, Space};
pub use grades::{Grades, MAX_GRADES};
pub(crate) use indicators::Prepared;
pub use indicators::{Indicator, Indicators, MAX_INDICATORS, Polarity};
pub(crate) use nodes::{LEAST_VALUE, MOST_VALUE, PreparedNodes};
pub use nodes::{MAX_NODES, Mean, Node, Nodes};
pub(crate) use profiles::PreparedProfiles;
pub use profiles::{MAX_PROFILES, Profile, Profiles};
pub use rules::{Comparison, Condition, Effect, MAX_CONDITIONS, MAX_RULES, Ratchet, Rule, Rules};
pub use scale::{MAX_KNOTS, Scale};
pub use segments::{MAX_SEGMENTS, Nearest, Segments};
pub use stages::{MAX_STAGE_WINDOW, STAGE_NAMES, Stage, StageEvidence, StageFacts, Stages};
pub use tree::{MAX_DIMENSIONS, Tree};
pub use types::{TYPE_NAMES, TypeMethod, Types};

use crate::error::Result;
use crate::file::{SectionReader, SectionWriter};

/// One frozen step of scoring, and one section of the model file.
pub trait Step: Sized + Send + Sync + std::fmt::Debug {
    /// Four-letter name of the section; a capital first letter means that scoring needs it.
    const KIND: &'static str;
    /// Revision of the section's layout.
    const REVISION: u32 = 1;
    /// Appends the step to a section.
    fn encode(&self, writer: &mut SectionWriter);
    /// Reads the step back; checks only what the section alone can tell.
    ///
    /// # Errors
    /// [`crate::Error::Format`] for bytes that no step encodes to.
    fn decode(reader: &mut SectionReader<'_>) -> Result<Self>;
}

/// One value for each of `N` customers.
pub(crate) type Lanes<const N: usize> = [f64; N];

/// What the steps need at every row, worked out once at load.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ready {
    pub(crate) indicators: Vec<Prepared>,
    pub(crate) nodes: PreparedNodes,
    pub(crate) profiles: PreparedProfiles,
    pub(crate) forecasts: PreparedForecasts,
}

/// `x` brought within `lo` and `hi`, which are in order; NaN stays NaN. Unlike `f64::clamp` it has no way to panic.
#[inline(always)]
pub(crate) fn within(x: f64, lo: f64, hi: f64) -> f64 {
    // In this form each line is one instruction, which keeps NaN.
    let raised = if lo > x { lo } else { x };
    if hi < raised { hi } else { raised }
}
