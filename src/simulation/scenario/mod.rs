//! Scenario files: what a stream is run with, what happens to it, and what must come out (TOML).
//!
//! Settings have the names of the flags of `simulate`. Unknown keys are errors; every error has file, line and column.
//! The file says what it says; `commands` puts flags and paths to it.

pub mod answer;
pub mod expect;
mod value;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use toml::Spanned;

use self::{answer::AnswerTable, expect::Expect, value::lane};
use super::{
    arrivals::Rate,
    samples::{SampleForm, pointer::JsonPointer},
    script::{self, Disturbance, Moment, NamePattern, Script, ScriptedFault, Throttle},
};
use crate::{
    foundation::{span::Source, suggest::nearest, timestamp::Timestamp},
    model::{
        destination::contract::Lane,
        processor::lambda_response::{CALL_ERRORS, THROTTLED, call_error},
    },
};

/// The most bytes that a scenario file may have.
pub const LARGEST_FILE: u64 = 16 << 20;

/// A scenario file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// What it shows.
    pub description: Option<String>,
    /// The template.
    pub template: Option<PathBuf>,
    /// The stream's logical id.
    pub stream: Option<String>,
    /// `--no-validate`.
    pub no_validate: Option<bool>,
    /// Parameter values.
    #[serde(default)]
    pub parameters: BTreeMap<String, toml::Value>,
    /// A file of parameter values.
    pub parameter_file: Option<PathBuf>,
    /// `AWS::Region`.
    pub region: Option<String>,
    /// `AWS::AccountId`.
    pub account: Option<String>,
    /// `AWS::StackName`.
    pub stack_name: Option<String>,
    /// Samples: one file or several.
    #[serde(default, deserialize_with = "value::paths")]
    pub input: Vec<PathBuf>,
    /// How they hold records.
    #[serde(default, deserialize_with = "input_format")]
    pub input_format: Option<String>,
    /// Whether line ends stay in records.
    pub keep_newline: Option<bool>,
    /// The first arrival.
    #[serde(default, deserialize_with = "value::checked::<_, Timestamp>")]
    pub start: Option<String>,
    /// Records a second.
    #[serde(default, deserialize_with = "value::checked::<_, Rate>")]
    pub rate: Option<String>,
    /// The field with the arrival time.
    #[serde(default, deserialize_with = "value::checked::<_, JsonPointer>")]
    pub arrival: Option<String>,
    /// Where randomness comes from.
    pub seed: Option<u64>,
    /// Buffer sets of a scaled stream.
    #[serde(default, deserialize_with = "channels")]
    pub channels: Option<u32>,
    /// Shards of a Kinesis source.
    #[serde(default, deserialize_with = "shards")]
    pub shards: Option<u32>,
    /// How many hours the source keeps a record that was not delivered.
    #[serde(default, deserialize_with = "source_retention")]
    pub source_retention: Option<u32>,
    /// The most partitions that may be active at a time.
    #[serde(default, deserialize_with = "active_partitions")]
    pub active_partitions: Option<u32>,
    /// The table, where the template does not hold it.
    pub table: Option<PathBuf>,
    /// The JSONPaths file that Redshift's COPY names.
    pub jsonpaths: Option<PathBuf>,
    /// Writes that fail.
    #[serde(default)]
    pub fault: Vec<Fault>,
    /// How requests are answered.
    #[serde(default)]
    pub answer: Vec<Spanned<AnswerTable>>,
    /// `--run-functions`.
    pub run_functions: Option<bool>,
    /// `--function`: how functions run, by their ids.
    #[serde(default)]
    pub function: BTreeMap<String, String>,
    /// Calls of the function that fail.
    #[serde(default)]
    pub function_fault: Vec<FunctionFault>,
    /// How long things take.
    pub latency: Option<Latency>,
    /// Limits on puts.
    pub throttle: Option<ThrottleTable>,
    /// What happens to puts on their way.
    pub arrivals: Option<ArrivalsTable>,
    /// What must come out.
    #[serde(default)]
    pub expect: Vec<Spanned<Expect>>,
    /// The lines on which the expectations start, from 1.
    #[serde(skip)]
    pub expect_lines: Vec<u32>,
}

