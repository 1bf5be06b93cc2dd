//! Amazon S3: records end to end in objects, and source record backup.
//!
//! `ExtendedS3DestinationConfiguration`; the legacy `S3DestinationConfiguration` is read into the same type. Records
//! are concatenated without a delimiter and a failed write is retried until retention ends, never redirected
//! (behaviour sheet, 10.1), unless the stream is partitioned: then `RetryOptions` say when the error prefix gets the
//! records (behaviour sheet, 7).

use std::time::Duration;

use super::{
    DestinationKind, ObjectSettings,
    contract::{Contract, GiveUp, Lane, Retries, Step},
};
use crate::{
    foundation::document::Node,
    model::{
        buffering_hints::BufferingHints,
        compression::CompressionFormat,
        failure::FailureKind,
        limits::{FIRST_BACKOFF, LONGEST_BACKOFF},
        lower::Lowering,
        processor::Processing,
        s3::S3Settings,
        zone::Zone,
    },
};

/// `RetryOptions` of a partitioned stream without any (behaviour sheet, 7 and 11).
const DEFAULT_RETRY: Duration = Duration::from_secs(300);

/// How long the writes of a partitioned stream are tried. CHOICE: the waits are those of all writes to S3, and the
/// documents lie with those of the other failures of partitioning (behaviour sheet, 6.4).
fn partition_retries(duration: Duration) -> Retries {
    Retries {
        duration,
        counts_attempts: false,
        first: FIRST_BACKOFF,
        longest: LONGEST_BACKOFF,
        jitter: (100, 100),
        error_output_type: FailureKind::Processing.error_output_type(),
    }
}

/// An S3 destination.
#[derive(Clone, Debug)]
pub struct ExtendedS3 {
    /// Bucket, prefixes, hints and compression.
    pub s3: S3Settings,
    /// `CustomTimeZone`, or UTC.
    pub zone: Zone,
    /// `FileExtension`; empty means not set.
    pub file_extension: Option<String>,
    /// `S3BackupConfiguration` when `S3BackupMode` is `Enabled`.
    pub backup: Option<S3Settings>,
    /// What `AppendDelimiterToRecord` appends; empty without that processor.
    pub delimiter: Box<[u8]>,
    /// The other processors.
    pub processing: Processing,
    /// `RetryOptions` of `DynamicPartitioningConfiguration`; `None` without partitioning.
    pub partition_retry: Option<Duration>,
    /// Whether the size hint is the undocumented one of a partitioned stream without any.
    pub has_default_partition_size: bool,
}

impl DestinationKind for ExtendedS3 {
    const PROPERTY: &'static str = "ExtendedS3DestinationConfiguration";

    fn lower(block: &Node, lowering: &mut Lowering) -> Option<ExtendedS3> {
        let converts = lowering.converts(block)?;
        let partitions = lowering.partitioning(block)?;
        let partition_retry = match block.get("DynamicPartitioningConfiguration").filter(|_| partitions) {
            Some(partitioning) => Some(lowering.retry_duration(partitioning, DEFAULT_RETRY)?),
            None => None,
        };
        let processing = lowering.processing(block, partitions);
        let has_no_size = block.get("BufferingHints").is_none_or(|hints| hints.get("SizeInMBs").is_none());
        let s3 = lowering.s3(block).map(|mut s3| {
            if (partitions || converts) && has_no_size {
                s3.hints.size = BufferingHints::PARTITIONED_SIZE;
            }
            s3
        });
        let zone = match lowering.optional(block, "CustomTimeZone")? {
            None => Some(Zone::utc()),
            Some(name) => lowering.zone(block, &name),
        };
        let file_extension = lowering.optional(block, "FileExtension")?.filter(|text| !text.is_empty());
        let backup = match lowering.optional(block, "S3BackupMode")?.as_deref() {
            Some("Enabled") => match block.get("S3BackupConfiguration") {
                Some(backup) => Some(lowering.s3(backup)?),
                None => return lowering.missing(block, "S3BackupConfiguration"),
            },
            _ => {
                lowering.not_applied(block, "S3BackupConfiguration", "`S3BackupMode` is not `Enabled`");
                None
            }
        };
        let (delimiter, mut processing) = processing?;
        if converts && !delimiter.is_empty() {
            lowering.aside("`AppendDelimiterToRecord` (rows of a converted object have no delimiter)");
        }
        processing.conversion = lowering.conversion.clone().filter(|_| converts);
        Some(ExtendedS3 {
            s3: s3?,
            zone: zone?,
            file_extension,
            backup,
            delimiter,
            processing,
            partition_retry,
            has_default_partition_size: partitions && !converts && has_no_size,
        })
    }

