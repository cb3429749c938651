//! Examples live beside this file, one program each. The Rust blocks of the README and the book are compiled
//! as documentation tests of this crate.

#![allow(clippy::doc_markdown, reason = "pages are written for readers of markdown, not of rustdoc")]

#[doc = include_str!("../../README.md")]
#[allow(dead_code, reason = "a place for documentation tests")]
struct Readme;

#[doc = include_str!("../../docs/src/tutorial/rust-and-c.md")]
#[allow(dead_code, reason = "a place for documentation tests")]
struct RustAndC;
