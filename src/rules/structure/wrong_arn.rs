use super::{unsubstituted_variable, walk};
use crate::foundation::document::{Chunk, HOLE, Reference, Unknown};
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
        // That a name stands for an ARN is FH011's to tell, and that a variable was not put in FH016's.
        let is_name =
            walk::reference(shape.place.node).is_some_and(|reference| reference.attribute.is_none());
        let is_told = is_name || unsubstituted_variable::stands_in(&shape.place);
        if !is_told && bucket_path(scope, &shape.place).is_none() {
            findings.add(finding(&shape.place, &shape.name, shape.error.limit.as_str().unwrap_or("")));
            seen.push(shape.place.path.clone());
        }
    }
    if let Some(properties) = scope.properties() {
        check_parts(scope, &properties, &mut seen, findings);
    }
    for block in scope.s3_blocks() {
        let Some(place) = block.place.get("BucketARN") else { continue };
        if let Some(range) = bucket_path(scope, &place).filter(|_| !seen.contains(&place.path)) {
            let finding = Finding::inside(scope.template(), &place, range, "a bucket's ARN has no path")
                .service("Member must satisfy regular expression pattern: arn:.*:s3:::[\\w\\.\\-]{1,255}")
                .help("give the bare bucket's ARN, and put the path in `Prefix`");
            findings.add(finding);
        }
    }
}

/// Where in a bucket's ARN a path begins, unknown parts allowed for.
fn bucket_path(scope: &Scope<'_>, place: &Place<'_>) -> Option<std::ops::Range<usize>> {
    if !place.path.ends_with("/BucketARN") {
        return None;
    }
    let text = place.text()?;
    let masked = text.masked();
    // A reference may stand for the whole ARN.
    let bucket = match text.chunks.first() {
        Some(Chunk::Unknown(Unknown::Resource(reference), _)) => {
            let kind = &scope.template().resource(&reference.target)?.kind;
            (&**kind == "AWS::S3::Bucket" && reference.attribute.as_deref() == Some("Arn"))
                .then_some(HOLE.len_utf8())?
        }
        _ => masked.find(":s3:::")? + ":s3:::".len(),
    };
    let slash = bucket + masked[bucket..].find('/')?;
    Some(slash..masked.len())
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

/// The types whose ARN a property takes.
fn takers(name: &str) -> &'static [&'static str] {
    match name {
        "BucketARN" => &["AWS::S3::Bucket"],
        "RoleARN" => &["AWS::IAM::Role"],
        "KeyARN" | "AWSKMSKeyARN" => &["AWS::KMS::Key"],
        "KinesisStreamARN" => &["AWS::Kinesis::Stream"],
        "DomainARN" => &["AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain"],
        _ => &[],
    }
}

/// Types whose `Arn` is often at hand beside a stream.
const HAS_ARN: [&str; 15] = [
    "AWS::DynamoDB::Table",
    "AWS::Elasticsearch::Domain",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::MSK::Cluster",
    "AWS::OpenSearchServerless::Collection",
    "AWS::OpenSearchService::Domain",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::Serverless::Function",
    "AWS::StepFunctions::StateMachine",
];

/// What is wrong with a reference that an ARN is, or has a part of: where, what, and what to do.
fn wrong_reference(
    scope: &Scope<'_>,
    name: &str,
    place: &Place<'_>,
) -> Option<(std::ops::Range<usize>, String, String)> {
    let form = wanted(name)?;
    let kind_of = |reference: &Reference| Some(&*scope.template().resource(&reference.target)?.kind);
    let is_arn = |reference: &Reference| reference.attribute.as_deref() == Some("Arn");
    if let Some(reference) = walk::reference(place.node) {
        let kind = kind_of(&reference)?;
        let takers = takers(name);
        let is_other =
            is_arn(&reference) && HAS_ARN.contains(&kind) && !takers.is_empty() && !takers.contains(&kind);
        let message = format!("`{name}` is the ARN of `{}`, which is of type `{kind}`", reference.target);
        return is_other.then(|| (0..0, message, format!("give it the form `{form}`")));
    }
    let mut at = 0;
    for (index, chunk) in place.text()?.chunks.iter().enumerate() {
        let length = match chunk {
            Chunk::Known(text, _) => text.len(),
            Chunk::Unknown(..) => HOLE.len_utf8(),
        };
        let range = at..at + length;
        at += length;
        let Chunk::Unknown(Unknown::Resource(reference), _) = chunk else { continue };
        let target = &reference.target;
        let Some(kind) = kind_of(reference).filter(|kind| HAS_ARN.contains(kind)) else { continue };
        if index > 0 && is_arn(reference) {
            let message = format!("`${{{target}.Arn}}` is a whole ARN: nothing stands before it");
            return Some((range, message, format!("write `!GetAtt {target}.Arn`")));
        }
        if index == 0 && reference.attribute.is_none() && takers(name).contains(&kind) {
            let message = format!("`{name}` begins with the name of `{target}`, which is no ARN");
            return Some((range, message, format!("write `!GetAtt {target}.Arn`")));
        }
    }
    None
}

/// ARNs with unknown parts, by the parts that are known: the service, and the kind of resource.
fn check_parts(scope: &Scope<'_>, place: &Place<'_>, seen: &mut Vec<String>, findings: &mut Findings<'_>) {
    for (name, below) in place.entries() {
        check_parts(scope, &below, seen, findings);
        let found = wrong_reference(scope, name, &below).or_else(|| {
            let form = wanted(name).unwrap_or_default();
            let (range, message) = wrong_part(name, &below)?;
            Some((range, message, format!("give it the form `{form}`")))
        });
        let Some((range, message, help)) = found else { continue };
        // The catalog's ARN where all of it is known is FH652's.
        if below.known().is_some() || seen.contains(&below.path) {
            continue;
        }
        let finding = match range.is_empty() {
            true => Finding::at(&below, message),
            false => Finding::inside(scope.template(), &below, range, message),
        };
        findings.add(finding.help(help));
        seen.push(below.path.clone());
    }
}

/// Whether this rule, or the one for variables that were not put in, speaks of the value.
pub fn is_told(scope: &Scope<'_>, place: &Place<'_>) -> bool {
    let name = place.path.rsplit('/').next().unwrap_or_default();
    let is_of_shape = |shape: &crate::rules::shape::Shape<'_>| {
        shape.error.rule == "FH012" && shape.place.path == place.path
    };
    wrong_part(name, place).is_some()
        || wrong_reference(scope, name, place).is_some()
        || bucket_path(scope, place).is_some()
        || unsubstituted_variable::stands_in(place)
        || scope.shape().iter().any(is_of_shape)
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
