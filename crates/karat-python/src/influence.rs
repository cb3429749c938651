//! Call graphs and their measures.

use crate::error::{detached, raise};
use karat::Error;
use karat::evaluate::influence::{
    CallGraph as Graph, Calls, Circle, CorporateInfluence, Departure, NetworkValue, PageRank,
    SpreadingActivation, number,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

type Array<'py, T> = Bound<'py, PyArray1<T>>;

/// Asks for signals and calls `progress(task, share)`; what either raises, or False, ends the work.
fn watched<T: Send>(
    py: Python<'_>,
    task: &'static str,
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(&mut dyn FnMut(f64) -> bool) -> karat::Result<T> + Send,
) -> PyResult<T> {
    let mut stopped: Option<PyErr> = None;
    let found = detached(py, || {
        work(&mut |share| match tell(progress, task, share) {
            Ok(go_on) => go_on,
            Err(error) => {
                stopped = Some(error);
                false
            }
        })
    });
    match stopped {
        Some(error) => Err(error),
        None => found,
    }
}

fn tell(progress: Option<&Py<PyAny>>, task: &str, share: f64) -> PyResult<bool> {
    Python::attach(|py| {
        py.check_signals()?;
        let Some(progress) = progress else { return Ok(true) };
        let answer = progress.call1(py, (task, share))?;
        Ok(answer.is_none(py) || answer.is_truthy(py)?)
    })
}

/// Problems of the weights under the name that their column has for the user.
fn with_weights_named(mut error: Error, name: &str) -> Error {
    if let Error::Data(problems) = &mut error {
        for problem in problems.iter_mut().filter(|problem| problem.column == "weight") {
            name.clone_into(&mut problem.column);
        }
    }
    error
}

/// Who calls whom, by node numbers.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct CallGraph {
    inner: Graph,
    threads: usize,
}

#[pymethods]
impl CallGraph {
    #[staticmethod]
    #[pyo3(signature = (nodes, callers, callees, weights, weight_name, directed, threads, progress))]
    #[allow(clippy::too_many_arguments, reason = "one private entry point")]
    fn build(
        py: Python<'_>,
        nodes: usize,
        callers: PyReadonlyArray1<'_, u32>,
        callees: PyReadonlyArray1<'_, u32>,
        weights: Option<PyReadonlyArray1<'_, f64>>,
        weight_name: &str,
        directed: bool,
        threads: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<CallGraph> {
        let mut calls =
            Calls::new(nodes, callers.as_slice()?, callees.as_slice()?).directed(directed).threads(threads);
        if let Some(weights) = &weights {
            calls = calls.weights(weights.as_slice()?);
        }
        let build = |observer: &mut dyn FnMut(f64) -> bool| {
            calls.graph_observed(observer).map_err(|error| with_weights_named(error, weight_name))
        };
        let inner = watched(py, "call graph", progress.as_ref(), build)?;
        Ok(CallGraph { inner, threads })
    }

    #[getter]
    fn nodes(&self) -> usize {
        self.inner.nodes()
    }

    #[getter]
    fn pairs(&self) -> usize {
        self.inner.pairs()
    }

    /// Rows, self-calls, zero weights, repeated pairs.
    #[getter]
    fn intake(&self) -> (usize, usize, usize, usize) {
        let intake = self.inner.intake();
        (intake.rows, intake.self_calls, intake.zero_weights, intake.repeated)
    }

    #[getter]
    fn overall_reciprocity(&self) -> f64 {
        self.inner.overall_reciprocity()
    }

    /// Degrees, strengths, reciprocity, and how much is on-net where `own` says who is a customer.
    fn ties<'py>(
        &self,
        py: Python<'py>,
        own: Option<PyReadonlyArray1<'py, bool>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let graph = &self.inner;
        let own = own.as_ref().map(|own| own.as_slice()).transpose()?;
        let out = PyDict::new(py);
        out.set_item("degree", graph.degree().into_pyarray(py))?;
        out.set_item("strength", graph.strength().into_pyarray(py))?;
        if graph.is_directed() {
            out.set_item("out_degree", graph.out_degree().into_pyarray(py))?;
            out.set_item("in_degree", graph.in_degree().into_pyarray(py))?;
            out.set_item("out_strength", graph.out_strength().to_vec().into_pyarray(py))?;
            out.set_item("in_strength", graph.in_strength().to_vec().into_pyarray(py))?;
            let reciprocity = detached(py, || Ok(graph.reciprocity()))?;
            out.set_item("reciprocity", reciprocity.into_pyarray(py))?;
        }
        if let Some(own) = own {
            let found = detached(py, || graph.on_net(own))?;
            out.set_item("on_net_share", found.weight_share.into_pyarray(py))?;
            out.set_item("on_net_circle", found.circle_share.into_pyarray(py))?;
        }
        Ok(out)
    }

