//! One row and batches through the scorer, on the reference model.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use karat_benches::{reference_model, reference_rows};
use karat_scorer::{Isa, Score, Scorer};
use std::hint::black_box;

fn scoring(criterion: &mut Criterion) {
    let scorer = Scorer::new(&reference_model()).unwrap();
    let rows = reference_rows(4096);
    let row = &rows[..12];
    criterion.bench_function("one row", |b| b.iter(|| scorer.score(black_box(row)).unwrap()));

    let columns: Vec<Vec<f64>> =
        (0..12).map(|f| rows.iter().skip(f).step_by(12).copied().collect()).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut out = vec![Score::EMPTY; 4096];
    let mut group = criterion.benchmark_group("4096 rows");
    group.throughput(Throughput::Elements(4096));
    for isa in [Isa::Portable, Isa::Avx2].into_iter().filter(|isa| isa.available()) {
        let scorer = scorer.clone().with_isa(isa).unwrap();
        group.bench_function(format!("columns {isa:?}"), |b| {
            b.iter(|| scorer.score_columns(black_box(&columns), black_box(&mut out)).unwrap());
        });
        group.bench_function(format!("row-major {isa:?}"), |b| {
            b.iter(|| scorer.score_rows(black_box(&rows), 12, black_box(&mut out)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, scoring);
criterion_main!(benches);
