//! What a retention campaign earns: the maximum profit, and its expectation where nobody knows how many accept.
//!
//! Contacting a customer costs; whoever would have left and accepts the offer stays and is worth what a customer
//! is worth, less the offer; whoever would have stayed takes the offer too. With an acceptance rate `g` the profit
//! of contacting those above a score is `A g - B`: a line for every score. The best profit is the highest of
//! these lines, and its expectation over a beta distribution of `g` has a closed form between the points where
//! one line takes over from another (Verbeke et al. 2012; Verbraken, Verbeke & Baesens 2013). Customers may differ
//! in what they are worth and what they cost.

use super::ranking::{check, descending};
use crate::numerics::special::beta_lower;
use karat_scorer::{Error, Problem, Result};

/// A retention campaign, in money.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Campaign {
    /// What a customer who is kept is worth: one number for all or one a customer.
    pub value: Vec<f64>,
    /// What the offer costs where it is accepted: likewise.
    pub offer: Vec<f64>,
    /// What it costs to contact a customer: likewise.
    pub contact: Vec<f64>,
    /// The parameters of the beta distribution of the share of would-be churners that accepts.
    pub acceptance: (f64, f64),
}

impl Default for Campaign {
    /// That of Verbraken, Verbeke & Baesens (2013): worth 200, offers of 10, contacts of 1 euro; 30 % accept, give
    /// or take 10.
    fn default() -> Campaign {
        Campaign { value: vec![200.0], offer: vec![10.0], contact: vec![1.0], acceptance: (6.0, 14.0) }
    }
}

/// The best that a score makes of a campaign.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Profit {
    /// Profit for each customer of the table, contacted or not.
    pub per_customer: f64,
    /// The share of customers to contact; the expected share where the acceptance rate is uncertain.
    pub fraction: f64,
    /// The score from which on the customers come nearest to that share; infinite where nobody does.
    pub threshold: f64,
}

/// Contacting all customers down to a score: profit is `slope * g - cost`, of all customers together.
#[derive(Debug, Clone, Copy)]
struct Line {
    slope: f64,
    cost: f64,
    contacted: usize,
}

impl Campaign {
    /// With customers worth `value`, one number for all or one a customer.
    #[must_use]
    pub fn value(mut self, value: impl Into<Vec<f64>>) -> Campaign {
        self.value = value.into();
        self
    }

    /// With offers that cost `offer`, one number for all or one a customer.
    #[must_use]
    pub fn offer(mut self, offer: impl Into<Vec<f64>>) -> Campaign {
        self.offer = offer.into();
        self
    }

    /// With contacts that cost `contact`, one number for all or one a customer.
    #[must_use]
    pub fn contact(mut self, contact: impl Into<Vec<f64>>) -> Campaign {
        self.contact = contact.into();
        self
    }

    /// With a share of acceptance that is beta distributed.
    #[must_use]
    pub fn acceptance(mut self, a: f64, b: f64) -> Campaign {
        self.acceptance = (a, b);
        self
    }

