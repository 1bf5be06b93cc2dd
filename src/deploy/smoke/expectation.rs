//! Under which keys objects should appear, by the same evaluation that `render` shows; and whether a key is one of them.
//!
//! An object is named after the arrival of its oldest record, which may be a record of somebody else that came before
//! ours. The instant is read from the object's own name, and the prefix is evaluated at it.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Record, Trial};
use crate::foundation::document::Node;
use crate::foundation::seed::Seed;
use crate::foundation::timestamp::Timestamp;
use crate::model::destination::contract::Lane;
use crate::model::lower::lanes::{self, ObjectLane};
use crate::model::object_name::object_name;
use crate::model::partition_key::PartitionKey;
use crate::model::processor::metadata_extraction::MetadataExtraction;
use crate::model::s3::ObjectFacts;

/// How much longer than the buffer interval an object is waited for: delivery itself, and looking.
const GRACE: Duration = Duration::from_secs(60);
/// The interval of a function's buffer where none is set. Behaviour sheet, 4.1.
const FUNCTION_INTERVAL: Duration = Duration::from_secs(60);
/// How many partitions are looked for one by one.
const MOST_PARTITIONS: usize = 50;
/// How far clocks may be apart.
const SKEW: Duration = Duration::from_secs(5);

/// A place where objects should appear, or should not.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// `destination`, `backup` or `error`.
    pub lane: &'static str,
    /// The bucket.
    pub bucket: String,
    /// A key as it should look.
    pub example: String,
    /// What all these keys begin with.
    pub listed: String,
    /// How many of the records go there; 0 where it is not known.
    pub records: usize,
    /// The rule that says whether a key is one.
    rule: Rule,
}

#[derive(Debug, Clone)]
struct Rule {
    lane: ObjectLane,
    error: Option<&'static str>,
    stream: String,
    key: PartitionKey,
}

/// What a key is to an expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is as predicted.
    Fits,
    /// It is an object of the stream, under another prefix or with another ending.
    Otherwise,
    /// It is none of the stream's.
    Foreign,
}

/// What a prediction is about.
#[derive(Debug, Clone, Copy)]
pub struct Predicted<'a> {
    /// The stream's properties, resolved, with the names that the deployment gave.
    pub properties: &'a Node,
    /// The stream's name.
    pub stream: &'a str,
    /// The records.
    pub records: &'a [Record],
    /// When the first of them is put.
    pub at: Timestamp,
}

/// What should become of the records.
///
/// # Errors
/// Why that can't be told.
pub fn predict(given: Predicted<'_>) -> Result<Trial, String> {
    let properties = given.properties;
    let Some((kind, block)) = lanes::destination(properties) else {
        return Err("the stream has no destination".to_owned());
    };
    let lanes = lanes::lanes(properties).map_err(|problems| {
        problems
            .first()
            .map_or_else(|| "the stream's buckets can't be read".to_owned(), |one| one.message.clone())
    })?;
    let mut trial = Trial { patience: patience(block, &lanes), ..Trial::default() };
    for lane in lanes.iter().filter(|lane| lane.lane != Lane::Error) {
        for (key, records) in partitions(block, lane, given.records, &mut trial.notes) {
            let rule = Rule { lane: lane.clone(), error: None, stream: given.stream.to_owned(), key };
            trial.expected.push(rule.expectation(given.at, trial.patience, records)?);
        }
    }
    if let Some(lane) = lanes.iter().find(|lane| lane.lane == Lane::Error) {
        for (error, _) in lanes::error_output_types(properties) {
            let (lane, stream) = (lane.clone(), given.stream.to_owned());
            let rule = Rule { lane, error: Some(error), stream, key: PartitionKey::EMPTY };
            trial.failures.push(rule.expectation(given.at, trial.patience, 0)?);
        }
    }
    if !trial.expected.iter().any(|one| one.lane == "destination") {
        let name = kind.trim_end_matches("DestinationConfiguration");
        trial.notes.push(format!(
            "whether {name} takes the records is not looked at: `firehose-kit status` names the metrics that tell"
        ));
    }
    Ok(trial)
}

/// The buffer's interval, the function's before it, half of it again under dynamic partitioning (behaviour sheet, 3),
/// and the grace.
fn patience(block: &Node, lanes: &[ObjectLane]) -> Duration {
    let waits = lanes.iter().filter(|lane| lane.lane != Lane::Error).map(|lane| lane.s3.hints.interval);
    let mut patience = waits.max().unwrap_or_default();
    if lanes::is_partitioned(block) {
        patience = patience.mul_f64(1.5);
    }
    for (_, processor) in lanes::processors(block).into_iter().filter(|(kind, _)| kind == "Lambda") {
        let list = processor.get("Parameters").and_then(Node::as_list).unwrap_or_default();
        let named = list.iter().find(|one| {
            one.get("ParameterName").and_then(Node::as_text).as_deref() == Some("BufferIntervalInSeconds")
        });
        let seconds = named.and_then(|one| one.get("ParameterValue")?.as_text()?.parse().ok());
        patience += seconds.map_or(FUNCTION_INTERVAL, Duration::from_secs);
    }
    patience + GRACE
}

