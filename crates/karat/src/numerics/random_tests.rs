#![allow(clippy::disallowed_methods, reason = "whole powers of test numbers")]

use super::*;
use proptest::prelude::*;

#[test]
fn splitmix_gives_its_published_numbers() {
    // The first five outputs for seed 1234567, as published on Rosetta Code and in many test suites.
    let mut seeder = SplitMix { state: 1_234_567 };
    let drawn: [u64; 5] = std::array::from_fn(|_| seeder.next_bits());
    let published = [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ];
    assert_eq!(drawn, published);
}

#[test]
fn xoshiro_gives_its_published_numbers() {
    // The outputs of the authors' C program from the state 1, 2, 3, 4, as kept in the tests of rand_xoshiro.
    let mut random = Random { state: [1, 2, 3, 4] };
    let drawn: [u64; 10] = std::array::from_fn(|_| random.next_bits());
    let published = [
        41_943_041,
        58_720_359,
        3_588_806_011_781_223,
        3_591_011_842_654_386,
        9_228_616_714_210_784_205,
        9_973_669_472_204_895_162,
        14_011_001_112_246_962_877,
        12_406_186_145_184_390_807,
        15_849_039_046_786_891_736,
        10_450_023_813_501_588_000,
    ];
    assert_eq!(drawn, published);
}

#[test]
fn a_seed_is_spread_by_splitmix() {
    let mut seeder = SplitMix { state: 1_234_567 };
    assert_eq!(Random::new(1_234_567).state, std::array::from_fn(|_| seeder.next_bits()));
    assert_ne!(Random::stream(7, 0).next_bits(), Random::stream(7, 1).next_bits());
    assert_ne!(Random::stream(7, 0).next_bits(), Random::stream(8, 0).next_bits());
}

#[test]
fn draws_by_index_follow_their_specification() {
    // A second implementation in Python, written from the documentation alone.
    let random = CounterRandom::new(0x0123_4567_89ab_cdef, 3, 0xfedc_ba98_7654_3210);
    assert_eq!(
        [0, 1, 7 << 40 | 23].map(|index| random.bits(index)),
        [0x3a23_3160_41f2_09f5, 0x1541_e7ca_3f23_c039, 0xf1ce_c0ec_13a0_ef01]
    );
    assert_eq!(CounterRandom::new(0, 0, 0).bits(u64::MAX), 0xdf02_5304_9002_7738);
}

#[test]
fn the_intervals_end_where_they_should() {
    assert_eq!((half_open(0), half_open(u64::MAX)), (0.0, 1.0 - f64::EPSILON / 2.0));
    assert_eq!((open(0), open(u64::MAX)), (f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0));
    assert!(normal_quantile(open(0)).is_finite());
    assert_eq!(normal_quantile(open(0)), -normal_quantile(open(u64::MAX)));
}

#[test]
fn small_bounds_are_drawn_evenly() {
    // Chi-square with 6 degrees of freedom stays below 22.46 with probability 0.999.
    let (mut sequence, counter) = (Random::new(3), CounterRandom::new(3, 0, 0));
    let mut counts = [[0u32; 7]; 2];
    for index in 0..70_000 {
        counts[0][sequence.below(7) as usize] += 1;
        counts[1][counter.below(index, 7) as usize] += 1;
    }
    for counts in counts {
        let statistic: f64 = counts.iter().map(|&count| (f64::from(count) - 1e4).powi(2) / 1e4).sum();
        assert!(statistic < 22.46, "{statistic}");
    }
}

#[test]
fn large_bounds_are_not_favoured_below() {
    // With the plain upper word of a product, 3 * 2^62 would favour every third number; a third of the
    // draws must lie below a third of the bound, within four standard errors.
    let mut random = Random::new(4);
    let below = (0..90_000).filter(|_| random.below(3 << 62).is_multiple_of(3)).count();
    assert!(below.abs_diff(30_000) < 4 * 142, "{below}");
}

