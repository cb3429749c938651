//! A few customers side by side.

use super::History;
use crate::numerics::select;

/// Histories side by side, all of them possible.
pub(super) struct Rows<const N: usize> {
    pub(super) frequency: [f64; N],
    pub(super) recency: [f64; N],
    pub(super) age: [f64; N],
}

impl Rows<1> {
    /// One of them.
    #[inline(always)]
    pub(super) fn one(history: History) -> Rows<1> {
        Rows { frequency: [history.frequency], recency: [history.recency], age: [history.age] }
    }
}

impl<const N: usize> Rows<N> {
    /// As many as there is room for.
    #[inline(always)]
    pub(super) fn from_fn(of: impl Fn(usize) -> History) -> Rows<N> {
        Rows {
            frequency: std::array::from_fn(|lane| of(lane).frequency),
            recency: std::array::from_fn(|lane| of(lane).recency),
            age: std::array::from_fn(|lane| of(lane).age),
        }
    }

    /// Puts a new customer in the place of histories that no customer can have; says where those are.
    #[inline(always)]
    pub(super) fn replace_impossible(&mut self) -> [bool; N] {
        std::array::from_fn(|lane| {
            let possible = self.of(lane).is_possible();
            self.frequency[lane] = select(possible, self.frequency[lane], 0.0);
            self.recency[lane] = select(possible, self.recency[lane], 0.0);
            self.age[lane] = select(possible, self.age[lane], 0.0);
            possible
        })
    }

    /// One of the histories.
    #[inline(always)]
    pub(super) fn of(&self, lane: usize) -> History {
        History { frequency: self.frequency[lane], recency: self.recency[lane], age: self.age[lane] }
    }
}

/// How far ahead to look, and how what is far counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Horizon {
    /// The end of the time ahead.
    pub(super) end: f64,
    /// Continuous rate of discount.
    pub(super) rate: f64,
}

impl Horizon {
    #[inline(always)]
    pub(super) fn new(end: f64, rate: f64) -> Horizon {
        Horizon { end, rate: rate.max(0.0) }
    }

    /// Up to where the discount falls to 4e-18 at the farthest.
    #[inline(always)]
    pub(super) fn shortened(self) -> Horizon {
        let end = if self.rate > 0.0 { self.end.min(40.0 / self.rate) } else { self.end };
        Horizon { end, ..self }
    }

    /// By how much the logarithm of the discount falls.
    #[inline(always)]
    pub(super) fn fall(&self) -> f64 {
        self.rate * self.end
    }
}

/// What models say of rows, being alive taken into account.
pub(super) struct Ahead<const N: usize> {
    pub(super) alive: [f64; N],
    /// Transactions within the horizon.
    pub(super) expected: [f64; N],
    /// The same, discounted.
    pub(super) discounted: [f64; N],
}

impl<const N: usize> Ahead<N> {
    /// Row by row, for models that have nothing to share between rows.
    #[inline(always)]
    pub(super) fn each(rows: &Rows<N>, of: impl Fn(History) -> Ahead<1>) -> Ahead<N> {
        let mut found = Ahead { alive: [0.0; N], expected: [0.0; N], discounted: [0.0; N] };
        for lane in 0..N {
            let Ahead { alive: [alive], expected: [expected], discounted: [discounted] } = of(rows.of(lane));
            (found.alive[lane], found.expected[lane], found.discounted[lane]) = (alive, expected, discounted);
        }
        found
    }
}
