//! The exact sums behind the centers, and how rows enter and leave them.
//!
//! A coordinate times its weight is a number of at most 106 bits; scaled by a power of two it becomes two words
//! of 64 bits (see [`fixed_point`](crate::numerics::fixed_point)), which are added up eight columns at a time.
//! Before a sum of words could overflow, after 2^11 rows of one center, it is carried into integers of 128 bits.

use super::lloyd::LloydScale;
use super::simd::Element;
use crate::numerics::double_double::{DoubleDouble, two_product};
use crate::numerics::fixed_point::{FixedPoint, exponent_of, high_word, join, low_word};
use crate::numerics::power_of_two::{power_of_two, scale};
use ndarray::Array2;

/// Columns added side by side.
pub(super) const SIDE: usize = 8;
/// As many columns.
pub(super) type Columns = [f64; SIDE];
type Words = [i64; SIDE];

/// Rows of one center whose words add up below 2^61; squares may be as many more before they are looked at.
const ROWS_UNTIL_CARRIED: u32 = 1 << 11;
/// Largest exponent of a factor.
const LARGEST_EXPONENT: i32 = 1000;

/// Powers of two that bring coordinates, weights and squares to their place values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Factors {
    /// For the coordinates of rows of weight 1.
    plain: Vec<Columns>,
    /// For the coordinates and the weights of the others.
    weighted: Vec<(Columns, Columns)>,
    root: f64,
    doubled: f64,
    weight: f64,
}

impl Factors {
    pub(super) fn new(columns: &[FixedPoint], inertia: FixedPoint, largest_weight: f64) -> Factors {
        // Coordinates take the weight's exponent beside their own, so that neither factor nor product leaves
        // the range in which products split exactly.
        let weight = exponent_of(largest_weight).max(-LARGEST_EXPONENT);
        let mut plain = vec![[0.0; SIDE]; columns.len().div_ceil(SIDE)];
        let mut weighted = vec![([0.0; SIDE], [0.0; SIDE]); plain.len()];
        for (f, place) in columns.iter().enumerate() {
            let (group, column) = (f / SIDE, f % SIDE);
            let exponent = place.exponent();
            let of_value = (exponent + weight).min(LARGEST_EXPONENT);
            plain[group][column] = power_of_two(exponent.into());
            weighted[group].0[column] = power_of_two(of_value.into());
            weighted[group].1[column] = power_of_two((exponent - of_value).into());
        }
        let square = inertia.exponent() + weight;
        Factors {
            plain,
            weighted,
            root: power_of_two(square.div_euclid(2).into()),
            doubled: power_of_two(square.rem_euclid(2).into()),
            weight: power_of_two((-weight).into()),
        }
    }

    /// The upper words of coordinates times their weight, and what remains of each.
    #[inline(always)]
    fn coordinates(&self, group: usize, x: &Columns, weight: f64) -> (Words, Columns) {
        let mut high = [0; SIDE];
        let mut rest = [0.0; SIDE];
        if weight == 1.0 {
            let factor = &self.plain[group];
            for i in 0..SIDE {
                (high[i], rest[i]) = high_word(x[i] * factor[i]);
            }
        } else {
            let (factor, of_weight) = &self.weighted[group];
            for i in 0..SIDE {
                let product = two_product(x[i] * factor[i], weight * of_weight[i]);
                let word = high_word(product.high);
                (high[i], rest[i]) = (word.0, word.1 + product.low);
            }
        }
        (high, rest)
    }

    /// Adds the words of squares times their weight.
    #[inline(always)]
    fn squares<T: Element>(&self, x: &Columns, weight: f64, high: &mut Words, low: &mut Words) {
        let mut rest = [0.0; SIDE];
        if weight == 1.0 {
            let unit = self.doubled * self.weight;
            for i in 0..SIDE {
                let root = x[i] * self.root;
                let square = if T::SINGLE { DoubleDouble::new(root * root) } else { two_product(root, root) };
                let word = high_word(square.high * unit);
                high[i] += word.0;
                rest[i] = word.1 + square.low * unit;
            }
        } else {
            let weight = weight * self.weight;
            for i in 0..SIDE {
                let root = x[i] * self.root;
                let square = two_product(root, root);
                let product = two_product(square.high * self.doubled, weight);
                let word = high_word(product.high);
                high[i] += word.0;
                rest[i] = word.1 + product.low + square.low * self.doubled * weight;
            }
        }
        for i in 0..SIDE {
            low[i] += low_word(rest[i]);
        }
    }
}

/// Numbers in double precision.
#[inline(always)]
pub(super) fn widened<T: Element>(values: &[T; SIDE]) -> Columns {
    let mut columns = [0.0; SIDE];
    for i in 0..SIDE {
        columns[i] = values[i].into();
    }
    columns
}

#[inline(always)]
fn low_words(rest: &Columns) -> Words {
    let mut low = [0; SIDE];
    for i in 0..SIDE {
        low[i] = low_word(rest[i]);
    }
    low
}

/// For each center: rows, their weight and their weighted coordinates; exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) counts: Vec<i64>,
    pub(super) weights: Vec<i128>,
    pub(super) values: Vec<i128>,
}

