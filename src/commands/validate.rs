//! `validate`: read, check, report.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::inputs::{self, Read, ValueArgs};
use super::{CommandError, Context, Outcome, exit};
use crate::foundation::diagnostic::{Diagnostic, Severity};
use crate::foundation::span::{Source, Span};
use crate::report::{self, FileFindings, FindingsReport, Summary};
use crate::rules::{self, Checks, select::Selection};
use crate::template::Template;

/// Find what Firehose will refuse, or accept and then not deliver.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit validate template.yaml\n  \
    firehose-kit validate --format json templates/ | jq '.findings[].rule'\n  \
    firehose-kit validate --select FH3 --fail-on warning template.yaml\n  \
    aws cloudformation get-template ... | firehose-kit validate -\n\n\
    A finding is suppressed by a comment on its line or the line above:\n  \
    # firehose-kit: ignore FH801 -- reason")]
pub struct Args {
    /// Templates, folders, or `-` for standard input
    #[arg(value_name = "TEMPLATE")]
    templates: Vec<PathBuf>,
    /// How to write the findings
    #[arg(long, value_name = "FORMAT", value_parser = format_names())]
    format: Option<String>,
    /// Write the findings to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The least severity that makes the exit code 1 [default: error]
    #[arg(long, value_name = "SEVERITY", value_parser = ["error", "warning", "info"])]
    fail_on: Option<String>,
    /// Run only these rules: ids, names, or prefixes such as FH3
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    #[command(flatten)]
    values: ValueArgs,
}

fn format_names() -> clap::builder::PossibleValuesParser {
    report::REPORTERS.iter().map(|reporter| reporter.name()).collect::<Vec<_>>().into()
}

/// What one path came to.
enum Checked {
    Findings(FileFindings, Summary),
    Skipped,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let settings = &context.config.validate;
    let or = |given: &[String], configured: &[String]| {
        if given.is_empty() { configured.to_vec() } else { given.to_vec() }
    };
    let select = or(&args.select, &settings.select);
    let ignore = or(&args.ignore, &settings.ignore);
    let selection = Selection::new(&select, &ignore).map_err(|error| {
        let hint = match &error.nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`firehose-kit rules` lists the rules".to_owned(),
        };
        CommandError::usage(error.to_string()).hint(hint)
    })?;
    let fail_on =
        severity(args.fail_on.as_ref().or(settings.fail_on.as_ref()).map_or("error", String::as_str))?;
    let format = args.format.as_ref().or(settings.format.as_ref()).map_or("text", String::as_str);
    let reporter = report::find(format)
        .ok_or_else(|| CommandError::usage(format!("`validate.format` is `{format}`, which is no format")))?;
    let checks = Checks {
        selection,
        supplied: args.values.supplied(&context.config)?,
        pseudo: args.values.pseudo(&context.config),
    };
    let paths = paths(context, args.templates)?;
    let report = check_all(&paths, &checks)?;
    if report.summary.files == 0 {
        let several = if paths.len() == 1 { "the file holds" } else { "none of the files hold" };
        context.terminal.note(&format!("{several} no {}", crate::template::DELIVERY_STREAM));
    }
    let mut text = Vec::new();
    let style = match args.output {
        Some(_) => report::Style { colour: false, width: 140 },
        None => context.terminal.style(),
    };
    reporter.write(&report, style, &mut text)?;
    match &args.output {
        Some(path) => write_file(path, &text)?,
        None => context.terminal.result(&String::from_utf8_lossy(&text))?,
    }
    let fails = report.worst().is_some_and(|worst| worst >= fail_on);
    Ok(if fails { exit::FINDINGS } else { exit::SUCCESS })
}

fn severity(word: &str) -> Result<Severity, CommandError> {
    match word {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        "info" => Ok(Severity::Info),
        _ => Err(CommandError::usage(format!("`fail-on` is `{word}`; it is error, warning or info"))),
    }
}

