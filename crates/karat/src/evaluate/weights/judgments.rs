//! Pairwise judgments and the reciprocal matrix they fill.

use karat_scorer::numerics::ln;
use karat_scorer::{Error, Result};

use super::comparison_graph::ComparisonGraph;
use super::intake::{Intake, checked_labels, judgment_error, matrix_problems, missing_text, read_texts};

/// Largest number of items in one matrix. Nobody judges 2016 pairs; split the items into a hierarchy.
pub const MAX_ITEMS: usize = 64;

/// Rows computed side by side by the eigenvector; the matrix is stored for it.
pub(super) const LANES: usize = 2;

/// A positive reciprocal matrix of judgments: entry (i, j) says how many times item i is as important as
/// item j, and entry (j, i) is its reciprocal (Saaty, 1977).
///
/// At most [`MAX_ITEMS`] items. Any positive ratio is a judgment, not only the values 1/9 to 9: measured
/// ratios and averaged judgments are as welcome.
///
/// ```
/// use karat::evaluate::weights::PairwiseMatrix;
/// let matrix = PairwiseMatrix::from_text(
///     &["revenue", "activity", "loyalty"],
///     &["revenue 3 activity", "revenue 2 loyalty", "loyalty 2 activity"],
/// )?;
/// assert_eq!(matrix.judgment(0, 1), 3.0);
/// assert_eq!(matrix.judgment(1, 0), 1.0 / 3.0);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PairwiseMatrix {
    labels: Vec<String>,
    /// Block after block of `LANES` rows, each column by column; rows past the last repeat row 0, so that
    /// they never widen a bound.
    blocks: Vec<[f64; LANES]>,
    /// `ln a_ij` for i < j, row by row.
    logs: Vec<f64>,
}

impl PairwiseMatrix {
    /// The matrix given in full, one vector per row.
    ///
    /// Of each pair the judgment >= 1 is kept and the other set to its exact reciprocal.
    ///
    /// # Errors
    /// [`Error::Argument`] for labels that are empty, repeated or more than [`MAX_ITEMS`]; [`Error::Shape`]
    /// when the matrix is not square; [`Error::Judgment`] listing every entry that is not a positive number,
    /// every diagonal entry other than 1 and every pair that is not reciprocal within 1e-9.
    ///
    /// ```
    /// use karat::evaluate::weights::PairwiseMatrix;
    /// let error = PairwiseMatrix::from_rows(&["a", "b"], &[vec![1.0, 3.0], vec![3.0, 1.0]]).unwrap_err();
    /// assert!(error.to_string().starts_with("`a` vs `b` is 3 but `b` vs `a` is 3"));
    /// ```
    pub fn from_rows<L: AsRef<str>>(labels: &[L], rows: &[Vec<f64>]) -> Result<PairwiseMatrix> {
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
        let problems = matrix_problems(&labels, rows);
        if !problems.is_empty() {
            return Err(judgment_error(&problems));
        }
        let mut matrix = PairwiseMatrix::equal(labels);
        for (i, row) in rows.iter().enumerate() {
            for (j, &value) in row.iter().enumerate().skip(i + 1) {
                if value >= rows[j][i] { matrix.set(i, j, value) } else { matrix.set(j, i, rows[j][i]) }
            }
        }
        matrix.finish();
        Ok(matrix)
    }

