//! Spreading activation: energy that starts with some and is handed on along their calls.

use super::flow::{fill, inflow, per_weight, threads_for};
use super::graph::CallGraph;
use karat_scorer::numerics::ordered_sum;
use karat_scorer::{Error, Result};

/// Spreading activation over calls (Dasgupta and others, "Social ties and their relevance to churn in mobile
/// telecom networks", 2008).
///
/// In each step everybody keeps `1 - factor` of the energy and hands the rest on in proportion to the weight
/// of the calls: `E_x <- (1 - factor) E_x + factor * sum over y of E_y w_yx / S_y`, where `S_y` is the weight
/// of all calls of `y`. Who calls nobody keeps everything, so that the total never changes.
///
/// Started with 1 on each churner, the energy of the others afterwards is their exposure to churn; started
/// with 1 on one customer it is whom that customer reaches ([`reach`](SpreadingActivation::reach)). Few steps
/// are meant: on a connected graph energy ends up in proportion to strength wherever it began, and says
/// nothing any more about who left.
///
/// ```
/// use karat::evaluate::influence::{Calls, SpreadingActivation};
///
/// let graph = Calls::new(4, &[0, 0, 1, 2], &[1, 2, 2, 3]).weights(&[10.0, 5.0, 5.0, 10.0]).directed(false).graph()?;
/// let spread = SpreadingActivation::new().factor(0.5).steps(1).spread(&graph, &[1.0, 0.0, 0.0, 0.0])?;
/// assert_eq!(spread.energy, [0.5, 1.0 / 3.0, 1.0 / 6.0, 0.0]);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SpreadingActivation {
    /// Share of the energy that is handed on in a step, 0 to 1.
    pub factor: f64,
    /// Most steps.
    pub steps: usize,
    /// Stop earlier when the energy that changed places in a step is at most this share of all; 0 or more.
    pub tolerance: f64,
    /// Threads; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

/// Energy after it has spread.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Activation {
    /// Energy of each node; the sum is that of the start, but for rounding.
    pub energy: Vec<f64>,
    /// Steps done.
    pub steps: usize,
    /// Sum of the absolute changes of the last step, as a share of all energy.
    pub change: f64,
}

impl Default for SpreadingActivation {
    fn default() -> SpreadingActivation {
        SpreadingActivation { factor: 0.5, steps: 3, tolerance: 0.0, threads: 0 }
    }
}

impl SpreadingActivation {
    /// Half of the energy handed on in each of three steps, all threads.
    #[must_use]
    pub fn new() -> SpreadingActivation {
        SpreadingActivation::default()
    }

    /// Sets [`factor`](SpreadingActivation::factor).
    #[must_use]
    pub fn factor(mut self, factor: f64) -> SpreadingActivation {
        self.factor = factor;
        self
    }

    /// Sets [`steps`](SpreadingActivation::steps).
    #[must_use]
    pub fn steps(mut self, steps: usize) -> SpreadingActivation {
        self.steps = steps;
        self
    }

    /// Sets [`tolerance`](SpreadingActivation::tolerance).
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> SpreadingActivation {
        self.tolerance = tolerance;
        self
    }

    /// Sets [`threads`](SpreadingActivation::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> SpreadingActivation {
        self.threads = threads;
        self
    }

    /// Spreads energy, one amount for each node.
    ///
    /// # Errors
    /// As [`spread_observed`](SpreadingActivation::spread_observed).
    pub fn spread(&self, graph: &CallGraph, energy: &[f64]) -> Result<Activation> {
        self.spread_observed(graph, energy, &mut |_| true)
    }

    /// Spreads energy; `observer` is told the share done after each step on the calling thread and says
    /// whether to go on.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range, or no energy at all; [`Error::Shape`] and
    /// [`Error::Data`] for energy that is not one finite amount of at least 0 for each node;
    /// [`Error::Interrupted`] when the observer says to stop.
    pub fn spread_observed(
        &self,
        graph: &CallGraph,
        energy: &[f64],
        observer: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Activation> {
        self.check()?;
        graph.check_amounts(energy, "energy")?;
        let (total, threads) = (ordered_sum(energy), threads_for(graph, self.threads));
        let strength = graph.out_strength();
        let mut spread = Activation { energy: energy.to_vec(), steps: 0, change: f64::INFINITY };
        let mut shared = vec![0.0; graph.nodes()];
        let mut next = vec![0.0; graph.nodes()];
        while spread.steps < self.steps && spread.change > self.tolerance {
            let held = &spread.energy;
            per_weight(graph, threads, held, &mut shared);
            let moved = fill(threads, &mut next, |node| {
                let value = self.mix(held[node], strength[node], inflow(graph, &shared, node));
                (value, (value - held[node]).abs())
            });
            std::mem::swap(&mut spread.energy, &mut next);
            spread.change = moved / total;
            spread.steps += 1;
            if !observer(spread.steps as f64 / self.steps as f64) {
                return Err(Error::Interrupted("spreading activation".to_owned()));
            }
        }
        Ok(spread)
    }

    /// A node's energy after a step.
    #[inline]
    pub(super) fn mix(&self, held: f64, strength: f64, inflow: f64) -> f64 {
        let kept = if strength > 0.0 { (1.0 - self.factor) * held } else { held };
        kept + self.factor * inflow
    }

    pub(super) fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.factor) {
            return Err(Error::argument("factor", "must be >= 0 and <= 1", self.factor));
        }
        if self.steps == 0 {
            return Err(Error::argument("steps", "must be >= 1", 0));
        }
        if self.tolerance.is_nan() || self.tolerance < 0.0 {
            return Err(Error::argument("tolerance", "must be >= 0", self.tolerance));
        }
        Ok(())
    }
}
