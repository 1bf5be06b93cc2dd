//! `Lambda`: how a stream's function is called, and the event that it is sent. The one processor with an effect: calling
//! is up to whoever runs the engine.
//!
//! Parameters, defaults and event: behaviour sheet, 4.1; the event's shape as `aws-lambda-go` and the Java events
//! library have it.

use std::{io::Write, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    foundation::{byte_size::ByteSize, seed::Seed, timestamp::Timestamp},
    model::{
        buffering_hints::BufferingHints, delivery_stream::DeliveryStream, record_number::RecordNumber,
        record_origin::RecordOrigin, source::Source,
    },
};

/// Most bytes of an event: what Lambda takes from a synchronous call (behaviour sheet, 4.1: 6 MB).
pub const LARGEST_EVENT: usize = 6_291_456;

/// `NumberOfRetries` where the template has none.
pub const DEFAULT_RETRIES: u32 = 3;

/// How the function of a stream is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaTransform {
    /// `LambdaArn`.
    pub arn: Arc<str>,
    /// `BufferSizeInMBs` (in bytes) and `BufferIntervalInSeconds`: the buffer in front of the function.
    pub hints: BufferingHints,
    /// `NumberOfRetries`.
    pub retries: u32,
    /// The keys that the prefix takes from the function's answers.
    pub keys: Vec<Box<str>>,
}

impl LambdaTransform {
    /// The buffer in front of the function where the template has no hints.
    pub const DEFAULT_HINTS: BufferingHints =
        BufferingHints { size: ByteSize::mebibytes(1), interval: Duration::from_secs(60) };
}

/// A record in an event.
#[derive(Clone, Debug)]
pub struct EventRecord<'a> {
    /// Which record it is.
    pub number: RecordNumber,
    /// Its `recordId`, which is opaque; CHOICE: the form of the guide's samples.
    pub id: String,
    /// When it arrived.
    pub at: Timestamp,
    /// Its bytes.
    pub data: &'a [u8],
}

/// Most bytes that a record of `length` bytes takes in an event.
pub fn entry_size(source: &Source, length: usize, origin: Option<&RecordOrigin>) -> usize {
    let around = match source {
        Source::DirectPut => 160,
        Source::KinesisStream { .. } => 480,
        Source::Msk { .. } => 320,
    };
    // A byte of a text takes up to six as JSON.
    let text = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| 6 * text.len());
    let told = origin.map_or(0, |origin| text(&origin.partition_key) + text(&origin.number));
    length.div_ceil(3) * 4 + around + told
}

/// Most bytes that an event takes besides its records.
pub fn envelope_size(stream: &DeliveryStream) -> usize {
    let source = match &stream.source {
        Source::DirectPut => 0,
        Source::KinesisStream { arn } | Source::Msk { arn, .. } => arn.len(),
    };
    6 * (stream.arn.len() + stream.region.len() + source) + 256
}

