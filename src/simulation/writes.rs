//! Attempts to write objects, and the records of objects that nobody wrote in time.

use super::{
    failures::{Example, FailureGroup},
    requests::AttemptEnd,
    run::{Flying, Run},
    script::Attempt,
    tally::Tally,
    warnings::hours,
};
use crate::{
    model::destination::{
        contract::Lane,
        request::{Refusal, Verdict},
    },
    pipeline::{RequestId, WriteResult, encode::Head},
};

impl Run<'_> {
    /// How an attempt to write an object ends that starts now.
    pub(super) fn write(&self, request: RequestId, lane: Lane) -> AttemptEnd {
        let options = &self.simulation.options;
        let took = options.script.latency(options.seed, self.attempts);
        let took = options.faults.write_latency.saturating_add(took);
        let error = self.write_error(request, lane);
        let retries = self.shop.plan.object_retries(lane);
        let result = match (&error, retries) {
            (None, _) => WriteResult::Accepted,
            (Some(_), None) => WriteResult::Failed,
            (Some(code), Some(retries)) => {
                let message = format!(
                    "The object could not be written within the retry duration of {} seconds.",
                    retries.duration.as_secs()
                );
                WriteResult::Judged(Verdict::Retry(Refusal::new(code, message)))
            }
        };
        AttemptEnd { took, result, error }
    }

    /// What an attempt that starts now fails with.
    fn write_error(&self, request: RequestId, lane: Lane) -> Option<String> {
        let options = &self.simulation.options;
        let flying = self.flying.get(&request.buffer);
        let head = flying.and_then(|flying| flying.heads.get(usize::from(request.step))?.object());
        let attempt = Attempt {
            at: self.now,
            number: request.attempt,
            lane,
            bucket: head.map_or("", |head| &head.bucket),
            key: head.map_or("", |head| &head.key),
        };
        let scripted = options.script.error(&attempt, self.first.unwrap_or(options.start));
        scripted.or_else(|| options.faults.error(self.now, lane)).map(str::to_owned)
    }
}

impl Tally {
    pub(super) fn lost(&mut self, records: u64, flying: Option<Flying>) {
        let kept = hours(self.seen.retention);
        self.failures.add("retention-over", "", records, || {
            let (object, place, text) = match flying {
                Some(Flying { heads, place, text, .. }) => (heads.last().map(Head::to_string), place, text),
                None => (None, None, String::new()),
            };
            FailureGroup {
                reason: "retention-over".into(),
                outcome: "lost",
                records: 0,
                message: format!("no write succeeded within the {kept} for which the record is kept"),
                example: Example { place, object, text },
                said: None,
                help: "alarm on DeliveryToS3.DataFreshness, and repair access to the bucket before retention ends",
            }
        });
    }
}
