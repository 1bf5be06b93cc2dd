//! Amazon Redshift: an object in an intermediate bucket, a manifest that names it, and COPY.
//!
//! `RedshiftDestinationConfiguration` (behaviour sheet, 10.2). With the table's definition at hand, the records are
//! checked as COPY would: [`crate::model::redshift`]. A COPY that is given up leaves its manifest below `errors/`.

use std::{io, sync::Arc, time::Duration};

use serde_json::{Map, Value};

use super::{
    DestinationKind, ObjectSettings,
    contract::{Contract, GiveUp, Lane, Retries, Step},
    delivery::{Defaults, Delivery, Waits},
    request::{
        Answer, Batch, Inspection, Judgement, Listing, Refusal, RefusedLine, RequestHead, Requests, Response,
        Scripted, TableLoad, Trouble, UndeliveredRecord, Verdict,
    },
    s3_beside,
};
use crate::{
    foundation::{document::Node, suggest::nearest, timestamp::Timestamp},
    model::{
        buffering_hints::BufferingHints,
        compression::CompressionFormat,
        copy_options::{self, SECRET_OPTIONS},
        copy_statement::{self, CopyCommand},
        lower::Lowering,
        processor::Processing,
        redshift::{
            errors::{self, COMPRESSION_MISMATCH, CONNECTION_FAILED, DATA_LOAD_FAILED, SSL_FAILURE},
            load::{LoadError, Loader},
            postgresql,
        },
        s3::S3Settings,
        zone::Zone,
    },
};

/// `RetryOptions` of a stream without any.
const DEFAULT_RETRY: Duration = Duration::from_secs(3_600);

/// How long is waited between attempts.
const WAIT: Duration = Duration::from_secs(300);

/// How long a COPY may take. CHOICE: undocumented; longer than any retry duration.
const PATIENCE: Duration = Duration::from_secs(24 * 3_600);

/// A table of Redshift's.
#[derive(Clone, Debug)]
pub struct Redshift {
    /// `ClusterJDBCURL`, without what may be secret in it.
    pub cluster: String,
    /// `RoleARN`, which COPY reads the bucket with.
    pub role_arn: String,
    /// `DataTableName`.
    pub table: String,
    /// `DataTableColumns`.
    pub columns: Option<String>,
    /// `CopyOptions`.
    pub options: Option<String>,
    /// `Prefix` of the intermediate bucket, as written: it has no expressions.
    pub prefix: String,
    /// `S3BackupConfiguration`, where `S3BackupMode` is `Enabled`.
    pub backup: Option<S3Settings>,
    /// What is not its own; its bucket is the intermediate one.
    pub delivery: Delivery,
    /// What COPY makes of the records, where the definition of the table is known.
    pub loader: Option<Arc<Loader>>,
}

impl DestinationKind for Redshift {
    const PROPERTY: &'static str = "RedshiftDestinationConfiguration";

    fn lower(block: &Node, lowering: &mut Lowering) -> Option<Redshift> {
        let cluster = lowering.required(block, "ClusterJDBCURL");
        let role_arn = lowering.required(block, "RoleARN");
        let Some(copy) = block.get("CopyCommand") else { return lowering.missing(block, "CopyCommand") };
        let table = lowering.required(copy, "DataTableName");
        let columns = lowering.optional(copy, "DataTableColumns");
        let options = lowering.optional(copy, "CopyOptions");
        let defaults = Defaults { hints: BufferingHints::S3_DEFAULT, retry: DEFAULT_RETRY };
        let mut delivery = Delivery::lower(block, lowering, "Enabled", defaults)?;
        delivery.hints = delivery.s3.hints;
        let staging = block.get("S3Configuration").unwrap_or(block);
        let prefix = lowering.optional(staging, "Prefix")?.unwrap_or_default();
        if delivery.s3.prefix.as_ref().is_some_and(|prefix| prefix.has_expressions()) {
            let place = staging.get("Prefix").unwrap_or(staging);
            lowering.problem(place, "`Prefix` has expressions, and that of Redshift's bucket takes none");
            return None;
        }
        let compression = delivery.s3.compression;
        if !compression.is_identity() && compression != gzip() {
            let place = staging.get("CompressionFormat").unwrap_or(staging);
            lowering.problem(place, "COPY of a delivery stream loads UNCOMPRESSED or GZIP objects only");
            return None;
        }
        let backup = match (delivery.backs_up_all, block.get("S3BackupConfiguration")) {
            (true, Some(backup)) => Some(lowering.s3(backup)?),
            (true, None) => return lowering.missing(block, "S3BackupConfiguration"),
            (false, _) => None,
        };
        Some(Redshift {
            cluster: covered_url(&cluster?),
            role_arn: role_arn?,
            table: table?,
            columns: columns?,
            options: options?,
            prefix,
            backup,
            delivery,
            loader: None,
        })
    }

