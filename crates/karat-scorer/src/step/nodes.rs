//! Means that do not compensate, or only partly: the aggregation of every node of the tree.
//!
//! A model whose nodes are all arithmetic has no such step: its index is the ordered sum of [`Tree`]'s points.
//! With it, values are taken up the tree, each node the weighted power mean of its children (Hardy,
//! Littlewood and Pólya 1934), and an indicator's points are what it adds to the index of a frozen reference
//! customer: the closed form of [`Nodes::contributions`].

use super::{Lanes, MAX_INDICATORS, Step, Tree};
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};
use crate::numerics::{exp, exp_m1, ln, ln_1p, pow};

/// Most nodes a tree may have.
pub const MAX_NODES: usize = 128;
/// Below this a value counts as zero, which would settle the mean alone.
pub(crate) const LEAST_VALUE: f64 = 1e-9;
/// Values up to which powers stay ordinary numbers.
pub(crate) const MOST_VALUE: f64 = 1e9;

/// How a node's children become its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mean {
    /// The weighted sum: a shortfall in one child is made good by any other.
    Arithmetic,
    /// The weighted product: shortfalls count as ratios.
    Geometric,
    /// The reciprocal of the weighted sum of reciprocals: near the worst child.
    Harmonic,
    /// `(sum of weight * x^p)^(1 / p)`: partly compensatory; 1 is arithmetic, -1 harmonic.
    Power(f64),
}

/// A node at its place in the tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// How its children become its value.
    pub mean: Mean,
    /// The node above, which comes later in the list; the last node is the root and its own parent.
    pub parent: u32,
    /// Weight among the children of its parent; 1 for the root.
    pub weight: f64,
}

/// The nodes of a tree in which some node is not arithmetic.
#[derive(Debug, Clone, PartialEq)]
pub struct Nodes {
    /// An indicator `z` below a node that is not arithmetic enters as `floor + (1 - floor) * z`, so that
    /// the worst of one indicator does not settle the index.
    pub floor: f64,
    /// Node of each indicator.
    pub parent: Vec<u32>,
    /// Weight of each indicator among the children of its node.
    pub weight: Vec<f64>,
    /// Indicators of the reference customer: the means of the fitted base.
    pub reference: Vec<f64>,
    /// The nodes, children before parents.
    pub list: Vec<Node>,
}

/// Values of every node for `N` customers, and the weight of the children they were made from.
pub(crate) struct Values<const N: usize, const WIDTH: usize> {
    value: [Lanes<N>; WIDTH],
    covered: [Lanes<N>; WIDTH],
}

impl<const N: usize, const WIDTH: usize> Values<N, WIDTH> {
    pub(crate) fn new() -> Values<N, WIDTH> {
        Values { value: [[0.0; N]; WIDTH], covered: [[0.0; N]; WIDTH] }
    }
}

impl Mean {
    /// What is averaged.
    #[inline(always)]
    fn forward(self, x: f64) -> f64 {
        match self {
            Mean::Arithmetic => x,
            Mean::Geometric => ln(x),
            Mean::Harmonic => 1.0 / x,
            Mean::Power(p) => pow(x, p),
        }
    }

    /// The value that an average stands for.
    #[inline(always)]
    fn back(self, average: f64) -> f64 {
        match self {
            Mean::Arithmetic => average,
            Mean::Geometric => exp(average),
            Mean::Harmonic => 1.0 / average,
            Mean::Power(p) => pow(average, 1.0 / p),
        }
    }

    /// Slope of [`Mean::forward`] between two values, at either of them when they are equal.
    #[inline(always)]
    fn slope(self, a: f64, b: f64) -> f64 {
        let t = (a - b) / b;
        let log = if t.abs() < 0.5 { ln_1p(t) } else { ln(a / b) };
        match self {
            Mean::Arithmetic => 1.0,
            Mean::Geometric => (if t == 0.0 { 1.0 } else { log / t }) / b,
            Mean::Harmonic => 1.0 / (a * b),
            Mean::Power(p) => pow(b, p - 1.0) * if t == 0.0 { p } else { exp_m1(p * log) / t },
        }
    }
}

