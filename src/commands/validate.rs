//! `validate`: read, check, report.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::fix::{self, Repair};
use super::inputs::{self, Read, ValueArgs};
use super::{CommandError, Context, Outcome, exit, own_rules};
use crate::foundation::diagnostic::{Diagnostic, Edit, Severity};
use crate::foundation::span::{Source, Span};
use crate::report::{self, FileFindings, FindingsReport, Summary};
use crate::rules::{self, Checks, select::Selection};
use crate::template::{Template, secrets::Secret};

/// Find what Firehose will refuse, or accept and then not deliver.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit validate template.yaml\n  \
    firehose-kit validate --format json templates/ | jq '.findings[].rule'\n  \
    firehose-kit validate --select FH3 --fail-on warning template.yaml\n  \
    firehose-kit validate --diff template.yaml   # then --fix\n  \
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
    /// A folder with your own rules
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Report the checks of your own rules that depend on what is unknown before a deployment
    #[arg(long)]
    strict_unknown: bool,
    /// Apply the mechanical fixes in place; a template from standard input goes, fixed, to standard output
    #[arg(long)]
    fix: bool,
    /// Show what --fix would change as a unified diff, and change nothing; exit 1 if that is anything
    #[arg(long)]
    diff: bool,
    #[command(flatten)]
    values: ValueArgs,
}

fn format_names() -> clap::builder::PossibleValuesParser {
    report::REPORTERS.iter().map(|reporter| reporter.name()).collect::<Vec<_>>().into()
}

/// What one path came to.
enum Checked {
    Findings(Box<Found>),
    Skipped,
}

/// What a template came to.
struct Found {
    file: FileFindings,
    summary: Summary,
    repair: Option<Repair>,
    /// Checks of own rules that could not be decided.
    undecided: usize,
}

/// All files together.
#[derive(Default)]
struct Run {
    report: FindingsReport,
    repairs: Vec<Repair>,
    /// Checks of own rules that could not be decided.
    undecided: usize,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let settings = &context.config.validate;
    let or = |given: &[String], configured: &[String]| {
        if given.is_empty() { configured.to_vec() } else { given.to_vec() }
    };
    let select = or(&args.select, &settings.select);
    let ignore = or(&args.ignore, &settings.ignore);
    let own = own_rules::given(context, args.rules.as_deref())?;
    let selection = Selection::with_own(&select, &ignore, &own).map_err(|error| {
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
        own,
        strict_unknown: args.strict_unknown || settings.strict_unknown == Some(true),
    };
    let paths = paths(context, args.templates)?;
    let Run { report, repairs, undecided } = check_all(&paths, &checks, args.fix || args.diff)?;
    if undecided > 0 {
        let checks = if undecided == 1 { "check" } else { "checks" };
        context.terminal.note(&format!(
            "{undecided} {checks} of your own rules could not be decided; --strict-unknown shows them"
        ));
    }
    if report.summary.files == 0 {
        let none = if paths.len() == 1 { "the file holds no" } else { "none of the files holds an" };
        context.terminal.note(&format!("{none} {}", crate::template::DELIVERY_STREAM));
    } else if report.summary.streams == 0 && report.worst() != Some(Severity::Error) {
        context.terminal.note(
            "no delivery stream stands under `Resources` itself; loops over what is not known, and includes, are not written out",
        );
    }
    let fails = report.worst().is_some_and(|worst| worst >= fail_on);
    let is_repaired = repairs.iter().any(|repair| repair.count > 0);
    if args.diff {
        show_diff(context, args.output.as_deref(), &repairs, fails)?;
        return Ok(if fails || is_repaired { exit::FINDINGS } else { exit::SUCCESS });
    }
    // A template from standard input goes to standard output, and the findings make way.
    let mut is_taken = false;
    for repair in &repairs {
        match &repair.path {
            Some(path) => fix::write_in_place(path, &repair.text)?,
            None => {
                is_taken = true;
                context.terminal.result_bytes(repair.text.as_bytes())?;
            }
        }
    }
    let mut text = Vec::new();
    let style = match args.output {
        Some(_) => report::Style { colour: false, width: 140 },
        None if is_taken => context.terminal.error_style(),
        None => context.terminal.style(),
    };
    reporter.write(&report, style, &mut text)?;
    match &args.output {
        Some(path) => write_file(path, &text)?,
        None if is_taken => context.terminal.error_line(String::from_utf8_lossy(&text).trim_end()),
        None => context.terminal.result(&String::from_utf8_lossy(&text))?,
    }
    if is_repaired {
        context.terminal.note(&fix::summary("Fixed", &repairs));
    }
    Ok(if fails { exit::FINDINGS } else { exit::SUCCESS })
}

/// `--diff`: what would change, and whether that would do.
fn show_diff(
    context: &Context,
    output: Option<&Path>,
    repairs: &[Repair],
    fails: bool,
) -> Result<(), CommandError> {
    let diff: String = repairs.iter().map(|repair| repair.diff.as_str()).collect();
    match output {
        Some(path) => write_file(path, diff.as_bytes())?,
        None => context.terminal.result(&diff)?,
    }
    if repairs.iter().any(|repair| repair.count > 0) {
        context.terminal.note(&fix::summary("Would fix", repairs));
    }
    if fails {
        context.terminal.note("findings without a fix would remain; --diff does not show them");
    }
    Ok(())
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

/// A file to check.
struct Given {
    path: PathBuf,
    /// Named itself, and not found in a folder.
    named: bool,
}

/// The files to check, in the order given; folders are walked in the order of names.
fn paths(context: &Context, given: Vec<PathBuf>) -> Result<Vec<Given>, CommandError> {
    if given.is_empty() {
        return Ok(vec![Given { path: inputs::template_path(context, None)?, named: true }]);
    }
    let mut paths = Vec::new();
    for path in given {
        if path.is_dir() {
            walk(&path, &mut paths, 0)?;
        } else {
            paths.push(Given { path, named: true });
        }
    }
    Ok(paths)
}

/// Endings of files in folders that may be templates. Named files are taken whatever they are called.
const ENDINGS: [&str; 6] = ["yaml", "yml", "json", "template", "cfn", "txt"];

fn walk(folder: &Path, paths: &mut Vec<Given>, depth: usize) -> Result<(), CommandError> {
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
            paths.push(Given { path, named: false });
        }
    }
    Ok(())
}

