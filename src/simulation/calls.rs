//! Calls of the function in the middle of a stream: made in the order in which the machine asks for them, by the run
//! loop alone, so that the number of workers can't change what a function sees.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use super::{
    SimulationError,
    function::{self, Answer, Function, FunctionSource, LARGEST_EVENT, LocalFunction, Runnable, Words},
    run::{Completion, Run},
    trace::SamplePlace,
};
use crate::{
    foundation::timestamp::Timestamp,
    model::processor::lambda_response::{FUNCTION_ERROR, Rejection, THROTTLED, TIMED_OUT, call_error},
    pipeline::{
        Input,
        invocation::{InvocationId, InvocationOutcome},
    },
};

/// Most characters of an error's message that are told in a line.
const SHOWN: usize = 300;

/// What is said of a function that was not loaded in time.
pub(super) const STILL_LOADING: &str =
    "it was still being loaded after 10 s (the init phase) and its Timeout; its handler was never called";

/// What is told of how a call ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// What the function said, or what is known instead.
    pub(super) words: Option<Words>,
    /// The error in one line.
    pub(super) brief: Option<String>,
}

impl Said {
    /// Something that we say ourselves.
    fn ours(text: impl Into<String>) -> Said {
        let text = text.into();
        Said { brief: line(&text), words: spoken(&Words::new(text)) }
    }
}

/// The function of a run.
pub(super) struct Calls {
    function: Box<dyn Function>,
    /// `Timeout` of the function, where it is known.
    timeout: Option<Duration>,
    made: u64,
    /// Where the records stand that wait for the function or come back from it.
    pub(super) places: BTreeMap<u64, SamplePlace>,
    /// What the function said of the failure of the call whose records come back.
    pub(super) said: Option<Words>,
}

impl Calls {
    /// Makes the function ready, where the stream calls one.
    pub(super) fn start(
        runnable: Option<&Runnable>,
        is_called: bool,
    ) -> Result<Option<Calls>, SimulationError> {
        if !is_called {
            return Ok(None);
        }
        let Some(Runnable { source, host }) = runnable else {
            return Err(SimulationError::Internal("no way is given to run the function".to_owned()));
        };
        let function = function::start(source, host)?.function;
        let timeout = match source {
            FunctionSource::Local(function) => Some(function.timeout),
            _ => None,
        };
        Ok(Some(Calls { function, timeout, made: 0, places: BTreeMap::new(), said: None }))
    }
}

impl Run<'_> {
    /// Calls the function with an event; the call ends in virtual time as the scenario says.
    pub(super) fn call(&mut self, id: InvocationId, event: &[u8]) -> Result<(), SimulationError> {
        let options = &self.simulation.options;
        let Some(calls) = &mut self.calls else {
            return Err(SimulationError::Internal("a call of no function".to_owned()));
        };
        let first = self.first.unwrap_or(options.start);
        let took = options.script.function_latency(options.seed, calls.made);
        calls.made += 1;
        // Lambda ends the function at its Timeout, and Firehose waits five minutes at the most (behaviour sheet, 4.1).
        let limit = options.function_timeout.unwrap_or(Duration::MAX).min(LocalFunction::LONGEST_WAIT);
        let (outcome, said) = match options.script.function_error(self.now, id.attempt, first) {
            Some(error) => (InvocationOutcome::Failed(error), Said::ours("the scenario lets the call fail")),
            None if took > limit => {
                outcome(Answer::TimedOut, &Words::default(), event.len(), options.function_timeout)
            }
            None => {
                let answer = calls.function.invoke(event);
                if self.interrupted.load(Ordering::Relaxed) {
                    return Err(SimulationError::Interrupted);
                }
                outcome(answer, &calls.function.logs().stderr, event.len(), calls.timeout)
            }
        };
        self.complete(self.now.saturating_add(took.min(limit)), Completion::Invoked(id, outcome, said));
        Ok(())
    }

    /// A call ended.
    pub(super) fn called(
        &mut self,
        id: InvocationId,
        outcome: InvocationOutcome,
        said: Said,
        at: Timestamp,
    ) -> Result<(), SimulationError> {
        match &outcome {
            InvocationOutcome::Returned(bytes) => {
                self.observer.called(id, &format!("the function returned {} bytes", bytes.len()), at);
            }
            InvocationOutcome::Failed(error) => {
                *self.tally.seen.function_errors.entry(error.code).or_default() += 1;
                let why = said.brief.map(|brief| format!(": {brief}")).unwrap_or_default();
                self.observer.called(id, &format!("failed with {}{why}", error.code), at);
            }
        }
        self.putting = None;
        if let Some(calls) = &mut self.calls {
            calls.said = said.words;
        }
        self.pipeline.handle(Input::Invoked(id, outcome), at);
        self.outputs()?;
        let oldest = self.pipeline.oldest_in_function();
        if let Some(calls) = &mut self.calls {
            calls.said = None;
            calls.places = oldest.map(|oldest| calls.places.split_off(&oldest)).unwrap_or_default();
        }
        Ok(())
    }
}