impl Nodes {
    /// Number of the root.
    pub(crate) fn root(&self) -> usize {
        self.list.len().saturating_sub(1)
    }

    /// Whether some node from the indicator's up to the root is not arithmetic.
    pub(crate) fn lifted(&self) -> Vec<bool> {
        let mut below = vec![false; self.list.len()];
        for (position, node) in self.list.iter().enumerate().rev() {
            let above = below.get(node.parent as usize).copied().unwrap_or(false);
            below[position] = above || node.mean != Mean::Arithmetic;
        }
        self.parent.iter().map(|&parent| below.get(parent as usize).copied().unwrap_or(false)).collect()
    }

    /// Positions of the nodes that are dimensions, with the dimension; leaves below the root not counted.
    pub(crate) fn dimension_nodes(&self, dimension: &[u32]) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (&parent, &of) in self.parent.iter().zip(dimension) {
            if let Some(branch) = self.branch(parent as usize)
                && !found.contains(&(branch, of as usize))
            {
                found.push((branch, of as usize));
            }
        }
        found
    }

    /// The index of a customer with these indicators, none of them left out.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of indicators.
    pub fn eval(&self, tree: &Tree, z: &[f64]) -> Result<f64> {
        let mut none = vec![0.0; z.len()];
        self.run(tree, z, None, &mut none)
    }

    /// What each indicator adds to the index of a customer with the indicators `reference`.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of indicators.
    pub fn contributions(&self, tree: &Tree, z: &[f64], reference: &[f64]) -> Result<Vec<f64>> {
        let mut points = vec![0.0; z.len()];
        self.run(tree, z, Some(reference), &mut points)?;
        Ok(points)
    }

    fn run(&self, tree: &Tree, z: &[f64], reference: Option<&[f64]>, points: &mut [f64]) -> Result<f64> {
        for found in [z.len(), reference.map_or(z.len(), <[f64]>::len)] {
            if found != self.parent.len() {
                return Err(Error::shape("indicators", self.parent.len(), found));
            }
        }
        let mut nodes = self.clone();
        if let Some(reference) = reference {
            nodes.reference = reference.to_vec();
        }
        let z: Vec<Lanes<1>> = z.iter().map(|&z| [z]).collect();
        let present = vec![[1.0]; z.len()];
        let prepared = PreparedNodes::new(&nodes, &tree.dimension);
        let mut dimensions = [[0.0]; super::MAX_DIMENSIONS];
        let point = |i: usize, found: &Lanes<1>| points[i] = found[0];
        let asks = reference.is_some();
        let index = nodes.eval_lanes::<1, { crate::schema::MAX_FIELDS }>(
            tree.scale,
            &prepared,
            &z,
            &present,
            &mut dimensions,
            asks,
            point,
        );
        Ok(index[0])
    }

    /// Values of all nodes, from the indicators up: `x` are those of the indicators, lifted.
    #[inline(always)]
    pub(crate) fn values<const N: usize, const WIDTH: usize>(
        &self,
        x: &[Lanes<N>],
        present: &[Lanes<N>],
        out: &mut Values<N, WIDTH>,
    ) {
        let count = self.list.len();
        for sum in &mut out.value[..count] {
            *sum = [0.0; N];
        }
        for sum in &mut out.covered[..count] {
            *sum = [0.0; N];
        }
        for (i, (&parent, &weight)) in self.parent.iter().zip(&self.weight).enumerate() {
            let parent = parent as usize;
            let mean = self.list[parent].mean;
            for lane in 0..N {
                let here = present[i][lane] > 0.0;
                out.value[parent][lane] += if here { weight * mean.forward(x[i][lane]) } else { 0.0 };
                out.covered[parent][lane] += if here { weight } else { 0.0 };
            }
        }
        for (position, node) in self.list.iter().enumerate() {
            let parent = node.parent as usize;
            for lane in 0..N {
                let covered = out.covered[position][lane];
                let here = covered > 0.0;
                let value = if here { node.mean.back(out.value[position][lane] / covered) } else { 0.0 };
                out.value[position][lane] = value;
                if parent > position {
                    let mean = self.list[parent].mean;
                    out.value[parent][lane] += if here { node.weight * mean.forward(value) } else { 0.0 };
                    out.covered[parent][lane] += if here { node.weight } else { 0.0 };
                }
            }
        }
    }

    /// Index and dimension scores of `N` customers; calls `point` with what each indicator adds to the
    /// index of the reference customer, if anybody `asks`.
    #[inline(never)]
    #[allow(clippy::too_many_arguments, reason = "what Tree takes, and what was worked out at load")]
    pub(crate) fn eval_lanes<const N: usize, const WIDTH: usize>(
        &self,
        scale: f64,
        prepared: &PreparedNodes,
        z: &[Lanes<N>],
        present: &[Lanes<N>],
        dimensions: &mut [Lanes<N>; super::MAX_DIMENSIONS],
        asks: bool,
        mut point: impl FnMut(usize, &Lanes<N>),
    ) -> Lanes<N> {
        let mut x = [[0.0; N]; WIDTH];
        for i in 0..self.parent.len() {
            for lane in 0..N {
                x[i][lane] = self.lift(prepared, i, z[i][lane]);
            }
        }
        let mut found = Values::<N, WIDTH>::new();
        self.values(&x, present, &mut found);
        let root = self.root();
        let index = found.value[root].map(|value| scale * value + 0.0);
        for &(node, dimension) in &prepared.dimension_nodes {
            for lane in 0..N {
                let here = found.covered[node][lane] > 0.0;
                dimensions[dimension][lane] =
                    if here { scale * found.value[node][lane] } else { crate::numerics::NAN };
            }
        }
        for &(leaf, dimension) in &prepared.dimension_leaves {
            for lane in 0..N {
                let here = present[leaf][lane] > 0.0;
                dimensions[dimension][lane] = if here { scale * x[leaf][lane] } else { crate::numerics::NAN };
            }
        }
        if asks {
            self.split(scale, prepared, &x, present, &found, &mut point);
        }
        index
    }

    #[inline(always)]
    pub(crate) fn lift(&self, prepared: &PreparedNodes, indicator: usize, z: f64) -> f64 {
        let lifted = prepared.lifted.get(indicator).copied().unwrap_or(false);
        if lifted { self.floor + (1.0 - self.floor) * z } else { z }
    }

    /// The index of the reference customer over the indicators that `present` leaves.
    pub(crate) fn reference_index<const WIDTH: usize>(
        &self,
        scale: f64,
        prepared: &PreparedNodes,
        present: &[Lanes<1>],
    ) -> f64 {
        let mut x = [[0.0; 1]; WIDTH];
        for (i, &z) in self.reference.iter().enumerate() {
            x[i][0] = self.lift(prepared, i, z);
        }
        let mut of_reference = Values::<1, WIDTH>::new();
        self.values(&x, present, &mut of_reference);
        scale * of_reference.value[self.root()][0] + 0.0
    }

    /// Splits the distance from the reference customer's index among the indicators, without remainder.
    ///
    /// With `f` what a node averages, `f(y) - f(y0)` is the weighted sum of `f(x) - f(x0)`, so that
    /// `y - y0` is the sum of `weight * slope(x, x0) / slope(y, y0) * (x - x0)`; the brackets multiply down
    /// the tree. For a geometric node they are ratios of logarithmic means, as in the additive
    /// decomposition of index numbers (Montgomery 1937; Vartia 1976).
    #[inline(always)]
    fn split<const N: usize, const WIDTH: usize>(
        &self,
        scale: f64,
        prepared: &PreparedNodes,
        x: &[Lanes<N>],
        present: &[Lanes<N>],
        found: &Values<N, WIDTH>,
        point: &mut impl FnMut(usize, &Lanes<N>),
    ) {
        let mut x0 = [[0.0; N]; WIDTH];
        for (i, &z) in self.reference.iter().enumerate() {
            x0[i] = [self.lift(prepared, i, z); N];
        }
        let mut of_reference = Values::<N, WIDTH>::new();
        self.values(&x0, present, &mut of_reference);
        let share = |node: usize, lane: usize, weight: f64, x: f64, x0: f64| {
            let mean = self.list[node].mean;
            let down = mean.slope(found.value[node][lane], of_reference.value[node][lane]);
            weight / found.covered[node][lane] * (mean.slope(x, x0) / down)
        };
        let mut bracket = [[scale; N]; WIDTH];
        for (position, node) in self.list.iter().enumerate().rev() {
            let parent = node.parent as usize;
            if parent > position {
                for lane in 0..N {
                    let (y, y0) = (found.value[position][lane], of_reference.value[position][lane]);
                    bracket[position][lane] = bracket[parent][lane] * share(parent, lane, node.weight, y, y0);
                }
            }
        }
        for (i, (&parent, &weight)) in self.parent.iter().zip(&self.weight).enumerate() {
            let parent = parent as usize;
            let mut points = [0.0; N];
            for lane in 0..N {
                let (x, x0) = (x[i][lane], x0[i][lane]);
                let points_of = bracket[parent][lane] * share(parent, lane, weight, x, x0) * (x - x0) + 0.0;
                // A node whose values that are there weigh nothing is left out, as one without values is.
                let counts = present[i][lane] > 0.0 && found.covered[parent][lane] > 0.0;
                points[lane] = if counts { points_of } else { 0.0 };
            }
            point(i, &points);
        }
    }
}

