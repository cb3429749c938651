//! The shortest scoring program: open a model, set two fields, score one customer.
//!
//! `cargo run -p karat-examples --bin hello -- demo/value.karat`
#![allow(clippy::print_stdout, reason = "a program that reports to a person")]

use karat_scorer::Scorer;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: hello MODEL.karat")?;
    let scorer = Scorer::open(path)?; // Send + Sync: share it by Arc
    let mut row = vec![f64::NAN; scorer.schema().len()]; // NaN: missing
    row[scorer.schema().index_of("arpu_3m")?] = 42.0;
    row[scorer.schema().index_of("tenure_months")?] = 18.0;
    let score = scorer.score(&row)?; // no allocation, no lock
    println!("index {:.2}, grade {}, segment {}", score.index, score.grade, score.segment);
    Ok(())
}