/// `[[fault]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// The first moment at which writes fail: the first arrival when absent.
    #[serde(default, deserialize_with = "value::moment")]
    pub from: Option<Moment>,
    /// The first moment at which they no longer do: never when absent.
    #[serde(default, deserialize_with = "value::moment")]
    pub until: Option<Moment>,
    /// The lane whose writes fail.
    #[serde(default, deserialize_with = "lane")]
    pub lane: Option<Lane>,
    /// The buckets whose writes fail.
    pub bucket: Option<String>,
    /// The keys whose writes fail.
    pub key: Option<String>,
    /// How many attempts of each object fail.
    pub attempts: Option<u32>,
    /// What they fail with.
    #[serde(default = "slow_down", deserialize_with = "error_code")]
    pub error: String,
}

/// `[[function-fault]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FunctionFault {
    /// The first moment at which calls fail: the first arrival when absent.
    #[serde(default, deserialize_with = "value::moment")]
    pub from: Option<Moment>,
    /// The first moment at which they no longer do: never when absent.
    #[serde(default, deserialize_with = "value::moment")]
    pub until: Option<Moment>,
    /// How many calls with each batch fail.
    pub attempts: Option<u32>,
    /// What they fail with.
    #[serde(default = "throttled", deserialize_with = "call_code")]
    pub error: String,
}

/// `[latency]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Latency {
    /// How long each write takes.
    #[serde(default, deserialize_with = "value::duration")]
    pub write: Duration,
    /// How much longer at the most.
    #[serde(default, deserialize_with = "value::duration")]
    pub jitter: Duration,
    /// How long each call of the function takes.
    #[serde(default, deserialize_with = "value::duration")]
    pub function: Duration,
    /// How much longer at the most.
    #[serde(default, deserialize_with = "value::duration")]
    pub function_jitter: Duration,
}

/// `[throttle]`: limits for one second.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ThrottleTable {
    /// Bytes of records.
    pub bytes: Option<u64>,
    /// Records.
    pub records: Option<u64>,
    /// Put calls.
    pub requests: Option<u64>,
}

/// `[arrivals]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ArrivalsTable {
    /// Puts that come late.
    pub out_of_order: Option<OutOfOrder>,
    /// Puts that are made twice.
    pub duplicate: Option<Duplicate>,
}

/// `out-of-order = { share = 0.1, by = "30s" }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OutOfOrder {
    /// The share of puts, 0 to 1.
    #[serde(deserialize_with = "value::share")]
    pub share: f64,
    /// How late they come at the most.
    #[serde(deserialize_with = "value::duration")]
    pub by: Duration,
}

/// `duplicate = { share = 0.01 }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Duplicate {
    /// The share of puts, 0 to 1.
    #[serde(deserialize_with = "value::share")]
    pub share: f64,
}

