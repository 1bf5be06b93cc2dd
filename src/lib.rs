//! firehose-kit tells the truth about an Amazon Data Firehose delivery stream before it exists.
//!
//! Layers, top to bottom; imports only point down (`tests/tidy.rs`, `docs/ARCHITECTURE.md`):
//!
//! * [`cli`]: arguments and dispatch.
//! * [`commands`]: one file a subcommand.
//! * [`report`]: values to text; the only layer that writes to the screen.
//! * [`rules`]: what can be wrong with a delivery stream.
//! * [`deploy`]: CloudFormation change sets; a sans-IO machine, and the SDK.
//! * [`simulation`]: the engine in virtual time, with local files.
//! * [`template`]: text to a resolved document.
//! * [`pipeline`]: what Firehose does over time; sans-IO and deterministic.
//! * [`model`]: what Firehose is; no time.
//! * [`foundation`]: words everybody uses.

pub mod cli;
pub mod commands;
#[cfg(feature = "aws")]
pub mod deploy;
pub mod foundation;
pub mod model;
#[cfg(feature = "simulate")]
pub mod pipeline;
pub mod report;
pub mod rules;
#[cfg(feature = "simulate")]
pub mod simulation;
pub mod template;
