//! A scoring service in small: reads a model file and a CSV table, scores everybody, prints how many
//! customers are in each grade and segment.
//!
//! Uses `karat-scorer` alone: a service that scores never links what learns.
//!
//! `cargo run -p karat-examples --bin score_csv -- MODEL.karat TABLE.csv [--out RECORDS.bin]`
#![allow(clippy::print_stdout, reason = "a program that reports to a person")]

use karat_scorer::{NONE, Score, Scorer};
use std::io::Write;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (model, table, out) = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [model, table] => (model.to_string(), table.to_string(), None),
        [model, table, "--out", out] => (model.to_string(), table.to_string(), Some(out.to_string())),
        _ => return Err("usage: score_csv MODEL.karat TABLE.csv [--out RECORDS.bin]".into()),
    };
    let scorer = Scorer::open(model)?;
    let scores = score_table(&scorer, &table)?;
    let names = &scorer.model().names;
    print_classes("grade", &names.grades, scores.iter().map(|score| score.grade));
    print_classes("segment", &names.segments, scores.iter().map(|score| score.segment));
    if let Some(out) = out {
        let mut file = std::io::BufWriter::new(std::fs::File::create(out)?);
        for score in &scores {
            file.write_all(&score.to_bytes())?;
        }
        file.flush()?;
    }
    Ok(())
}

/// Columns are found by name once; a row is then numbers in the order of the schema.
fn score_table(scorer: &Scorer, table: &str) -> Result<Vec<Score>, Failure> {
    let mut reader = csv::Reader::from_path(table)?;
    let header = reader.headers()?.clone();
    let fields = scorer.schema().fields();
    let positions = fields
        .iter()
        .map(|field| {
            let position = header.iter().position(|name| name == field.name);
            position.ok_or_else(|| format!("{table}: no column `{}`", field.name))
        })
        .collect::<Result<Vec<usize>, String>>()?;
    let mut row = vec![f64::NAN; fields.len()];
    let mut scores = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        for (field, (slot, &position)) in row.iter_mut().zip(&positions).enumerate() {
            *slot = value(scorer, field, &record[position])?;
        }
        scores.push(scorer.score(&row)?);
    }
    Ok(scores)
}

/// Blank is missing; a category the model does not know is -1, which the score flags.
fn value(scorer: &Scorer, field: usize, text: &str) -> Result<f64, Failure> {
    if text.trim().is_empty() {
        Ok(f64::NAN)
    } else if scorer.schema().fields()[field].categories().is_empty() {
        let name = &scorer.schema().fields()[field].name;
        text.trim().parse().map_err(|_| format!("column `{name}`: not a number: {text:?}").into())
    } else {
        Ok(scorer.schema().category_code(field, text).unwrap_or(-1.0))
    }
}

fn print_classes(title: &str, names: &[String], found: impl Iterator<Item = u16>) {
    let mut counts = vec![0u64; names.len()];
    let mut none = 0u64;
    for class in found {
        match counts.get_mut(usize::from(class)) {
            Some(count) => *count += 1,
            None => none += 1,
        }
    }
    debug_assert!(names.len() < usize::from(NONE));
    println!("{title}");
    for (name, count) in names.iter().zip(counts) {
        println!("  {count:>9}  {name}");
    }
    if none > 0 {
        println!("  {none:>9}  (none)");
    }
}
