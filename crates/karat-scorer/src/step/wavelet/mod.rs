//! Wavelet networks: the frozen networks of wavelons and the mother wavelets with their exact derivatives.
//!
//! [`Wavelons`] scores a raw row: it scales and codes the fields itself, so that nothing has to be prepared
//! where it runs.

mod coding;
mod eval;
mod mother;
mod network;
mod section;
mod tiles;

pub use coding::{Coding, outside};
pub use mother::Mother;
pub use network::{Family, Link, MAX_INPUTS, MAX_MEMBERS, MAX_WAVELONS, Member, Wavelons, WavelonsParts};
