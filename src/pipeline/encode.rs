//! Pure: from a sealed buffer to the bytes and the name that go out. Runs on workers.

use std::io::{self, Write};

use super::{buffers::SealedBuffer, plan::Plan};
use crate::{
    foundation::{seed::Purpose, timestamp::Timestamp},
    model::{
        destination::contract::Lane,
        object_name::object_name,
        partition_key::PartitionKey,
        s3::{ObjectFacts, PrefixFailure},
    },
};

/// Where an object goes, and what it says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectHead {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// Its `Content-Encoding`.
    pub content_encoding: Option<&'static str>,
    /// Whether the body is the buffer's bytes as they are.
    pub is_identity: bool,
}

impl Plan {
    /// Names the object of a sealed buffer.
    ///
    /// # Errors
    /// When its prefix can't be evaluated.
    pub fn head(&self, sealed: &SealedBuffer) -> Result<ObjectHead, PrefixFailure> {
        let settings = self.objects(sealed)?;
        let serial = sealed.id.0;
        let mut occurrence = 0;
        let mut random = || {
            occurrence += 1;
            self.seed().random_string(serial * 256 + occurrence - 1)
        };
        let mut facts = ObjectFacts {
            oldest_arrival: sealed.oldest_arrival,
            zone: &settings.zone.rules,
            key: &sealed.key,
            random: &mut random,
        };
        let prefix = match sealed.failure {
            None => settings.s3.object_prefix(&mut facts)?,
            Some(failure) => settings.s3.error_prefix(failure.error_output_type(), &mut facts)?,
        };
        let uuid = self.seed().uuid(Purpose::ObjectName, serial);
        let (name, zone) = (&self.stream().name, &settings.zone.rules);
        let name = object_name(name, sealed.oldest_arrival, zone, &uuid, settings.extension);
        Ok(ObjectHead {
            bucket: settings.s3.bucket.clone(),
            key: prefix + &name,
            content_encoding: settings.content_encoding(),
            is_identity: settings.conversion.is_none() && settings.compression.is_identity(),
        })
    }

    /// Whether the prefix can be evaluated for a partition whose oldest record arrived at a moment.
    ///
    /// # Errors
    /// When it can't; CHOICE: the record that would open the partition fails.
    pub fn evaluate(&self, key: &PartitionKey, oldest_arrival: Timestamp) -> Result<(), PrefixFailure> {
        let Some(settings) = self.stream().destination.objects(Lane::Destination) else { return Ok(()) };
        // As long as a real one.
        let mut random = || "x".repeat(11);
        let zone = &settings.zone.rules;
        let mut facts = ObjectFacts { oldest_arrival, zone, key, random: &mut random };
        settings.s3.object_prefix(&mut facts).map(drop)
    }

    /// Writes the body of the object of a sealed buffer into `out`, piece by piece.
    ///
    /// # Errors
    /// Those of `out`; nothing is written where the lane has no objects.
    pub fn write_body(&self, sealed: &SealedBuffer, out: &mut dyn Write) -> io::Result<()> {
        let settings = self.objects(sealed).map_err(io::Error::other)?;
        if let Some(conversion) = settings.conversion {
            return conversion.write(&mut sealed.records(), out);
        }
        let entry_name = self.seed().uuid(Purpose::ArchiveEntry, sealed.id.0);
        settings.compression.codec().compress(&sealed.bytes, &entry_name, out)
    }

    fn objects(
        &self,
        sealed: &SealedBuffer,
    ) -> Result<crate::model::destination::ObjectSettings<'_>, PrefixFailure> {
        self.stream().destination.objects(sealed.lane).ok_or_else(|| PrefixFailure {
            message: format!("the stream has no settings for objects of the {:?} lane", sealed.lane),
        })
    }
}
