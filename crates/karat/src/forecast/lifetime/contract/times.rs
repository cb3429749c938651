//! Distinct times of a column, in order, and who is at risk at each.

use super::check::Observed;

/// Distinct times and the place of each row among them.
#[derive(Debug)]
pub(super) struct Times {
    pub(super) times: Vec<f64>,
    pub(super) place: Vec<u32>,
    /// First time at which a row is at risk.
    pub(super) first: Vec<u32>,
}

/// Whole times below this are counted into slots rather than sorted.
const SLOTS: f64 = 65_536.0;

impl Times {
    pub(super) fn of(observed: &Observed<'_>) -> Times {
        let durations = observed.durations;
        let whole = durations.iter().all(|&time| time < SLOTS && time.fract() == 0.0);
        let (times, place) = if whole { counted(durations) } else { sorted(durations) };
        let first = match observed.entries {
            None => Vec::new(),
            Some(entries) => entries
                .iter()
                .map(
                    |&entry| {
                        if entry > 0.0 { times.partition_point(|&time| time <= entry) as u32 } else { 0 }
                    },
                )
                .collect(),
        };
        Times { times, place, first }
    }

    pub(super) fn first(&self, row: usize) -> usize {
        self.first.get(row).map_or(0, |&first| first as usize)
    }

    /// Weight of those at risk just before each time.
    pub(super) fn at_risk(&self, observed: &Observed<'_>) -> Vec<f64> {
        let mut steps = vec![0.0; self.times.len() + 1];
        for row in 0..self.place.len() {
            let (first, last) = (self.first(row), self.place[row] as usize);
            if first <= last {
                steps[first] += observed.weight(row);
                steps[last + 1] -= observed.weight(row);
            }
        }
        let mut running = 0.0;
        steps.pop();
        for step in &mut steps {
            running += *step;
            *step = running;
        }
        steps
    }
}

fn counted(durations: &[f64]) -> (Vec<f64>, Vec<u32>) {
    let most = durations.iter().fold(0.0_f64, |most, &time| most.max(time)) as usize;
    let mut seen = vec![u32::MAX; most + 1];
    for &time in durations {
        seen[time as usize] = 0;
    }
    let mut times = Vec::new();
    for (time, slot) in seen.iter_mut().enumerate() {
        if *slot == 0 {
            *slot = times.len() as u32;
            times.push(time as f64);
        }
    }
    (times, durations.iter().map(|&time| seen[time as usize]).collect())
}

fn sorted(durations: &[f64]) -> (Vec<f64>, Vec<u32>) {
    let mut times = durations.to_vec();
    times.sort_unstable_by(f64::total_cmp);
    times.dedup();
    let place = durations.iter().map(|&time| times.partition_point(|&known| known < time) as u32).collect();
    (times, place)
}
