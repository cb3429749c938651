//! Why a customer has few points, or many: fields ranked by how far their points lie from a baseline.
//!
//! The rule is that of the Predictive Model Markup Language (Data Mining Group, PMML 4.4, `Scorecard`, its
//! `reasonCodeAlgorithm` and `baselineScore`). At most four reasons are given, as credit practice has it
//! (official commentary on Regulation B, section 9(b)(2)), and none where there is no shortfall.

use super::card::FittedScorecard;
use crate::numerics::parallel::{over_slots, thread_count};
use crate::table::{Reading, Table};
use karat_scorer::{Error, Result};

/// Most reasons given of one customer.
pub const MAX_REASONS: usize = 4;
/// In [`Reasons::fields`]: no further reason.
pub const NO_REASON: u32 = u32::MAX;

const CHUNK: usize = 4096;

/// What the points of a field are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Baseline {
    /// The most points the field can give.
    #[default]
    Maximum,
    /// The points of a bin whose weight of evidence is 0.
    Neutral,
    /// The mean of the fitted base.
    Mean,
    /// The fewest points the field can give.
    Minimum,
}

/// Which side of the baseline is a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// Points below it, `pointsBelow` in PMML: why is the score low?
    #[default]
    Below,
    /// Points above it, `pointsAbove` in PMML: why is it high?
    Above,
}

/// The reasons of every customer, the weightiest first.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reasons {
    /// Reasons kept of each customer.
    pub most: usize,
    /// Row by row the positions of the fields, [`NO_REASON`] where there are no more.
    pub fields: Vec<u32>,
    /// Row by row how many points each lies from its baseline; NaN where there is none.
    pub shortfalls: Vec<f64>,
}

impl FittedScorecard {
    /// What each field is compared with.
    #[must_use]
    pub fn baseline(&self, baseline: Baseline) -> Vec<f64> {
        match baseline {
            Baseline::Maximum => self.extreme_points().into_iter().map(|(_, most)| most).collect(),
            Baseline::Minimum => self.extreme_points().into_iter().map(|(least, _)| least).collect(),
            Baseline::Mean => self.mean_points(),
            Baseline::Neutral => vec![self.neutral_points; self.points.len()],
        }
    }

    /// The reasons of every row: up to `most` fields by how far their points lie on the given side of the
    /// baseline, the farthest first, of equals the one that comes first in the table.
    ///
    /// # Errors
    /// [`Error::Argument`] unless `most` is 1 to 4; as [`Table::bind`].
    ///
    /// ```
    /// # use karat::{Reading, Table};
    /// # use karat::evaluate::scorecard::{Baseline, OptimalBinning, Scorecard, Side, NO_REASON};
    /// let complaints: Vec<f64> = (0..100).map(|i| f64::from(i % 4)).collect();
    /// let left: Vec<f64> = (0..100).map(|i| f64::from(u8::from(i % 9 < 1 + i % 4))).collect();
    /// let table = Table::from_columns([("complaints", complaints.into())])?;
    /// let card = Scorecard::new().fit(&table, &left)?;
    /// let reasons = card.reasons(&table, &Reading::default(), Baseline::Maximum, Side::Below, 1, 0)?;
    /// assert_eq!(reasons.fields[..2], [NO_REASON, 0]); // none without complaints
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn reasons(
        &self,
        table: &Table<'_>,
        reading: &Reading,
        baseline: Baseline,
        side: Side,
        most: usize,
        threads: usize,
    ) -> Result<Reasons> {
        if !(1..=MAX_REASONS).contains(&most) {
            return Err(Error::argument("most", "must be 1 to 4 reasons", most));
        }
        let bound = self.binning.bind(table, reading)?;
        let gaps = self.gaps(baseline, side);
        let mut found = vec![[(NO_REASON, f64::NAN); MAX_REASONS]; table.len()];
        over_slots(thread_count(threads), CHUNK, &mut found, |rows, slots| {
            for (row, slot) in rows.zip(slots) {
                for (position, (field, gaps)) in self.binning.fields.iter().zip(&gaps).enumerate() {
                    let gap = gaps.get(field.bin_of(bound[position][row])).copied().unwrap_or(0.0);
                    insert(slot, position as u32, gap);
                }
            }
        });
        let kept = || found.iter().flat_map(|slot| slot.iter().take(most));
        Ok(Reasons {
            most,
            fields: kept().map(|&(field, _)| field).collect(),
            shortfalls: kept().map(|&(_, gap)| gap).collect(),
        })
    }

    /// How far the points of every bin lie on the given side of the baseline.
    fn gaps(&self, baseline: Baseline, side: Side) -> Vec<Vec<f64>> {
        let gap = |from: f64, points: f64| match side {
            Side::Below => from - points,
            Side::Above => points - from,
        };
        let of = |(points, from): (&Vec<f64>, f64)| points.iter().map(|&points| gap(from, points)).collect();
        self.points.iter().zip(self.baseline(baseline)).map(of).collect()
    }
}

/// Puts a reason at its place; a later field follows an earlier one of the same gap.
fn insert(slot: &mut [(u32, f64); MAX_REASONS], field: u32, gap: f64) {
    if gap.is_nan() || gap <= 0.0 {
        return;
    }
    let place = slot.iter().position(|&(known, other)| known == NO_REASON || gap > other);
    if let Some(place) = place {
        slot[place..].rotate_right(1);
        slot[place] = (field, gap);
    }
}
