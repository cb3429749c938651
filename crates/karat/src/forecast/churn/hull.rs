//! The convex hull of the receiver operating characteristic, and the H-measure that rests on it.

use super::ranking::Ranking;
use crate::numerics::special::beta_lower;

impl Ranking {
    /// The corners of the least concave curve above the receiver operating characteristic, from (0, 0) to
    /// (1, 1): the shares of stayers and of churners contacted that are best for some ratio of costs.
    #[must_use]
    pub fn convex_hull(&self) -> Vec<(f64, f64)> {
        let mut hull: Vec<(f64, f64)> = Vec::new();
        for point in self.roc() {
            while let [.., a, b] = hull[..] {
                // Whether b lies on or below the line from a to the point.
                if (b.1 - a.1) * (point.0 - a.0) > (point.1 - a.1) * (b.0 - a.0) {
                    break;
                }
                hull.pop();
            }
            hull.push(point);
        }
        hull
    }

    /// One less the expected loss of the best use of the score over that of the best use of none, the cost of
    /// taking a stayer for a churner being beta distributed with shape 2 and its mode at the churn rate (Hand
    /// 2009): 0 for chance, 1 for a perfect order. Unlike the area under the curve it judges all scores by the
    /// same distribution of costs.
    #[must_use]
    pub fn h_measure(&self) -> f64 {
        let churn = self.churn_rate();
        let stay = 1.0 - churn;
        let (a, b) = (2.0, 1.0 + stay / churn);
        // Integrals up to a cost of that cost, and of what is left of 1.
        let of_cost = |cost: f64| a / (a + b) * beta_lower(a + 1.0, b, cost);
        let of_rest = |cost: f64| b / (a + b) * beta_lower(a, b + 1.0, cost);
        let hull = self.convex_hull();
        let (mut loss, mut upper) = (0.0, 1.0);
        for (i, &(stayed, left)) in hull.iter().enumerate() {
            let lower = hull.get(i + 1).map_or(0.0, |next| {
                let (more_stayed, more_left) = (stay * (next.0 - stayed), churn * (next.1 - left));
                more_left / (more_stayed + more_left)
            });
            loss += stay * stayed * (of_cost(upper) - of_cost(lower));
            loss += churn * (1.0 - left) * (of_rest(upper) - of_rest(lower));
            upper = lower;
        }
        let without = stay * of_cost(churn) + churn * (of_rest(1.0) - of_rest(churn));
        1.0 - loss / without
    }
}
