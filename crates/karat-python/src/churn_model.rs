//! The logistic regression of leaving.

use crate::error::{detached, raise};
use karat::forecast::churn::{FittedLogistic, LogisticRegression};
use karat::forecast::wavelet::{FieldKind, Wavelons};
use karat::{Error, Result};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// The parameters of the Python class.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Parameters {
    penalty: f64,
    l1_ratio: f64,
    categories: Vec<u32>,
    names: Vec<String>,
    threads: usize,
}

/// A frozen logistic regression.
#[pyclass(frozen, module = "karat._karat")]
struct ChurnLogistic {
    inner: FittedLogistic,
}

#[pymethods]
impl ChurnLogistic {
    /// Bytes of the network, and the baseline, as pickle keeps them.
    #[new]
    fn new(py: Python<'_>, network: &[u8], baseline: Vec<f64>) -> PyResult<ChurnLogistic> {
        let inner = Wavelons::from_bytes(network)
            .and_then(|network| FittedLogistic::from_network(&network, baseline))
            .map_err(|error| raise(py, &error))?;
        Ok(ChurnLogistic { inner })
    }

    fn __getnewargs__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyBytes>, Vec<f64>) {
        (PyBytes::new(py, &self.inner.network().to_bytes()), self.inner.baseline().to_vec())
    }

    /// Intercept, slopes of the inputs, log-odds of the mean customer.
    fn coefficients<'py>(&self, py: Python<'py>) -> (f64, Bound<'py, PyArray1<f64>>, f64) {
        (self.inner.intercept(), self.inner.slopes().to_pyarray(py), self.inner.base_log_odds())
    }

    fn log_odds<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'_, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (rows, columns) = (x.shape()[0], x.shape()[1]);
        let values = x.as_slice()?;
        let found = detached(py, || {
            let mut found = vec![0.0; rows];
            for (row, out) in values.chunks_exact(columns.max(1)).zip(&mut found) {
                self.inner.network().eval_outputs(row, std::slice::from_mut(out))?;
            }
            Ok(found)
        })?;
        Ok(found.to_pyarray(py))
    }

    /// What each field adds to the log-odds of the mean customer.
    fn contributions<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'_, f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (rows, columns) = (x.shape()[0], x.shape()[1]);
        let values = x.as_slice()?;
        let found = detached(py, || {
            let mut found = Vec::with_capacity(rows * columns);
            for row in values.chunks_exact(columns.max(1)) {
                found.extend(self.inner.contributions(row)?);
            }
            Ok(found)
        })?;
        let table = Array2::from_shape_vec((rows, columns), found)
            .map_err(|_| raise(py, &Error::shape("contributions", rows, 0)))?;
        Ok(table.to_pyarray(py))
    }
}

/// Fits; the regression, its steps, whether they converged, and what was found.
#[pyfunction]
fn fit_churn_logistic<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'_, f64>,
    left: PyReadonlyArray1<'_, f64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
    parameters: Parameters,
) -> PyResult<Bound<'py, PyDict>> {
    let (x, left) = (x.as_array(), left.as_slice()?);
    let weights = weights.as_ref().map(PyReadonlyArray1::as_slice).transpose()?;
    let mut raised = None;
    let result: PyResult<_> = detached(py, || -> Result<_> {
        let kind = |&count: &u32| if count == 0 { FieldKind::Number } else { FieldKind::Category(count) };
        let plan = LogisticRegression::new()
            .penalty(parameters.penalty)
            .l1_ratio(parameters.l1_ratio)
            .fields(parameters.categories.iter().map(kind).collect())
            .names(parameters.names)
            .threads(parameters.threads);
        plan.fit(x, left, weights, &mut |_| {
            Python::attach(|py| {
                raised = py.check_signals().err();
                raised.is_none()
            })
        })
    });
    let fitted = match (result, raised) {
        (Err(_), Some(raised)) => return Err(raised),
        (result, _) => result?,
    };
    let found = PyDict::new(py);
    let findings: Vec<_> = fitted
        .report
        .findings
        .iter()
        .map(|finding| (finding.code, finding.place.clone(), finding.fact.clone(), finding.proposal.clone()))
        .collect();
    found.set_item("step", ChurnLogistic { inner: fitted.step })?;
    found.set_item("iterations", fitted.report.iterations)?;
    found.set_item("converged", fitted.report.converged)?;
    found.set_item("findings", findings)?;
    Ok(found)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ChurnLogistic>()?;
    module.add_function(wrap_pyfunction!(fit_churn_logistic, module)?)
}
