//! Worked examples, and the truth of the synthetic operator.

use super::evidence_tests::base;
use super::*;

#[test]
fn the_worked_chain_gives_its_figures() {
    // Recomputed in the methods' survey (GT-5.2).
    let chain = StageChain::new(
        &STAGE_NAMES[..4],
        &[
            vec![0.55, 0.35, 0.0, 0.04],
            vec![0.0, 0.70, 0.22, 0.05],
            vec![0.0, 0.03, 0.90, 0.06],
            vec![0.0, 0.05, 0.10, 0.70],
        ],
    )
    .unwrap();
    let near = |found: Vec<f64>, wanted: [f64; 4], tolerance: f64| {
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < tolerance), "{found:?}");
    };
    near(chain.remaining_months().unwrap(), [24.933_761, 27.211_538, 28.605_769, 17.403_846], 5e-7);
    let monthly = [20.0, 40.0, 60.0, 25.0];
    near(chain.expected_value(&monthly, 0.0).unwrap(), [1177.3771, 1364.1827, 1494.5913, 808.8942], 5e-5);
    near(chain.expected_value(&monthly, 0.01).unwrap(), [923.7970, 1083.0349, 1196.5242, 642.1102], 5e-5);
    near(chain.months_in_stage(), [1.0 / 0.45, 1.0 / 0.3, 10.0, 1.0 / 0.3], 1e-12);
    // Somebody in decline is there; the way from maturity passes through the chain's own chances.
    let decline = chain.time_to(3).unwrap();
    assert_eq!(decline[3], (0.0, 1.0));
    assert!(decline[2].1 > 0.5 && decline[2].0 > 1.0);
    // By simulation of the same chances: the forecast of twelve months is the twelfth power.
    let year = chain.forecast(&[1.0, 0.0, 0.0, 0.0], 12);
    let half = chain.forecast(&chain.forecast(&[1.0, 0.0, 0.0, 0.0], 5), 7);
    assert!(year.iter().zip(&half).all(|(a, b)| (a - b).abs() < 1e-15));
    let stuck = StageChain::new(&["on"], &[vec![1.0]]).unwrap();
    assert!(stuck.remaining_months().unwrap_err().to_string().contains("`on`: customers never leave it"));
}

#[test]
fn chains_are_counted_from_histories() {
    use Stage::{Decline, Growth, Lost, Maturity};
    let histories: [&[Stage]; 2] = [&[Growth, Growth, Maturity, Decline, Lost], &[Growth, Maturity]];
    let chain = StageChain::from_histories(histories).unwrap();
    // Of 3.5 months of growth 1.5 stayed and 2 went on.
    assert!((chain.transitions()[1][1] - 1.5 / 3.5).abs() < 1e-15);
    assert!((chain.transitions()[1][2] - 2.0 / 3.5).abs() < 1e-15);
}

#[test]
fn rules_find_the_lost_and_the_new_and_name_trends() {
    let base = base(3000, 5);
    let series = MonthlySeries::new(&base.offsets, &base.values, &base.tenures).unwrap();
    let facts: Vec<StageFacts> =
        base.lost.iter().map(|&disconnected| StageFacts { disconnected, ..StageFacts::default() }).collect();
    let rules = Stages { introduction_months: 3.0, ..Stages::default() };
    let found = rules::assign(&rules, &series, &facts, 2).unwrap();
    assert_eq!(found.stages, rules::assign(&rules, &series, &facts, 1).unwrap().stages);
    let right = |stage: u32| {
        let those: Vec<usize> = (0..base.truth.len()).filter(|&i| base.truth[i] == stage).collect();
        let hits = those.iter().filter(|&&i| found.stages[i] as u32 == stage).count();
        hits as f64 / those.len() as f64
    };
    assert_eq!(right(4), 1.0);
    assert!(right(0) > 0.95, "{}", right(0));
    let all = (0..base.truth.len()).filter(|&i| found.stages[i] as u32 == base.truth[i]).count();
    println!("rules: {:.3} of all", all as f64 / base.truth.len() as f64);
}

/// Bands of 90 % of the curve from bases of 1,500; the curve of 60,000 other customers stands for the truth.
fn curves_cover(kinds: &[u32], bases: u64) {
    let market = base(60_000, 900);
    let series = MonthlySeries::new(&market.offsets, &market.values, &market.tenures).unwrap();
    for &kind in kinds {
        let truth = life_cycle_curve(&series, |i| market.kind[i] == kind, 0.9, 500).unwrap();
        let (mut inside, mut all) = (0, 0);
        for seed in 0..bases {
            let some = base(1500, seed);
            let series = MonthlySeries::new(&some.offsets, &some.values, &some.tenures).unwrap();
            let curve = life_cycle_curve(&series, |i| some.kind[i] == kind, 0.9, 30).unwrap();
            for (i, tenure) in curve.tenure.iter().enumerate() {
                if let Ok(place) = truth.tenure.binary_search(tenure) {
                    all += 1;
                    let value = truth.value[place];
                    inside += usize::from(curve.lower[i] <= value && value <= curve.upper[i]);
                }
            }
        }
        let coverage = f64::from(u32::try_from(inside).unwrap()) / f64::from(all);
        println!("kind {kind}: bands of 90 % cover {coverage:.3} of {all} means of {bases} bases");
        assert!((0.85..=0.95).contains(&coverage), "{coverage}");
    }
}

#[test]
fn bands_of_curves_cover_the_curve_of_the_market() {
    curves_cover(&[1], 12);
}

#[test]
#[ignore = "run by make test-long"]
fn bands_of_curves_cover_the_curve_of_the_market_in_full() {
    curves_cover(&[0, 1], 200);
}

#[test]
fn what_is_wrong_with_series_is_named() {
    let error = MonthlySeries::new(&[0, 2, 2], &[1.0, -3.0], &[4.0, f64::NAN]).unwrap_err().to_string();
    for part in
        ["`value`: missing, infinite or below 0 (1 row: 1)", "`customer`: no months (1 row: 1)", "`tenure`"]
    {
        assert!(error.contains(part), "{error}");
    }
}
