//! Weighted `PageRank`.

use super::flow::{fill, inflow, per_weight, threads_for};
use super::graph::CallGraph;
use karat_scorer::numerics::{ln, ordered_sum};
use karat_scorer::{Error, Result};

/// Weighted `PageRank` (Brin and Page, 1998): how often a walk visits each node that follows a call with
/// probability `damping`, chosen by weight, and otherwise starts anew.
///
/// Nodes that call nobody start anew. Power iteration from the restart distribution, until the sum of the
/// absolute changes is at most `tolerance`.
///
/// ```
/// use karat::evaluate::influence::{Calls, PageRank};
///
/// let graph = Calls::new(4, &[0, 0, 1, 2], &[1, 2, 2, 3]).weights(&[10.0, 5.0, 5.0, 10.0]).directed(false).graph()?;
/// let ranks = PageRank::new().rank(&graph)?;
/// assert!((ranks.values[3] - 0.176958).abs() < 1e-6);
/// assert!(ranks.converged && ranks.error_bound < 1e-11);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PageRank {
    /// Probability to follow a call, at least 0 and below 1.
    pub damping: f64,
    /// The residual at which to stop, above 0.
    pub tolerance: f64,
    /// Most iterations.
    pub max_iterations: usize,
    /// Where the walk starts anew: an amount for each node, in proportion; without, anywhere alike. With all
    /// on some nodes the ranks are personalised (Haveliwala, 2002).
    pub restart: Option<Vec<f64>>,
    /// Threads; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

/// Rank of each node.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ranks {
    /// Share of the visits of each node; they sum to 1.
    pub values: Vec<f64>,
    /// Sum of the absolute changes of the last iteration.
    pub residual: f64,
    /// Bound of the sum of the absolute errors: residual times damping / (1 - damping).
    pub error_bound: f64,
    /// Iterations done.
    pub iterations: usize,
    /// Whether the residual came down to the tolerance.
    pub converged: bool,
}

impl Default for PageRank {
    fn default() -> PageRank {
        PageRank { damping: 0.85, tolerance: 1e-12, max_iterations: 1000, restart: None, threads: 0 }
    }
}

impl PageRank {
    /// Damping 0.85, tolerance 1e-12, at most 1000 iterations, starting anew anywhere, all threads.
    #[must_use]
    pub fn new() -> PageRank {
        PageRank::default()
    }

    /// Sets [`damping`](PageRank::damping).
    #[must_use]
    pub fn damping(mut self, damping: f64) -> PageRank {
        self.damping = damping;
        self
    }

    /// Sets [`tolerance`](PageRank::tolerance).
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> PageRank {
        self.tolerance = tolerance;
        self
    }

    /// Sets [`max_iterations`](PageRank::max_iterations).
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: usize) -> PageRank {
        self.max_iterations = max_iterations;
        self
    }

    /// Sets [`restart`](PageRank::restart).
    #[must_use]
    pub fn restart(mut self, restart: Vec<f64>) -> PageRank {
        self.restart = Some(restart);
        self
    }

    /// Sets [`threads`](PageRank::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> PageRank {
        self.threads = threads;
        self
    }

    /// Ranks the nodes.
    ///
    /// # Errors
    /// As [`rank_observed`](PageRank::rank_observed).
    pub fn rank(&self, graph: &CallGraph) -> Result<Ranks> {
        self.rank_observed(graph, &mut |_| true)
    }

    /// Ranks the nodes; `observer` is told the share done after each iteration on the calling thread and says
    /// whether to go on. Not converging is no error: it is in the result.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range; [`Error::Shape`] and [`Error::Data`] for a restart
    /// that is not one finite amount of at least 0 for each node; [`Error::Interrupted`] when the observer
    /// says to stop.
    pub fn rank_observed(&self, graph: &CallGraph, observer: &mut dyn FnMut(f64) -> bool) -> Result<Ranks> {
        let start = self.start(graph)?;
        let threads = threads_for(graph, self.threads);
        let mut ranks = Ranks {
            values: start.clone(),
            residual: f64::INFINITY,
            error_bound: f64::INFINITY,
            iterations: 0,
            converged: false,
        };
        let mut shared = vec![0.0; graph.nodes()];
        let mut next = vec![0.0; graph.nodes()];
        while !ranks.converged && ranks.iterations < self.max_iterations {
            let values = &ranks.values;
            let held_up = per_weight(graph, threads, values, &mut shared);
            let anew = (1.0 - self.damping) + self.damping * held_up;
            ranks.residual = fill(threads, &mut next, |node| {
                let rank = anew * start[node] + self.damping * inflow(graph, &shared, node);
                (rank, (rank - values[node]).abs())
            });
            std::mem::swap(&mut ranks.values, &mut next);
            ranks.iterations += 1;
            ranks.converged = ranks.residual <= self.tolerance;
            let done = ln(ranks.residual.max(self.tolerance)) / ln(self.tolerance);
            if !observer(if self.tolerance < 1.0 { done.clamp(0.0, 1.0) } else { 1.0 }) {
                return Err(Error::Interrupted("PageRank".to_owned()));
            }
        }
        ranks.error_bound = ranks.residual * self.damping / (1.0 - self.damping);
        Ok(ranks)
    }

    /// Checks the parameters; where the walk starts, sum 1.
    fn start(&self, graph: &CallGraph) -> Result<Vec<f64>> {
        if !(0.0..1.0).contains(&self.damping) {
            return Err(Error::argument("damping", "must be >= 0 and < 1", self.damping));
        }
        if !(self.tolerance > 0.0 && self.tolerance.is_finite()) {
            return Err(Error::argument("tolerance", "must be finite and > 0", self.tolerance));
        }
        if self.max_iterations == 0 {
            return Err(Error::argument("max_iterations", "must be >= 1", 0));
        }
        let Some(restart) = &self.restart else {
            return Ok(vec![1.0 / graph.nodes() as f64; graph.nodes()]);
        };
        graph.check_amounts(restart, "restart")?;
        let total = ordered_sum(restart);
        Ok(restart.iter().map(|amount| amount / total).collect())
    }
}
