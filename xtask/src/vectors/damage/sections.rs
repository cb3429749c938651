//! Damage within and among the sections, under a checksum that was put right.

use super::{Damage, File, Section, damage};
use crate::Failure;
use karat_scorer::ErrorKind::{self, Format, Numerics};

pub(super) fn all(whole: &File) -> Result<Vec<Damage>, Failure> {
    let mut list = arrangement(whole);
    for (name, kind, words, says) in WORDS {
        list.push(damage(*name, whole.with_words(kind, words), Format, *says));
    }
    list.extend(probes(whole)?);
    Ok(list)
}

/// Sections lost, doubled or in another order.
fn arrangement(whole: &File) -> Vec<Damage> {
    let mut list = Vec::new();
    let case = |name: &str, says: &str, change: &dyn Fn(&mut Vec<Section>)| {
        damage(name, whole.with_sections(change), Format, says)
    };
    for kind in ["FLDS", "INDC", "TREE", "RULE", "PRBE"] {
        let name = format!("section_{}_missing", kind.to_lowercase());
        list.push(case(&name, &format!("section {kind} is missing"), &|all| all.retain(|s| s.kind != kind)));
    }
    list.push(case("section_grad_missing", "expected 0 names of grades, got 3", &|all| {
        all.retain(|section| section.kind != "GRAD");
    }));
    list.push(case("sections_none", "section PRBE is missing", &Vec::clear));
    list.push(case("section_twice", "section TREE appears twice", &|all| all.insert(3, all[2].clone())));
    list.push(case("probes_twice", "section PRBE appears twice", &|all| all.insert(8, all[7].clone())));
    list.push(case("note_twice", "`notes` must have different names", &|all| all.push(all[8].clone())));
    list.push(case("sections_swapped", "section INDC is out of order", &|all| all.swap(1, 2)));
    list.push(case("note_in_front", "section FLDS is out of order", &|all| all.rotate_right(1)));
    list
}

/// A probe that expects something else, and probes that are none.
fn probes(whole: &File) -> Result<Vec<Damage>, Failure> {
    let section = whole.sections.iter().find(|section| section.kind == "PRBE").ok_or("no probes")?;
    let word = |at: usize| -> Result<u64, Failure> {
        Ok(u64::from_le_bytes(section.bytes[8 * at..8 * at + 8].try_into()?))
    };
    let (rows, width) = (word(0)? as usize, word(1)? as usize);
    let record = 2 + rows * width;
    let edited = |name: &str, at: usize, value: u64, kind: ErrorKind, says: &str| {
        damage(name, whole.with_words("PRBE", &[(at, value)]), kind, says)
    };
    let index = word(record)?;
    Ok(vec![
        edited(
            "probe_index_by_one_bit",
            record,
            index ^ 1,
            Numerics,
            "probe row 0 scored alone gives another index",
        ),
        edited("probe_coverage", record + 8 + 5, 0.5_f64.to_bits(), Numerics, "probe row 1"),
        edited("probe_classes", record + 6, 0, Numerics, "probe row 0"),
        edited("probe_field", 2, 123.0_f64.to_bits(), Numerics, "probe row 0"),
        edited("probe_rows_none", 0, 0, Format, "section PRBE: does not fit the schema"),
        edited("probe_rows_lie", 0, rows as u64 - 1, Format, "section PRBE: does not fit the schema"),
        edited("probe_rows_huge", 0, u64::MAX, Format, "the number of rows is 18446744073709551615"),
        edited("probe_width_lies", 1, 3, Format, "section PRBE: does not fit the schema"),
        // Valid numbers, but not those of the model that was written.
        damage(
            "edited_weight",
            whole.with_words("TREE", &[(3, 0.25_f64.to_bits()), (4, 0.5_f64.to_bits())]),
            Numerics,
            "gives another index",
        ),
        damage("edited_cut", whole.with_words("GRAD", &[(1, 1.0_f64.to_bits())]), Numerics, "another grade"),
        damage(
            "edited_center",
            whole.with_words("SEGM", &[(5, 0.7_f64.to_bits())]),
            Numerics,
            "gives another",
        ),
    ])
}

