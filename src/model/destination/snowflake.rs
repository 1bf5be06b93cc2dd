//! A Snowflake table: rows by Snowpipe Streaming.
//!
//! `SnowflakeDestinationConfiguration` (behaviour sheet, 10.7). How Firehose speaks with Snowflake is not documented: a
//! request here is the rows of one flush.

use std::{io, sync::Arc, time::Duration};

use serde_json::json;

use super::{
    DestinationKind, ObjectSettings,
    contract::{Contract, Lane, Step},
    delivery::{Defaults, Delivery, Waits},
    request::{Answer, Batch, BatchRecord, Judgement, RequestHead, Requests, Scripted, UndeliveredRecord},
    row_answers::{self, Terms},
};
use crate::{
    foundation::{byte_size::ByteSize, document::Node, timestamp::Timestamp},
    model::{
        buffering_hints::BufferingHints,
        json_row,
        lower::Lowering,
        processor::Processing,
        snowflake::{ERROR_OUTPUT_TYPE, Loading, Rows, definition::Definition},
        source::Source,
    },
};

/// Hints of a stream without any. CHOICE: 128 MB as the API says, not the 1 MB of the guide's table.
const DEFAULT_HINTS: BufferingHints = BufferingHints::new(128, 0);

/// `RetryOptions` of a stream without any.
const DEFAULT_RETRY: Duration = Duration::from_secs(60);

/// The buffer in front of a function where its processor has no hints: 256 KB and 30 s (behaviour sheet, 4.1).
const FUNCTION_HINTS: BufferingHints =
    BufferingHints { size: ByteSize::bytes(256 << 10), interval: Duration::from_secs(30) };

/// What its errors mean. Only service faults are tried again (behaviour sheet, 10.7); their codes are not documented,
/// CHOICE: `Snowflake.ServiceUnavailable` and those of an HTTP endpoint.
const TERMS: Terms = Terms {
    family: "Snowflake",
    name: "Snowflake",
    hopeless: &[
        "Snowflake.InvalidUrl",
        "Snowflake.InvalidUser",
        "Snowflake.InvalidRole",
        "Snowflake.InvalidTable",
        "Snowflake.InvalidSchema",
        "Snowflake.InvalidDatabase",
        "Snowflake.InvalidPrivateKeyOrPassphrase",
        "Snowflake.InvalidColumns",
        "Snowflake.MissingColumns",
        "Snowflake.ExtraColumns",
        "Snowflake.InvalidInput",
        "Snowflake.IncorrectValue",
    ],
    row: "Snowflake.IncorrectValue",
};

/// A Snowflake table.
#[derive(Clone, Debug)]
pub struct Snowflake {
    /// The account's host, out of `AccountUrl`.
    pub host: String,
    /// `Database`.
    pub database: String,
    /// `Schema`.
    pub schema: String,
    /// `Table`.
    pub table: String,
    /// How records become its rows, and which of them it takes.
    pub rows: Arc<Rows>,
    /// What is not its own.
    pub delivery: Delivery,
}

impl DestinationKind for Snowflake {
    const PROPERTY: &'static str = "SnowflakeDestinationConfiguration";

    fn lower(block: &Node, lowering: &mut Lowering) -> Option<Snowflake> {
        let url = lowering.required(block, "AccountUrl");
        let database = lowering.required(block, "Database");
        let schema = lowering.required(block, "Schema");
        let table = lowering.required(block, "Table");
        let loading = loading(block, lowering);
        lowering.function_hints = Some(FUNCTION_HINTS);
        let defaults = Defaults { hints: DEFAULT_HINTS, retry: DEFAULT_RETRY };
        let delivery = Delivery::lower(block, lowering, "AllData", defaults);
        lowering.not_applied(block, "SnowflakeVpcConfiguration", "nothing is sent over a network");
        lowering.not_applied(block, "SnowflakeRoleConfiguration", "nobody signs in");
        let url = url?;
        let rows = Arc::new(Rows { loading: loading?, definition: None });
        let delivery = delivery?.of_rows(Arc::<Rows>::clone(&rows), lowering);
        Some(Snowflake {
            host: url.trim_start_matches("https://").trim_end_matches('/').to_owned(),
            database: database?,
            schema: schema?,
            table: table?,
            rows,
            delivery,
        })
    }

    fn contract(&self) -> Contract {
        // CHOICE: exponential, says the guide, and no figures; those of an HTTP endpoint.
        self.delivery.contract(&[Step::Request], Waits::HTTP, ERROR_OUTPUT_TYPE)
    }

    fn processing(&self) -> &Processing {
        &self.delivery.processing
    }

    fn takes_large_records(&self) -> bool {
        false
    }

    fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>> {
        self.delivery.objects(lane)
    }

    #[cfg(feature = "simulate")]
    fn requests(&self) -> Option<&dyn Requests> {
        Some(self)
    }
}

