//! Why the value of a base changed.

use karat_scorer::{Error, Problem, Result};

/// A customer at one date: margin of a period and discounted periods to come. NaN in both for not being there.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "two numbers that callers build")]
pub struct Position {
    /// Margin of one period.
    pub margin: f64,
    /// Expected discounted periods to come.
    pub periods: f64,
}

impl Position {
    fn here(self) -> bool {
        !(self.margin.is_nan() && self.periods.is_nan())
    }
}

/// Change of the value of a base between two dates; the causes add up to it.
///
/// ```
/// use karat::forecast::lifetime::value::{EquityChange, Position};
/// let before = [Position { margin: 10.0, periods: 20.0 }, Position { margin: 5.0, periods: 10.0 }];
/// let gone = Position { margin: f64::NAN, periods: f64::NAN };
/// let change = EquityChange::between(&before, &[Position { margin: 12.0, periods: 20.0 }, gone])?;
/// assert_eq!((change.opening, change.lost, change.margin, change.closing), (250.0, -50.0, 40.0, 240.0));
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct EquityChange {
    /// Value at the first date.
    pub opening: f64,
    /// Value of customers who came since.
    pub acquired: f64,
    /// Value at the first date of those who left since, below 0.
    pub lost: f64,
    /// By margins, with the mean of the expected periods at both dates.
    pub margin: f64,
    /// By expected periods (retention, tenure, discount), with the mean of both margins.
    pub retention: f64,
    /// Value at the second date.
    pub closing: f64,
}

impl EquityChange {
    /// The change between two dates, the same customer at the same place of both.
    ///
    /// # Errors
    /// [`Error::Shape`] for lists of unequal length, [`Error::Data`] naming customers with one number missing.
    pub fn between(before: &[Position], after: &[Position]) -> Result<EquityChange> {
        if before.len() != after.len() {
            return Err(Error::shape("customers at the second date", before.len(), after.len()));
        }
        let half = |position: &Position| position.here() && !(position.margin * position.periods).is_finite();
        let bad: Vec<usize> =
            (0..before.len()).filter(|&row| half(&before[row]) || half(&after[row])).collect();
        if !bad.is_empty() {
            let remedy = "give both margin and periods, or neither for a customer who is not there";
            return Err(Error::data(Problem::new("", "half a position", remedy).at(bad.len(), bad)));
        }
        let mut change = EquityChange::default();
        for (from, to) in before.iter().zip(after) {
            let (old, new) = (from.margin * from.periods, to.margin * to.periods);
            match (from.here(), to.here()) {
                (true, true) => {
                    change.opening += old;
                    change.closing += new;
                    change.margin += (to.margin - from.margin) * 0.5 * (to.periods + from.periods);
                    change.retention += (to.periods - from.periods) * 0.5 * (to.margin + from.margin);
                }
                (true, false) => {
                    change.opening += old;
                    change.lost -= old;
                }
                (false, true) => {
                    change.closing += new;
                    change.acquired += new;
                }
                (false, false) => {}
            }
        }
        Ok(change)
    }
}
