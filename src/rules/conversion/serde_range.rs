use crate::foundation::suggest;
use crate::rule;
use crate::rules::shape::{self, Shape};
use crate::rules::{Findings, Scope, repair};

rule! {
    /// A number or choice of a serializer is outside what the service takes.
    ///
    /// ## Why
    /// CloudFormation's own schema has no limit on any of them, so the refusal comes only from the service.
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
    ///       Serializer: {ParquetSerDe: {PageSizeBytes: 1024}}
    ///     SchemaConfiguration:
    ///       RoleARN: arn:aws:iam::444455556666:role/delivery
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
    ///       Serializer: {ParquetSerDe: {PageSizeBytes: 65536, Compression: GZIP, WriterVersion: V2}}
    ///     SchemaConfiguration:
    ///       RoleARN: arn:aws:iam::444455556666:role/delivery
    ///       DatabaseName: analytics
    ///       TableName: events
    /// ```
    ///
    /// ## References
    /// Service model, `ParquetSerDe` and `OrcSerDe`; resource sheet, section 8.
    "FH506", "serde-option-out-of-range", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let id = findings.rule_id();
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == id) {
        let finding = shape::finding(shape);
        findings.add(match meant(scope, shape) {
            Some((fix, member)) => finding.help(format!("write `{member}`")).fix(fix),
            None => finding,
        });
    }
}

/// The member of an enum that was written in another case, and the repair.
fn meant<'s>(
    scope: &Scope<'_>,
    shape: &'s Shape<'_>,
) -> Option<(crate::foundation::diagnostic::Fix, &'s str)> {
    let members = shape.error.limit.as_array().filter(|_| shape.error.keyword == "enum")?;
    let known = shape.place.known()?;
    let member = suggest::nearest(&known, members.iter().filter_map(|member| member.as_str()))?;
    Some((repair::replace(scope.template(), &shape.place, member)?, member))
}
