//! The operator as a whole: its promises, and its figures beside the published ones.

use std::collections::BTreeMap;

use super::*;

/// Values of a column as bits or text, so that missing equals missing and 0 differs from -0.
fn cells(frame: &Frame, name: &str, rows: usize) -> Vec<String> {
    let series = frame.column(name).unwrap();
    (0..rows)
        .map(|row| match series {
            Series::Text { .. } => series.text(row).unwrap_or("").to_owned(),
            Series::Number(values) => format!("{:x}", values[row].to_bits()),
            Series::Integer(values) => values[row].to_string(),
        })
        .collect()
}

fn assert_prefix(shorter: &Frame, longer: &Frame) {
    assert_eq!(shorter.columns.len(), longer.columns.len());
    assert!(shorter.rows() > 0);
    for (name, series) in &shorter.columns {
        assert_eq!(series.len(), shorter.rows(), "{name}");
        assert_eq!(cells(shorter, name, shorter.rows()), cells(longer, name, shorter.rows()), "{name}");
    }
}

pub(super) fn numbers(frame: &Frame, name: &str) -> Vec<f64> {
    let series = frame.column(name).unwrap();
    (0..series.len()).map(|row| series.number(row)).collect()
}

pub(super) fn texts<'a>(frame: &'a Frame, name: &str) -> Vec<&'a str> {
    let series = frame.column(name).unwrap();
    (0..series.len()).map(|row| series.text(row).unwrap_or("")).collect()
}

#[test]
fn more_customers_never_change_earlier_ones() {
    for (dirty, preset) in [(false, Preset::Mixed), (true, Preset::Mixed), (false, Preset::Corporate)] {
        let operator = |n| Operator::new(n).months(14).seed(5).preset(preset).dirty(dirty).ties(true);
        let small = operator(1_500).generate().unwrap();
        let large = operator(3_000).generate().unwrap();
        assert_prefix(&small.customers, &large.customers);
        assert_prefix(&small.monthly, &large.monthly);
        assert_prefix(&small.truth, &large.truth);
        assert_prefix(small.ties.as_ref().unwrap(), large.ties.as_ref().unwrap());
    }
}

#[test]
fn a_longer_window_never_changes_the_past() {
    let operator = |months| Operator::new(4_000).months(months).seed(3).generate().unwrap();
    let (short, long) = (operator(12), operator(24));
    let joined = numbers(&long.customers, "joined");
    // Months are yyyymm; the short window ends with 202312.
    let early = |id: f64| joined[id as usize - 1] <= 202_312.0;
    let rows = |tables: &OperatorTables| -> Vec<usize> {
        let (ids, months) = (numbers(&tables.monthly, "customer_id"), numbers(&tables.monthly, "month"));
        (0..ids.len()).filter(|&i| early(ids[i]) && months[i] <= 202_312.0).collect()
    };
    let (in_short, in_long) = (rows(&short), rows(&long));
    assert!(in_short.len() > 25_000 && in_short.len() == in_long.len());
    for (name, _) in &short.monthly.columns {
        let (a, b) = (
            cells(&short.monthly, name, short.monthly.rows()),
            cells(&long.monthly, name, long.monthly.rows()),
        );
        assert!(in_short.iter().zip(&in_long).all(|(&i, &j)| a[i] == b[j]), "{name}");
    }
}

#[test]
fn threads_never_change_a_result_and_seeds_do() {
    let operator = |threads| Operator::new(5_000).months(6).threads(threads).dirty(true);
    let one = operator(1).generate().unwrap();
    for threads in [2, 3, 64] {
        let several = operator(threads).generate().unwrap();
        assert_prefix(&one.monthly, &several.monthly);
        assert_prefix(&one.customers, &several.customers);
        assert_eq!((one.monthly.rows(), &one.dirt), (several.monthly.rows(), &several.dirt));
    }
    let other = operator(1).seed(1).generate().unwrap();
    assert_ne!(cells(&one.customers, "arpu_3m", 100), cells(&other.customers, "arpu_3m", 100));
}