    /// People within one and two steps; how many hubs were not gone through.
    #[allow(clippy::type_complexity, reason = "two arrays and a number")]
    fn circles<'py>(
        &self,
        py: Python<'py>,
        hub: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Array<'py, u32>, Array<'py, u32>, usize)> {
        let plan = Circle::new().hub(hub).threads(self.threads);
        let count = |observer: &mut dyn FnMut(f64) -> bool| plan.sizes_observed(&self.inner, observer);
        let sizes = watched(py, "circles", progress.as_ref(), count)?;
        Ok((sizes.one_step.into_pyarray(py), sizes.two_steps.into_pyarray(py), sizes.hubs))
    }

    /// Ranks, residual, bound of the error, iterations, converged.
    #[allow(clippy::type_complexity, reason = "an array and four numbers")]
    fn page_rank<'py>(
        &self,
        py: Python<'py>,
        damping: f64,
        tolerance: f64,
        max_iterations: usize,
        restart: Option<PyReadonlyArray1<'py, f64>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Array<'py, f64>, f64, f64, usize, bool)> {
        let mut plan = PageRank::new()
            .damping(damping)
            .tolerance(tolerance)
            .max_iterations(max_iterations)
            .threads(self.threads);
        if let Some(restart) = &restart {
            plan = plan.restart(restart.as_slice()?.to_vec());
        }
        let rank = |observer: &mut dyn FnMut(f64) -> bool| plan.rank_observed(&self.inner, observer);
        let found = watched(py, "PageRank", progress.as_ref(), rank)?;
        let values = found.values.into_pyarray(py);
        Ok((values, found.residual, found.error_bound, found.iterations, found.converged))
    }

    /// Energy by node, steps, last change.
    fn spread<'py>(
        &self,
        py: Python<'py>,
        energy: PyReadonlyArray1<'py, f64>,
        factor: f64,
        steps: usize,
        tolerance: f64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Array<'py, f64>, usize, f64)> {
        let energy = energy.as_slice()?;
        let plan =
            SpreadingActivation::new().factor(factor).steps(steps).tolerance(tolerance).threads(self.threads);
        let spread =
            |observer: &mut dyn FnMut(f64) -> bool| plan.spread_observed(&self.inner, energy, observer);
        let found = watched(py, "spreading activation", progress.as_ref(), spread)?;
        Ok((found.energy.into_pyarray(py), found.steps, found.change))
    }

    /// Energy given, others reached, their effective number, for each node asked for.
    #[allow(clippy::type_complexity, reason = "three arrays")]
    fn reach<'py>(
        &self,
        py: Python<'py>,
        from: PyReadonlyArray1<'py, u32>,
        factor: f64,
        steps: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Array<'py, f64>, Array<'py, u32>, Array<'py, f64>)> {
        let from = from.as_slice()?;
        let plan = SpreadingActivation::new().factor(factor).steps(steps).threads(self.threads);
        let reach = |observer: &mut dyn FnMut(f64) -> bool| plan.reach(&self.inner, from, observer);
        let found = watched(py, "reach", progress.as_ref(), reach)?;
        let given: Vec<f64> = found.iter().map(|reach| reach.given).collect();
        let reached: Vec<u32> = found.iter().map(|reach| reach.reached).collect();
        let effective: Vec<f64> = found.iter().map(|reach| reach.effective).collect();
        Ok((given.into_pyarray(py), reached.into_pyarray(py), effective.into_pyarray(py)))
    }

    /// Value of the circle and with it; without a contagion the weights are the probabilities.
    fn network_value<'py>(
        &self,
        py: Python<'py>,
        own: PyReadonlyArray1<'py, f64>,
        contagion: Option<f64>,
    ) -> PyResult<(Array<'py, f64>, Array<'py, f64>)> {
        let own = own.as_slice()?;
        let departure = contagion.map_or(Departure::Weights, Departure::Contagion);
        let plan = NetworkValue::new(departure).threads(self.threads);
        let found = detached(py, || plan.values(&self.inner, own))?;
        Ok((found.circle.into_pyarray(py), found.total.into_pyarray(py)))
    }
}

/// The different numbers of three columns in ascending order, and the places of the first two among them.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "three arrays")]
fn number_ids<'py>(
    py: Python<'py>,
    callers: PyReadonlyArray1<'py, i64>,
    callees: PyReadonlyArray1<'py, i64>,
    others: PyReadonlyArray1<'py, i64>,
) -> PyResult<(Array<'py, i64>, Array<'py, u32>, Array<'py, u32>)> {
    let (callers, callees, others) = (callers.as_slice()?, callees.as_slice()?, others.as_slice()?);
    let found = detached(py, || number(callers, callees, others))?;
    Ok((found.ids.into_pyarray(py), found.callers.into_pyarray(py), found.callees.into_pyarray(py)))
}

/// The name most like each of the unknown ones.
#[pyfunction]
fn nearest_names(unknown: Vec<String>, known: Vec<String>) -> Vec<Option<String>> {
    let nearest =
        |name: &String| karat_scorer::nearest_name(name, known.iter().map(String::as_str)).map(str::to_owned);
    unknown.iter().map(nearest).collect()
}

/// Scores of lines, industry rank and roles, and the influence they make.
#[pyfunction]
fn corporate_influence<'py>(
    py: Python<'py>,
    lines: Vec<f64>,
    ranks: Vec<f64>,
    roles: Vec<Vec<f64>>,
    most_lines: f64,
    ranked: usize,
    weights: [f64; 3],
) -> PyResult<[Array<'py, f64>; 4]> {
    let roles: Vec<&[f64]> = roles.iter().map(Vec::as_slice).collect();
    let plan = CorporateInfluence::new(most_lines, ranked).weights(weights);
    let found = plan.score(&lines, &ranks, &roles).map_err(|error| raise(py, &error))?;
    Ok([found.lines, found.industry, found.roles, found.influence].map(|scores| scores.into_pyarray(py)))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<CallGraph>()?;
    module.add_function(wrap_pyfunction!(number_ids, module)?)?;
    module.add_function(wrap_pyfunction!(nearest_names, module)?)?;
    module.add_function(wrap_pyfunction!(corporate_influence, module)?)
}
