//! Value-stable random numbers: the same seed gives the same numbers in every version and on every machine.
//!
//! [`Random`] runs through a sequence (k-means restarts, network initialisation, resampling);
//! [`CounterRandom`] is a pure function of seed, stream and position (synthetic customers, where a larger
//! base must begin with the smaller one).

use super::normal::normal_quantile;
use super::sample::hash_words;

/// 2^-53 and 2^-52.
const HALF_EPSILON: f64 = f64::EPSILON / 2.0;

/// A source of 64 random bits at a time, and what is made of them.
pub(crate) trait RandomSource {
    /// The next 64 bits.
    fn next_bits(&mut self) -> u64;

    /// Uniform on [0, 1): one of the 2^53 multiples of 2^-53.
    #[inline]
    #[allow(clippy::cast_precision_loss, reason = "53 bits are exact")]
    fn uniform(&mut self) -> f64 {
        (self.next_bits() >> 11) as f64 * HALF_EPSILON
    }

    /// A whole number below `bound`, each equally likely; 0 when `bound` is 0.
    ///
    /// Lemire, "Fast random integer generation in an interval" (2019): the upper word of a product, with
    /// the few products that would favour some numbers drawn again.
    #[inline]
    fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let mut product = u128::from(self.next_bits()) * u128::from(bound);
        if low_word(product) < bound {
            // 2^64 mod bound, the number of low words in excess.
            let excess = bound.wrapping_neg() % bound;
            while low_word(product) < excess {
                product = u128::from(self.next_bits()) * u128::from(bound);
            }
        }
        low_word(product >> 64)
    }

    /// A position below `length`, each equally likely; 0 when `length` is 0.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "below a length")]
    fn position(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// Standard normal, by the inverse of its distribution function at the middle of one of 2^52 equal
    /// cells of (0, 1): one draw each, no rejection, never beyond ±8.21.
    #[inline]
    #[allow(clippy::cast_precision_loss, reason = "52 bits and a half are exact")]
    fn normal(&mut self) -> f64 {
        normal_quantile(((self.next_bits() >> 12) as f64 + 0.5) * f64::EPSILON)
    }

    /// Puts `items` in random order, each order equally likely (Durstenfeld, 1964).
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.position(last + 1));
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the lower word is wanted")]
fn low_word(value: u128) -> u64 {
    value as u64
}

/// The finaliser of `SplitMix64` (Stafford's variant 13 of `MurmurHash3`'s), a bijection of 64-bit words.
#[inline]
pub(crate) fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

/// The odd number nearest to 2^64 divided by the golden ratio, the step of `SplitMix64`.
pub(crate) const GOLDEN_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// `SplitMix64` (Steele, Lea and Flood, 2014): spreads one seed over the state of a larger generator.
#[derive(Debug, Clone)]
struct SplitMix {
    state: u64,
}

impl SplitMix {
    fn next_bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_STEP);
        mix(self.state)
    }
}

/// xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), seeded by
/// `SplitMix64` as its authors advise.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    /// The sequence of `seed`.
    pub(crate) fn new(seed: u64) -> Random {
        let mut seeder = SplitMix { state: seed };
        Random { state: std::array::from_fn(|_| seeder.next_bits()) }
    }

    /// Sequence number `stream` of `seed`: one for each restart, fold or tree, whatever the others draw.
    pub(crate) fn stream(seed: u64, stream: u64) -> Random {
        Random::new(hash_words(seed, [stream]))
    }
}

impl RandomSource for Random {
    #[inline]
    fn next_bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let drawn = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ b << 17, d.rotate_left(45)];
        drawn
    }
}

/// A generator whose draw number `n` is a pure function of seed, stream and `n`.
///
/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011). The
/// seed is the key and the stream the upper half of the counter, low word first in both; the lower half
/// numbers blocks of two draws: draw `2 b` is words 0 and 1 of block `b`, draw `2 b + 1` words 2 and 3, low
/// word first. The streams of one seed never overlap.
#[derive(Debug, Clone)]
pub(crate) struct CounterRandom {
    seed: u64,
    stream: u64,
    counter: u64,
    /// The second draw of the block whose first was drawn last.
    upper: u64,
}

impl CounterRandom {
    /// The generator that draws number `counter` of `stream` next. Numbers go up to 2^64 - 1.
    pub(crate) fn new(seed: u64, stream: u64, counter: u64) -> CounterRandom {
        let mut random = CounterRandom { seed, stream, counter, upper: 0 };
        if counter % 2 == 1 {
            random.upper = random.block()[1];
        }
        random
    }

    fn block(&self) -> [u64; 2] {
        let counter = [words(self.counter / 2), words(self.stream)].concat();
        let [a, b, c, d] = philox([counter[0], counter[1], counter[2], counter[3]], words(self.seed));
        [u64::from(a) | u64::from(b) << 32, u64::from(c) | u64::from(d) << 32]
    }
}

impl RandomSource for CounterRandom {
    #[inline]
    fn next_bits(&mut self) -> u64 {
        let drawn = if self.counter.is_multiple_of(2) {
            let [lower, upper] = self.block();
            self.upper = upper;
            lower
        } else {
            self.upper
        };
        self.counter = self.counter.wrapping_add(1);
        drawn
    }
}

#[allow(clippy::cast_possible_truncation, reason = "both halves are taken")]
fn words(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// Ten rounds of Philox4x32 under a key that is stepped between rounds.
#[inline]
fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut a, mut b, mut c, mut d], [mut k, mut l]) = (counter, key);
    for _ in 0..10 {
        let [low, high] = words(u64::from(a) * 0xd251_1f53);
        let [low_c, high_c] = words(u64::from(c) * 0xcd9e_8d57);
        (a, b, c, d) = (high_c ^ b ^ k, low_c, high ^ d ^ l, low);
        k = k.wrapping_add(0x9e37_79b9);
        l = l.wrapping_add(0xbb67_ae85);
    }
    [a, b, c, d]
}

#[cfg(test)]
#[path = "random_tests.rs"]
mod tests;
