//! Apache Iceberg tables: where a record's row goes, what is done there, and what its columns take (behaviour sheet, 10.8).

pub mod column_type;
pub mod definition;
pub mod tables;
mod value;
