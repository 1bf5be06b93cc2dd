use crate::model::prefix::{LONGEST_EVALUATED_PREFIX, PrefixProperty};
use crate::rule;
use crate::rules::{Finding, Findings, Scope, shape};

rule! {
    /// A prefix has more than 1024 characters, or comes to more than 512.
    ///
    /// ## Why
    /// The service takes 1024 characters of text and 512 of what that text comes to. Counted is what is certain: literal
    /// text, the fewest characters that each date prints, and one character for each partition key.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "01234567890123456789012345678901234567890123456789012345678901234567890123456789\
    ///     01234567890123456789012345678901234567890123456789012345678901234567890123456789\
    ///     01234567890123456789012345678901234567890123456789012345678901234567890123456789\
    ///     01234567890123456789012345678901234567890123456789012345678901234567890123456789\
    ///     01234567890123456789012345678901234567890123456789012345678901234567890123456789\
    ///     01234567890123456789012345678901234567890123456789012345678901234567890123456789\
    ///     01234567890123456789012345678901234567890123456789012345678901234567890123456789\
    ///     /"
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: data/2026/
    /// ```
    ///
    /// ## References
    /// Service model, `Prefix`; service behaviour, sections 6.1 and 15.
    "FH314", "prefix-too-long", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let raw: Vec<&str> = scope
        .shape()
        .iter()
        .filter(|shape| shape.error.rule == "FH314")
        .map(|shape| shape.place.path.as_str())
        .collect();
    shape::report(scope, findings);
    for text in scope.prefixes().iter().flat_map(|block| block.texts()) {
        // Of a text that can't be read the length is not certain.
        let length = text.prefix.minimum_length();
        let is_told = raw.contains(&text.place.path.as_str());
        if is_told || !text.errors.is_empty() || length <= LONGEST_EVALUATED_PREFIX {
            continue;
        }
        let evaluated = match text.property {
            PrefixProperty::Prefix => "prefix",
            PrefixProperty::ErrorOutputPrefix => "ErrorOutputPrefix",
        };
        let name = text.name();
        let message =
            format!("`{name}` comes to at least {length} characters; the most is {LONGEST_EVALUATED_PREFIX}");
        let finding = Finding::at(&text.place, message)
            .service(format!("Length of evaluated {evaluated} cannot be greater than 512"))
            .help(format!("shorten `{name}`"));
        findings.add(finding);
    }
}
