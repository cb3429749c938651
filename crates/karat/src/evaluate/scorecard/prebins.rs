//! Pre-bins: the finest groups that the search may join.

use super::weight_of_evidence::Cell;
use std::cmp::Ordering;

/// Groups in order, and what separates them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PreBins<S> {
    pub(super) cells: Vec<Cell>,
    /// One fewer than cells: where each but the first begins.
    pub(super) starts: Vec<S>,
    /// Whether every different value has a pre-bin of its own, so that the search leaves nothing out.
    pub(super) exact: bool,
}

/// Distinct values of a numeric field in ascending order, each with its cell.
///
/// Rows are added value by value in the order of the table, so that the sums are the same in every run.
pub(super) fn distinct(rows: &[(f64, u32)], weight: impl Fn(u32) -> (f64, f64)) -> Vec<(f64, Cell)> {
    let mut keyed: Vec<(u64, u32)> = rows.iter().map(|&(value, row)| (ascending_bits(value), row)).collect();
    sort_by_key(&mut keyed);
    let mut found: Vec<(f64, Cell)> = Vec::new();
    let mut last = None;
    for (key, row) in keyed {
        let (weight, target) = weight(row);
        if weight <= 0.0 {
            continue;
        }
        if last != Some(key) {
            last = Some(key);
            found.push((value_of_bits(key), Cell::default()));
        }
        if let Some((_, cell)) = found.last_mut() {
            cell.add(weight, target);
        }
    }
    found
}

/// Integers in the order of the doubles; -0.0 is 0.0.
fn ascending_bits(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn value_of_bits(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// Digits of the radix sort.
const DIGIT: usize = 11;
/// Rows from which it repays its counters.
const MANY: usize = 4096;

/// Sorts by key and keeps the rows of equal keys in their order: least significant digit first, leaving out
/// digits that all keys share.
fn sort_by_key(keyed: &mut Vec<(u64, u32)>) {
    if keyed.len() < MANY {
        keyed.sort_unstable();
        return;
    }
    let mut other = vec![(0, 0); keyed.len()];
    for shift in (0..64).step_by(DIGIT) {
        let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT) - 1);
        let mut places = vec![0_usize; 1 << DIGIT];
        keyed.iter().for_each(|&(key, _)| places[digit(key)] += 1);
        if places.contains(&keyed.len()) {
            continue;
        }
        let mut start = 0;
        for place in &mut places {
            start += std::mem::replace(place, start);
        }
        for &entry in keyed.iter() {
            let place = &mut places[digit(entry.0)];
            other[*place] = entry;
            *place += 1;
        }
        std::mem::swap(keyed, &mut other);
    }
}

/// At most `most` pre-bins of about equal weight from distinct values in order; `between` gives the start of
/// a group from the last value before it and its first.
pub(super) fn quantile_prebins<V: Clone, S>(
    distinct: &[(V, Cell)],
    most: usize,
    between: impl Fn(&V, &V) -> S,
) -> PreBins<S> {
    let exact = distinct.len() <= most;
    let all: f64 = distinct.iter().map(|(_, cell)| cell.weight).sum();
    let (mut cells, mut starts) = (Vec::new(), Vec::new());
    let (mut open, mut reached, mut filled) = (Cell::default(), 0.0, 0.0);
    for (position, (value, cell)) in distinct.iter().enumerate() {
        open = open.plus(*cell);
        reached += cell.weight;
        let Some((next, _)) = distinct.get(position + 1) else { break };
        let quantile = (reached / all * most as f64).floor();
        if exact || quantile > filled {
            filled = quantile;
            cells.push(std::mem::take(&mut open));
            starts.push(between(value, next));
        }
    }
    cells.push(open);
    PreBins { cells, starts, exact }
}

/// Pre-bins between given cuts; those that hold nothing are joined with the one before unless `keep_empty`.
pub(super) fn given_prebins(distinct: &[(f64, Cell)], cuts: &[f64], keep_empty: bool) -> PreBins<f64> {
    let mut cells = vec![Cell::default(); cuts.len() + 1];
    for &(value, cell) in distinct {
        let at = cuts.partition_point(|&cut| cut <= value);
        cells[at] = cells[at].plus(cell);
    }
    if keep_empty {
        return PreBins { cells, starts: cuts.to_vec(), exact: false };
    }
    let mut kept = PreBins { cells: Vec::new(), starts: Vec::new(), exact: false };
    for (at, cell) in cells.into_iter().enumerate() {
        if cell.weight <= 0.0 {
            continue;
        }
        if !kept.cells.is_empty() {
            kept.starts.push(cuts[at - 1]);
        }
        kept.cells.push(cell);
    }
    kept
}

/// Candidates of one round of [`zoom`].
const ZOOM: usize = 128;

