//! The dynamic programme against brute force over every partition.

use super::dynamic_programme::{Constraints, Trend, best_partition};
use super::field::{Bin, BinKind, FieldBinning};
use super::weight_of_evidence::{Cell, Objective, Separation};
use karat_scorer::step::{Indicator, Scale};
use proptest::prelude::*;

fn free() -> Constraints {
    Constraints {
        maximum_bins: 256,
        minimum_weight: 0.0,
        minimum_events: None,
        minimum_difference: 0.0,
        trend: Trend::Free,
    }
}

fn joined(cells: &[Cell], starts: &[usize]) -> Vec<Cell> {
    let mut bins = vec![Cell::default(); starts.len() + 1];
    for (position, cell) in cells.iter().enumerate() {
        let at = starts.partition_point(|&start| start <= position);
        bins[at] = bins[at].plus(*cell);
    }
    bins
}

/// Written from the definition of the constraints, without looking at the search.
fn satisfies(bins: &[Cell], constraints: &Constraints) -> bool {
    let fits = |cell: &Cell| {
        let (events, non_events) = constraints.minimum_events.unwrap_or((f64::MIN, f64::MIN));
        cell.weight > 0.0
            && cell.weight >= constraints.minimum_weight
            && cell.total >= events
            && cell.weight - cell.total >= non_events
    };
    let steps: Vec<f64> = bins.windows(2).map(|pair| pair[1].rate() - pair[0].rate()).collect();
    let far = steps.iter().all(|step| step.abs() >= constraints.minimum_difference);
    let turns = |rises: &dyn Fn(f64) -> bool, falls: &dyn Fn(f64) -> bool| {
        (0..=steps.len())
            .any(|turn| steps[..turn].iter().all(|&s| rises(s)) && steps[turn..].iter().all(|&s| falls(s)))
    };
    let up = |step: f64| step >= 0.0;
    let down = |step: f64| step <= 0.0;
    let trend = match constraints.trend {
        Trend::Free => true,
        Trend::Ascending => steps.iter().all(|&step| up(step)),
        Trend::Descending => steps.iter().all(|&step| down(step)),
        Trend::Auto => steps.iter().all(|&step| up(step)) || steps.iter().all(|&step| down(step)),
        Trend::Peak => turns(&up, &down),
        Trend::Valley => turns(&down, &up),
    };
    bins.len() <= constraints.maximum_bins && bins.iter().all(fits) && far && trend
}

/// The greatest value over all partitions that satisfy the constraints.
fn brute_force(cells: &[Cell], objective: &Objective, constraints: &Constraints) -> Option<f64> {
    (0_u32..1 << (cells.len() - 1))
        .filter_map(|mask| {
            let starts: Vec<usize> = (1..cells.len()).filter(|start| mask >> (start - 1) & 1 == 1).collect();
            let bins = joined(cells, &starts);
            satisfies(&bins, constraints).then(|| bins.iter().map(|bin| objective.gain(*bin)).sum())
        })
        .max_by(f64::total_cmp)
}

fn trend() -> impl Strategy<Value = Trend> {
    prop_oneof![
        Just(Trend::Free),
        Just(Trend::Ascending),
        Just(Trend::Descending),
        Just(Trend::Auto),
        Just(Trend::Peak),
        Just(Trend::Valley),
    ]
}

fn counts() -> impl Strategy<Value = Vec<Cell>> {
    let cell = (1_u32..40).prop_flat_map(|rows| {
        (0..=rows).prop_map(move |events| Cell { weight: f64::from(rows), total: f64::from(events) })
    });
    prop::collection::vec(cell, 1..11)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// No partition that satisfies the constraints is better, and the one found satisfies them.
    #[test]
    fn the_search_is_exact(
        cells in counts(),
        trend in trend(),
        maximum_bins in 1_usize..6,
        minimum_weight in 0.0..60.0_f64,
        least in 0_u32..6,
        minimum_difference in prop_oneof![Just(0.0), 0.0..0.2_f64],
    ) {
        let all = cells.iter().fold(Cell::default(), |all, cell| all.plus(*cell));
        prop_assume!(all.total > 0.0 && all.total < all.weight);
        let objective = Objective::InformationValue { events: all.total, non_events: all.weight - all.total };
        let least = f64::from(least);
        let minimum_events = Some((least, least));
        let constraints =
            Constraints { maximum_bins, minimum_weight, minimum_events, minimum_difference, trend };
        check(&cells, &objective, &constraints)?;
    }

    /// The same for a continuous target.
    #[test]
    fn the_search_is_exact_for_means(
        cells in prop::collection::vec((1_u32..9, -5.0..5.0_f64), 1..11),
        trend in trend(),
        maximum_bins in 1_usize..6,
    ) {
        let cells: Vec<Cell> =
            cells.iter().map(|&(w, mean)| Cell { weight: f64::from(w), total: f64::from(w) * mean }).collect();
        check(&cells, &Objective::BetweenSquares, &Constraints { maximum_bins, trend, ..free() })?;
    }

    /// Joining two bins never adds information: Jeffreys' divergence is one of Csiszár's, which only shrink.
    #[test]
    fn a_free_search_without_limits_keeps_every_step(cells in counts()) {
        let all = cells.iter().fold(Cell::default(), |all, cell| all.plus(*cell));
        let mixed = |cell: &Cell| cell.total > 0.0 && cell.total < cell.weight;
        prop_assume!(cells.iter().all(mixed));
        let objective = Objective::InformationValue { events: all.total, non_events: all.weight - all.total };
        let found = best_partition(&cells, &objective, &free()).unwrap();
        let finest: f64 = cells.iter().map(|cell| objective.gain(*cell)).sum();
        prop_assert!((found.value - finest).abs() <= 1e-11 * finest.max(1e-300));
        // Equal neighbours are joined, since that loses nothing.
        let bins = joined(&cells, &found.starts);
        let apart = |pair: &[Cell]| (pair[0].rate() - pair[1].rate()).abs() > 1e-9;
        prop_assert!(bins.windows(2).all(apart) || finest < 1e-9);
    }
}

