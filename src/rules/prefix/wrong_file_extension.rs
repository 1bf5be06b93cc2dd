use super::parsed;
use crate::foundation::diagnostic::Severity;
use crate::model::prefix::HOLE;
use crate::rule;
use crate::rules::scope::{S3Block, S3Role};
use crate::rules::{Finding, Findings, Place, Scope, processing};

rule! {
    /// `FileExtension` is none that the service takes, or contradicts what the objects hold.
    ///
    /// ## Why
    /// An extension begins with `.` and goes on with `0-9 a-z ! - _ . * ' ( )`. It replaces the one that the service would
    /// give, so `.json` on gzipped objects hides from every reader that they are compressed.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   FileExtension: json
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   CompressionFormat: GZIP
    ///   FileExtension: .json.gz
    /// ```
    ///
    /// ## References
    /// Service model, `FileExtension`; service behaviour, sections 6.3 and 15.
    "FH322", "wrong-file-extension", Error, since "0.1.0", Stream(check)
}

/// Section 15 of the service behaviour.
const PATTERN_MESSAGE: &str = r"Member must satisfy regular expression pattern: ^(|\.[0-9a-z!\-_.*'()]+)$";

/// Extensions of uncompressed text.
const TEXT: [&str; 9] = ["csv", "json", "jsonl", "log", "ndjson", "tsv", "txt", "xml", "yaml"];

/// What each format of compression is called at the end of a name. Firehose writes `.snappy` for both kinds.
const COMPRESSED: [(&str, &[&str]); 4] = [
    ("GZIP", &["gz", "gzip", "tgz"]),
    ("ZIP", &["zip"]),
    ("Snappy", &["snappy", "sz"]),
    ("HADOOP_SNAPPY", &["snappy", "hsnappy"]),
];

// The schema's pattern of this property is FH322's as well; here the wrong character is shown.
fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.prefixes().iter().filter(|block| block.block.role == S3Role::Extended) {
        let Some(place) = block.block.place.get("FileExtension") else { continue };
        let text = match place.text() {
            Some(text) => text.masked(),
            None => match place.known() {
                Some(known) => known.into_owned(),
                None => continue,
            },
        };
        let finding = malformed(scope, &place, &text).or_else(|| contradiction(scope, &block.block, &place));
        if let Some(finding) = finding {
            findings.add(finding);
        }
    }
}

/// The first character that the pattern refuses.
fn malformed(scope: &Scope<'_>, place: &Place<'_>, text: &str) -> Option<Finding> {
    let template = scope.template();
    let allowed =
        |c: char| c == HOLE || c.is_ascii_digit() || c.is_ascii_lowercase() || "!-_.*'()".contains(c);
    let first = text.chars().next()?;
    if first != '.' && first != HOLE {
        let finding =
            Finding::inside(template, place, 0..first.len_utf8(), "`FileExtension` does not begin with `.`");
        let finding = finding.service(PATTERN_MESSAGE).help("put a `.` before it");
        let fix = text.chars().all(allowed).then(|| parsed::edit(template, place, 0..0, "."));
        return Some(match fix.flatten().filter(|_| place.text().is_some()) {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    }
    if text == "." {
        let finding = Finding::inside(template, place, 0..1, "`FileExtension` has nothing behind its `.`");
        return Some(finding.service(PATTERN_MESSAGE).help("write an extension, such as `.json`"));
    }
    let (at, wrong) = text.char_indices().find(|(_, c)| !allowed(*c))?;
    let range = at..at + wrong.len_utf8();
    let message = format!("`{}` cannot stand in `FileExtension`", wrong.escape_debug());
    let finding = Finding::inside(template, place, range, message).service(PATTERN_MESSAGE);
    let lower = text.to_ascii_lowercase();
    let finding = match lower.chars().all(allowed) {
        true => finding.help(format!("write it in lower case: `{lower}`")),
        false => finding.help("use only `0-9 a-z ! - _ . * ' ( )`"),
    };
    let fix = lower.chars().all(allowed).then(|| parsed::edit(template, place, 0..text.len(), &lower));
    Some(match fix.flatten() {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

/// What the end of the name says against compression and format conversion.
fn contradiction(scope: &Scope<'_>, block: &S3Block<'_>, place: &Place<'_>) -> Option<Finding> {
    let extension = place.known()?;
    let end = extension.rsplit('.').next().filter(|end| !end.is_empty())?;
    let finding = |message: String| Finding::at(place, message).severity(Severity::Warning);
    if block.is_converted()? {
        let written = match serializer(block) {
            Some(format) if format == end => return None,
            None if ["parquet", "orc"].contains(&end) => return None,
            written => written,
        };
        let is_other = TEXT.contains(&end)
            || ["parquet", "orc"].contains(&end)
            || COMPRESSED.iter().any(|(_, ends)| ends.contains(&end));
        let what = written.unwrap_or("Parquet or ORC");
        let message = format!("`{extension}` on objects that format conversion writes as {what}");
        return is_other
            .then(|| finding(message).help("remove `FileExtension`: the service gives the right one"));
    }
    if ["parquet", "orc"].contains(&end) {
        let message = format!("`{extension}` on objects that no format conversion writes");
        return Some(
            finding(message).help("switch on `DataFormatConversionConfiguration`, or use another extension"),
        );
    }
    let format = block.place.get("CompressionFormat");
    let compressed = COMPRESSED.iter().find(|(_, ends)| ends.contains(&end));
    if format.is_none()
        && let Some((name, _)) = compressed
    {
        // What comes compressed is written as it comes; an `UNCOMPRESSED` that is written out says as much.
        if processing::subscription(scope).is_some() {
            return None;
        }
        let message = format!("`{extension}` on objects that are not compressed");
        let help = format!(
            "set `CompressionFormat: {name}`, or write `UNCOMPRESSED` where the records come compressed"
        );
        return Some(finding(message).help(help));
    }
    let format = format?;
    let format_name = format.known()?;
    let (_, right) = COMPRESSED.iter().find(|(name, _)| *name == format_name)?;
    let is_other = TEXT.contains(&end) || COMPRESSED.iter().any(|(_, ends)| ends.contains(&end));
    if right.contains(&end) || !is_other {
        return None;
    }
    let first = right.first()?;
    let message = format!("`{extension}` on objects that are compressed with {format_name}");
    let better = match TEXT.contains(&end) {
        true => format!("{extension}.{first}"),
        false => format!(".{first}"),
    };
    let finding = finding(message).help(format!("write `{better}`"));
    Some(finding.related(format.node.span, "the compression"))
}

/// The format that conversion writes, where one is set.
fn serializer(block: &S3Block<'_>) -> Option<&'static str> {
    let keys = ["DataFormatConversionConfiguration", "OutputFormatConfiguration", "Serializer"];
    let serializer = block.place.at(&keys)?;
    match (serializer.get("ParquetSerDe").is_some(), serializer.get("OrcSerDe").is_some()) {
        (true, false) => Some("parquet"),
        (false, true) => Some("orc"),
        _ => None,
    }
}
