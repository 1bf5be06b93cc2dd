use crate::model::copy_options::{FORMATS, words};
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `CopyOptions` names no format, so `COPY` reads text with `|` between the columns.
    ///
    /// ## Why
    /// Records are mostly JSON, and a load of JSON without the word fails as a whole.
    ///
    /// ## Fires on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand: {DataTableName: events}
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
    ///   CopyCommand: {DataTableName: events, CopyOptions: "FORMAT AS JSON 'auto'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Redshift documentation, data format parameters of `COPY`; service behaviour, section 10.2.
    "FH606", "copy-options-without-format", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(command) = scope.at(&["RedshiftDestinationConfiguration", "CopyCommand"]) else { return };
    if command.node.as_map().is_none() {
        return;
    }
    let finding = match command.get("CopyOptions") {
        None => {
            Finding::key(&command, "without `CopyOptions`, `COPY` reads text with `|` between the columns")
        }
        Some(options) => {
            let Some(text) = options.known() else { return };
            let is_format = |word: &str| word == "DELIMITER" || FORMATS.contains(&word);
            if words(&text).iter().any(|word| is_format(&word.text)) {
                return;
            }
            Finding::at(
                &options,
                "`CopyOptions` names no format, so `COPY` reads text with `|` between the columns",
            )
        }
    };
    findings.add(finding.help("name the format of the records, such as `JSON 'auto'`"));
}
