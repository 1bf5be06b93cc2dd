//! A rule's view: a delivery stream and its neighbours, in one world, in the vendor's words.
//!
//! Permissive: accessors give `None` where a part is absent or of the wrong shape, so rules stay correct on broken
//! templates.

use std::cell::OnceCell;

use super::Place;
use super::prefix::parsed::{self, ParsedBlock};
use super::shape::{self, Shape};
use crate::foundation::document::Node;
use crate::template::schema::Schemas;
use crate::template::{Resource, Template, World, intrinsics};

/// A template in one world, with its resources resolved as they are asked for.
pub struct View<'a> {
    /// The template.
    pub template: &'a Template,
    /// The world.
    pub world: &'a World,
    /// The embedded schemas.
    pub schemas: &'a Schemas,
    resolved: Vec<OnceCell<Option<Node>>>,
}

impl<'a> View<'a> {
    /// Nothing is resolved yet.
    pub fn new(template: &'a Template, world: &'a World, schemas: &'a Schemas) -> View<'a> {
        let resolved = template.resources.iter().map(|_| OnceCell::new()).collect();
        View { template, world, schemas, resolved }
    }

    /// Whether a resource exists in this world.
    pub fn exists(&self, resource: &Resource) -> bool {
        resource.condition().is_none_or(|name| self.world.condition(self.template, name).unwrap_or(true))
    }

    /// `Properties` of a resource, resolved, as a place.
    pub fn properties(&'a self, resource: &'a Resource) -> Option<Place<'a>> {
        let at = self.template.resources.iter().position(|known| std::ptr::eq(known, resource))?;
        let node = self.resolved[at]
            .get_or_init(|| {
                let written = resource.properties()?;
                intrinsics::resolve(self.template, self.world, written)
            })
            .as_ref()?;
        let entry = resource.node.as_map()?.entry("Properties")?;
        Some(Place {
            node,
            key_span: entry.key_span,
            path: format!("Resources/{}/Properties", resource.logical_id),
            resource: &resource.logical_id,
        })
    }

    /// The resources of a type that exist in this world.
    pub fn of_kind<'k>(&'a self, kind: &'k str) -> impl Iterator<Item = &'a Resource> + use<'a, 'k> {
        self.template
            .resources
            .iter()
            .filter(move |resource| &*resource.kind == kind && self.exists(resource))
    }

    /// The resource of the template that a value refers to, by `Ref` or `Fn::GetAtt`.
    pub fn referred(&'a self, node: &Node) -> Option<&'a Resource> {
        self.template.resource(&node.reference.as_ref()?.target)
    }
}

/// The destination properties of a delivery stream, in CloudFormation's spelling.
pub const DESTINATIONS: [&str; 10] = [
    "AmazonOpenSearchServerlessDestinationConfiguration",
    "AmazonopensearchserviceDestinationConfiguration",
    "ElasticsearchDestinationConfiguration",
    "ExtendedS3DestinationConfiguration",
    "HttpEndpointDestinationConfiguration",
    "IcebergDestinationConfiguration",
    "RedshiftDestinationConfiguration",
    "S3DestinationConfiguration",
    "SnowflakeDestinationConfiguration",
    "SplunkDestinationConfiguration",
];

/// The destination property of a name, be it written in the wrong case: that is a finding, and no reason to leave what
/// stands inside unchecked.
pub fn destination_named(key: &str) -> Option<&'static str> {
    DESTINATIONS.into_iter().find(|name| name.eq_ignore_ascii_case(key))
}

/// What an S3 block is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum S3Role {
    /// `ExtendedS3DestinationConfiguration`.
    Extended,
    /// `S3DestinationConfiguration` of the stream.
    Legacy,
    /// `S3Configuration`: the intermediate or backup bucket of another destination.
    Nested,
    /// `S3BackupConfiguration`.
    Backup,
}

/// An S3 block of a stream.
#[derive(Debug, Clone)]
pub struct S3Block<'a> {
    /// The block.
    pub place: Place<'a>,
    /// What it is for.
    pub role: S3Role,
    /// The destination property that holds it (or is it).
    pub destination: &'static str,
}

impl<'a> S3Block<'a> {
    /// Whether `DynamicPartitioningConfiguration.Enabled` is true; `None` if unknown.
    pub fn is_partitioned(&self) -> Option<bool> {
        enabled(&self.place, "DynamicPartitioningConfiguration", false)
    }

    /// Whether format conversion is on: `Enabled` defaults to true where the block stands (service behaviour, 9).
    pub fn is_converted(&self) -> Option<bool> {
        enabled(&self.place, "DataFormatConversionConfiguration", true)
    }

    /// `Prefix`, if it is there.
    pub fn prefix(&self) -> Option<Place<'a>> {
        self.place.get("Prefix")
    }

    /// `ErrorOutputPrefix`, if it is there.
    pub fn error_output_prefix(&self) -> Option<Place<'a>> {
        self.place.get("ErrorOutputPrefix")
    }
}

