//! Greedy k-means++.

use super::content::Draws;
use super::mass::Unit;
use super::streamed::Streamed;
use super::tiled::{Tiled, Tiles};
use super::{Chosen, Masses, Search};
use crate::classify::segments::Value;
use crate::numerics::random::Random;

/// Candidates evaluated over all centers from which regrouping the rows pays.
const TILED_CANDIDATES: usize = 40;
/// Rows from which it does.
const TILED_ROWS: usize = 4096;

/// Greedy k-means++ over the rows of one search; several starts share what they need of them.
#[derive(Debug)]
pub(super) struct Greedy<'a, T> {
    search: &'a Search<'a, T>,
    tiles: Option<Tiles<T>>,
}

impl<'a, T: Value> Greedy<'a, T> {
    pub(super) fn new(search: &'a Search<'a, T>) -> Greedy<'a, T> {
        let worth = search.rows.count >= TILED_ROWS && search.k * search.trials() >= TILED_CANDIDATES;
        Greedy::with_tiles(search, worth)
    }

    pub(super) fn with_tiles(search: &'a Search<'a, T>, tiled: bool) -> Greedy<'a, T> {
        let tiles = tiled.then(|| Tiles::of(&search.rows, search.threads));
        Greedy { search, tiles }
    }

    pub(super) fn starts(&self, randoms: impl Iterator<Item = Random>) -> Vec<Chosen> {
        randoms.map(|mut random| self.start(&mut random)).collect()
    }

    pub(super) fn start(&self, random: &mut Random) -> Chosen {
        let search = self.search;
        match &self.tiles {
            Some(tiles) => {
                choose(search, Tiled::new(search.rows, search.order, tiles, search.threads), random)
            }
            None => choose(search, Streamed::new(search.rows, search.order, search.threads), random),
        }
    }
}

/// Up to `k` rows; fewer when no row of positive mass is left.
fn choose<T: Value>(search: &Search<'_, T>, mut masses: impl Masses, random: &mut Random) -> Chosen {
    let mut chosen = Chosen::default();
    let (unit, weights) = search.weights();
    let Some(first) = search.draw_by_weight(&unit, &weights, random) else { return chosen };
    chosen.push(first, search.rows.point(first));
    masses.approach(&chosen.points[0]);
    let mut total = masses.settle();
    let mut draws = Draws::new(masses.bucket_sums());
    while chosen.points.len() < search.k && total > 0 {
        let mut candidates: Vec<usize> = Vec::new();
        for _ in 0..search.trials() {
            let drawn = draws.draw(&search.rows, search.order, |row| masses.units(row), random);
            // One drawn again changes nothing: of equals the first is kept.
            if let Some(row) = drawn.filter(|row| !candidates.contains(row)) {
                candidates.push(row);
            }
        }
        let mut points: Vec<Vec<f64>> = candidates.iter().map(|&row| search.rows.point(row)).collect();
        let potentials = masses.potentials(&points);
        let Some(best) = lowest(&potentials) else { break };
        total = potentials[best];
        if total < draws.total() / 4 {
            draws = Draws::new(masses.bucket_sums());
        }
        masses.approach(&points[best]);
        chosen.push(candidates[best], points.swap_remove(best));
        if Unit::is_coarse(total) && chosen.points.len() < search.k {
            total = masses.settle();
            draws = Draws::new(masses.bucket_sums());
        }
    }
    chosen
}

/// Position of the lowest value; of equals the first.
fn lowest(values: &[u64]) -> Option<usize> {
    (0..values.len()).reduce(|best, i| if values[i] < values[best] { i } else { best })
}
