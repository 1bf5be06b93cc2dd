//! The run loop: arrivals, completions and timers in the order of virtual time.
//!
//! The machine never waits for encoding, so the number of workers can't change the result; the loop only waits for room
//! to hand over the next sealed buffer, which bounds memory.

use std::{
    cell::Cell,
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::{
    Progress, Simulation, SimulationError,
    arrivals::{ArrivalClock, Arrivals, Rate},
    calls::{Calls, Said},
    documents::Documents,
    latency::Latencies,
    left_out::LeftOutKeys,
    manifest::Manifest,
    output_folder::OutputFolder,
    parking::{self, Parking},
    puts::{LatePut, Putting, Source},
    report::SimulationReport,
    requests::AttemptLog,
    samples::{ChunkReader, SampleError, SampleForm, SampleInput},
    script::TokenBuckets,
    tally::Tally,
    trace::{Observer, SamplePlace, Watch},
    workers::{Batch, Board, Crew, Shop},
};
use crate::{
    foundation::timestamp::Timestamp,
    model::destination::request::Inspection,
    pipeline::{
        BufferId, Input, Pipeline, RequestId, WriteResult,
        buffers::SealedBuffer,
        encode::Head,
        invocation::{InvocationId, InvocationOutcome},
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
        parking: Parking::new(folder.as_ref().map(OutputFolder::scratch)),
        folder,
        rows: options.rows.clone(),
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
    pub(super) board: &'a Board,
    pub(super) interrupted: &'a AtomicBool,
    pub(super) pipeline: Pipeline,
    pub(super) clock: ArrivalClock,
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
    pub(super) requests: u64,
    /// Where the first record of a buffer stands, while someone may ask.
    pub(super) firsts: BTreeMap<BufferId, SamplePlace>,
    /// The put under way: arrivals before it, and where its first record stands.
    pub(super) putting: Option<Putting>,
    pub(super) observer: Observer,
    /// The documents of a destination with indices.
    pub(super) documents: Option<Documents>,
    /// Keys that no column of a destination takes.
    pub(super) left_out: Option<LeftOutKeys>,
    pub(super) throttle: Option<TokenBuckets>,
    /// Puts that come late, by when they come and in the order in which they should have.
    pub(super) late: BTreeMap<(Timestamp, u64), LatePut>,
    /// Put calls of the input so far.
    pub(super) puts: u64,
    pub(super) manifest: Option<Manifest>,
    pub(super) latencies: Latencies,
    pub(super) tally: Tally,
    pub(super) first: Option<Timestamp>,
    pub(super) now: Timestamp,
    pub(super) bytes: u64,
}

/// How something ends that is under way.
pub(super) enum Completion {
    /// An attempt to write.
    Written(RequestId, WriteResult),
    /// A call of the function, with what it said of its failure.
    Invoked(InvocationId, InvocationOutcome, Said),
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
        let can_fail = !options.script.faults.is_empty() || !options.faults.writes.is_empty();
        // Nobody asks for the bytes of a buffer again.
        if shop.plan.requests().is_none() && !can_fail && options.watch == Watch::default() {
            pipeline.park_beyond(options.most_in_memory.unwrap_or(parking::MOST_IN_MEMORY));
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
        let (mut input, mut units, mut lines, mut records) = (0, 0, 0, 0);
        while let Some(batch) = self.board.next_batch(self.keep_on())? {
            if batch.input != input {
                (input, units, lines) = (batch.input, 0, 0);
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
            let source = Source {
                file: &names[input],
                input,
                units,
                lines: (lines, &batch.parsed.lines),
                records,
                counted: Cell::default(),
            };
            self.put_batch(&batch, &source)?;
            units += batch.parsed.units;
            lines += batch.parsed.line_ends;
            records += batch.prepared.batch.spans.len() as u64;
            self.settle_lines(Some(self.now))?;
            let records = self.pipeline.ledger().arrivals();
            progress(Progress { bytes: self.bytes, records, deliveries: self.tally.deliveries });
        }
        if records == 0 && self.simulation.options.needs_records {
            let wanted = self.simulation.options.form.record();
            return Err(SimulationError::NoRecord { files: names.join(", "), wanted });
        }
        Ok(())
    }

    fn put_batch(&mut self, batch: &Batch, source: &Source<'_>) -> Result<(), SimulationError> {
        let seen = &mut self.tally.seen;
        seen.non_json += batch.parsed.non_json;
        seen.empty += batch.parsed.empty;
        seen.has_undelimited |= batch.parsed.undelimited > 0;
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

    pub(super) fn keep_on(&self) -> impl Fn() -> bool + use<'a> {
        let interrupted = self.interrupted;
        move || !interrupted.load(Ordering::Relaxed)
    }

    pub(super) fn manifest_mut(&mut self) -> Result<&mut Manifest, SimulationError> {
        self.manifest.as_mut().ok_or_else(no_manifest)
    }
}

pub(super) fn no_manifest() -> SimulationError {
    SimulationError::Internal("the manifest was finished twice".to_owned())
}
