//! A wavelet network of 20 fields and 16 wavelons: one row, and a batch.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use karat_scorer::Isa;
use karat_scorer::step::wavelet::{Coding, Family, Link, Member, Mother, Wavelons, WavelonsParts};
use std::hint::black_box;
use std::time::Instant;

const FIELDS: usize = 20;
const WAVELONS: usize = 16;
const ROWS: usize = 4096;

/// Numbers between -1 and 1 that never change.
fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn network(family: Family, mother: Mother) -> Wavelons {
    let shifts = if family == Family::Ridge { WAVELONS } else { FIELDS * WAVELONS };
    let mut inner = numbers(2, FIELDS * WAVELONS);
    if family != Family::Ridge {
        inner = inner.iter().map(|x| 0.3 + 0.1 * x).collect();
    }
    let member =
        Member::new(WAVELONS, vec![0.1], numbers(3, FIELDS), numbers(4, WAVELONS), inner, numbers(5, shifts));
    let coding = Coding::Number { center: 0.1, inverse: 1.3, least: -3.0, most: 3.0, indicator: false };
    let parts = WavelonsParts::new(vec![coding; FIELDS], family, mother, Link::Binary, vec![member]);
    Wavelons::new(parts).unwrap()
}

fn wavelons(criterion: &mut Criterion) {
    let rows = numbers(1, FIELDS * ROWS);
    let mut out = vec![0.0; 2 * ROWS];
    let mut flags = vec![0; ROWS];
    let mut group = criterion.benchmark_group("wavelet network, 20 fields, 16 wavelons");
    for (family, mother) in [
        (Family::Ridge, Mother::MexicanHat),
        (Family::Ridge, Mother::Morlet),
        (Family::Ridge, Mother::Rasp1),
        (Family::Product, Mother::MexicanHat),
        (Family::Radial, Mother::MexicanHat),
    ] {
        let network = network(family, mother);
        let name = format!("{} {}", family.name(), mother.name());
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("{name}, one row"), |b| {
            b.iter(|| network.eval(black_box(&rows[..FIELDS]), &mut out[..2]).unwrap());
        });
        group.throughput(Throughput::Elements(ROWS as u64));
        for isa in [Isa::Portable, Isa::Avx2].into_iter().filter(|isa| isa.available()) {
            let network = network.clone().with_isa(isa);
            group.bench_function(format!("{name}, batch {isa:?}"), |b| {
                b.iter(|| network.eval_batch(black_box(&rows), &mut out, &mut flags).unwrap());
            });
        }
    }
    group.finish();
}

/// The least time of many short blocks, which a busy machine disturbs least.
fn least(criterion: &mut Criterion) {
    let _ = criterion;
    let rows = numbers(1, FIELDS * ROWS);
    let mut out = vec![0.0; 2 * ROWS];
    let mut flags = vec![0; ROWS];
    for (family, mother) in [
        (Family::Ridge, Mother::MexicanHat),
        (Family::Product, Mother::MexicanHat),
        (Family::Radial, Mother::MexicanHat),
    ] {
        let network = network(family, mother);
        let (mut one, mut batch) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..400 {
            let start = Instant::now();
            for row in rows.chunks_exact(FIELDS).take(500) {
                network.eval(black_box(row), &mut out[..2]).unwrap();
            }
            one = one.min(start.elapsed().as_secs_f64() / 500.0);
            let start = Instant::now();
            network.eval_batch(black_box(&rows), &mut out, &mut flags).unwrap();
            batch = batch.min(start.elapsed().as_secs_f64() / ROWS as f64);
        }
        println!(
            "{} {}: one row {:.1} ns, batch {:.2} ns a row ({:.1} million rows/s a core)",
            family.name(),
            mother.name(),
            one * 1e9,
            batch * 1e9,
            1e-6 / batch
        );
    }
}

criterion_group!(benches, wavelons, least);
criterion_main!(benches);