impl Sums {
    pub(super) fn new(centers: usize, columns: usize) -> Sums {
        Sums { counts: vec![0; centers], weights: vec![0; centers], values: vec![0; centers * columns] }
    }

    /// Whether `center` has no weight beyond `weight`, that of one of its rows.
    pub(super) fn is_last(&self, scale: &LloydScale, center: usize, weight: f64) -> bool {
        self.weights[center] <= scale.weight.quantise(weight)
    }

    /// Takes one row from center `from`, if it was at one, to center `to`.
    pub(super) fn shift_row(
        &mut self,
        scale: &LloydScale,
        row: &[f64],
        weight: f64,
        from: Option<usize>,
        to: usize,
    ) {
        let mut moves = Moves::new(scale, self.counts.len(), row.len());
        moves.shift_point(weight, from, to, row);
        self.merge(&moves.finish().0);
    }

    pub(super) fn merge(&mut self, other: &Sums) {
        add_each(&mut self.counts, &other.counts);
        add_each(&mut self.weights, &other.weights);
        add_each(&mut self.values, &other.values);
    }

    /// The means, each rounded once; a center without weight stays where it is.
    pub(super) fn means(&self, scale: &LloydScale, centers: &Array2<f64>) -> Array2<f64> {
        let columns = centers.ncols();
        Array2::from_shape_fn(centers.dim(), |(c, f)| {
            if self.weights[c] == 0 {
                return centers[[c, f]];
            }
            scale.mean(f, self.values[c * columns + f], self.weights[c])
        })
    }

    /// The sum of weight times squared distance of the rows to `centers`, from the sum of weight times squared
    /// coordinates: `sum w |x|^2 - 2 c . sum w x + |c|^2 sum w`.
    ///
    /// The sums are exact and the rest has 106 bits, so that what cancels does not show: the result is that of
    /// real numbers but for the last place, in whatever order the rows were added.
    pub(super) fn inertia(&self, scale_of: &LloydScale, squares: i128, centers: &Array2<f64>) -> f64 {
        let columns = centers.ncols();
        let unit = i64::from(scale_of.inertia.exponent());
        let of_weight = unit - i64::from(scale_of.weight.exponent());
        let mut total = DoubleDouble::from_integer(squares);
        for ((c, f), &center) in centers.indexed_iter() {
            let sum = DoubleDouble::from_integer(self.values[c * columns + f]);
            let twice = scale(center, unit - i64::from(scale_of.columns[f].exponent()) + 1);
            total = total.minus(sum.times(DoubleDouble::new(twice)));
            let half = of_weight.div_euclid(2);
            let square = DoubleDouble::new(scale(center, half))
                .times(DoubleDouble::new(scale(center, of_weight - half)));
            total = total.plus(square.times(DoubleDouble::from_integer(self.weights[c])));
        }
        scale_of.inertia.value_of(total).max(0.0)
    }

    /// The weighted variance of all rows around their mean, per column, from the sum of their squares.
    pub(super) fn mean_variance(&self, scale: &LloydScale, squares: i128) -> f64 {
        let all = self.all();
        let columns = all.values.len();
        let mean = all.means(scale, &Array2::zeros((1, columns)));
        all.inertia(scale, squares, &mean) / scale.weight(all.weights[0]) / columns as f64
    }

    /// The sum of the rows of all centers, coordinate by coordinate, in one center.
    pub(super) fn all(&self) -> Sums {
        let columns = self.values.len() / self.counts.len().max(1);
        let mut all = Sums::new(1, columns);
        all.counts[0] = self.counts.iter().sum();
        all.weights[0] = self.weights.iter().sum();
        for center in self.values.chunks_exact(columns) {
            add_each(&mut all.values, center);
        }
        all
    }
}

fn add_each<T: Copy + std::ops::AddAssign>(sums: &mut [T], others: &[T]) {
    for (sum, &other) in sums.iter_mut().zip(others) {
        *sum += other;
    }
}

/// Rows that change their center, on the way into [`Sums`].
#[derive(Debug)]
pub(super) struct Moves<'a> {
    scale: &'a LloydScale,
    columns: usize,
    groups: usize,
    high: Vec<Words>,
    low: Vec<Words>,
    pending: Vec<u32>,
    of_squares: (Words, Words, u32),
    squares: i128,
    /// Rows of weight 1, whose weights are added in the end.
    ones: Vec<i64>,
    sums: Sums,
}

