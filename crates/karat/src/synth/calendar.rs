//! Months, seasons and the one holiday that moves.
//!
//! The first month of every table is January 2023. Season factors follow what operators told the press:
//! minutes fall 4 to 8 % from July to September (rural India), roaming rises 60 % in summer, data 10 % in
//! autumn (Belarus); churn moves between .96 and 1.04 (an assumption of the same order).

/// Year of month 0.
const FIRST_YEAR: i64 = 2023;

/// Years from 2023 to 2042 whose lunar new year falls in January; in the others it falls in February.
const JANUARY_NEW_YEARS: [i64; 8] = [2023, 2025, 2028, 2031, 2033, 2036, 2039, 2042];

/// Months counted from year 0, for calendar arithmetic.
fn serial(month: i64) -> i64 {
    FIRST_YEAR * 12 + month
}

/// A month as the number yyyymm; `month` counts from January 2023 and may be negative.
pub(super) fn year_month(month: i64) -> i64 {
    let serial = serial(month);
    serial.div_euclid(12) * 100 + serial.rem_euclid(12) + 1
}

/// Calendar month, 0 for January.
fn of_year(month: u32) -> usize {
    (month % 12) as usize
}

/// Days from 1970-01-01 to the first day of a month, by counting leap years (Gregorian rule).
pub(super) fn first_day(month: i64) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let serial = serial(month);
    let (year, in_year) = (serial.div_euclid(12), serial.rem_euclid(12));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let leaps = |last: i64| last / 4 - last / 100 + last / 400;
    let before_year = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    // `in_year` lies in 0..12.
    before_year + BEFORE[in_year as usize] + i64::from(leap && in_year > 1)
}

pub(super) fn churn_factor(month: u32) -> f64 {
    [1.02, 0.97, 1.01, 1.0, 1.0, 1.01, 0.97, 0.96, 0.98, 1.01, 1.02, 1.04][of_year(month)]
}

pub(super) fn voice_factor(month: u32) -> f64 {
    [1.01, 1.0, 1.01, 1.01, 1.01, 1.0, 0.95, 0.94, 0.96, 1.01, 1.02, 1.04][of_year(month)]
}

pub(super) fn data_factor(month: u32) -> f64 {
    if (8..=10).contains(&of_year(month)) { 1.10 } else { 1.0 }
}

pub(super) fn roaming_factor(month: u32) -> f64 {
    if (5..=7).contains(&of_year(month)) { 1.6 } else { 1.0 }
}

/// Greetings multiply messages by 1.8 in the month of the lunar new year.
pub(super) fn sms_factor(month: u32) -> f64 {
    let year = FIRST_YEAR + i64::from(month / 12);
    let holiday = usize::from(!JANUARY_NEW_YEARS.contains(&year));
    if of_year(month) == holiday { 1.8 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_cross_years_in_both_directions() {
        assert_eq!(year_month(0), 202_301);
        assert_eq!(year_month(23), 202_412);
        assert_eq!(year_month(-1), 202_212);
        assert_eq!(year_month(-13), 202_112);
    }

    /// Day numbers of well-known dates (Python: `datetime.date(y, m, 1).toordinal() - 719163`).
    #[test]
    fn days_count_leap_years() {
        assert_eq!(first_day(0), 19_358);
        assert_eq!(first_day(14), 19_783); // 2024-03-01, after a leap day
        assert_eq!(first_day(-276), 10_957); // 2000-01-01
        assert_eq!(first_day(239), 26_632); // 2042-12-01
    }

    /// New years of 2024 (10 February) and 2025 (29 January).
    #[test]
    fn the_holiday_moves() {
        assert_eq!((sms_factor(12), sms_factor(13)), (1.0, 1.8));
        assert_eq!((sms_factor(24), sms_factor(25)), (1.8, 1.0));
    }
}
