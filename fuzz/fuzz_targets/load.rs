//! Bytes as a model file, as they are and under a checksum that fits: refused, or a model that scores any
//! row and is written as the same file.
#![no_main]

use karat_scorer::{Score, Scorer};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(scorer) = Scorer::from_bytes(bytes) {
        check(&scorer);
    }
    if let Some(end) = bytes.len().checked_sub(32) {
        let mut sealed = bytes.to_vec();
        let digest = Sha256::digest(&sealed[..end]);
        sealed[end..].copy_from_slice(&digest);
        if let Ok(scorer) = Scorer::from_bytes(&sealed) {
            check(&scorer);
        }
    }
});

fn check(scorer: &Scorer) {
    let width = scorer.schema().len();
    let values = [0.0, f64::NAN, 1e9, -1.0, f64::INFINITY, 0.5, f64::MIN, 3.0, 5e-324, 100.0, -0.0];
    let rows: Vec<f64> = (0..width * 19).map(|i| values[(i * 7 + i / width) % values.len()]).collect();
    let mut out = [Score::EMPTY; 19];
    scorer.score_rows(&rows, width, &mut out).expect("rows of the right width");
    for (row, batch) in rows.chunks_exact(width).zip(&out) {
        let single = scorer.score(row).expect("a row of the right width");
        assert_eq!(single.to_bytes(), batch.to_bytes());
    }
    let outputs = scorer.output_count();
    let (mut batch, mut single) = (vec![0.0; 19 * outputs], vec![0.0; outputs]);
    scorer.forecast_rows(&rows, width, 19, &mut batch).expect("rows of the right width");
    for (row, batch) in rows.chunks_exact(width).zip(batch.chunks_exact(outputs.max(1))) {
        scorer.forecast(row, &mut single).expect("a row of the right width");
        assert!(single.iter().zip(batch).all(|(one, of_many)| one.to_bits() == of_many.to_bits()));
    }
    // Written again it is the same model; its probe rows and its writer may be other ones.
    let file = scorer.model().to_bytes().expect("a model that was read can be written");
    let again = Scorer::from_bytes(&file).expect("what was written can be read");
    assert_eq!(again.model().to_bytes().expect("written twice"), file);
}
