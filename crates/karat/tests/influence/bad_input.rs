//! Calls and parameters that cannot be used, and graphs at the edge.

use super::Rows;
use karat::evaluate::influence::{
    Calls, Circle, Departure, NetworkValue, PageRank, SpreadingActivation, number,
};
use karat::{Error, ErrorKind};

#[test]
fn all_bad_weights_and_nodes_are_told_at_once() {
    let weights = [1.0, -2.0, f64::NAN, f64::INFINITY, -3.0, 1e-300];
    let error =
        Calls::new(3, &[0, 1, 2, 0, 1, 2], &[1, 2, 0, 9, 2, 1]).weights(&weights).graph().unwrap_err();
    let Error::Data(problems) = &error else { panic!("{error}") };
    let found: Vec<(&str, usize, &[usize])> =
        problems.iter().map(|p| (p.column.as_str(), p.count, p.rows.as_slice())).collect();
    let expected: [(&str, usize, &[usize]); 5] = [
        ("callee", 1, &[3]),
        ("weight", 1, &[2]),
        ("weight", 1, &[3]),
        ("weight", 2, &[1, 4]),
        ("weight", 1, &[5]),
    ];
    assert_eq!(found, expected);
    assert!(error.to_string().contains("negative: -2.0 (2 rows: first 1, 4)"), "{error}");
}

#[test]
fn lengths_must_agree() {
    let kind = |calls: Calls<'_>| calls.graph().unwrap_err().kind();
    assert_eq!(kind(Calls::new(3, &[0, 1], &[1])), ErrorKind::Shape);
    assert_eq!(kind(Calls::new(3, &[0, 1], &[1, 2]).weights(&[1.0])), ErrorKind::Shape);
    assert_eq!(kind(Calls::new(0, &[], &[])), ErrorKind::Data);
    assert_eq!(number(&[1, 2], &[1], &[]).unwrap_err().kind(), ErrorKind::Shape);
    let graph = Rows::random(5, 20, 1).graph(true);
    assert_eq!(graph.on_net(&[true]).unwrap_err().kind(), ErrorKind::Shape);
    let short = NetworkValue::new(Departure::Contagion(0.1)).values(&graph, &[1.0]).unwrap_err();
    assert_eq!(short.kind(), ErrorKind::Shape);
    assert_eq!(PageRank::new().restart(vec![1.0]).rank(&graph).unwrap_err().kind(), ErrorKind::Shape);
}

#[test]
fn parameters_have_their_ranges() {
    let graph = Rows::random(5, 20, 1).graph(true);
    for plan in [
        PageRank::new().damping(1.0),
        PageRank::new().damping(f64::NAN),
        PageRank::new().tolerance(0.0),
        PageRank::new().max_iterations(0),
        PageRank::new().restart(vec![0.0; 5]),
    ] {
        assert_eq!(plan.rank(&graph).unwrap_err().kind(), ErrorKind::Argument, "{plan:?}");
    }
    let negative = PageRank::new().restart(vec![1.0, -1.0, 1.0, 1.0, f64::NAN]).rank(&graph).unwrap_err();
    assert!(negative.to_string().contains("column `restart`"), "{negative}");
    for plan in [
        SpreadingActivation::new().factor(1.5),
        SpreadingActivation::new().steps(0),
        SpreadingActivation::new().tolerance(f64::NAN),
    ] {
        assert_eq!(plan.spread(&graph, &[1.0; 5]).unwrap_err().kind(), ErrorKind::Argument, "{plan:?}");
        assert_eq!(plan.reach(&graph, &[0], &mut |_| true).unwrap_err().kind(), ErrorKind::Argument);
    }
    let outside = SpreadingActivation::new().reach(&graph, &[0, 5], &mut |_| true).unwrap_err();
    assert!(outside.to_string().contains("node 5 of a graph of 5"), "{outside}");
    let too_sure = NetworkValue::new(Departure::Contagion(1.1)).values(&graph, &[1.0; 5]).unwrap_err();
    assert_eq!(too_sure.kind(), ErrorKind::Argument);
    let no_probability =
        NetworkValue::new(Departure::Weights).values(&graph, &[f64::INFINITY; 5]).unwrap_err();
    let Error::Data(problems) = no_probability else { panic!("{no_probability}") };
    assert_eq!(problems.len(), 2);
}

#[test]
fn whoever_has_no_calls_is_a_node_all_the_same() {
    let graph = Calls::new(3, &[1, 1], &[1, 2]).weights(&[4.0, 0.0]).graph().unwrap();
    assert_eq!((graph.pairs(), graph.degree()), (0, vec![0, 0, 0]));
    assert!(graph.reciprocity().iter().all(|share| share.is_nan()) && graph.overall_reciprocity().is_nan());
    let ranks = PageRank::new().rank(&graph).unwrap().values;
    assert!(ranks.iter().all(|rank| (rank - 1.0 / 3.0).abs() < 1e-15));
    assert_eq!(SpreadingActivation::new().spread(&graph, &[1.0, 0.0, 2.0]).unwrap().energy, [1.0, 0.0, 2.0]);
    let alone = Calls::new(1, &[], &[]).directed(false).graph().unwrap();
    assert_eq!(PageRank::new().rank(&alone).unwrap().values, [1.0]);
    assert_eq!(Circle::new().sizes(&alone).unwrap().two_steps, [0]);
    let reach = SpreadingActivation::new().reach(&alone, &[0], &mut |_| true).unwrap();
    assert_eq!((reach[0].given, reach[0].reached, reach[0].effective), (0.0, 0, 0.0));
}

#[test]
fn every_long_run_can_be_stopped() {
    let rows = Rows::random(500, 3000, 2);
    let graph = rows.graph(true);
    let mut no = |_: f64| false;
    let everyone: Vec<u32> = (0..500).collect();
    let stopped = [
        rows.calls(true).graph_observed(&mut no).map(drop),
        PageRank::new().rank_observed(&graph, &mut no).map(drop),
        SpreadingActivation::new().spread_observed(&graph, &[1.0; 500], &mut no).map(drop),
        SpreadingActivation::new().reach(&graph, &everyone, &mut no).map(drop),
        Circle::new().sizes_observed(&graph, &mut no).map(drop),
    ];
    for result in stopped {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Interrupted);
    }
}
