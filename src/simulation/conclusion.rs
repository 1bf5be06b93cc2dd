//! What stays of a run: the lines of the manifest, and in the end the report.

use super::{
    SimulationError,
    documents::Documents,
    left_out::LeftOutKeys,
    real_endpoint::RealEndpoint,
    report::{Copies, LedgerReport, SimulationReport},
    requests,
    run::{Run, no_manifest},
    tally::Tally,
    warnings::{notes, undocumented, warnings},
};
use crate::{foundation::timestamp::Timestamp, pipeline::encode::Head};

impl Run<'_> {
    /// Writes the manifest lines that are complete.
    pub(super) fn settle_lines(&mut self, now: Option<Timestamp>) -> Result<(), SimulationError> {
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

    pub(super) fn report(&mut self) -> Result<SimulationReport, SimulationError> {
        let manifest = self.manifest.take().ok_or_else(no_manifest)?;
        let ledger = self.pipeline.ledger();
        if !ledger.is_conserved() || ledger.in_custody() != 0 || !manifest.is_empty() {
            return Err(SimulationError::Internal(format!("the ledger does not add up: {ledger:?}")));
        }
        // A copy that was lost is told beside the digest, whose counts are those of the ledger; the manifest is in it.
        let copies = Copies { backup: ledger.backup_copies(), lost: 0 };
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
        seen.noticed = self.pipeline.noticed();
        let objects = sizes.summary();
        let mut warnings = warnings(stream, seen, &sizes.plain);
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
            copies: Copies { lost: seen.lost.copies, ..copies },
            objects,
            requests,
            rows,
            latency: self.latencies.summary(),
            warnings,
            mapping_conflicts: documents.map(Documents::conflicts).unwrap_or_default(),
            undocumented: undocumented(stream, seen, options.channels),
            notes: notes(seen, &options.not_applied),
            failures: failures.finish(),
            trace,
            fates,
            listed: std::mem::take(listed),
            overview: std::mem::take(overview),
            deliveries: *deliveries,
            bytes_read: self.bytes,
        })
    }
}
