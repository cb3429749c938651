//! Centers as the step that scores.

use karat_scorer::Result;
use karat_scorer::step::Segments;
use ndarray::Array2;

/// The frozen step of centers of shape k × d; its features are 0 to d - 1.
pub(super) fn freeze(centers: &Array2<f64>) -> Result<Segments> {
    let features = (0..centers.ncols()).map(|f| u32::try_from(f).unwrap_or(u32::MAX)).collect();
    let rows: Vec<Vec<f64>> = centers.rows().into_iter().map(|row| row.to_vec()).collect();
    let step = Segments::from_rows(features, &rows)?;
    step.check(centers.ncols())?;
    Ok(step)
}