/// Checks the files, several at a time, and reports them in the order given.
fn check_all(paths: &[Given], checks: &Checks, repair: bool) -> Result<Run, CommandError> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(paths.len());
    let checked: Vec<Result<Checked, CommandError>> = if threads <= 1 {
        paths.iter().map(|path| check(path, checks, repair)).collect()
    } else {
        in_parallel(paths, checks, repair, threads)
    };
    let Run { mut report, mut repairs, mut undecided } = Run::default();
    for checked in checked {
        match checked? {
            Checked::Skipped => report.summary.skipped += 1,
            Checked::Findings(found) => {
                let Found { file, summary, repair, undecided: open } = *found;
                undecided += open;
                report.summary.files += 1;
                report.summary.streams += summary.streams;
                report.summary.suppressed += summary.suppressed;
                report.files.push(file);
                repairs.extend(repair);
            }
        }
    }
    Ok(Run { report, repairs, undecided })
}

fn in_parallel(
    paths: &[Given],
    checks: &Checks,
    repair: bool,
    threads: usize,
) -> Vec<Result<Checked, CommandError>> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(path) = paths.get(at) else { return };
                    let checked = check(path, checks, repair);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, checked));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, checked)| checked).collect()
}

fn check(given: &Given, checks: &Checks, repair: bool) -> Result<Checked, CommandError> {
    let path = given.path.as_path();
    let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
    let text = match inputs::read_template(path)? {
        Read::Other => return Ok(Checked::Skipped),
        Read::Broken(why, before) => {
            let file = broken(name, why, before, checks);
            let found = Found { file, summary: Summary::default(), repair: None, undecided: 0 };
            return Ok(Checked::Findings(Box::new(found)));
        }
        Read::Template(text) => text,
    };
    let mut template = Template::read(Source::new(name, text));
    if !given.named && only_mentions_the_type(&template) {
        return Ok(Checked::Skipped);
    }
    inputs::refuse_unknown(&template, &checks.supplied)?;
    template.supply(&checks.supplied);
    let mut repaired = None;
    let mut checked = if repair {
        let fixed = rules::fix::fix(template.source.clone(), checks);
        repaired = Repair::new(path, &template, &fixed);
        let mut checked = rules::check(&fixed.template, checks);
        fixed.tell(&mut checked.findings);
        template = fixed.template;
        checked
    } else {
        rules::check(&template, checks)
    };
    withhold(&rules::secrets(&template), &mut checked.findings);
    let summary = Summary { streams: checked.streams, suppressed: checked.suppressed, ..Summary::default() };
    let file = FileFindings { source: rules::shown_source(&template), findings: checked.findings };
    let found = Found { file, summary, repair: repaired, undecided: checked.undecided };
    Ok(Checked::Findings(Box::new(found)))
}

/// Empties the fixes that would show a secret: that there is one is all that is told.
fn withhold(secrets: &[Secret], findings: &mut [Diagnostic]) {
    for fix in findings.iter_mut().filter_map(|finding| finding.fix.as_mut()) {
        let shows = |edit: &Edit| {
            secrets.iter().any(|secret| {
                let meets = edit.span.start < secret.span.end && secret.span.start < edit.span.end;
                meets || edit.replacement.contains(&secret.text)
            })
        };
        if fix.edits.iter().any(shows) {
            fix.edits.clear();
        }
    }
}

/// Whether a well-formed file has nothing of a template but the type's name somewhere in its text, as the metadata and
/// snapshots of generators have. Of files found in folders only: one that is named is meant.
fn only_mentions_the_type(template: &Template) -> bool {
    let sections = ["Resources", "AWSTemplateFormatVersion", "Transform", "Parameters", "Outputs"];
    template.document.problems.is_empty() && sections.iter().all(|name| template.section(name).is_none())
}

/// A file that can't be read as text: a finding of FH001, at the end of what could be read.
fn broken(name: String, why: String, before: String, checks: &Checks) -> FileFindings {
    let source = Source::new(name, before);
    let rule = rules::find("FH001").filter(|rule| checks.selection.runs(rule));
    let findings = rule.map(|rule| Diagnostic {
        rule: rule.id.into(),
        name: rule.name.into(),
        severity: rule.severity,
        message: why,
        span: Span::new(source.text.len(), source.text.len()),
        path: String::new(),
        resource: None,
        help: Some("save the template as UTF-8 text of a reasonable size".to_owned()),
        service_message: None,
        related: Vec::new(),
        fix: None,
    });
    FileFindings { source, findings: findings.into_iter().collect() }
}
