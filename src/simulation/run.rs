//! The run loop: arrivals, completions and timers in the order of virtual time.
//!
//! The machine never waits for encoding, so the number of workers can't change the result; the loop only waits for room
//! to hand over the next sealed buffer, which bounds memory.

use std::{
    cell::Cell,
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::{
    Bodies, Progress, Simulation, SimulationError,
    arrivals::{ArrivalClock, Arrivals, Rate},
    calls::Calls,
    documents::Documents,
    failures::{self, Example, FailureGroup, excerpt},
    latency::Latencies,
    left_out::LeftOutKeys,
    manifest::Manifest,
    output_folder::OutputFolder,
    puts::{LatePut, Source},
    real_endpoint::RealEndpoint,
    report::{Copies, LedgerReport, SimulationReport},
    requests::{self, AttemptEnd, AttemptLog},
    samples::{ChunkReader, SampleError, SampleForm, SampleInput},
    script::TokenBuckets,
    tally::Tally,
    trace::{Observer, SamplePlace},
    warnings::{notes, undocumented, warnings},
    workers::{Batch, Board, Crew, Shop},
};
use crate::{
    foundation::timestamp::Timestamp,
    model::destination::{
        contract::{Lane, Step},
        request::Inspection,
    },
    pipeline::{
        BufferId, FailedRecord, Input, Output, Pipeline, RequestId, WriteResult,
        arrival_runs::ArrivalRuns,
        buffers::SealedBuffer,
        encode::Head,
        invocation::{InvocationId, InvocationOutcome},
        ledger::Outcome,
        prepare::Prepared,
    },
};

/// Runs a simulation to its end.
pub(super) fn run(
    simulation: &Simulation,
    inputs: Vec<SampleInput>,
    progress: &mut dyn FnMut(Progress),
    interrupted: &AtomicBool,
) -> Result<SimulationReport, SimulationError> {
    let options = &simulation.options;
    let target = options.output.as_ref();
    let folder = target.map(|target| OutputFolder::open(&target.path, target.replace)).transpose()?;
    let manifest = folder.as_ref().map(|folder| folder.create("manifest.jsonl")).transpose()?;
    let arrival = match &options.arrivals {
        Arrivals::Field(pointer) => Some(pointer.clone()),
        Arrivals::Default | Arrivals::Rate(_) => None,
    };
    let shop = Arc::new(Shop {
        plan: Arc::new(simulation.plan()),
        rules: simulation.rules(arrival),
        bodies: options.bodies,
        folder,
    });
    let calls = Calls::start(options.function.as_ref(), shop.plan.function().is_some())?;
    let names: Vec<String> = inputs.iter().map(SampleInput::name).collect();
    let workers =
        options.workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, |n| n.get())).max(1);
    let board = Arc::new(Board::new(workers));
    let crew = Crew::start(&board, &shop, ChunkReader::new(inputs, options.form), workers)?;
    let mut run = Run::new(simulation, &shop, &board, Manifest::new(manifest), interrupted);
    run.calls = calls;
    let outcome = run.samples(&names, progress).and_then(|()| run.drain());
    let report = outcome.and_then(|()| run.report());
    drop(run);
    // Workers must be home before the folder is moved or taken away.
    crew.go_home();
    let report = report?;
    let shop = Arc::into_inner(shop)
        .ok_or_else(|| SimulationError::Internal("a worker stayed behind".to_owned()))?;
    if let Some(folder) = shop.folder {
        let mut text =
            serde_json::to_vec_pretty(&report).map_err(|error| SimulationError::Write(error.into()))?;
        text.push(b'\n');
        folder.write("report.json", &text)?;
        folder.commit()?;
    }
    Ok(report)
}

