//! Corporate accounts: which account each corporate line belongs to.
//!
//! Account `a` has a size that depends on (seed, a) alone, and the corporate lines, in the order of their
//! customer ids, fill account after account. A line's account therefore never depends on later customers.

use karat_scorer::numerics::pow;

use super::random::{Draws, Entity, Purpose};

/// Largest account; without a cap one account of a Zipf law would hold a tenth of a small base.
const LARGEST: u32 = 1_000;

/// Lines of an account: `floor(U^(-1/1.06))`, capped, so that P(size > s) is about 1 / s
/// (Axtell, "Zipf distribution of U.S. firm sizes", 2001).
pub(super) fn size(seed: u64, account: u32) -> u32 {
    let draw = Draws::new(seed, Entity::Account, u64::from(account)).uniform(Purpose::AccountSize, 0);
    let lines = pow(draw, -1.0 / 1.06).floor();
    // Between 1 and LARGEST after the cap.
    lines.min(f64::from(LARGEST)) as u32
}

/// The account the next corporate line falls into, and how many of its lines are taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountCursor {
    account: u32,
    size: u32,
    taken: u32,
}

impl AccountCursor {
    pub(super) fn start(seed: u64) -> AccountCursor {
        AccountCursor { account: 0, size: size(seed, 0), taken: 0 }
    }

    /// Passes over `lines` corporate lines.
    pub(super) fn advance(&mut self, seed: u64, mut lines: u32) {
        while lines > 0 {
            let step = lines.min(self.size - self.taken);
            self.taken += step;
            lines -= step;
            if self.taken == self.size {
                *self =
                    AccountCursor { account: self.account + 1, size: size(seed, self.account + 1), taken: 0 };
            }
        }
    }

    /// The account of the next line, and its size.
    pub(super) fn next(&mut self, seed: u64) -> Account {
        let account = Account { number: self.account, lines: self.size };
        self.advance(seed, 1);
        account
    }
}

/// A corporate account as one of its lines sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    /// 0 for the first account of the operator.
    pub(super) number: u32,
    /// All lines of the account, including those of customers beyond the generated base.
    pub(super) lines: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_equals_taking_one_by_one() {
        let mut one_by_one = AccountCursor::start(9);
        let taken: Vec<Account> = (0..500).map(|_| one_by_one.next(9)).collect();
        for skip in [0, 1, 7, 100, 499] {
            let mut cursor = AccountCursor::start(9);
            cursor.advance(9, skip);
            assert_eq!(cursor.next(9), taken[skip as usize]);
        }
    }

    /// P(size > s) = (s + 1)^-1.06 for whole sizes: within five standard errors at four points.
    #[test]
    fn sizes_follow_zipfs_law() {
        let n = 200_000_u32;
        let sizes: Vec<u32> = (0..n).map(|a| size(1, a)).collect();
        for s in [1_u32, 3, 10, 100] {
            let expected = pow(f64::from(s + 1), -1.06);
            let share = sizes.iter().filter(|&&lines| lines > s).count() as f64 / f64::from(n);
            let error = (expected * (1.0 - expected) / f64::from(n)).sqrt();
            assert!((share - expected).abs() < 5.0 * error, "{s}: {share} against {expected}");
        }
        assert!(sizes.iter().all(|&lines| (1..=LARGEST).contains(&lines)));
    }
}
