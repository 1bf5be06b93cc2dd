//! `firehose-kit.toml`: defaults for the flags, found in the current folder or above.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::CommandError;
use crate::foundation::suggest::nearest;
use crate::template::schema::{self, Step};

/// The name of the file.
pub const FILE_NAME: &str = "firehose-kit.toml";

/// The settings. Paths are relative to the file's folder.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The template of commands that are given none.
    pub template: Option<PathBuf>,
    /// The delivery stream, where a template has several.
    pub stream: Option<String>,
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
    /// `--color`.
    pub color: Option<Colour>,
    /// `--quiet`.
    pub quiet: Option<bool>,
    /// `--verbose`.
    pub verbose: Option<bool>,
    /// Defaults of `validate`.
    #[serde(default)]
    pub validate: Validate,
    /// Defaults of `render`.
    #[serde(default)]
    pub render: Render,
    /// Defaults of `simulate`.
    #[serde(default)]
    pub simulate: Simulate,
    /// Defaults of `deploy`.
    #[serde(default)]
    pub deploy: Deploy,
    /// Defaults of `test`.
    #[serde(default)]
    pub test: Test,
    /// Defaults of `infer`.
    #[serde(default)]
    pub infer: Infer,
    /// Defaults of `init`.
    #[serde(default)]
    pub init: Init,
    /// Defaults of `rules`.
    #[serde(default)]
    pub rules: Rules,
    /// The folder of the file.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Parameters that a scenario names, and not the settings.
    #[serde(skip)]
    pub parameters_of_scenario: BTreeSet<String>,
    /// Whether the file of parameter values is a scenario's.
    #[serde(skip)]
    pub is_parameter_file_of_scenario: bool,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// Where a terminal shows them, and NO_COLOR and CLICOLOR_FORCE say nothing else.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Defaults of `validate`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Validate {
    /// `--format`.
    pub format: Option<String>,
    /// `--fail-on`.
    pub fail_on: Option<String>,
    /// `--select`.
    #[serde(default)]
    pub select: Vec<String>,
    /// `--ignore`.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// `--rules`.
    pub rules: Option<PathBuf>,
    /// `--strict-unknown`.
    pub strict_unknown: Option<bool>,
}

/// Defaults of `render`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Render {
    /// `--at`.
    pub at: Option<String>,
    /// `--until`.
    pub until: Option<String>,
    /// `--key`.
    #[serde(default)]
    pub key: BTreeMap<String, String>,
    /// `--no-validate`.
    pub no_validate: Option<bool>,
    /// `--record`.
    pub record: Option<PathBuf>,
    /// `--table`.
    pub table: Option<PathBuf>,
    /// `--format`.
    pub format: Option<String>,
}

