//! `validate`: read, check, report.

use std::path::PathBuf;

use super::fix::{self, Repair};
use super::inputs::ValueArgs;
use super::result_file::ResultFile;
use super::template_search::{self, Given};
use super::template_text::{self, Read};
use super::{CommandError, CommandErrorKind, Context, Outcome, exit, own_rules};
use crate::foundation::diagnostic::{Diagnostic, Edit, Severity};
use crate::foundation::span::Source;
use crate::report::terminal::Verbosity;
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
    /// Write the findings to a file, whole or not at all; `-` is standard output
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
    /// The same, though it holds the type's name.
    Mentions(PathBuf),
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
    /// Files and folders that can't be read.
    errors: Vec<CommandError>,
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
    let output = args.output.as_deref().map(ResultFile::at).transpose()?;
    let given = template_search::files(context, args.templates)?;
    let worker = Worker { context, values: &args.values, checks: &checks, repairs: args.fix || args.diff };
    let count = given.len();
    let Run { mut report, repairs, undecided, mut errors } = worker.check_all(given)?;
    if report.summary.files + report.summary.skipped == 0 && !errors.is_empty() {
        return Err(told_but_the_last(context, errors));
    }
    if undecided > 0 {
        let checks = if undecided == 1 { "check" } else { "checks" };
        context.terminal.note(&format!(
            "{undecided} {checks} of your own rules could not be decided; --strict-unknown shows them"
        ));
    }
    if report.summary.files == 0 {
        let none = if count == 1 { "the file holds no" } else { "none of the files holds an" };
        context.terminal.note(&format!("{none} {}", crate::template::DELIVERY_STREAM));
    } else if report.summary.streams == 0 && report.worst() != Some(Severity::Error) {
        context.terminal.note(
            "no delivery stream stands under `Resources` itself; loops over what is not known, and includes, are not written out",
        );
    }
    let fails = report.worst().is_some_and(|worst| worst >= fail_on);
    let is_repaired = repairs.iter().any(|repair| repair.count > 0);
    if args.diff {
        show_diff(context, output.as_ref(), &repairs, fails)?;
        return match errors.is_empty() {
            true => Ok(if fails || is_repaired { exit::FINDINGS } else { exit::SUCCESS }),
            false => Err(told_but_the_last(context, errors)),
        };
    }
    // A template from standard input goes to standard output, and the findings make way.
    let mut is_taken = false;
    for repair in &repairs {
        match &repair.path {
            Some(path) => {
                if let Err(error) = fix::write_in_place(path, &repair.text) {
                    errors.push(error);
                }
            }
            None => {
                is_taken = true;
                context.terminal.result_bytes(repair.text.as_bytes())?;
            }
        }
    }
    // What is good to know is nothing that went wrong, unless the user says that it is.
    if context.terminal.verbosity == Verbosity::Quiet && reporter.name() == "text" {
        let least = fail_on.min(Severity::Warning);
        for file in &mut report.files {
            file.findings.retain(|finding| finding.severity >= least);
        }
    }
    let says_nothing = context.terminal.verbosity == Verbosity::Quiet
        && reporter.name() == "text"
        && report.worst().is_none();
    let mut text = Vec::new();
    let style = match output {
        Some(_) => report::Style { colour: false, width: 140 },
        None if is_taken => context.terminal.error_style(),
        None => context.terminal.style(),
    };
    if !says_nothing {
        reporter.write(&report, style, &mut text)?;
    }
    match &output {
        Some(file) => file.write(context, &text)?,
        None if text.is_empty() => {}
        None if is_taken => context.terminal.error_line(String::from_utf8_lossy(&text).trim_end()),
        None => context.terminal.result(&String::from_utf8_lossy(&text))?,
    }
    if is_repaired {
        context.terminal.note(&fix::summary("Fixed", &repairs));
    }
    if !errors.is_empty() {
        return Err(told_but_the_last(context, errors));
    }
    Ok(if fails { exit::FINDINGS } else { exit::SUCCESS })
}

/// The last of several errors ends the command; the ones before are told.
fn told_but_the_last(context: &Context, mut errors: Vec<CommandError>) -> CommandError {
    let last = errors.pop().unwrap_or_else(|| CommandError::input("a file can't be read"));
    for error in &errors {
        exit::tell(&context.terminal, error);
    }
    last
}

