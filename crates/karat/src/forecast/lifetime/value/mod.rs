//! What customers are worth over the time they stay.
//!
//! A value needs three things of the same period: survival, margins and a discount rate. [`Period`] is part of each,
//! so that months and years never mix by accident: [`Valuation::value`] refuses it and names the conversion. Every
//! result says which payments it counts and to which moment they are discounted ([`PaymentTiming`]).

mod closed_forms;
mod equity;
mod margin;
mod period;
mod policy;
mod portfolio;
mod survival_path;
mod valuation;

#[cfg(test)]
mod tests;

pub use closed_forms::{
    break_even_periods, finite_value, margin_multiple, past_and_future_value, perpetual_value,
};
pub use equity::{EquityChange, Position};
pub use karat_scorer::step::PaymentTiming;
pub use margin::{Margin, MarginKind};
pub use period::{Period, Rate, Retention};
pub use policy::{Policy, PolicyEffect};
pub use portfolio::Portfolio;
pub use survival_path::SurvivalPath;
pub use valuation::{Valuation, Worth};
