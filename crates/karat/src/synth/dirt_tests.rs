//! Every planted defect is found again, in its exact number, by looking at the soiled tables alone or
//! beside the clean ones.

use std::collections::{BTreeMap, BTreeSet};

use super::tests::{numbers, texts};
use super::*;

struct Pair {
    clean: OperatorTables,
    soiled: OperatorTables,
}

fn pair() -> Pair {
    let operator = Operator::new(20_000).seed(6);
    Pair { clean: operator.generate().unwrap(), soiled: operator.dirty(true).generate().unwrap() }
}

impl Pair {
    fn planted(&self, defect: &str, table: &str) -> usize {
        let dirt = self.soiled.dirt.as_ref().unwrap();
        let (names, tables, counts) = (texts(dirt, "defect"), texts(dirt, "table"), numbers(dirt, "count"));
        let row = (0..names.len()).find(|&i| names[i] == defect && tables[i] == table).unwrap();
        assert!(counts[row] > 0.0, "{defect} was not planted");
        counts[row] as usize
    }
}

fn count(values: &[f64], what: impl Fn(f64) -> bool) -> usize {
    values.iter().filter(|&&value| what(value)).count()
}

#[test]
fn defects_of_customers_are_counted_exactly() {
    let pair = pair();
    let customers = &pair.soiled.customers;
    let (tenure, age) = (numbers(customers, "tenure_months"), numbers(customers, "age"));
    assert_eq!(count(&tenure, f64::is_nan), pair.planted("missing_tenure", "customers"));
    assert_eq!(count(&tenure, |t| t == 9_999.0), pair.planted("sentinel_9999", "customers"));
    assert_eq!(count(&age, f64::is_nan), pair.planted("missing_age", "customers"));
    assert_eq!(count(&age, |a| a == -1.0), pair.planted("sentinel_minus_1", "customers"));
    let data = numbers(customers, "data_gb_3m");
    assert_eq!(count(&data, f64::is_nan), pair.planted("structural_missing", "customers"));
    let products = numbers(customers, "product_data");
    assert!(data.iter().zip(&products).all(|(gb, product)| gb.is_nan() == (*product == 0.0)));
    // The shares of the recipe: 2 % and 8 %, within four standard errors.
    assert!((320..480).contains(&pair.planted("missing_tenure", "customers")));
    assert!((1_445..1_755).contains(&pair.planted("missing_age", "customers")));
    // A garbled name holds U+00C3, the Latin-1 reading of the first byte of a two-byte letter.
    let garbled = texts(customers, "region").iter().filter(|name| name.contains('\u{c3}')).count();
    assert_eq!(garbled, pair.planted("encoding_error", "customers"));
    let ids: BTreeSet<u64> = numbers(customers, "customer_id").into_iter().map(f64::to_bits).collect();
    assert_eq!(20_000 - ids.len(), pair.planted("id_reuse", "customers"));
    let (codes, kinds) = (texts(customers, "port_out_code"), texts(customers, "left_kind"));
    let leaked = codes.iter().filter(|code| !code.is_empty()).count();
    assert_eq!(leaked, pair.planted("leak", "customers"));
    assert!(codes.iter().zip(&kinds).all(|(code, &kind)| code.is_empty() || kind == "voluntary"));
}

#[test]
fn ids_are_given_out_again_only_after_six_months() {
    let pair = pair();
    let (ids, joined) =
        (numbers(&pair.soiled.customers, "customer_id"), numbers(&pair.soiled.customers, "joined"));
    let left = numbers(&pair.soiled.customers, "left_month");
    let serial = |yyyymm: f64| (yyyymm / 100.0).floor() * 12.0 + yyyymm % 100.0;
    let mut reused = 0;
    for i in (0..ids.len()).filter(|&i| ids[i] != i as f64 + 1.0) {
        let earlier = ids[i] as usize - 1;
        assert!(serial(joined[i]) - serial(left[earlier]) > 6.0);
        reused += 1;
    }
    assert_eq!(reused, pair.planted("id_reuse", "customers"));
}

