//! Masses of rows regrouped into tiles of near ones, of which most are skipped.
//!
//! A tile has a box around its rows and the largest squared distance of its rows to their nearest center. A
//! candidate whose squared distance to the box is no smaller changes nothing in the tile. That needs no margin
//! for rounding: the distance to the box is computed as that to a row is, column by column from differences that
//! are no larger, and every rounding is monotone. And as sums are whole numbers, the result is that of
//! [`Streamed`](super::streamed::Streamed) to the bit.

use super::super::table::{LANES, Lanes};
use super::super::value::Value;
use super::Masses;
use super::content::ContentOrder;
use super::kernel::{Packed, Sides, add_units, lower, whole};
use super::mass::{Unit, WeighedWork, Weighing};
use super::rows::Rows;
use super::streamed::add_parts;
use super::tree::near_together;
use crate::numerics::parallel::over_slots;
use karat_scorer::{Isa, Kernel};

/// Blocks of lanes in a tile.
const BLOCKS: usize = 2;
const TILE: usize = BLOCKS * LANES;
/// One number for each row of a tile.
type Tile = [Lanes; BLOCKS];
/// Tiles whose middles are compared side by side; groups of threads begin at so many.
const GROUP: usize = LANES;

/// Rows regrouped, as several starts share them.
#[derive(Debug)]
pub(super) struct Tiles<T> {
    /// Column by column for each tile; beyond the last row copies of it.
    values: Vec<[T; TILE]>,
    weights: Option<Vec<Tile>>,
    /// Boxes, column by column for each group.
    boxes: Vec<Sides<GROUP>>,
    /// The row at each place, and the place of each row.
    rows: Vec<u32>,
    places: Vec<u32>,
}

impl<T: Value> Tiles<T> {
    pub(super) fn of(rows: &Rows<'_, T>, threads: usize) -> Tiles<T> {
        let order = near_together(rows, threads);
        let mut places = vec![0; order.len()];
        for (place, &row) in order.iter().enumerate() {
            places[row as usize] = place as u32;
        }
        let groups = order.len().div_ceil(GROUP * TILE);
        let mut values = vec![[T::default(); TILE]; groups * GROUP * rows.columns];
        let last = order.len() - 1;
        over_slots(threads, rows.columns * GROUP, &mut values, |part, values| {
            for (number, tile) in values.chunks_exact_mut(rows.columns).enumerate() {
                let start = (part.start / rows.columns + number) * TILE;
                for lane in 0..TILE {
                    let row = order[(start + lane).min(last)] as usize;
                    for (column, values) in tile.iter_mut().enumerate() {
                        values[lane] = rows.stored(row, column);
                    }
                }
            }
        });
        let weights = rows.weights.map(|weights| {
            let weight = |place: usize| order.get(place).map_or(0.0, |&row| weights[row as usize]);
            (0..groups * GROUP).map(|tile| each_row(|lane| weight(tile * TILE + lane))).collect()
        });
        let mut tiles = Tiles { values, weights, boxes: Vec::new(), rows: order, places };
        tiles.measure(rows.columns, threads);
        tiles
    }

    fn groups(&self) -> usize {
        self.rows.len().div_ceil(GROUP * TILE)
    }

    /// Finds the boxes.
    fn measure(&mut self, columns: usize, threads: usize) {
        let empty = Sides { low: [f64::INFINITY; GROUP], high: [f64::NEG_INFINITY; GROUP] };
        let mut boxes = vec![empty; self.groups() * columns];
        over_slots(threads, columns, &mut boxes, |part, boxes| {
            let mut tile = vec![[[0.0; LANES]; BLOCKS]; columns];
            for (number, sides) in boxes.chunks_exact_mut(columns).enumerate() {
                for member in 0..GROUP {
                    self.read((part.start / columns + number) * GROUP + member, &mut tile);
                    for (sides, values) in sides.iter_mut().zip(&tile) {
                        sides.low[member] =
                            values.as_flattened().iter().copied().fold(f64::INFINITY, f64::min);
                        sides.high[member] = largest(values, f64::NEG_INFINITY);
                    }
                }
            }
        });
        self.boxes = boxes;
    }

