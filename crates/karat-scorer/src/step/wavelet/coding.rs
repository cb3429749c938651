//! Raw fields into the inputs of a network.

use crate::error::{Error, Result};
use crate::step::{Lanes, within};

/// What a row had that the network was not fitted on.
pub mod outside {
    /// A number was missing and took its fill value.
    pub const MISSING: u32 = 1;
    /// A number lay outside the range that was fitted, with its margin, and was brought to the end of it.
    pub const RANGE: u32 = 2;
    /// A category was missing or unknown: none of its inputs is 1.
    pub const CATEGORY: u32 = 4;
}

/// How one raw field becomes inputs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Coding {
    /// One input, `(x - center) * inverse` with `x` within `least` and `most`; a second one that is 1 where the
    /// field is missing if `indicator`.
    Number {
        /// What becomes 0, and stands in for a missing number.
        center: f64,
        /// 1 over the scale.
        inverse: f64,
        /// Smaller numbers are taken as this.
        least: f64,
        /// Larger numbers are taken as this.
        most: f64,
        /// Whether missing has an input of its own.
        indicator: bool,
    },
    /// One input for each category, which is 1 for that of the row and 0 for the others.
    Category {
        /// Number of categories; a field holds their positions.
        count: u32,
    },
}

/// Largest magnitude of anything in a network, so that nothing computed from it overflows.
pub(super) const LARGEST: f64 = 1e9;

impl Coding {
    /// How many inputs it gives.
    #[must_use]
    pub fn inputs(&self) -> usize {
        match self {
            Coding::Number { indicator, .. } => 1 + usize::from(*indicator),
            Coding::Category { count } => *count as usize,
        }
    }

    pub(super) fn check(&self, field: usize) -> Result<()> {
        let bad =
            |rule: &str, value: f64| Err(Error::argument(format!("coding of field {field}"), rule, value));
        match *self {
            Coding::Number { center, inverse, least, most, .. } => {
                if !(least <= most && least <= center && center <= most) {
                    return bad("must have least <= center <= most", center);
                }
                if !(least.is_finite() && most.is_finite() && inverse.is_finite()) {
                    return bad("must be finite", inverse);
                }
                let reach = ((most - least) * inverse).abs();
                if !(inverse > 0.0 && reach <= LARGEST) {
                    return bad("must scale its range to at most 1e9", reach);
                }
                Ok(())
            }
            Coding::Category { count } if count == 0 || count > 4096 => {
                bad("must have 1 to 4096 categories", f64::from(count))
            }
            Coding::Category { .. } => Ok(()),
        }
    }

    /// The inputs of `N` rows; sets the bits of [`outside`] in `flags`.
    #[inline(always)]
    pub(super) fn code<const N: usize>(&self, raw: &Lanes<N>, inputs: &mut [Lanes<N>], flags: &mut [u32; N]) {
        match *self {
            Coding::Number { center, inverse, least, most, indicator } => {
                let mut present = [0.0; N];
                let mut scaled = [0.0; N];
                for lane in 0..N {
                    let x = raw[lane];
                    let missing = x.is_nan();
                    let inside = within(x, least, most);
                    scaled[lane] = if missing { 0.0 } else { (inside - center) * inverse };
                    present[lane] = if missing { 1.0 } else { 0.0 };
                    flags[lane] |= if missing { outside::MISSING } else { 0 };
                    flags[lane] |= if x < least || x > most { outside::RANGE } else { 0 };
                }
                if let Some(input) = inputs.first_mut() {
                    *input = scaled;
                }
                if let (true, Some(input)) = (indicator, inputs.get_mut(1)) {
                    *input = present;
                }
            }
            Coding::Category { count } => {
                let mut known = [false; N];
                for (category, input) in inputs.iter_mut().enumerate() {
                    for lane in 0..N {
                        let hit = raw[lane] == category as f64;
                        input[lane] = if hit { 1.0 } else { 0.0 };
                        known[lane] |= hit;
                    }
                }
                let _ = count;
                for lane in 0..N {
                    flags[lane] |= if known[lane] { 0 } else { outside::CATEGORY };
                }
            }
        }
    }
}
