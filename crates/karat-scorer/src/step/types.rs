//! Types A, B1, B2, C: customers of high value divided by how much they pay for how much they belong.
//!
//! After the contribution and attribution ratio of telecom corporate-customer studies: A strategic, B1
//! contribution (pays more than it is bound: raise binding), B2 potential (bound, pays little: raise
//! spend), C low value.

use super::{MAX_DIMENSIONS, Step};
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};

/// How customers are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeMethod {
    /// By the ratio of contribution to attribution, each divided by its threshold, among customers whose
    /// index reaches a threshold.
    Ratio,
    /// By whether contribution and attribution reach their thresholds.
    Quadrant,
}

/// The frozen typology. Types are numbered 0 A, 1 B1, 2 B2, 3 C.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Types {
    /// Method.
    pub method: TypeMethod,
    /// Dimension that measures what a customer brings.
    pub contribution: u32,
    /// Dimension that measures how much a customer belongs to the operator.
    pub attribution: u32,
    /// Least index of a customer of types A, B1 and B2 (`Ratio` only).
    pub value_threshold: f64,
    /// Contribution that counts as high.
    pub contribution_threshold: f64,
    /// Attribution that counts as high.
    pub attribution_threshold: f64,
    /// Ratios from 1/k to k count as balanced (`Ratio` only).
    pub k: f64,
    /// A customer above both thresholds is A whatever the ratio (`Ratio` only).
    pub both_high_is_a: bool,
}

/// Names of the types in the order of their numbers.
pub const TYPE_NAMES: [&str; 4] = ["A", "B1", "B2", "C"];

const A: u16 = 0;
const B1: u16 = 1;
const B2: u16 = 2;
const C: u16 = 3;

impl Types {
    /// Type of a customer with this index, contribution and attribution; NaN in any gives none.
    #[must_use]
    #[inline(always)]
    pub fn eval(&self, index: f64, contribution: f64, attribution: f64) -> Option<u16> {
        if index.is_nan() || contribution.is_nan() || attribution.is_nan() {
            return None;
        }
        let c = contribution / self.contribution_threshold;
        let l = attribution / self.attribution_threshold;
        Some(match self.method {
            TypeMethod::Quadrant => match (c >= 1.0, l >= 1.0) {
                (true, true) => A,
                (true, false) => B1,
                (false, true) => B2,
                (false, false) => C,
            },
            TypeMethod::Ratio => self.by_ratio(index, c, l),
        })
    }

    #[inline(always)]
    fn by_ratio(&self, index: f64, c: f64, l: f64) -> u16 {
        if index < self.value_threshold || (c <= 0.0 && l <= 0.0) {
            C
        } else if (self.both_high_is_a && c >= 1.0 && l >= 1.0) || (c <= self.k * l && l <= self.k * c) {
            A
        } else if c > l {
            B1
        } else {
            B2
        }
    }

    /// Checks dimensions and thresholds.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the parameter.
    pub fn check(&self, dimensions: usize) -> Result<()> {
        for (what, dimension) in [("contribution", self.contribution), ("attribution", self.attribution)] {
            if dimension as usize >= dimensions {
                return Err(Error::argument(what, "must be a dimension of the tree", dimension));
            }
        }
        for (what, threshold) in [
            ("contribution_threshold", self.contribution_threshold),
            ("attribution_threshold", self.attribution_threshold),
        ] {
            if !(threshold.is_finite() && threshold > 0.0) {
                return Err(Error::argument(what, "must be above zero", threshold));
            }
        }
        if !(self.k.is_finite() && self.k >= 1.0) {
            return Err(Error::argument("k", "must be >= 1", self.k));
        }
        if !self.value_threshold.is_finite() {
            return Err(Error::argument("value_threshold", "must be finite", self.value_threshold));
        }
        Ok(())
    }
}

impl Step for Types {
    const KIND: &'static str = "TYPE";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.integer(u64::from(self.method == TypeMethod::Quadrant));
        writer.integer(u64::from(self.contribution));
        writer.integer(u64::from(self.attribution));
        writer.number(self.value_threshold);
        writer.number(self.contribution_threshold);
        writer.number(self.attribution_threshold);
        writer.number(self.k);
        writer.integer(u64::from(self.both_high_is_a));
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Types> {
        Ok(Types {
            method: if reader.integer("method", 2)? == 1 { TypeMethod::Quadrant } else { TypeMethod::Ratio },
            contribution: reader.integer("contribution", MAX_DIMENSIONS)? as u32,
            attribution: reader.integer("attribution", MAX_DIMENSIONS)? as u32,
            value_threshold: reader.number("value threshold")?,
            contribution_threshold: reader.number("contribution threshold")?,
            attribution_threshold: reader.number("attribution threshold")?,
            k: reader.number("k")?,
            both_high_is_a: reader.integer("hybrid mark", 2)? == 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// METHODS GT-2.1: eight customers, thresholds 60, k 1.25; (contribution, attribution, index) and the
    /// type by ratio and by quadrant.
    #[test]
    fn gt_2_1_types_by_ratio_and_by_quadrant() {
        let ratio = Types {
            method: TypeMethod::Ratio,
            contribution: 0,
            attribution: 1,
            value_threshold: 60.0,
            contribution_threshold: 60.0,
            attribution_threshold: 60.0,
            k: 1.25,
            both_high_is_a: false,
        };
        let quadrant = Types { method: TypeMethod::Quadrant, ..ratio };
        let hybrid = Types { both_high_is_a: true, ..ratio };
        let cases = [
            (90.0, 80.0, 84.365, "A", "A"),
            (95.0, 40.0, 71.933, "B1", "B1"),
            (50.0, 90.0, 64.004, "B2", "B2"),
            (30.0, 25.0, 27.182, "C", "C"),
            (70.0, 55.0, 67.645, "B1", "B1"),
            (45.0, 50.0, 45.988, "C", "C"),
            (20.0, 95.0, 53.118, "C", "B2"),
            (88.0, 62.0, 70.177, "B1", "A"),
        ];
        let name = |found: Option<u16>| TYPE_NAMES[usize::from(found.unwrap())];
        for (c, l, v, by_ratio, by_quadrant) in cases {
            assert_eq!(name(ratio.eval(v, c, l)), by_ratio, "ratio of {c} and {l}");
            assert_eq!(name(quadrant.eval(v, c, l)), by_quadrant, "quadrant of {c} and {l}");
        }
        // The last customer is above both thresholds: too much revenue must not demote it.
        assert_eq!(name(hybrid.eval(70.177, 88.0, 62.0)), "A");
    }

    #[test]
    fn an_unbound_customer_is_b1_and_an_idle_one_c() {
        let types = Types {
            method: TypeMethod::Ratio,
            contribution: 0,
            attribution: 1,
            value_threshold: 0.0,
            contribution_threshold: 50.0,
            attribution_threshold: 50.0,
            k: 1.25,
            both_high_is_a: false,
        };
        assert_eq!(types.eval(10.0, 40.0, 0.0), Some(B1));
        assert_eq!(types.eval(10.0, 0.0, 40.0), Some(B2));
        assert_eq!(types.eval(10.0, 0.0, 0.0), Some(C));
        assert_eq!(types.eval(f64::NAN, 1.0, 1.0), None);
    }
}
