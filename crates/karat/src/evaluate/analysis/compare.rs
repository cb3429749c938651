//! A base ranked and graded by another index, against the one it has.

use super::base::Base;
use super::ranking::{Ranking, doubled_ranks, value_at};
use crate::plan::{CutsPlan, Plan};

/// Where the grades are cut when the index moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Boundaries {
    /// So that each grade keeps its number of customers: what a plan with quantiles or cumulative shares would
    /// do at its next fit.
    Shares,
    /// Where the model cuts them.
    Frozen,
}

impl Boundaries {
    /// What refitting a plan would do: shares for quantiles and cumulative shares, else the frozen cuts.
    #[must_use]
    pub fn of(plan: &Plan) -> Boundaries {
        match plan.grades.as_ref().map(|grades| &grades.cuts) {
            Some(CutsPlan::Quantile(_) | CutsPlan::CumulativeShare(_)) => Boundaries::Shares,
            _ => Boundaries::Frozen,
        }
    }
}

/// Ranks and grades under the weights given.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    cuts: &'a [f64],
    boundaries: Boundaries,
    /// Customers below each cut.
    below: Vec<usize>,
    doubled_ranks: Vec<u32>,
    grades: Vec<u16>,
}

/// What another index changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    /// Mean absolute shift of rank, as a share of the customers.
    pub(super) shift: f64,
    /// Share of customers whose grade is another one; NaN without grades.
    pub(super) graded: f64,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(base: &'a Base, boundaries: Boundaries) -> Comparison<'a> {
        let mut index = [Vec::new()];
        base.indices(&base.z, std::array::from_ref(&base.weights), &mut index);
        let [index] = index;
        let mut ranks = vec![0; index.len()];
        doubled_ranks(Ranking::default().sort(&index), |customer, rank| ranks[customer] = rank);
        Comparison {
            cuts: &base.cuts,
            boundaries,
            below: base.cuts.iter().map(|cut| index.iter().filter(|index| *index < cut).count()).collect(),
            doubled_ranks: ranks,
            grades: index.iter().map(|&index| grade(index, &base.cuts)).collect(),
        }
    }

    /// Compares `index` with the one given; adds 1 to `changes` for every customer whose grade is another one.
    pub(super) fn with(&self, index: &[f64], ranking: &mut Ranking, changes: &mut [u32]) -> Change {
        let order = ranking.sort(index);
        let mut shifts = 0_u64;
        doubled_ranks(order, |customer, rank| {
            shifts += u64::from(rank.abs_diff(self.doubled_ranks[customer]));
        });
        let customers = index.len() as f64;
        let shift = shifts as f64 / 2.0 / customers / customers;
        if self.cuts.is_empty() {
            return Change { shift, graded: f64::NAN };
        }
        let cuts: Vec<f64> = match self.boundaries {
            Boundaries::Frozen => self.cuts.to_vec(),
            Boundaries::Shares => self.below.iter().map(|&below| value_at(order, index, below)).collect(),
        };
        let mut changed = 0_u32;
        for ((&index, before), changes) in index.iter().zip(&self.grades).zip(changes) {
            let other = u32::from(grade(index, &cuts) != *before);
            changed += other;
            *changes += other;
        }
        Change { shift, graded: f64::from(changed) / customers }
    }
}

fn grade(index: f64, cuts: &[f64]) -> u16 {
    cuts.iter().fold(0, |grade, cut| grade + u16::from(index >= *cut))
}
