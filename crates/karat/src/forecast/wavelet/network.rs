//! The learner of the classic families.

use super::coding::FieldKind;
use super::init::Init;
use super::members::Fit;
use super::report::{Progress, WaveletReport};
use super::train::Optimiser;
use crate::fitted::Fitted;
use karat_scorer::step::wavelet::{Family, Mother, Wavelons};
use karat_scorer::{Error, Result};
use ndarray::ArrayView2;
use std::ops::ControlFlow;

/// What is learned, and by which loss.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Task {
    /// A number, by its squared error.
    #[default]
    Squared,
    /// A number, by Huber's loss (1964), which counts errors beyond so many standard deviations linearly.
    Huber(f64),
    /// One of so many classes, by the cross-entropy; the target holds their positions.
    Classes(u32),
    /// One of so many ordered classes, by the likelihood of cumulative logits.
    OrderedClasses(u32),
}

/// How strongly parameters are pulled to zero: half of each number times the sum of squares is added to the
/// mean loss.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Decay {
    /// Linear terms.
    pub linear: f64,
    /// Weights and directions of the wavelons.
    pub network: f64,
    /// Logarithms of the dilations.
    pub dilation: f64,
}

impl Decay {
    /// From its parts.
    #[must_use]
    pub const fn new(linear: f64, network: f64, dilation: f64) -> Decay {
        Decay { linear, network, dilation }
    }

    /// No decay at all.
    pub const NONE: Decay = Decay::new(0.0, 0.0, 0.0);
}

impl Default for Decay {
    /// 1e-4, 1e-3 and 1e-4.
    fn default() -> Decay {
        Decay::new(1e-4, 1e-3, 1e-4)
    }
}

/// Rows that say when to stop.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Validation {
    /// None: training goes on to its end. Members of a bootstrap take the rows that they did not draw.
    #[default]
    None,
    /// A share of the rows at random, of every class alike.
    Random(f64),
    /// The last share of the rows: the way to split rows in the order of time.
    Last(f64),
}

/// How the members of a set differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Resample {
    /// By their seeds, and their validation rows where these are random.
    #[default]
    Same,
    /// By their rows: balanced bootstrap samples, in which every row is drawn equally often over all members
    /// (Davison, Hinkley and Schechtman, 1986).
    Bootstrap,
}

/// Fits networks of wavelons.
///
/// The result is the same to the bit for any number of threads.
///
/// ```
/// use karat::forecast::wavelet::{Task, WaveletNetwork};
/// use ndarray::Array2;
///
/// let x = Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
/// let y: Vec<f64> = x.column(0).iter().map(|x| x * x).collect();
/// let fitted = WaveletNetwork::new(4, Task::Squared).fit(x.view(), &y)?;
/// let mut forecast = [0.0];
/// fitted.step.eval(&[3.05], &mut forecast)?;
/// assert!((forecast[0] - 9.3).abs() < 0.2);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WaveletNetwork {
    /// Number of wavelons of each member; 0 is the plain linear or logistic model.
    pub wavelons: usize,
    /// What is learned.
    pub task: Task,
    /// How a wavelon makes one number of the inputs.
    pub family: Family,
    /// The wavelet they are copies of.
    pub mother: Mother,
    /// Whether the inputs also enter linearly.
    pub linear: bool,
    /// What each field holds; numbers where nothing is said.
    pub fields: Vec<FieldKind>,
    /// Names of the fields, for messages.
    pub names: Vec<String>,
    /// Weight decay.
    pub decay: Decay,
    /// How the wavelons start.
    pub init: Init,
    /// How they are trained.
    pub optimiser: Optimiser,
    /// Most iterations of one start; passes over the rows of Adam.
    pub iterations: usize,
    /// A start has converged when three iterations in a row gain less than this share of the objective.
    pub tolerance: f64,
    /// Rows that say when to stop.
    pub validation: Validation,
    /// Iterations without a better loss on them that end a start.
    pub patience: usize,
    /// Starts of each member, of which the best is kept.
    pub starts: usize,
    /// Members that are averaged.
    pub members: usize,
    /// How the members differ.
    pub resample: Resample,
    /// Weight of each class; empty for equal ones.
    pub class_weights: Vec<f64>,
    /// Where to go on from: a network of the same shape, whose members start in place of new ones.
    pub warm_start: Option<Wavelons>,
    /// Seed of the draws.
    pub seed: u64,
    /// Threads; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty),* $(,)?) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: $type) -> WaveletNetwork {
            self.$name = $name;
            self
        })*
    };
}

impl WaveletNetwork {
    /// Ridge wavelons of the Mexican hat beside linear terms, one member from one start by orthogonal least
    /// squares, at most 300 iterations, no validation rows, seed 0, all threads.
    #[must_use]
    pub fn new(wavelons: usize, task: Task) -> WaveletNetwork {
        WaveletNetwork {
            wavelons,
            task,
            family: Family::Ridge,
            mother: Mother::MexicanHat,
            linear: true,
            fields: Vec::new(),
            names: Vec::new(),
            decay: Decay::default(),
            init: Init::default(),
            optimiser: Optimiser::Automatic,
            iterations: 300,
            tolerance: 1e-7,
            validation: Validation::None,
            patience: 20,
            starts: 1,
            members: 1,
            resample: Resample::Same,
            class_weights: Vec::new(),
            warm_start: None,
            seed: 0,
            threads: 0,
        }
    }

