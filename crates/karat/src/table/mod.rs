//! Tables of customers: named columns of numbers or text, matched to a model's fields by name.

mod csv;
#[cfg(test)]
mod tests;

use crate::synth::{Frame, Series};
use karat_scorer::{Error, FieldKind, Problem, Result, Schema, nearest_name};
use std::borrow::Cow;
use std::collections::HashMap;

/// Code of a missing text.
pub const MISSING_TEXT: u32 = u32::MAX;

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column<'a> {
    /// Numbers; NaN is missing.
    Numeric(Cow<'a, [f64]>),
    /// Text as positions in a list of different labels; [`MISSING_TEXT`] is missing.
    Text {
        /// Label of each row.
        codes: Cow<'a, [u32]>,
        /// The labels.
        labels: Vec<String>,
    },
}

impl Column<'_> {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Column::Numeric(values) => values.len(),
            Column::Text { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a row as a person would write it; empty when missing.
    #[must_use]
    pub fn text(&self, row: usize) -> String {
        match self {
            Column::Numeric(values) => number_text(values[row]),
            Column::Text { codes, labels } => labels.get(codes[row] as usize).cloned().unwrap_or_default(),
        }
    }
}

/// Whole numbers without a point, so that an identifier reads the same as number and as text.
fn number_text(value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("{value}") }
}

impl From<Vec<f64>> for Column<'_> {
    fn from(values: Vec<f64>) -> Self {
        Column::Numeric(Cow::Owned(values))
    }
}

impl<'a> From<&'a [f64]> for Column<'a> {
    fn from(values: &'a [f64]) -> Self {
        Column::Numeric(Cow::Borrowed(values))
    }
}

impl From<Vec<&str>> for Column<'_> {
    fn from(values: Vec<&str>) -> Self {
        intern(values.into_iter().map(Some))
    }
}

impl From<Vec<Option<String>>> for Column<'_> {
    fn from(values: Vec<Option<String>>) -> Self {
        intern(values.iter().map(Option::as_deref))
    }
}

impl<'a> From<&'a Series> for Column<'a> {
    fn from(series: &'a Series) -> Self {
        match series {
            Series::Number(values) => Column::Numeric(Cow::Borrowed(values)),
            Series::Integer(values) => values.iter().map(|&value| value as f64).collect::<Vec<f64>>().into(),
            Series::Text { codes, labels } => {
                Column::Text { codes: Cow::Borrowed(codes), labels: labels.clone() }
            }
        }
    }
}

impl<'a> From<&'a Frame> for Table<'a> {
    fn from(frame: &'a Frame) -> Self {
        let (names, columns) =
            frame.columns.iter().map(|(name, series)| (name.clone(), Column::from(series))).unzip();
        Table { names, columns }
    }
}

/// Labels in order of first appearance.
fn intern<'b>(values: impl Iterator<Item = Option<&'b str>>) -> Column<'static> {
    let mut labels: Vec<String> = Vec::new();
    let mut seen: HashMap<String, u32> = HashMap::new();
    let codes = values
        .map(|value| match value {
            None => MISSING_TEXT,
            Some(text) => *seen.entry(text.to_owned()).or_insert_with(|| {
                labels.push(text.to_owned());
                (labels.len() - 1) as u32
            }),
        })
        .collect();
    Column::Text { codes, labels }
}

/// Named columns of equal length.
///
/// ```
/// use karat::Table;
/// let table = Table::from_columns([
///     ("arpu_3m", vec![80.0, 120.0, f64::NAN].into()),
///     ("contract", vec!["monthly", "yearly", "monthly"].into()),
/// ])?;
/// assert_eq!(table.len(), 3);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table<'a> {
    names: Vec<String>,
    columns: Vec<Column<'a>>,
}

/// What to do with a category that the model does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unseen {
    /// Refuse the table, naming the category and its rows.
    #[default]
    Refuse,
    /// Treat it as missing; the score is flagged.
    Flag,
}

/// How raw columns are read as fields.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// Texts that mean "missing", compared after trimming white space.
    pub null_values: Vec<String>,
    /// Rule for unknown categories.
    pub unseen: Unseen,
    /// Whether infinite numbers are refused (as in a fit) rather than left for the scorer to clamp.
    pub refuse_infinite: bool,
}

/// What spreadsheets and data frames write for "missing".
pub(crate) fn default_null_values() -> Vec<String> {
    ["", "NA", "NaN", "nan", "null"].map(str::to_owned).to_vec()
}

impl Default for Reading {
    fn default() -> Reading {
        Reading { null_values: default_null_values(), unseen: Unseen::Refuse, refuse_infinite: false }
    }
}

impl<'a> Table<'a> {
    /// From names and columns.
    ///
    /// # Errors
    /// [`Error::Schema`] for a repeated name, [`Error::Shape`] for columns of different lengths.
    pub fn from_columns<N: Into<String>>(
        columns: impl IntoIterator<Item = (N, Column<'a>)>,
    ) -> Result<Table<'a>> {
        let mut table = Table::default();
        for (name, column) in columns {
            let name = name.into();
            if table.names.contains(&name) {
                return Err(Error::Schema(vec![Problem::new(name, "appears twice", "rename or drop one")]));
            }
            if let Some(first) = table.columns.first()
                && first.len() != column.len()
            {
                return Err(Error::shape(format!("rows of column `{name}`"), first.len(), column.len()));
            }
            table.names.push(name);
            table.columns.push(column);
        }
        Ok(table)
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Column names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Names and columns, taken apart.
    #[must_use]
    pub fn into_parts(self) -> (Vec<String>, Vec<Column<'a>>) {
        (self.names, self.columns)
    }

    /// The column `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column<'a>> {
        self.names.iter().position(|known| known == name).map(|position| &self.columns[position])
    }

