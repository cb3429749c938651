//! How a fit went.

use super::choose::Chosen;
use super::grow::{Ground, Member};
use super::loss::Loss;

/// The record of a fit.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SparseReport {
    /// Rows of positive weight.
    pub rows: usize,
    /// Different rows that were fitted.
    pub fitted_rows: usize,
    /// Mean loss of the averaged networks on rows that they had not seen, before calibration: log loss, or half
    /// the squared (or Huber's) error in the target's units.
    pub held_out_loss: f64,
    /// The same of the networks without wavelets, the linear part alone.
    pub linear_loss: f64,
    /// Slope of the calibration; 1 leaves outputs as they are.
    pub calibration_slope: f64,
    /// Libraries in order.
    pub libraries: Vec<LibraryReport>,
    /// Rows of the table whose outputs a network gave that had not seen them.
    pub held_out: Vec<usize>,
    /// These outputs before the link, output by output, and before calibration.
    pub held_out_outputs: Vec<Vec<f64>>,
}

/// How a library did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LibraryReport {
    /// Mean loss on unseen rows.
    pub held_out_loss: f64,
    /// Share in the average.
    pub weight: f64,
    /// Its networks in the order of the folds.
    pub networks: Vec<NetworkReport>,
}

/// How one network grew.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NetworkReport {
    /// Mean loss on its fold at the start, with the linear part alone, and after each round.
    pub history: Vec<f64>,
    /// The round that was kept.
    pub best: usize,
    /// Terms of the round that was kept.
    pub terms: usize,
}

pub(super) fn report(
    ground: &Ground<'_>,
    chosen: &Chosen,
    members: &[Member],
    each: usize,
    calibration_slope: f64,
    scale: f64,
) -> SparseReport {
    // Numbers were standardised: losses are told in the target's units.
    let (unit, output_unit) = match ground.loss {
        Loss::Squared | Loss::Huber(_) => (scale * scale, scale),
        Loss::Logistic | Loss::Softmax | Loss::Ordered(_) => (1.0, 1.0),
    };
    let network = |member: &Member| NetworkReport {
        history: member.history.iter().map(|loss| loss * unit).collect(),
        best: member.best,
        terms: member.units.len(),
    };
    let libraries = members
        .chunks(each)
        .enumerate()
        .map(|(library, group)| LibraryReport {
            held_out_loss: chosen.losses[library] * unit,
            weight: chosen.weights[library],
            networks: group.iter().map(network).collect(),
        })
        .collect();
    let target: Vec<f64> = chosen.held_out.iter().map(|&row| ground.target[row]).collect();
    let weights: Vec<f64> = chosen.held_out.iter().map(|&row| ground.rows.weights[row]).collect();
    let total: f64 = weights.iter().sum();
    let shares =
        |member: &Member| -> f64 { member.held_out.iter().map(|&row| ground.rows.weights[row]).sum() };
    let linear: f64 =
        members[..each].iter().filter(|m| shares(m) > 0.0).map(|m| m.history[0] * shares(m)).sum();
    SparseReport {
        rows: ground.rows.rows,
        fitted_rows: ground.rows.source.len(),
        held_out_loss: ground.loss.value(&chosen.outputs, &target, &weights) / total.max(1e-300) * unit,
        linear_loss: linear / total.max(1e-300) * unit,
        calibration_slope,
        libraries,
        held_out: chosen.held_out.iter().map(|&row| ground.rows.source[row]).collect(),
        held_out_outputs: chosen
            .outputs
            .iter()
            .map(|outputs| outputs.iter().map(|output| output * output_unit).collect())
            .collect(),
    }
}
