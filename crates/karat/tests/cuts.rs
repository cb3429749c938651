//! Cuts between grades against brute force, and what decides who is cut: gates, penalties, missing values.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: a panic is its way to fail")]

use karat::scorer::{NONE, flags};
use karat::synth::Operator;
use karat::{Column, Plan, Result, Table, ValueModel};

/// The index is the number itself, whatever its sign.
const PLAIN: &str = "[index]\npoints = true\n[indicators]\nx = { scale = \"points\" }\n";

fn base(values: &[f64]) -> Table<'static> {
    Table::from_columns([("x", values.to_vec().into())]).unwrap()
}

fn fit(plan: &str, table: &Table<'_>) -> Result<ValueModel> {
    ValueModel::new(Plan::from_toml(plan).unwrap()).fit(table)
}

fn graded(names: usize, cuts: &str) -> String {
    let names: Vec<String> = (0..names).map(|at| format!("\"g{at}\"")).collect();
    format!("{PLAIN}[grades]\nnames = [{}]\ncuts = {cuts}\n", names.join(", "))
}

fn cuts_of(model: &ValueModel) -> Vec<f64> {
    model.scorer().model().grades.as_ref().unwrap().cuts.clone()
}

/// The `SplitMix64` generator (Steele, Lea and Flood 2014), so that the samples are the same for ever.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Quarters on both sides of 0 at so many levels: ties, negative values, zeros; exact in every sum.
    fn values(&mut self, count: usize, levels: u64) -> Vec<f64> {
        (0..count).map(|_| (self.below(levels) as f64 - (levels / 3) as f64) / 4.0).collect()
    }
}

fn ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Either the oracle's cuts and the grades that follow from them, or the documented error when two coincide.
#[track_caller]
fn assert_cut(values: &[f64], plan: &str, wanted: &[f64], tolerance: f64) -> bool {
    let fitted = fit(plan, &base(values));
    if wanted.windows(2).any(|pair| pair[0] >= pair[1]) {
        let message = fitted.expect_err("cuts coincide").to_string();
        assert!(message.contains("would begin at the same index"), "{message}");
        assert!(
            message.contains("too many customers share one index: use fewer grades or fixed cuts"),
            "{message}"
        );
        return false;
    }
    let model = fitted.unwrap();
    let found = cuts_of(&model);
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= tolerance, "{found} instead of {wanted}");
    }
    for (score, &value) in model.score(&base(values)).unwrap().iter().zip(values) {
        assert_eq!(score.index, value);
        assert_eq!(usize::from(score.grade), found.iter().filter(|&&cut| value >= cut).count());
    }
    let sizes: u64 = model.report().grades.iter().map(|grade| grade.size).sum();
    assert_eq!(sizes, values.len() as u64);
    true
}

/// Type 7 of Hyndman and Fan (1996) on the sorted values.
#[test]
fn quantiles_are_those_of_the_sorted_index() {
    let mut draws = Draws(1);
    let mut distinct = 0;
    for round in 0..60 {
        let count = 2 + draws.below(60) as usize;
        let values = draws.values(count, 2 + round);
        let sorted = ascending(&values);
        let quantile = |p: f64| {
            let h = (values.len() - 1) as f64 * p;
            let (low, high) = (sorted[h.floor() as usize], sorted[h.ceil() as usize]);
            low + (high - low) * (h - h.floor())
        };
        let wanted: Vec<f64> = [0.5, 0.75, 0.875].map(quantile).to_vec();
        distinct += usize::from(assert_cut(
            &values,
            &graded(4, "{ quantile = [0.5, 0.25, 0.125, 0.125] }"),
            &wanted,
            1e-12,
        ));
        let wanted: Vec<f64> = [0.25, 0.5, 0.75].map(quantile).to_vec();
        assert_cut(&values, &graded(4, "{ quantile = [] }"), &wanted, 1e-12);
    }
    assert!((20..60).contains(&distinct), "both outcomes are met: {distinct}");
}

#[test]
fn fixed_cuts_need_no_base() {
    let mut draws = Draws(2);
    let values = draws.values(200, 120);
    assert!(assert_cut(&values, &graded(4, "{ fixed = [-5, 0, 7.25] }"), &[-5.0, 0.0, 7.25], 0.0));
    assert!(assert_cut(&[1.0], &graded(2, "{ fixed = [0] }"), &[0.0], 0.0));
}

