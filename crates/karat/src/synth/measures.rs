//! What the operator measures: a customer's rows of the monthly table.

use karat_scorer::numerics::exp;

use super::calendar::{data_factor, roaming_factor, sms_factor, voice_factor, year_month};
use super::circle::REGIONS;
use super::frame::{NULL, table};
use super::hazard::REASONS;
use super::lifecycle::{Course, Events, load_day, stage_multiplier};
use super::presets::{KINDS, Kind, Market};
use super::random::{Draws, Purpose};
use super::traits::{Person, lognormal};

/// Names of the regions; some carry letters beyond ASCII, as names do.
pub(super) const REGION_NAMES: [&str; REGIONS as usize] = [
    "Capital",
    "Harbour",
    "Highlands",
    "Lakes",
    "Plains",
    "Coast",
    "Río Verde",
    "São Bento",
    "Île Haute",
    "Östervik",
];

table!(MonthlyRow, MonthlyColumns, {
    customer_id: Integer,
    month: Integer,
    r#type: Text(KINDS),
    region: Text(REGION_NAMES),
    revenue: Number,
    margin: Number,
    minutes: Number,
    calls: Integer,
    sms: Integer,
    data_gb: Number,
    data_revenue: Number,
    roaming_revenue: Number,
    recharges: Integer,
    recharge_amount: Number,
    complaints: Integer,
    complaint_reason: Text(REASONS),
    days_to_close: Number,
    care_calls: Integer,
    suspended: Integer,
    double_suspended: Integer,
    late_payment: Integer,
    arrears_months: Integer,
    active: Integer,
    loaded_day: Integer,
});

/// Spending moves around its level as an autoregression on the log scale: correlation .92 from month to
/// month, shocks of .18 (levels before and after half a year then correlate by about .9).
const PERSISTENCE: f64 = 0.92;
const SHOCK: f64 = 0.18;
/// Stationary variance: .18^2 / (1 - .92^2).
const SPENDING_VARIANCE: f64 = SHOCK * SHOCK / (1.0 - PERSISTENCE * PERSISTENCE);
/// Mean stage multiplier of an operator's active customers; keeps the means of the presets.
const MEAN_STAGE: [f64; 3] = [0.80, 0.73, 0.74];