    fn contract(&self) -> Contract {
        let waits = Waits { first: WAIT, longest: WAIT, jitter: (100, 100) };
        let steps = &[Step::Object, Step::Listing, Step::Request];
        let contract = self.delivery.contract(steps, waits, "");
        let give_up = match contract.give_up {
            // No retry where the first attempt outlasts the duration.
            GiveUp::AfterRetries(retries) => {
                GiveUp::AfterRetries(Retries { counts_attempts: true, ..retries })
            }
            GiveUp::WhenRetentionEnds => GiveUp::WhenRetentionEnds,
        };
        Contract { backup: self.backup.as_ref().map(|backup| backup.hints), give_up, ..contract }
    }

    fn processing(&self) -> &Processing {
        &self.delivery.processing
    }

    fn takes_large_records(&self) -> bool {
        false
    }

    fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>> {
        static UTC: std::sync::LazyLock<Zone> = std::sync::LazyLock::new(Zone::utc);
        let s3 = match lane {
            Lane::Destination => &self.delivery.s3,
            Lane::Backup => self.backup.as_ref()?,
            Lane::Error => return s3_beside(&self.delivery.s3, false, lane),
        };
        let (compression, extension) = (s3.compression, s3.compression.codec().extension());
        Some(ObjectSettings { s3, zone: &UTC, extension, compression, conversion: None })
    }

    #[cfg(feature = "simulate")]
    fn requests(&self) -> Option<&dyn Requests> {
        Some(self)
    }
}

fn gzip() -> CompressionFormat {
    CompressionFormat::named("GZIP").unwrap_or(CompressionFormat::UNCOMPRESSED)
}

/// Drivers take credentials behind the `?`.
fn covered_url(url: &str) -> String {
    match url.split_once('?') {
        Some((place, _)) => format!("{place}?***"),
        None => url.to_owned(),
    }
}

/// `CopyOptions` as they may be shown: what stands behind an option of credentials is covered.
fn covered_options(options: &str) -> String {
    let words = copy_options::words(options);
    match words.iter().find(|word| SECRET_OPTIONS.contains(&word.text.as_str())) {
        Some(word) => format!("{}***", &options[..word.range.end]),
        None => options.to_owned(),
    }
}

impl Redshift {
    /// Whether the objects are packed as COPY is told.
    fn is_packed_as_told(&self) -> bool {
        let words = copy_options::words(self.options.as_deref().unwrap_or_default());
        let is_told = words.iter().any(|word| copy_options::COMPRESSIONS.contains(&word.text.as_str()));
        is_told != self.delivery.s3.compression.is_identity()
    }

    /// Bucket and text of the manifest, and what its keys are made of.
    fn manifest(&self, batch: &Batch<'_>) -> (String, Vec<u8>, Timestamp, String) {
        let staged = batch.objects.iter().take(1);
        let body = copy_statement::manifest(staged.map(|(bucket, key)| (bucket.as_str(), key.as_str())));
        // CHOICE: the moment and the id of a manifest's name are those of its oldest record and of the request.
        let oldest = batch.arrivals.iter().min().copied().and_then(Timestamp::from_millis);
        let at = oldest.unwrap_or(batch.sealed_at);
        (self.delivery.s3.bucket.clone(), body.into_bytes(), at, batch.request_id())
    }
}

