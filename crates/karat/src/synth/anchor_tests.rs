//! Reached figures beside published anchors; sources in the modules that draw them. Tolerances are the
//! spread of the anchors or about four standard errors of 40,000 customers, whichever is wider.

use super::tests::{numbers, texts};
use super::*;

struct Base {
    tables: OperatorTables,
}

impl Base {
    fn new(preset: Preset) -> Base {
        Base { tables: Operator::new(40_000).seed(1).preset(preset).generate().unwrap() }
    }

    fn month_rows(&self, kind: &str) -> Vec<usize> {
        let kinds = texts(&self.tables.monthly, "type");
        (0..kinds.len()).filter(|&row| kind.is_empty() || kinds[row] == kind).collect()
    }

    /// Exits per customer-month at risk; all types with an empty `kind`.
    fn churn(&self, kind: &str) -> f64 {
        let (kinds, left) =
            (texts(&self.tables.customers, "type"), numbers(&self.tables.customers, "left_month"));
        let exits =
            (0..kinds.len()).filter(|&i| (kind.is_empty() || kinds[i] == kind) && !left[i].is_nan()).count();
        exits as f64 / self.month_rows(kind).len() as f64
    }

    fn monthly_mean(&self, kind: &str, column: &str) -> f64 {
        let values = numbers(&self.tables.monthly, column);
        let rows = self.month_rows(kind);
        rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64
    }

    /// Values of active customers, of one type or all.
    fn active(&self, kind: &str, column: &str) -> Vec<f64> {
        let customers = &self.tables.customers;
        let (kinds, status) = (texts(customers, "type"), texts(customers, "status"));
        let values = numbers(customers, column);
        (0..values.len())
            .filter(|&i| status[i] == "active" && (kind.is_empty() || kinds[i] == kind))
            .map(|i| values[i])
            .collect()
    }
}

/// Share of the sum that the top fraction holds.
fn top(mut values: Vec<f64>, fraction: f64) -> f64 {
    values.sort_by(|a, b| b.total_cmp(a));
    let count = (fraction * values.len() as f64).round() as usize;
    values[..count].iter().sum::<f64>() / values.iter().sum::<f64>()
}

fn log_deviation(values: &[f64]) -> f64 {
    let logs: Vec<f64> =
        values.iter().filter(|&&v| v > 0.0).map(|&v| karat_scorer::numerics::ln(v)).collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    (logs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / logs.len() as f64).sqrt()
}

fn share(values: &[f64], what: impl Fn(f64) -> bool) -> f64 {
    values.iter().filter(|&&v| what(v)).count() as f64 / values.len() as f64
}

#[track_caller]
fn near(what: &str, reached: f64, anchor: f64, tolerance: f64) {
    assert!((reached - anchor).abs() <= tolerance, "{what}: {reached:.4}, anchor {anchor} +- {tolerance}");
}

#[test]
fn the_mixed_operator_meets_its_anchors() {
    let base = Base::new(Preset::Mixed);
    near("churn prepaid", base.churn("prepaid"), 0.036, 0.0015);
    near("churn contract (US 0.96 to 1.07 % a month)", base.churn("contract"), 0.0107, 0.0011);
    near("churn corporate", base.churn("corporate"), 0.0071, 0.0012);
    near("revenue prepaid", base.monthly_mean("prepaid", "revenue"), 6.0, 0.5);
    near("revenue contract", base.monthly_mean("contract", "revenue"), 24.0, 1.0);
    near("revenue corporate", base.monthly_mean("corporate", "revenue"), 31.0, 3.0);
    near("top 20 % of revenue", top(base.active("", "arpu_3m"), 0.20), 0.60, 0.03);
    near("top 17 % of prepaid revenue", top(base.active("prepaid", "arpu_3m"), 0.17), 0.60, 0.03);
    near("minutes", base.monthly_mean("", "minutes"), 300.0, 20.0);
    near("top 10 % of minutes", top(base.active("", "minutes_3m"), 0.10), 0.356, 0.03);
    near("log-sd of minutes", log_deviation(&base.active("", "minutes_3m")), 0.90, 0.10);
    near("no calls", share(&base.active("", "minutes_3m"), |v| v == 0.0), 0.05, 0.006);
    near("no messages", share(&base.active("", "sms_3m"), |v| v == 0.0), 0.19, 0.012);
    near("log-sd of messages", log_deviation(&base.active("", "sms_3m")), 1.45, 0.06);
    near("calls a month (Nielsen 204)", base.monthly_mean("", "calls"), 204.0, 25.0);
    let data: Vec<f64> = base.active("", "data_gb_3m").into_iter().filter(|&gb| gb > 0.0).collect();
    near("log-sd of data", log_deviation(&data), 1.6, 0.04);
    near("top 10 % of data", top(data.clone(), 0.10), 0.634, 0.03);
    near("top 1 % of data (Cisco: more than 20 %)", top(data, 0.01), 0.24, 0.04);
    near("complaints a month", base.monthly_mean("", "complaints"), 0.020, 0.001);
    // Of all customers: large circles lose more friends, so those who stay have slightly smaller ones.
    let circle = numbers(&base.tables.customers, "circle_size");
    near("circle size", circle.iter().sum::<f64>() / 40_000.0, 8.0, 0.1);
    let partners = numbers(&base.tables.customers, "on_net_partners");
    let on_net = partners.iter().sum::<f64>() / circle.iter().sum::<f64>();
    near("ties on the own network", on_net, 0.60, 0.03);
}

