//! Where a delivery stream delivers to: one file per destination and one line in the registry below.
//!
//! The engine sees [`contract::Contract`], [`ObjectSettings`] and [`request::Requests`], never a destination's name.

pub mod bulk;
mod bulk_answer;
pub mod contract;
pub mod delivery;
pub mod elasticsearch;
pub mod extended_s3;
pub mod http_endpoint;
pub mod iceberg;
pub mod opensearch;
pub mod opensearch_serverless;
pub mod redshift;
pub mod request;
pub mod row_answers;
pub mod snowflake;
pub mod splunk;

use self::contract::{Contract, Lane};
#[cfg(feature = "simulate")]
use self::request::Requests;
use super::{
    compression::CompressionFormat, format::Conversion, lower::Lowering, partition_key::PartitionKey,
    processor::Processing, s3::S3Settings, zone::Zone,
};
use crate::foundation::document::Node;

/// What every destination can say about itself.
pub trait DestinationKind: Sized {
    /// The CloudFormation property that selects it.
    const PROPERTY: &'static str;

    /// Reads its block. `None` when something stands in the way, which is told to `lowering`.
    fn lower(block: &Node, lowering: &mut Lowering) -> Option<Self>;

    /// All that the engine may know of it over time.
    fn contract(&self) -> Contract;

    /// What happens to records before they are buffered.
    fn processing(&self) -> &Processing;

    /// How objects of a lane are named and compressed; `None` where the lane writes none.
    fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>>;

    /// How objects with failed records of this key are named, where they have a place of their own.
    fn error_objects(&self, key: &PartitionKey) -> Option<ObjectSettings<'_>> {
        let _ = key;
        None
    }

    /// Whether records of a Kinesis stream over 1 MiB are delivered to it (behaviour sheet, 1.1).
    fn takes_large_records(&self) -> bool {
        true
    }

    /// How it is sent requests; `None` where it takes objects only.
    #[cfg(feature = "simulate")]
    fn requests(&self) -> Option<&dyn Requests> {
        None
    }
}

/// How the objects of one lane are named and compressed.
#[derive(Clone, Copy, Debug)]
pub struct ObjectSettings<'a> {
    /// Bucket and prefixes.
    pub s3: &'a S3Settings,
    /// The zone of prefix and name.
    pub zone: &'a Zone,
    /// What names end in.
    pub extension: &'a str,
    /// How bodies are compressed.
    pub compression: CompressionFormat,
    /// What turns the records into a file of another format, instead of laying them end to end.
    pub conversion: Option<&'a dyn Conversion>,
}

impl ObjectSettings<'_> {
    /// The `Content-Encoding` of the objects.
    pub fn content_encoding(&self) -> Option<&'static str> {
        match self.conversion {
            Some(conversion) => conversion.content_encoding(),
            None => self.compression.codec().content_encoding(),
        }
    }
}

/// The objects of a destination that is no bucket: copies of source records where it makes them, and failed records.
pub fn s3_beside(s3: &S3Settings, backs_up_all: bool, lane: Lane) -> Option<ObjectSettings<'_>> {
    static UTC: std::sync::LazyLock<Zone> = std::sync::LazyLock::new(Zone::utc);
    let zone = &*UTC;
    match lane {
        Lane::Destination => None,
        Lane::Backup if !backs_up_all => None,
        Lane::Backup => {
            let extension = s3.compression.codec().extension();
            Some(ObjectSettings { s3, zone, extension, compression: s3.compression, conversion: None })
        }
        // Error objects are plain and have no extension (6.3; CHOICE).
        Lane::Error => Some(ObjectSettings {
            s3,
            zone,
            extension: "",
            compression: CompressionFormat::UNCOMPRESSED,
            conversion: None,
        }),
    }
}

macro_rules! destinations {
    ($($module:ident::$kind:ident),+ $(,)?) => {
        /// The destination of a delivery stream.
        #[derive(Clone, Debug)]
        pub enum Destination {
            $(
                #[doc = concat!("See [`", stringify!($module), "`].")]
                $kind($module::$kind),
            )+
        }

        impl Destination {
            /// The CloudFormation properties of all destinations known here.
            pub const PROPERTIES: &'static [&'static str] = &[$($module::$kind::PROPERTY),+];

            /// Reads the block of the destination that the properties of a stream name; `None` where they name none of
            /// them, the inner one where something stands in the way.
            pub(super) fn lower(properties: &Node, lowering: &mut Lowering) -> Option<Option<Destination>> {
                $(
                    if let Some(block) = properties.get($module::$kind::PROPERTY) {
                        return Some($module::$kind::lower(block, lowering).map(Destination::$kind));
                    }
                )+
                None
            }

            /// All that the engine may know of it over time.
            pub fn contract(&self) -> Contract {
                match self {
                    $(Destination::$kind(destination) => destination.contract(),)+
                }
            }

            /// What happens to records before they are buffered.
            pub fn processing(&self) -> &Processing {
                match self {
                    $(Destination::$kind(destination) => destination.processing(),)+
                }
            }

            /// How objects of a lane are named and compressed; `None` where the lane writes none.
            pub fn objects(&self, lane: Lane) -> Option<ObjectSettings<'_>> {
                match self {
                    $(Destination::$kind(destination) => destination.objects(lane),)+
                }
            }

            /// How objects with failed records of this key are named, where they have a place of their own.
            pub fn error_objects(&self, key: &PartitionKey) -> Option<ObjectSettings<'_>> {
                match self {
                    $(Destination::$kind(destination) => destination.error_objects(key),)+
                }
            }

            /// Whether records of a Kinesis stream over 1 MiB are delivered to it.
            pub fn takes_large_records(&self) -> bool {
                match self {
                    $(Destination::$kind(destination) => destination.takes_large_records(),)+
                }
            }

            /// How it is sent requests; `None` where it takes objects only.
            #[cfg(feature = "simulate")]
            pub fn requests(&self) -> Option<&dyn Requests> {
                match self {
                    $(Destination::$kind(destination) => destination.requests(),)+
                }
            }
        }
    };
}

destinations! {
    elasticsearch::Elasticsearch,
    extended_s3::ExtendedS3,
    http_endpoint::HttpEndpoint,
    iceberg::Iceberg,
    opensearch::OpenSearch,
    opensearch_serverless::OpenSearchServerless,
    redshift::Redshift,
    snowflake::Snowflake,
    splunk::Splunk,
}
