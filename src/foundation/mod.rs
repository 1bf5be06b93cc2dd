//! Words everybody uses: places in source text, documents, findings, records, time, randomness.

pub mod byte_size;
pub mod record;
pub mod seed;
pub mod timestamp;
