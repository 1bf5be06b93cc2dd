//! Words everybody uses: places in source text, documents, findings, records, time, randomness.

pub mod byte_size;
pub mod diagnostic;
pub mod document;
pub mod json_skim;
pub mod json_values;
pub mod record;
pub mod scalar;
pub mod secret_name;
pub mod seed;
pub mod span;
pub mod spare_memory;
pub mod suggest;
pub mod timestamp;
