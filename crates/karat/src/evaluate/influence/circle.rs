//! How many people a customer's circle holds, one and two steps away.

use super::graph::CallGraph;
use crate::numerics::parallel::Chunks;
use karat_scorer::Result;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Nodes whose circles one thread counts in a row.
const CHUNK: usize = 1 << 10;

/// Sizes of calling circles, whichever way the calls go.
///
/// ```
/// use karat::evaluate::influence::{Calls, Circle};
///
/// let graph = Calls::new(4, &[0, 0, 1, 2], &[1, 2, 2, 3]).graph()?;
/// let sizes = Circle::new().sizes(&graph)?;
/// assert_eq!(sizes.one_step, [2, 2, 3, 1]);
/// assert_eq!(sizes.two_steps, [3, 3, 3, 3]);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Circle {
    /// A contact with more ties than this is not gone through to whom it knows: a hotline or a taxi call is no
    /// acquaintance, and makes strangers of a whole town each other's circle. Bounds the time to `hub` times
    /// the number of ties.
    pub hub: usize,
    /// Threads; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

/// Sizes of calling circles.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CircleSizes {
    /// Different people each node has calls with.
    pub one_step: Vec<u32>,
    /// Different people within two steps, oneself not counted.
    pub two_steps: Vec<u32>,
    /// How many nodes were not gone through.
    pub hubs: usize,
}

impl Default for Circle {
    fn default() -> Circle {
        Circle { hub: 1000, threads: 0 }
    }
}

impl Circle {
    /// Through contacts with at most 1000 ties, all threads.
    #[must_use]
    pub fn new() -> Circle {
        Circle::default()
    }

    /// Sets [`hub`](Circle::hub).
    #[must_use]
    pub fn hub(mut self, hub: usize) -> Circle {
        self.hub = hub;
        self
    }

    /// Sets [`threads`](Circle::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Circle {
        self.threads = threads;
        self
    }

    /// Counts the circles.
    ///
    /// # Errors
    /// As [`sizes_observed`](Circle::sizes_observed), which has none but interruption.
    pub fn sizes(&self, graph: &CallGraph) -> Result<CircleSizes> {
        self.sizes_observed(graph, &mut |_| true)
    }

    /// Counts the circles; `observer` is told the share done on the calling thread and says whether to go on.
    ///
    /// # Errors
    /// [`Error::Interrupted`](karat_scorer::Error::Interrupted) when the observer says to stop.
    pub fn sizes_observed(
        &self,
        graph: &CallGraph,
        observer: &mut dyn FnMut(f64) -> bool,
    ) -> Result<CircleSizes> {
        let degree = graph.degree();
        let open = |node: u32| degree[node as usize] <= self.hub as u64;
        // Marks are numbers of nodes, so that nothing need be wiped between them.
        let resting: Mutex<Vec<Vec<u32>>> = Mutex::new(Vec::new());
        let at_rest = || resting.lock().unwrap_or_else(PoisonError::into_inner);
        let map = |nodes: Range<usize>| {
            let known = at_rest().pop();
            let mut marks = known.unwrap_or_else(|| vec![u32::MAX; graph.nodes()]);
            let sizes: Vec<(u32, u32)> = nodes.map(|node| count(graph, node, &mut marks, open)).collect();
            at_rest().push(marks);
            sizes
        };
        let sizes = CircleSizes {
            one_step: Vec::with_capacity(graph.nodes()),
            two_steps: Vec::with_capacity(graph.nodes()),
            hubs: degree.iter().filter(|&&ties| ties > self.hub as u64).count(),
        };
        let chunks =
            Chunks { task: "counting circles", rows: graph.nodes(), chunk: CHUNK, threads: self.threads };
        let take_in = |sizes: &mut CircleSizes, part: Vec<(u32, u32)>| {
            sizes.one_step.extend(part.iter().map(|&(one, _)| one));
            sizes.two_steps.extend(part.iter().map(|&(_, two)| two));
        };
        chunks.map_reduce(map, sizes, take_in, observer)
    }
}

/// The people one step, and at most two steps, from `node`.
fn count(graph: &CallGraph, node: usize, marks: &mut [u32], open: impl Fn(u32) -> bool) -> (u32, u32) {
    // Nodes are fewer than 2^32.
    let own = node as u32;
    marks[node] = own;
    let incoming = if graph.is_directed() { graph.incoming().of(node).0 } else { &[] };
    let direct = [graph.outgoing.of(node).0, incoming];
    let mut one = 0;
    for &contact in direct.iter().copied().flatten() {
        one += mark(marks, contact, own);
    }
    let mut two = one;
    for &contact in direct.iter().copied().flatten() {
        if !open(contact) {
            continue;
        }
        for &other in graph.outgoing.of(contact as usize).0 {
            two += mark(marks, other, own);
        }
        if graph.is_directed() {
            for &other in graph.incoming().of(contact as usize).0 {
                two += mark(marks, other, own);
            }
        }
    }
    (one, two)
}

/// 1 for somebody who was not counted yet.
#[inline]
fn mark(marks: &mut [u32], node: u32, own: u32) -> u32 {
    let seen = &mut marks[node as usize];
    let new = u32::from(*seen != own);
    *seen = own;
    new
}
