//! A function as a process of ours: started when it is first called, kept between calls, restarted after a crash or a
//! time-out.

use std::{
    ffi::OsString,
    fs, io,
    path::PathBuf,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use super::{
    Answer, Function, Host, InvocationLog, LARGEST_EVENT, LocalFunction, StartError, Started, Words,
    interpreter::{self, Language},
    placing::{self, Placed},
    process::{Ended, Process, Program},
    runtime_api::{Call, Reported, RuntimeApi, now},
    telling::{Folders, exit_error, without_native_frames},
};

/// How long loading a function may take before its time counts as that of the first call. Source: Lambda developer
/// guide, "Understanding the Lambda execution environment lifecycle" (Init is limited to 10 seconds, and repeated with
/// the first call).
const LONGEST_INIT: Duration = Duration::from_secs(10);
/// How often the end of the process and an interruption are looked for.
const LOOK: Duration = Duration::from_millis(20);
/// How long a report may be under way after its process ended.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Makes a function ready: places its code, finds its interpreter.
pub(super) fn start(function: &LocalFunction, host: &Host) -> Result<Started, StartError> {
    let failed = |error: io::Error| {
        StartError::new(&function.name, format!("no temporary folder can be had: {error}"))
    };
    let folder = tempfile::Builder::new().prefix("firehose-kit-function-").tempdir().map_err(failed)?;
    for part in ["code", "runtime", "tmp"] {
        fs::create_dir(folder.path().join(part)).map_err(failed)?;
    }
    let placed = placing::place(function, &folder.path().join("code"))?;
    let mut warnings = Vec::new();
    let command = command(function, &placed, &folder.path().join("runtime"), &mut warnings)?;
    let memory = u64::from(function.memory_mb.max(LocalFunction::DEFAULT_MEMORY_MB)) << 20;
    let program = Program {
        command,
        environment: environment(function, &placed, &folder.path().join("tmp"), host),
        // An approximation: Lambda counts resident memory. What interpreters reserve of their own comes on top.
        memory: memory + if placed.language == Language::Node { 1 << 30 } else { 64 << 20 },
    };
    let process = LocalProcess {
        arn: function.arn.clone(),
        timeout: function.timeout,
        program,
        root: placed.root,
        running: None,
        calls: 0,
        log: InvocationLog::default(),
        host: host.clone(),
        memory_mb: function.memory_mb,
        folders: Folders::of(folder.path()),
        _folder: folder,
    };
    Ok(Started { function: Box::new(process), warnings })
}

fn command(
    function: &LocalFunction,
    placed: &Placed,
    runtime: &std::path::Path,
    warnings: &mut Vec<String>,
) -> Result<Vec<OsString>, StartError> {
    if let Some(program) = &placed.program {
        return Ok(vec![program.clone().into()]);
    }
    let (found, warning) = interpreter::find(function, placed.language)?;
    warnings.extend(warning);
    let (file, text) = match placed.language {
        Language::Node => ("bootstrap.mjs", include_str!("bootstrap.mjs")),
        _ => ("bootstrap.py", include_str!("bootstrap.py")),
    };
    let path = runtime.join(file);
    fs::write(&path, text)
        .map_err(|error| StartError::new(&function.name, format!("{}: {error}", path.display())))?;
    let options: Vec<OsString> = match placed.language {
        Language::Node => vec![format!("--max-old-space-size={}", function.memory_mb.max(64)).into()],
        // Output is not held back, and nothing is written beside the user's sources.
        _ => vec!["-u".into(), "-B".into()],
    };
    Ok([found.program.into()].into_iter().chain(options).chain([path.into()]).collect())
}

/// The variables that Lambda sets, and the template's; never ours: credentials of the user stay with the user.
fn environment(
    function: &LocalFunction,
    placed: &Placed,
    temporary: &std::path::Path,
    host: &Host,
) -> Vec<(String, OsString)> {
    let runtime = function.runtime.as_deref().unwrap_or("provided.al2023");
    let mut all: Vec<(String, OsString)> = Vec::new();
    let mut set = |name: &str, value: OsString| {
        all.retain(|(known, _)| known != name);
        all.push((name.to_owned(), value));
    };
    set("PATH", host.search_path.clone().unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()));
    set("LANG", "C.UTF-8".into());
    set("TZ", ":UTC".into());
    for (name, value) in &function.environment {
        // A name with `=` or NUL can't be passed on.
        if !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0') {
            set(name, value.into());
        }
    }
    let root = placed.root.as_os_str();
    let group = format!("/aws/lambda/{}", function.name);
    set("HOME", temporary.into());
    set("TMPDIR", temporary.into());
    set("LAMBDA_TASK_ROOT", root.into());
    set("LAMBDA_RUNTIME_DIR", root.into());
    set("_HANDLER", placed.handler.as_str().into());
    set("AWS_REGION", function.region.as_str().into());
    set("AWS_DEFAULT_REGION", function.region.as_str().into());
    set("AWS_EXECUTION_ENV", format!("AWS_Lambda_{runtime}").into());
    set("AWS_LAMBDA_FUNCTION_NAME", function.name.as_str().into());
    set("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into());
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string().into());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into());
    set("AWS_LAMBDA_LOG_GROUP_NAME", group.into());
    set("AWS_LAMBDA_LOG_STREAM_NAME", "local/[$LATEST]".into());
    // There is no role here; SDKs are not to look for one, nor wait for it.
    set("AWS_EC2_METADATA_DISABLED", "true".into());
    all
}

