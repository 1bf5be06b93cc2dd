use crate::rule;
use crate::rules::shape;

rule! {
    /// `CopyOptions` or `DataTableColumns` is longer than 10240 characters.
    ///
    /// ## Why
    /// The service refuses more; CloudFormation's own schema takes 204800.
    ///
    /// ## Fires on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand:
    ///     DataTableName: events
    ///     CopyOptions: "JSON 'auto'"
    ///     DataTableColumns: !Sub ["${A}${A}${A}${A}${A}${A}${A}${A}${A}${A}${A}", {A: !Join ["maximum_temperature, minimum_temperature, wind_speed, ", !Split [",", ",,,,,,,,,,,,,,,,,,,,"]]}]
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand: {DataTableName: events, CopyOptions: "JSON 's3://example-data/jsonpaths.json'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model `CopyCommand`; resource sheet, section 9.
    "FH607", "copy-command-too-long", Error, since "0.1.0", Stream(shape::report)
}
