//! Raw fields into the inputs of a network.

use crate::error::{Error, Result};
use crate::step::{Lanes, within};
use std::hint::select_unpredictable;

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

    /// The inputs of `N` rows; counts in `seen` what was odd.
    #[inline(always)]
    pub(super) fn code<const N: usize>(&self, raw: &Lanes<N>, inputs: &mut [Lanes<N>], seen: &mut Seen<N>) {
        match *self {
            Coding::Number { center, inverse, least, most, indicator } => {
                let mut present = [0.0; N];
                let mut scaled = [0.0; N];
                for lane in 0..N {
                    let x = raw[lane];
                    let inside = within(x, least, most);
                    let value = (inside - center) * inverse;
                    scaled[lane] = select_unpredictable(x.is_nan(), 0.0, value);
                    present[lane] = select_unpredictable(x.is_nan(), 1.0, 0.0);
                    seen.missing[lane] += present[lane];
                    seen.range[lane] += select_unpredictable(x < least, 1.0, 0.0);
                    seen.range[lane] += select_unpredictable(x > most, 1.0, 0.0);
                }
                if let Some(input) = inputs.first_mut() {
                    *input = scaled;
                }
                if let (true, Some(input)) = (indicator, inputs.get_mut(1)) {
                    *input = present;
                }
            }
            Coding::Category { .. } => {
                let mut known = [0.0; N];
                for (category, input) in inputs.iter_mut().enumerate() {
                    let category = category as f64;
                    for lane in 0..N {
                        input[lane] = select_unpredictable(raw[lane] == category, 1.0, 0.0);
                        known[lane] += input[lane];
                    }
                }
                for lane in 0..N {
                    seen.category[lane] += 1.0 - known[lane];
                }
            }
        }
    }
}

/// How many fields of each row were odd, as numbers so that lanes stay alike.
pub(super) struct Seen<const N: usize> {
    missing: Lanes<N>,
    range: Lanes<N>,
    category: Lanes<N>,
}

impl<const N: usize> Seen<N> {
    pub(super) fn new() -> Seen<N> {
        Seen { missing: [0.0; N], range: [0.0; N], category: [0.0; N] }
    }

    /// The bits of [`outside`] for one row.
    #[inline(always)]
    pub(super) fn flags(&self, lane: usize) -> u32 {
        let bit = |count: f64, bit: u32| if count > 0.0 { bit } else { 0 };
        bit(self.missing[lane], outside::MISSING)
            | bit(self.range[lane], outside::RANGE)
            | bit(self.category[lane], outside::CATEGORY)
    }
}
