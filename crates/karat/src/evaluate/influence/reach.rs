//! Whom single customers reach: spreading activation from one node at a time, over its surroundings alone.

use super::activation::SpreadingActivation;
use super::graph::CallGraph;
use crate::numerics::parallel::Chunks;
use karat_scorer::{Error, Problem, Result};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Customers whose reach one thread finds in a row.
const CHUNK: usize = 64;

/// How far one customer's energy of 1 has come.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Reach {
    /// Energy that others have, 0 to 1.
    pub given: f64,
    /// How many others have any.
    pub reached: u32,
    /// How many others share it, counted by their shares: 1 over the sum of the squared shares (Simpson,
    /// 1949). Ten with a tenth each count 10; nine of whom one has nearly all, little more than 1.
    pub effective: f64,
}

impl SpreadingActivation {
    /// Finds whom each of the nodes reaches on its own, starting with energy 1; the energies are to the bit
    /// those of [`spread`](SpreadingActivation::spread). `tolerance` is not used.
    ///
    /// `observer` is told the share done on the calling thread and says whether to go on.
    ///
    /// Time goes with the ties within `steps - 1` steps of each node; memory is 20 bytes a node and thread.
    ///
    /// ```
    /// use karat::evaluate::influence::{Calls, SpreadingActivation};
    ///
    /// let graph = Calls::new(4, &[0, 0, 1, 2], &[1, 2, 2, 3]).directed(false).graph()?;
    /// let reach = SpreadingActivation::new().steps(1).reach(&graph, &[2, 3], &mut |_| true)?;
    /// assert_eq!((reach[0].given, reach[0].reached), (0.5, 3));
    /// assert!((reach[0].effective - 3.0).abs() < 1e-12);
    /// assert_eq!((reach[1].given, reach[1].reached), (0.5, 1));
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range; [`Error::Data`] for nodes outside the graph;
    /// [`Error::Interrupted`] when the observer says to stop.
    pub fn reach(
        &self,
        graph: &CallGraph,
        from: &[u32],
        observer: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Vec<Reach>> {
        self.check()?;
        let outside: Vec<usize> =
            (0..from.len()).filter(|&row| from[row] as usize >= graph.nodes()).collect();
        if let Some(&first) = outside.first() {
            let what = format!("node {} of a graph of {}", from[first], graph.nodes());
            return Err(Error::data(
                Problem::new("from", what, "name nodes of the graph").at(outside.len(), outside),
            ));
        }
        let resting: Mutex<Vec<Surroundings>> = Mutex::new(Vec::new());
        let at_rest = || resting.lock().unwrap_or_else(PoisonError::into_inner);
        let map = |rows: Range<usize>| {
            let known = at_rest().pop();
            let mut around = known.unwrap_or_else(|| Surroundings::of(graph));
            let found: Vec<Reach> = from[rows].iter().map(|&node| around.reach(self, graph, node)).collect();
            at_rest().push(around);
            found
        };
        let chunks = Chunks { task: "finding reach", rows: from.len(), chunk: CHUNK, threads: self.threads };
        chunks.map_reduce(map, Vec::new(), |all: &mut Vec<Reach>, part| all.extend(part), observer)
    }
}

/// Energies by node, all 0 but for those that are active.
struct Surroundings {
    energy: Vec<f64>,
    inflow: Vec<f64>,
    seen: Vec<bool>,
    /// Nodes that have energy, in ascending order between the steps.
    active: Vec<u32>,
}

impl Surroundings {
    fn of(graph: &CallGraph) -> Surroundings {
        let nodes = graph.nodes();
        Surroundings {
            energy: vec![0.0; nodes],
            inflow: vec![0.0; nodes],
            seen: vec![false; nodes],
            active: Vec::new(),
        }
    }

    fn reach(&mut self, plan: &SpreadingActivation, graph: &CallGraph, from: u32) -> Reach {
        self.energy[from as usize] = 1.0;
        self.seen[from as usize] = true;
        self.active.push(from);
        for _ in 0..plan.steps {
            self.step(plan, graph);
        }
        let mut reach = Reach { given: 0.0, reached: 0, effective: 0.0 };
        let mut squares = 0.0;
        for &node in &self.active {
            let energy = self.energy[node as usize];
            if node != from && energy > 0.0 {
                reach.given += energy;
                reach.reached += 1;
                squares += energy * energy;
            }
        }
        if squares > 0.0 {
            reach.effective = reach.given * reach.given / squares;
        }
        for node in self.active.drain(..) {
            self.energy[node as usize] = 0.0;
            self.seen[node as usize] = false;
        }
        reach
    }

    /// Pushes along the ties of the active nodes; ascending callers add up as they do where each node pulls.
    fn step(&mut self, plan: &SpreadingActivation, graph: &CallGraph) {
        let strength = graph.out_strength();
        for place in 0..self.active.len() {
            let caller = self.active[place] as usize;
            let (callees, weights) = graph.outgoing.of(caller);
            let shared = self.energy[caller] / strength[caller];
            for (&callee, &weight) in callees.iter().zip(weights) {
                let to = callee as usize;
                self.inflow[to] += shared * weight;
                if !self.seen[to] {
                    self.seen[to] = true;
                    self.active.push(callee);
                }
            }
        }
        self.active.sort_unstable();
        for &node in &self.active {
            let node = node as usize;
            self.energy[node] = plan.mix(self.energy[node], strength[node], self.inflow[node]);
            self.inflow[node] = 0.0;
        }
    }
}