    #[inline(always)]
    fn read(&self, number: usize, tile: &mut [Tile]) {
        let columns = tile.len();
        let stored = &self.values[number * columns..(number + 1) * columns];
        for (tile, stored) in tile.iter_mut().zip(stored) {
            let (stored, _) = stored.as_chunks::<LANES>();
            for (lanes, stored) in tile.iter_mut().zip(stored) {
                // By way of a value of its own: stores in between would keep the loads apart.
                let mut wide = [0.0; LANES];
                for lane in 0..LANES {
                    wide[lane] = stored[lane].widen();
                }
                *lanes = wide;
            }
        }
    }

    #[inline(always)]
    fn weights(&self, number: usize) -> Tile {
        self.weights.as_ref().map_or([[0.0; LANES]; BLOCKS], |weights| weights[number])
    }
}

fn each_row(value: impl Fn(usize) -> f64) -> Tile {
    std::array::from_fn(|block| std::array::from_fn(|lane| value(block * LANES + lane)))
}

#[inline(always)]
fn largest(tile: &Tile, least: f64) -> f64 {
    let mut lanes = [least; LANES];
    for block in tile {
        for lane in 0..LANES {
            lanes[lane] = if block[lane] > lanes[lane] { block[lane] } else { lanes[lane] };
        }
    }
    lanes.iter().fold(least, |max, &lane| if lane > max { lane } else { max })
}

#[inline(always)]
fn distances(tile: &[Tile], center: &[f64]) -> Tile {
    let mut sums = [[0.0; LANES]; BLOCKS];
    for (x, &coordinate) in tile.iter().zip(center) {
        for block in 0..BLOCKS {
            for lane in 0..LANES {
                let difference = x[block][lane] - coordinate;
                sums[block][lane] += difference * difference;
            }
        }
    }
    sums
}

#[inline(always)]
fn tile_units<W: Weighing>(weighing: W, squares: &Tile, weights: &Tile) -> u64 {
    let mut sums = [0_u64; LANES];
    for block in 0..BLOCKS {
        add_units(&mut sums, weighing, &squares[block], &weights[block]);
    }
    whole(&sums, BLOCKS as u64)
}

#[inline(always)]
fn any_below(distances: &Tile, squares: &Tile) -> bool {
    let mut any = false;
    for block in 0..BLOCKS {
        for lane in 0..LANES {
            any |= distances[block][lane] < squares[block][lane];
        }
    }
    any
}

#[inline(always)]
fn relabel(labels: &mut [[u32; LANES]; BLOCKS], label: u32, distances: &Tile, squares: &Tile) {
    for block in 0..BLOCKS {
        for lane in 0..LANES {
            let nearer = distances[block][lane] < squares[block][lane];
            labels[block][lane] = if nearer { label } else { labels[block][lane] };
        }
    }
}

/// What is known of the rows of a group.
#[derive(Debug, Clone)]
struct Group {
    /// The largest square of each tile.
    reach: Lanes,
    units: [u64; GROUP],
    squares: [Tile; GROUP],
    /// The nearest center of every row, where that is asked for; else empty.
    labels: Vec<[[u32; LANES]; BLOCKS]>,
}

/// The squared distance of every row to the nearest center, tile by tile.
#[derive(Debug)]
pub(super) struct Tiled<'a, T> {
    rows: Rows<'a, T>,
    order: &'a ContentOrder,
    tiles: &'a Tiles<T>,
    threads: usize,
    unit: Unit,
    total: u64,
    groups: Vec<Group>,
}

