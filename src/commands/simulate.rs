//! `simulate`: template and samples through the whole pipeline, in virtual time, to the bytes that would arrive.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::config::Config;
use super::endpoints::EndpointArgs;
use super::functions::FunctionArgs;
use super::real_s3::{S3Args, Uploader};
use super::report_page::Sheet;
use super::scenario;
use super::source;
use super::stream::{self, Loaded, StreamArgs};
use super::{CommandError, CommandErrorKind, Context, Outcome, exit};
use crate::foundation::seed::Seed;
use crate::model::destination::Destination;
use crate::model::http_partners::{DEFAULT_INTERVAL_IN_SECONDS, HttpPartner};
use crate::report;
use crate::report::terminal::Verbosity;
use crate::simulation::arrivals::Arrivals;
use crate::simulation::expectations;
use crate::simulation::function::Runnable;
use crate::simulation::report::SimulationReport;
use crate::simulation::samples::{SampleForm, SampleInput, pointer::JsonPointer};
use crate::simulation::{Bodies, OutputTarget, Progress, Simulation, SimulationError, SimulationOptions};

/// Run records through a stream, locally and in virtual time.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit simulate template.yaml --input samples.jsonl\n  \
    zcat big.jsonl.gz | firehose-kit simulate template.yaml --input - --rate 5000/s --bodies sizes\n  \
    firehose-kit simulate --input events.jsonl --arrival /time --output out --force --format json\n  \
    firehose-kit simulate --input events.jsonl --report report.html\n  \
    firehose-kit simulate --input events.jsonl --function Transform=src/:app.handler --function-logs")]
pub struct Args {
    #[command(flatten)]
    pub(super) stream: StreamArgs,
    /// Faults, latencies and expectations, and defaults for the other flags (TOML)
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Tell the life of the N-th record, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    trace: Option<u64>,
    /// Samples; `-` is standard input, `.gz` is unpacked, several files are read in the order given
    #[arg(long, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    /// How the samples hold records [default: jsonl]
    #[arg(long, value_name = "FORM", value_parser = SampleForm::ALL.map(|(name, _)| name))]
    input_format: Option<String>,
    /// Leave the line end in the record (jsonl, text)
    #[arg(long)]
    keep_newline: bool,
    /// When the first record arrives [default: 2026-01-01T00:00:00Z]
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// How many records arrive in a second [default: 1000/s]
    #[arg(long, value_name = "N/s", conflicts_with = "arrival")]
    rate: Option<String>,
    /// Take arrival times from the field that this JSON Pointer names
    #[arg(long, value_name = "POINTER")]
    arrival: Option<String>,
    /// Where results go [default: firehose-out]; must be empty or absent
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace an earlier run in the output folder
    #[arg(long)]
    force: bool,
    /// What is done with bodies: written, measured only, or not made [default: full]
    #[arg(long, value_name = "WHAT", value_parser = ["full", "sizes", "none"])]
    bodies: Option<String>,
    /// The table of a format conversion or of Iceberg, where the template does not hold it: CloudFormation, `aws glue
    /// get-table` JSON or Hive DDL; for Redshift and Snowflake its `CREATE
    /// TABLE`
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// The JSONPaths file that Redshift's COPY names
    #[arg(long, value_name = "FILE")]
    jsonpaths: Option<PathBuf>,
    /// Sets of buffers of a scaled stream [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    channels: Option<u32>,
    /// Shards of a Kinesis source [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    shards: Option<u32>,
    /// How long the source keeps a record that was not delivered, in hours [default: what the template says of a Kinesis
    /// stream, else 24, of a topic 168]
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=8_760))]
    source_retention: Option<u32>,
    /// The most partitions that may be active at a time, under dynamic partitioning [default: 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=5000))]
    active_partitions: Option<u32>,
    /// Where randomness comes from [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads; results never depend on them [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    workers: Option<u32>,
    #[command(flatten)]
    pub(super) functions: FunctionArgs,
    #[command(flatten)]
    endpoints: EndpointArgs,
    #[command(flatten)]
    real_s3: S3Args,
    /// Write a page with the flow, the timeline, sizes, failures and settings: one HTML file, to open in a browser; `-` is
    /// standard output
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Exit with 1 where a record was rejected or lost
    #[arg(long)]
    fail_on_loss: bool,
    /// How to write the report to standard output [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    format: Option<String>,
}

