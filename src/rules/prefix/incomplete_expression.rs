use super::parsed::{self, ParsedText};
use crate::model::prefix::{DatePattern, PrefixError, PrefixErrorKind};
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `!{` in a prefix does not open a complete `!{namespace:value}`.
    ///
    /// ## Why
    /// The service takes `!{` only as the beginning of an expression, and refuses the stream otherwise. An expression
    /// ends at the first `}`.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "data/!{timestamp:yyyy/"
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
    /// Developer guide, custom prefixes for Amazon S3 objects; service behaviour, sections 6.1 and 15.
    "FH301", "incomplete-expression", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for text in parsed::with_expressions(scope).flat_map(|block| block.texts()) {
        for error in &text.errors {
            if let Some(finding) = finding(scope, text, error) {
                findings.add(finding);
            }
        }
    }
}

fn finding(scope: &Scope<'_>, text: &ParsedText<'_>, error: &PrefixError) -> Option<Finding> {
    let range = error.range.clone();
    let written = text.part(range.clone());
    let inside = written.strip_prefix("!{").and_then(|rest| rest.strip_suffix('}')).unwrap_or("");
    let meant = if error.kind == PrefixErrorKind::StrayOpener { meant(inside) } else { None };
    let help = match (&error.kind, &meant) {
        (PrefixErrorKind::UnclosedExpression, _) => "close the expression with `}`".to_owned(),
        (PrefixErrorKind::StrayOpener, Some(meant)) => format!("write `{meant}`"),
        (PrefixErrorKind::StrayOpener, None) => {
            "write `!{namespace:value}` with the namespace `timestamp`, `firehose`, `partitionKeyFromQuery` or \
             `partitionKeyFromLambda`"
                .to_owned()
        }
        (PrefixErrorKind::EmptyPattern, _) => "give a date pattern, such as `yyyy/MM/dd`".to_owned(),
        (PrefixErrorKind::EmptyKey, _) => "give the name of the partition key".to_owned(),
        _ => return None,
    };
    let finding = text
        .finding(scope.template(), range.clone(), error.kind.to_string())
        .service(error.kind.service_message(text.property))
        .help(help);
    let fix = meant.and_then(|meant| text.edit(scope.template(), range, &meant));
    Some(match fix {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

/// The expression that an expression without a namespace was surely meant to be.
fn meant(inside: &str) -> Option<String> {
    if let Some(value) =
        ["error-output-type", "random-string"].into_iter().find(|v| v.eq_ignore_ascii_case(inside))
    {
        return Some(format!("!{{firehose:{value}}}"));
    }
    let is_date = !inside.is_empty()
        && inside.chars().all(|c| matches!(c, 'y' | 'M' | 'd' | 'H' | 'm' | 's' | '/' | '-' | '_'))
        && DatePattern::parse(inside).errors.is_empty();
    is_date.then(|| format!("!{{timestamp:{inside}}}"))
}