struct LocalProcess {
    arn: String,
    timeout: Duration,
    program: Program,
    root: PathBuf,
    running: Option<Running>,
    calls: u64,
    log: InvocationLog,
    host: Host,
    memory_mb: u32,
    folders: Folders,
    /// Taken away when the function is dropped, after its process.
    _folder: tempfile::TempDir,
}

/// A process with the server that it talks to; the process ends first.
struct Running {
    process: Process,
    api: RuntimeApi,
    since: Instant,
}

/// How waiting for a call ended.
enum Outcome {
    Reported(Reported),
    Ended(Ended, bool),
    TimedOut,
    /// It was never asked: it was still being loaded.
    LoadingTimedOut,
    Interrupted,
}

impl Function for LocalProcess {
    fn invoke(&mut self, event: &[u8]) -> Answer {
        self.log = InvocationLog::default();
        if event.len() > LARGEST_EVENT {
            return Answer::TooLarge;
        }
        self.calls += 1;
        let call = Call {
            // The form of a UUID, and the same in every run.
            request_id: format!("00000000-0000-4000-8000-{:012x}", self.calls),
            arn: self.arn.clone(),
            timeout: self.timeout,
            event: event.to_vec(),
        };
        match self.attempt(call.clone()) {
            // It ended between two calls; that is not this call's fault.
            Ok(Outcome::Ended(_, false)) => {
                self.running = None;
                match self.attempt(call.clone()) {
                    Ok(outcome) => self.answer(outcome, &call.request_id),
                    Err(error) => unstartable(&error),
                }
            }
            Ok(outcome) => self.answer(outcome, &call.request_id),
            Err(error) => unstartable(&error),
        }
    }

    fn logs(&self) -> &InvocationLog {
        &self.log
    }
}

fn unstartable(error: &io::Error) -> Answer {
    Answer::Unavailable {
        code: "Lambda.InvocationFailure".to_owned(),
        message: format!("the function's process can't be started: {error}"),
    }
}

impl LocalProcess {
    /// Hands a call to the process, which is started if need be, and waits for what comes of it.
    fn attempt(&mut self, call: Call) -> io::Result<Outcome> {
        let fresh = self.running.as_ref().is_none_or(|running| running.process.ended().is_some());
        if fresh {
            self.running = None;
            let api = RuntimeApi::start()?;
            let authority = api.authority();
            let more = [("AWS_LAMBDA_RUNTIME_API", authority.as_str())];
            let process = Process::start(&self.program, &self.root, &more)?;
            self.running = Some(Running { process, api, since: now() });
        }
        let Some(running) = &self.running else { return Err(io::Error::other("no process")) };
        running.api.offer(call);
        let offered = now();
        let init_ends = if fresh { running.since + LONGEST_INIT } else { offered };
        loop {
            if let Some(reported) = running.api.wait(LOOK.min(self.timeout)) {
                return Ok(Outcome::Reported(reported));
            }
            let begun = running.api.handed_over();
            if let Some(ended) = running.process.ended() {
                return Ok(match running.api.wait(LAST_WORDS) {
                    Some(reported) => Outcome::Reported(reported),
                    None => Outcome::Ended(ended, fresh || begun.is_some()),
                });
            }
            if self.host.interrupted.load(Ordering::Relaxed) {
                return Ok(Outcome::Interrupted);
            }
            if now() >= begun.unwrap_or(init_ends) + self.timeout {
                let is_loading = begun.is_none() && !running.api.is_ready();
                let late = if is_loading { Outcome::LoadingTimedOut } else { Outcome::TimedOut };
                // It may have answered in this very moment.
                return Ok(running.api.wait(Duration::ZERO).map_or(late, Outcome::Reported));
            }
        }
    }

    /// What an outcome means to the caller. Whoever can't go on is ended; the next call starts another.
    fn answer(&mut self, outcome: Outcome, request_id: &str) -> Answer {
        let log = self.running.as_ref().map(|running| running.process.output.take()).unwrap_or_default();
        // Node.js begins its own warnings with the number of its process.
        let node = self.running.as_ref().and_then(|running| running.process.number());
        let node = node.map(|number| format!("(node:{number})"));
        let told = |text: &str| {
            let text = self.folders.renamed(text);
            node.as_ref().map_or_else(|| text.clone(), |node| text.replace(node, "(node:1)"))
        };
        self.log =
            InvocationLog { text: told(&log.text), stderr: log.stderr.map(told), left_out: log.left_out };
        let failed = |payload: Vec<u8>, stderr: Words| Answer::FunctionError {
            payload: self.folders.renamed(&String::from_utf8_lossy(&payload)).into_bytes(),
            stderr,
        };
        let stderr = self.log.stderr.clone();
        let mut keep = false;
        let answer = match outcome {
            Outcome::Reported(Reported::Returned(bytes)) => {
                keep = true;
                Answer::Returned(bytes)
            }
            Outcome::Reported(Reported::Failed(payload)) => {
                keep = true;
                failed(payload, stderr)
            }
            Outcome::Reported(Reported::TooLarge) => {
                keep = true;
                Answer::TooLarge
            }
            Outcome::Reported(Reported::InitFailed(payload)) => failed(payload, stderr),
            Outcome::Ended(ended, _) => {
                let payload = exit_error(ended, request_id, &stderr, self.memory_mb);
                failed(payload, without_native_frames(&stderr))
            }
            Outcome::TimedOut => Answer::TimedOut,
            Outcome::LoadingTimedOut => Answer::LoadingTimedOut,
            Outcome::Interrupted => Answer::Unavailable {
                code: "Lambda.InvocationFailure".to_owned(),
                message: "interrupted".to_owned(),
            },
        };
        if !keep {
            self.running = None;
        }
        answer
    }
}
