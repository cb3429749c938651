//! What is wrong with durations, all of it at once.

use karat_scorer::{Error, Problem, Result};

/// Columns of one observation each: how long, whether it ended, since when it was watched, how much it counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observed<'a> {
    pub(super) durations: &'a [f64],
    pub(super) events: &'a [f64],
    pub(super) entries: Option<&'a [f64]>,
    pub(super) weights: Option<&'a [f64]>,
}

/// Longest spell in whole periods: more is a unit that was mixed up.
pub(super) const MOST_PERIODS: f64 = 100_000.0;

impl Observed<'_> {
    pub(super) fn entry(&self, row: usize) -> f64 {
        self.entries.map_or(0.0, |entries| entries[row])
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Refuses what no model can read; `whole` asks for whole periods as well.
    pub(super) fn check(&self, whole: bool) -> Result<()> {
        let rows = self.durations.len();
        if rows == 0 {
            let remedy = "give at least one customer";
            return Err(Error::data(Problem::new("", "there are no customers", remedy)));
        }
        for (name, column) in
            [("events", Some(self.events)), ("entries", self.entries), ("weights", self.weights)]
        {
            if let Some(column) = column.filter(|column| column.len() != rows) {
                return Err(Error::shape(format!("rows of `{name}`"), rows, column.len()));
            }
        }
        let problems = self.problems(whole);
        if problems.is_empty() { Ok(()) } else { Err(Error::Data(problems)) }
    }

    fn problems(&self, whole: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        let rows = self.durations.len();
        let mut look = |column: &str, what: &str, remedy: &str, wrong: &dyn Fn(usize) -> bool| {
            let bad: Vec<usize> = (0..rows).filter(|&row| wrong(row)).collect();
            if !bad.is_empty() {
                problems.push(Problem::new(column, what, remedy).at(bad.len(), bad));
            }
        };
        let (durations, events) = (self.durations, self.events);
        let known = |row: usize| durations[row].is_finite() && durations[row] >= 0.0;
        look("durations", "missing or infinite", "leave these customers out, or fill them", &|row| {
            !durations[row].is_finite()
        });
        look("durations", "negative", "check start and end: nobody leaves before they came", &|row| {
            durations[row].is_finite() && durations[row] < 0.0
        });
        look(
            "events",
            "neither 0 (still here) nor 1 (left)",
            "write 1 for left and 0 for still here",
            &|row| events[row] != 0.0 && events[row] != 1.0,
        );
        look(
            "durations",
            "0 with an event",
            "count the period of the exit as the first one lived through",
            &|row| durations[row] == 0.0 && events[row] == 1.0,
        );
        if whole {
            look(
                "durations",
                "not whole periods",
                "round to whole periods, or use a model of continuous time",
                &|row| known(row) && durations[row].fract() != 0.0,
            );
            look(
                "durations",
                "beyond 100000 periods",
                "count in months or years rather than in days or seconds",
                &|row| known(row) && durations[row] > MOST_PERIODS,
            );
        }
        if let Some(entries) = self.entries {
            look("entries", "missing, infinite or negative", "write 0 for watched from the start", &|row| {
                !(entries[row].is_finite() && entries[row] >= 0.0)
            });
            look(
                "entries",
                "not before the end of the spell",
                "leave out who was gone before the records began",
                &|row| known(row) && entries[row] >= durations[row] && durations[row] > 0.0,
            );
            if whole {
                look("entries", "not whole periods", "round to whole periods", &|row| {
                    entries[row].is_finite() && entries[row].fract() != 0.0
                });
            }
        }
        if let Some(weights) = self.weights {
            look("weights", "missing, infinite or negative", "give weights of 0 or more", &|row| {
                !(weights[row].is_finite() && weights[row] >= 0.0)
            });
        }
        problems
    }
}
