//! What Amazon Redshift does with the objects that are staged for it: the table, the options of `COPY`, and which records
//! become rows.
//!
//! Sources: the Redshift Database Developer Guide ("CREATE TABLE", "COPY": data format, data conversion and data load
//! operation parameters, "Load error reference"); behaviour sheet, 10.2. What the guide leaves open is marked CHOICE and
//! named in `docs/destinations/redshift.md`.

pub mod copy;
pub mod ddl;
pub mod errors;
pub mod fields;
pub mod load;
pub mod postgresql;
pub mod time;
mod tokens;
pub mod value;