    /// The columns a schema needs, as numbers in its order. Other columns are not looked at.
    ///
    /// # Errors
    /// [`Error::Schema`] when columns are missing, else [`Error::Data`]; either lists every problem found.
    pub fn bind(&self, schema: &Schema, reading: &Reading) -> Result<Vec<Cow<'_, [f64]>>> {
        let mut absent = Vec::new();
        let mut wrong = Vec::new();
        let mut bound = Vec::new();
        for field in schema.fields() {
            let Some(column) = self.column(&field.name) else {
                absent.push(self.absent(&field.name));
                continue;
            };
            let numbers = match (&field.kind, column) {
                (FieldKind::Numeric, Column::Numeric(values)) => Cow::Borrowed(values.as_ref()),
                (FieldKind::Numeric, Column::Text { codes, labels }) => {
                    Cow::Owned(numbers_of(&field.name, codes, labels, reading, &mut wrong))
                }
                (FieldKind::Categorical(categories), column) => {
                    Cow::Owned(codes_of(&field.name, column, categories, reading, &mut wrong))
                }
                _ => continue,
            };
            if reading.refuse_infinite {
                wrong.extend(infinite(&field.name, &numbers));
            }
            bound.push(numbers);
        }
        if !absent.is_empty() {
            absent.append(&mut wrong);
            return Err(Error::Schema(absent));
        }
        if wrong.is_empty() { Ok(bound) } else { Err(Error::Data(wrong)) }
    }

    fn absent(&self, name: &str) -> Problem {
        let near = nearest_name(name, self.names.iter().map(String::as_str));
        Problem::new(
            name,
            "missing from the table",
            near.map_or_else(String::new, |near| format!("did you mean `{near}`?")),
        )
    }
}

/// A text column of a numeric field: each label is read once.
fn numbers_of(
    name: &str,
    codes: &[u32],
    labels: &[String],
    reading: &Reading,
    wrong: &mut Vec<Problem>,
) -> Vec<f64> {
    let mut bad = None;
    let values: Vec<f64> = labels
        .iter()
        .map(|label| {
            let text = label.trim();
            if reading.null_values.iter().any(|null| null == text) {
                return f64::NAN;
            }
            text.parse().ok().filter(|value: &f64| !value.is_nan()).unwrap_or_else(|| {
                bad.get_or_insert(label);
                f64::NAN
            })
        })
        .collect();
    if let Some(label) = bad {
        let is_bad = |code: u32| {
            labels.get(code as usize).is_some_and(|label| {
                let text = label.trim();
                !reading.null_values.iter().any(|null| null == text)
                    && !text.parse().is_ok_and(|value: f64| !value.is_nan())
            })
        };
        wrong.push(located(
            Problem::new(
                name,
                format!("text where numbers are expected: \"{label}\""),
                "mend the values, list them in `null_values`, or give the field categories",
            ),
            codes.iter().map(|&code| is_bad(code)),
        ));
    }
    codes.iter().map(|&code| values.get(code as usize).copied().unwrap_or(f64::NAN)).collect()
}

/// A column of a categorical field as positions in its categories; -1 for unknown ones.
fn codes_of(
    name: &str,
    column: &Column<'_>,
    categories: &[String],
    reading: &Reading,
    wrong: &mut Vec<Problem>,
) -> Vec<f64> {
    let code = |text: &str| -> f64 {
        if let Some(position) = categories.iter().position(|category| category == text) {
            position as f64
        } else if reading.null_values.iter().any(|null| null == text.trim()) {
            f64::NAN
        } else {
            -1.0
        }
    };
    let found: Vec<f64> = match column {
        Column::Text { codes, labels } => {
            let known: Vec<f64> = labels.iter().map(|label| code(label)).collect();
            codes.iter().map(|&code| known.get(code as usize).copied().unwrap_or(f64::NAN)).collect()
        }
        Column::Numeric(values) => values
            .iter()
            .map(|&value| if value.is_nan() { value } else { code(&number_text(value)) })
            .collect(),
    };
    let first = found.iter().position(|&code| code < 0.0);
    if let (Some(row), Unseen::Refuse) = (first, reading.unseen) {
        let label = column.text(row);
        let near = nearest_name(&label, categories.iter().map(String::as_str));
        wrong.push(located(
            Problem::new(
                name,
                format!("unseen category \"{label}\""),
                near.map_or_else(
                    || "add it to the plan's categories".to_owned(),
                    |near| format!("did you mean \"{near}\"? otherwise add it to the plan's categories"),
                ),
            ),
            found.iter().map(|&code| code < 0.0),
        ));
    }
    found
}

fn infinite(name: &str, values: &[f64]) -> Option<Problem> {
    let problem = Problem::new(name, "infinite values", "replace them by numbers or by missing");
    let problem = located(problem, values.iter().map(|value| value.is_infinite()));
    (problem.count > 0).then_some(problem)
}

fn located(problem: Problem, rows: impl Iterator<Item = bool>) -> Problem {
    let hits: Vec<usize> = rows.enumerate().filter(|(_, hit)| *hit).map(|(row, _)| row).collect();
    problem.at(hits.len(), hits)
}
