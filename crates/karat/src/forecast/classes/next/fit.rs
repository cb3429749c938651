//! The fit of the pipeline: classes, networks, the comparison.

use super::NextClass;
use super::compare::{Forecast, Ground, decide};
use super::fields::pick;
use super::order::{Making, ValueClasses};
use super::panel::{Panel, column};
use super::report::{NextClassReport, RecogniserReport};
use super::step::{NextClassStep, probabilities};
use crate::classify::segments::KMeans;
use crate::classify::segments::quality::{Alignment, align};
use crate::fitted::Fitted;
use crate::forecast::classes::{Judged, MarkovChain, persistence};
use crate::forecast::wavelet::sparse::{SparseNetwork, SparseReport, Target};
use crate::table::Table;
use karat_scorer::step::Expansion;
use karat_scorer::{Error, Problem, Result};
use std::ops::ControlFlow;

/// What a fit is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClassStage {
    /// Segments and their order.
    Classes,
    /// The network that is judged.
    Judging,
    /// The multinomial logit beside it.
    Logit,
    /// The recogniser.
    Recogniser,
    /// The network that is kept.
    Refit,
}

/// Where a fit stands, for its observer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NextClassProgress {
    /// What it is at.
    pub stage: ClassStage,
    /// Networks grown at this stage.
    pub done: usize,
    /// Networks to grow.
    pub networks: usize,
}

type Observer<'a> = &'a mut dyn FnMut(&NextClassProgress) -> ControlFlow<()>;

impl NextClass {
    /// Fits classes, recogniser and forecaster, and judges the forecaster on the last periods.
    ///
    /// # Errors
    /// As [`fit_observed`](NextClass::fit_observed).
    pub fn fit(&self, panel: &Panel<'_>) -> Result<Fitted<NextClassStep, NextClassReport>> {
        self.fit_observed(panel, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`fit`](NextClass::fit), and tells `observer` on the calling thread where it stands, at least every
    /// 50 ms while networks grow; it can stop the fit.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range; [`Error::Schema`] for columns that are not there;
    /// [`Error::Data`] for too few periods or rows, and whatever the networks cannot take;
    /// [`Error::Interrupted`] when the observer breaks.
    pub fn fit_observed(
        &self,
        panel: &Panel<'_>,
        observer: Observer<'_>,
    ) -> Result<Fitted<NextClassStep, NextClassReport>> {
        let costs = self.check(panel)?;
        let first_test = panel.period_names().len() - self.test_periods;
        let seen = |row: usize| (panel.periods()[row] as usize) < first_test;
        let used: Vec<bool> = (0..panel.rows().len()).map(seen).collect();
        announce(ClassStage::Classes, observer)?;
        let plan = KMeans::new(self.classes).seed(self.seed).threads(self.threads);
        let making = Making {
            measures: &self.measures,
            value: &self.value,
            window: self.window,
            plan: &plan,
            column: self.class_column.as_deref(),
            used: &used,
        };
        let classes = ValueClasses::fit(panel, &making)?;
        let labels = classes.of(panel)?;
        let fields = self.other_fields(panel)?;
        let mut step = NextClassStep { classes, fields, forecaster: nothing(), recogniser: None, costs };
        let work = Work { plan: self, panel, table: step.table(panel, &labels)?, labels, used };
        let (train, test) = work.pairs();
        work.check_pairs(&train, &test)?;

        let (judged, network, ordered) = work.chosen(&train, observer)?;
        let (logit, _) = work.forecaster(&self.logit(), false, &train, ClassStage::Logit, observer)?;
        let forecasts = work.forecasts(&step, &judged, &logit, &train, &test)?;
        let mut report = work.report(&step, forecasts, network, &train, &test)?;
        report.ordered = ordered;
        report.alignment = self.alignment(panel, &work)?;
        (step.recogniser, report.recogniser) = work.recogniser(&step.fields, ordered, observer)?;
        step.forecaster = judged;
        if self.refit {
            let all: Vec<usize> = train.iter().chain(&test).copied().collect();
            step.forecaster = work.forecaster(&self.network, ordered, &all, ClassStage::Refit, observer)?.0;
        }
        report.note();
        step.check()?;
        Ok(Fitted { step, report })
    }

    fn check(&self, panel: &Panel<'_>) -> Result<Vec<Vec<f64>>> {
        let rule = |name: &str, fits: bool, rule: &str, found: usize| {
            if fits { Ok(()) } else { Err(Error::argument(name, rule, found)) }
        };
        rule("classes", (2..=32).contains(&self.classes), "must be 2 to 32", self.classes)?;
        rule("window", (1..=240).contains(&self.window), "must be 1 to 240", self.window)?;
        rule("test_periods", self.test_periods >= 1, "must be >= 1", self.test_periods)?;
        rule("samples", self.samples <= 100_000, "must be at most 100000", self.samples)?;
        if self.measures.is_empty() && self.class_column.is_none() {
            return Err(Error::argument("measures", "must name a column at least", "none"));
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Error::argument("level", "must be between 0 and 1", self.level));
        }
        let periods = panel.period_names().len();
        if periods < self.test_periods + 2 {
            let what = format!("{periods} periods");
            let remedy = format!("give at least {}, or set `test_periods` lower", self.test_periods + 2);
            return Err(Error::data(Problem::new("", what, remedy)));
        }
        let square = |truth: usize, found: usize| {
            let off = truth as f64 - found as f64;
            off * off
        };
        let squares = || (0..self.classes).map(|t| (0..self.classes).map(|f| square(t, f)).collect()).collect();
        let costs: Vec<Vec<f64>> = self.costs.clone().unwrap_or_else(squares);
        if costs.len() != self.classes || costs.iter().any(|row| row.len() != self.classes) {
            return Err(Error::shape("rows of costs, each as long", self.classes, costs.len()));
        }
        match costs.iter().flatten().find(|cost| !(cost.is_finite() && **cost >= 0.0)) {
            Some(bad) => Err(Error::argument("costs", "must be finite and 0 or more", bad)),
            None => Ok(costs),
        }
    }

