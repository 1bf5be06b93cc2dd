//! Requests on their way: attempts with their answers, made up or real, and the files that show them.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Simulation, SimulationError,
    answers::{Acknowledged, ScriptedAnswer},
    failures::{Example, FailureGroup, excerpt},
    manifest::ManifestLine,
    output_folder::OutputFolder,
    run::{Flying, Run},
    tally::Tally,
};
use crate::{
    foundation::timestamp::Timestamp,
    model::destination::request::{
        Answer, Batch, Inspection, Judgement, RequestHead, Requests, Scripted, Trouble, Verdict,
    },
    pipeline::{
        Ended, RequestId, WriteResult,
        encode::{Head, objects_of},
    },
};

/// One attempt, as `NNNNNN.request.json` tells it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AttemptLog {
    /// When it started.
    at: Timestamp,
    /// When it ended, an acknowledgement included.
    ended_at: Timestamp,
    /// Records that it sent, where these are not all of the buffer.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<usize>,
    /// The status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The id whose acknowledgement was waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgement_id: Option<u64>,
    /// Records that were not taken, where others were.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_records: Option<usize>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

/// How an attempt to send a request ends.
pub(super) struct AttemptEnd {
    pub(super) took: Duration,
    pub(super) result: WriteResult,
    pub(super) error: Option<String>,
}

/// Whether the destination has a use for all that the scenario says of answers.
pub(super) fn check(simulation: &Simulation) -> Result<(), SimulationError> {
    let answers = &simulation.options.script.answers;
    let refuse = |why: &str| Err(SimulationError::Scenario(format!("the scenario's `[[answer]]`: {why}")));
    match simulation.stream.destination.requests() {
        _ if answers.is_empty() => Ok(()),
        None => refuse("the stream's destination takes objects, not requests; `[[fault]]` is for these"),
        Some(requests) => {
            if !requests.answers_by_record() && answers.iter().any(|answer| answer.documents.is_some()) {
                return refuse(
                    "`documents` is for destinations that answer record by record; this one does not",
                );
            }
            let waits = answers.iter().any(|answer| answer.acknowledged != Acknowledged::AtOnce);
            if waits && requests.acknowledgement().is_none() {
                return refuse("`acknowledge` is for destinations that acknowledge; this one does not");
            }
            answers.iter().try_for_each(|answer| requests.check(&answer.answer).or_else(|why| refuse(&why)))
        }
    }
}