pub(super) struct Run<'a> {
    pub(super) simulation: &'a Simulation,
    pub(super) shop: &'a Shop,
    board: &'a Board,
    pub(super) interrupted: &'a AtomicBool,
    pub(super) pipeline: Pipeline,
    clock: ArrivalClock,
    /// What is under way: when it ends, and in which order it was started.
    pub(super) completions: BinaryHeap<Reverse<(Timestamp, u64)>>,
    /// How it ends.
    pub(super) ending: BTreeMap<u64, Completion>,
    pub(super) started: u64,
    pub(super) attempts: u64,
    /// The function in the middle of the stream, and its calls.
    pub(super) calls: Option<Calls>,
    /// Objects on their way out that a pattern may fit, an observer follows, or an example needs.
    pub(super) flying: BTreeMap<BufferId, Flying>,
    /// Attempts of requests, until their line is written.
    pub(super) logs: BTreeMap<(BufferId, u8), Vec<AttemptLog>>,
    /// What records come to at the destination, until the lines of their requests are written.
    pub(super) inspected: BTreeMap<BufferId, Arc<Inspection>>,
    /// How many attempts each of the scenario's answers has answered.
    pub(super) answered: Vec<u32>,
    /// Requests whose lines were written.
    requests: u64,
    /// Where the first record of a buffer stands, while someone may ask.
    firsts: BTreeMap<BufferId, SamplePlace>,
    /// The put under way: arrivals before it, and where its first record stands.
    pub(super) putting: Option<(u64, SamplePlace)>,
    pub(super) observer: Observer,
    /// The documents of a destination with indices.
    pub(super) documents: Option<Documents>,
    /// Keys that no column of a destination takes.
    left_out: Option<LeftOutKeys>,
    pub(super) throttle: Option<TokenBuckets>,
    /// Puts that come late, by when they come and in the order in which they should have.
    pub(super) late: BTreeMap<(Timestamp, u64), LatePut>,
    /// Put calls of the input so far.
    pub(super) puts: u64,
    manifest: Option<Manifest>,
    latencies: Latencies,
    pub(super) tally: Tally,
    pub(super) first: Option<Timestamp>,
    pub(super) now: Timestamp,
    bytes: u64,
}

/// How something ends that is under way.
pub(super) enum Completion {
    /// An attempt to write.
    Written(RequestId, WriteResult),
    /// A call of the function, with what it said of its failure.
    Invoked(InvocationId, InvocationOutcome, Option<String>),
}

/// An object on its way out.
pub(super) struct Flying {
    pub(super) heads: Vec<Head>,
    /// The buffer itself, where a step of its delivery is a request.
    pub(super) sealed: Option<Arc<SealedBuffer>>,
    /// Where its first record stands.
    pub(super) place: Option<SamplePlace>,
    /// How its first record begins.
    pub(super) text: String,
    /// Whether the two are of the first record that was refused by itself, instead.
    pub(super) is_blamed: bool,
}

