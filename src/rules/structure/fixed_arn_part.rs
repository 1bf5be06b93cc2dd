use std::ops::Range;

use super::walk;
use crate::foundation::document::{Chunk, HOLE, Text};
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// An ARN has its partition, region or account written out.
    ///
    /// ## Why
    /// The template breaks in GovCloud and China, and when the stack is copied to another region or account.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: !Sub "arn:aws:iam::${AWS::AccountId}:role/delivery"
    ///   BucketARN: !Sub "arn:${AWS::Partition}:s3:::example-data"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/delivery"
    ///   BucketARN: !Sub "arn:${AWS::Partition}:s3:::example-data"
    /// ```
    ///
    /// ## References
    /// CloudFormation user guide, pseudo parameters.
    "FH015", "fixed-arn-part", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(properties) = scope.properties() else { return };
    walk::values(&properties, &mut |place| {
        let Some(text) = place.text() else { return };
        let masked = text.masked();
        if !masked.starts_with("arn:") {
            return;
        }
        let parts: Vec<_> = fixed(&masked).into_iter().filter(|(range, _)| is_literal(text, range)).collect();
        let Some((first, _)) = parts.first() else { return };
        let words: Vec<&str> = parts.iter().map(|(_, word)| *word).collect();
        let message = format!("the ARN has its {} written out", words.join(" and "));
        let finding = Finding::inside(scope.template(), place, first.clone(), message)
            .help("put `${AWS::Partition}`, `${AWS::Region}`, `${AWS::AccountId}` into a `Fn::Sub`");
        findings.add(finding);
    });
}

/// The parts that are written out, with their names.
fn fixed(arn: &str) -> Vec<(Range<usize>, &'static str)> {
    let (mut found, mut at) = (Vec::new(), 0);
    for (index, part) in arn.split(':').enumerate() {
        let name = match index {
            1 if part.starts_with("aws") => Some("partition"),
            // `region` and the account numbers of examples are FH014's to tell.
            3 if !part.is_empty() && part != "region" => Some("region"),
            4 if part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit()) => Some("account"),
            _ => None,
        };
        if let Some(name) = name.filter(|_| !part.contains(HOLE)) {
            found.push((at..at + part.len(), name));
        }
        at += part.len() + 1;
    }
    found
}

/// Whether a part stands literally in the stream, and does not come from a parameter.
fn is_literal(text: &Text, range: &Range<usize>) -> bool {
    let mut begin = 0;
    for chunk in &text.chunks {
        let length = match chunk {
            Chunk::Known(known, origin) => {
                if range.start >= begin && range.end <= begin + known.len() {
                    return origin.literal;
                }
                known.len()
            }
            Chunk::Unknown(..) => HOLE.len_utf8(),
        };
        begin += length;
    }
    false
}
