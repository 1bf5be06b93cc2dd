//! Pure: from a sealed buffer to the bytes and the name that go out. Runs on workers.

use std::io::{self, Write};

use super::{buffers::SealedBuffer, plan::Plan};
use crate::{
    foundation::{seed::Purpose, timestamp::Timestamp},
    model::{
        destination::{
            ObjectSettings,
            contract::{Lane, Step},
            request::{Listing, RequestHead},
        },
        object_name::object_name,
        partition_key::PartitionKey,
        s3::{ObjectFacts, PrefixFailure},
    },
};

/// Where one step of a delivery goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// An object.
    Object(ObjectHead),
    /// A request.
    Request(RequestHead),
}

impl Head {
    /// The object's bucket and key; `None` for a request.
    pub fn object(&self) -> Option<&ObjectHead> {
        match self {
            Head::Object(head) => Some(head),
            Head::Request(_) => None,
        }
    }

    /// The `Content-Encoding`.
    pub fn content_encoding(&self) -> Option<&'static str> {
        match self {
            Head::Object(head) => head.content_encoding,
            Head::Request(head) => head.content_encoding,
        }
    }
}

/// `s3://bucket/key`, or the target of the request: without secrets.
impl std::fmt::Display for Head {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Head::Object(head) => write!(formatter, "s3://{}/{}", head.bucket, head.key),
            Head::Request(head) => formatter.write_str(&head.target),
        }
    }
}

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
    /// Whether it holds the buffer's records, and does not only name other objects.
    pub holds_records: bool,
}

impl Plan {
    /// Where the steps of a sealed buffer's delivery go, in order.
    ///
    /// # Errors
    /// When a prefix can't be evaluated.
    pub fn heads(&self, sealed: &SealedBuffer) -> Result<Vec<Head>, PrefixFailure> {
        let mut heads = Vec::new();
        for step in self.steps(sealed.lane) {
            let head = match (step, self.requests()) {
                (Step::Object, _) => Head::Object(self.object_head(sealed)?),
                (Step::Listing, Some(requests)) => {
                    let listing = requests.listing(&self.batch(sealed, objects_of(&heads), None));
                    let Some(Listing { bucket, key, .. }) = listing else { continue };
                    let (content_encoding, is_identity, holds_records) = (None, false, false);
                    Head::Object(ObjectHead { bucket, key, content_encoding, is_identity, holds_records })
                }
                (Step::Request, Some(requests)) => {
                    Head::Request(requests.head(&self.batch(sealed, objects_of(&heads), None)))
                }
                (Step::Listing | Step::Request, None) => continue,
            };
            heads.push(head);
        }
        Ok(heads)
    }

    fn object_head(&self, sealed: &SealedBuffer) -> Result<ObjectHead, PrefixFailure> {
        if let Some((bucket, key)) = sealed.named.clone() {
            let (content_encoding, is_identity, holds_records) = (None, true, true);
            return Ok(ObjectHead { bucket, key, content_encoding, is_identity, holds_records });
        }
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
            holds_records: true,
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

    /// Writes the body of one step of a sealed buffer's delivery into `out`, piece by piece. `heads` are those of the
    /// steps before it.
    ///
    /// # Errors
    /// Those of `out`; also where the lane has no such step.
    pub fn write_body(
        &self,
        sealed: &SealedBuffer,
        step: usize,
        heads: &[Head],
        out: &mut (dyn Write + Send),
    ) -> io::Result<()> {
        match (self.steps(sealed.lane).get(step), self.requests()) {
            (Some(Step::Request), Some(requests)) => {
                requests.body(&self.batch(sealed, objects_of(heads), None), out)
            }
            (Some(Step::Listing), Some(requests)) => {
                let listing = requests.listing(&self.batch(sealed, objects_of(heads), None));
                out.write_all(&listing.map(|listing| listing.body).unwrap_or_default())
            }
            _ if sealed.named.is_some() => out.write_all(&sealed.bytes),
            _ => {
                let settings = self.objects(sealed).map_err(io::Error::other)?;
                if let Some(conversion) = settings.conversion {
                    return conversion.write(&mut sealed.records(), &sealed.notes, out);
                }
                let entry_name = self.seed().uuid(Purpose::ArchiveEntry, sealed.id.0);
                settings.compression.codec().compress(&sealed.bytes, &entry_name, out)
            }
        }
    }

    /// Whether a step of a sealed buffer's delivery is an object whose body is made of rows.
    pub fn has_rows(&self, sealed: &SealedBuffer, step: usize) -> bool {
        self.steps(sealed.lane).get(step) == Some(&Step::Object)
            && sealed.named.is_none()
            && self.objects(sealed).is_ok_and(|settings| settings.conversion.is_some())
    }

    /// Writes the rows of such an object, a line of JSON each.
    ///
    /// # Errors
    /// Those of `out`; also where the object has none.
    pub fn write_rows(&self, sealed: &SealedBuffer, out: &mut dyn Write) -> io::Result<()> {
        let settings = self.objects(sealed).map_err(io::Error::other)?;
        let conversion = settings.conversion.ok_or_else(|| io::Error::other("an object without rows"))?;
        conversion.write_rows(&mut sealed.records(), out)
    }

    fn objects(&self, sealed: &SealedBuffer) -> Result<ObjectSettings<'_>, PrefixFailure> {
        let destination = &self.stream().destination;
        let own = match sealed.lane {
            Lane::Error if sealed.key != PartitionKey::EMPTY => destination.error_objects(&sealed.key),
            _ => None,
        };
        own.or_else(|| destination.objects(sealed.lane)).ok_or_else(|| PrefixFailure {
            message: format!("the stream has no settings for objects of the {:?} lane", sealed.lane),
        })
    }
}

/// Buckets and keys of the objects among these.
pub fn objects_of(heads: &[Head]) -> Vec<(String, String)> {
    heads.iter().filter_map(Head::object).map(|head| (head.bucket.clone(), head.key.clone())).collect()
}