/// What an answer of Lambda means, and what the function said of it.
fn outcome(
    answer: Answer,
    stderr: &Words,
    event: usize,
    timeout: Option<Duration>,
) -> (InvocationOutcome, Said) {
    let failed = |error: Rejection, said: Said| (InvocationOutcome::Failed(error), said);
    match answer {
        Answer::Returned(bytes) => {
            (InvocationOutcome::Returned(bytes), Said { words: spoken(stderr), brief: None })
        }
        Answer::FunctionError { payload, stderr } => failed(FUNCTION_ERROR, raised(&payload, &stderr)),
        Answer::TimedOut => {
            let text = match timeout {
                Some(timeout) => {
                    format!("it did not answer within its Timeout of {} s", timeout.as_secs_f64())
                }
                None => "it did not answer in time".to_owned(),
            };
            failed(call_error(TIMED_OUT), besides(text, stderr))
        }
        Answer::LoadingTimedOut => failed(call_error(TIMED_OUT), besides(STILL_LOADING.to_owned(), stderr)),
        Answer::TooLarge if event > LARGEST_EVENT => failed(
            FUNCTION_ERROR,
            Said::ours(format!(
                "the event has {event} bytes; a function takes {LARGEST_EVENT} (6 MB) at the most"
            )),
        ),
        Answer::EventTooLarge => failed(
            FUNCTION_ERROR,
            Said::ours(format!(
                "the event, which has {event} bytes, is too large for what runs the function (413, RequestTooLarge)"
            )),
        ),
        Answer::TooLarge => failed(FUNCTION_ERROR, Said::ours("the response has more than 6 MB")),
        Answer::Throttled => failed(call_error(THROTTLED), Said::default()),
        Answer::Unavailable { code, message } => failed(call_error(&code), Said::ours(message)),
    }
}

/// What we say, with what the function wrote before.
fn besides(text: String, stderr: &Words) -> Said {
    let brief = Some(text.clone());
    let words = match spoken(stderr) {
        Some(said) => Words { head: format!("{text}; it wrote: {}", said.head), ..said },
        None => Words::new(text),
    };
    Said { words: Some(words), brief }
}