/// `--diff`: what would change, and whether that would do.
fn show_diff(
    context: &Context,
    output: Option<&ResultFile>,
    repairs: &[Repair],
    fails: bool,
) -> Result<(), CommandError> {
    let diff: String = repairs.iter().map(|repair| repair.diff.as_str()).collect();
    match output {
        Some(file) => file.write(context, diff.as_bytes())?,
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

/// What checks files.
struct Worker<'a> {
    context: &'a Context,
    values: &'a ValueArgs,
    checks: &'a Checks,
    repairs: bool,
}

impl Worker<'_> {
    /// Checks the files, several at a time, and reports them in the order given. A mistake in the words of the command
    /// line ends all; a file that can't be read is told beside the findings of the others.
    fn check_all(&self, given: Vec<Result<Given, CommandError>>) -> Result<Run, CommandError> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(given.len());
        let checked: Vec<Result<Checked, CommandError>> = if threads <= 1 {
            given.into_iter().map(|given| self.check(&given?)).collect()
        } else {
            self.in_parallel(given, threads)
        };
        let mut run = Run::default();
        for checked in checked {
            match checked {
                Err(error) if error.kind == CommandErrorKind::Input => run.errors.push(error),
                Err(error) => return Err(error),
                Ok(Checked::Skipped) => run.report.summary.skipped += 1,
                Ok(Checked::Mentions(path)) => {
                    run.report.summary.skipped += 1;
                    let path = path.display();
                    let kind = crate::template::DELIVERY_STREAM;
                    self.context
                        .terminal
                        .detail(&format!("skipped: {path} mentions {kind} and is no template"));
                }
                Ok(Checked::Findings(found)) => {
                    let Found { file, summary, repair, undecided: open } = *found;
                    run.undecided += open;
                    run.report.summary.files += 1;
                    run.report.summary.streams += summary.streams;
                    run.report.summary.suppressed += summary.suppressed;
                    run.report.files.push(file);
                    run.repairs.extend(repair);
                }
            }
        }
        Ok(run)
    }

    fn in_parallel(
        &self,
        given: Vec<Result<Given, CommandError>>,
        threads: usize,
    ) -> Vec<Result<Checked, CommandError>> {
        let next = std::sync::Mutex::new(given.into_iter().enumerate());
        let done = std::sync::Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let taken = next.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
                        let Some((at, given)) = taken else { return };
                        let checked = given.and_then(|given| self.check(&given));
                        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, checked));
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, checked)| checked).collect()
    }

    fn check(&self, given: &Given) -> Result<Checked, CommandError> {
        let path = given.path.as_path();
        let name = template_text::shown_name(path);
        let read = match given.named {
            true => template_text::read_template(path)?,
            false => template_text::read_found(path, given.is_called_so())?,
        };
        let text = match read {
            Read::Other => return Ok(Checked::Skipped),
            Read::Broken(_, before)
                if !given.named
                    && !given.is_called_so()
                    && !before.is_empty()
                    && !template_search::begins_like_one(&before) =>
            {
                return Ok(Checked::Mentions(given.path.clone()));
            }
            Read::Broken(why, before) => {
                let (source, finding) = template_text::broken(&name, why, before);
                let runs = |rule: &Diagnostic| {
                    rules::find(&rule.rule).is_some_and(|rule| self.checks.selection.runs(rule))
                };
                let file = FileFindings { source, findings: finding.into_iter().filter(runs).collect() };
                let found = Found { file, summary: Summary::default(), repair: None, undecided: 0 };
                return Ok(Checked::Findings(Box::new(found)));
            }
            Read::Template(text) => text,
        };
        let mut template = Template::read(Source::new(name, text));
        if !given.is_template(&template) {
            return Ok(Checked::Mentions(given.path.clone()));
        }
        let checks = self.checks;
        self.values.fitting(self.context, &template, &checks.supplied)?;
        template.supply(&checks.supplied);
        let mut repaired = None;
        let mut checked = if self.repairs {
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
        let summary =
            Summary { streams: checked.streams, suppressed: checked.suppressed, ..Summary::default() };
        let file = FileFindings { source: rules::shown_source(&template), findings: checked.findings };
        let found = Found { file, summary, repair: repaired, undecided: checked.undecided };
        Ok(Checked::Findings(Box::new(found)))
    }
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
