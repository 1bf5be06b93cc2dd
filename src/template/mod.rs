//! From a template's text to a resolved document.
//!
//! Reading ([`read`]) keeps every place; resolving ([`intrinsics`]) evaluates functions in a [`World`]: one feasible
//! assignment of parameters and conditions. What stays unknown stays unknown, and unknown is never wrong.

pub mod conditions;
pub mod constraints;
mod dynamic;
pub mod intrinsics;
mod loops;
pub mod names;
pub mod parameters;
pub mod read;
pub mod schema;
pub mod secrets;
pub mod starters;
mod strict_json;

use crate::foundation::document::{Entry, Node, Value};
use crate::foundation::span::{Source, Span};

pub use conditions::World;
pub use parameters::{Parameter, Pseudo, Supplied};

/// A template with its sections found.
#[derive(Debug)]
pub struct Template {
    /// The text and its name.
    pub source: Source,
    /// The tree and what was wrong with the text.
    pub document: read::Document,
    /// The declared parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The resources, in order.
    pub resources: Vec<Resource>,
    /// The names in `Transform`.
    pub transforms: Vec<String>,
    index: std::collections::BTreeMap<Box<str>, usize>,
}

/// A resource as written.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its logical id.
    pub logical_id: Box<str>,
    /// Where the id stands.
    pub id_span: Span,
    /// `Type`, or empty.
    pub kind: Box<str>,
    /// The whole resource, unresolved.
    pub node: Node,
}

impl Resource {
    /// `Properties`, unresolved.
    pub fn properties(&self) -> Option<&Node> {
        self.node.get("Properties")
    }

    /// The name in `Condition`.
    pub fn condition(&self) -> Option<&str> {
        match &self.node.get("Condition")?.value {
            Value::String(text) => text.as_str(),
            _ => None,
        }
    }

    /// The logical ids in `DependsOn`, with their nodes.
    pub fn depends_on(&self) -> Vec<&Node> {
        match self.node.get("DependsOn") {
            Some(Node { value: Value::List(items), .. }) => items.iter().collect(),
            Some(node) => vec![node],
            None => Vec::new(),
        }
    }
}

/// The type that this program is about.
pub const DELIVERY_STREAM: &str = "AWS::KinesisFirehose::DeliveryStream";

impl Template {
    /// Reads a template's text. Whatever is wrong with it lies in [`Template::document`].
    pub fn read(source: Source) -> Template {
        let is_json = source.name.to_ascii_lowercase().ends_with(".json")
            && source.text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let document = if is_json { strict_json::read_json(&source.text) } else { read::read(&source.text) };
        let mut template = Template {
            source,
            document: read::Document::default(),
            parameters: Vec::new(),
            resources: Vec::new(),
            transforms: Vec::new(),
            index: Default::default(),
        };
        if let Some(root) = document.root.as_ref().and_then(Node::as_map) {
            template.parameters = parameters::declared(root.get("Parameters"));
            template.transforms = transforms(root.get("Transform"));
        }
        template.document = document;
        template.read_resources(&Supplied::new());
        template
    }

    /// Reads the resources anew with values of parameters, which loops may run over.
    pub fn supply(&mut self, supplied: &Supplied) {
        if !supplied.is_empty() {
            self.read_resources(supplied);
        }
    }

    fn read_resources(&mut self, supplied: &Supplied) {
        self.resources = match self.section("Resources").and_then(Node::as_map) {
            Some(map) => resources(loops::written_out(self, map, supplied)),
            None => Vec::new(),
        };
        let ids = self.resources.iter().map(|resource| resource.logical_id.clone());
        self.index = ids.zip(0..).collect();
    }

    /// A section by its name.
    pub fn section(&self, name: &str) -> Option<&Node> {
        self.document.root.as_ref()?.get(name)
    }

    /// A resource by its logical id.
    pub fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.index.get(logical_id).map(|&at| &self.resources[at])
    }

    /// The delivery streams, in order.
    pub fn delivery_streams(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|resource| &*resource.kind == DELIVERY_STREAM)
    }

    /// A declared parameter by its name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| &*parameter.name == name)
    }

    /// Whether resources may exist that are not written: by a macro, an include, or a loop.
    pub fn is_open(&self) -> bool {
        self.has_macro() || self.resources.iter().any(|resource| resource.logical_id.starts_with("Fn::"))
    }

    /// Whether `logical_id` names a resource, be it one that the SAM transform makes.
    pub fn declares(&self, logical_id: &str) -> bool {
        self.index.contains_key(logical_id) || self.is_generated(logical_id)
    }

    /// Whether a macro that is not CloudFormation's own rewrites the template.
    pub fn has_macro(&self) -> bool {
        let known = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen"];
        self.transforms.iter().any(|name| !known.contains(&name.as_str()))
    }

    /// Whether the SAM transform, or a module, makes a resource of this name: `<Function>Role`, `<Function>Version<hash>`,
    /// `<Api>Stage`, ... All of them begin with the logical id of a serverless resource.
    pub fn is_generated(&self, logical_id: &str) -> bool {
        let has_module = self.resources.iter().any(|resource| {
            resource.kind.ends_with("::MODULE") && logical_id.starts_with(&*resource.logical_id)
        });
        if has_module {
            return true;
        }
        let implicit =
            ["ServerlessRestApi", "ServerlessHttpApi"].iter().any(|api| logical_id.starts_with(api));
        self.transforms.iter().any(|name| name == "AWS::Serverless-2016-10-31")
            && (implicit
                || self.resources.iter().any(|resource| {
                    (resource.kind.starts_with("AWS::Serverless::")
                        || resource.node.get("Connectors").is_some())
                        && logical_id.len() > resource.logical_id.len()
                        && logical_id.starts_with(&*resource.logical_id)
                }))
    }
}

fn transforms(node: Option<&Node>) -> Vec<String> {
    let items: Vec<&Node> = match node.map(|node| (node, &node.value)) {
        Some((_, Value::List(items))) => items.iter().collect(),
        Some((node, _)) => vec![node],
        None => Vec::new(),
    };
    let name = |node: &Node| match &node.value {
        Value::Map(map) => map.get("Name").and_then(Node::as_text).map(|text| text.into_owned()),
        _ => node.as_text().map(|text| text.into_owned()),
    };
    items.into_iter().filter_map(name).collect()
}

fn resources(entries: Vec<Entry>) -> Vec<Resource> {
    let resource = |entry: Entry| Resource {
        logical_id: entry.key,
        id_span: entry.key_span,
        kind: entry.node.get("Type").and_then(Node::as_text).unwrap_or_default().into_owned().into(),
        node: entry.node,
    };
    entries.into_iter().map(resource).collect()
}
