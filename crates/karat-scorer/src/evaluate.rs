//! The one evaluation of a customer: every step in order, for `N` customers side by side.

use crate::isa::Machine;
use crate::model::Model;
use crate::schema::Schema;
use crate::score::{NONE, Score, flags};
use crate::step::{Effect, Lanes, MAX_DIMENSIONS, Nearest, Ready};

/// Where `N` rows come from.
pub(crate) trait Source {
    /// Whether the fields of a row lie side by side.
    const ROW_MAJOR: bool;

    /// Field `field` of rows `start`, `start + 1`, ..., `start + N - 1`.
    fn load<const N: usize>(&self, field: usize, start: usize) -> Lanes<N>;

    /// Fields `field` to `field + 3` of rows `start` to `start + 3`.
    #[inline(always)]
    fn load_four<M: Machine>(&self, field: usize, start: usize) -> [Lanes<4>; 4] {
        std::array::from_fn(|at| self.load(field + at, start))
    }
}

/// Row-major rows that start `stride` numbers apart.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) values: &'a [f64],
    pub(crate) stride: usize,
}

impl Source for Rows<'_> {
    const ROW_MAJOR: bool = true;

    #[inline(always)]
    fn load<const N: usize>(&self, field: usize, start: usize) -> Lanes<N> {
        std::array::from_fn(|lane| self.values[(start + lane) * self.stride + field])
    }

    #[inline(always)]
    fn load_four<M: Machine>(&self, field: usize, start: usize) -> [Lanes<4>; 4] {
        // Without closures, which are compiled apart from the instruction set of their caller when they are
        // not inlined.
        let mut rows = [[0.0; 4]; 4];
        for (row, four) in rows.iter_mut().enumerate() {
            let from = (start + row) * self.stride + field;
            four.copy_from_slice(&self.values[from..from + 4]);
        }
        M::transpose(rows)
    }
}

/// One slice for each field.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) columns: &'a [&'a [f64]],
}

impl Source for Columns<'_> {
    const ROW_MAJOR: bool = false;

    #[inline(always)]
    fn load<const N: usize>(&self, field: usize, start: usize) -> Lanes<N> {
        let mut lanes = [0.0; N];
        lanes.copy_from_slice(&self.columns[field][start..start + N]);
        lanes
    }
}

/// Where the parts of a score go that a caller may want: points and dimension scores.
pub(crate) trait Sink<const N: usize> {
    /// Whether points that cost something of their own are wanted.
    const ASKS: bool = true;
    /// Points of an entry, and what the indicator's value was multiplied by; 0 where points are not such a
    /// product.
    fn point(&mut self, position: usize, points: &Lanes<N>, factor: &Lanes<N>);
    fn dimension(&mut self, position: usize, score: &Lanes<N>);
    fn indicator(&mut self, position: usize, value: &Lanes<N>);
}

/// Nobody asked.
pub(crate) struct Nothing;

impl<const N: usize> Sink<N> for Nothing {
    const ASKS: bool = false;
    #[inline(always)]
    fn point(&mut self, _: usize, _: &Lanes<N>, _: &Lanes<N>) {}
    #[inline(always)]
    fn dimension(&mut self, _: usize, _: &Lanes<N>) {}
    #[inline(always)]
    fn indicator(&mut self, _: usize, _: &Lanes<N>) {}
}

