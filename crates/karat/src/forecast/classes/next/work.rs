//! Rows of a panel with their classes: networks and baselines learn from some and are judged on others.

use super::NextClass;
use super::compare::{Forecast, Ground, decide};
use super::fields::pick;
use super::fit::{ClassStage, NextClassProgress, Observer};
use super::panel::Panel;
use super::report::{NextClassReport, RecogniserReport};
use super::step::{NextClassStep, probabilities};
use crate::fitted::Fitted;
use crate::forecast::classes::{Judged, MarkovChain, confusion, log_loss, persistence};
use crate::forecast::wavelet::sparse::{SparseNetwork, SparseReport, Target};
use crate::table::Table;
use karat_scorer::step::Expansion;
use karat_scorer::{Error, Problem, Result};

/// Rows of the panel with their classes and fields.
pub(super) struct Work<'a> {
    pub(super) plan: &'a NextClass,
    pub(super) panel: &'a Panel<'a>,
    pub(super) table: Table<'static>,
    pub(super) labels: Vec<u32>,
    /// Whether a row lies before the periods held back.
    pub(super) used: Vec<bool>,
}

impl Work<'_> {
    /// Rows with a row after them, which was seen or is held back.
    pub(super) fn pairs(&self) -> (Vec<usize>, Vec<usize>) {
        let rows = 0..self.labels.len();
        let pairs = rows.filter_map(|row| self.panel.after(row).map(|after| (row, self.used[after])));
        let (train, test): (Vec<_>, Vec<_>) = pairs.partition(|(_, used)| *used);
        let rows = |pairs: Vec<(usize, bool)>| pairs.into_iter().map(|(row, _)| row).collect();
        (rows(train), rows(test))
    }

    pub(super) fn check_pairs(&self, train: &[usize], test: &[usize]) -> Result<()> {
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
    pub(super) fn chosen(
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

    pub(super) fn forecaster(
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
    pub(super) fn forecasts(
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

    pub(super) fn report(
        &self,
        step: &NextClassStep,
        forecasts: &[Forecast],
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
        let models = ground.compare(forecasts)?;
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
            confusion: confusion(plan.classes, &truth, &forecasts[0].decided)?,
            recogniser: None,
            ordered: false,
            network,
            alignment: None,
            findings: Vec::new(),
        })
    }

    /// Learns the class now from the fields alone, judges it on the periods held back, and learns it anew
    /// from all.
    pub(super) fn recogniser(
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
        let (train, test): (Vec<usize>, Vec<usize>) = (0..self.labels.len()).partition(|&row| self.used[row]);
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
            shares_log_loss: log_loss(classes, &truth, &shares.repeat(truth.len()))?,
        };
        if !self.plan.refit {
            return Ok((Some(fitted), Some(report)));
        }
        let all = self.learn(plan, &table, &self.labels, stage, observer)?.step;
        Ok((Some(all), Some(report)))
    }
}