#[test]
fn arguments_outside_their_range_are_refused() {
    for (operator, message) in [
        (Operator::new(0), "`n_customers` must lie between 1 and 100000000, got 0"),
        (Operator::new(100_000_001), "`n_customers` must lie between 1 and 100000000, got 100000001"),
        (Operator::new(1).months(0), "`months` must lie between 1 and 240, got 0"),
        (Operator::new(1).months(241), "`months` must lie between 1 and 240, got 241"),
    ] {
        assert_eq!(operator.generate().unwrap_err().to_string(), message);
    }
    let error = "mature_postpayed".parse::<Preset>().unwrap_err().to_string();
    assert!(error.contains("(did you mean `mature_postpaid`?), got `mature_postpayed`"), "{error}");
    assert!(Preset::ALL.iter().all(|&(name, preset)| name.parse::<Preset>().unwrap() == preset));
}

#[test]
fn the_smallest_and_the_longest_operator_stand() {
    let one = Operator::new(1).months(1).generate().unwrap();
    assert_eq!((one.customers.rows(), one.truth.rows(), one.monthly.rows()), (1, 1, 1));
    let long = Operator::new(3).months(240).dirty(true).generate().unwrap();
    assert_eq!(long.customers.rows(), 3);
    assert!(numbers(&long.monthly, "month").iter().all(|&month| (202_301.0..=204_212.0).contains(&month)));
}

/// Months of a customer are gapless from joining (or the first month) to leaving (or the last), and the
/// customer row repeats what the monthly rows say.
#[test]
fn customers_are_what_their_months_say() {
    let tables = Operator::new(3_000).seed(2).generate().unwrap();
    let (customers, monthly) = (&tables.customers, &tables.monthly);
    let serial = |yyyymm: f64| (yyyymm / 100.0).floor() * 12.0 + yyyymm % 100.0;
    let mut months: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    let ids = numbers(monthly, "customer_id");
    ids.iter().enumerate().for_each(|(row, &id)| months.entry(id as i64).or_default().push(row));
    let month: Vec<f64> = numbers(monthly, "month").into_iter().map(serial).collect();
    let column = |name| numbers(monthly, name);
    let (revenue, complaints, doubled) =
        (column("revenue"), column("complaints"), column("double_suspended"));
    let (joined, left) = (numbers(customers, "joined"), numbers(customers, "left_month"));
    let (arpu, tenure) = (numbers(customers, "arpu_3m"), numbers(customers, "tenure_months"));
    let half = numbers(customers, "complaints_6m");
    let year = numbers(customers, "suspensions_12m");
    assert_eq!(months.len(), 3_000);
    for (i, rows) in months.values().enumerate() {
        let (first, last) = (month[rows[0]], month[rows[rows.len() - 1]]);
        assert_eq!(last - first, rows.len() as f64 - 1.0);
        assert_eq!(first, serial(joined[i]).max(serial(202_301.0)));
        assert_eq!(last, if left[i].is_nan() { serial(202_412.0) } else { serial(left[i]) });
        assert_eq!(tenure[i], last - serial(joined[i]));
        let tail = |n: usize| &rows[rows.len().saturating_sub(n)..];
        let sum = |values: &[f64], n| tail(n).iter().map(|&row| values[row]).sum::<f64>();
        assert!((arpu[i] - sum(&revenue, 3) / tail(3).len() as f64).abs() < 0.005_001);
        assert_eq!((half[i], year[i]), (sum(&complaints, 6), sum(&doubled, 12)));
    }
}

/// What is recharged always covers what is spent, to the cent a month that rounding may cost.
#[test]
fn prepaid_customers_never_overdraw() {
    let tables = Operator::new(2_000).preset(Preset::PrepaidEmerging).generate().unwrap();
    let monthly = &tables.monthly;
    let (ids, kinds) = (numbers(monthly, "customer_id"), texts(monthly, "type"));
    let (revenue, paid) = (numbers(monthly, "revenue"), numbers(monthly, "recharge_amount"));
    let mut balance = 0.0;
    let mut seen = 0;
    for row in (0..ids.len()).filter(|&row| kinds[row] == "prepaid") {
        balance = if row > 0 && ids[row] == ids[row - 1] { balance } else { 0.0 } + paid[row] - revenue[row];
        assert!(balance > -0.25, "row {row}: {balance}");
        seen += 1;
    }
    assert!(seen > 20_000);
}

