//! Damaged files: each its own message, and never a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: a panic is its way to fail")]

mod fixture;

use fixture::{small, vectors};
use karat_scorer::{Scorer, file::FORMAT};

/// `vectors/bad/index.txt`: file, kind of error and message, separated by tabs.
#[test]
fn every_damaged_file_gets_its_message() {
    let index = std::fs::read_to_string(vectors().join("bad/index.txt")).unwrap();
    let mut count = 0;
    for line in index.lines() {
        let [name, kind, message] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        // The large files are about amounts, which an interpreter has no time for.
        let bytes = std::fs::read(vectors().join("bad").join(name)).unwrap();
        if cfg!(miri) && (bytes.len() > 8_000 || count >= 20) {
            continue;
        }
        let error = Scorer::from_bytes(&bytes).expect_err(name);
        let found = error.to_string().replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
        assert_eq!(found, message, "{name}");
        assert_eq!(format!("{:?}", error.kind()).to_lowercase(), kind, "{name}");
        count += 1;
    }
    assert!(count > 100 || cfg!(miri), "only {count} damaged files");
    let stored = std::fs::read_dir(vectors().join("bad")).unwrap().count();
    assert!(cfg!(miri) || stored == count + 1, "{stored} files, {count} in the index");
    assert_eq!(FORMAT, 1, "a new format needs files that are damaged in its ways");
}

#[test]
fn a_model_cut_anywhere_is_refused() {
    let file = small().to_bytes().unwrap();
    let step = if cfg!(miri) { 999 } else { 1 };
    for length in (0..file.len()).step_by(step) {
        let message = Scorer::from_bytes(&file[..length]).expect_err("a cut model loads").to_string();
        assert!(message.contains("is cut") || length == 0, "{length}: {message}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "reads forty thousand files")]
fn a_model_with_any_bit_flipped_is_refused() {
    let mut file = small().to_bytes().unwrap();
    for bit in 0..8 * file.len() {
        file[bit / 8] ^= 1 << (bit % 8);
        assert!(Scorer::from_bytes(&file).is_err(), "bit {bit}");
        file[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(Scorer::from_bytes(&file).is_ok());
}

/// Behind the checksum no bit is idle either: each is part of the one encoding of the model, so that a file
/// is refused or is what its model would be written as.
#[test]
#[cfg_attr(miri, ignore = "loads ten thousand models")]
fn a_flipped_bit_under_a_new_checksum_is_refused_or_part_of_the_model() {
    let mut file = small().to_bytes().unwrap();
    let note = 16;
    let probes = 2 * 8 + 43 * (4 * 8 + 64);
    let probes_end = file.len() - 32 - note;
    let writer = file.windows(8).position(|bytes| bytes == b"\"writer\"").unwrap();
    let mut accepted = 0;
    for bit in 0..8 * (probes_end + note) {
        let byte = bit / 8;
        // The writer's name and the probe rows are no part of the model.
        if (writer..writer + 25).contains(&byte) || (probes_end - probes..probes_end).contains(&byte) {
            continue;
        }
        file[byte] ^= 1 << (bit % 8);
        let damaged = fixture::sealed(file.clone());
        if let Ok(scorer) = Scorer::from_bytes(&damaged) {
            let written = scorer.model().to_bytes().unwrap();
            // Other numbers make other probe rows.
            assert_eq!(written[..probes_end - probes], damaged[..probes_end - probes], "bit {bit}");
            accepted += 1;
        }
        file[byte] ^= 1 << (bit % 8);
    }
    assert!(accepted > 100, "names and notes may say anything, but only {accepted} bits did");
}
