//! Labels of a source, a batch at a time.

use super::super::assign::{WholeTable, Work};
use super::super::lloyd::LloydScale;
use super::source::{Batch, Batches};
use crate::numerics::parallel::thread_count;
use karat_scorer::step::Segments;
use karat_scorer::{Error, Result};
use ndarray::Array2;

/// The segment of every row of a source, batch by batch, by the frozen step; `each` is told the number of
/// the first row of a batch and its labels.
///
/// ```
/// use karat::classify::segments::{ArrayBatches, KMeans, label_batches};
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [10.0], [11.0]];
/// let fitted = KMeans::new(2).fit(x.view())?;
/// let mut labels = Vec::new();
/// label_batches(&fitted.step, &mut ArrayBatches::new(x.view(), 3), 0, &mut |_, found| {
///     labels.extend_from_slice(found);
///     Ok(())
/// })?;
/// assert_eq!(labels, fitted.report.labels);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] for rows of another width than the step; [`Error::Data`] for values that are not finite;
/// those of the source and of `each`.
pub fn label_batches(
    step: &Segments,
    source: &mut dyn Batches,
    threads: usize,
    each: &mut (dyn FnMut(u64, &[u32]) -> Result<()> + Send),
) -> Result<()> {
    let threads = thread_count(threads);
    let shape = (step.count, step.features.len());
    let centers = Array2::from_shape_fn(shape, |(c, f)| step.centers[f * step.count + c]);
    let mut first = 0;
    let mut labels = Vec::new();
    source.read(&mut |batch: Batch<'_>| {
        batch.tables(|table| {
            if table.columns != step.features.len() {
                return Err(Error::shape("columns of a batch", step.features.len(), table.columns));
            }
            let (largest, largest_weight) = table.check_batch()?;
            let scale = LloydScale::new(largest, largest_weight.max(1.0))?;
            let rows = WholeTable { table, scale: &scale, threads };
            labels.clear();
            labels.extend(rows.label(&centers, Work::LabelsOnly).0.iter().map(|&label| u32::from(label)));
            each(first, &labels)?;
            first += table.rows as u64;
            Ok(())
        })
    })
}
