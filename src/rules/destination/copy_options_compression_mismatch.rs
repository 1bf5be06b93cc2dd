use crate::foundation::diagnostic::Fix;
use crate::foundation::document::{Chunk, HOLE};
use crate::foundation::span::Span;
use crate::model::copy_options::{COMPRESSIONS, words};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// `CopyOptions` and the compression of the intermediate bucket do not say the same.
    ///
    /// ## Why
    /// `COPY` reads the staged files as `CopyOptions` says, not as they are: compressed files need the word
    /// `GZIP` there, and plain ones must not have it. The stream deploys, and each load fails with
    /// `Redshift.DataLoadFailed`.
    ///
    /// ## Fires on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand: {DataTableName: events, CopyOptions: "JSON 'auto'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    ///     CompressionFormat: GZIP
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand: {DataTableName: events, CopyOptions: "json 'auto' gzip"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    ///     CompressionFormat: GZIP
    /// ```
    ///
    /// ## References
    /// Developer guide, Redshift destination settings; service behaviour, sections 10.2 and 16.
    "FH602", "copy-options-compression-mismatch", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let Some(redshift) = scope.at(&["RedshiftDestinationConfiguration"]) else { return };
    let Some(bucket) = redshift.get("S3Configuration").filter(|place| place.node.as_map().is_some()) else {
        return;
    };
    let Some(command) = redshift.get("CopyCommand").filter(|place| place.node.as_map().is_some()) else {
        return;
    };
    let format = bucket.get("CompressionFormat");
    let compressed = match format.as_ref().map(|place| place.known()) {
        None => false,
        Some(Some(format)) if format == "UNCOMPRESSED" => false,
        Some(Some(format)) if format == "GZIP" => true,
        // FH601 and FH010 speak of the others.
        Some(_) => return,
    };
    let options = command.get("CopyOptions");
    let text = options.as_ref().map(|place| place.text().map(|text| text.masked()));
    let (text, options) = match (text, options) {
        (None, _) => (String::new(), None),
        (Some(Some(text)), options) => (text, options),
        (Some(None), _) => return,
    };
    let compressions: Vec<_> =
        words(&text).into_iter().filter(|word| COMPRESSIONS.contains(&word.text.as_str())).collect();
    let cause = format.as_ref().map_or(bucket.key_span, |place| place.node.span);
    if !compressed {
        if let (Some(word), Some(options)) = (compressions.first(), &options) {
            let message =
                format!("`CopyOptions` says `{}` and the staged files are not compressed", word.text);
            let finding = Finding::inside(findings.template(), options, word.range.clone(), message)
                .related(cause, "the compression of the files is set here")
                .help(format!("remove `{}`, or set `CompressionFormat: GZIP`", word.text));
            findings.add(finding);
        }
        return;
    }
    if text.contains(HOLE) || compressions.iter().any(|word| word.text == "GZIP") {
        return;
    }
    let finding = match (&options, compressions.first()) {
        (Some(options), Some(word)) => {
            let message = format!("`CopyOptions` says `{}` and the staged files are GZIP", word.text);
            Finding::inside(findings.template(), options, word.range.clone(), message)
        }
        (Some(options), None) => {
            let finding = Finding::at(options, "`CopyOptions` lacks `GZIP`, which the staged files are");
            match appended(findings, options) {
                Some(fix) => finding.fix(fix),
                None => finding,
            }
        }
        (None, _) => Finding::key(&command, "there are no `CopyOptions`, and the staged files are GZIP"),
    };
    findings.add(
        finding
            .related(cause, "the compression of the files is set here")
            .help("add `GZIP` to `CopyOptions`"),
    );
}

/// The word at the end of a text that stands literally at its place.
fn appended(findings: &Findings<'_>, options: &Place<'_>) -> Option<Fix> {
    let [Chunk::Known(text, origin)] = options.text()?.chunks.as_slice() else { return None };
    if !origin.literal || text.trim_end() != &**text {
        return None;
    }
    let last = text.char_indices().next_back()?.0;
    let end = options.text()?.span_of(&findings.template().source.text, last..text.len())?.end;
    Some(Fix::replace(Span { start: end, end }, " GZIP"))
}