/// Finer pre-bins around chosen cuts: positions in the distinct values where they begin, chosen ones among
/// them, or none when there is nothing finer. What lies between is left whole, so that the best bins of the
/// coarser pre-bins are among those of the finer ones.
pub(super) fn zoom(values: usize, starts: &[usize], chosen: &[usize]) -> Option<Vec<usize>> {
    let share = (ZOOM / chosen.len().max(1)).max(4);
    let mut finer = chosen.to_vec();
    for cut in chosen {
        let at = starts.partition_point(|start| start < cut);
        let low = at.checked_sub(1).and_then(|at| starts.get(at)).copied().unwrap_or(0);
        let high = starts.get(at + 1).copied().unwrap_or(values);
        let step = (high - low).div_ceil(share).max(1);
        finer.extend((low + 1..high).step_by(step));
    }
    finer.sort_unstable();
    finer.dedup();
    let coarse = |start: &usize| starts.binary_search(start).is_ok();
    if finer.iter().all(coarse) { None } else { Some(finer) }
}

/// The pre-bins that begin at given positions of the distinct values.
pub(super) fn prebins_at(distinct: &[(f64, Cell)], starts: Vec<usize>) -> PreBins<usize> {
    let mut cells = Vec::with_capacity(starts.len() + 1);
    let mut from = 0;
    for to in starts.iter().copied().chain([distinct.len()]) {
        let part = distinct.get(from..to).unwrap_or_default();
        cells.push(part.iter().fold(Cell::default(), |sum, (_, cell)| sum.plus(*cell)));
        from = to;
    }
    PreBins { cells, starts, exact: false }
}

/// The roundest number above `low` and up to `high`: a cut that people can read parts the same rows.
pub(super) fn round_cut(low: f64, high: f64) -> f64 {
    if low < 0.0 && high >= 0.0 {
        return 0.0;
    }
    let fits = |cut: f64| cut > low && cut <= high;
    for exponent in (0..=15).rev() {
        let power = POWERS[exponent];
        let cut = (high / power).floor() * power;
        if fits(cut) {
            return cut + 0.0;
        }
    }
    for power in POWERS.iter().skip(1) {
        let cut = (high * power).floor() / power;
        if fits(cut) {
            return cut + 0.0;
        }
    }
    high
}

const POWERS: [f64; 16] =
    [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Categories in the order of their rates, equal ones by name.
pub(super) fn ordered_categories(mut found: Vec<(String, Cell)>) -> Vec<(String, Cell)> {
    found.sort_by(|(a, one), (b, other)| match one.rate().total_cmp(&other.rate()) {
        Ordering::Equal => a.cmp(b),
        order => order,
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_the_roundest_numbers_that_part_the_same_values() {
        for (low, high, cut) in [
            (5.0, 6.0, 6.0),
            (23.4478, 23.4512, 23.45),
            (-3.0, 2.0, 0.0),
            (98.0, 1203.0, 1000.0),
            (-7.0, -6.0, -6.0),
            (0.1, 0.1_f64.next_up(), 0.1_f64.next_up()),
            (1e300, 1.1e300, 1.1e300),
        ] {
            let found = round_cut(low, high);
            assert!(found > low && found <= high, "{low} {high}: {found}");
            assert_eq!(found, cut, "{low} {high}");
        }
        // Several numbers of two digits would do.
        assert!([-0.31, -0.32].contains(&round_cut(-0.37, -0.31)));
    }

    #[test]
    fn the_radix_sort_is_the_stable_sort() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 40
        };
        let keyed: Vec<(u64, u32)> =
            (0..3 * MANY as u32).map(|row| (ascending_bits(next() as f64 / 7.0 - 1e6).max(1), row)).collect();
        let (mut radix, mut stable) = (keyed.clone(), keyed);
        sort_by_key(&mut radix);
        stable.sort_by_key(|&(key, _)| key);
        assert_eq!(radix, stable);
        assert_eq!(value_of_bits(ascending_bits(-3.25)), -3.25);
        assert_eq!(ascending_bits(-0.0), ascending_bits(0.0));
    }

    #[test]
    fn quantile_prebins_hold_about_equal_weights() {
        let values: Vec<(f64, Cell)> =
            (0..1000).map(|i| (f64::from(i), Cell { weight: 1.0, total: 0.0 })).collect();
        let found = quantile_prebins(&values, 8, |_, next| *next);
        assert_eq!(found.cells.iter().map(|cell| cell.weight).collect::<Vec<_>>(), [125.0; 8]);
        assert_eq!(found.starts, [125.0, 250.0, 375.0, 500.0, 625.0, 750.0, 875.0]);
        assert!(!found.exact);
        let few = quantile_prebins(&values[..5], 8, |_, next| *next);
        assert!(few.exact && few.cells.len() == 5);
        // A value that holds most of the weight takes its quantiles alone.
        let mut lumpy = values[..10].to_vec();
        lumpy[3].1.weight = 1000.0;
        let found = quantile_prebins(&lumpy, 4, |_, next| *next);
        assert_eq!(found.starts, [4.0]);
    }
}
