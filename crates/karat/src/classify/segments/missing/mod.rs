//! k-means with missing values.

mod fit;
mod pass;
#[cfg(test)]
mod tests;

/// What a fit does with NaN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Missing {
    /// Refuses it, naming columns and rows.
    #[default]
    Refuse,
    /// Compares a row with the centers over the coordinates it has, as scoring does.
    ///
    /// The squared distance over the `p` present of `d` coordinates is scaled by `d / p`, so that rows with
    /// different gaps can be compared (Dixon, "Pattern recognition with partly missing data", 1979); centers
    /// are the means of the values that are present. For one row the factor is the same for every center, so
    /// that labels do not depend on it: they are those of
    /// [`Segments::eval_present`](karat_scorer::step::Segments::eval_present). Assignments and means in turn
    /// lower the *unscaled* sum (the k-POD of Chi, Chi and Baraniuk, 2016), which
    /// [`history`](super::KMeansReport::history) holds; [`inertia`](super::KMeansReport::inertia) is scaled,
    /// and decides between starts. First centers are drawn with the mean of its column in place of each
    /// missing value. A row with nothing present, or a column, is refused.
    Scale,
}

pub(super) use fit::{fit, has_gaps};
