//! The graph of calls, and the measures that look at a node's own ties.

use super::calls::offence;
use karat_scorer::numerics::ordered_sum;
use karat_scorer::{Error, Result};

/// Sorted neighbours of each node with weights, one node after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Adjacency {
    /// Where each node's neighbours begin, and where the last one's end.
    pub(super) starts: Vec<usize>,
    pub(super) neighbours: Vec<u32>,
    pub(super) weights: Vec<f64>,
}

impl Adjacency {
    /// Room for as many neighbours as `counts[node + 1]` says.
    pub(super) fn with_counts(mut counts: Vec<usize>) -> Adjacency {
        let mut total = 0;
        for count in &mut counts {
            total += *count;
            *count = total;
        }
        Adjacency { starts: counts, neighbours: vec![0; total], weights: vec![0.0; total] }
    }

    pub(super) fn of(&self, node: usize) -> (&[u32], &[f64]) {
        let row = self.starts[node]..self.starts[node + 1];
        (&self.neighbours[row.clone()], &self.weights[row])
    }

    pub(super) fn count(&self, node: usize) -> usize {
        self.starts[node + 1] - self.starts[node]
    }

    pub(super) fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn pairs(&self) -> usize {
        self.neighbours.len()
    }

    /// Adds the nodes that follow; their starts count from their own first neighbour and leave out the 0.
    #[allow(clippy::needless_pass_by_value, reason = "a part of a pass, used up")]
    pub(super) fn append(&mut self, part: Adjacency) {
        let before = self.neighbours.len();
        self.starts.extend(part.starts.iter().map(|start| before + start));
        self.neighbours.extend_from_slice(&part.neighbours);
        self.weights.extend_from_slice(&part.weights);
    }

    /// The same ties from the other end; neighbours ascend because nodes are gone through in order.
    pub(super) fn transposed(&self) -> Adjacency {
        let mut counts = vec![0; self.starts.len()];
        for &neighbour in &self.neighbours {
            counts[neighbour as usize + 1] += 1;
        }
        let mut turned = Adjacency::with_counts(counts);
        let mut next = turned.starts.clone();
        for (node, number) in (0..self.nodes()).zip(0_u32..) {
            let (neighbours, weights) = self.of(node);
            for (&neighbour, &weight) in neighbours.iter().zip(weights) {
                turned.put(&mut next, neighbour, number, weight);
            }
        }
        turned
    }

    /// Ties kept with their lower end alone, now with both.
    pub(super) fn mirrored(&self) -> Adjacency {
        let mut counts = vec![0; self.starts.len()];
        for node in 0..self.nodes() {
            counts[node + 1] += self.count(node);
            for &neighbour in self.of(node).0 {
                counts[neighbour as usize + 1] += 1;
            }
        }
        let mut both = Adjacency::with_counts(counts);
        let mut next = both.starts.clone();
        for (node, number) in (0..self.nodes()).zip(0_u32..) {
            let (neighbours, weights) = self.of(node);
            // Lower neighbours put themselves here in their own turn, before; the higher ones follow.
            for (&neighbour, &weight) in neighbours.iter().zip(weights) {
                both.put(&mut next, number, neighbour, weight);
                both.put(&mut next, neighbour, number, weight);
            }
        }
        both
    }

    fn put(&mut self, next: &mut [usize], node: u32, neighbour: u32, weight: f64) {
        let place = next[node as usize];
        self.neighbours[place] = neighbour;
        self.weights[place] = weight;
        next[node as usize] += 1;
    }

    fn strengths(&self) -> Vec<f64> {
        (0..self.nodes()).map(|node| ordered_sum(self.of(node).1)).collect()
    }

    fn counts(&self) -> Vec<u32> {
        // Neighbours are different nodes, of which there are fewer than 2^32.
        (0..self.nodes()).map(|node| self.count(node) as u32).collect()
    }
}

