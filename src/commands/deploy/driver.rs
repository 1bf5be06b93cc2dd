//! Drives a machine: makes its calls, wakes it, asks the user, and says what it came to.

use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::io::BufRead;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use super::answering::Answering;
use super::explain;
use super::listener::Listener;
use crate::commands::{CommandError, CommandErrorKind, Context, Outcome, exit};
use crate::deploy::client::{Access, Aws, Cloud};
use crate::deploy::smoke::Record;
use crate::deploy::verdict::{Failure, Refusal, RefusalKind};
use crate::deploy::{Confirmation, Decision, DeployEvent, Deployment, Input, Verdict};
use crate::foundation::seed::Seed;
use crate::foundation::timestamp::Timestamp;
use crate::report::text;
use crate::rules::{self, Checks};
use crate::template::parameters::Supplied;
use crate::template::{Pseudo, Template};

/// What a deployment is about.
#[derive(Default)]
pub(in crate::commands) struct Subject {
    /// The template.
    pub template: Option<Template>,
    /// The values that were given.
    pub supplied: Supplied,
    /// The pseudo parameters that were given.
    pub pseudo: Pseudo,
    /// Whether changes that Firehose will refuse end the deployment.
    pub refuses: bool,
    /// Whether the template is the one that stands after the deployment; otherwise the stack's is read.
    pub deploys: bool,
    /// The records that are tried.
    pub records: Vec<Record>,
}

/// The time.
#[expect(clippy::disallowed_methods, reason = "a deployment runs in real time; the machine is given it here")]
pub(in crate::commands) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).ok().and_then(Timestamp::from_millis).unwrap_or(Timestamp::DEFAULT_START)
}

/// A seed that no other run has: names of change sets and tokens must not collide.
pub(in crate::commands) fn seed() -> Seed {
    let mut hasher = std::hash::RandomState::new().build_hasher();
    hasher.write_i64(now().as_micros());
    Seed(hasher.finish())
}

/// A line of standard input.
pub(in crate::commands) fn read_line() -> Option<String> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).ok()?;
    (read > 0).then_some(line)
}

/// A runtime for the SDK.
pub(in crate::commands) fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| CommandError::new(CommandErrorKind::Internal, format!("no runtime: {error}")))
}

/// The SDK, or what is missing.
pub(in crate::commands) async fn connect(access: Access) -> Result<Aws, CommandError> {
    Aws::connect(access).await.ok_or_else(|| {
        CommandError::usage("no region is given")
            .hint("give `--region`, AWS_REGION, or a profile that has one (AWS_PROFILE)")
    })
}

/// Runs a machine to its end.
pub(in crate::commands) fn run(
    context: &Context,
    access: Access,
    mut machine: Deployment,
    subject: &Subject,
    listener: &mut Listener,
) -> Result<Verdict, CommandError> {
    let interrupts = Arc::new(Notify::new());
    let heard = Arc::clone(&interrupts);
    if let Err(error) = ctrlc::set_handler(move || heard.notify_one()) {
        context.terminal.detail(&format!("interrupts can't be caught: {error}"));
    }
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let cloud = connect(access).await?;
        drive(context, &cloud, &mut machine, subject, listener, &interrupts).await
    });
    listener.finish();
    // A prompt that nobody answers must not keep the program.
    runtime.shutdown_background();
    result
}

async fn drive(
    context: &Context,
    cloud: &impl Cloud,
    machine: &mut Deployment,
    subject: &Subject,
    listener: &mut Listener,
    interrupts: &Notify,
) -> Result<Verdict, CommandError> {
    let answering = Answering::new(context, cloud, subject);
    loop {
        tell(machine, listener, subject)?;
        if let Some(verdict) = machine.verdict() {
            return Ok(verdict.clone());
        }
        if let Some(confirmation) = machine.poll_confirmation().cloned() {
            listener.finish();
            tokio::select! {
                decision = ask(context, confirmation) => machine.handle(Input::Decision(decision), now()),
                () = interrupts.notified() => machine.handle(Input::Interrupt, now()),
            }
            continue;
        }
        if let Some(request) = machine.poll_request(now()) {
            context.terminal.detail(&format!("  {}", request.operation()));
            let mut call = pin!(answering.answer(&request));
            loop {
                tokio::select! {
                    answer = &mut call => {
                        machine.handle(Input::Answer(answer), now());
                        break;
                    }
                    () = interrupts.notified() => {
                        machine.handle(Input::Interrupt, now());
                        tell(machine, listener, subject)?;
                        if !machine.awaits_answer() || machine.verdict().is_some() {
                            break;
                        }
                    }
                }
            }
            continue;
        }
        let pause = machine.poll_timeout().map_or(Duration::from_secs(1), |at| at.since(now()));
        tokio::select! {
            () = tokio::time::sleep(pause) => machine.handle(Input::Tick, now()),
            () = interrupts.notified() => machine.handle(Input::Interrupt, now()),
        }
    }
}

fn tell(machine: &mut Deployment, listener: &mut Listener, subject: &Subject) -> Result<(), CommandError> {
    while let Some(mut event) = machine.poll_event() {
        if let DeployEvent::End(verdict) = &mut event {
            explain::find_places(subject, verdict);
        }
        listener.tell(&event, now())?;
    }
    Ok(())
}

