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
    let (revenue, margin, data) = (column("revenue"), column("margin"), column("data_gb"));
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
    // Row for row beside the clean table, by id (as planted) and month.
    let shares = revenue.len() as f64;
    assert!((pair.planted("duplicate_row", "monthly") as f64 / shares - 0.004).abs() < 0.0005);
}

/// Months since January 2023 of a yyyymm.
fn month_number(yyyymm: f64) -> i64 {
    ((yyyymm / 100.0).floor() * 12.0 + yyyymm % 100.0) as i64 - (2_023 * 12 + 1)
}

#[test]
fn soiled_values_differ_from_the_clean_ones_as_counted() {
    let pair = pair();
    let (clean, soiled) = (&pair.clean.monthly, &pair.soiled.monthly);
    let reused: BTreeSet<i64> = {
        let ids = numbers(&pair.soiled.customers, "customer_id");
        (0..ids.len())
            .filter(|&i| ids[i] != i as f64 + 1.0)
            .flat_map(|i| [i as i64 + 1, ids[i] as i64])
            .collect()
    };
    let key = |frame: &Frame, row: usize| {
        (frame.columns[0].1.number(row) as i64, frame.columns[1].1.number(row) as i64)
    };
    let by_key: BTreeMap<(i64, i64), usize> = (0..clean.rows()).map(|row| (key(clean, row), row)).collect();
    let (was, is) = (numbers(clean, "revenue"), numbers(soiled, "revenue"));
    let (gb_was, gb_is) = (numbers(clean, "data_gb"), numbers(soiled, "data_gb"));
    let (kind_was, kind_is) = (texts(clean, "type"), texts(soiled, "type"));
    let (mut outliers, mut megabytes, mut before, mut changed) = (0, 0, 0, BTreeSet::new());
    let mut skipped = [0; 3];
    for row in 0..soiled.rows() {
        let key = key(soiled, row);
        if reused.contains(&key.0) {
            skipped[0] += usize::from(is[row] > 900.0);
            continue;
        }
        let Some(&origin) = by_key.get(&key) else {
            before += 1;
            continue;
        };
        outliers += usize::from(is[row] > 500.0 * was[origin] && is[row] > 1.0);
        megabytes += usize::from(gb_is[row] > 500.0 * gb_was[origin] && gb_is[row] > 0.0);
        if kind_was[origin] != kind_is[row] {
            changed.insert(key.0);
        }
    }
    // Reused ids (a few in a thousand) are left out here, so counts may fall short by their share.
    let close = |found: usize, defect: &str| {
        let planted = pair.planted(defect, "monthly");
        let slack = 3 + planted * reused.len() / 2_000;
        assert!(found <= planted && found + slack >= planted, "{defect}: {found} of {planted}");
    };
    close(outliers, "outlier_times_1000");
    close(before, "before_activation");
    close(changed.len(), "type_change");
    close(megabytes, "mixed_units");
    assert!(reused.len() < 400, "{} {skipped:?}", reused.len());
}
