//! The C header: cbindgen's reading of `crates/karat-capi/src`, with the version of the crate.

use crate::Failure;
use std::path::{Path, PathBuf};

fn capi() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/karat-capi")
}

fn committed() -> PathBuf {
    capi().join("include/karat.h")
}

/// Writes `include/karat.h`.
pub(crate) fn write() -> Result<String, Failure> {
    std::fs::create_dir_all(capi().join("include"))?;
    std::fs::write(committed(), generate()?)?;
    Ok("wrote crates/karat-capi/include/karat.h".to_owned())
}

/// Compares `include/karat.h` with what [`write`] would write.
pub(crate) fn verify() -> Result<String, Failure> {
    let found = std::fs::read_to_string(committed())?;
    let wanted = generate()?;
    if found == wanted {
        return Ok("crates/karat-capi/include/karat.h is up to date".to_owned());
    }
    let line = found.lines().zip(wanted.lines()).take_while(|(found, wanted)| found == wanted).count();
    Err(format!(
        "crates/karat-capi/include/karat.h differs from the code at line {}; \
         run `cargo run -p xtask -- header`",
        line + 1
    )
    .into())
}

fn generate() -> Result<String, Failure> {
    let mut config = cbindgen::Config::from_file(capi().join("cbindgen.toml"))?;
    config.after_includes = Some(versions(env!("CARGO_PKG_VERSION"))? + OPENING);
    let bindings = cbindgen::Builder::new().with_crate(capi()).with_config(config).generate()?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    Ok(tidy(&String::from_utf8(text)?))
}

/// cbindgen's own lines for C++ end in `//` comments, which C89 does not know.
const OPENING: &str = "\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif";
const CLOSING: &str = "#ifdef __cplusplus\n}\n#endif\n";

/// Gives one-line comments one line: that of the constant or field they describe, or their own.
fn tidy(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut tidied: Vec<String> = Vec::new();
    while let Some(line) = lines.next() {
        let Some(indent) = line.strip_suffix("/**") else {
            match line {
                "#endif  /* KARAT_H */" => tidied.extend([CLOSING.to_owned(), line.replace("  ", " ")]),
                "KARAT_API" => match lines.next_if(|next| next.ends_with(';')) {
                    Some(whole) => tidied.push(format!("{line} {whole}")),
                    None => tidied.push(line.to_owned()),
                },
                _ => tidied.push(line.to_owned()),
            }
            continue;
        };
        let mut comment = Vec::new();
        for line in lines.by_ref().take_while(|line| line.trim() != "*/") {
            comment.push(line.trim_start().strip_prefix('*').unwrap_or_default().trim_end());
        }
        let shares = |next: &&str| next.starts_with("#define") || next.starts_with("    ");
        match (comment.as_slice(), lines.next_if(shares)) {
            (&[only], Some(next)) => {
                if next.starts_with("#define") && follows_constant(&tidied) {
                    tidied.pop();
                }
                tidied.push(format!("{} /*{only} */", aligned(next)));
            }
            (&[only], None) => tidied.push(format!("{indent}/*{only} */")),
            (several, next) => {
                tidied.push(format!("{indent}/*"));
                tidied.extend(several.iter().map(|line| format!("{indent} *{line}")));
                tidied.push(format!("{indent} */"));
                tidied.extend(next.map(str::to_owned));
            }
        }
    }
    tidied.join("\n") + "\n"
}

/// A constant or field, as wide as its neighbours.
fn aligned(declaration: &str) -> String {
    match declaration.strip_prefix("#define ").and_then(|rest| rest.split_once(' ')) {
        Some((name, value)) => format!("#define {name:<29} {value:<5}"),
        None => format!("{declaration:<21}"),
    }
}

/// Whether the text ends in a constant with its comment and a blank line.
fn follows_constant(lines: &[String]) -> bool {
    matches!(lines, [.., constant, blank]
        if blank.is_empty() && constant.starts_with("#define") && constant.ends_with("*/"))
}

/// The version macros; the workspace has one version, so xtask's own is that of the library.
fn versions(version: &str) -> Result<String, Failure> {
    let parts = version.splitn(3, '.').map(str::parse).collect::<Result<Vec<u32>, _>>()?;
    let &[major, minor, patch] = parts.as_slice() else {
        return Err(format!("version {version} is not MAJOR.MINOR.PATCH").into());
    };
    if minor > 99 || patch > 99 {
        return Err(format!("version {version} does not fit KARAT_VERSION_NUMBER").into());
    }
    Ok(format!(
        "
/* The version of this header; karat_version() is that of the library. NUMBER is
 * MAJOR * 10000 + MINOR * 100 + PATCH. */
#define KARAT_VERSION_MAJOR {major}
#define KARAT_VERSION_MINOR {minor}
#define KARAT_VERSION_PATCH {patch}
#define KARAT_VERSION_NUMBER {number}

/* Set it before including this file if your system decorates imported functions. */
#ifndef KARAT_API
#define KARAT_API
#endif",
        number = major * 10_000 + minor * 100 + patch
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_header_is_what_the_code_says() {
        verify().unwrap();
    }

    #[test]
    fn the_packed_number_uses_all_three_parts() {
        let text = versions("12.34.56").unwrap();
        assert!(text.contains("#define KARAT_VERSION_NUMBER 123456\n"), "{text}");
        assert!(versions("1.100.0").is_err());
        assert!(versions("1.0").is_err());
    }
}