    /// The matrix from a list of judgments `(first, second, value)`: `first` is `value` times as important
    /// as `second`. Every pair once, in any order and either direction.
    ///
    /// # Errors
    /// [`Error::Argument`] for the labels, as in [`from_rows`](Self::from_rows). [`Error::Judgment`]
    /// listing everything wrong: unknown items (with the nearest name), an item compared with itself,
    /// values that are not positive numbers, pairs given twice or in both directions. When the judgments
    /// given are sound but some are missing, the message lists them and the value that the others imply;
    /// when some items cannot be linked at all, it names the groups and a comparison that joins them.
    ///
    /// ```
    /// use karat::evaluate::weights::PairwiseMatrix;
    /// let labels = ["a", "b", "c"];
    /// let error = PairwiseMatrix::from_judgments(&labels, &[("a", "b", 2.0), ("b", "c", 3.0)]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "1 of 3 comparisons is missing: `a` vs `c` (the others imply 6: \"a 6 c\" would fit)"
    /// );
    /// ```
    pub fn from_judgments<L, A, B>(labels: &[L], judgments: &[(A, B, f64)]) -> Result<PairwiseMatrix>
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
        let graph = ComparisonGraph::new(labels.len(), &given);
        let missing = graph.missing();
        if !missing.is_empty() {
            return Err(Error::Judgment(missing_text(&labels, &graph, &missing)));
        }
        let mut matrix = PairwiseMatrix::equal(labels);
        for (i, j, value) in given {
            matrix.set(i, j, value);
        }
        matrix.finish();
        Ok(matrix)
    }

    /// The matrix from judgments as plan files write them: `"revenue 3 activity"`, see [`Judgment::parse`](super::Judgment::parse).
    ///
    /// # Errors
    /// As [`from_judgments`](Self::from_judgments); also [`Error::Judgment`] listing every text that
    /// cannot be read.
    pub fn from_text<L: AsRef<str>, T: AsRef<str>>(labels: &[L], judgments: &[T]) -> Result<PairwiseMatrix> {
        PairwiseMatrix::from_judgments(labels, &read_texts(labels, judgments)?)
    }

    /// The same judgments with one replaced: what would follow if `first` were `value` times as important
    /// as `second`?
    ///
    /// # Errors
    /// [`Error::Judgment`] for unknown items, an item against itself, or a value that is not a positive
    /// number.
    pub fn with_judgment(&self, first: &str, second: &str, value: f64) -> Result<PairwiseMatrix> {
        let mut intake = Intake::new(&self.labels);
        intake.add(first, second, value);
        let mut changed = self.clone();
        for (i, j, value) in intake.finish()? {
            changed.set(i, j, value);
        }
        changed.finish();
        Ok(changed)
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

    /// How many times item `i` is as important as item `j`, both counted from 0.
    ///
    /// # Panics
    /// When `i` or `j` is not below [`size`](Self::size).
    #[must_use]
    pub fn judgment(&self, i: usize, j: usize) -> f64 {
        let n = self.size();
        assert!(i < n && j < n, "judgment ({i}, {j}) of a matrix of {n} items");
        self.blocks[i / LANES * n + j][i % LANES]
    }

    /// Blocks of `LANES` rows, one slice each: its element j holds those rows' judgments against item j.
    pub(super) fn blocks(&self) -> std::slice::ChunksExact<'_, [f64; LANES]> {
        self.blocks.chunks_exact(self.size())
    }

    /// `ln a_ij` for i < j, row by row.
    pub(super) fn logs(&self) -> &[f64] {
        &self.logs
    }

    /// The same judgments with that of (i, j) replaced by a checked value, without the logarithms, which
    /// the eigenvector does not need.
    pub(super) fn replaced(&self, i: usize, j: usize, value: f64) -> PairwiseMatrix {
        let mut changed = self.clone();
        changed.set(i, j, value);
        changed.repeat_first_row();
        changed
    }

    /// The matrix with these values (i, j, value) above the diagonal; the caller has checked them.
    pub(super) fn from_upper(
        labels: Vec<String>,
        values: impl IntoIterator<Item = (usize, usize, f64)>,
    ) -> PairwiseMatrix {
        let mut matrix = PairwiseMatrix::equal(labels);
        for (i, j, value) in values {
            matrix.set(i, j, value);
        }
        matrix.finish();
        matrix
    }

    fn equal(labels: Vec<String>) -> PairwiseMatrix {
        let n = labels.len();
        PairwiseMatrix { labels, blocks: vec![[1.0; LANES]; n.div_ceil(LANES) * n], logs: Vec::new() }
    }

    fn set(&mut self, i: usize, j: usize, value: f64) {
        let n = self.size();
        self.blocks[i / LANES * n + j][i % LANES] = value;
        self.blocks[j / LANES * n + i][j % LANES] = 1.0 / value;
    }

    /// Fills what is derived from the judgments.
    fn finish(&mut self) {
        self.repeat_first_row();
        let n = self.size();
        self.logs.clear();
        for i in 0..n {
            for j in i + 1..n {
                // Taken from the member >= 1, so that exchanging two labels changes only the sign.
                let (forth, back) = (self.judgment(i, j), self.judgment(j, i));
                self.logs.push(if forth >= 1.0 { ln(forth) } else { -ln(back) });
            }
        }
    }

    fn repeat_first_row(&mut self) {
        let n = self.size();
        let used = (n - 1) % LANES + 1;
        let last = self.blocks.len() - n;
        for j in 0..n {
            let first = self.blocks[j][0];
            self.blocks[last + j][used..].fill(first);
        }
    }
}
