//! The C interface from C: programs in `tests/c` are compiled, linked and run.
//!
//! The library is built once for all tests, with the feature `test-hooks`, in a target directory of their
//! own; `install.rs` installs it without. What a missing tool skips is said on standard error.
#![cfg(all(target_os = "linux", not(miri)))]
#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

mod install;
mod model;
mod toolchain;

use karat_scorer::{Explanation, Model, Score, Scorer, flags};
use model::{forecasting_model, small_model, small_rows, widest_model};
use sha2::{Digest, Sha256};
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::process::Command;
use toolchain::{STRICT, compiler, empty_directory, have, library, program, run, source};

fn saved_model(into: &Path) -> PathBuf {
    let path = into.join("small.karat");
    small_model().save(&path).unwrap();
    path
}

/// Compiles and runs one of the C tests on the small model.
fn passes(test: &str) {
    let directory = empty_directory(test);
    let model = saved_model(&directory);
    let program = program(&format!("tests/c/{test}.c"), &directory);
    run(Command::new(program).arg(model).env("RUST_BACKTRACE", "0"));
}

#[test]
fn the_header_is_clean_alone_and_first_in_every_dialect() {
    let directory = empty_directory("header");
    let alone = directory.join("alone.c");
    std::fs::write(&alone, "#include \"karat.h\"\n#include \"karat.h\"\ntypedef karat_score copy;\n")
        .unwrap();
    let mut compilers = vec![("cc", "-std=c89"), ("cc", "-std=c99"), ("cc", "-std=c11")];
    if have("g++", "the header as C++11") {
        compilers.push(("g++", "-std=c++11"));
    }
    for (compiler, dialect) in compilers {
        let language = if compiler == "g++" { "c++" } else { "c" };
        let warnings = STRICT.iter().filter(|&&warning| language == "c" || warning != "-Wstrict-prototypes");
        run(Command::new(compiler)
            .arg(dialect)
            .args(warnings)
            .args(["-fsyntax-only", "-I"])
            .arg(source("include"))
            .args(["-x", language])
            .arg(&alone)
            .arg(source("tests/c/layout.c")));
    }
}

