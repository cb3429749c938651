//! The section of a network of wavelons.

use super::coding::Coding;
use super::mother::Mother;
use super::network::{
    Family, Link, MAX_INPUTS, MAX_MEMBERS, MAX_OUTPUTS, MAX_WAVELONS, Member, Wavelons, WavelonsParts,
};
use crate::error::Result;
use crate::file::{SectionReader, SectionWriter};
use crate::step::Step;

impl Step for Wavelons {
    const KIND: &'static str = "WAVL";

    fn encode(&self, writer: &mut SectionWriter) {
        let parts = self.parts();
        writer.integer(position(&Family::ALL, &parts.family));
        writer.integer(position(&Mother::ALL, &parts.mother));
        match &parts.link {
            Link::Number { offset, scale } => {
                writer.integer(0);
                writer.number(*offset);
                writer.number(*scale);
            }
            Link::Binary => writer.integer(1),
            Link::Classes => writer.integer(2),
            Link::Ordered { thresholds } => {
                writer.integer(3);
                writer.numbers(thresholds);
            }
        }
        writer.integer(parts.codings.len() as u64);
        for coding in &parts.codings {
            match *coding {
                Coding::Number { center, inverse, least, most, indicator } => {
                    writer.integer(0);
                    for number in [center, inverse, least, most] {
                        writer.number(number);
                    }
                    writer.integer(u64::from(indicator));
                }
                Coding::Category { count } => {
                    writer.integer(1);
                    writer.integer(u64::from(count));
                }
            }
        }
        writer.integer(parts.members.len() as u64);
        for member in &parts.members {
            writer.integer(member.wavelons as u64);
            for numbers in [&member.bias, &member.linear, &member.weights, &member.inner, &member.shifts] {
                writer.numbers(numbers);
            }
        }
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Wavelons> {
        let family = Family::ALL[reader.integer("the family", Family::ALL.len())?];
        let mother = Mother::ALL[reader.integer("the mother wavelet", Mother::ALL.len())?];
        let link = match reader.integer("the link", 4)? {
            0 => Link::Number { offset: reader.number("the offset")?, scale: reader.number("the scale")? },
            1 => Link::Binary,
            2 => Link::Classes,
            _ => Link::Ordered { thresholds: reader.numbers("thresholds", MAX_OUTPUTS)? },
        };
        let fields = reader.integer("the number of fields", MAX_INPUTS + 1)?;
        let codings = (0..fields).map(|_| read_coding(reader)).collect::<Result<_>>()?;
        let members = reader.integer("the number of members", MAX_MEMBERS + 1)?;
        let members = (0..members).map(|_| read_member(reader)).collect::<Result<_>>()?;
        Wavelons::new(WavelonsParts { codings, family, mother, link, members })
            .map_err(|error| reader.error(error))
    }
}

fn position<T: PartialEq>(all: &[T], wanted: &T) -> u64 {
    all.iter().position(|one| one == wanted).unwrap_or(0) as u64
}

fn read_coding(reader: &mut SectionReader<'_>) -> Result<Coding> {
    if reader.integer("the kind of a field", 2)? == 1 {
        return Ok(Coding::Category { count: reader.integer("the number of categories", 4097)? as u32 });
    }
    Ok(Coding::Number {
        center: reader.number("a center")?,
        inverse: reader.number("an inverse scale")?,
        least: reader.number("the least value")?,
        most: reader.number("the most value")?,
        indicator: reader.integer("the indicator of missing", 2)? == 1,
    })
}

fn read_member(reader: &mut SectionReader<'_>) -> Result<Member> {
    const MOST: usize = MAX_INPUTS * MAX_WAVELONS;
    Ok(Member {
        wavelons: reader.integer("the number of wavelons", MAX_WAVELONS + 1)?,
        bias: reader.numbers("constants", MAX_OUTPUTS)?,
        linear: reader.numbers("linear terms", MAX_INPUTS * MAX_OUTPUTS)?,
        weights: reader.numbers("weights", MAX_WAVELONS * MAX_OUTPUTS)?,
        inner: reader.numbers("inner weights", MOST)?,
        shifts: reader.numbers("translations", MOST)?,
    })
}

impl Wavelons {
    /// The bytes of its section, by which it is saved, sent and pickled.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = SectionWriter::default();
        self.encode(&mut writer);
        writer.into_bytes()
    }

    /// Reads [`to_bytes`](Wavelons::to_bytes) back and checks every length and number.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) for bytes that no network gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Wavelons> {
        let mut reader = SectionReader::new(Wavelons::KIND, bytes);
        let network = Wavelons::decode(&mut reader)?;
        reader.finish()?;
        Ok(network)
    }
}
