//! Times of service in continuous time, equal ones joined.

use super::check::Observed;
use karat_scorer::Result;

/// One kind of spell: how long, since when watched, and how much it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spell {
    pub(super) duration: f64,
    pub(super) entry: f64,
    pub(super) lost: f64,
    pub(super) kept: f64,
}

/// How long customers have stayed: in continuous time, with equal spells joined.
///
/// ```
/// use karat::forecast::lifetime::contract::Spells;
/// let spells = Spells::new(&[3.5, 3.5, 12.0], &[1.0, 0.0, 0.0])?;
/// assert_eq!(spells.events(), 1.0);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Spells {
    pub(super) list: Vec<Spell>,
}

impl Spells {
    /// From durations and events: 1 for who left at that time, 0 for who is still here.
    ///
    /// # Errors
    /// As [`Spells::with`].
    pub fn new(durations: &[f64], events: &[f64]) -> Result<Spells> {
        Spells::with(durations, events, None, None)
    }

    /// The same with late entry (time of service when the records began) and weights.
    ///
    /// # Errors
    /// [`karat_scorer::Error::Data`] naming everything wrong with its rows, [`karat_scorer::Error::Shape`] for
    /// columns of unequal length.
    pub fn with(
        durations: &[f64],
        events: &[f64],
        entries: Option<&[f64]>,
        weights: Option<&[f64]>,
    ) -> Result<Spells> {
        let observed = Observed { durations, events, entries, weights };
        observed.check(false)?;
        let mut list: Vec<Spell> = (0..durations.len())
            .filter(|&row| durations[row] > 0.0)
            .map(|row| {
                let (weight, lost) = (observed.weight(row), events[row] == 1.0);
                let (lost, kept) = if lost { (weight, 0.0) } else { (0.0, weight) };
                Spell { duration: durations[row], entry: observed.entry(row), lost, kept }
            })
            .collect();
        list.sort_by(|a, b| a.duration.total_cmp(&b.duration).then(a.entry.total_cmp(&b.entry)));
        list.dedup_by(|next, kept| {
            let same = next.duration == kept.duration && next.entry == kept.entry;
            if same {
                kept.lost += next.lost;
                kept.kept += next.kept;
            }
            same
        });
        Ok(Spells { list })
    }

    /// Customers who left.
    #[must_use]
    pub fn events(&self) -> f64 {
        self.list.iter().map(|spell| spell.lost).sum()
    }

    /// Time of service that was watched.
    #[must_use]
    pub fn exposure(&self) -> f64 {
        self.list.iter().map(|spell| (spell.lost + spell.kept) * (spell.duration - spell.entry)).sum()
    }

    pub(super) fn customers(&self) -> f64 {
        self.list.iter().map(|spell| spell.lost + spell.kept).sum()
    }
}
