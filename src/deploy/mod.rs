//! CloudFormation deployments: a change set that is understood, and a failure with its first cause.
//!
//! [`Deployment`] is a sans-IO machine. The shell gives it answers and the time ([`Deployment::handle`]), carries out what
//! [`Deployment::poll_request`] asks for, wakes it at [`Deployment::poll_timeout`], and shows what
//! [`Deployment::poll_event`] tells. One request is out at a time. The machine knows no network and no clock; all that
//! AWS may answer can be played to it. The SDK sits in `client.rs`.

pub mod api;
pub mod capabilities;
pub mod cause;
pub mod change_set;
pub mod client;
pub mod consequence;
pub mod differences;
pub mod drift;
pub mod effect;
mod ending;
pub mod event;
pub mod events;
mod following;
pub mod hooks;
mod machine;
pub mod metrics;
pub mod pace;
pub mod parameters;
pub mod place;
mod preparing;
mod reading;
pub mod replacing;
pub mod smoke;
pub mod stack;
pub mod stream;
pub mod verdict;

pub use event::DeployEvent;
pub use machine::{Confirmation, Decision, Deployment, Input, Mode, OnFailure, Plan};
pub use verdict::{Refusal, Verdict};
