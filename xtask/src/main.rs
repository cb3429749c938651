//! Chores of the repository: `cargo run -p xtask -- TASK`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

mod header;

use std::error::Error;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -p xtask -- TASK
tasks:
  header [--verify]   write the C header, or fail when the committed one is out of date";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    match arguments {
        ["header"] => header::write(),
        ["header", "--verify"] => header::verify(),
        _ => Err(USAGE.into()),
    }
}
