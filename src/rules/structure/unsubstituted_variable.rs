use super::plain_strings;
use crate::model::prefix::Namespace;
use crate::rule;
use crate::rules::{Findings, Place, Scope};
use crate::template::intrinsics::{SubKind, SubPart, sub_parts};

rule! {
    /// `${...}` in a plain string, without `Fn::Sub`.
    ///
    /// ## Why
    /// The literal text becomes part of the S3 key or name.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "logs/${AWS::Region}/"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: !Sub "logs/${AWS::Region}/"
    /// ```
    ///
    /// ## References
    /// CloudFormation user guide, `Fn::Sub`.
    "FH016", "unsubstituted-variable", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for written in plain_strings::of(scope) {
        for part in sub_parts(&written.text).into_iter().filter(|part| part.kind == SubKind::Variable) {
            if !is_variable(part.text) {
                continue;
            }
            let range = part.at..part.at + part.length;
            let message = format!("`${{{}}}` is literal text here: the string is no `Fn::Sub`", part.text);
            let mut finding = written.finding(scope, range, message).help("put `!Sub` before the string");
            if let Some(fix) = written.with_sub(scope) {
                finding = finding.fix(fix);
            }
            findings.add(finding);
        }
    }
}

/// Whether a value has a variable that is literal text.
pub fn stands_in(place: &Place<'_>) -> bool {
    let is_literal = |part: SubPart<'_>| part.kind == SubKind::Variable && is_variable(part.text);
    place.known().is_some_and(|text| sub_parts(&text).into_iter().any(is_literal))
}

/// Names of parameters, resources, attributes and pseudo parameters; expressions of Firehose are FH017's to tell.
fn is_variable(text: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_');
    let namespace = text.split(':').next().unwrap_or("");
    !text.is_empty() && text.chars().all(name) && Namespace::from_name(namespace).is_none()
}
