//! Value-stable random numbers: the same seed gives the same numbers in every version and on every machine.
//!
//! [`Random`] runs through a sequence (restarts of k-means); [`CounterRandom`] is a pure function of seed,
//! entity and index (synthetic customers, where a larger base must begin with the smaller one).

use super::normal::normal_quantile;
use super::sample::hash_words;
use karat_scorer::numerics::ln;

/// The finaliser of `SplitMix64` (variant 13 of David Stafford's search, 2011), a bijection of 64-bit words.
#[inline]
pub(crate) fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

/// The odd number nearest to 2^64 divided by the golden ratio, the step of `SplitMix64`.
pub(crate) const GOLDEN_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Uniform on [0, 1): one of the 2^53 multiples of 2^-53.
#[inline]
#[allow(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn half_open(bits: u64) -> f64 {
    (bits >> 11) as f64 * (f64::EPSILON / 2.0)
}

/// Uniform on (0, 1): the middle of one of 2^52 equal cells, so that its logarithm and its normal quantile
/// are finite.
#[inline]
#[allow(clippy::cast_precision_loss, reason = "52 bits and a half are exact")]
fn open(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * f64::EPSILON
}

#[allow(clippy::cast_possible_truncation, reason = "both halves are taken")]
#[inline]
fn words(product: u128) -> (u64, u64) {
    (product as u64, (product >> 64) as u64)
}

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

    /// The next 64 bits.
    #[inline]
    pub(crate) fn next_bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let drawn = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ b << 17, d.rotate_left(45)];
        drawn
    }

    /// Uniform on [0, 1): one of the 2^53 multiples of 2^-53.
    #[inline]
    pub(crate) fn uniform(&mut self) -> f64 {
        half_open(self.next_bits())
    }
}

impl Random {
    /// A whole number below `bound`, each equally likely; 0 when `bound` is 0.
    ///
    /// Lemire, "Fast random integer generation in an interval" (2019): the upper word of a product, with
    /// the few products that would favour some numbers drawn again.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // 2^64 mod bound, the number of low words in excess.
        let excess = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
        loop {
            let (low, high) = words(u128::from(self.next_bits()) * u128::from(bound));
            if low >= excess {
                return high;
            }
        }
    }

    /// Puts `items` in random order, each order equally likely (Durstenfeld, 1964).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

impl Random {
    /// Standard normal, by the inverse of its distribution function: one draw each, no rejection, never
    /// beyond ±8.21.
    pub(crate) fn normal(&mut self) -> f64 {
        normal_quantile(open(self.next_bits()))
    }
}

/// A generator whose draw number `index` is a pure function of seed, entity and index.
///
/// A generator with a state would tie a customer's numbers to whoever was drawn before; a counter-based one
/// (the idea of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011) lets a
/// base grow, be cut and be generated on any number of threads without moving a single bit.
///
/// With `g` = [`GOLDEN_STEP`] and all arithmetic modulo 2^64: `root = mix(seed + g kind)`, or `g` where that is
/// 0 (the tweak would undo the key then, and every entity share a draw), `key = mix(root ^ (g number + g))`, `tweak = mix((key + g) ^ root)`, and draw `index` is
/// `mix(mix(key + g index) ^ tweak)`. Within one entity two indices never share their bits, because `g` is odd
/// and every round is a bijection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CounterRandom {
    key: u64,
    tweak: u64,
}

impl CounterRandom {
    /// The draws of entity `number` of one `kind`.
    #[inline]
    pub(crate) fn new(seed: u64, kind: u64, number: u64) -> CounterRandom {
        let root = match mix(seed.wrapping_add(GOLDEN_STEP.wrapping_mul(kind))) {
            0 => GOLDEN_STEP,
            root => root,
        };
        let key = mix(root ^ number.wrapping_mul(GOLDEN_STEP).wrapping_add(GOLDEN_STEP));
        CounterRandom { key, tweak: mix(key.wrapping_add(GOLDEN_STEP) ^ root) }
    }

    /// 64 bits.
    #[inline]
    pub(crate) fn bits(&self, index: u64) -> u64 {
        mix(mix(self.key.wrapping_add(index.wrapping_mul(GOLDEN_STEP))) ^ self.tweak)
    }

    /// Uniform on the open interval (0, 1): the 2^52 midpoints, each equally likely.
    #[inline]
    pub(crate) fn uniform(&self, index: u64) -> f64 {
        open(self.bits(index))
    }

    /// Standard normal by inversion, so that one draw costs one index; never beyond ±8.21.
    #[inline]
    pub(crate) fn normal(&self, index: u64) -> f64 {
        normal_quantile(self.uniform(index))
    }

    /// Exponential with mean 1.
    #[inline]
    pub(crate) fn exponential(&self, index: u64) -> f64 {
        -ln(self.uniform(index))
    }

    /// Uniform on `0..bound`, 0 when `bound` is 0, by the upper word of a product. One draw must cost one
    /// index, so nothing is drawn again: probabilities are off by less than 2^-64.
    #[inline]
    pub(crate) fn below(&self, index: u64, bound: u64) -> u64 {
        words(u128::from(self.bits(index)) * u128::from(bound)).1
    }
}

#[cfg(test)]
#[path = "random_tests.rs"]
mod tests;
