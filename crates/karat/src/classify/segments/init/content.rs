//! An order of the rows that their content alone decides, and draws along it.
//!
//! Rows lie in buckets by a hash of their content, and within a bucket by content. A draw is a dart thrown at
//! the masses of the rows laid end to end in this order: neither the order of the table nor copies in place
//! of whole weights can show in what it hits.

use super::super::table::{CHUNK, LANES, Lanes};
use super::super::value::Value;
use super::mass::Unit;
use super::rows::Rows;
use crate::numerics::parallel::over_slots;
use crate::numerics::random::{GOLDEN_STEP, Random};
use karat_scorer::{Isa, Kernel};
use std::borrow::Cow;
use std::sync::OnceLock;

/// Rows of a bucket, about, while there are fewer than 2^22.
const BUCKET_BITS: u32 = 6;
const MOST_BITS: u32 = 16;
/// Buckets asked for from which an index of all pays.
const INDEXED_FROM: usize = 100;
/// Rows looked at together for those of one bucket.
const SCANNED: usize = 128;
/// Darts that may miss, one after another, before a draw is given up; at least one in four hits.
const DARTS: usize = 4096;

/// The rows by bucket.
#[derive(Debug)]
pub(in super::super) struct ContentOrder {
    /// The bucket of each row, also of those without weight.
    pub(super) bucket_of: Vec<u16>,
    bits: u32,
    index: OnceLock<Index>,
}

/// The rows of positive weight, bucket by bucket, as they lie in the table.
#[derive(Debug)]
struct Index {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl ContentOrder {
    /// Of fewer than 2^32 rows.
    pub(in super::super) fn of<T: Value>(rows: &Rows<'_, T>, threads: usize) -> ContentOrder {
        let size = Unit::of(rows).size();
        let bits = (u64::BITS - size.leading_zeros()).saturating_sub(BUCKET_BITS).clamp(4, MOST_BITS);
        let mut bucket_of = vec![0_u16; rows.count];
        over_slots(threads, CHUNK, &mut bucket_of, |part, buckets| {
            Isa::detect().run(Hashes { rows, start: part.start, bits, buckets });
        });
        ContentOrder { bucket_of, bits, index: OnceLock::new() }
    }

    pub(super) fn buckets(&self) -> usize {
        1 << self.bits
    }

    /// Makes [`bucket`](ContentOrder::bucket) fast where it will be asked for so often.
    pub(super) fn expect<T: Value>(&self, rows: &Rows<'_, T>, times: usize) {
        if times >= INDEXED_FROM {
            self.index.get_or_init(|| Index::of(rows, &self.bucket_of, self.buckets()));
        }
    }

    /// The rows of positive weight in one bucket as they lie in the table.
    pub(super) fn bucket<T: Value>(&self, rows: &Rows<'_, T>, bucket: usize) -> Cow<'_, [u32]> {
        if let Some(index) = self.index.get() {
            return Cow::Borrowed(
                &index.rows[index.starts[bucket] as usize..index.starts[bucket + 1] as usize],
            );
        }
        let mut found = Vec::new();
        for (number, part) in self.bucket_of.chunks(SCANNED).enumerate() {
            // Most parts have none, which is told without a branch for each.
            if part.iter().fold(false, |any, &of| any | (usize::from(of) == bucket)) {
                let places = part.iter().enumerate().filter(|(_, of)| usize::from(**of) == bucket);
                let row = |(place, _)| (number * SCANNED + place) as u32;
                found.extend(places.map(row).filter(|&row| rows.weight(row as usize) > 0.0));
            }
        }
        Cow::Owned(found)
    }
}

impl Index {
    fn of<T: Value>(rows: &Rows<'_, T>, bucket_of: &[u16], buckets: usize) -> Index {
        let mut starts = vec![0_u32; buckets + 1];
        for (row, &bucket) in bucket_of.iter().enumerate() {
            starts[usize::from(bucket) + 1] += u32::from(rows.weight(row) > 0.0);
        }
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        let mut ends = starts.clone();
        let mut order = vec![0_u32; before as usize];
        for (row, &bucket) in bucket_of.iter().enumerate() {
            if rows.weight(row) > 0.0 {
                let end = &mut ends[usize::from(bucket)];
                order[*end as usize] = row as u32;
                *end += 1;
            }
        }
        Index { starts, rows: order }
    }
}

/// Hashes of the contents, -0.0 taken as 0.0.
struct Hashes<'a, 'b, T> {
    rows: &'a Rows<'a, T>,
    start: usize,
    bits: u32,
    buckets: &'b mut [u16],
}

impl<T: Value> Kernel for Hashes<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut block: Vec<Lanes> = vec![[0.0; LANES]; self.rows.columns];
        for (part, buckets) in self.buckets.chunks_mut(LANES).enumerate() {
            self.rows.gather(self.start + part * LANES, &mut block);
            let mut hash = [0_u64; LANES];
            for x in &block {
                for lane in 0..LANES {
                    let word = hash[lane] ^ (x[lane] + 0.0).to_bits();
                    hash[lane] = (word ^ word >> 32).wrapping_mul(GOLDEN_STEP);
                }
            }
            for lane in 0..LANES {
                hash[lane] = (hash[lane] ^ hash[lane] >> 29).wrapping_mul(GOLDEN_STEP) >> (64 - self.bits);
            }
            for (bucket, hash) in buckets.iter_mut().zip(hash) {
                *bucket = hash as u16;
            }
        }
    }
}

