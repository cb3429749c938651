//! The first pass: counts by the leading bits of a double.

use super::super::bytes::{
    MOST_VALUES, damaged, read_count, read_length, read_population, read_version, write_count,
};
use karat_scorer::Result;
use std::ops::Range;

/// Layout of [`Histogram::encode`].
const VERSION: u8 = 1;
/// Bits of a key below its bucket number.
const BUCKET_SHIFT: u32 = 45;
/// Buckets of one sign and exponent; a bucket is at most 1/128 of its values wide.
const PAGE: usize = 128;
/// Pages: every sign and exponent.
const PAGES: usize = 4096;
/// The pages of finite numbers; the outermost two hold infinities and NaN.
const FINITE: Range<usize> = 1..PAGES - 1;
/// Mark of a page without values; no page has this number.
const ABSENT: u16 = u16::MAX;

/// The bits of a number as an integer that orders like the number; -0.0 is taken as 0.0.
#[inline]
pub(super) fn key_of(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    let flip = (bits.cast_signed() >> 63).cast_unsigned() | 1 << 63;
    bits ^ flip
}

/// The number whose key this is.
pub(super) fn value_of(key: u64) -> f64 {
    let flip = (!key.cast_signed() >> 63).cast_unsigned() | 1 << 63;
    f64::from_bits(key ^ flip)
}

/// The bucket of a key: its upper 19 bits.
#[allow(clippy::cast_possible_truncation, reason = "19 bits")]
pub(super) fn bucket_of(key: u64) -> u32 {
    (key >> BUCKET_SHIFT) as u32
}

/// How many values fall into each bucket of about 0.8 % relative width, over the whole range of doubles.
///
/// Values must be finite: those that are not are counted apart and take no part. Buckets are stored by
/// pages of one sign and exponent, 1 kB each, beside a table of 8 kB.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    page_numbers: Box<[u16; PAGES]>,
    pages: Vec<[u64; PAGE]>,
    non_finite: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { page_numbers: Box::new([ABSENT; PAGES]), pages: Vec::new(), non_finite: 0 }
    }
}

impl Histogram {
    /// The state before the first value.
    pub(crate) fn new() -> Histogram {
        Histogram::default()
    }

    /// Takes one value in.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        self.add_to_bucket(bucket_of(key_of(value)), 1);
    }

    /// The bucket of a value, as a number that ascends with it.
    #[inline]
    pub(crate) fn bucket(value: f64) -> u32 {
        bucket_of(key_of(value))
    }

    /// Takes in everything `other` has seen.
    pub(crate) fn merge(&mut self, other: &Histogram) {
        for (bucket, count) in other.buckets() {
            self.add_to_bucket(bucket, count);
        }
        self.non_finite += other.non_finite;
    }

    /// Number of finite values.
    pub(crate) fn count(&self) -> u64 {
        self.pages.iter().flatten().sum()
    }

    /// The buckets that hold values, in ascending order of the values, with their counts.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        let numbered = self.page_numbers.iter().enumerate();
        numbered.filter_map(|(page, &number)| Some((page, self.pages.get(usize::from(number))?))).flat_map(
            |(page, counts)| {
                #[allow(clippy::cast_possible_truncation, reason = "19 bits")]
                let first = (page * PAGE) as u32;
                (first..).zip(counts.iter().copied()).filter(|&(_, count)| count > 0)
            },
        )
    }

    #[inline]
    fn add_to_bucket(&mut self, bucket: u32, count: u64) {
        let (page, place) = (bucket as usize / PAGE % PAGES, bucket as usize % PAGE);
        match self.pages.get_mut(usize::from(self.page_numbers[page])) {
            Some(counts) => counts[place] += count,
            None => self.add_to_new_page(page, place, count),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_to_new_page(&mut self, page: usize, place: usize, count: u64) {
        if !FINITE.contains(&page) {
            self.non_finite += count;
            return;
        }
        #[allow(clippy::cast_possible_truncation, reason = "there are fewer than 4096 pages")]
        let number = self.pages.len() as u16;
        self.page_numbers[page] = number;
        self.pages.push([0; PAGE]);
        self.pages[usize::from(number)][place] = count;
    }
}

#[allow(dead_code, reason = "workers of one fit send states as bytes; only tests do so before Spark comes")]
impl Histogram {
    /// Appends the state in sparse form: version, count of non-finite values, number of buckets, and for each
    /// the distance from the bucket before and its count. Equal histograms give equal bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        write_count(out, self.non_finite);
        write_count(out, self.buckets().count() as u64);
        let mut before = 0;
        for (bucket, count) in self.buckets() {
            write_count(out, u64::from(bucket - before));
            write_count(out, count);
            before = bucket;
        }
    }

    /// Takes from the front of `bytes` what [`encode`](Histogram::encode) wrote.
    ///
    /// # Errors
    /// [`Error::Format`] when the bytes are not such a state.
    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Histogram> {
        read_version(bytes, VERSION)?;
        let mut histogram = Histogram { non_finite: read_population(bytes)?, ..Histogram::new() };
        let mut before = 0;
        let mut total = 0u64;
        for _ in 0..read_length(bytes, 2)? {
            before = next_bucket(bytes, before)?;
            let count = read_population(bytes)?;
            total += count;
            if count == 0 || total > MOST_VALUES {
                return Err(damaged("a bucket is empty or counts more values than any table has"));
            }
            histogram.add_to_bucket(before, count);
        }
        Ok(histogram)
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Histogram) -> bool {
        self.non_finite == other.non_finite && self.buckets().eq(other.buckets())
    }
}

/// Reads the next of a list of ascending buckets of finite numbers; `before` is 0 at its beginning.
pub(super) fn next_bucket(bytes: &mut &[u8], before: u32) -> Result<u32> {
    let step = read_count(bytes)?;
    let bucket = u64::from(before).saturating_add(step);
    u32::try_from(bucket)
        .ok()
        .filter(|&bucket| step > 0 && FINITE.contains(&(bucket as usize / PAGE)))
        .ok_or_else(|| damaged("a bucket lies outside its order"))
}
