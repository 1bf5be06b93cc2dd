//! Tests of prefixes, written from the facts and from outputs of Java.

mod dates;
mod parsing;
mod rendering;
mod suspicions;
