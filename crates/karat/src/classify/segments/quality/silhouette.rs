//! Silhouettes: how much nearer a row is to its own segment than to the next one.

use super::labelled::{CHUNK, LANES, Labelled, Lanes, Rows, mean_and_error, sample, sum};
use crate::classify::segments::Value;
use crate::numerics::parallel::{over_slots, thread_count};
use crate::numerics::random::Random;

use karat_scorer::{Error, Isa, Kernel, Result};
use ndarray::ArrayView2;

/// The silhouette of every row, and what it says about the segments.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Silhouette {
    /// Mean over the rows that were looked at, -1 to 1.
    pub mean: f64,
    /// Standard error of the mean as an estimate for all rows; 0 when all rows were looked at.
    pub standard_error: f64,
    /// The rows that were looked at, ascending.
    pub rows: Vec<usize>,
    /// Width of each of them, `(b - a) / max(a, b)`; 0 for the only row of its segment.
    pub widths: Vec<f64>,
    /// Segments that have rows, ascending.
    pub segments: Vec<u32>,
    /// Mean width of each of them; NaN where none of its rows was looked at.
    pub segment_means: Vec<f64>,
}

/// Rows `i` worked on together, so that the others are read from memory once for all of them.
const TILE: usize = 32;
/// Blocks of eight rows that stay in the first-level cache while a tile passes over them.
const BLOCKS: usize = 16;
/// Rows that stand for a segment in a sampled silhouette, at the least.
const LEAST_REFERENCES: usize = 32;

/// The silhouette of every row (Rousseeuw, 1987), by all `n^2` Euclidean distances: `a` is the mean distance
/// to the other rows of its segment, `b` the least mean distance to the rows of another one, and the width
/// is `(b - a) / max(a, b)`.
///
/// `threads` is 0 for all; it does not change the result. Memory is that of the rows once more.
///
/// ```
/// use karat::classify::segments::quality::silhouette;
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [10.0], [11.0]];
/// let found = silhouette(x.view(), &[0, 0, 1, 1], 0)?;
/// assert_eq!(found.widths[0], (10.5 - 1.0) / 10.5);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] unless there is one label a row; [`Error::Argument`] unless the labels name 2 to n - 1
/// segments; [`Error::Data`] for values that are not finite.
pub fn silhouette<T: Value>(x: ArrayView2<'_, T>, labels: &[u32], threads: usize) -> Result<Silhouette> {
    let labelled = Labelled::new(x, labels, 2)?;
    let queries: Vec<usize> = (0..labelled.rows.count()).collect();
    let references = References::new(&labelled.rows, &labelled.members());
    let own: Vec<Own> = queries
        .iter()
        .map(|&row| Own { position: labelled.positions[row] as usize, referred: true })
        .collect();
    let widths = references.widths(&labelled.rows, &queries, &own, &labelled.sizes, threads);
    Ok(report(&labelled, queries, widths, 0.0))
}

/// The silhouette estimated from `sample` rows, each measured against up to `references` rows that stand for
/// the segments in proportion to their sizes, but at least 32 for each.
///
/// The rows are drawn by `seed`, without replacement. The standard error comes from the spread of the widths
/// of the sampled rows, with the correction for a finite base.
///
/// # Errors
/// As [`silhouette`]; [`Error::Argument`] for a sample of fewer than 2 rows or fewer references than that.
pub fn sampled_silhouette<T: Value>(
    x: ArrayView2<'_, T>,
    labels: &[u32],
    (sample_rows, reference_rows): (usize, usize),
    seed: u64,
    threads: usize,
) -> Result<Silhouette> {
    for (name, rows) in [("sample", sample_rows), ("references", reference_rows)] {
        if rows < 2 {
            return Err(Error::argument(name, "must be >= 2", rows));
        }
    }
    let labelled = Labelled::new(x, labels, 2)?;
    let count = labelled.rows.count();
    let queries = sample(count, sample_rows, &mut Random::stream(seed, 0));
    let mut draws = Random::stream(seed, 1);
    let members: Vec<Vec<usize>> = labelled
        .members()
        .into_iter()
        .map(|members| {
            let share = (reference_rows as f64 * members.len() as f64 / count as f64).round() as usize;
            let drawn = sample(members.len(), share.max(LEAST_REFERENCES), &mut draws);
            drawn.into_iter().map(|place| members[place]).collect()
        })
        .collect();
    let own: Vec<Own> = queries
        .iter()
        .map(|row| {
            let position = labelled.positions[*row] as usize;
            Own { position, referred: members[position].binary_search(row).is_ok() }
        })
        .collect();
    let references = References::new(&labelled.rows, &members);
    let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
    let widths = references.widths(&labelled.rows, &queries, &own, &sizes, threads);
    let (_, error) = mean_and_error(&widths);
    let unseen = 1.0 - queries.len() as f64 / count as f64;
    Ok(report(&labelled, queries, widths, if unseen == 0.0 { 0.0 } else { error * unseen.sqrt() }))
}

