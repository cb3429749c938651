//! Plain column stores: what the generator returns.

use std::io::Write;

use karat_scorer::{Error, Result};

/// The code of a missing text value.
pub const NULL: u32 = u32::MAX;

/// One column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Series {
    /// Real numbers; NaN is a missing value.
    Number(Vec<f64>),
    /// Whole numbers, never missing.
    Integer(Vec<i64>),
    /// Text by dictionary: row `i` holds `labels[codes[i]]`, or nothing when the code is [`NULL`].
    Text {
        /// One code per row.
        codes: Vec<u32>,
        /// The distinct texts.
        labels: Vec<String>,
    },
}

impl Series {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Series::Number(values) => values.len(),
            Series::Integer(values) => values.len(),
            Series::Text { codes, .. } => codes.len(),
        }
    }

    /// Whether the column has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a row; `None` when it is missing, out of range, or the column is not text.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Series::Text { codes, labels } => {
                codes.get(row).and_then(|&code| labels.get(usize::try_from(code).ok()?)).map(String::as_str)
            }
            Series::Number(_) | Series::Integer(_) => None,
        }
    }

    /// The number of a row, NaN when it is missing, out of range, or the column is text.
    #[must_use]
    pub fn number(&self, row: usize) -> f64 {
        match self {
            Series::Number(values) => values.get(row).copied().unwrap_or(f64::NAN),
            // Exact below 2^53; ids, counts and months of this module lie far below.
            Series::Integer(values) => values.get(row).map_or(f64::NAN, |&value| value as f64),
            Series::Text { .. } => f64::NAN,
        }
    }

    fn write_cell(&self, row: usize, out: &mut impl Write) -> std::io::Result<()> {
        match self {
            Series::Number(values) if values[row].is_nan() => Ok(()),
            Series::Number(values) => write!(out, "{}", values[row]),
            Series::Integer(values) => write!(out, "{}", values[row]),
            Series::Text { .. } => self.text(row).map_or(Ok(()), |text| write_text(text, out)),
        }
    }
}

/// Quotes as RFC 4180 asks: only where a comma, a quote or a line break would be misread.
fn write_text(text: &str, out: &mut impl Write) -> std::io::Result<()> {
    if text.contains([',', '"', '\n', '\r']) {
        write!(out, "\"{}\"", text.replace('"', "\"\""))
    } else {
        out.write_all(text.as_bytes())
    }
}

/// A table: named columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    /// Name and values of each column, in order.
    pub columns: Vec<(String, Series)>,
}

