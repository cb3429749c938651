//! What a value index really does with a base: influence, admission of indicators, robustness, sensitivity.
//!
//! Everything here starts from a [`Base`], the customers of a table as a fitted additive model sees them.

mod base;
mod compare;
mod draws;
mod effective;
mod lint;
mod moments;
mod ranking;
mod robust;
mod sensitivity;
mod sobol;
mod target;

pub use base::{Base, Sampling};
pub use compare::Boundaries;
pub use draws::Spread;
pub use effective::{EffectiveOptions, EffectiveWeight, EffectiveWeights, effective_weights};
pub use lint::{Admission, Lint, LintOptions, lint};
pub use robust::{OneWeight, Robustness, RobustnessOptions, robustness};
pub use sensitivity::{Sensitivity, SensitivityOptions, sensitivity};
pub use sobol::{SobolIndex, sobol_indices};
pub use target::{TargetWeights, target_weights};

#[cfg(test)]
mod tests;