impl<'a, T: Value> Tiled<'a, T> {
    pub(super) fn new(
        rows: Rows<'a, T>,
        order: &'a ContentOrder,
        tiles: &'a Tiles<T>,
        threads: usize,
    ) -> Tiled<'a, T> {
        let square = |place: usize| match tiles.rows.get(place) {
            Some(&row) if rows.weight(row as usize) > 0.0 => f64::INFINITY,
            _ => 0.0,
        };
        let group = |number: usize| Group {
            reach: [f64::INFINITY; GROUP],
            units: [0; GROUP],
            labels: Vec::new(),
            squares: std::array::from_fn(|member| {
                each_row(|lane| square((number * GROUP + member) * TILE + lane))
            }),
        };
        let groups = (0..tiles.groups()).map(group).collect();
        Tiled { rows, order, tiles, threads, unit: Unit::of(&rows), total: 0, groups }
    }

    /// As [`new`](Tiled::new), and tells of every row which center is nearest, of equally near ones the first.
    pub(super) fn labelled(
        rows: Rows<'a, T>,
        order: &'a ContentOrder,
        tiles: &'a Tiles<T>,
        threads: usize,
    ) -> Tiled<'a, T> {
        let mut masses = Tiled::new(rows, order, tiles, threads);
        for group in &mut masses.groups {
            group.labels = vec![[[0; LANES]; BLOCKS]; GROUP];
        }
        masses
    }

    /// Approaches several centers, of which the first has number `first`.
    pub(super) fn approach_all(&mut self, centers: &[Vec<f64>], first: usize) {
        let gains = self.pass(Task::Approach { first: first as u32 }, centers);
        self.total = gains.iter().fold(self.total, |total, gain| total.wrapping_sub(*gain));
    }

    /// For each of `count` centers the weight of the rows nearest to it, in units.
    pub(super) fn weights_by_label(&self, unit: &Unit, count: usize) -> Vec<u64> {
        let mut sums = vec![0; count];
        for (place, &row) in self.tiles.rows.iter().enumerate() {
            let (tile, lane) = (place / TILE, place % TILE);
            if let Some(labels) = self.groups[tile / GROUP].labels.get(tile % GROUP) {
                let label = labels[lane / LANES][lane % LANES] as usize;
                sums[label] += unit.units(1.0, self.rows.weight(row as usize));
            }
        }
        sums
    }

    /// Runs over all groups; adds up what their parts return.
    fn pass(&mut self, task: Task, centers: &[Vec<f64>]) -> Vec<u64> {
        let packed = Packed::new(centers);
        let (tiles, unit, columns) = (self.tiles, &self.unit, self.rows.columns);
        let parts = over_slots(self.threads, 1, &mut self.groups, |part, groups| {
            let start = part.start;
            unit.weigh(Part { tiles, columns, start, groups, task, centers, packed: &packed })
        });
        add_parts(&parts, centers.len().max(1))
    }

    /// The unit in which the units of all tiles are, and their sum.
    fn recount(&mut self, unit: Unit) -> u64 {
        self.unit = unit;
        self.total = self.pass(Task::Count, &[])[0];
        self.total
    }
}

impl<T: Value> Masses for Tiled<'_, T> {
    fn approach(&mut self, center: &[f64]) {
        self.approach_all(&[center.to_vec()], 0);
    }

    fn settle(&mut self) -> u64 {
        let mut largest = 0.0;
        for (place, &row) in self.tiles.rows.iter().enumerate() {
            let bounded = self.unit.bounded(self.square(place), self.rows.weight(row as usize));
            largest = f64::max(largest, bounded);
        }
        if largest == 0.0 {
            return 0;
        }
        let total = self.recount(self.unit.for_largest(largest));
        self.recount(self.unit.for_total(total))
    }

    fn potentials(&mut self, candidates: &[Vec<f64>]) -> Vec<u64> {
        let gains = self.pass(Task::Evaluate, candidates);
        gains.iter().take(candidates.len()).map(|gain| self.total - gain).collect()
    }

    fn bucket_sums(&self) -> Vec<u64> {
        let mut sums = vec![0; self.order.buckets()];
        for (place, &row) in self.tiles.rows.iter().enumerate() {
            let bucket = usize::from(self.order.bucket_of[row as usize]);
            sums[bucket] += self.unit.units(self.square(place), self.rows.weight(row as usize));
        }
        sums
    }

    fn units(&self, row: usize) -> u64 {
        self.unit.units(self.square(self.tiles.places[row] as usize), self.rows.weight(row))
    }
}