/// The simplified silhouette of every row (Hruschka, Campello and de Castro, 2006): as the silhouette, with
/// the distance to a segment's center in place of the mean distance to its rows, in one pass.
///
/// `centers` holds one row for each label. A label that no row bears counts as a segment all the same.
///
/// # Errors
/// [`Error::Shape`] unless labels and centers fit the rows; [`Error::Argument`] for a label without a center
/// or fewer than two centers; [`Error::Data`] for values that are not finite.
pub fn simplified_silhouette<T: Value>(
    x: ArrayView2<'_, T>,
    labels: &[u32],
    centers: ArrayView2<'_, f64>,
    threads: usize,
) -> Result<Silhouette> {
    let labelled = Labelled::new(x, labels, 1)?;
    let rows = &labelled.rows;
    if centers.ncols() != rows.columns() {
        return Err(Error::shape("columns of the centers", rows.columns(), centers.ncols()));
    }
    if centers.nrows() < 2 {
        return Err(Error::argument("centers", "must be 2 or more", centers.nrows()));
    }
    if let Some(&label) = labelled.labels.last().filter(|&&label| label as usize >= centers.nrows()) {
        return Err(Error::argument("labels", format!("must be below {}", centers.nrows()), label));
    }
    let centers: Vec<Vec<f64>> = centers.rows().into_iter().map(|row| row.to_vec()).collect();
    let mut widths = vec![0.0; rows.count()];
    over_slots(thread_count(threads), CHUNK, &mut widths, |part, widths| {
        let mut point = vec![0.0; rows.columns()];
        for (row, width) in part.zip(widths) {
            rows.read(row, &mut point);
            let own = labels[row] as usize;
            let (mut within, mut next) = (0.0, f64::INFINITY);
            for (c, center) in centers.iter().enumerate() {
                let distance = distance(&point, center);
                if c == own {
                    within = distance;
                } else if distance < next {
                    next = distance;
                }
            }
            *width = ratio(within, next);
        }
    });
    Ok(report(&labelled, (0..rows.count()).collect(), widths, 0.0))
}

pub(super) fn distance(point: &[f64], center: &[f64]) -> f64 {
    sum(point.iter().zip(center).map(|(x, c)| (x - c) * (x - c))).sqrt()
}

/// Two rows at one place, alike to both segments, are between them.
fn ratio(within: f64, next: f64) -> f64 {
    let larger = if within > next { within } else { next };
    if larger > 0.0 { (next - within) / larger } else { 0.0 }
}

fn report<T: Value>(
    labelled: &Labelled<'_, T>,
    rows: Vec<usize>,
    widths: Vec<f64>,
    standard_error: f64,
) -> Silhouette {
    let mut sums = vec![(0.0, 0_usize); labelled.segments()];
    for (&row, width) in rows.iter().zip(&widths) {
        let slot = &mut sums[labelled.positions[row] as usize];
        *slot = (slot.0 + width, slot.1 + 1);
    }
    Silhouette {
        mean: sum(widths.iter().copied()) / widths.len() as f64,
        standard_error,
        segment_means: sums.iter().map(|&(sum, count)| sum / count as f64).collect(),
        segments: labelled.labels.clone(),
        rows,
        widths,
    }
}

/// The segment of a row that is looked at, and whether the row is among those that stand for it.
struct Own {
    position: usize,
    referred: bool,
}

/// The rows that stand for the segments: segment by segment, in blocks of eight, coordinate by coordinate.
struct References {
    columns: usize,
    blocks: Vec<Lanes>,
    /// Of each segment the first block, and how many rows it has.
    segments: Vec<(usize, usize)>,
}

