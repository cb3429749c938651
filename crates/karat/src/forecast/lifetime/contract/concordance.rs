//! Harrell's concordance in n log n.

use karat_scorer::{Error, Result};

/// Of pairs of customers of whom one is known to have left before the other: the share in which that one had
/// more risk, equal risks counting half (Harrell and others 1982). 0.5 where there is no such pair.
///
/// ```
/// use karat::forecast::lifetime::contract::concordance;
/// let value = concordance(&[1.0, 2.0, 3.0], &[1.0, 1.0, 0.0], &[0.9, 0.1, 0.5])?;
/// assert_eq!(value, 2.0 / 3.0);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] for columns of unequal length.
pub fn concordance(durations: &[f64], events: &[f64], risks: &[f64]) -> Result<f64> {
    let rows = durations.len();
    for (what, found) in [("rows of `events`", events.len()), ("rows of `risks`", risks.len())] {
        if found != rows {
            return Err(Error::shape(what, rows, found));
        }
    }
    let mut levels = risks.to_vec();
    levels.sort_unstable_by(f64::total_cmp);
    levels.dedup();
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|&a, &b| durations[b].total_cmp(&durations[a]));
    let place = |row: usize| levels.partition_point(|level| level.total_cmp(&risks[row]).is_lt());
    let mut seen = Tree::new(levels.len());
    let (mut higher, mut equal, mut pairs) = (0_u64, 0_u64, 0_u64);
    let mut from = 0;
    while from < rows {
        let mut to = from;
        while to < rows && durations[order[to]] == durations[order[from]] {
            to += 1;
        }
        // Who is still here at this time outlasts who leaves at it.
        for &row in order[from..to].iter().filter(|&&row| events[row] != 1.0) {
            seen.add(place(row));
        }
        for &row in order[from..to].iter().filter(|&&row| events[row] == 1.0) {
            let level = place(row);
            let below = seen.below(level);
            higher += below;
            equal += seen.below(level + 1) - below;
            pairs += seen.total;
        }
        for &row in order[from..to].iter().filter(|&&row| events[row] == 1.0) {
            seen.add(place(row));
        }
        from = to;
    }
    Ok(if pairs == 0 { 0.5 } else { (higher as f64 + 0.5 * equal as f64) / pairs as f64 })
}

/// Counts by place with sums of prefixes (Fenwick 1994).
struct Tree {
    counts: Vec<u64>,
    total: u64,
}

impl Tree {
    fn new(places: usize) -> Tree {
        Tree { counts: vec![0; places + 1], total: 0 }
    }

    fn add(&mut self, place: usize) {
        self.total += 1;
        let mut at = place + 1;
        while at < self.counts.len() {
            self.counts[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn below(&self, place: usize) -> u64 {
        let (mut at, mut sum) = (place, 0);
        while at > 0 {
            sum += self.counts[at];
            at &= at - 1;
        }
        sum
    }
}
