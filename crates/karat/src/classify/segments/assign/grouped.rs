//! Rows kept in groups that share a home, for passes with [`Neighbours`](super::neighbours::Neighbours).
//!
//! Each stretch of the table has a copy of its rows in single precision, moved into the frame, a vector for each
//! column, the rows of one label together and in the order of their distance from its center, so that the rows
//! of a vector need about as many neighbours. Sums and doubtful rows are still read from the table.

use super::super::simd::{Element, Job, MOST_LANES, Vector};
use super::super::sums::Moves;
use super::super::value::with_values;
use super::pass::{read, shift};
use super::{Label, Targets};
use std::ops::Range;

/// Rows of a stretch, which fit the processor's cache while they are ordered.
pub(super) const STRETCH: usize = (1 << 16) - 1;
/// Rings around a center by which its rows are ordered, and how far they reach, in root mean squares.
const RINGS: usize = 32;
const REACH: f32 = 3.0;

/// One stretch of the table.
#[derive(Debug)]
pub(in super::super) struct Stretch {
    rows: Range<usize>,
    /// Row in the stretch of each lane; those of lanes beyond `live` are of no account.
    places: Vec<u16>,
    homes: Vec<Label>,
    live: Vec<u16>,
    /// The present labels, lane by lane.
    labels: Vec<Label>,
    tiles: Vec<f32>,
}

/// Builds the groups of a stretch from the labels of its rows.
pub(super) struct Build<'a> {
    pub(super) targets: &'a Targets<'a>,
    pub(super) rows: Range<usize>,
    pub(super) labels: &'a [Label],
}

impl Job for Build<'_> {
    type Output = Stretch;

    #[inline(always)]
    fn run<V: Vector>(self) -> Stretch {
        with_values!(&self.targets.table.values, values => self.each::<V, _>(values))
    }
}

