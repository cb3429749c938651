//! Call graphs: the worked example, independent computations on random graphs, and what must not matter.
#![allow(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

#[path = "influence/bad_input.rs"]
mod bad_input;
#[path = "influence/corporate.rs"]
mod corporate;
#[path = "influence/properties.rs"]
mod properties;
#[path = "influence/random_graphs.rs"]
mod random_graphs;
#[path = "influence/worked_example.rs"]
mod worked_example;

use karat::evaluate::influence::{CallGraph, Calls};

/// Rows of a call graph that are not yet in it.
#[derive(Debug, Clone)]
struct Rows {
    nodes: usize,
    callers: Vec<u32>,
    callees: Vec<u32>,
    weights: Vec<f64>,
}

impl Rows {
    /// Reproducible rows with repeated pairs, self-calls, zero weights, nodes without calls, a few hubs.
    fn random(nodes: usize, rows: usize, seed: u64) -> Rows {
        let mut state = seed;
        let mut below = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as usize) % n
        };
        let mut made = Rows { nodes, callers: Vec::new(), callees: Vec::new(), weights: Vec::new() };
        for _ in 0..rows {
            // The last tenth of the nodes calls nobody; every 16th call goes to one of the first three nodes.
            made.callers.push(below((nodes * 9 / 10).max(1)) as u32);
            let callee = if below(16) == 0 { below(nodes.min(3)) } else { below(nodes) };
            made.callees.push(callee as u32);
            made.weights.push(below(50) as f64 * 0.3);
        }
        made
    }

    fn calls(&self, directed: bool) -> Calls<'_> {
        Calls::new(self.nodes, &self.callers, &self.callees).weights(&self.weights).directed(directed)
    }

    fn graph(&self, directed: bool) -> CallGraph {
        self.calls(directed).graph().unwrap()
    }

    /// Weights of all ties as a full matrix, computed by hand from the rows.
    fn matrix(&self, directed: bool) -> Vec<Vec<f64>> {
        let mut matrix = vec![vec![0.0; self.nodes]; self.nodes];
        for row in 0..self.callers.len() {
            let (a, b) = (self.callers[row] as usize, self.callees[row] as usize);
            if a != b {
                matrix[a][b] += self.weights[row];
                if !directed {
                    matrix[b][a] += self.weights[row];
                }
            }
        }
        matrix
    }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        let same = (found - expected).abs() <= tolerance || (found.is_nan() && expected.is_nan());
        assert!(same, "at {place}: {found} is not {expected}");
    }
}
