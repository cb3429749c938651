//! One row and batches through the scorer, on the reference model.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use karat_benches::{plain_model, reference_model, reference_rows};
use karat_scorer::step::Segments;
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

/// The nearest of 8 centers over 8 dimensions alone, and what segments cost a batch.
fn segments(criterion: &mut Criterion) {
    let mut model = reference_model();
    let step = model.segments.take().unwrap();
    let centers: Vec<Vec<f64>> = (0..8).map(|c| step.center(c)[..8].to_vec()).collect();
    let step = Segments::from_rows((0..8).collect(), &centers).unwrap();
    let rows = reference_rows(4096);
    criterion.bench_function("nearest of 8 centers, 8 dimensions, one row", |b| {
        b.iter(|| step.eval(black_box(&[0.1, 0.9, 0.4, 0.6, 0.2, 0.8, 0.3, 0.5])));
    });
    model.names.segments.clear();
    let scorer = Scorer::new(&model).unwrap();
    criterion.bench_function("one row without segments", |b| {
        b.iter(|| scorer.score(black_box(&rows[..12])).unwrap());
    });
    let columns: Vec<Vec<f64>> =
        (0..12).map(|f| rows.iter().skip(f).step_by(12).copied().collect()).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut out = vec![Score::EMPTY; 4096];
    criterion.bench_function("4096 rows without segments", |b| {
        b.iter(|| scorer.score_columns(black_box(&columns), black_box(&mut out)).unwrap());
    });
}

/// The index alone, from a table that no cache holds.
fn index(criterion: &mut Criterion) {
    const ROWS: usize = 1_000_000;
    let scorer = Scorer::new(&plain_model()).unwrap();
    let rows: Vec<f64> = reference_rows(ROWS).iter().map(|x| if x.is_nan() { 1.0 } else { *x }).collect();
    let columns: Vec<Vec<f64>> =
        (0..12).map(|f| rows.iter().skip(f).step_by(12).copied().collect()).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut out = vec![0.0; ROWS];
    let mut group = criterion.benchmark_group("index of 1000000 x 12");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(20);
    for isa in [Isa::Portable, Isa::Avx2].into_iter().filter(|isa| isa.available()) {
        let scorer = scorer.clone().with_isa(isa).unwrap();
        group.bench_function(format!("columns {isa:?}"), |b| {
            b.iter(|| scorer.index_columns(black_box(&columns), black_box(&mut out)).unwrap());
        });
        group.bench_function(format!("row-major {isa:?}"), |b| {
            b.iter(|| scorer.index_rows(black_box(&rows), 12, black_box(&mut out)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, scoring, segments, index);
criterion_main!(benches);