    setters! {
        /// Sets [`wavelons`](WaveletNetwork::wavelons).
        wavelons: usize,
        /// Sets [`family`](WaveletNetwork::family).
        family: Family,
        /// Sets [`mother`](WaveletNetwork::mother).
        mother: Mother,
        /// Sets [`linear`](WaveletNetwork::linear).
        linear: bool,
        /// Sets [`fields`](WaveletNetwork::fields).
        fields: Vec<FieldKind>,
        /// Sets [`names`](WaveletNetwork::names).
        names: Vec<String>,
        /// Sets [`decay`](WaveletNetwork::decay).
        decay: Decay,
        /// Sets [`init`](WaveletNetwork::init).
        init: Init,
        /// Sets [`optimiser`](WaveletNetwork::optimiser).
        optimiser: Optimiser,
        /// Sets [`iterations`](WaveletNetwork::iterations).
        iterations: usize,
        /// Sets [`tolerance`](WaveletNetwork::tolerance).
        tolerance: f64,
        /// Sets [`validation`](WaveletNetwork::validation).
        validation: Validation,
        /// Sets [`patience`](WaveletNetwork::patience).
        patience: usize,
        /// Sets [`starts`](WaveletNetwork::starts).
        starts: usize,
        /// Sets [`members`](WaveletNetwork::members).
        members: usize,
        /// Sets [`resample`](WaveletNetwork::resample).
        resample: Resample,
        /// Sets [`class_weights`](WaveletNetwork::class_weights).
        class_weights: Vec<f64>,
        /// Sets [`warm_start`](WaveletNetwork::warm_start).
        warm_start: Option<Wavelons>,
        /// Sets [`seed`](WaveletNetwork::seed).
        seed: u64,
        /// Sets [`threads`](WaveletNetwork::threads).
        threads: usize,
    }

    /// Fits raw rows of shape n × d to a target of length n.
    ///
    /// # Errors
    /// As [`fit_observed`](WaveletNetwork::fit_observed).
    pub fn fit(&self, x: ArrayView2<'_, f64>, target: &[f64]) -> Result<Fitted<Wavelons, WaveletReport>> {
        self.fit_observed(x, target, None, &mut |_| ControlFlow::Continue(()))
    }

    /// Fits rows that count as much as their weights, and tells `observer` on the calling thread at most every
    /// 50 ms where the fit stands; it can stop it.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range; [`Error::Shape`] for lengths that do not fit;
    /// [`Error::Data`] for values or classes that cannot be fitted; [`Error::Interrupted`] when the observer
    /// breaks.
    pub fn fit_observed(
        &self,
        x: ArrayView2<'_, f64>,
        target: &[f64],
        weights: Option<&[f64]>,
        observer: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Fitted<Wavelons, WaveletReport>> {
        self.check(x.dim(), target.len(), weights)?;
        Fit::prepare(self, x, target, weights)?.run(observer)
    }

    fn check(&self, (rows, columns): (usize, usize), target: usize, weights: Option<&[f64]>) -> Result<()> {
        let at_least = |name: &str, value: usize| {
            if value == 0 { Err(Error::argument(name, "must be >= 1", 0)) } else { Ok(()) }
        };
        at_least("rows", rows)?;
        at_least("columns", columns)?;
        at_least("iterations", self.iterations)?;
        at_least("starts", self.starts)?;
        at_least("members", self.members)?;
        at_least("patience", self.patience)?;
        if target != rows {
            return Err(Error::shape("targets", rows, target));
        }
        if !self.fields.is_empty() && self.fields.len() != columns {
            return Err(Error::shape("kinds of fields", columns, self.fields.len()));
        }
        for (name, value) in [
            ("decay.linear", self.decay.linear),
            ("decay.network", self.decay.network),
            ("decay.dilation", self.decay.dilation),
            ("tolerance", self.tolerance),
        ] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::argument(name, "must be finite and >= 0", value));
            }
        }
        if let Validation::Random(share) | Validation::Last(share) = self.validation
            && !(share > 0.0 && share < 1.0)
        {
            return Err(Error::argument("validation", "must be a share between 0 and 1", share));
        }
        if let Task::Huber(width) = self.task
            && !(width.is_finite() && width > 0.0)
        {
            return Err(Error::argument("huber", "must be finite and > 0", width));
        }
        if let Optimiser::Adam { batch, rate } = self.optimiser
            && !(batch > 0 && rate.is_finite() && rate > 0.0)
        {
            return Err(Error::argument("optimiser", "must have a batch >= 1 and a rate > 0", rate));
        }
        if self.optimiser == Optimiser::LevenbergMarquardt && self.task != Task::Squared {
            return Err(Error::argument(
                "optimiser",
                "must not be Levenberg-Marquardt unless the loss is the squared error; use L-BFGS",
                "another task",
            ));
        }
        if let Some(weights) = weights {
            if weights.len() != rows {
                return Err(Error::shape("weights", rows, weights.len()));
            }
            if let Some(bad) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
                return Err(Error::argument("weights", "must be finite and >= 0", bad));
            }
            if weights.iter().sum::<f64>() <= 0.0 {
                return Err(Error::argument("weights", "must not all be 0", 0));
            }
        }
        if self.family == Family::Radial && !self.mother.is_even() {
            let rule = "must be even in a radial network: mexican_hat, morlet, morlet_admissible or polywog3";
            return Err(Error::argument("mother", rule, self.mother.name()));
        }
        Ok(())
    }
}
