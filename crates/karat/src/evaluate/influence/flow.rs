//! What flows along the ties: one pass over all nodes, in parallel, with sums of a fixed order.

use super::graph::CallGraph;
use crate::numerics::parallel::{over_slots, thread_count};
use karat_scorer::numerics::ordered_sum;

/// Nodes whose sums are taken together, whatever the number of threads.
const CHUNK: usize = 1 << 13;
/// Ties that repay the start of a thread.
const TIES_PER_THREAD: usize = 1 << 17;

/// Threads for passes over a graph.
pub(super) fn threads_for(graph: &CallGraph, asked: usize) -> usize {
    let work = graph.outgoing.pairs() + graph.nodes();
    thread_count(asked).min(work / TIES_PER_THREAD + 1)
}

/// Fills one slot for each node and returns the sum of what was measured on the way, chunk by chunk in the
/// order of the nodes. `pass` returns a node's value and what is measured.
pub(super) fn fill(threads: usize, slots: &mut [f64], pass: impl Fn(usize) -> (f64, f64) + Sync) -> f64 {
    let parts = over_slots(threads, CHUNK, slots, |nodes, slots| {
        let chunk_sum = |(number, slots): (usize, &mut [f64])| {
            let mut sum = 0.0;
            for (node, slot) in (nodes.start + number * CHUNK..).zip(slots) {
                let (value, measured) = pass(node);
                *slot = value;
                sum += measured;
            }
            sum
        };
        slots.chunks_mut(CHUNK).enumerate().map(chunk_sum).collect::<Vec<f64>>()
    });
    ordered_sum(&parts.concat())
}

/// Divides what each node holds by the weight of its calls. Returns what is held by those who call nobody,
/// which have 0 instead.
pub(super) fn per_weight(graph: &CallGraph, threads: usize, held: &[f64], shared: &mut [f64]) -> f64 {
    let strength = graph.out_strength();
    fill(threads, shared, |node| {
        if strength[node] > 0.0 { (held[node] / strength[node], 0.0) } else { (0.0, held[node]) }
    })
}

/// What comes to `node` when each caller gives `shared` for each unit of weight.
#[inline]
pub(super) fn inflow(graph: &CallGraph, shared: &[f64], node: usize) -> f64 {
    let (callers, weights) = graph.incoming().of(node);
    let mut sum = 0.0;
    for (&caller, &weight) in callers.iter().zip(weights) {
        sum += shared[caller as usize] * weight;
    }
    sum
}
