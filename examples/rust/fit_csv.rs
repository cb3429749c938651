//! Fits a plan to a CSV table, prints the report and writes the model file.
//!
//! `cargo run -p karat-examples --bin fit_csv -- PLAN.toml TABLE.csv MODEL.karat`
#![allow(clippy::print_stdout, reason = "a program that reports to a person")]

use karat::{Plan, Table, ValueModel};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [plan, table, model] = arguments.as_slice() else {
        return Err("usage: fit_csv PLAN.toml TABLE.csv MODEL.karat".into());
    };
    let table = Table::read_csv(table)?;
    let fitted = ValueModel::new(Plan::read(plan)?).seed(7).fit(&table)?;
    println!("{}", fitted.report());
    fitted.save(model)?;
    println!("model {} written to {model}", fitted.scorer().model_id());
    Ok(())
}
