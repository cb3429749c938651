//! Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations.

/// Rotations converge quadratically; a matrix of a hundred columns needs about ten rounds.
const MOST_ROUNDS: usize = 60;

/// Eigenvalues with their vectors, the largest first.
#[derive(Debug)]
pub(crate) struct Eigen {
    pub(crate) values: Vec<f64>,
    /// Unit vectors in the order of the values.
    pub(crate) vectors: Vec<Vec<f64>>,
}

/// All eigenvalues and vectors of a symmetric matrix (Jacobi, 1846; the rotations of Rutishauser, 1966), to
/// the rounding of doubles; equal ones keep the order of their columns.
pub(crate) fn symmetric_eigen(mut matrix: Vec<Vec<f64>>) -> Eigen {
    let n = matrix.len();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(i == j)).collect()).collect();
    let whole: f64 = matrix.iter().flatten().map(|x| x * x).sum();
    for _ in 0..MOST_ROUNDS {
        let off: f64 =
            (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| matrix[i][j] * matrix[i][j]).sum();
        // Squares this small leave the eigenvalues to half a unit in the last place.
        if off <= 1e-34 * whole {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut matrix, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| matrix[b][b].total_cmp(&matrix[a][a]));
    Eigen {
        values: order.iter().map(|&at| matrix[at][at]).collect(),
        vectors: order.iter().map(|&at| vectors[at].clone()).collect(),
    }
}

/// Turns the plane of `p` and `q` so that their element becomes 0. `vectors` holds one vector a row.
fn rotate(matrix: &mut [Vec<f64>], vectors: &mut [Vec<f64>], p: usize, q: usize) {
    let element = matrix[p][q];
    if element == 0.0 {
        return;
    }
    let ratio = (matrix[q][q] - matrix[p][p]) / (2.0 * element);
    let tangent = {
        let smaller = 1.0 / (ratio.abs() + (ratio * ratio + 1.0).sqrt());
        if ratio < 0.0 { -smaller } else { smaller }
    };
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for k in (0..matrix.len()).filter(|&k| k != p && k != q) {
        let (at_p, at_q) = (matrix[k][p], matrix[k][q]);
        let (new_p, new_q) = (cosine * at_p - sine * at_q, sine * at_p + cosine * at_q);
        (matrix[k][p], matrix[p][k], matrix[k][q], matrix[q][k]) = (new_p, new_p, new_q, new_q);
    }
    matrix[p][p] -= tangent * element;
    matrix[q][q] += tangent * element;
    (matrix[p][q], matrix[q][p]) = (0.0, 0.0);
    for k in 0..matrix.len() {
        let (at_p, at_q) = (vectors[p][k], vectors[q][k]);
        (vectors[p][k], vectors[q][k]) = (cosine * at_p - sine * at_q, sine * at_p + cosine * at_q);
    }
}
