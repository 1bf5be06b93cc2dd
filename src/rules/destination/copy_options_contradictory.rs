use crate::model::copy_options::{ADDED_BY_THE_SERVICE, FORMATS, Word, words};
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// `CopyOptions` repeats what the service adds itself, or names two formats.
    ///
    /// ## Why
    /// The service writes `CREDENTIALS` and `MANIFEST` into the command itself, and `COPY` takes one format.
    /// Loads then fail with `Redshift.IncorrectCopyOptions`.
    ///
    /// ## Fires on
    /// ```yaml
    /// RedshiftDestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   ClusterJDBCURL: jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
    ///   SecretsManagerConfiguration:
    ///     Enabled: true
    ///     SecretARN: arn:aws:secretsmanager:eu-west-1:444455556666:secret:destination-AbCdEf
    ///   CopyCommand: {DataTableName: events, CopyOptions: "MANIFEST JSON 'auto'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
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
    ///   CopyCommand: {DataTableName: events, CopyOptions: "CSV DELIMITER ';' TIMEFORMAT 'auto'"}
    ///   S3Configuration:
    ///     RoleARN: arn:aws:iam::444455556666:role/delivery
    ///     BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// Developer guide, monitoring with CloudWatch Logs (Redshift errors); service behaviour, section 10.2.
    "FH605", "copy-options-contradictory", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    let keys = ["RedshiftDestinationConfiguration", "CopyCommand", "CopyOptions"];
    let Some(place) = scope.at(&keys) else { return };
    let Some(text) = place.text().map(|text| text.masked()) else { return };
    let words = words(&text);
    for word in words.iter().filter(|word| ADDED_BY_THE_SERVICE.contains(&word.text.as_str())) {
        let message = format!("`{}` in `CopyOptions` is the service's to add", word.text);
        let finding = Finding::inside(findings.template(), &place, word.range.clone(), message)
            .help(format!("remove `{}`", word.text));
        findings.add(finding);
    }
    let formats: Vec<_> = words.iter().filter(|word| is_format(&word.text)).collect();
    let Some((first, rest)) = formats.split_first() else { return };
    let contradicts = |word: &&&Word| {
        let pair = [first.text.as_str(), word.text.as_str()];
        first.text != word.text && !(pair.contains(&"CSV") && pair.contains(&"DELIMITER"))
    };
    if let Some(second) = rest.iter().find(contradicts) {
        let message = format!("`CopyOptions` says both `{}` and `{}`", first.text, second.text);
        let place_of_first =
            place.text().and_then(|text| text.span_of(&findings.template().source.text, first.range.clone()));
        let finding = Finding::inside(findings.template(), &place, second.range.clone(), message)
            .related(place_of_first.unwrap_or(place.node.span), "the other format")
            .help("name the one format that the records have");
        findings.add(finding);
    }
}

fn is_format(word: &str) -> bool {
    word == "DELIMITER" || FORMATS.contains(&word)
}