/// Stated reasons of leavers: cost 40, network 26, care 24, service and device 10 % (Nokia study).
#[test]
fn reasons_and_early_signs_meet_their_anchors() {
    let base = Base::new(Preset::Mixed);
    let (customers, truth) = (&base.tables.customers, &base.tables.truth);
    let (kinds, reasons) = (texts(customers, "left_kind"), texts(truth, "reason"));
    let of = |reason: &str| {
        (0..kinds.len()).filter(|&i| kinds[i] == "voluntary" && reasons[i] == reason).count() as f64
    };
    let four = ["price", "network", "service", "product"].map(of);
    let total: f64 = four.iter().sum();
    for (name, (count, anchor)) in
        ["price", "network", "service", "product"].iter().zip(four.iter().zip([0.40, 0.26, 0.24, 0.10]))
    {
        near(name, count / total, anchor, 0.03);
    }
    assert!(
        (0..kinds.len())
            .all(|i| (kinds[i] == "involuntary") == (!kinds[i].is_empty() && reasons[i] == "payment"))
    );
    // Those who leave of their own will call less at the end: their median month is at most .85 of the
    // three before (seven in ten fall by 20 to 60 %), while others stay within a tenth of theirs.
    let last_ratio = |voluntary: bool| {
        let (ids, minutes) =
            (numbers(&base.tables.monthly, "customer_id"), numbers(&base.tables.monthly, "minutes"));
        let mut ratios = Vec::new();
        for row in 6..ids.len() {
            let ends = row + 1 == ids.len() || ids[row + 1] != ids[row];
            let customer = ids[row] as usize - 1;
            let before = (minutes[row - 3] + minutes[row - 4] + minutes[row - 5]) / 3.0;
            let wanted = if voluntary { "voluntary" } else { "" };
            if ends && ids[row - 5] == ids[row] && kinds[customer] == wanted && before > 0.0 {
                ratios.push(minutes[row] / before);
            }
        }
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    };
    assert!(last_ratio(true) < 0.85, "{}", last_ratio(true));
    near("usage of those who stay (December against September to July)", last_ratio(false), 1.06, 0.10);
}

/// Levels before and after half a year correlate by about .9 on the log scale within contract customers.
#[test]
fn margins_before_and_after_half_a_year_correlate() {
    let base = Base::new(Preset::Mixed);
    let monthly = &base.tables.monthly;
    let (ids, margin) = (numbers(monthly, "customer_id"), numbers(monthly, "margin"));
    let mut pairs = Vec::new();
    for rows in base.month_rows("contract").chunk_by(|&a, &b| ids[a] == ids[b]) {
        if rows.len() >= 12 {
            let log_mean = |rows: &[usize]| {
                karat_scorer::numerics::ln(rows.iter().map(|&row| margin[row]).sum::<f64>() + 0.01)
            };
            pairs.push((log_mean(&rows[..6]), log_mean(&rows[6..12])));
        }
    }
    let n = pairs.len() as f64;
    let (x, y) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let moment = |f: fn(f64, f64) -> f64| pairs.iter().map(|p| f(p.0 - x, p.1 - y)).sum::<f64>() / n;
    let correlation = moment(|a, b| a * b) / (moment(|a, _| a * a) * moment(|_, b| b * b)).sqrt();
    near("correlation of margins", correlation, 0.9, 0.03);
}

#[test]
fn the_other_presets_meet_their_anchors() {
    let mature = Base::new(Preset::MaturePostpaid);
    near("contract churn (Verizon 0.96 to 1.07 %)", mature.churn("contract"), 0.0102, 0.0008);
    near("total churn (Verizon 1.25 to 1.41 %)", mature.churn(""), 0.0133, 0.0010);
    near("revenue (Verizon 50.5)", mature.monthly_mean("", "revenue"), 50.5, 2.0);
    let emerging = Base::new(Preset::PrepaidEmerging);
    near("churn", emerging.churn(""), 0.050, 0.002);
    near(
        "top 17 % of prepaid revenue (India 60 %)",
        top(emerging.active("prepaid", "arpu_3m"), 0.17),
        0.60,
        0.03,
    );
    let china = Base::new(Preset::China2009);
    near("churn (China Mobile 3.31 %)", china.churn(""), 0.0331, 0.0012);
    near("minutes (China Mobile 490)", china.monthly_mean("", "minutes"), 490.0, 25.0);
    near("revenue (China Mobile 75)", china.monthly_mean("", "revenue"), 75.0, 2.5);
}

#[test]
fn corporate_accounts_are_concentrated() {
    let base = Base::new(Preset::Corporate);
    assert!(texts(&base.tables.customers, "type").iter().all(|&kind| kind == "corporate"));
    let accounts = texts(&base.tables.customers, "account_id");
    let mut sizes: Vec<f64> = accounts.chunk_by(|a, b| a == b).map(|lines| lines.len() as f64).collect();
    let planned = numbers(&base.tables.customers, "account_lines");
    // All but the last account, which the end of the base cuts, hold the lines they are said to hold.
    let mut start = 0;
    for size in &sizes[..sizes.len() - 1] {
        assert_eq!(planned[start], *size);
        start += *size as usize;
    }
    assert_eq!(sizes.iter().fold(0.0, |a: f64, &b| a.max(b)), 1_000.0);
    sizes.pop();
    near("lines of the top 10 % of accounts", top(sizes, 0.10), 0.71, 0.04);
}