/// Defaults of `simulate`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Simulate {
    /// `--input`.
    #[serde(default)]
    pub input: OneOrMany,
    /// `--input-format`.
    pub input_format: Option<String>,
    /// `--keep-newline`.
    pub keep_newline: Option<bool>,
    /// `--start`.
    pub start: Option<String>,
    /// `--rate`.
    pub rate: Option<String>,
    /// `--arrival`.
    pub arrival: Option<String>,
    /// `--output`.
    pub output: Option<PathBuf>,
    /// `--force`.
    pub force: Option<bool>,
    /// `--format`.
    pub format: Option<String>,
    /// `--trace`.
    pub trace: Option<u64>,
    /// `--no-validate`.
    pub no_validate: Option<bool>,
    /// `--fail-on-loss`.
    pub fail_on_loss: Option<bool>,
    /// `--bodies`.
    pub bodies: Option<String>,
    /// `--report`.
    pub report: Option<PathBuf>,
    /// `--scenario`.
    pub scenario: Option<PathBuf>,
    /// `--table`.
    pub table: Option<PathBuf>,
    /// `--jsonpaths`.
    pub jsonpaths: Option<PathBuf>,
    /// `--channels`.
    pub channels: Option<u32>,
    /// `--shards`.
    pub shards: Option<u32>,
    /// `--source-retention`, in hours.
    pub source_retention: Option<u32>,
    /// `--active-partitions`.
    pub active_partitions: Option<u32>,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--workers`.
    pub workers: Option<usize>,
    /// `--run-functions`.
    pub run_functions: Option<bool>,
    /// `--function`: a SPEC for each logical id.
    #[serde(default)]
    pub function: BTreeMap<String, String>,
    /// `--function-logs`.
    pub function_logs: Option<bool>,
}

/// Defaults of `deploy` and its siblings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deploy {
    /// `--capabilities`.
    pub capabilities: Option<Vec<String>>,
    /// `--tag`.
    #[serde(default)]
    pub tag: BTreeMap<String, String>,
    /// `--role-arn`.
    pub role_arn: Option<String>,
    /// `--s3-bucket`.
    pub s3_bucket: Option<String>,
    /// `--on-failure`.
    pub on_failure: Option<String>,
    /// `--replace-failed`.
    pub replace_failed: Option<bool>,
    /// `--cancel-on-interrupt`.
    pub cancel_on_interrupt: Option<bool>,
    /// `--smoke`.
    pub smoke: Option<PathBuf>,
    /// `--detect-drift`.
    pub detect_drift: Option<bool>,
    /// `--no-validate`.
    pub no_validate: Option<bool>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--format`.
    pub format: Option<String>,
    /// `--outputs`.
    pub outputs: Option<PathBuf>,
}

/// Defaults of `test`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Test {
    /// `--format`.
    pub format: Option<String>,
    /// `--output`.
    pub output: Option<PathBuf>,
    /// `--force`.
    pub force: Option<bool>,
    /// `--workers`.
    pub workers: Option<u32>,
}

/// Defaults of `infer`. Its samples and their form are those of `simulate`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Infer {
    /// `--name`.
    pub name: Option<String>,
    /// `--database`.
    pub database: Option<String>,
    /// `--deserializer`.
    pub deserializer: Option<String>,
    /// `--format`.
    pub format: Option<String>,
}

/// Defaults of `init`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Init {
    /// `--output`.
    pub output: Option<PathBuf>,
    /// `--force`.
    pub force: Option<bool>,
    /// `--format`.
    pub format: Option<String>,
}

/// Defaults of `rules`; the folder of one's own is that of `validate`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// `--format`.
    pub format: Option<String>,
}

/// One value, or a list of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// Nothing.
    #[default]
    None,
    /// One value.
    One(PathBuf),
    /// Several.
    Many(Vec<PathBuf>),
}

impl OneOrMany {
    /// The values.
    pub fn values(&self) -> Vec<PathBuf> {
        match self {
            OneOrMany::None => Vec::new(),
            OneOrMany::One(path) => vec![path.clone()],
            OneOrMany::Many(paths) => paths.clone(),
        }
    }
}

impl Config {
    /// A path of the file, seen from the current folder.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// Finds and reads the file; without one, everything is default.
pub fn load() -> Result<Config, CommandError> {
    let mut folder = PathBuf::new();
    let depth = std::env::current_dir().map_or(0, |path| path.components().count());
    for _ in 0..depth.max(1) {
        let path = folder.join(FILE_NAME);
        match std::fs::read_to_string(&path) {
            Ok(text) => return parse(&text, &path, folder),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(CommandError::input(format!("{}: {error}", path.display()))),
        }
        folder.push("..");
    }
    Ok(Config::default())
}

fn parse(text: &str, path: &Path, folder: PathBuf) -> Result<Config, CommandError> {
    let place = |span: Option<Range<usize>>| {
        let position = span.map(|span| {
            let before = text.get(..span.start).unwrap_or("");
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            format!(":{line}:{column}")
        });
        format!("{}{}", path.display(), position.unwrap_or_default())
    };
    let config: Config = toml::from_str(text).map_err(|error| {
        let message = format!("{}: {}", place(error.span()), error.message());
        let error = CommandError::input(message.clone());
        match suggestion(&message) {
            Some(name) => error.hint(format!("did you mean `{name}`?")),
            None => error.hint("`firehose-kit schema config` prints what the file may hold"),
        }
    })?;
    // The flags' own limits: the schema has them.
    let table = DeTable::parse(text).map_err(|error| CommandError::input(error.message().to_owned()))?;
    let values = toml::from_str::<toml::Table>(text).unwrap_or_default();
    let json = values.into_iter().map(|(key, value)| (key, json(value))).collect();
    if let Some((steps, message)) = schema::first_mistake("config", &json) {
        let message = format!("{}: {message}", place(span(table.get_ref(), &steps)));
        return Err(
            CommandError::input(message).hint("`firehose-kit schema config` prints what the file may hold")
        );
    }
    if config.quiet == Some(true) && config.verbose == Some(true) {
        let steps = [Step::Key("verbose".to_owned())];
        let place = place(span(table.get_ref(), &steps));
        return Err(CommandError::input(format!("{place}: `quiet` and `verbose` exclude each other")));
    }
    Ok(Config { folder, ..config })
}

/// A value as the schema judges it: a time is a text, as it is where it is used.
fn json(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(value) => value.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
    }
}

