//! Keys, index names and statements of made-up deliveries.

use std::io::Read as _;
use std::path::Path;

use crate::commands::CommandError;
use crate::foundation::document::Node;
use crate::foundation::seed::Seed;
use crate::foundation::timestamp::Timestamp;
use crate::model::copy_statement::{self, CopyCommand};
use crate::model::destination::contract::Lane;
use crate::model::index_name::{IndexRotationPeriod, index_name};
use crate::model::lower::lanes::{self, ObjectLane};
use crate::model::object_name::object_name;
use crate::model::partition_key::PartitionKey;
use crate::model::prefix::{Piece, Prefix};
use crate::model::processor::metadata_extraction::MetadataExtraction;
use crate::model::s3::{ObjectFacts, PrefixFailure};
use crate::model::zone::Zone;
use crate::report::render::{ErrorFolder, Fact, LaneView, Moment, ObjectView};
use crate::rules::secret::covered;

/// Largest file of a record: that of the largest record there is.
const LARGEST_RECORD_FILE: u64 = 10 * 1_048_576;

/// What the service adds to a prefix without expressions.
const HOURLY: &str = "!{timestamp:yyyy/MM/dd/HH}/";

/// Where manifests lie of a COPY that was given up.
const MANIFESTS: &str = "errors/manifests/";

/// The partition keys of the examples.
pub struct Keys {
    /// For the evaluation.
    pub key: PartitionKey,
    /// As shown.
    pub shown: Vec<Fact>,
}

/// The partition keys: as given, of a record, and placeholders for the rest.
pub fn keys(
    block: &Node,
    lanes: &[ObjectLane],
    given: &[String],
    record: Option<&Path>,
    notes: &mut Vec<String>,
) -> Result<Keys, CommandError> {
    let prefixes = || lanes.iter().filter_map(|lane| lane.s3.prefix.as_ref());
    let mut wanted: Vec<Box<str>> = Vec::new();
    let mut of_query: Vec<Box<str>> = Vec::new();
    for (key, is_query) in prefixes().flat_map(|prefix| {
        prefix
            .query_keys()
            .map(|(key, _)| (key, true))
            .chain(prefix.lambda_keys().map(|(key, _)| (key, false)))
    }) {
        if is_query && !of_query.iter().any(|known| **known == *key) {
            of_query.push(key.into());
        }
        if !wanted.iter().any(|known| **known == *key) {
            wanted.push(key.into());
        }
    }
    let mut pairs: Vec<(Box<str>, String)> = Vec::new();
    for text in given {
        let Some((name, value)) = text.split_once('=') else {
            return Err(CommandError::usage(format!("`--key {text}` has no `=`"))
                .hint("for example `--key customer=acme`"));
        };
        if !wanted.iter().any(|known| **known == *name) {
            let error = CommandError::usage(format!("the prefix has no partition key `{name}`"));
            let names: Vec<&str> = wanted.iter().map(|name| &**name).collect();
            return Err(match names.as_slice() {
                [] => error.hint("it has none at all"),
                names => error.hint(format!("it has: {}", names.join(", "))),
            });
        }
        pairs.push((name.into(), value.to_owned()));
    }
    if let Some(file) = record {
        for (name, value) in of_record(block, of_query, file)? {
            if !pairs.iter().any(|(known, _)| *known == name) {
                pairs.push((name, value));
            }
        }
    }
    let missing: Vec<Box<str>> =
        wanted.into_iter().filter(|name| !pairs.iter().any(|(known, _)| known == name)).collect();
    if !missing.is_empty() {
        let flags: Vec<String> = missing.iter().map(|name| format!("--key {name}=VALUE")).collect();
        notes.push(format!(
            "partition keys without a value stand in <>: give `{}` or `--record FILE`",
            flags.join(" ")
        ));
    }
    pairs.extend(missing.into_iter().map(|name| (name.clone(), format!("<{name}>"))));
    let shown =
        pairs.iter().map(|(name, value)| Fact { name: name.to_string(), value: value.clone() }).collect();
    let key = PartitionKey::new(pairs.into_iter().map(|(name, value)| (name, value.into())).collect());
    Ok(Keys { key, shown })
}

