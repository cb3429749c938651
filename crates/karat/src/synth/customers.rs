//! A customer as seen at the end of the last month: one row of the customer table.

use super::calendar::year_month;
use super::circle::{BLOCK, Ties};
use super::frame::{NULL, table};
use super::lifecycle::Course;
use super::measures::{MonthlyRow, REGION_NAMES, cents, tenths, thousandths};
use super::presets::{KINDS, Kind};
use super::random::Purpose;
use super::traits::Person;

/// Texts of the column `status`.
const STATUSES: [&str; 2] = ["active", "left"];
/// Texts of the column `left_kind`.
const LEFT_KINDS: [&str; 2] = ["voluntary", "involuntary"];
/// Account texts are known only when all blocks are done.
const LATER: [&str; 0] = [];

table!(CustomerRow, CustomerColumns, {
    customer_id: Integer,
    r#type: Text(KINDS),
    region: Text(REGION_NAMES),
    account_id: Text(LATER),
    account_lines: Integer,
    industry_rank: Number,
    age: Number,
    joined: Integer,
    tenure_months: Number,
    contract_term: Integer,
    contract_months_left: Integer,
    autopay: Integer,
    products: Integer,
    product_data: Integer,
    product_content: Integer,
    product_cloud: Integer,
    product_insurance: Integer,
    product_family: Integer,
    device_generation: Integer,
    wallet_share: Number,
    arpu_3m: Number,
    margin_3m: Number,
    minutes_3m: Number,
    calls_3m: Number,
    sms_3m: Number,
    data_gb_3m: Number,
    data_share_3m: Number,
    roaming_3m: Number,
    minutes_trend: Number,
    revenue_12m: Number,
    recharges_per_month: Number,
    care_calls_3m: Number,
    complaints_6m: Integer,
    suspensions_12m: Integer,
    late_payments_12m: Integer,
    arrears_months: Integer,
    circle_size: Integer,
    on_net_partners: Integer,
    on_net_share: Number,
    partners_left_3m: Integer,
    status: Text(STATUSES),
    left_month: Number,
    left_kind: Text(LEFT_KINDS),
});

/// Customer numbers begin at 1.
pub(super) fn id(number: u64) -> i64 {
    // Below 100 million and a block.
    number as i64 + 1
}

/// Text of an account, numbered from 0.
pub(super) fn account_name(number: u32) -> String {
    format!("A{:06}", u64::from(number) + 1)
}

/// The last `n` rows, or all of them.
fn tail(rows: &[MonthlyRow], n: usize) -> &[MonthlyRow] {
    &rows[rows.len().saturating_sub(n)..]
}

fn mean(rows: &[MonthlyRow], value: impl Fn(&MonthlyRow) -> f64) -> f64 {
    rows.iter().map(value).sum::<f64>() / rows.len() as f64
}

fn count(rows: &[MonthlyRow], value: impl Fn(&MonthlyRow) -> i64) -> i64 {
    rows.iter().map(value).sum()
}

