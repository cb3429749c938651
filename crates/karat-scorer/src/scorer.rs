//! The scorer: a checked model, ready to score from any number of threads.

use crate::batch::{Batch, Indices, Records};
use crate::error::{Error, Result};
use crate::evaluate::{Columns, Nothing, Rows, Sink, Source, evaluate};
use crate::isa::{Isa, dispatch};
use crate::model::Model;
use crate::outputs::Place;
use crate::plain::Plain;
use crate::schema::{MAX_FIELDS, Missing, Schema};
use crate::score::Score;
use crate::step::{
    Lanes, MAX_INDICATORS, Prepared, PreparedForecasts, PreparedNodes, PreparedProfiles, Ready,
};
use std::path::Path;

/// Fields and indicators up to which the small scratch serves.
pub(crate) const NARROW: usize = 32;

/// A frozen model, checked and ready. Immutable, `Send` and `Sync`: share it by reference or `Arc`.
///
/// Scoring allocates nothing, takes no lock, starts no thread and cannot panic. The same row gives the
/// same bits from [`Scorer::score`], [`Scorer::score_rows`] and [`Scorer::score_columns`], on any machine.
#[derive(Debug, Clone)]
pub struct Scorer {
    pub(crate) model: Model,
    pub(crate) ready: Ready,
    pub(crate) means: Vec<f64>,
    id: String,
    pub(crate) isa: Isa,
    pub(crate) plain: Option<Plain>,
}

/// What a score is made of, written into buffers of the caller; empty buffers are not asked for.
#[derive(Debug, Default)]
pub struct Explanation<'a> {
    /// Points of each indicator, then of each penalty rule: their sum in order is the index, to the bit; in a
    /// model with [`Nodes`](crate::step::Nodes) the index less [`Scorer::base`], but for rounding.
    pub points: &'a mut [f64],
    /// Score of each dimension, in the scale of the index.
    pub dimensions: &'a mut [f64],
    /// Value of each indicator, 0 to 1; 0 where it was left out as missing.
    pub indicators: &'a mut [f64],
}

impl Sink<1> for Explanation<'_> {
    fn point(&mut self, position: usize, points: &Lanes<1>, _: &Lanes<1>) {
        put(self.points, position, points[0]);
    }
    fn dimension(&mut self, position: usize, score: &Lanes<1>) {
        put(self.dimensions, position, score[0]);
    }
    fn indicator(&mut self, position: usize, value: &Lanes<1>) {
        put(self.indicators, position, value[0]);
    }
}

fn put(slots: &mut [f64], position: usize, value: f64) {
    if let Some(slot) = slots.get_mut(position) {
        *slot = value;
    }
}

impl Scorer {
    /// Checks a model and prepares it.
    ///
    /// # Errors
    /// Whatever [`Model::check`] or [`Model::to_bytes`] refuses.
    pub fn new(model: &Model) -> Result<Scorer> {
        Scorer::from_bytes(&model.to_bytes()?)
    }

    /// Reads a model file and replays its probe rows.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Format`], [`Error::Unsupported`] or [`Error::Numerics`], each saying what
    /// is wrong with the file.
    pub fn open(path: impl AsRef<Path>) -> Result<Scorer> {
        crate::file::open(path.as_ref())
    }

