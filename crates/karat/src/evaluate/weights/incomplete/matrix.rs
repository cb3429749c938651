//! Pairwise judgments of which some are missing.

use karat_scorer::numerics::ln;
use karat_scorer::{Error, Result};

use super::super::comparison_graph::ComparisonGraph;
use super::super::intake::{
    Intake, checked_labels, judgment_error, matrix_problems, missing_text, read_texts,
};
use super::super::judgments::PairwiseMatrix;
use super::super::scale::judgment_text;

/// Items that a chain of judgments sets further apart than this are refused: doubles would lose the digits
/// of the smaller.
const MAX_IMPLIED: f64 = 1e18;

/// Judgments of which some may be missing: entry (i, j) says how many times item i is as important as item j,
/// or nothing (Harker, 1987).
///
/// The judgments given must connect all items, because nothing else ties the weight of one group of items to
/// that of another. At most [`MAX_ITEMS`](super::super::MAX_ITEMS) items.
///
/// ```
/// use karat::evaluate::weights::IncompleteMatrix;
/// let matrix = IncompleteMatrix::from_text(
///     &["revenue", "activity", "loyalty"],
///     &["revenue 4 activity", "revenue 5 loyalty"],
/// )?;
/// assert_eq!(matrix.judgment(2, 0), Some(1.0 / 5.0));
/// assert_eq!(matrix.judgment(1, 2), None);
/// assert_eq!(matrix.missing(), [(1, 2)]);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IncompleteMatrix {
    labels: Vec<String>,
    /// Row by row.
    entries: Vec<Option<f64>>,
    /// Judged pairs (i, j), i < j, in the order of the labels.
    pairs: Vec<(usize, usize)>,
    /// `ln a_ij` of the judged pairs.
    logs: Vec<f64>,
}

