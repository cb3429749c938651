//! The linear model of the best-worst method (Rezaei, 2016), solved exactly.
//!
//! `min xi` subject to `|w_B - a_Bj w_j| <= xi`, `|w_j - a_jW w_W| <= xi`, `sum w = 1`. Divided by xi the unknowns are
//! free of the sum, which is then 1 / xi and to be as large as possible. Every middle item is pushed to
//! its upper bound, the lower of `(u + 1) / a_Bj` and `a_jW v + 1` with `u = w_B / xi`, `v = w_W / xi`, so that the
//! programme has two unknowns whatever n. The sum is concave and piecewise linear in them: its greatest value
//! stands where two lines cross, each a constraint or a place where an upper bound changes sides. All crossings
//! are tried: no tolerance decides about a pivot, and ties are seen.
//!
//! With `s = u - a_BW v`, which lies between -1 and 1, every line is `s + d v = k`; lines with `d = 0` bound s alone.

use super::{BestWorst, BestWorstWeights, best_worst_threshold};
use crate::evaluate::weights::ahp::normalised;
use crate::evaluate::weights::finding::Finding;
use crate::evaluate::weights::scale::judgment_text;

/// Relative difference up to which `a_Bj a_jW` counts as `a_BW`.
pub(super) const CONSISTENT: f64 = 1e-12;

/// By how much, relative to its terms, a crossing may miss a constraint.
const SLACK: f64 = 1e-11;

/// Relative difference up to which two crossings are equally good.
const TIE: f64 = 1e-12;

/// Difference up to which two sets of weights are the same.
const SAME: f64 = 1e-9;

/// A judged item between best and worst.
struct Middle {
    /// `a_Bj`.
    from_best: f64,
    /// `a_jW`.
    to_worst: f64,
    /// `a_BW - a_Bj a_jW`, 0 when that is consistent.
    gap: f64,
}

impl BestWorst {
    /// The weights for which the largest deviation from the judgments is smallest, with their consistency.
    #[must_use]
    pub fn weights(&self) -> BestWorstWeights {
        let extreme = self.best_to_others[self.worst];
        let (weights, deviation, ways) = self.fitted(extreme);
        let (consistency_ratio, most_inconsistent) = self.input_based_ratio();
        let threshold = best_worst_threshold(extreme, self.labels.len());
        let mut found = BestWorstWeights {
            weights,
            deviation,
            consistency_ratio,
            most_inconsistent,
            threshold,
            findings: Vec::new(),
        };
        found.findings = self.findings(&found, ways);
        found
    }

    /// Weights, deviation, and the number of equally good crossings with different weights.
    fn fitted(&self, extreme: f64) -> (Vec<f64>, f64, usize) {
        let n = self.labels.len();
        if n == 1 {
            return (vec![1.0], 0.0, 1);
        }
        let middles: Vec<Middle> = (0..n)
            .filter(|&j| j != self.best && j != self.worst)
            .map(|j| {
                let (from_best, to_worst) = (self.best_to_others[j], self.others_to_worst[j]);
                let gap = extreme - from_best * to_worst;
                Middle { from_best, to_worst, gap: if gap.abs() <= CONSISTENT * extreme { 0.0 } else { gap } }
            })
            .collect();
        if middles.iter().all(|middle| middle.gap == 0.0) {
            let consistent = (0..n).map(|j| 1.0 / self.best_to_others[j]).collect();
            return (normalised(consistent), 0.0, 1);
        }
        let plane = Plane { extreme, middles };
        let (sum, places) = plane.greatest();
        let mut ways: Vec<Vec<f64>> = Vec::new();
        for (s, v) in places {
            let weights = self.at(&plane, s, v, sum);
            let apart = |other: &Vec<f64>| other.iter().zip(&weights).any(|(a, b)| (a - b).abs() > SAME);
            if ways.iter().all(apart) {
                ways.push(weights);
            }
        }
        let count = ways.len();
        let middle = (0..n).map(|j| ways.iter().map(|way| way[j]).sum::<f64>() / count as f64).collect();
        (normalised(middle), 1.0 / sum, count)
    }

    fn at(&self, plane: &Plane, s: f64, v: f64, sum: f64) -> Vec<f64> {
        let u = s + plane.extreme * v;
        let mut middles = plane.middles.iter();
        let weight = |j: usize| {
            if j == self.best {
                u
            } else if j == self.worst {
                v
            } else {
                middles.next().map_or(0.0, |middle| middle.upper(u, v))
            }
        };
        (0..self.labels.len()).map(weight).map(|value| value / sum).collect()
    }