/// Writes a whole file: under another name first, so that no half report ever stands under its own.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| CommandError::input(format!("{}: {error}", path.display()));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut file = std::fs::File::create(&partial).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    std::fs::rename(&partial, path).map_err(failed)
}

/// The files to check, in the order given; folders are walked in the order of names.
fn paths(context: &Context, given: Vec<PathBuf>) -> Result<Vec<PathBuf>, CommandError> {
    if given.is_empty() {
        return Ok(vec![inputs::template_path(context, None)?]);
    }
    let mut paths = Vec::new();
    for path in given {
        if path.is_dir() {
            walk(&path, &mut paths, 0)?;
        } else {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// Endings of files in folders that may be templates. Named files are taken whatever they are called.
const ENDINGS: [&str; 6] = ["yaml", "yml", "json", "template", "cfn", "txt"];

fn walk(folder: &Path, paths: &mut Vec<PathBuf>, depth: usize) -> Result<(), CommandError> {
    const DEEPEST: usize = 64;
    let failed = |error: std::io::Error| CommandError::input(format!("{}: {error}", folder.display()));
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(failed)?;
        let path = entry.path();
        if kind.is_dir() && !name.starts_with('.') && name != "node_modules" && depth < DEEPEST {
            walk(&path, paths, depth + 1)?;
        } else if kind.is_file()
            && path.extension().is_some_and(|ending| ENDINGS.contains(&&*ending.to_string_lossy()))
        {
            paths.push(path);
        }
    }
    Ok(())
}

/// Checks the files, several at a time, and reports them in the order given.
fn check_all(paths: &[PathBuf], checks: &Checks) -> Result<FindingsReport, CommandError> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(paths.len());
    let checked: Vec<Result<Checked, CommandError>> = if threads <= 1 {
        paths.iter().map(|path| check(path, checks)).collect()
    } else {
        in_parallel(paths, checks, threads)
    };
    let mut report = FindingsReport::default();
    for checked in checked {
        match checked? {
            Checked::Skipped => report.summary.skipped += 1,
            Checked::Findings(file, summary) => {
                report.summary.files += 1;
                report.summary.streams += summary.streams;
                report.summary.suppressed += summary.suppressed;
                report.files.push(file);
            }
        }
    }
    Ok(report)
}

fn in_parallel(paths: &[PathBuf], checks: &Checks, threads: usize) -> Vec<Result<Checked, CommandError>> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(path) = paths.get(at) else { return };
                    let checked = check(path, checks);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, checked));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, checked)| checked).collect()
}

fn check(path: &Path, checks: &Checks) -> Result<Checked, CommandError> {
    let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
    let text = match inputs::read_template(path)? {
        Read::Other => return Ok(Checked::Skipped),
        Read::Broken(why) => return Ok(Checked::Findings(broken(name, why, checks), Summary::default())),
        Read::Template(text) => text,
    };
    let template = Template::read(Source::new(name, text));
    inputs::refuse_unknown(&template, &checks.supplied)?;
    let checked = rules::check(&template, checks);
    let summary = Summary { streams: checked.streams, suppressed: checked.suppressed, ..Summary::default() };
    let source = rules::shown_source(&template);
    Ok(Checked::Findings(FileFindings { source, findings: checked.findings }, summary))
}

/// A file that can't be read as text: a finding of FH001.
fn broken(name: String, why: String, checks: &Checks) -> FileFindings {
    let rule = rules::find("FH001").filter(|rule| checks.selection.runs(rule));
    let findings = rule.map(|rule| Diagnostic {
        rule: rule.id,
        name: rule.name,
        severity: rule.severity,
        message: why,
        span: Span::default(),
        path: String::new(),
        resource: None,
        help: Some("save the template as UTF-8 text of a reasonable size".to_owned()),
        service_message: None,
        related: Vec::new(),
        fix: None,
    });
    FileFindings { source: Source::new(name, ""), findings: findings.into_iter().collect() }
}
