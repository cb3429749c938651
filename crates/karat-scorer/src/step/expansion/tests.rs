//! Tests come with the fit.