impl Run<'_> {
    /// Whether this attempt is one of a request.
    pub(super) fn is_request(&self, request: RequestId) -> bool {
        let flying = self.flying.get(&request.buffer);
        flying.is_some_and(|flying| {
            matches!(flying.heads.get(usize::from(request.step)), Some(Head::Request(_)))
        })
    }

    /// Sends a request: settles how it is answered, what that means and how long it takes.
    pub(super) fn send(&mut self, request: RequestId) -> Result<AttemptEnd, SimulationError> {
        let plan = Arc::clone(&self.shop.plan);
        let lost = || SimulationError::Internal("a request was sent without a buffer".to_owned());
        let requests = plan.requests().ok_or_else(lost)?;
        let flying = self.flying.get(&request.buffer).ok_or_else(lost)?;
        let sealed = Arc::clone(flying.sealed.as_ref().ok_or_else(lost)?);
        let step = usize::from(request.step);
        let Some(Head::Request(head)) = flying.heads.get(step).cloned() else { return Err(lost()) };
        let objects = objects_of(&flying.heads[..step]);
        let left = self.pipeline.left(request.buffer);
        let batch = plan.batch(&sealed, objects, left.as_deref());

        let scripted = self.scripted(request, &head);
        let rule = scripted.map(|number| &self.simulation.options.script.answers[number]);
        let mut took = rule.map_or(Duration::ZERO, |rule| rule.after);
        let real = self.simulation.options.endpoint.as_ref().zip(head.http.as_ref());
        // What a destination refuses after it has read the records, which a scenario's trouble keeps it from.
        let inspection = match rule.and_then(|rule| rule.answer.trouble()) {
            Some(_) => None,
            None => self.inspect(request, requests, &batch),
        };
        let refusal = inspection.as_ref().and_then(|inspection| inspection.refusal.clone());
        let answer = if let Some((endpoint, http)) = real {
            let mut body = Vec::new();
            requests.body(&batch, &mut body).map_err(SimulationError::Write)?;
            endpoint.send(requests, http, body, self.interrupted)
        } else {
            made_up(requests, &batch, rule)
        };
        if real.is_some() {
            self.tally.seen.really_sent += 1;
            if self.interrupted.load(Ordering::Relaxed) {
                return Err(SimulationError::Interrupted);
            }
        } else if answer == Answer::Trouble(Trouble::Timeout) {
            took = requests.patience();
        }
        let mut log = AttemptLog {
            at: self.now,
            ended_at: self.now,
            records: left.as_ref().map(Vec::len),
            status: None,
            acknowledgement_id: None,
            refused_records: None,
            error_code: None,
            error_message: None,
        };
        if let Answer::Response(response) = &answer {
            log.status = Some(response.status);
        }
        let verdict = match requests.judge(&batch, &answer) {
            Judgement::Final(verdict) => verdict,
            Judgement::Awaits(id) => {
                log.acknowledgement_id = Some(id);
                match (real, requests.acknowledgement()) {
                    (Some((endpoint, _)), Some(terms)) => {
                        endpoint.ask(requests, &batch, id, terms, self.interrupted)
                    }
                    _ => {
                        let (waited, verdict) = acknowledgement(requests, rule.map(|rule| rule.acknowledged));
                        took = took.saturating_add(waited);
                        verdict
                    }
                }
            }
        };
        let mut blamed = None;
        let verdict = match (verdict, refusal) {
            (Verdict::Taken, Some(refusal)) => {
                let first = inspection.as_ref().and_then(|inspection| inspection.refused.first());
                // The record in which the first refused line starts.
                let index = first.map(|line| batch.ends.partition_point(|end| *end as usize <= line.offset));
                if let Some(index) = index.filter(|index| *index < batch.ends.len()) {
                    let index = index as u32;
                    blamed = Some((index, excerpt(batch.record(index).bytes)));
                }
                Verdict::Retry(refusal)
            }
            (Verdict::Taken, None) => self.load(requests, &batch)?,
            (verdict, _) => verdict,
        };
        let refusal = match &verdict {
            Verdict::Taken => None,
            Verdict::Retry(refusal) | Verdict::Refused(refusal) | Verdict::Discarded(refusal) => {
                Some(refusal)
            }
            Verdict::Partly(documents) => {
                log.refused_records = Some(documents.len());
                if let Some(first) = documents.first() {
                    let text = excerpt(batch.record(first.index).bytes);
                    blamed = Some((first.index, text));
                }
                documents.first().map(|document| &document.refusal)
            }
        };
        let options = &self.simulation.options;
        took = took
            .saturating_add(options.faults.write_latency)
            .saturating_add(options.script.latency(options.seed, self.attempts));
        log.ended_at = self.now.saturating_add(took);
        log.error_code = refusal.map(|refusal| refusal.code.clone());
        log.error_message = refusal.map(|refusal| refusal.message.clone());
        self.logs.entry((request.buffer, request.step)).or_default().push(log);
        if let (Some((index, text)), Some(flying)) = (blamed, self.flying.get_mut(&request.buffer))
            && !flying.is_blamed
        {
            let documents = self.documents.as_ref();
            let place = documents.and_then(|documents| documents.place(request.buffer, index));
            (flying.place, flying.text, flying.is_blamed) = (place, text, true);
        }
        let error = refusal.map(|refusal| refusal.code.clone());
        Ok(AttemptEnd { took, result: WriteResult::Judged(verdict), error })
    }

    /// What the records of a request come to; worked out once for all attempts.
    fn inspect(
        &mut self,
        request: RequestId,
        requests: &dyn Requests,
        batch: &Batch<'_>,
    ) -> Option<Arc<Inspection>> {
        if let Some(known) = self.inspected.get(&request.buffer) {
            return Some(Arc::clone(known));
        }
        let found = Arc::new(requests.inspect(batch)?);
        self.inspected.insert(request.buffer, Arc::clone(&found));
        Some(found)
    }

    /// Puts the rows into the database that the user names, where there is one.
    fn load(&mut self, requests: &dyn Requests, batch: &Batch<'_>) -> Result<Verdict, SimulationError> {
        let options = &self.simulation.options;
        let Some((database, load)) = options.database.as_ref().zip(requests.table_load(batch)) else {
            return Ok(Verdict::Taken);
        };
        let loaded = database.load(&load);
        self.tally.seen.really_sent += 1;
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(SimulationError::Interrupted);
        }
        Ok(match loaded {
            Ok(()) => Verdict::Taken,
            Err(refusal) => Verdict::Retry(refusal),
        })
    }

    /// The number of the scenario's answer that fits an attempt, which is counted.
    fn scripted(&mut self, request: RequestId, head: &RequestHead) -> Option<usize> {
        let options = &self.simulation.options;
        let answers = &options.script.answers;
        let first = self.first.unwrap_or(options.start);
        self.answered.resize(answers.len(), 0);
        let number = (0..answers.len()).find(|number| {
            answers[*number].fits(self.now, first, request.attempt, &head.target, self.answered[*number])
        })?;
        self.answered[number] = self.answered[number].saturating_add(1);
        Some(number)
    }
}

/// What the endpoint answers as the scenario has it.
fn made_up(requests: &dyn Requests, batch: &Batch<'_>, rule: Option<&ScriptedAnswer>) -> Answer {
    match rule {
        Some(rule) if rule.after > requests.patience() => Answer::Trouble(Trouble::Timeout),
        Some(rule) => requests.answer(batch, &rule.answer_to(batch)),
        None => requests.answer(batch, &Scripted::default()),
    }
}

