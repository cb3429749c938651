//! A plan over what an operator sees recovers the synthetic truth (bars: rank correlation of the index .95,
//! agreement of grades 85 %, balanced accuracy of the quadrants 80 % away from the borders).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: a panic is its way to fail")]

use karat::synth::{Operator, OperatorTables, Series};
use karat::{Plan, Table, ValueModel};

const PLAN: &str = r#"
id = "customer_id"
[indicators]
margin_3m = { unit = "EUR", scale = "rank" }
tenure_months = { scale = { saturating = { tau = 36 } } }
contract_months_left = { scale = { min_max = { lo = 0, hi = 24 } } }
products = { scale = { min_max = { lo = 0, hi = 5 } } }
autopay = { scale = { min_max = { lo = 0, hi = 1 } } }
on_net_share = { scale = { min_max = { lo = 0, hi = 1 } } }
wallet_share = { scale = { min_max = { lo = 0, hi = 1 } } }
circle_size = { scale = "rank" }
account_lines = { scale = { log1p = { lo = 1, hi = 100 } } }
[tree]
value = ["contribution", "attribution", "influence"]
contribution = ["margin_3m"]
attribution = ["tenure_months", "contract_months_left", "products", "autopay", "on_net_share", "wallet_share"]
influence = ["circle_size", "account_lines"]
[judgments]
value = ["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"]
[weights.fixed]
attribution = { tenure_months = 30, contract_months_left = 20, products = 15, autopay = 10, on_net_share = 10, wallet_share = 15 }
influence = { circle_size = 70, account_lines = 30 }
[grades]
names = ["bronze", "silver", "gold"]
cuts = { quantile = [0.5, 0.3, 0.2] }
[types]
method = "quadrant"
[segments]
k = 6
sample = 5000
"#;

const CUSTOMERS: usize = 20_000;

fn truth(tables: &OperatorTables, name: &str) -> Vec<f64> {
    let series: &Series = tables.truth.column(name).unwrap();
    (0..CUSTOMERS).map(|row| series.number(row)).collect()
}

/// Positions in ascending order, ties by position.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    order.iter().enumerate().for_each(|(rank, &row)| ranks[row] = rank as f64);
    ranks
}

/// Spearman's coefficient.
fn rank_correlation(x: &[f64], y: &[f64]) -> f64 {
    let squares: f64 = ranks(x).iter().zip(ranks(y)).map(|(a, b)| (a - b) * (a - b)).sum();
    let n = x.len() as f64;
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn index_grades_and_types_of_an_operator() {
    let tables = Operator::new(CUSTOMERS as u64).seed(3).generate().unwrap();
    let table = Table::from(&tables.customers);
    let model = ValueModel::new(Plan::from_toml(PLAN).unwrap()).seed(1).fit(&table).unwrap();
    let scores = model.score(&table).unwrap();
    let index: Vec<f64> = scores.iter().map(|score| score.index).collect();
    let true_index = truth(&tables, "index");
    let correlation = rank_correlation(&index, &true_index);
    assert!(correlation > 0.95, "rank correlation {correlation}");

    let order = ranks(&true_index);
    let true_grade =
        |row: usize| [0.5, 0.8].iter().filter(|&&cut| order[row] >= cut * CUSTOMERS as f64).count();
    let agree = (0..CUSTOMERS).filter(|&row| usize::from(scores[row].grade) == true_grade(row)).count();
    let agreement = agree as f64 / CUSTOMERS as f64;
    assert!(agreement > 0.85, "agreement {agreement}");

    // The true quadrant, among customers a tenth or more away from both means.
    let (c, l) = (truth(&tables, "contribution"), truth(&tables, "attribution"));
    let (c_mean, l_mean) = (mean(&c), mean(&l));
    let (mut right, mut all) = ([0.0; 4], [0.0; 4]);
    for row in 0..CUSTOMERS {
        let (c, l) = (c[row] / c_mean, l[row] / l_mean);
        if (c - 1.0).abs() < 0.1 || (l - 1.0).abs() < 0.1 {
            continue;
        }
        let quadrant = if c >= 1.0 { usize::from(l < 1.0) } else { 2 + usize::from(l < 1.0) };
        all[quadrant] += 1.0;
        right[quadrant] += f64::from(u8::from(usize::from(scores[row].r#type) == quadrant));
    }
    assert!(all.iter().all(|&count| count > 500.0), "{all:?}");
    let balanced = right.iter().zip(all).map(|(right, all)| right / all).sum::<f64>() / 4.0;
    assert!(balanced > 0.80, "balanced accuracy {balanced}");

    let report = model.report();
    assert_eq!(report.rows, CUSTOMERS as u64);
    let grades: Vec<f64> = report.grades.iter().map(|grade| grade.share).collect();
    for (found, wanted) in grades.iter().zip([0.5, 0.3, 0.2]) {
        assert!((found - wanted).abs() < 1e-3, "{grades:?}");
    }
    // Segments come in the order of the value of their centers, which is nearly that of their mean index.
    assert_eq!(report.segments.iter().map(|segment| segment.size).sum::<u64>(), CUSTOMERS as u64);
    let means: Vec<f64> = report.segments.iter().map(|segment| segment.index.unwrap()).collect();
    assert!(means.windows(2).all(|pair| pair[0] > pair[1]), "{means:?}");
    // The profile of a class is the mean of its members (exact to 2^-60 of the range of the field).
    let of_first: Vec<f64> =
        (0..CUSTOMERS).filter(|&row| scores[row].segment == 0).map(|row| index[row]).collect();
    assert!((means[0] - mean(&of_first)).abs() < 1e-9);
}
