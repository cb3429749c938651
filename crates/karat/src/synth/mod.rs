//! A synthetic telecom operator with known truth.
//!
//! Customers with hidden traits live through months of bills, usage, complaints, late payments and churn;
//! the operator sees [`customers`](OperatorTables::customers) and [`monthly`](OperatorTables::monthly), a
//! test also sees the [`truth`](OperatorTables::truth): traits, life-cycle stage, hazards, reasons, the value
//! index, effects of offers, Kano classes. Figures follow published ones (each distribution names its source
//! where it is drawn); what no operator publishes is marked as an assumption.
//!
//! Two promises make the tables usable as test data:
//!
//! * **More customers never change earlier ones.** Every number depends on (seed, customer, purpose, month)
//!   alone, and customers influence each other only within blocks of 1,024 that are always simulated whole.
//!   The tables of `n` customers are the first rows of those of any larger base, bit for bit. Ties may name
//!   partners beyond `n`, and an account's `account_lines` counts its lines beyond `n`.
//! * **A longer window never changes the past.** Everyone has an arrival month on the operator's own clock;
//!   who would arrive after the window belongs to the initial base instead, so that there are always
//!   exactly `n` customers. For everyone whose `joined` month in the longer run lies inside the shorter
//!   window or before it, the monthly rows of the shorter window are the same, bit for bit. Running twelve
//!   months longer therefore shows the realised future of a base. (Not under the dirty layer, whose lost and
//!   shifted months are chosen within the window.)
//!
//! Neither depends on the number of threads.

mod accounts;
mod block;
mod calendar;
mod circle;
mod customers;
mod dirty;
mod frame;
mod hazard;
mod lifecycle;
mod measures;
mod presets;
mod random;
mod traits;
mod truth;

#[cfg(test)]
mod anchor_tests;
#[cfg(test)]
mod dirt_tests;
#[cfg(test)]
mod tests;

use std::ops::Range;

use karat_scorer::{Error, Result};

use crate::numerics::parallel::{Chunks, thread_count};
use block::{Part, Setting};
use circle::BLOCK;
use dirty::Soiler;

pub use frame::{Frame, NULL, Series};
pub use presets::Preset;

/// Largest base.
const MOST_CUSTOMERS: u64 = 100_000_000;
/// Longest window, in months.
const MOST_MONTHS: u32 = 240;

/// More threads than any machine here is worth only cost memory.
const MOST_THREADS: usize = 256;

/// A synthetic operator, ready to be generated.
///
/// ```
/// use karat::synth::{Operator, Preset};
///
/// let tables = Operator::new(500).months(12).seed(7).preset(Preset::PrepaidEmerging).generate()?;
/// assert_eq!(tables.customers.rows(), 500);
/// let larger = Operator::new(800).months(12).seed(7).preset(Preset::PrepaidEmerging).generate()?;
/// let bill = |frame: &karat::synth::Frame| frame.column("arpu_3m").map(|series| series.number(499));
/// assert_eq!(bill(&tables.customers), bill(&larger.customers));
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operator {
    /// Customers, 1 to 100 million.
    pub n_customers: u64,
    /// Months of the window, 1 to 240; the first is January 2023. Default 24.
    pub months: u32,
    /// Seed of everything. Default 0.
    pub seed: u64,
    /// The market. Default [`Preset::Mixed`].
    pub preset: Preset,
    /// Whether defects are planted. Default no.
    pub dirty: bool,
    /// Whether the table of call partners is made. Default no.
    pub ties: bool,
    /// Threads; 0 for as many as the machine offers. Never changes a result.
    pub threads: usize,
}

/// The tables of an operator.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OperatorTables {
    /// One row per customer as of the end of the last month, in the order of the customers. Money to 0.01,
    /// gigabytes and shares to 0.001, minutes to 0.1; columns ending in `_3m` are means of the last three
    /// months, `_6m` and `_12m` counts or sums. Customers who have left carry their last active window.
    ///
    /// For contribution: `arpu_3m`, `margin_3m`, `data_share_3m` (of the bill), `roaming_3m`, `revenue_12m`,
    /// `arrears_months`, `suspensions_12m` (both directions barred). For attribution: `tenure_months`,
    /// `contract_months_left`, `products`, `autopay`, `wallet_share` (an estimate of the share of the
    /// telecom budget spent here), `on_net_share` (of the calling circle). For influence: `circle_size`
    /// (people called, on any network), `on_net_partners`, `account_lines` (1 for consumers),
    /// `industry_rank` (expert scale 1 to 9, missing for consumers). `minutes_trend` is the last three
    /// months over the three before; `recharges_per_month` is missing but for prepaid lines; `left_month` is
    /// the last month of service, `left_kind` voluntary or involuntary.
    pub customers: Frame,
    /// One row per customer and month with service, ordered by customer, then month; months as yyyymm.
    /// `suspended` from the second unpaid bill in a row, `double_suspended` from the third; `days_to_close`
    /// and `complaint_reason` only with a complaint; `active` 0 in a month without any use; `loaded_day`
    /// counts days since 1970-01-01.
    pub monthly: Frame,
    /// One row per customer: what the operator cannot know, as of the end of the last month. Traits are
    /// standard normals; `contribution`, `attribution` and `influence_score` lie in (0, 1) and add up to
    /// `index` with the weights .558425, .319618, .121957; `stage` follows from the tenure,
    /// `growth_end_tenure` and `decline_onset_tenure` in every month; `hazard` is the probability to decide
    /// in the coming month to leave or to be cut off (of those with `leaving` = 1 and those who have left:
    /// as it was when they did), `reason` the family with the largest share in it, `friends_left` what of
    /// it comes from the circle; `offer_01` to `offer_12` are changes of the probability to leave within
    /// three months; `kano_*` the class of nine services. Ids are the true ones even where the dirty layer
    /// gives an id out twice: rows stand in the order of the customers.
    pub truth: Frame,
    /// With [`Operator::ties`]: the partners of each customer on the same network, with minutes a month.
    pub ties: Option<Frame>,
    /// With [`Operator::dirty`]: how often each defect was planted.
    pub dirt: Option<Frame>,
}