    /// Columns beside measures and classes.
    fn other_fields(&self, panel: &Panel<'_>) -> Result<Vec<String>> {
        let taken = |name: &String| self.measures.contains(name) || self.class_column.as_ref() == Some(name);
        let Some(fields) = &self.fields else {
            return Ok(panel.fields.iter().filter(|name| !taken(name)).cloned().collect());
        };
        for name in fields {
            column(panel.table, name)?;
        }
        Ok(fields.iter().filter(|name| !taken(name)).cloned().collect())
    }

    /// The linear part alone, fitted once.
    fn logit(&self) -> SparseNetwork {
        let mut logit = self.network.clone();
        logit.libraries.truncate(1);
        (logit.members, logit.max_units, logit.calibrate) = (1, 0, false);
        logit
    }

    fn alignment(&self, panel: &Panel<'_>, work: &Work<'_>) -> Result<Option<Alignment>> {
        let Some(previous) = &self.previous else { return Ok(None) };
        let seen = |labels: &[u32]| -> Vec<u32> {
            labels.iter().zip(&work.used).filter(|(_, used)| **used).map(|(&label, _)| label).collect()
        };
        align(&seen(&previous.of(panel)?), &seen(&work.labels)).map(Some)
    }
}

/// Stands until the network is there.
fn nothing() -> Expansion {
    Expansion {
        fields: Vec::new(),
        link: karat_scorer::step::Link::Softmax,
        outputs: 0,
        base: Vec::new(),
        atoms: Vec::new(),
        groups: Vec::new(),
        terms: Vec::new(),
        means: Vec::new(),
        coefficients: Vec::new(),
    }
}

fn announce(stage: ClassStage, observer: Observer<'_>) -> Result<()> {
    if observer(&NextClassProgress { stage, done: 0, networks: 0 }).is_break() {
        return Err(Error::Interrupted("forecasting classes".to_owned()));
    }
    Ok(())
}

/// Rows of the panel with their classes and fields.
struct Work<'a> {
    plan: &'a NextClass,
    panel: &'a Panel<'a>,
    table: Table<'static>,
    labels: Vec<u32>,
    /// Whether a row lies before the periods held back.
    used: Vec<bool>,
}

