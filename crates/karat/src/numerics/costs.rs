//! What one value costs each state, on one core, in cache:
//! `cargo test --release -p karat --lib numerics::costs -- --ignored --nocapture`.

use super::exact_sum::ExactSum;
use super::moments::Moments;
use super::quantile::{Histogram, QuantilePlan};
use super::random::{CounterRandom, Random};
use super::sample::{BottomK, hash_bytes, hash_row};
use std::hint::black_box;
use std::time::Instant;

/// Prints the least time per value of 60 passes.
fn measure(name: &str, values: &[f64], mut pass: impl FnMut(&[f64])) {
    let least = (0..60)
        .map(|_| {
            let start = Instant::now();
            pass(black_box(values));
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    println!("{name:<44} {:7.2} ns a value", least / values.len() as f64 * 1e9);
}

fn measure_states(column: &str, values: &[f64]) {
    println!("{column}");
    measure("  naive sum", values, |values| {
        black_box(values.iter().fold(0.0, |sum, value| sum + value));
    });
    let mut sum = ExactSum::new();
    measure("  ExactSum::add", values, |values| values.iter().for_each(|&value| sum.add(value)));
    let mut sum = ExactSum::new();
    measure("  ExactSum::add_product", values, |values| {
        values.iter().for_each(|&value| sum.add_product(value, value));
    });
    let mut moments = Moments::default();
    measure("  Moments::add", values, |values| values.iter().for_each(|&value| moments.add(value)));
    let mut histogram = Histogram::new();
    measure("  Histogram::add", values, |values| values.iter().for_each(|&value| histogram.add(value)));
    let plan = QuantilePlan::new(&histogram, &[0.01, 0.25, 0.5, 0.75, 0.99]).unwrap();
    let mut refinement = plan.refinement();
    measure("  Refinement::add", values, |values| values.iter().for_each(|&value| refinement.add(value)));
    black_box((sum.value(), moments.mean(), refinement));
}

#[test]
#[ignore = "prints timings"]
fn costs() {
    let mut random = Random::new(1);
    let normal: Vec<f64> = (0..65_536).map(|_| 40.0 + 12.0 * random.normal()).collect();
    measure_states("normal, mean 40, sd 12", &normal);
    let mixed: Vec<f64> = (0..65_536)
        .map(|_| if random.below(3) == 0 { 0.0 } else { karat_scorer::numerics::exp(4.0 * random.normal()) })
        .collect();
    measure_states("log-normal, sigma 4, a third zeros", &mixed);
    let signed: Vec<f64> = (0..65_536).map(|_| random.normal()).collect();
    measure_states("standard normal", &signed);

    println!("others");
    let mut sample = BottomK::new(1000, 1);
    measure("  hash_row of one number and BottomK::add", &normal, |values| {
        for &value in values {
            sample.add(hash_row(7, &[value]), &[value]).unwrap();
        }
    });
    measure("  hash_bytes of 16 bytes", &normal, |values| {
        for &value in values {
            let mut identifier = [0; 16];
            identifier[8..].copy_from_slice(&value.to_le_bytes());
            black_box(hash_bytes(7, black_box(&identifier)));
        }
    });
    measure("  Random::uniform", &normal, |values| {
        values.iter().for_each(|_| {
            black_box(random.uniform());
        });
    });
    measure("  Random::normal", &normal, |values| {
        values.iter().for_each(|_| {
            black_box(random.normal());
        });
    });
    let counter = CounterRandom::new(1, 2, 0);
    measure("  CounterRandom::uniform", &normal, |values| {
        (0..values.len() as u64).for_each(|index| {
            black_box(counter.uniform(index));
        });
    });
    measure("  CounterRandom::normal", &normal, |values| {
        (0..values.len() as u64).for_each(|index| {
            black_box(counter.normal(index));
        });
    });
    let mut sum = ExactSum::new();
    normal.iter().for_each(|&value| sum.add(value));
    measure("  ExactSum::value, once", &normal[..1], |_| {
        black_box(sum.value());
    });
    let mut moments = Moments::default();
    normal.iter().for_each(|&value| moments.add(value));
    measure("  Moments::standard_deviation, once", &normal[..1], |_| {
        black_box(moments.standard_deviation());
    });
}
