//! Judgments given as triangular fuzzy numbers: "about 3, surely between 2 and 4".
//!
//! Two published ways to weights. [`FuzzyMatrix::geometric_mean`] (Buckley, 1985) is sound; its fuzzy weights are
//! wider than any judgment allows, so the range that can be attained stands beside them.
//! [`FuzzyMatrix::extent_analysis`] (Chang, 1996) is the one most papers use and is kept to reproduce them: it
//! measures how surely one item exceeds another, not how important it is, and gives weight 0 to items that
//! matter (Wang, Luo and Hua, 2008). Finding `W150` says where.

mod extent;
mod geometric;
#[cfg(test)]
mod tests;

use karat_scorer::{Error, Result};

use super::intake::{RECIPROCITY, checked_labels, judgment_error};
use super::interval::interval_problem;
use super::judgments::PairwiseMatrix;

pub use extent::ExtentWeights;
pub use geometric::FuzzyWeights;

/// A triangular fuzzy number: surely not below `low` or above `high`, most likely `middle`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Triangular {
    /// Where membership leaves 0.
    pub low: f64,
    /// Where membership is 1.
    pub middle: f64,
    /// Where membership returns to 0.
    pub high: f64,
}

impl Triangular {
    /// From its three points, which should rise.
    #[must_use]
    pub fn new(low: f64, middle: f64, high: f64) -> Triangular {
        Triangular { low, middle, high }
    }

    /// The centre of gravity of the triangle, `(low + middle + high) / 3`.
    #[must_use]
    pub fn centroid(self) -> f64 {
        (self.low + self.middle + self.high) / 3.0
    }

    /// `1 / x`: the ends exchange places.
    #[must_use]
    pub fn reciprocal(self) -> Triangular {
        Triangular { low: 1.0 / self.high, middle: 1.0 / self.middle, high: 1.0 / self.low }
    }
}

/// A reciprocal matrix of triangular judgments.
///
/// ```
/// use karat::evaluate::weights::{FuzzyMatrix, Triangular};
/// let matrix = FuzzyMatrix::from_judgments(&["a", "b", "c"], &[
///     ("a", "b", Triangular::new(2.0, 3.0, 4.0)),
///     ("a", "c", Triangular::new(4.0, 5.0, 6.0)),
///     ("b", "c", Triangular::new(1.0, 2.0, 3.0)),
/// ])?;
/// let weights = matrix.geometric_mean().weights;
/// let shown: Vec<String> = weights.iter().map(|w| format!("{w:.4}")).collect();
/// assert_eq!(shown, ["0.6374", "0.2333", "0.1294"]);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FuzzyMatrix {
    /// The most likely values.
    middle: PairwiseMatrix,
    /// Row by row.
    entries: Vec<Triangular>,
}

impl FuzzyMatrix {
    /// From judgments `(first, second, how many times as important)`, every pair once, in either direction.
    ///
    /// # Errors
    /// [`Error::Argument`] for the labels; [`Error::Judgment`] listing every number that is not positive, every
    /// triangle whose points do not rise, and all that [`PairwiseMatrix::from_judgments`] refuses.
    pub fn from_judgments<L, A, B>(labels: &[L], judgments: &[(A, B, Triangular)]) -> Result<FuzzyMatrix>
    where
        L: AsRef<str>,
        A: AsRef<str>,
        B: AsRef<str>,
    {
        let mut problems = Vec::new();
        let mut middles = Vec::with_capacity(judgments.len());
        for (first, second, value) in judgments {
            let (first, second) = (first.as_ref(), second.as_ref());
            problems.extend(interval_problem(first, second, &[value.low, value.middle, value.high]));
            middles.push((first, second, value.middle));
        }
        if !problems.is_empty() {
            return Err(judgment_error(&problems));
        }
        let middle = PairwiseMatrix::from_judgments(labels, &middles)?;
        let n = middle.size();
        let mut entries = vec![Triangular::new(1.0, 1.0, 1.0); n * n];
        let position = |name: &str| middle.labels().iter().position(|label| label == name);
        for (first, second, value) in judgments {
            if let (Some(i), Some(j)) = (position(first.as_ref()), position(second.as_ref())) {
                entries[i * n + j] = *value;
                entries[j * n + i] = value.reciprocal();
            }
        }
        Ok(FuzzyMatrix { middle, entries })
    }

    /// From the full matrix, one vector per row.
    ///
    /// # Errors
    /// As [`from_judgments`](Self::from_judgments); [`Error::Shape`] when the matrix is not square;
    /// [`Error::Judgment`] for pairs that are not reciprocal within 1e-9.
    pub fn from_rows<L: AsRef<str>>(labels: &[L], rows: &[Vec<Triangular>]) -> Result<FuzzyMatrix> {
        let labels = checked_labels(labels)?;
        let n = labels.len();
        if rows.len() != n {
            return Err(Error::shape("rows of the fuzzy judgments, one for each label", n, rows.len()));
        }
        for (label, row) in labels.iter().zip(rows) {
            if row.len() != n {
                return Err(Error::shape(format!("fuzzy judgments in row `{label}`"), n, row.len()));
            }
        }
        let apart = |a: Triangular, b: Triangular| {
            [(a.low, b.low), (a.middle, b.middle), (a.high, b.high)]
                .into_iter()
                .any(|(x, y)| (x / y - 1.0).is_nan() || (x / y - 1.0).abs() > RECIPROCITY)
        };
        let mut problems = Vec::new();
        let mut judgments = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            if apart(row[i], Triangular::new(1.0, 1.0, 1.0)) {
                problems.push(format!("`{}` vs itself must be 1", labels[i]));
            }
            for j in i + 1..n {
                let (forth, back) = (row[j], rows[j][i]);
                let sound =
                    [(&labels[i], &labels[j], forth), (&labels[j], &labels[i], back)].into_iter().filter_map(
                        |(first, second, v)| interval_problem(first, second, &[v.low, v.middle, v.high]),
                    );
                let found: Vec<String> = sound.collect();
                if found.is_empty() && apart(forth, back.reciprocal()) {
                    problems.push(format!(
                        "`{0}` vs `{1}` is {2}, {3}, {4} but `{1}` vs `{0}` is {5}, {6}, {7}: one must be 1 divided by \
                         the other, ends exchanged; give each pair once as a list of judgments",
                        labels[i], labels[j], forth.low, forth.middle, forth.high, back.low, back.middle, back.high
                    ));
                }
                problems.extend(found);
                judgments.push((labels[i].clone(), labels[j].clone(), forth));
            }
        }
        if problems.is_empty() {
            Self::from_judgments(&labels, &judgments)
        } else {
            Err(judgment_error(&problems))
        }
    }

    /// Names of the items, in the order of the rows.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        self.middle.labels()
    }

    /// The matrix of the most likely values; fuzzy judgments count as consistent when it is (Buckley, 1985).
    #[must_use]
    pub fn middle(&self) -> &PairwiseMatrix {
        &self.middle
    }

    /// How many times item `i` is as important as item `j`; `None` beyond the items.
    #[must_use]
    pub fn judgment(&self, i: usize, j: usize) -> Option<Triangular> {
        let n = self.middle.size();
        (i < n && j < n).then(|| self.entries[i * n + j])
    }

    fn rows(&self) -> std::slice::ChunksExact<'_, Triangular> {
        self.entries.chunks_exact(self.middle.size())
    }
}
