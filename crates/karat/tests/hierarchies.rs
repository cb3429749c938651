//! Hierarchies: properties over random trees, and what bad descriptions are told.
#![allow(clippy::unwrap_used, reason = "a random hierarchy that cannot be built fails its test")]

#[path = "hierarchies/bad_input.rs"]
mod bad_input;
#[path = "hierarchies/simulation.rs"]
mod simulation;

use karat::evaluate::weights::{Hierarchy, HierarchyBuilder, NodeWeights, Outcome, SAATY_SCALE, Synthesis};
use proptest::prelude::*;

const MODES: [Synthesis; 3] = [Synthesis::Distributive, Synthesis::Ideal, Synthesis::WeightedProduct];

/// A tree of two levels below the goal with three alternatives, every judgment drawn from the scale.
#[derive(Debug, Clone)]
struct Drawn {
    groups: Vec<usize>,
    judgments: Vec<usize>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let groups = prop::collection::vec(1_usize..4, 2..4);
    (groups, prop::collection::vec(0_usize..17, 64))
        .prop_map(|(groups, judgments)| Drawn { groups, judgments })
}

impl Drawn {
    /// Judged in the drawn order; the lists of children and alternatives may be turned round.
    fn build(&self, reversed: bool) -> Hierarchy {
        let mut given = self.judgments.iter().cycle();
        let mut all = |builder: HierarchyBuilder, name: &str, items: &[String]| {
            let mut triples = Vec::new();
            for (i, a) in items.iter().enumerate() {
                for b in &items[i + 1..] {
                    triples.push((a.clone(), b.clone(), SAATY_SCALE[*given.next().unwrap()]));
                }
            }
            builder.judge_pairs(name, &triples)
        };
        let turned = |items: &[String]| {
            let mut items = items.to_vec();
            if reversed {
                items.reverse();
            }
            items
        };
        let names =
            |prefix: &str, count: usize| (0..count).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>();
        let groups = names("group", self.groups.len());
        let alternatives = names("alternative", 3);
        let mut builder =
            Hierarchy::builder().alternatives(&turned(&alternatives)).children("goal", &turned(&groups));
        builder = all(builder, "goal", &groups);
        for (group, &count) in groups.iter().zip(&self.groups) {
            let leaves = names(&format!("{group}."), count);
            builder = all(builder.children(group, &turned(&leaves)), group, &leaves);
            for leaf in &leaves {
                builder = all(builder, leaf, &alternatives);
            }
        }
        builder.build().unwrap()
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn global_weights_of_every_cut_sum_to_one(drawn in drawn()) {
        let hierarchy = drawn.build(false);
        prop_assert!(close(hierarchy.leaves().map(|leaf| leaf.global).sum(), 1.0));
        let level: f64 = hierarchy.criteria().iter().filter(|c| c.level == 1).map(|c| c.global).sum();
        prop_assert!(close(level, 1.0));
        for mode in MODES {
            prop_assert!(close(hierarchy.synthesise(mode).unwrap().totals.iter().sum(), 1.0));
        }
    }

    /// The order in which children and alternatives are listed changes no weight and no total.
    #[test]
    fn permutation_equivariance(drawn in drawn()) {
        let (plain, turned) = (drawn.build(false), drawn.build(true));
        for criterion in plain.criteria() {
            prop_assert!(close(criterion.global, turned.criterion(&criterion.name).unwrap().global));
        }
        for mode in MODES {
            let (a, b) = (plain.synthesise(mode).unwrap(), turned.synthesise(mode).unwrap());
            for (x, y) in a.totals.iter().zip(b.totals.iter().rev()) {
                prop_assert!(close(*x, *y));
            }
        }
    }

    /// Along the line of a sweep, the totals are those of the hierarchy with that weight put in.
    #[test]
    fn sweeps_agree_with_replacement(drawn in drawn(), weight in 0.0..1.0_f64) {
        let hierarchy = drawn.build(false);
        for criterion in hierarchy.criteria().iter().filter(|c| c.local < 1.0) {
            for mode in MODES {
                let sweep = hierarchy.sensitivity(&criterion.name, mode).unwrap();
                for weight in [weight, sweep.weight, 0.0, 1.0] {
                    let replaced = hierarchy.with_weight(&criterion.name, weight).unwrap();
                    let expected = replaced.synthesise(mode).unwrap().totals;
                    for (x, y) in sweep.totals(weight).unwrap().iter().zip(&expected) {
                        prop_assert!(close(*x, *y), "{} at {weight}: {x} {y}", criterion.name);
                    }
                }
            }
        }
    }

    /// Just inside an interval the outcome is today's, just outside it is not, and what is said to come first
    /// there does.
    #[test]
    fn ends_of_stability_intervals_are_where_the_outcome_changes(drawn in drawn()) {
        const STEP: f64 = 1e-6;
        let hierarchy = drawn.build(false);
        for mode in MODES {
            let now = hierarchy.synthesise(mode).unwrap();
            let mut sorted = now.totals.clone();
            sorted.sort_by(f64::total_cmp);
            // Ties now, and lines that cross within a step of each other, have no clear two sides.
            prop_assume!(sorted.windows(2).all(|pair| pair[1] - pair[0] > 1e-4));
            for found in hierarchy.stability(mode).unwrap().criteria {
                let at = |weight: f64| {
                    hierarchy.with_weight(&found.criterion, weight).unwrap().synthesise(mode).unwrap()
                };
                let winner = |weight: f64| at(weight).winner().to_owned();
                let sweep = hierarchy.sensitivity(&found.criterion, mode).unwrap();
                let alone = |end: f64| {
                    sweep.crossings.iter().filter(|c| (c.weight - end).abs() < 10.0 * STEP).count() == 1
                };
                for (end, outward) in [(found.first_interval.0, -STEP), (found.first_interval.1, STEP)] {
                    if end > 0.0 && end < 1.0 && alone(end) && (STEP..1.0 - STEP).contains(&end) {
                        prop_assert_eq!(winner(end - outward), now.winner());
                        prop_assert_ne!(winner(end + outward), now.winner());
                    }
                }
                for (end, outward) in [(found.ranking_interval.0, -STEP), (found.ranking_interval.1, STEP)] {
                    if end > 0.0 && end < 1.0 && alone(end) && (STEP..1.0 - STEP).contains(&end) {
                        prop_assert_eq!(&at(end - outward).ranking, &now.ranking);
                        prop_assert_ne!(&at(end + outward).ranking, &now.ranking);
                    }
                }
                if let (Some(change), Some(then)) = (found.first_change, &found.then_first) {
                    let outward = if change.weight > found.weight { STEP } else { -STEP };
                    let beyond = change.weight + outward;
                    if alone(change.weight) && (0.0..=1.0).contains(&beyond) {
                        prop_assert_eq!(&winner(beyond), then);
                    }
                    // Subtracting the change and dividing by the sum leads to the same weight.
                    let renormalised = (found.weight - change.change) / (1.0 - change.change);
                    prop_assert!(close(renormalised, change.weight));
                }
            }
        }
    }

    /// An alternative that was taken out and is put back with what was said about it restores every total.
    #[test]
    fn taking_out_and_putting_back_restores(drawn in drawn()) {
        let hierarchy = drawn.build(false);
        let last = "alternative2";
        let said: Vec<(&str, Vec<f64>)> = hierarchy
            .leaves()
            .map(|leaf| match hierarchy.given(&leaf.name).unwrap() {
                NodeWeights::Judgments(matrix) => (leaf.name.as_str(), (0..2).map(|k| matrix.judgment(2, k)).collect()),
                other => panic!("{other:?}"),
            })
            .collect();
        let back = hierarchy.without_alternative(last).unwrap().with_alternative(last, &said).unwrap();
        for mode in MODES {
            let (a, b) = (hierarchy.synthesise(mode).unwrap(), back.synthesise(mode).unwrap());
            for (x, y) in a.totals.iter().zip(&b.totals) {
                prop_assert!(close(*x, *y));
            }
        }
    }

    /// Rating takes every alternative alone, so none can turn the order of others round.
    #[test]
    fn ratings_know_no_rank_reversal(scores in prop::collection::vec(0.01..1.0_f64, 12)) {
        let names = ["a", "b", "c", "d"];
        let mut builder = Hierarchy::builder().children("goal", &["x", "y", "z"]).alternatives(&names);
        for (leaf, row) in ["x", "y", "z"].iter().zip(scores.chunks(4)) {
            let row: Vec<(&str, f64)> = names.iter().copied().zip(row.iter().copied()).collect();
            builder = builder.scores(leaf, &row);
        }
        let hierarchy = builder.build().unwrap();
        prop_assert!(hierarchy.rank_reversals(Synthesis::Rating).unwrap().is_empty());
        let all = hierarchy.synthesise(Synthesis::Rating).unwrap().totals;
        let without = hierarchy.without_alternative("b").unwrap().synthesise(Synthesis::Rating).unwrap().totals;
        prop_assert_eq!(vec![all[0], all[2], all[3]], without);
    }
}

/// A chain far deeper than any stack, and weights that multiply down it.
#[test]
fn depth_has_no_limit() {
    let mut builder = Hierarchy::builder();
    for level in 0..5_000 {
        let below = [format!("c{}", level + 1), format!("side{level}")];
        builder = builder.children(&format!("c{level}"), &below);
    }
    let hierarchy = builder.build().unwrap();
    assert_eq!(hierarchy.criteria().len(), 10_001);
    let deep = hierarchy.criterion("c1000").unwrap();
    assert_eq!((deep.level, deep.global), (1000, (0..1000).fold(1.0, |product, _| product * 0.5)));
}

/// Equal totals: the smallest step tips the outcome, and nobody overtakes at a judgment that only draws level.
#[test]
fn ties_are_neither_hidden_nor_counted_as_overtaking() {
    let tied = Hierarchy::builder()
        .children("goal", &["x", "y"])
        .judge("goal", &["x 1 y"])
        .alternatives(&["a", "b"])
        .scores("x", &[("a", 3.0), ("b", 1.0)])
        .scores("y", &[("a", 1.0), ("b", 3.0)])
        .build()
        .unwrap();
    for mode in MODES {
        let found = tied.stability(mode).unwrap();
        let x = &found.criteria[0];
        assert_eq!(x.first_interval, (0.5, 1.0));
        let change = x.first_change.unwrap();
        assert_eq!((change.weight, change.change, change.percent), (0.5, 0.0, 0.0));
        assert_eq!(x.then_first.as_deref(), Some("b"));
    }
    let ahead = tied.what_if("goal", "x", "y", 2.0).unwrap();
    let critical = ahead.critical_judgments(Synthesis::Distributive, Outcome::FirstPlace).unwrap();
    assert_eq!((critical[0].to, critical[0].steps, critical[0].then_first.as_str()), (0.5, 2, "b"));
}
