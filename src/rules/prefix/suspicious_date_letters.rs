use super::parsed::{self, ParsedText};
use crate::model::prefix::Suspicion;
use crate::rule;
use crate::rules::{Findings, Scope};

rule! {
    /// Date letters that the service takes, but that mean something else than they seem to.
    ///
    /// ## Why
    /// `YYYY` is the year to which the week belongs, and wrong in the days around 1 January; `DD` counts the days of the
    /// year; `mm` is the minute; `hh` repeats after noon; `SS` is a fraction of a second. Numbers of weeks depend on the
    /// service's locale, which is not documented.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "year=!{timestamp:YYYY}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "year=!{timestamp:yyyy}/"
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## References
    /// Java `DateTimeFormatter`; service behaviour, sections 6.1 and 16.
    "FH315", "suspicious-date-letters", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let template = scope.template();
    for text in parsed::with_expressions(scope).flat_map(|block| block.texts()) {
        for (range, suspicion) in text.prefix.suspicious() {
            let letters = text.part(range.clone());
            let (message, meant) = words(letters, suspicion);
            let mut finding = text.finding(template, range.clone(), message);
            finding = finding.help(help(text, suspicion, meant.as_deref()));
            if let Some(fix) = meant.and_then(|meant| text.edit(template, range, &meant)) {
                finding = finding.fix(fix);
            }
            findings.add(finding);
        }
    }
}

/// What is said of letters, and the ones that were probably meant.
fn words(letters: &str, suspicion: Suspicion) -> (String, Option<String>) {
    let count = letters.len();
    match suspicion {
        Suspicion::WeekBasedYear => (
            format!("`{letters}` is the year of the week, which is wrong in the days around 1 January"),
            Some("y".repeat(count)),
        ),
        Suspicion::DayOfYear => (
            format!("`{letters}` is the day of the year, not of the month"),
            (count == 2).then(|| "dd".to_owned()),
        ),
        Suspicion::MinuteAsMonth => {
            (format!("`{letters}` is the minute, where the month belongs"), Some("M".repeat(count)))
        }
        Suspicion::TwelveHourClock => (
            format!("`{letters}` is the hour of half a day, and nothing says of which half"),
            Some("H".repeat(count)),
        ),
        Suspicion::FractionAsSeconds => {
            (format!("`{letters}` is a fraction of a second, without a second"), Some("s".repeat(count)))
        }
        Suspicion::LocaleWeek => {
            (format!("what `{letters}` counts depends on a locale that is not documented"), None)
        }
    }
}

fn help(text: &ParsedText<'_>, suspicion: Suspicion, meant: Option<&str>) -> String {
    match (suspicion, meant) {
        (Suspicion::TwelveHourClock, Some(meant)) => format!("write `{meant}`, or add `a`"),
        (_, Some(meant)) => format!("write `{meant}`"),
        (Suspicion::DayOfYear, None) => "write `dd`".to_owned(),
        (_, None) => format!("use the month and the day in `{}`", text.name()),
    }
}
