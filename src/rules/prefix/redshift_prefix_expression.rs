use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A prefix expression or an `ErrorOutputPrefix` in an S3 block of a Redshift destination.
    ///
    /// ## Why
    /// For Redshift the service takes a literal `Prefix` only, in the intermediate bucket and in the backup.
    ///
    /// ## Fires on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/events
    ///   CopyCommand: {DataTableName: events}
    ///   Username: loader
    ///   Password: "{{resolve:secretsmanager:loader:SecretString:password}}"
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    ///     Prefix: "staging/!{timestamp:yyyy}/"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/events
    ///   CopyCommand: {DataTableName: events}
    ///   Username: loader
    ///   Password: "{{resolve:secretsmanager:loader:SecretString:password}}"
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    ///     Prefix: staging/
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 6.1, 10.2 and 15.
    "FH320", "redshift-prefix-expression", Error, since "0.1.0", Stream(check)
}

const MESSAGE: &str =
    "Prefix Expressions or ErrorOutputPrefix is currently not supported for this destination";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.prefixes().iter().filter(|block| block.is_for_redshift()) {
        if let Some((text, range)) =
            block.prefix.as_ref().and_then(|text| Some((text, text.first_expression()?)))
        {
            let finding = text
                .finding(scope.template(), range, "a Redshift destination takes no expression in `Prefix`")
                .service(MESSAGE)
                .help("use a literal prefix");
            findings.add(finding);
        }
        // One that is wholly unknown may be empty.
        let certain = |text: &&super::parsed::ParsedText<'_>| {
            text.text.chars().any(|character| character != crate::model::prefix::HOLE)
        };
        if let Some(text) = block.error_output_prefix.as_ref().filter(certain) {
            let finding = Finding::key(&text.place, "a Redshift destination takes no `ErrorOutputPrefix`")
                .service(MESSAGE)
                .help("remove `ErrorOutputPrefix`");
            findings.add(finding);
        }
    }
}
