//! Samples that are a pure function of the rows: bottom-k by keyed hash.

use super::bytes::{damaged, read_array, read_count, read_length, read_version, write_count};
use super::random::{GOLDEN_STEP, mix};
use karat_scorer::numerics::NAN;
use karat_scorer::{Error, Result};
use std::collections::BinaryHeap;

/// Layout of [`BottomK::encode`].
const VERSION: u8 = 1;

/// A 64-bit hash of a sequence of words under a key, for sampling and for splitting, not for secrecy.
///
/// With `mix` the finaliser of `SplitMix64`, `g` = 9E3779B97F4A7C15 in hexadecimal and all arithmetic modulo
/// 2^64: begin with `h = mix(seed + g)`; for each word `w` in order set `h = mix((h ^ w) + g)`; the hash is
/// the last `h`. `mix(x)`: `x ^= x >> 30`, `x *= BF58476D1CE4E5B9`, `x ^= x >> 27`, `x *= 94D049BB133111EB`,
/// `x ^= x >> 31`. Every step is a bijection of `h` and of `w`, so that sequences of one length that differ
/// in one word never collide.
pub(crate) fn hash_words(seed: u64, words: impl IntoIterator<Item = u64>) -> u64 {
    let start = mix(seed.wrapping_add(GOLDEN_STEP));
    words.into_iter().fold(start, |hash, word| mix((hash ^ word).wrapping_add(GOLDEN_STEP)))
}

/// The hash of a text or another run of bytes: [`hash_words`] of its words of eight bytes, little-endian, the
/// last one filled with zeros, followed by the number of bytes.
pub(crate) fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    hash_words(seed, words.chain([bytes.len() as u64]))
}

/// The hash of a row of numbers: [`hash_words`] of their IEEE 754 bits, -0.0 taken as 0.0 and every NaN as
/// 7FF8000000000000.
pub(crate) fn hash_row(seed: u64, row: &[f64]) -> u64 {
    hash_words(seed, row.iter().map(|&value| if value.is_nan() { NAN } else { value + 0.0 }.to_bits()))
}

/// The `k` rows of smallest hash among all rows seen, equal hashes ranked by the rows' bits.
///
/// With a keyed hash of the customer's identifier this is a uniform sample without replacement that no
/// order, batch or partition changes, and that keeps most of its members when customers are added (Broder,
/// 1997, calls it a bottom-k sketch). Equal rows with equal hashes count as often as they come.
#[derive(Debug, Clone)]
pub(crate) struct BottomK {
    capacity: usize,
    width: usize,
    /// The largest of the kept items on top.
    kept: BinaryHeap<Item>,
}

/// Compared by hash first, then by the bits of the row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    hash: u64,
    row: Box<[u64]>,
}

impl BottomK {
    /// An empty sample of at most `capacity` rows of `width` numbers each.
    pub(crate) fn new(capacity: usize, width: usize) -> BottomK {
        BottomK { capacity, width, kept: BinaryHeap::new() }
    }

    /// Offers one row under its hash.
    ///
    /// # Errors
    /// [`Error::Shape`] when the row has another width.
    #[inline]
    pub(crate) fn add(&mut self, hash: u64, row: &[f64]) -> Result<()> {
        if row.len() != self.width {
            return Err(Error::shape("values in a sampled row", self.width, row.len()));
        }
        if self.admits(hash) {
            self.offer(Item { hash, row: row.iter().map(|value| value.to_bits()).collect() });
        }
        Ok(())
    }

    /// Offers every row `other` has kept, with the same result as if its rows had been offered here.
    ///
    /// # Errors
    /// [`Error::Shape`] when the two samples differ in capacity or width.
    pub(crate) fn merge(&mut self, other: &BottomK) -> Result<()> {
        if other.width != self.width {
            return Err(Error::shape("values in a sampled row", self.width, other.width));
        }
        if other.capacity != self.capacity {
            return Err(Error::shape("rows in a sample", self.capacity, other.capacity));
        }
        for item in &other.kept {
            if self.admits(item.hash) {
                self.offer(item.clone());
            }
        }
        Ok(())
    }

    /// Number of rows kept.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The kept rows one after the other, in ascending order of hash, then of bits.
    pub(crate) fn finish(&self) -> Vec<f64> {
        self.sorted().iter().flat_map(|item| item.row.iter().map(|&bits| f64::from_bits(bits))).collect()
    }

    /// Whether an item of this hash may belong to the sample; almost always not, once it is full.
    #[inline]
    pub(crate) fn admits(&self, hash: u64) -> bool {
        self.kept.len() < self.capacity || self.kept.peek().is_some_and(|largest| hash <= largest.hash)
    }

    fn offer(&mut self, item: Item) {
        if self.kept.len() < self.capacity {
            self.kept.push(item);
        } else if let Some(mut largest) = self.kept.peek_mut()
            && item < *largest
        {
            *largest = item;
        }
    }

    fn sorted(&self) -> Vec<&Item> {
        let mut items: Vec<&Item> = self.kept.iter().collect();
        items.sort_unstable();
        items
    }
}

#[allow(dead_code, reason = "workers of one fit send states as bytes; only tests do so before Spark comes")]
impl BottomK {
    /// Appends the state: version, capacity, width, number of rows, then hash and values of each row in
    /// ascending order. Equal samples give equal bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        write_count(out, self.capacity as u64);
        write_count(out, self.width as u64);
        write_count(out, self.kept.len() as u64);
        for item in self.sorted() {
            out.extend_from_slice(&item.hash.to_le_bytes());
            item.row.iter().for_each(|bits| out.extend_from_slice(&bits.to_le_bytes()));
        }
    }

    /// Takes from the front of `bytes` what [`encode`](BottomK::encode) wrote.
    ///
    /// # Errors
    /// [`Error::Format`] when the bytes are not such a state.
    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<BottomK> {
        read_version(bytes, VERSION)?;
        let too_large = || damaged("a sample is too large for this machine");
        let capacity = usize::try_from(read_count(bytes)?).map_err(|_| too_large())?;
        let width = usize::try_from(read_count(bytes)?).map_err(|_| too_large())?;
        let item_bytes = width.checked_add(1).and_then(|words| words.checked_mul(8)).ok_or_else(too_large)?;
        let rows = read_length(bytes, item_bytes)?;
        if rows > capacity {
            return Err(damaged("a sample holds more rows than its capacity"));
        }
        let mut items: Vec<Item> = Vec::with_capacity(rows);
        for _ in 0..rows {
            let hash = u64::from_le_bytes(read_array(bytes)?);
            let row: Result<Box<[u64]>> =
                (0..width).map(|_| read_array(bytes).map(u64::from_le_bytes)).collect();
            items.push(Item { hash, row: row? });
        }
        if !items.is_sorted() {
            return Err(damaged("a sample is out of order"));
        }
        Ok(BottomK { capacity, width, kept: BinaryHeap::from(items) })
    }
}

impl PartialEq for BottomK {
    fn eq(&self, other: &BottomK) -> bool {
        (self.capacity, self.width) == (other.capacity, other.width) && self.sorted() == other.sorted()
    }
}

#[cfg(test)]
#[path = "sample_tests.rs"]
mod tests;
