//! Invented rows: every value at which a model changes its mind, the ends of the number range, and
//! mixtures of them with ordinary values.

use karat_scorer::step::Scale;
use karat_scorer::{FieldKind, Scorer};

/// Rows of a narrow model; wide ones get fewer, so that the folder stays small.
const ROWS: usize = 220;

/// What can be in any field: missing in three encodings, infinite, signed zero, subnormal, huge.
const SPECIAL: [f64; 12] = [
    f64::NAN,
    f64::from_bits(0xfff8_0000_0000_0001),
    f64::INFINITY,
    f64::NEG_INFINITY,
    0.0,
    -0.0,
    5e-324,
    -1e-310,
    1e-300,
    1e308,
    f64::MAX,
    -f64::MAX,
];

/// Sebastiano Vigna's `SplitMix64`: a fixed sequence of bits.
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Values of one field.
struct Values {
    /// Where something changes.
    edges: Vec<f64>,
    /// Between which values ordinary customers lie.
    range: (f64, f64),
    /// Number of categories, 0 for a number.
    categories: usize,
}

impl Values {
    fn ordinary(&self, sequence: &mut Sequence) -> f64 {
        if self.categories > 0 {
            return sequence.below(self.categories) as f64;
        }
        let (lo, hi) = self.range;
        let value = lo + (hi - lo) * (1.2 * sequence.unit() - 0.1);
        if !value.is_finite() {
            return lo;
        }
        // Whole numbers meet the conditions of rules and the knots of tables.
        if sequence.below(3) == 0 { value.floor() } else { value }
    }

    fn edge(&self, choice: usize) -> f64 {
        let choice = choice % (self.edges.len() + SPECIAL.len());
        self.edges.get(choice).copied().unwrap_or_else(|| SPECIAL[choice - self.edges.len()])
    }
}

/// Rows of the schema's width, one after another.
pub(super) fn invent(scorer: &Scorer) -> Vec<f64> {
    let values: Vec<Values> = (0..scorer.schema().len()).map(|field| values_of(scorer, field)).collect();
    let most = values.iter().map(|values| values.edges.len()).max().unwrap_or(0) + SPECIAL.len();
    let count = if values.len() > 64 { ROWS / 4 } else { ROWS };
    let mut sequence = Sequence(values.len() as u64);
    let mut rows = Vec::with_capacity(count * values.len());
    for row in 0..count {
        let lone = sequence.below(values.len());
        for (position, values) in values.iter().enumerate() {
            rows.push(match row {
                // Every field at once at its own edge, then one field alone, then all in all ways.
                row if row < most.min(count / 3) => values.edge(row),
                row if row < count * 2 / 3 && position == lone => values.edge(sequence.below(most)),
                row if row >= count * 5 / 6 && sequence.below(3) == 0 => values.edge(sequence.below(most)),
                _ => values.ordinary(&mut sequence),
            });
        }
    }
    rows
}

fn values_of(scorer: &Scorer, field: usize) -> Values {
    let model = scorer.model();
    if let FieldKind::Categorical(categories) = &model.schema.fields()[field].kind {
        let count = categories.len();
        let mut edges: Vec<f64> = (0..count.min(6)).map(|code| code as f64).collect();
        edges.extend([count as f64 - 1.0, count as f64, 0.5, -1.0, 1e9]);
        return Values { edges, range: (0.0, 0.0), categories: count };
    }
    let mut edges = Vec::new();
    for indicator in model.indicators.list.iter().filter(|indicator| indicator.field as usize == field) {
        edges.extend(parameters(&indicator.scale));
        edges.extend(indicator.clip.map(|(lo, hi)| [lo, hi]).into_iter().flatten());
    }
    let conditions = model.rules.list.iter().flat_map(|rule| &rule.conditions);
    edges.extend(conditions.filter(|condition| condition.field as usize == field).map(|c| c.value));
    if let Some(ratchet) = model.rules.ratchet {
        if ratchet.months as usize == field {
            edges.push(ratchet.validity);
        }
        if ratchet.previous as usize == field {
            edges.extend([0.0, scorer.model().names.grades.len() as f64]);
        }
    }
    if edges.is_empty() && model.forecasts.is_some() {
        // Numbers of transactions, months and amounts.
        edges.extend([0.0, 1.0, 2.0, 5.0, 12.0, 30.0, 60.0]);
    }
    if edges.is_empty() {
        edges.extend([0.0, 1.0]);
    }
    let lowest = edges.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = edges.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = (lowest, if highest > lowest { highest } else { lowest + 1.0 });
    let beside: Vec<f64> = edges.iter().flat_map(|edge| [edge.next_down(), edge.next_up()]).collect();
    edges.extend([(lowest + highest) / 2.0, lowest - (range.1 - lowest), highest + (range.1 - lowest)]);
    edges.extend(beside.into_iter().take(8));
    edges.truncate(40);
    Values { edges, range, categories: 0 }
}

/// Raw values at which the scale bends.
fn parameters(scale: &Scale) -> Vec<f64> {
    match scale {
        Scale::MinMax { lo, hi } | Scale::Log1p { lo, hi } => vec![*lo, *hi],
        Scale::ZScore { mean, standard_deviation, width } => {
            vec![*mean, mean - width * standard_deviation, mean + width * standard_deviation]
        }
        Scale::Rank { knots } => knots.iter().copied().step_by(knots.len().div_ceil(12)).collect(),
        Scale::Saturating { tau } => vec![0.0, *tau, 8.0 * tau, 745.0 * tau],
        Scale::Bands { at, .. } => at.iter().copied().step_by(at.len().div_ceil(12)).collect(),
        Scale::Target { lo, best_lo, best_hi, hi } => vec![*lo, *best_lo, *best_hi, *hi],
        Scale::Efficacy { fail, pass } => vec![*fail, *pass],
        Scale::Points { per_unit, lo, hi, .. } if *per_unit != 0.0 => {
            vec![0.0, lo / per_unit, hi / per_unit, 0.5 / per_unit, 100.5 / per_unit]
        }
        _ => vec![0.0, 1.0],
    }
}