#[test]
fn normals_have_their_moments() {
    // Standard errors of mean, variance and fourth moment for 200,000 draws: 0.0022, 0.0032, 0.022.
    let n = 200_000;
    let mut sequence = Random::new(5);
    let counter = CounterRandom::new(5, 0, 0);
    let sequence: Vec<f64> = (0..n).map(|_| sequence.normal()).collect();
    let counter: Vec<f64> = (0..n).map(|index| counter.normal(index)).collect();
    for draws in [sequence, counter] {
        let moment = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / n as f64;
        assert!(moment(1).abs() < 0.01, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.014, "{}", moment(2));
        assert!((moment(4) - 3.0).abs() < 0.1, "{}", moment(4));
    }
}

#[test]
fn exponentials_have_their_moments() {
    // Mean 1, second moment 2; standard errors for 200,000 draws: 0.0022 and sqrt(20 / n) = 0.01.
    let n = 200_000;
    let random = CounterRandom::new(6, 0, 0);
    let draws: Vec<f64> = (0..n).map(|index| random.exponential(index)).collect();
    let moment = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / n as f64;
    assert!((moment(1) - 1.0).abs() < 0.01, "{}", moment(1));
    assert!((moment(2) - 2.0).abs() < 0.045, "{}", moment(2));
}

#[test]
fn every_order_is_equally_likely() {
    // Chi-square with 23 degrees of freedom stays below 49.73 with probability 0.999.
    let mut random = Random::new(6);
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..24_000 {
        let mut items = [0, 1, 2, 3];
        random.shuffle(&mut items);
        *counts.entry(items).or_insert(0u32) += 1;
    }
    assert_eq!(counts.len(), 24);
    let statistic: f64 = counts.values().map(|&count| (f64::from(count) - 1e3).powi(2) / 1e3).sum();
    assert!(statistic < 49.73, "{statistic}");
}

proptest! {
    #[test]
    fn bounds_hold(seed in any::<u64>(), bound in any::<u64>()) {
        for drawn in [Random::new(seed).below(bound), CounterRandom::new(seed, 1, 2).below(3, bound)] {
            prop_assert!(drawn < bound || (bound, drawn) == (0, 0));
        }
    }

    #[test]
    fn no_two_indices_of_an_entity_share_their_bits(
        seed in any::<u64>(), number in any::<u64>(), index in any::<u64>(), step in 1u64..,
    ) {
        let random = CounterRandom::new(seed, 1, number);
        prop_assert_ne!(random.bits(index), random.bits(index.wrapping_add(step)));
    }

    #[test]
    fn one_bit_of_any_part_of_the_key_turns_half_of_a_draw(
        seed in any::<u64>(), number in any::<u64>(), index in any::<u64>(),
    ) {
        // 64 flips change 32 of 64 bits each, with a standard error of their mean of 0.5.
        let bits = CounterRandom::new(seed, 1, number).bits(index);
        let turned: [&dyn Fn(u64) -> u64; 3] = [
            &|flip| CounterRandom::new(seed ^ flip, 1, number).bits(index),
            &|flip| CounterRandom::new(seed, 1, number ^ flip).bits(index),
            &|flip| CounterRandom::new(seed, 1, number).bits(index ^ flip),
        ];
        for turned in turned {
            let changed: u32 = (0..64).map(|bit| (turned(1 << bit) ^ bits).count_ones()).sum();
            prop_assert!((32.0 - f64::from(changed) / 64.0).abs() < 3.5, "{}", changed);
        }
    }
}

#[test]
fn no_seed_and_kind_make_entities_share_their_draws() {
    // mix(0) is 0, so that these two make the root vanish.
    for (seed, kind) in [(0, 0), (GOLDEN_STEP.wrapping_neg(), 1)] {
        for index in 0..4 {
            let mut drawn: Vec<u64> =
                (0..100).map(|number| CounterRandom::new(seed, kind, number).bits(index)).collect();
            drawn.sort_unstable();
            drawn.dedup();
            assert_eq!(drawn.len(), 100, "seed {seed}, kind {kind}, index {index}");
        }
    }
}
