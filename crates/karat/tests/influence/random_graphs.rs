//! Each measure beside a plain computation from the full matrix of weights.

use super::{Rows, assert_close, bits};
use karat::evaluate::influence::{CallGraph, Circle, Departure, NetworkValue, PageRank, SpreadingActivation};

const BOTH: [bool; 2] = [false, true];

fn graphs() -> impl Iterator<Item = (Rows, bool, Vec<Vec<f64>>, CallGraph)> {
    (0..12_u64).flat_map(|seed| {
        let rows = Rows::random(5 + 7 * seed as usize, 40 + 60 * seed as usize, seed);
        BOTH.map(|directed| (rows.clone(), directed, rows.matrix(directed), rows.graph(directed)))
    })
}

/// Solves `a x = b` by Gaussian elimination with pivots.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|&p, &q| a[p][column].abs().total_cmp(&a[q][column].abs())).unwrap();
        a.swap(column, pivot);
        b.swap(column, pivot);
        for row in 0..n {
            if row != column {
                let factor = a[row][column] / a[column][column];
                for k in column..n {
                    a[row][k] -= factor * a[column][k];
                }
                b[row] -= factor * b[column];
            }
        }
    }
    (0..n).map(|row| b[row] / a[row][row]).collect()
}

#[test]
fn page_rank_solves_its_linear_equations() {
    for (rows, _, matrix, graph) in graphs() {
        let n = rows.nodes;
        let restart: Vec<f64> = (0..n).map(|node| (node % 3) as f64).collect();
        for given in [None, Some(restart)] {
            let total = given.as_ref().map_or(1.0, |given| given.iter().sum::<f64>());
            let start: Vec<f64> =
                given.as_ref().map_or(vec![1.0 / n as f64; n], |g| g.iter().map(|v| v / total).collect());
            // x = 0.15 v + 0.85 P' x, where a row of P without calls is v.
            let mut a = vec![vec![0.0; n]; n];
            for from in 0..n {
                let strength: f64 = matrix[from].iter().sum();
                for to in 0..n {
                    let p = if strength > 0.0 { matrix[from][to] / strength } else { start[to] };
                    a[to][from] = f64::from(u8::from(to == from)) - 0.85 * p;
                }
            }
            let expected = solve(a, start.iter().map(|v| 0.15 * v).collect());
            let mut plan = PageRank::new();
            plan.restart = given;
            let found = plan.rank(&graph).unwrap();
            assert!(found.converged && found.residual <= 1e-12, "{found:?}");
            let error: f64 = found.values.iter().zip(&expected).map(|(x, y)| (x - y).abs()).sum();
            assert!(error <= found.error_bound + 1e-14, "{error} > {}", found.error_bound);
            assert_close(&[found.values.iter().sum()], &[1.0], 1e-12);
        }
    }
}

#[test]
fn page_rank_that_does_not_converge_says_so() {
    let graph = Rows::random(50, 300, 3).graph(true);
    let ranks = PageRank::new().max_iterations(2).rank(&graph).unwrap();
    assert!(!ranks.converged && ranks.iterations == 2 && ranks.residual > 1e-12);
}

#[test]
fn spreading_activation_is_the_formula_and_keeps_all_energy() {
    for (rows, _, matrix, graph) in graphs() {
        let n = rows.nodes;
        let mut energy: Vec<f64> = (0..n).map(|node| f64::from(u8::from(node % 4 == 0))).collect();
        let total: f64 = energy.iter().sum();
        let found = SpreadingActivation::new().factor(0.7).steps(4).spread(&graph, &energy).unwrap();
        for _ in 0..4 {
            let mut next = vec![0.0; n];
            for from in 0..n {
                let strength: f64 = matrix[from].iter().sum();
                next[from] += if strength > 0.0 { 0.3 * energy[from] } else { energy[from] };
                for to in 0..n {
                    if strength > 0.0 {
                        next[to] += 0.7 * energy[from] * matrix[from][to] / strength;
                    }
                }
            }
            energy = next;
        }
        assert_close(&found.energy, &energy, 1e-13);
        assert_close(&[found.energy.iter().sum()], &[total], 1e-12);
    }
}

#[test]
fn reach_has_the_bits_of_spreading_from_one_node() {
    for (rows, _, _, graph) in graphs() {
        let plan = SpreadingActivation::new().factor(0.6);
        let everyone: Vec<u32> = (0..rows.nodes as u32).collect();
        let found = plan.reach(&graph, &everyone, &mut |_| true).unwrap();
        for (node, reach) in found.iter().enumerate() {
            let mut start = vec![0.0; rows.nodes];
            start[node] = 1.0;
            let mut energy = plan.spread(&graph, &start).unwrap().energy;
            energy.remove(node);
            let given = energy.iter().fold(0.0, |sum, energy| sum + energy);
            let squares = energy.iter().fold(0.0, |sum, energy| sum + energy * energy);
            assert_eq!(reach.given.to_bits(), given.to_bits());
            assert_eq!(reach.reached as usize, energy.iter().filter(|energy| **energy > 0.0).count());
            let effective = if squares > 0.0 { given * given / squares } else { 0.0 };
            assert_eq!(reach.effective.to_bits(), effective.to_bits());
            assert!(reach.effective <= f64::from(reach.reached) + 1e-9);
        }
    }
}

