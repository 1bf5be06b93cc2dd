//! Processors: what happens to a record's bytes before it is buffered. One file each.

pub mod append_delimiter;
