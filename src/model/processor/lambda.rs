//! `Lambda`: how a stream's function is called, and the event that it is sent. The one processor with an effect: calling
//! is up to whoever runs the engine.
//!
//! Parameters, defaults and event: behaviour sheet, 4.1; the event's shape as `aws-lambda-go` and the Java events
//! library have it.

use std::{io::Write, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    foundation::{
        byte_size::ByteSize,
        seed::{Purpose, Seed},
        timestamp::Timestamp,
    },
    model::{
        buffering_hints::BufferingHints, delivery_stream::DeliveryStream, record_number::sequence_number,
        source::Source,
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
#[derive(Clone, Copy, Debug)]
pub struct EventRecord<'a> {
    /// The number of its arrival, from 1.
    pub arrival: u64,
    /// Its number among the records that the arrival held, from 0.
    pub piece: u32,
    /// When it arrived.
    pub at: Timestamp,
    /// Its bytes.
    pub data: &'a [u8],
}

impl EventRecord<'_> {
    /// `recordId`: a sequence number of 56 digits and one of 6 for the record among those of its arrival (CHOICE: that
    /// form; the value is opaque).
    pub fn id(&self) -> String {
        format!("{}{:06}", sequence_number(self.arrival), self.piece)
    }
}

/// Most bytes that a record of `length` bytes takes in an event.
pub fn entry_size(source: &Source, length: usize) -> usize {
    let around = match source {
        Source::DirectPut => 160,
        Source::KinesisStream { .. } => 480,
        Source::Msk { .. } => 320,
    };
    length.div_ceil(3) * 4 + around
}

/// Most bytes that an event takes besides its records.
pub fn envelope_size(stream: &DeliveryStream) -> usize {
    let source = match &stream.source {
        Source::DirectPut => 0,
        Source::KinesisStream { arn } | Source::Msk { arn, .. } => arn.len(),
    };
    6 * (stream.arn.len() + stream.region.len() + source) + 256
}

/// The event of a call. `channel` stands for the shard or topic partition that the records come from (CHOICE); partition
/// keys of a Kinesis source are drawn from the seed (CHOICE), as the samples need not hold them.
pub fn event<'a>(
    stream: &DeliveryStream,
    invocation_id: &str,
    channel: u32,
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
        let _ = write!(out, "{comma}{{\"recordId\":\"{}\",\"approximateArrivalTimestamp\":{at}", record.id());
        let data = STANDARD.encode(record.data);
        let _ = match &stream.source {
            Source::DirectPut => write!(out, ",\"data\":\"{data}\"}}"),
            Source::KinesisStream { .. } => {
                let key = seed.uuid(Purpose::KinesisPartitionKey, record.arrival);
                let (sequence, piece) = (sequence_number(record.arrival), record.piece);
                write!(
                    out,
                    ",\"data\":\"{data}\",\"kinesisRecordMetadata\":{{\"sequenceNumber\":\"{sequence}\",\
                     \"subsequenceNumber\":{piece},\"partitionKey\":\"{key}\",\
                     \"shardId\":\"shardId-{channel:012}\",\"approximateArrivalTimestamp\":{at}}}}}"
                )
            }
            Source::Msk { .. } => {
                let offset = record.arrival.saturating_sub(1);
                write!(
                    out,
                    ",\"mskRecordMetadata\":{{\"offset\":\"{offset}\",\"partitionId\":\"{channel}\",\
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
        let event = event(&stream(source), "i", 2, Seed(0), records.iter().copied());
        String::from_utf8(event).unwrap()
    }

    fn record() -> EventRecord<'static> {
        let at = Timestamp::from_millis(1_510_772_160_000).unwrap();
        EventRecord { arrival: 7, piece: 3, at, data: b"hello" }
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
        let event = text(Source::KinesisStream { arn: "arn:k".to_owned() }, &[record()]);
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
    }

    #[test]
    fn row_4_1_event_of_an_msk_source() {
        let source = Source::Msk { arn: "arn:m".to_owned(), topic: "t".to_owned() };
        let event = text(source, &[record()]);
        assert!(event.starts_with(r#"{"invocationId":"i","sourceMSKArn":"arn:m","deliveryStreamArn""#));
        let end = r#"000003","approximateArrivalTimestamp":1510772160000,"mskRecordMetadata":{"offset":"6","partitionId":"2","approximateArrivalTimestamp":1510772160000},"kafkaRecordValue":"aGVsbG8="}]}"#;
        assert!(event.ends_with(end), "{event}");
    }

    #[test]
    fn sizes_are_upper_bounds() {
        let at = Timestamp::from_millis(4_102_444_800_000).unwrap();
        let big = EventRecord { arrival: u64::MAX, piece: 499, at, data: b"hello" };
        let (arn, topic) = ("arn:\u{1}".repeat(9), "t".to_owned());
        for source in
            [Source::DirectPut, Source::KinesisStream { arn: arn.clone() }, Source::Msk { arn, topic }]
        {
            let stream = stream(source);
            let id = Seed(0).uuid(Purpose::ObjectName, 0);
            let event = event(&stream, &id, u32::MAX, Seed(0), [big; 10].into_iter());
            let bound = envelope_size(&stream) + 10 * entry_size(&stream.source, 5);
            assert!(event.len() <= bound, "{} of {bound}", event.len());
        }
    }
}
