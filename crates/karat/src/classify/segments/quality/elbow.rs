//! The elbow of a curve that falls.

use karat_scorer::{Error, Result};

/// Position of the elbow of a curve that falls and flattens, such as inertia over k: the point furthest below
/// the straight line from its first to its last point, both axes scaled to 0 to 1 (the Kneedle rule of
/// Satopää, Albrecht, Irwin and Raghavan, 2011, for a curve that is known in full; of equals the first).
///
/// `None` when no point lies below the line: then there is no elbow.
///
/// ```
/// use karat::classify::segments::quality::elbow;
/// assert_eq!(elbow(&[1.0, 2.0, 3.0, 4.0, 5.0], &[100.0, 40.0, 15.0, 12.0, 10.0])?, Some(2));
/// assert_eq!(elbow(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0])?, None);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] when both have another length; [`Error::Argument`] for fewer than two points, values that
/// are not finite, or places that do not ascend.
pub fn elbow(places: &[f64], values: &[f64]) -> Result<Option<usize>> {
    if places.len() != values.len() {
        return Err(Error::shape("values of the curve", places.len(), values.len()));
    }
    let (&[first, .., last], &[top, .., bottom]) = (places, values) else {
        return Err(Error::argument("values", "must be two or more", values.len()));
    };
    if let Some(bad) = places.iter().chain(values).find(|x| !x.is_finite()) {
        return Err(Error::argument("values", "must be finite", bad));
    }
    if let Some(pair) = places.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(Error::argument("places", format!("must ascend (after {})", pair[0]), pair[1]));
    }
    let fall = top - bottom;
    if fall <= 0.0 {
        return Ok(None);
    }
    let mut best = None;
    let mut furthest = 1e-12;
    for (i, (&place, &value)) in places.iter().zip(values).enumerate() {
        let below = (top - value) / fall - (place - first) / (last - first);
        if below > furthest {
            (best, furthest) = (Some(i), below);
        }
    }
    Ok(best)
}
