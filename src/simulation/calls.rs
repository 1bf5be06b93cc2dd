//! Calls of the function in the middle of a stream: made in the order in which the machine asks for them, by the run
//! loop alone, so that the number of workers can't change what a function sees.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use super::{
    SimulationError,
    function::{self, Answer, Function, FunctionSource, LARGEST_EVENT, LocalFunction, Runnable},
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

/// Most characters of what a function said that an explanation shows.
const SHOWN: usize = 1_000;

/// The function of a run.
pub(super) struct Calls {
    function: Box<dyn Function>,
    /// `Timeout` of the function, where it is known.
    timeout: Option<Duration>,
    made: u64,
    /// Where the records stand that wait for the function or come back from it.
    pub(super) places: BTreeMap<u64, SamplePlace>,
    /// What the function said of the failure of the call whose records come back.
    pub(super) said: Option<String>,
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
            Some(error) => {
                (InvocationOutcome::Failed(error), Some("the scenario lets the call fail".to_owned()))
            }
            None if took > limit => outcome(Answer::TimedOut, "", event.len(), options.function_timeout),
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
        said: Option<String>,
        at: Timestamp,
    ) -> Result<(), SimulationError> {
        match &outcome {
            InvocationOutcome::Returned(bytes) => {
                self.observer.called(id, &format!("the function returned {} bytes", bytes.len()), at);
            }
            InvocationOutcome::Failed(error) => {
                *self.tally.seen.function_errors.entry(error.code).or_default() += 1;
                self.observer.called(id, &format!("failed with {}", error.code), at);
            }
        }
        self.putting = None;
        if let Some(calls) = &mut self.calls {
            calls.said = said;
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
    stderr: &str,
    event: usize,
    timeout: Option<Duration>,
) -> (InvocationOutcome, Option<String>) {
    let failed = |error: Rejection, said: Option<String>| (InvocationOutcome::Failed(error), said);
    match answer {
        Answer::Returned(bytes) => (InvocationOutcome::Returned(bytes), said(stderr)),
        Answer::FunctionError { payload, stderr } => {
            let document = String::from_utf8_lossy(&payload);
            failed(FUNCTION_ERROR, said(&stderr).or_else(|| said(&document)))
        }
        Answer::TimedOut => {
            let mut text = match timeout {
                Some(timeout) => {
                    format!("it did not answer within its Timeout of {} s", timeout.as_secs_f64())
                }
                None => "it did not answer in time".to_owned(),
            };
            if let Some(said) = said(stderr) {
                text = format!("{text}; it wrote: {said}");
            }
            failed(call_error(TIMED_OUT), Some(text))
        }
        Answer::TooLarge if event > LARGEST_EVENT => failed(
            FUNCTION_ERROR,
            Some(format!("the event has {event} bytes; a function takes {LARGEST_EVENT} (6 MB) at the most")),
        ),
        Answer::TooLarge => failed(FUNCTION_ERROR, Some("the response has more than 6 MB".to_owned())),
        Answer::Throttled => failed(call_error(THROTTLED), None),
        Answer::Unavailable { code, message } => failed(call_error(&code), Some(message)),
    }
}

/// The end of a text, on lines that a terminal can't be misled by.
fn said(text: &str) -> Option<String> {
    let text = text.trim();
    let skipped = text.chars().count().saturating_sub(SHOWN);
    let shown = text.chars().skip(skipped).map(|c| if c.is_control() && c != '\n' { ' ' } else { c });
    let shown: String = if skipped > 0 { "…".chars().chain(shown).collect() } else { shown.collect() };
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_says_is_kept_from_its_end() {
        assert_eq!(said(" \n"), None);
        assert_eq!(said("a\n\x1b[31mb\n").unwrap(), "a\n [31mb");
        let long = said(&format!("{}END", "x".repeat(5_000))).unwrap();
        assert!(long.starts_with('…') && long.ends_with("xEND") && long.chars().count() == SHOWN + 1);
    }

    #[test]
    fn a_limit_is_told_with_what_went_over_it() {
        let said = |answer, event| outcome(answer, "", event, Some(Duration::from_secs(3))).1.unwrap();
        assert_eq!(said(Answer::TimedOut, 1), "it did not answer within its Timeout of 3 s");
        assert_eq!(said(Answer::TooLarge, 1), "the response has more than 6 MB");
        let large = said(Answer::TooLarge, LARGEST_EVENT + 1);
        assert_eq!(large, "the event has 6291457 bytes; a function takes 6291456 (6 MB) at the most");
    }

    #[test]
    fn answers_are_failures_with_the_code_of_the_service() {
        let code = |answer| match outcome(answer, "", 0, None).0 {
            InvocationOutcome::Failed(why) => why.code,
            InvocationOutcome::Returned(_) => "returned",
        };
        let unavailable = |code: &str| Answer::Unavailable { code: code.to_owned(), message: String::new() };
        let error = Answer::FunctionError { payload: b"{}".to_vec(), stderr: String::new() };
        assert_eq!(code(error), "Lambda.FunctionError");
        assert_eq!(code(Answer::TooLarge), "Lambda.FunctionError");
        assert_eq!(code(Answer::TimedOut), "Lambda.FunctionTimedOut");
        assert_eq!(code(Answer::Throttled), "Lambda.InvokeLimitExceeded");
        assert_eq!(code(unavailable("Lambda.ResourceNotFound")), "Lambda.ResourceNotFound");
        assert_eq!(code(unavailable("Lambda.NeverHeardOf")), "Lambda.InvocationFailure");
        assert_eq!(code(Answer::Returned(Vec::new())), "returned");
    }
}
