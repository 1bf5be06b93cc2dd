use super::blocks;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// `SchemaConfiguration` lacks `RoleARN`, `DatabaseName` or `TableName`, or crosses accounts.
    ///
    /// ## Why
    /// The service reads the Glue table with that role when the stream is made. CloudFormation requires none of
    /// the three. The role must be of the account of the destination's role.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///   DataFormatConversionConfiguration:
    ///     Enabled: true
    ///     InputFormatConfiguration:
    ///       Deserializer: {OpenXJsonSerDe: {}}
    ///     OutputFormatConfiguration:
    ///       Serializer: {ParquetSerDe: {}}
    ///     SchemaConfiguration:
    ///       DatabaseName: analytics
    ///       TableName: events
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///   DataFormatConversionConfiguration:
    ///     Enabled: true
    ///     InputFormatConfiguration:
    ///       Deserializer: {OpenXJsonSerDe: {}}
    ///     OutputFormatConfiguration:
    ///       Serializer: {ParquetSerDe: {}}
    ///     SchemaConfiguration:
    ///       RoleARN: arn:aws:iam::444455556666:role/delivery
    ///       DatabaseName: analytics
    ///       TableName: events
    /// ```
    ///
    /// ## References
    /// Service behaviour, sections 9 and 15 (schema members; cross-account role in SchemaConfiguration).
    "FH505", "incomplete-schema-configuration", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    // The name in the template, and the one in the service's words.
    const MEMBERS: [(&str, &str); 3] =
        [("RoleARN", "RoleArn"), ("DatabaseName", "DatabaseName"), ("TableName", "TableName")];
    for (destination, conversion) in blocks::running(scope) {
        let Some(schema) =
            conversion.get("SchemaConfiguration").filter(|schema| schema.node.as_map().is_some())
        else {
            continue;
        };
        for (member, named) in MEMBERS {
            // An empty value is FH021's.
            if schema.get(member).is_some() {
                continue;
            }
            let finding = Finding::key(&schema, format!("`SchemaConfiguration` lacks `{member}`"));
            let finding = finding.service(format!("SchemaConfiguration.{named} must not be null or empty"));
            findings.add(finding.help(format!("add `{member}`")));
        }
        foreign_role(scope, &destination, &schema).into_iter().for_each(|finding| findings.add(finding));
    }
}

/// A schema role of another account than the destination's.
fn foreign_role(scope: &Scope<'_>, destination: &Place<'_>, schema: &Place<'_>) -> Option<Finding> {
    let (role, own) = (schema.get("RoleARN")?, destination.get("RoleARN")?);
    let (account, range) = account(&role)?;
    let (own_account, _) = self::account(&own)?;
    if account == own_account {
        return None;
    }
    let message = format!("the role is of account {account}, the destination's of {own_account}");
    let finding = Finding::inside(scope.template(), &role, range, message)
        .service("Cross-account pass role is not allowed.")
        .help("use a role of the account that the stream is in")
        .related(own.node.span, "the destination's role");
    Some(finding)
}

/// The account of a role's ARN where it is known, and where it stands.
fn account(role: &Place<'_>) -> Option<(String, std::ops::Range<usize>)> {
    let masked = role.text()?.masked();
    let start = masked.match_indices(':').nth(3)?.0 + 1;
    let length = masked.get(start..)?.find(':')?;
    let account = masked.get(start..start + length)?;
    let is_account = account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit());
    (is_account && masked.starts_with("arn:")).then(|| (account.to_owned(), start..start + length))
}
