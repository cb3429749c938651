//! The best way to join neighbouring pre-bins, found exactly.
//!
//! A partition into intervals is a path: its last bin is the interval `first..=last`, and what came before
//! ends at `first - 1`. The value of a partition is a sum over its bins, and every constraint looks at one
//! bin or at two neighbours, so that the best path to each (number of bins, phase, last bin) follows from the
//! best paths with one bin less: Bellman's principle. Mixed-integer programmes for the same problem:
//! Navas-Palencia, "Optimal binning: mathematical programming formulation" (2020).

use super::weight_of_evidence::{Cell, Objective};
use serde::{Deserialize, Serialize};

/// Which way event rates (or means) may run from bin to bin; neighbours may be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trend {
    /// Any way.
    #[default]
    Free,
    /// Up.
    Ascending,
    /// Down.
    Descending,
    /// Up or down, whichever tells more.
    Auto,
    /// Up, then down.
    Peak,
    /// Down, then up.
    Valley,
}

impl Trend {
    /// Its name in options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Trend::Free => "free",
            Trend::Ascending => "ascending",
            Trend::Descending => "descending",
            Trend::Auto => "auto",
            Trend::Peak => "peak",
            Trend::Valley => "valley",
        }
    }

    fn phases(self) -> &'static [Direction] {
        match self {
            Trend::Free | Trend::Auto => &[Direction::Any],
            Trend::Ascending => &[Direction::Up],
            Trend::Descending => &[Direction::Down],
            Trend::Peak => &[Direction::Up, Direction::Down],
            Trend::Valley => &[Direction::Down, Direction::Up],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Direction {
    Any,
    Up,
    Down,
}

/// What every bin, and every two neighbours, must satisfy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constraints {
    pub(crate) maximum_bins: usize,
    pub(crate) minimum_weight: f64,
    /// Of a binary target: least events and non-events.
    pub(crate) minimum_events: Option<(f64, f64)>,
    pub(crate) minimum_difference: f64,
    pub(crate) trend: Trend,
}

impl Constraints {
    fn admits(&self, cell: Cell) -> bool {
        let enough = self.minimum_events.is_none_or(|(events, non_events)| {
            cell.total >= events && cell.weight - cell.total >= non_events
        });
        enough && cell.weight > 0.0 && cell.weight >= self.minimum_weight
    }
}

/// The best partition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Partition {
    /// First pre-bin of every bin but the first.
    pub(crate) starts: Vec<usize>,
    pub(crate) value: f64,
    /// The trend that was kept to; ascending or descending where it was left open.
    pub(crate) trend: Trend,
}

/// Values of partitions closer than this, relatively, are equal: the one with fewer bins is taken.
const TIE: f64 = 1e-12;

/// Joins neighbouring cells into the bins of greatest value; none when no partition satisfies the constraints.
pub(crate) fn best_partition(
    cells: &[Cell],
    objective: &Objective,
    constraints: &Constraints,
) -> Option<Partition> {
    if cells.is_empty() {
        return None;
    }
    if constraints.trend != Trend::Auto {
        return Search::new(cells, objective, constraints).run();
    }
    let of = |trend| {
        let constraints = Constraints { trend, ..constraints.clone() };
        Search::new(cells, objective, &constraints).run()
    };
    match (of(Trend::Ascending), of(Trend::Descending)) {
        (Some(up), Some(down)) => Some(if down.value > up.value { down } else { up }),
        (up, down) => up.or(down),
    }
}

/// No path: a value and the state it came from.
const NOWHERE: (f64, usize) = (f64::NEG_INFINITY, 0);

/// The better of two paths, of equals the first.
fn better(one: (f64, usize), other: (f64, usize)) -> (f64, usize) {
    if other.0 > one.0 { other } else { one }
}

/// The best path up to each place.
fn running<'a>(paths: impl Iterator<Item = &'a (f64, usize)>) -> Vec<(f64, usize)> {
    let mut best = NOWHERE;
    paths
        .map(|&path| {
            best = better(best, path);
            best
        })
        .collect()
}

struct Search<'a> {
    constraints: &'a Constraints,
    count: usize,
    /// For each interval `first..=last`, at `first * count + last`: its part of the value, NaN where it is no bin.
    gain: Vec<f64>,
    rate: Vec<f64>,
    /// For each start of a bin, the bins that may come before it.
    before: Vec<Before>,
}

/// The bins that end where another begins, by ascending rate.
struct Before {
    rates: Vec<f64>,
    /// `first * count + last` of each.
    intervals: Vec<usize>,
}

/// Best values of one number of bins, by phase and last interval, and where each came from.
struct Layer {
    value: Vec<f64>,
    from: Vec<u32>,
}