impl<'a> Moves<'a> {
    pub(super) fn new(scale: &'a LloydScale, centers: usize, columns: usize) -> Moves<'a> {
        let groups = columns.div_ceil(SIDE);
        Moves {
            scale,
            columns,
            groups,
            high: vec![[0; SIDE]; centers * groups],
            low: vec![[0; SIDE]; centers * groups],
            pending: vec![0; centers],
            of_squares: ([0; SIDE], [0; SIDE], 0),
            squares: 0,
            ones: vec![0; centers],
            sums: Sums::new(centers, columns),
        }
    }

    /// Takes a row to center `to`, from another unless it is new; `row` has its columns, eight at a time, and
    /// anything finite beyond the last.
    #[inline(always)]
    pub(super) fn shift(
        &mut self,
        weight: f64,
        from: Option<usize>,
        to: usize,
        row: impl Iterator<Item = Columns> + Clone,
    ) {
        if weight == 1.0 {
            self.ones[to] += 1;
            if let Some(from) = from {
                self.ones[from] -= 1;
            }
        } else {
            self.shift_weight(weight, from, to);
        }
        let (base, source) = (to * self.groups, from.map(|from| from * self.groups));
        let mut rests = [0; SIDE];
        for (group, x) in row.clone().enumerate() {
            let (high, rest) = self.scale.factors.coordinates(group, &x, weight);
            add(&mut self.high[base + group], &high);
            if let Some(source) = source {
                subtract(&mut self.high[source + group], &high);
            }
            for i in 0..SIDE {
                rests[i] |= rest[i].to_bits();
            }
        }
        // Hardly any number needs its lower word.
        if rests.iter().fold(0, |all, bits| all | bits) != 0 {
            for (group, x) in row.enumerate() {
                let (_, rest) = self.scale.factors.coordinates(group, &x, weight);
                let low = low_words(&rest);
                add(&mut self.low[base + group], &low);
                if let Some(source) = source {
                    subtract(&mut self.low[source + group], &low);
                }
            }
        }
        self.count(to);
        if let Some(from) = from {
            self.count(from);
        }
    }

    /// As [`shift`](Moves::shift), for a row at hand.
    pub(super) fn shift_point(&mut self, weight: f64, from: Option<usize>, to: usize, row: &[f64]) {
        let mut padded = vec![0.0; row.len().next_multiple_of(SIDE)];
        padded[..row.len()].copy_from_slice(row);
        let (eights, _) = padded.as_chunks::<SIDE>();
        self.shift(weight, from, to, eights.iter().copied());
    }

    #[inline(never)]
    fn shift_weight(&mut self, weight: f64, from: Option<usize>, to: usize) {
        let quantised = self.scale.weight.quantise(weight);
        self.sums.counts[to] += 1;
        self.sums.weights[to] += quantised;
        if let Some(from) = from {
            self.sums.counts[from] -= 1;
            self.sums.weights[from] -= quantised;
        }
    }

    /// Adds squared coordinates times their weight, whatever their columns; at most 2^12 at a time.
    #[inline(always)]
    pub(super) fn square<T: Element>(&mut self, values: &[T], weight: f64) {
        let factors = &self.scale.factors;
        let (mut high, mut low) = ([0; SIDE], [0; SIDE]);
        let (eights, rest) = values.as_chunks::<SIDE>();
        for eight in eights {
            factors.squares::<T>(&widened(eight), weight, &mut high, &mut low);
        }
        if !rest.is_empty() {
            let mut x = [0.0; SIDE];
            for (x, &value) in x.iter_mut().zip(rest) {
                *x = value.into();
            }
            factors.squares::<T>(&x, weight, &mut high, &mut low);
        }
        add(&mut self.of_squares.0, &high);
        add(&mut self.of_squares.1, &low);
        self.of_squares.2 += eights.len() as u32 + 1;
        if self.of_squares.2 >= ROWS_UNTIL_CARRIED {
            self.carry_squares();
        }
    }

    #[inline(always)]
    fn count(&mut self, center: usize) {
        self.pending[center] += 1;
        if self.pending[center] == ROWS_UNTIL_CARRIED {
            self.carry(center);
        }
    }

    #[inline(never)]
    fn carry(&mut self, center: usize) {
        let words = center * self.groups..(center + 1) * self.groups;
        let sums = &mut self.sums.values[center * self.columns..(center + 1) * self.columns];
        let highs = self.high[words.clone()].as_flattened_mut();
        let lows = self.low[words].as_flattened_mut();
        for ((sum, high), low) in sums.iter_mut().zip(highs).zip(lows) {
            *sum += join(*high, *low);
            (*high, *low) = (0, 0);
        }
        self.pending[center] = 0;
    }

    #[inline(never)]
    fn carry_squares(&mut self) {
        let (high, low, _) = self.of_squares;
        for i in 0..SIDE {
            self.squares += join(high[i], low[i]);
        }
        self.of_squares = ([0; SIDE], [0; SIDE], 0);
    }

    /// The change of the sums, and the squares.
    pub(super) fn finish(mut self) -> (Sums, i128) {
        for center in 0..self.pending.len() {
            self.carry(center);
        }
        self.carry_squares();
        let one = self.scale.weight.quantise(1.0);
        for (center, &ones) in self.ones.iter().enumerate() {
            self.sums.counts[center] += ones;
            self.sums.weights[center] += one * i128::from(ones);
        }
        (self.sums, self.squares)
    }
}

#[inline(always)]
fn add(sums: &mut Words, values: &Words) {
    for i in 0..SIDE {
        sums[i] += values[i];
    }
}

#[inline(always)]
fn subtract(sums: &mut Words, values: &Words) {
    for i in 0..SIDE {
        sums[i] -= values[i];
    }
}
