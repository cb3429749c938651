//! The states of the passes: exact, and merged in any order to the same bits.

use super::graded;
use crate::classify::grades::ShareSums;
use crate::classify::segments::LloydState;
use crate::evaluate::weights::DataSums;
use crate::numerics::exact_sum::ExactSum;
use crate::numerics::fixed_point::FixedPoint;
use crate::numerics::moments::Moments;
use crate::numerics::quantile::{Histogram, Refinement};
use crate::numerics::sample::BottomK;
use karat_scorer::step::Indicator;
use karat_scorer::{Error, Explanation, Result, Score, flags};
use std::collections::BTreeMap;

/// The state of a pass.
#[derive(Debug, Clone)]
pub(crate) enum Summary {
    Fields(FieldsSummary),
    Quantiles(Vec<Option<Refinement>>),
    Indicators(DataSums),
    Index(Box<IndexSummary>),
    IndexQuantiles { cuts: Refinement, thresholds: Box<[Refinement; 3]> },
    Lloyd(Box<LloydState>),
    Profile(ProfileSummary),
}

/// First pass over the raw fields.
#[derive(Debug, Clone)]
pub(crate) struct FieldsSummary {
    pub(crate) rows: u64,
    pub(crate) fields: Vec<FieldSummary>,
    pub(crate) sample: BottomK,
}

/// One raw field.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldSummary {
    pub(crate) missing: u64,
    pub(crate) moments: Moments,
    pub(crate) histogram: Histogram,
    pub(crate) categories: BTreeMap<u32, u64>,
}

/// First pass over the index; only customers who are graded count.
#[derive(Debug, Clone, Default)]
pub(crate) struct IndexSummary {
    pub(crate) moments: [Moments; 3],
    pub(crate) histograms: [Histogram; 3],
    pub(crate) shares: ShareSums,
    pub(crate) excluded: u64,
    pub(crate) refused: u64,
    /// Number and sum of each indicator's values, where it is not left out.
    indicators: Vec<(u64, ExactSum)>,
}

/// Means within the range of a field, as exact sums of shares of it: exact to merge, and small.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct RangeSum {
    pub(crate) count: u64,
    shares: i128,
}

impl RangeSum {
    fn add(&mut self, value: f64, (lo, hi): (f64, f64)) {
        if !value.is_nan() {
            let share = (value - lo) / (hi - lo);
            self.count += 1;
            // A range of one value, or of more than the doubles hold, has no shares.
            self.shares += FixedPoint::UNIT.quantise(if share.is_finite() { share } else { 0.0 });
        }
    }

    fn merge(&mut self, other: &RangeSum) {
        self.count += other.count;
        self.shares += other.shares;
    }

    pub(crate) fn mean(&self, (lo, hi): (f64, f64)) -> f64 {
        match self.count {
            0 => f64::NAN,
            count => lo + FixedPoint::UNIT.mean(self.shares, count) * (hi - lo),
        }
    }
}

/// Sizes and means of the classes; key: class, then number (0 the whole base).
#[derive(Debug, Clone, Default)]
pub(crate) struct ProfileSummary {
    pub(crate) classes: BTreeMap<(Class, u16), ClassSummary>,
    pub(crate) flags: BTreeMap<u32, u64>,
    pub(crate) rules: BTreeMap<u16, u64>,
}

/// Which class a summary is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Grade,
    Type,
    Segment,
}

/// Size, index and field means of one class. The last range is that of the index.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClassSummary {
    pub(crate) size: u64,
    pub(crate) sums: Vec<RangeSum>,
}

pub(super) fn mismatch() -> Error {
    Error::argument("summary", "must come from the pass it is given to", "another pass")
}

/// Index and two dimension scores.
pub(super) fn three(score: &Score, explanation: &Explanation<'_>, dimensions: [usize; 2]) -> [f64; 3] {
    [score.index, explanation.dimensions[dimensions[0]], explanation.dimensions[dimensions[1]]]
}

impl IndexSummary {
    pub(super) fn add(&mut self, score: &Score, explanation: &Explanation<'_>, dimensions: [usize; 2]) {
        self.refused += u64::from(score.has(flags::REFUSED));
        self.excluded += u64::from(score.has(flags::INELIGIBLE));
        if graded(score) {
            let values = three(score, explanation, dimensions);
            for (i, value) in values.into_iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                self.moments[i].add(value);
                self.histograms[i].add(value);
            }
            self.shares.add(score.index);
        }
    }
}

impl IndexSummary {
    pub(super) fn add_indicators(&mut self, explanation: &Explanation<'_>, left_out: impl Fn(usize) -> bool) {
        self.indicators.resize(explanation.indicators.len(), (0, ExactSum::new()));
        for (feature, (sum, &z)) in self.indicators.iter_mut().zip(&*explanation.indicators).enumerate() {
            if !left_out(feature) {
                sum.0 += 1;
                sum.1.add(z);
            }
        }
    }

