use crate::rule;
use crate::rules::{Finding, Findings};
use crate::template::Template;
use crate::template::read::ReadProblem;

rule! {
    /// The template uses YAML aliases or merge keys.
    ///
    /// ## Why
    /// CloudFormation does not support them; whether a template with them deploys depends on who reads it first.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: &role arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         S3BackupConfiguration:
    ///           RoleARN: *role
    ///           BucketARN: arn:aws:s3:::example-backup
    ///         S3BackupMode: Enabled
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
    /// CloudFormation user guide, template formats.
    "FH022", "alias-or-merge-key", Warning, since "0.1.0", Document(check)
}

fn check(template: &Template, findings: &mut Findings<'_>) {
    // What a merge key merges belongs to it.
    let mut merged_until = None;
    for (span, problem) in &template.document.problems {
        let is_merged = merged_until.is_some_and(|end: u32| {
            let between = template.source.text.get(end as usize..span.start as usize);
            between.is_some_and(|text| text.chars().all(|c| matches!(c, ':' | ' ' | '\t' | '[' | ',' | '"')))
        });
        if matches!(problem, ReadProblem::MergeKey) || is_merged {
            merged_until = Some(span.end);
        }
        let what = match problem {
            ReadProblem::Alias(_) if is_merged => continue,
            ReadProblem::Alias(name) => format!("the alias `{name}` is not supported by CloudFormation"),
            ReadProblem::MergeKey => "the merge key `<<` is not supported by CloudFormation".to_owned(),
            _ => continue,
        };
        findings.add(Finding::anywhere(*span, "", what).help("write the block out"));
    }
}
