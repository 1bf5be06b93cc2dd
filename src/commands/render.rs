//! `render`: what a stream's settings come to.

mod boundaries;
mod examples;
pub(super) mod settings;
mod table;
mod target;

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::stream::{self, Opened, StreamArgs};
use super::{CommandError, Context, Outcome, exit};
use crate::foundation::document::Node;
use crate::foundation::seed::{Purpose, Seed};
use crate::foundation::timestamp::Timestamp;
use crate::model::lower::lanes;
use crate::report::render::{MadeUp, Rendering, Source, diagram, text};
use crate::rules::iam::least_privilege;
use crate::rules::{Scope, View};
use crate::template::schema::Schemas;
use crate::template::secrets;
use examples::Examples;

/// Show what a stream's settings come to: defaults, prefixes, object keys, index names, statements, folders of errors.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    firehose-kit render\n  \
    firehose-kit render template.yaml --at 2026-12-31T22:30:00Z --until 2027-01-01T02:00:00Z\n  \
    firehose-kit render --key customer=acme\n  \
    firehose-kit render --ddl > table.sql\n  \
    firehose-kit render --iam > role.yaml\n  \
    firehose-kit render --diagram > stream.mmd")]
pub struct Args {
    #[command(flatten)]
    stream: StreamArgs,
    /// The moment at which records arrive: RFC 3339, UTC without an offset [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Show the boundaries from there to here: hours, days, the year's end, daylight saving
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// A partition key of the examples
    #[arg(long = "key", value_name = "NAME=VALUE")]
    keys: Vec<String>,
    /// Take the partition keys of the examples from the first record of FILE
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The table of the objects, where the template does not hold it: CloudFormation, `aws glue get-table` JSON, DDL
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Print the role that the stream needs, and nothing else: CloudFormation YAML, JSON with `--format json`
    #[arg(long, group = "what")]
    iam: bool,
    /// Print the Athena table over the objects, and nothing else
    #[arg(long, group = "what")]
    ddl: bool,
    /// Print a drawing of the stream as Mermaid text, and nothing else
    #[arg(long, group = "what")]
    diagram: bool,
    /// The form of the output [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    format: Option<String>,
}

/// Runs the command.
pub fn run(context: &Context, mut args: Args) -> Outcome {
    let config = &context.config.render;
    args.stream.no_validate |= config.no_validate == Some(true);
    let opened = stream::open(context, &args.stream)?;
    let at = match time("at", args.at.as_deref().or(config.at.as_deref()))? {
        Some(at) => at,
        None => now()?,
    };
    let until = time("until", args.until.as_deref().or(config.until.as_deref()))?;
    if until.is_some_and(|until| until < at) {
        return Err(CommandError::usage("`--until` is earlier than `--at`"));
    }
    let format = args.format.as_deref().or(config.format.as_deref()).unwrap_or("text");
    if !["text", "json"].contains(&format) {
        return Err(CommandError::usage(format!("`render.format` is `{format}`; it is text or json")));
    }
    let rendering = rendering(context, &args, &opened, at, until)?;
    let (is_json, known) = (format == "json", crate::rules::secrets(&opened.template));
    let shown = if args.iam {
        match is_json {
            true => serde_json::to_string_pretty(&rendering.iam).unwrap_or_default() + "\n",
            false => rendering.roles_as_yaml(),
        }
    } else if args.ddl && !is_json {
        let Some(table) = &rendering.table else {
            let message = format!("`{}` delivers to no bucket that a table could lie over", rendering.stream);
            return Err(CommandError::input(message));
        };
        table.ddl.clone()
    } else if args.diagram && !is_json {
        rendering.diagram.clone()
    } else if is_json {
        rendering.json()
    } else {
        text::text(&rendering, until.is_some(), context.terminal.style())
    };
    let shown = secrets::mask_message(&known, &shown);
    context.terminal.result(&hide_no_echo(&hidden_values(&opened), shown))?;
    if !is_json {
        for name in &rendering.made_up {
            context
                .terminal
                .note(&format!("note: `{}` is called `{}` here, a made-up name", name.id, name.name));
        }
    }
    Ok(exit::SUCCESS)
}

/// The values of parameters with `NoEcho`.
pub(super) fn hidden_values(opened: &Opened) -> Vec<String> {
    let declared = opened.template.section("Parameters").and_then(Node::as_map);
    let entries = declared.map(|map| map.entries.as_slice()).unwrap_or_default();
    let is_hidden = |node: &Node| node.get("NoEcho").and_then(Node::as_bool) == Some(true);
    let hidden = entries.iter().filter(|entry| is_hidden(&entry.node));
    hidden.filter_map(|entry| opened.world.parameter(&opened.template, &entry.key)).collect()
}

/// Wherever such a value went, be it into the middle of a text. Shorter ones than these would cover ordinary words.
pub(super) fn hide_no_echo(values: &[String], mut shown: String) -> String {
    for value in values.iter().filter(|value| value.len() >= 4) {
        shown = shown.replace(value.as_str(), crate::rules::secret::COVER);
    }
    shown
}

fn time(flag: &str, text: Option<&str>) -> Result<Option<Timestamp>, CommandError> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|error| {
        CommandError::usage(format!("`--{flag} {text}`: {error}")).hint("for example `2026-03-01T22:59:30Z`")
    })
}

/// The only look at the clock: examples without `--at` are of today.
fn now() -> Result<Timestamp, CommandError> {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()).ok_or_else(|| {
        CommandError::input("the clock of this machine is off").hint("give the moment with `--at`")
    })
}

