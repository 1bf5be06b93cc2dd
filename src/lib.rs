//! firehose-kit tells the truth about an Amazon Data Firehose delivery stream before it exists.

pub mod foundation;
pub mod model;
pub mod pipeline;
pub mod simulation;