#[test]
fn defects_of_months_are_counted_exactly() {
    let pair = pair();
    let monthly = &pair.soiled.monthly;
    let column = |name| numbers(monthly, name);
    let (ids, months, regions) = (column("customer_id"), column("month"), texts(monthly, "region"));
    let (margin, data) = (column("margin"), column("data_gb"));
    let loaded = column("loaded_day");
    assert_eq!(count(&margin, |m| m < 0.0), pair.planted("negative_margin", "monthly"));
    assert_eq!(count(&data, f64::is_nan), pair.planted("structural_missing", "monthly"));
    let early = count(&months, |_| true)
        - (0..ids.len())
            .filter(|&i| loaded[i] > calendar::first_day(month_number(months[i]) + 1) as f64)
            .count();
    assert_eq!(early, pair.planted("clock_shift", "monthly"));
    // Same id and month twice: a duplicate when loaded together, a correction when loaded later.
    let again = |later: bool| {
        (1..ids.len())
            .filter(|&i| {
                ids[i] == ids[i - 1] && months[i] == months[i - 1] && (loaded[i] > loaded[i - 1]) == later
            })
            .count()
    };
    assert_eq!(again(false), pair.planted("duplicate_row", "monthly"));
    assert_eq!(again(true), pair.planted("late_correction", "monthly"));
    // One region-month is empty; the clean table tells how many rows it had.
    let mut rows: BTreeMap<(u64, &str), usize> = BTreeMap::new();
    let clean = &pair.clean.monthly;
    let (clean_months, clean_regions) = (numbers(clean, "month"), texts(clean, "region"));
    (0..clean_months.len())
        .for_each(|i| *rows.entry((clean_months[i].to_bits(), clean_regions[i])).or_default() += 1);
    (0..months.len()).for_each(|i| {
        rows.remove(&(months[i].to_bits(), regions[i]));
    });
    assert_eq!(rows.into_values().collect::<Vec<_>>(), [pair.planted("lost_month", "monthly")]);
    // The share of the recipe: 0.4 %, within four standard errors.
    let share = pair.planted("duplicate_row", "monthly") as f64 / ids.len() as f64;
    assert!((share - 0.004).abs() < 0.0005, "{share}");
}

/// Months since January 2023 of a yyyymm.
fn month_number(yyyymm: f64) -> i64 {
    ((yyyymm / 100.0).floor() * 12.0 + yyyymm % 100.0) as i64 - (2_023 * 12 + 1)
}

/// Row for row beside the clean tables. An id that is given out twice belongs to its first holder up to the
/// month that one left.
#[test]
fn soiled_values_differ_from_the_clean_ones_as_counted() {
    let pair = pair();
    let (clean, soiled) = (&pair.clean.monthly, &pair.soiled.monthly);
    let ids = numbers(&pair.soiled.customers, "customer_id");
    let left = numbers(&pair.soiled.customers, "left_month");
    let second_holder: BTreeMap<i64, i64> =
        (0..ids.len()).filter(|&i| ids[i] != i as f64 + 1.0).map(|i| (ids[i] as i64, i as i64 + 1)).collect();
    let key = |frame: &Frame, row: usize| {
        let (id, month) = (frame.columns[0].1.number(row) as i64, frame.columns[1].1.number(row));
        let second = second_holder.get(&id).filter(|_| month > left[id as usize - 1]);
        (*second.unwrap_or(&id), month as i64)
    };
    let by_key: BTreeMap<(i64, i64), usize> = (0..clean.rows())
        .map(|row| ((clean.columns[0].1.number(row) as i64, clean.columns[1].1.number(row) as i64), row))
        .collect();
    let (was, is) = (numbers(clean, "revenue"), numbers(soiled, "revenue"));
    let (gb_was, gb_is) = (numbers(clean, "data_gb"), numbers(soiled, "data_gb"));
    let (kind_was, kind_is) = (texts(clean, "type"), texts(soiled, "type"));
    let (mut outliers, mut megabytes, mut before, mut changed) = (0, 0, 0, BTreeSet::new());
    for row in 0..soiled.rows() {
        let key = key(soiled, row);
        let planted_before = !by_key.contains_key(&key);
        before += usize::from(planted_before);
        // A row before activation repeats the first one, a month later.
        let next = if key.1 % 100 == 12 { key.1 + 89 } else { key.1 + 1 };
        let origin = by_key[&if planted_before { (key.0, next) } else { key }];
        outliers += usize::from(is[row] > 500.0 * was[origin] && was[origin] > 0.0);
        megabytes += usize::from(gb_is[row] > 500.0 * gb_was[origin] && gb_was[origin] > 0.0);
        if kind_was[origin] != kind_is[row] {
            changed.insert(key.0);
        }
    }
    assert_eq!(outliers, pair.planted("outlier_times_1000", "monthly"));
    assert_eq!(before, pair.planted("before_activation", "monthly"));
    assert_eq!(changed.len(), pair.planted("type_change", "monthly"));
    assert_eq!(megabytes, pair.planted("mixed_units", "monthly"));
}
