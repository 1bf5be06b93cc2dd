//! The error logs of a stream: every block that may have `CloudWatchLoggingOptions`.

use crate::rules::scope::{S3Role, enabled};
use crate::rules::{Place, Scope};

/// `CloudWatchLoggingOptions` of a block.
pub struct Logging<'a> {
    /// The options.
    pub options: Place<'a>,
    /// Whether they are switched on; `None` if unknown.
    pub enabled: Option<bool>,
    /// The destination property that holds them, and whether they are of an S3 block in it.
    pub destination: &'static str,
    /// Whether they are those of an S3 block within the destination.
    pub is_nested: bool,
}

impl<'a> Logging<'a> {
    /// `LogGroupName`, where it is set.
    pub fn group(&self) -> Option<Place<'a>> {
        self.options.get("LogGroupName").filter(|place| place.is_set())
    }

    /// `LogStreamName`, where it is set.
    pub fn stream(&self) -> Option<Place<'a>> {
        self.options.get("LogStreamName").filter(|place| place.is_set())
    }
}

/// The logs of a stream: of each destination, then of the S3 blocks in it.
pub fn logs<'a>(scope: &Scope<'a>) -> Vec<Logging<'a>> {
    let destinations = scope.destinations().into_iter().map(|(name, place)| (name, place, false));
    let nested = scope
        .s3_blocks()
        .into_iter()
        .filter(|block| matches!(block.role, S3Role::Nested | S3Role::Backup))
        .map(|block| (block.destination, block.place, true));
    let logging = |(destination, block, is_nested): (&'static str, Place<'a>, bool)| {
        let options =
            block.get("CloudWatchLoggingOptions").filter(|options| options.node.as_map().is_some())?;
        Some(Logging {
            options,
            enabled: enabled(&block, "CloudWatchLoggingOptions", false),
            destination,
            is_nested,
        })
    };
    destinations.chain(nested).filter_map(logging).collect()
}