impl<T> Tiled<'_, T> {
    #[inline(always)]
    fn square(&self, place: usize) -> f64 {
        let (tile, lane) = (place / TILE, place % TILE);
        self.groups[tile / GROUP].squares[tile % GROUP][lane / LANES][lane % LANES]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// Adds up what each center would take off the masses.
    Evaluate,
    /// Takes it off; the centers are numbered from `first`.
    Approach { first: u32 },
    /// Counts all units anew.
    Count,
}

/// One thread's groups.
struct Part<'a, 'b, T> {
    tiles: &'a Tiles<T>,
    columns: usize,
    start: usize,
    groups: &'b mut [Group],
    task: Task,
    centers: &'a [Vec<f64>],
    packed: &'a Packed,
}

impl<T: Value> WeighedWork for Part<'_, '_, T> {
    type Output = Vec<u64>;

    #[inline(always)]
    fn run<W: Weighing>(self, weighing: W) -> Vec<u64> {
        Isa::detect().run(Weighed(self, weighing))
    }
}

struct Weighed<P, W>(P, W);

impl<T: Value, W: Weighing> Kernel for Weighed<Part<'_, '_, T>, W> {
    type Output = Vec<u64>;

    #[inline(always)]
    fn run(self) -> Vec<u64> {
        let Weighed(part, weighing) = self;
        match part.task {
            Task::Count => vec![part.count(weighing)],
            Task::Evaluate | Task::Approach { .. } => part.visit(weighing),
        }
    }
}

impl<T: Value> Part<'_, '_, T> {
    #[inline(always)]
    fn count<W: Weighing>(self, weighing: W) -> u64 {
        let mut total = 0;
        for (number, group) in self.groups.iter_mut().enumerate() {
            for member in 0..GROUP {
                let weights = self.tiles.weights((self.start + number) * GROUP + member);
                group.units[member] = tile_units(weighing, &group.squares[member], &weights);
                total += group.units[member];
            }
        }
        total
    }

    /// Skips the tiles that no center reaches.
    #[inline(always)]
    fn visit<W: Weighing>(self, weighing: W) -> Vec<u64> {
        let Part { tiles, columns, start, groups, task, centers, packed } = self;
        let mut gains = vec![0_u64; centers.len()];
        let mut reached = vec![0_u8; centers.len()];
        let mut tile = vec![[[0.0; LANES]; BLOCKS]; columns];
        for (number, group) in groups.iter_mut().enumerate() {
            let boxes = &tiles.boxes[(start + number) * columns..(start + number + 1) * columns];
            let mut any = 0;
            packed.to_boxes(boxes, |center, distances| {
                let mut mask = 0;
                for member in 0..GROUP {
                    mask |= u8::from(distances[member] < group.reach[member]) << member;
                }
                reached[center] = mask;
                any |= mask;
            });
            while any != 0 {
                let member = any.trailing_zeros() as usize;
                any &= any - 1;
                let place = (start + number) * GROUP + member;
                tiles.read(place, &mut tile);
                let weights = tiles.weights(place);
                for (center, reached) in reached.iter().enumerate() {
                    if reached >> member & 1 == 0 {
                        continue;
                    }
                    let distances = distances(&tile, &centers[center]);
                    let squares = &mut group.squares[member];
                    if !any_below(&distances, squares) {
                        continue;
                    }
                    let mut lowered = *squares;
                    for block in 0..BLOCKS {
                        lowered[block] = lower(&distances[block], &squares[block]);
                    }
                    let units = tile_units(weighing, &lowered, &weights);
                    gains[center] = gains[center].wrapping_add(group.units[member].wrapping_sub(units));
                    if let Task::Approach { first } = task {
                        if let Some(labels) = group.labels.get_mut(member) {
                            relabel(labels, first + center as u32, &distances, squares);
                        }
                        *squares = lowered;
                        group.units[member] = units;
                        group.reach[member] = largest(&lowered, 0.0);
                    }
                }
            }
        }
        gains
    }
}
