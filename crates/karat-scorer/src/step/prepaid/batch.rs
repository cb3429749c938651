//! Rows one by one and many at once: eight side by side, with the bits of one alone.

use super::rows::{Ahead, Horizon, Rows};
use super::series::TERMS;
use super::{GammaGamma, History, Prepaid, PrepaidModel, PrepaidScore};
use crate::isa::{Isa, Kernel};
use crate::numerics::{NAN, no_negative_zero, select};

/// Customers side by side.
const LANES: usize = 8;

/// Columns of histories, one number a customer in each.
///
/// ```
/// use karat_scorer::step::prepaid::{BetaGeo, History, HistoryColumns, PrepaidModel};
/// let model = PrepaidModel::BetaGeo(BetaGeo { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, modified: false });
/// let columns = HistoryColumns { frequency: &[2.0, 0.0], recency: &[30.43, 0.0], age: &[38.86, 38.86] };
/// let mut alive = [0.0; 2];
/// model.p_alive_batch(columns, &mut alive);
/// assert_eq!(alive[0], model.p_alive(History { frequency: 2.0, recency: 30.43, age: 38.86 }));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct HistoryColumns<'a> {
    /// Transactions after the first.
    pub frequency: &'a [f64],
    /// Time from the first to the last one.
    pub recency: &'a [f64],
    /// Time from the first to now.
    pub age: &'a [f64],
}

impl HistoryColumns<'_> {
    /// Customers that all columns have.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.frequency.len().min(self.recency.len()).min(self.age.len())
    }

    #[inline(always)]
    fn lanes<const N: usize>(&self, start: usize) -> Rows<N> {
        let of = |column: &[f64]| std::array::from_fn(|lane| column[start + lane]);
        Rows { frequency: of(self.frequency), recency: of(self.recency), age: of(self.age) }
    }
}

/// Where the terms of series are kept between rows.
type Scratch<const N: usize> = [[f64; N]; TERMS];

impl PrepaidModel {
    /// [`PrepaidModel::p_alive`] of many customers, as far as all slices reach, with the same bits.
    pub fn p_alive_batch(&self, histories: HistoryColumns<'_>, found: &mut [f64]) {
        Isa::Avx2.run(Many { model: self, histories, asked: None, found });
    }

    /// [`PrepaidModel::discounted_transactions`] of many customers, as far as all slices reach, with the same
    /// bits; with a rate of 0 it is [`PrepaidModel::expected_transactions`].
    pub fn discounted_transactions_batch(
        &self,
        rate: f64,
        horizon: f64,
        histories: HistoryColumns<'_>,
        found: &mut [f64],
    ) {
        let asked = Horizon::new(horizon, rate).shortened();
        Isa::Avx2.run(Many { model: self, histories, asked: Some(asked), found });
    }

    #[inline(always)]
    fn alive<const N: usize>(&self, rows: &Rows<N>) -> [f64; N] {
        match self {
            PrepaidModel::ParetoNbd(model) => model.alive(rows),
            PrepaidModel::BetaGeo(model) => model.alive(rows),
            _ => std::array::from_fn(|lane| self.p_alive(rows.of(lane))),
        }
    }

    #[inline(always)]
    fn ahead<const N: usize>(&self, asked: Horizon, rows: &Rows<N>, scratch: &mut Scratch<N>) -> Ahead<N> {
        match self {
            PrepaidModel::ParetoNbd(model) => model.ahead(asked, rows),
            PrepaidModel::BetaGeo(model) => model.ahead(asked, rows, scratch),
            PrepaidModel::BetaGeoBetaBinomial(model) => {
                Ahead::each(rows, |history| model.ahead(asked, history))
            }
        }
    }
}

/// One quantity of many customers.
struct Many<'a> {
    model: &'a PrepaidModel,
    histories: HistoryColumns<'a>,
    /// None asks for the probability of being alive.
    asked: Option<Horizon>,
    found: &'a mut [f64],
}

impl Many<'_> {
    #[inline(always)]
    fn lanes<const N: usize>(&self, rows: &Rows<N>, scratch: &mut Scratch<N>) -> [f64; N] {
        match self.asked {
            None => self.model.alive(rows),
            Some(asked) => self.model.ahead(asked, rows, scratch).discounted,
        }
    }
}

impl Kernel for Many<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let rows = self.histories.rows().min(self.found.len());
        let whole = rows / LANES * LANES;
        let (mut scratch, mut single) = ([[0.0; LANES]; TERMS], [[0.0; 1]; TERMS]);
        for start in (0..whole).step_by(LANES) {
            let found = self.lanes::<LANES>(&self.histories.lanes(start), &mut scratch);
            self.found[start..start + LANES].copy_from_slice(&found);
        }
        for row in whole..rows {
            [self.found[row]] = self.lanes::<1>(&self.histories.lanes(row), &mut single);
        }
    }
}

