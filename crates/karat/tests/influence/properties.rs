//! What must not matter: the order of the rows, the numbers of the nodes, the threads.

use super::{Rows, assert_close, bits};
use karat::evaluate::influence::{
    CallGraph, Circle, Departure, NetworkValue, PageRank, SpreadingActivation, number,
};
use proptest::prelude::*;

/// Everything a graph yields, as bits.
fn everything(graph: &CallGraph, threads: usize) -> Vec<Vec<u64>> {
    let n = graph.nodes();
    let churned: Vec<f64> = (0..n).map(|node| f64::from(u8::from(node % 7 == 0))).collect();
    let own: Vec<f64> = (0..n).map(|node| node as f64).collect();
    let few: Vec<u32> = (0..n.min(200) as u32).collect();
    let spreading = SpreadingActivation::new().threads(threads);
    let sizes = Circle::new().hub(50).threads(threads).sizes(graph).unwrap();
    let reach = spreading.reach(graph, &few, &mut |_| true).unwrap();
    let value = NetworkValue::new(Departure::Contagion(0.3)).threads(threads).values(graph, &own).unwrap();
    vec![
        bits(&graph.strength()),
        bits(&PageRank::new().max_iterations(30).threads(threads).rank(graph).unwrap().values),
        bits(&spreading.spread(graph, &churned).unwrap().energy),
        reach.iter().map(|reach| reach.effective.to_bits()).collect(),
        sizes.two_steps.iter().map(|&size| u64::from(size)).collect(),
        bits(&value.total),
        bits(&graph.reciprocity()),
    ]
}

#[test]
fn bits_do_not_depend_on_threads() {
    // Enough ties for several threads, and nodes for several chunks.
    let rows = Rows::random(40_000, 400_000, 5);
    for directed in [true, false] {
        let expected = rows.calls(directed).threads(1).graph().unwrap();
        let one = everything(&expected, 1);
        for threads in [2, 3, 7] {
            let graph = rows.calls(directed).threads(threads).graph().unwrap();
            assert!(graph == expected);
            assert!(everything(&graph, threads) == one, "{threads} threads");
        }
    }
}

type Row = (u32, u32, f64);

/// Rows of a small graph, with weights that round when they are added, and an order of them.
fn shuffled() -> impl Strategy<Value = (Vec<Row>, Vec<Row>)> {
    let row = (0..12_u32, 0..12_u32, 0.0..10.0_f64);
    proptest::collection::vec(row, 0..120)
        .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
}

fn rows_of(rows: &[Row], place: impl Fn(u32) -> u32) -> Rows {
    Rows {
        nodes: 12,
        callers: rows.iter().map(|row| place(row.0)).collect(),
        callees: rows.iter().map(|row| place(row.1)).collect(),
        weights: rows.iter().map(|row| row.2).collect(),
    }
}

proptest! {
    #[test]
    fn the_order_of_the_rows_changes_no_bit((rows, other) in shuffled(), directed: bool) {
        let one = rows_of(&rows, |node| node).graph(directed);
        let two = rows_of(&other, |node| node).graph(directed);
        prop_assert_eq!(&one, &two);
        prop_assert_eq!(everything(&one, 1), everything(&two, 1));
    }

    #[test]
    fn other_numbers_for_the_nodes_move_the_results_with_them((rows, other) in shuffled(), directed: bool) {
        let moved = |node: u32| (node * 5 + 3) % 12;
        let one = rows_of(&rows, |node| node).graph(directed);
        let two = rows_of(&other, moved).graph(directed);
        let back = |values: Vec<f64>| (0..12).map(|node| values[moved(node) as usize]).collect::<Vec<f64>>();
        assert_close(&back(two.strength()), &one.strength(), 1e-9);
        assert_close(&back(two.reciprocity()), &one.reciprocity(), 0.0);
        let rank = |graph: &CallGraph| PageRank::new().rank(graph).unwrap().values;
        assert_close(&back(rank(&two)), &rank(&one), 1e-11);
        let spread = |graph: &CallGraph, from: usize| {
            let energy: Vec<f64> = (0..12).map(|node| f64::from(u8::from(node == from))).collect();
            SpreadingActivation::new().spread(graph, &energy).unwrap().energy
        };
        assert_close(&back(spread(&two, moved(4) as usize)), &spread(&one, 4), 1e-12);
    }

    #[test]
    fn rows_are_kept_added_or_left_out((rows, _) in shuffled(), directed: bool) {
        let graph = rows_of(&rows, |node| node).graph(directed);
        let intake = graph.intake();
        let self_calls = rows.iter().filter(|row| row.0 == row.1).count();
        let zero = rows.iter().filter(|row| row.0 != row.1 && row.2 == 0.0).count();
        prop_assert_eq!((intake.rows, intake.self_calls, intake.zero_weights), (rows.len(), self_calls, zero));
        prop_assert_eq!(graph.pairs() + intake.repeated + self_calls + zero, rows.len());
        let kept: f64 = rows.iter().filter(|row| row.0 != row.1).map(|row| row.2).sum();
        prop_assert!((graph.strength().iter().sum::<f64>() - 2.0 * kept).abs() < 1e-9);
    }

    #[test]
    fn numbers_do_not_depend_on_the_order((rows, other) in shuffled()) {
        // Phone numbers, far apart.
        let phone = |node: u32| 8_613_900_000_000_i64 - i64::from(node) * 7_777_777;
        let numbered = |rows: &[Row]| {
            let callers: Vec<i64> = rows.iter().map(|row| phone(row.0)).collect();
            let callees: Vec<i64> = rows.iter().map(|row| phone(row.1)).collect();
            (number(&callers, &callees, &[5]).unwrap(), callers, callees)
        };
        let ((one, callers, callees), (two, ..)) = (numbered(&rows), numbered(&other));
        prop_assert_eq!(&one.ids, &two.ids);
        prop_assert!(one.ids.is_sorted() && one.ids[0] == 5);
        let back = |nodes: &[u32]| nodes.iter().map(|&node| one.ids[node as usize]).collect::<Vec<i64>>();
        prop_assert_eq!(back(&one.callers), callers);
        prop_assert_eq!(back(&one.callees), callees);
    }
}
