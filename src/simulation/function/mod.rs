//! Runs the transformation function for real: behind the Lambda Runtime API on loopback, through the Lambda Invoke
//! API, from recorded answers, or not at all. One file a way to run it.
//!
//! Nothing here knows what Firehose does with an answer: an [`Answer`] is what the Lambda service would tell its
//! caller. Unlike the rest of the simulation, a function lives in real time: `Timeout` is enforced by the wall clock,
//! however little virtual time the call takes.

pub mod endpoint;
pub(super) mod http;
#[cfg(unix)]
mod interpreter;
#[cfg(unix)]
mod local;
mod observed;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod placing;
#[cfg(unix)]
mod process;
pub mod recorded;
pub mod runtime_api;
pub mod skipped;
pub mod spec;
#[cfg(unix)]
mod telling;
pub mod words;

pub use words::Words;

use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

/// Most bytes of an event that Lambda takes from a synchronous call. Source: Lambda developer guide, "Lambda quotas"
/// (6 MB); the service's message names 6291456.
pub const LARGEST_EVENT: usize = 6_291_456;
/// Most bytes of a response. Source: the service's message, "exceeded maximum allowed payload size (6291556 bytes)".
pub const LARGEST_RESPONSE: usize = 6_291_556;

/// A function that can be called.
pub trait Function: Send {
    /// Calls the function with an event (JSON) and waits for what comes of it. Never panics over what the function
    /// does. When the run was interrupted meanwhile, the answer is [`Answer::Unavailable`].
    fn invoke(&mut self, event: &[u8]) -> Answer;

    /// What the function wrote during the last call; empty where nothing is known of it.
    fn logs(&self) -> &InvocationLog;
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The function answered; the bytes need not be JSON.
    Returned(Vec<u8>),
    /// The function failed.
    FunctionError {
        /// The error document: `errorType`, `errorMessage` and where known the stack.
        payload: Vec<u8>,
        /// What it wrote to standard error.
        stderr: Words,
    },
    /// The function took longer than its `Timeout`.
    TimedOut,
    /// Loading the function took longer than Lambda waits for it; it was not called.
    LoadingTimedOut,
    /// The event or the response has more than 6 MB.
    TooLarge,
    /// The event is too large for who runs the function.
    EventTooLarge,
    /// Lambda has no room for the call.
    Throttled,
    /// The function can't be called.
    Unavailable {
        /// A code of the service, such as `Lambda.ResourceNotFound`.
        code: String,
        /// Why.
        message: String,
    },
}

/// What a function wrote during a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvocationLog {
    /// Standard output and standard error as they came, at most [`InvocationLog::LARGEST`] bytes.
    pub text: String,
    /// Standard error alone: its first [`InvocationLog::FIRST_STDERR`] and its last [`InvocationLog::LAST_STDERR`] bytes.
    pub stderr: Words,
    /// Bytes that `text` leaves out.
    pub left_out: u64,
}

impl InvocationLog {
    /// Most bytes of `text`.
    pub const LARGEST: usize = 256 << 10;
    /// Most bytes of the beginning of `stderr`; with its end they are 64 KiB.
    pub const FIRST_STDERR: usize = 16 << 10;
    /// Most bytes of its end.
    pub const LAST_STDERR: usize = 48 << 10;
}

/// How a function is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionSource {
    /// As a process of ours, behind the Runtime API.
    Local(Box<LocalFunction>),
    /// Through the Lambda Invoke API.
    Endpoint {
        /// `host:port`.
        authority: String,
        /// The function's name.
        function: String,
    },
    /// In AWS, through the Lambda Invoke API.
    Aws(AwsFunction),
    /// Answers from a file.
    Recorded(PathBuf),
    /// Records pass unchanged.
    Skip,
}

/// A function in AWS.
#[derive(Debug, Clone)]
pub struct AwsFunction {
    /// Its ARN.
    pub arn: String,
    /// The server: `https://lambda.REGION.amazonaws.com`, or another that speaks as it does.
    pub url: String,
    /// Who signs the calls.
    pub signer: Arc<dyn Signer>,
}

impl PartialEq for AwsFunction {
    fn eq(&self, other: &AwsFunction) -> bool {
        (&self.arn, &self.url) == (&other.arn, &other.url)
    }
}

impl Eq for AwsFunction {}

/// Signs requests, with credentials that stay where they are.
pub trait Signer: std::fmt::Debug + Send + Sync {
    /// The headers that a `POST` needs besides those that it has. `url` is the whole address.
    ///
    /// # Errors
    /// When there are no credentials, in words without any part of them.
    fn sign(&self, url: &str, headers: &[(&str, &str)], body: &[u8])
    -> Result<Vec<(String, String)>, String>;
}