/// The event of a call. What the samples do not say of a record's place in its source is made up; see [`RecordOrigin`].
pub fn event<'a>(
    stream: &DeliveryStream,
    invocation_id: &str,
    seed: Seed,
    records: impl Iterator<Item = EventRecord<'a>>,
) -> Vec<u8> {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let (arn, region) = (text(&stream.arn), text(&stream.region));
    let mut out = Vec::new();
    // Writing into a vector can't fail.
    let _ = write!(out, "{{\"invocationId\":{}", text(invocation_id));
    let _ = match &stream.source {
        Source::DirectPut => Ok(()),
        Source::KinesisStream { arn } => write!(out, ",\"sourceKinesisStreamArn\":{}", text(arn)),
        Source::Msk { arn, .. } => write!(out, ",\"sourceMSKArn\":{}", text(arn)),
    };
    let _ = write!(out, ",\"deliveryStreamArn\":{arn},\"region\":{region},\"records\":[");
    for (number, record) in records.enumerate() {
        let at = record.at.as_millis();
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(out, "{comma}{{\"recordId\":\"{}\",\"approximateArrivalTimestamp\":{at}", record.id);
        let data = STANDARD.encode(record.data);
        let RecordNumber { arrival, origin, .. } = &record.number;
        let (arrival, nowhere) = (*arrival, RecordOrigin::default());
        let origin = origin.as_deref().unwrap_or(&nowhere);
        let _ = match &stream.source {
            Source::DirectPut => write!(out, ",\"data\":\"{data}\"}}"),
            Source::KinesisStream { .. } => {
                let (key, sequence) =
                    (text(&origin.partition_key(seed, arrival)), text(&origin.sequence_number(arrival)));
                let (piece, shard) = (origin.subsequence, origin.shard_id());
                write!(
                    out,
                    ",\"data\":\"{data}\",\"kinesisRecordMetadata\":{{\"sequenceNumber\":{sequence},\
                     \"subsequenceNumber\":{piece},\"partitionKey\":{key},\
                     \"shardId\":\"{shard}\",\"approximateArrivalTimestamp\":{at}}}}}"
                )
            }
            Source::Msk { .. } => {
                let (offset, partition) = (text(&origin.offset(arrival)), origin.shard);
                write!(
                    out,
                    ",\"mskRecordMetadata\":{{\"offset\":{offset},\"partitionId\":\"{partition}\",\
                     \"approximateArrivalTimestamp\":{at}}},\"kafkaRecordValue\":\"{data}\"}}"
                )
            }
        };
    }
    out.extend_from_slice(b"]}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        compression::CompressionFormat,
        destination::{Destination, extended_s3::ExtendedS3},
        record_number::sequence_number,
        s3::S3Settings,
        zone::Zone,
    };

    fn stream(source: Source) -> DeliveryStream {
        let s3 = S3Settings {
            bucket: "b".to_owned(),
            prefix: None,
            error_output_prefix: None,
            hints: BufferingHints::S3_DEFAULT,
            compression: CompressionFormat::UNCOMPRESSED,
        };
        let destination = ExtendedS3 {
            s3,
            zone: Zone::utc(),
            file_extension: None,
            backup: None,
            delimiter: Box::default(),
            processing: Default::default(),
            partition_retry: None,
            has_default_partition_size: false,
        };
        DeliveryStream {
            logical_id: "Stream".to_owned(),
            name: "s".to_owned(),
            arn: "arn:aws:firehose:us-east-1:123456789012:deliverystream/s".to_owned(),
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            source,
            destination: Destination::ExtendedS3(destination),
        }
    }

    fn text(source: Source, records: &[EventRecord<'_>]) -> String {
        let event = event(&stream(source), "i", Seed(0), records.iter().cloned());
        String::from_utf8(event).unwrap()
    }

    fn record() -> EventRecord<'static> {
        let at = Timestamp::from_millis(1_510_772_160_000).unwrap();
        let number = RecordNumber { arrival: 7, piece: 3, origin: None };
        EventRecord { id: number.event_id(), number, at, data: b"hello" }
    }

    fn from(origin: RecordOrigin) -> EventRecord<'static> {
        let number = RecordNumber { arrival: 7, piece: 3, origin: Some(Arc::new(origin)) };
        EventRecord { number, ..record() }
    }

    #[test]
    fn row_4_1_event_of_a_direct_put() {
        let id = sequence_number(7) + "000003";
        let expected = format!(
            r#"{{"invocationId":"i","deliveryStreamArn":"arn:aws:firehose:us-east-1:123456789012:deliverystream/s","region":"us-east-1","records":[{{"recordId":"{id}","approximateArrivalTimestamp":1510772160000,"data":"aGVsbG8="}}]}}"#
        );
        assert_eq!(text(Source::DirectPut, &[record()]), expected);
        assert_eq!(id.len(), 62);
        assert!(text(Source::DirectPut, &[]).ends_with(r#""records":[]}"#));
    }

    #[test]
    fn row_4_1_event_of_a_kinesis_source() {
        let event = text(
            Source::KinesisStream { arn: "arn:k".to_owned() },
            &[from(RecordOrigin { shard: 2, subsequence: 3, ..RecordOrigin::default() })],
        );
        assert!(
            event.starts_with(r#"{"invocationId":"i","sourceKinesisStreamArn":"arn:k","deliveryStreamArn""#)
        );
        let sequence = sequence_number(7);
        let metadata = format!(
            r#""data":"aGVsbG8=","kinesisRecordMetadata":{{"sequenceNumber":"{sequence}","subsequenceNumber":3,"partitionKey":""#
        );
        assert!(event.contains(&metadata), "{event}");
        let end = r#"","shardId":"shardId-000000000002","approximateArrivalTimestamp":1510772160000}}]}"#;
        assert!(event.ends_with(end), "{event}");
        // What the sample says is told as it is.
        let origin = RecordOrigin {
            partition_key: Some("a\"b".into()),
            number: Some("4957".into()),
            ..RecordOrigin::default()
        };
        let event = text(Source::KinesisStream { arn: "arn:k".to_owned() }, &[from(origin)]);
        let told = r#"{"sequenceNumber":"4957","subsequenceNumber":0,"partitionKey":"a\"b","shardId":"shardId-000000000000","#;
        assert!(event.contains(told), "{event}");
    }

    #[test]
    fn row_4_1_event_of_an_msk_source() {
        let source = Source::Msk { arn: "arn:m".to_owned(), topic: "t".to_owned() };
        let event = text(source, &[from(RecordOrigin { shard: 2, ..RecordOrigin::default() })]);
        assert!(event.starts_with(r#"{"invocationId":"i","sourceMSKArn":"arn:m","deliveryStreamArn""#));
        let end = r#"000003","approximateArrivalTimestamp":1510772160000,"mskRecordMetadata":{"offset":"6","partitionId":"2","approximateArrivalTimestamp":1510772160000},"kafkaRecordValue":"aGVsbG8="}]}"#;
        assert!(event.ends_with(end), "{event}");
    }

    #[test]
    fn sizes_are_upper_bounds() {
        let at = Timestamp::from_millis(4_102_444_800_000).unwrap();
        let long: Arc<str> = "\u{1}".repeat(256).into();
        let origin = RecordOrigin {
            shard: u32::MAX,
            subsequence: u32::MAX,
            partition_key: Some(Arc::clone(&long)),
            number: Some(long),
        };
        let number = RecordNumber { arrival: u64::MAX, piece: 499, origin: Some(Arc::new(origin.clone())) };
        let big = EventRecord { id: number.event_id(), number, at, data: b"hello" };
        let (arn, topic) = ("arn:\u{1}".repeat(9), "t".to_owned());
        for source in
            [Source::DirectPut, Source::KinesisStream { arn: arn.clone() }, Source::Msk { arn, topic }]
        {
            let stream = stream(source);
            let id = Seed(0).uuid(crate::foundation::seed::Purpose::ObjectName, 0);
            let event = event(&stream, &id, Seed(0), std::iter::repeat_n(big.clone(), 10));
            let bound = envelope_size(&stream) + 10 * entry_size(&stream.source, 5, Some(&origin));
            assert!(event.len() <= bound, "{} of {bound}", event.len());
        }
    }
}
