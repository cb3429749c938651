//! Damage to the header, under a checksum that was put right.

use super::{Damage, File, damage, file, padded};
use crate::Failure;
use karat_scorer::ErrorKind::{Format, Unsupported};

pub(super) fn all(whole: &File) -> Result<Vec<Damage>, Failure> {
    let mut list = json(whole);
    list.extend(replacements(whole)?);
    list.extend(crowds(whole)?);
    Ok(list)
}

/// Headers that are not the JSON they should be.
fn json(whole: &File) -> Vec<Damage> {
    let header = whole.header.as_bytes();
    let with = |header: &[u8]| file(&padded(header), &whole.payload());
    let deep = [b"[".repeat(20_000).as_slice(), header].concat();
    let mut latin = header.to_vec();
    let name = whole.header.find("whole").unwrap_or_default();
    latin[name] = 0xe9;
    let mut nul_padded = header.to_vec();
    nul_padded.resize(nul_padded.len().next_multiple_of(8) + 8, 0);
    let mut wide_padded = padded(header);
    wide_padded.extend([b' '; 8]);
    let front = [b"        ".as_slice(), &padded(header)].concat();
    let inner_deep = whole.header.replace("\"whole\"", &"{\"a\":[".repeat(4_000));
    vec![
        damage("json_not", with(b"model = \"whole\""), Format, "header: expected value"),
        damage("json_blank", with(b"        "), Format, "header: EOF"),
        damage("json_cut", with(&header[..header.len() - 1]), Format, "header: EOF"),
        damage("json_twice", with(&header.repeat(2)), Format, "header: trailing characters"),
        damage("json_deep", with(&deep), Format, "header: invalid type: sequence"),
        damage("json_deep_inside", with(inner_deep.as_bytes()), Format, "header: invalid type: map"),
        damage("json_not_utf8", with(&latin), Format, "header: invalid unicode code point"),
        damage("json_nul_padded", file(&nul_padded, &whole.payload()), Format, "header: trailing characters"),
        damage("json_padded_too_far", file(&wide_padded, &whole.payload()), Format, "not in canonical form"),
        damage("json_space_in_front", file(&front, &whole.payload()), Format, "not in canonical form"),
    ]
}