impl Operator {
    /// An operator of `n_customers` over 24 months with seed 0, the mixed market and clean tables.
    #[must_use]
    pub fn new(n_customers: u64) -> Operator {
        Operator {
            n_customers,
            months: 24,
            seed: 0,
            preset: Preset::Mixed,
            dirty: false,
            ties: false,
            threads: 0,
        }
    }

    /// Sets the length of the window in months.
    #[must_use]
    pub fn months(mut self, months: u32) -> Operator {
        self.months = months;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Operator {
        self.seed = seed;
        self
    }

    /// Sets the market.
    #[must_use]
    pub fn preset(mut self, preset: Preset) -> Operator {
        self.preset = preset;
        self
    }

    /// Sets whether defects are planted.
    #[must_use]
    pub fn dirty(mut self, dirty: bool) -> Operator {
        self.dirty = dirty;
        self
    }

    /// Sets whether the table of call partners is made.
    #[must_use]
    pub fn ties(mut self, ties: bool) -> Operator {
        self.ties = ties;
        self
    }

    /// Sets the number of threads, 0 for as many as the machine offers.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Operator {
        self.threads = threads;
        self
    }

    /// Generates the tables, about 180 bytes per customer and month with service.
    ///
    /// # Errors
    /// [`Error::Argument`] when `n_customers` is not within 1 and 100 million or `months` not within 1 and
    /// 240.
    pub fn generate(&self) -> Result<OperatorTables> {
        if !(1..=MOST_CUSTOMERS).contains(&self.n_customers) {
            return Err(Error::argument("n_customers", "must lie between 1 and 100000000", self.n_customers));
        }
        if !(1..=MOST_MONTHS).contains(&self.months) {
            return Err(Error::argument("months", "must lie between 1 and 240", self.months));
        }
        let setting = Setting {
            market: self.preset.market(),
            seed: self.seed,
            months: self.months,
            customers: self.n_customers,
            with_ties: self.ties,
            soiler: self.dirty.then(|| Soiler::new(self.seed, self.months)),
            growth: data_growth(self.months),
        };
        Ok(self.assemble(&setting, generate_parts(&setting, self.threads)?))
    }

    fn assemble(&self, setting: &Setting, parts: Part) -> OperatorTables {
        let accounts: Vec<String> = (0..parts.accounts).map(customers::account_name).collect();
        let mut customers = parts.customers.into_frame();
        customers.relabel("account_id", accounts);
        if setting.soiler.is_some() {
            customers.relabel("region", dirty::region_labels());
            let labels = dirty::LEAK_CODES.map(str::to_owned).to_vec();
            customers.columns.push(("port_out_code".to_owned(), Series::Text { codes: parts.leak, labels }));
        }
        OperatorTables {
            customers,
            monthly: parts.monthly.into_frame(),
            truth: parts.truth.into_frame(),
            ties: self.ties.then(|| parts.ties.into_frame()),
            dirt: self.dirty.then(|| parts.dirt.into_frame()),
        }
    }
}

/// Data use grows by 3 % a month (China Mobile's use per customer doubled from 2014 to 2015), multiplied
/// up month by month.
fn data_growth(months: u32) -> Vec<f64> {
    let mut level = 1.0;
    (0..months)
        .map(|_| {
            let now = level;
            level *= 1.03;
            now
        })
        .collect()
}

/// All blocks, each thread a run of consecutive ones, joined in their order.
fn generate_parts(setting: &Setting, threads: usize) -> Result<Part> {
    let blocks = setting.customers.div_ceil(BLOCK as u64);
    let starts = block::account_starts(setting, blocks);
    let threads = thread_count(threads).clamp(1, MOST_THREADS);
    let runs = Chunks {
        task: "the generation of the operator",
        rows: starts.len(),
        chunk: starts.len().div_ceil(threads),
        threads,
    };
    let generate = |blocks: Range<usize>| {
        let mut part = Part::default();
        for block in blocks {
            part.add_block(setting, block as u64, starts[block]);
        }
        part
    };
    let join = |joined: &mut Option<Part>, part: Part| match joined {
        Some(joined) => joined.append(part),
        None => *joined = Some(part),
    };
    Ok(runs.map_reduce(generate, None, join, &mut |_| true)?.unwrap_or_default())
}
