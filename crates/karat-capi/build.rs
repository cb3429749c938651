//! Gives the shared library its SONAME: the version of the C interface, not of the crate.

/// Counts up when a symbol or the meaning of one goes, and only then.
const INTERFACE: u32 = 0;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libkarat.so.{INTERFACE}");
    }
}
