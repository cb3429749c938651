//! A hierarchy written as TOML.

use indexmap::IndexMap;
use karat_scorer::{Error, Result};
use serde::Deserialize;

use super::super::ahp::{Ahp, PriorityMethod};
use super::super::consistency::RandomIndex;
use super::{Hierarchy, HierarchyBuilder};

type Ordered<T> = IndexMap<String, T>;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    tree: Ordered<Vec<String>>,
    alternatives: Vec<String>,
    judgments: Ordered<Vec<String>>,
    weights: Ordered<Ordered<f64>>,
    scores: Ordered<Ordered<f64>>,
    method: String,
    random_index: String,
    consistency_threshold: f64,
}

impl Default for Written {
    fn default() -> Written {
        Written {
            tree: IndexMap::new(),
            alternatives: Vec::new(),
            judgments: IndexMap::new(),
            weights: IndexMap::new(),
            scores: IndexMap::new(),
            method: PriorityMethod::default().name().to_owned(),
            random_index: RandomIndex::default().name().to_owned(),
            consistency_threshold: 0.10,
        }
    }
}

impl Hierarchy {
    /// Reads a hierarchy: tables `tree` (children of every criterion), `judgments`, `weights` and
    /// `scores`, the list `alternatives`, and `method`, `random_index`, `consistency_threshold`.
    ///
    /// # Errors
    /// [`Error::Argument`] with the line for text that is not such a table; as
    /// [`HierarchyBuilder::build`] for what it says.
    ///
    /// ```
    /// let hierarchy = karat::evaluate::weights::Hierarchy::from_toml(r#"
    ///     alternatives = ["basic", "plus"]
    ///
    ///     [tree]
    ///     plan = ["price", "quality"]
    ///
    ///     [judgments]
    ///     plan = ["quality 2 price"]
    ///     price = ["basic 4 plus"]
    ///
    ///     [scores.quality]
    ///     basic = 60
    ///     plus = 90
    /// "#)?;
    /// assert_eq!(hierarchy.criteria()[0].name, "plan");
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn from_toml(text: &str) -> Result<Hierarchy> {
        let written: Written =
            toml::from_str(text).map_err(|error| Error::argument("hierarchy", "must be readable", error))?;
        let ahp = Ahp::new()
            .method(PriorityMethod::from_name(&written.method)?)
            .random_index(RandomIndex::from_name(&written.random_index)?);
        let mut builder = HierarchyBuilder { alternatives: written.alternatives, ..Default::default() };
        builder.children = written.tree.into_iter().collect();
        for (name, texts) in written.judgments {
            builder = builder.judge(&name, &texts);
        }
        builder.weights = pairs(written.weights);
        builder.scores = pairs(written.scores);
        builder.ahp(ahp).threshold(written.consistency_threshold).build()
    }
}

fn pairs(tables: Ordered<Ordered<f64>>) -> Vec<(String, Vec<(String, f64)>)> {
    tables.into_iter().map(|(name, values)| (name, values.into_iter().collect())).collect()
}
