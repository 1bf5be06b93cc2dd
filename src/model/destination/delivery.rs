//! What all destinations have that are no bucket: buffers, retries, a bucket beside them, processors.

use std::{sync::Arc, time::Duration};

use super::{
    ObjectSettings,
    contract::{Contract, GiveUp, Lane, Retries, Step},
    s3_beside,
};
use crate::{
    foundation::document::Node,
    model::{
        buffering_hints::BufferingHints,
        lower::Lowering,
        processor::{Processing, table_rows::TableRows},
        s3::S3Settings,
    },
};

/// What a stream has where its template says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// `BufferingHints`.
    pub hints: BufferingHints,
    /// `RetryOptions`.
    pub retry: Duration,
}

/// The settings of a destination's block that are not the destination's own.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// `BufferingHints`.
    pub hints: BufferingHints,
    /// `RetryOptions`: how long a failed request is tried again.
    pub retry: Duration,
    /// Whether the template leaves the retry duration out.
    pub is_default_retry: bool,
    /// Whether the template leaves the buffer's interval out.
    pub is_default_interval: bool,
    /// `S3Configuration`.
    pub s3: S3Settings,
    /// Whether `S3BackupMode` asks for copies of all source records.
    pub backs_up_all: bool,
    /// What `AppendDelimiterToRecord` appends; empty without that processor.
    pub delimiter: Box<[u8]>,
    /// The other processors.
    pub processing: Processing,
}

impl Delivery {
    /// Reads a destination's block. `all` is what `S3BackupMode` says when it asks for copies of all source records.
    pub(super) fn lower(
        block: &Node,
        lowering: &mut Lowering,
        all: &str,
        defaults: Defaults,
    ) -> Option<Delivery> {
        let hints = lowering.hints_or(block, defaults.hints);
        let retry = lowering.retry_duration(block, defaults.retry);
        let beside = lowering.s3_beside(block, all);
        let processing = lowering.processing(block, false);
        lowering.not_applied(block, "CloudWatchLoggingOptions", "no log events are written");
        let (s3, backs_up_all) = beside?;
        let (delimiter, processing) = processing?;
        let lacks =
            |options: &str, name: &str| block.get(options).and_then(|options| options.get(name)).is_none();
        Some(Delivery {
            hints: hints?,
            retry: retry?,
            is_default_retry: lacks("RetryOptions", "DurationInSeconds"),
            is_default_interval: lacks("BufferingHints", "IntervalInSeconds"),
            s3,
            backs_up_all,
            delimiter,
            processing,
        })
    }

    /// For a destination of tables: what stands behind records is no part of a row.
    pub(super) fn of_rows(mut self, rows: Arc<dyn TableRows>, lowering: &mut Lowering) -> Delivery {
        if !std::mem::take(&mut self.delimiter).is_empty() {
            lowering.aside("`AppendDelimiterToRecord` (rows have no delimiter)");
        }
        self.processing.rows = Some(rows);
        self
    }

    /// All that the engine may know, with what differs between destinations: the parts of a delivery, and how it is tried
    /// again for [`Delivery::retry`].
    pub fn contract(
        &self,
        steps: &'static [Step],
        waits: Waits,
        error_output_type: &'static str,
    ) -> Contract {
        Contract {
            hints: self.hints,
            error_hints: self.s3.hints,
            backup: self.backs_up_all.then_some(self.s3.hints),
            delimiter: self.delimiter.clone(),
            steps,
            give_up: GiveUp::AfterRetries(Retries {
                duration: self.retry,
                counts_attempts: false,
                first: waits.first,
                longest: waits.longest,
                jitter: waits.jitter,
                error_output_type,
            }),
        }
    }

    /// How the objects beside are named and compressed; `None` where the lane writes none.
    pub fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>> {
        s3_beside(&self.s3, self.backs_up_all, lane)
    }
}

/// The waits between attempts.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// The wait before the second attempt; waits double.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// Waits are drawn between so many per cent of themselves.
    pub jitter: (u32, u32),
}

impl Waits {
    /// Those of an HTTP endpoint (behaviour sheet, 10.6): 1 s, doubled up to 120 s, with 15 % of jitter. The guide prints
    /// MAX(120, 2^n) and calls 120 s a cap; CHOICE: min.
    pub const HTTP: Waits =
        Waits { first: Duration::from_secs(1), longest: Duration::from_secs(120), jitter: (85, 115) };
}