impl<'a> Search<'a> {
    fn new(cells: &[Cell], objective: &Objective, constraints: &'a Constraints) -> Search<'a> {
        let count = cells.len();
        let (mut gain, mut rate) = (vec![f64::NAN; count * count], vec![f64::NAN; count * count]);
        for first in 0..count {
            let mut joined = Cell::default();
            for last in first..count {
                joined = joined.plus(cells[last]);
                if constraints.admits(joined) {
                    gain[first * count + last] = objective.gain(joined);
                    rate[first * count + last] = joined.rate();
                }
            }
        }
        let before = (0..count)
            .map(|start| {
                let ends_there = |first: usize| first * count + start.saturating_sub(1);
                let mut intervals: Vec<usize> =
                    (0..start).map(ends_there).filter(|&interval| !gain[interval].is_nan()).collect();
                intervals.sort_by(|&a, &b| rate[a].total_cmp(&rate[b]));
                Before { rates: intervals.iter().map(|&interval| rate[interval]).collect(), intervals }
            })
            .collect();
        Search { constraints, count, gain, rate, before }
    }

    fn run(&self) -> Option<Partition> {
        let most = self.constraints.maximum_bins.min(self.count);
        let mut layers = vec![self.first_layer()];
        while layers.len() < most {
            let next = layers.last().map(|layer| self.next_layer(layer))?;
            if next.value.iter().all(|&value| value == f64::NEG_INFINITY) {
                break;
            }
            layers.push(next);
        }
        let ends: Vec<Option<(f64, usize)>> = layers.iter().map(|layer| self.best_end(layer)).collect();
        let best = ends.iter().flatten().map(|&(value, _)| value).fold(f64::NEG_INFINITY, f64::max);
        // Joining bins never adds value, so that the fewest bins among equals say as much with less.
        let enough = best - best.abs() * TIE;
        let bins = ends.iter().position(|end| end.is_some_and(|(value, _)| value >= enough))?;
        let (value, state) = ends[bins]?;
        Some(Partition { starts: self.walk_back(&layers, bins, state), value, trend: self.constraints.trend })
    }

    fn states(&self) -> usize {
        self.constraints.trend.phases().len() * self.count * self.count
    }

    fn first_layer(&self) -> Layer {
        let mut value = vec![f64::NEG_INFINITY; self.states()];
        for last in 0..self.count {
            if !self.gain[last].is_nan() {
                value[last] = self.gain[last];
            }
        }
        Layer { value, from: Vec::new() }
    }

    fn next_layer(&self, layer: &Layer) -> Layer {
        let (count, square) = (self.count, self.count * self.count);
        let mut next = Layer { value: vec![f64::NEG_INFINITY; self.states()], from: vec![0; self.states()] };
        for (first, before) in self.before.iter().enumerate().skip(1) {
            for (phase, &direction) in self.constraints.trend.phases().iter().enumerate() {
                // A turn is made once: the second phase follows either.
                let arrived = before.intervals.iter().map(|&interval| {
                    let states = (0..=phase).map(|phase| phase * square + interval);
                    states.map(|state| (layer.value[state], state)).fold(NOWHERE, better)
                });
                let arrived: Vec<(f64, usize)> = arrived.collect();
                let lower = running(arrived.iter());
                let mut higher = running(arrived.iter().rev());
                higher.reverse();
                for last in first..count {
                    let interval = first * count + last;
                    if self.gain[interval].is_nan() {
                        continue;
                    }
                    let (value, state) = self.best_before(before, &lower, &higher, direction, interval);
                    if value > f64::NEG_INFINITY {
                        next.value[phase * square + interval] = value + self.gain[interval];
                        next.from[phase * square + interval] = state as u32;
                    }
                }
            }
        }
        next
    }

    /// The best path that may go on with an interval. By ascending rate those that may are the lower end of
    /// the list, the higher end, or both.
    fn best_before(
        &self,
        before: &Before,
        lower: &[(f64, usize)],
        higher: &[(f64, usize)],
        direction: Direction,
        interval: usize,
    ) -> (f64, usize) {
        let (rate, least) = (self.rate[interval], self.constraints.minimum_difference);
        let rising = || {
            let end = before.rates.partition_point(|&known| rate - known >= least);
            end.checked_sub(1).and_then(|at| lower.get(at)).copied().unwrap_or(NOWHERE)
        };
        let falling = || {
            let start = before.rates.partition_point(|&known| known - rate < least);
            higher.get(start).copied().unwrap_or(NOWHERE)
        };
        match direction {
            Direction::Up => rising(),
            Direction::Down => falling(),
            Direction::Any if least <= 0.0 => lower.last().copied().unwrap_or(NOWHERE),
            Direction::Any => better(rising(), falling()),
        }
    }

    /// The best path that has used every cell.
    fn best_end(&self, layer: &Layer) -> Option<(f64, usize)> {
        let last = self.count - 1;
        let mut best: Option<(f64, usize)> = None;
        for state in (last..self.states()).step_by(self.count) {
            let value = layer.value[state];
            if value > best.map_or(f64::NEG_INFINITY, |(value, _)| value) {
                best = Some((value, state));
            }
        }
        best
    }

    fn walk_back(&self, layers: &[Layer], bins: usize, mut state: usize) -> Vec<usize> {
        let mut starts = Vec::new();
        for layer in layers[1..=bins].iter().rev() {
            starts.push(state % (self.count * self.count) / self.count);
            state = layer.from[state] as usize;
        }
        starts.reverse();
        starts
    }
}
