//! The example programs do what their first lines say, on a small operator.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use karat::synth::Operator;
use karat::{Table, ValueModel};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(program: &str, arguments: &[&Path]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn plan(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plans").join(name)
}

#[test]
fn fit_score_and_hello_agree_with_the_library() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    std::fs::create_dir_all(&folder).unwrap();
    let (csv, model, records) =
        (folder.join("customers.csv"), folder.join("value.karat"), folder.join("scores.bin"));
    let operator = Operator::new(2_000).months(12).seed(3).generate().unwrap();
    operator.customers.write_csv(std::fs::File::create(&csv).unwrap()).unwrap();

    let report = text(&run(env!("CARGO_BIN_EXE_fit_csv"), &[&plan("operator.toml"), &csv, &model]));
    assert!(report.contains("arpu_3m") && report.contains("platinum"), "{report}");

    let classes = text(&run(env!("CARGO_BIN_EXE_score_csv"), &[&model, &csv, Path::new("--out"), &records]));
    assert!(classes.starts_with("grade\n"), "{classes}");
    let fitted = ValueModel::load(&model).unwrap();
    let scores = fitted.score(&Table::read_csv(&csv).unwrap()).unwrap();
    let expected: Vec<u8> = scores.iter().flat_map(karat::scorer::Score::to_bytes).collect();
    assert_eq!(std::fs::read(&records).unwrap(), expected);

    let hello = text(&run(env!("CARGO_BIN_EXE_hello"), &[&model]));
    assert!(hello.starts_with("index "), "{hello}");
}

#[test]
fn wrong_usage_is_answered_with_the_usage() {
    for program in
        [env!("CARGO_BIN_EXE_fit_csv"), env!("CARGO_BIN_EXE_score_csv"), env!("CARGO_BIN_EXE_hello")]
    {
        let output = run(program, &[]);
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
    }
}

#[test]
fn the_plan_of_the_telco_sample_is_a_plan() {
    karat::Plan::read(plan("telco.toml")).unwrap();
}
