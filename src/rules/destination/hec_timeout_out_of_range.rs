use crate::rule;
use crate::rules::shape;

rule! {
    /// `HECAcknowledgmentTimeoutInSeconds` is outside 180–600.
    ///
    /// ## Why
    /// The service refuses it.
    ///
    /// ## Fires on
    /// ```yaml
    /// SplunkDestinationConfiguration:
    ///   HECEndpoint: https://hec.example.com:8088
    ///   HECEndpointType: Raw
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   HECAcknowledgmentTimeoutInSeconds: 60
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// SplunkDestinationConfiguration:
    ///   HECEndpoint: https://hec.example.com:8088
    ///   HECEndpointType: Raw
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   HECAcknowledgmentTimeoutInSeconds: "300"
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model `HECAcknowledgmentTimeoutInSeconds`.
    "FH623", "hec-timeout-out-of-range", Error, since "0.1.0", Stream(shape::report)
}
