//! Judgments in threes: where they run in circles and where they multiply to something else than 1.

use karat_scorer::numerics::exp;

use super::judgments::PairwiseMatrix;

/// Three items and the three judgments between them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Triad {
    /// Positions i < j < k of the items.
    pub positions: (usize, usize, usize),
    /// Names of the items.
    pub items: [String; 3],
    /// The judgments `a_ij`, `a_jk` and `a_ik`.
    pub judgments: [f64; 3],
    /// Koczkodaj's inconsistency `1 - min(r, 1/r)` with `r = a_ij a_jk / a_ik`: 0 for a consistent triad,
    /// towards 1 for a hopeless one (Koczkodaj, 1993; Duszak and Koczkodaj, 1994).
    pub inconsistency: f64,
    /// Whether the judgments run in a circle: each item strictly beats the next, and the last the first.
    pub circular: bool,
}

/// The order that judgments imply, and where there is none.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Transitivity {
    /// The circular triads, the most inconsistent first. Without ties every longer circle contains one.
    pub circles: Vec<Triad>,
    /// Kendall's coefficient: 1 when the judgments rank the items, 0 when as many triads are circular as
    /// can be (Kendall and Babington Smith, 1940). `None` with ties, for which it is not defined, and for
    /// fewer than three items.
    pub zeta: Option<f64>,
}

impl PairwiseMatrix {
    /// Every triad, the most inconsistent first; equals in the order of the labels.
    ///
    /// ```
    /// use karat::evaluate::weights::PairwiseMatrix;
    /// let circle = PairwiseMatrix::from_text(&["a", "b", "c"], &["a 3 b", "b 3 c", "c 3 a"])?;
    /// let worst = &circle.triads()[0];
    /// assert!(worst.circular && (worst.inconsistency - 26.0 / 27.0).abs() < 1e-14);
    /// # Ok::<(), karat::Error>(())
    /// ```
    #[must_use]
    pub fn triads(&self) -> Vec<Triad> {
        let n = self.size();
        let log = |i: usize, j: usize| self.logs()[i * (2 * n - i - 1) / 2 + j - i - 1];
        let mut found = Vec::new();
        for i in 0..n {
            for j in i + 1..n {
                for k in j + 1..n {
                    let (ij, jk, ik) = (log(i, j), log(j, k), log(i, k));
                    let gap = (ij + jk - ik).abs();
                    let around = (ij > 0.0 && jk > 0.0 && ik < 0.0) || (ij < 0.0 && jk < 0.0 && ik > 0.0);
                    found.push(Triad {
                        positions: (i, j, k),
                        items: [i, j, k].map(|item| self.labels()[item].clone()),
                        judgments: [self.judgment(i, j), self.judgment(j, k), self.judgment(i, k)],
                        inconsistency: 1.0 - exp(-gap),
                        circular: around,
                    });
                }
            }
        }
        found.sort_by_key(|triad| std::cmp::Reverse((triad.inconsistency * 1e9).round() as i64));
        found
    }

    /// The circular triads and Kendall's coefficient of consistence.
    ///
    /// ```
    /// use karat::evaluate::weights::PairwiseMatrix;
    /// let ranked = PairwiseMatrix::from_text(&["a", "b", "c"], &["a 3 b", "b 3 c", "a 2 c"])?;
    /// assert_eq!(ranked.transitivity().zeta, Some(1.0));
    /// # Ok::<(), karat::Error>(())
    /// ```
    #[must_use]
    pub fn transitivity(&self) -> Transitivity {
        let n = self.size();
        let circles: Vec<Triad> = self.triads().into_iter().filter(|triad| triad.circular).collect();
        let tied = self.logs().contains(&0.0);
        let most = if n % 2 == 1 { (n * n * n - n) / 24 } else { (n * n * n).saturating_sub(4 * n) / 24 };
        let zeta = (n > 2 && !tied).then(|| 1.0 - circles.len() as f64 / most as f64);
        Transitivity { circles, zeta }
    }
}
