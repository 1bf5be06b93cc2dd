use crate::rule;
use crate::rules::Findings;
use crate::template::Template;

rule! {
    /// A suppression suppresses nothing, or names no rule.
    ///
    /// ## Why
    /// It hides a mistake that comes later, or it never did what its author thought.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data  # firehose-kit: ignore FH012 -- not needed
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Command-line contract, section 2.
    "FH023", "idle-suppression", Warning, since "0.1.0", Document(check)
}

/// The findings of this rule come from the place that knows what was suppressed: `rules/suppress.rs`.
fn check(_: &Template, _: &mut Findings<'_>) {}