impl References {
    fn new<T: Value>(rows: &Rows<'_, T>, members: &[Vec<usize>]) -> References {
        let columns = rows.columns();
        let mut references = References { columns, blocks: Vec::new(), segments: Vec::new() };
        let mut point = vec![0.0; columns];
        for members in members {
            references.segments.push((references.blocks.len() / columns, members.len()));
            for eight in members.chunks(LANES) {
                let start = references.blocks.len();
                references.blocks.resize(start + columns, [0.0; LANES]);
                for (lane, &row) in eight.iter().enumerate() {
                    rows.read(row, &mut point);
                    for (block, value) in references.blocks[start..].iter_mut().zip(&point) {
                        block[lane] = *value;
                    }
                }
            }
        }
        references
    }

    fn widths<T: Value>(
        &self,
        rows: &Rows<'_, T>,
        queries: &[usize],
        own: &[Own],
        sizes: &[usize],
        threads: usize,
    ) -> Vec<f64> {
        let mut widths = vec![0.0; queries.len()];
        let isa = Isa::detect();
        over_slots(thread_count(threads), TILE, &mut widths, |part, widths| {
            let mut points = vec![0.0; TILE * self.columns];
            for (number, tile) in widths.chunks_mut(TILE).enumerate() {
                let start = part.start + number * TILE;
                for (place, point) in points.chunks_exact_mut(self.columns).take(tile.len()).enumerate() {
                    rows.read(queries[start + place], point);
                }
                let points = &points[..tile.len() * self.columns];
                let mut sums = vec![[0.0; LANES]; tile.len() * sizes.len()];
                isa.run(Sums { references: self, points, sums: &mut sums });
                for (place, (width, sums)) in tile.iter_mut().zip(sums.chunks_exact(sizes.len())).enumerate()
                {
                    *width = width_of(sums, sizes, &own[start + place]);
                }
            }
        });
        widths
    }
}

fn width_of(sums: &[Lanes], sizes: &[usize], own: &Own) -> f64 {
    let mut next = f64::INFINITY;
    let mut within = 0.0;
    for (position, (lanes, &size)) in sums.iter().zip(sizes).enumerate() {
        let total = sum(lanes.iter().copied());
        if position != own.position {
            let mean = total / size as f64;
            next = if mean < next { mean } else { next };
        } else {
            let others = size - usize::from(own.referred);
            if others == 0 {
                return 0.0;
            }
            within = total / others as f64;
        }
    }
    ratio(within, next)
}

/// Adds the distances of a tile of rows to the rows of every segment.
struct Sums<'a> {
    references: &'a References,
    points: &'a [f64],
    sums: &'a mut [Lanes],
}

impl Kernel for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let columns = self.references.columns;
        let segments = &self.references.segments;
        for (position, &(first, size)) in segments.iter().enumerate() {
            let whole = size / LANES;
            let mut done = 0;
            while done < whole {
                let count = BLOCKS.min(whole - done);
                let start = (first + done) * columns;
                let blocks = &self.references.blocks[start..start + count * columns];
                for (place, point) in self.points.chunks_exact(columns).enumerate() {
                    let total = &mut self.sums[place * segments.len() + position];
                    for block in blocks.chunks_exact(columns) {
                        let distance = distances(block, point);
                        for lane in 0..LANES {
                            total[lane] += distance[lane];
                        }
                    }
                }
                done += count;
            }
            let rest = size % LANES;
            if rest > 0 {
                let start = (first + whole) * columns;
                let block = &self.references.blocks[start..start + columns];
                for (place, point) in self.points.chunks_exact(columns).enumerate() {
                    let distance = distances(block, point);
                    let total = &mut self.sums[place * segments.len() + position];
                    for (total, distance) in total.iter_mut().zip(&distance).take(rest) {
                        *total += distance;
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn distances(block: &[Lanes], point: &[f64]) -> Lanes {
    let mut squares = [0.0; LANES];
    for (x, &coordinate) in block.iter().zip(point) {
        for lane in 0..LANES {
            let difference = x[lane] - coordinate;
            squares[lane] += difference * difference;
        }
    }
    for square in &mut squares {
        *square = square.sqrt();
    }
    squares
}
