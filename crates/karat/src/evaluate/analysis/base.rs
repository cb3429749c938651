//! Customers as an additive index sees them.

use crate::numerics::random::CounterRandom;
use karat_scorer::{Error, Explanation, Result, Scorer};

/// Kind of the draws that choose a sample of customers.
const SAMPLE: u64 = 0x616e_7361;

/// Which customers of a table are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sampling {
    /// At most so many, drawn without replacement, each equally likely; all by default.
    pub most: usize,
    /// Seed of the draw; 0.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Sampling {
        Sampling { most: usize::MAX, seed: 0 }
    }
}

impl Sampling {
    /// Every customer.
    #[must_use]
    pub fn new() -> Sampling {
        Sampling::default()
    }

    /// Sets the most customers.
    #[must_use]
    pub fn most(mut self, most: usize) -> Sampling {
        self.most = most;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Sampling {
        self.seed = seed;
        self
    }

    /// The rows to read, ascending.
    fn rows(self, rows: usize) -> Vec<usize> {
        if rows <= self.most {
            return (0..rows).collect();
        }
        let drawn = CounterRandom::new(self.seed, SAMPLE, 0);
        let mut order: Vec<(u64, usize)> = (0..rows).map(|row| (drawn.bits(row as u64), row)).collect();
        order.select_nth_unstable(self.most);
        order.truncate(self.most);
        let mut rows: Vec<usize> = order.into_iter().map(|(_, row)| row).collect();
        rows.sort_unstable();
        rows
    }
}

/// The customers of a table as a fitted additive model sees them: values of their indicators, what penalties
/// take, and the index.
///
/// ```
/// use karat::evaluate::analysis::{Base, Sampling};
/// use karat::{Plan, Table, ValueModel};
/// let plan = Plan::from_toml("[indicators]\narpu = {}\ntenure = {}\n")?;
/// let (arpu, tenure) = ([20.0, 80.0, 50.0, 110.0], [3.0, 40.0, 60.0, 24.0]);
/// let table = Table::from_columns([
///     ("arpu".to_owned(), karat::Column::Numeric((&arpu[..]).into())),
///     ("tenure".to_owned(), karat::Column::Numeric((&tenure[..]).into())),
/// ])?;
/// let model = ValueModel::new(plan).fit(&table)?;
/// let base = Base::read(model.scorer(), &[&arpu, &tenure], Sampling::new())?;
/// assert_eq!(base.customers(), 4);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Base {
    pub(super) names: Vec<String>,
    pub(super) dimensions: Vec<String>,
    pub(super) fields: Vec<String>,
    pub(super) rules: Vec<String>,
    pub(super) weights: Vec<f64>,
    pub(super) scale: f64,
    pub(super) cuts: Vec<f64>,
    /// Values of the indicators, row-major; 0 where one is left out as missing.
    pub(super) z: Vec<f64>,
    /// Positions of customers with indicators that are left out, and which ones they have, a bit each.
    pub(super) thinned: Vec<(usize, u128)>,
    /// What each penalty rule adds, row-major.
    pub(super) penalties: Vec<f64>,
    pub(super) index: Vec<f64>,
    /// Row of the table of each customer.
    pub(super) kept: Vec<usize>,
    /// Missing values of each indicator's field among the rows read.
    pub(super) missing: Vec<usize>,
    pub(super) read: usize,
    pub(super) table_rows: usize,
}

impl Base {
    /// Reads columns, one for each field of the model in the order of its schema.
    ///
    /// # Errors
    /// [`Error::Argument`] for a model that is not additive, [`Error::Shape`] for columns that do not fit or
    /// fewer than two customers with an index.
    pub fn read(scorer: &Scorer, columns: &[&[f64]], sampling: Sampling) -> Result<Base> {
        let model = scorer.model();
        if model.nodes.is_some() {
            return Err(Error::argument(
                "model",
                "must be additive: covariance shares and draws of weights need an index that is a sum, so \
                 analyse a copy of the plan whose nodes are all arithmetic",
                "nodes with other means",
            ));
        }
        let table_rows = columns.first().map_or(0, |column| column.len());
        if columns.len() != model.schema.len() {
            return Err(Error::shape("columns", model.schema.len(), columns.len()));
        }
        for (column, field) in columns.iter().zip(model.schema.fields()) {
            if column.len() != table_rows {
                return Err(Error::shape(
                    format!("rows of column `{}`", field.name),
                    table_rows,
                    column.len(),
                ));
            }
        }
        let of = |indicator: usize| &model.schema.fields()[model.indicators.list[indicator].field as usize];
        let count = model.indicators.list.len();
        let mut base = Base {
            names: model.names.indicators.clone(),
            dimensions: model
                .tree
                .dimension
                .iter()
                .map(|&dimension| model.names.dimensions.get(dimension as usize).cloned().unwrap_or_default())
                .collect(),
            fields: (0..count).map(|indicator| of(indicator).name.clone()).collect(),
            rules: model.point_names().into_iter().skip(count).map(str::to_owned).collect(),
            weights: model.tree.weights.clone(),
            scale: model.tree.scale,
            cuts: model.grades.as_ref().map_or_else(Vec::new, |grades| grades.cuts.clone()),
            z: Vec::new(),
            thinned: Vec::new(),
            penalties: Vec::new(),
            index: Vec::new(),
            kept: Vec::new(),
            missing: vec![0; count],
            read: 0,
            table_rows,
        };
        base.fill(scorer, columns, &sampling.rows(table_rows))?;
        if base.customers() < 2 {
            return Err(Error::shape("customers with an index, or more", 2, base.customers()));
        }
        Ok(base)
    }