impl Build<'_> {
    #[inline(always)]
    fn each<V: Vector, T: Element>(self, values: &[T]) -> Stretch {
        let count = self.targets.exact.count;
        let near = self.near(values);
        let cells = self.cells(&near);
        let mut ends = vec![0_usize; count * RINGS];
        for &cell in &cells {
            ends[usize::from(cell)] += 1;
        }
        // Groups begin with a label; within it, cells follow each other.
        let mut homes = Vec::new();
        let mut live = Vec::new();
        for label in 0..count {
            let mut place = homes.len() * V::LANES;
            let first = place;
            for cell in &mut ends[label * RINGS..(label + 1) * RINGS] {
                let rows = *cell;
                *cell = place;
                place += rows;
            }
            let rows = place - first;
            let home = Label::try_from(label).unwrap_or(Label::MAX);
            for group in 0..rows.div_ceil(V::LANES) {
                homes.push(home);
                live.push(u16::MAX >> (MOST_LANES - (rows - group * V::LANES).min(V::LANES)));
            }
        }
        let mut places = vec![u16::MAX; homes.len() * V::LANES];
        for (row, &cell) in cells.iter().enumerate() {
            let place = &mut ends[usize::from(cell)];
            places[*place] = row as u16;
            *place += 1;
        }
        self.gather::<V>(&near, places, homes, live)
    }

    /// The rows in the frame, row by row.
    #[inline(always)]
    fn near<T: Element>(&self, values: &[T]) -> Vec<f32> {
        let (table, frame) = (self.targets.table, self.targets.frame);
        let columns = table.columns;
        let factor = frame.factor as f32;
        let later = T::SINGLE && frame.moves;
        let offsets: Vec<f32> =
            frame.means.iter().map(|&mean| if later { mean as f32 * factor } else { 0.0 }).collect();
        let mut near = vec![0.0_f32; self.labels.len() * columns];
        if table.by_column {
            for (f, column) in values.chunks_exact(table.rows).enumerate() {
                for (row, &x) in near.chunks_exact_mut(columns).zip(&column[self.rows.clone()]) {
                    row[f] = x.near(frame.means[f], frame.factor);
                }
            }
        } else {
            let rows = values[self.rows.start * columns..].chunks_exact(columns);
            for (near, row) in near.chunks_exact_mut(columns).zip(rows) {
                for ((near, &x), &mean) in near.iter_mut().zip(row).zip(&frame.means) {
                    *near = x.near(mean, frame.factor);
                }
            }
        }
        if later {
            for row in near.chunks_exact_mut(columns) {
                for (x, offset) in row.iter_mut().zip(&offsets) {
                    *x = *x * factor - offset;
                }
            }
        }
        near
    }

    /// The label of each row and the ring it lies in, as one number.
    #[inline(always)]
    fn cells(&self, near: &[f32]) -> Vec<u16> {
        let columns = self.targets.table.columns;
        let count = self.targets.exact.count;
        let mut distances = vec![0.0_f32; self.labels.len()];
        let mut spreads = vec![(0.0_f32, 0.0_f32); count];
        let centers = self.targets.near_centers();
        for ((distance, row), &label) in distances.iter_mut().zip(near.chunks_exact(columns)).zip(self.labels)
        {
            let center = &centers[usize::from(label) * columns..][..columns];
            for (x, c) in row.iter().zip(center) {
                *distance += (x - c) * (x - c);
            }
            let spread = &mut spreads[usize::from(label)];
            *spread = (spread.0 + *distance, spread.1 + 1.0);
        }
        let per_root: Vec<f32> = spreads
            .iter()
            .map(|&(sum, rows)| if sum > 0.0 { RINGS as f32 / (REACH * (sum / rows).sqrt()) } else { 0.0 })
            .collect();
        let ring = |distance: f32, label: Label| {
            (distance.sqrt() * per_root[usize::from(label)]).min((RINGS - 1) as f32) as usize
        };
        distances
            .iter()
            .zip(self.labels)
            .map(|(&distance, &label)| (usize::from(label) * RINGS + ring(distance, label)) as u16)
            .collect()
    }

    #[inline(always)]
    fn gather<V: Vector>(
        &self,
        near: &[f32],
        mut places: Vec<u16>,
        homes: Vec<Label>,
        live: Vec<u16>,
    ) -> Stretch {
        let columns = self.targets.table.columns;
        let mut tiles = vec![0.0; places.len() * columns];
        let mut labels = vec![0; places.len()];
        let mut rows = vec![0.0; V::LANES * columns];
        let origin = vec![0.0; columns];
        for (group, places) in places.chunks_exact_mut(V::LANES).enumerate() {
            for lane in 0..V::LANES {
                // Lanes without a row repeat the first, so that they widen no scan.
                if live[group] >> lane & 1 == 0 {
                    places[lane] = places[0];
                }
                let row = usize::from(places[lane]);
                labels[group * V::LANES + lane] = self.labels[row];
                rows[lane * columns..(lane + 1) * columns]
                    .copy_from_slice(&near[row * columns..(row + 1) * columns]);
            }
            let tile = &mut tiles[group * V::LANES * columns..][..V::LANES * columns];
            turn::<V>(&rows, columns, &origin, tile);
        }
        Stretch { rows: self.rows.clone(), places, homes, live, labels, tiles }
    }
}

/// As many rows as there are lanes, column by column.
#[inline(always)]
fn turn<V: Vector>(rows: &[f32], columns: usize, origin: &[f64], tile: &mut [f32]) {
    let mut lanes = [0.0; MOST_LANES];
    let mut first = 0;
    while columns >= 4 && first < columns {
        // The last four may overlap those before.
        first = first.min(columns - 4);
        for (i, x) in V::four_columns(rows, columns, first, origin, 1.0).into_iter().enumerate() {
            x.store(&mut lanes);
            tile[(first + i) * V::LANES..][..V::LANES].copy_from_slice(&lanes[..V::LANES]);
        }
        first += 4;
    }
    while first < columns {
        for lane in 0..V::LANES {
            tile[first * V::LANES + lane] = rows[lane * columns + first];
        }
        first += 1;
    }
}

