//! Building the library, compiling and running C.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Warnings that no file of ours may give.
pub(crate) const STRICT: [&str; 5] = ["-Wall", "-Wextra", "-pedantic", "-Wstrict-prototypes", "-Werror"];

pub(crate) fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The shared library as C programs find it, with `karat_test_panic`, and what rustc said of it.
pub(crate) struct Library {
    pub(crate) directory: PathBuf,
    pub(crate) native_libraries: String,
}

fn scratch() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("c_interface")
}

/// An empty directory of one test's own.
pub(crate) fn empty_directory(name: &str) -> PathBuf {
    let directory = scratch().join(name);
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Where the tests' own builds of the library go: apart from those of the user, once for all tests.
pub(crate) fn target_directory() -> PathBuf {
    scratch().join("target")
}

/// Runs a command and gives its output; panics with all it said unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Whether a tool answers; says on the terminal what is skipped without it.
pub(crate) fn have(tool: &str, skipped: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        // Straight to the terminal: the test runner hides what passing tests print.
        let _ = writeln!(std::io::stderr(), "c_interface: {tool} is not installed; skipped: {skipped}");
    }
    found
}

/// The library with the test hooks, built once.
pub(crate) fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let output = run(Command::new(env!("CARGO"))
            .args(["rustc", "-p", "karat-capi", "--lib", "--features", "test-hooks", "--target-dir"])
            .arg(target_directory())
            .args(["--", "--print", "native-static-libs"])
            .current_dir(env!("CARGO_MANIFEST_DIR")));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let native = said.lines().find_map(|line| line.split_once("native-static-libs: "));
        let directory = empty_directory("library");
        let built = target_directory().join("debug");
        std::fs::copy(built.join("libkarat.so"), directory.join("libkarat.so.0")).unwrap();
        std::fs::copy(built.join("libkarat.a"), directory.join("libkarat.a")).unwrap();
        std::os::unix::fs::symlink("libkarat.so.0", directory.join("libkarat.so")).unwrap();
        Library {
            directory,
            native_libraries: native.map(|(_, list)| list.trim().to_owned()).unwrap_or_default(),
        }
    })
}

/// A C99 compiler with every warning an error, that finds the header.
pub(crate) fn compiler() -> Command {
    let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    command.arg("-std=c99").args(STRICT).args(["-g", "-O1", "-I"]).arg(source("include"));
    command
}

/// Compiles a program against the shared library, and gives its path.
pub(crate) fn program(file: &str, into: &Path) -> PathBuf {
    let source = source(file);
    let program = into.join(source.file_stem().unwrap());
    let directory = &library().directory;
    run(compiler()
        .arg(&source)
        .arg("-L")
        .arg(directory)
        .args(["-lkarat", "-lm", "-pthread"])
        .arg(format!("-Wl,-rpath,{}", directory.display()))
        .arg("-o")
        .arg(&program));
    program
}