/// How long is waited for an acknowledgement, and what comes of it. Endpoints are asked now and then.
fn acknowledgement(requests: &dyn Requests, rule: Option<Acknowledged>) -> (Duration, Verdict) {
    let Some(terms) = requests.acknowledgement() else { return (Duration::ZERO, Verdict::Taken) };
    let every = terms.every.max(Duration::from_millis(1));
    let seen = match rule.unwrap_or_default() {
        Acknowledged::AtOnce => Some(Duration::ZERO),
        Acknowledged::After(wait) => {
            let questions = wait.as_millis().div_ceil(every.as_millis());
            u32::try_from(questions).ok().and_then(|questions| every.checked_mul(questions))
        }
        Acknowledged::Never => None,
    };
    match seen.filter(|seen| *seen <= terms.timeout) {
        Some(seen) => (seen, Verdict::Taken),
        None => (terms.timeout, Verdict::Retry(terms.refusal)),
    }
}

/// Gives the body of a request its number, and writes what stands before it and what was found out about it.
pub(super) fn keep(
    line: &mut ManifestLine,
    head: &RequestHead,
    (attempts, inspection): (Vec<AttemptLog>, Option<&Inspection>),
    number: u64,
    requests: &dyn Requests,
    folder: &OutputFolder,
) -> Result<(), SimulationError> {
    let Some(from) = line.path.take() else { return Ok(()) };
    let base = format!("requests/{}/{number:06}", requests.folder());
    if let Some(inspection) = inspection.filter(|inspection| !inspection.refused.is_empty()) {
        let lines: String = inspection.refused.iter().map(|line| format!("{}\n", line.document)).collect();
        folder.write(&format!("{base}.load-errors.jsonl"), lines.as_bytes())?;
    }
    let path = format!("{base}.{}", head.ending);
    folder.rename(&from, &path)?;
    line.path = Some(path);
    let Some(http) = &head.http else { return Ok(()) };
    let mut headers = Map::new();
    for header in &http.headers {
        headers.insert(header.name.to_owned(), Value::from(header.shown()));
    }
    if let Some(bytes) = line.bytes_out {
        headers.insert("Content-Length".to_owned(), Value::from(bytes.to_string()));
    }
    let shown = serde_json::json!({
        "method": http.method, "url": head.target, "headers": headers, "attempts": attempts,
    });
    let mut text = serde_json::to_vec_pretty(&shown).map_err(|error| SimulationError::Write(error.into()))?;
    text.push(b'\n');
    folder.write(&format!("{base}.request.json"), &text)?;
    Ok(())
}

impl Tally {
    /// Counts rows.
    pub(super) fn inspected(&mut self, inspection: &Inspection, is_taken: bool) {
        let rows = self.seen.rows.get_or_insert_with(Default::default);
        rows.refused_lines += inspection.refused_lines;
        if is_taken {
            rows.loaded += inspection.rows;
            rows.skipped_lines += inspection.refused_lines;
        }
        if let Some(line) = inspection.refused.first() {
            rows.first.get_or_insert_with(|| line.message.clone());
        }
    }

    /// Counts records that the destination did not take: those that went to the error lane, or that nobody has.
    pub(super) fn not_taken(&mut self, ended: &Ended, records: u64, flying: Option<Flying>) {
        let Some(refusal) = &ended.refusal else { return };
        let is_lost = ended.failed == 0;
        let reason = refusal.code.clone();
        self.failures.add(reason.clone(), &refusal.message, records, || {
            let names_objects = |head: &Head| head.object().is_some_and(|object| !object.holds_records);
            let leaves_listing = flying.as_ref().is_some_and(|flying| flying.heads.iter().any(names_objects));
            let (place, object, text, is_blamed) = match flying {
                Some(Flying { heads, place, text, is_blamed, .. }) => {
                    (place, heads.last().map(Head::to_string), text, is_blamed)
                }
                None => (None, None, String::new(), false),
            };
            let help = match (is_lost, is_blamed) {
                (false, true) if leaves_listing => {
                    "mend the table or the staged objects, then load the manifests below errors/manifests/ by hand"
                }
                (false, false) if leaves_listing => {
                    "repair the destination, then load the manifests below errors/manifests/ by hand"
                }
                (true, _) => {
                    "lower the size hint, or raise what the endpoint takes: such requests are not kept anywhere"
                }
                (false, true) => {
                    "mend the records or what the destination makes of them, then put those of the error documents again"
                }
                (false, false) => "repair the destination, then put the records of the error documents again",
            };
            FailureGroup {
                reason: reason.into(),
                outcome: if is_lost { "lost" } else { "destination_failed" },
                records: 0,
                message: format!("{} after {} attempts: {}", refusal.code, ended.attempts, refusal.message),
                example: Example { place, object, text },
                help,
                said: None,
            }
        });
    }
}
