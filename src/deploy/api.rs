//! What the machine asks for, and what is answered: CloudFormation's operations as plain values.

use super::change_set::ChangeSetPage;
use super::differences::Differences;
use super::drift::{Detection, DriftedResource};
use super::events::StackEvent;
use super::hooks::HookResult;
use super::parameters::ParameterValue;
use super::place::FoundPlace;
use super::smoke::{PutOutcome, Record, StoredObject, Trial};
use super::stack::{Stack, StackResource};
use super::stream::StreamDescription;
use crate::foundation::timestamp::Timestamp;

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
    /// A page of `DescribeEvents` of a change set: why it was refused.
    DescribeRefusal {
        /// The change set's id.
        change_set: String,
        /// Where the page begins.
        next: Option<String>,
    },
    /// A page of `DescribeEvents` of an operation: what its validation found.
    DescribeOperation {
        /// The stack's id.
        stack: String,
        /// The operation's id, where events name it.
        operation: Option<String>,
        /// Where the page begins.
        next: Option<String>,
    },
    /// `GetHookResult`: what a hook said, in full, by the id of its invocation.
    ReadHookResult(String),
    /// `DetectStackDrift`.
    DetectDrift(String),
    /// `DescribeStackDriftDetectionStatus`, by the detection's id.
    DescribeDetection(String),
    /// A page of `DescribeStackResourceDrifts`: the resources that drifted.
    DescribeDrifts {
        /// The stack's name or id.
        stack: String,
        /// Where the page begins.
        next: Option<String>,
    },
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
    /// `ListStackResources`: what the stack has.
    ListResources(Box<Stack>),
    /// `DescribeDeliveryStream`, and how it differs from the template.
    DescribeStream {
        /// Its logical id.
        logical_id: String,
        /// Its name.
        name: String,
    },
    /// Which records are put, and under which keys what becomes of them should appear; found without AWS.
    PrepareTrial {
        /// The stream's logical id.
        logical_id: String,
        /// The stream's name.
        name: String,
        /// When the first record is put.
        at: Timestamp,
    },
    /// `PutRecordBatch`.
    PutRecords {
        /// The stream's name.
        stream: String,
        /// The records.
        records: Vec<Record>,
    },
    /// A page of `ListObjectsV2`.
    ListObjects {
        /// The bucket.
        bucket: String,
        /// What the keys begin with.
        prefix: String,
        /// Where the page begins.
        next: Option<String>,
    },
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
            Request::DescribeRefusal { .. } | Request::DescribeOperation { .. } => "DescribeEvents",
            Request::ReadHookResult(_) => "GetHookResult",
            Request::DetectDrift(_) => "DetectStackDrift",
            Request::DescribeDetection(_) => "DescribeStackDriftDetectionStatus",
            Request::DescribeDrifts { .. } => "DescribeStackResourceDrifts",
            Request::ExecuteChangeSet { .. } => "ExecuteChangeSet",
            Request::DeleteChangeSet { .. } => "DeleteChangeSet",
            Request::DescribeStackEvents { .. } => "DescribeStackEvents",
            Request::DeleteStack { .. } => "DeleteStack",
            Request::CancelUpdate { .. } => "CancelUpdateStack",
            Request::ListResources(_) => "ListStackResources",
            Request::DescribeStream { .. } => "DescribeDeliveryStream",
            Request::PrepareTrial { .. } => "PrepareTrial",
            Request::PutRecords { .. } => "PutRecordBatch",
            Request::ListObjects { .. } => "ListObjectsV2",
        }
    }

    /// The IAM action that the call needs.
    pub fn action(&self) -> String {
        let service = match self {
            // The call is named after its second version, the permission after what it does.
            Request::ListObjects { .. } => return "s3:ListBucket".to_owned(),
            Request::Upload => "s3",
            Request::DescribeStream { .. } | Request::PutRecords { .. } => "firehose",
            _ => "cloudformation",
        };
        format!("{service}:{}", self.operation())
    }

    /// Whether the call changes nothing, so that it may be repeated for as long as it takes.
    pub fn is_read(&self) -> bool {
        ["Describe", "Get", "List", "Prepare"].iter().any(|verb| self.operation().starts_with(verb))
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
    /// Why a change set was refused: a page of it.
    Refusals {
        /// What was said.
        found: Vec<Refused>,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// What a hook said.
    HookResult(Box<HookResult>),
    /// A drift detection has begun, by its id.
    Detecting(String),
    /// How far a drift detection is.
    Detection(Box<Detection>),
    /// A page of resources that drifted.
    Drifts {
        /// The resources.
        found: Vec<DriftedResource>,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// Done, or begun, with nothing to tell.
    Accepted,
    /// A page of events, the newest first.
    Events {
        /// The events.
        events: Vec<StackEvent>,
        /// Where the next page begins.
        next: Option<String>,
    },
    /// What the stack has.
    Resources(Vec<StackResource>),
    /// A delivery stream.
    Stream(Box<StreamDescription>),
    /// What is tried.
    Trial(Box<Trial>),
    /// What became of each record that was put, in their order.
    Put(Vec<PutOutcome>),
    /// A page of objects.
    Objects {
        /// The objects, in the order of their keys.
        objects: Vec<StoredObject>,
        /// Where the next page begins.
        next: Option<String>,
    },
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
    /// Where that is in the file, once it has been looked for.
    pub place: Option<FoundPlace>,
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
