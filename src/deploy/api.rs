//! What the machine asks for, and what is answered: CloudFormation's operations as plain values.

use super::change_set::ChangeSetPage;
use super::differences::Differences;
use super::events::StackEvent;
use super::parameters::ParameterValue;
use super::stack::Stack;

/// A call for the shell to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `DescribeStacks` of one stack, by name or id.
    DescribeStack(String),
    /// `GetTemplate` as it was given, and how the new one differs from it.
    ReadTemplate(Box<Stack>),
    /// Put the template into the bucket.
    Upload,
    /// `CreateChangeSet`.
    CreateChangeSet(Box<NewChangeSet>),
    /// A page of `DescribeChangeSet`, with property values.
    DescribeChangeSet {
        /// Its name or id.
        change_set: String,
        /// The stack; not needed where an id is given.
        stack: Option<String>,
        /// Where the page begins.
        next: Option<String>,
    },
    /// `DescribeEvents` of a change set: why it was refused.
    DescribeRefusal(String),
    /// `ExecuteChangeSet`.
    ExecuteChangeSet {
        /// The change set.
        change_set: String,
        /// The stack's name or id.
        stack: String,
        /// Makes the call repeatable, and marks its events.
        token: String,
        /// Whether what was made stays where the rest fails.
        disable_rollback: bool,
    },
    /// `DeleteChangeSet`.
    DeleteChangeSet {
        /// The change set.
        change_set: String,
        /// The stack's name or id.
        stack: String,
    },
    /// A page of `DescribeStackEvents`, the newest first.
    DescribeStackEvents {
        /// The stack's name or id.
        stack: String,
        /// Where the page begins.
        next: Option<String>,
    },
    /// `DeleteStack`.
    DeleteStack {
        /// The stack's name or id.
        stack: String,
        /// Makes the call repeatable.
        token: String,
    },
    /// `CancelUpdateStack`.
    CancelUpdate {
        /// The stack's name or id.
        stack: String,
        /// Makes the call repeatable.
        token: String,
    },
    /// `DescribeDeliveryStream`.
    DescribeStream(String),
}

impl Request {
    /// The API operation.
    pub fn operation(&self) -> &'static str {
        match self {
            Request::DescribeStack(_) => "DescribeStacks",
            Request::ReadTemplate(_) => "GetTemplate",
            Request::Upload => "PutObject",
            Request::CreateChangeSet(_) => "CreateChangeSet",
            Request::DescribeChangeSet { .. } => "DescribeChangeSet",
            Request::DescribeRefusal(_) => "DescribeEvents",
            Request::ExecuteChangeSet { .. } => "ExecuteChangeSet",
            Request::DeleteChangeSet { .. } => "DeleteChangeSet",
            Request::DescribeStackEvents { .. } => "DescribeStackEvents",
            Request::DeleteStack { .. } => "DeleteStack",
            Request::CancelUpdate { .. } => "CancelUpdateStack",
            Request::DescribeStream(_) => "DescribeDeliveryStream",
        }
    }

    /// The IAM action that the call needs.
    pub fn action(&self) -> String {
        let service = match self {
            Request::Upload => "s3",
            Request::DescribeStream(_) => "firehose",
            _ => "cloudformation",
        };
        format!("{service}:{}", self.operation())
    }

    /// Whether the call changes nothing, so that it may be repeated for as long as it takes.
    pub fn is_read(&self) -> bool {
        self.operation().starts_with("Describe") || self.operation().starts_with("Get")
    }
}

/// A change set to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChangeSet {
    /// The stack's name.
    pub stack: String,
    /// Its name.
    pub name: String,
    /// Whether it creates the stack.
    pub creates: bool,
    /// Where the template was put; without it, the template's bytes go with the request.
    pub template_url: Option<String>,
    /// The values of parameters.
    pub parameters: Vec<ParameterValue>,
    /// The capabilities that are acknowledged.
    pub capabilities: Vec<String>,
    /// Tags of the stack; `None` keeps those that it has.
    pub tags: Option<Vec<(String, String)>>,
    /// The role that CloudFormation takes.
    pub role_arn: Option<String>,
    /// `OnStackFailure`, where it is said.
    pub on_stack_failure: Option<&'static str>,
    /// Makes the call repeatable.
    pub token: String,
}

/// What a call came to.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The stack, if there is one.
    Stack(Option<Box<Stack>>),
    /// The deployed template was read and compared.
    Compared(Box<Differences>),
    /// Where the template was put.
    Uploaded(String),
    /// A change set is being made.
    ChangeSetCreated {
        /// Its id (an ARN).
        id: String,
        /// The stack's id.
        stack_id: String,
    },
    /// A page of a change set.
    ChangeSet(Box<ChangeSetPage>),
    /// Why a change set was refused.
    Refusals(Vec<Refused>),
    /// Done, or begun, with nothing to tell.
    Accepted,
    /// A page of events, the newest first.
    Events {
        /// The events.
        events: Vec<StackEvent>,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// A delivery stream's status.
    Stream(StreamStatus),
    /// It failed.
    Failed(ApiError),
}

/// A failed validation or hook, as `DescribeEvents` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refused {
    /// The resource.
    pub logical_id: Option<String>,
    /// Its type.
    pub kind: Option<String>,
    /// The validation or hook that failed.
    pub check: Option<String>,
    /// What it said.
    pub reason: String,
    /// Where in the template, such as `/Resources/Stream/Properties/X`.
    pub path: Option<String>,
}

/// A delivery stream as Firehose tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamStatus {
    /// `ACTIVE`, `CREATING`, ...
    pub status: String,
    /// Its ARN.
    pub arn: String,
    /// Why it could not be made: type and details.
    pub failure: Option<String>,
    /// The version, from 1; each update adds one.
    pub version: Option<String>,
}

/// An error that a service answered, or that kept it from answering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The error code, such as `ValidationError`; `Unreachable`, `Unreadable`, `Timeout` and `Credentials` are ours.
    pub code: String,
    /// The message.
    pub message: String,
}

/// What an error means for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Too many calls, or the service has trouble: the same call may succeed later.
    Passing,
    /// The credentials have run out.
    Expired,
    /// No or wrong credentials.
    Credentials,
    /// The caller lacks a permission.
    Denied,
    /// Anything else: the same call will fail again.
    Lasting,
}

impl ApiError {
    /// An error.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> ApiError {
        ApiError { code: code.into(), message: message.into() }
    }

    /// What it means for the call. Codes: the services' lists of common errors.
    pub fn kind(&self) -> ErrorKind {
        match self.code.as_str() {
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "RequestThrottled"
            | "SlowDown"
            | "ServiceUnavailable"
            | "ServiceUnavailableException"
            | "InternalFailure"
            | "InternalServerError"
            | "InternalError"
            | "RequestTimeout"
            | "RequestTimeoutException"
            | "Timeout"
            | "Unreachable"
            | "PriorRequestNotComplete"
            | "TransientError" => ErrorKind::Passing,
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => ErrorKind::Expired,
            "Credentials"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "InvalidAccessKeyId"
            | "MissingAuthenticationToken"
            | "IncompleteSignature" => ErrorKind::Credentials,
            "AccessDenied"
            | "AccessDeniedException"
            | "UnauthorizedOperation"
            | "NotAuthorized"
            | "AuthorizationError" => ErrorKind::Denied,
            "ValidationError" if self.message.contains("Rate exceeded") => ErrorKind::Passing,
            _ => ErrorKind::Lasting,
        }
    }
}