/// A scenario file that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScenarioError {
    /// What is wrong, with file, line and column.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Scenario {
    /// Reads the text of a scenario file; `name` is what messages call it.
    ///
    /// # Errors
    /// What is wrong with it first, and where.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, ScenarioError> {
        let source = Source::new(name, text);
        let at = |start: usize| {
            let position = source.position(u32::try_from(start).unwrap_or(0));
            (position.line, position.column)
        };
        let mut scenario: Scenario = toml::from_str(text).map_err(|error| {
            let (line, column) = at(error.span().map_or(0, |span| span.start));
            let hint = suggestion(error.message()).map(|name| format!("did you mean `{name}`?"));
            let message = format!("{name}:{line}:{column}: {}", error.message().trim_end());
            ScenarioError { message, hint }
        })?;
        scenario.expect_lines = scenario.expect.iter().map(|expect| at(expect.span().start).0).collect();
        for (expect, line) in scenario.expect.iter().zip(&scenario.expect_lines) {
            expect.get_ref().check().map_err(|message| ScenarioError {
                message: format!("{name}:{line}:1: {message}"),
                hint: Some("`firehose-kit schema scenario` prints what a file may hold".to_owned()),
            })?;
        }
        for answer in &scenario.answer {
            answer.get_ref().check().map_err(|message| ScenarioError {
                message: format!("{name}:{}:1: {message}", at(answer.span().start).0),
                hint: Some("`firehose-kit schema scenario` prints what a file may hold".to_owned()),
            })?;
        }
        if scenario.rate.is_some() && scenario.arrival.is_some() {
            let message = format!("{name}: `rate` and `arrival` exclude each other");
            return Err(ScenarioError { message, hint: None });
        }
        Ok(scenario)
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// When it can't be read, or is no scenario.
    pub fn read(path: &Path) -> Result<Scenario, ScenarioError> {
        let name = path.display().to_string();
        let failed = |message: String| ScenarioError { message: format!("{name}: {message}"), hint: None };
        let length = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
        if length > LARGEST_FILE {
            return Err(failed(format!("the file has {length} bytes; {LARGEST_FILE} are read at the most")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Scenario::parse(&name, &text)
    }

    /// What the scenario does to a run.
    pub fn script(&self) -> Script {
        let latency = self.latency.clone().unwrap_or_default();
        let throttle = self.throttle.as_ref().map(|table| Throttle {
            bytes: table.bytes,
            records: table.records,
            requests: table.requests,
        });
        let disturbance = self.arrivals.as_ref().map(|table| {
            let late = table.out_of_order.as_ref();
            Disturbance {
                late: late.map_or(0.0, |late| late.share),
                delay: late.map_or(Duration::ZERO, |late| late.by),
                repeated: table.duplicate.as_ref().map_or(0.0, |duplicate| duplicate.share),
            }
        });
        Script {
            faults: self.fault.iter().map(Fault::lower).collect(),
            answers: self.answer.iter().map(|answer| answer.get_ref().lower()).collect(),
            function_faults: self.function_fault.iter().map(FunctionFault::lower).collect(),
            function_latency: latency.function,
            function_jitter: latency.function_jitter,
            write_latency: latency.write,
            write_jitter: latency.jitter,
            throttle,
            disturbance,
        }
    }

    /// The expectations, in the order of the file, with their lines.
    pub fn expectations(&self) -> impl Iterator<Item = (&Expect, u32)> {
        self.expect.iter().map(Spanned::get_ref).zip(self.expect_lines.iter().copied())
    }
}

impl Fault {
    fn lower(&self) -> ScriptedFault {
        ScriptedFault {
            from: self.from.unwrap_or(Moment::After(Duration::ZERO)),
            until: self.until,
            lane: self.lane,
            bucket: self.bucket.clone().map(NamePattern::new),
            key: self.key.clone().map(NamePattern::new),
            attempts: self.attempts,
            error: self.error.clone(),
        }
    }
}

impl FunctionFault {
    fn lower(&self) -> script::FunctionFault {
        script::FunctionFault {
            from: self.from.unwrap_or(Moment::After(Duration::ZERO)),
            until: self.until,
            attempts: self.attempts,
            error: call_error(&self.error),
        }
    }
}

fn throttled() -> String {
    THROTTLED.to_owned()
}

fn call_code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let codes: Vec<&str> = CALL_ERRORS.iter().map(|error| error.code).collect();
    value::listed(deserializer, "error of a call", &codes)
}

/// What a write to S3 can fail with (behaviour sheet, appendix B).
const ERROR_CODES: &[&str] = &[
    "S3.KMS.NotFoundException",
    "S3.KMS.RequestLimitExceeded",
    "S3.KMS.KeyDisabled",
    "S3.KMS.InvalidStateException",
    "S3.KMS.KeyNotConfigured",
    "S3.KMS.AsymmetricCMKNotSupported",
    "KMS.InvalidStateException",
    "KMS.DisabledException",
    "S3.AccessDenied",
    "S3.AccountProblem",
    "S3.AllAccessDisabled",
    "S3.InvalidPayer",
    "S3.NotSignedUp",
    "S3.NoSuchBucket",
    "S3.MethodNotAllowed",
    "S3.SlowDown",
    "S3.SubscriptionRequired",
    "S3.InvalidToken",
    "S3.IllegalLocationConstraintException",
    "InternalError",
];

fn slow_down() -> String {
    "S3.SlowDown".to_owned()
}

fn error_code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    value::listed(deserializer, "error of S3", ERROR_CODES)
}

fn input_format<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    value::listed(deserializer, "input format", &SampleForm::ALL.map(|(name, _)| name)).map(Some)
}

fn channels<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    value::within(deserializer, "channels", 1_000)
}

fn shards<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    value::within(deserializer, "shards", 10_000)
}

fn source_retention<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    value::within(deserializer, "source-retention", 8_760)
}

fn active_partitions<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    value::within(deserializer, "active-partitions", 5_000)
}

/// The nearest of the names that an "unknown field" message lists.
fn suggestion(message: &str) -> Option<String> {
    let rest = message.split("unknown field `").nth(1)?;
    let mut words = rest.split('`');
    let wrong = words.next()?;
    let known: Vec<&str> = words.skip(1).step_by(2).collect();
    nearest(wrong, known).map(str::to_owned)
}

#[cfg(test)]
mod tests;
