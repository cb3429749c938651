//! Scales as a plan writes them: a name, or a name with parameters.

use karat_scorer::nearest_name;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a column becomes an indicator. Bounds left open are taken from the fitted base and frozen.
///
/// Written as a name, `"log1p"`, or with parameters, `{ min_max = { lo = 0, hi = 500 } }`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ScalePlan {
    /// `min_max`: linear between two bounds.
    MinMax {
        /// Value that scores 0.
        lo: Option<f64>,
        /// Value that scores 1.
        hi: Option<f64>,
    },
    /// `z_score`: standard score, `width` standard deviations to either end.
    ZScore {
        /// Standard deviations from the middle to either end.
        width: f64,
    },
    /// `rank`: share of the fitted base below, from a table of `knots` quantiles.
    Rank {
        /// Number of quantiles kept.
        knots: usize,
    },
    /// `log1p`: logarithmic between two bounds.
    Log1p {
        /// Value that scores 0.
        lo: Option<f64>,
        /// Value that scores 1.
        hi: Option<f64>,
    },
    /// `saturating`: `1 - exp(-x / tau)`; `tau` is the base's mean if not given.
    Saturating {
        /// Value that scores 1 - 1/e.
        tau: Option<f64>,
    },
    /// `bands`: straight lines between points `[x, z]`.
    Bands {
        /// The points, with `x` not descending.
        points: Vec<(f64, f64)>,
    },
    /// `target`: 1 within the best interval, falling to either side.
    Target {
        /// Lowest value considered.
        lo: Option<f64>,
        /// The best interval.
        best: (f64, f64),
        /// Highest value considered.
        hi: Option<f64>,
    },
    /// `efficacy`: 0.6 at `fail`, 1 at `pass`.
    Efficacy {
        /// Value that just fails.
        fail: f64,
        /// Satisfactory value.
        pass: f64,
    },
    /// `points`: points for each unit, perhaps whole, within bounds.
    Points {
        /// Points for one unit.
        per_unit: f64,
        /// Whether to round half up to whole points.
        whole: bool,
        /// Fewest points.
        lo: Option<f64>,
        /// Most points.
        hi: Option<f64>,
    },
}

impl Default for ScalePlan {
    fn default() -> ScalePlan {
        ScalePlan::MinMax { lo: None, hi: None }
    }
}

const NAMES: [&str; 9] =
    ["min_max", "z_score", "rank", "log1p", "saturating", "bands", "target", "efficacy", "points"];

/// Every parameter that any scale has; each scale takes its own and refuses the others.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    lo: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hi: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    knots: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tau: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Vec<(f64, f64)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<(f64, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_unit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    whole: Option<bool>,
}

impl Parameters {
    /// The scale `name` with its parameters taken out of `self`; what is left over is refused.
    fn build(mut self, name: &str) -> Result<ScalePlan, String> {
        let needs = |what: &str| format!("scale `{name}` needs `{what}`");
        let scale = match name {
            "min_max" => ScalePlan::MinMax { lo: self.lo.take(), hi: self.hi.take() },
            "z_score" => ScalePlan::ZScore { width: self.width.take().unwrap_or(3.0) },
            "rank" => ScalePlan::Rank { knots: self.knots.take().unwrap_or(101) },
            "log1p" | "log" => ScalePlan::Log1p { lo: self.lo.take(), hi: self.hi.take() },
            "saturating" => ScalePlan::Saturating { tau: self.tau.take() },
            "bands" => ScalePlan::Bands { points: self.points.take().ok_or_else(|| needs("points"))? },
            "target" => ScalePlan::Target {
                lo: self.lo.take(),
                best: self.best.take().ok_or_else(|| needs("best"))?,
                hi: self.hi.take(),
            },
            "efficacy" => ScalePlan::Efficacy {
                fail: self.fail.take().ok_or_else(|| needs("fail"))?,
                pass: self.pass.take().ok_or_else(|| needs("pass"))?,
            },
            "points" => ScalePlan::Points {
                per_unit: self.per_unit.take().unwrap_or(1.0),
                whole: self.whole.take().unwrap_or(false),
                lo: self.lo.take(),
                hi: self.hi.take(),
            },
            unknown => {
                let near = nearest_name(unknown, NAMES);
                return Err(near.map_or_else(
                    || format!("no scale `{unknown}`; there are {}", NAMES.join(", ")),
                    |near| format!("no scale `{unknown}`; did you mean `{near}`?"),
                ));
            }
        };
        let left = serde_json::to_value(&self).map_err(|error| error.to_string())?;
        match left.as_object().and_then(|left| left.keys().next().cloned()) {
            Some(key) => Err(format!("scale `{name}` has no parameter `{key}`")),
            None => Ok(scale),
        }
    }
}

impl ScalePlan {
    fn parts(&self) -> (&'static str, Parameters) {
        let none = Parameters::default();
        match self {
            ScalePlan::MinMax { lo, hi } => ("min_max", Parameters { lo: *lo, hi: *hi, ..none }),
            ScalePlan::ZScore { width } => ("z_score", Parameters { width: Some(*width), ..none }),
            ScalePlan::Rank { knots } => ("rank", Parameters { knots: Some(*knots), ..none }),
            ScalePlan::Log1p { lo, hi } => ("log1p", Parameters { lo: *lo, hi: *hi, ..none }),
            ScalePlan::Saturating { tau } => ("saturating", Parameters { tau: *tau, ..none }),
            ScalePlan::Bands { points } => ("bands", Parameters { points: Some(points.clone()), ..none }),
            ScalePlan::Target { lo, best, hi } => {
                ("target", Parameters { lo: *lo, best: Some(*best), hi: *hi, ..none })
            }
            ScalePlan::Efficacy { fail, pass } => {
                ("efficacy", Parameters { fail: Some(*fail), pass: Some(*pass), ..none })
            }
            ScalePlan::Points { per_unit, whole, lo, hi } => (
                "points",
                Parameters { per_unit: Some(*per_unit), whole: Some(*whole), lo: *lo, hi: *hi, ..none },
            ),
        }
    }

    /// Its name in a plan.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.parts().0
    }
}

impl Serialize for ScalePlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, parameters) = self.parts();
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(name, &parameters)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for ScalePlan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ScalePlan, D::Error> {
        deserializer.deserialize_any(ScaleVisitor)
    }
}

struct ScaleVisitor;

impl<'de> Visitor<'de> for ScaleVisitor {
    type Value = ScalePlan;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a scale, or one scale with its parameters")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<ScalePlan, E> {
        Parameters::default().build(name).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ScalePlan, A::Error> {
        let name: String = map.next_key()?.ok_or_else(|| A::Error::custom("a scale without a name"))?;
        let parameters: Parameters = map.next_value()?;
        if let Some(second) = map.next_key::<String>()? {
            return Err(A::Error::custom(format!("two scales, `{name}` and `{second}`")));
        }
        parameters.build(&name).map_err(A::Error::custom)
    }
}
