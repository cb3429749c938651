//! The pipeline as bytes.

use super::order::{ClassSource, MeasureScale, ValueClasses};
use super::step::NextClassStep;
use crate::numerics::bytes::{
    damaged, read_array, read_count, read_length, read_number, read_version, write_count,
};
use crate::numerics::sample::hash_bytes;
use karat_scorer::step::{Expansion, Segments};
use karat_scorer::{Error, Result};

const MAGIC: &[u8; 8] = b"KARATNC\n";
const VERSION: u8 = 1;
/// Key of the hash at the end, which finds damage.
const KEY: u64 = 0x6b61_7261_746e_6331;

impl NextClassStep {
    /// The pipeline as bytes: a name, a version, the parts, a hash of all that.
    ///
    /// # Errors
    /// As [`Expansion::to_bytes`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        write_classes(&mut out, &self.classes);
        write_count(&mut out, self.fields.len() as u64);
        self.fields.iter().for_each(|field| write_text(&mut out, field));
        write_block(&mut out, &self.forecaster.to_bytes()?);
        let recogniser = self.recogniser.as_ref().map(Expansion::to_bytes).transpose()?;
        write_block(&mut out, &recogniser.unwrap_or_default());
        self.costs.iter().for_each(|row| write_numbers(&mut out, row));
        let hash = hash_bytes(KEY, &out);
        out.extend(hash.to_le_bytes());
        Ok(out)
    }

    /// Reads what [`to_bytes`](NextClassStep::to_bytes) wrote; every length and number is checked.
    ///
    /// # Errors
    /// [`Error::Format`] for other or damaged bytes, [`Error::Unsupported`] for a later network.
    pub fn from_bytes(bytes: &[u8]) -> Result<NextClassStep> {
        let other = || Error::Format("the bytes are not those of a forecaster of classes".to_owned());
        let mut body = bytes.strip_prefix(MAGIC).ok_or_else(other)?;
        let Some((all, hash)) = bytes.split_last_chunk::<8>().filter(|_| body.len() >= 8) else {
            return Err(other());
        };
        if hash_bytes(KEY, all).to_le_bytes() != *hash {
            return Err(damaged("the hash at the end differs"));
        }
        body = &body[..body.len() - 8];
        let reader = &mut body;
        read_version(reader, VERSION)?;
        let classes = read_classes(reader)?;
        let count = read_length(reader, 1)?;
        let fields = (0..count).map(|_| read_text(reader)).collect::<Result<_>>()?;
        let forecaster = Expansion::from_bytes(read_block(reader)?)?;
        let recogniser = match read_block(reader)? {
            [] => None,
            block => Some(Expansion::from_bytes(block)?),
        };
        let costs = (0..classes.count()).map(|_| read_numbers(reader)).collect::<Result<_>>()?;
        if !reader.is_empty() {
            return Err(damaged("there is more than there should be"));
        }
        let step = NextClassStep { classes, fields, forecaster, recogniser, costs };
        step.check().map_err(|error| damaged(&error.to_string()))?;
        Ok(step)
    }
}

fn write_classes(out: &mut Vec<u8>, classes: &ValueClasses) {
    write_count(out, classes.measures.len() as u64);
    for scale in &classes.measures {
        write_text(out, &scale.name);
        for number in [scale.unit, scale.center, scale.spread] {
            out.extend(number.to_le_bytes());
        }
    }
    write_count(out, classes.window as u64);
    write_numbers(out, &classes.values);
    match &classes.source {
        ClassSource::Segments(segments) => {
            out.push(0);
            write_numbers(out, &segments.centers);
        }
        ClassSource::Column(name) => {
            out.push(1);
            write_text(out, name);
        }
    }
}

fn read_classes(reader: &mut &[u8]) -> Result<ValueClasses> {
    let count = read_length(reader, 25)?;
    let measures: Vec<MeasureScale> = (0..count)
        .map(|_| {
            let name = read_text(reader)?;
            let [unit, center, spread] = [read_number(reader)?, read_number(reader)?, read_number(reader)?];
            Ok(MeasureScale { name, unit, center, spread })
        })
        .collect::<Result<_>>()?;
    let window = read_count(reader)? as usize;
    let values = read_numbers(reader)?;
    let source = match read_array::<1>(reader)? {
        [0] => ClassSource::Segments(Segments {
            features: (0..measures.len() as u32).collect(),
            centers: read_numbers(reader)?,
            count: values.len(),
        }),
        [1] => ClassSource::Column(read_text(reader)?),
        [kind] => return Err(damaged(&format!("classes of kind {kind}"))),
    };
    Ok(ValueClasses { measures, window, source, values })
}

fn write_block(out: &mut Vec<u8>, block: &[u8]) {
    write_count(out, block.len() as u64);
    out.extend_from_slice(block);
}

fn read_block<'a>(reader: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = read_length(reader, 1)?;
    let (block, rest) = reader.split_at(length);
    *reader = rest;
    Ok(block)
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    write_block(out, text.as_bytes());
}

fn read_text(reader: &mut &[u8]) -> Result<String> {
    String::from_utf8(read_block(reader)?.to_vec()).map_err(|_| damaged("a text is not UTF-8"))
}

fn write_numbers(out: &mut Vec<u8>, numbers: &[f64]) {
    write_count(out, numbers.len() as u64);
    numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
}

fn read_numbers(reader: &mut &[u8]) -> Result<Vec<f64>> {
    let count = read_length(reader, 8)?;
    (0..count).map(|_| read_number(reader)).collect()
}