const fn f(value: f64) -> u64 {
    value.to_bits()
}

const NAN: u64 = f64::NAN.to_bits();
const INFINITE: u64 = f64::INFINITY.to_bits();

/// File, section, words replaced by which values, and what is said. Positions of words are those of the
/// model `whole`, after the layout in the documentation of the format.
type Words = (&'static str, &'static str, &'static [(usize, u64)], &'static str);
const WORDS: &[Words] = &[
    ("fill_infinite", "FLDS", &[(1, INFINITE)], "fill values is inf"),
    (
        "fill_count_huge",
        "FLDS",
        &[(0, 1 << 60)],
        "the number of fill values is 1152921504606846976, must be below 257",
    ),
    ("fill_count_beyond_section", "FLDS", &[(0, 200)], "200 fill values do not fit its length"),
    ("fill_count_short", "FLDS", &[(0, 3)], "section FLDS: 8 bytes are left over"),
    ("indicators_none", "INDC", &[(0, 0)], "section INDC: "),
    ("indicators_129", "INDC", &[(0, 129)], "the number of indicators is 129, must be below 129"),
    ("indicators_one_too_many", "INDC", &[(0, 4)], "section INDC: ends after"),
    ("indicator_field_beyond_format", "INDC", &[(1, 256)], "field is 256, must be below 256"),
    ("indicator_field_beyond_model", "INDC", &[(1, 4)], "must read a field of the model, got 4"),
    ("indicator_of_a_category", "INDC", &[(1, 1)], "must give values to categories, and only to categories"),
    ("polarity_2", "INDC", &[(2, 2)], "polarity is 2, must be below 2"),
    ("neutral_nan", "INDC", &[(3, NAN)], "neutral value is NaN"),
    ("clip_mark_2", "INDC", &[(4, 2)], "clip mark is 2, must be below 2"),
    ("clip_reversed", "INDC", &[(5, f(400.0)), (6, f(10.0))], "must have clip bounds in order"),
    ("clip_hidden", "INDC", &[(4, 0)], "section INDC: not in canonical form"),
    ("scale_10", "INDC", &[(7, 10)], "scale is 10, must be below 10"),
    ("scale_of_other_length", "INDC", &[(7, 6)], "scale 6 with 2 parameters"),
    ("scale_count_huge", "INDC", &[(8, u64::MAX)], "the number of scale parameters is 18446744073709551615"),
    ("scale_count_lies", "INDC", &[(8, 3)], "section INDC"),
    ("scale_parameter_nan", "INDC", &[(9, NAN)], "scale parameters is NaN"),
    ("scale_reversed", "INDC", &[(9, f(500.0)), (10, 0)], "must have parameters in order"),
    ("log_at_minus_one", "INDC", &[(9, f(-1.0))], "must have parameters in order"),
    ("knots_descend", "INDC", &[(20, f(-1.0))], "must have parameters in order"),
    ("knots_level", "INDC", &[(19, f(5.0)), (20, f(5.0)), (21, f(5.0))], "must have parameters in order"),
    (
        "knots_overflow",
        "INDC",
        &[(19, f(-1.7e308)), (20, f(1.7e308)), (21, f(1.7e308))],
        "must have parameters in order",
    ),
    ("category_value_infinite", "INDC", &[(31, INFINITE)], "scale parameters is inf"),
    ("category_value_overflows", "INDC", &[(31, f(1e305))], "`index` must stay below 1e300 for every row"),
    ("scale_zero", "TREE", &[(0, 0)], "must have a weight above zero"),
    ("scale_infinite", "TREE", &[(0, INFINITE)], "scale is inf"),
    ("coverage_above_one", "TREE", &[(1, f(1.5))], "`minimum_coverage` must be 0 to 1, got 1.5"),
    ("weight_nan", "TREE", &[(3, NAN)], "weights is NaN"),
    ("weight_negative", "TREE", &[(3, f(-0.5))], "must have finite weights that are not negative, got -0.5"),
    ("weights_zero", "TREE", &[(3, 0), (4, 0), (5, 0)], "must have a weight above zero"),
    ("weights_count_129", "TREE", &[(2, 129)], "the number of weights is 129, must be below 129"),
    ("within_infinite", "TREE", &[(7, INFINITE)], "weights within dimensions is inf"),
    ("dimension_16", "TREE", &[(11, 16)], "dimension is 16, must be below 16"),
    ("dimension_unused", "TREE", &[(13, 2)], "must use every dimension, got 1 unused"),
    ("dimension_without_name", "TREE", &[(12, 2)], "names of dimensions"),
    ("rules_65", "RULE", &[(0, 65)], "the number of rules is 65, must be below 65"),
    ("rules_fewer", "RULE", &[(0, 2)], "section RULE: "),
    ("effect_3", "RULE", &[(1, 3)], "effect is 3, must be below 3"),
    ("gate_with_value", "RULE", &[(2, f(1.0))], "section RULE: not in canonical form"),
    ("conditions_none", "RULE", &[(3, 0)], "section RULE: "),
    ("conditions_9", "RULE", &[(3, 9)], "the number of conditions is 9, must be below 9"),
    ("condition_field_beyond_model", "RULE", &[(4, 200)], "must compare a field with a number"),
    ("comparison_7", "RULE", &[(5, 7)], "comparison is 7, must be below 7"),
    ("condition_nan", "RULE", &[(6, NAN)], "condition is NaN"),
    ("penalty_negative", "RULE", &[(8, f(-2.5))], "must take off points that are not negative, got -2.5"),
    ("penalty_infinite", "RULE", &[(8, INFINITE)], "effect is inf"),
    ("cap_half", "RULE", &[(14, f(0.5))], "a cap at grade 0.5"),
    ("cap_beyond_grades", "RULE", &[(14, f(3.0))], "must cap at a grade of the model, got 3"),
    ("ratchet_mark_2", "RULE", &[(19, 2)], "ratchet mark is 2, must be below 2"),
    ("ratchet_field_beyond_model", "RULE", &[(21, 99)], "must read fields of the model"),
    ("ratchet_validity_zero", "RULE", &[(22, 0)], "must have grades and a validity above 0 months"),
    ("cuts_equal", "GRAD", &[(2, f(40.0))], "`cuts` must ascend, got 40 before 40"),
    ("cuts_unsorted", "GRAD", &[(1, f(90.0))], "`cuts` must ascend, got 90 before 70"),
    ("cut_nan", "GRAD", &[(1, NAN)], "cuts is NaN"),
    ("cuts_32", "GRAD", &[(0, 32)], "the number of cuts is 32, must be below 32"),
    ("type_method_2", "TYPE", &[(0, 2)], "method is 2, must be below 2"),
    (
        "type_dimension_beyond_model",
        "TYPE",
        &[(1, 7)],
        "`contribution` must be a dimension of the tree, got 7",
    ),
    ("type_threshold_zero", "TYPE", &[(4, 0)], "`contribution_threshold` must be above zero"),
    ("type_k_below_one", "TYPE", &[(6, f(0.5))], "`k` must be >= 1, got 0.5"),
    ("type_mark_2", "TYPE", &[(7, 2)], "hybrid mark is 2, must be below 2"),
    ("segments_none", "SEGM", &[(0, 0)], "expected 0 names of segments, got 2"),
    ("segments_257", "SEGM", &[(0, 257)], "the number of segments is 257, must be below 257"),
    ("segments_without_centers", "SEGM", &[(0, 3)], "names of segments"),
    ("feature_beyond_model", "SEGM", &[(3, 3)], "`features` must be indicators of the model, got 3"),
    ("feature_beyond_format", "SEGM", &[(3, 128)], "features is 128, must be below 128"),
    ("center_nan", "SEGM", &[(5, NAN)], "centers is NaN"),
    ("centers_count_huge", "SEGM", &[(4, 1 << 61)], "the number of centers is 2305843009213693952"),
];
