//! The raw fields of a customer's row: names, units, kinds and what a missing value means.

use crate::error::{Error, Problem, Result, nearest_name};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldKind {
    /// A measured number.
    Numeric,
    /// One of a fixed list of categories; a row carries its position in the list, counted from 0.
    Categorical(Vec<String>),
}

/// What happens when a field's value is missing (NaN in a row, null in a frame).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missing {
    /// Replaced by a value a person chose.
    Value,
    /// Replaced by the median of the fitted base, frozen in the model.
    Median,
    /// Its indicator takes the neutral value: half way, or no points.
    Neutral,
    /// Its indicator is left out and the other weights are renormalised; the coverage is reported.
    Renormalise,
    /// The customer gets no index, and the score is flagged as refused.
    Refuse,
    /// Stays missing: for fields that only rules read, where "unknown" meets no condition.
    Ignore,
}

/// One raw input of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Kind of value.
    pub kind: FieldKind,
    /// Rule for a missing value.
    pub missing: Missing,
    /// Column name.
    pub name: String,
    /// Unit of measurement, for people; may be empty.
    pub unit: String,
}

impl Field {
    /// A numeric field without a unit whose missing values are replaced by the median.
    pub fn numeric(name: impl Into<String>) -> Field {
        Field { kind: FieldKind::Numeric, missing: Missing::Median, name: name.into(), unit: String::new() }
    }

    /// A categorical field whose missing values are neutral.
    pub fn categorical(
        name: impl Into<String>,
        categories: impl IntoIterator<Item = impl Into<String>>,
    ) -> Field {
        Field {
            kind: FieldKind::Categorical(categories.into_iter().map(Into::into).collect()),
            missing: Missing::Neutral,
            name: name.into(),
            unit: String::new(),
        }
    }

    /// The same field with another rule for missing values.
    #[must_use]
    pub fn missing(mut self, missing: Missing) -> Field {
        self.missing = missing;
        self
    }

    /// The same field with a unit.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Field {
        self.unit = unit.into();
        self
    }

    /// The categories of a categorical field; none for a numeric one.
    #[must_use]
    pub fn categories(&self) -> &[String] {
        match &self.kind {
            FieldKind::Numeric => &[],
            FieldKind::Categorical(categories) => categories,
        }
    }
}

/// The ordered fields of a row.
///
/// ```
/// use karat_scorer::{Field, Schema};
/// let schema = Schema::new(vec![Field::numeric("arpu_3m").unit("CNY"), Field::numeric("tenure")])?;
/// assert_eq!(schema.index_of("tenure")?, 1);
/// let error = schema.index_of("tenur").unwrap_err();
/// assert_eq!(error.to_string(), "column `tenur`: not a field of this model; did you mean `tenure`?");
/// # Ok::<(), karat_scorer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    fields: Vec<Field>,
}

/// Most fields a model may have; part of the format, so that one row never needs the heap.
pub const MAX_FIELDS: usize = 256;

impl Schema {
    /// Checks names and categories and keeps the order.
    ///
    /// # Errors
    /// [`Error::Argument`] for no field, more than [`MAX_FIELDS`], an empty or repeated name, or an empty
    /// or repeated category.
    pub fn new(fields: Vec<Field>) -> Result<Schema> {
        if fields.is_empty() || fields.len() > MAX_FIELDS {
            return Err(Error::argument("fields", format!("must number 1 to {MAX_FIELDS}"), fields.len()));
        }
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        unique("fields", &names)?;
        for field in &fields {
            if let FieldKind::Categorical(categories) = &field.kind {
                if categories.is_empty() {
                    return Err(Error::argument(&field.name, "must list at least one category", "none"));
                }
                let names: Vec<&str> = categories.iter().map(String::as_str).collect();
                unique(&format!("categories of {}", field.name), &names)?;
            }
        }
        Ok(Schema { fields })
    }

    /// The fields in row order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Number of fields: the width of a row.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Never true: a schema has at least one field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Position of the field `name` in a row.
    ///
    /// # Errors
    /// [`Error::Schema`] naming the nearest field.
    pub fn index_of(&self, name: &str) -> Result<usize> {
        self.fields.iter().position(|field| field.name == name).ok_or_else(|| {
            let near = nearest_name(name, self.fields.iter().map(|field| field.name.as_str()));
            Error::Schema(vec![Problem::new(
                name,
                "not a field of this model",
                near.map_or_else(String::new, |near| format!("did you mean `{near}`?")),
            )])
        })
    }

