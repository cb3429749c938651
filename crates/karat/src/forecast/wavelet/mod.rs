//! Wavelet networks: hidden units are wavelets of the inputs.

pub mod sparse;