/// Runs the command.
pub fn run(context: &Context, mut args: Args) -> Outcome {
    if args.stream.template.is_none() && args.input.len() > 1 {
        args.stream.template = args.input.pop_if(|last| is_template(last.as_path()));
    }
    refuse_shared_input(context, &args)?;
    let configured = context.config.simulate.scenario.as_ref().map(|path| context.config.path(path));
    args.scenario = args.scenario.or(configured);
    let scenario = args.scenario.as_deref().map(scenario::read).transpose()?;
    let config = match (&scenario, &args.scenario) {
        (Some(scenario), Some(path)) => scenario::settings(&context.config, scenario, path),
        _ => context.config.clone(),
    };
    let mut config = config;
    if let Some(path) = &args.jsonpaths {
        // As it stands: the settings' folder has no part in a flag.
        config.simulate.jsonpaths = Some(std::path::absolute(path).unwrap_or_else(|_| path.clone()));
    }
    let context = &Context { terminal: context.terminal, config };
    args.stream.no_validate |= context.config.simulate.no_validate == Some(true);
    args.stream.no_validate |= scenario.as_ref().is_some_and(|scenario| scenario.no_validate == Some(true));
    let mut options = options(&context.config, &args)?;
    options.watch.trace = args.trace.or(context.config.simulate.trace);
    if let Some(scenario) = &scenario {
        scenario::apply(&mut options, scenario)?;
        let needs_bodies = scenario.expectations().any(|(expect, _)| expect.needs_bodies());
        if needs_bodies && options.bodies != Bodies::Full {
            let message =
                "an expectation of the scenario asks for contents of objects, and they are not written";
            return Err(CommandError::usage(message).hint("leave out `--bodies`, or give `--bodies full`"));
        }
    }
    let inputs = inputs(&context.config, &args.input)?;
    let format = args.format.as_deref().or(context.config.simulate.format.as_deref()).unwrap_or("text");
    let configured = context.config.simulate.table.as_ref().map(|path| context.config.path(path));
    let loaded = stream::load(context, &args.stream, args.table.clone().or(configured).as_deref())?;
    notes(context, &loaded);
    source::apply(context, &mut options, &loaded);
    let interrupted = Arc::new(AtomicBool::new(false));
    let function = loaded.function.as_ref();
    options.function = args
        .functions
        .source(context, function)?
        .map(|source| Runnable { source, host: args.functions.host(context, function, &interrupted) });
    options.function_timeout = function.and_then(|function| function.timeout());
    options.endpoint = args.endpoints.endpoint(&loaded.stream)?;
    options.database = args.endpoints.database(&loaded.stream)?;
    if (options.endpoint.is_some() || options.database.is_some()) && !options.script.answers.is_empty() {
        let message = "a real endpoint answers by itself: the scenario's `[[answer]]` would not be applied";
        return Err(CommandError::usage(message).hint("leave out the URL of the endpoint, or the answers"));
    }
    let folder = options.output.clone().map(|target| target.path);
    let configured = context.config.simulate.report.as_ref().map(|path| context.config.path(path));
    let page = args.report.clone().or(configured);
    let sheet = page.map(|file| Sheet::new(file, &loaded, folder.as_deref())).transpose()?;
    let is_page_the_result = sheet.as_ref().is_some_and(Sheet::is_for_standard_output);
    if is_page_the_result && format == "json" {
        let message = "`--report -` and `--format json` both are for standard output";
        return Err(CommandError::usage(message).hint("name a file for the page"));
    }
    let wanted = args.real_s3.wanted(&loaded.stream, options.bodies)?;
    let uploader = wanted.map(|wanted| Uploader::connect(&loaded.stream.region, wanted)).transpose()?;
    let put_from = folder.clone().filter(|_| uploader.is_some());
    let kept_rows = match &scenario {
        Some(scenario) => scenario::keep_rows(&mut options, scenario, &loaded.stream)?,
        None => None,
    };
    let simulation = Simulation { stream: loaded.stream, options };
    let report = simulate(context, &simulation, inputs, &interrupted)?;
    let found = scenario.as_ref().map(|scenario| {
        let folder = folder.as_deref().unwrap_or(Path::new("."));
        expectations::judge(scenario, &simulation, &report, folder).map_err(CommandError::input)
    });
    let verdicts = found.transpose()?;
    drop(kept_rows);
    if let Some(sheet) = &sheet {
        sheet.write(context, &simulation, &report, verdicts.as_deref())?;
    }
    for remark in &report.notes {
        context.terminal.note(&format!("note: {}", remark.message));
    }
    match format {
        "json" => {
            let internal =
                |error: serde_json::Error| CommandError::new(CommandErrorKind::Internal, error.to_string());
            let mut value = serde_json::to_value(&report).map_err(internal)?;
            if let Some(verdicts) = &verdicts {
                value["expectations"] = report::expectations::verdicts_json(verdicts);
            }
            let text = serde_json::to_string_pretty(&value).map_err(internal)?;
            context.terminal.result(&(text + "\n"))?;
        }
        _ => {
            let folder = folder.unwrap_or_default();
            let style = match is_page_the_result {
                true => context.terminal.error_style(),
                false => context.terminal.style(),
            };
            let is_quiet = context.terminal.verbosity == Verbosity::Quiet;
            let mut text = match is_quiet {
                true => report::simulation::what_went_wrong(&report, style),
                false => report::simulation::text(&simulation, &report, &folder, style),
            };
            if let (Some(verdicts), Some(path)) = (&verdicts, &args.scenario) {
                text += if is_quiet { "" } else { "\n" };
                text +=
                    &report::expectations::verdicts(&path.display().to_string(), verdicts, style, is_quiet);
            }
            match is_page_the_result {
                true => context.terminal.error_line(text.trim_end()),
                false => context.terminal.result(&text)?,
            }
        }
    }
    if let Some((uploader, folder)) = uploader.as_ref().zip(put_from) {
        uploader.upload(context, &folder, &interrupted)?;
    }
    let loss = report.ledger.rejected + report.ledger.lost + report.copies.lost;
    let has_failed = verdicts.iter().flatten().any(|verdict| !verdict.differences.is_empty());
    let fails_on_loss = args.fail_on_loss || context.config.simulate.fail_on_loss == Some(true);
    Ok(if has_failed || (fails_on_loss && loss > 0) { exit::FINDINGS } else { exit::SUCCESS })
}

