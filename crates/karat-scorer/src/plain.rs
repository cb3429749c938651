//! The short way to the index of a plain model: a sum of points, with no class, rule or category in it.
//!
//! It may only be faster than [`crate::evaluate`], never different: what it cannot do it declines, and the
//! probe rows and the tests compare the bits of both.

use crate::evaluate::{Sink, Source};
use crate::isa::Machine;
use crate::model::Model;
use crate::schema::{FieldKind, Missing};
use crate::step::{Indicator, Lanes, Polarity, Prepared, Scale, within};

/// Row-major rows taken together.
const GROUP: usize = 8;

/// What the short way needs of a plain model, by indicator.
#[derive(Debug, Clone)]
pub(crate) struct Plain {
    terms: Vec<Term>,
    /// Whether each term reads the field at its own place, so that fields can be taken four at a time.
    placed: bool,
}

/// One indicator with its weight.
#[derive(Debug, Clone)]
struct Term {
    field: usize,
    weight: f64,
    prepared: Prepared,
    indicator: Indicator,
    kind: Kind,
}

/// How a term treats a missing field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Min-max, more is better; NaN goes through.
    Rising,
    /// Min-max, less is better; NaN goes through.
    Falling,
    /// Any other scale; NaN may turn into a number.
    Other,
}

impl Plain {
    /// None for a model whose index is not such a sum.
    pub(crate) fn new(model: &Model, prepared: &[Prepared]) -> Option<Plain> {
        let fields = model.schema.fields();
        let indicators = &model.indicators.list;
        let numeric =
            |i: &Indicator| fields.get(i.field as usize).map(|f| &f.kind) == Some(&FieldKind::Numeric);
        let read = |at: usize| indicators.iter().any(|indicator| indicator.field as usize == at);
        let refused =
            |(at, field): (usize, &crate::schema::Field)| field.missing == Missing::Refuse && !read(at);
        if model.nodes.is_some()
            || model.profiles.is_some()
            || model.rules.penalties().next().is_some()
            || !indicators.iter().all(numeric)
            || fields.iter().enumerate().any(refused)
        {
            return None;
        }
        let terms: Vec<Term> = indicators
            .iter()
            .zip(prepared)
            .zip(&model.tree.weights)
            .map(|((indicator, prepared), weight)| Term {
                field: indicator.field as usize,
                weight: model.tree.scale * weight,
                prepared: *prepared,
                indicator: indicator.clone(),
                kind: match (&indicator.scale, indicator.polarity) {
                    (Scale::MinMax { .. }, Polarity::Benefit) => Kind::Rising,
                    (Scale::MinMax { .. }, Polarity::Cost) => Kind::Falling,
                    _ => Kind::Other,
                },
            })
            .collect();
        let placed = terms.iter().enumerate().all(|(at, term)| term.field == at);
        Some(Plain { terms, placed })
    }

    /// The index of rows `start .. start + N`, unless something that it needs is missing.
    #[inline(always)]
    pub(crate) fn index<M: Machine, S: Source, const N: usize>(
        &self,
        source: &S,
        start: usize,
    ) -> Option<Lanes<N>> {
        let mut index = [0.0; N];
        if self.placed && S::ROW_MAJOR {
            let (groups, rest) = index.as_chunks_mut::<GROUP>();
            let first_of_rest = start + GROUP * groups.len();
            for (group, index) in groups.iter_mut().enumerate() {
                let [first, second] = self.group::<M>(source, start + GROUP * group);
                index[..4].copy_from_slice(&first);
                index[4..].copy_from_slice(&second);
            }
            for (row, index) in (first_of_rest..).zip(rest) {
                *index = self.lanes::<1>(source, row)[0];
            }
        } else {
            index = self.lanes(source, start);
        }
        sound(&index).then_some(index)
    }