/// From the best customer down: the value with whom a share of the positive total is reached.
#[test]
fn cumulative_shares_are_counted_from_the_top() {
    let mut draws = Draws(3);
    let mut distinct = 0;
    for round in 0..60 {
        let count = 1 + draws.below(60) as usize;
        let mut values = draws.values(count, 2 + round);
        values[0] = 5.0;
        let sorted = ascending(&values);
        let total: f64 = sorted.iter().map(|value| value.max(0.0)).sum();
        let reached = |share: f64| {
            let mut sum = 0.0;
            sorted.iter().rev().find(|value| {
                sum += value.max(0.0);
                sum >= share * total
            })
        };
        let wanted: Vec<f64> = [0.75, 0.5, 0.25].map(|share| *reached(share).unwrap()).to_vec();
        distinct += usize::from(assert_cut(
            &values,
            &graded(4, "{ cumulative_share = [0.25, 0.5, 0.75] }"),
            &wanted,
            0.0,
        ));
    }
    assert!((20..60).contains(&distinct), "both outcomes are met: {distinct}");
    // A fifth of the customers with four fifths of the value: the textbook's Pareto.
    let mut values = vec![1.0; 8];
    values.extend([16.0, 16.0]);
    assert!(assert_cut(&values, &graded(2, "{ cumulative_share = [0.8] }"), &[16.0], 0.0));
}

/// Nobody above zero: there is nothing to share, whatever the number of grades.
#[test]
fn shares_of_nothing_are_refused() {
    for names in [2, 3] {
        let shares = ["[0.5]", "[0.25, 0.5]"][names - 2];
        let plan = graded(names, &format!("{{ cumulative_share = {shares} }}"));
        let message = fit(&plan, &base(&[-3.0, -1.0, 0.0, -7.0])).unwrap_err().to_string();
        assert!(message.contains("no customer has an index above 0 to share"), "{message}");
    }
}

/// Sum of squared deviations within the classes, the least over every choice of cuts.
#[test]
fn natural_breaks_have_the_least_variance_within() {
    let within = |values: &[f64], cuts: &[f64]| -> f64 {
        (0..=cuts.len())
            .map(|grade| {
                let members: Vec<f64> = values
                    .iter()
                    .copied()
                    .filter(|&value| cuts.iter().filter(|&&cut| value >= cut).count() == grade)
                    .collect();
                let mean = members.iter().sum::<f64>() / members.len().max(1) as f64;
                members.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
            })
            .sum()
    };
    let mut draws = Draws(4);
    for _ in 0..40 {
        let count = 5 + draws.below(40) as usize;
        let values = draws.values(count, 16);
        let mut levels = ascending(&values);
        levels.dedup();
        let plan = graded(3, "\"natural_breaks\"");
        let fitted = fit(&plan, &base(&values));
        if levels.len() < 3 {
            assert!(fitted.unwrap_err().to_string().contains("different values cannot make 3 classes"));
            continue;
        }
        let mut least = f64::INFINITY;
        for second in 2..levels.len() {
            for first in 1..second {
                least = least.min(within(&values, &[levels[first], levels[second]]));
            }
        }
        let found = cuts_of(&fitted.unwrap());
        assert!(found.iter().all(|cut| levels.contains(cut)));
        assert!(within(&values, &found) <= least + 1e-9, "{found:?} for {values:?}");
    }
}

