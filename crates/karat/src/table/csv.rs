//! Tables from CSV files.

use super::{Column, MISSING_TEXT, Table, number_text};
use karat_scorer::{Error, Problem, Result};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

impl Table<'_> {
    /// Reads a CSV file with a header line. A column all of whose values are numbers or blank is numeric,
    /// every other one text.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read, [`Error::Data`] naming the line that is not CSV.
    pub fn read_csv(path: impl AsRef<Path>) -> Result<Table<'static>> {
        let path = path.as_ref();
        let file = std::fs::File::open(path).map_err(|error| Error::io(path, "read", &error))?;
        Table::from_csv(std::io::BufReader::with_capacity(1 << 16, file))
    }

    /// As [`Table::read_csv`], from any reader.
    ///
    /// # Errors
    /// [`Error::Data`] naming the line that is not CSV.
    pub fn from_csv(reader: impl std::io::Read) -> Result<Table<'static>> {
        let mut reader = ::csv::ReaderBuilder::new().from_reader(reader);
        let unreadable =
            |error: ::csv::Error| Error::data(Problem::new("", format!("not readable as CSV: {error}"), ""));
        let names: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
        let mut columns: Vec<CsvColumn> = names.iter().map(|_| CsvColumn::Numbers(Vec::new())).collect();
        let mut record = ::csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(unreadable)? {
            for (column, value) in columns.iter_mut().zip(&record) {
                column.push(value);
            }
        }
        Table::from_columns(names.into_iter().zip(columns.into_iter().map(CsvColumn::finish)))
    }
}

/// A column while its file is read: numbers until the first text.
enum CsvColumn {
    Numbers(Vec<(f64, String)>),
    Text { codes: Vec<u32>, labels: Vec<String>, seen: HashMap<String, u32> },
}

impl CsvColumn {
    fn push(&mut self, value: &str) {
        match self {
            CsvColumn::Numbers(values) => match value.trim().parse::<f64>() {
                Ok(number) if !number.is_nan() => values.push((number, raw_unless_plain(value, number))),
                _ if value.trim().is_empty() => values.push((f64::NAN, value.to_owned())),
                _ => {
                    let texts: Vec<String> =
                        values.drain(..).map(|(number, raw)| text_of(number, raw)).collect();
                    *self = CsvColumn::Text { codes: Vec::new(), labels: Vec::new(), seen: HashMap::new() };
                    texts.iter().for_each(|text| self.push(text));
                    self.push(value);
                }
            },
            CsvColumn::Text { codes, labels, seen } => {
                if value.is_empty() {
                    codes.push(MISSING_TEXT);
                } else if let Some(&code) = seen.get(value) {
                    codes.push(code);
                } else {
                    let code = labels.len() as u32;
                    labels.push(value.to_owned());
                    seen.insert(value.to_owned(), code);
                    codes.push(code);
                }
            }
        }
    }

    fn finish(self) -> Column<'static> {
        match self {
            CsvColumn::Numbers(values) => {
                values.into_iter().map(|(number, _)| number).collect::<Vec<_>>().into()
            }
            CsvColumn::Text { codes, labels, .. } => Column::Text { codes: Cow::Owned(codes), labels },
        }
    }
}

/// The text of a number is kept only where writing the number again would change it ("007").
fn raw_unless_plain(value: &str, number: f64) -> String {
    if number_text(number) == value { String::new() } else { value.to_owned() }
}

fn text_of(number: f64, raw: String) -> String {
    if raw.is_empty() { number_text(number) } else { raw }
}