/// A value that stands for one that is not known. Two of them are compared to see where it stands.
fn placeholder(second: bool) -> &'static str {
    if second { "\u{2}" } else { "\u{1}" }
}

/// The partitions that the records come into, with how many each; one whose values are not known where they can't be told.
fn partitions(
    block: &Node,
    lane: &ObjectLane,
    records: &[Record],
    notes: &mut Vec<String>,
) -> Vec<(PartitionKey, usize)> {
    let whole = || vec![(PartitionKey::EMPTY, records.len())];
    let Some(prefix) = lane.s3.prefix.as_ref().filter(|_| lane.lane == Lane::Destination) else {
        return whole();
    };
    let mut wanted: Vec<Box<str>> = prefix.query_keys().map(|(key, _)| key.into()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let processors = lanes::processors(block);
    // What a function or a decompression makes of a record is not known here, nor are the keys in it.
    let is_changed = processors.iter().any(|(kind, _)| {
        ["Lambda", "Decompression", "CloudWatchLogProcessing", "RecordDeAggregation"].contains(&kind.as_str())
    });
    if wanted.is_empty() || is_changed || prefix.lambda_keys().next().is_some() {
        return whole();
    }
    let query = processors.iter().find_map(|(kind, node)| {
        let list = node.get("Parameters")?.as_list()?;
        let is_it = |one: &&Node| {
            one.get("ParameterName").and_then(Node::as_text).as_deref() == Some("MetadataExtractionQuery")
        };
        let value = list.iter().find(is_it)?.get("ParameterValue")?.as_text()?.into_owned();
        (kind == "MetadataExtraction").then_some(value)
    });
    let Some(extraction) = query.and_then(|query| MetadataExtraction::compile(&query, wanted).ok()) else {
        return whole();
    };
    let mut found: Vec<(PartitionKey, usize)> = Vec::new();
    for (at, record) in records.iter().enumerate() {
        match extraction.extract(record) {
            Ok(key) => match found.iter_mut().find(|(known, _)| known.pairs() == key.pairs()) {
                Some((_, count)) => *count += 1,
                None => found.push((key, 1)),
            },
            Err(failure) => {
                notes.push(format!("record {} goes to the error folder: {}", at + 1, failure.message))
            }
        }
        if found.len() > MOST_PARTITIONS {
            return whole();
        }
    }
    found
}

impl Rule {
    fn expectation(self, at: Timestamp, patience: Duration, records: usize) -> Result<Expectation, String> {
        let zone = &self.lane.zone.rules;
        let prefix = self.prefix(at, false)?;
        let name = object_name(&self.stream, at, zone, "<uuid>", &self.lane.extension);
        // Records that wait already may be older than ours, and ours may come later than we think.
        let early =
            Timestamp::from_micros(at.as_micros().saturating_sub((patience + SKEW).as_micros() as i64));
        let early = early.unwrap_or(at);
        let mut listed = prefix.clone();
        let seconds = 2 * patience.as_secs() + 2 * SKEW.as_secs();
        for second in 0..=seconds {
            // Odd milliseconds, so that a prefix that shows them is seen to.
            let millis = second * 1_000 + second * 137 % 1_000;
            let instant = early.saturating_add(Duration::from_millis(millis));
            let other = self.prefix(instant, second % 2 == 1)?;
            listed.truncate(common(&listed, &other));
        }
        // Where nothing else is known, a placeholder is where the knowledge ends.
        let end = listed.find(['\u{1}', '\u{2}']).unwrap_or(listed.len());
        listed.truncate(end);
        let example = format!("{prefix}{name}").replace('\u{1}', "…");
        let lane = match self.lane.lane {
            Lane::Destination => "destination",
            Lane::Backup => "backup",
            Lane::Error => "error",
        };
        let bucket = self.lane.s3.bucket.clone();
        Ok(Expectation { lane, bucket, example, listed, records, rule: self })
    }

    /// The evaluated prefix at an instant; `second` gives what is not known its other value.
    fn prefix(&self, at: Timestamp, second: bool) -> Result<String, String> {
        let mut occurrence = u64::from(second) * 1_000;
        let mut random = || {
            occurrence += 1;
            Seed(0).random_string(occurrence)
        };
        let s3 = &self.lane.s3;
        let known = self.key.pairs();
        let names = s3.prefix.iter().flat_map(|prefix| {
            prefix.query_keys().map(|(key, _)| key).chain(prefix.lambda_keys().map(|(key, _)| key))
        });
        let missing = names.filter(|name| !known.iter().any(|(key, _)| **key == **name));
        let pairs =
            known.iter().cloned().chain(missing.map(|name| (name.into(), placeholder(second).into())));
        let key = PartitionKey::new(pairs.collect());
        let zone = &self.lane.zone.rules;
        let mut facts = ObjectFacts { oldest_arrival: at, zone, key: &key, random: &mut random };
        let prefix = match self.error {
            Some(error) => s3.error_prefix(error, &mut facts),
            None => s3.object_prefix(&mut facts),
        };
        prefix.map_err(|failure| failure.message)
    }

    /// Whether a prefix is that of an object whose name tells this instant.
    fn is_prefix(&self, prefix: &str, at: Timestamp) -> bool {
        let within = at.saturating_add(Duration::from_millis(537));
        let (Ok(one), Ok(other)) = (self.prefix(at, false), self.prefix(within, true)) else { return false };
        if one == other {
            return prefix == one;
        }
        // What differs is not known: milliseconds, random strings, keys that a function gives.
        let head = common(&one, &other);
        let tail = common_end(&one[head..], &other[head..]);
        prefix.len() >= head + tail
            && prefix.starts_with(&one[..head])
            && prefix.ends_with(&one[one.len() - tail..])
    }
}

impl Expectation {
    /// What a key is to it.
    pub fn fit(&self, key: &str) -> Fit {
        let rule = &self.rule;
        let Some((prefix, instant, ending)) = name(key, &rule.stream) else { return Fit::Foreign };
        let zone = &rule.lane.zone.rules;
        let fits = ending == rule.lane.extension
            && instants(instant, zone).into_iter().any(|at| rule.is_prefix(prefix, at));
        if fits { Fit::Fits } else { Fit::Otherwise }
    }
}

/// Prefix, instant and ending of a key: `<prefix><stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid><ending>`.
fn name<'a>(key: &'a str, stream: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let at = key.rfind(&format!("{stream}-"))?;
    let (version, rest) = key[at + stream.len() + 1..].split_once('-')?;
    let (instant, rest) = (rest.get(..19)?, rest.get(20..)?);
    let (uuid, ending) = (rest.get(..36)?, rest.get(36..)?);
    let is_uuid = uuid.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let is_number = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit());
    (is_uuid && is_number).then_some((&key[..at], instant, ending))
}

