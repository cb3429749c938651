//! Calls as they come: checked, repeated pairs added, rows sorted.

use super::graph::{Adjacency, CallGraph, Intake};
use crate::numerics::parallel::{Chunks, Observer};
use karat_scorer::{Error, Problem, Result};
use std::ops::Range;

/// The least weight above 0; lighter ones would lose digits when energy is shared out by them.
pub const SMALLEST_WEIGHT: f64 = 1e-100;
/// The greatest weight; the sum of 2^32 of them is finite.
pub const LARGEST_WEIGHT: f64 = 1e100;

/// Nodes whose calls are merged together.
const CHUNK: usize = 1 << 13;

/// Calls between nodes that are numbered from 0.
///
/// Calls to oneself and calls of weight 0 tie nobody: they are left out and counted. The weights of a pair
/// that occurs more than once are added, from the lightest to the heaviest.
///
/// ```
/// use karat::evaluate::influence::Calls;
///
/// let minutes = [10.0, 5.0, 5.0, 10.0, 7.0];
/// let graph = Calls::new(4, &[0, 0, 1, 2, 3], &[1, 2, 2, 3, 3]).weights(&minutes).directed(false).graph()?;
/// assert_eq!(graph.degree(), [2, 2, 3, 1]);
/// assert_eq!(graph.strength(), [15.0, 15.0, 20.0, 10.0]);
/// assert_eq!(graph.intake().self_calls, 1);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Calls<'a> {
    /// Number of nodes, also of those without calls.
    pub nodes: usize,
    /// Node that calls, for each row.
    pub callers: &'a [u32],
    /// Node that is called.
    pub callees: &'a [u32],
    /// Weight of each row, such as minutes: 0, or 1e-100 to 1e100. Without weights every row counts 1.
    pub weights: Option<&'a [f64]>,
    /// Whether a call from a to b is another tie than one from b to a.
    pub directed: bool,
    /// Threads; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

impl<'a> Calls<'a> {
    /// One directed call of weight 1 a row, all threads.
    #[must_use]
    pub fn new(nodes: usize, callers: &'a [u32], callees: &'a [u32]) -> Calls<'a> {
        Calls { nodes, callers, callees, weights: None, directed: true, threads: 0 }
    }

    /// Sets [`weights`](Calls::weights).
    #[must_use]
    pub fn weights(mut self, weights: &'a [f64]) -> Calls<'a> {
        self.weights = Some(weights);
        self
    }

    /// Sets [`directed`](Calls::directed).
    #[must_use]
    pub fn directed(mut self, directed: bool) -> Calls<'a> {
        self.directed = directed;
        self
    }

    /// Sets [`threads`](Calls::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Calls<'a> {
        self.threads = threads;
        self
    }

    /// Builds the graph.
    ///
    /// # Errors
    /// As [`graph_observed`](Calls::graph_observed).
    pub fn graph(&self) -> Result<CallGraph> {
        self.graph_observed(&mut |_| true)
    }

    /// Builds the graph; `observer` is told the share done on the calling thread and says whether to go on.
    ///
    /// Memory beyond the rows given: at most 12 bytes a row and 36 a different pair while it builds, 24 a
    /// pair and 24 to 32 a node when it stands.
    ///
    /// # Errors
    /// [`Error::Shape`] for columns of different lengths; [`Error::Data`] for a graph without nodes, nodes
    /// outside it, and weights that are negative, not finite, or outside their range;
    /// [`Error::Interrupted`] when the observer says to stop.
    pub fn graph_observed(&self, observer: &mut dyn FnMut(f64) -> bool) -> Result<CallGraph> {
        self.check()?;
        tell(observer, 0.05)?;
        let (rows, mut intake) = self.by_node();
        tell(observer, 0.3)?;
        let merged = self.merge(&rows, &mut |share| observer(0.3 + 0.4 * share))?;
        drop(rows);
        intake.repeated = intake.rows - intake.self_calls - intake.zero_weights - merged.pairs();
        let graph = if self.directed {
            let incoming = merged.transposed();
            CallGraph::directed_of(merged, incoming, intake)
        } else {
            CallGraph::undirected_of(merged.mirrored(), intake)
        };
        tell(observer, 1.0)?;
        Ok(graph)
    }

    fn check(&self) -> Result<()> {
        let rows = self.callers.len();
        if self.callees.len() != rows {
            return Err(Error::shape("callees, one for each caller", rows, self.callees.len()));
        }
        if let Some(weights) = self.weights.filter(|weights| weights.len() != rows) {
            return Err(Error::shape("weights, one for each call", rows, weights.len()));
        }
        let mut problems = Vec::new();
        if self.nodes == 0 {
            problems.push(Problem::new("", "the graph has no nodes", "give at least one call or customer"));
        }
        if u32::try_from(self.nodes).is_err() {
            let what = format!("{} nodes, more than 2^32 - 1", self.nodes);
            problems.push(Problem::new("", what, "leave out who is called by few"));
        }
        for (name, column) in [("caller", self.callers), ("callee", self.callees)] {
            let outside = |&node: &u32| node as usize >= self.nodes;
            problems.extend(offence(column, outside, name, |node| {
                let remedy = format!("number nodes from 0 to {}", self.nodes.saturating_sub(1));
                (format!("node {node} of a graph of {}", self.nodes), remedy)
            }));
        }
        if let Some(weights) = self.weights {
            problems.extend(weight_problems(weights));
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Data(problems)) }
    }

    /// A row as the graph keeps it: from, to, weight; none for what ties nobody.
    #[inline]
    fn tie(&self, row: usize) -> Tie {
        let (caller, callee) = (self.callers[row], self.callees[row]);
        let weight = self.weights.map_or(1.0, |weights| weights[row]);
        if caller == callee {
            Tie::SelfCall
        } else if weight == 0.0 {
            Tie::ZeroWeight
        } else if self.directed || caller < callee {
            Tie::Between(caller, callee, weight)
        } else {
            Tie::Between(callee, caller, weight)
        }
    }

    /// Rows brought together by the node they are kept with, in the order in which they came.
    fn by_node(&self) -> (Adjacency, Intake) {
        let mut intake = Intake { rows: self.callers.len(), ..Intake::default() };
        let mut starts = vec![0; self.nodes + 1];
        for row in 0..self.callers.len() {
            match self.tie(row) {
                Tie::SelfCall => intake.self_calls += 1,
                Tie::ZeroWeight => intake.zero_weights += 1,
                Tie::Between(from, ..) => starts[from as usize + 1] += 1,
            }
        }
        let mut rows = Adjacency::with_counts(starts);
        let mut next = rows.starts.clone();
        for row in 0..self.callers.len() {
            if let Tie::Between(from, to, weight) = self.tie(row) {
                let place = &mut next[from as usize];
                rows.neighbours[*place] = to;
                rows.weights[*place] = weight;
                *place += 1;
            }
        }
        (rows, intake)
    }

    /// Each node's neighbours once, in ascending order, with the sum of their weights.
    fn merge(&self, rows: &Adjacency, observer: Observer<'_>) -> Result<Adjacency> {
        let chunks = Chunks { task: "merging calls", rows: self.nodes, chunk: CHUNK, threads: self.threads };
        let map = |nodes: Range<usize>| {
            let mut part = Adjacency::default();
            // Finite weights above 0 have the order of their bits.
            let mut calls: Vec<(u32, u64)> = Vec::new();
            for node in nodes {
                let (neighbours, weights) = rows.of(node);
                calls.clear();
                calls.extend(neighbours.iter().copied().zip(weights.iter().map(|weight| weight.to_bits())));
                calls.sort_unstable();
                for pair in calls.chunk_by(|one, other| one.0 == other.0) {
                    let mut total = 0.0;
                    for &(_, bits) in pair {
                        total += f64::from_bits(bits);
                    }
                    part.neighbours.extend(pair.first().map(|&(neighbour, _)| neighbour));
                    part.weights.push(total);
                }
                part.starts.push(part.weights.len());
            }
            part
        };
        let whole = Adjacency { starts: vec![0], ..Adjacency::default() };
        chunks.map_reduce(map, whole, Adjacency::append, observer)
    }
}