#[test]
fn c_sees_the_layout_constants_and_version_of_rust() {
    let directory = empty_directory("layout");
    let output = run(&mut Command::new(program("tests/c/layout.c", &directory)));
    let said = String::from_utf8(output.stdout).unwrap();
    let part = |name: &str| -> u32 { name.parse().unwrap() };
    let (major, minor, patch) = (
        part(env!("CARGO_PKG_VERSION_MAJOR")),
        part(env!("CARGO_PKG_VERSION_MINOR")),
        part(env!("CARGO_PKG_VERSION_PATCH")),
    );
    let number = major * 10_000 + minor * 100 + patch;
    let expected = [
        format!("index {} 8", offset_of!(Score, index)),
        format!("forecast {} 8", offset_of!(Score, forecast)),
        format!("churn {} 8", offset_of!(Score, churn)),
        format!("clv {} 8", offset_of!(Score, clv)),
        format!("margin {} 8", offset_of!(Score, margin)),
        format!("coverage {} 8", offset_of!(Score, coverage)),
        format!("grade {} 2", offset_of!(Score, grade)),
        format!("type {} 2", offset_of!(Score, r#type)),
        format!("segment {} 2", offset_of!(Score, segment)),
        format!("stage {} 2", offset_of!(Score, stage)),
        format!("action {} 2", offset_of!(Score, action)),
        format!("rule {} 2", offset_of!(Score, rule)),
        format!("flags {} 4", offset_of!(Score, flags)),
        format!("KARAT_NONE {}", karat_scorer::NONE),
        format!("KARAT_FLAG_IMPUTED {}", flags::IMPUTED),
        format!("KARAT_FLAG_CLAMPED {}", flags::CLAMPED),
        format!("KARAT_FLAG_CAPPED {}", flags::CAPPED),
        format!("KARAT_FLAG_INELIGIBLE {}", flags::INELIGIBLE),
        format!("KARAT_FLAG_REFUSED {}", flags::REFUSED),
        format!("KARAT_FLAG_UNSEEN {}", flags::UNSEEN),
        format!("KARAT_FLAG_KEPT {}", flags::KEPT),
        format!("KARAT_FLAG_PENALISED {}", flags::PENALISED),
        "KARAT_STATUS_INVALID_ARGUMENT 2".to_owned(),
        "KARAT_STATUS_SHAPE 3".to_owned(),
        "KARAT_STATUS_SCHEMA 4".to_owned(),
        "KARAT_STATUS_IO 5".to_owned(),
        "KARAT_STATUS_FORMAT 6".to_owned(),
        "KARAT_STATUS_UNSUPPORTED 7".to_owned(),
        "KARAT_STATUS_NUMERICS 8".to_owned(),
        format!("KARAT_VERSION_MAJOR {major}"),
        format!("KARAT_VERSION_MINOR {minor}"),
        format!("KARAT_VERSION_PATCH {patch}"),
        format!("KARAT_VERSION_NUMBER {number}"),
        format!("karat_version {number}"),
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn null_in_every_position_is_a_status() {
    passes("nulls");
}

#[test]
fn wrong_lengths_are_statuses_and_records_may_be_short_or_long() {
    passes("sizes");
}

#[test]
fn an_explanation_adds_up_to_the_index_and_every_flag_can_be_raised() {
    passes("explain");
}

fn saved_forecasts(into: &Path) -> PathBuf {
    let path = into.join("forecasting.karat");
    forecasting_model().save(&path).unwrap();
    path
}

#[test]
fn forecasts_come_out_by_name_alone_and_in_batches() {
    let directory = empty_directory("forecast");
    let model = saved_forecasts(&directory);
    run(Command::new(program("tests/c/forecast.c", &directory)).args([&model, &saved_model(&directory)]));
    run(Command::new(program("tests/c/threads.c", &directory)).arg(&model));
}

#[test]
fn a_panic_becomes_a_status_and_the_scorer_remains_usable() {
    passes("panic");
}

#[test]
fn eight_threads_on_one_scorer_give_the_bits_of_one() {
    passes("threads");
}

#[test]
fn threads_with_the_stack_that_the_header_names_score_the_widest_model() {
    let header = std::fs::read_to_string(source("include/karat.h")).unwrap();
    assert!(header.contains("at most 128 KiB of stack"), "threads.c tests another figure");
    let directory = empty_directory("widest");
    let model = directory.join("widest.karat");
    widest_model().save(&model).unwrap();
    run(Command::new(program("tests/c/threads.c", &directory)).arg(&model));
}

/// The bytes of a model file with a checksum that fits them again.
fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 32;
    let digest = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&digest);
    bytes
}

/// Model files that cannot be loaded, each for its own reason.
fn wrong_files(model: &Model, into: &Path) {
    let bytes = model.to_bytes().unwrap();
    std::fs::write(into.join("empty.karat"), b"").unwrap();
    let mut newer = bytes.clone();
    newer[8] = 9;
    std::fs::write(into.join("newer.karat"), signed(newer)).unwrap();
    // The probe rows are the last section of a model without notes: their last record ends the payload.
    let mut other = bytes.clone();
    let last = other.len() - 32 - 64;
    other[last] ^= 1;
    std::fs::write(into.join("other_bits.karat"), signed(other)).unwrap();
}

#[test]
fn wrong_files_give_their_status_and_message() {
    let directory = empty_directory("files");
    let model = saved_model(&directory);
    wrong_files(&small_model(), &directory);
    run(Command::new(program("tests/c/files.c", &directory)).arg(model).arg(&directory));
}

#[test]
fn scoring_does_not_allocate() {
    let directory = empty_directory("allocation");
    let model = saved_model(&directory);
    let program = directory.join("allocation");
    let library = library();
    let wrapped = ["malloc", "calloc", "realloc", "free", "posix_memalign", "aligned_alloc"];
    run(compiler()
        .arg(source("tests/c/allocation.c"))
        .arg(library.directory.join("libkarat.a"))
        .args(wrapped.map(|name| format!("-Wl,--wrap={name}")))
        .args(library.native_libraries.split_whitespace())
        .arg("-o")
        .arg(&program));
    run(Command::new(&program).arg(model));
    run(Command::new(program).arg(saved_forecasts(&directory)));
}

/// Writes a conformance vector in the layout of the repository's `vectors/v1`.
fn write_vector(model: &Model, rows: &[f64], name: &str, into: &Path) {
    let scorer = Scorer::new(model).unwrap();
    let fields = scorer.schema().len();
    let mut numbers = Vec::new();
    numbers.extend(((rows.len() / fields) as u64).to_le_bytes());
    numbers.extend((fields as u64).to_le_bytes());
    numbers.extend(rows.iter().flat_map(|value| value.to_le_bytes()));
    let mut points = vec![0.0; scorer.point_count()];
    let (mut scores, mut all_points) = (Vec::new(), Vec::new());
    for row in rows.chunks_exact(fields) {
        let mut explanation = Explanation { points: &mut points, ..Explanation::default() };
        scores.extend(scorer.explain(row, &mut explanation).unwrap().to_bytes());
        all_points.extend(points.iter().flat_map(|value| value.to_le_bytes()));
    }
    model.save(into.join(format!("{name}.karat"))).unwrap();
    std::fs::write(into.join(format!("{name}.rows")), numbers).unwrap();
    std::fs::write(into.join(format!("{name}.scores")), scores).unwrap();
    std::fs::write(into.join(format!("{name}.points")), all_points).unwrap();
}

#[test]
fn c_gives_the_bits_of_rust_and_a_vector_of_other_bits_is_noticed() {
    let directory = empty_directory("own_vectors");
    write_vector(&small_model(), &small_rows(1000), "small", &directory);
    std::fs::write(directory.join("index.txt"), "small\n").unwrap();
    let program = program("tests/c/vectors.c", &directory);
    let output = run(Command::new(&program).arg(&directory));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "1 vectors, 1000 rows\n");

    let scores = directory.join("small.scores");
    let mut bytes = std::fs::read(&scores).unwrap();
    bytes[64 * 700 + 3] ^= 1;
    std::fs::write(&scores, bytes).unwrap();
    let output = Command::new(&program).arg(&directory).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "vector small, row 700: other bits alone\n");
}

