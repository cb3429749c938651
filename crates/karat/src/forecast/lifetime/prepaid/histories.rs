//! Histories and spending at the door: checked with all problems at once, equal rows counted once.

use crate::numerics::parallel::Chunks;
use karat_scorer::{Error, Problem, Result};
use std::ops::Range;

/// Rows whose equal ones are counted together.
const CHUNK: usize = 1 << 16;

/// Distinct histories with how often each occurs.
///
/// ```
/// use karat::forecast::lifetime::prepaid::Histories;
/// let rows = Histories::new(&[2.0, 0.0, 2.0], &[30.0, 0.0, 30.0], &[39.0, 39.0, 39.0], None)?;
/// assert_eq!((rows.customers(), rows.distinct()), (3.0, 2));
/// let error = Histories::new(&[2.0, -1.0], &[40.0, 0.0], &[39.0, 39.0], None).unwrap_err();
/// assert!(error.to_string().contains("after `T`"));
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Histories {
    pub(super) frequency: Vec<f64>,
    pub(super) recency: Vec<f64>,
    pub(super) age: Vec<f64>,
    pub(super) weight: Vec<f64>,
    /// Which of `counts` the row's frequency is.
    pub(super) place: Vec<u32>,
    /// Distinct frequencies, ascending.
    pub(super) counts: Vec<f64>,
    pub(super) total: f64,
}

impl Histories {
    /// Checks rows of x, `t_x` and T, one a customer or with a weight each, and counts equal ones once.
    ///
    /// # Errors
    /// [`Error::Shape`] for columns of different lengths; [`Error::Data`] with every kind of problem and its
    /// first rows: `t_x` after T, counts that are negative or not whole, x > 0 with `t_x` = 0 and the other way
    /// round, T = 0 for everybody, values that are not finite, negative weights, no rows.
    pub fn new(
        frequency: &[f64],
        recency: &[f64],
        age: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Histories> {
        Histories::counted(frequency, recency, age, weights, 1)
    }

    /// As [`Histories::new`], by some threads (0 for all): the same histories for any number of them.
    ///
    /// # Errors
    /// Those of [`Histories::new`].
    pub fn counted(
        frequency: &[f64],
        recency: &[f64],
        age: &[f64],
        weights: Option<&[f64]>,
        threads: usize,
    ) -> Result<Histories> {
        let rows = frequency.len();
        for (name, found) in
            [("recency", recency.len()), ("T", age.len()), ("weights", weights.map_or(rows, <[f64]>::len))]
        {
            if found != rows {
                return Err(Error::shape(format!("rows of column `{name}`"), rows, found));
            }
        }
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        // One pass tells whether all is well; what is wrong is looked for only where something is.
        let fit = |row: usize| {
            let counted = weight(row);
            is_possible(frequency[row], recency[row], age[row]) && counted >= 0.0 && counted.is_finite()
        };
        let seen = |row: usize| age[row] > 0.0 && weight(row) > 0.0;
        if !((0..rows).all(fit) && (0..rows).any(seen)) {
            let faults = problems(frequency, recency, age, weights);
            if !faults.is_empty() {
                return Err(Error::Data(faults));
            }
        }
        // Chunks have tables that the processor keeps near, and can be counted by threads.
        let chunks = Chunks { task: "counting equal histories", rows, chunk: CHUNK, threads };
        let count = |rows: Range<usize>| {
            let mut distinct = Distinct::new(rows.len());
            for row in rows {
                if weight(row) > 0.0 {
                    distinct.count([frequency[row], recency[row], age[row]], weight(row));
                }
            }
            distinct
        };
        let merge = |all: &mut Distinct, part: Distinct| all.merge(part);
        let distinct = chunks.map_reduce(count, Distinct::new(CHUNK), merge, &mut |_| true)?;
        Ok(Histories::of(&distinct.sorted()))
    }

    fn of(rows: &[([f64; 3], f64)]) -> Histories {
        let column = |k: usize| rows.iter().map(|(row, _)| row[k]).collect::<Vec<f64>>();
        let mut counts = column(0);
        // Rows are in the order of their frequencies.
        counts.dedup();
        let mut place = Vec::with_capacity(rows.len());
        let mut at = 0;
        for (row, _) in rows {
            while counts[at] != row[0] {
                at += 1;
            }
            place.push(at as u32);
        }
        let weight: Vec<f64> = rows.iter().map(|(_, weight)| *weight).collect();
        Histories {
            frequency: column(0),
            recency: column(1),
            age: column(2),
            total: weight.iter().sum(),
            weight,
            place,
            counts,
        }
    }

    /// Sum of the weights: customers.
    #[must_use]
    pub fn customers(&self) -> f64 {
        self.total
    }

    /// Distinct histories.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.frequency.len()
    }

    pub(super) fn sum(&self, of: impl Fn(usize) -> f64) -> f64 {
        (0..self.distinct()).map(|row| self.weight[row] * of(row)).sum()
    }

    /// The unit of the parameters that are times.
    pub(super) fn mean_age(&self) -> f64 {
        self.sum(|row| self.age[row]) / self.total
    }
}

