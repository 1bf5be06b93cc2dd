use crate::rule;
use crate::rules::{Finding, Findings};
use crate::template::Template;
use crate::template::read::ReadProblem;

rule! {
    /// The same key stands twice in one mapping.
    ///
    /// ## Why
    /// CloudFormation's YAML reader keeps the last one without a word, so a whole block can vanish.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     DependsOn: Bucket
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !GetAtt Bucket.Arn
    ///     DependsOn: [Table]
    ///   Bucket: {Type: AWS::S3::Bucket}
    ///   Table: {Type: AWS::Glue::Table}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     DependsOn: [Bucket, Table]
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !GetAtt Bucket.Arn
    ///   Bucket: {Type: AWS::S3::Bucket}
    ///   Table: {Type: AWS::Glue::Table}
    /// ```
    ///
    /// ## References
    /// YAML 1.1, section 3.2.1.3; rule catalogue.
    "FH002", "duplicate-key", Error, since "0.1.0", Document(check)
}

fn check(template: &Template, findings: &mut Findings<'_>) {
    for (span, problem) in &template.document.problems {
        if let ReadProblem::DuplicateKey(key, first) = problem {
            let finding =
                Finding::anywhere(*span, "", format!("the key `{key}` stands twice; the last one counts"))
                    .related(*first, "first here")
                    .help("merge the two, or remove one");
            findings.add(finding);
        }
    }
}