    /// The expected maximum profit of contacting the customers with the highest scores.
    ///
    /// ```
    /// use karat::forecast::churn::Campaign;
    /// let profit = Campaign::default().expected_maximum_profit(&[false, true], &[0.0, 1.0])?;
    /// assert!((profit.per_customer - 28.0).abs() < 1e-9);
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ranking::new`](super::Ranking::new); [`Error::Shape`] for amounts that are neither one nor one a
    /// customer; [`Error::Data`] naming the customers whose amounts are not finite or negative costs;
    /// [`Error::Argument`] for an acceptance that is no beta distribution.
    pub fn expected_maximum_profit(&self, left: &[bool], scores: &[f64]) -> Result<Profit> {
        let (a, b) = self.acceptance;
        if !(a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite()) {
            return Err(Error::argument("acceptance", "must be two positive numbers", format!("({a}, {b})")));
        }
        let (order, lines) = self.lines(left, scores)?;
        let highest = envelope(&lines);
        let share = |g: f64| beta_lower(a, b, g);
        let mean_below = |g: f64| a / (a + b) * beta_lower(a + 1.0, b, g);
        let (mut profit, mut contacted) = (0.0, 0.0);
        for (i, &(from, line)) in highest.iter().enumerate() {
            let to = highest.get(i + 1).map_or(1.0, |&(next, _)| next);
            let weight = share(to) - share(from);
            profit += line.slope * (mean_below(to) - mean_below(from)) - line.cost * weight;
            contacted += line.contacted as f64 * weight;
        }
        Ok(Profit::new(profit, contacted, &lines, &order, scores))
    }

    /// The maximum profit of contacting the customers with the highest scores when a known share accepts; of
    /// equally good fractions the smallest.
    ///
    /// # Errors
    /// As [`expected_maximum_profit`](Campaign::expected_maximum_profit); [`Error::Argument`] for an acceptance
    /// outside 0 to 1.
    pub fn maximum_profit(&self, left: &[bool], scores: &[f64], acceptance: f64) -> Result<Profit> {
        if !(0.0..=1.0).contains(&acceptance) {
            return Err(Error::argument("acceptance", "must be 0 to 1", acceptance));
        }
        let (order, lines) = self.lines(left, scores)?;
        let mut best = (0.0, 0);
        for line in &lines {
            let profit = line.slope * acceptance - line.cost;
            if profit > best.0 {
                best = (profit, line.contacted);
            }
        }
        Ok(Profit::new(best.0, best.1 as f64, &lines, &order, scores))
    }

    /// The customers from the highest score, and a line for contacting nobody and one for each score.
    fn lines(&self, left: &[bool], scores: &[f64]) -> Result<(Vec<usize>, Vec<Line>)> {
        check(left, scores)?;
        self.check(left.len())?;
        let at = |amounts: &[f64], row: usize| if amounts.len() == 1 { amounts[0] } else { amounts[row] };
        let order = descending(scores);
        let mut line = Line { slope: 0.0, cost: 0.0, contacted: 0 };
        let mut lines = vec![line];
        for (place, &row) in order.iter().enumerate() {
            line.cost += at(&self.contact, row);
            if left[row] {
                line.slope += at(&self.value, row) - at(&self.offer, row);
            } else {
                line.cost += at(&self.offer, row);
            }
            line.contacted = place + 1;
            if order.get(place + 1).is_none_or(|&next| scores[next] != scores[row]) {
                lines.push(line);
            }
        }
        Ok((order, lines))
    }

    fn check(&self, customers: usize) -> Result<()> {
        let mut problems = Vec::new();
        for (name, amounts, negative) in
            [("value", &self.value, true), ("offer", &self.offer, false), ("contact", &self.contact, false)]
        {
            if amounts.len() != 1 && amounts.len() != customers {
                return Err(Error::shape(
                    format!("amounts of `{name}`, one or one a customer"),
                    customers,
                    amounts.len(),
                ));
            }
            let wrong = |amount: f64| !amount.is_finite() || (amount < 0.0 && !negative);
            let bad: Vec<usize> = (0..amounts.len()).filter(|&row| wrong(amounts[row])).collect();
            if let Some(&first) = bad.first() {
                let rule = if negative { "a finite amount" } else { "a finite cost of at least 0" };
                let what = format!("{} where {rule} is needed", amounts[first]);
                problems.push(Problem::new(name, what, "mend these amounts").at(bad.len(), bad));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Data(problems)) }
    }
}

impl Profit {
    fn new(profit: f64, contacted: f64, lines: &[Line], order: &[usize], scores: &[f64]) -> Profit {
        let all = order.len() as f64;
        let distance = |line: &Line| (line.contacted as f64 - contacted).abs();
        let nearest =
            lines.iter().reduce(|best, line| if distance(line) < distance(best) { line } else { best });
        let last = nearest.and_then(|line| line.contacted.checked_sub(1));
        let threshold = last.map_or(f64::INFINITY, |place| scores[order[place]]);
        Profit { per_customer: profit / all, fraction: contacted / all, threshold }
    }
}

/// The highest of the lines for every `g` from 0 to 1: each with the `g` from which on it is, ascending.
fn envelope(lines: &[Line]) -> Vec<(f64, Line)> {
    let mut sorted = lines.to_vec();
    // Of lines with one slope the cheapest, of those that contacts fewest.
    sorted.sort_by(|a, b| {
        let by_cost = a.cost.total_cmp(&b.cost).then(a.contacted.cmp(&b.contacted));
        a.slope.total_cmp(&b.slope).then(by_cost)
    });
    let mut highest: Vec<(f64, Line)> = Vec::new();
    for line in sorted {
        let mut from = f64::NEG_INFINITY;
        let mut hidden = false;
        while let Some(&(start, last)) = highest.last() {
            if line.slope == last.slope {
                hidden = true;
                break;
            }
            from = (line.cost - last.cost) / (line.slope - last.slope);
            if from > start {
                break;
            }
            highest.pop();
            from = f64::NEG_INFINITY;
        }
        if !hidden {
            highest.push((from, line));
        }
    }
    within_unit(&highest)
}

/// What of the highest lines lies between 0 and 1.
fn within_unit(highest: &[(f64, Line)]) -> Vec<(f64, Line)> {
    let end = |i: usize| highest.get(i + 1).map_or(f64::INFINITY, |&(next, _)| next);
    (0..highest.len())
        .filter(|&i| end(i) > 0.0 && highest[i].0 < 1.0)
        .map(|i| (highest[i].0.max(0.0), highest[i].1))
        .collect()
}
