use super::source_kinds::report_missing_block;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// The stream reads from Amazon MSK, and `MSKSourceConfiguration` is missing.
    ///
    /// ## Why
    /// The service refuses a stream whose type names a source that is not there.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamType: MSKAsSource
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// DeliveryStreamType: MSKAsSource
    /// MSKSourceConfiguration:
    ///   MSKClusterARN: arn:aws:kafka:eu-west-1:444455556666:cluster/orders/0a1b2c3d-aaaa-bbbb-cccc-0123456789ab-1
    ///   TopicName: orders
    ///   AuthenticationConfiguration:
    ///     Connectivity: PRIVATE
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 4; service behaviour, section 2.
    "FH106", "missing-msk-source", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let service = "MSKSourceConfig is mandatory for MSK as Source stream type.";
    report_missing_block(scope, findings, "MSKAsSource", Some(service));
}
