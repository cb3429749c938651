//! Weights from judgments: a complete 9 x 9 matrix, and the 8 x 8 house matrix with 12 of 28 pairs missing.
//!
//! Prints the best of many rounds in microseconds: the machines that run it are shared.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use karat::evaluate::weights::{Ahp, Completion, GraphRandomIndex, IncompleteMatrix, PairwiseMatrix};
use std::hint::black_box;
use std::time::Instant;

/// Bozoki, Fulop and Ronyai (2010).
const HOUSE: [&str; 16] = [
    "a 5 b", "a 3 c", "a 7 d", "a 6 e", "a 6 f", "a 1/3 g", "a 1/4 h", "b 5 d", "b 3 f", "b 1/7 h", "c 3 e",
    "c 6 g", "d 1/4 f", "d 1/8 h", "e 1/5 g", "f 1/6 h",
];

fn best<T>(name: &str, repeats: u32, mut work: impl FnMut() -> T) {
    let mut least = f64::INFINITY;
    for _ in 0..50 {
        let start = Instant::now();
        for _ in 0..repeats {
            black_box(work());
        }
        least = least.min(start.elapsed().as_secs_f64() / f64::from(repeats));
    }
    println!("{name}: {:.2} us", least * 1e6);
}

fn main() {
    let labels: Vec<String> = (0..9).map(|i| format!("i{i}")).collect();
    let rows: Vec<Vec<f64>> = (0..9i32)
        .map(|i| (0..9i32).map(|j| f64::from(1 + (i - j).abs()).powi((j - i).signum())).collect())
        .collect();
    let complete = PairwiseMatrix::from_rows(&labels, &rows).unwrap();
    best("9 x 9, priorities", 200, || Ahp::new().priorities(black_box(&complete)).unwrap());

    let house = IncompleteMatrix::from_text(&["a", "b", "c", "d", "e", "f", "g", "h"], &HOUSE).unwrap();
    for completion in Completion::ALL {
        let name = format!("8 x 8, 12 missing, {}", completion.name());
        best(&name, 100, || black_box(&house).complete(completion).unwrap());
    }
    best("8 x 8, 12 missing, next question", 100, || black_box(&house).ask_next(1));
    let ahp = Ahp::new();
    best("8 x 8, 12 missing, priorities with a known random index", 20, || {
        ahp.priorities_incomplete(black_box(&house), Completion::Optimal).unwrap()
    });
    let start = Instant::now();
    // A seed of its own, so that nothing is remembered.
    let index = GraphRandomIndex::new().seed(99).value(&house).unwrap();
    let elapsed = start.elapsed().as_secs_f64() * 1e3;
    println!(
        "8 x 8, 12 missing, random index {:.4} +- {:.4}: {elapsed:.1} ms",
        index.value,
        index.standard_error.unwrap()
    );
}
