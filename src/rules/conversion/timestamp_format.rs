use super::blocks;
use super::joda::{self, JodaMistake};
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// A `TimestampFormats` entry of `HiveJsonSerDe` is no Joda pattern and not `millis`.
    ///
    /// ## Why
    /// The service refuses it: the SerDe reads each entry as a pattern of Joda-Time, or the word `millis` for
    /// epoch milliseconds.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///   DataFormatConversionConfiguration:
    ///     Enabled: true
    ///     InputFormatConfiguration:
    ///       Deserializer: {HiveJsonSerDe: {TimestampFormats: [iso8601]}}
    ///     OutputFormatConfiguration:
    ///       Serializer: {ParquetSerDe: {}}
    ///     SchemaConfiguration:
    ///       RoleARN: arn:aws:iam::444455556666:role/delivery
    ///       DatabaseName: analytics
    ///       TableName: events
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
    ///   DataFormatConversionConfiguration:
    ///     Enabled: true
    ///     InputFormatConfiguration:
    ///       Deserializer: {HiveJsonSerDe: {TimestampFormats: [millis, "yyyy-MM-dd'T'HH:mm:ss.SSSZ"]}}
    ///     OutputFormatConfiguration:
    ///       Serializer: {ParquetSerDe: {}}
    ///     SchemaConfiguration:
    ///       RoleARN: arn:aws:iam::444455556666:role/delivery
    ///       DatabaseName: analytics
    ///       TableName: events
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 9.1; service model, `HiveJsonSerDe`.
    "FH507", "bad-timestamp-format", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for (_, conversion) in blocks::running(scope) {
        let formats = ["InputFormatConfiguration", "Deserializer", "HiveJsonSerDe", "TimestampFormats"];
        for format in conversion.at(&formats).map(|list| list.items()).unwrap_or_default() {
            findings_of(scope, &format).into_iter().for_each(|finding| findings.add(finding));
        }
    }
}

fn findings_of(scope: &Scope<'_>, format: &Place<'_>) -> Option<Finding> {
    const HELP: &str = "write a pattern such as `yyyy-MM-dd'T'HH:mm:ss`, or `millis`";
    let text = format.text()?.known_text()?;
    if text.trim().is_empty() || text == "millis" {
        return None; // Blank values are FH021's.
    }
    let (range, mistake) = joda::mistake(&text)?;
    let message = match mistake {
        JodaMistake::Letter(letter) => format!("`{letter}` has no meaning in a Joda pattern"),
        JodaMistake::OpenQuote => "the quote is not closed".to_owned(),
        JodaMistake::NoField => "the pattern has no field of a date or time".to_owned(),
    };
    Some(
        Finding::inside(scope.template(), format, range, message)
            .service("One or more SerDe options are invalid for org.apache.hcatalog.data.JsonSerDe")
            .help(HELP),
    )
}