/// Scores `N` rows. `WIDTH` bounds fields and indicators: scratch lives on the stack, so that a small
/// model pays for a small one.
#[inline(always)]
pub(crate) fn evaluate<const N: usize, const WIDTH: usize, S: Sink<N>>(
    model: &Model,
    ready: &Ready,
    source: &impl Source,
    start: usize,
    sink: &mut S,
) -> [Score; N] {
    let mut scores = [Score::EMPTY; N];
    let mut marks = [0; N];
    let mut fields = [[0.0; N]; WIDTH];
    let mut z = [[0.0; N]; WIDTH];
    let mut present = [[1.0; N]; WIDTH];
    resolve_fields(model, source, start, &mut fields, &mut marks);
    for (i, (indicator, prepared)) in model.indicators.list.iter().zip(&ready.indicators).enumerate() {
        let raw = fields[indicator.field as usize];
        z[i] = indicator.eval_lanes(prepared, raw, &mut present[i], &mut marks);
        sink.indicator(i, &z[i]);
    }
    let mut dimensions = [[0.0; N]; MAX_DIMENSIONS];
    let mut coverage = [0.0; N];
    let index = match (&model.nodes, &model.profiles) {
        (None, None) => {
            model.tree.eval_lanes(&z, &present, &mut dimensions, &mut coverage, |i, points, factor| {
                sink.point(i, points, factor);
            })
        }
        (None, Some(_)) => {
            let (tree, profiles) = (&model.tree, &ready.profiles);
            let choice = profiles.choose(&fields);
            profiles.eval_dimensions(tree, &choice, &z, &present, &mut dimensions);
            profiles.eval_lanes(tree, &choice, &z, &present, &mut coverage, |i, points, factor| {
                sink.point(i, points, factor);
            })
        }
        (Some(nodes), _) => {
            model.tree.coverage_lanes(&present, &mut coverage);
            let scale = model.tree.scale;
            let point = |i: usize, points: &Lanes<N>| sink.point(i, points, &[0.0; N]);
            nodes.eval_lanes::<N, WIDTH>(scale, &ready.nodes, &z, &present, &mut dimensions, S::ASKS, point)
        }
    };
    for (position, score) in dimensions.iter().enumerate().take(model.names.dimensions.len()) {
        sink.dimension(position, score);
    }
    let index = take_penalties(model, &fields, index, &mut marks, sink);
    let mut nearest = [Nearest { segment: NONE, squared_distance: 0.0, margin: 0.0 }; N];
    if let Some(segments) = &model.segments {
        segments.eval_lanes(&z, &present, &mut nearest);
    }
    let gates = first_gates(model, &fields);
    for lane in 0..N {
        let score = &mut scores[lane];
        score.flags = marks[lane];
        score.coverage = coverage[lane];
        let covered = coverage[lane] > 0.0 && coverage[lane] >= model.tree.minimum_coverage;
        if !covered || marks[lane] & flags::REFUSED != 0 {
            score.flags |= flags::REFUSED;
            continue;
        }
        score.index = index[lane];
        if gates[lane] != NONE {
            score.flags |= flags::INELIGIBLE;
            score.rule = gates[lane];
            continue;
        }
        if let Some(grades) = &model.grades {
            score.grade = grades.eval(score.index);
        }
        if let Some(types) = &model.types {
            let (c, l) = (types.contribution as usize, types.attribution as usize);
            let found = types.eval(score.index, dimensions[c][lane], dimensions[l][lane]);
            score.r#type = found.unwrap_or(NONE);
        }
        if model.segments.is_some() {
            score.segment = nearest[lane].segment;
            score.margin = nearest[lane].margin;
        }
    }
    let grades = model.grades.as_ref().map_or(0, crate::step::Grades::count);
    model.rules.adjust(&fields, grades, &mut scores);
    scores
}

#[inline(always)]
fn resolve_fields<const N: usize>(
    model: &Model,
    source: &impl Source,
    start: usize,
    fields: &mut [Lanes<N>],
    marks: &mut [u32; N],
) {
    let schema: &Schema = &model.schema;
    for (position, field) in schema.fields().iter().enumerate() {
        let raw = source.load(position, start);
        fields[position] = model.fields.resolve(position, field, raw, marks);
    }
}

/// Penalties follow the indicators' points, in the order of the rules.
#[inline(always)]
fn take_penalties<const N: usize>(
    model: &Model,
    fields: &[Lanes<N>],
    mut index: Lanes<N>,
    marks: &mut [u32; N],
    sink: &mut impl Sink<N>,
) -> Lanes<N> {
    let mut position = model.indicators.list.len();
    for (id, rule) in model.rules.list.iter().enumerate() {
        if let Effect::Penalty(points) = rule.effect {
            let holds = model.rules.holds(id, fields);
            let mut taken = [0.0; N];
            for lane in 0..N {
                // 0 - points keeps a penalty of nothing at 0.0 rather than -0.0.
                taken[lane] = if holds[lane] { 0.0 - points } else { 0.0 };
                marks[lane] |= if holds[lane] { flags::PENALISED } else { 0 };
                index[lane] += taken[lane];
            }
            sink.point(position, &taken, &[0.0; N]);
            position += 1;
        }
    }
    index
}

/// The first gate that holds, or [`NONE`].
#[inline(always)]
fn first_gates<const N: usize>(model: &Model, fields: &[Lanes<N>]) -> [u16; N] {
    let mut gates = [NONE; N];
    for (id, rule) in model.rules.list.iter().enumerate() {
        if rule.effect == Effect::Gate {
            let holds = model.rules.holds(id, fields);
            for lane in 0..N {
                if holds[lane] && gates[lane] == NONE {
                    gates[lane] = id as u16;
                }
            }
        }
    }
    gates
}