    /// Reads the bytes of a model file and replays its probe rows.
    ///
    /// # Errors
    /// As [`Scorer::open`], without [`Error::Io`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Scorer> {
        crate::file::read(bytes)
    }

    pub(crate) fn prepare(model: Model, id: String) -> Result<Scorer> {
        model.check()?;
        let indicators: Vec<Prepared> = model
            .indicators
            .list
            .iter()
            .map(|indicator| indicator.prepare(model.schema.fields()[indicator.field as usize].missing))
            .collect();
        let dimension = &model.tree.dimension;
        let nodes =
            model.nodes.as_ref().map(|nodes| PreparedNodes::new(nodes, dimension)).unwrap_or_default();
        let profiles = model.profiles.as_ref().map(|profiles| PreparedProfiles::new(profiles, &model.tree));
        let profiles = profiles.unwrap_or_default();
        let forecasts = model.forecasts.as_ref().map(PreparedForecasts::new).unwrap_or_default();
        let means = crate::reasons::means_of(&model);
        let plain = Plain::new(&model, &indicators);
        Ok(Scorer {
            means,
            model,
            ready: Ready { indicators, nodes, profiles, forecasts },
            id,
            isa: Isa::detect(),
            plain,
        })
    }

    /// The same scorer using one instruction set for batches; the bits stay the same.
    ///
    /// # Errors
    /// [`Error::Argument`] when this machine does not have it.
    pub fn with_isa(mut self, isa: Isa) -> Result<Scorer> {
        if !isa.available() {
            return Err(Error::argument("isa", "must be available on this machine", format!("{isa:?}")));
        }
        self.isa = isa;
        Ok(self)
    }

    /// The frozen model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The fields of a row.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.model.schema
    }

    /// The SHA-256 that ends the model file, in hexadecimal: write it beside every stored score. It is that of
    /// everything before it (`head -c -32 value.karat | sha256sum`).
    #[must_use]
    pub fn model_id(&self) -> &str {
        &self.id
    }

    /// Number of entries of an explanation: indicators, then penalty rules.
    #[must_use]
    pub fn point_count(&self) -> usize {
        self.model.indicators.list.len() + self.model.rules.penalties().count()
    }

    /// Scores one row: a number for each field in the order of the schema, NaN for missing.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row of another length; nothing else.
    #[inline]
    pub fn score(&self, row: &[f64]) -> Result<Score> {
        self.check_width(row.len())?;
        Ok(self.one(row, &mut Nothing))
    }

    /// Scores one row and writes what the score is made of; the points of a refused customer are NaN.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row or a buffer of another length.
    pub fn explain(&self, row: &[f64], explanation: &mut Explanation<'_>) -> Result<Score> {
        self.check_width(row.len())?;
        for (what, wanted, found) in [
            ("points", self.point_count(), explanation.points.len()),
            ("dimensions", self.model.names.dimensions.len(), explanation.dimensions.len()),
            ("indicators", self.model.indicators.list.len(), explanation.indicators.len()),
        ] {
            if found != 0 && found != wanted {
                return Err(Error::shape(what, wanted, found));
            }
        }
        let score = self.one(row, explanation);
        if score.index.is_nan() {
            explanation.points.fill(crate::numerics::NAN);
        }
        Ok(score)
    }

    /// What the points of a row add to: 0, or the index of the reference customer over the same indicators in
    /// a model with [`Nodes`](crate::step::Nodes). Base and points together are the index.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row of another length.
    pub fn base(&self, row: &[f64]) -> Result<f64> {
        self.check_width(row.len())?;
        let Some(nodes) = &self.model.nodes else { return Ok(0.0) };
        let present = self.presence(row);
        Ok(nodes.reference_index::<MAX_FIELDS>(self.model.tree.scale, &self.ready.nodes, &present))
    }

    /// The weights in the index by which a row is scored: those of its profile, or the tree's.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row of another length.
    pub fn weights(&self, row: &[f64]) -> Result<&[f64]> {
        self.check_width(row.len())?;
        if self.model.profiles.is_none() {
            return Ok(&self.model.tree.weights);
        }
        let position = self.ready.profiles.field();
        let Some((field, &raw)) = self.schema().fields().get(position).zip(row.get(position)) else {
            return Ok(&self.model.tree.weights);
        };
        let [value] = self.model.fields.resolve(position, field, [raw], &mut [0]);
        Ok(self.ready.profiles.of(value))
    }

    /// Means of the indicators over the fitted base; none in a model that does not hold them.
    #[must_use]
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// Scores one row of the right length into a sink.
    pub(crate) fn score_into(&self, row: &[f64], sink: &mut impl Sink<1>) -> Result<Score> {
        self.check_width(row.len())?;
        Ok(self.one(row, sink))
    }

    /// 0 for the indicators of a row that are left out as missing, 1 for the others.
    fn presence(&self, row: &[f64]) -> [Lanes<1>; MAX_INDICATORS] {
        let mut present = [[1.0]; MAX_INDICATORS];
        for (indicator, present) in self.model.indicators.list.iter().zip(&mut present) {
            let field = indicator.field as usize;
            let raw =
                self.model.fields.resolve(field, &self.schema().fields()[field], [row[field]], &mut [0]);
            let renormalise = self.schema().fields()[field].missing == Missing::Renormalise;
            present[0] = if renormalise && raw[0].is_nan() { 0.0 } else { 1.0 };
        }
        present
    }

    #[inline]
    fn one(&self, row: &[f64], sink: &mut impl Sink<1>) -> Score {
        let source = Rows { values: row, stride: row.len() };
        let mut score = if self.narrow() {
            evaluate::<1, NARROW, _>(&self.model, &self.ready, &source, 0, sink)
        } else {
            evaluate::<1, MAX_FIELDS, _>(&self.model, &self.ready, &source, 0, sink)
        };
        if self.ready.forecasts.recorded {
            self.add_forecasts(Place::Rows(source), &mut score);
        }
        score[0]
    }

    /// Scores rows that start `stride` numbers apart.
    ///
    /// # Errors
    /// [`Error::Shape`] when `stride` is below the number of fields or `rows` is too short for `out`.
    pub fn score_rows(&self, rows: &[f64], stride: usize, out: &mut [Score]) -> Result<()> {
        self.check_rows(rows, stride, out.len())?;
        let source = Rows { values: rows, stride };
        self.records(source, out);
        self.add_forecasts(Place::Rows(source), out);
        Ok(())
    }

    /// Scores columns, one slice for each field in the order of the schema.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of columns, or one whose length is not that of `out`.
    pub fn score_columns(&self, columns: &[&[f64]], out: &mut [Score]) -> Result<()> {
        self.check_columns(columns, out.len())?;
        self.records(Columns { columns }, out);
        self.add_forecasts(Place::Columns(Columns { columns }), out);
        Ok(())
    }

    /// The index alone of rows that start `stride` numbers apart: the bits of [`Score::index`], several times
    /// as fast as whole records.
    ///
    /// # Errors
    /// As [`Scorer::score_rows`].
    ///
    /// ```no_run
    /// # fn main() -> karat_scorer::Result<()> {
    /// let scorer = karat_scorer::Scorer::open("value.karat")?;
    /// let rows = vec![0.0; 1000 * scorer.schema().len()];
    /// let mut index = vec![0.0; 1000];
    /// scorer.index_rows(&rows, scorer.schema().len(), &mut index)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn index_rows(&self, rows: &[f64], stride: usize, out: &mut [f64]) -> Result<()> {
        self.check_rows(rows, stride, out.len())?;
        self.indices(Rows { values: rows, stride }, out);
        Ok(())
    }

    /// The index alone of columns, one slice for each field in the order of the schema.
    ///
    /// # Errors
    /// As [`Scorer::score_columns`].
    pub fn index_columns(&self, columns: &[&[f64]], out: &mut [f64]) -> Result<()> {
        self.check_columns(columns, out.len())?;
        self.indices(Columns { columns }, out);
        Ok(())
    }

    pub(crate) fn records(&self, source: impl Source, out: &mut [Score]) {
        if self.narrow() {
            dispatch(self.isa, Records { batch: self.batch::<_, 32, NARROW>(source), out });
        } else {
            dispatch(self.isa, Records { batch: self.batch::<_, 8, MAX_FIELDS>(source), out });
        }
    }

    fn indices(&self, source: impl Source, out: &mut [f64]) {
        let plain = self.plain.as_ref();
        if self.narrow() {
            dispatch(self.isa, Indices { batch: self.batch::<_, 32, NARROW>(source), plain, out });
        } else {
            dispatch(self.isa, Indices { batch: self.batch::<_, 8, MAX_FIELDS>(source), plain, out });
        }
    }

    pub(crate) fn batch<S, const LANES: usize, const WIDTH: usize>(
        &self,
        source: S,
    ) -> Batch<'_, S, LANES, WIDTH> {
        Batch { model: &self.model, ready: &self.ready, source }
    }

    pub(crate) fn check_rows(&self, rows: &[f64], stride: usize, count: usize) -> Result<()> {
        if stride < self.schema().len() {
            return Err(Error::shape("numbers between rows", self.schema().len(), stride));
        }
        let wanted = match count {
            0 => Some(0),
            count => (count - 1).checked_mul(stride).and_then(|n| n.checked_add(self.schema().len())),
        };
        match wanted {
            Some(wanted) if rows.len() >= wanted => Ok(()),
            _ => Err(Error::shape("numbers in rows", wanted.unwrap_or(usize::MAX), rows.len())),
        }
    }

    pub(crate) fn check_columns(&self, columns: &[&[f64]], count: usize) -> Result<()> {
        if columns.len() != self.schema().len() {
            return Err(Error::shape("columns", self.schema().len(), columns.len()));
        }
        for (column, field) in columns.iter().zip(self.schema().fields()) {
            if column.len() != count {
                return Err(Error::shape(format!("rows of column `{}`", field.name), count, column.len()));
            }
        }
        Ok(())
    }

    pub(crate) fn narrow(&self) -> bool {
        let nodes = self.model.nodes.as_ref().map_or(0, |nodes| nodes.list.len());
        self.schema().len().max(self.model.indicators.list.len()).max(nodes) <= NARROW
    }

    #[inline]
    pub(crate) fn check_width(&self, found: usize) -> Result<()> {
        if found == self.schema().len() {
            Ok(())
        } else {
            Err(Error::shape("fields", self.schema().len(), found))
        }
    }
}
