//! Exact quantiles in two mergeable passes.
//!
//! The first pass counts values in a [`Histogram`] whose buckets are the leading bits of a double: sign,
//! exponent and seven bits of the significand. A [`QuantilePlan`] then knows in which buckets the wanted order
//! statistics lie; the second pass, a [`Refinement`], keeps the values of these buckets alone, and the plan
//! reads the exact order statistics from them. Nothing is approximated and nothing depends on order.

use super::bytes::{damaged, read_count, read_length, read_version, write_count};
use karat_scorer::{Error, Problem, Result};
use std::borrow::Cow;
use std::ops::Range;

/// Layout of [`Histogram::encode`] and [`Refinement::encode`].
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
/// The one key no value has, since -0.0 is taken as 0.0.
const NEGATIVE_ZERO: u64 = u64::MAX >> 1;
/// Values a refinement gathers before it sorts them, at the least.
const GATHERED: usize = 4096;

/// The bits of a number as an integer that orders like the number; -0.0 is taken as 0.0.
#[inline]
fn key_of(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    let flip = (bits.cast_signed() >> 63).cast_unsigned() | 1 << 63;
    bits ^ flip
}

/// The number whose key this is.
fn value_of(key: u64) -> f64 {
    let flip = (!key.cast_signed() >> 63).cast_unsigned() | 1 << 63;
    f64::from_bits(key ^ flip)
}

/// The bucket of a key: its upper 19 bits.
#[allow(clippy::cast_possible_truncation, reason = "19 bits")]
fn bucket_of(key: u64) -> u32 {
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

    /// Number of values that were not finite, against the precondition.
    pub(crate) fn non_finite(&self) -> u64 {
        self.non_finite
    }

    /// The buckets that hold values, in ascending order of the values, with their counts.
    fn buckets(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        let numbered = self.page_numbers.iter().enumerate();
        numbered.filter_map(|(page, &number)| Some((page, self.pages.get(usize::from(number))?))).flat_map(
            |(page, counts)| {
                #[allow(clippy::cast_possible_truncation, reason = "19 bits")]
                let first = (page * PAGE) as u32;
                (first..).zip(counts.iter().copied()).filter(|&(_, count)| count > 0)
            },
        )
    }

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
        let mut histogram = Histogram { non_finite: read_count(bytes)?, ..Histogram::new() };
        let mut before = 0;
        let mut total = 0u64;
        for _ in 0..read_length(bytes, 2)? {
            before = next_bucket(bytes, before)?;
            let count = read_count(bytes)?;
            total = total.checked_add(count).ok_or_else(|| damaged("a histogram counts beyond 64 bits"))?;
            if count == 0 {
                return Err(damaged("a histogram names an empty bucket"));
            }
            histogram.add_to_bucket(before, count);
        }
        Ok(histogram)
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

impl PartialEq for Histogram {
    fn eq(&self, other: &Histogram) -> bool {
        self.non_finite == other.non_finite && self.buckets().eq(other.buckets())
    }
}

/// Reads the next of a list of ascending buckets of finite numbers; `before` is 0 at its beginning.
fn next_bucket(bytes: &mut &[u8], before: u32) -> Result<u32> {
    let step = read_count(bytes)?;
    let bucket = u64::from(before).saturating_add(step);
    u32::try_from(bucket)
        .ok()
        .filter(|&bucket| step > 0 && FINITE.contains(&(bucket as usize / PAGE)))
        .ok_or_else(|| damaged("a bucket lies outside its order"))
}

/// Which order statistics are wanted of a column, and in which buckets they lie.
#[derive(Debug, Clone)]
pub(crate) struct QuantilePlan {
    targets: Vec<Target>,
    /// Every rank a target needs, ascending, each once.
    ranks: Vec<u64>,
    /// The buckets of these ranks, ascending.
    buckets: Vec<WantedBucket>,
}

/// The value `x[rank] + fraction * (x[rank + 1] - x[rank])` of the ascending values `x`.
#[derive(Debug, Clone, Copy)]
struct Target {
    rank: u64,
    fraction: f64,
}

#[derive(Debug, Clone, Copy)]
struct WantedBucket {
    bucket: u32,
    /// The ranks it holds.
    from: u64,
    to: u64,
}

impl QuantilePlan {
    /// Plans the quantiles at `probabilities`, in any order.
    ///
    /// They are those of type 7 of Hyndman and Fan, "Sample quantiles in statistical packages" (1996), the
    /// default of numpy and R: with `h = (n - 1) p` linear between the order statistics of ranks `floor(h)`
    /// and `floor(h) + 1`, counted from 0. Without values every quantile is NaN.
    ///
    /// # Errors
    /// [`Error::Argument`] when a probability lies outside [0, 1].
    pub(crate) fn new(histogram: &Histogram, probabilities: &[f64]) -> Result<QuantilePlan> {
        let last = histogram.count().saturating_sub(1);
        let mut targets = Vec::with_capacity(probabilities.len());
        for &probability in probabilities {
            if !(0.0..=1.0).contains(&probability) {
                return Err(Error::argument("probability", "must lie in [0, 1]", probability));
            }
            targets.push(Target::at(probability, last));
        }
        Ok(QuantilePlan::of_targets(histogram, targets))
    }

    /// Plans the order statistics of these ranks, 0 being the smallest value, in any order.
    ///
    /// # Errors
    /// [`Error::Argument`] when there are not so many values.
    pub(crate) fn of_ranks(histogram: &Histogram, ranks: &[u64]) -> Result<QuantilePlan> {
        let count = histogram.count();
        if let Some(rank) = ranks.iter().find(|&&rank| rank >= count) {
            return Err(Error::argument(
                "rank",
                format!("must be below the number of values, {count}"),
                rank,
            ));
        }
        let targets = ranks.iter().map(|&rank| Target { rank, fraction: 0.0 }).collect();
        Ok(QuantilePlan::of_targets(histogram, targets))
    }

    fn of_targets(histogram: &Histogram, targets: Vec<Target>) -> QuantilePlan {
        let mut ranks: Vec<u64> = targets.iter().flat_map(|target| target.ranks()).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let mut buckets = Vec::new();
        let mut open = ranks.iter().copied().peekable();
        let mut from = 0;
        for (bucket, count) in histogram.buckets() {
            let to = from + count;
            let mut wanted = false;
            while open.next_if(|&rank| rank < to).is_some() {
                wanted = true;
            }
            if wanted {
                buckets.push(WantedBucket { bucket, from, to });
            }
            from = to;
        }
        QuantilePlan { targets, ranks, buckets }
    }

    /// The empty state of the second pass, to be given every value of the first.
    pub(crate) fn refinement(&self) -> Refinement {
        Refinement::of_buckets(self.buckets.iter().map(|wanted| wanted.bucket).collect())
    }

    /// The planned quantiles or order statistics, in the order they were asked for.
    ///
    /// # Errors
    /// [`Error::Data`] when the second pass has seen other values than the first.
    pub(crate) fn finish(&self, refinement: &Refinement) -> Result<Vec<f64>> {
        let statistics = self.order_statistics(&refinement.counted())?;
        let at = |rank: u64| match self.ranks.binary_search(&rank) {
            Ok(place) => statistics.get(place).copied().unwrap_or(f64::NAN),
            Err(_) => f64::NAN,
        };
        let value = |target: &Target| match target.fraction {
            0.0 => at(target.rank),
            fraction => between(at(target.rank), at(target.rank + 1), fraction),
        };
        Ok(self.targets.iter().map(value).collect())
    }

    /// The values of [`ranks`](QuantilePlan::ranks), by one walk over the buckets; none when the histogram
    /// was empty.
    fn order_statistics(&self, counted: &[(u64, u64)]) -> Result<Vec<f64>> {
        let mut statistics = Vec::with_capacity(self.ranks.len());
        let mut values = counted.iter().peekable();
        for wanted in &self.buckets {
            let mut rank = wanted.from;
            while let Some(&(key, count)) = values.next_if(|&&(key, _)| bucket_of(key) == wanted.bucket) {
                rank = rank.saturating_add(count);
                while self.ranks.get(statistics.len()).is_some_and(|&wanted| wanted < rank) {
                    statistics.push(value_of(key));
                }
            }
            if rank != wanted.to {
                return Err(other_values(wanted.to - wanted.from, rank - wanted.from));
            }
        }
        match values.next() {
            None => Ok(statistics),
            Some(&(_, count)) => Err(other_values(0, count)),
        }
    }
}

impl Target {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks below 2^53 are exact, and h lies between 0 and the last of them"
    )]
    fn at(probability: f64, last: u64) -> Target {
        let h = last as f64 * probability;
        let rank = (h.floor() as u64).min(last);
        let fraction = if rank < last { h - h.floor() } else { 0.0 };
        Target { rank, fraction }
    }

    fn ranks(self) -> Range<u64> {
        self.rank..self.rank + if self.fraction == 0.0 { 1 } else { 2 }
    }
}

