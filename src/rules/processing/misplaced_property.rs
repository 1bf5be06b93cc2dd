use crate::foundation::diagnostic::Fix;
use crate::foundation::span::Span;
use crate::rule;
use crate::rules::scope::{S3Block, S3Role};
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// A property of `ExtendedS3DestinationConfiguration` stands in a legacy or nested S3 block.
    ///
    /// ## Why
    /// `S3DestinationConfiguration`, `S3Configuration` and `S3BackupConfiguration` have no processing, partitioning,
    /// conversion, backup, time zone or file extension. CloudFormation refuses the property as an extraneous key, without saying
    /// which block takes it.
    ///
    /// ## Fires on
    /// ```yaml
    /// S3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: AppendDelimiterToRecord
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: AppendDelimiterToRecord
    /// ```
    ///
    /// ## References
    /// Resource sheet, sections 4 and 8 (`S3DestinationConfiguration`).
    "FH401", "misplaced-s3-property", Error, since "0.1.0", Stream(check)
}

/// The properties that only `ExtendedS3DestinationConfiguration` (or, for some, the destination around the block) has.
const ELSEWHERE: [&str; 7] = [
    "CustomTimeZone",
    "DataFormatConversionConfiguration",
    "DynamicPartitioningConfiguration",
    "FileExtension",
    "ProcessingConfiguration",
    "S3BackupConfiguration",
    "S3BackupMode",
];

/// Whether a property in an S3 block of this role is this rule's to speak of, instead of FH006's.
pub fn belongs_elsewhere(role: S3Role, property: &str) -> bool {
    role != S3Role::Extended && ELSEWHERE.contains(&property)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let has_extended = scope.at(&["ExtendedS3DestinationConfiguration"]).is_some();
    for block in scope.s3_blocks() {
        let mut rename = match block.role {
            S3Role::Legacy if !has_extended => renamed(scope, &block.place),
            _ => None,
        };
        let misplaced =
            block.place.entries().into_iter().filter(|(key, _)| belongs_elsewhere(block.role, key));
        for (property, place) in misplaced {
            let message = format!("`{}` has no `{property}`", name(&block));
            let finding = Finding::key(&place, message)
                .service(format!("Model validation failed (#: extraneous key [{property}] is not permitted)"))
                .help(help(scope, &block, property))
                .related(block.place.key_span, "in this block");
            // One renaming mends all of a block.
            findings.add(match rename.take() {
                Some(fix) => finding.fix(fix),
                None => finding,
            });
        }
    }
}

fn name<'a>(block: &'a S3Block<'_>) -> &'a str {
    block.place.path.rsplit('/').next().unwrap_or_default()
}

fn help(scope: &Scope<'_>, block: &S3Block<'_>, property: &str) -> String {
    let schema = block.destination.strip_suffix("DestinationConfiguration").unwrap_or_default();
    let around = scope.view.schemas.schema(&schema_name(schema));
    let has = around.and_then(|schema| schema.get("properties")?.get(property)).is_some();
    match block.role {
        S3Role::Legacy => {
            "rename the block to `ExtendedS3DestinationConfiguration`; its other keys stay".to_owned()
        }
        _ if has => format!("move it one level up, into `{}`", block.destination),
        _ => format!("remove it; only `ExtendedS3DestinationConfiguration` has `{property}`"),
    }
}

/// The schema of a destination, from the stem of its property.
fn schema_name(stem: &str) -> String {
    match stem {
        "AmazonOpenSearchServerless" => "opensearch-serverless".to_owned(),
        "ExtendedS3" => "extended-s3".to_owned(),
        "HttpEndpoint" => "http-endpoint".to_owned(),
        other => other.to_lowercase(),
    }
}

fn renamed(scope: &Scope<'_>, block: &Place<'_>) -> Option<Fix> {
    let from = "S3DestinationConfiguration";
    let written = scope.template().source.slice(block.key_span);
    let at = block.key_span.start as usize + written.find(from)?;
    let bare = written.trim_matches(['"', '\'']) == from;
    bare.then(|| Fix::replace(Span::new(at, at + from.len()), "ExtendedS3DestinationConfiguration"))
}