/// Where a local function's code is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionCode {
    /// The text of its one file.
    Inline(String),
    /// A folder, a zip file, a source file or a program.
    Path(PathBuf),
}

/// A function that runs as a process of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFunction {
    /// The name that Lambda knows it by.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The Region it runs in.
    pub region: String,
    /// The code.
    pub code: FunctionCode,
    /// `Handler`.
    pub handler: Option<String>,
    /// `Runtime`; made out from the code where `None`.
    pub runtime: Option<String>,
    /// `Timeout`.
    pub timeout: Duration,
    /// `MemorySize`, in mebibytes.
    pub memory_mb: u32,
    /// The variables of `Environment`.
    pub environment: Vec<(String, String)>,
}

impl LocalFunction {
    /// `Timeout` where none is written. Source: AWS::Lambda::Function, `Timeout`.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);
    /// `MemorySize` where none is written, in mebibytes. Source: AWS::Lambda::Function, `MemorySize`.
    pub const DEFAULT_MEMORY_MB: u32 = 128;
    /// Longest that Firehose waits for a call. Source: behaviour sheet, 4.1.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(300);
}

/// Who sees what functions do, as it happens.
pub trait Observer: Send + Sync {
    /// Something that the user should know, such as another version of the interpreter than the template's.
    fn warning(&self, text: &str);

    /// A call has ended; calls are counted from 1.
    fn called(&self, call: u64, log: &InvocationLog);

    /// What a function wrote, without the secrets of the template.
    fn mask(&self, text: &str) -> String;
}

/// What the machine lends to a function.
#[derive(Clone, Default)]
pub struct Host {
    /// Who sees what the function does.
    pub observer: Option<Arc<dyn Observer>>,
    /// `PATH`: where interpreters and the programs that a function calls are found.
    pub search_path: Option<OsString>,
    /// Becomes true when the user interrupts; a call that is under way ends then.
    pub interrupted: Arc<AtomicBool>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("search_path", &self.search_path).finish_non_exhaustive()
    }
}

/// A function that can be made ready, as often as runs need it.
#[derive(Debug, Clone)]
pub struct Runnable {
    /// How it runs.
    pub source: FunctionSource,
    /// What it is lent.
    pub host: Host,
}

/// A function that was made ready.
pub struct Started {
    /// The function.
    pub function: Box<dyn Function>,
    /// What the user should know; the observer has been told.
    pub warnings: Vec<String>,
}

/// Why a function can't be made ready.
#[derive(Debug, thiserror::Error)]
#[error("function `{function}`: {message}")]
pub struct StartError {
    /// The function's name, or the file.
    pub function: String,
    /// Why.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl StartError {
    fn new(function: impl Into<String>, message: impl Into<String>) -> StartError {
        StartError { function: function.into(), message: message.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> StartError {
        self.hint = Some(hint.into());
        self
    }
}

/// Makes a function ready: code is unpacked and the interpreter found; no code of the function runs before its first
/// call. Dropping it ends its processes and takes its temporary files away.
///
/// # Errors
/// When the code or file can't be read, there is no interpreter, or local functions can't run on this system.
pub fn start(source: &FunctionSource, host: &Host) -> Result<Started, StartError> {
    let mut started = start_unobserved(source, host)?;
    if let Some(observer) = &host.observer {
        started.warnings.iter().for_each(|warning| observer.warning(warning));
        started.function = Box::new(observed::ObservedFunction::new(started.function, Arc::clone(observer)));
    }
    Ok(started)
}

fn start_unobserved(source: &FunctionSource, host: &Host) -> Result<Started, StartError> {
    let ready = |function| Ok(Started { function, warnings: Vec::new() });
    match source {
        FunctionSource::Skip => ready(Box::<skipped::SkippedFunction>::default()),
        FunctionSource::Recorded(path) => ready(Box::new(recorded::RecordedFunction::read(path)?)),
        FunctionSource::Endpoint { authority, function } => {
            let interrupted = Arc::clone(&host.interrupted);
            ready(Box::new(endpoint::EndpointFunction::new(authority, function, interrupted)))
        }
        FunctionSource::Aws(function) => {
            let interrupted = Arc::clone(&host.interrupted);
            ready(Box::new(endpoint::EndpointFunction::in_aws(function, interrupted)?))
        }
        #[cfg(unix)]
        FunctionSource::Local(function) => local::start(function, host),
        #[cfg(not(unix))]
        FunctionSource::Local(function) => {
            Err(StartError::new(&function.name, "functions can be run on Linux and macOS only")
                .hint("name an endpoint, `http://host:port`, or recorded answers, `recorded:FILE`"))
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