impl Prepaid {
    /// One customer, compiled for the machine's vectors.
    #[inline]
    pub(super) fn eval_one(&self, history: History, monetary: f64) -> PrepaidScore {
        Isa::Avx2.run(One { step: self, history, monetary })
    }

    /// Customers one after the other, with the bits of [`Prepaid::eval`], as far as all slices reach.
    pub fn eval_batch(&self, histories: &[History], monetary: &[f64], scores: &mut [PrepaidScore]) {
        let rows = histories.len().min(monetary.len()).min(scores.len());
        let scores = &mut scores[..rows];
        Isa::Avx2.run(Batch {
            step: self,
            history: |row| histories[row],
            money: |row| monetary[row],
            scores,
        });
    }

    /// Customers given by columns, with the bits of [`Prepaid::eval`], as far as all slices reach; without
    /// values as for 0.
    pub fn eval_columns(
        &self,
        histories: HistoryColumns<'_>,
        monetary: Option<&[f64]>,
        scores: &mut [PrepaidScore],
    ) {
        let rows = histories.rows().min(scores.len());
        let rows = monetary.map_or(rows, |monetary| rows.min(monetary.len()));
        let HistoryColumns { frequency, recency, age } = histories;
        let history =
            |row: usize| History { frequency: frequency[row], recency: recency[row], age: age[row] };
        let money = |row: usize| monetary.map_or(0.0, |monetary| monetary[row]);
        Isa::Avx2.run(Batch { step: self, history, money, scores: &mut scores[..rows] });
    }

    #[inline(always)]
    fn lanes<const N: usize>(
        &self,
        mut rows: Rows<N>,
        monetary: &[f64; N],
        scratch: &mut Scratch<N>,
    ) -> [PrepaidScore; N] {
        let possible = rows.replace_impossible();
        let asked = Horizon::new(self.horizon, self.rate);
        let near = asked.shortened();
        let mut ahead = self.model.ahead(asked, &rows, scratch);
        if near != asked {
            // Nothing beyond the nearer end counts, and the integral is taken up to there.
            ahead.discounted = self.model.ahead(near, &rows, scratch).discounted;
        }
        std::array::from_fn(|lane| {
            let (x, money) = (rows.frequency[lane], monetary[lane]);
            let spend = self.spend.map_or(1.0, |spend: GammaGamma| spend.expected_spend(x, money));
            let known = possible[lane] && (x == 0.0 || self.spend.is_none() || money > 0.0);
            let discounted = ahead.discounted[lane];
            let value = select(discounted == 0.0, 0.0, discounted * spend);
            // One NaN on every machine, whichever operation made it.
            let told = |number: f64| select(known && !number.is_nan(), number, NAN);
            PrepaidScore {
                p_alive: told(ahead.alive[lane]),
                expected_transactions: told(no_negative_zero(ahead.expected[lane])),
                expected_spend: told(spend),
                discounted_value: told(value),
            }
        })
    }
}

struct One<'a> {
    step: &'a Prepaid,
    history: History,
    monetary: f64,
}

impl Kernel for One<'_> {
    type Output = PrepaidScore;

    #[inline(always)]
    fn run(self) -> PrepaidScore {
        let [score] = self.step.lanes(Rows::one(self.history), &[self.monetary], &mut [[0.0]; TERMS]);
        score
    }
}

/// Customers from anywhere, one for each score.
struct Batch<'a, H, M> {
    step: &'a Prepaid,
    history: H,
    money: M,
    scores: &'a mut [PrepaidScore],
}

impl<H: Fn(usize) -> History, M: Fn(usize) -> f64> Kernel for Batch<'_, H, M> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Batch { step, history, money, scores } = self;
        let (mut scratch, mut single) = ([[0.0; LANES]; TERMS], [[0.0; 1]; TERMS]);
        let (blocks, rest) = scores.as_chunks_mut::<LANES>();
        let start = LANES * blocks.len();
        for (block, scores) in blocks.iter_mut().enumerate() {
            let rows = Rows::from_fn(|lane| history(LANES * block + lane));
            let monetary = std::array::from_fn(|lane| money(LANES * block + lane));
            *scores = step.lanes(rows, &monetary, &mut scratch);
        }
        for (row, score) in rest.iter_mut().enumerate() {
            [*score] = step.lanes(Rows::one(history(start + row)), &[money(start + row)], &mut single);
        }
    }
}
