//! Drift detection before a deployment, on request: what was changed behind the stack's back.

use super::api::{Answer, ApiError, Request};
use super::differences::shown;
use super::event::DeployEvent;
use super::machine::{Deployment, State};
use super::preparing::Preparing;
use super::verdict::{Refusal, Verdict};
use crate::foundation::timestamp::Timestamp;

/// How far a drift detection is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detection {
    /// `DETECTION_IN_PROGRESS`, `DETECTION_COMPLETE` or `DETECTION_FAILED`.
    pub status: String,
    /// `DRIFTED`, `IN_SYNC`, `UNKNOWN` or `NOT_CHECKED`.
    pub drift: String,
    /// Why it failed, as a whole or for some resources.
    pub reason: Option<String>,
}

/// A resource that is not as the stack's template says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DriftedResource {
    /// Its logical id.
    pub logical_id: String,
    /// What it is called in AWS.
    pub physical_id: Option<String>,
    /// Its type.
    pub kind: String,
    /// `MODIFIED` or `DELETED`.
    pub status: String,
    /// What of it was changed.
    pub properties: Vec<DriftedProperty>,
}

/// A property that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DriftedProperty {
    /// Its path, such as `VersioningConfiguration.Status`.
    pub path: String,
    /// What the template says.
    pub expected: Option<String>,
    /// What is.
    pub actual: Option<String>,
}

impl DriftedProperty {
    /// A property as it may be shown: its path in our form, secrets covered.
    pub fn new(path: &str, expected: Option<&str>, actual: Option<&str>) -> DriftedProperty {
        let path = path.trim_matches('/').replace('/', ".");
        // An absent side is told as the text `null`.
        let value =
            |value: Option<&str>| value.filter(|value| *value != "null").map(|value| shown(&path, value));
        let (expected, actual) = (value(expected), value(actual));
        DriftedProperty { path, expected, actual }
    }
}

/// Where a detection is.
#[derive(Debug, Default)]
pub(super) struct Detecting {
    id: String,
    detection: Detection,
    found: Vec<DriftedResource>,
}

impl Deployment {
    /// Begins to look for drift.
    pub(super) fn detect_drift(&mut self) {
        self.note("looking for drift: resources that were changed behind the stack's back");
        self.state = State::Preparing(Preparing::Detecting(Detecting::default()));
        self.ask(Request::DetectDrift(self.stack_id.clone()));
    }

    pub(super) fn detecting(&mut self, mut part: Detecting, answer: Answer, now: Timestamp) {
        let mut next = None;
        match answer {
            Answer::Detecting(id) => {
                part.id = id;
                self.pace.news();
                next = Some(Request::DescribeDetection(part.id.clone()));
            }
            Answer::Detection(detection) if detection.status == "DETECTION_IN_PROGRESS" => {
                let again = Request::DescribeDetection(part.id.clone());
                self.state = State::Preparing(Preparing::Detecting(part));
                return self.ask_soon(again, now);
            }
            Answer::Detection(detection) => {
                part.detection = *detection;
                next = Some(Request::DescribeDrifts { stack: self.stack_id.clone(), next: None });
            }
            Answer::Drifts { found, next: following } => {
                part.found.extend(found);
                next = following.map(|following| Request::DescribeDrifts {
                    stack: self.stack_id.clone(),
                    next: Some(following),
                });
            }
            _ => {}
        }
        if let Some(next) = next {
            self.state = State::Preparing(Preparing::Detecting(part));
            return self.ask(next);
        }
        if let Some(reason) = &part.detection.reason {
            self.note(format!("drift could not be told of every resource: {reason}"));
        }
        self.tell(DeployEvent::Drift { status: part.detection.drift, resources: part.found });
        self.settle();
    }

    /// Who asks for drift to be looked for does not want to go on without.
    pub(super) fn detection_failed(&mut self, request: &Request, error: &ApiError) {
        let refusal = Refusal::of_error(request.operation(), &request.action(), error)
            .hint("or leave out `--detect-drift`");
        self.end(Verdict::Refused(Box::new(refusal)));
    }
}