    fn contract(&self) -> Contract {
        Contract {
            hints: self.s3.hints,
            error_hints: self.s3.hints,
            backup: self.backup.as_ref().map(|s3| s3.hints),
            // Rows need none; the processor is ignored (behaviour sheet, 5).
            delimiter: match self.processing.conversion {
                Some(_) => Box::default(),
                None => self.delimiter.clone(),
            },
            steps: &[Step::Object],
            give_up: match self.partition_retry {
                Some(duration) => GiveUp::AfterRetries(partition_retries(duration)),
                None => GiveUp::WhenRetentionEnds,
            },
        }
    }

    fn processing(&self) -> &Processing {
        &self.processing
    }

    fn takes_large_records(&self) -> bool {
        self.partition_retry.is_none()
    }

    fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>> {
        let settings = |s3, extension, compression| ObjectSettings {
            s3,
            zone: &self.zone,
            extension,
            compression,
            conversion: None,
        };
        let default = |s3: &S3Settings| s3.compression.codec().extension();
        match lane {
            Lane::Destination => {
                // FileExtension replaces the default; an empty one counts as not set (6.3).
                let own = self.file_extension.as_deref().filter(|own| !own.is_empty());
                let Some(conversion) = self.processing.conversion.as_deref() else {
                    return Some(settings(&self.s3, own.unwrap_or(default(&self.s3)), self.s3.compression));
                };
                let extension = own.unwrap_or(conversion.extension());
                let plain = settings(&self.s3, extension, CompressionFormat::UNCOMPRESSED);
                Some(ObjectSettings { conversion: Some(conversion), ..plain })
            }
            Lane::Backup => self.backup.as_ref().map(|s3| settings(s3, default(s3), s3.compression)),
            // Error objects are plain and have no extension (6.3; CHOICE).
            Lane::Error => Some(settings(&self.s3, "", CompressionFormat::UNCOMPRESSED)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::buffering_hints::BufferingHints;

    fn destination(file_extension: Option<&str>) -> ExtendedS3 {
        let s3 = S3Settings {
            bucket: "b".to_owned(),
            prefix: None,
            error_output_prefix: None,
            hints: BufferingHints::S3_DEFAULT,
            compression: CompressionFormat::named("GZIP").unwrap(),
        };
        let file_extension = file_extension.map(str::to_owned);
        ExtendedS3 {
            backup: Some(s3.clone()),
            s3,
            zone: Zone::utc(),
            file_extension,
            delimiter: Box::default(),
            processing: Processing::default(),
            partition_retry: None,
            has_default_partition_size: false,
        }
    }

    fn extension(file_extension: Option<&str>, lane: Lane) -> String {
        destination(file_extension).objects(lane).unwrap().extension.to_owned()
    }

    #[test]
    fn file_extension_replaces_the_default_of_the_destination_only() {
        assert_eq!(extension(Some(".json.gz"), Lane::Destination), ".json.gz");
        assert_eq!(extension(Some(""), Lane::Destination), ".gz");
        assert_eq!(extension(None, Lane::Destination), ".gz");
        assert_eq!(extension(Some(".json.gz"), Lane::Backup), ".gz");
        assert_eq!(extension(Some(".json.gz"), Lane::Error), "");
    }
}