    fn findings(&self, found: &BestWorstWeights, ways: usize) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (label, _) in self.labels.iter().zip(&found.weights).filter(|(_, weight)| **weight <= 0.0) {
            let fact = "its weight vanishes: the judgments contradict each other too much";
            findings.push(Finding::new(
                "W150",
                format!("`{label}`"),
                fact,
                "review the judgments of this item",
            ));
        }
        if let (Some(item), Some(limit)) = (found.most_inconsistent, found.threshold)
            && found.consistency_ratio > limit
        {
            let (best, worst) = (&self.labels[self.best], &self.labels[self.worst]);
            let label = &self.labels[item];
            let (from_best, to_worst) = (self.best_to_others[item], self.others_to_worst[item]);
            let extreme = self.best_to_others[self.worst];
            findings.push(Finding::new(
                "W153",
                format!("`{label}`"),
                format!(
                    "consistency ratio {:.3} > {limit} (n = {}, best vs worst {}): `{best}` vs `{label}` is {} and \
                     `{label}` vs `{worst}` is {}, together {} instead of {}",
                    found.consistency_ratio,
                    self.labels.len(),
                    judgment_text(extreme),
                    judgment_text(from_best),
                    judgment_text(to_worst),
                    judgment_text(from_best * to_worst),
                    judgment_text(extreme)
                ),
                "ask again about this item",
            ));
        }
        if ways > 1 {
            let fact =
                format!("{ways} sets of weights are equally near to the judgments; their middle is given");
            findings.push(Finding::new(
                "W154",
                "best-worst judgments",
                fact,
                "review the most inconsistent item",
            ));
        }
        findings
    }
}

impl Middle {
    fn upper(&self, u: f64, v: f64) -> f64 {
        ((u + 1.0) / self.from_best).min(self.to_worst * v + 1.0)
    }
}

/// The two unknowns s and v.
struct Plane {
    extreme: f64,
    middles: Vec<Middle>,
}

impl Plane {
    /// Lines `s + d v = k`, and the single values of s and of v at which something ends.
    fn lines(&self) -> (Vec<(f64, f64)>, Vec<f64>) {
        // u = 0, written as s + a_BW v = 0.
        let mut lines = vec![(self.extreme, 0.0)];
        let mut ends = vec![-1.0, 1.0];
        for middle in &self.middles {
            let b = middle.from_best;
            for k in [b + 1.0, -b - 1.0, b - 1.0] {
                if middle.gap != 0.0 {
                    lines.push((middle.gap, k));
                } else if k.abs() < 1.0 {
                    ends.push(k);
                }
            }
        }
        (lines, ends)
    }

    fn feasible(&self, s: f64, v: f64) -> bool {
        let near = |value: f64, limit: f64, terms: f64| value <= limit + SLACK * (limit.abs() + terms);
        s.abs() <= 1.0 + SLACK
            && near(-v, 0.0, 1.0)
            && near(-(s + self.extreme * v), 0.0, s.abs() + (self.extreme * v).abs())
            && self.middles.iter().all(|middle| {
                let drift = middle.gap * v;
                near((s + drift).abs(), middle.from_best + 1.0, drift.abs())
            })
    }

    fn sum(&self, s: f64, v: f64) -> f64 {
        let u = s + self.extreme * v;
        u + v + self.middles.iter().map(|middle| middle.upper(u, v)).sum::<f64>()
    }

    /// The greatest sum, and every crossing that reaches it.
    fn greatest(&self) -> (f64, Vec<(f64, f64)>) {
        let (lines, ends) = self.lines();
        let mut crossings: Vec<(f64, f64)> = ends.iter().map(|&s| (s, 0.0)).collect();
        for (at, &(d, k)) in lines.iter().enumerate() {
            crossings.extend(ends.iter().map(|&s| (s, (k - s) / d)));
            crossings.push((k, 0.0));
            for &(other, l) in &lines[..at] {
                // Parallel lines do not cross; the result is then infinite or NaN and fails below.
                let v = (k - l) / (d - other);
                crossings.push((k - d * v, v));
            }
        }
        let mut best = (0.0, Vec::new());
        for (s, v) in crossings {
            if !(v.is_finite() && s.is_finite() && self.feasible(s, v)) {
                continue;
            }
            let (s, v) = (s.clamp(-1.0, 1.0), v.max(0.0));
            let sum = self.sum(s, v);
            if sum > best.0 * (1.0 + TIE) {
                best = (sum, vec![(s, v)]);
            } else if sum >= best.0 * (1.0 - TIE) {
                best.1.push((s, v));
            }
        }
        best
    }
}