/// `--input` takes several files, and so the template too where it stands behind them. No file of samples ends like a
/// template and names the type.
fn is_template(path: &Path) -> bool {
    let ends_like_one = path
        .extension()
        .is_some_and(|ending| ["yaml", "yml", "json", "template"].contains(&&*ending.to_string_lossy()));
    ends_like_one
        && matches!(super::template_text::read_template(path), Ok(super::template_text::Read::Template(_)))
}

fn notes(context: &Context, loaded: &Loaded) {
    for (logical_id, name) in &loaded.made_up {
        context
            .terminal
            .note(&format!("note: `{logical_id}` has no literal name; it is called `{name}` here"));
    }
    if let Destination::HttpEndpoint(endpoint) = &loaded.stream.destination
        && let Some(partner) = HttpPartner::of_url(endpoint.url.reveal())
    {
        let HttpPartner { name, default_size_in_mbs: size, .. } = partner;
        let most = partner.most_advised().map(|most| format!(", and {most} MB at the most are advised"));
        context.terminal.note(&format!(
            "note: the endpoint is {name}'s; the console's preset is {size} MB and {DEFAULT_INTERVAL_IN_SECONDS} s{}",
            most.unwrap_or_default()
        ));
    }
    if !loaded.not_applied.is_empty() {
        context.terminal.note(&format!("note: not applied: {}", loaded.not_applied.join(", ")));
    }
}

pub(super) fn options(config: &Config, args: &Args) -> Result<SimulationOptions, CommandError> {
    let settings = &config.simulate;
    let mut options = SimulationOptions { needs_records: true, ..SimulationOptions::default() };
    let or = |flag: &Option<String>, setting: &Option<String>| flag.clone().or_else(|| setting.clone());
    if let Some(name) = or(&args.input_format, &settings.input_format) {
        options.form = SampleForm::ALL
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, form)| form)
            .ok_or_else(|| CommandError::usage(format!("`{name}` is no input format")))?;
    }
    options.keep_newline = args.keep_newline || settings.keep_newline.unwrap_or(false);
    if let Some(text) = or(&args.start, &settings.start) {
        options.start =
            text.parse().map_err(|error| CommandError::usage(format!("`--start {text}`: {error}")))?;
    }
    options.arrivals = arrivals(config, args)?;
    options.bodies = match or(&args.bodies, &settings.bodies).as_deref() {
        None | Some("full") => Bodies::Full,
        Some("sizes") => Bodies::Sizes,
        Some("none") => Bodies::None,
        Some(other) => {
            return Err(CommandError::usage(format!("`bodies` is `{other}`; it is full, sizes or none")));
        }
    };
    options.channels = args.channels.or(settings.channels).unwrap_or(1).max(1);
    options.shards = args.shards.or(settings.shards).unwrap_or(1).clamp(1, 10_000);
    options.retention = args.source_retention.or(settings.source_retention).map(source::hours);
    options.active_partitions =
        args.active_partitions.or(settings.active_partitions).unwrap_or(options.active_partitions).max(1);
    options.seed = Seed(args.seed.or(settings.seed).unwrap_or(0));
    options.workers = args.workers.map(|workers| workers as usize).or(settings.workers);
    let configured = settings.output.as_ref().map(|path| config.path(path));
    let path = args.output.clone().or(configured).unwrap_or_else(|| PathBuf::from("firehose-out"));
    options.output = Some(OutputTarget { path, replace: args.force || settings.force == Some(true) });
    Ok(options)
}