/// The true hazards are those customers live by: among customers undecided after 17 months, decisions of
/// the 18th number as many as their hazards add up to (four standard errors), in every fifth of the hazard and
/// among those whose friends have just left.
#[test]
fn decisions_follow_the_true_hazard() {
    let operator = |months| Operator::new(30_000).months(months).seed(11).generate().unwrap();
    let (before, after) = (operator(17), operator(18));
    let (hazard, leaving) = (numbers(&before.truth, "hazard"), numbers(&before.truth, "leaving"));
    let decided = numbers(&after.truth, "leaving");
    let (was, is) = (texts(&before.customers, "status"), texts(&after.customers, "status"));
    let joined = numbers(&after.customers, "joined");
    let friends = numbers(&before.truth, "friends_left");
    let mut risk: Vec<(f64, bool, bool)> = (0..30_000)
        .filter(|&i| was[i] == "active" && leaving[i] == 0.0 && joined[i] < 202_406.0)
        .map(|i| (hazard[i], is[i] == "left" || decided[i] == 1.0, friends[i] > 0.0))
        .collect();
    assert!(risk.len() > 15_000);
    risk.sort_by(|a, b| a.0.total_cmp(&b.0));
    let with_friends: Vec<(f64, bool, bool)> = risk.iter().copied().filter(|r| r.2).collect();
    assert!(with_friends.len() > 500);
    for group in risk.chunks(risk.len() / 5).chain([&with_friends[..]]) {
        let expected: f64 = group.iter().map(|r| r.0).sum();
        let variance: f64 = group.iter().map(|r| r.0 * (1.0 - r.0)).sum();
        let count = group.iter().filter(|r| r.1).count() as f64;
        assert!((count - expected).abs() < 4.0 * variance.sqrt(), "{count} against {expected}");
    }
}

/// The index weighs its dimensions as documented, and an index over observed columns alone ranks customers
/// as the true one does (rank correlation above the recovery bar of .95).
#[test]
fn the_true_index_can_be_recovered() {
    use karat_scorer::numerics::{exp, ln, sigmoid};
    let tables = Operator::new(4_000).generate().unwrap();
    let truth = |name| numbers(&tables.truth, name);
    let (c, a, i) = (truth("contribution"), truth("attribution"), truth("influence_score"));
    let index = truth("index");
    let column = |name| numbers(&tables.customers, name);
    let (margin, tenure, left) =
        (column("margin_3m"), column("tenure_months"), column("contract_months_left"));
    let (products, autopay, wallet) = (column("products"), column("autopay"), column("wallet_share"));
    let (on_net, circle, lines) = (column("on_net_share"), column("circle_size"), column("account_lines"));
    let mut observed = Vec::new();
    for row in 0..index.len() {
        let sum = 55.842_5 * c[row] + 31.961_8 * a[row] + 12.195_7 * i[row];
        assert!((index[row] - sum).abs() < 1e-9);
        assert!([c[row], a[row], i[row]].iter().all(|x| (0.0..1.0).contains(x)));
        let contribution = sigmoid((ln((margin[row] + 0.01) / 7.0) + 0.6) / 0.8);
        let attribution = 0.30 * (1.0 - exp(-tenure[row] / 36.0))
            + 0.20 * (left[row] / 24.0).min(1.0)
            + 0.03 * products[row]
            + 0.10 * (autopay[row] + on_net[row])
            + 0.15 * wallet[row];
        let influence = sigmoid((ln(circle[row] / 8.0) + 0.245) / 0.7 + 0.8 * ln(lines[row]));
        observed.push(0.558_425 * contribution + 0.319_618 * attribution + 0.121_957 * influence);
    }
    let correlation = rank_correlation(&observed, &index);
    assert!(correlation > 0.95, "{correlation}");
}

/// Spearman's coefficient without ties.
fn rank_correlation(x: &[f64], y: &[f64]) -> f64 {
    let ranks = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
        let mut ranks = vec![0.0; values.len()];
        order.iter().enumerate().for_each(|(rank, &i)| ranks[i] = rank as f64);
        ranks
    };
    let squares: f64 = ranks(x).iter().zip(ranks(y)).map(|(a, b)| (a - b) * (a - b)).sum();
    let n = x.len() as f64;
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}