    fn fill(&mut self, scorer: &Scorer, columns: &[&[f64]], rows: &[usize]) -> Result<()> {
        let model = scorer.model();
        let count = model.indicators.list.len();
        let left_out: Vec<bool> = model
            .indicators
            .list
            .iter()
            .map(|i| model.schema.fields()[i.field as usize].missing == karat_scorer::Missing::Renormalise)
            .collect();
        let every = (0..count).fold(0_u128, |mask, indicator| mask | 1 << indicator);
        let (mut row, mut z) = (vec![0.0; columns.len()], vec![0.0; count]);
        let mut points = vec![0.0; scorer.point_count()];
        self.read = rows.len();
        for &position in rows {
            row.iter_mut().zip(columns).for_each(|(slot, column)| *slot = column[position]);
            let mut present = every;
            for (indicator, of) in model.indicators.list.iter().enumerate() {
                if row[of.field as usize].is_nan() {
                    self.missing[indicator] += 1;
                    if left_out[indicator] {
                        present &= !(1 << indicator);
                    }
                }
            }
            let explanation =
                &mut Explanation { points: &mut points, indicators: &mut z, ..Explanation::default() };
            let score = scorer.explain(&row, explanation)?;
            if !score.index.is_finite() {
                continue;
            }
            if present != every {
                self.thinned.push((self.index.len(), present));
            }
            self.z.extend_from_slice(&z);
            self.penalties.extend_from_slice(&points[count..]);
            self.index.push(score.index);
            self.kept.push(position);
        }
        Ok(())
    }

    /// Number of customers with an index.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.index.len()
    }

    /// Rows read that have no index, because a gate or a missing value refuses them.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.read - self.index.len()
    }

    /// Whether only a sample of the table was read.
    #[must_use]
    pub fn is_sample(&self) -> bool {
        self.read < self.table_rows
    }

    /// Row of the table of each customer, ascending.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        &self.kept
    }

    /// Names of the indicators.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Dimension of each indicator.
    #[must_use]
    pub fn dimensions(&self) -> &[String] {
        &self.dimensions
    }

    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    /// Weights as shares of their sum.
    pub(super) fn nominal(&self) -> Vec<f64> {
        let total = sum(&self.weights);
        self.weights.iter().map(|weight| weight / total).collect()
    }

    /// What a customer's points are multiplied by because of indicators that are left out.
    pub(super) fn stretches(&self, weights: &[f64]) -> Vec<(usize, f64)> {
        let total = sum(weights);
        let covered = |present: u128| {
            weights.iter().enumerate().fold(0.0, |covered, (indicator, weight)| {
                if present >> indicator & 1 == 1 { covered + weight } else { covered }
            })
        };
        let stretch = |covered: f64| if covered > 0.0 { total / covered } else { 0.0 };
        self.thinned.iter().map(|&(customer, present)| (customer, stretch(covered(present)))).collect()
    }

    /// The index of every customer under several sets of weights at once, each in a vector of its own; `z` are
    /// the values of the indicators, row-major. A sum goes over the indicators in their order.
    pub(super) fn indices<const LANES: usize>(
        &self,
        z: &[f64],
        weights: &[Vec<f64>; LANES],
        out: &mut [Vec<f64>; LANES],
    ) {
        let width = self.width();
        let lanes: Vec<[f64; LANES]> = (0..width)
            .map(|indicator| std::array::from_fn(|lane| self.scale * weights[lane][indicator]))
            .collect();
        for lane in out.iter_mut() {
            lane.resize(self.customers(), 0.0);
        }
        for (customer, z) in z.chunks_exact(width).enumerate() {
            let mut sums = [0.0; LANES];
            for (z, weights) in z.iter().zip(&lanes) {
                for lane in 0..LANES {
                    sums[lane] += z * weights[lane];
                }
            }
            for lane in 0..LANES {
                out[lane][customer] = sums[lane];
            }
        }
        for (lane, weights) in out.iter_mut().zip(weights) {
            for (customer, stretch) in self.stretches(weights) {
                lane[customer] *= stretch;
            }
            if !self.rules.is_empty() {
                for (index, points) in lane.iter_mut().zip(self.penalties.chunks_exact(self.rules.len())) {
                    *index += sum(points);
                }
            }
        }
    }
}

/// The sum, first to last.
pub(super) fn sum(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |sum, value| sum + value)
}
