//! The cheapest assignment of rows to centers within bounds of their sizes.
//!
//! # Method
//! A minimum-cost flow by successive shortest paths (Edmonds and Karp, 1972). Rows are many and centers few, so
//! the search runs on centers alone: the length of the arc from one center to another is the least that it costs
//! to move one of its rows there. Each center has a price; rows stand at the center of least cost plus price.
//! Begun from the prices of the last iteration, few rows remain to be moved. Costs and prices are integers: the
//! flow, and the proof of it ([`Transport::gap`]), are exact.
//!
//! # Work
//! A path moves one row of surplus, and costs `k^2` for the search and `k` heap operations a step. An arc holds
//! the rows that are cheapest to move, up to a number; when those are used up its center's rows are gone
//! through again. What a row costs to move along an arc does not depend on prices, so that arcs stay sorted.

use super::super::table::{CHUNK, LANES, Lanes, Table};
use super::SizeBounds;
use crate::numerics::parallel::over_slots;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Costs stay below 2^46, so that paths over all centers stay within 64 bits.
const COST_BITS: i32 = 46;
/// Rows held by all arcs together, at the most.
const HELD: usize = 1 << 20;
/// Farther than any path.
const FAR: i64 = i64::MAX / 4;

/// Distances as integer costs.
#[derive(Debug, Clone)]
pub(super) struct Costs {
    unit: f64,
    centers: Vec<f64>,
    columns: usize,
    count: usize,
}

impl Costs {
    /// For costs of at most `furthest`; `centers` row by row.
    pub(super) fn new(furthest: f64, centers: Vec<f64>, columns: usize) -> Costs {
        let mut unit = 1.0;
        // Halving and doubling are exact.
        while furthest * unit >= (1_i64 << COST_BITS) as f64 {
            unit *= 0.5;
        }
        while furthest > 0.0 && furthest * unit < (1_i64 << (COST_BITS - 1)) as f64 && unit < 1e300 {
            unit *= 2.0;
        }
        let count = centers.len() / columns.max(1);
        Costs { unit, centers, columns, count }
    }

    /// The costs of a row at all centers.
    fn of(&self, row: &[f64], weight: f64, into: &mut [i64]) {
        for (slot, center) in into.iter_mut().zip(self.centers.chunks_exact(self.columns)) {
            let mut distance = 0.0;
            for (x, c) in row.iter().zip(center) {
                distance += (x - c) * (x - c);
            }
            *slot = (distance * weight * self.unit) as i64;
        }
    }
}

/// The rows of a center that are cheapest to move to another.
#[derive(Debug, Clone, Default)]
struct Arc {
    rows: BinaryHeap<Reverse<(i64, u32)>>,
    /// The last that is held; `None` when all are.
    until: Option<(i64, u32)>,
    loaded: bool,
}

/// An assignment on its way into its bounds.
#[derive(Debug)]
pub(super) struct Transport<'a> {
    table: &'a Table<'a>,
    costs: Costs,
    bounds: SizeBounds,
    pub(super) labels: Vec<u32>,
    sizes: Vec<usize>,
    /// Rows that each center passes on to the common sink, within its bounds.
    flows: Vec<usize>,
    /// Of each center, and of the sink.
    pub(super) prices: Vec<i64>,
    arcs: Vec<Arc>,
}