/// Rounded to two decimals: money.
pub(super) fn cents(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// Rounded to one decimal: minutes.
pub(super) fn tenths(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

/// Rounded to three decimals: gigabytes, shares.
pub(super) fn thousandths(x: f64) -> f64 {
    (x * 1_000.0).round() / 1_000.0
}

/// A customer's months in the window, and the level they end on.
pub(super) struct Months {
    pub(super) rows: Vec<MonthlyRow>,
    /// True monthly revenue level at the end, before roaming, seasons and events.
    pub(super) level: f64,
}

/// Measures every month from the first to the last of a member of a block.
pub(super) fn measure(
    market: &Market,
    growth: &[f64],
    customer_id: i64,
    person: &Person,
    course: &Course,
    member: usize,
) -> Months {
    let end = growth.len() as u32;
    let last = course.exits[member].map_or(end - 1, |exit| exit.last.min(end - 1));
    let draws = &person.draws;
    let mut spending = SPENDING_VARIANCE.sqrt() * draws.normal(Purpose::SpendingShock, 1_000);
    let mut account = Prepayment::default();
    let mut months =
        Months { rows: Vec::with_capacity((last - person.first + 1) as usize), level: person.revenue };
    for month in person.first..=last {
        spending = PERSISTENCE * spending + SHOCK * draws.normal(Purpose::SpendingShock, u64::from(month));
        let stage = stage_multiplier(person, person.tenure(month)) / MEAN_STAGE[person.kind as usize];
        months.level = person.revenue * stage * exp(spending - 0.5 * SPENDING_VARIANCE);
        let events = course.events(member, month);
        let mut row = blank(customer_id, month, person, events);
        let usage = (1.0 - f64::from(events.shortfall) / 100.0) * barring(events.arrears);
        let volume = usage * stage.sqrt() * exp(0.5 * spending - 0.125 * SPENDING_VARIANCE);
        set_usage(&mut row, person, month, volume, growth[month as usize]);
        set_money(&mut row, market, person, month, months.level, usage, growth[month as usize]);
        if person.kind == Kind::Prepaid {
            let recharged = account.recharge(draws, months.level * usage, row.revenue, market.recharge_unit);
            row.recharges = i64::from(recharged.0);
            row.recharge_amount = cents(recharged.1);
        }
        row.active = i64::from(row.minutes > 0.0 || row.sms > 0 || row.data_gb > 0.0 || row.recharges > 0);
        months.rows.push(row);
    }
    months
}

/// Two unpaid bills bar outgoing calls, three bar the line.
fn barring(arrears: u8) -> f64 {
    match arrears {
        0 | 1 => 1.0,
        2 => 0.5,
        _ => 0.1,
    }
}

fn blank(customer_id: i64, month: u32, person: &Person, events: &Events) -> MonthlyRow {
    let draws = &person.draws;
    let counter = u64::from(month);
    let complained = events.complaint.is_some();
    let days = exp(1.1 + 0.8 * draws.normal(Purpose::DaysToClose, counter)).ceil();
    let care_mean = 0.3 * exp(-0.35 * person.satisfaction) + if complained { 1.8 } else { 0.0 };
    MonthlyRow {
        customer_id,
        month: year_month(i64::from(month)),
        r#type: person.kind as u32,
        region: person.region,
        revenue: 0.0,
        margin: 0.0,
        minutes: 0.0,
        calls: 0,
        sms: 0,
        data_gb: 0.0,
        data_revenue: 0.0,
        roaming_revenue: 0.0,
        recharges: 0,
        recharge_amount: 0.0,
        complaints: i64::from(complained),
        complaint_reason: events.complaint.map_or(NULL, |reason| reason as u32),
        days_to_close: if complained { days } else { f64::NAN },
        care_calls: poisson(care_mean, draws.uniform(Purpose::CareCalls, counter)),
        suspended: i64::from(events.arrears >= 2),
        double_suspended: i64::from(events.arrears >= 3),
        late_payment: i64::from(events.arrears > 0),
        arrears_months: i64::from(events.arrears),
        active: 1,
        loaded_day: load_day(month),
    }
}

/// Poisson by inversion of one uniform; `mean` is small, and 40 is never reached in practice.
fn poisson(mean: f64, uniform: f64) -> i64 {
    let mut term = exp(-mean);
    let mut sum = term;
    let mut count = 0_u32;
    while uniform > sum && count < 40 {
        count += 1;
        term *= mean / f64::from(count);
        sum += term;
    }
    i64::from(count)
}

fn set_usage(row: &mut MonthlyRow, person: &Person, month: u32, volume: f64, growth: f64) {
    let counter = u64::from(month);
    let noise = |purpose, sigma| lognormal(1.0, sigma, person.draws.normal(purpose, counter));
    if person.minutes > 0.0 {
        row.minutes =
            tenths(person.minutes * volume * voice_factor(month) * noise(Purpose::VoiceNoise, 0.25));
        // Far below 2^63.
        row.calls = (row.minutes / person.call_minutes).ceil() as i64;
    }
    if person.sms > 0.0 {
        row.sms = (person.sms * volume * sms_factor(month) * noise(Purpose::SmsNoise, 0.35)).round() as i64;
    }
    if person.data > 0.0 {
        let level = person.data * volume * data_factor(month) * growth;
        row.data_gb = thousandths(level * noise(Purpose::DataNoise, 0.30));
    }
}

/// Roaming months come with probability .3, .48 in summer. Prepaid revenue follows usage; a contract bill
/// falls by a third of it. Data take their share of the bill by use relative to the market.
fn set_money(
    row: &mut MonthlyRow,
    market: &Market,
    person: &Person,
    month: u32,
    level: f64,
    usage: f64,
    growth: f64,
) {
    let counter = u64::from(month);
    let billed = if person.kind == Kind::Prepaid { usage } else { 1.0 - (1.0 - usage) / 3.0 };
    let home = level * billed;
    let trip = 0.3 * roaming_factor(month);
    let draw = person.draws.uniform(Purpose::RoamingNoise, counter);
    if person.roaming > 0.0 && draw < trip {
        // The draw, given that it lies below `trip`, is again uniform.
        row.roaming_revenue = cents(person.roaming / 0.3 * usage * (0.4 + 1.2 * draw / trip));
    }
    row.revenue = cents(home + row.roaming_revenue);
    let care = 0.03 * (row.care_calls.min(5) as f64);
    row.margin = cents(row.revenue * person.margin_rate * (1.0 - care));
    let data = 0.5 * row.data_gb / (market.data_mean * growth);
    let others = 0.4 * row.minutes / market.minutes_mean + 0.1 * row.sms as f64 / market.sms_mean;
    if data > 0.0 {
        row.data_revenue = cents((row.revenue - row.roaming_revenue) * data / (data + others));
    }
}

/// A prepaid balance and the days to the next recharge.
#[derive(Debug, Clone, Copy, Default)]
struct Prepayment {
    balance: f64,
    days: f64,
    drawn: u64,
}

impl Prepayment {
    /// Vouchers in units of the market.
    const VOUCHERS: [f64; 6] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0];

    /// Recharges of a month of 30 days and their sum. Gaps are gamma of shape 2 and mean 30 / (1 + m / 6)
    /// days, m being the month's spending in vouchers; the voucher is the smallest that keeps the balance
    /// above what is spent.
    fn recharge(&mut self, draws: &Draws, spending: f64, revenue: f64, unit: f64) -> (u32, f64) {
        let mean = 30.0 / (1.0 + spending / unit / 6.0);
        let mut count = 0_u32;
        while self.days < 30.0 && count < 60 {
            let draw = |i| draws.exponential(Purpose::RechargeGap, i);
            self.days += 0.5 * mean * (draw(self.drawn) + draw(self.drawn + 1));
            self.drawn += 2;
            count += 1;
        }
        self.days = (self.days - 30.0).max(0.0);
        let missing = (revenue - self.balance).max(0.0);
        let largest = 50.0 * unit;
        // A voucher count far below 2^32: spending is bounded by the lognormal's largest draw.
        count = count.max((missing / largest).ceil() as u32);
        if count == 0 {
            self.balance -= revenue;
            return (0, 0.0);
        }
        let wanted = missing / f64::from(count);
        let voucher = Prepayment::VOUCHERS.iter().map(|v| v * unit).find(|&v| v >= wanted).unwrap_or(largest);
        let sum = voucher * f64::from(count);
        self.balance += sum - revenue;
        (count, sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Poisson probabilities of mean 2.1 by hand: P(0) = .12246, P(<= 1) = .37961, P(<= 2) = .64963.
    #[test]
    fn poisson_inverts_the_distribution() {
        assert_eq!([0.1224, 0.1226, 0.3797, 0.6495, 0.6497].map(|u| poisson(2.1, u)), [0, 1, 2, 2, 3]);
    }

    #[test]
    fn rounding_gives_the_nearest_decimal() {
        assert_eq!((cents(19.999), tenths(0.04), thousandths(1.0005)), (20.0, 0.0, 1.001));
        assert_eq!(cents(0.1 + 0.2), 0.3);
    }
}
