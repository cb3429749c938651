//! One error type for every face of karat.
//!
//! The kinds of [`Error`] are the status numbers of the C interface and the exception classes of the
//! Python package; their numbers never change. Messages are lower case, say what was expected, what was
//! found and what to do, and may improve between versions.

use std::fmt;

/// Result of every fallible operation of karat.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation failed.
///
/// ```
/// use karat_scorer::{Error, ErrorKind};
/// let error = Error::argument("k", "must be >= 1", 0);
/// assert_eq!(error.kind(), ErrorKind::Argument);
/// assert_eq!(error.to_string(), "`k` must be >= 1, got 0");
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter lies outside its allowed values.
    #[error("`{parameter}` {rule}, got {value}")]
    Argument {
        /// Name of the parameter, as written in the plan or the call.
        parameter: String,
        /// The rule it breaks, beginning with a verb: "must be >= 1".
        rule: String,
        /// What was given.
        value: String,
    },
    /// A row, column or buffer has the wrong length.
    #[error("expected {expected} {what}, got {found}")]
    Shape {
        /// What is counted: "fields", "rows of column `tenure`".
        what: String,
        /// Length required.
        expected: usize,
        /// Length given.
        found: usize,
    },
    /// Columns do not match the fields of the model: every mismatch found, not only the first.
    #[error("{}", list(.0))]
    Schema(Vec<Problem>),
    /// The operating system refused a file operation.
    #[error("{path}: cannot {action}: {reason}")]
    Io {
        /// The path as the caller gave it.
        path: String,
        /// What was attempted: "read", "write".
        action: &'static str,
        /// The operating system's reason.
        reason: String,
    },
    /// Bytes are not a model file, or a damaged one.
    #[error("not a usable karat model: {0}")]
    Format(String),
    /// The model needs a newer karat.
    #[error("{0}")]
    Unsupported(String),
    /// This machine computes other bits than the one that wrote the model.
    #[error("{0}")]
    Numerics(String),
    /// The data cannot be fitted or scored: every problem found, not only the first.
    #[error("{}", list(.0))]
    Data(Vec<Problem>),
    /// Pairwise judgments contradict each other or are incomplete.
    #[error("{0}")]
    Judgment(String),
    /// The caller asked a long fit to stop.
    #[error("stopped by the caller during {0}; nothing was changed")]
    Interrupted(String),
}

/// Category of an [`Error`]; the number is the status of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum ErrorKind {
    /// [`Error::Argument`].
    Argument = 2,
    /// [`Error::Shape`].
    Shape = 3,
    /// [`Error::Schema`].
    Schema = 4,
    /// [`Error::Io`].
    Io = 5,
    /// [`Error::Format`].
    Format = 6,
    /// [`Error::Unsupported`].
    Unsupported = 7,
    /// [`Error::Numerics`].
    Numerics = 8,
    /// [`Error::Data`].
    Data = 20,
    /// [`Error::Judgment`].
    Judgment = 21,
    /// [`Error::Interrupted`].
    Interrupted = 22,
}

/// One thing wrong with a table: where, how often, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Problem {
    /// The column concerned; empty when the whole table is.
    pub column: String,
    /// What is wrong, with the offending value where there is one.
    pub what: String,
    /// How many rows are affected; 0 when the problem is not one of rows.
    pub count: usize,
    /// The first affected rows, counted from 0; at most five.
    pub rows: Vec<usize>,
    /// What the user can do.
    pub remedy: String,
}

