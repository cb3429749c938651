//! Customers in the order of their score, and what the order alone tells.

use karat_scorer::{Error, Problem, Result};

/// Customers of one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tie {
    pub(super) score: f64,
    pub(super) left: u64,
    pub(super) stayed: u64,
}

/// Customers sorted by a score, the likeliest to leave first; those of one score stand side by side, so that no
/// measure depends on the order of the rows.
///
/// ```
/// use karat::forecast::churn::Ranking;
/// let left = [true, true, false, true, false];
/// let ranking = Ranking::new(&left, &[0.9, 0.8, 0.7, 0.4, 0.1])?;
/// assert_eq!(ranking.auc(), 5.0 / 6.0);
/// assert!((ranking.lift(0.4)? - 1.0 / 0.6).abs() < 1e-12);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    pub(super) ties: Vec<Tie>,
    left: u64,
    stayed: u64,
}

impl Ranking {
    /// Sorts customers by `scores`, of which higher ones mean likelier to leave; `left` tells who did.
    ///
    /// # Errors
    /// [`Error::Shape`] for different lengths; [`Error::Data`] naming the rows whose score is NaN, and when
    /// nobody or everybody left, since then there is nothing to tell apart.
    pub fn new(left: &[bool], scores: &[f64]) -> Result<Ranking> {
        check(left, scores)?;
        let order = descending(scores);
        let mut ties: Vec<Tie> = Vec::new();
        for row in order {
            let (leaves, score) = (u64::from(left[row]), scores[row]);
            match ties.last_mut() {
                Some(tie) if tie.score == score => {
                    tie.left += leaves;
                    tie.stayed += 1 - leaves;
                }
                _ => ties.push(Tie { score, left: leaves, stayed: 1 - leaves }),
            }
        }
        let (all, gone) =
            ties.iter().fold((0, 0), |(all, gone), tie| (all + tie.left + tie.stayed, gone + tie.left));
        Ok(Ranking { ties, left: gone, stayed: all - gone })
    }

    /// Customers.
    #[must_use]
    pub fn len(&self) -> usize {
        (self.left + self.stayed) as usize
    }

    /// Never: a ranking has customers who left and customers who stayed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// How many left.
    #[must_use]
    pub fn churners(&self) -> usize {
        self.left as usize
    }

    /// The share that left.
    #[must_use]
    pub fn churn_rate(&self) -> f64 {
        self.left as f64 / (self.left + self.stayed) as f64
    }

    /// The area under the receiver operating characteristic: how often someone who left has the higher score
    /// than someone who stayed, equal scores counting half (Hanley & McNeil 1982). Exact but for one division.
    #[must_use]
    pub fn auc(&self) -> f64 {
        let (mut twice, mut below) = (0_u128, u128::from(self.stayed));
        for tie in &self.ties {
            let stayed = u128::from(tie.stayed);
            below -= stayed;
            twice += u128::from(tie.left) * (2 * below + stayed);
        }
        twice as f64 / (2 * u128::from(self.left) * u128::from(self.stayed)) as f64
    }

    /// Twice the area less one: 0 for chance, 1 for a perfect order.
    #[must_use]
    pub fn gini(&self) -> f64 {
        2.0 * self.auc() - 1.0
    }

    /// The mean precision over the churners as they are found, which tells more than the area where few leave.
    #[must_use]
    pub fn average_precision(&self) -> f64 {
        let (mut found, mut taken, mut sum) = (0, 0, 0.0);
        for tie in self.ties.iter().filter(|tie| tie.left + tie.stayed > 0) {
            found += tie.left;
            taken += tie.left + tie.stayed;
            sum += tie.left as f64 * (found as f64 / taken as f64);
        }
        sum / self.left as f64
    }

    /// The greatest distance between the shares of churners and of stayers above a score (Kolmogorov 1933,
    /// Smirnov 1939).
    #[must_use]
    pub fn kolmogorov_smirnov(&self) -> f64 {
        self.curve().map(|(stayed, left)| (left - stayed).abs()).fold(0.0, f64::max)
    }

    /// How many times more often customers leave among the given fraction with the highest scores than among
    /// all; of customers with one score that the border cuts as many count as belong above it.
    ///
    /// # Errors
    /// [`Error::Argument`] unless the fraction is above 0 and at most 1.
    pub fn lift(&self, fraction: f64) -> Result<f64> {
        Ok(self.capture(fraction)? / fraction)
    }

    /// The share of those who left that is among the given fraction with the highest scores.
    ///
    /// # Errors
    /// As [`lift`](Ranking::lift).
    pub fn capture(&self, fraction: f64) -> Result<f64> {
        if !(fraction > 0.0 && fraction <= 1.0) {
            return Err(Error::argument("fraction", "must be above 0 and at most 1", fraction));
        }
        let wanted = fraction * (self.left + self.stayed) as f64;
        let (mut taken, mut caught) = (0.0, 0.0);
        for tie in &self.ties {
            let size = (tie.left + tie.stayed) as f64;
            let share = ((wanted - taken) / size).min(1.0);
            if share <= 0.0 {
                break;
            }
            caught += share * tie.left as f64;
            taken += size;
        }
        Ok(caught / self.left as f64)
    }

    /// The corners of the receiver operating characteristic from (0, 0) to (1, 1): the shares of stayers and of
    /// churners with at least a score, for each score from the highest.
    #[must_use]
    pub fn roc(&self) -> Vec<(f64, f64)> {
        std::iter::once((0.0, 0.0)).chain(self.curve()).collect()
    }

    /// As [`roc`](Ranking::roc), without the start.
    fn curve(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let (mut left, mut stayed) = (0, 0);
        self.ties.iter().map(move |tie| {
            left += tie.left;
            stayed += tie.stayed;
            (stayed as f64 / self.stayed as f64, left as f64 / self.left as f64)
        })
    }
}

/// Rows from the highest score; those of one score in their order.
pub(super) fn descending(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // Minus zero is zero.
    order.sort_by(|&a, &b| (scores[b] + 0.0).total_cmp(&(scores[a] + 0.0)));
    order
}

/// That there are as many scores as customers, all of them numbers, and customers of both kinds.
pub(super) fn check(left: &[bool], scores: &[f64]) -> Result<()> {
    if left.len() != scores.len() {
        return Err(Error::shape("scores, one a customer", left.len(), scores.len()));
    }
    let bad: Vec<usize> = (0..scores.len()).filter(|&row| scores[row].is_nan()).collect();
    if !bad.is_empty() {
        let problem =
            Problem::new("score", "NaN where a score is needed", "score these customers or leave them out");
        return Err(Error::data(problem.at(bad.len(), bad)));
    }
    let gone = left.iter().filter(|&&left| left).count();
    if gone == 0 || gone == left.len() {
        let what = format!("{gone} of {} customers left, so that there is nothing to tell apart", left.len());
        let remedy = "take a longer horizon, or more customers";
        return Err(Error::data(Problem::new("left", what, remedy)));
    }
    Ok(())
}