#[cfg(feature = "simulate")]
impl Requests for Redshift {
    fn folder(&self) -> &'static str {
        "redshift"
    }

    fn head(&self, _batch: &Batch<'_>) -> RequestHead {
        RequestHead { target: self.cluster.clone(), ending: "sql", content_encoding: None, http: None }
    }

    fn body(&self, batch: &Batch<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let options = self.options.as_deref().map(covered_options);
        let command = CopyCommand {
            table: &self.table,
            columns: self.columns.as_deref(),
            options: options.as_deref(),
            role_arn: &self.role_arn,
        };
        let (bucket, key) = batch.objects.last().map_or(("", ""), |(bucket, key)| (bucket, key));
        writeln!(out, "{}", command.statement(bucket, key))
    }

    fn listing(&self, batch: &Batch<'_>) -> Option<Listing> {
        let (bucket, body, at, id) = self.manifest(batch);
        let key = copy_statement::manifest_key(&self.prefix, &batch.stream.name, at, &id);
        Some(Listing { bucket, key, body })
    }

    fn left_behind(&self, batch: &Batch<'_>) -> Option<Listing> {
        let (bucket, body, at, id) = self.manifest(batch);
        let key = copy_statement::error_manifest_key(&self.prefix, &batch.stream.name, at, &id);
        Some(Listing { bucket, key, body })
    }

    fn inspect(&self, batch: &Batch<'_>) -> Option<Inspection> {
        if !self.is_packed_as_told() {
            let message = match self.delivery.s3.compression.is_identity() {
                true => "COPY is told that the objects are compressed, and they are not.",
                false => "The objects are compressed, and COPY is not told: its options lack GZIP.",
            };
            let refusal = Some(Refusal::new(code(COMPRESSION_MISMATCH), message));
            return Some(Inspection { refusal, ..Inspection::default() });
        }
        let loader = self.loader.as_ref()?;
        let loaded = loader.load(batch.bytes);
        let object = batch.objects.first().map(|(bucket, key)| format!("s3://{bucket}/{key}"));
        let refused_lines = loaded.refused;
        let refused: Vec<RefusedLine> =
            loaded.errors.iter().map(|error| refused_line(error, object.as_deref())).collect();
        let is_given_up = loader.is_given_up(refused_lines);
        let refusal = refused.first().filter(|_| is_given_up).map(|first| {
            let lines = if refused_lines == 1 { "line does" } else { "lines do" };
            let limit = loader.max_error();
            let message = format!(
                "{refused_lines} {lines} not fit the table, and COPY gives up at MAXERROR ({limit}). {}",
                first.message
            );
            Refusal::new(code(DATA_LOAD_FAILED), message)
        });
        let rows = if is_given_up { 0 } else { loaded.rows.len() as u64 };
        Some(Inspection { rows, refused, refused_lines, refusal })
    }

    fn table_load(&self, batch: &Batch<'_>) -> Option<TableLoad> {
        let loader = self.loader.as_ref()?;
        let columns: Vec<_> = loader.columns().collect();
        Some(postgresql::table_load(&self.table, loader.table(), &columns, &loader.load(batch.bytes)))
    }

    /// JSON objects may follow one another without anything between.
    fn reads_lines(&self) -> bool {
        let words = copy_options::words(self.options.as_deref().unwrap_or_default());
        !words.iter().any(|word| word.text == "JSON")
    }

    fn check(&self, scripted: &Scripted) -> Result<(), String> {
        if scripted.status.is_some()
            || scripted.reason.is_some()
            || scripted.body.is_some()
            || !scripted.headers.is_empty()
        {
            return Err("COPY is no HTTP request: say with `error` what it fails with".to_owned());
        }
        match scripted.error.as_deref() {
            None | Some("connection-failed" | "connection-reset" | "tls-handshake") => Ok(()),
            Some("timeout") => {
                Err("a COPY has no time limit: give `after` and an `error` such as Redshift.QueryCancelled"
                    .to_owned())
            }
            Some(name) if name.starts_with(errors::PREFIX) && errors::meaning(name).is_some() => Ok(()),
            Some(name) => {
                let known = errors::CODES.iter().map(|(known, _)| *known);
                let near = nearest(name.strip_prefix(errors::PREFIX).unwrap_or(name), known);
                let near = near.map(|near| format!("; did you mean `{}{near}`?", errors::PREFIX));
                Err(format!("`{name}` is no error code of Redshift deliveries{}", near.unwrap_or_default()))
            }
        }
    }

    fn answer(&self, _batch: &Batch<'_>, scripted: &Scripted) -> Answer {
        scripted.trouble().unwrap_or_else(|| Answer::Response(Response::default()))
    }

    fn judge(&self, _batch: &Batch<'_>, answer: &Answer) -> Judgement {
        // CHOICE: every failure is tried again; the sources name none that is final.
        let name = match answer {
            Answer::Response(_) => return Judgement::Final(Verdict::Taken),
            Answer::Error(name) => name.strip_prefix(errors::PREFIX).unwrap_or(name),
            Answer::Trouble(Trouble::TlsHandshake) => SSL_FAILURE,
            Answer::Trouble(Trouble::ConnectionFailed | Trouble::ConnectionReset | Trouble::Timeout) => {
                CONNECTION_FAILED
            }
        };
        let meaning = errors::meaning(name).unwrap_or("COPY failed.");
        Judgement::Final(Verdict::Retry(Refusal::new(code(name), meaning)))
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn help(&self, code: &str) -> Option<&'static str> {
        errors::help(code)
    }

    fn undocumented(&self, has_retried: bool) -> &'static [(&'static str, &'static str)] {
        const ALL: &[(&str, &str)] = &[
            (
                "redshift-copy",
                "COPY has the form of the console's preview, and loads one object: objects that are staged while \
                 another COPY runs are not gathered into one.",
            ),
            (
                "redshift-manifest",
                "Manifests lie below `manifests/`, named by the arrival of the oldest record; one that was given up \
                 has the same name below `errors/manifests/`.",
            ),
            (
                "redshift-retries",
                "Every error of COPY is tried again, every 5 minutes from its end; the duration runs from the start of \
                 the first attempt.",
            ),
        ];
        if has_retried { ALL } else { &ALL[..2] }
    }

    /// None: a batch that is given up leaves its manifest.
    fn document(&self, _failed: &UndeliveredRecord<'_>) -> Vec<u8> {
        Vec::new()
    }
}

fn code(name: &str) -> String {
    format!("{}{name}", errors::PREFIX)
}

/// A row of `STL_LOAD_ERRORS`: its columns, as far as a file has them.
fn refused_line(error: &LoadError, object: Option<&str>) -> RefusedLine {
    let mut row = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        row.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("filename", object.map(Value::from));
    put("line_number", Some(error.line.into()));
    put("start_offset", Some(error.offset.into()));
    put("colname", error.column.clone().map(Value::from));
    put("type", error.kind.clone().map(Value::from));
    put("col_length", error.length.map(Value::from));
    put("raw_line", Some(error.raw_line.clone().into()));
    put("raw_field_value", error.column.as_ref().map(|_| error.field.clone().into()));
    put("err_code", Some(error.reason.code.into()));
    put("err_reason", Some(error.reason.text.clone().into()));
    let column = error.column.as_ref().map(|column| format!(", column `{column}`")).unwrap_or_default();
    let message = format!("Line {}{column}: {}: {}.", error.line, error.reason.code, error.reason.text);
    RefusedLine { offset: error.offset, document: Value::Object(row).to_string(), message }
}
