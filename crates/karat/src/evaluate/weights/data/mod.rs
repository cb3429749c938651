//! Weights that data give: how far indicators spread, and how much each says that the others do not.

mod dispersion;
mod merec;
mod moments;
mod principal_component;
mod resample;
mod sums;
#[cfg(test)]
mod tests;
mod values;

pub use dispersion::{
    CriticWeights, GiniWeights, StandardDeviationWeights, critic, gini, standard_deviation,
};
pub use merec::{MerecWeights, merec};
pub use principal_component::{Loadings, PrincipalComponentWeights, principal_component};
pub(super) use resample::Grouped;
pub(crate) use sums::DataSums;
pub use values::Values;
pub(super) use values::{BLOCK, LANES};

use super::entropy::entropy_of;
use super::finding::Finding;
use karat_scorer::{Error, Problem, Result, nearest_name};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A way to draw weights from data.
///
/// ```
/// use karat::evaluate::weights::DataMethod;
/// assert_eq!(DataMethod::from_name("pca")?, DataMethod::PrincipalComponent);
/// let error = DataMethod::from_name("critik").unwrap_err().to_string();
/// assert!(error.contains("did you mean `critic`?"));
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum DataMethod {
    /// The same weight for every column.
    Equal,
    /// [`standard_deviation`].
    StandardDeviation,
    /// [`critic`].
    Critic,
    /// [`entropy_of`].
    Entropy,
    /// [`merec`].
    Merec,
    /// [`gini`].
    Gini,
    /// [`principal_component`] by the magnitudes of its loadings.
    PrincipalComponent,
    /// [`principal_component`] by the squares of its loadings.
    PrincipalComponentSquared,
}

impl DataMethod {
    /// Every method.
    pub const ALL: [DataMethod; 8] = [
        DataMethod::Equal,
        DataMethod::StandardDeviation,
        DataMethod::Critic,
        DataMethod::Entropy,
        DataMethod::Merec,
        DataMethod::Gini,
        DataMethod::PrincipalComponent,
        DataMethod::PrincipalComponentSquared,
    ];

    /// Name in plans and in Python.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DataMethod::Equal => "equal",
            DataMethod::StandardDeviation => "standard_deviation",
            DataMethod::Critic => "critic",
            DataMethod::Entropy => "entropy",
            DataMethod::Merec => "merec",
            DataMethod::Gini => "gini",
            DataMethod::PrincipalComponent => "principal_component",
            DataMethod::PrincipalComponentSquared => "principal_component_squared",
        }
    }

    /// The method of a name; `pca` is short for `principal_component`.
    ///
    /// # Errors
    /// [`Error::Argument`] with the nearest name.
    pub fn from_name(name: &str) -> Result<DataMethod> {
        let canonical = if name == "pca" { "principal_component" } else { name };
        let known = || DataMethod::ALL.map(DataMethod::name);
        DataMethod::ALL.into_iter().find(|method| method.name() == canonical).ok_or_else(|| {
            let rule = match nearest_name(name, known()) {
                Some(near) => format!("must be a method of data weights (did you mean `{near}`?)"),
                None => format!("must be one of {}", known().join(", ")),
            };
            Error::argument("method", rule, format!("`{name}`"))
        })
    }
}

impl TryFrom<String> for DataMethod {
    type Error = String;

    fn try_from(name: String) -> std::result::Result<DataMethod, String> {
        DataMethod::from_name(&name).map_err(|error| error.to_string())
    }
}

impl From<DataMethod> for String {
    fn from(method: DataMethod) -> String {
        method.name().to_owned()
    }
}

impl fmt::Display for DataMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Weights by any method, with the figures that they are proportional to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DataWeights {
    /// The method.
    pub method: DataMethod,
    /// Non-negative, sum 1.
    pub weights: Vec<f64>,
    /// `1 - e` of entropy, `C` of CRITIC, standard deviations, removal effects, Gini's coefficients, signed
    /// loadings, or 1 for every column.
    pub information: Vec<f64>,
    /// What should be known: see the single methods.
    pub findings: Vec<Finding>,
}

impl DataWeights {
    fn new(
        method: DataMethod,
        weights: Vec<f64>,
        information: Vec<f64>,
        findings: Vec<Finding>,
    ) -> DataWeights {
        DataWeights { method, weights, information, findings }
    }

    /// The same weight for every one of `width` columns.
    #[must_use]
    pub fn equal(width: usize) -> DataWeights {
        let weights = vec![1.0 / width as f64; width];
        DataWeights::new(DataMethod::Equal, weights, vec![1.0; width], Vec::new())
    }
}

/// Weights of a table by the method named.
///
/// # Errors
/// Those of the method.
///
/// ```
/// use karat::evaluate::weights::{DataMethod, Values, critic, data_weights};
/// let columns = [[0.0, 1.0, 2.0, 3.0], [5.0, 1.0, 1.0, 4.0]];
/// let values = Values::columns(&[&columns[0], &columns[1]])?;
/// assert_eq!(data_weights(&values, DataMethod::Critic)?.weights, critic(&values)?.weights);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn data_weights(values: &Values<'_>, method: DataMethod) -> Result<DataWeights> {
    let of = |weights, information, findings| DataWeights::new(method, weights, information, findings);
    Ok(match method {
        DataMethod::Equal => DataWeights::equal(values.width()),
        DataMethod::StandardDeviation => {
            let found = standard_deviation(values)?;
            of(found.weights, found.standard_deviation, found.findings)
        }
        DataMethod::Critic => {
            let found = critic(values)?;
            of(found.weights, found.information, found.findings)
        }
        DataMethod::Entropy => {
            let found = entropy_of(values)?;
            of(found.weights, found.entropy.iter().map(|e| 1.0 - e).collect(), found.findings)
        }
        DataMethod::Merec => {
            let found = merec(values)?;
            of(found.weights, found.removal_effect, found.findings)
        }
        DataMethod::Gini => {
            let found = gini(values)?;
            of(found.weights, found.gini, found.findings)
        }
        DataMethod::PrincipalComponent | DataMethod::PrincipalComponentSquared => {
            let found = principal_component(values, method.loadings())?;
            of(found.weights, found.loadings, found.findings)
        }
    })
}

impl DataMethod {
    fn loadings(self) -> Loadings {
        if self == DataMethod::PrincipalComponentSquared { Loadings::Squared } else { Loadings::Absolute }
    }
}

/// Weights would be 0 divided by 0.
fn no_information() -> Error {
    Error::data(Problem::new(
        "",
        "no column carries information: in each every value is equal",
        "weight the columns equally or by judgment",
    ))
}
