//! A fit over partitions, as a cluster runs it: any number, any order, any tree of merges.

use super::fitting::Fitting;
use super::pass::{Batch, Pass, Summary};
use super::{ValueModel, hash_row};
use crate::numerics::random::mix;
use crate::plan::Plan;
use crate::synth::Operator;
use crate::table::{Reading, Table};
use std::borrow::Cow;

const PLAN: &str = r#"
[indicators]
arpu_3m = { dimension = "contribution", scale = "log1p", winsorise = [0.01, 0.99] }
margin_3m = { dimension = "contribution", scale = { rank = { knots = 41 } } }
tenure_months = { dimension = "attribution", scale = "saturating", missing = "renormalise" }
complaints_6m = { dimension = "attribution", better = "low" }
type = { dimension = "attribution", categories = { prepaid = 0.2, contract = 0.6, corporate = 1.0 } }
[weights]
method = "combined"
[[rules]]
name = "has left"
when = ["status == left"]
effect = "gate"
[[rules]]
name = "late payer"
when = ["late_payments_12m >= 3"]
effect = { penalty = 2.5 }
[fields.status]
categories = ["active", "left"]
[grades]
names = ["low", "middle", "high"]
[types]
[segments]
k = 4
sample = 300
"#;

/// How the states of the partitions come together.
#[derive(Clone, Copy)]
enum Together {
    InOrder,
    Shuffled,
    Tree,
}

fn merged(pass: &Pass, mut parts: Vec<Summary>, together: Together) -> Summary {
    if let Together::Shuffled = together {
        let mut keyed: Vec<(u64, Summary)> =
            parts.into_iter().enumerate().map(|(at, part)| (mix(at as u64), part)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        parts = keyed.into_iter().map(|(_, part)| part).collect();
    }
    if let Together::Tree = together {
        while parts.len() > 1 {
            let pairs = parts.chunks(2).map(|pair| {
                let mut left = pair[0].clone();
                pair[1..].iter().for_each(|right| left.merge(right).unwrap());
                left
            });
            parts = pairs.collect();
        }
    }
    let mut state = pass.empty();
    parts.iter().for_each(|part| state.merge(part).unwrap());
    state
}

/// The model of a base in `partitions` parts, of which every third may be empty.
fn fit(table: &Table<'_>, plan: &Plan, partitions: usize, together: Together) -> Vec<u8> {
    let mut fitting = Fitting::new(plan, 7, 1).unwrap();
    let bound = table.bind(fitting.schema(), &Reading::default()).unwrap();
    let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
    let row = |at: usize| -> Vec<f64> { columns.iter().map(|column| column[at]).collect() };
    let keys: Vec<u64> = (0..table.len()).map(|at| hash_row(7, &row(at))).collect();
    // Parts of very different sizes: the squares of 0, 1, 2, ... divide the rows.
    let ends: Vec<usize> =
        (0..=partitions).map(|part| table.len() * part * part / (partitions * partitions)).collect();
    while let Some(pass) = fitting.pass() {
        let summarise = |range: &[usize]| {
            let rows = range[0]..range[1];
            let part: Vec<&[f64]> = columns.iter().map(|column| &column[rows.clone()]).collect();
            pass.summarise(&Batch { columns: &part, keys: &keys[rows] }).unwrap()
        };
        let parts = ends.windows(2).map(summarise).collect();
        let summary = merged(pass, parts, together);
        fitting.advance(summary, &mut |_| true).unwrap();
    }
    let (model, report) = fitting.finish().unwrap();
    ValueModel::assemble(model, plan.clone(), report).unwrap().bytes
}

#[test]
fn any_partition_merged_in_any_way_gives_one_model() {
    let tables = Operator::new(1_500).months(6).seed(2).generate().unwrap();
    let table = Table::from(&tables.customers);
    for cuts in ["natural_breaks", "{ cumulative_share = [0.3, 0.7] }", "{ quantile = [] }"] {
        let cuts = if cuts.starts_with('{') { cuts.to_owned() } else { format!("\"{cuts}\"") };
        let text = PLAN.replace("names = [\"low\"", &format!("cuts = {cuts}\nnames = [\"low\""));
        let plan = Plan::from_toml(&text).unwrap();
        let whole = ValueModel::new(plan.clone()).seed(7).fit(&table).unwrap();
        assert_eq!(whole.report().k_means.as_ref().unwrap().full_passes, 2);
        for partitions in [1, 7, 64] {
            for together in [Together::InOrder, Together::Shuffled, Together::Tree] {
                assert!(fit(&table, &plan, partitions, together) == whole.bytes, "{partitions}, {cuts}");
            }
        }
    }
}

/// States of different passes are refused rather than mixed, and a fit is not finished early.
#[test]
fn states_of_other_passes_are_refused() {
    let tables = Operator::new(50).months(6).generate().unwrap();
    let table = Table::from(&tables.customers);
    let plan = Plan::from_toml("[indicators]\narpu_3m = {}\n").unwrap();
    let mut fitting = Fitting::new(&plan, 0, 1).unwrap();
    let bound = table.bind(fitting.schema(), &Reading::default()).unwrap();
    let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
    let keys = vec![0; table.len()];
    let batch = Batch { columns: &columns, keys: &keys };
    let first = fitting.pass().unwrap().summarise(&batch).unwrap();
    fitting.advance(first.clone(), &mut |_| true).unwrap();
    let mut second = fitting.pass().unwrap().summarise(&batch).unwrap();
    let error = second.merge(&first).unwrap_err().to_string();
    assert!(error.contains("`summary` must come from the pass it is given to"), "{error}");
    let error = fitting.advance(first, &mut |_| true).unwrap_err().to_string();
    assert!(error.contains("`summary` must come from the current pass"), "{error}");
    let early = Fitting::new(&plan, 0, 1).unwrap().finish().unwrap_err().to_string();
    assert!(early.contains("must run all its passes"), "{early}");
}