/// What a function said that failed: its standard error, with the error where that does not tell it.
fn raised(payload: &[u8], stderr: &Words) -> Said {
    let document: Option<serde_json::Value> = serde_json::from_slice(payload).ok();
    let member = |name: &str| document.as_ref()?.get(name)?.as_str().filter(|text| !text.is_empty());
    let told = match (member("errorType"), member("errorMessage")) {
        (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
        (kind, message) => message.or(kind).map(str::to_owned),
    };
    let brief = told.as_deref().and_then(line);
    let Some(mut words) = spoken(stderr) else {
        return Said { words: spoken(&Words::new(String::from_utf8_lossy(payload))), brief };
    };
    // As it stands in texts of JSON, too.
    let is_told = |message: &str| {
        let escaped = serde_json::Value::from(message).to_string();
        words.contains(message) || words.contains(escaped.trim_matches('"'))
    };
    if let Some(told) = told.filter(|_| !member("errorMessage").is_some_and(is_told)) {
        words.head = format!("{}\n{}", without_controls(&told), words.head);
    }
    Said { words: Some(words), brief }
}

/// The words of a function, on lines that a terminal can't be misled by.
fn spoken(words: &Words) -> Option<Words> {
    if words.is_blank() {
        return None;
    }
    let mut words = words.map(without_controls);
    words.head = words.head.trim_start_matches('\n').to_owned();
    let last = if words.left_out == 0 { &mut words.head } else { &mut words.tail };
    last.truncate(last.trim_end().len());
    Some(words)
}

fn without_controls(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// The first line of a text, shortened.
fn line(text: &str) -> Option<String> {
    let text = without_controls(text.trim().lines().next()?);
    let mut line: String = text.chars().take(SHOWN).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_says_is_kept_without_control_characters() {
        assert_eq!(spoken(&Words::new(" \n")), None);
        assert_eq!(spoken(&Words::new("\na\n\x1b[31mb\n")), Some(Words::new("a\n [31mb")));
    }

    #[test]
    fn an_error_is_told_once_and_in_one_line() {
        let payload = br#"{"errorType":"E","errorMessage":"a \"b\"\nc"}"#;
        let said = raised(payload, &Words::new("before\n"));
        assert_eq!(said.brief.as_deref(), Some("E: a \"b\""));
        assert_eq!(said.words, Some(Words::new("E: a \"b\"\nc\nbefore")));
        let logged = Words::new(r#"ERROR {"errorMessage":"a \"b\"\nc"}"#);
        assert_eq!(raised(payload, &logged).words, Some(logged));
        assert_eq!(raised(b"no JSON", &Words::default()).words, Some(Words::new("no JSON")));
    }

    #[test]
    fn a_limit_is_told_with_what_went_over_it() {
        let said = |answer, event| {
            let said = outcome(answer, &Words::default(), event, Some(Duration::from_secs(3))).1;
            said.words.unwrap().to_string()
        };
        assert_eq!(said(Answer::TimedOut, 1), "it did not answer within its Timeout of 3 s");
        assert!(said(Answer::LoadingTimedOut, 1).contains("init phase"));
        assert_eq!(said(Answer::TooLarge, 1), "the response has more than 6 MB");
        assert!(said(Answer::EventTooLarge, 7).starts_with("the event, which has 7 bytes, is too large"));
        let large = said(Answer::TooLarge, LARGEST_EVENT + 1);
        assert_eq!(large, "the event has 6291457 bytes; a function takes 6291456 (6 MB) at the most");
    }

    #[test]
    fn answers_are_failures_with_the_code_of_the_service() {
        let code = |answer| match outcome(answer, &Words::default(), 0, None).0 {
            InvocationOutcome::Failed(why) => why.code,
            InvocationOutcome::Returned(_) => "returned",
        };
        let unavailable = |code: &str| Answer::Unavailable { code: code.to_owned(), message: String::new() };
        let error = Answer::FunctionError { payload: b"{}".to_vec(), stderr: Words::default() };
        assert_eq!(code(error), "Lambda.FunctionError");
        assert_eq!(code(Answer::TooLarge), "Lambda.FunctionError");
        assert_eq!(code(Answer::TimedOut), "Lambda.FunctionTimedOut");
        assert_eq!(code(Answer::Throttled), "Lambda.InvokeLimitExceeded");
        assert_eq!(code(unavailable("Lambda.ResourceNotFound")), "Lambda.ResourceNotFound");
        assert_eq!(code(unavailable("Lambda.NeverHeardOf")), "Lambda.InvocationFailure");
        assert_eq!(code(Answer::Returned(Vec::new())), "returned");
    }
}