/// A flag beats the settings, be it the other way of giving times.
fn arrivals(config: &Config, args: &Args) -> Result<Arrivals, CommandError> {
    let settings = &config.simulate;
    let given = args.rate.is_some() || args.arrival.is_some();
    let rate = args.rate.clone().or_else(|| settings.rate.clone().filter(|_| !given));
    let arrival = args.arrival.clone().or_else(|| settings.arrival.clone().filter(|_| !given));
    match (rate, arrival) {
        (Some(text), None) => {
            let rate = text.parse().map_err(|error| CommandError::usage(format!("{error}")))?;
            Ok(Arrivals::Rate(rate))
        }
        (None, Some(text)) => {
            let pointer: JsonPointer =
                text.parse().map_err(|error| CommandError::usage(format!("{error}")))?;
            Ok(Arrivals::Field(pointer))
        }
        (None, None) => Ok(Arrivals::Default),
        (Some(_), Some(_)) => Err(CommandError::usage("`rate` and `arrival` exclude each other")),
    }
}

/// Standard input can be read once: as the template, or as samples.
fn refuse_shared_input(context: &Context, args: &Args) -> Result<(), CommandError> {
    let dash = Path::new("-");
    let template = args.stream.template.as_deref().or(context.config.template.as_deref());
    let configured = context.config.simulate.input.values();
    let inputs = if args.input.is_empty() { &configured } else { &args.input };
    let count = inputs.iter().filter(|path| path.as_path() == dash).count();
    if count > 1 || (count == 1 && template == Some(dash)) {
        let message = "standard input is named twice, and can be read once";
        return Err(CommandError::usage(message).hint("name a file for the template, or for the samples"));
    }
    Ok(())
}

pub(super) fn inputs(config: &Config, given: &[PathBuf]) -> Result<Vec<SampleInput>, CommandError> {
    let configured = config.simulate.input.values();
    let paths: Vec<PathBuf> = match given {
        [] => configured.iter().map(|path| config.path(path)).collect(),
        given => given.to_vec(),
    };
    if paths.is_empty() {
        return Err(CommandError::usage("no samples are named")
            .hint("give `--input FILE`, or `-` for standard input"));
    }
    let input = |path: PathBuf| match path == Path::new("-") {
        true => SampleInput::Reader("<stdin>".to_owned(), Box::new(std::io::stdin())),
        false => SampleInput::File(path),
    };
    Ok(paths.into_iter().map(input).collect())
}

fn simulate(
    context: &Context,
    simulation: &Simulation,
    inputs: Vec<SampleInput>,
    interrupted: &Arc<AtomicBool>,
) -> Result<SimulationReport, CommandError> {
    let flag = Arc::clone(interrupted);
    // Without a handler, an interrupt would end the process at once and leave temporary files behind.
    let handler = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    if let Err(error) = handler {
        context.terminal.detail(&format!("interrupts can't be caught: {error}"));
    }
    let bar = context.terminal.shows_progress().then(|| progress_bar(&inputs));
    let mut show = |progress: Progress| {
        if let Some(bar) = &bar {
            bar.set_position(progress.bytes);
            bar.set_message(format!("{} records, {} deliveries", progress.records, progress.deliveries));
        }
    };
    let replaces = simulation.options.output.as_ref().is_some_and(|target| target.replace);
    let result = simulation.run(inputs, &mut show, interrupted);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    result.map_err(|error| match error {
        SimulationError::Interrupted => CommandError::new(
            CommandErrorKind::Interrupted,
            "interrupted; the output folder is as it was before",
        ),
        SimulationError::Internal(_) => CommandError::new(CommandErrorKind::Internal, error.to_string()),
        SimulationError::Output(_) => CommandError::input(error.to_string()).hint(match replaces {
            true => "name another folder with `--output`",
            false => "name another folder with `--output`, or replace an earlier run with `--force`",
        }),
        SimulationError::NoRecord { .. } => CommandError::usage(error.to_string())
            .hint("name other samples, or say with `--input-format` how these hold records"),
        SimulationError::Function(error) => {
            let told = CommandError::input(error.to_string());
            error.hint.into_iter().fold(told, CommandError::hint)
        }
        error => CommandError::input(error.to_string()),
    })
}

/// A bar over the bytes of the inputs; a spinner where they are not known beforehand.
fn progress_bar(inputs: &[SampleInput]) -> indicatif::ProgressBar {
    let size = |input: &SampleInput| match input {
        SampleInput::File(path) if path.extension().is_none_or(|ending| ending != "gz") => {
            std::fs::metadata(path).ok().map(|metadata| metadata.len())
        }
        _ => None,
    };
    let total: Option<u64> = inputs.iter().map(size).sum();
    let (bar, template) = match total {
        Some(total) => {
            let template = "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} {msg}";
            (indicatif::ProgressBar::new(total), template)
        }
        None => (indicatif::ProgressBar::new_spinner(), "{spinner} {bytes} {binary_bytes_per_sec} {msg}"),
    };
    match indicatif::ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