/// What became of the rows that a graph was built from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Intake {
    /// Rows given.
    pub rows: usize,
    /// Rows in which somebody calls himself; left out.
    pub self_calls: usize,
    /// Other rows of weight 0; left out.
    pub zero_weights: usize,
    /// Other rows whose pair had occurred before; their weights were added to it.
    pub repeated: usize,
}

/// Who calls whom, how much; made by [`Calls`](super::Calls).
#[derive(Debug, Clone, PartialEq)]
pub struct CallGraph {
    pub(super) outgoing: Adjacency,
    /// None where the ties have no direction.
    incoming: Option<Adjacency>,
    out_strength: Vec<f64>,
    in_strength: Option<Vec<f64>>,
    intake: Intake,
}

/// How much of each node's circle belongs to the own network.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OnNet {
    /// Share of the weight of its ties that goes to own customers, 0 to 1; NaN without ties.
    pub weight_share: Vec<f64>,
    /// Share of the different people it has calls with who are own customers; NaN without ties.
    pub circle_share: Vec<f64>,
}

/// One of the people somebody has calls with.
pub(super) struct Contact {
    pub(super) node: usize,
    /// Weight of the tie, of both directions together.
    pub(super) weight: f64,
    /// Whether calls go both ways.
    pub(super) mutual: bool,
}

impl CallGraph {
    pub(super) fn directed_of(outgoing: Adjacency, incoming: Adjacency, intake: Intake) -> CallGraph {
        let (out_strength, in_strength) = (outgoing.strengths(), incoming.strengths());
        CallGraph { outgoing, incoming: Some(incoming), out_strength, in_strength: Some(in_strength), intake }
    }

    pub(super) fn undirected_of(ties: Adjacency, intake: Intake) -> CallGraph {
        let out_strength = ties.strengths();
        CallGraph { outgoing: ties, incoming: None, out_strength, in_strength: None, intake }
    }