fn rendering(
    context: &Context,
    args: &Args,
    opened: &Opened,
    at: Timestamp,
    until: Option<Timestamp>,
) -> Result<Rendering, CommandError> {
    let properties = &opened.properties;
    let lanes = lanes::lanes(properties).map_err(|problems| stream::refused(&opened.template, &problems))?;
    let Some((kind, block)) = lanes::destination(properties) else {
        return Err(CommandError::input("the stream has no destination"));
    };
    let identity = opened.identity();
    let mut notes = Vec::new();
    let file = args
        .record
        .clone()
        .or_else(|| context.config.render.record.as_ref().map(|path| context.config.path(path)));
    // A flag beats a setting of its name: the last one holds.
    let settings = context.config.render.key.iter().map(|(name, value)| format!("{name}={value}"));
    let pairs: Vec<String> = settings.chain(args.keys.iter().cloned()).collect();
    let keys = examples::keys(block, &lanes, &pairs, file.as_deref(), &mut notes)?;
    let examples = Examples {
        lanes: &lanes,
        kind,
        block,
        name: &identity.name,
        key: keys.key,
        uuid: Seed(0).uuid(Purpose::ObjectName, 0),
    };
    let zone = lanes.first().map_or_else(crate::model::zone::Zone::utc, |lane| lane.zone.clone());
    let moments = boundaries::moments(at, until, &zone, &mut notes)
        .into_iter()
        .map(|moment| examples.moment(moment.at, &zone, moment.boundaries))
        .collect();
    let prefix_notes = examples::prefix_notes(properties, kind, &lanes);
    notes.extend(prefix_notes);
    let table_file = args
        .table
        .clone()
        .or_else(|| context.config.render.table.as_ref().map(|path| context.config.path(path)));
    let table = table::table(opened, kind, block, &lanes, table_file.as_deref(), at)?;
    let settings = settings::settings(opened, kind, block);
    let setting = |path: &str| {
        let path = format!("{kind}.{path}");
        settings.iter().find(|setting| setting.path == path).map(|setting| setting.value.clone())
    };
    // Of a destination without hints of its own, those of its bucket count.
    let hint = |name: &str| {
        let own = setting(&format!("BufferingHints.{name}"));
        own.or_else(|| setting(&format!("S3Configuration.BufferingHints.{name}")))
    };
    let buffer = match (hint("SizeInMBs"), hint("IntervalInSeconds"), lanes.first()) {
        (Some(size), Some(interval), _) => format!("{size} MB or {interval} s"),
        (_, _, Some(lane)) => {
            let hints = &lane.s3.hints;
            format!("{} MB or {} s", hints.size.as_u64() / 1_048_576, hints.interval.as_secs())
        }
        _ => String::new(),
    };
    let (iam, as_given) = iam(opened);
    let mut rendering = Rendering {
        version: 1,
        stream: opened.logical_id.clone(),
        name: identity.name.clone(),
        arn: identity.arn.clone(),
        source: source(properties),
        destination: kind.to_owned(),
        time_zone: zone.name.clone(),
        made_up: Vec::new(),
        processors: settings::processors(block),
        lanes: examples.lane_views(properties, at),
        target: target::facts(kind, block, &identity),
        partition_keys: keys.shown,
        moments,
        errors: examples.errors(properties, at),
        table,
        iam,
        as_given,
        diagram: String::new(),
        notes,
        settings,
    };
    rendering.diagram = diagram::mermaid(&rendering, &buffer);
    rendering.made_up = opened.made_up().into_iter().map(|(id, name)| MadeUp { id, name }).collect();
    Ok(rendering)
}

fn source(properties: &Node) -> Source {
    let text =
        |block: &str, key: &str| properties.get(block)?.get(key)?.as_text().map(|text| text.into_owned());
    let kind = properties.get("DeliveryStreamType").and_then(Node::as_text);
    let kind = kind.map_or_else(|| "DirectPut".to_owned(), |kind| kind.into_owned());
    let from = match kind.as_str() {
        "KinesisStreamAsSource" => text("KinesisStreamSourceConfiguration", "KinesisStreamARN"),
        "MSKAsSource" => {
            let topic = text("MSKSourceConfiguration", "TopicName").unwrap_or_default();
            text("MSKSourceConfiguration", "MSKClusterARN").map(|arn| format!("{topic} of {arn}"))
        }
        "DatabaseAsSource" => text("DatabaseSourceConfiguration", "Endpoint"),
        _ => None,
    };
    Source { kind, from }
}

/// The roles, with references where the template has them: in a world in which nothing is made up.
/// Besides, the values that stand in them instead.
fn iam(opened: &Opened) -> (Value, Vec<String>) {
    let mut world = opened.world.clone();
    world.make_names = false;
    world.pseudo = Default::default();
    let mut kept = world.clone();
    kept.keeps_parameters = true;
    let schemas = Schemas::new();
    let view = View::new(&opened.template, &world, &schemas);
    let kept = View::new(&opened.template, &kept, &schemas);
    let (mut resources, mut as_given) = (Map::new(), Vec::new());
    if let Some(stream) = opened.template.resource(&opened.logical_id) {
        let (scope, kept) = (Scope::new(&view, stream), Scope::new(&kept, stream));
        for role in least_privilege::roles(&scope, &kept) {
            resources.insert(role.logical_id, role.resource);
            as_given.extend(role.as_given);
        }
    }
    (json!({ "Resources": resources }), as_given)
}
