//! k-means with bounds of the sizes of segments: teams, tariffs or tests that each take so many customers.
//!
//! After Bradley, Bennett and Demiriz, "Constrained k-means clustering" (2000): the assignment step becomes a
//! transportation problem, which is solved exactly.

mod fit;
#[cfg(test)]
mod tests;
mod transport;

pub(super) use fit::fit;

use karat_scorer::{Error, Result};

/// How many rows each segment may have.
///
/// Rows go where the sum of their weights times squared distances is least among all assignments within the
/// bounds. That is exact for distances cut to 2^-45 of the largest there may be, and proven for each assignment
/// by prices that no other assignment beats. Weights count in the sum, sizes count rows. Labels of the fit keep
/// the bounds; the frozen step knows none and takes new customers to the nearest center. Where several
/// assignments cost exactly the same, the order of the rows may show in which is taken.
///
/// ```
/// use karat::classify::segments::{KMeans, SizeBounds};
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0], [3.0], [50.0], [60.0]];
/// let fitted = KMeans::new(2).sizes(SizeBounds::new(3, 3)).fit(x.view())?;
/// assert_eq!(fitted.report.sizes, [3, 3]);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SizeBounds {
    /// Fewest rows of a segment.
    pub least: usize,
    /// Most rows of a segment.
    pub most: usize,
}

impl SizeBounds {
    /// At least `least` and at most `most` rows in each segment.
    #[must_use]
    pub fn new(least: usize, most: usize) -> SizeBounds {
        SizeBounds { least, most }
    }

    fn check(self, rows: usize, k: usize) -> Result<()> {
        if self.least > self.most {
            let rule = format!("must be at most the largest size, {}", self.most);
            return Err(Error::argument("min_size", rule, self.least));
        }
        if self.least.saturating_mul(k) > rows {
            let rule = format!("must be at most {}: {k} segments share {rows} rows", rows / k);
            return Err(Error::argument("min_size", rule, self.least));
        }
        if self.most.saturating_mul(k) < rows {
            let rule = format!("must be at least {}: {k} segments share {rows} rows", rows.div_ceil(k));
            return Err(Error::argument("max_size", rule, self.most));
        }
        Ok(())
    }
}
