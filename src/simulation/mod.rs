//! First shell around the engine: virtual time, samples from files, results in a folder.
//!
//! Reads no clock and no environment and prints nothing; the same stream, samples and options give the same bytes on
//! any machine and with any number of workers. [`Simulation::run`] is all a caller needs.

mod aggregates;
pub mod answers;
pub mod arrivals;
mod calls;
mod conclusion;
pub mod distribution;
pub mod documents;
pub mod expectations;
pub mod failures;
pub mod faults;
pub mod function;
mod happenings;
pub mod latency;
mod left_out;
pub mod manifest;
pub mod object_path;
pub mod output_folder;
pub mod overview;
mod parking;
mod puts;
pub mod real_database;
pub mod real_endpoint;
mod remedies;
pub mod report;
mod requests;
mod run;
pub mod samples;
pub mod scenario;
pub mod script;
mod tally;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "tls_absent.rs"]
mod tls;
pub mod trace;
pub mod warnings;
mod workers;
mod writes;

use std::{path::PathBuf, sync::atomic::AtomicBool, time::Duration};

use self::{
    arrivals::Arrivals,
    faults::Faults,
    function::{Runnable, StartError},
    output_folder::OutputError,
    real_database::RealDatabase,
    real_endpoint::RealEndpoint,
    report::SimulationReport,
    samples::{SampleError, SampleForm, SampleInput, parse::SampleRules, pointer::JsonPointer},
    script::Script,
    trace::Watch,
};
use crate::{
    foundation::{seed::Seed, timestamp::Timestamp},
    model::{
        delivery_stream::DeliveryStream, processor::deaggregation::RecordDeAggregation, s3::PrefixFailure,
        source::Source,
    },
    pipeline::plan::Plan,
};

/// What is done with the bodies of objects (`--bodies`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// Made and written.
    Full,
    /// Made, measured and digested, but not kept.
    Sizes,
    /// Not made.
    None,
}

/// The folder that results go to (`--output`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputTarget {
    /// Its path.
    pub path: PathBuf,
    /// Whether an earlier run in it is replaced (`--force`).
    pub replace: bool,
}

/// How a stream is simulated. Apart from `workers`, `most_in_memory`, `output` and `rows`, everything here can change the
/// result.
#[derive(Clone, Debug)]
pub struct SimulationOptions {
    /// How the samples hold records.
    pub form: SampleForm,
    /// `jsonl` and `text`: whether the line end stays in the record.
    pub keep_newline: bool,
    /// Whether inputs without any record are an error.
    pub needs_records: bool,
    /// The first arrival, unless the samples bring their own times.
    pub start: Timestamp,
    /// Where arrival times come from.
    pub arrivals: Arrivals,
    /// What is done with bodies.
    pub bodies: Bodies,
    /// Buffer sets of a scaled stream, at least 1.
    pub channels: u32,
    /// Shards of a Kinesis source, at least 1.
    pub shards: u32,
    /// How long the source keeps a record that was not delivered; its default when `None`.
    pub retention: Option<Duration>,
    /// The most partitions that may be active at a time, under dynamic partitioning.
    pub active_partitions: u32,
    /// Where randomness comes from.
    pub seed: Seed,
    /// Worker threads, at least 1; all cores when `None`.
    pub workers: Option<usize>,
    /// Bytes in open buffers from which on some of them lie on disk; 320 MiB when `None`. Never changes a result.
    pub most_in_memory: Option<u64>,
    /// What goes wrong.
    pub faults: Faults,
    /// What a scenario does besides.
    pub script: Script,
    /// Which records are followed.
    pub watch: Watch,
    /// How the stream's function runs; `None` where it has none.
    pub function: Option<Runnable>,
    /// `Timeout` of that function; `None` where the template does not hold it.
    pub function_timeout: Option<Duration>,
    /// The endpoint that requests are really sent to; `None` for answers that the scenario makes up.
    pub endpoint: Option<RealEndpoint>,
    /// The database that rows are really loaded into.
    pub database: Option<RealDatabase>,
    /// Settings of the template that change nothing here, with the reason: the report names them.
    pub not_applied: Vec<String>,
    /// Where results go; `None` keeps them in the report only.
    pub output: Option<OutputTarget>,
    /// A folder for the rows of converted objects, as lines of JSON under the objects' paths: what expectations look into.
    /// `None` where nobody asks for them. The caller takes it away.
    pub rows: Option<PathBuf>,
}