impl<'a> Run<'a> {
    fn new(
        simulation: &'a Simulation,
        shop: &'a Shop,
        board: &'a Board,
        manifest: Manifest,
        interrupted: &'a AtomicBool,
    ) -> Run<'a> {
        let options = &simulation.options;
        let rate = match &options.arrivals {
            Arrivals::Rate(rate) => *rate,
            Arrivals::Default | Arrivals::Field(_) => Rate::DEFAULT,
        };
        let mut tally = Tally::default();
        tally.seen.retention = shop.plan.retention();
        tally.seen.is_self_delimiting = options.form == SampleForm::CloudwatchLogs;
        let mut pipeline = Pipeline::new(Arc::clone(&shop.plan));
        let documents = Documents::of(&shop.plan);
        let left_out = LeftOutKeys::of(&shop.plan);
        if documents.is_some() || left_out.is_some() {
            pipeline.watch_records();
        }
        Run {
            simulation,
            shop,
            board,
            interrupted,
            pipeline,
            documents,
            left_out,
            clock: ArrivalClock::new(options.start, rate),
            completions: BinaryHeap::new(),
            logs: BTreeMap::new(),
            inspected: BTreeMap::new(),
            answered: Vec::new(),
            requests: 0,
            ending: BTreeMap::new(),
            started: 0,
            attempts: 0,
            calls: None,
            flying: BTreeMap::new(),
            firsts: BTreeMap::new(),
            putting: None,
            observer: Observer::new(options.watch.clone()),
            throttle: options.script.throttle.map(TokenBuckets::new),
            late: BTreeMap::new(),
            puts: 0,
            manifest: Some(manifest),
            latencies: Latencies::default(),
            tally,
            first: None,
            now: options.start,
            bytes: 0,
        }
    }

    /// Puts all samples.
    fn samples(
        &mut self,
        names: &[String],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), SimulationError> {
        let (mut input, mut units, mut records) = (0, 0, 0);
        while let Some(batch) = self.board.next_batch(self.keep_on())? {
            if batch.input != input {
                (input, units) = (batch.input, 0);
            }
            if let Some(malformed) = &batch.parsed.malformed {
                return Err(SimulationError::Sample(SampleError::Malformed {
                    file: names[input].clone(),
                    unit: self.simulation.options.form.unit(),
                    number: units + malformed.units_before + 1,
                    offset: batch.offset + malformed.offset,
                    message: malformed.message.clone(),
                }));
            }
            let source = Source { file: &names[input], input, units, records, counted: Cell::default() };
            self.put_batch(&batch, &source)?;
            units += batch.parsed.units;
            records += batch.prepared.batch.spans.len() as u64;
            self.settle_lines(Some(self.now))?;
            let records = self.pipeline.ledger().arrivals();
            progress(Progress { bytes: self.bytes, records, deliveries: self.tally.deliveries });
        }
        Ok(())
    }

    fn put_batch(&mut self, batch: &Batch, source: &Source<'_>) -> Result<(), SimulationError> {
        let seen = &mut self.tally.seen;
        seen.non_json += batch.parsed.non_json;
        seen.empty += batch.parsed.empty;
        seen.undelimited += batch.parsed.undelimited;
        self.bytes += batch.prepared.batch.bytes.len() as u64;
        let at_rate = matches!(self.simulation.options.arrivals, Arrivals::Rate(_));
        let times = if at_rate { &[][..] } else { &batch.parsed.times[..] };
        for call in 0..batch.prepared.batch.call_count() {
            let records = batch.prepared.batch.call(call);
            if records.is_empty() {
                continue;
            }
            // The records of a request arrive together: when its first one says.
            let at = match times.get(records.start) {
                Some(time) => self.clock.by_sample(*time, records.len() as u64),
                None => self.clock.by_rate(records.len() as u64),
            };
            self.arrive(&batch.prepared, records, source, at)?;
        }
        Ok(())
    }

    /// Seals what is open at the moment of the last arrival, and lets every delivery come to its end.
    fn drain(&mut self) -> Result<(), SimulationError> {
        self.let_late_ones_in(None)?;
        let last = self.clock.last().unwrap_or(self.now).max(self.now);
        self.advance(last)?;
        self.pipeline.handle(Input::Drain, last);
        self.outputs()?;
        while let Some(next) = self.next_due() {
            self.advance(next)?;
        }
        for (buffer, encoded) in self.board.encoded(true, self.keep_on())? {
            self.manifest_mut()?.encoded(buffer, encoded?);
        }
        self.settle_lines(None)
    }

    fn next_due(&self) -> Option<Timestamp> {
        let completion = self.completions.peek().map(|Reverse((at, ..))| *at);
        let timer = self.pipeline.poll_timeout().map(|deadline| deadline.at);
        completion.into_iter().chain(timer).min()
    }

    /// Lets everything happen that is due until `until`: at equal moments completions, then timers.
    pub(super) fn advance(&mut self, until: Timestamp) -> Result<(), SimulationError> {
        while let Some(next) = self.next_due().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            let completion = self.completions.peek().filter(|Reverse((at, _))| *at == next).copied();
            let ending = completion.and_then(|Reverse((_, number))| {
                self.completions.pop();
                self.ending.remove(&number)
            });
            match ending {
                Some(Completion::Written(request, result)) => {
                    self.pipeline.handle(Input::Written(request, result), next);
                }
                Some(Completion::Invoked(id, outcome, said)) => {
                    self.called(id, outcome, said, next)?;
                }
                None => self.pipeline.handle(Input::Tick, next),
            }
            self.outputs()?;
        }
        Ok(())
    }

    /// Lets something end at a moment.
    pub(super) fn complete(&mut self, at: Timestamp, completion: Completion) {
        self.completions.push(Reverse((at, self.started)));
        self.ending.insert(self.started, completion);
        self.started += 1;
    }

    pub(super) fn outputs(&mut self) -> Result<(), SimulationError> {
        while let Some(output) = self.pipeline.poll_output() {
            match output {
                Output::Took(Lane::Destination, arrivals) => self.note_latencies(&arrivals, self.now),
                Output::Took(..) => {}
                Output::Kept(kept) => {
                    let place = self.place_of(kept.arrival);
                    if let Some(left_out) = &mut self.left_out {
                        left_out.add(&kept, place.as_ref(), &self.shop.plan);
                    }
                    if let (Some(documents), Some(requests)) =
                        (&mut self.documents, self.shop.plan.requests())
                    {
                        documents.add(&kept, place, requests);
                    }
                }
                Output::Moved(moved) => self.observer.moved(&moved, self.now),
                Output::Joined(joined) => {
                    self.observer.joined(&joined, self.now);
                    if let Some(place) = self.place_of(joined.arrival).filter(|_| joined.is_first) {
                        self.firsts.insert(joined.buffer, place);
                    }
                }
                Output::Failed(failed) => self.failed(&failed),
                Output::Invoke(id, event) => self.call(id, &event)?,
                Output::Passed(passed) => self.observer.passed(&passed, self.now),
                Output::Sealed(sealed) => {
                    self.take_off(&sealed)?;
                    self.manifest_mut()?.sealed(&sealed);
                    if self.shop.bodies == Bodies::None {
                        let encoded = self.shop.encode(&sealed)?;
                        self.manifest_mut()?.encoded(sealed.id, encoded);
                    } else {
                        self.board.submit(sealed, self.keep_on())?;
                    }
                }
                Output::Write(request, lane) => {
                    let is_request = self.is_request(request);
                    self.tally.seen.retried |= request.attempt > 1 && !is_request;
                    let AttemptEnd { took, result, error } =
                        if is_request { self.send(request)? } else { self.write(request, lane) };
                    let at = self.now.saturating_add(took);
                    self.observer.written(request, error.as_deref(), at);
                    if let Some(error) = error {
                        let seen = &mut self.tally.seen;
                        let errors =
                            if is_request { &mut seen.request_errors } else { &mut seen.write_errors };
                        *errors.entry(error).or_default() += 1;
                    }
                    self.complete(at, Completion::Written(request, result));
                    self.attempts += 1;
                }
                Output::Ended(ended) => {
                    if ended.outcome == Outcome::Delivered {
                        self.note_latencies(&ended.arrivals, ended.at);
                    }
                    let flying = self.flying.remove(&ended.buffer);
                    self.firsts.remove(&ended.buffer);
                    self.documents.iter_mut().for_each(|documents| documents.forget(ended.buffer));
                    self.observer.ended(&ended, flying.as_ref().and_then(|flying| flying.heads.last()));
                    let records = ended.arrivals.iter().map(|(_, records)| records).sum();
                    if ended.failed > 0 {
                        self.tally.not_taken(&ended, ended.failed, flying);
                    } else if ended.outcome == Outcome::Lost && ended.lane == Lane::Destination {
                        match ended.refusal {
                            Some(_) => self.tally.not_taken(&ended, records, flying),
                            None => self.tally.lost(records, flying),
                        }
                    } else if ended.outcome == Outcome::Lost && ended.lane == Lane::Error {
                        self.tally.lost(records, flying);
                    }
                    self.manifest_mut()?.ended(&ended);
                }
            }
        }
        Ok(())
    }

    /// Counts a record that failed before it was delivered, and keeps the first of each code.
    fn failed(&mut self, failed: &FailedRecord) {
        self.observer.failed(failed, self.now);
        let place = self.place_of(failed.arrival);
        let said = self.calls.as_ref().and_then(|calls| calls.said.clone());
        let reason = failed.code.clone();
        self.tally.failures.add(reason.clone(), &failed.message, 1, || FailureGroup {
            reason: reason.into(),
            outcome: failures::outcome(failed.kind),
            records: 0,
            message: failed.message.clone(),
            example: Example { place, object: None, text: excerpt(&failed.start) },
            said,
            help: failures::help(failed.kind),
        });
    }

    /// Whether writes may fail, so that examples of lost records may be asked for.
    pub(super) fn may_fail(&self) -> bool {
        let options = &self.simulation.options;
        !options.script.faults.is_empty()
            || !options.script.answers.is_empty()
            || !options.faults.writes.is_empty()
    }

    /// Whether a record of this put fails, or may open one partition too many, so that its place will be told.
    pub(super) fn fails_in(&self, prepared: &Prepared, records: Range<usize>) -> bool {
        let partitions = self.pipeline.active_partitions() + records.len();
        self.shop.plan.requests().is_some()
            || partitions > self.shop.plan.active_partitions() as usize
            || prepared.has_failed(records)
    }

    /// Where the record stands that arrives as number `arrival`, if it is of the put under way.
    fn place_of(&self, arrival: u64) -> Option<SamplePlace> {
        if let Some(place) = self.calls.as_ref().and_then(|calls| calls.places.get(&arrival)) {
            return Some(place.clone());
        }
        let (before, first) = self.putting.as_ref()?;
        let offset = arrival.checked_sub(before + 1)?;
        let line = first.line.filter(|_| offset == 0);
        Some(SamplePlace { record: first.record + offset, line, file: first.file.clone() })
    }

    /// Keeps what is asked about an object while it is on its way.
    fn take_off(&mut self, sealed: &Arc<SealedBuffer>) -> Result<(), SimulationError> {
        let place = self.firsts.remove(&sealed.id);
        let is_requested = self.shop.plan.steps(sealed.lane).contains(&Step::Request);
        if !is_requested && !self.may_fail() && !self.observer.follows(sealed.id) {
            return Ok(());
        }
        let heads = self.shop.plan.heads(sealed)?;
        self.observer.sealed(sealed, &heads);
        let end = sealed.ends.first().map_or(0, |end| *end as usize);
        let text = excerpt(sealed.bytes.get(..end).unwrap_or_default());
        let sealed_id = sealed.id;
        let sealed = is_requested.then(|| Arc::clone(sealed));
        self.flying.insert(sealed_id, Flying { heads, sealed, place, text, is_blamed: false });
        Ok(())
    }

    fn note_latencies(&mut self, arrivals: &ArrivalRuns, at: Timestamp) {
        let at = at.as_millis();
        for (arrival, records) in arrivals.iter() {
            self.latencies.add(at.saturating_sub(arrival).unsigned_abs(), records);
        }
    }

    /// Writes the manifest lines that are complete.
    fn settle_lines(&mut self, now: Option<Timestamp>) -> Result<(), SimulationError> {
        for (buffer, encoded) in self.board.encoded(false, || true)? {
            self.manifest_mut()?.encoded(buffer, encoded?);
        }
        let (tally, folder) = (&mut self.tally, self.shop.folder.as_ref());
        let (logs, numbered, plan) = (&mut self.logs, &mut self.requests, &self.shop.plan);
        let inspected = &mut self.inspected;
        let Some(manifest) = &mut self.manifest else { return Ok(()) };
        manifest.flush(now, |mut line, buffer, step, head| {
            if let (Head::Request(head), Some(requests)) = (head, plan.requests()) {
                *numbered += 1;
                tally.seen.keeps_attempts |= head.http.is_some();
                let attempts = logs.remove(&(buffer, step)).unwrap_or_default();
                let inspection = inspected.remove(&buffer);
                if let Some(inspection) = &inspection {
                    tally.inspected(inspection, line.outcome == "delivered");
                }
                if let Some(folder) = folder {
                    let known = (attempts, inspection.as_deref());
                    requests::keep(&mut line, head, known, *numbered, requests, folder)?;
                }
            } else if line.outcome != "delivered"
                && let (Some(path), Some(folder)) = (line.path.take(), folder)
            {
                folder.remove(&path)?;
            }
            tally.add(&line);
            Ok(line)
        })
    }

    fn report(&mut self) -> Result<SimulationReport, SimulationError> {
        let manifest = self.manifest.take().ok_or_else(no_manifest)?;
        let ledger = self.pipeline.ledger();
        if !ledger.is_conserved() || ledger.in_custody() != 0 || !manifest.is_empty() {
            return Err(SimulationError::Internal(format!("the ledger does not add up: {ledger:?}")));
        }
        let copies = Copies { backup: ledger.backup_copies() };
        let ledger = LedgerReport::from(ledger);
        let counts =
            serde_json::to_vec(&(&ledger, &copies)).map_err(|error| SimulationError::Write(error.into()))?;
        let digest = manifest.finish(&counts)?;
        let (stream, options) = (&self.simulation.stream, &self.simulation.options);
        let Tally { sizes, request_sizes, seen, listed, deliveries, failures, overview } = &mut self.tally;
        let requests = self.shop.plan.requests().map(|_| request_sizes.summary());
        let rows = seen.rows.clone();
        let (trace, fates) = self.observer.finish();
        seen.raised = self.clock.raised();
        seen.refused = self.pipeline.refused();
        let objects = sizes.summary();
        let mut warnings = warnings(stream, seen, &ledger, &sizes.plain);
        let largest = requests.and_then(|requests| requests.largest);
        let documents = self.documents.take();
        warnings.extend(options.endpoint.iter().filter_map(RealEndpoint::warning));
        warnings.extend(self.left_out.iter().flat_map(LeftOutKeys::warnings));
        warnings.extend(documents.iter().flat_map(|documents| documents.warnings(stream, largest)));
        overview.sizes = match requests {
            Some(_) if objects.count == 0 => request_sizes.distribution(),
            // Where objects are staged for requests, they hold the data.
            _ => sizes.distribution(),
        };
        overview.latencies = self.latencies.distribution();
        Ok(SimulationReport {
            stream: stream.logical_id.clone(),
            seed: options.seed,
            start: self.first.unwrap_or(options.start),
            end: self.now,
            digest,
            ledger,
            copies,
            objects,
            requests,
            rows,
            latency: self.latencies.summary(),
            warnings,
            mapping_conflicts: documents.map(Documents::conflicts).unwrap_or_default(),
            undocumented: undocumented(stream, seen, options.channels),
            notes: notes(seen),
            failures: failures.finish(),
            trace,
            fates,
            listed: std::mem::take(listed),
            overview: std::mem::take(overview),
            deliveries: *deliveries,
            bytes_read: self.bytes,
        })
    }

    fn keep_on(&self) -> impl Fn() -> bool + use<'a> {
        let interrupted = self.interrupted;
        move || !interrupted.load(Ordering::Relaxed)
    }

    fn manifest_mut(&mut self) -> Result<&mut Manifest, SimulationError> {
        self.manifest.as_mut().ok_or_else(no_manifest)
    }
}

fn no_manifest() -> SimulationError {
    SimulationError::Internal("the manifest was finished twice".to_owned())
}
