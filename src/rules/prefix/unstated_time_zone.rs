use super::parsed::{self, ParsedText};
use crate::model::prefix::{DateItemKind, DateLetter, Piece};
use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Findings, Scope};

rule! {
    /// Partitions by day or hour, and no `CustomTimeZone` that says whose days these are.
    ///
    /// ## Why
    /// The zone of `timestamp` is UTC unless told otherwise: for a zone nine hours ahead the day then begins at nine in the
    /// morning. Setting `CustomTimeZone: UTC` says that this is meant. Reported for folders named `key=` only, which are
    /// there to be queried by.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "day=!{timestamp:dd}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "day=!{timestamp:dd}/"
    ///   ErrorOutputPrefix: errors/
    ///   CustomTimeZone: UTC
    /// ```
    ///
    /// ## References
    /// Developer guide, custom prefixes for Amazon S3 objects; service behaviour, sections 6.1 and 16.
    "FH323", "unstated-time-zone", Info, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    // Other blocks have no time zone to set.
    for block in parsed::with_expressions(scope).filter(|block| block.block.role == S3Role::Extended) {
        let zone = block.block.place.get("CustomTimeZone");
        if zone.is_some_and(|zone| zone.is_set()) {
            continue;
        }
        let Some(text) = &block.prefix else { continue };
        let Some(range) = first_day_or_hour(text) else { continue };
        let finding = text
            .finding(scope.template(), range, "the days and hours of these partitions are those of UTC, and `CustomTimeZone` does not say so")
            .help("set `CustomTimeZone`, if only to `UTC`");
        findings.add(finding);
    }
}

/// The first day or hour in a folder named `key=`.
fn first_day_or_hour(text: &ParsedText<'_>) -> Option<std::ops::Range<usize>> {
    let mut folder = String::new();
    for part in text.prefix.parts() {
        match &part.piece {
            Piece::Literal(literal) => enter(&mut folder, literal),
            Piece::Timestamp(pattern) => {
                for item in pattern.items() {
                    match &item.kind {
                        DateItemKind::Literal(literal) => enter(&mut folder, literal),
                        DateItemKind::Field { letter, .. } => {
                            let is_day_or_hour = matches!(
                                letter,
                                DateLetter::DayOfMonth
                                    | DateLetter::DayOfYear
                                    | DateLetter::HourOfDay
                                    | DateLetter::ClockHourOfDay
                                    | DateLetter::HourOfAmPm
                                    | DateLetter::ClockHourOfAmPm
                            );
                            if is_day_or_hour && folder.contains('=') {
                                return Some(item.range.clone());
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// The name of the folder that literal text goes on with or begins.
fn enter(folder: &mut String, literal: &str) {
    match literal.rsplit_once('/') {
        Some((_, begun)) => begun.clone_into(folder),
        None => folder.push_str(literal),
    }
}
