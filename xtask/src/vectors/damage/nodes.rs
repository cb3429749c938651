//! Damage within the section of nodes.

use super::{Damage, File, damage};
use karat_scorer::ErrorKind::{Format, Numerics, Unsupported};

/// Words of the section: the floor, then lists of six with their counts.
const PARENTS: usize = 2;
const WEIGHTS: usize = PARENTS + 7;
const REFERENCE: usize = WEIGHTS + 7;
const NODES: usize = REFERENCE + 7;

/// Name, words replaced, and what the reader says.
type Case<'a> = (&'a str, &'a [(usize, u64)], &'a str);

pub(super) fn all(means: &File) -> Vec<Damage> {
    let number = f64::to_bits;
    let cases: &[Case<'_>] = &[
        ("node_floor_one", &[(0, number(1.0))], "`floor` must be at least 0 and below 1"),
        ("node_floor_none", &[(0, number(0.0))], "must stay above zero below a node that is not arithmetic"),
        ("node_floor_nan", &[(0, number(f64::NAN))], "section NODE: floor is NaN"),
        ("node_of_indicator_beyond_model", &[(PARENTS, 4)], "must be parents of the list"),
        ("node_of_indicator_beyond_format", &[(PARENTS, 128)], "must be below 128"),
        ("node_parents_huge", &[(1, u64::MAX)], "the number of nodes of the indicators"),
        ("node_weight_negative", &[(WEIGHTS, number(-0.5))], "must have weights that are not negative"),
        ("node_reference_negative", &[(REFERENCE, number(-1.0))], "must stay above zero"),
        ("node_count_huge", &[(NODES - 1, 129)], "the number of nodes is 129"),
        ("node_mean_4", &[(NODES, 4)], "mean is 4"),
        ("node_exponent_hidden", &[(NODES + 5, number(2.0))], "not in canonical form"),
        ("node_exponent_zero", &[(NODES + 1, number(0.0))], "must be 0.01 to 20"),
        ("node_exponent_far", &[(NODES + 1, number(-20.5))], "must be 0.01 to 20"),
        ("node_before_itself", &[(NODES + 6, 1)], "must come before their parents"),
        ("node_parent_beyond_model", &[(NODES + 2, 4)], "must come before their parents"),
        ("node_root_elsewhere", &[(NODES + 14, 2)], "must come before their parents"),
        ("node_root_half", &[(NODES + 15, number(0.5))], "`weight of the root` must be 1"),
        ("node_without_children", &[(PARENTS + 3, 0), (PARENTS + 4, 0)], "must have children with a weight"),
        ("node_of_two_dimensions", &[(PARENTS, 2)], "must be within one dimension"),
        ("node_dimension_split", &[(PARENTS + 1, 3)], "must be the children of the root"),
    ];
    let mut list: Vec<Damage> = cases
        .iter()
        .map(|(name, words, says)| damage(*name, means.with_words("NODE", words), Format, *says))
        .collect();
    let plain: Vec<(usize, u64)> =
        (0..4).flat_map(|node| [(NODES + 4 * node, 0), (NODES + 4 * node + 1, 0)]).collect();
    list.push(damage(
        "node_all_arithmetic",
        means.with_words("NODE", &plain),
        Format,
        "must not all be arithmetic",
    ));
    list.push(damage(
        "node_edited_weight",
        means.with_words("NODE", &[(WEIGHTS, number(0.75))]),
        Numerics,
        "gives another index",
    ));
    let revised = means.with_sections(|all| {
        all.iter_mut().filter(|section| section.kind == "NODE").for_each(|section| section.rev = 2);
    });
    list.push(damage("node_revision", revised, Unsupported, "needs section NODE revision 2"));
    list.push(damage(
        "node_out_of_order",
        means.with_sections(|all| all.swap(2, 3)),
        Format,
        "section TREE is out of order",
    ));
    list
}