/// Whether a block is switched on: absent is off, without `Enabled` it is `default`, unknown is `None`.
pub fn enabled(place: &Place<'_>, block: &str, default: bool) -> Option<bool> {
    let Some(block) = place.get(block) else { return Some(false) };
    if block.node.is_unknown() {
        return None;
    }
    match block.get("Enabled") {
        None => Some(default),
        Some(enabled) if enabled.node.is_unknown() => None,
        Some(enabled) => enabled.node.as_bool(),
    }
}

/// One delivery stream in one world.
pub struct Scope<'a> {
    /// The template in this world.
    pub view: &'a View<'a>,
    /// The stream as written.
    pub stream: &'a Resource,
    shape: OnceCell<Vec<Shape<'a>>>,
    prefixes: OnceCell<Vec<ParsedBlock<'a>>>,
}

impl<'a> Scope<'a> {
    /// The scope of a stream.
    pub fn new(view: &'a View<'a>, stream: &'a Resource) -> Scope<'a> {
        Scope { view, stream, shape: OnceCell::new(), prefixes: OnceCell::new() }
    }

    /// The template.
    pub fn template(&self) -> &'a Template {
        self.view.template
    }

    /// The stream's `Properties`; `None` where they are absent or unknown.
    pub fn properties(&self) -> Option<Place<'a>> {
        self.view.properties(self.stream)
    }

    /// A property by its keys.
    pub fn at(&self, keys: &[&str]) -> Option<Place<'a>> {
        self.properties()?.at(keys)
    }

    /// The stream itself as a place, for what is missing from it.
    pub fn whole(&self) -> Place<'a> {
        Place {
            node: &self.stream.node,
            key_span: self.stream.id_span,
            path: format!("Resources/{}", self.stream.logical_id),
            resource: &self.stream.logical_id,
        }
    }

    /// Where to point when a top-level property is missing: at `Properties`, or the stream where that is absent.
    pub fn block(&self) -> Place<'a> {
        self.properties().unwrap_or_else(|| self.whole())
    }

    /// The destination properties that are set, in the order of the file.
    pub fn destinations(&self) -> Vec<(&'static str, Place<'a>)> {
        let Some(properties) = self.properties() else { return Vec::new() };
        let known = |key: &str| destination_named(key);
        properties.entries().into_iter().filter_map(|(key, place)| Some((known(key)?, place))).collect()
    }

    /// All S3 blocks of the stream.
    pub fn s3_blocks(&self) -> Vec<S3Block<'a>> {
        let mut blocks = Vec::new();
        for (destination, place) in self.destinations() {
            let role = match destination {
                "ExtendedS3DestinationConfiguration" => Some(S3Role::Extended),
                "S3DestinationConfiguration" => Some(S3Role::Legacy),
                _ => None,
            };
            let nested = [("S3Configuration", S3Role::Nested), ("S3BackupConfiguration", S3Role::Backup)]
                .into_iter()
                .filter_map(|(key, role)| Some(S3Block { place: place.get(key)?, role, destination }))
                .collect::<Vec<_>>();
            if let Some(role) = role {
                blocks.push(S3Block { place, role, destination });
            }
            blocks.extend(nested);
        }
        blocks
    }

    /// The processors of a destination with their `Type`s, and whether processing is on (`None`: unknown).
    pub fn processors(&self, destination: &Place<'a>) -> (Option<bool>, Vec<(String, Place<'a>)>) {
        let on = enabled(destination, "ProcessingConfiguration", false);
        let items = destination.at(&["ProcessingConfiguration", "Processors"]).map(|list| list.items());
        let with_type = |place: Place<'a>| {
            let kind = place.get("Type").and_then(|kind| kind.known().map(|text| text.into_owned()));
            (kind.unwrap_or_default(), place)
        };
        (on, items.unwrap_or_default().into_iter().map(with_type).collect())
    }

    /// The value of a processor's parameter; the last one where it stands twice.
    pub fn parameter(&self, processor: &Place<'a>, name: &str) -> Option<Place<'a>> {
        let parameters = processor.get("Parameters")?.items();
        let named =
            |place: &Place<'a>| place.get("ParameterName").and_then(|n| n.known()).as_deref() == Some(name);
        parameters.into_iter().rfind(named)?.get("ParameterValue")
    }

    /// `DeliveryStreamType`, which is `DirectPut` where it is absent; `None` if unknown.
    pub fn stream_type(&self) -> Option<String> {
        match self.at(&["DeliveryStreamType"]) {
            None => Some("DirectPut".to_owned()),
            Some(place) => place.known().map(|text| text.into_owned()),
        }
    }

    /// All S3 blocks of the stream with their prefixes parsed.
    pub fn prefixes(&self) -> &[ParsedBlock<'a>] {
        self.prefixes.get_or_init(|| parsed::parse(self))
    }

    /// What the schemas say against the stream.
    pub fn shape(&self) -> &[Shape<'a>] {
        self.shape.get_or_init(|| shape::check(self))
    }
}