impl<'a> Transport<'a> {
    /// The cheapest assignment within the bounds, which must admit one. `prices`, one a center, are where the
    /// search begins; any will do.
    pub(super) fn solve(
        table: &'a Table<'a>,
        costs: Costs,
        bounds: SizeBounds,
        prices: &[i64],
        threads: usize,
    ) -> Transport<'a> {
        let k = costs.count;
        let mut labels = vec![0; table.rows];
        over_slots(threads, CHUNK, &mut labels, |rows, labels| {
            let (mut row_costs, mut row) = (vec![0; k], vec![0.0; table.columns]);
            let mut block: Vec<Lanes> = vec![[0.0; LANES]; table.columns];
            for (number, label) in rows.zip(labels) {
                if number % LANES == 0 {
                    table.gather(number, &mut block);
                }
                row.iter_mut().zip(&block).for_each(|(x, lanes)| *x = lanes[number % LANES]);
                costs.of(&row, table.weight(number), &mut row_costs);
                *label = cheapest(&row_costs, prices) as u32;
            }
        });
        let mut sizes = vec![0; k];
        labels.iter().for_each(|&label| sizes[label as usize] += 1);
        let flow = |c: usize| match prices[c] {
            price if price > 0 => bounds.most,
            price if price < 0 => bounds.least,
            _ => sizes[c].clamp(bounds.least, bounds.most),
        };
        let flows = (0..k).map(flow).collect();
        let prices = prices.iter().copied().chain([0]).collect();
        let arcs = vec![Arc::default(); k * k];
        let mut transport = Transport { table, costs, bounds, labels, sizes, flows, prices, arcs };
        while transport.augment() {}
        transport.settle_prices();
        transport
    }

    /// Rows at a node beyond those it passes on; the last node is the sink.
    fn surplus(&self, node: usize) -> i64 {
        let passed: usize = self.flows.iter().sum();
        match self.sizes.get(node) {
            Some(&size) => size as i64 - self.flows[node] as i64,
            None => passed as i64 - self.table.rows as i64,
        }
    }

    /// Moves one row of surplus along a shortest path; `false` when there is none left.
    fn augment(&mut self) -> bool {
        let k = self.costs.count;
        let surplus: Vec<i64> = (0..=k).map(|node| self.surplus(node)).collect();
        if surplus.iter().all(|&surplus| surplus <= 0) {
            return false;
        }
        // Dijkstra from all nodes of surplus at once to the nearest that lacks rows.
        let mut distance: Vec<i64> =
            surplus.iter().map(|&surplus| if surplus > 0 { 0 } else { FAR }).collect();
        let mut from = vec![usize::MAX; k + 1];
        let mut done = vec![false; k + 1];
        let end = loop {
            let open = (0..=k).filter(|&node| !done[node]);
            let Some(node) = open.min_by_key(|&node| (distance[node], node)) else { return false };
            if distance[node] >= FAR {
                return false;
            }
            done[node] = true;
            if surplus[node] < 0 {
                break node;
            }
            for to in (0..=k).filter(|&to| to != node) {
                if done[to] {
                    continue;
                }
                if let Some(length) = self.length(node, to) {
                    let reach = distance[node] + length + self.prices[to] - self.prices[node];
                    if reach < distance[to] {
                        (distance[to], from[to]) = (reach, node);
                    }
                }
            }
        };
        let reached = distance[end];
        for (price, distance) in self.prices.iter_mut().zip(&distance) {
            *price -= (*distance).min(reached);
        }
        let mut to = end;
        while from[to] != usize::MAX {
            self.push(from[to], to);
            to = from[to];
        }
        true
    }

    /// What it costs to move one row from node to node; `None` when none can.
    fn length(&mut self, from: usize, to: usize) -> Option<i64> {
        let k = self.costs.count;
        if to == k {
            return (self.flows[from] < self.bounds.most).then_some(0);
        }
        if from == k {
            return (self.flows[to] > self.bounds.least).then_some(0);
        }
        self.cheapest_row(from, to).map(|(cost, _)| cost)
    }

    fn push(&mut self, from: usize, to: usize) {
        let k = self.costs.count;
        if to == k {
            self.flows[from] += 1;
        } else if from == k {
            self.flows[to] -= 1;
        } else if let Some((_, row)) = self.cheapest_row(from, to) {
            self.labels[row as usize] = to as u32;
            self.sizes[from] -= 1;
            self.sizes[to] += 1;
            self.hold(row);
        }
    }

    /// The row of `from` that is cheapest to move to `to`, and its cost.
    fn cheapest_row(&mut self, from: usize, to: usize) -> Option<(i64, u32)> {
        let place = from * self.costs.count + to;
        loop {
            let arc = &mut self.arcs[place];
            match arc.rows.peek() {
                Some(&Reverse((cost, row))) if self.labels[row as usize] as usize == from => {
                    return Some((cost, row));
                }
                // It has moved since.
                Some(_) => drop(arc.rows.pop()),
                None if arc.loaded && arc.until.is_none() => return None,
                None => self.load(from),
            }
        }
    }

    /// Fills the arcs that leave a center.
    fn load(&mut self, from: usize) {
        let k = self.costs.count;
        let most = (HELD / (k * k)).clamp(64, 1 << 16);
        let (mut costs, mut kept) = (vec![0; k], vec![BinaryHeap::<(i64, u32)>::new(); k]);
        let mut left_out = vec![false; k];
        for (row, _) in self.labels.iter().enumerate().filter(|(_, label)| **label as usize == from) {
            self.costs.of(&self.table.row(row), self.table.weight(row), &mut costs);
            for (to, kept) in kept.iter_mut().enumerate().filter(|(to, _)| *to != from) {
                let item = (costs[to] - costs[from], row as u32);
                if kept.len() < most {
                    kept.push(item);
                } else if let Some(mut last) = kept.peek_mut() {
                    left_out[to] = true;
                    if item < *last {
                        *last = item;
                    }
                }
            }
        }
        for (to, kept) in kept.into_iter().enumerate() {
            let until = kept.peek().copied().filter(|_| left_out[to]);
            let rows = kept.into_iter().map(Reverse).collect();
            self.arcs[from * k + to] = Arc { rows, until, loaded: true };
        }
    }

    /// Puts a row that has just come to a center on the arcs that leave it.
    fn hold(&mut self, row: u32) {
        let k = self.costs.count;
        let at = self.labels[row as usize] as usize;
        let mut costs = vec![0; k];
        self.costs.of(&self.table.row(row as usize), self.table.weight(row as usize), &mut costs);
        for to in (0..k).filter(|&to| to != at) {
            let item = (costs[to] - costs[at], row);
            let arc = &mut self.arcs[at * k + to];
            if arc.loaded && arc.until.is_none_or(|until| item <= until) {
                arc.rows.push(Reverse(item));
            }
        }
    }

    /// Prices relative to that of the sink.
    fn settle_prices(&mut self) {
        if let Some(sink) = self.prices.pop() {
            self.prices.iter_mut().for_each(|price| *price -= sink);
        }
    }

    /// What this assignment costs beyond a bound that none can go below: 0 proves it the cheapest.
    #[cfg(test)]
    pub(super) fn gap(&self) -> i128 {
        let mut costs = vec![0; self.costs.count];
        let (mut cost, mut bound) = (0_i128, 0_i128);
        for (row, &label) in self.labels.iter().enumerate() {
            self.costs.of(&self.table.row(row), self.table.weight(row), &mut costs);
            let best = cheapest(&costs, &self.prices);
            cost += i128::from(costs[label as usize]);
            bound += i128::from(costs[best] + self.prices[best]);
        }
        for &price in &self.prices {
            let size = if price > 0 { self.bounds.most } else { self.bounds.least };
            bound -= i128::from(price) * size as i128;
        }
        cost - bound
    }
}

/// The center of least cost and price; of equals the first.
fn cheapest(costs: &[i64], prices: &[i64]) -> usize {
    (0..costs.len()).min_by_key(|&c| (costs[c] + prices[c], c)).unwrap_or(0)
}
