use super::parsed;
use crate::foundation::suggest::nearest;
use crate::model::prefix::{Namespace, PrefixErrorKind};
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// The word left of the colon in an expression is none of the four namespaces.
    ///
    /// ## Why
    /// The service knows `timestamp`, `firehose`, `partitionKeyFromQuery` and `partitionKeyFromLambda`, spelled exactly so,
    /// and refuses the stream otherwise.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{date:yyyy}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{timestamp:yyyy}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## References
    /// Developer guide, custom prefixes for Amazon S3 objects; service behaviour, section 15.
    "FH302", "unknown-namespace", Error, since "0.1.0", Stream(check)
}

/// Words that people write for a namespace that is spelled quite differently.
const OTHER_WORDS: [(&str, Namespace); 12] = [
    ("date", Namespace::Timestamp),
    ("datetime", Namespace::Timestamp),
    ("time", Namespace::Timestamp),
    ("ts", Namespace::Timestamp),
    ("kinesis", Namespace::Firehose),
    ("jq", Namespace::PartitionKeyFromQuery),
    ("partitionkey", Namespace::PartitionKeyFromQuery),
    ("partitionkeys", Namespace::PartitionKeyFromQuery),
    ("partition_key", Namespace::PartitionKeyFromQuery),
    ("query", Namespace::PartitionKeyFromQuery),
    ("partitionkeyfromjq", Namespace::PartitionKeyFromQuery),
    ("lambda", Namespace::PartitionKeyFromLambda),
];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    for text in parsed::with_expressions(scope).flat_map(|block| block.texts()) {
        for error in &text.errors {
            let PrefixErrorKind::UnknownNamespace { found } = &error.kind else { continue };
            let mut finding = text
                .finding(template, error.range.clone(), error.kind.to_string())
                .service(error.kind.service_message(text.property));
            let near = nearest(found.trim(), Namespace::ALL.map(Namespace::name));
            finding = match near.or_else(|| other_word(found)) {
                Some(meant) => finding.help(format!("write `{meant}`")),
                None => finding
                    .help("use `timestamp`, `firehose`, `partitionKeyFromQuery` or `partitionKeyFromLambda`"),
            };
            // A near name is a slip of the pen; another word is a guess.
            if let Some(fix) = near.and_then(|meant| text.edit(template, error.range.clone(), meant)) {
                finding = finding.fix(fix);
            }
            findings.add(finding);
        }
    }
}

fn other_word(found: &str) -> Option<&'static str> {
    let word = found.trim().to_ascii_lowercase();
    OTHER_WORDS.iter().find(|(other, _)| *other == word).map(|(_, namespace)| namespace.name())
}
