//! How requests are answered in a run: by what a scenario says, or else as a healthy endpoint does. Virtual time only.

use std::time::Duration;

use super::{
    samples::pointer::JsonPointer,
    script::{Moment, NamePattern},
};
use crate::{
    foundation::timestamp::Timestamp,
    model::destination::request::{Batch, RefusedDocument, Scripted},
};

/// Answers of a scenario (`[[answer]]`); the first that fits decides.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptedAnswer {
    /// The first moment at which attempts are answered like this.
    pub from: Moment,
    /// The first moment at which they no longer are; `None` for never.
    pub until: Option<Moment>,
    /// The targets whose requests are; all of them when `None`.
    pub target: Option<NamePattern>,
    /// How many attempts of each request are; all of them when `None`.
    pub attempts: Option<u32>,
    /// How many attempts of the run are; all of them when `None`.
    pub times: Option<u32>,
    /// The answer.
    pub answer: Scripted,
    /// How long it takes.
    pub after: Duration,
    /// Records that it refuses one by one.
    pub documents: Option<DocumentRule>,
    /// When the records are acknowledged, counted from the answer, where the destination does that.
    pub acknowledged: Acknowledged,
}

/// When records are acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acknowledged {
    /// As soon as is asked.
    #[default]
    AtOnce,
    /// So long after the answer.
    After(Duration),
    /// Never.
    Never,
}

/// Which records an answer refuses one by one, and with what.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentRule {
    /// Each so-manieth of a request, from the first request's first record on.
    pub every: Option<u32>,
    /// Those whose field has this value.
    pub matching: Option<(JsonPointer, serde_json::Value)>,
    /// The status.
    pub status: u16,
    /// The type of the error.
    pub kind: String,
    /// The reason in words.
    pub reason: String,
}

impl Default for ScriptedAnswer {
    fn default() -> ScriptedAnswer {
        ScriptedAnswer {
            from: Moment::After(Duration::ZERO),
            until: None,
            target: None,
            attempts: None,
            times: None,
            answer: Scripted::default(),
            after: Duration::ZERO,
            documents: None,
            acknowledged: Acknowledged::AtOnce,
        }
    }
}

impl ScriptedAnswer {
    /// Whether it answers an attempt. `used` is how many attempts it has answered.
    pub fn fits(&self, at: Timestamp, first: Timestamp, attempt: u32, target: &str, used: u32) -> bool {
        self.from.resolve(first) <= at
            && self.until.is_none_or(|until| at < until.resolve(first))
            && self.attempts.is_none_or(|attempts| attempt <= attempts)
            && self.times.is_none_or(|times| used < times)
            && self.target.as_ref().is_none_or(|pattern| pattern.fits(target))
    }

    /// What it says about the request with these records.
    pub fn answer_to(&self, batch: &Batch<'_>) -> Scripted {
        let mut answer = self.answer.clone();
        if let Some(rule) = &self.documents {
            let refused = batch.records().filter(|record| rule.refuses(record.index, record.bytes));
            answer.documents = refused
                .map(|record| RefusedDocument {
                    index: record.index,
                    status: rule.status,
                    kind: rule.kind.clone(),
                    reason: rule.reason.clone(),
                })
                .collect();
        }
        answer
    }
}

impl DocumentRule {
    fn refuses(&self, index: u32, bytes: &[u8]) -> bool {
        self.every.is_none_or(|every| index.is_multiple_of(every.max(1)))
            && self
                .matching
                .as_ref()
                .is_none_or(|(pointer, value)| pointer.value_in(bytes).as_ref() == Some(value))
    }
}
