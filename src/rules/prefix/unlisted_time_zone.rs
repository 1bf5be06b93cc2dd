use super::parsed;
use crate::model::time_zone::{CustomTimeZone, TimeZoneErrorReason};
use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `CustomTimeZone` is not on the service's list.
    ///
    /// ## Why
    /// The service takes `UTC` and the names of a fixed list, with the older of two names where a zone was renamed:
    /// `Asia/Calcutta` passes, `Asia/Kolkata` does not. Offsets and abbreviations are refused.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CustomTimeZone: Asia/Kolkata
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CustomTimeZone: Asia/Calcutta
    /// ```
    ///
    /// ## References
    /// Service model, `CustomTimeZone`; service behaviour, section 6.3 and appendix A.
    "FH321", "unlisted-time-zone", Error, since "0.1.0", Stream(check)
}

// The schema's length and pattern of this property are FH321's as well; the list says more.
fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    for block in scope.prefixes().iter().filter(|block| block.block.role == S3Role::Extended) {
        let Some(place) = block.block.place.get("CustomTimeZone") else { continue };
        let Some(value) = place.known() else { continue };
        let Err(error) = CustomTimeZone::parse(&value) else { continue };
        let mut finding = Finding::inside(template, &place, 0..value.len(), error.to_string())
            .service(error.service_message());
        finding = match (error.suggestion, error.reason) {
            (Some(zone), TimeZoneErrorReason::ListedButNotOfPattern) => {
                finding.help(format!("use `{zone}`, which keeps the same time"))
            }
            (Some(zone), _) => finding.help(format!("use `{zone}`")),
            (None, _) => finding.help("use `UTC` or a name of the service's list, such as `Europe/Paris`"),
        };
        let fix = error.suggestion.and_then(|zone| parsed::edit(template, &place, 0..value.len(), zone));
        if let Some(fix) = fix {
            finding = finding.fix(fix);
        }
        findings.add(finding);
    }
}
