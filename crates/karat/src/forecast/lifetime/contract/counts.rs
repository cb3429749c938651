//! Renewals counted by period: all that a model of whole periods needs of its data.

use super::check::Observed;
use karat_scorer::{Error, Problem, Result};

/// How many customers were lost and kept in each period after the start.
///
/// A likelihood over renewals is a product over periods, so that these two columns hold everything that cohort
/// tables and single customers say, censored and late ones included. Counts of several cohorts add up.
///
/// ```
/// use karat::forecast::lifetime::contract::PeriodCounts;
/// // The same four customers: as survivors, and one by one.
/// let cohort = PeriodCounts::from_cohorts(&[[4.0, 3.0, 1.0]])?;
/// let single = PeriodCounts::from_durations(&[1.0, 2.0, 2.0, 2.0], &[1.0, 1.0, 1.0, 0.0])?;
/// assert_eq!(cohort, single);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PeriodCounts {
    lost: Vec<f64>,
    kept: Vec<f64>,
}

impl PeriodCounts {
    /// From the survivors of each cohort: its size, then how many are left after 1, 2, ... periods.
    ///
    /// # Errors
    /// [`Error::Data`] naming every cohort that is empty, too short, grows, or holds anything but numbers of 0
    /// or more.
    pub fn from_cohorts<S: AsRef<[f64]>>(cohorts: &[S]) -> Result<PeriodCounts> {
        let mut problems = Vec::new();
        if cohorts.is_empty() {
            problems.push(Problem::new("", "there are no cohorts", "give at least one"));
        }
        for (number, cohort) in cohorts.iter().enumerate() {
            problems.extend(cohort_problems(number, cohort.as_ref()));
        }
        if !problems.is_empty() {
            return Err(Error::Data(problems));
        }
        let mut counts = PeriodCounts::default();
        for cohort in cohorts {
            for (period, pair) in cohort.as_ref().windows(2).enumerate() {
                counts.reach(period + 1);
                counts.lost[period] += pair[0] - pair[1];
                counts.kept[period] += pair[1];
            }
        }
        Ok(counts)
    }

    /// From single customers: the period in which each left (event 1), or how many periods the others have
    /// lived through so far (event 0).
    ///
    /// # Errors
    /// As [`PeriodCounts::from_spells`].
    pub fn from_durations(durations: &[f64], events: &[f64]) -> Result<PeriodCounts> {
        PeriodCounts::from_spells(durations, events, None, None)
    }

    /// From single customers with late entry (periods already lived through when the records began) and weights.
    ///
    /// # Errors
    /// [`Error::Data`] naming everything wrong with its rows, [`Error::Shape`] for columns of unequal length.
    pub fn from_spells(
        durations: &[f64],
        events: &[f64],
        entries: Option<&[f64]>,
        weights: Option<&[f64]>,
    ) -> Result<PeriodCounts> {
        let observed = Observed { durations, events, entries, weights };
        observed.check(true)?;
        let longest = durations.iter().fold(0.0_f64, |most, &duration| most.max(duration)) as usize;
        let mut counts = PeriodCounts::default();
        counts.reach(longest);
        // Kept in the periods after entry and up to the last: a step up and a step down, added up below.
        let mut steps = vec![0.0; longest + 1];
        for row in 0..durations.len() {
            let (weight, last) = (observed.weight(row), durations[row] as usize);
            if last == 0 {
                continue;
            }
            let lost = events[row] == 1.0;
            steps[observed.entry(row) as usize] += weight;
            steps[last - usize::from(lost)] -= weight;
            if lost {
                counts.lost[last - 1] += weight;
            }
        }
        let mut running = 0.0;
        for (kept, step) in counts.kept.iter_mut().zip(&steps) {
            running += step;
            // Weights that are no whole numbers may leave a trace of rounding.
            *kept = running.max(0.0);
        }
        Ok(counts)
    }

    /// Adds the counts of other customers.
    pub fn merge(&mut self, other: &PeriodCounts) {
        self.reach(other.periods());
        for period in 0..other.periods() {
            self.lost[period] += other.lost[period];
            self.kept[period] += other.kept[period];
        }
    }

    /// Number of periods in which anybody was watched.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.lost.len()
    }

    /// Customers lost in periods 1, 2, ...
    #[must_use]
    pub fn lost(&self) -> &[f64] {
        &self.lost
    }

    /// Customers kept in periods 1, 2, ...
    #[must_use]
    pub fn kept(&self) -> &[f64] {
        &self.kept
    }

    /// Customers lost in all periods.
    #[must_use]
    pub fn events(&self) -> f64 {
        self.lost.iter().sum()
    }

    /// Renewals and exits in all periods.
    #[must_use]
    pub fn decisions(&self) -> f64 {
        self.events() + self.kept.iter().sum::<f64>()
    }

    fn reach(&mut self, periods: usize) {
        if self.lost.len() < periods {
            self.lost.resize(periods, 0.0);
            self.kept.resize(periods, 0.0);
        }
    }
}

fn cohort_problems(number: usize, cohort: &[f64]) -> Vec<Problem> {
    let column = format!("cohort {number}");
    let mut problems = Vec::new();
    let mut look = |what: &str, remedy: &str, places: Vec<usize>| {
        if !places.is_empty() {
            problems.push(Problem::new(&column, what, remedy).at(places.len(), places));
        }
    };
    let bad = |value: &f64| !(value.is_finite() && *value >= 0.0);
    look(
        "missing, infinite or negative",
        "give numbers of customers of 0 or more",
        (0..cohort.len()).filter(|&place| bad(&cohort[place])).collect(),
    );
    look(
        "more customers than in the period before",
        "survivors of one cohort never grow: keep new customers apart as a cohort of their own",
        (1..cohort.len()).filter(|&place| cohort[place] > cohort[place - 1]).collect(),
    );
    if cohort.len() < 2 {
        let remedy = "give its size and the survivors after at least one period";
        problems.push(Problem::new(&column, format!("{} numbers", cohort.len()), remedy));
    } else if cohort[0] == 0.0 {
        problems.push(Problem::new(&column, "no customers at the start", "leave the cohort out"));
    }
    problems
}
