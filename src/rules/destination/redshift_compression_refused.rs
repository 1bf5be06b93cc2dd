use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// The intermediate bucket of a Redshift destination has a compression that the service refuses.
    ///
    /// ## Why
    /// The service compresses what it stages for `COPY` with GZIP or not at all. CloudFormation takes every
    /// compression that S3 has.
    ///
    /// ## Fires on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    ///     CompressionFormat: Snappy
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
    ///   CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto' GZIP"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    ///     CompressionFormat: GZIP
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 10.2 and 15.
    "FH601", "redshift-compression-refused", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(place) = scope.at(&["RedshiftDestinationConfiguration", "S3Configuration", "CompressionFormat"])
    else {
        return;
    };
    let Some(format) = place.known() else { return };
    // Other words are FH010's to tell.
    if !matches!(&*format, "Snappy" | "ZIP" | "HADOOP_SNAPPY") {
        return;
    }
    let finding = Finding::at(&place, format!("`{format}` is no compression for Redshift"))
        .service(
            "Only the following compression formats are allowed when using Redshift: [UNCOMPRESSED, GZIP]",
        )
        .help("set `GZIP` and add `GZIP` to `CopyOptions`, or set `UNCOMPRESSED`");
    findings.add(finding);
}