/// The row of a member; windows end with the member's last month, which for those who have left lies
/// before the end of the table.
pub(super) fn describe(
    number: u64,
    person: &Person,
    course: &Course,
    ties: &Ties,
    member: usize,
    months: u32,
    rows: &[MonthlyRow],
) -> CustomerRow {
    debug_assert!(member < BLOCK && !rows.is_empty());
    // Between 1 and 240 rows.
    let last = person.first + rows.len() as u32 - 1;
    let tenure = person.tenure(last);
    let left = course.exits[member].filter(|exit| exit.last < months);
    let (quarter, half, year) = (tail(rows, 3), tail(rows, 6), tail(rows, 12));
    let minutes = mean(quarter, |row| row.minutes);
    let before = &half[..half.len() - quarter.len()];
    let minutes_before = if before.is_empty() { 0.0 } else { mean(before, |row| row.minutes) };
    let revenue = mean(quarter, |row| row.revenue);
    let data_revenue = mean(quarter, |row| row.data_revenue);
    let on_net = ties.of(member);
    let recently = |exit_last: u32| exit_last < months && exit_last <= last && exit_last + 3 > last;
    let noise = 0.06 * person.draws.normal(Purpose::WalletNoise, 0);
    let prepaid = person.kind == Kind::Prepaid;
    let flags = person.products.map(i64::from);
    CustomerRow {
        customer_id: id(number),
        r#type: person.kind as u32,
        region: person.region,
        account_id: person.account.map_or(NULL, |account| account.number),
        account_lines: i64::from(person.lines()),
        industry_rank: if person.account.is_some() { f64::from(person.industry_rank) } else { f64::NAN },
        age: f64::from(person.age),
        joined: year_month(i64::from(person.first) - i64::from(person.start_tenure)),
        tenure_months: f64::from(tenure),
        contract_term: i64::from(person.term),
        contract_months_left: i64::from(person.contract_months_left(tenure)),
        autopay: i64::from(person.autopay),
        products: flags.iter().sum(),
        product_data: flags[0],
        product_content: flags[1],
        product_cloud: flags[2],
        product_insurance: flags[3],
        product_family: flags[4],
        device_generation: i64::from(person.device_generation),
        wallet_share: cents((person.wallet + noise).clamp(0.0, 1.0)),
        arpu_3m: cents(revenue),
        margin_3m: cents(mean(quarter, |row| row.margin)),
        minutes_3m: tenths(minutes),
        calls_3m: tenths(mean(quarter, |row| row.calls as f64)),
        sms_3m: tenths(mean(quarter, |row| row.sms as f64)),
        data_gb_3m: thousandths(mean(quarter, |row| row.data_gb)),
        data_share_3m: if revenue > 0.0 { thousandths(data_revenue / revenue) } else { 0.0 },
        roaming_3m: cents(mean(quarter, |row| row.roaming_revenue)),
        minutes_trend: if minutes_before > 0.0 { thousandths(minutes / minutes_before) } else { 1.0 },
        revenue_12m: cents(year.iter().map(|row| row.revenue).sum()),
        recharges_per_month: if prepaid {
            cents(mean(quarter, |row| row.recharges as f64))
        } else {
            f64::NAN
        },
        care_calls_3m: cents(mean(quarter, |row| row.care_calls as f64)),
        complaints_6m: count(half, |row| row.complaints),
        suspensions_12m: count(year, |row| row.double_suspended),
        late_payments_12m: count(year, |row| row.late_payment),
        arrears_months: rows.last().map_or(0, |row| row.arrears_months),
        circle_size: i64::from(person.degree()),
        // At most 60.
        on_net_partners: on_net.len() as i64,
        on_net_share: thousandths(on_net.len() as f64 / f64::from(person.degree())),
        partners_left_3m: on_net
            .iter()
            .filter(|tie| course.exits[tie.partner as usize].is_some_and(|exit| recently(exit.last)))
            .count() as i64,
        status: u32::from(left.is_some()),
        left_month: left.map_or(f64::NAN, |exit| year_month(i64::from(exit.last)) as f64),
        left_kind: left.map_or(NULL, |exit| u32::from(!exit.voluntary)),
    }
}

table!(TieRow, TieColumns, {
    customer_id: Integer,
    partner_id: Integer,
    minutes: Number,
});

/// The on-net ties of a member, minutes a month by share of the last three months' calls.
pub(super) fn push_ties(
    out: &mut TieColumns,
    number: u64,
    block: u64,
    ties: &Ties,
    member: usize,
    minutes: f64,
) {
    for tie in ties.of(member) {
        out.push(&TieRow {
            customer_id: id(number),
            partner_id: id(block * BLOCK as u64 + u64::from(tie.partner)),
            minutes: tenths(minutes * tie.share),
        });
    }
}
