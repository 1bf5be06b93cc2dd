use super::function;
use super::source_code::{Code, Language};
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A transform function writes a Parquet, ORC or Avro file for each record.
    ///
    /// ## Why
    /// Firehose glues the returned records together. Files with a footer or header glued together cannot be
    /// read: a reader sees the last one only.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         ProcessingConfiguration:
    ///           Enabled: true
    ///           Processors:
    ///             - Type: Lambda
    ///               Parameters:
    ///                 - ParameterName: LambdaArn
    ///                   ParameterValue: !GetAtt Transform.Arn
    ///   Transform:
    ///     Type: AWS::Lambda::Function
    ///     Properties:
    ///       Role: arn:aws:iam::444455556666:role/transform
    ///       Runtime: python3.13
    ///       Handler: index.handler
    ///       Timeout: 60
    ///       Code:
    ///         ZipFile: |
    ///           import base64, io
    ///           import pyarrow as pa
    ///           import pyarrow.parquet as pq
    ///           def handler(event, context):
    ///               out = []
    ///               for record in event['records']:
    ///                   buffer = io.BytesIO()
    ///                   pq.write_table(table(record), buffer)
    ///                   data = base64.b64encode(buffer.getvalue()).decode()
    ///                   out.append({'recordId': record['recordId'], 'result': 'Ok', 'data': data})
    ///               return {'records': out}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: arn:aws:s3:::example-data
    ///         ProcessingConfiguration:
    ///           Enabled: true
    ///           Processors:
    ///             - Type: Lambda
    ///               Parameters:
    ///                 - ParameterName: LambdaArn
    ///                   ParameterValue: !GetAtt Transform.Arn
    ///   Transform:
    ///     Type: AWS::Lambda::Function
    ///     Properties:
    ///       Role: arn:aws:iam::444455556666:role/transform
    ///       Runtime: python3.13
    ///       Handler: index.handler
    ///       Timeout: 60
    ///       Code:
    ///         ZipFile: |
    ///           import base64, json
    ///           def handler(event, context):
    ///               records = []
    ///               for record in event['records']:
    ///                   value = json.loads(base64.b64decode(record['data']))
    ///                   data = base64.b64encode((json.dumps(value) + '\n').encode()).decode()
    ///                   records.append({'recordId': record['recordId'], 'result': 'Ok', 'data': data})
    ///               return {'records': records}
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 16, point 14; developer guide, "Convert input data format".
    "FH420", "columnar-records", Warning, since "0.1.0", Stream(check)
}

/// Calls that write a whole file, with the format.
const WRITERS: [(&str, &str); 12] = [
    ("write_table", "Parquet or ORC"),
    ("ParquetWriter", "Parquet"),
    ("to_parquet", "Parquet"),
    ("openOutputStream", "Parquet"),
    ("write_dataset", "Parquet"),
    ("ORCWriter", "ORC"),
    ("to_orc", "ORC"),
    ("DataFileWriter", "Avro"),
    ("fastavro.writer", "Avro"),
    ("pyorc.Writer", "ORC"),
    ("fastparquet.write", "Parquet"),
    ("createFileEncoder", "Avro"),
];

/// Calls that write somewhere else than into the response: then the file need not be the record.
const OTHER_SINKS: [&str; 8] = [
    "put_object",
    "upload_fileobj",
    "upload_file",
    "putObject",
    "PutObjectCommand",
    "Upload",
    "write_to_dataset",
    "s3fs",
];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for function in function::all(scope) {
        let Some((place, code)) = function.code() else { continue };
        if !code.mentions("recordId") || OTHER_SINKS.iter().any(|sink| code.has_word(sink)) {
            continue;
        }
        let Some((range, format)) = first_writer(&code) else { continue };
        let message = format!("this writes a {format} file; Firehose concatenates what the function returns");
        let finding = Finding::inside(scope.template(), &place, range, message)
            .resource(&*function.resource.logical_id)
            .help("return JSON, and let `DataFormatConversionConfiguration` write the columns")
            .related(function.named_at(), "the stream transforms with it");
        findings.add(finding);
    }
}

fn first_writer(code: &Code) -> Option<(std::ops::Range<usize>, &'static str)> {
    let called = |end: usize| code.after(end).starts_with('(');
    let is_import = |start: usize| {
        let line = code.mask[..start].rsplit('\n').next().unwrap_or("").trim_start();
        matches!(code.language, Language::Python(_))
            && (line.starts_with("import") || line.starts_with("from"))
    };
    let places =
        WRITERS.iter().flat_map(|(word, format)| code.words(word).map(move |range| (range, *format)));
    let calls = places.filter(|(range, _)| called(range.end) && !is_import(range.start));
    calls.min_by_key(|(range, _)| range.start)
}