enum Tie {
    SelfCall,
    ZeroWeight,
    Between(u32, u32, f64),
}

fn tell(observer: &mut dyn FnMut(f64) -> bool, share: f64) -> Result<()> {
    if observer(share) { Ok(()) } else { Err(Error::Interrupted("building the call graph".to_owned())) }
}

/// The problem of the values that break a rule; `say` is given the first of them.
pub(super) fn offence<T: Copy>(
    values: &[T],
    breaks: impl Fn(&T) -> bool,
    column: &str,
    say: impl Fn(T) -> (String, String),
) -> Option<Problem> {
    let mut count = 0;
    let mut rows = Vec::new();
    for (row, value) in values.iter().enumerate() {
        if breaks(value) {
            count += 1;
            if rows.len() < 5 {
                rows.push(row);
            }
        }
    }
    let (what, remedy) = say(values[*rows.first()?]);
    Some(Problem::new(column, what, remedy).at(count, rows))
}

fn weight_problems(weights: &[f64]) -> Vec<Problem> {
    let text = |rule: &'static str, remedy: &'static str| {
        move |value: f64| (format!("{rule}: {value:?}"), remedy.to_owned())
    };
    let missing = offence(
        weights,
        |w| w.is_nan(),
        "weight",
        text("not a number", "drop these calls, or give them a weight"),
    );
    let infinite =
        offence(weights, |w| w.is_infinite(), "weight", text("infinite", "mend the weight of these calls"));
    let negative = offence(
        weights,
        |w| w.is_finite() && *w < 0.0,
        "weight",
        text("negative", "give calls, minutes or messages: 0 or more"),
    );
    let outside = |w: &f64| w.is_finite() && *w > 0.0 && !(SMALLEST_WEIGHT..=LARGEST_WEIGHT).contains(w);
    let extreme = offence(weights, outside, "weight", text("outside 1e-100 to 1e100", "choose another unit"));
    [missing, infinite, negative, extreme].into_iter().flatten().collect()
}
