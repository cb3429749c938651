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
fn philox_gives_its_known_answers() {
    // The three known-answer vectors of philox4x32 with 10 rounds in the authors' Random123.
    assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
    let answer = [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1];
    assert_eq!(philox(pi, [0xa409_3822, 0x299f_31d0]), answer);
}

#[test]
fn draws_by_counter_follow_their_layout() {
    // A second implementation in Python, itself checked against the known answers, following the
    // documentation's layout of seed, stream and number.
    let mut random = CounterRandom::new(0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, 0x22_4466_88aa);
    let drawn: [u64; 3] = std::array::from_fn(|_| random.next_bits());
    assert_eq!(drawn, [0xeb19_bc60_2618_dcb2, 0x0b87_e6f9_c1e2_5cf0, 0xdf28_f23c_df92_d682]);
}

#[test]
fn the_interval_is_half_open() {
    struct Fixed(u64);
    impl RandomSource for Fixed {
        fn next_bits(&mut self) -> u64 {
            self.0
        }
    }
    assert_eq!(Fixed(0).uniform(), 0.0);
    assert_eq!(Fixed(u64::MAX).uniform(), 1.0 - HALF_EPSILON);
    assert!(Fixed(0).normal().is_finite() && Fixed(u64::MAX).normal().is_finite());
    assert_eq!(Fixed(0).normal(), -Fixed(u64::MAX).normal());
}

#[test]
fn small_bounds_are_drawn_evenly() {
    // Chi-square with 6 degrees of freedom stays below 22.46 with probability 0.999.
    let mut random = Random::new(3);
    let mut counts = [0u32; 7];
    (0..70_000).for_each(|_| counts[random.position(7)] += 1);
    let statistic: f64 = counts.iter().map(|&count| (f64::from(count) - 1e4).powi(2) / 1e4).sum();
    assert!(statistic < 22.46, "{statistic}");
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
    let mut random = CounterRandom::new(5, 0, 0);
    let draws: Vec<f64> = (0..n).map(|_| random.normal()).collect();
    let moment = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / f64::from(n);
    assert!(moment(1).abs() < 0.01, "{}", moment(1));
    assert!((moment(2) - 1.0).abs() < 0.014, "{}", moment(2));
    assert!((moment(4) - 3.0).abs() < 0.1, "{}", moment(4));
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
        let drawn = Random::new(seed).below(bound);
        prop_assert!(drawn < bound || bound == 0);
    }

    #[test]
    fn a_draw_depends_on_its_number_alone(seed in any::<u64>(), stream in any::<u64>(), from in 0u64..50) {
        let mut all = CounterRandom::new(seed, stream, 0);
        let draws: Vec<u64> = (0..100).map(|_| all.next_bits()).collect();
        let mut later = CounterRandom::new(seed, stream, from);
        for &draw in &draws[usize::try_from(from).unwrap()..] {
            prop_assert_eq!(later.next_bits(), draw);
        }
    }
}
