//! Words everybody uses: places in source text, documents, findings, records, time, randomness.

pub mod diagnostic;
pub mod document;
pub mod scalar;
pub mod span;
pub mod suggest;
