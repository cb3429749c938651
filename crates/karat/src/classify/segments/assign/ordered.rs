//! Rows visited in the order of their labels, for passes with [`Neighbours`](super::neighbours::Neighbours).
//!
//! Each stretch of the table is visited label by label, and the rows of a label from the nearest to its center
//! to the furthest, so that the rows of a vector share their home and need about as many neighbours. The rows
//! stay where they are: a block of them is gathered at a time.

use super::super::simd::{Element, Job, Vector};
use super::super::sums::Moves;
use super::super::value::with_values;
use super::block::{BLOCK, Found, RINGS};
use super::neighbours::Neighbours;
use super::pass::{read, shift};
use super::screen::Screen;
use super::tile::{prefetch, with_columns};
use super::{Label, Targets};
use std::ops::Range;

/// Rows of a stretch.
pub(super) const STRETCH: usize = 1 << 15;
/// The order is found again when one row of so many has another label.
const RENEWED_AFTER: usize = 5;

/// One stretch of the table.
#[derive(Debug)]
pub(in super::super) struct Order {
    rows: Range<usize>,
    /// Row in the stretch of each lane; those of lanes beyond `live` repeat the first.
    places: Vec<u16>,
    homes: Vec<Label>,
    live: Vec<u16>,
    /// The present labels, lane by lane.
    labels: Vec<Label>,
    /// How far each row is from its center.
    rings: Vec<u8>,
    /// Rows that have another label than when they were ordered.
    moved: usize,
}

/// Orders a stretch by the labels of its rows.
pub(super) struct Build<'a> {
    pub(super) rows: Range<usize>,
    pub(super) labels: &'a [Label],
    pub(super) centers: usize,
}

impl Job for Build<'_> {
    type Output = Order;

    #[inline(always)]
    fn run<V: Vector>(self) -> Order {
        let count = self.labels.len();
        let mut order = Order {
            rows: self.rows,
            places: Vec::new(),
            homes: Vec::new(),
            live: Vec::new(),
            labels: Vec::new(),
            rings: vec![0; count],
            moved: 0,
        };
        order.sort::<V>(self.labels, self.centers);
        // Nothing is known of rings yet.
        order.moved = count;
        order
    }
}

impl Order {
    #[inline(always)]
    fn sort<V: Vector>(&mut self, labels: &[Label], centers: usize) {
        let cell = |label: Label, ring: u8| usize::from(label) * RINGS + usize::from(ring);
        let mut ends = vec![0_u32; centers * RINGS];
        for (&label, &ring) in labels.iter().zip(&self.rings) {
            ends[cell(label, ring)] += 1;
        }
        self.homes.clear();
        self.live.clear();
        for (label, cells) in ends.chunks_exact_mut(RINGS).enumerate() {
            let first = self.homes.len() * V::LANES;
            let mut place = first as u32;
            for cell in cells {
                let rows = *cell;
                *cell = place;
                place += rows;
            }
            let rows = place as usize - first;
            let vectors = rows.div_ceil(V::LANES);
            let end = self.homes.len() + vectors;
            self.homes.resize(end, Label::try_from(label).unwrap_or(Label::MAX));
            self.live.resize(end, u16::MAX >> (16 - V::LANES));
            if let Some(last) = self.live.last_mut().filter(|_| rows > 0) {
                *last = u16::MAX >> (16 - (rows - (vectors - 1) * V::LANES));
            }
        }
        self.places.clear();
        self.places.resize(self.homes.len() * V::LANES, 0);
        self.labels.clear();
        self.labels.resize(self.places.len(), 0);
        for (row, (&label, &ring)) in labels.iter().zip(&self.rings).enumerate() {
            let place = &mut ends[cell(label, ring)];
            self.places[*place as usize] = row as u16;
            *place += 1;
        }
        for (vector, (&live, &home)) in self.live.iter().zip(&self.homes).enumerate() {
            let lanes = vector * V::LANES..(vector + 1) * V::LANES;
            self.labels[lanes.clone()].fill(home);
            // Lanes without a row repeat the first, so that they widen no scan.
            let first = self.places[lanes.start];
            self.places[lanes][live.count_ones() as usize..].fill(first);
        }
        self.moved = 0;
    }
}

/// One stretch to be labelled again.
pub(super) struct Again<'a, 'm> {
    pub(super) targets: &'a Targets<'a>,
    pub(super) order: &'a mut Order,
    pub(super) labels: &'a mut [Label],
    pub(super) moves: &'a mut Moves<'m>,
}

impl Job for Again<'_, '_> {
    type Output = usize;

