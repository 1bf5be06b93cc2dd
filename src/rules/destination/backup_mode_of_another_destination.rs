use crate::foundation::diagnostic::Fix;
use crate::foundation::suggest::nearest;
use crate::rule;
use crate::rules::shape::shown;
use crate::rules::{Finding, Findings, Scope};
use serde_json::Value as Json;

rule! {
    /// `S3BackupMode` has a value that belongs to another destination.
    ///
    /// ## Why
    /// Each destination has its own pair of words for the same choice: S3 and Redshift `Disabled` and
    /// `Enabled`, the OpenSearch family `FailedDocumentsOnly` and `AllDocuments`, Splunk `FailedEventsOnly`
    /// and `AllEvents`, HTTP endpoints, Snowflake and Iceberg `FailedDataOnly` and `AllData`.
    ///
    /// ## Fires on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/logs
    ///   IndexName: events
    ///   S3BackupMode: AllData
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/logs
    ///   IndexName: events
    ///   S3BackupMode: AllDocuments
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service model, enums of `S3BackupMode`; resource sheet, section 9.
    "FH615", "backup-mode-of-another-destination", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let id = findings.rule_id();
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == id) {
        let members: Vec<&str> =
            shape.error.limit.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let Some(value) = shape.place.known() else { continue };
        let words = members.iter().map(|member| format!("`{member}`")).collect::<Vec<_>>().join(" or ");
        let message = format!("`{}` is {}; here it is {words}", shape.name, shown(&shape.place));
        let mut finding = Finding::at(&shape.place, message);
        finding = match equivalent(&value, &members) {
            None => finding.help(format!("write {words}")),
            Some(member) => {
                let finding = finding.help(format!("write `{member}`"));
                let source = &findings.template().source;
                let place = shape.place.text().and_then(|text| text.span_of(&source.text, 0..value.len()));
                match place.filter(|span| source.slice(*span) == value) {
                    Some(span) => finding.fix(Fix::replace(span, member)),
                    None => finding,
                }
            }
        };
        findings.add(finding);
    }
}

/// The member of this destination that means the same.
fn equivalent<'m>(value: &str, members: &[&'m str]) -> Option<&'m str> {
    let saves_all = |word: &str| {
        let word = word.to_ascii_lowercase();
        match word.as_str() {
            "enabled" => Some(true),
            "disabled" => Some(false),
            word if word.starts_with("all") => Some(true),
            word if word.starts_with("failed") && word.ends_with("only") => Some(false),
            _ => None,
        }
    };
    match saves_all(value) {
        Some(all) => members.iter().find(|member| saves_all(member) == Some(all)).copied(),
        None => nearest(value, members.iter().copied()),
    }
}