/// Runs a C test over a folder of the repository's vectors, for each line of its index.
fn covers(folder: &str, test: &str, what: &str) {
    let vectors = source("../../vectors").join(folder);
    let index = std::fs::read_to_string(vectors.join("index.txt"));
    let index = index.unwrap_or_else(|error| panic!("{}: {error}", vectors.display()));
    let count = index.lines().count();
    assert!(count > 0, "nothing in {}", vectors.display());
    let directory = empty_directory(test);
    let output = run(Command::new(program(&format!("tests/c/{test}.c"), &directory)).arg(&vectors));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with(&format!("{count} {what}")), "{said}");
}

#[test]
fn the_conformance_vectors_have_the_same_bits_in_c() {
    covers("v1", "vectors", "vectors, ");
}

#[test]
fn damaged_models_have_the_same_messages_in_c() {
    covers("bad", "refusals", "refusals");
}

#[test]
fn valgrind_finds_nothing() {
    if !have("valgrind", "memory checks of the C tests") {
        return;
    }
    let directory = empty_directory("valgrind");
    let model = saved_model(&directory);
    wrong_files(&small_model(), &directory);
    for test in ["nulls", "sizes", "explain", "panic", "threads", "files"] {
        let program = program(&format!("tests/c/{test}.c"), &directory);
        run(Command::new("valgrind")
            .args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=all"])
            .arg(program)
            .args([&model, &directory])
            .env("RUST_BACKTRACE", "0"));
    }
    let program = program("tests/c/forecast.c", &directory);
    run(Command::new("valgrind")
        .args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=all"])
        .arg(program)
        .args([&saved_forecasts(&directory), &model]));
}