impl Work<'_> {
    /// Rows with a row after them, which was seen or is held back.
    fn pairs(&self) -> (Vec<usize>, Vec<usize>) {
        let rows = 0..self.labels.len();
        let pairs = rows.filter_map(|row| self.panel.after(row).map(|after| (row, self.used[after])));
        let (train, test): (Vec<_>, Vec<_>) = pairs.partition(|(_, used)| *used);
        let rows = |pairs: Vec<(usize, bool)>| pairs.into_iter().map(|(row, _)| row).collect();
        (rows(train), rows(test))
    }

    fn check_pairs(&self, train: &[usize], test: &[usize]) -> Result<()> {
        for (rows, what) in [(train, "to learn from"), (test, "to be judged on")] {
            if rows.len() < 2 {
                let what = format!("{} customers in two periods, one after the other, {what}", rows.len());
                return Err(Error::data(Problem::new("", what, "give more customers or periods")));
            }
        }
        let next = self.next(train);
        if next.iter().all(|class| *class == next[0]) {
            let what = format!("every customer is in class {} in the next period", next[0]);
            return Err(Error::data(Problem::new("", what, "give fewer classes, or other measures")));
        }
        Ok(())
    }

    fn next(&self, rows: &[usize]) -> Vec<u32> {
        rows.iter().filter_map(|&row| self.panel.after(row)).map(|after| self.labels[after]).collect()
    }

    fn now(&self, rows: &[usize]) -> Vec<u32> {
        rows.iter().map(|&row| self.labels[row]).collect()
    }

    fn learn(
        &self,
        (network, ordered): (&SparseNetwork, bool),
        table: &Table<'_>,
        labels: &[u32],
        stage: ClassStage,
        observer: Observer<'_>,
    ) -> Result<Fitted<Expansion, SparseReport>> {
        let plan = network.clone().seed(self.plan.seed).threads(self.plan.threads);
        let count = self.plan.classes;
        let target =
            if ordered { Target::Ordered { labels, count } } else { Target::Classes { labels, count } };
        plan.fit_observed(table, target, None, &mut |at| {
            observer(&NextClassProgress { stage, done: at.done, networks: at.networks })
        })
    }

    /// The network of ordered classes or of classes alone, whichever forecasts unseen rows better.
    fn chosen(
        &self,
        train: &[usize],
        observer: Observer<'_>,
    ) -> Result<(Expansion, SparseReport, bool)> {
        let candidates = match self.plan.ordered {
            Some(ordered) => vec![ordered],
            None if self.plan.classes > 2 => vec![true, false],
            None => vec![false],
        };
        let mut best: Option<(Expansion, SparseReport, bool)> = None;
        for ordered in candidates {
            let stage = ClassStage::Judging;
            let (step, report) = self.forecaster(&self.plan.network, ordered, train, stage, observer)?;
            if best.as_ref().is_none_or(|(_, known, _)| report.held_out_loss < known.held_out_loss) {
                best = Some((step, report, ordered));
            }
        }
        best.ok_or_else(|| Error::argument("ordered", "must leave a network", "none"))
    }

    fn forecaster(
        &self,
        network: &SparseNetwork,
        ordered: bool,
        rows: &[usize],
        stage: ClassStage,
        observer: Observer<'_>,
    ) -> Result<(Expansion, SparseReport)> {
        let table = pick(&self.table, rows)?;
        let fitted = self.learn((network, ordered), &table, &self.next(rows), stage, observer)?;
        Ok((fitted.step, fitted.report))
    }

    /// What the network and the baselines say of the rows held back.
    fn forecasts(
        &self,
        step: &NextClassStep,
        network: &Expansion,
        logit: &Expansion,
        train: &[usize],
        test: &[usize],
    ) -> Result<Vec<Forecast>> {
        let classes = self.plan.classes;
        let (from, to, now) = (self.now(train), self.next(train), self.now(test));
        let stays = from.iter().zip(&to).filter(|(a, b)| a == b).count() as f64 / from.len() as f64;
        let chain = MarkovChain::fit(classes, &from, &to, 1.0)?;
        let table = pick(&self.table, test)?;
        let by_cost = |name: &'static str, probabilities: Vec<f64>| Forecast {
            name,
            decided: decide(classes, &probabilities, &step.costs),
            probabilities,
        };
        Ok(vec![
            by_cost("network", probabilities(network, &table, self.plan.threads)?),
            Forecast {
                name: "persistence",
                probabilities: persistence(classes, &now, stays)?,
                // What it stands for, whatever a mistake costs.
                decided: now.clone(),
            },
            by_cost("Markov chain", chain.forecast(&now)?),
            by_cost("multinomial logit", probabilities(logit, &table, self.plan.threads)?),
        ])
    }

    fn report(
        &self,
        step: &NextClassStep,
        forecasts: Vec<Forecast>,
        network: SparseReport,
        train: &[usize],
        test: &[usize],
    ) -> Result<NextClassReport> {
        let plan = self.plan;
        let (truth, now) = (self.next(test), self.now(test));
        let customers: Vec<u32> = test.iter().map(|&row| self.panel.customers()[row]).collect();
        let ground = Ground {
            classes: plan.classes,
            truth: &truth,
            now: &now,
            customers: &customers,
            costs: &step.costs,
            level: plan.level,
            samples: plan.samples,
            seed: plan.seed,
        };
        let models = ground.compare(&forecasts)?;
        let mut class_sizes = vec![0; plan.classes];
        for (&label, _) in self.labels.iter().zip(&self.used).filter(|(_, used)| **used) {
            class_sizes[label as usize] += 1;
        }
        let periods = self.panel.period_names();
        let last = periods.len() as u32 - 1;
        let gone = |&row: &usize| self.panel.periods()[row] < last && self.panel.after(row).is_none();
        let mut distinct = customers.clone();
        distinct.dedup();
        Ok(NextClassReport {
            class_sizes,
            training_rows: train.len(),
            test_rows: test.len(),
            test_customers: distinct.len(),
            first_test_period: periods[periods.len() - plan.test_periods].clone(),
            left: (0..self.labels.len()).filter(gone).count(),
            models,
            confusion: super::super::confusion(plan.classes, &truth, &forecasts[0].decided)?,
            recogniser: None,
            ordered: false,
            network,
            alignment: None,
            findings: Vec::new(),
        })
    }

    /// Learns the class now from the fields alone, judges it on the periods held back, and learns it anew
    /// from all.
    fn recogniser(
        &self,
        fields: &[String],
        ordered: bool,
        observer: Observer<'_>,
    ) -> Result<(Option<Expansion>, Option<RecogniserReport>)> {
        if !self.plan.recogniser || fields.is_empty() {
            return Ok((None, None));
        }
        let columns = fields.iter().map(|name| Ok((name.clone(), self.panel.column(name)?)));
        let table = Table::from_columns(columns.collect::<Result<Vec<_>>>()?)?;
        let (train, test): (Vec<usize>, Vec<usize>) =
            (0..self.labels.len()).partition(|&row| self.used[row]);
        let stage = ClassStage::Recogniser;
        let labels = self.now(&train);
        let plan = (&self.plan.network, ordered);
        let fitted = self.learn(plan, &pick(&table, &train)?, &labels, stage, observer)?.step;
        let (classes, truth) = (self.plan.classes, self.now(&test));
        let found = probabilities(&fitted, &pick(&table, &test)?, self.plan.threads)?;
        let shares: Vec<f64> = (0..classes as u32)
            .map(|class| {
                let count = labels.iter().filter(|&&label| label == class).count() as f64;
                (count + 1.0) / (labels.len() + classes) as f64
            })
            .collect();
        let report = RecogniserReport {
            judged: Judged::new(classes, &truth, &found)?,
            shares_log_loss: super::super::log_loss(classes, &truth, &shares.repeat(truth.len()))?,
        };
        if !self.plan.refit {
            return Ok((Some(fitted), Some(report)));
        }
        let all = self.learn(plan, &table, &self.labels, stage, observer)?.step;
        Ok((Some(all), Some(report)))
    }
}
