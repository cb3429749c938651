//! Training: from starting parameters to better ones.

mod adam;
mod lbfgs;
mod levenberg;
mod watch;

pub(super) use adam::adam;
pub(super) use lbfgs::lbfgs;
pub(super) use levenberg::{levenberg, normal_equations};
pub(super) use watch::{Ended, Outcome, Watch};

/// How the parameters are found.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Optimiser {
    /// Levenberg-Marquardt for squared error with few parameters, Adam for more than 50,000 rows, else L-BFGS.
    #[default]
    Automatic,
    /// Levenberg-Marquardt (Levenberg, 1944; Marquardt, 1963); of the squared error only.
    LevenbergMarquardt,
    /// Limited-memory quasi-Newton steps (Liu and Nocedal, 1989).
    Lbfgs,
    /// Stochastic steps over mini-batches with adapted moments (Kingma and Ba, 2015).
    Adam {
        /// Rows of a mini-batch.
        batch: usize,
        /// Length of the first steps; it falls along half a cosine.
        rate: f64,
    },
}
