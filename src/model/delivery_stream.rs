//! A delivery stream whose values are known: what `render` and `simulate` look at. It can't be wrong in shape.

use super::{destination::Destination, source::Source};

/// A delivery stream, ready to run.
#[derive(Clone, Debug)]
pub struct DeliveryStream {
    /// The resource's name inside the template.
    pub logical_id: String,
    /// `DeliveryStreamName`, as object names carry it.
    pub name: String,
    /// The stream's ARN.
    pub arn: String,
    /// The Region it lives in.
    pub region: String,
    /// The account it lives in.
    pub account: String,
    /// Where records come from.
    pub source: Source,
    /// Where they go.
    pub destination: Destination,
}