    /// The number that stands for `label` in a row of field `field`.
    ///
    /// # Errors
    /// [`Error::Schema`] when the field is not categorical or has no such category.
    pub fn category_code(&self, field: usize, label: &str) -> Result<f64> {
        let found = self
            .fields
            .get(field)
            .ok_or_else(|| Error::argument("field", format!("must be below {}", self.fields.len()), field))?;
        let categories = found.categories();
        match categories.iter().position(|category| category == label) {
            Some(code) => Ok(code as f64),
            None if categories.is_empty() => {
                Err(Error::Schema(vec![Problem::new(&found.name, "a numeric field has no categories", "")]))
            }
            None => {
                let near = nearest_name(label, categories.iter().map(String::as_str));
                Err(Error::Schema(vec![Problem::new(
                    &found.name,
                    format!("unseen category \"{label}\""),
                    near.map_or_else(
                        || format!("the model knows {}", quoted(categories)),
                        |near| format!("did you mean \"{near}\"?"),
                    ),
                )]))
            }
        }
    }

    /// Fingerprint of names, units, kinds and order: equal fingerprints mean equal row layouts. What a
    /// missing value means belongs to the model, not to the row.
    ///
    /// The first eight bytes, big-endian, of the SHA-256 of a JSON list of `[kind, name, unit]` for each
    /// field, as in the header of the model file.
    #[must_use]
    pub fn id(&self) -> u64 {
        let layout: Vec<_> =
            self.fields.iter().map(|field| (&field.kind, &field.name, &field.unit)).collect();
        let text = serde_json::to_string(&layout).unwrap_or_default();
        let digest = Sha256::digest(text.as_bytes());
        digest.iter().take(8).fold(0, |id, &byte| id << 8 | u64::from(byte))
    }
}

fn quoted(categories: &[String]) -> String {
    let shown: Vec<String> = categories.iter().take(8).map(|category| format!("\"{category}\"")).collect();
    let more = if categories.len() > 8 { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Names must be there, printable in C, and different.
pub(crate) fn unique(what: &str, names: &[&str]) -> Result<()> {
    // A header can list more names than pairs of names could be compared in a second.
    let mut seen = std::collections::HashSet::with_capacity(names.len());
    for name in names {
        if name.is_empty() || name.contains('\0') {
            return Err(Error::argument(what, "must have names that are not empty", format!("{name:?}")));
        }
        if !seen.insert(name) {
            return Err(Error::argument(what, "must have different names", format!("`{name}` twice")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_depends_on_names_units_and_order() {
        let a = Field::numeric("a");
        let b = Field::numeric("b").unit("CNY");
        let id = |fields: Vec<Field>| Schema::new(fields).unwrap().id();
        let ab = id(vec![a.clone(), b.clone()]);
        assert_ne!(ab, id(vec![b.clone(), a.clone()]));
        assert_ne!(ab, id(vec![a.clone(), b.clone().unit("EUR")]));
        assert_eq!(ab, id(vec![a.clone(), b.clone().missing(Missing::Refuse)]));
        assert_eq!(ab, id(vec![a, b]));
    }

    #[test]
    fn an_unseen_category_names_the_nearest() {
        let schema = Schema::new(vec![Field::categorical("contract", ["monthly", "yearly"])]).unwrap();
        assert_eq!(schema.category_code(0, "yearly"), Ok(1.0));
        let message = schema.category_code(0, "Yearly").unwrap_err().to_string();
        assert_eq!(message, "column `contract`: unseen category \"Yearly\"; did you mean \"yearly\"?");
    }

    #[test]
    fn repeated_and_empty_names_are_refused() {
        let twice = Schema::new(vec![Field::numeric("a"), Field::numeric("a")]).unwrap_err();
        assert!(twice.to_string().contains("`a` twice"), "{twice}");
        assert!(Schema::new(vec![Field::numeric("")]).is_err());
        assert!(Schema::new(vec![]).is_err());
        let none: [&str; 0] = [];
        assert!(Schema::new(vec![Field::categorical("a", none)]).is_err());
    }
}