/// The keys that the query of `MetadataExtraction` finds in the first record of a file.
fn of_record(
    block: &Node,
    wanted: Vec<Box<str>>,
    file: &Path,
) -> Result<Vec<(Box<str>, String)>, CommandError> {
    let name = file.display();
    let query = lanes::processors(block).into_iter().find_map(|(kind, node)| {
        let list = node.get("Parameters")?.as_list()?;
        let is_it = |item: &&Node| {
            item.get("ParameterName").and_then(Node::as_text).as_deref() == Some("MetadataExtractionQuery")
        };
        let value = list.iter().find(is_it)?.get("ParameterValue")?.as_text()?.into_owned();
        (kind == "MetadataExtraction").then_some(value)
    });
    let Some(query) = query else {
        return Err(CommandError::usage("`--record`: the stream has no `MetadataExtraction` processor")
            .hint("give the keys of a function with `--key NAME=VALUE`"));
    };
    let problem = |error: std::io::Error| CommandError::input(format!("{name}: {error}"));
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .map_err(problem)?
        .take(LARGEST_RECORD_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(problem)?;
    // Of a file with a record a line, the first counts; else the whole file is the record.
    let line =
        bytes.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    if line.is_empty() {
        return Err(CommandError::input(format!("{name} holds no record")));
    }
    let is_json = |bytes: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    let record = if is_json(line) { line } else { &bytes };
    if bytes.len() as u64 > LARGEST_RECORD_FILE && !is_json(line) {
        return Err(CommandError::input(format!("{name} has more than {LARGEST_RECORD_FILE} bytes")));
    }
    let extraction = MetadataExtraction::compile(&query, wanted)
        .map_err(|message| CommandError::input(format!("`MetadataExtractionQuery`: {message}")))?;
    let key = extraction
        .extract(record)
        .map_err(|failure| CommandError::input(format!("{name}: {}: {}", failure.code, failure.message)))?;
    Ok(key.pairs().iter().map(|(name, value)| (name.clone(), value.to_string())).collect())
}

/// What examples are made of.
pub struct Examples<'a> {
    /// The lanes.
    pub lanes: &'a [ObjectLane],
    /// The destination's property.
    pub kind: &'static str,
    /// Its block.
    pub block: &'a Node,
    /// The stream's name.
    pub name: &'a str,
    /// The partition.
    pub key: PartitionKey,
    /// What object names end in.
    pub uuid: String,
}

fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Destination => "destination",
        Lane::Backup => "backup",
        Lane::Error => "error",
    }
}