/// Rows that change their label are read from the table this many at a time: it takes a while until they come.
const READ_TOGETHER: usize = 128;
/// Bytes of a cache line.
const LINE: usize = 64;

/// One stretch to be labelled again.
pub(super) struct Again<'a, 'm> {
    pub(super) targets: &'a Targets<'a>,
    pub(super) stretch: &'a mut Stretch,
    pub(super) labels: &'a mut [Label],
    pub(super) moves: &'a mut Moves<'m>,
}

impl Job for Again<'_, '_> {
    type Output = usize;

    #[inline(always)]
    fn run<V: Vector>(self) -> usize {
        with_values!(&self.targets.table.values, values => self.each::<V, _>(values))
    }
}

impl Again<'_, '_> {
    #[inline(always)]
    fn each<V: Vector, T: Element>(self, values: &[T]) -> usize {
        let Again { targets, stretch, labels, moves } = self;
        let columns = targets.table.columns;
        let (Some(screen), Some(neighbours)) = (&targets.screen, &targets.neighbours) else { return 0 };
        let mut tile = vec![V::splat(0.0); columns];
        let mut point = vec![0.0; columns];
        let mut coming = Vec::with_capacity(READ_TOGETHER + MOST_LANES);
        let mut moved = 0;
        let places = stretch.places.chunks_exact(V::LANES);
        let present = stretch.labels.chunks_exact_mut(V::LANES);
        let groups = stretch.tiles.chunks_exact(V::LANES * columns).zip(places).zip(present);
        for (((near, places), present), (&home, &live)) in groups.zip(stretch.homes.iter().zip(&stretch.live))
        {
            for (x, lanes) in tile.iter_mut().zip(near.chunks_exact(V::LANES)) {
                *x = V::load(lanes);
            }
            let (screened, squares) = neighbours.compare(screen, &tile, usize::from(home));
            let certain = screen.leads(&screened, squares);
            let mut found = screened.number.bytes();
            let mut old = [0; MOST_LANES];
            old[..V::LANES].copy_from_slice(&present[..V::LANES]);
            let mut doubtful = !certain & u32::from(live);
            let mut changed = V::differing(&found, present) & u32::from(live);
            while doubtful != 0 {
                let lane = doubtful.trailing_zeros() as usize;
                doubtful &= doubtful - 1;
                let row = stretch.rows.start + usize::from(places[lane]);
                read(targets.table, values, row, &mut point);
                found[lane] = targets.exact.nearest(&point) as Label;
                changed = changed & !(1 << lane) | u32::from(found[lane] != old[lane]) << lane;
            }
            moved += changed.count_ones() as usize;
            while changed != 0 {
                let lane = changed.trailing_zeros() as usize;
                changed &= changed - 1;
                let place = usize::from(places[lane]);
                let row = stretch.rows.start + place;
                if !targets.table.by_column {
                    for line in 0..(columns * size_of::<T>()).div_ceil(LINE) {
                        V::prefetch(values, row * columns + line * LINE / size_of::<T>());
                    }
                }
                coming.push((row, old[lane], found[lane]));
                present[lane] = found[lane];
                labels[place] = found[lane];
            }
            if coming.len() >= READ_TOGETHER {
                move_all(moves, targets, values, &mut coming);
            }
        }
        move_all(moves, targets, values, &mut coming);
        moved
    }
}

/// Moves rows from sum to sum.
#[inline(always)]
fn move_all<T: Element>(
    moves: &mut Moves<'_>,
    targets: &Targets<'_>,
    values: &[T],
    rows: &mut Vec<(usize, Label, Label)>,
) {
    for (row, from, to) in rows.drain(..) {
        shift(moves, targets.table, values, row, Some(usize::from(from)), usize::from(to));
    }
}
