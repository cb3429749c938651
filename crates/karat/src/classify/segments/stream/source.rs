//! Where the batches come from.

use super::super::table::Table;
use karat_scorer::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis, ShapeBuilder, Slice, Zip};

/// Rows of single precision widened at a time, so that a large batch is not held twice.
const PIECE: usize = 1 << 16;

/// Some rows of a source, n × d, with one weight each or 1.
///
/// ```
/// use karat::classify::segments::Batch;
/// use ndarray::array;
///
/// let rows = array![[1.0_f32, 2.0], [3.0, 4.0]];
/// let batch = Batch::from(rows.view()).weighted(&[1.0, 2.0]);
/// assert_eq!((batch.rows(), batch.columns()), (2, 2));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    numbers: Numbers<'a>,
    weights: Option<&'a [f64]>,
}

#[derive(Debug, Clone, Copy)]
enum Numbers<'a> {
    Double(ArrayView2<'a, f64>),
    Single(ArrayView2<'a, f32>),
}

impl<'a> From<ArrayView2<'a, f64>> for Batch<'a> {
    fn from(rows: ArrayView2<'a, f64>) -> Batch<'a> {
        Batch { numbers: Numbers::Double(rows), weights: None }
    }
}

/// Single precision stands for the same numbers in double precision.
impl<'a> From<ArrayView2<'a, f32>> for Batch<'a> {
    fn from(rows: ArrayView2<'a, f32>) -> Batch<'a> {
        Batch { numbers: Numbers::Single(rows), weights: None }
    }
}

impl<'a> Batch<'a> {
    /// With one weight a row.
    #[must_use]
    pub fn weighted(mut self, weights: &'a [f64]) -> Batch<'a> {
        self.weights = Some(weights);
        self
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.shape().0
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.shape().1
    }

    fn shape(&self) -> (usize, usize) {
        match self.numbers {
            Numbers::Double(rows) => rows.dim(),
            Numbers::Single(rows) => rows.dim(),
        }
    }

    /// The rows in double precision: one table, or several in order where they had to be widened.
    pub(super) fn tables(&self, mut each: impl FnMut(&Table<'_>) -> Result<()>) -> Result<()> {
        let count = self.rows();
        if let Some(weights) = self.weights.filter(|weights| weights.len() != count) {
            return Err(Error::shape("sample weights, one a row of the batch", count, weights.len()));
        }
        if count == 0 {
            return Ok(());
        }
        match self.numbers {
            Numbers::Double(rows) => each(&Table::new(rows, self.weights)),
            Numbers::Single(rows) => {
                for start in (0..count).step_by(PIECE) {
                    let end = count.min(start + PIECE);
                    let piece = widen(rows.slice_axis(Axis(0), Slice::from(start..end)));
                    each(&Table::new(piece.view(), self.weights.map(|weights| &weights[start..end])))?;
                }
                Ok(())
            }
        }
    }
}

/// The same numbers in double precision, in the order of memory they came in.
fn widen(rows: ArrayView2<'_, f32>) -> Array2<f64> {
    let by_column = rows.strides()[0].abs() < rows.strides()[1].abs();
    let mut wide = Array2::zeros(rows.raw_dim().set_f(by_column));
    Zip::from(&mut wide).and(&rows).for_each(|wide, &x| *wide = f64::from(x));
    wide
}

/// Told each batch in turn; an error ends the reading.
pub type Each<'a> = &'a mut (dyn FnMut(Batch<'_>) -> Result<()> + Send);

/// Rows that can be read in batches, again and again: files, a query, parts of an array.
///
/// Every reading must give the same rows in the same order; how they are cut into batches may differ and
/// never shows in a result. A closure that returns an iterator of arrays is such a source.
///
/// ```
/// use karat::classify::segments::{Batches, KMeans, StreamedKMeans};
/// use karat::Result;
/// use ndarray::{Array2, array};
///
/// let mut source = || [array![[1.0], [2.0]], array![[10.0], [11.0]]].into_iter().map(Result::Ok);
/// let fitted = StreamedKMeans::new(KMeans::new(2)).fit(&mut source)?;
/// assert_eq!(fitted.report.inertia, 1.0);
/// # Ok::<(), karat::Error>(())
/// ```
pub trait Batches {
    /// Reads all rows from the first.
    ///
    /// # Errors
    /// Those of `each`, at once; and the source's own.
    fn read(&mut self, each: Each<'_>) -> Result<()>;

    /// The name of a column, for messages; its number unless the source knows better.
    fn column(&self, column: usize) -> String {
        column.to_string()
    }
}

impl<F, I> Batches for F
where
    F: FnMut() -> I,
    I: IntoIterator<Item = Result<Array2<f64>>>,
{
    fn read(&mut self, each: Each<'_>) -> Result<()> {
        self().into_iter().try_for_each(|rows| each(Batch::from(rows?.view())))
    }
}

/// An array in memory as a source of batches.
///
/// ```
/// use karat::classify::segments::{ArrayBatches, KMeans, StreamedKMeans};
/// use ndarray::array;
///
/// let x = array![[1.0_f32], [2.0], [10.0], [11.0]];
/// let fitted = StreamedKMeans::new(KMeans::new(2)).fit(&mut ArrayBatches::new(x.view(), 3))?;
/// assert_eq!((fitted.report.rows, fitted.report.inertia), (4, 1.0));
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ArrayBatches<'a, T> {
    rows: ArrayView2<'a, T>,
    weights: Option<&'a [f64]>,
    size: usize,
}

impl<'a, T> ArrayBatches<'a, T> {
    /// Batches of `size` rows; the last may have fewer; 0 is taken as 1.
    #[must_use]
    pub fn new(rows: ArrayView2<'a, T>, size: usize) -> ArrayBatches<'a, T> {
        ArrayBatches { rows, weights: None, size: size.max(1) }
    }

    /// With one weight a row.
    #[must_use]
    pub fn weighted(mut self, weights: &'a [f64]) -> ArrayBatches<'a, T> {
        self.weights = Some(weights);
        self
    }
}

impl<T> Batches for ArrayBatches<'_, T>
where
    for<'b> Batch<'b>: From<ArrayView2<'b, T>>,
{
    fn read(&mut self, each: Each<'_>) -> Result<()> {
        let count = self.rows.nrows();
        if let Some(weights) = self.weights.filter(|weights| weights.len() != count) {
            return Err(Error::shape("sample weights, one a row", count, weights.len()));
        }
        for start in (0..count).step_by(self.size) {
            let end = count.min(start.saturating_add(self.size));
            let batch = Batch::from(self.rows.slice_axis(Axis(0), Slice::from(start..end)));
            each(match self.weights {
                Some(weights) => batch.weighted(&weights[start..end]),
                None => batch,
            })?;
        }
        Ok(())
    }
}
