//! The installed library: its files, its symbols, and the examples built against it in every way.

use crate::model::{small_model, small_rows};
use crate::toolchain::{empty_directory, have, library, run, source, target_directory};
use karat_scorer::Scorer;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn install(variables: &[(&str, &str)]) {
    // Built first, so that this build does not replace the other's files while they are copied.
    library();
    run(Command::new(source("install.sh"))
        .envs(variables.iter().copied())
        .env("PROFILE", "dev")
        .env("CARGO", env!("CARGO"))
        .env("CARGO_TARGET_DIR", target_directory()));
}

/// An installation without the test hooks, shared by the tests.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let prefix = empty_directory("prefix");
        install(&[("PREFIX", prefix.to_str().unwrap()), ("DESTDIR", ""), ("LIBDIR", "lib")]);
        prefix
    })
}

fn pkg_config(arguments: &[&str]) -> String {
    let output = run(Command::new("pkg-config")
        .args(arguments)
        .arg("karat")
        .env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig")));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn example(name: &str) -> PathBuf {
    source("../../examples/c").join(name)
}

/// Builds both examples with their own Makefile, away from the sources.
fn examples(into: &str) -> PathBuf {
    let directory = empty_directory(into);
    for file in ["Makefile", "hello.c", "score.c"] {
        std::fs::copy(example(file), directory.join(file)).unwrap();
    }
    run(Command::new("make")
        .args(["-s", "CFLAGS=-O1 -g -Wall -Wextra -pedantic -Werror"])
        .current_dir(&directory)
        .env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig")));
    small_model().save(directory.join("small.karat")).unwrap();
    directory
}

fn say_hello(program: &Path, model: &Path) {
    let output = run(Command::new(program).arg(model));
    // By hand, of equal weights without complaints: (120 / 500 + 36 / 60 + 0.5) / 3 = 0.44667.
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "value index 44.67\n");
}

#[test]
fn the_files_land_where_packages_expect_them() {
    let stage = empty_directory("stage");
    install(&[("PREFIX", "/opt/karat"), ("DESTDIR", stage.to_str().unwrap()), ("LIBDIR", "lib/deep")]);
    let root = stage.join("opt/karat");
    let shared = format!("libkarat.so.{VERSION}");
    for file in ["include/karat.h", "lib/deep/libkarat.a", "lib/deep/cmake/karat/karatConfigVersion.cmake"] {
        assert!(root.join(file).is_file(), "{file}");
    }
    let link = |name: &str| std::fs::read_link(root.join("lib/deep").join(name)).unwrap();
    assert_eq!(link("libkarat.so"), Path::new("libkarat.so.0"));
    assert_eq!(link("libkarat.so.0"), Path::new(&shared));
    let description = std::fs::read_to_string(root.join("lib/deep/pkgconfig/karat.pc")).unwrap();
    assert!(description.contains("prefix=/opt/karat\nlibdir=${prefix}/lib/deep\n"), "{description}");
    let cmake = std::fs::read_to_string(root.join("lib/deep/cmake/karat/karatConfig.cmake")).unwrap();
    for file in [cmake, description] {
        let text = file.replace("@ONLY", "");
        assert!(!text.contains('@') && !text.contains(stage.to_str().unwrap()), "{text}");
    }
}

#[test]
fn the_library_exports_the_committed_symbols_and_its_soname() {
    if !have("nm", "the list of exported symbols") || !have("readelf", "the SONAME") {
        return;
    }
    let library = prefix().join("lib/libkarat.so");
    let output = run(Command::new("nm").args(["-D", "--defined-only"]).arg(&library));
    let said = String::from_utf8(output.stdout).unwrap();
    let mut symbols: Vec<&str> = said.lines().filter_map(|line| line.split_whitespace().last()).collect();
    symbols.sort_unstable();
    let committed = std::fs::read_to_string(source("tests/c/symbols.txt")).unwrap();
    assert_eq!(symbols, committed.lines().collect::<Vec<_>>());

    let header = std::fs::read_to_string(source("include/karat.h")).unwrap();
    assert!(symbols.iter().all(|symbol| header.contains(&format!("{symbol}("))));
    let output = run(Command::new("readelf").arg("-d").arg(&library));
    assert!(String::from_utf8_lossy(&output.stdout).contains("[libkarat.so.0]"));
}

#[test]
fn a_program_links_the_static_library_with_the_libraries_we_name() {
    if !have("pkg-config", "static linking") {
        return;
    }
    let named = std::fs::read_to_string(prefix().join("lib/pkgconfig/karat.pc")).unwrap();
    let named = named.lines().find_map(|line| line.strip_prefix("Libs.private: ")).unwrap();
    // Other C libraries need other lists; this is the one the installer writes.
    if cfg!(target_env = "gnu") {
        assert_eq!(named, library().native_libraries);
    }
    let directory = empty_directory("static");
    let program = directory.join("hello");
    let model = directory.join("small.karat");
    small_model().save(&model).unwrap();
    run(Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"])
        .args(pkg_config(&["--cflags"]).split_whitespace())
        .arg(example("hello.c"))
        .arg(prefix().join("lib/libkarat.a"))
        .args(named.split_whitespace())
        .arg("-o")
        .arg(&program));
    say_hello(&program, &model);
}

#[test]
fn cmake_finds_both_libraries() {
    if !have("cmake", "the CMake package") {
        return;
    }
    let directory = empty_directory("cmake");
    let project = format!(
        "cmake_minimum_required(VERSION 3.13)\nproject(billing C)\n\
         find_package(karat 0.1 REQUIRED)\nfind_package(karat {VERSION} EXACT REQUIRED)\n\
         find_package(karat 99 QUIET)\nif(karat_FOUND)\n  message(FATAL_ERROR \"99 found\")\nendif()\n\
         foreach(kind karat karat-static)\n  add_executable(hello-${{kind}} {hello})\n  \
         target_link_libraries(hello-${{kind}} PRIVATE karat::${{kind}})\nendforeach()\n",
        hello = example("hello.c").display()
    );
    std::fs::write(directory.join("CMakeLists.txt"), project).unwrap();
    let build = directory.join("build");
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", prefix().display());
    run(Command::new("cmake").arg("-S").arg(&directory).arg("-B").arg(&build).arg(prefix));
    run(Command::new("cmake").arg("--build").arg(&build));
    let model = directory.join("small.karat");
    small_model().save(&model).unwrap();
    say_hello(&build.join("hello-karat"), &model);
    say_hello(&build.join("hello-karat-static"), &model);
}

/// The rows as a CSV with the columns backwards, a stranger among them, quotes, blanks and CRLF.
fn csv(rows: &[f64]) -> String {
    let model = small_model();
    let fields = model.schema.fields();
    let header: Vec<&str> = fields.iter().rev().map(|field| field.name.as_str()).collect();
    let mut text = format!("\u{feff}\"customer, \"\"id\"\"\",{}\r\n", header.join(","));
    for (i, row) in rows.chunks_exact(fields.len()).enumerate() {
        write!(text, "\"Li, \"\"{i}\"\"\nsecond line\"").unwrap();
        for (field, value) in fields.iter().zip(row).rev() {
            match field.categories().get(*value as usize) {
                _ if value.is_nan() => text.push_str(if i % 2 == 0 { "," } else { ", " }),
                Some(label) if *value >= 0.0 => write!(text, ",\"{label}\"").unwrap(),
                _ if !field.categories().is_empty() => text.push_str(",never heard of"),
                // The shortest decimal that reads back as the same double.
                _ => write!(text, ",{value}").unwrap(),
            }
        }
        text.push_str("\r\n");
    }
    text
}

fn score(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(directory.join("score")).args(arguments).current_dir(directory).output().unwrap()
}

#[test]
fn the_billing_program_gives_the_records_of_rust_on_any_number_of_threads() {
    if !have("pkg-config", "the examples") || !have("make", "the examples") {
        return;
    }
    let directory = examples("billing");
    say_hello(&directory.join("hello"), &directory.join("small.karat"));
    let rows = small_rows(1001);
    std::fs::write(directory.join("customers.csv"), csv(&rows)).unwrap();
    let scorer = Scorer::new(&small_model()).unwrap();
    let scores: Vec<_> = rows.chunks_exact(8).map(|row| scorer.score(row).unwrap()).collect();
    let expected: Vec<u8> = scores.iter().flat_map(karat_scorer::Score::to_bytes).collect();
    for threads in ["1", "2", "7", "256"] {
        let arguments = ["small.karat", "customers.csv", "--threads", threads, "--out", "records.bin"];
        let output = score(&directory, &arguments);
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(std::fs::read(directory.join("records.bin")).unwrap() == expected, "{threads} threads");
        assert!(said.starts_with("1001 customers, model "), "{said}");
        for (grade, name) in small_model().names.grades.iter().enumerate() {
            let count = scores.iter().filter(|score| usize::from(score.grade) == grade).count();
            assert!(count > 0 && said.contains(&format!("  {name:24} {count:10}\n")), "{said}");
        }
    }
    if have("valgrind", "memory checks of the billing program") {
        let arguments = ["./score", "small.karat", "customers.csv", "--threads", "3", "--out", "records.bin"];
        run(Command::new("valgrind")
            .args(["--quiet", "--error-exitcode=9", "--leak-check=full"])
            .args(arguments)
            .current_dir(&directory));
    }
}

#[test]
fn the_billing_program_says_what_is_wrong_and_where() {
    if !have("pkg-config", "the examples") || !have("make", "the examples") {
        return;
    }
    let directory = examples("complaints");
    let header = "arpu_3m,tenure_months,contract,complaints,previous_grade,grade_age,late_payments,blocked";
    let table = |name: &str, text: &str| std::fs::write(directory.join(name), text).unwrap();
    table("good.csv", &format!("{header}\n1,2,yearly,0,,,,\n\n1,2,yearly,0,,,,"));
    table("none.csv", &format!("{header}\n"));
    table("empty.csv", "");
    table("lacking.csv", "arpu_3m,contract,complaints,previous_grade,late_payments,blocked\n");
    table("twice.csv", &format!("{header},tenure_months\n"));
    table("text.csv", &format!("{header}\n1,2,yearly,0,,,,\n1,two,yearly,0,,,,\n"));
    table("fewer.csv", &format!("{header}\n1,2,yearly\n"));
    table("more.csv", &format!("{header}\n1,2,yearly,0,,,,,\n"));
    table("quote.csv", &format!("{header}\n1,2,\"yearly,0,,,,\n"));
    let says = |arguments: &[&str], code: i32, wanted: &str| {
        let output = score(&directory, arguments);
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(wanted), "{arguments:?}: {said}");
    };
    says(&["small.karat", "good.csv"], 0, "2 customers");
    says(&["small.karat", "none.csv", "--threads", "4", "--out", "none.bin"], 0, "0 customers");
    says(&[], 2, "usage: ");
    says(&["small.karat"], 2, "usage: ");
    says(&["small.karat", "good.csv", "--threads", "0"], 2, "usage: ");
    says(&["small.karat", "good.csv", "--out"], 2, "usage: ");
    says(&["good.csv", "good.csv"], 3, "good.csv: not a usable karat model: it does not begin like one");
    says(&["gone.karat", "good.csv"], 3, "gone.karat: cannot read: ");
    says(&["small.karat", "gone.csv"], 4, "gone.csv: No such file");
    says(&["small.karat", "empty.csv"], 4, "no column `arpu_3m`");
    says(
        &["small.karat", "lacking.csv"],
        4,
        "no column `tenure_months`\nscore: the CSV has no column `grade_age`",
    );
    says(&["small.karat", "twice.csv"], 4, "more than one column `tenure_months`");
    says(&["small.karat", "text.csv"], 4, "line 3: column `tenure_months` must be a number, got \"two\"");
    says(&["small.karat", "fewer.csv"], 4, "line 2: fewer cells than the header");
    says(&["small.karat", "more.csv"], 4, "line 2: more cells than the header");
    says(&["small.karat", "quote.csv"], 4, "line 2: a quote is never closed");
    says(&["small.karat", "good.csv", "--out", "no/such/folder"], 5, "no/such/folder: No such file");
    says(&["small.karat", "good.csv", "--out", "/dev/full"], 5, "/dev/full: No space left on device");
}