/// Checks rows that are to be scored: as [`Histories::new`], but a new customer with T = 0 is one.
pub(super) fn check_rows(frequency: &[f64], recency: &[f64], age: &[f64]) -> Result<()> {
    for (name, found) in [("recency", recency.len()), ("T", age.len())] {
        if found != frequency.len() {
            return Err(Error::shape(format!("rows of column `{name}`"), frequency.len(), found));
        }
    }
    let rows = 0..frequency.len();
    let possible = |row: usize| {
        let (x, t_x, t) = (frequency[row], recency[row], age[row]);
        is_possible(x, t_x, t)
    };
    if rows.clone().all(possible) {
        return Ok(());
    }
    let faults = problems(frequency, recency, age, None);
    if faults.is_empty() { Ok(()) } else { Err(Error::Data(faults)) }
}

fn is_possible(x: f64, t_x: f64, t: f64) -> bool {
    x >= 0.0 && x.fract() == 0.0 && t.is_finite() && t_x >= 0.0 && t_x <= t && (x == 0.0) == (t_x == 0.0)
}

/// Rows with a fault, for each kind of fault.
fn problems(x: &[f64], recency: &[f64], age: &[f64], weights: Option<&[f64]>) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut note = |column: &str, what: &str, remedy: &str, wrong: &dyn Fn(usize) -> bool| {
        let rows: Vec<usize> = (0..x.len()).filter(|&row| wrong(row)).collect();
        if !rows.is_empty() {
            found.push(Problem::new(column, what, remedy).at(rows.len(), rows.iter().copied()));
        }
    };
    let finite = |row: usize| x[row].is_finite() && recency[row].is_finite() && age[row].is_finite();
    note("frequency", "not a finite number", "fill in or leave out", &|row| !x[row].is_finite());
    note("recency", "not a finite number", "fill in or leave out", &|row| !recency[row].is_finite());
    note("T", "not a finite number", "fill in or leave out", &|row| !age[row].is_finite());
    note("frequency", "a negative count", "count the transactions after the first: 0 or more", &|row| {
        x[row] < 0.0
    });
    note("frequency", "not a whole number", "count transactions", &|row| {
        x[row].is_finite() && x[row].fract() != 0.0
    });
    note("recency", "negative", "it is the time from the first transaction to the last", &|row| {
        recency[row] < 0.0
    });
    note("T", "negative", "it is the time from the first transaction to now", &|row| age[row] < 0.0);
    note("recency", "the last transaction comes after `T`", "use one unit and one origin for both", &|row| {
        finite(row) && recency[row] > age[row] && age[row] >= 0.0
    });
    note(
        "recency",
        "0, but there are repeated transactions",
        "use a finer unit of time, or count days with a transaction",
        &|row| finite(row) && x[row] > 0.0 && recency[row] == 0.0,
    );
    note(
        "recency",
        "above 0, but there is no repeated transaction",
        "frequency counts transactions after the first",
        &|row| finite(row) && x[row] == 0.0 && recency[row] > 0.0,
    );
    if let Some(weights) = weights {
        note("weights", "negative or not finite", "how many customers share the row", &|row| {
            !(weights[row] >= 0.0 && weights[row].is_finite())
        });
    }
    if found.is_empty() {
        let counted = |row: usize| weights.is_none_or(|weights| weights[row] > 0.0);
        if !(0..x.len()).any(counted) {
            found.push(Problem::new(
                "",
                "there are no customers",
                "give at least one row with a weight above 0",
            ));
        } else if (0..x.len()).all(|row| age[row] == 0.0) {
            let rows = 0..x.len();
            found.push(
                Problem::new("T", "0 for everybody", "nothing was observed: wait, or mend the dates")
                    .at(x.len(), rows),
            );
        }
    }
    found
}

/// Distinct rows of three numbers in an open table, by their bits.
struct Distinct {
    slots: Vec<u32>,
    rows: Vec<([f64; 3], f64)>,
}

const EMPTY: u32 = u32::MAX;

impl Distinct {
    fn new(rows: usize) -> Distinct {
        let size = (rows.min(1 << 12) * 2).next_power_of_two().max(16);
        Distinct { slots: vec![EMPTY; size], rows: Vec::new() }
    }

