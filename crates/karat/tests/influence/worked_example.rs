//! The published example of four people: A-B 10, A-C 5, B-C 5, C-D 10.

use super::assert_close;
use karat::evaluate::influence::{CallGraph, Calls, PageRank, SpreadingActivation};

fn four() -> CallGraph {
    let weights = [10.0, 5.0, 5.0, 10.0];
    Calls::new(4, &[0, 0, 1, 2], &[1, 2, 2, 3]).weights(&weights).directed(false).graph().unwrap()
}

#[test]
fn degree_and_strength() {
    let graph = four();
    assert_eq!(graph.degree(), [2, 2, 3, 1]);
    assert_eq!(graph.strength(), [15.0, 15.0, 20.0, 10.0]);
    assert_eq!((graph.nodes(), graph.pairs()), (4, 4));
}

#[test]
fn spreading_activation_step_by_step() {
    let expected = [
        [0.5, 0.333333, 0.166667, 0.0],
        [0.381944, 0.354167, 0.222222, 0.041667],
        [0.336806, 0.332176, 0.254630, 0.076389],
    ];
    for (steps, expected) in (1..).zip(&expected) {
        let plan = SpreadingActivation::new().factor(0.5).steps(steps);
        let found = plan.spread(&four(), &[1.0, 0.0, 0.0, 0.0]).unwrap();
        assert_close(&found.energy, expected, 5e-7);
        assert!((found.energy.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert_eq!(found.steps, steps);
    }
}

#[test]
fn page_rank() {
    let ranks = PageRank::new().damping(0.85).rank(&four()).unwrap();
    assert_close(&ranks.values, &[0.247452, 0.247452, 0.328137, 0.176958], 5e-7);
    assert!(ranks.converged && ranks.residual <= 1e-12);
}
