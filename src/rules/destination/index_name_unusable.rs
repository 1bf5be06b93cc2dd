use super::search;
use crate::foundation::diagnostic::{Fix, Severity};
use crate::foundation::document::HOLE;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// `IndexName` is no name that a cluster takes, or is too long with its date.
    ///
    /// ## Why
    /// The cluster refuses to make an index with capitals, with certain characters, or with a leading `_`,
    /// `-` or `+`; the stream deploys, and every document goes to the backup bucket. The limit of 80
    /// characters counts the date that `IndexRotationPeriod` appends, which is `OneDay` where it is absent.
    ///
    /// ## Fires on
    /// ```yaml
    /// AmazonopensearchserviceDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   DomainARN: arn:aws:es:eu-west-1:444455556666:domain/logs
    ///   IndexName: IoT-Logs
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
    ///   IndexName: iot-logs
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 10.3; service model `AmazonopensearchserviceIndexName`.
    "FH614", "index-name-unusable", Warning, since "0.1.0", Stream(check)
}

/// The longest name of an index, its date included.
const LONGEST: usize = 80;

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let destinations = search::with_domain(scope).into_iter().map(|place| (place, true));
    let serverless = scope.at(&[search::SERVERLESS]).map(|place| (place, false));
    for (destination, rotates) in destinations.chain(serverless) {
        let Some(name) = destination.get("IndexName") else { continue };
        let Some(text) = name.text().map(|text| text.masked()) else { continue };
        check_characters(&name, &text, findings);
        let suffix = if rotates { suffix_length(&destination) } else { 0 };
        check_length(&destination, &name, &text, suffix, findings);
    }
}

fn check_characters(name: &Place<'_>, text: &str, findings: &mut Findings<'_>) {
    if let Some(first) = text.chars().next().filter(|first| matches!(first, '_' | '-' | '+')) {
        let message = format!("an index name may not begin with `{first}`");
        let finding = Finding::inside(findings.template(), name, 0..1, message)
            .help("begin with a letter or digit in lower case");
        findings.add(finding);
    }
    let is_refused = |c: char| "\\/*?\"<>|,#".contains(c) || (c.is_whitespace() && !matches!(c, '\n' | '\r'));
    if let Some((at, wrong)) = text.char_indices().find(|(_, character)| is_refused(*character)) {
        let what = if wrong.is_whitespace() { "a space".to_owned() } else { format!("`{wrong}`") };
        let message = format!("an index name may not hold {what}");
        let finding = Finding::inside(findings.template(), name, at..at + wrong.len_utf8(), message)
            .help("use lower-case letters, digits, `-`, `_` and `.`");
        findings.add(finding);
    }
    let Some((at, capital)) = text.char_indices().find(|(_, character)| character.is_uppercase()) else {
        return;
    };
    let mut finding = Finding::inside(
        findings.template(),
        name,
        at..at + capital.len_utf8(),
        "an index name may not hold capitals",
    )
    .help(format!("write `{}`", text.to_lowercase().replace(HOLE, "…")));
    let source = &findings.template().source;
    let place = name.text().and_then(|whole| whole.span_of(&source.text, 0..text.len()));
    if let Some(span) = place.filter(|span| source.slice(*span) == text) {
        finding = finding.fix(Fix::replace(span, text.to_lowercase()));
    }
    findings.add(finding);
}

fn check_length(
    destination: &Place<'_>,
    name: &Place<'_>,
    text: &str,
    suffix: usize,
    findings: &mut Findings<'_>,
) {
    let length = text.chars().filter(|character| *character != HOLE).count();
    if length + suffix <= LONGEST {
        return;
    }
    let finding = if length > LONGEST {
        Finding::at(name, format!("`IndexName` has {length} characters; the most is {LONGEST}"))
            .severity(Severity::Error)
            .service(format!("Member must have length less than or equal to {LONGEST}"))
    } else {
        let message =
            format!("the index name has {} characters with its date; the most is {LONGEST}", length + suffix);
        let rotation =
            destination.get("IndexRotationPeriod").map_or(destination.key_span, |place| place.node.span);
        Finding::at(name, message).related(rotation, format!("the date appended has {suffix} characters"))
    };
    findings.add(finding.help(format!("shorten `IndexName` to {} characters", LONGEST - suffix)));
}

/// The length of what the rotation appends; 0 where it is not known.
fn suffix_length(destination: &Place<'_>) -> usize {
    let period = match destination.get("IndexRotationPeriod") {
        None => return "-2016-02-25".len(),
        Some(period) => period.known(),
    };
    match period.as_deref() {
        Some("OneHour") => "-2016-02-25-13".len(),
        Some("OneDay") => "-2016-02-25".len(),
        Some("OneWeek") => "-2016-w08".len(),
        Some("OneMonth") => "-2016-02".len(),
        _ => 0,
    }
}
