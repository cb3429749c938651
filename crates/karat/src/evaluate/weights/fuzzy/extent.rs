//! Chang's extent analysis.

use super::{FuzzyMatrix, Triangular};
use crate::evaluate::weights::ahp::normalised;
use crate::evaluate::weights::finding::Finding;

/// Weights by extent analysis.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExtentWeights {
    /// One weight per item, sum 1; may be 0, see [`findings`](Self::findings).
    pub weights: Vec<f64>,
    /// The synthetic extent of each item: the fuzzy sum of its row divided by that of the matrix.
    pub extents: Vec<Triangular>,
    /// `W150` for every item whose weight vanished.
    pub findings: Vec<Finding>,
}

impl FuzzyMatrix {
    /// Weights by the degree to which the extent of each item exceeds all others (Chang, 1996).
    ///
    /// **Known defect.** An item whose extent lies below another's without overlap gets weight 0, however much
    /// it matters, and the others need not be in proportion (Wang, Luo and Hua, 2008). Use
    /// [`geometric_mean`](Self::geometric_mean) unless a published table is to be reproduced.
    #[must_use]
    pub fn extent_analysis(&self) -> ExtentWeights {
        let sums: Vec<Triangular> = self.rows().map(total).collect();
        let all = total(&sums);
        let extents: Vec<Triangular> = sums
            .iter()
            .map(|sum| Triangular::new(sum.low / all.high, sum.middle / all.middle, sum.high / all.low))
            .collect();
        let least = |i: usize| {
            let others = extents.iter().enumerate().filter(|&(k, _)| k != i);
            others.map(|(_, &other)| possibility(extents[i], other)).fold(1.0, f64::min)
        };
        let degrees: Vec<f64> = (0..extents.len()).map(least).collect();
        let findings = degrees.iter().zip(self.labels()).filter(|(degree, _)| **degree == 0.0).map(|(_, label)| {
            Finding::new(
                "W150",
                format!("`{label}`"),
                "its weight vanishes under extent analysis, which measures how surely an item exceeds the others and \
                 not how important it is",
                "use the fuzzy geometric mean",
            )
        });
        ExtentWeights { findings: findings.collect(), weights: normalised(degrees), extents }
    }
}

fn total(values: &[Triangular]) -> Triangular {
    let sum = |point: fn(&Triangular) -> f64| values.iter().map(point).sum();
    Triangular { low: sum(|v| v.low), middle: sum(|v| v.middle), high: sum(|v| v.high) }
}

/// How possible it is that `a >= b`: the height at which the two triangles cross.
fn possibility(a: Triangular, b: Triangular) -> f64 {
    if a.middle >= b.middle {
        1.0
    } else if b.low >= a.high {
        0.0
    } else {
        (b.low - a.high) / ((a.middle - a.high) - (b.middle - b.low))
    }
}
