//! The time of death of Pareto/NBD by quadrature, for rows for which the continued fraction takes too long.

use super::nodes::TWENTY_FOUR;
use super::{History, ParetoNbd};
use crate::numerics::{exp, exp_m1, ln, ln_1p};

/// Log of the integrand at the ends of panels, below its peak; what lies beyond the last is below 1e-18.
const DEPTHS: [f64; 3] = [6.0, 18.0, 42.0];

/// Having left at some time since the last transaction, against being alive: an integral over that time,
/// in the logarithm of the time since the start plus the smaller scale. The integrand is log-concave.
#[cold]
#[inline(never)]
pub(super) fn odds_by_quadrature(model: &ParetoNbd, history: History) -> f64 {
    let History { frequency: x, recency, age } = history;
    if recency >= age {
        return 0.0;
    }
    let ParetoNbd { r, alpha, s, beta } = *model;
    let least = alpha.min(beta);
    let start = least + recency;
    let (late_alpha, late_beta) = (ln(alpha + age), ln(beta + age));
    let ln_s = ln(s);
    let of = |du: f64| {
        let y = recency + start * exp_m1(du);
        let near = ln(beta + y);
        (r + x) * (late_alpha - ln(alpha + y)) + s * (late_beta - near) + (ln(least + y) - near) + ln_s
    };
    let slope = |du: f64| {
        let y = recency + start * exp_m1(du);
        1.0 - (r + x) * ((least + y) / (alpha + y)) - (s + 1.0) * ((least + y) / (beta + y))
    };
    let length = ln_1p((age - recency) / start);
    let mut sum = 0.0;
    for (low, high) in panels(length, of, slope) {
        for (node, weight) in TWENTY_FOUR.nodes.iter().zip(TWENTY_FOUR.weights) {
            sum += (high - low) * weight * exp(of(low + (high - low) * node));
        }
    }
    sum
}

/// Cuts 0..length where a log-concave function is 6, 18 and 42 below its peak, on either side of it.
fn panels(
    length: f64,
    of: impl Fn(f64) -> f64,
    slope: impl Fn(f64) -> f64,
) -> impl Iterator<Item = (f64, f64)> {
    let mut found = [(0.0, 0.0); 6];
    let mut count = 0;
    let (first, last) = (of(0.0), of(length));
    if (first - last).abs() <= DEPTHS[1] && slope(0.0) <= 0.0 {
        found[0] = (0.0, length);
        count = 1;
    } else {
        let peak = if slope(0.0) <= 0.0 {
            0.0
        } else if slope(length) >= 0.0 {
            length
        } else {
            bisect(0.0, length, |du| slope(du) > 0.0)
        };
        let top = of(peak);
        for side in [length, 0.0] {
            let mut from = peak;
            for depth in DEPTHS {
                if from == side {
                    break;
                }
                let to = if top - of(side) <= depth {
                    side
                } else {
                    bisect(from, side, |du| top - of(du) < depth)
                };
                found[count] = (from.min(to), from.max(to));
                count += 1;
                from = to;
            }
        }
    }
    found.into_iter().take(count)
}

/// Where `before` ends between `from`, where it holds, and `to`; to a hundredth of the way.
fn bisect(from: f64, to: f64, before: impl Fn(f64) -> bool) -> f64 {
    let (mut near, mut far) = (from, to);
    for _ in 0..60 {
        let middle = 0.5 * (near + far);
        if before(middle) {
            near = middle;
        } else {
            far = middle;
        }
        if (far - near).abs() <= 0.01 * (far - from).abs() {
            break;
        }
    }
    far
}