/// Customers whom a gate keeps out leave cuts, thresholds, types and segments as if they were not there.
#[test]
fn gates_keep_customers_out_of_the_cuts() {
    let classes = "[grades]\nnames = [\"low\", \"middle\", \"high\"]\ncuts = CUTS\n[types]\ncontribution = \"x\"\n\
                   attribution = \"y\"\n[segments]\nk = 2\n";
    let plain = "[indicators]\nx = { scale = { min_max = { lo = 0, hi = 100 } } }\n\
                 y = { scale = { min_max = { lo = 0, hi = 100 } } }\n";
    let gate = "[[rules]]\nname = \"test line\"\nwhen = [\"line == test\"]\neffect = \"gate\"\n\
                [fields.line]\ncategories = [\"real\", \"test\"]\n";
    let mut draws = Draws(5);
    let (x, y) = (draws.values(300, 160), draws.values(300, 180));
    let test: Vec<bool> = (0..300).map(|_| draws.below(5) == 0).collect();
    let lines: Vec<&str> = test.iter().map(|&test| if test { "test" } else { "real" }).collect();
    // Test lines have extreme values.
    let extreme = |values: &[f64]| -> Vec<f64> {
        values.iter().zip(&test).map(|(&value, &test)| if test { 99.0 } else { value }).collect()
    };
    let all = Table::from_columns([
        ("x", extreme(&x).into()),
        ("y", extreme(&y).into()),
        ("line", Column::from(lines)),
    ])
    .unwrap();
    let kept = |values: &[f64]| -> Column<'static> {
        values
            .iter()
            .zip(&test)
            .filter(|(_, test)| !**test)
            .map(|(&value, _)| value)
            .collect::<Vec<f64>>()
            .into()
    };
    let real = Table::from_columns([("x", kept(&x)), ("y", kept(&y))]).unwrap();
    for cuts in ["{ quantile = [] }", "{ cumulative_share = [0.25, 0.5] }", "\"natural_breaks\""] {
        let classes = classes.replace("CUTS", cuts);
        let gated = fit(&format!("{plain}{gate}{classes}"), &all).unwrap();
        let without = fit(&format!("{plain}{classes}"), &real).unwrap();
        assert_eq!(cuts_of(&gated), cuts_of(&without), "{cuts}");
        assert_eq!(gated.report().type_thresholds, without.report().type_thresholds);
        let sizes = |model: &ValueModel| -> Vec<u64> {
            let report = model.report();
            report.grades.iter().chain(&report.types).map(|class| class.size).collect()
        };
        assert_eq!(sizes(&gated), sizes(&without));
        assert_eq!(gated.report().k_means.as_ref().unwrap().sample, real.len() as u64);
        let excluded = test.iter().filter(|&&test| test).count() as u64;
        assert_eq!((gated.report().ineligible, gated.report().rules[0].customers), (excluded, excluded));
        for (score, &test) in gated.score(&all).unwrap().iter().zip(&test) {
            assert_eq!(score.has(flags::INELIGIBLE), test);
            assert_eq!(score.grade == NONE && score.r#type == NONE && score.segment == NONE, test);
            assert!(score.index.is_finite());
        }
    }
}

/// Entropy weights owe nothing to customers kept out, nor take a value left out for a zero.
#[test]
fn entropy_weighs_who_is_graded_and_present() {
    let plan = |rest: &str| {
        format!(
            "[indicators]\nx = {{ scale = {{ min_max = {{ lo = 0, hi = 100 }} }} }}\n\
             y = {{ missing = \"renormalise\", scale = {{ min_max = {{ lo = 0, hi = 100 }} }} }}\n\
             [weights]\nmethod = \"entropy\"\n{rest}"
        )
    };
    let gate = "[[rules]]\nname = \"test line\"\nwhen = [\"line >= 1\"]\neffect = \"gate\"\n";
    let (x, y) = (vec![10.0, 60.0, 30.0, 80.0], vec![50.0, 40.0, 70.0, 60.0]);
    let real = Table::from_columns([("x", x.clone().into()), ("y", y.clone().into())]).unwrap();
    let joined = |values: &[f64], more: [f64; 2]| -> Column<'static> { [values, &more].concat().into() };
    let all = Table::from_columns([
        ("x", joined(&x, [0.0, 100.0])),
        ("y", joined(&y, [100.0, 0.0])),
        ("line", vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0].into()),
    ]);
    let weights =
        |model: &ValueModel| -> Vec<f64> { model.report().weights.iter().map(|w| w.weight).collect() };
    let wanted = weights(&fit(&plan(""), &real).unwrap());
    assert_eq!(weights(&fit(&plan(gate), &all.unwrap()).unwrap()), wanted);
    // The middle stands in for what is missing, as it does among the segments.
    let holes =
        Table::from_columns([("x", x.clone().into()), ("y", vec![f64::NAN, 40.0, 70.0, 60.0].into())]);
    assert_eq!(weights(&fit(&plan(""), &holes.unwrap()).unwrap()), wanted);
}