/// Where a value stands.
fn span(table: &DeTable<'_>, steps: &[Step]) -> Option<Range<usize>> {
    let find = |table: &DeTable<'_>, name: &str, rest: &[Step]| {
        let (_, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
        below(value.get_ref(), rest).or(Some(value.span()))
    };
    fn below(value: &DeValue<'_>, steps: &[Step]) -> Option<Range<usize>> {
        match (value, steps) {
            (DeValue::Table(table), [_, ..]) => span(table, steps),
            (DeValue::Array(items), [Step::Index(at), rest @ ..]) => {
                let item = items.get(*at)?;
                below(item.get_ref(), rest).or(Some(item.span()))
            }
            _ => None,
        }
    }
    match steps {
        [Step::Key(name), rest @ ..] => find(table, name, rest),
        // A key that looks like a number.
        [Step::Index(number), rest @ ..] => find(table, &number.to_string(), rest),
        [] => None,
    }
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
mod tests {
    use super::*;

    #[test]
    fn values_have_the_limits_of_their_flags_and_are_told_with_their_place() {
        for (text, place, part) in [
            ("template = \"a\"\naccount = \"12\"\n", "2:11", "account"),
            ("region = \"mars\"\n", "1:10", "region"),
            ("[simulate]\nchannels = 0\n", "2:12", "simulate.channels"),
            ("[simulate]\nshards = 99999\n", "2:10", "simulate.shards"),
            ("[simulate]\nworkers = 0\n", "2:11", "simulate.workers"),
            ("[parameters]\nEnv = [\"hunter22\"]\n", "2:7", "parameters.Env"),
            ("[validate]\nselect = [\"FH1\", \"\"]\n", "2:18", "validate.select.1"),
            ("quiet = true\nverbose = true\n", "2:11", "exclude"),
        ] {
            let error = parse(text, Path::new("f.toml"), PathBuf::new()).unwrap_err();
            assert!(error.message.starts_with(&format!("f.toml:{place}: ")), "{}", error.message);
            assert!(error.message.contains(part), "{}", error.message);
            assert!(!error.message.contains("hunter22"), "{}", error.message);
        }
        let fine = "region = \"us-gov-west-1\"\naccount = \"123456789012\"\n[parameters]\nA = 1\nB = true\nDay = 2026-01-01\n";
        parse(fine, Path::new("f.toml"), PathBuf::new()).unwrap();
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_place_and_a_suggestion() {
        let text = "template = \"a.yaml\"\n[simulate]\nimput = \"x\"\n";
        let error = parse(text, Path::new("firehose-kit.toml"), PathBuf::new()).unwrap_err();
        assert!(
            error.message.starts_with("firehose-kit.toml:3:1: unknown field `imput`"),
            "{}",
            error.message
        );
        assert_eq!(error.hints, ["did you mean `input`?"]);
    }
}
