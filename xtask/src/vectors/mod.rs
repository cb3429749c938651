//! The conformance vectors: models, rows and the scores that every implementation must give, bit by bit;
//! and damaged files with the message that each must get.
//!
//! ```text
//! vectors/v1/index.txt     one NAME per line
//! vectors/v1/NAME.karat    the model
//! vectors/v1/NAME.rows     u64 rows, u64 fields, then the rows as f64
//! vectors/v1/NAME.scores   one record of 64 bytes per row
//! vectors/v1/NAME.points   f64, row by row: what the points of an explanation must be
//! vectors/v1/NAME.outputs  f64, row by row: what the forecasts must be, if the model has any
//! vectors/bad/index.txt    FILE, kind of error and message, separated by tabs; \n stands for a line end
//! vectors/bad/FILE         the damaged model
//! docs/src/reference/damaged_files.md   the same as a table for the book
//! ```
//! All numbers are little-endian.

mod damage;
mod models;
mod rows;

use crate::Failure;
use karat_scorer::{Explanation, Model, Score, Scorer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names below `vectors/` and contents.
type Files = BTreeMap<String, Vec<u8>>;

/// Writes every file anew and removes those that are no longer made.
pub(crate) fn write() -> Result<String, Failure> {
    let files = generate()?;
    for name in stored()? {
        if !files.contains_key(&name) {
            std::fs::remove_file(folder().join(name))?;
        }
    }
    for (name, bytes) in &files {
        let path = folder().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(path, bytes)?;
    }
    let size: usize = files.values().map(Vec::len).sum();
    Ok(format!("vectors: {} files, {} KiB", files.len(), size / 1024))
}

/// Compares what would be written with what is there.
pub(crate) fn verify() -> Result<String, Failure> {
    let files = generate()?;
    let mut differing: Vec<String> = stored()?.into_iter().filter(|name| !files.contains_key(name)).collect();
    for (name, bytes) in &files {
        if std::fs::read(folder().join(name)).ok().as_ref() != Some(bytes) {
            differing.push(name.clone());
        }
    }
    if differing.is_empty() {
        return Ok(format!("vectors: {} files are as they would be written", files.len()));
    }
    let shown = differing.iter().take(10).map(|name| format!("\n  {name}")).collect::<String>();
    Err(format!("vectors: {} files would be written otherwise:{shown}", differing.len()).into())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}

/// Files below `vectors/v1` and `vectors/bad`.
fn stored() -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for part in ["v1", "bad"] {
        let path = folder().join(part);
        if path.is_dir() {
            for entry in std::fs::read_dir(path)? {
                names.push(format!("{part}/{}", entry?.file_name().to_string_lossy()));
            }
        }
    }
    names.sort();
    Ok(names)
}

fn generate() -> Result<Files, Failure> {
    let mut files = Files::new();
    let mut index = String::new();
    for (name, model) in models::all()? {
        add_vector(&mut files, name, &model).map_err(|failure| format!("{name}: {failure}"))?;
        index.push_str(name);
        index.push('\n');
    }
    files.insert("v1/index.txt".to_owned(), index.into_bytes());
    damage::add(&mut files)?;
    Ok(files)
}

fn add_vector(files: &mut Files, name: &str, model: &Model) -> Result<(), Failure> {
    let scorer = Scorer::new(model)?;
    let width = scorer.schema().len();
    let values = rows::invent(&scorer);
    let mut rows = Vec::new();
    rows.extend(((values.len() / width) as u64).to_le_bytes());
    rows.extend((width as u64).to_le_bytes());
    rows.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    let mut scores = Vec::new();
    let mut points = Vec::new();
    let mut buffer = vec![0.0; scorer.point_count()];
    for row in values.chunks_exact(width) {
        let mut explanation = Explanation { points: &mut buffer, ..Explanation::default() };
        let score = scorer.explain(row, &mut explanation)?;
        check_sum(&score, scorer.base(row)?, &buffer)?;
        scores.extend(score.to_bytes());
        points.extend(buffer.iter().flat_map(|value| value.to_le_bytes()));
    }
    if scorer.output_count() > 0 {
        let count = values.len() / width;
        let mut outputs = vec![0.0; count * scorer.output_count()];
        scorer.forecast_rows(&values, width, count, &mut outputs)?;
        let bytes = outputs.iter().flat_map(|output| output.to_le_bytes()).collect();
        files.insert(format!("v1/{name}.outputs"), bytes);
    }
    for (extension, bytes) in
        [("karat", model.to_bytes()?), ("rows", rows), ("scores", scores), ("points", points)]
    {
        files.insert(format!("v1/{name}.{extension}"), bytes);
    }
    Ok(())
}

/// A vector that contradicts itself is not worth writing.
fn check_sum(score: &Score, base: f64, points: &[f64]) -> Result<(), Failure> {
    let sum = points.iter().fold(0.0, |sum, point| sum + point);
    let near = base != 0.0 && (base + sum - score.index).abs() <= 1e-10 * score.index.abs().max(1.0);
    if score.index.is_nan() || near || sum.to_bits() == score.index.to_bits() {
        Ok(())
    } else {
        Err(format!("points sum to {sum}, the index is {}", score.index).into())
    }
}