impl Frame {
    /// Number of rows (of the first column; 0 without columns).
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, series)| series.len())
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Series> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, series)| series)
    }

    /// Writes the table as CSV (RFC 4180, UTF-8, `\n`): a header, then one line per row, missing values
    /// blank, numbers in the shortest form that reads back to the same bits. Buffer the writer.
    ///
    /// ```
    /// use karat::synth::{Frame, NULL, Series};
    /// let frame = Frame {
    ///     columns: vec![
    ///         ("bill".into(), Series::Number(vec![19.9, f64::NAN])),
    ///         ("region".into(), Series::Text { codes: vec![0, NULL], labels: vec!["Lakes, upper".into()] }),
    ///     ],
    /// };
    /// let mut csv = Vec::new();
    /// frame.write_csv(&mut csv)?;
    /// assert_eq!(csv, b"bill,region\n19.9,\"Lakes, upper\"\n,\n");
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] when the columns differ in length (nothing is written), [`Error::Io`] when the
    /// writer fails.
    pub fn write_csv(&self, mut out: impl Write) -> Result<()> {
        for (name, series) in &self.columns {
            if series.len() != self.rows() {
                return Err(Error::shape(format!("rows of column `{name}`"), self.rows(), series.len()));
            }
        }
        self.write_rows(&mut out).map_err(|reason| Error::Io {
            path: "CSV output".to_owned(),
            action: "write",
            reason: reason.to_string(),
        })
    }

    fn write_rows(&self, out: &mut impl Write) -> std::io::Result<()> {
        for (i, (name, _)) in self.columns.iter().enumerate() {
            out.write_all(if i == 0 { b"" } else { b"," })?;
            write_text(name, out)?;
        }
        out.write_all(b"\n")?;
        for row in 0..self.rows() {
            for (i, (_, series)) in self.columns.iter().enumerate() {
                out.write_all(if i == 0 { b"" } else { b"," })?;
                series.write_cell(row, out)?;
            }
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// Gives a text column another dictionary; used where labels are known only after all blocks are done.
    pub(super) fn relabel(&mut self, name: &str, new: Vec<String>) {
        for (column, series) in &mut self.columns {
            if let (true, Series::Text { labels, .. }) = (column == name, series) {
                *labels = new;
                return;
            }
        }
    }
}

/// Declares the row of a table and its column store together, so that a column can neither be forgotten
/// nor end up under another's name. Kinds: `Number`, `Integer`, `Text(labels)`.
macro_rules! table {
    ($row:ident, $store:ident, { $($name:ident: $kind:ident $(($labels:expr))?,)+ }) => {
        #[derive(Debug, Clone, Copy)]
        pub(super) struct $row { $(pub(super) $name: $crate::synth::frame::table!(@type $kind),)+ }

        #[derive(Debug, Default)]
        pub(super) struct $store { $($name: Vec<$crate::synth::frame::table!(@type $kind)>,)+ }

        impl $store {
            pub(super) fn push(&mut self, row: &$row) {
                $(self.$name.push(row.$name);)+
            }

            pub(super) fn append(&mut self, mut other: $store) {
                $(self.$name.append(&mut other.$name);)+
            }

            pub(super) fn into_frame(self) -> $crate::synth::frame::Frame {
                let columns = vec![$((
                    stringify!($name).trim_start_matches("r#").to_owned(),
                    $crate::synth::frame::table!(@series $kind (self.$name) $(($labels))?),
                ),)+];
                $crate::synth::frame::Frame { columns }
            }
        }
    };
    (@type Number) => { f64 };
    (@type Integer) => { i64 };
    (@type Text) => { u32 };
    (@series Number ($values:expr)) => { $crate::synth::frame::Series::Number($values) };
    (@series Integer ($values:expr)) => { $crate::synth::frame::Series::Integer($values) };
    (@series Text ($values:expr) ($labels:expr)) => {
        $crate::synth::frame::Series::Text {
            codes: $values,
            labels: $labels.iter().map(|label| (*label).to_owned()).collect(),
        }
    };
}
pub(super) use table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_reads_back_bit_for_bit() {
        let values = vec![0.1, 1e-7, 123_456_789.25, -0.0, f64::NAN];
        let frame = Frame { columns: vec![("x".into(), Series::Number(values.clone()))] };
        let mut csv = Vec::new();
        frame.write_csv(&mut csv).unwrap();
        let text = String::from_utf8(csv).unwrap();
        let read: Vec<f64> = text.lines().skip(1).map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
        assert!(
            values.iter().zip(&read).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
        );
        assert_eq!(read.len(), values.len());
    }

    #[test]
    fn ragged_columns_are_refused_before_anything_is_written() {
        let frame = Frame {
            columns: vec![("a".into(), Series::Integer(vec![1, 2])), ("b".into(), Series::Integer(vec![1]))],
        };
        let mut csv = Vec::new();
        assert_eq!(
            frame.write_csv(&mut csv).unwrap_err().to_string(),
            "expected 2 rows of column `b`, got 1"
        );
        assert!(csv.is_empty());
    }

    #[test]
    fn a_failing_writer_is_an_io_error() {
        let frame = Frame { columns: vec![("a".into(), Series::Integer(vec![1]))] };
        let mut buffer = [0_u8; 2];
        let error = frame.write_csv(&mut buffer[..]).unwrap_err();
        assert_eq!(error.kind(), karat_scorer::ErrorKind::Io);
    }

    #[test]
    fn quotes_are_doubled() {
        let text = Series::Text { codes: vec![0], labels: vec!["a \"b\"".into()] };
        let mut csv = Vec::new();
        Frame { columns: vec![("t".into(), text)] }.write_csv(&mut csv).unwrap();
        assert_eq!(csv, b"t\n\"a \"\"b\"\"\"\n");
    }
}
