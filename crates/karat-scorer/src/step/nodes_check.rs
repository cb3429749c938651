//! What a model's nodes must keep to, so that scoring can neither fail nor panic.

use super::nodes::{LEAST_VALUE, MAX_NODES, MOST_VALUE, Mean, Nodes};
use crate::error::{Error, Result};

/// Exponents from which on a power mean is worth its name and its rounding stays small.
const LEAST_EXPONENT: f64 = 0.01;
/// Exponents up to which the powers of indicators stay ordinary numbers.
const MOST_EXPONENT: f64 = 20.0;

impl Nodes {
    /// Checks lengths, weights and the shape of the tree.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::Shape`] naming what does not fit.
    pub fn check(&self, dimension: &[u32]) -> Result<()> {
        for (what, length) in [
            ("nodes of the indicators", self.parent.len()),
            ("weights within nodes", self.weight.len()),
            ("reference", self.reference.len()),
        ] {
            if length != dimension.len() {
                return Err(Error::shape(what, dimension.len(), length));
            }
        }
        let count = self.list.len();
        if count == 0 || count > MAX_NODES {
            return Err(Error::argument("nodes", format!("must number 1 to {MAX_NODES}"), count));
        }
        if !(0.0..1.0).contains(&self.floor) {
            return Err(Error::argument("floor", "must be at least 0 and below 1", self.floor));
        }
        let root = self.root();
        let mut weighed = vec![0.0; count];
        for (position, node) in self.list.iter().enumerate() {
            let parent = node.parent as usize;
            let placed = if position == root { parent == root } else { parent > position && parent < count };
            if !placed {
                return Err(Error::argument("nodes", "must come before their parents", parent));
            }
            if let Mean::Power(p) = node.mean
                && !(LEAST_EXPONENT..=MOST_EXPONENT).contains(&p.abs())
            {
                let rule = format!("must be {LEAST_EXPONENT} to {MOST_EXPONENT}, or minus that");
                return Err(Error::argument("exponent of a power mean", rule, p));
            }
            if position == root && node.weight != 1.0 {
                return Err(Error::argument("weight of the root", "must be 1", node.weight));
            }
        }
        let nodes = self.list[..root].iter().map(|node| (node.parent, node.weight));
        for (parent, weight) in self.parent.iter().copied().zip(self.weight.iter().copied()).chain(nodes) {
            if !(0.0..=MOST_VALUE).contains(&weight) {
                let rule = "must have weights that are not negative";
                return Err(Error::argument("nodes", rule, weight));
            }
            match weighed.get_mut(parent as usize) {
                Some(sum) => *sum += weight,
                None => return Err(Error::argument("nodes", "must be parents of the list", parent)),
            }
        }
        if let Some(bare) = weighed.iter().position(|&sum| sum < LEAST_VALUE) {
            return Err(Error::argument("nodes", "must have children with a weight", format!("node {bare}")));
        }
        if self.list.iter().all(|node| node.mean == Mean::Arithmetic) {
            return Err(Error::argument("nodes", "must not all be arithmetic", "no other mean"));
        }
        self.check_dimensions(dimension)
    }

    /// Each child of the root is one dimension.
    fn check_dimensions(&self, dimension: &[u32]) -> Result<()> {
        let mut of_node: Vec<Option<u32>> = vec![None; self.list.len()];
        let mut alone = Vec::new();
        for (&parent, &of) in self.parent.iter().zip(dimension) {
            match self.branch(parent as usize) {
                Some(branch) if of_node[branch].is_none_or(|known| known == of) => of_node[branch] = Some(of),
                Some(_) => return Err(Error::argument("nodes", "must be within one dimension", of)),
                None => alone.push(of),
            }
        }
        let mut dimensions: Vec<u32> = of_node.into_iter().flatten().chain(alone).collect();
        dimensions.sort_unstable();
        if dimensions.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::argument("dimensions", "must be the children of the root", "one twice"));
        }
        Ok(())
    }

    /// The child of the root that `node` is or lies below; none for the root.
    pub(super) fn branch(&self, node: usize) -> Option<usize> {
        let root = self.root();
        let mut at = node;
        while at < root && (self.list[at].parent as usize) < root {
            at = self.list[at].parent as usize;
        }
        (at < root).then_some(at)
    }
}
