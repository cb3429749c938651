//! Which items have been compared with which, and what the judgments given say about the missing ones.

use karat_scorer::numerics::{exp, ln};

/// Items as vertices, judgments as edges carrying the logarithm of the judgment.
pub(super) struct ComparisonGraph {
    n: usize,
    edges: Vec<(usize, usize, f64)>,
}

impl ComparisonGraph {
    /// `judgments` holds (i, j, how many times i is as important as j), each pair at most once.
    pub(super) fn new(n: usize, judgments: &[(usize, usize, f64)]) -> ComparisonGraph {
        let mut edges: Vec<_> = judgments.iter().map(|&(i, j, value)| (i, j, ln(value))).collect();
        // Sorted, so that the order in which judgments were written cannot change a sum.
        edges.sort_by_key(|&(i, j, _)| (i.min(j), i.max(j)));
        ComparisonGraph { n, edges }
    }

    /// The pairs (i < j) nobody has compared, in the order of the labels.
    pub(super) fn missing(&self) -> Vec<(usize, usize)> {
        let mut known = vec![false; self.n * self.n];
        for &(i, j, _) in &self.edges {
            known[i.min(j) * self.n + i.max(j)] = true;
        }
        (0..self.n)
            .flat_map(|i| (i + 1..self.n).map(move |j| (i, j)))
            .filter(|&(i, j)| !known[i * self.n + j])
            .collect()
    }

    /// Connected groups of items, each in label order, ordered by their first item.
    pub(super) fn groups(&self) -> Vec<Vec<usize>> {
        let mut root: Vec<usize> = (0..self.n).collect();
        for &(i, j, _) in &self.edges {
            let (from, to) = (root[i].max(root[j]), root[i].min(root[j]));
            for r in &mut root {
                if *r == from {
                    *r = to;
                }
            }
        }
        let members = |first: usize| (0..self.n).filter(|&i| root[i] == first).collect::<Vec<_>>();
        (0..self.n).filter(|&i| root[i] == i).map(members).collect()
    }

    /// Logarithmic least squares on the graph: positive values v such that `v_i / v_j` fits the judgments
    /// given; on a connected graph unique up to scale (Kwiesielewicz 1996; Bozoki, Fulop and Ronyai 2010).
    ///
    /// `v_i / v_j` is the geometric mean of the products along all chains of judgments from i to j, weighted
    /// as currents in a resistor network. `None` when the graph is not connected.
    pub(super) fn fitted_values(&self) -> Option<Vec<f64>> {
        if self.groups().len() != 1 {
            return None;
        }
        // Item 0 is grounded; the Laplacian of the others is symmetric positive definite.
        let m = self.n - 1;
        let mut laplacian = vec![0.0; m * m];
        let mut right = vec![0.0; m];
        for &(i, j, log) in &self.edges {
            for (item, sign) in [(i, 1.0), (j, -1.0)] {
                if item > 0 {
                    laplacian[(item - 1) * m + item - 1] += 1.0;
                    right[item - 1] += sign * log;
                }
            }
            if i > 0 && j > 0 {
                laplacian[(i - 1) * m + j - 1] -= 1.0;
                laplacian[(j - 1) * m + i - 1] -= 1.0;
            }
        }
        solve_positive_definite(&mut laplacian, &mut right);
        Some(std::iter::once(1.0).chain(right.iter().map(|&v| exp(v))).collect())
    }
}

/// Cholesky factorisation in place, then forward and backward substitution into `x`.
fn solve_positive_definite(a: &mut [f64], x: &mut [f64]) {
    let m = x.len();
    for j in 0..m {
        for i in j..m {
            let inner: f64 = (0..j).map(|k| a[i * m + k] * a[j * m + k]).sum();
            let rest = a[i * m + j] - inner;
            a[i * m + j] = if i == j { rest.sqrt() } else { rest / a[j * m + j] };
        }
    }
    for i in 0..m {
        let inner: f64 = (0..i).map(|k| a[i * m + k] * x[k]).sum();
        x[i] = (x[i] - inner) / a[i * m + i];
    }
    for i in (0..m).rev() {
        let inner: f64 = (i + 1..m).map(|k| a[k * m + i] * x[k]).sum();
        x[i] = (x[i] - inner) / a[i * m + i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> f64 {
        let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
        top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap()
    }

    /// The `incomplete` goldens: computed in 60-digit arithmetic, checked there against the numpy
    /// pseudo-inverse of the Laplacian.
    #[test]
    fn logarithmic_least_squares_agrees_with_the_goldens() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/ahp.json");
        let goldens: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = goldens["incomplete"].as_array().unwrap();
        assert_eq!(cases.len(), 4);
        for case in cases {
            let rows = case["matrix"].as_array().unwrap();
            let n = rows.len();
            let judgments: Vec<_> = (0..n)
                .flat_map(|i| (i + 1..n).map(move |j| (i, j)))
                .filter_map(|(i, j)| rows[i][j].as_str().map(|text| (i, j, ratio(text))))
                .collect();
            let graph = ComparisonGraph::new(n, &judgments);
            assert_eq!(graph.missing().len() as u64, case["missing_count"].as_u64().unwrap());
            let values = graph.fitted_values().unwrap();
            let total: f64 = values.iter().sum();
            for (value, golden) in values.iter().zip(case["llsm"]["weights"].as_array().unwrap()) {
                let difference = (value / total - golden.as_f64().unwrap()).abs();
                assert!(difference < 1e-14, "{}: {difference:e}", case["id"]);
            }
        }
    }

    #[test]
    fn a_chain_is_followed_exactly_and_a_cycle_is_averaged() {
        let chain = ComparisonGraph::new(4, &[(3, 2, 0.5), (1, 0, 3.0), (1, 2, 4.0)]);
        let values = chain.fitted_values().unwrap();
        // 0 <- 1 -> 2 <- 3: v = 1, 3, 3/4, 3/8.
        for (value, expected) in values.iter().zip([1.0, 3.0, 0.75, 0.375]) {
            assert!((value - expected).abs() < 1e-14, "{values:?}");
        }
        // Two chains of equal length from 0 to 2: their geometric mean sqrt(4 * 9).
        let square = ComparisonGraph::new(4, &[(0, 1, 2.0), (1, 2, 2.0), (0, 3, 3.0), (3, 2, 3.0)]);
        let values = square.fitted_values().unwrap();
        assert!((values[0] / values[2] - 6.0).abs() < 1e-14, "{values:?}");
    }

    #[test]
    fn groups_are_found_whatever_the_order_of_the_edges() {
        let graph = ComparisonGraph::new(5, &[(4, 2, 1.0), (3, 0, 1.0), (2, 1, 1.0)]);
        assert_eq!(graph.groups(), vec![vec![0, 3], vec![1, 2, 4]]);
        assert!(graph.fitted_values().is_none());
    }
}
