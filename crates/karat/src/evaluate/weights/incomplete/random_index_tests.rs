use std::collections::BTreeMap;

use super::*;

/// Judgments on cycles up to which every matrix is counted: 17^5 = 1,419,857.
const COUNTED: usize = 5;

/// The mean over every matrix on Saaty's scale.
fn counted(shape: &Shape) -> f64 {
    let (n, edges) = (shape.n, shape.edges());
    let scale = scale_logs();
    let total = scale.len().pow(edges.len() as u32);
    let mut solver = Solver::new(n, edges.clone(), shape.open());
    let mut logs = vec![0.0; edges.len()];
    let mut sum = 0.0;
    for number in 0..total {
        let mut rest = number;
        for log in &mut logs {
            *log = scale[rest % scale.len()];
            rest /= scale.len();
        }
        sum += (solver.solve(&logs).lambda - n as f64) / (n - 1) as f64;
    }
    sum / total as f64
}

/// Every connected, incomplete graph on n named items by its number of missing pairs and its shape.
fn shapes(n: usize) -> Vec<(usize, Shape, u32)> {
    let pairs: Vec<(usize, usize)> = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect();
    let mut found: BTreeMap<(usize, Shape), u32> = BTreeMap::new();
    for bits in 0..(1u32 << pairs.len()) - 1 {
        let judged: Vec<_> = (0..pairs.len()).filter(|at| bits >> at & 1 == 1).map(|at| pairs[at]).collect();
        if independent_groups(n, &judged) == 1 {
            *found.entry((pairs.len() - judged.len(), Shape::new(n, &judged))).or_default() += 1;
        }
    }
    found.into_iter().map(|((missing, shape), count)| (missing, shape, count)).collect()
}

/// Writes `table.rs`; takes some minutes:
/// `cargo test --release -p karat --lib write_the_table_of_random_indices -- --ignored --nocapture`
#[test]
#[ignore = "writes source code; minutes"]
fn write_the_table_of_random_indices() {
    let draws: u64 = 250_000;
    let mut lines = Vec::new();
    for n in 3..=TABULATED {
        let mut all: Vec<Shape> =
            shapes(n).into_iter().map(|(_, shape, _)| shape).filter(|s| s.k > 0).collect();
        all.sort();
        all.dedup();
        for shape in all {
            let bits = shape.bits().unwrap();
            let line = if shape.edges().len() <= COUNTED {
                format!("    ({n}, {}, {bits}, {:.9}, 0.0),", shape.k, counted(&shape))
            } else {
                let (value, error) = simulated(&shape, draws, 1977 + bits);
                format!("    ({n}, {}, {bits}, {value:.6}, {error:.6}),", shape.k)
            };
            println!("{line}");
            lines.push(line);
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/evaluate/weights/incomplete/table.rs");
    let head = "//! Written by the test `write_the_table_of_random_indices`; see there.\n\n\
        /// Items, items on cycles, bits of the canonical graph, random index, standard error (0: every matrix\n\
        /// counted; else 250,000 matrices with a control variate).\n\
        pub(super) const TABLE: &[(usize, usize, u64, f64, f64)] = &[\n";
    std::fs::write(path, format!("{head}{}\n];\n", lines.join("\n"))).unwrap();
}