impl IncompleteMatrix {
    /// The matrix given row by row; NaN stands for a missing judgment. A pair counts as given when either of
    /// its two entries is: half a matrix suffices.
    ///
    /// # Errors
    /// As [`PairwiseMatrix::from_rows`]; also [`Error::Judgment`] when the judgments do not connect all items,
    /// naming the groups and a comparison that joins them.
    ///
    /// ```
    /// use karat::evaluate::weights::IncompleteMatrix;
    /// let nothing = f64::NAN;
    /// let rows = [vec![1.0, 2.0, nothing], vec![nothing, 1.0, 3.0], vec![nothing, nothing, 1.0]];
    /// let matrix = IncompleteMatrix::from_rows(&["a", "b", "c"], &rows)?;
    /// assert_eq!(matrix.judgment(1, 0), Some(0.5));
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn from_rows<L: AsRef<str>>(labels: &[L], rows: &[Vec<f64>]) -> Result<IncompleteMatrix> {
        let labels = checked_labels(labels)?;
        let n = labels.len();
        if rows.len() != n {
            return Err(Error::shape("rows of the judgment matrix, one for each label", n, rows.len()));
        }
        for (label, row) in labels.iter().zip(rows) {
            if row.len() != n {
                return Err(Error::shape(format!("judgments in row `{label}`"), n, row.len()));
            }
        }
        // What is missing passes the checks as an agreement with its counterpart.
        let checked: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let entry = |j: usize| match (rows[i][j].is_nan(), rows[j][i].is_nan()) {
                    (false, _) => rows[i][j],
                    (true, true) => 1.0,
                    (true, false) => 1.0 / rows[j][i],
                };
                (0..n).map(entry).collect()
            })
            .collect();
        let problems = matrix_problems(&labels, &checked);
        if !problems.is_empty() {
            return Err(judgment_error(&problems));
        }
        let mut given = Vec::new();
        for i in 0..n {
            for j in i + 1..n {
                let (forth, back) = (rows[i][j], rows[j][i]);
                if forth >= back || (back.is_nan() && !forth.is_nan()) {
                    given.push((i, j, forth));
                } else if !back.is_nan() {
                    given.push((j, i, back));
                }
            }
        }
        IncompleteMatrix::checked(labels, &given)
    }

    /// The matrix given row by row, `None` for a missing judgment.
    ///
    /// # Errors
    /// As [`from_rows`](Self::from_rows), and for entries that are not a number.
    pub fn from_optional_rows<L: AsRef<str>>(
        labels: &[L],
        rows: &[Vec<Option<f64>>],
    ) -> Result<IncompleteMatrix> {
        let mut problems = Vec::new();
        for (row, label) in rows.iter().zip(labels) {
            for (entry, other) in row.iter().zip(labels) {
                if entry.is_some_and(f64::is_nan) {
                    problems.push(format!(
                        "`{}` vs `{}` is not a number; leave the judgment out or give a positive ratio",
                        label.as_ref(),
                        other.as_ref()
                    ));
                }
            }
        }
        if !problems.is_empty() {
            return Err(judgment_error(&problems));
        }
        let plain: Vec<Vec<f64>> =
            rows.iter().map(|row| row.iter().map(|entry| entry.unwrap_or(f64::NAN)).collect()).collect();
        IncompleteMatrix::from_rows(labels, &plain)
    }

    /// The matrix from judgments `(first, second, value)`: `first` is `value` times as important as `second`.
    /// Every pair at most once, in any order and either direction.
    ///
    /// # Errors
    /// As [`PairwiseMatrix::from_judgments`], except that pairs may be missing as long as the others connect
    /// all items.
    ///
    /// ```
    /// use karat::evaluate::weights::IncompleteMatrix;
    /// let islands = IncompleteMatrix::from_judgments(
    ///     &["a", "b", "c", "d"],
    ///     &[("a", "b", 2.0), ("c", "d", 3.0)],
    /// );
    /// let error = islands.unwrap_err().to_string();
    /// assert!(error.contains("one comparison joins them, for example `a` vs `c`"), "{error}");
    /// ```
    pub fn from_judgments<L, A, B>(labels: &[L], judgments: &[(A, B, f64)]) -> Result<IncompleteMatrix>
    where
        L: AsRef<str>,
        A: AsRef<str>,
        B: AsRef<str>,
    {
        let labels = checked_labels(labels)?;
        let mut intake = Intake::new(&labels);
        for (first, second, value) in judgments {
            intake.add(first.as_ref(), second.as_ref(), *value);
        }
        let given = intake.finish()?;
        IncompleteMatrix::checked(labels, &given)
    }

    /// The matrix from judgments as plan files write them: `"revenue 3 activity"`.
    ///
    /// # Errors
    /// As [`from_judgments`](Self::from_judgments); also [`Error::Judgment`] listing every text that cannot be
    /// read.
    pub fn from_text<L: AsRef<str>, T: AsRef<str>>(
        labels: &[L],
        judgments: &[T],
    ) -> Result<IncompleteMatrix> {
        IncompleteMatrix::from_judgments(labels, &read_texts(labels, judgments)?)
    }

    /// The same judgments with one added or replaced.
    ///
    /// # Errors
    /// [`Error::Judgment`] for unknown items, an item against itself, or a value that is not a positive
    /// number.
    pub fn with_judgment(&self, first: &str, second: &str, value: f64) -> Result<IncompleteMatrix> {
        let mut intake = Intake::new(&self.labels);
        intake.add(first, second, value);
        let mut given = self.given();
        for (i, j, value) in intake.finish()? {
            given.retain(|&(a, b, _)| (a.min(b), a.max(b)) != (i.min(j), i.max(j)));
            given.push((i, j, value));
        }
        IncompleteMatrix::checked(self.labels.clone(), &given)
    }

    /// Names of the items, in the order of the rows.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Number of items, n.
    #[must_use]
    pub fn size(&self) -> usize {
        self.labels.len()
    }

    /// How many times item `i` is as important as item `j`; `None` where nobody has judged.
    ///
    /// # Panics
    /// When `i` or `j` is not below [`size`](Self::size).
    #[must_use]
    pub fn judgment(&self, i: usize, j: usize) -> Option<f64> {
        let n = self.size();
        assert!(i < n && j < n, "judgment ({i}, {j}) of a matrix of {n} items");
        self.entries[i * n + j]
    }

    /// The judged pairs (i, j), i < j, in the order of the labels.
    #[must_use]
    pub fn judged(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    /// The missing pairs (i, j), i < j, in the order of the labels.
    #[must_use]
    pub fn missing(&self) -> Vec<(usize, usize)> {
        let n = self.size();
        let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
        pairs.filter(|&(i, j)| self.entries[i * n + j].is_none()).collect()
    }

    /// The complete matrix, when no judgment is missing.
    #[must_use]
    pub fn to_complete(&self) -> Option<PairwiseMatrix> {
        let n = self.size();
        (self.pairs.len() == n * (n - 1) / 2)
            .then(|| PairwiseMatrix::from_upper(self.labels.clone(), self.given()))
    }

    /// `ln a_ij` of the judged pairs.
    pub(super) fn logs(&self) -> &[f64] {
        &self.logs
    }

    /// The judgments, each in the direction in which it is at least 1.
    pub(super) fn given(&self) -> Vec<(usize, usize, f64)> {
        let n = self.size();
        let direct = |&(i, j): &(usize, usize)| match (self.entries[i * n + j], self.entries[j * n + i]) {
            (Some(forth), Some(back)) if back > forth => (j, i, back),
            (forth, _) => (i, j, forth.unwrap_or(1.0)),
        };
        self.pairs.iter().map(direct).collect()
    }

    /// From judgments that are sound one by one.
    fn checked(labels: Vec<String>, given: &[(usize, usize, f64)]) -> Result<IncompleteMatrix> {
        let n = labels.len();
        let graph = ComparisonGraph::new(n, given);
        if graph.groups().len() > 1 {
            return Err(Error::Judgment(missing_text(&labels, &graph, &graph.missing())));
        }
        let mut entries = vec![None; n * n];
        for i in 0..n {
            entries[i * n + i] = Some(1.0);
        }
        for &(i, j, value) in given {
            entries[i * n + j] = Some(value);
            entries[j * n + i] = Some(1.0 / value);
        }
        let mut matrix = IncompleteMatrix { labels, entries, pairs: Vec::new(), logs: Vec::new() };
        for i in 0..n {
            for j in i + 1..n {
                if let (Some(forth), Some(back)) = (matrix.entries[i * n + j], matrix.entries[j * n + i]) {
                    matrix.pairs.push((i, j));
                    // From the member >= 1, so that exchanging two labels changes only the sign.
                    matrix.logs.push(if forth >= 1.0 { ln(forth) } else { -ln(back) });
                }
            }
        }
        matrix.refuse_vast_ranges()?;
        Ok(matrix)
    }

    fn refuse_vast_ranges(&self) -> Result<()> {
        let values = super::least_squares::log_weights(self);
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        let (Some(&most), Some(&least)) = (order.first(), order.last()) else { return Ok(()) };
        if values[most] - values[least] <= ln(MAX_IMPLIED) {
            return Ok(());
        }
        Err(Error::Judgment(format!(
            "the judgments given imply that `{}` is more than {} times as important as `{}`; compare them \
             directly, or put the items that matter so little into a group of their own",
            self.labels[most],
            judgment_text(MAX_IMPLIED),
            self.labels[least]
        )))
    }
}

impl From<&PairwiseMatrix> for IncompleteMatrix {
    /// A complete matrix, in which nothing is missing.
    fn from(matrix: &PairwiseMatrix) -> IncompleteMatrix {
        let n = matrix.size();
        let entries = (0..n * n).map(|at| Some(matrix.judgment(at / n, at % n))).collect();
        let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect();
        IncompleteMatrix { labels: matrix.labels().to_vec(), entries, pairs, logs: matrix.logs().to_vec() }
    }
}
