//! Priorities of one matrix of judgments and of ten thousand.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use karat::evaluate::weights::{
    Ahp, Completion, GraphRandomIndex, IncompleteMatrix, PairwiseMatrix, PriorityMethod, SAATY_SCALE,
    nearest_on_scale,
};
use std::hint::black_box;

/// `count` matrices of n items: hidden worths, their ratios disturbed by up to a factor of 1.8, rounded to
/// Saaty's scale.
fn expert(n: usize, count: usize) -> Vec<f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut matrices = vec![1.0; count * n * n];
    for matrix in matrices.chunks_exact_mut(n * n) {
        let worth: Vec<f64> = (0..n).map(|_| 0.2 + uniform() * uniform() * 4.0).collect();
        for i in 0..n {
            for j in i + 1..n {
                let noise = 0.55 + 1.25 * uniform();
                let value = SAATY_SCALE[nearest_on_scale(worth[i] / worth[j] * noise)];
                matrix[i * n + j] = value;
                matrix[j * n + i] = 1.0 / value;
            }
        }
    }
    matrices
}

fn judgments(criterion: &mut Criterion) {
    for n in [3, 5, 9, 15] {
        let matrices = expert(n, 10_000);
        let labels: Vec<String> = (0..n).map(|i| format!("x{i}")).collect();
        let rows: Vec<Vec<f64>> = matrices[..n * n].chunks_exact(n).map(<[f64]>::to_vec).collect();
        let one = PairwiseMatrix::from_rows(&labels, &rows).unwrap();
        let mut group = criterion.benchmark_group(format!("{n} items"));
        group.bench_function("read one", |b| {
            b.iter(|| PairwiseMatrix::from_rows(black_box(&labels), black_box(&rows)).unwrap());
        });
        group.bench_function("one", |b| b.iter(|| Ahp::new().priorities(black_box(&one)).unwrap()));
        group.bench_function("one as a batch", |b| {
            b.iter(|| Ahp::new().priorities_batch(black_box(&matrices[..n * n]), n).unwrap());
        });
        group.throughput(Throughput::Elements(10_000));
        for method in [PriorityMethod::Eigenvector, PriorityMethod::GeometricMean] {
            group.bench_function(format!("10,000 by {}", method.name()), |b| {
                let ahp = Ahp::new().method(method);
                b.iter(|| ahp.priorities_batch(black_box(&matrices), n).unwrap());
            });
        }
        group.finish();
    }
}

/// Saaty's house criteria with 12 of 28 judgments left out (Bozoki, Fulop and Ronyai 2010).
fn incomplete(criterion: &mut Criterion) {
    let judged = [
        "a 5 b", "a 3 c", "a 7 d", "a 6 e", "a 6 f", "a 1/3 g", "a 1/4 h", "b 5 d", "b 3 f", "b 1/7 h",
        "c 3 e", "c 6 g", "d 1/4 f", "d 1/8 h", "e 1/5 g", "f 1/6 h",
    ];
    let house = IncompleteMatrix::from_text(&["a", "b", "c", "d", "e", "f", "g", "h"], &judged).unwrap();
    let mut group = criterion.benchmark_group("8 items, 12 of 28 pairs missing");
    for completion in Completion::ALL {
        group.bench_function(completion.name(), |b| {
            b.iter(|| black_box(&house).complete(completion).unwrap());
        });
    }
    group.bench_function("priorities, random index known", |b| {
        b.iter(|| Ahp::new().priorities_incomplete(black_box(&house), Completion::Optimal).unwrap());
    });
    group.bench_function("next question", |b| b.iter(|| black_box(&house).ask_next(1)));
    let mut seed = 0;
    group.bench_function("random index of the graph", |b| {
        b.iter(|| {
            // A seed of its own each time, so that nothing is remembered.
            seed += 1;
            GraphRandomIndex::new().seed(seed).value(black_box(&house)).unwrap()
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(1))
        .warm_up_time(std::time::Duration::from_millis(300));
    targets = judgments, incomplete
}
criterion_main!(benches);