impl Snowflake {
    /// With the table's columns.
    pub fn with_definition(&mut self, definition: Definition) {
        self.rows = Arc::new(Rows { definition: Some(definition), ..Rows::clone(&self.rows) });
        self.delivery.processing.rows = Some(Arc::<Rows>::clone(&self.rows));
    }
}

fn loading(block: &Node, lowering: &mut Lowering) -> Option<Loading> {
    let option = lowering.optional(block, "DataLoadingOption")?;
    // CHOICE: the default is not documented.
    match option.as_deref().unwrap_or("JSON_MAPPING") {
        "JSON_MAPPING" => Some(Loading::Json),
        "VARIANT_CONTENT_MAPPING" => Some(Loading::Content(lowering.required(block, "ContentColumnName")?)),
        "VARIANT_CONTENT_AND_METADATA_MAPPING" => {
            let content = lowering.required(block, "ContentColumnName");
            let metadata = lowering.required(block, "MetaDataColumnName");
            Some(Loading::ContentAndMetadata(content?, metadata?))
        }
        other => {
            let place = block.get("DataLoadingOption").unwrap_or(block);
            lowering.problem(place, format!("`{other}` is no data loading option"));
            None
        }
    }
}

/// What Firehose knows of a record, by the source. CHOICE: the time is RFC 3339; what the samples do not say of a Kinesis
/// record is made up, as for a function.
fn metadata(batch: &Batch<'_>, record: &BatchRecord<'_>) -> String {
    let arrived = Timestamp::from_millis(record.arrival).unwrap_or(batch.sealed_at);
    let time = serde_json::to_value(arrived).unwrap_or_default();
    let metadata = match &batch.stream.source {
        Source::KinesisStream { arn } => {
            let number = batch.numbers.get(record.index as usize);
            let arrival = number.map_or(0, |number| number.arrival);
            let origin = number.and_then(|number| number.origin.as_deref().cloned()).unwrap_or_default();
            json!({
                "kinesisStreamName": arn.rsplit('/').next().unwrap_or_default(),
                "kinesisShardId": origin.shard_id(),
                "kinesisPartitionKey": origin.partition_key(batch.seed, arrival),
                "kinesisSequenceNumber": origin.sequence_number(arrival),
                "subsequenceNumber": origin.subsequence.to_string(),
                "IngestionTime": time,
            })
        }
        // CHOICE: for a topic nothing is documented.
        Source::DirectPut | Source::Msk { .. } => {
            json!({ "firehoseDeliveryStreamName": batch.stream.name, "IngestionTime": time })
        }
    };
    metadata.to_string()
}

#[cfg(feature = "simulate")]
impl Requests for Snowflake {
    fn folder(&self) -> &'static str {
        "snowflake"
    }

    fn head(&self, _batch: &Batch<'_>) -> RequestHead {
        let Snowflake { host, database, schema, table, .. } = self;
        RequestHead {
            target: format!("snowflake://{host}/{database}/{schema}/{table}"),
            ending: "ndjson",
            content_encoding: None,
            http: None,
        }
    }

    /// One row a line, with its table and operation.
    fn body(&self, batch: &Batch<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let text = json_row::text;
        let head = format!(
            "{{\"database\":{},\"schema\":{},\"table\":{},\"operation\":\"insert\",\"row\":",
            text(&self.database),
            text(&self.schema),
            text(&self.table)
        );
        for record in batch.records() {
            out.write_all(head.as_bytes())?;
            self.rows.loading.write_row(record.bytes, &metadata(batch, &record), out)?;
            out.write_all(b"}\n")?;
        }
        Ok(())
    }

    fn answer(&self, _batch: &Batch<'_>, scripted: &Scripted) -> Answer {
        TERMS.answer(scripted)
    }

    fn judge(&self, _batch: &Batch<'_>, answer: &Answer) -> Judgement {
        TERMS.judge(answer)
    }

    fn answers_by_record(&self) -> bool {
        true
    }

    fn undocumented(&self, has_retried: bool) -> &'static [(&'static str, &'static str)] {
        const ALL: &[(&str, &str)] = &[
            (
                "snowflake-columns",
                "Keys of records without quotes mean columns in upper case; the guide says elsewhere that their case matters.",
            ),
            (
                "snowflake-back-off",
                "A service fault is tried again after 1 s, doubling up to 120 s, times 0.85 to 1.15.",
            ),
            ("snowflake-metadata", "IngestionTime is the record's arrival in RFC 3339."),
        ];
        match (&self.rows.loading, has_retried) {
            (Loading::Json, false) => &ALL[..1],
            (Loading::Json, true) => &ALL[..2],
            (Loading::Content(_), false) => &[],
            (Loading::Content(_), true) => &ALL[1..2],
            (Loading::ContentAndMetadata(..), false) => &ALL[2..],
            (Loading::ContentAndMetadata(..), true) => &ALL[1..],
        }
    }

    fn document(&self, failed: &UndeliveredRecord<'_>) -> Vec<u8> {
        row_answers::document(failed)
    }
}
