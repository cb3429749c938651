//! Prepaid customers: one row, and many, through the frozen step.
#![allow(missing_docs, reason = "a benchmark")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use karat_scorer::step::prepaid::{
    BetaGeo, GammaGamma, History, HistoryColumns, ParetoNbd, Prepaid, PrepaidModel, PrepaidScore,
};
use std::hint::black_box;

const ROWS: usize = 8_192;

/// Histories of weeks at the resolution of days, without a source of chance: x mostly small, T between 27 and 39.
fn histories() -> Vec<History> {
    let of = |row: usize| {
        let (step, turn) = (row * 7_919 % 997, row * 104_729 % 613);
        let frequency = [0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 5, 9, 20][step % 13];
        let age = 27.0 + (turn % 85) as f64 / 7.0;
        let recency = if frequency == 0 { 0.0 } else { age * (1.0 + (step % 83) as f64) / 84.0 };
        History { frequency: f64::from(frequency), recency, age }
    };
    (0..ROWS).map(of).collect()
}

/// Maximum likelihood on CDNOW (Fader, Hardie & Lee 2005; Fader & Hardie 2013).
fn models() -> [(&'static str, PrepaidModel); 3] {
    [
        (
            "BG/NBD",
            PrepaidModel::BetaGeo(BetaGeo { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, modified: false }),
        ),
        (
            "MBG/NBD",
            PrepaidModel::BetaGeo(BetaGeo { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614, modified: true }),
        ),
        (
            "Pareto/NBD",
            PrepaidModel::ParetoNbd(ParetoNbd { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 }),
        ),
    ]
}

fn scores(criterion: &mut Criterion) {
    let histories = histories();
    let column = |of: fn(&History) -> f64| histories.iter().map(of).collect::<Vec<f64>>();
    let columns = (column(|h| h.frequency), column(|h| h.recency), column(|h| h.age));
    let money = vec![35.0; ROWS];
    let spend = Some(GammaGamma { p: 6.25, q: 3.74, v: 15.44 });
    let mut group = criterion.benchmark_group("prepaid");
    for (name, model) in models() {
        for (what, rate) in [("alive, expected", 0.0), ("alive, expected, discounted", 0.0023)] {
            let step = Prepaid { model, spend, horizon: 52.0, rate };
            group.throughput(Throughput::Elements(1));
            let mut row = 0;
            group.bench_function(format!("{name}: one row, {what}"), |bencher| {
                bencher.iter_batched(
                    || {
                        row = (row + 1) % ROWS;
                        histories[row]
                    },
                    |history| step.eval(black_box(history), 35.0),
                    BatchSize::SmallInput,
                );
            });
            group.throughput(Throughput::Elements(ROWS as u64));
            let mut found: Vec<PrepaidScore> = vec![step.eval(histories[0], 35.0); ROWS];
            group.bench_function(format!("{name}: batch, {what}"), |bencher| {
                bencher.iter(|| {
                    let (frequency, recency, age) = (&columns.0[..], &columns.1[..], &columns.2[..]);
                    let rows = HistoryColumns { frequency, recency, age };
                    step.eval_columns(black_box(rows), Some(&money), &mut found);
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, scores);
criterion_main!(benches);