/// A double some steps away from another.
fn beside(value: f64, steps: i8) -> f64 {
    (0..steps.unsigned_abs())
        .fold(value, |value, _| if steps < 0 { value.next_down() } else { value.next_up() })
}

proptest! {
    /// The frozen scale has the level of the bin of every value, to the bit: at cuts, at special values, at
    /// the doubles beside them, where they touch each other, and anywhere else.
    #[test]
    fn the_frozen_scale_has_the_levels_of_the_bins(
        mut cuts in prop::collection::vec(prop_oneof![-9.0..9.0_f64, (-9_i8..9).prop_map(f64::from)], 0..6),
        near in prop::collection::vec((0_usize..6, -2_i8..3), 0..4),
        levels in prop::collection::vec(-50.0..50.0_f64, 12),
        anywhere in prop::collection::vec(-12.0..12.0_f64, 8),
    ) {
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        let mut special: Vec<f64> =
            near.iter().map(|&(at, steps)| beside(cuts.get(at).copied().unwrap_or(4.5), steps)).collect();
        special.sort_by(f64::total_cmp);
        special.dedup();
        let bins = (0..cuts.len() + special.len() + 2).map(|at| Bin {
            label: at.to_string(),
            weight: 1.0,
            total: 0.0,
            evidence: 0.0,
            contribution: 0.0,
        });
        let field = FieldBinning {
            name: "x".to_owned(),
            bins: bins.collect(),
            kind: BinKind::Numeric { cuts: cuts.clone(), special: special.clone() },
            information_value: 0.0,
            separation: Separation::default(),
            trend: Trend::Free,
            pre_bins: 0,
            exact: false,
        };
        let (at, to): (Vec<f64>, Vec<f64>) = field.knots(&levels).into_iter().unzip();
        let scale = Indicator::new(0, Scale::Bands { at, to });
        scale.check("x", 0).unwrap();
        let edges = cuts.iter().chain(&special).flat_map(|&edge| (-2..3).map(move |steps| beside(edge, steps)));
        for x in edges.chain(anywhere).chain([0.0, -0.0, f64::MAX, f64::MIN]) {
            prop_assert_eq!(scale.eval(x).to_bits(), (levels[field.bin_of(x)] + 0.0).to_bits(), "{}", x);
        }
    }
}

fn check(
    cells: &[Cell],
    objective: &Objective,
    constraints: &Constraints,
) -> std::result::Result<(), TestCaseError> {
    let wanted = brute_force(cells, objective, constraints);
    let found = best_partition(cells, objective, constraints);
    match (found, wanted) {
        (None, None) => {}
        (Some(found), Some(wanted)) => {
            let bins = joined(cells, &found.starts);
            prop_assert!(satisfies(&bins, constraints), "{bins:?}");
            let scale = cells.iter().map(|cell| objective.gain(*cell).abs()).sum::<f64>();
            prop_assert!((found.value - wanted).abs() <= 1e-11 * scale, "{} {}", found.value, wanted);
        }
        (found, wanted) => prop_assert!(false, "{found:?} {wanted:?}"),
    }
    Ok(())
}

/// A single turn: up, down, up is no peak, and the search says so by joining.
#[test]
fn a_peak_turns_once() {
    let cells: Vec<Cell> =
        [1.0, 6.0, 2.0, 8.0].into_iter().map(|total| Cell { weight: 10.0, total }).collect();
    let objective = Objective::InformationValue { events: 17.0, non_events: 23.0 };
    let bins = |trend| {
        let found = best_partition(&cells, &objective, &Constraints { trend, ..free() }).unwrap();
        joined(&cells, &found.starts).iter().map(|cell| cell.total).collect::<Vec<_>>()
    };
    assert_eq!(bins(Trend::Free), [1.0, 6.0, 2.0, 8.0]);
    assert_eq!(bins(Trend::Peak), [1.0, 8.0, 8.0]); // the second and third joined: 8 events of 20 rows
    assert_eq!(bins(Trend::Auto), bins(Trend::Ascending));
}

/// AUC by counting pairs, the definition of Mann and Whitney; KS by hand.
#[test]
fn separation_of_three_groups() {
    let cells = [(10.0, 1.0), (10.0, 3.0), (10.0, 6.0)].map(|(weight, total)| Cell { weight, total });
    let found = Separation::of_bins(&cells);
    // Pairs (non-event, event) by group: an event in a higher group wins, in the same draws.
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (i, of_non_events) in cells.iter().enumerate() {
        for (j, of_events) in cells.iter().enumerate() {
            let count = (of_non_events.weight - of_non_events.total) * of_events.total;
            pairs += count;
            wins += count
                * if j > i {
                    1.0
                } else if j == i {
                    0.5
                } else {
                    0.0
                };
        }
    }
    assert!((found.gini - (2.0 * wins / pairs - 1.0)).abs() < 1e-15);
    // Cumulative events .1 .4 1, non-events .45 .8 1.
    assert!((found.kolmogorov_smirnov - 0.4).abs() < 1e-15);
    assert!(found.jensen_shannon > 0.0 && found.jensen_shannon < std::f64::consts::LN_2);
}
