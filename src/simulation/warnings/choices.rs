//! Which undocumented choices shaped a run: each is told where it touched the result.

use super::{Observations, Remark};
use crate::{
    model::{
        delivery_stream::DeliveryStream,
        destination::{Destination, contract::Lane, request::Attempts},
        prefix::Prefix,
    },
    pipeline::buffers::SealedBy,
};

/// Failures whose codes, messages or error lines are ours: code, id and message.
const FAILURES: &[(&str, &str, &str)] = &[
    (
        "DynamicPartitioning.RecordDeAggregationFailed",
        "deaggregation-failures",
        "A record that can't be taken apart fails as a whole, into `processing-failed`, with a code and a message of our own.",
    ),
    (
        "DynamicPartitioning.MetadataExtractionFailed",
        "partition-failures",
        "Records that have no value for a key, or that the query fails on, go into `processing-failed`; their error lines are those of failed processing without `lambdaARN`.",
    ),
    (
        "DynamicPartitioning.ActivePartitionsLimitExceeded",
        "partition-failures",
        "The error lines of records beyond the limit of active partitions are those of failed processing without `lambdaARN`.",
    ),
    (
        "Decompression.Failed",
        "decompression-failures",
        "Records that can't be decompressed have a code and a message of our own.",
    ),
    (
        "CloudWatchLogProcessing.Failed",
        "extraction-failures",
        "Records whose messages can't be extracted have a code and a message of our own.",
    ),
    (
        "Kinesis.RecordTooLarge",
        "large-kinesis-records",
        "Records of a Kinesis stream that are too large for the destination go into `processing-failed`, with a code and a message of our own.",
    ),
    (
        "MSK.RecordTooLarge",
        "large-msk-records",
        "Records of a topic that are too large go into `processing-failed`, with a code and a message of our own.",
    ),
];