/// Asks the user. The answer is read on a thread of its own, so that an interrupt ends the waiting.
fn ask(context: &Context, confirmation: Confirmation) -> impl Future<Output = Decision> {
    let can_ask = context.terminal.can_ask();
    if can_ask {
        let how = match &confirmation.typed {
            Some(word) => format!("Type \u{1b}[1m{word}\u{1b}[0m to go on:"),
            None => "[y/N]".to_owned(),
        };
        context.terminal.ask(&format!("{} {how}", confirmation.question));
    }
    async move {
        if !can_ask {
            return Decision::NotAsked;
        }
        let (sender, receiver) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || sender.send(read_line()));
        let line = receiver.await.ok().flatten().unwrap_or_default();
        let agrees = match &confirmation.typed {
            Some(word) => line.trim() == word,
            None => matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"),
        };
        if agrees { Decision::Agreed } else { Decision::Declined }
    }
}

/// Says what it came to, and turns it into the exit code.
pub(in crate::commands) fn outcome(context: &Context, verdict: Verdict, subject: &Subject) -> Outcome {
    let note = |text: &str| context.terminal.note(text);
    match verdict {
        Verdict::NothingToDo => {
            // Records that were tried were something to do.
            note(if subject.records.is_empty() { "Nothing to do" } else { "Done; the stack was as it is" });
            Ok(exit::SUCCESS)
        }
        Verdict::Done => {
            note("Done");
            Ok(exit::SUCCESS)
        }
        Verdict::Planned(change_set) => {
            note(&format!("The change set stands; execute it with `--execute {change_set}`"));
            Ok(exit::SUCCESS)
        }
        Verdict::Declined => {
            Err(CommandError::new(CommandErrorKind::Interrupted, "declined; nothing was changed"))
        }
        Verdict::Unwatched(refusal) => Err(error(CommandErrorKind::Interrupted, *refusal)),
        Verdict::SmokeFailed(mut refusal) => {
            refusal.message = format!("it is deployed, but {}", refusal.message);
            Err(error(CommandErrorKind::NeedsAttention, *refusal))
        }
        Verdict::Refused(refusal) => {
            details(context, &refusal, subject);
            let kind = match refusal.kind {
                RefusalKind::Aws => CommandErrorKind::Refused,
                RefusalKind::Usage => CommandErrorKind::Usage,
                RefusalKind::Findings => CommandErrorKind::Findings,
            };
            Err(error(kind, *refusal))
        }
        Verdict::RolledBack(failure) => {
            Err(failed(context, CommandErrorKind::RolledBack, "was rolled back", &failure, subject))
        }
        Verdict::NeedsAttention(failure) => Err(failed(
            context,
            CommandErrorKind::NeedsAttention,
            "the stack needs attention",
            &failure,
            subject,
        )),
    }
}

impl Subject {
    /// What the template is judged with.
    pub fn checks(&self) -> Checks {
        Checks { supplied: self.supplied.clone(), pseudo: self.pseudo.clone(), ..Checks::default() }
    }
}

fn error(kind: CommandErrorKind, refusal: Refusal) -> CommandError {
    CommandError { kind, message: refusal.message, hints: refusal.hints }
}

/// What validations and hooks said, each at its place.
fn details(context: &Context, refusal: &Refusal, subject: &Subject) {
    for detail in &refusal.details {
        let check = detail.check.as_deref().unwrap_or("refused");
        let id = detail.logical_id.as_deref().unwrap_or_default();
        let found = subject.template.as_ref().and_then(|template| {
            let place = explain::place_of(template, detail)?;
            Some((template, explain::refusal(id, check, &detail.reason, place)))
        });
        match found {
            Some((template, finding)) => show(context, template, &finding, subject),
            _ => context.terminal.error_line(&format!("  {id} ({check}): {}", detail.reason)),
        }
    }
}

fn failed(
    context: &Context,
    kind: CommandErrorKind,
    what: &str,
    failure: &Failure,
    subject: &Subject,
) -> CommandError {
    for cause in failure.cause.iter().chain(&failure.others) {
        let checks = subject.checks();
        let shown = subject.template.as_ref().and_then(|template| {
            explain::failure(template, &checks, cause).map(|explained| (template, explained.finding))
        });
        match shown {
            Some((template, finding)) => show(context, template, &finding, subject),
            None => {
                let nested = cause.nested.as_ref().map(|stack| format!("{stack}/")).unwrap_or_default();
                let line = format!(
                    "{}: {nested}{} ({}): {}\n",
                    cause.status, cause.logical_id, cause.kind, cause.message
                );
                context.terminal.error_line(&line);
            }
        }
        if let Some(hook) = &cause.hook {
            let findings: String =
                cause.findings.iter().map(|finding| format!("    {}\n", finding.words())).collect();
            context.terminal.error_line(&format!("  the hook {hook} stopped it\n{findings}"));
        }
    }
    let reason = match &failure.cause {
        Some(cause) => format!("`{}` failed", cause.logical_id),
        None => "no event tells why".to_owned(),
    };
    let message = format!("the deployment failed and {what} ({}): {reason}", failure.status);
    CommandError { kind, message, hints: failure.hints.clone() }
}

fn show(
    context: &Context,
    template: &Template,
    finding: &crate::foundation::diagnostic::Diagnostic,
    subject: &Subject,
) {
    let source = rules::shown_source(template);
    let excerpt = text::excerpt(&source, finding, context.terminal.error_style());
    let excerpt = crate::template::secrets::mask_message(&subject.secrets(), &excerpt);
    context.terminal.error_line(&(excerpt + "\n"));
}