impl Examples<'_> {
    fn prefix(&self, lane: &ObjectLane, at: Timestamp, error: Option<&str>) -> Result<String, PrefixFailure> {
        let mut occurrence = 0;
        let mut random = || {
            occurrence += 1;
            Seed(0).random_string(occurrence - 1)
        };
        let zone = &lane.zone.rules;
        let mut facts = ObjectFacts { oldest_arrival: at, zone, key: &self.key, random: &mut random };
        match error {
            Some(kind) => lane.s3.error_prefix(kind, &mut facts),
            None => lane.s3.object_prefix(&mut facts),
        }
    }

    fn key(&self, lane: &ObjectLane, prefix: &str, at: Timestamp) -> String {
        format!("{prefix}{}", object_name(self.name, at, &lane.zone.rules, &self.uuid, &lane.extension))
    }

    /// What is written of records that arrived at a moment.
    pub fn moment(&self, at: Timestamp, zone: &Zone, boundaries: Vec<String>) -> Moment {
        let mut objects = Vec::new();
        for lane in self.lanes.iter().filter(|lane| lane.lane != Lane::Error) {
            let Ok(prefix) = self.prefix(lane, at, None) else { continue };
            objects.push(ObjectView {
                lane: lane_name(lane.lane),
                bucket: lane.s3.bucket.clone(),
                key: self.key(lane, &prefix, at),
                prefix,
                content_encoding: lane.content_encoding().map(str::to_owned),
            });
        }
        let local = at.in_zone(&zone.rules).strftime("%Y-%m-%d %H:%M:%S%.3f %:z").to_string();
        let (manifest_key, manifest, copy) = match self.copy(at, &objects) {
            Some((key, manifest, copy)) => (Some(key), Some(manifest), Some(copy)),
            None => (None, None, None),
        };
        Moment {
            at: at.to_string(),
            local,
            boundaries,
            index: self.index(at),
            objects,
            manifest_key,
            manifest,
            copy,
        }
    }

    fn text(&self, path: &[&str]) -> Option<String> {
        let node = path.iter().try_fold(self.block, |node, key| node.get(key))?;
        Some(covered(path.last().copied().unwrap_or_default(), &node.as_text()?))
    }

    fn index(&self, at: Timestamp) -> Option<String> {
        let name = self.text(&["IndexName"])?;
        let period = match self.kind {
            "AmazonOpenSearchServerlessDestinationConfiguration" => IndexRotationPeriod::NoRotation,
            _ => match self.text(&["IndexRotationPeriod"]) {
                Some(period) => IndexRotationPeriod::named(&period)?,
                None => IndexRotationPeriod::default(),
            },
        };
        Some(index_name(&name, period, at))
    }

    /// Key and text of the manifest, and the COPY.
    fn copy(&self, at: Timestamp, objects: &[ObjectView]) -> Option<(String, String, String)> {
        let table = self.text(&["CopyCommand", "DataTableName"])?;
        let staged = objects.iter().find(|object| object.lane == "destination")?;
        let key = copy_statement::manifest_key(&self.literal_prefix(), self.name, at, &self.uuid);
        let manifest = copy_statement::manifest([(staged.bucket.as_str(), staged.key.as_str())]);
        let (columns, options) =
            (self.text(&["CopyCommand", "DataTableColumns"]), self.text(&["CopyCommand", "CopyOptions"]));
        let role = self.text(&["RoleARN"]).unwrap_or_default();
        let command = CopyCommand {
            table: &table,
            columns: columns.as_deref(),
            options: options.as_deref(),
            role_arn: &role,
        };
        let copy = command.statement(&staged.bucket, &key);
        Some((key, manifest, copy))
    }

    /// `Prefix` of the intermediate bucket, which has no expressions.
    fn literal_prefix(&self) -> String {
        self.text(&["S3Configuration", "Prefix"]).unwrap_or_default()
    }

    /// The lanes with their patterns.
    pub fn lane_views(&self, properties: &Node, at: Timestamp) -> Vec<LaneView> {
        // Records that a COPY did not load stay where they are staged: without processors, manifests are all that comes.
        let manifests = self.error_manifest(at).filter(|_| lanes::error_output_types(properties).is_empty());
        let view = |lane: &ObjectLane| {
            let error = (lane.lane == Lane::Error).then_some("<error-output-type>");
            let (example, problem) = match self.prefix(lane, at, error) {
                Ok(example) => (Some(example), None),
                Err(failure) => (None, Some(failure.message)),
            };
            let (pattern, example) = match &manifests {
                Some((folder, _)) if lane.lane == Lane::Error => {
                    let start = format!("{}{MANIFESTS}", self.literal_prefix());
                    (format!("{start}{HOURLY}"), Some(folder.clone()))
                }
                _ => (pattern(lane), example),
            };
            LaneView {
                lane: lane_name(lane.lane),
                bucket: lane.s3.bucket.clone(),
                pattern,
                example,
                problem,
                compression: lane.compression.codec().name().to_owned(),
                extension: lane.extension.clone(),
                content_encoding: lane.content_encoding().map(str::to_owned),
            }
        };
        self.lanes.iter().map(view).collect()
    }

    /// Folder and key of the manifest of a COPY that was given up.
    fn error_manifest(&self, at: Timestamp) -> Option<(String, String)> {
        if self.kind != "RedshiftDestinationConfiguration" {
            return None;
        }
        let key = copy_statement::error_manifest_key(&self.literal_prefix(), self.name, at, &self.uuid);
        Some((key.rfind('/').map_or("", |at| &key[..=at]).to_owned(), key))
    }

    /// The folders of failed records.
    pub fn errors(&self, properties: &Node, at: Timestamp) -> Vec<ErrorFolder> {
        let Some(lane) = self.lanes.iter().find(|lane| lane.lane == Lane::Error) else { return Vec::new() };
        let mut errors = Vec::new();
        for (kind, when) in lanes::error_output_types(properties) {
            let Ok(folder) = self.prefix(lane, at, Some(kind)) else { continue };
            errors.push(ErrorFolder {
                error_output_type: Some(kind.to_owned()),
                when,
                bucket: lane.s3.bucket.clone(),
                key: self.key(lane, &folder, at),
                folder,
            });
        }
        if let Some((folder, key)) = self.error_manifest(at) {
            errors.push(ErrorFolder {
                error_output_type: None,
                when: "a COPY was given up: its manifest, for you to run".to_owned(),
                bucket: lane.s3.bucket.clone(),
                folder,
                key,
            });
        }
        errors
    }
}