    /// As [`Plain::index`]; gives each indicator's value, for which there has to be room, and its points.
    #[inline(always)]
    pub(crate) fn points<M: Machine, S: Source, const N: usize>(
        &self,
        source: &S,
        start: usize,
        values: &mut [Lanes<N>],
        sink: &mut impl Sink<N>,
    ) -> Option<Lanes<N>> {
        let mut index = [0.0; N];
        let fours = if self.placed && S::ROW_MAJOR { self.terms.len() / 4 * 4 } else { 0 };
        let mut fields = [[0.0; N]; 4];
        for (position, (term, value)) in self.terms.iter().zip(values).enumerate() {
            if position < fours && position % 4 == 0 {
                load_four::<M, S, N>(source, position, start, &mut fields);
            }
            let raw =
                if position < fours { fields[position % 4] } else { source.load::<N>(term.field, start) };
            *value = term.value(&raw);
            let mut points = [0.0; N];
            for lane in 0..N {
                // + 0.0 turns -0.0 into 0.0.
                points[lane] = value[lane] * term.weight + 0.0;
                index[lane] += points[lane];
            }
            sink.point(position, &points, &[term.weight; N]);
        }
        sound(&index).then_some(index)
    }

    #[inline(always)]
    fn lanes<const N: usize>(&self, source: &impl Source, start: usize) -> Lanes<N> {
        let mut index = [0.0; N];
        for term in &self.terms {
            term.add(&source.load::<N>(term.field, start), &mut index);
        }
        index
    }

    /// Four fields at a time of twice four rows, whose sums hide each other's latency.
    #[inline(always)]
    fn group<M: Machine>(&self, source: &impl Source, start: usize) -> [Lanes<4>; 2] {
        let (mut first, mut second) = ([0.0; 4], [0.0; 4]);
        let (fours, rest) = self.terms.as_chunks::<4>();
        for terms in fours {
            let field = terms[0].field;
            let fields = source.load_four::<M>(field, start);
            let others = source.load_four::<M>(field, start + 4);
            for (term, (raw, other)) in terms.iter().zip(fields.iter().zip(&others)) {
                term.add(raw, &mut first);
                term.add(other, &mut second);
            }
        }
        for term in rest {
            term.add(&source.load::<4>(term.field, start), &mut first);
            term.add(&source.load::<4>(term.field, start + 4), &mut second);
        }
        [first, second]
    }
}

/// Fields `field` to `field + 3` of `N` rows.
#[inline(always)]
fn load_four<M: Machine, S: Source, const N: usize>(
    source: &S,
    field: usize,
    start: usize,
    fields: &mut [Lanes<N>; 4],
) {
    let whole = N / 4 * 4;
    for lane in (0..whole).step_by(4) {
        let four = source.load_four::<M>(field, start + lane);
        for at in 0..4 {
            fields[at][lane..lane + 4].copy_from_slice(&four[at]);
        }
    }
    for lane in whole..N {
        for (at, slot) in fields.iter_mut().enumerate() {
            slot[lane] = source.load::<1>(field + at, start + lane)[0];
        }
    }
}

/// Adding keeps NaN, so that one look at the end is enough.
#[inline(always)]
fn sound<const N: usize>(index: &Lanes<N>) -> bool {
    let mut sound = true;
    for value in index {
        sound &= !value.is_nan();
    }
    sound
}

impl Term {
    #[inline(always)]
    fn add<const N: usize>(&self, raw: &Lanes<N>, index: &mut Lanes<N>) {
        let value = self.value(raw);
        for lane in 0..N {
            index[lane] += value[lane] * self.weight;
        }
    }

    /// The indicator; NaN where the field is missing.
    #[inline(always)]
    fn value<const N: usize>(&self, raw: &Lanes<N>) -> Lanes<N> {
        let Prepared { lo, hi, offset, span, .. } = self.prepared;
        let mut value = [0.0; N];
        match self.kind {
            Kind::Rising => {
                for lane in 0..N {
                    value[lane] = (within(raw[lane], lo, hi) - offset) / span;
                }
            }
            Kind::Falling => {
                for lane in 0..N {
                    value[lane] = 1.0 - (within(raw[lane], lo, hi) - offset) / span;
                }
            }
            Kind::Other => {
                let z = self.indicator.eval_present(&self.prepared, *raw);
                for lane in 0..N {
                    // 0 times a number is 0, which adds nothing; NaN and the infinities become NaN.
                    value[lane] = z[lane] + raw[lane] * 0.0;
                }
            }
        }
        value
    }
}
