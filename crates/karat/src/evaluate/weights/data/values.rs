//! Tables of numbers as data weights read them: columns or rows, neither of them copied.

use karat_scorer::{Error, Problem, Result};

/// Rows that are looked at together.
pub(in super::super) const BLOCK: usize = 256;
/// Rows whose sums run side by side; the number is part of the result's last bits, the layout is not.
pub(in super::super) const LANES: usize = 8;
/// Distance of two columns of a block; the eight spare places keep columns out of one another's cache lines.
pub(super) const STRIDE: usize = BLOCK + LANES;

/// A table that data weights are drawn from: indicators side by side, each with its direction.
///
/// Reading borrows the numbers, whether a column or a row of them lies together in memory, and either way
/// gives the same bits.
///
/// ```
/// use karat::evaluate::weights::{Values, critic};
/// let (arpu, complaints) = ([48.5, 22.0, 75.2, 18.9], [1.0, 4.0, 0.0, 2.0]);
/// let columns = Values::columns(&[&arpu, &complaints])?.names(["arpu", "complaints"])?.costs(&[1])?;
/// let rows = [48.5, 1.0, 22.0, 4.0, 75.2, 0.0, 18.9, 2.0];
/// let rows = Values::row_major(&rows, 2)?.costs(&[1])?;
/// assert_eq!(critic(&columns)?.weights, critic(&rows)?.weights);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Values<'a> {
    layout: Layout<'a>,
    rows: usize,
    width: usize,
    names: Vec<String>,
    cost: Vec<bool>,
}

#[derive(Debug, Clone)]
enum Layout<'a> {
    Columns(Vec<&'a [f64]>),
    Rows(&'a [f64]),
}

impl<'a> Values<'a> {
    /// Columns of the same length.
    ///
    /// # Errors
    /// [`Error::Argument`] for no column, [`Error::Shape`] for columns of different lengths.
    pub fn columns(columns: &[&'a [f64]]) -> Result<Values<'a>> {
        let rows = columns.first().map_or(0, |column| column.len());
        for (at, column) in columns.iter().enumerate() {
            if column.len() != rows {
                return Err(Error::shape(format!("rows of column {at}"), rows, column.len()));
            }
        }
        Values::new(Layout::Columns(columns.to_vec()), rows, columns.len())
    }

    /// Rows of `width` numbers, one after the other.
    ///
    /// # Errors
    /// [`Error::Argument`] for no column, [`Error::Shape`] when the last row is cut short.
    pub fn row_major(values: &'a [f64], width: usize) -> Result<Values<'a>> {
        let rows = values.len().checked_div(width).unwrap_or(0);
        if rows * width != values.len() {
            return Err(Error::shape(
                format!("numbers in {} rows", rows + 1),
                (rows + 1) * width,
                values.len(),
            ));
        }
        Values::new(Layout::Rows(values), rows, width)
    }

    fn new(layout: Layout<'a>, rows: usize, width: usize) -> Result<Values<'a>> {
        if width == 0 {
            return Err(Error::argument("columns", "must hold at least one column", 0));
        }
        Ok(Values { layout, rows, width, names: Vec::new(), cost: vec![false; width] })
    }

    /// Names of the columns, for messages and findings.
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is one for every column.
    pub fn names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Result<Values<'a>> {
        self.names = names.into_iter().map(Into::into).collect();
        if self.names.len() == self.width {
            return Ok(self);
        }
        Err(Error::shape("names, one for each column", self.width, self.names.len()))
    }

    /// Columns of which less is better.
    ///
    /// # Errors
    /// [`Error::Argument`] for a position past the last column.
    pub fn costs(mut self, positions: &[usize]) -> Result<Values<'a>> {
        for &at in positions {
            let width = self.width;
            let slot = self.cost.get_mut(at).ok_or_else(|| {
                Error::argument(
                    "costs",
                    format!("must be positions below {width}, the number of columns"),
                    at,
                )
            })?;
            *slot = true;
        }
        Ok(self)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    pub(super) fn is_cost(&self, column: usize) -> bool {
        self.cost[column]
    }

    /// 1 for a benefit, -1 for a cost.
    pub(super) fn sign(&self, column: usize) -> f64 {
        if self.cost[column] { -1.0 } else { 1.0 }
    }

    /// How a problem names a column.
    pub(in super::super) fn name(&self, column: usize) -> String {
        self.names.get(column).cloned().unwrap_or_else(|| column.to_string())
    }

    /// How a finding names a column.
    pub(in super::super) fn place(&self, column: usize) -> String {
        self.names.get(column).map_or_else(|| format!("column {column}"), |name| format!("column `{name}`"))
    }

    /// The numbers as they lie: single columns, or all rows with the number of columns.
    pub(in super::super) fn pieces(&self) -> (Vec<&'a [f64]>, usize) {
        match &self.layout {
            Layout::Columns(columns) => (columns.clone(), 1),
            Layout::Rows(values) => (vec![values], self.width),
        }
    }

    /// Every value of a column, from the first row on.
    pub(in super::super) fn column(&self, column: usize) -> Box<dyn Iterator<Item = f64> + '_> {
        match &self.layout {
            Layout::Columns(columns) => Box::new(columns[column].iter().copied()),
            Layout::Rows(values) => Box::new(values.iter().skip(column).step_by(self.width).copied()),
        }
    }

    /// Calls `visit` with every block of rows, column beside column at distance [`STRIDE`], and the number of
    /// its rows. Places past the last row hold what they held before.
    #[inline(always)]
    pub(super) fn blocks(&self, mut visit: impl FnMut(&mut [f64], usize)) {
        let mut buffer = vec![0.0; self.width * STRIDE];
        let mut start = 0;
        while start < self.rows {
            let rows = BLOCK.min(self.rows - start);
            match &self.layout {
                Layout::Columns(columns) => {
                    for (slot, column) in buffer.chunks_exact_mut(STRIDE).zip(columns) {
                        slot[..rows].copy_from_slice(&column[start..start + rows]);
                    }
                }
                Layout::Rows(values) => {
                    let block = &values[start * self.width..(start + rows) * self.width];
                    for (row, values) in block.chunks_exact(self.width).enumerate() {
                        for (column, &value) in values.iter().enumerate() {
                            buffer[column * STRIDE + row] = value;
                        }
                    }
                }
            }
            visit(&mut buffer, rows);
            start += rows;
        }
    }

    pub(in super::super) fn check_rows(&self) -> Result<()> {
        if self.rows < 2 {
            return Err(Error::argument("rows", "must be >= 2: a single row has no dispersion", self.rows));
        }
        Ok(())
    }

    /// Every value that is no number, infinite or otherwise `bad`, by column and row.
    pub(in super::super) fn problems(
        &self,
        bad: impl Fn(f64) -> bool,
        what: &str,
        remedy: &str,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for column in 0..self.width {
            let mut find = |what: &str, bad: &dyn Fn(f64) -> bool, remedy: &str| {
                let found: Vec<(usize, f64)> =
                    self.column(column).enumerate().filter(|&(_, value)| bad(value)).collect();
                if let Some(&(_, first)) = found.first() {
                    let rows: Vec<usize> = found.iter().take(5).map(|&(row, _)| row).collect();
                    let problem = Problem::new(self.name(column), format!("{what}: {first}"), remedy);
                    problems.push(problem.at(found.len(), rows));
                }
            };
            find("not a number", &f64::is_nan, "impute or leave out missing values first");
            find("infinite", &f64::is_infinite, "mend the value");
            find(what, &|value| value.is_finite() && bad(value), remedy);
        }
        problems
    }
}
