//! k-means||.

use super::super::value::Value;
use super::content::{ContentOrder, Draws};
use super::mass::{Kind, Unit};
use super::plus_plus::Greedy;
use super::rows::Rows;
use super::tiled::{Tiled, Tiles};
use super::{Chosen, Masses, Search};
use crate::numerics::random::Random;

/// A search by rounds that draw `oversampling * k` rows each.
///
/// Of the two forms that Bahmani et al. give, the one that draws so many rows from the joint distribution, with
/// replacement: it knows no more of a row than its mass, so that copies are the same as a weight.
pub(super) struct Rounds<'a, 'b, T> {
    pub(super) search: &'a Search<'b, T>,
    pub(super) oversampling: f64,
    pub(super) rounds: usize,
}

impl<T: Value> Rounds<'_, '_, T> {
    pub(super) fn starts(&self, randoms: impl Iterator<Item = Random>) -> Vec<Chosen> {
        let tiles = Tiles::of(&self.search.rows, self.search.threads);
        randoms.map(|mut random| self.start(&tiles, &mut random)).collect()
    }

    fn start(&self, tiles: &Tiles<T>, random: &mut Random) -> Chosen {
        let search = self.search;
        let (unit, weights) = search.weights();
        let mut sample = Chosen::default();
        let Some(first) = search.draw_by_weight(&unit, &weights, random) else { return sample };
        sample.push(first, search.rows.point(first));
        let mut masses = Tiled::labelled(search.rows, search.order, tiles, search.threads);
        masses.approach_all(&sample.points, 0);
        let mut round = 0;
        // Rounds that draw too little are followed by more, until there are centers to choose among.
        while (round < self.rounds || sample.points.len() < search.k) && masses.settle() > 0 {
            let known = sample.points.len();
            self.round(&masses, &mut sample, random);
            if sample.points.len() == known {
                break;
            }
            masses.approach_all(&sample.points[known..], known);
            round += 1;
        }
        self.reduce(&masses, sample, random)
    }

    fn round(&self, masses: &Tiled<'_, T>, sample: &mut Chosen, random: &mut Random) {
        let Search { rows, order, k, .. } = self.search;
        let draws = Draws::new(masses.bucket_sums());
        let mut drawn = Vec::new();
        for _ in 0..((self.oversampling * *k as f64).ceil() as usize).max(1) {
            drawn.extend(draws.draw(rows, order, |row| masses.units(row), random));
        }
        let mut seen = std::collections::HashSet::new();
        for row in drawn.into_iter().filter(|row| seen.insert(*row)) {
            sample.push(row, rows.point(row));
        }
    }

    /// Greedy k-means++ among the sample, each weighing as much as the rows nearest to it.
    fn reduce(&self, masses: &Tiled<'_, T>, sample: Chosen, random: &mut Random) -> Chosen {
        let search = self.search;
        let plain = Unit::of(&search.rows);
        let unit = if plain.kind == Kind::Weighted { search.weights().0 } else { plain };
        let weights: Vec<f64> =
            masses.weights_by_label(&unit, sample.points.len()).iter().map(|&units| units as f64).collect();
        let values = sample.points.concat();
        let shape = (sample.points.len(), search.rows.columns);
        let rows = Rows::new(&values, false, shape, Some(&weights));
        let order = ContentOrder::of(&rows, 1);
        let Search { k, trials, threads, .. } = *search;
        let among = Search { rows, order: &order, k, trials, threads };
        let chosen = Greedy::new(&among).start(random);
        Chosen { rows: chosen.rows.iter().map(|&row| sample.rows[row]).collect(), points: chosen.points }
    }
}
