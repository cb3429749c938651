//! Chores of the repository.

mod header;
mod record;
mod vectors;

use std::io::Write;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -p xtask -- header|vectors [--verify] | record";

/// Why a chore failed, for a person.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["header"] => header::write(),
        ["header", "--verify"] => header::verify(),
        ["record"] => record::write(),
        ["vectors"] => vectors::write(),
        ["vectors", "--verify"] => vectors::verify(),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(summary) => {
            let _ = writeln!(std::io::stdout(), "{summary}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}
