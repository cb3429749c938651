//! Types A, B1, B2, C from a fitted plan: METHODS GT-2.1 and GT-2.2.

use super::tree::{CUSTOMERS, FIELDS, SMALL_TREE};
use super::{assert_close, fit, table, type_names};

const SCORED: &str = r#"
[indicators]
c = { dimension = "contribution", scale = { min_max = { lo = 0, hi = 100 } } }
l = { dimension = "attribution", scale = { min_max = { lo = 0, hi = 100 } } }
i = { dimension = "influence", scale = { min_max = { lo = 0, hi = 100 } } }
[judgments]
value = ["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"]
[types]
"#;

/// (C, L, I), the index, the ratio of C to L, and the type by ratio, by quadrant, and by ratio with
/// `both_high_is_a`.
const EIGHT: [([f64; 3], f64, f64, [&str; 3]); 8] = [
    ([90.0, 80.0, 70.0], 84.365, 1.1250, ["A", "A", "A"]),
    ([95.0, 40.0, 50.0], 71.933, 2.3750, ["B1", "B1", "B1"]),
    ([50.0, 90.0, 60.0], 64.004, 0.5556, ["B2", "B2", "B2"]),
    ([30.0, 25.0, 20.0], 27.182, 1.2000, ["C", "C", "C"]),
    ([70.0, 55.0, 90.0], 67.645, 1.2727, ["B1", "B1", "B1"]),
    ([45.0, 50.0, 40.0], 45.988, 0.9000, ["C", "C", "C"]),
    ([20.0, 95.0, 95.0], 53.118, 0.2105, ["C", "B2", "C"]),
    ([88.0, 62.0, 10.0], 70.177, 1.4194, ["B1", "A", "A"]),
];

/// GT-2.1.
#[test]
fn eight_customers_by_ratio_and_by_quadrant() {
    let rows: Vec<[f64; 3]> = EIGHT.iter().map(|customer| customer.0).collect();
    let base = table(["c", "l", "i"], &rows);
    let sixty = "value = { fixed = 60 }\ncontribution_threshold = { fixed = 60 }\n\
                 attribution_threshold = { fixed = 60 }\n";
    let variants = ["", "method = \"quadrant\"\n", "both_high_is_a = true\n"];
    for (variant, options) in variants.into_iter().enumerate() {
        let model = fit(&format!("{SCORED}{sixty}{options}"), &base);
        let (scores, explained) = (model.score(&base).unwrap(), model.explain(&base).unwrap());
        for (row, (raw, index, ratio, _)) in EIGHT.iter().enumerate() {
            assert_close(scores[row].index, *index, 5.1e-4);
            let dimensions = &explained.dimensions[row];
            assert_close(dimensions[0] / dimensions[1], *ratio, 5.1e-5);
            dimensions.iter().zip(raw).for_each(|(found, wanted)| assert_close(*found, *wanted, 1e-12));
        }
        let wanted: Vec<&str> = EIGHT.iter().map(|customer| customer.3[variant]).collect();
        assert_eq!(type_names(&model, &scores), wanted, "{options}");
        let sizes: Vec<u64> = model.report().types.iter().map(|found| found.size).collect();
        let of = |name: &str| wanted.iter().filter(|found| **found == name).count() as u64;
        assert_eq!(sizes, [of("A"), of("B1"), of("B2"), of("C")]);
        assert_eq!(model.report().type_thresholds, Some([60.0; 3]));
    }
}

/// GT-2.2: equal thresholds put the ratio on raw scores; the base's own index of 55 divides high from low.
#[test]
fn four_customers_of_the_small_tree() {
    let types = "[types]\nvalue = { fixed = 55 }\ncontribution_threshold = { fixed = 50 }\n\
                 attribution_threshold = { fixed = 50 }\n";
    let base = table(FIELDS, &CUSTOMERS);
    let model = fit(&format!("{SMALL_TREE}{types}"), &base);
    assert_eq!(type_names(&model, &model.score(&base).unwrap()), ["A", "B1", "B2", "C"]);
    let dimensions = model.explain(&base).unwrap().dimensions;
    for (row, ratio) in dimensions.iter().zip([0.9027, 4.6707, 0.2710]) {
        assert_close(row[0] / row[1], ratio, 5.1e-5);
    }
}

/// `share` compares with the means of the base: (C / sum C) / (L / sum L), by hand for the eight customers:
/// sum C = 488, sum L = 497, so that the ratio is that of GT-2.1 times 497 / 488.
#[test]
fn shares_compare_with_the_means_of_the_base() {
    let rows: Vec<[f64; 3]> = EIGHT.iter().map(|customer| customer.0).collect();
    let base = table(["c", "l", "i"], &rows);
    let model = fit(&format!("{SCORED}method = \"share\"\nvalue = {{ fixed = 60 }}\n"), &base);
    let [value, c, l] = model.report().type_thresholds.unwrap();
    assert_eq!(value, 60.0);
    assert_close(c, 488.0 / 8.0, 1e-12);
    assert_close(l, 497.0 / 8.0, 1e-12);
    // 1.1250, 2.3750, 0.5556, 1.2727 and 1.4194 become 1.1457, 2.4188, 0.5658, 1.2962 and 1.4455.
    let found = type_names(&model, &model.score(&base).unwrap());
    assert_eq!(found, ["A", "B1", "B2", "C", "B1", "C", "C", "B1"]);
}

/// Thresholds read off the base: its median (numpy's default, the mean of the two middle values here).
#[test]
fn thresholds_are_quantiles_of_the_base() {
    let rows: Vec<[f64; 3]> = EIGHT.iter().map(|customer| customer.0).collect();
    let base = table(["c", "l", "i"], &rows);
    let options = "method = \"quadrant\"\ncontribution_threshold = { quantile = 0.5 }\n\
                   attribution_threshold = { quantile = 0.25 }\n";
    let model = fit(&format!("{SCORED}{options}"), &base);
    let [value, c, l] = model.report().type_thresholds.unwrap();
    // Sorted C: 20 30 45 50 70 88 90 95; sorted L: 25 40 50 55 62 80 90 95, position 7 / 4 = 1.75.
    assert_close(value, (64.004 + 67.645) / 2.0, 5.1e-4);
    assert_close(c, 60.0, 1e-12);
    assert_close(l, 40.0 + 0.75 * 10.0, 1e-12);
}
