//! Saaty's scale of judgments and how a judgment is written.

use karat_scorer::numerics::ln;

/// The seventeen values of Saaty's scale (1977), smallest first: 1/9, 1/8, ..., 1/2, 1, 2, ..., 9.
pub const SAATY_SCALE: [f64; 17] = [
    1.0 / 9.0,
    1.0 / 8.0,
    1.0 / 7.0,
    1.0 / 6.0,
    1.0 / 5.0,
    1.0 / 4.0,
    1.0 / 3.0,
    1.0 / 2.0,
    1.0,
    2.0,
    3.0,
    4.0,
    5.0,
    6.0,
    7.0,
    8.0,
    9.0,
];

/// Position in [`SAATY_SCALE`] of the value nearest to a judgment, distances taken in logarithms.
///
/// Logarithms, because a judgment and its reciprocal say the same thing; a tie goes to the value nearer
/// to 1, the weaker claim.
///
/// ```
/// use karat::evaluate::weights::{SAATY_SCALE, nearest_on_scale};
/// assert_eq!(SAATY_SCALE[nearest_on_scale(5.2)], 5.0);
/// assert_eq!(SAATY_SCALE[nearest_on_scale(40.0)], 9.0);
/// assert_eq!(SAATY_SCALE[nearest_on_scale(0.24)], 1.0 / 4.0);
/// ```
#[must_use]
pub fn nearest_on_scale(judgment: f64) -> usize {
    const EQUAL: usize = 8;
    // The upper half of the scale serves both directions, so that a and 1/a round to reciprocals.
    let (strength, inverted) = if judgment >= 1.0 { (judgment, false) } else { (1.0 / judgment, true) };
    let mut steps = 0;
    while steps < EQUAL {
        let (below, above) = (SAATY_SCALE[EQUAL + steps], SAATY_SCALE[EQUAL + steps + 1]);
        // Nearer to `below` in logarithms: strength / below <= above / strength.
        if strength * strength <= below * above {
            break;
        }
        steps += 1;
    }
    if inverted { EQUAL - steps } else { EQUAL + steps }
}

/// How strongly a ratio departs from 1, whichever way: |ln r|.
pub(super) fn log_distance(ratio: f64) -> f64 {
    ln(ratio).abs()
}

/// A judgment as a person writes it: `6`, `1/3`, or two decimals when it is neither.
pub(super) fn judgment_text(judgment: f64) -> String {
    let whole = |value: f64| (value - value.round()).abs() <= 1e-9 * value && value < 1e6;
    if whole(judgment) && judgment >= 1.0 {
        format!("{}", judgment.round())
    } else if whole(1.0 / judgment) && judgment < 1.0 {
        format!("1/{}", (1.0 / judgment).round())
    } else if (0.1..1e4).contains(&judgment) {
        format!("{judgment:.2}")
    } else {
        format!("{judgment:.2e}")
    }
}

#[cfg(test)]
mod tests {
    use karat_scorer::numerics::exp;

    use super::*;

    #[test]
    fn nearest_is_nearest_in_logarithms_for_a_fine_grid() {
        for step in -400..=400 {
            let judgment = exp(f64::from(step) / 100.0);
            let found = log_distance(judgment / SAATY_SCALE[nearest_on_scale(judgment)]);
            let best = SAATY_SCALE.iter().map(|v| log_distance(judgment / v)).fold(f64::INFINITY, f64::min);
            assert!(found <= best + 1e-12, "{judgment}: {found} against {best}");
        }
    }

    #[test]
    fn a_judgment_and_its_reciprocal_round_to_reciprocals() {
        for judgment in [1.3, 1.42, 2.6, 5.5, 8.49, 12.0] {
            let sum = nearest_on_scale(judgment) + nearest_on_scale(1.0 / judgment);
            assert_eq!(sum, 16, "{judgment}");
        }
    }

    #[test]
    fn judgments_are_written_as_people_write_them() {
        let texts = [6.0, 1.0, 1.0 / 3.0, 1.1275, 0.52, 40.25, 0.003_21].map(judgment_text);
        assert_eq!(texts, ["6", "1", "1/3", "1.13", "0.52", "40.25", "3.21e-3"]);
    }
}