impl Default for SimulationOptions {
    fn default() -> SimulationOptions {
        SimulationOptions {
            form: SampleForm::Jsonl,
            keep_newline: false,
            needs_records: false,
            start: Timestamp::DEFAULT_START,
            arrivals: Arrivals::Default,
            bodies: Bodies::Full,
            channels: 1,
            shards: 1,
            retention: None,
            active_partitions: crate::model::limits::ACTIVE_PARTITIONS,
            seed: Seed(0),
            workers: None,
            most_in_memory: None,
            faults: Faults::default(),
            script: Script::default(),
            watch: Watch::default(),
            function: None,
            function_timeout: None,
            endpoint: None,
            database: None,
            not_applied: Vec::new(),
            output: None,
            rows: None,
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the (unpacked) inputs that were worked through.
    pub bytes: u64,
    /// Records put.
    pub records: u64,
    /// Deliveries that ended.
    pub deliveries: u64,
}

/// Why a simulation has no result.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A sample file can't be read.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// There is nothing to put.
    #[error("{files}: no record in it: {wanted} is looked for")]
    NoRecord {
        /// The names of the inputs.
        files: String,
        /// What a record is in their form.
        wanted: &'static str,
    },
    /// The output folder can't be used.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The function can't be made ready.
    #[error(transparent)]
    Function(#[from] StartError),
    /// The scenario says something that the stream's destination has no use for.
    #[error("{0}")]
    Scenario(String),
    /// A prefix can't be evaluated.
    #[error(transparent)]
    Prefix(PrefixFailure),
    /// The manifest or report can't be written.
    #[error("the results can't be written: {0}")]
    Write(std::io::Error),
    /// The caller asked to stop; everything written was taken away again.
    #[error("interrupted")]
    Interrupted,
    /// A mistake of this program, such as a ledger that does not add up.
    #[error("internal error: {0}")]
    Internal(String),
}

/// A stream and how it is simulated.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The stream.
    pub stream: DeliveryStream,
    /// How it is simulated.
    pub options: SimulationOptions,
}

impl Simulation {
    /// The stream, compiled to run.
    fn plan(&self) -> Plan {
        let SimulationOptions { seed, channels, shards, active_partitions, .. } = self.options;
        let plan = Plan::compile(self.stream.clone(), seed, channels)
            .with_active_partitions(active_partitions)
            .with_shards(shards);
        match self.options.retention {
            Some(retention) => plan.with_retention(retention),
            None => plan,
        }
    }

    /// How its samples are read. `arrival` is where a record's arrival time stands.
    fn rules(&self, arrival: Option<JsonPointer>) -> SampleRules {
        let topic = match &self.stream.source {
            Source::Msk { topic, .. } => Some(topic.clone()),
            Source::DirectPut | Source::KinesisStream { .. } => None,
        };
        let processing = self.stream.destination.processing();
        // De-aggregation takes them apart (behaviour sheet, section 5), format conversion reads them all (9.1).
        let takes_several = processing.deaggregation == Some(RecordDeAggregation::Json)
            || (processing.conversion.is_some() && processing.lambda.is_none());
        let SimulationOptions { form, keep_newline, .. } = self.options;
        SampleRules { form, keep_newline, arrival, topic, takes_several }
    }

    /// Puts all records of `inputs` to the stream and lets it run until everything is delivered or lost.
    ///
    /// `progress` is called now and then; when `interrupted` becomes true the run stops at a record boundary.
    ///
    /// # Errors
    /// When samples can't be read, results can't be written, or the run was interrupted. Nothing is left behind then.
    pub fn run(
        &self,
        inputs: Vec<SampleInput>,
        progress: &mut dyn FnMut(Progress),
        interrupted: &AtomicBool,
    ) -> Result<SimulationReport, SimulationError> {
        requests::check(self)?;
        run::run(self, inputs, progress, interrupted)
    }
}

#[cfg(test)]
mod tests;