/// One text of the header replaced by another.
fn replacements(whole: &File) -> Result<Vec<Damage>, Failure> {
    let canonical = "header: not in canonical form";
    let cases = [
        (
            "json_float",
            "\"kind\":\"TREE\",\"len\":112",
            "\"kind\":\"TREE\",\"len\":112.0",
            "invalid type: floating point",
        ),
        (
            "json_exponent",
            "\"kind\":\"TREE\",\"len\":112",
            "\"kind\":\"TREE\",\"len\":1e2",
            "invalid type: floating point",
        ),
        ("json_negative", "\"kind\":\"TREE\",\"len\":112", "\"kind\":\"TREE\",\"len\":-8", "invalid value"),
        (
            "json_number_beyond_u64",
            "\"kind\":\"TREE\",\"len\":112",
            "\"kind\":\"TREE\",\"len\":18446744073709551616",
            "invalid type",
        ),
        (
            "json_duplicate_key",
            "{\"model\":",
            "{\"model\":{\"name\":\"a\",\"writer\":\"b\"},\"model\":",
            "duplicate field `model`",
        ),
        ("json_unknown_key", "{\"model\":", "{\"extra\":0,\"model\":", "unknown field `extra`"),
        (
            "json_missing_key",
            concat!(",\"writer\":\"karat ", env!("CARGO_PKG_VERSION"), "\""),
            "",
            "missing field `writer`",
        ),
        (
            "json_unsorted",
            "\"missing\":\"median\",\"name\":\"arpu\"",
            "\"name\":\"arpu\",\"missing\":\"median\"",
            canonical,
        ),
        ("json_white_space", "{\"model\":", "{ \"model\":", canonical),
        ("json_escaped", "\"name\":\"arpu\"", "\"name\":\"\\u0061rpu\"", canonical),
        ("json_lone_surrogate", "\"name\":\"arpu\"", "\"name\":\"\\ud800\"", "header: "),
        (
            "json_leading_zero",
            "\"kind\":\"TREE\",\"len\":112",
            "\"kind\":\"TREE\",\"len\":0112",
            "header: invalid number",
        ),
        (
            "kind_unknown",
            "\"kind\":\"numeric\",\"missing\":\"median\",\"name\":\"arpu\"",
            "\"kind\":\"text\",\"missing\":\"median\",\"name\":\"arpu\"",
            "unknown variant `text`",
        ),
        (
            "missing_rule_unknown",
            "\"missing\":\"neutral\"",
            "\"missing\":\"guess\"",
            "unknown variant `guess`",
        ),
        ("name_empty", "\"name\":\"arpu\"", "\"name\":\"\"", "must have names that are not empty"),
        ("name_with_nul", "\"name\":\"arpu\"", "\"name\":\"a\\u0000\"", "must have names that are not empty"),
        ("name_twice", "\"name\":\"arpu\"", "\"name\":\"contract\"", "`contract` twice"),
        ("category_twice", "[\"monthly\",\"yearly\"]", "[\"monthly\",\"monthly\"]", "`monthly` twice"),
        ("category_none", "[\"monthly\",\"yearly\"]", "[]", "must list at least one category"),
        ("category_lost", "[\"monthly\",\"yearly\"]", "[\"monthly\"]", "must have parameters in order"),
        (
            "category_of_a_number",
            "{\"categorical\":[\"monthly\",\"yearly\"]}",
            "\"numeric\"",
            "must give values to categories",
        ),
        ("grade_name_twice", "[\"low\",\"middle\",\"high\"]", "[\"low\",\"middle\",\"low\"]", "`low` twice"),
        (
            "grade_name_lost",
            "[\"low\",\"middle\",\"high\"]",
            "[\"low\",\"high\"]",
            "expected 3 names of grades, got 2",
        ),
        (
            "type_name_lost",
            "[\"A\",\"B1\",\"B2\",\"C\"]",
            "[\"A\",\"B\",\"C\"]",
            "expected 4 names of types, got 3",
        ),
        (
            "segment_name_extra",
            "[\"s0\",\"s1\"]",
            "[\"s0\",\"s1\",\"s2\"]",
            "expected 2 names of segments, got 3",
        ),
        (
            "rule_name_lost",
            "[\"too_small\",\"odd\",\"frozen\"]",
            "[\"too_small\",\"odd\"]",
            "expected 3 names of rules, got 2",
        ),
        (
            "dimension_name_extra",
            "[\"contribution\",\"attribution\"]",
            "[\"contribution\",\"attribution\",\"x\"]",
            "names of dimensions",
        ),
        (
            "section_beyond_payload",
            "\"kind\":\"card\",\"len\":12",
            "\"kind\":\"card\",\"len\":24",
            "section card reaches beyond",
        ),
        (
            "section_length_largest",
            "\"kind\":\"card\",\"len\":12",
            "\"kind\":\"card\",\"len\":18446744073709551615",
            "section card reaches beyond",
        ),
        (
            "section_too_short",
            "\"kind\":\"TREE\",\"len\":112",
            "\"kind\":\"TREE\",\"len\":104",
            "section TREE: ",
        ),
        (
            "section_too_long",
            "\"kind\":\"TREE\",\"len\":112",
            "\"kind\":\"TREE\",\"len\":120",
            "section TREE: 8 bytes are left over",
        ),
        (
            "section_empty",
            "\"kind\":\"TREE\",\"len\":112",
            "\"kind\":\"TREE\",\"len\":0",
            "section TREE: ends after 0 bytes",
        ),
        (
            "section_unaligned",
            "\"kind\":\"TREE\",\"len\":112",
            "\"kind\":\"TREE\",\"len\":109",
            "section TREE",
        ),
        (
            "hole_at_the_end",
            ",{\"kind\":\"card\",\"len\":12,\"rev\":1}",
            "",
            "16 bytes of the payload belong to no section",
        ),
        (
            "padding_of_a_note",
            "\"kind\":\"card\",\"len\":12",
            "\"kind\":\"card\",\"len\":11",
            "section card is not followed by spaces",
        ),
        (
            "note_named_by_three_letters",
            "\"kind\":\"card\"",
            "\"kind\":\"car\"",
            "must be named by four letters",
        ),
        (
            "note_named_with_a_digit",
            "\"kind\":\"card\"",
            "\"kind\":\"car1\"",
            "must be named by four letters",
        ),
    ];
    let mut list = Vec::new();
    for (name, from, to, says) in cases {
        list.push(damage(name, whole.with_header(from, to)?, Format, says));
    }
    for (name, from, to, says) in [
        (
            "newer_revision",
            "\"kind\":\"TREE\",\"len\":112,\"rev\":1",
            "\"kind\":\"TREE\",\"len\":112,\"rev\":2",
            "section TREE revision 2",
        ),
        (
            "newer_probes",
            "\"rev\":1},{\"kind\":\"card\"",
            "\"rev\":9},{\"kind\":\"card\"",
            "section PRBE revision 9",
        ),
        (
            "unknown_section",
            "\"kind\":\"SEGM\"",
            "\"kind\":\"WAVE\"",
            "the model needs section WAVE revision 1",
        ),
        ("unknown_section_without_letters", "\"kind\":\"card\"", "\"kind\":\"\"", "the model needs section"),
    ] {
        list.push(damage(name, whole.with_header(from, to)?, Unsupported, says));
    }
    Ok(list)
}

/// More of something than a model may have.
fn crowds(whole: &File) -> Result<Vec<Damage>, Failure> {
    let field =
        |i: usize| format!("{{\"kind\":\"numeric\",\"missing\":\"ignore\",\"name\":\"x{i}\",\"unit\":\"\"}}");
    let fields: Vec<String> = (0..256).map(field).collect();
    let schema = format!(
        "{{\"kind\":\"numeric\",\"missing\":\"median\",\"name\":\"arpu\",\"unit\":\"CNY\"}},{}",
        fields.join(",")
    );
    let arpu = "{\"kind\":\"numeric\",\"missing\":\"median\",\"name\":\"arpu\",\"unit\":\"CNY\"}";
    let actions: Vec<String> =
        (0..15_000).map(|i| format!("\"{i:x}\"")).chain(["\"0\"".to_owned()]).collect();
    let rest =
        whole.header.split_once("\"schema\":[").and_then(|(_, rest)| rest.split_once("],\"sections\""));
    let all_fields = rest.map_or("", |(fields, _)| fields);
    Ok(vec![
        damage(
            "fields_none",
            whole.with_header(all_fields, "")?,
            Format,
            "`fields` must number 1 to 256, got 0",
        ),
        damage(
            "fields_260",
            whole.with_header(arpu, &schema)?,
            Format,
            "`fields` must number 1 to 256, got 260",
        ),
        damage(
            "names_by_the_ten_thousand",
            whole.with_header("\"actions\":[]", &format!("\"actions\":[{}]", actions.join(",")))?,
            Format,
            "`0` twice",
        ),
    ])
}
