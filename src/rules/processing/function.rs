//! The transform functions of a stream that the template itself declares. No rule itself.

use super::processors;
use super::source_code::{Code, Language};
use crate::foundation::document::{Chunk, Node, Reference, Text, Unknown, Value};
use crate::foundation::span::Span;
use crate::rules::{Place, Scope};
use crate::template::{Resource, intrinsics};

/// A function of the template that a `LambdaArn` names.
pub(super) struct Function<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// Its properties; `None` where they are absent or unknown.
    pub properties: Place<'a>,
    /// The value of `LambdaArn`.
    pub arn: Place<'a>,
    /// The destination property of the processor.
    pub destination: &'static str,
    /// The block of the destination.
    pub destination_place: Place<'a>,
    /// `Globals.Function` of a SAM template, resolved, with the places of its keys.
    globals: Option<Node>,
}

/// The functions of the template that the stream's Lambda processors name.
pub(super) fn all<'a>(scope: &Scope<'a>) -> Vec<Function<'a>> {
    let mut functions = Vec::new();
    for processing in processors::all(scope) {
        if processing.on == Some(false) {
            continue;
        }
        for processor in processing.of("Lambda") {
            let Some(arn) = processor.parameter("LambdaArn") else { continue };
            let Some(resource) = named(scope, arn.node, 0) else { continue };
            let Some(properties) = scope.view.properties(resource) else { continue };
            if properties.node.as_map().is_none() {
                continue;
            }
            functions.push(Function {
                resource,
                properties,
                arn,
                destination: processing.destination,
                destination_place: processing.place.clone(),
                globals: globals(scope, resource),
            });
        }
    }
    functions
}

fn globals(scope: &Scope<'_>, resource: &Resource) -> Option<Node> {
    if &*resource.kind != "AWS::Serverless::Function" {
        return None;
    }
    let written = scope.template().section("Globals")?.get("Function")?;
    intrinsics::resolve(scope.template(), scope.view.world, written)
}

/// The function that a value names: an ARN, a name, or a reference to the function, an alias or a version.
fn named<'a>(scope: &Scope<'a>, node: &Node, depth: usize) -> Option<&'a Resource> {
    if depth > 3 {
        return None;
    }
    if let Some(reference) = &node.reference {
        return referred(scope, reference, depth);
    }
    match &node.value {
        Value::String(text) => in_text(scope, text, depth),
        Value::Unknown(Unknown::Resource(reference)) => referred(scope, reference, depth),
        _ => None,
    }
}

fn referred<'a>(scope: &Scope<'a>, reference: &Reference, depth: usize) -> Option<&'a Resource> {
    let template = scope.view.template;
    let Some(resource) = template.resource(&reference.target) else {
        return generated(scope, &reference.target);
    };
    match &*resource.kind {
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => Some(resource),
        "AWS::Lambda::Alias" | "AWS::Lambda::Version" => {
            let name = scope.view.properties(resource)?.get("FunctionName")?;
            named(scope, name.node, depth + 1)
        }
        _ => None,
    }
}

/// `F.Alias`, `F.Version`, or an alias or version that the SAM transform makes for `F`.
fn generated<'a>(scope: &Scope<'a>, target: &str) -> Option<&'a Resource> {
    let template = scope.view.template;
    let is_its = |id: &str| {
        let rest = target.strip_prefix(id)?.trim_start_matches('.');
        (rest.starts_with("Alias") || rest.starts_with("Version")).then_some(())
    };
    let mut serverless = template.resources.iter().filter(|one| &*one.kind == "AWS::Serverless::Function");
    serverless.find(|resource| is_its(&resource.logical_id).is_some())
}

/// `${F.Arn}:...` or `arn:...:function:<name>...`.
fn in_text<'a>(scope: &Scope<'a>, text: &Text, depth: usize) -> Option<&'a Resource> {
    const BEFORE_NAME: &str = ":function:";
    if let Some(Chunk::Unknown(Unknown::Resource(reference), _)) = text.chunks.first() {
        return referred(scope, reference, depth);
    }
    for pair in text.chunks.windows(2) {
        if let [Chunk::Known(before, _), Chunk::Unknown(Unknown::Resource(reference), _)] = pair
            && before.ends_with(BEFORE_NAME)
        {
            return referred(scope, reference, depth);
        }
    }
    let masked = text.masked();
    let name = match masked.split_once(BEFORE_NAME) {
        Some((_, rest)) => rest.split(':').next().unwrap_or_default().to_owned(),
        // In an alias or version the bare name may stand.
        None if depth > 0 && !masked.contains(':') => masked,
        None => return None,
    };
    let has_name = |resource: &&Resource| {
        let known = scope.view.properties(resource).and_then(|place| place.get("FunctionName"));
        matches!(&*resource.kind, "AWS::Lambda::Function" | "AWS::Serverless::Function")
            && known.and_then(|place| place.known().map(|text| text == name)) == Some(true)
    };
    scope.view.template.resources.iter().find(has_name)
}

impl<'a> Function<'a> {
    /// A property: its own, or that of `Globals`.
    pub fn get(&self, key: &str) -> Option<Place<'_>> {
        self.properties.get(key).or_else(|| self.global(key))
    }

    fn global(&self, key: &str) -> Option<Place<'_>> {
        let entry = self.globals.as_ref()?.as_map()?.entry(key)?;
        Some(Place {
            node: &entry.node,
            key_span: entry.key_span,
            path: format!("Globals/Function/{key}"),
            resource: &self.resource.logical_id,
        })
    }

    /// Whether `Globals` could hold a property without our knowing.
    pub fn has_unknown_globals(&self) -> bool {
        self.globals.as_ref().is_some_and(Node::is_unknown)
    }

    /// The known `Runtime`.
    pub fn runtime(&self) -> Option<String> {
        self.get("Runtime")?.known().map(|text| text.into_owned())
    }

    /// The place of the inline code.
    pub fn inline(&self) -> Option<Place<'_>> {
        match &*self.resource.kind {
            "AWS::Lambda::Function" => self.properties.at(&["Code", "ZipFile"]),
            _ => self.properties.get("InlineCode"),
        }
    }

    /// The inline code, where its language is known.
    pub fn code(&self) -> Option<(Place<'_>, Code)> {
        let place = self.inline()?;
        let language = Language::of_runtime(&self.runtime()?)?;
        let code = Code::new(place.text()?.masked(), language);
        Some((place, code))
    }

    /// Whether modules may come from elsewhere than the runtime: layers, file systems, search paths.
    pub fn may_have_modules(&self) -> bool {
        let lists = [self.properties.get("Layers"), self.global("Layers"), self.get("FileSystemConfigs")];
        let layered =
            lists.iter().flatten().any(|list| list.node.as_list().is_none_or(|items| !items.is_empty()));
        let variables = |place: Option<Place<'_>>| {
            let Some(environment) = place else { return false };
            let Some(map) = environment.get("Variables") else { return environment.node.is_unknown() };
            map.node.as_map().is_none() || map.get("PYTHONPATH").is_some() || map.get("NODE_PATH").is_some()
        };
        layered
            || self.has_unknown_globals()
            || variables(self.properties.get("Environment"))
            || variables(self.global("Environment"))
    }

    /// Where the stream names it.
    pub fn named_at(&self) -> Span {
        self.arn.node.span
    }
}
