//! The second pass: the values of a few buckets.

use super::super::bytes::{
    MOST_VALUES, damaged, read_count, read_length, read_population, read_version, write_count,
};
use super::histogram::{bucket_of, key_of, next_bucket, value_of};
use karat_scorer::{Error, Result};
use std::borrow::Cow;

/// Layout of [`Refinement::encode`].
const VERSION: u8 = 1;
/// The one key no value has, since -0.0 is taken as 0.0.
pub(super) const NEGATIVE_ZERO: u64 = u64::MAX >> 1;
/// Values a refinement gathers before it sorts them, at the least.
const GATHERED: usize = 4096;

/// The second pass: how often each value of the wanted buckets occurs.
///
/// Memory grows with the number of different values in these buckets, 16 bytes each: few where a column
/// spreads over many buckets, all of them where it lies within one percent of its mean.
#[derive(Debug, Clone)]
pub(crate) struct Refinement {
    /// Wanted buckets, ascending.
    buckets: Vec<u32>,
    /// One bit for each bucket from the first wanted one to the last.
    mask: Vec<u64>,
    /// Keys and how often each occurred, ascending.
    counted: Vec<(u64, u64)>,
    /// Keys met since, in order of arrival.
    gathered: Vec<u64>,
}

impl Refinement {
    /// Counts the values of these buckets, given ascending and each once.
    pub(crate) fn of_buckets(buckets: Vec<u32>) -> Refinement {
        let first = buckets.first().copied().unwrap_or(0);
        let last = buckets.last().copied().unwrap_or(0);
        let mut mask = vec![0u64; (last - first) as usize / 64 + 1];
        for &bucket in &buckets {
            mask[(bucket - first) as usize / 64] |= 1 << ((bucket - first) % 64);
        }
        Refinement { buckets, mask, counted: Vec::new(), gathered: Vec::new() }
    }

    /// Takes one value in.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        let key = key_of(value);
        if self.wants(bucket_of(key)) {
            self.gathered.push(key);
            if self.gathered.len() >= self.counted.len().max(GATHERED) {
                self.count_gathered();
            }
        }
    }

    /// Takes in everything `other` has seen.
    ///
    /// # Errors
    /// [`Error::Argument`] when the two were planned for different buckets.
    pub(crate) fn merge(&mut self, other: &Refinement) -> Result<()> {
        if self.buckets != other.buckets {
            let rule = "must come from the same plan";
            return Err(Error::argument("refinement", rule, "one that looks into other buckets"));
        }
        self.counted = union(&self.counted(), &other.counted());
        self.gathered.clear();
        Ok(())
    }

    #[inline]
    fn wants(&self, bucket: u32) -> bool {
        let Some(&first) = self.buckets.first() else {
            return false;
        };
        let offset = bucket.wrapping_sub(first);
        self.mask.get(offset as usize / 64).is_some_and(|word| word >> (offset % 64) & 1 == 1)
    }

    /// The values met in one bucket, ascending, with how often each occurred.
    pub(crate) fn values_of(&self, bucket: u32) -> Vec<(f64, u64)> {
        let counted = self.counted();
        let inside = counted.iter().filter(|&&(key, _)| bucket_of(key) == bucket);
        inside.map(|&(key, count)| (value_of(key), count)).collect()
    }

    /// The counted values with the gathered ones.
    pub(super) fn counted(&self) -> Cow<'_, [(u64, u64)]> {
        if self.gathered.is_empty() {
            return Cow::Borrowed(&self.counted);
        }
        let mut gathered = self.gathered.clone();
        gathered.sort_unstable();
        Cow::Owned(union(&self.counted, &runs(&gathered)))
    }

    #[cold]
    fn count_gathered(&mut self) {
        self.gathered.sort_unstable();
        self.counted = union(&self.counted, &runs(&self.gathered));
        self.gathered.clear();
    }
}

#[allow(dead_code, reason = "workers of one fit send states as bytes; only tests do so before Spark comes")]
impl Refinement {
    /// Appends the state: version, number of buckets and the distance of each from the one before, number
    /// of values and for each the distance of its key from the one before and its count. Equal states give
    /// equal bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        write_count(out, self.buckets.len() as u64);
        let mut before = 0;
        for &bucket in &self.buckets {
            write_count(out, u64::from(bucket - before));
            before = bucket;
        }
        let counted = self.counted();
        write_count(out, counted.len() as u64);
        let mut before = 0;
        for &(key, count) in counted.iter() {
            write_count(out, key - before);
            write_count(out, count);
            before = key;
        }
    }

    /// Takes from the front of `bytes` what [`encode`](Refinement::encode) wrote.
    ///
    /// # Errors
    /// [`Error::Format`] when the bytes are not such a state.
    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Refinement> {
        read_version(bytes, VERSION)?;
        let mut buckets = Vec::new();
        for _ in 0..read_length(bytes, 1)? {
            buckets.push(next_bucket(bytes, buckets.last().copied().unwrap_or(0))?);
        }
        let mut refinement = Refinement::of_buckets(buckets);
        let (mut before, mut total) = (0u64, 0u64);
        for _ in 0..read_length(bytes, 2)? {
            let step = read_count(bytes)?;
            let count = read_population(bytes)?;
            let key = before.checked_add(step).filter(|&key| refinement.wants(bucket_of(key)));
            total += count;
            let Some(key) = key else {
                return Err(damaged("a value lies outside the buckets looked into"));
            };
            if step == 0 || count == 0 || total > MOST_VALUES || key == NEGATIVE_ZERO {
                return Err(damaged("a value is not spelled as written"));
            }
            refinement.counted.push((key, count));
            before = key;
        }
        Ok(refinement)
    }
}

impl PartialEq for Refinement {
    fn eq(&self, other: &Refinement) -> bool {
        self.buckets == other.buckets && self.counted() == other.counted()
    }
}

/// How often each of the sorted keys occurs.
fn runs(sorted: &[u64]) -> Vec<(u64, u64)> {
    sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)).collect()
}

/// Two ascending lists of keys and counts as one.
fn union(left: &[(u64, u64)], right: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut all = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(&&(a, _)), Some(&&(b, _))) => a.min(b),
            (Some(&&(key, _)), None) | (None, Some(&&(key, _))) => key,
            (None, None) => return all,
        };
        let count = [&mut left, &mut right]
            .into_iter()
            .filter_map(|side| side.next_if(|&&(key, _)| key == next))
            .map(|&(_, count)| count)
            .sum();
        all.push((next, count));
    }
}
