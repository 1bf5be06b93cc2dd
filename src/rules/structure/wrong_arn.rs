use super::walk;
use crate::foundation::document::{Chunk, HOLE, Unknown};
use crate::rule;
use crate::rules::shape::shown;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// An ARN of the wrong service or shape for its property.
    ///
    /// ## Why
    /// The registry takes anything that begins with `arn:`; the service compares the whole value with its own pattern.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data/logs/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: logs/
    /// ```
    ///
    /// ## References
    /// Service model patterns; resource sheet, sections 8 and 9.
    "FH012", "wrong-arn", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let mut seen = Vec::new();
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == "FH012") {
        // That a name stands for an ARN is FH011's to tell.
        let is_name =
            walk::reference(shape.place.node).is_some_and(|reference| reference.attribute.is_none());
        if !is_name && bucket_path(&shape.place).is_none() {
            findings.add(finding(&shape.place, &shape.name, shape.error.limit.as_str().unwrap_or("")));
            seen.push(shape.place.path.clone());
        }
    }
    if let Some(properties) = scope.properties() {
        check_parts(scope, &properties, &mut seen, findings);
    }
    for block in scope.s3_blocks() {
        let Some(place) = block.place.get("BucketARN") else { continue };
        if let Some(range) = bucket_path(&place).filter(|_| !seen.contains(&place.path)) {
            let finding = Finding::inside(scope.template(), &place, range, "a bucket's ARN has no path")
                .service("Member must satisfy regular expression pattern: arn:.*:s3:::[\\w\\.\\-]{1,255}")
                .help("give the bare bucket's ARN, and put the path in `Prefix`");
            findings.add(finding);
        }
    }
}

/// Where in a bucket's ARN a path begins, unknown parts allowed for.
fn bucket_path(place: &Place<'_>) -> Option<std::ops::Range<usize>> {
    let text = place.text()?.masked();
    let bucket = text.find(":s3:::")? + ":s3:::".len();
    let slash = bucket + text[bucket..].find('/')?;
    place.path.ends_with("/BucketARN").then_some(slash..text.len())
}

/// The form that a property's ARN has.
fn wanted(name: &str) -> Option<&'static str> {
    Some(match name {
        "BucketARN" => "arn:aws:s3:::<bucket>",
        "RoleARN" => "arn:aws:iam::<account>:role/<name>",
        "KeyARN" | "AWSKMSKeyARN" => "arn:aws:kms:<region>:<account>:key/<id>",
        "KinesisStreamARN" => "arn:aws:kinesis:<region>:<account>:stream/<name>",
        "DomainARN" => "arn:aws:es:<region>:<account>:domain/<name>",
        "SecretARN" => "arn:aws:secretsmanager:<region>:<account>:secret:<name>",
        "MSKClusterARN" => "arn:aws:kafka:<region>:<account>:cluster/<name>/<id>",
        "CatalogArn" => "arn:aws:glue:<region>:<account>:catalog",
        _ => return None,
    })
}

/// ARNs with unknown parts, by the parts that are known: the service, and the kind of resource.
fn check_parts(scope: &Scope<'_>, place: &Place<'_>, seen: &mut Vec<String>, findings: &mut Findings<'_>) {
    for (name, below) in place.entries() {
        check_parts(scope, &below, seen, findings);
        let Some((range, message)) = wrong_part(name, &below) else { continue };
        // The catalog's ARN where all of it is known is FH652's.
        if below.known().is_some() || seen.contains(&below.path) {
            continue;
        }
        let form = wanted(name).unwrap_or_default();
        let finding = Finding::inside(scope.template(), &below, range, message);
        findings.add(finding.help(format!("give it the form `{form}`")));
        seen.push(below.path.clone());
    }
}

/// Whether the value names a thing of another service than its property wants, or another kind of thing.
pub fn is_of_another_service(place: &Place<'_>) -> bool {
    let name = place.path.rsplit('/').next().unwrap_or_default();
    wrong_part(name, place).is_some()
}

/// The part of an ARN that can't be right whatever its unknown parts are.
fn wrong_part(name: &str, place: &Place<'_>) -> Option<(std::ops::Range<usize>, String)> {
    let form = wanted(name)?;
    let text = place.text()?.masked();
    // What stands before the first unknown part can't begin an ARN.
    let start = text.split(HOLE).next().unwrap_or_default();
    if !start.starts_with("arn:") && !"arn:".starts_with(start) {
        return Some((0..start.len(), format!("`{name}` begins with `{start}`, which is no ARN")));
    }
    let mut starts = vec![0];
    starts.extend(text.match_indices(':').take(5).map(|(at, _)| at + 1));
    let &[0, _, service, region, account, thing] = starts.as_slice() else { return None };
    let parts: Vec<&str> = form.splitn(6, ':').collect();
    if !text.starts_with("arn:") || text[service..region - 1].contains(HOLE) {
        return None;
    }
    let found = &text[service..region - 1];
    if found != parts[2] {
        let message = format!("`{name}` is an ARN of `{found}`; it needs one of `{}`", parts[2]);
        return Some((service..region - 1, message));
    }
    // An ARN of S3 has neither Region nor account, and one of IAM no Region.
    for (end, from, part, word) in
        [(account, region, parts[3], "Region"), (thing, account, parts[4], "account")]
    {
        if part.is_empty() && is_filled(place, &text, from..end - 1) {
            let message = format!("`{name}` has the {word} that an ARN of `{found}` does not have");
            return Some((from..end - 1, message));
        }
    }
    let kind = parts[5].split_inclusive(['/', ':']).next().filter(|kind| kind.ends_with(['/', ':']))?;
    let rest = &text[thing..];
    // What is unknown may hold the kind; a key has two.
    let known = rest.split(HOLE).next().unwrap_or_default();
    let is_kind =
        |kind: &str| known.starts_with(kind) || (known.len() < rest.len() && kind.starts_with(known));
    let is_right = is_kind(kind) || (parts[2] == "kms" && is_kind("alias/"));
    (!is_right)
        .then(|| (thing..text.len(), format!("`{name}` names no `{}`", kind.trim_end_matches(['/', ':']))))
}

/// Whether a part of an ARN is surely not empty: it has text, or a pseudo parameter.
fn is_filled(place: &Place<'_>, masked: &str, part: std::ops::Range<usize>) -> bool {
    if masked[part.clone()].chars().any(|c| c != HOLE) {
        return true;
    }
    let mut at = 0;
    place.text().is_some_and(|text| {
        text.chunks.iter().any(|chunk| {
            let (length, is_pseudo) = match chunk {
                Chunk::Known(known, _) => (known.len(), false),
                Chunk::Unknown(why, _) => (HOLE.len_utf8(), matches!(why, Unknown::Pseudo(_))),
            };
            let is_inside = part.contains(&at);
            at += length;
            is_inside && is_pseudo
        })
    })
}

fn finding(place: &Place<'_>, name: &str, pattern: &str) -> Finding {
    let text = place.known().unwrap_or_default();
    let wanted = wanted(name).unwrap_or("arn:aws:...");
    let service = text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1)).unwrap_or("");
    let expected = wanted.split(':').nth(2).unwrap_or("");
    let message = match service {
        "" => format!("`{name}` is {}, which is no ARN", shown(place)),
        service if service != expected => {
            format!("`{name}` is an ARN of `{service}`; it needs one of `{expected}`")
        }
        _ => format!("`{name}` is {}, which has the wrong shape", shown(place)),
    };
    Finding::at(place, message)
        .service(format!("Member must satisfy regular expression pattern: {pattern}"))
        .help(format!("give it the form `{wanted}`"))
}