    /// Means of the indicators; of one that nobody has its neutral value.
    pub(crate) fn means(&self, list: &[Indicator]) -> Vec<f64> {
        let mean = |(feature, indicator): (usize, &Indicator)| match self.indicators.get(feature) {
            Some((count, sum)) if *count > 0 => sum.value() / *count as f64 + 0.0,
            _ => indicator.neutral,
        };
        list.iter().enumerate().map(mean).collect()
    }
}

impl ProfileSummary {
    pub(super) fn add(&mut self, row: &[f64], score: &Score, ranges: &[(f64, f64)]) {
        for bit in 0..8 {
            if score.has(1 << bit) {
                *self.flags.entry(1 << bit).or_insert(0) += 1;
            }
        }
        if score.rule != karat_scorer::NONE {
            self.count_rule(score.rule);
        }
        let classes =
            [(Class::Grade, score.grade), (Class::Type, score.r#type), (Class::Segment, score.segment)];
        for key in classes.into_iter().filter(|&(_, number)| number != karat_scorer::NONE) {
            let class = self.classes.entry(key).or_default();
            class.size += 1;
            class.sums.resize(ranges.len(), RangeSum::default());
            let values = row.iter().chain(std::iter::once(&score.index));
            for ((sum, &value), &range) in class.sums.iter_mut().zip(values).zip(ranges) {
                sum.add(value, range);
            }
        }
    }

    pub(super) fn count_rule(&mut self, rule: u16) {
        *self.rules.entry(rule).or_insert(0) += 1;
    }

    fn merge(&mut self, other: &ProfileSummary) {
        for (&key, theirs) in &other.classes {
            let class = self.classes.entry(key).or_default();
            class.size += theirs.size;
            class.sums.resize(theirs.sums.len(), RangeSum::default());
            class.sums.iter_mut().zip(&theirs.sums).for_each(|(sum, their)| sum.merge(their));
        }
        for (&flag, count) in &other.flags {
            *self.flags.entry(flag).or_insert(0) += count;
        }
        for (&rule, count) in &other.rules {
            *self.rules.entry(rule).or_insert(0) += count;
        }
    }
}

impl Summary {
    /// Takes in what another part of the base gave. Order and grouping do not matter, to the bit.
    ///
    /// # Errors
    /// [`Error::Argument`] when the two come from different passes.
    pub(crate) fn merge(&mut self, other: &Summary) -> Result<()> {
        match (self, other) {
            (Summary::Fields(a), Summary::Fields(b)) => {
                a.rows += b.rows;
                for (a, b) in a.fields.iter_mut().zip(&b.fields) {
                    a.missing += b.missing;
                    a.moments.merge(&b.moments);
                    a.histogram.merge(&b.histogram);
                    for (&category, count) in &b.categories {
                        *a.categories.entry(category).or_insert(0) += count;
                    }
                }
                a.sample.merge(&b.sample)
            }
            (Summary::Quantiles(a), Summary::Quantiles(b)) => {
                for (a, b) in a.iter_mut().zip(b) {
                    if let (Some(a), Some(b)) = (a, b) {
                        a.merge(b)?;
                    }
                }
                Ok(())
            }
            (Summary::Indicators(a), Summary::Indicators(b)) => {
                a.merge(b);
                Ok(())
            }
            (Summary::Index(a), Summary::Index(b)) => {
                for i in 0..3 {
                    a.moments[i].merge(&b.moments[i]);
                    a.histograms[i].merge(&b.histograms[i]);
                }
                a.shares.merge(&b.shares);
                let length = a.indicators.len().max(b.indicators.len());
                a.indicators.resize(length, (0, ExactSum::new()));
                for (a, b) in a.indicators.iter_mut().zip(&b.indicators) {
                    a.0 += b.0;
                    a.1.merge(&b.1);
                }
                a.excluded += b.excluded;
                a.refused += b.refused;
                Ok(())
            }
            (
                Summary::IndexQuantiles { cuts, thresholds },
                Summary::IndexQuantiles { cuts: their_cuts, thresholds: their_thresholds },
            ) => {
                cuts.merge(their_cuts)?;
                thresholds.iter_mut().zip(their_thresholds.iter()).try_for_each(|(a, b)| a.merge(b))
            }
            (Summary::Lloyd(a), Summary::Lloyd(b)) => a.merge(b),
            (Summary::Profile(a), Summary::Profile(b)) => {
                a.merge(b);
                Ok(())
            }
            _ => Err(mismatch()),
        }
    }
}