pub(in crate::simulation) fn undocumented(
    stream: &DeliveryStream,
    seen: &Observations,
    channels: u32,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut tell = |id, holds: bool, message: &str| {
        if holds {
            remarks.push(Remark { id, message: message.to_owned(), help: None });
        }
    };
    let has = |by| seen.sealed_by.contains(&by);
    tell(
        "size-rule",
        has(SealedBy::Size),
        "A buffer is sealed before a record that would exceed its size hint.",
    );
    tell(
        "interval-start",
        has(SealedBy::Interval),
        "The interval runs from the arrival of a buffer's first record; a record that arrives as it ends goes into the next buffer.",
    );
    tell("name-instant", seen.objects > 0, "Object names carry the arrival of the oldest record.");
    let attempts = Attempts { retried: seen.requests_retried, discarded: seen.lost.has_discarded() };
    if let Some(requests) = stream.destination.requests() {
        for (id, message) in requests.choices(attempts) {
            tell(id, true, message);
        }
    }
    tell("back-off", seen.retried, "Failed writes are tried again after 1 s, doubling up to 300 s.");
    tell("channels", channels > 1, "Records go to the channels of a scaled stream in turn.");
    tell(
        "throttling",
        seen.throttled > 0,
        "Throughput is limited by buckets of tokens that hold one second's worth; entries over a limit are rejected with `Slow down.`",
    );
    tell("request-bytes", seen.refused.request_too_large > 0, "The 4 MiB of a request count decoded data.");
    let has_backup = stream.destination.contract().backup.is_some();
    tell(
        "backup-delimiter",
        has_backup && seen.objects > 0,
        "Backup objects hold records end to end, without a delimiter.",
    );
    let has_function = stream.destination.processing().lambda.is_some();
    let is_bucket = stream.destination.objects(Lane::Destination).is_some();
    tell(
        "backup-before-function",
        has_backup && has_function && !is_bucket && seen.objects > 0,
        "The backup of all records holds them as they were put, before the function.",
    );
    let has_static_prefix = stream.destination.objects(Lane::Error).is_some_and(|objects| {
        let is_static = |prefix: &Prefix| !prefix.is_empty() && !prefix.has_expressions();
        objects.s3.error_output_prefix.as_ref().is_some_and(is_static)
    });
    tell(
        "static-error-prefix",
        has_static_prefix && seen.error_objects > 0,
        "An ErrorOutputPrefix without expressions is followed by the error type and the date.",
    );
    let delimiter = stream.destination.contract().delimiter;
    tell(
        "other-delimiter",
        !delimiter.is_empty() && &*delimiter != b"\n" && seen.objects + seen.request_objects > 0,
        "A Delimiter of AppendDelimiterToRecord that is no line feed is appended as it is written.",
    );
    for (code, id, message) in FAILURES {
        tell(id, seen.failed.contains_key(*code), message);
    }
    tell(
        "function-response",
        seen.malformed_responses,
        "A response of the function that can't be read, or has a result that is not known, fails its whole batch.",
    );
    let lanes = [Lane::Destination, Lane::Backup].into_iter();
    let is_hadoop = |lane| {
        stream.destination.objects(lane).is_some_and(|o| o.compression.codec().name() == "HADOOP_SNAPPY")
    };
    let extension =
        "HADOOP_SNAPPY objects end in .snappy as the service writes them; the guide says .hsnappy.";
    let converts = stream.destination.processing().conversion.is_some();
    tell(
        "conversion-types",
        converts && seen.objects > 0,
        "Columns have the physical types, and values the coercions, that Hive's writer gives them; no dictionary unless asked for.",
    );
    tell(
        "conversion-objects",
        seen.noticed.has_several_objects,
        "A record of several objects is as many rows; where one of them does not fit, none of them is converted.",
    );
    tell(
        "conversion-arrays",
        seen.noticed.has_arrays,
        "A record that is an array at the top level fails with `DataFormatConversion.MalformedData` and a text of our own.",
    );
    for (id, message) in of_partitions(stream, seen) {
        tell(id, true, message);
    }
    let function = stream.destination.processing().lambda.is_some() && seen.objects > 0;
    tell(
        "function-buffer",
        function,
        "A batch for the function is sealed before a record that would exceed its size hint, or let the event exceed 6 MB.",
    );
    tell(
        "function-ids",
        function,
        "Record ids of events are made from the order of arrival, where a sample of Kinesis has no sequence number of 56 digits; so are sequence numbers, offsets, shards and topic partitions where the samples name none.",
    );
    tell(
        "malformed-aggregates",
        seen.aggregates.are_malformed(),
        "A record that begins like an aggregated one but can't be taken apart is one ordinary record.",
    );
    tell(
        "function-retries",
        !seen.function_errors.is_empty(),
        "Every failed call is made again at once, with the same event; what can't be read in a response is final.",
    );
    tell("hadoop-extension", lanes.into_iter().any(is_hadoop) && seen.objects > 0, extension);
    remarks
}

/// Those of dynamic partitioning.
fn of_partitions(stream: &DeliveryStream, seen: &Observations) -> Vec<(&'static str, &'static str)> {
    let Destination::ExtendedS3(s3) = &stream.destination else { return Vec::new() };
    let Some(retry) = s3.partition_retry else { return Vec::new() };
    let noticed = &seen.noticed;
    let all = [
        (
            s3.has_default_partition_size && seen.objects > 0,
            "partition-size",
            "A partitioned stream without SizeInMBs has a size hint of 128 MiB.",
        ),
        (
            noticed.has_other_kinds,
            "partition-key-text",
            "Values of partition keys that are no text are written as `tostring` of jq writes them.",
        ),
        (
            noticed.shares_prefix,
            "partition-prefix",
            "Sets of key values that come to one prefix are partitions of their own, each with buffers and objects.",
        ),
        (
            seen.gave_up && retry.is_zero(),
            "partition-no-retry",
            "RetryOptions of 0 s are one attempt to write a partition.",
        ),
        (
            seen.gave_up,
            "partition-given-up",
            "Records of partitions that could not be written go into `processing-failed`, each with an error line of failed processing and the code of the write.",
        ),
    ];
    all.into_iter().filter(|(holds, ..)| *holds).map(|(_, id, message)| (id, message)).collect()
}
