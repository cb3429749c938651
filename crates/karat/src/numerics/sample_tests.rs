#![allow(clippy::disallowed_methods, reason = "whole powers of test numbers")]

use super::super::random::Random;
use super::*;
use proptest::prelude::*;

fn sample_of(capacity: usize, rows: &[(u64, [f64; 2])]) -> BottomK {
    let mut sample = BottomK::new(capacity, 2);
    rows.iter().for_each(|(hash, row)| sample.add(*hash, row).unwrap());
    sample
}

fn encoded(sample: &BottomK) -> Vec<u8> {
    let mut out = Vec::new();
    sample.encode(&mut out);
    out
}

#[test]
fn hashes_follow_their_specification() {
    // A second implementation in Python, written from the documentation alone.
    assert_eq!(hash_words(0, []), 0xe220_a839_7b1d_cdaf);
    assert_eq!(hash_words(7, [1, 2, 3]), 0x19ea_39dd_3e86_f88e);
    assert_eq!(hash_bytes(7, b""), 0xb8b4_c297_7eab_ce45);
    assert_eq!(hash_bytes(7, b"customer-0001"), 0x580c_653b_c76d_c767);
    assert_eq!(hash_bytes(7, "Ünïcödé".as_bytes()), 0xb7e2_d0a4_df6a_d5eb);
    assert_eq!(hash_bytes(7, b"12345678"), 0x8779_96b7_c7a7_1094);
    for zero in [0.0, -0.0] {
        assert_eq!(hash_row(42, &[zero, 1.5, -f64::NAN]), 0xc365_b035_3d41_4dd8);
    }
}

#[test]
fn zeros_at_the_end_of_a_text_count() {
    assert_ne!(hash_bytes(1, b"a"), hash_bytes(1, b"a\0"));
    assert_ne!(hash_bytes(1, b""), hash_bytes(1, b"\0\0\0\0\0\0\0\0"));
}

#[test]
fn one_bit_of_input_turns_half_of_the_hash() {
    // 64 flips of 200 words change 32 of 64 bits on average; the standard error of that mean is 0.035.
    let flipped: u32 = (0..200u64)
        .flat_map(|word| (0..64).map(move |bit| (word, word ^ 1 << bit)))
        .map(|(a, b)| (hash_words(9, [a]) ^ hash_words(9, [b])).count_ones())
        .sum();
    let mean = f64::from(flipped) / 12_800.0;
    assert!((mean - 32.0).abs() < 0.15, "{mean}");
}

#[test]
fn a_sample_is_uniform() {
    // Each of 1000 customers is taken with probability 0.1; over 200 keys every customer is expected 20
    // times with variance 18, and the 1000 squared deviations (each 18 on average) sum to 18,000 with a
    // standard deviation of about 800.
    let mut taken = [0f64; 1000];
    for seed in 0..200 {
        let mut sample = BottomK::new(100, 1);
        (0..1000u32)
            .for_each(|id| sample.add(hash_bytes(seed, &id.to_le_bytes()), &[f64::from(id)]).unwrap());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small whole numbers")]
        sample.finish().iter().for_each(|&id| taken[id as usize] += 1.0);
    }
    assert_eq!(taken.iter().sum::<f64>(), 20_000.0);
    let spread: f64 = taken.iter().map(|count| (count - 20.0).powi(2)).sum();
    assert!((spread - 18_000.0).abs() < 4.0 * 850.0, "{spread}");
}

#[test]
fn mismatched_rows_and_samples_are_refused() {
    let mut sample = BottomK::new(3, 2);
    assert!(matches!(sample.add(1, &[0.0]), Err(Error::Shape { expected: 2, found: 1, .. })));
    assert!(matches!(sample.merge(&BottomK::new(3, 1)), Err(Error::Shape { .. })));
    assert!(matches!(sample.merge(&BottomK::new(4, 2)), Err(Error::Shape { .. })));
    let mut none = BottomK::new(0, 1);
    none.add(1, &[0.0]).unwrap();
    assert_eq!((none.kept.len(), none.width), (0, 1));
}

/// Few hashes and few values, so that ties and repeated rows abound.
fn rows() -> impl Strategy<Value = Vec<(u64, [f64; 2])>> {
    let value = prop_oneof![Just(0.0), Just(-0.0), Just(1.0), Just(-1.0), Just(f64::NAN), any::<f64>()];
    prop::collection::vec((0u64..12, [value.clone(), value]), 0..60)
}

proptest! {
    #[test]
    fn a_sample_is_the_head_of_the_sorted_rows(rows in rows(), capacity in 0usize..20) {
        let mut sorted: Vec<(u64, [u64; 2])> = rows.iter().map(|(hash, row)| (*hash, row.map(f64::to_bits))).collect();
        sorted.sort_unstable();
        let head: Vec<u64> = sorted.iter().take(capacity).flat_map(|(_, row)| *row).collect();
        let found: Vec<u64> = sample_of(capacity, &rows).finish().iter().map(|value| value.to_bits()).collect();
        prop_assert_eq!(found, head);
    }

    #[test]
    fn order_and_partition_never_matter(
        rows in rows(), capacity in 0usize..20, cut in any::<prop::sample::Index>(), seed in any::<u64>(),
    ) {
        let whole = sample_of(capacity, &rows);
        let mut shuffled = rows.clone();
        Random::new(seed).shuffle(&mut shuffled);
        let (head, tail) = shuffled.split_at(cut.index(rows.len() + 1).min(rows.len()));
        let mut merged = BottomK::decode(&mut &encoded(&sample_of(capacity, tail))[..]).unwrap();
        merged.merge(&sample_of(capacity, head)).unwrap();
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(encoded(&merged), encoded(&whole));
    }

    #[test]
    fn damaged_bytes_never_panic(
        rows in rows(), at in any::<prop::sample::Index>(), flip in 1u8.., cut in any::<prop::sample::Index>(),
    ) {
        let good = encoded(&sample_of(5, &rows));
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= flip;
        if let Ok(sample) = BottomK::decode(&mut &bad[..]) {
            prop_assert!(sample.finish().len() == sample.kept.len() * sample.width);
        }
        prop_assert!(BottomK::decode(&mut &good[..cut.index(good.len())]).is_err());
    }
}
