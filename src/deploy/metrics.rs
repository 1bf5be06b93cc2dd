//! Which CloudWatch metrics tell whether a stream does its work. Behaviour sheet, 12.3: namespace `AWS/Firehose`, dimension
//! `DeliveryStreamName`.

use serde_json::Value as Json;

/// A metric worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricHint {
    /// Its name.
    pub metric: String,
    /// The statistic that tells most.
    pub statistic: &'static str,
    /// What its value means.
    pub meaning: String,
}

fn hint(metric: impl Into<String>, statistic: &'static str, meaning: impl Into<String>) -> MetricHint {
    MetricHint { metric: metric.into(), statistic, meaning: meaning.into() }
}

/// The metrics that matter for a stream, by its `DeliveryStreamDescription`.
pub fn hints(told: &Json) -> Vec<MetricHint> {
    let mut hints = Vec::new();
    match told.get("DeliveryStreamType").and_then(Json::as_str) {
        Some("KinesisStreamAsSource") => {
            hints.push(hint(
                "KinesisMillisBehindLatest",
                "Maximum",
                "grows: the stream does not keep up with its source",
            ));
            hints.push(hint("DataReadFromKinesisStream.Records", "Sum", "0: nothing is read"));
            hints.push(hint("ThrottledGetRecords", "Sum", "above 0: other readers use up the shards"));
        }
        Some("MSKAsSource") => {
            hints.push(hint(
                "KafkaOffsetLag",
                "Maximum",
                "grows: the stream does not keep up with its topic",
            ));
            hints.push(hint("DataReadFromSource.Records", "Sum", "0: nothing is read"));
        }
        Some("DatabaseAsSource") => {}
        _ => {
            hints.push(hint("IncomingRecords", "Sum", "0: no producer puts anything"));
            hints.push(hint(
                "ThrottledRecords",
                "Sum",
                "above 0: records were turned down; producers must retry, or the quota be raised",
            ));
        }
    }
    let destination = told.get("Destinations").and_then(|all| all.get(0)).and_then(Json::as_object);
    let kinds = || destination.into_iter().flatten().filter(|(name, _)| name.ends_with("Description"));
    // An S3 destination is told twice; the extended form has all of it.
    let chosen = kinds().find(|(name, _)| !name.starts_with("S3")).or_else(|| kinds().next());
    if let Some((kind, block)) = chosen {
        of_processing(block, &mut hints);
        of_delivery(kind, block, &mut hints);
    }
    if told.get("DeliveryStreamEncryptionConfiguration").and_then(|key| key.get("KeyARN")).is_some() {
        hints.push(hint("KMSKeyAccessDenied", "Sum", "above 0: the key refuses, and puts fail"));
    }
    hints
}

fn is_on(block: &Json, part: &str) -> bool {
    block.get(part).and_then(|part| part.get("Enabled")).and_then(Json::as_bool) == Some(true)
}

fn of_processing(block: &Json, hints: &mut Vec<MetricHint>) {
    let processing = block.get("ProcessingConfiguration").filter(|_| is_on(block, "ProcessingConfiguration"));
    let list = processing.and_then(|part| part.get("Processors")?.as_array());
    let has = |wanted: &str| {
        let is_it = |one: &Json| one.get("Type").and_then(Json::as_str) == Some(wanted);
        list.is_some_and(|all| all.iter().any(is_it))
    };
    if has("Lambda") {
        hints.push(hint("ExecuteProcessing.Success", "Average", "below 1: calls of the function fail"));
        hints.push(hint(
            "ExecuteProcessing.Duration",
            "Maximum",
            "near the function's timeout: its batches are too large",
        ));
    }
    if has("Decompression") {
        hints.push(hint("OutputDecompressedRecords.Failed", "Sum", "above 0: records are not gzip"));
    }
    if is_on(block, "DynamicPartitioningConfiguration") {
        hints.push(hint(
            "PartitionCountExceeded",
            "Maximum",
            "1: too many partitions; further records go to the error folder",
        ));
    }
    if is_on(block, "DataFormatConversionConfiguration") {
        hints.push(hint("FailedConversion.Records", "Sum", "above 0: records do not fit the table"));
    }
}

fn of_delivery(kind: &str, block: &Json, hints: &mut Vec<MetricHint>) {
    let kind = kind.trim_end_matches("DestinationDescription");
    let interval = block
        .get("BufferingHints")
        .and_then(|hints| hints.get("IntervalInSeconds"))
        .and_then(Json::as_u64)
        .unwrap_or(300);
    let fresh = |name: &str| {
        let meaning = format!("seconds; far above the buffer's {interval}: deliveries are stuck");
        hint(format!("{name}.DataFreshness"), "Maximum", meaning)
    };
    let success = |name: &str| {
        hint(format!("{name}.Success"), "Average", "below 1: deliveries fail; the log group says why")
    };
    let name = match kind {
        "S3" | "ExtendedS3" => "DeliveryToS3",
        "Redshift" => "DeliveryToRedshift",
        "Amazonopensearchservice" | "Elasticsearch" => "DeliveryToAmazonOpenSearchService",
        "AmazonOpenSearchServerless" => "DeliveryToAmazonOpenSearchServerless",
        "Splunk" => "DeliveryToSplunk",
        "HttpEndpoint" => "DeliveryToHttpEndpoint",
        "Snowflake" => "DeliveryToSnowflake",
        "Iceberg" => "DeliveryToIceberg",
        _ => return,
    };
    // Redshift has no freshness of its own; its bucket has.
    hints.push(fresh(if name == "DeliveryToRedshift" { "DeliveryToS3" } else { name }));
    hints.push(success(name));
    if name == "DeliveryToIceberg" {
        hints.push(hint("DeliveryToIceberg.FailedRowCount", "Sum", "above 0: rows do not fit the table"));
    }
    if block
        .get("S3BackupMode")
        .and_then(Json::as_str)
        .is_some_and(|mode| mode == "Enabled" || mode.starts_with("All"))
    {
        hints.push(success("BackupToS3"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(told: &str) -> Vec<String> {
        hints(&serde_json::from_str(told).unwrap()).into_iter().map(|hint| hint.metric).collect()
    }

    #[test]
    fn the_metrics_are_those_of_what_the_stream_does() {
        assert_eq!(
            names(
                r#"{"DeliveryStreamType":"DirectPut","Destinations":[{"S3DestinationDescription":{},"ExtendedS3DestinationDescription":
                {"S3BackupMode":"Enabled","ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"Lambda"}]},
                "DynamicPartitioningConfiguration":{"Enabled":true},"DataFormatConversionConfiguration":{"Enabled":false}}}]}"#
            ),
            [
                "IncomingRecords",
                "ThrottledRecords",
                "ExecuteProcessing.Success",
                "ExecuteProcessing.Duration",
                "PartitionCountExceeded",
                "DeliveryToS3.DataFreshness",
                "DeliveryToS3.Success",
                "BackupToS3.Success"
            ]
        );
        assert_eq!(
            names(
                r#"{"DeliveryStreamType":"KinesisStreamAsSource","DeliveryStreamEncryptionConfiguration":{"KeyARN":"arn:k"},
                "Destinations":[{"RedshiftDestinationDescription":{"S3BackupMode":"Disabled"}}]}"#
            ),
            [
                "KinesisMillisBehindLatest",
                "DataReadFromKinesisStream.Records",
                "ThrottledGetRecords",
                "DeliveryToS3.DataFreshness",
                "DeliveryToRedshift.Success",
                "KMSKeyAccessDenied"
            ]
        );
    }
}
