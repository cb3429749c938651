//! Weighted graph Laplacians, factored without a subtraction.

/// Factorisation of the Laplacian of a graph with positive weights, component by component.
///
/// Vertices are eliminated from the last to the first. The pivot of a vertex is the sum of its remaining
/// weights, never a difference (Grassmann, Taksar and Heyman, 1985), so that weights of any range keep their
/// digits. The first vertex of every component is grounded: its value is 0.
pub(super) struct Laplacian {
    n: usize,
    /// Row k holds, for j < k, the weight between k and j when k is eliminated, divided by the pivot of k.
    factor: Vec<f64>,
    /// Sum of the weights left when a vertex is eliminated; 0 for grounded vertices.
    pivots: Vec<f64>,
}

impl Laplacian {
    pub(super) fn new(n: usize) -> Laplacian {
        Laplacian { n, factor: vec![0.0; n * n], pivots: vec![0.0; n] }
    }

    pub(super) fn pivots(&self) -> &[f64] {
        &self.pivots
    }

    /// Factors the graph whose symmetric weights, diagonal ignored, are written into the square given.
    pub(super) fn factor(&mut self, write: impl FnOnce(&mut [f64])) {
        let n = self.n;
        self.factor.fill(0.0);
        write(&mut self.factor);
        for k in (0..n).rev() {
            let (above, row) = self.factor.split_at_mut(k * n);
            let row = &mut row[..k];
            let pivot: f64 = row.iter().sum();
            self.pivots[k] = pivot;
            if pivot == 0.0 {
                continue;
            }
            for i in 0..k {
                let share = row[i] / pivot;
                if share != 0.0 {
                    let target = &mut above[i * n..i * n + i];
                    for (weight, &other) in target.iter_mut().zip(&row[..i]) {
                        *weight += share * other;
                    }
                }
            }
            row.iter_mut().for_each(|weight| *weight /= pivot);
        }
    }

    /// First half of a solution for several right sides at once: row k of `sides` belongs to vertex k. Every
    /// column must sum to 0 over each component.
    pub(super) fn forward(&self, sides: &mut [f64]) {
        let width = sides.len() / self.n;
        for k in (1..self.n).rev() {
            if self.pivots[k] == 0.0 {
                continue;
            }
            let (above, row) = sides.split_at_mut(k * width);
            let row = &row[..width];
            for (target, &share) in above.chunks_exact_mut(width).zip(&self.factor[k * self.n..]) {
                if share != 0.0 {
                    for (value, &own) in target.iter_mut().zip(row) {
                        *value += share * own;
                    }
                }
            }
        }
    }

    /// Second half for one right side that has gone through [`forward`](Self::forward).
    pub(super) fn backward(&self, side: &mut [f64]) {
        for k in 0..self.n {
            if self.pivots[k] == 0.0 {
                side[k] = 0.0;
                continue;
            }
            let (above, rest) = side.split_at_mut(k);
            let inner: f64 = above.iter().zip(&self.factor[k * self.n..]).map(|(v, share)| v * share).sum();
            rest[0] = rest[0] / self.pivots[k] + inner;
        }
    }

    pub(super) fn solve(&self, side: &mut [f64]) {
        self.forward(side);
        self.backward(side);
    }
}