    #[inline(always)]
    fn run<V: Vector>(self) -> usize {
        let (Some(screen), Some(neighbours)) = (&self.targets.screen, &self.targets.neighbours) else {
            return 0;
        };
        with_values!(
            &self.targets.source.table.values,
            values => self.each::<V, _>(values, screen, neighbours)
        )
    }
}

impl Again<'_, '_> {
    #[inline(always)]
    fn each<V: Vector, T: Element>(self, values: &[T], screen: &Screen, neighbours: &Neighbours) -> usize {
        let Again { targets, order, labels, moves } = self;
        let columns = targets.source.table.columns;
        let renew = order.moved * RENEWED_AFTER > labels.len();
        let mut block = Block {
            targets,
            screen,
            neighbours,
            rings: renew,
            tile: vec![V::splat(0.0); columns],
            near: vec![0.0; BLOCK * columns],
            found: Found::nothing(),
        };
        let mut point = vec![0.0; columns];
        let mut moved = 0;
        let vectors = BLOCK / V::LANES;
        let blocks = order.places.chunks(BLOCK).zip(order.labels.chunks_mut(BLOCK));
        let blocks = blocks.zip(order.homes.chunks(vectors)).zip(order.live.chunks(vectors));
        for (number, (((places, present), homes), live)) in blocks.enumerate() {
            with_columns!(columns, D => block.screen::<D>(&order.rows, number, places, homes));
            let lanes = places.chunks_exact(V::LANES).zip(present.chunks_exact_mut(V::LANES)).zip(live);
            for (vector, ((places, present), &live)) in lanes.enumerate() {
                let (mut found, doubtful) = block.found.of::<V>(vector);
                let live = u32::from(live);
                let mut doubtful = doubtful & live;
                let mut changed = V::differing(&found, present) & live;
                while doubtful != 0 {
                    let lane = doubtful.trailing_zeros() as usize;
                    doubtful &= doubtful - 1;
                    let row = order.rows.start + usize::from(places[lane]);
                    read(targets.source.table, values, row, &mut point);
                    found[lane] = targets.exact.nearest(&point) as Label;
                    changed = changed & !(1 << lane) | u32::from(found[lane] != present[lane]) << lane;
                }
                moved += changed.count_ones() as usize;
                while changed != 0 {
                    let lane = changed.trailing_zeros() as usize;
                    changed &= changed - 1;
                    let place = usize::from(places[lane]);
                    let (from, to) = (usize::from(present[lane]), usize::from(found[lane]));
                    shift(moves, targets.source.table, values, order.rows.start + place, Some(from), to);
                    present[lane] = found[lane];
                    labels[place] = found[lane];
                }
            }
            if renew {
                // Lanes without a row repeat the first, and so does what was found for them.
                for (&place, &ring) in places.iter().zip(&block.found.rings) {
                    order.rings[usize::from(place)] = ring;
                }
            }
        }
        if renew {
            order.sort::<V>(labels, targets.exact.count);
        } else {
            order.moved += moved;
        }
        moved
    }
}

/// The rows of a block on the way to being screened.
struct Block<'a, V> {
    targets: &'a Targets<'a>,
    screen: &'a Screen,
    neighbours: &'a Neighbours,
    rings: bool,
    tile: Vec<V>,
    near: Vec<f32>,
    found: Found,
}

impl<V: Vector> Block<'_, V> {
    #[inline(always)]
    fn screen<const D: usize>(
        &mut self,
        stretch: &Range<usize>,
        number: usize,
        places: &[u16],
        homes: &[Label],
    ) {
        let source = &self.targets.source;
        let columns = if D == 0 { source.table.columns } else { D };
        let Some(singles) = &source.singles else { return };
        let values = &singles.values[stretch.start * columns..];
        for (near, &place) in self.near.chunks_exact_mut(columns).zip(places) {
            near.copy_from_slice(&values[usize::from(place) * columns..][..columns]);
        }
        // Rows come from memory in their own order, a stretch ahead, and from the cache in this one.
        let ahead = (stretch.len() + number * BLOCK) * columns;
        let rows = self.near.chunks_exact(V::LANES * columns).zip(homes);
        for (vector, (rows, &home)) in rows.enumerate() {
            let count = V::LANES * columns;
            prefetch::<V>(values, ahead + vector * count, count);
            source.turn::<V, D>(rows, &mut self.tile);
            let home = usize::from(home);
            let (screened, squares) = self.neighbours.compare::<V, D>(self.screen, &self.tile, home);
            self.found.keep(vector, self.screen, &screened, squares);
            if self.rings {
                self.found.keep_rings(vector, &screened, squares, self.targets.per_root);
            }
        }
    }
}