#[test]
fn own_ties_are_those_of_the_matrix() {
    for (rows, directed, matrix, graph) in graphs() {
        let n = rows.nodes;
        let own: Vec<bool> = (0..n).map(|node| node % 2 == 0).collect();
        let (mut reciprocity, mut circle_share, mut weight_share) = (vec![], vec![], vec![]);
        for i in 0..n {
            let ties = |from: usize, to: usize| usize::from(matrix[from][to] > 0.0);
            let out: usize = (0..n).map(|j| ties(i, j)).sum();
            let to: usize = (0..n).map(|j| ties(j, i)).sum();
            assert_eq!((graph.out_degree()[i] as usize, graph.in_degree()[i] as usize), (out, to));
            assert_eq!(graph.degree()[i] as usize, if directed { out + to } else { out });
            let both: usize = (0..n).map(|j| ties(i, j) * ties(j, i)).sum();
            reciprocity.push(2.0 * both as f64 / (out + to) as f64);
            let weight = |j: usize| if directed { matrix[i][j] + matrix[j][i] } else { matrix[i][j] };
            let contacts: Vec<usize> = (0..n).filter(|&j| weight(j) > 0.0).collect();
            let on: Vec<usize> = contacts.iter().copied().filter(|&j| own[j]).collect();
            circle_share.push(on.len() as f64 / contacts.len() as f64);
            let sum = |nodes: &[usize]| nodes.iter().map(|&j| weight(j)).sum::<f64>();
            weight_share.push(sum(&on) / sum(&contacts));
            assert!((graph.strength()[i] - sum(&contacts)).abs() <= 1e-9);
        }
        assert_close(&graph.reciprocity(), &reciprocity, 1e-15);
        let on_net = graph.on_net(&own).unwrap();
        assert_close(&on_net.circle_share, &circle_share, 1e-15);
        assert_close(&on_net.weight_share, &weight_share, 1e-12);
    }
}

#[test]
fn circles_are_those_of_a_search_in_breadth() {
    for (rows, _, matrix, graph) in graphs() {
        let n = rows.nodes;
        let tie = |i: usize, j: usize| matrix[i][j] > 0.0 || matrix[j][i] > 0.0;
        let degree = graph.degree();
        for hub in [3, 12, 1000] {
            let sizes = Circle::new().hub(hub).sizes(&graph).unwrap();
            for i in 0..n {
                let direct: Vec<usize> = (0..n).filter(|&j| tie(i, j)).collect();
                let through =
                    |j: usize| direct.iter().any(|&k| k != j && degree[k] <= hub as u64 && tie(k, j));
                let two = (0..n).filter(|&j| j != i && (tie(i, j) || through(j))).count();
                assert_eq!(sizes.one_step[i] as usize, direct.len());
                assert_eq!(sizes.two_steps[i] as usize, two, "node {i}, hub {hub}");
            }
            assert_eq!(sizes.hubs, degree.iter().filter(|&&ties| ties > hub as u64).count());
        }
    }
}

#[test]
fn network_value_is_the_formula() {
    for (rows, directed, matrix, graph) in graphs() {
        let n = rows.nodes;
        let own: Vec<f64> =
            (0..n).map(|node| if node % 5 == 4 { f64::NAN } else { 10.0 * node as f64 - 15.0 }).collect();
        let weight = |i: usize, j: usize| matrix[i][j] + if directed { matrix[j][i] } else { 0.0 };
        let expected: Vec<f64> = (0..n)
            .map(|i| {
                let follow = |j: usize| {
                    let all: f64 = (0..n).map(|k| weight(j, k)).sum();
                    if weight(i, j) > 0.0 { 0.3 * weight(i, j) / all } else { 0.0 }
                };
                (0..n).filter(|&j| !own[j].is_nan()).map(|j| follow(j) * own[j]).sum()
            })
            .collect();
        let found = NetworkValue::new(Departure::Contagion(0.3)).values(&graph, &own).unwrap();
        assert_close(&found.circle, &expected, 1e-9);
        let total: Vec<f64> = own.iter().zip(&expected).map(|(own, circle)| own + circle).collect();
        assert_close(&found.total, &total, 1e-9);
    }
    // Weights that are probabilities: 0 takes along 1 (worth 100) with 0.1 and 2 (worth 50) with 0.5.
    let pairs = Rows { nodes: 3, callers: vec![0, 0], callees: vec![1, 2], weights: vec![0.1, 0.5] };
    let found =
        NetworkValue::new(Departure::Weights).values(&pairs.graph(true), &[7.0, 100.0, 50.0]).unwrap();
    assert_eq!(bits(&found.total), bits(&[42.0, 100.0, 50.0]));
}