impl Problem {
    /// A problem of one column that is not a matter of single rows.
    pub fn new(column: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Problem {
        Problem { column: column.into(), what: what.into(), remedy: remedy.into(), ..Problem::default() }
    }

    /// Adds how many rows are affected and the first of them.
    #[must_use]
    pub fn at(mut self, count: usize, rows: impl IntoIterator<Item = usize>) -> Problem {
        self.count = count;
        self.rows = rows.into_iter().take(5).collect();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.column.is_empty() {
            write!(f, "column `{}`: ", self.column)?;
        }
        f.write_str(&self.what)?;
        if self.count > 0 {
            let (noun, first) = if self.count == 1 { ("row", "") } else { ("rows", "first ") };
            let shown: Vec<String> = self.rows.iter().map(ToString::to_string).collect();
            write!(f, " ({} {noun}", self.count)?;
            if !shown.is_empty() {
                write!(f, ": {first}{}", shown.join(", "))?;
            }
            f.write_str(")")?;
        }
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

/// Several problems are listed one to a line, so that a user can mend them in one go.
fn list(problems: &[Problem]) -> String {
    match problems {
        [] => "unknown problem".to_owned(),
        [one] => one.to_string(),
        many => {
            let lines: Vec<String> = many.iter().map(|problem| format!("\n  - {problem}")).collect();
            format!("{} problems:{}", many.len(), lines.concat())
        }
    }
}

impl Error {
    /// The category, which is also the number of the C status.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Argument { .. } => ErrorKind::Argument,
            Error::Shape { .. } => ErrorKind::Shape,
            Error::Schema(_) => ErrorKind::Schema,
            Error::Io { .. } => ErrorKind::Io,
            Error::Format(_) => ErrorKind::Format,
            Error::Unsupported(_) => ErrorKind::Unsupported,
            Error::Numerics(_) => ErrorKind::Numerics,
            Error::Data(_) => ErrorKind::Data,
            Error::Judgment(_) => ErrorKind::Judgment,
            Error::Interrupted(_) => ErrorKind::Interrupted,
        }
    }

    /// An [`Error::Argument`].
    #[cold]
    pub fn argument(
        parameter: impl Into<String>,
        rule: impl Into<String>,
        value: impl fmt::Display,
    ) -> Error {
        Error::Argument { parameter: parameter.into(), rule: rule.into(), value: value.to_string() }
    }

    /// An [`Error::Shape`].
    #[cold]
    pub fn shape(what: impl Into<String>, expected: usize, found: usize) -> Error {
        Error::Shape { what: what.into(), expected, found }
    }

    /// An [`Error::Io`].
    #[cold]
    #[must_use]
    pub fn io(path: &std::path::Path, action: &'static str, reason: &std::io::Error) -> Error {
        Error::Io { path: path.display().to_string(), action, reason: reason.to_string() }
    }

    /// An [`Error::Data`] with one problem.
    #[cold]
    #[must_use]
    pub fn data(problem: Problem) -> Error {
        Error::Data(vec![problem])
    }
}

/// The candidate most like `name`, for messages such as "did you mean `tenure`?".
///
/// Compares by the number of single-character edits (Levenshtein, 1966), ignoring case; nothing is
/// proposed when more than half of the longer word would have to change.
///
/// ```
/// assert_eq!(karat_scorer::nearest_name("arpu3m", ["arpu_3m", "tenure"]), Some("arpu_3m"));
/// assert_eq!(karat_scorer::nearest_name("complaints", ["arpu_3m", "tenure"]), None);
/// ```
pub fn nearest_name<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(&wanted, &candidate.to_lowercase()), candidate))
        .min_by_key(|&(distance, _)| distance)
        .filter(|&(distance, candidate)| 2 * distance <= name.chars().count().max(candidate.chars().count()))
        .map(|(_, candidate)| candidate)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut row = vec![i + 1];
        for (j, &to) in b.iter().enumerate() {
            let swap = previous[j] + usize::from(from != to);
            row.push(swap.min(previous[j + 1] + 1).min(row[j] + 1));
        }
        previous = row;
    }
    previous[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_listed_together() {
        let error = Error::Data(vec![
            Problem::new("tenure", "not a number: \"abc\"", "mend the value").at(2, [3, 9]),
            Problem::new("", "the table has no rows", ""),
        ]);
        assert_eq!(
            error.to_string(),
            "2 problems:\n  - column `tenure`: not a number: \"abc\" (2 rows: first 3, 9); mend the value\
             \n  - the table has no rows"
        );
    }

    #[test]
    fn edit_distance_counts_insertions_deletions_and_swaps() {
        // "kitten" to "sitting" takes three edits: the standard example of Levenshtein's distance.
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
    }
}
