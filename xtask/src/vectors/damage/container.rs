//! Damage to the container: what a wrong file, a bad copy or a liar looks like.

use super::{DIGEST, Damage, File, PREFIX, damage, file, padded, sealed};
use karat_scorer::ErrorKind::{Format, Unsupported};

pub(super) fn all(whole: &File) -> Vec<Damage> {
    let mut list = beginnings(whole);
    list.extend(cuts(whole));
    list.extend(flips(whole));
    list.extend(versions_and_lengths(whole));
    list
}

fn beginnings(whole: &File) -> Vec<Damage> {
    let bytes = whole.bytes();
    let mut zip = bytes.clone();
    zip[..4].copy_from_slice(b"PK\x03\x04");
    let mut lines = Vec::new();
    let mut unix = Vec::new();
    for (i, &byte) in bytes.iter().enumerate() {
        if byte == b'\n' {
            lines.push(b'\r');
        }
        lines.push(byte);
        if byte != b'\r' || bytes.get(i + 1) != Some(&b'\n') {
            unix.push(byte);
        }
    }
    let seven = bytes.iter().map(|byte| byte & 0x7f).collect();
    vec![
        damage("empty", vec![], Format, "the file is empty"),
        damage("wrong_magic", zip, Format, "it does not begin like one"),
        damage("text", b"index,grade\n1,2\n".to_vec(), Format, "it does not begin like one"),
        damage("line_ends_to_dos", lines, Format, "line ends were converted"),
        damage("line_ends_to_unix", unix, Format, "line ends were converted"),
        damage("seven_bits", seven, Format, "the eighth bit was stripped"),
        damage("extra_byte", [bytes.as_slice(), b"\n"].concat(), Format, "1 bytes follow the end"),
        damage("twice", [bytes.as_slice(), &bytes].concat(), Format, "bytes follow the end"),
    ]
}

fn cuts(whole: &File) -> Vec<Damage> {
    let bytes = whole.bytes();
    let mut places = vec![
        ("second_byte", 1),
        ("end_of_magic", 7),
        ("format", 8),
        ("numerics", 10),
        ("header_length", 12),
        ("payload_length", 16),
        ("header", PREFIX),
        ("within_header", PREFIX + 300),
        ("last_byte", bytes.len() - 1),
        ("within_digest", bytes.len() - DIGEST / 2),
    ];
    let boundaries = whole.boundaries();
    places.extend(boundaries.iter().map(|(name, at)| (name.as_str(), *at)));
    places
        .into_iter()
        .map(|(name, at)| {
            damage(format!("cut_before_{name}"), bytes[..at].to_vec(), Format, "the file is cut")
        })
        .collect()
}

fn flips(whole: &File) -> Vec<Damage> {
    let bytes = whole.bytes();
    let flipped = |at: usize, bit: u8| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << bit;
        bytes
    };
    let checksum = "the checksum differs";
    let mut list = vec![
        damage("flip_magic", flipped(2, 5), Format, "it does not begin like one"),
        damage("flip_format", flipped(8, 0), Unsupported, "file format 0"),
        damage("flip_numerics", flipped(11, 7), Unsupported, "numerics 32769"),
        damage("flip_header_length", flipped(12, 0), Format, "impossible lengths"),
        damage("flip_header_length_high", flipped(13, 4), Format, "the file is cut"),
        damage("flip_payload_length", flipped(16, 3), Format, "bytes"),
        damage("flip_header", flipped(PREFIX + 40, 1), Format, checksum),
        damage("flip_digest", flipped(bytes.len() - 5, 6), Format, checksum),
    ];
    for (name, at) in whole.boundaries().into_iter().filter(|(name, _)| name != "digest") {
        list.push(damage(format!("flip_{name}"), flipped(at + 4, 2), Format, checksum));
    }
    list
}

fn versions_and_lengths(whole: &File) -> Vec<Damage> {
    let (header, payload) = (padded(whole.header.as_bytes()), whole.payload());
    let with = |at: usize, bytes: &[u8]| {
        let mut file = file(&header, &payload);
        file[at..at + bytes.len()].copy_from_slice(bytes);
        sealed(file)
    };
    let shifted = |header_length: usize, payload_length: usize| {
        let mut file = with(12, &(header_length as u32).to_le_bytes());
        file[16..24].copy_from_slice(&(payload_length as u64).to_le_bytes());
        sealed(file)
    };
    let (h, p) = (header.len(), payload.len());
    let impossible = "impossible lengths";
    let newer = "use a newer karat";
    vec![
        damage("newer_format", with(8, &2_u16.to_le_bytes()), Unsupported, newer),
        damage("newer_numerics", with(10, &2_u16.to_le_bytes()), Unsupported, newer),
        damage("header_length_odd", shifted(h + 1, p - 1), Format, impossible),
        damage("header_length_zero", shifted(0, h + p), Format, "header:"),
        damage("header_length_above_a_mebibyte", shifted((1 << 20) + 8, p), Format, impossible),
        damage("header_length_beyond_the_file", shifted(1 << 20, p), Format, "the file is cut"),
        damage("header_takes_from_payload", shifted(h + 8, p - 8), Format, "header:"),
        damage("payload_takes_from_header", shifted(h - 8, p + 8), Format, "header:"),
        damage("payload_length_odd", shifted(h, p - 4), Format, impossible),
        damage("payload_length_above_64_mebibytes", shifted(h, (64 << 20) + 8), Format, impossible),
        damage("payload_length_largest", shifted(h, usize::MAX), Format, impossible),
        damage("payload_length_short", shifted(h, p - 8), Format, "8 bytes follow the end"),
        damage("payload_empty", file(&header, &[]), Format, "section FLDS reaches beyond the payload"),
    ]
}
