use crate::foundation::document::{Chunk, Text, Unknown};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope, origin, shape};

rule! {
    /// `DeliveryStreamName` is not 1 to 64 letters, digits, `_`, `.` and `-`.
    ///
    /// ## Why
    /// CloudFormation's own pattern is a search, so a space or a slash passes it; the service matches the whole name
    /// and refuses it. A name that is put together may also become too long with what a deployment adds.
    ///
    /// ## Fires on
    /// ```yaml
    /// DeliveryStreamName: my stream
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// DeliveryStreamName: !Sub "${AWS::StackName}-orders_v1.2"
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// `DeliveryStreamName` in the service model; service behaviour, section 1.5.
    "FH103", "invalid-stream-name", Error, since "0.1.0", Stream(check)
}

const LONGEST: usize = 64;
const PATTERN: &str = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
const LENGTH: &str = "Member must have length less than or equal to 64";

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(place) = scope.at(&["DeliveryStreamName"]) else { return };
    // A number is a name too, and a good one.
    let Some(text) = place.text() else { return };
    let template = scope.template();
    if place.is_empty_text() {
        let finding = Finding::at(&place, "`DeliveryStreamName` is empty")
            .service("Member must have length greater than or equal to 1")
            .help("give it a name, or remove the property to have one generated");
        findings.add(origin::explain(finding, template, &place));
        return;
    }
    if let Some((at, wrong)) = wrong_character(text) {
        let message = format!("`DeliveryStreamName` has {}", shape::character(wrong));
        let finding = Finding::inside(template, &place, at..at + wrong.len_utf8(), message)
            .service(PATTERN)
            .help("use letters, digits, `_`, `.` and `-` only");
        findings.add(origin::explain(finding, template, &place));
        return;
    }
    let least = least_length(text);
    if least > LONGEST {
        let finding = too_long(scope, &place, text, least);
        findings.add(origin::explain(finding, template, &place));
    }
}

/// The first character that a name may not have, in the known parts. `${...}` in a plain string is FH016's to tell.
fn wrong_character(text: &Text) -> Option<(usize, char)> {
    let mut begin = 0;
    for chunk in &text.chunks {
        let Chunk::Known(known, origin) = chunk else {
            begin += crate::foundation::document::HOLE.len_utf8();
            continue;
        };
        if origin.literal && known.contains("${") {
            return None;
        }
        let is_wrong = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        if let Some((at, wrong)) = known.char_indices().find(|&(_, c)| is_wrong(c)) {
            return Some((begin + at, wrong));
        }
        begin += known.len();
    }
    None
}

/// The least length that the name can come to, whatever its unknown parts are.
fn least_length(text: &Text) -> usize {
    let least = |chunk: &Chunk| match chunk {
        Chunk::Known(known, _) => known.chars().count(),
        Chunk::Unknown(Unknown::Pseudo(name), _) if &**name == "AWS::StackName" => 1,
        Chunk::Unknown(Unknown::Pseudo(name), _) if &**name == "AWS::AccountId" => 12,
        Chunk::Unknown(..) => 0,
    };
    text.chunks.iter().map(least).sum()
}

fn too_long(scope: &Scope<'_>, place: &Place<'_>, text: &Text, least: usize) -> Finding {
    let finding = match text.known_text() {
        // Only characters of one byte are left here: what is too much begins after the longest name.
        Some(name) => {
            let message =
                format!("`DeliveryStreamName` has {least} characters, above the maximum of {LONGEST}");
            Finding::inside(scope.template(), place, LONGEST.min(name.len())..name.len(), message)
        }
        None => {
            let message = format!(
                "`DeliveryStreamName` comes to at least {least} characters, above the maximum of {LONGEST}"
            );
            Finding::at(place, message)
        }
    };
    finding.service(LENGTH).help(format!("shorten it to {LONGEST} characters"))
}