    /// Number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.outgoing.nodes()
    }

    /// Number of different pairs with a tie.
    #[must_use]
    pub fn pairs(&self) -> usize {
        if self.is_directed() { self.outgoing.pairs() } else { self.outgoing.pairs() / 2 }
    }

    /// Whether a call from a to b is another tie than one from b to a.
    #[must_use]
    pub fn is_directed(&self) -> bool {
        self.incoming.is_some()
    }

    /// What became of the rows.
    #[must_use]
    pub fn intake(&self) -> Intake {
        self.intake
    }

    /// The ties that lead to each node.
    pub(super) fn incoming(&self) -> &Adjacency {
        self.incoming.as_ref().unwrap_or(&self.outgoing)
    }

    /// Number of different people each node calls; of a graph without directions, has calls with.
    #[must_use]
    pub fn out_degree(&self) -> Vec<u32> {
        self.outgoing.counts()
    }

    /// Number of different people who call each node.
    #[must_use]
    pub fn in_degree(&self) -> Vec<u32> {
        self.incoming().counts()
    }

    /// Ties of each node: out-degree plus in-degree, or without directions the number of neighbours.
    #[must_use]
    pub fn degree(&self) -> Vec<u64> {
        let both = self.incoming.as_ref();
        let count = |node| self.outgoing.count(node) + both.map_or(0, |incoming| incoming.count(node));
        (0..self.nodes()).map(|node| count(node) as u64).collect()
    }

    /// Sum of the weights of each node's own calls; of a graph without directions, of all its ties.
    #[must_use]
    pub fn out_strength(&self) -> &[f64] {
        &self.out_strength
    }

    /// Sum of the weights of the calls to each node.
    #[must_use]
    pub fn in_strength(&self) -> &[f64] {
        self.in_strength.as_ref().unwrap_or(&self.out_strength)
    }

    /// Sum of the weights of each node's ties: out-strength plus in-strength where they have directions.
    #[must_use]
    pub fn strength(&self) -> Vec<f64> {
        match &self.in_strength {
            Some(incoming) => self.out_strength.iter().zip(incoming).map(|(out, to)| out + to).collect(),
            None => self.out_strength.clone(),
        }
    }

    /// The different people `node` has calls with, in ascending order.
    pub(super) fn contacts(&self, node: usize) -> impl Iterator<Item = Contact> + '_ {
        let (mut ahead, mut ahead_weights) = self.outgoing.of(node);
        let (mut back, mut back_weights) =
            self.incoming.as_ref().map_or((&[][..], &[][..]), |incoming| incoming.of(node));
        let directed = self.is_directed();
        std::iter::from_fn(move || {
            let (to, from) = (ahead.first().copied(), back.first().copied());
            let next = [to, from].into_iter().flatten().min()?;
            let mut contact = Contact { node: next as usize, weight: 0.0, mutual: !directed };
            if to == Some(next) {
                contact.weight += ahead_weights[0];
                (ahead, ahead_weights) = (&ahead[1..], &ahead_weights[1..]);
            }
            if from == Some(next) {
                contact.mutual = to == Some(next);
                contact.weight += back_weights[0];
                (back, back_weights) = (&back[1..], &back_weights[1..]);
            }
            Some(contact)
        })
    }

    /// How much of each node's calling is returned: twice the number of people with calls both ways over
    /// its degree, 0 to 1; NaN without ties, 1 without directions.
    #[must_use]
    pub fn reciprocity(&self) -> Vec<f64> {
        let of = |(node, degree): (usize, u64)| 2.0 * self.mutual(node) as f64 / degree as f64;
        match self.is_directed() {
            true => self.degree().into_iter().enumerate().map(of).collect(),
            false => self.degree().iter().map(|&degree| if degree == 0 { f64::NAN } else { 1.0 }).collect(),
        }
    }

    /// Share of all ties that have one the other way; NaN without ties, 1 without directions.
    #[must_use]
    pub fn overall_reciprocity(&self) -> f64 {
        let returned: usize = (0..self.nodes()).map(|node| self.mutual(node)).sum();
        returned as f64 / self.outgoing.pairs() as f64
    }

    fn mutual(&self, node: usize) -> usize {
        self.contacts(node).filter(|contact| contact.mutual).count()
    }

    /// How much of each node's calling stays with own customers; `own` says who is one.
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is one entry for each node.
    pub fn on_net(&self, own: &[bool]) -> Result<OnNet> {
        if own.len() != self.nodes() {
            return Err(Error::shape("entries of `own`, one for each node", self.nodes(), own.len()));
        }
        let mut shares = OnNet { weight_share: Vec::new(), circle_share: Vec::new() };
        for node in 0..self.nodes() {
            let (mut on, mut all) = ((0_u64, 0.0), (0_u64, 0.0));
            for contact in self.contacts(node) {
                all = (all.0 + 1, all.1 + contact.weight);
                if own[contact.node] {
                    on = (on.0 + 1, on.1 + contact.weight);
                }
            }
            shares.circle_share.push(on.0 as f64 / all.0 as f64);
            shares.weight_share.push(on.1 / all.1);
        }
        Ok(shares)
    }

    /// Checks numbers by node: one each, at least 0, finite, and not all 0.
    pub(super) fn check_amounts(&self, amounts: &[f64], name: &str) -> Result<()> {
        if amounts.len() != self.nodes() {
            let what = format!("entries of `{name}`, one for each node");
            return Err(Error::shape(what, self.nodes(), amounts.len()));
        }
        let bad = |amount: &f64| !(amount.is_finite() && *amount >= 0.0);
        let said =
            |amount: f64| (format!("must be finite and >= 0: {amount:?}"), "mend these nodes".to_owned());
        if let Some(problem) = offence(amounts, bad, name, said) {
            return Err(Error::data(problem));
        }
        let total = ordered_sum(amounts);
        if total > 0.0 && total.is_finite() {
            return Ok(());
        }
        Err(Error::argument(name, "must have a finite sum above 0", format!("{total:?}")))
    }
}
