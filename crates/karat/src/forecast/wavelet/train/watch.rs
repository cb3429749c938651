//! What is seen of a training: the history, the best point on the validation rows, when to stop.

use super::super::objective::Objective;

/// How one training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Ended {
    /// The objective no longer fell.
    Converged,
    /// The loss on the validation rows rose for `patience` iterations.
    Early,
    /// The last iteration was reached.
    Exhausted,
    /// The observer said so.
    Stopped,
}

/// Parameters and how they came about.
#[derive(Debug, Clone)]
pub(in super::super) struct Outcome {
    pub(in super::super) at: Vec<f64>,
    pub(in super::super) ended: Ended,
    pub(in super::super) iterations: usize,
    /// Objective after each iteration.
    pub(in super::super) history: Vec<f64>,
    /// Loss on the validation rows after each iteration; empty without them.
    pub(in super::super) validation: Vec<f64>,
    /// The best of them.
    pub(in super::super) best: f64,
}

/// Follows a training.
pub(in super::super) struct Watch<'a> {
    pub(in super::super) validation: Option<&'a Objective<'a>>,
    pub(in super::super) patience: usize,
    pub(in super::super) iterations: usize,
    pub(in super::super) tolerance: f64,
    /// Told the iteration, from 1, and the objective; says whether to go on.
    pub(in super::super) tell: &'a (dyn Fn(usize, f64) -> bool + 'a),
}

/// The state of a watch over one training.
pub(super) struct Watched<'a> {
    watch: &'a Watch<'a>,
    history: Vec<f64>,
    validation: Vec<f64>,
    best: Option<(f64, Vec<f64>)>,
    waited: usize,
}

impl<'a> Watched<'a> {
    pub(super) fn new(watch: &'a Watch<'a>, start: &[f64]) -> Watched<'a> {
        let best = watch.validation.map(|rows| (rows.mean_loss(start), start.to_vec()));
        Watched { watch, history: Vec::new(), validation: Vec::new(), best, waited: 0 }
    }

    /// Takes in an iteration; says how the training ends, if it does.
    pub(super) fn after(&mut self, objective: f64, at: &[f64]) -> Option<Ended> {
        self.history.push(objective);
        if let (Some(rows), Some((least, best))) = (self.watch.validation, &mut self.best) {
            let loss = rows.mean_loss(at);
            self.validation.push(loss);
            if loss < *least {
                *least = loss;
                best.copy_from_slice(at);
                self.waited = 0;
            } else {
                self.waited += 1;
                if self.waited >= self.watch.patience {
                    return Some(Ended::Early);
                }
            }
        }
        (!(self.watch.tell)(self.history.len(), objective)).then_some(Ended::Stopped)
    }

    pub(super) fn finish(self, at: Vec<f64>, ended: Ended) -> Outcome {
        let (best, at) = match self.best {
            Some((loss, best)) => (loss, best),
            None => (self.history.last().copied().unwrap_or(f64::NAN), at),
        };
        Outcome {
            at,
            ended,
            iterations: self.history.len(),
            history: self.history,
            validation: self.validation,
            best,
        }
    }
}
