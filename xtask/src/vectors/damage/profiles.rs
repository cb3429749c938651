//! Damage within the section of profiles.

use super::{Damage, File, damage};
use karat_scorer::ErrorKind::{Format, Numerics, Unsupported};

/// Words of the section: field, count, a mark, a mark with weights and shares within the dimensions, each with
/// their count, and the same again.
const FIRST: usize = 3;
const WEIGHTS: usize = FIRST + 2;
const WITHIN: usize = WEIGHTS + 5;
const SECOND: usize = WITHIN + 4;

/// Name, words replaced, and what the reader says.
type Case<'a> = (&'a str, &'a [(usize, u64)], &'a str);

pub(super) fn all(profiles: &File) -> Vec<Damage> {
    let number = f64::to_bits;
    let cases: &[Case<'_>] = &[
        ("profile_field_numeric", &[(0, 0)], "`field of the profiles` must be categorical"),
        ("profile_field_beyond_model", &[(0, 5)], "`field of the profiles` must be categorical"),
        ("profile_field_beyond_format", &[(0, 256)], "field is 256, must be below 256"),
        ("profile_count_huge", &[(1, u64::MAX)], "the number of categories"),
        ("profile_count_long", &[(1, 4)], "section PROF: ends after"),
        ("profile_mark_2", &[(FIRST, 2)], "mark of a profile is 2"),
        ("profile_weights_short", &[(FIRST + 1, 3)], "section PROF"),
        ("profile_weights_huge", &[(FIRST + 1, u64::MAX)], "the number of weights"),
        ("profile_weight_negative", &[(WEIGHTS, number(-0.5))], "finite weights that are not negative"),
        ("profile_weight_nan", &[(WEIGHTS, number(f64::NAN))], "section PROF: weights is NaN"),
        ("profile_within_negative", &[(WITHIN, number(-0.5))], "finite weights that are not negative"),
        (
            "profile_weightless",
            &[(SECOND + 2, number(0.0)), (SECOND + 5, number(0.0))],
            "must have a weight above zero",
        ),
        ("profile_overflow", &[(WEIGHTS, number(1e300))], "must stay below 1e300"),
    ];
    let mut list: Vec<Damage> = cases
        .iter()
        .map(|(name, words, says)| damage(*name, profiles.with_words("PROF", words), Format, *says))
        .collect();
    let edited = profiles.with_words("PROF", &[(WEIGHTS, number(0.75))]);
    list.push(damage("profile_edited_weight", edited, Numerics, "gives another coverage"));
    let nothing = [3_u64, 3, 0, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let replaced = |bytes: Vec<u8>| {
        profiles.with_sections(|all| {
            all.iter_mut().filter(|s| s.kind == "PROF").for_each(|s| s.bytes.clone_from(&bytes));
        })
    };
    list.push(damage("profile_none", replaced(nothing), Format, "must weigh some category otherwise"));
    let two = [3_u64, 2, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    list.push(damage("profile_count_short", replaced(two), Format, "profiles"));
    let revised = profiles.with_sections(|all| {
        all.iter_mut().filter(|section| section.kind == "PROF").for_each(|section| section.rev = 2);
    });
    list.push(damage("profile_revision", revised, Unsupported, "needs section PROF revision 2"));
    let swapped = profiles.with_sections(|all| all.swap(2, 3));
    list.push(damage("profile_out_of_order", swapped, Format, "section TREE is out of order"));
    list
}
