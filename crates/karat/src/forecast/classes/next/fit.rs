//! The fit of the pipeline: classes, networks, the comparison.

use super::NextClass;
use super::order::{Making, ValueClasses};
use super::panel::{Panel, column};
use super::report::NextClassReport;
use super::step::NextClassStep;
use super::work::Work;
use crate::classify::segments::KMeans;
use crate::classify::segments::quality::{Alignment, align};
use crate::fitted::Fitted;
use crate::forecast::wavelet::sparse::SparseNetwork;
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

/// Told where a fit stands; says whether to go on.
pub(super) type Observer<'a> = &'a mut dyn FnMut(&NextClassProgress) -> ControlFlow<()>;

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
        let fields = self.other_fields(panel)?;
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
        let mut step = NextClassStep { classes, fields, forecaster: nothing(), recogniser: None, costs };
        let work = Work { plan: self, panel, table: step.table(panel, &labels)?, labels, used };
        let (train, test) = work.pairs();
        work.check_pairs(&train, &test)?;

        let (judged, network, ordered) = work.chosen(&train, observer)?;
        let (logit, _) = work.forecaster(&self.logit(), false, &train, ClassStage::Logit, observer)?;
        let forecasts = work.forecasts(&step, &judged, &logit, &train, &test)?;
        let mut report = work.report(&step, &forecasts, network, &train, &test)?;
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
        let squares =
            || (0..self.classes).map(|t| (0..self.classes).map(|f| square(t, f)).collect()).collect();
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
