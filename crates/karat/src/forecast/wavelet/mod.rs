//! Wavelet networks: sums of shifted and stretched copies of a mother wavelet, beside a linear model.
//!
//! [`WaveletNetwork`] fits the families of the literature: ridge wavelons, products and radial ones.
//! [`sparse`] grows the network that suits tables of many fields: products of a few wavelets of single fields.

#![allow(clippy::needless_pass_by_value, reason = "array views are meant to be passed by value")]

pub(in crate::forecast) mod coding;
mod distinct;
mod families;
mod freeze;
mod init;
mod intervals;
mod loss;
mod members;
mod network;
mod objective;
mod report;
mod select;
mod shape;
mod significance;
pub mod sparse;
mod train;

pub use coding::FieldKind;
pub use distinct::distinct_rows;
pub use init::Init;
pub use intervals::{Bands, IntervalMethod, Intervals, Noise};
pub use network::{Decay, Resample, Task, Validation, WaveletNetwork};
pub use report::{Against, MemberReport, Progress, WaveletReport};
pub use select::{CandidateRisk, Criterion, WavelonChoice, select_wavelons};
pub use significance::{FieldSignificance, Significance, significance};
pub use train::Optimiser;

pub use karat_scorer::step::wavelet::{Family, Mother, Wavelons};

#[cfg(test)]
mod tests;