/// A lane's prefix as expressions, with what the service adds.
fn pattern(lane: &ObjectLane) -> String {
    let prefix = match (lane.lane, &lane.s3.error_output_prefix) {
        (Lane::Error, Some(prefix)) => Some(prefix),
        _ => lane.s3.prefix.as_ref(),
    };
    let text = prefix.map(written).unwrap_or_default();
    match (prefix.is_some_and(Prefix::has_expressions), lane.lane) {
        (true, _) => text,
        (false, Lane::Error) => format!("{text}!{{firehose:error-output-type}}/{HOURLY}"),
        (false, _) => format!("{text}{HOURLY}"),
    }
}

fn written(prefix: &Prefix) -> String {
    use crate::model::prefix::DateItemKind;
    let mut out = String::new();
    for part in prefix.parts() {
        match &part.piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Timestamp(pattern) => {
                out.push_str("!{timestamp:");
                for item in pattern.items() {
                    match &item.kind {
                        DateItemKind::Field { letter, count } => {
                            out.extend(std::iter::repeat_n(letter.as_char(), *count));
                        }
                        DateItemKind::Literal(text)
                            if text.chars().any(|c| c.is_alphabetic() || c == '\'') =>
                        {
                            out.push_str(&format!("'{}'", text.replace('\'', "''")));
                        }
                        DateItemKind::Literal(text) => out.push_str(text),
                    }
                }
                out.push('}');
            }
            Piece::PartitionKeyFromQuery(key) => out.push_str(&format!("!{{partitionKeyFromQuery:{key}}}")),
            Piece::PartitionKeyFromLambda(key) => out.push_str(&format!("!{{partitionKeyFromLambda:{key}}}")),
            Piece::ErrorOutputType => out.push_str("!{firehose:error-output-type}"),
            Piece::RandomString => out.push_str("!{firehose:random-string}"),
            Piece::Hole | Piece::Unknown(_) => out.push('…'),
        }
    }
    out
}

/// What a reader of the prefixes should know.
pub fn prefix_notes(properties: &Node, kind: &str, lanes: &[ObjectLane]) -> Vec<String> {
    let mut notes = Vec::new();
    let data = lanes.iter().find(|lane| lane.lane == Lane::Destination);
    if let Some(prefix) = data.and_then(|lane| lane.s3.prefix.as_ref()) {
        if prefix.has_expressions() && !prefix.uses_timestamp() {
            notes.push(
                "`Prefix` has expressions but no timestamp: nothing is added to it (the guide says that a date is; \
                 measurements say not)"
                    .to_owned(),
            );
        }
        if prefix.timestamp_patterns().any(|(pattern, _)| {
            use crate::model::prefix::{DateItemKind, DateLetter};
            pattern.items().iter().any(|item| {
                matches!(item.kind, DateItemKind::Field { letter: DateLetter::WeekBasedYear, .. })
            })
        }) {
            notes.push(
                "`YYYY` is the year of the week, which is not that of the day around New Year".to_owned(),
            );
        }
    }
    let rotates_by_week = properties
        .get(kind)
        .and_then(|block| block.get("IndexRotationPeriod"))
        .and_then(Node::as_text)
        .is_some_and(|period| period == "OneWeek");
    if rotates_by_week {
        notes.push("`OneWeek`: the guide's words and its table number weeks differently".to_owned());
    }
    notes
}
