//! `test`: scenario files as unit tests of streams.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use super::config::Config;
use super::source;
use super::stream;
use super::{CommandError, CommandErrorKind, Context, Outcome, exit, scenario, simulate};
use crate::report::expectations::{self as report, ScenarioResult};
use crate::report::terminal::Verbosity;
use crate::simulation::expectations;
use crate::simulation::function::Runnable;
use crate::simulation::samples::SampleInput;
use crate::simulation::scenario::Scenario;
use crate::simulation::{OutputTarget, Simulation, SimulationError};

/// How names of scenario files end.
const ENDING: &str = ".scenario.toml";

/// Folders below the one that is searched, in levels.
const DEEPEST: usize = 32;

/// Run scenario files and judge what comes out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  firehose-kit test\n  firehose-kit test tests/streams outage.scenario.toml --output out\n  \
    firehose-kit test --format junit > firehose.xml"
)]
pub struct Args {
    /// Scenario files, or folders with `*.scenario.toml` in or below them; without any, the current folder
    files: Vec<PathBuf>,
    /// How to write the results to standard output [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json", "junit"])]
    format: Option<String>,
    /// Keep the results of each scenario, in a folder of its name below this one
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace earlier results there
    #[arg(long)]
    force: bool,
    /// Scenarios that run at one time; results never depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    workers: Option<u32>,
}

/// A scenario that is ready to run.
struct Ready {
    scenario: Scenario,
    simulation: Simulation,
    inputs: Mutex<Vec<SampleInput>>,
    folder: PathBuf,
    /// Where the rows of converted objects lie, until they were looked into.
    _rows: Option<TempDir>,
}

/// Runs the command.
pub fn run(context: &Context, mut args: Args) -> Outcome {
    let settings = &context.config.test;
    let configured = settings.output.as_ref().map(|path| context.config.path(path));
    args.output = args.output.or(configured);
    if args.force && args.output.is_none() {
        return Err(CommandError::usage("`--force` replaces results in `--output DIR`, and none is named"));
    }
    args.force |= settings.force == Some(true);
    args.workers = args.workers.or(settings.workers);
    let format = args.format.clone().or_else(|| settings.format.clone());
    let files = files(&args.files)?;
    let base = match &args.output {
        Some(folder) => Base::Kept(folder.clone()),
        None => Base::temporary()?,
    };
    refuse_shared_folders(&base, &files)?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    if let Err(error) = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)) {
        context.terminal.detail(&format!("interrupts can't be caught: {error}"));
    }
    // One after another, so that findings are shown in the order of the files.
    let ready: Vec<Result<Ready, String>> = (0..)
        .zip(&files)
        .map(|(number, file)| {
            ready(context, &args, &base, number, file, &interrupted).map_err(|error| explained(&error))
        })
        .collect();
    let workers = args.workers.map(|n| n as usize);
    let workers = workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()));
    let results = run_all(&files, &ready, workers, &interrupted);
    if interrupted.load(Ordering::Relaxed) {
        return Err(CommandError::new(CommandErrorKind::Interrupted, "interrupted"));
    }
    let is_quiet = context.terminal.verbosity == Verbosity::Quiet;
    let text = match format.as_deref() {
        Some("json") => serde_json::to_string_pretty(&report::json(&results)).unwrap_or_default() + "\n",
        Some("junit") => report::junit(&results),
        _ => report::text(&results, context.terminal.style(), is_quiet),
    };
    for error in results.iter().filter_map(ScenarioResult::error) {
        exit::tell(&context.terminal, &CommandError::input(error));
    }
    context.terminal.result(&text)?;
    Ok(if results.iter().any(|result| result.outcome.is_err()) {
        exit::USAGE
    } else if results.iter().any(|result| !result.passed()) {
        exit::FINDINGS
    } else {
        exit::SUCCESS
    })
}

fn run_all(
    files: &[PathBuf],
    ready: &[Result<Ready, String>],
    workers: usize,
    interrupted: &AtomicBool,
) -> Vec<ScenarioResult> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, ScenarioResult)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..workers.min(files.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(file), Some(ready)) = (files.get(at), ready.get(at)) else { return };
                    let file = file.display().to_string();
                    let outcome = match ready {
                        Ok(ready) => ready.run(interrupted),
                        Err(why) => Err(why.clone()),
                    };
                    let result = match outcome {
                        Ok((digest, verdicts)) => ScenarioResult { file, digest, outcome: Ok(verdicts) },
                        Err(why) => ScenarioResult { file, digest: String::new(), outcome: Err(why) },
                    };
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

impl Ready {
    fn run(&self, interrupted: &AtomicBool) -> Result<(String, Vec<expectations::Verdict>), String> {
        let inputs = std::mem::take(&mut *self.inputs.lock().unwrap_or_else(PoisonError::into_inner));
        let run = self.simulation.run(inputs, &mut |_| {}, interrupted);
        let report = run.map_err(|error: SimulationError| error.to_string())?;
        let verdicts = expectations::judge(&self.scenario, &self.simulation, &report, &self.folder)?;
        Ok((report.digest, verdicts))
    }
}

