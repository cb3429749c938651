//! Splitting an index among its indicators against any reference customer: the closed form of the frozen
//! tree, and exact Shapley values to hold it against.

use crate::numerics::shapley::values_of_subsets;
use karat_scorer::{Error, Model, Result};

/// Most indicators whose subsets are enumerated: 4,096 evaluations.
pub const MAX_PLAYERS: usize = 12;

/// The index of a customer with these indicators (0 to 1, none left out), without penalties.
///
/// # Errors
/// [`Error::Shape`] for another number of indicators.
pub fn index_of(model: &Model, z: &[f64]) -> Result<f64> {
    if let Some(nodes) = &model.nodes {
        return nodes.eval(&model.tree, z);
    }
    let weights = &model.tree.weights;
    if z.len() != weights.len() {
        return Err(Error::shape("indicators", weights.len(), z.len()));
    }
    Ok(z.iter().zip(weights).fold(0.0, |sum, (z, weight)| sum + z * (model.tree.scale * weight)))
}

/// What each indicator adds to the index of a customer with the indicators `reference`: of an additive model
/// `(z - reference) * weight`, else the closed form that multiplies ratios of slopes down the tree. The sum
/// is the difference of the two indices but for rounding (a few units in the last place of the larger).
///
/// # Errors
/// [`Error::Shape`] for another number of indicators.
pub fn contributions(model: &Model, z: &[f64], reference: &[f64]) -> Result<Vec<f64>> {
    if let Some(nodes) = &model.nodes {
        return nodes.contributions(&model.tree, z, reference);
    }
    let weights = &model.tree.weights;
    for found in [z.len(), reference.len()] {
        if found != weights.len() {
            return Err(Error::shape("indicators", weights.len(), found));
        }
    }
    let each = z.iter().zip(reference).zip(weights);
    Ok(each.map(|((z, reference), weight)| (z - reference) * (model.tree.scale * weight)).collect())
}

/// Exact Shapley values (Shapley 1953) of a function against a reference, by all subsets of at most
/// [`MAX_PLAYERS`] arguments: the mean over all orders of what moving one argument from the reference to the
/// customer adds.
///
/// ```
/// use karat::evaluate::split::shapley;
/// let product = |x: &[f64]| Ok(x[0] * x[1]);
/// assert_eq!(shapley(product, &[3.0, 2.0], &[1.0, 1.0])?, [3.0, 2.0]);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`] for more arguments, [`Error::Shape`] for a reference of another length, and whatever
/// the function refuses.
pub fn shapley(
    mut value: impl FnMut(&[f64]) -> Result<f64>,
    row: &[f64],
    reference: &[f64],
) -> Result<Vec<f64>> {
    let count = row.len();
    if reference.len() != count {
        return Err(Error::shape("reference", count, reference.len()));
    }
    if count == 0 || count > MAX_PLAYERS {
        let rule = format!("must number 1 to {MAX_PLAYERS} for exact Shapley values; use the closed form");
        return Err(Error::argument("indicators", rule, count));
    }
    let mut values = Vec::with_capacity(1 << count);
    let mut mixed = vec![0.0; count];
    for subset in 0..1_usize << count {
        for (i, slot) in mixed.iter_mut().enumerate() {
            *slot = if subset >> i & 1 == 1 { row[i] } else { reference[i] };
        }
        values.push(value(&mixed)?);
    }
    Ok(values_of_subsets(&values))
}