/// The instants that a local time may be: two when the clocks are set back.
fn instants(text: &str, zone: &TimeZone) -> Vec<Timestamp> {
    let Ok(civil) = jiff::civil::DateTime::strptime("%Y-%m-%d-%H-%M-%S", text) else { return Vec::new() };
    let ambiguous = zone.to_ambiguous_zoned(civil);
    let both = [ambiguous.clone().earlier(), ambiguous.later()];
    let mut found: Vec<Timestamp> = both
        .into_iter()
        .flatten()
        .filter_map(|zoned| Timestamp::from_millis(zoned.timestamp().as_millisecond()))
        .collect();
    found.dedup();
    found
}

/// How many bytes two texts have in common at their start.
fn common(one: &str, other: &str) -> usize {
    let pairs = one.char_indices().zip(other.chars());
    pairs.take_while(|((_, a), b)| a == b).last().map_or(0, |((at, c), _)| at + c.len_utf8())
}

/// The same at their end.
fn common_end(one: &str, other: &str) -> usize {
    one.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;
    use crate::template::Template;

    fn trial(destination: &str, records: &[&str]) -> Trial {
        let template = Template::read(Source::new(
            "t",
            format!(
                "Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                 ExtendedS3DestinationConfiguration: {{RoleARN: 'arn:aws:iam::444455556666:role/r', BucketARN: 'arn:aws:s3:::b', \
                 {destination}}}\n"
            ),
        ));
        let records: Vec<Record> = records.iter().map(|text| text.as_bytes().into()).collect();
        let properties = template.resource("S").unwrap().properties().unwrap();
        let at = "2026-03-01T22:59:30Z".parse().unwrap();
        predict(Predicted { properties, stream: "clicks", records: &records, at }).unwrap()
    }

    const UUID: &str = "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f";

    #[test]
    fn keys_are_those_of_the_template_at_the_instant_in_the_name() {
        let trial = trial("Prefix: data/, CompressionFormat: GZIP", &["{}"]);
        let expected = &trial.expected[0];
        assert_eq!(expected.example, "data/2026/03/01/22/clicks-1-2026-03-01-22-59-30-<uuid>.gz");
        // The hour may turn while records wait.
        assert_eq!(expected.listed, "data/2026/03/01/2");
        assert_eq!(trial.patience, Duration::from_secs(360));
        let fit = |key: &str| expected.fit(&key.replace("UUID", UUID));
        assert_eq!(fit("data/2026/03/01/22/clicks-1-2026-03-01-22-59-31-UUID.gz"), Fit::Fits);
        assert_eq!(fit("data/2026/03/01/23/clicks-12-2026-03-01-23-00-00-UUID.gz"), Fit::Fits);
        // The name says another hour than the folder; the ending is missing; another stream.
        assert_eq!(fit("data/2026/03/01/22/clicks-1-2026-03-01-23-00-00-UUID.gz"), Fit::Otherwise);
        assert_eq!(fit("data/2026/03/01/22/clicks-1-2026-03-01-22-59-31-UUID"), Fit::Otherwise);
        assert_eq!(fit("data/2026/03/01/22/other-1-2026-03-01-22-59-31-UUID.gz"), Fit::Foreign);
        assert_eq!(fit("data/2026/03/01/22/clicks-1-x"), Fit::Foreign);
    }

    #[test]
    fn the_zone_of_the_prefix_is_that_of_the_name() {
        let trial = trial(
            "Prefix: 'd/!{timestamp:yyyy-MM-dd}/', ErrorOutputPrefix: 'e/!{firehose:error-output-type}/', CustomTimeZone: Asia/Calcutta",
            &["{}"],
        );
        let expected = &trial.expected[0];
        assert_eq!((expected.listed.as_str(), &expected.example[..13]), ("d/2026-03-02/", "d/2026-03-02/"));
        assert_eq!(expected.fit(&format!("d/2026-03-02/clicks-1-2026-03-02-04-29-30-{UUID}")), Fit::Fits);
    }

    #[test]
    fn records_are_expected_in_their_partitions() {
        let partitioned = |prefix: &str, extra: &str| {
            format!(
                "Prefix: '{prefix}', ErrorOutputPrefix: 'e/!{{firehose:error-output-type}}/', DynamicPartitioningConfiguration: \
                 {{Enabled: true}}, BufferingHints: {{SizeInMBs: 64, IntervalInSeconds: 60}}, ProcessingConfiguration: \
                 {{Enabled: true, Processors: [{extra}{{Type: MetadataExtraction, Parameters: [\
                 {{ParameterName: MetadataExtractionQuery, ParameterValue: '{{t: .tenant}}'}}, \
                 {{ParameterName: JsonParsingEngine, ParameterValue: JQ-1.6}}]}}]}}"
            )
        };
        let records = [r#"{"tenant":"a"}"#, r#"{"tenant":"b"}"#, r#"{"tenant":"a"}"#, "{}"];
        let told = trial(&partitioned("t=!{partitionKeyFromQuery:t}/", ""), &records);
        let listed: Vec<(&str, usize)> =
            told.expected.iter().map(|one| (&*one.listed, one.records)).collect();
        assert_eq!(listed, [("t=a/", 2), ("t=b/", 1)]);
        assert!(told.notes[0].starts_with("record 4 goes to the error folder"), "{:?}", told.notes);
        assert_eq!(told.failures[0].listed, "e/processing-failed/");
        assert_eq!(told.patience, Duration::from_secs(150), "half of the interval again, and the grace");
        // A function stands before it: the keys are not those of the records that are put.
        let function = "{Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: 'arn:f'}]}, ";
        let told = trial(&partitioned("t=!{partitionKeyFromQuery:t}/x/", function), &records);
        assert_eq!((told.expected.len(), told.expected[0].listed.as_str()), (1, "t="));
        let key = |tenant: &str| format!("t={tenant}/clicks-1-2026-03-01-22-59-30-{UUID}");
        assert_eq!(told.expected[0].fit(&key("any/x")), Fit::Fits);
        assert_eq!(told.expected[0].fit(&key("any/y")), Fit::Otherwise);
        assert_eq!(told.patience, Duration::from_secs(210), "and the function's buffer");
    }

    #[test]
    fn random_strings_and_milliseconds_are_not_predicted() {
        let told = trial(
            "Prefix: 'r/!{firehose:random-string}/!{timestamp:SSS}/', ErrorOutputPrefix: 'e/!{firehose:error-output-type}/'",
            &["{}"],
        );
        assert_eq!(told.expected[0].listed, "r/");
        let key = format!("r/abcdefghijk/123/clicks-1-2026-03-01-22-59-30-{UUID}");
        assert_eq!(told.expected[0].fit(&key), Fit::Fits);
        assert_eq!(told.expected[0].fit(&key.replace("r/", "s/")), Fit::Otherwise);
    }
}