/// The point at `fraction` of the way from `low` to `high`, reckoned from the nearer end, so that it is
/// monotone in `fraction` and hits both ends.
fn between(low: f64, high: f64, fraction: f64) -> f64 {
    let width = high - low;
    if !width.is_finite() {
        low * (1.0 - fraction) + high * fraction
    } else if fraction < 0.5 {
        low + width * fraction
    } else {
        high - width * (1.0 - fraction)
    }
}

#[cold]
fn other_values(first: u64, second: u64) -> Error {
    Error::data(Problem::new(
        "",
        format!("the second pass met {second} values where the first had counted {first}"),
        "give both passes the same rows",
    ))
}

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
    fn of_buckets(buckets: Vec<u32>) -> Refinement {
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
            let count = read_count(bytes)?;
            let key = before.checked_add(step).filter(|&key| refinement.wants(bucket_of(key)));
            let (Some(key), Some(sum)) = (key, total.checked_add(count)) else {
                return Err(damaged("a value lies outside the buckets looked into"));
            };
            if step == 0 || count == 0 || key == NEGATIVE_ZERO {
                return Err(damaged("a value is not spelled as written"));
            }
            refinement.counted.push((key, count));
            (before, total) = (key, sum);
        }
        Ok(refinement)
    }

    #[inline]
    fn wants(&self, bucket: u32) -> bool {
        let Some(&first) = self.buckets.first() else {
            return false;
        };
        let offset = bucket.wrapping_sub(first);
        self.mask.get(offset as usize / 64).is_some_and(|word| word >> (offset % 64) & 1 == 1)
    }

    /// The counted values with the gathered ones.
    fn counted(&self) -> Cow<'_, [(u64, u64)]> {
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

#[cfg(test)]
#[path = "quantile_tests.rs"]
mod tests;