/// What the nodes need at every row, worked out once at load.
#[derive(Debug, Clone, Default)]
pub(crate) struct PreparedNodes {
    lifted: Vec<bool>,
    dimension_nodes: Vec<(usize, usize)>,
    dimension_leaves: Vec<(usize, usize)>,
}

impl PreparedNodes {
    pub(crate) fn new(nodes: &Nodes, dimension: &[u32]) -> PreparedNodes {
        let root = nodes.root() as u32;
        let leaves = nodes.parent.iter().zip(dimension).enumerate();
        PreparedNodes {
            lifted: nodes.lifted(),
            dimension_nodes: nodes.dimension_nodes(dimension),
            dimension_leaves: leaves
                .filter(|(_, (parent, _))| **parent == root)
                .map(|(leaf, (_, &of))| (leaf, of as usize))
                .collect(),
        }
    }
}

impl Step for Nodes {
    const KIND: &'static str = "NODE";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.number(self.floor);
        writer.integers(&self.parent);
        writer.numbers(&self.weight);
        writer.numbers(&self.reference);
        writer.integer(self.list.len() as u64);
        for node in &self.list {
            let (kind, exponent) = match node.mean {
                Mean::Arithmetic => (0, 0.0),
                Mean::Geometric => (1, 0.0),
                Mean::Harmonic => (2, 0.0),
                Mean::Power(exponent) => (3, exponent),
            };
            writer.integer(kind);
            writer.number(exponent);
            writer.integer(u64::from(node.parent));
            writer.number(node.weight);
        }
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Nodes> {
        let floor = reader.number("floor")?;
        let parent = reader.integers("nodes of the indicators", MAX_INDICATORS, MAX_NODES)?;
        let weight = reader.numbers("weights within nodes", MAX_INDICATORS)?;
        let reference = reader.numbers("reference", MAX_INDICATORS)?;
        let count = reader.integer("the number of nodes", MAX_NODES + 1)?;
        let mut list = Vec::new();
        for _ in 0..count {
            let kind = reader.integer("mean", 4)?;
            let exponent = reader.number("exponent")?;
            let mean = match kind {
                0 => Mean::Arithmetic,
                1 => Mean::Geometric,
                2 => Mean::Harmonic,
                _ => Mean::Power(exponent),
            };
            let parent = reader.integer("parent", MAX_NODES)? as u32;
            list.push(Node { mean, parent, weight: reader.number("weight of a node")? });
        }
        Ok(Nodes { floor, parent, weight, reference, list })
    }
}
