//! Records what the last benchmarks measured, with the machine and the day.

use crate::Failure;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes `benches/record/DATE.md` from criterion's estimates.
pub(crate) fn write() -> Result<String, Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    collect(&root.join("target/criterion"), &mut found)?;
    if found.is_empty() {
        return Err("no estimates in target/criterion: run `cargo bench -p karat-benches` first".into());
    }
    found.sort();
    let date = today()?;
    let mut text = format!(
        "# {date}\n\n{}\n\nWritten by `make bench`. Medians of criterion, nanoseconds.\n\n",
        machine()
    );
    text.push_str("| benchmark | median | for one customer | customers a second |\n|---|---|---|---|\n");
    for path in found {
        let (name, customers, median) = read(&path)?;
        let each = median / customers;
        writeln!(text, "| {name} | {median:.0} | {each:.1} | {:.2} million |", 1e3 / each)?;
    }
    let target = root.join("benches/record").join(format!("{date}.md"));
    fs::write(&target, text)?;
    Ok(format!("recorded in benches/record/{date}.md"))
}

/// Every `new/estimates.json` below a folder.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.ends_with("new") {
            found.push(path);
        } else if path.is_dir() {
            collect(&path, found)?;
        }
    }
    Ok(())
}

/// Name, customers scored in one iteration, and the median of an iteration in nanoseconds.
fn read(folder: &Path) -> Result<(String, f64, f64), Failure> {
    let read = |name: &str| -> Result<serde_json::Value, Failure> {
        Ok(serde_json::from_str(&fs::read_to_string(folder.join(name))?)?)
    };
    let (benchmark, estimates) = (read("benchmark.json")?, read("estimates.json")?);
    let name = benchmark["full_id"].as_str().ok_or("benchmark.json without a name")?.to_owned();
    let customers = benchmark["throughput"]["Elements"].as_f64().unwrap_or(1.0);
    let median = estimates["median"]["point_estimate"].as_f64().ok_or("estimates.json without a median")?;
    Ok((name, customers, median))
}

fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    format!(
        "{} ({}), {cores} cores, load {load} while recording, {}",
        model.unwrap_or("unknown processor"),
        std::env::consts::ARCH,
        rustc()
    )
}

fn rustc() -> String {
    let output = std::process::Command::new("rustc").arg("--version").output();
    output.map_or_else(
        |_| "unknown rustc".to_owned(),
        |out| String::from_utf8_lossy(&out.stdout).trim().to_owned(),
    )
}

/// The date in UTC, by the civil-calendar arithmetic of days since 1970.
fn today() -> Result<String, Failure> {
    let days = (SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 86_400) as i64 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Ok(format!("{year}-{month:02}-{day:02}"))
}