    fn count(&mut self, row: [f64; 3], weight: f64) {
        let mut slot = self.slot_of(&row);
        while let Some((known, sum)) = self.rows.get_mut(self.slots[slot] as usize) {
            if *known == row {
                *sum += weight;
                return;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = self.rows.len() as u32;
        self.rows.push((row, weight));
        if 2 * self.rows.len() > self.slots.len() {
            self.grow();
        }
    }

    /// Adds the counts of other rows.
    fn merge(&mut self, other: Distinct) {
        if self.rows.is_empty() {
            *self = other;
            return;
        }
        for (row, weight) in other.rows {
            self.count(row, weight);
        }
    }

    fn slot_of(&self, row: &[f64; 3]) -> usize {
        // -0 and 0 are one number; the sum makes them one pattern of bits.
        let mut hash = 0_u64;
        for number in row {
            hash = (hash.rotate_left(23) ^ (number + 0.0).to_bits()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
        ((hash ^ (hash >> 29)) as usize) & (self.slots.len() - 1)
    }

    fn grow(&mut self) {
        self.slots = vec![EMPTY; self.slots.len() * 4];
        for at in 0..self.rows.len() {
            let mut slot = self.slot_of(&self.rows[at].0);
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = at as u32;
        }
    }

    /// In ascending order, so that the order of the rows given cannot show in a sum.
    fn sorted(mut self) -> Vec<([f64; 3], f64)> {
        let [x, recency, age] = [0, 1, 2];
        self.rows.sort_unstable_by(|(one, _), (other, _)| {
            one[x]
                .total_cmp(&other[x])
                .then(one[recency].total_cmp(&other[recency]))
                .then(one[age].total_cmp(&other[age]))
        });
        self.rows
    }
}

/// Customers with repeated transactions: how many and of which mean value.
#[derive(Debug, Clone, PartialEq)]
pub struct Spending {
    pub(super) frequency: Vec<f64>,
    pub(super) monetary: Vec<f64>,
    pub(super) weight: Vec<f64>,
    pub(super) total: f64,
    /// Pearson's correlation of number and mean value, which the model takes to be 0.
    pub(super) correlation: f64,
}

impl Spending {
    /// Checks rows of x and m and keeps those with x > 0.
    ///
    /// # Errors
    /// [`Error::Shape`] for columns of different lengths; [`Error::Data`] with all problems and their rows:
    /// counts that are negative or not whole, values that are not positive where x > 0, nobody with x > 0.
    pub fn new(frequency: &[f64], monetary: &[f64], weights: Option<&[f64]>) -> Result<Spending> {
        let rows = frequency.len();
        for (name, found) in [("monetary", monetary.len()), ("weights", weights.map_or(rows, <[f64]>::len))] {
            if found != rows {
                return Err(Error::shape(format!("rows of column `{name}`"), rows, found));
            }
        }
        let mut faults = Vec::new();
        let mut note = |column: &str, what: &str, remedy: &str, wrong: &dyn Fn(usize) -> bool| {
            let wrong: Vec<usize> = (0..rows).filter(|&row| wrong(row)).collect();
            if !wrong.is_empty() {
                faults.push(Problem::new(column, what, remedy).at(wrong.len(), wrong.iter().copied()));
            }
        };
        let x = frequency;
        note(
            "frequency",
            "negative, not finite or not whole",
            "count transactions after the first",
            &|row| !(x[row] >= 0.0 && x[row].fract() == 0.0),
        );
        let remedy =
            "the model is for positive values: leave these customers out or add back what was refunded";
        note("monetary", "zero or negative", remedy, &|row| x[row] > 0.0 && monetary[row] <= 0.0);
        note("monetary", "not a finite number", "fill in or leave out", &|row| {
            x[row] > 0.0 && !monetary[row].is_finite()
        });
        if let Some(weights) = weights {
            note("weights", "negative or not finite", "how many customers share the row", &|row| {
                !(weights[row] >= 0.0 && weights[row].is_finite())
            });
        }
        if faults.is_empty() && !(0..rows).any(|row| x[row] > 0.0) {
            let what = "nobody has a repeated transaction";
            faults.push(Problem::new("frequency", what, "values cannot be told without one"));
        }
        if !faults.is_empty() {
            return Err(Error::Data(faults));
        }
        let mut distinct = Distinct::new(rows);
        for row in (0..rows).filter(|&row| x[row] > 0.0) {
            let weight = weights.map_or(1.0, |weights| weights[row]);
            if weight > 0.0 {
                distinct.count([x[row], monetary[row], 0.0], weight);
            }
        }
        let kept = distinct.sorted();
        let mut spending = Spending {
            frequency: kept.iter().map(|(row, _)| row[0]).collect(),
            monetary: kept.iter().map(|(row, _)| row[1]).collect(),
            weight: kept.iter().map(|(_, weight)| *weight).collect(),
            total: kept.iter().map(|(_, weight)| weight).sum(),
            correlation: 0.0,
        };
        spending.correlation = spending.correlate();
        Ok(spending)
    }

    /// Sum of the weights: customers with repeated transactions.
    #[must_use]
    pub fn customers(&self) -> f64 {
        self.total
    }

    /// Pearson's correlation between number and mean value of transactions; 0 where either is constant.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        self.correlation
    }

    fn correlate(&self) -> f64 {
        let mean = |of: &[f64]| of.iter().zip(&self.weight).map(|(v, w)| v * w).sum::<f64>() / self.total;
        let (x, m) = (mean(&self.frequency), mean(&self.monetary));
        let (mut xx, mut mm, mut xm) = (0.0, 0.0, 0.0);
        for row in 0..self.weight.len() {
            let (dx, dm, w) = (self.frequency[row] - x, self.monetary[row] - m, self.weight[row]);
            xx += w * dx * dx;
            mm += w * dm * dm;
            xm += w * dx * dm;
        }
        if xx > 0.0 && mm > 0.0 { xm / (xx.sqrt() * mm.sqrt()) } else { 0.0 }
    }
}