/// Reads a scenario and the stream that it is about.
fn ready(
    context: &Context,
    args: &Args,
    base: &Base,
    number: usize,
    file: &Path,
    interrupted: &Arc<AtomicBool>,
) -> Result<Ready, CommandError> {
    let scenario = scenario::read(file)?;
    // A test depends on its own file only, wherever it is run.
    let mut config = scenario::settings(&Config::default(), &scenario, file);
    if config.template.is_none() {
        let folder = file.parent().unwrap_or(Path::new(""));
        let usual = ["template.yaml", "template.yml", "template.json"];
        config.template = usual.iter().map(|name| folder.join(name)).find(|path| path.exists());
        if config.template.is_none() {
            return Err(CommandError::input(format!("{}: no template is named", file.display()))
                .hint("add `template = \"...\"`, a path seen from the scenario's folder"));
        }
    }
    let context = Context { terminal: context.terminal, config };
    let mut flags = simulate::Args::default();
    flags.stream.no_validate = scenario.no_validate == Some(true);
    let mut options = simulate::options(&context.config, &flags)?;
    scenario::apply(&mut options, &scenario)?;
    let folder = base.folder(number, file);
    options.output = Some(OutputTarget { path: folder.clone(), replace: args.force });
    // Scenarios run beside each other; each of them is small.
    options.workers = Some(1);
    let inputs = Mutex::new(simulate::inputs(&context.config, &[])?);
    let table = context.config.simulate.table.as_ref().map(|path| context.config.path(path));
    let loaded = stream::load(&context, &flags.stream, table.as_deref())?;
    source::apply(&context, &mut options, &loaded);
    let function = loaded.function.as_ref();
    options.function = flags
        .functions
        .source(&context, function)?
        .map(|source| Runnable { source, host: flags.functions.host(&context, function, interrupted) });
    options.function_timeout = function.and_then(|function| function.timeout());
    let rows = scenario::keep_rows(&mut options, &scenario, &loaded.stream)?;
    Ok(Ready {
        scenario,
        simulation: Simulation { stream: loaded.stream, options },
        inputs,
        folder,
        _rows: rows,
    })
}

fn explained(error: &CommandError) -> String {
    let hints: String = error.hints.iter().map(|hint| format!(" ({hint})")).collect();
    error.message.clone() + &hints
}

/// The scenario files that are meant: those that are named, those in folders that are named, or without any name those
/// below the current folder. Each of them once.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    if named.is_empty() {
        return found(Path::new("."), "the current folder");
    }
    let mut files = Vec::new();
    for path in named {
        match path.is_dir() {
            true => files.extend(found(path, &format!("`{}`", path.display()))?),
            false => files.push(path.clone()),
        }
    }
    let mut seen = BTreeSet::new();
    let written = |file: &PathBuf| -> PathBuf {
        file.components().filter(|part| *part != std::path::Component::CurDir).collect()
    };
    files.retain(|file| seen.insert(written(file)));
    Ok(files)
}

/// All scenario files below a folder, in the order of their paths.
fn found(folder: &Path, called: &str) -> Result<Vec<PathBuf>, CommandError> {
    let mut files = Vec::new();
    look(folder, 0, &mut files)
        .map_err(|error| CommandError::input(format!("{called} can't be searched: {error}")))?;
    files.sort();
    if files.is_empty() {
        return Err(CommandError::usage(format!("no file below {called} is called *{ENDING}"))
            .hint("name scenario files; `firehose-kit schema scenario` prints what they may hold"));
    }
    Ok(files)
}

/// Two scenarios must not write into one folder.
fn refuse_shared_folders(base: &Base, files: &[PathBuf]) -> Result<(), CommandError> {
    let mut owners = BTreeMap::new();
    for (number, file) in files.iter().enumerate() {
        let folder = base.folder(number, file);
        if let Some(other) = owners.insert(folder.clone(), file) {
            let message = format!(
                "`{}` and `{}` would both keep their results in {}",
                other.display(),
                file.display(),
                folder.display()
            );
            return Err(CommandError::usage(message)
                .hint("rename one of them, or run them one after another with an `--output` of their own"));
        }
    }
    Ok(())
}

fn look(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder == Path::new(".") { PathBuf::from(&name) } else { folder.join(&name) };
        // Links are not followed: they may lead in circles.
        let kind = entry.file_type()?;
        let is_skipped = name.starts_with('.') || name == "node_modules" || name == "target";
        if kind.is_dir() && depth < DEEPEST && !is_skipped {
            look(&path, depth + 1, files)?;
        } else if kind.is_file() && name.ends_with(ENDING) {
            files.push(path);
        }
    }
    Ok(())
}

/// Where results go.
enum Base {
    Kept(PathBuf),
    /// Taken away at the end.
    Temporary(PathBuf),
}

impl Base {
    fn temporary() -> Result<Base, CommandError> {
        let folder = std::env::temp_dir();
        for number in 0..1_000 {
            let path = folder.join(format!("firehose-kit-test-{}-{number}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Base::Temporary(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(CommandError::input(format!("{}: {error}", path.display()))),
            }
        }
        Err(CommandError::input(format!("no folder can be made in {}", folder.display())))
    }

    /// The folder of one scenario's results.
    fn folder(&self, number: usize, file: &Path) -> PathBuf {
        match self {
            // Several files may have one name: the path tells them apart.
            Base::Kept(folder) => {
                let parts = file.components().filter_map(|part| match part {
                    std::path::Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
                    _ => None,
                });
                let name = parts.collect::<Vec<_>>().join("-");
                folder.join(name.strip_suffix(ENDING).unwrap_or(&name))
            }
            Base::Temporary(folder) => folder.join(number.to_string()),
        }
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        if let Base::Temporary(folder) = self {
            // It lies where the system cleans up.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
