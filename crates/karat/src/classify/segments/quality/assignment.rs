//! The assignment problem: pair rows with columns so that the pairs weigh most.

/// Pairs `(row, column)` of positive weight, no row or column twice, whose weights add up to the most that is
/// possible; in ascending order of the rows.
///
/// The Hungarian method (Kuhn, 1955; Munkres, 1957) by shortest augmenting paths with potentials (Jonker and
/// Volgenant, 1987) in `O(k^3)`, on whole numbers, hence exact. Ties go to lower columns along the path.
pub(super) fn largest_matching(weights: &[Vec<i64>]) -> Vec<(usize, usize)> {
    let rows = weights.len();
    let columns = weights.first().map_or(0, Vec::len);
    let side = rows.max(columns);
    // A square problem of costs; what lies beyond the table costs as much as a pair without weight.
    let cost = |i: usize, j: usize| {
        weights.get(i).and_then(|row| row.get(j)).map_or(0_i128, |&weight| -i128::from(weight))
    };
    let mut partner_of_column = vec![side; side + 1];
    let mut row_potential = vec![0_i128; side + 1];
    let mut column_potential = vec![0_i128; side + 1];
    for row in 0..side {
        augment(side, row, &cost, &mut partner_of_column, &mut row_potential, &mut column_potential);
    }
    let mut pairs: Vec<(usize, usize)> = (0..columns)
        .map(|column| (partner_of_column[column], column))
        .filter(|&(row, column)| row < rows && weights[row][column] > 0)
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Adds `row` to the matching along the cheapest path. Column `side` stands for "no column yet".
fn augment(
    side: usize,
    row: usize,
    cost: &impl Fn(usize, usize) -> i128,
    partner: &mut [usize],
    row_potential: &mut [i128],
    column_potential: &mut [i128],
) {
    let mut least = vec![i128::MAX; side];
    let mut came_from = vec![side; side];
    let mut reached = vec![false; side + 1];
    let mut column = side;
    partner[side] = row;
    loop {
        reached[column] = true;
        let from = partner[column];
        let mut step = i128::MAX;
        let mut next = side;
        for j in (0..side).filter(|&j| !reached[j]) {
            let reduced = cost(from, j) - row_potential[from] - column_potential[j];
            if reduced < least[j] {
                (least[j], came_from[j]) = (reduced, column);
            }
            if least[j] < step {
                (step, next) = (least[j], j);
            }
        }
        for j in 0..=side {
            if reached[j] {
                row_potential[partner[j]] += step;
                column_potential[j] -= step;
            } else if j < side {
                least[j] -= step;
            }
        }
        column = next;
        if partner[column] == side {
            break;
        }
    }
    while column != side {
        let previous = came_from[column];
        partner[column] = partner[previous];
        column = previous;
    }
}