/// The masses of the buckets, laid end to end.
///
/// They may be those of a moment ago, when masses were no smaller than now: a dart that falls beyond what is
/// left in its bucket is thrown again, so that rows are still drawn in proportion to their masses of now.
#[derive(Debug)]
pub(super) struct Draws {
    ends: Vec<u64>,
}

impl Draws {
    pub(super) fn new(mut masses: Vec<u64>) -> Draws {
        let mut before = 0;
        for mass in &mut masses {
            before += *mass;
            *mass = before;
        }
        Draws { ends: masses }
    }

    /// Draws in proportion to the weights, as masses of `unit`.
    pub(super) fn by_weight<T: Value>(rows: &Rows<'_, T>, order: &ContentOrder, unit: &Unit) -> Draws {
        let mut masses = vec![0; order.buckets()];
        for (row, &bucket) in order.bucket_of.iter().enumerate() {
            masses[usize::from(bucket)] += unit.units(1.0, rows.weight(row));
        }
        Draws::new(masses)
    }

    pub(super) fn total(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// A row with a probability proportional to its mass of now, in units; `None` when there is none.
    pub(super) fn draw<T: Value>(
        &self,
        rows: &Rows<'_, T>,
        order: &ContentOrder,
        mass: impl Fn(usize) -> u64,
        random: &mut Random,
    ) -> Option<usize> {
        let mut members: Vec<(u32, u64)> = Vec::new();
        for _ in 0..DARTS {
            let dart = share(random, self.total());
            let bucket = self.ends.partition_point(|&end| end <= dart);
            let start = bucket.checked_sub(1).map_or(0, |before| self.ends[before]);
            if bucket == self.ends.len() {
                return None;
            }
            members.clear();
            let bucket = order.bucket(rows, bucket);
            let alive = bucket.iter().map(|&row| (row, mass(row as usize)));
            members.extend(alive.filter(|&(_, mass)| mass > 0));
            if members.iter().map(|(_, mass)| mass).sum::<u64>() > dart - start {
                return Some(hit(rows, &mut members, dart - start));
            }
        }
        None
    }
}

/// A uniform share of `total`: a whole number below it.
fn share(random: &mut Random, total: u64) -> u64 {
    ((u128::from(random.next_bits()) * u128::from(total)) >> 64) as u64
}

/// The row at `dart` of the members' masses in the order of their content; of copies the first of the table.
fn hit<T: Value>(rows: &Rows<'_, T>, members: &mut [(u32, u64)], dart: u64) -> usize {
    members.sort_unstable_by(|a, b| rows.by_content(a.0 as usize, b.0 as usize).then_with(|| a.0.cmp(&b.0)));
    let mut left = dart;
    let mut first = 0;
    for (place, &(row, mass)) in members.iter().enumerate() {
        if rows.by_content(members[first].0 as usize, row as usize).is_ne() {
            first = place;
        }
        if left < mass {
            break;
        }
        left -= mass;
    }
    members[first].0 as usize
}

/// The rows by content, for those that draws cannot reach: calls `visit` with one row of every content until
/// it returns `false`.
pub(super) fn each_content<T: Value>(
    rows: &Rows<'_, T>,
    order: &ContentOrder,
    mut visit: impl FnMut(usize) -> bool,
) {
    order.expect(rows, order.buckets());
    for bucket in 0..order.buckets() {
        let mut members = order.bucket(rows, bucket).into_owned();
        members.sort_unstable_by(|&a, &b| rows.by_content(a as usize, b as usize).then_with(|| a.cmp(&b)));
        members.dedup_by(|&mut later, &mut kept| rows.by_content(kept as usize, later as usize).is_eq());
        if !members.iter().all(|&row| visit(row as usize)) {
            return;
        }
    }
}
