//! The bare tree: who stands below whom, and products of weights from the goal down.

/// Criteria in the order of a walk that takes each before what is below it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    pub(super) names: Vec<String>,
    pub(super) parents: Vec<Option<usize>>,
    pub(super) children: Vec<Vec<usize>>,
    pub(super) levels: Vec<usize>,
    /// Positions of the criteria without children.
    pub(super) leaves: Vec<usize>,
}

impl Tree {
    /// `names` and `parents` in the order of the walk.
    pub(super) fn new(names: Vec<String>, parents: Vec<Option<usize>>) -> Tree {
        let mut children = vec![Vec::new(); names.len()];
        let mut levels = vec![0; names.len()];
        for (at, parent) in parents.iter().enumerate() {
            if let Some(parent) = *parent {
                children[parent].push(at);
                levels[at] = levels[parent] + 1;
            }
        }
        let leaves = (0..names.len()).filter(|&at| children[at].is_empty()).collect();
        Tree { names, parents, children, levels, leaves }
    }

    /// Weight of every criterion among its parent's children; `weights` holds those of each one's children.
    pub(super) fn local(&self, weights: &[&[f64]]) -> Vec<f64> {
        let mut local = vec![1.0; self.names.len()];
        for (children, weights) in self.children.iter().zip(weights) {
            for (&child, &weight) in children.iter().zip(*weights) {
                local[child] = weight;
            }
        }
        local
    }

    /// Weight of every criterion in the whole.
    pub(super) fn global(&self, weights: &[&[f64]]) -> Vec<f64> {
        self.below(0, weights)
    }

    /// Weight of every criterion within the part below `top`, which itself has 1; 0 elsewhere.
    pub(super) fn below(&self, top: usize, weights: &[&[f64]]) -> Vec<f64> {
        let mut found = vec![0.0; self.names.len()];
        found[top] = 1.0;
        for (at, children) in self.children.iter().enumerate().skip(top) {
            for (&child, &weight) in children.iter().zip(weights[at]) {
                found[child] = found[at] * weight;
            }
        }
        found
    }

    /// The criteria on the same level of the same parent, itself included.
    pub(super) fn siblings(&self, at: usize) -> &[usize] {
        self.parents[at].map_or(&[], |parent| &self.children[parent])
    }
}
