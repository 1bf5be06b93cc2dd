//! Apache Iceberg tables: where a record's row goes, and what is done there (behaviour sheet, 10.8).

pub mod tables;
