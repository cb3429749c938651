//! The bytes of a step that stands alone, the first byte choosing which: refused, or a step that evaluates any row
//! without a panic and is written as the same bytes. Where the bytes carry a checksum it is put right.
#![no_main]

use karat_scorer::step::prepaid::{History, Prepaid};
use karat_scorer::step::wavelet::Wavelons;
use karat_scorer::step::{Contract, Expansion, StageFacts, Stages};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

const VALUES: [f64; 11] = [0.0, f64::NAN, 1e9, -1.0, f64::INFINITY, 0.5, f64::MIN, 3.0, 5e-324, 100.0, -0.0];

fn row(width: usize, shift: usize) -> Vec<f64> {
    (0..width).map(|at| VALUES[(at * 7 + shift) % VALUES.len()]).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    match choice % 5 {
        0 => expansion(bytes),
        1 => wavelons(bytes),
        2 => prepaid(bytes),
        3 => contract(bytes),
        _ => stages(bytes),
    }
});

fn expansion(bytes: &[u8]) {
    let Some(end) = bytes.len().checked_sub(32) else { return };
    let mut sealed = bytes.to_vec();
    let digest = Sha256::digest(&sealed[..end]);
    sealed[end..].copy_from_slice(&digest);
    let Ok(step) = Expansion::from_bytes(&sealed) else { return };
    assert_eq!(step.to_bytes().expect("what was read can be written"), sealed);
    let (mut scratch, mut out) = (vec![0.0; step.scratch_len()], vec![0.0; step.outputs]);
    for shift in 0..VALUES.len() {
        step.eval(&row(step.fields.len(), shift), &mut scratch, &mut out).expect("a row of its width");
    }
}

fn wavelons(bytes: &[u8]) {
    let Ok(step) = Wavelons::from_bytes(bytes) else { return };
    assert_eq!(step.to_bytes(), bytes);
    let (count, width) = (11, step.width());
    let rows: Vec<f64> = (0..count).flat_map(|shift| row(step.fields(), shift)).collect();
    let (mut batch, mut flags, mut out) = (vec![0.0; count * width], vec![0; count], vec![0.0; width]);
    step.eval_batch(&rows, &mut batch, &mut flags).expect("rows of its width");
    for (row, batch) in rows.chunks_exact(step.fields()).zip(batch.chunks_exact(width)) {
        step.eval(row, &mut out).expect("a row of its width");
        assert!(out.iter().zip(batch).all(|(one, of_many)| one.to_bits() == of_many.to_bits()));
    }
}

fn prepaid(bytes: &[u8]) {
    let Ok(step) = Prepaid::from_bytes(bytes) else { return };
    for shift in 0..VALUES.len() {
        let row = row(4, shift);
        step.eval(History { frequency: row[0], recency: row[1], age: row[2] }, row[3]);
        step.eval(History { frequency: 2.0, recency: row[0].abs() / 2.0, age: row[0].abs() }, 7.0);
    }
}

fn contract(bytes: &[u8]) {
    let Ok(step) = Contract::from_bytes(bytes) else { return };
    assert_eq!(step.to_bytes(), bytes);
    for shift in 0..VALUES.len() {
        let row = row(2 + step.coefficients.len(), shift);
        step.eval(row[0], row[1], &row[2..]);
    }
}

fn stages(bytes: &[u8]) {
    let Ok(step) = Stages::from_bytes(bytes) else { return };
    assert_eq!(step.to_bytes(), bytes);
    for shift in 0..VALUES.len() {
        let row = row(30, shift);
        let facts = StageFacts { tenure: row[0], idle_days: row[1], ..StageFacts::default() };
        step.eval(&row[shift..], facts);
    }
}
