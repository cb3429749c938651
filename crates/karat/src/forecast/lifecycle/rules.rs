//! Stages by rules, over whole histories.

use super::series::MonthlySeries;
use crate::numerics::parallel::Chunks;
use karat_scorer::Result;
use karat_scorer::step::{Stage, StageEvidence, StageFacts, Stages};

/// Stages of a base by rules.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RuleStages {
    /// Stage of each customer now, after hysteresis.
    pub stages: Vec<Stage>,
    /// What the last month says by itself, with its evidence.
    pub evidence: Vec<StageEvidence>,
}

/// The stages of a base now: every customer's last months are judged one by one and settled by hysteresis.
///
/// `facts` say of each customer, besides the tenure, the days without activity, a suspension, and whether they have
/// left; the tenure is that of the series.
///
/// ```
/// use karat::forecast::lifecycle::{MonthlySeries, Stage, StageFacts, Stages, rules};
/// let months = [30.0, 34.0, 39.0, 45.0, 52.0, 60.0, 69.0];
/// let series = MonthlySeries::new(&[0, 7], &months, &[20.0])?;
/// let found = rules::assign(&Stages::default(), &series, &[StageFacts::default()], 1)?;
/// assert_eq!(found.stages, [Stage::Growth]);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`karat_scorer::Error::Argument`] for rules out of range, [`karat_scorer::Error::Shape`] for another number of
/// facts than customers.
pub fn assign(
    rules: &Stages,
    series: &MonthlySeries<'_>,
    facts: &[StageFacts],
    threads: usize,
) -> Result<RuleStages> {
    rules.check()?;
    if facts.len() != series.customers() {
        return Err(karat_scorer::Error::shape("facts of customers", series.customers(), facts.len()));
    }
    let chunks = Chunks { task: "assigning stages", rows: facts.len(), chunk: 1024, threads };
    let part = |rows: std::ops::Range<usize>| {
        rows.map(|customer| assign_one(rules, series, customer, facts[customer])).collect::<Vec<_>>()
    };
    let add = |all: &mut Vec<(Stage, StageEvidence)>, mut part: Vec<_>| all.append(&mut part);
    let found = chunks.map_reduce(part, Vec::new(), add, &mut |_| true)?;
    let (stages, evidence) = found.into_iter().unzip();
    Ok(RuleStages { stages, evidence })
}

fn assign_one(
    rules: &Stages,
    series: &MonthlySeries<'_>,
    customer: usize,
    facts: StageFacts,
) -> (Stage, StageEvidence) {
    let months = series.months(customer);
    let mut single = Vec::with_capacity(months.len());
    let mut last = rules.eval(months, StageFacts { tenure: series.tenure(customer), ..facts });
    for place in 0..months.len() {
        let now = place + 1 == months.len();
        // Of earlier months neither silence nor suspension is known: the series itself shows them as zeros.
        let known = if now { facts } else { StageFacts::default() };
        let facts = StageFacts { tenure: series.tenure_at(customer, place), ..known };
        let found = rules.eval(&months[..=place], facts);
        single.push(found.stage);
        last = found;
    }
    (rules.settle(&single), last)
}
