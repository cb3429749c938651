//! Ranks of many values, again and again.

/// Bits of a digit; three digits hold a key.
const DIGIT: u32 = 11;
const DIGITS: usize = 3;
const VALUES: usize = 1 << DIGIT;

/// Sorts positions by their values, in buffers that are kept.
///
/// Values are told apart at 2^-32 of their range: those nearer than that share a rank.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    order: Vec<u64>,
    spare: Vec<u64>,
}

impl Ranking {
    /// The ranking of `values`, which are finite and fewer than 2^31.
    pub(super) fn sort(&mut self, values: &[f64]) -> &[u64] {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let unit = if most > least { f64::from(u32::MAX) / (most - least) } else { 0.0 };
        self.order.clear();
        let mut counts = vec![[0_u32; VALUES]; DIGITS];
        for (position, value) in values.iter().enumerate() {
            let key = ((value - least) * unit) as u32;
            for (digit, counts) in counts.iter_mut().enumerate() {
                counts[(key >> (DIGIT * digit as u32)) as usize % VALUES] += 1;
            }
            self.order.push(u64::from(key) << 32 | position as u64);
        }
        self.spare.resize(self.order.len(), 0);
        for (digit, counts) in counts.iter_mut().enumerate() {
            let shift = 32 + DIGIT * digit as u32;
            let mut start = 0;
            for count in counts.iter_mut() {
                start += std::mem::replace(count, start);
            }
            for &entry in &self.order {
                let slot = &mut counts[(entry >> shift) as usize % VALUES];
                self.spare[*slot as usize] = entry;
                *slot += 1;
            }
            std::mem::swap(&mut self.order, &mut self.spare);
        }
        &self.order
    }
}

/// Calls `each` with every position and twice its rank, counted from 0; equal values share their mean rank.
pub(super) fn doubled_ranks(order: &[u64], mut each: impl FnMut(usize, u32)) {
    let mut start = 0;
    for run in order.chunk_by(|a, b| a >> 32 == b >> 32) {
        let rank = 2 * start + run.len() - 1;
        for entry in run {
            each((entry & 0xffff_ffff) as usize, rank as u32);
        }
        start += run.len();
    }
}

/// The value that stands at `place` among the ascending `values`, to the bit.
pub(super) fn value_at(order: &[u64], values: &[f64], place: usize) -> f64 {
    let Some(key) = order.get(place).map(|entry| entry >> 32) else { return f64::INFINITY };
    let start = order.partition_point(|entry| entry >> 32 < key);
    let end = order.partition_point(|entry| entry >> 32 <= key);
    let mut run: Vec<f64> =
        order[start..end].iter().map(|entry| values[(entry & 0xffff_ffff) as usize]).collect();
    *run.select_nth_unstable_by(place - start, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::random::Random;

    /// Against a comparison sort of the same numbers, with many ties.
    #[test]
    fn radix_ranks_are_those_of_a_comparison_sort() {
        let mut random = Random::new(5);
        let values: Vec<f64> = (0..5000)
            .map(|at| if at % 3 == 0 { (random.uniform() * 20.0).floor() } else { random.uniform() * 20.0 })
            .collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let mut ranking = Ranking::default();
        let order = ranking.sort(&values).to_vec();
        for place in [0, 1, 17, 2500, 4999] {
            assert_eq!(value_at(&order, &values, place).to_bits(), sorted[place].to_bits());
        }
        assert!(value_at(&order, &values, 5000).is_infinite());
        doubled_ranks(&order, |position, doubled| {
            let below = sorted.partition_point(|value| *value < values[position]);
            let not_above = sorted.partition_point(|value| *value <= values[position]);
            assert_eq!(doubled as usize, below + not_above - 1);
        });
    }
}