/// The rules for missing values on one pair of columns, by hand: index 0.6 a + 0.4 b, both already 0 to 100.
#[test]
fn missing_rules_by_hand() {
    let table = Table::from_columns([
        ("a", vec![20.0, 40.0, 60.0, 80.0, 50.0].into()),
        ("b", vec![10.0, 30.0, 50.0, 70.0, f64::NAN].into()),
    ])
    .unwrap();
    let plan = |missing: &str, coverage: f64| {
        format!(
            "[index]\nminimum_coverage = {coverage}\n[indicators]\n\
             a = {{ dimension = \"paid\", scale = {{ min_max = {{ lo = 0, hi = 100 }} }} }}\n\
             b = {{ dimension = \"bound\", missing = {missing}, scale = {{ min_max = {{ lo = 0, hi = 100 }} }} }}\n\
             [weights.fixed]\nvalue = {{ paid = 60, bound = 40 }}\n"
        )
    };
    // Index, coverage, flags and the dimension `bound` of the customer without b.
    let imputed = flags::IMPUTED;
    for (missing, coverage, index, covered, marks, bound) in [
        ("\"median\"", 0.5, 30.0 + 0.4 * 40.0, 1.0, imputed, 40.0),
        ("{ value = 70 }", 0.5, 30.0 + 0.4 * 70.0, 1.0, imputed, 70.0),
        ("{ value = 700 }", 0.5, 30.0 + 0.4 * 100.0, 1.0, imputed | flags::CLAMPED, 100.0),
        ("\"neutral\"", 0.5, 30.0 + 0.4 * 50.0, 1.0, imputed, 50.0),
        ("\"renormalise\"", 0.5, 50.0, 0.6, imputed, f64::NAN),
        ("\"renormalise\"", 0.7, f64::NAN, 0.6, imputed | flags::REFUSED, f64::NAN),
        ("\"refuse\"", 0.5, f64::NAN, 1.0, flags::REFUSED, 50.0),
    ] {
        let model = fit(&plan(missing, coverage), &table).unwrap();
        let (scores, explained) = (model.score(&table).unwrap(), model.explain(&table).unwrap());
        let same =
            |found: f64, wanted: f64| found.is_nan() && wanted.is_nan() || (found - wanted).abs() < 1e-12;
        assert!(same(scores[4].index, index), "{missing}: {}", scores[4].index);
        assert_eq!((scores[4].coverage, scores[4].flags), (covered, marks), "{missing}");
        assert!(same(explained.dimensions[4][1], bound), "{missing}: {:?}", explained.dimensions[4]);
        assert!(same(scores[1].index, 0.6 * 40.0 + 0.4 * 30.0));
        assert_eq!((scores[1].coverage, scores[1].flags), (1.0, 0));
        assert_eq!(model.report().fields[1].missing, 1);
        assert_eq!(model.report().refused, u64::from(index.is_nan()));
    }
}

/// Every customer of an operator with all defects planted: the points add up to the index, to the bit.
#[test]
fn explanations_add_up_to_the_last_bit() {
    let frame = Operator::new(6_000).months(12).dirty(true).generate().unwrap().customers;
    let table = Table::from(&frame);
    let plan = r#"
[indicators]
arpu_3m = { scale = "log1p", winsorise = [0.01, 0.99] }
margin_3m = { scale = "rank", missing = "renormalise" }
tenure_months = { scale = "saturating", missing = "renormalise" }
wallet_share = { missing = "neutral" }
complaints_6m = { better = "low", missing = "refuse" }
industry_rank = { missing = "renormalise" }
recharges_per_month = { missing = "renormalise" }
type = { categories = { prepaid = 0.2, contract = 0.6, corporate = 1.0 } }
[tree]
value = ["contribution", "attribution", "influence"]
contribution = ["arpu_3m", "margin_3m"]
attribution = ["tenure_months", "wallet_share", "complaints_6m", "recharges_per_month"]
influence = ["industry_rank", "type"]
[judgments]
value = ["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"]
[[rules]]
name = "late payer"
when = ["late_payments_12m >= 1"]
effect = { penalty = 0.1 }
[[rules]]
name = "suspended"
when = ["suspensions_12m >= 1"]
effect = { penalty = 3.7 }
"#;
    let model = fit(plan, &table).unwrap();
    let (scores, explained) = (model.score(&table).unwrap(), model.explain(&table).unwrap());
    let (mut partial, mut penalised) = (0, 0);
    for (score, points) in scores.iter().zip(&explained.points) {
        let sum = points.iter().fold(0.0, |sum, points| sum + points);
        assert_eq!(sum.to_bits(), score.index.to_bits());
        partial += usize::from(score.coverage < 1.0);
        penalised += usize::from(score.has(flags::PENALISED));
    }
    assert!(partial > 3_000 && penalised > 100, "{partial} and {penalised}");
    let touched: u64 = model.report().rules.iter().map(|rule| rule.customers).sum();
    assert!(touched >= penalised as u64);
}
