//! What a deployment would name: literal names from the template, and made-up ones where a command needs a value.
//!
//! `validate` uses literal names only; what has none stays unknown. The commands that run a stream take
//! `<stack name>-<logical id>` (command-line contract, section 1), in lower case for a bucket.

use super::{Resource, Template, World};
use crate::foundation::document::{Node, Reference, Value};

/// How resources of a type are named: the property that holds a literal name, and the ARN.
struct Naming {
    kind: &'static str,
    /// The property with the name; empty if there is none.
    property: &'static str,
    /// What `Ref` gives: the name, or the ARN.
    ref_is_arn: bool,
    /// The ARN with `{p}` partition, `{r}` region, `{a}` account, `{n}` name.
    arn: &'static str,
}

const fn naming(kind: &'static str, property: &'static str, arn: &'static str) -> Naming {
    Naming { kind, property, ref_is_arn: false, arn }
}

const fn naming_by_arn(kind: &'static str, property: &'static str, arn: &'static str) -> Naming {
    Naming { kind, property, ref_is_arn: true, arn }
}

/// Resource sheet, section 11 ("How to reference them"), and the ARN forms of the services' own documentation.
const NAMINGS: [Naming; 22] = [
    naming("AWS::S3::Bucket", "BucketName", "arn:{p}:s3:::{n}"),
    naming("AWS::IAM::Role", "RoleName", "arn:{p}:iam::{a}:role/{n}"),
    naming("AWS::IAM::User", "UserName", "arn:{p}:iam::{a}:user/{n}"),
    naming_by_arn("AWS::IAM::ManagedPolicy", "ManagedPolicyName", "arn:{p}:iam::{a}:policy/{n}"),
    naming("AWS::Lambda::Function", "FunctionName", "arn:{p}:lambda:{r}:{a}:function:{n}"),
    naming("AWS::Serverless::Function", "FunctionName", "arn:{p}:lambda:{r}:{a}:function:{n}"),
    naming("AWS::Glue::Database", "", "arn:{p}:glue:{r}:{a}:database/{n}"),
    naming("AWS::Glue::Table", "", "arn:{p}:glue:{r}:{a}:table/{n}"),
    naming("AWS::Logs::LogGroup", "LogGroupName", "arn:{p}:logs:{r}:{a}:log-group:{n}:*"),
    naming("AWS::Logs::LogStream", "LogStreamName", ""),
    naming("AWS::Kinesis::Stream", "Name", "arn:{p}:kinesis:{r}:{a}:stream/{n}"),
    naming(
        "AWS::KinesisFirehose::DeliveryStream",
        "DeliveryStreamName",
        "arn:{p}:firehose:{r}:{a}:deliverystream/{n}",
    ),
    naming("AWS::KMS::Key", "", "arn:{p}:kms:{r}:{a}:key/{n}"),
    naming("AWS::OpenSearchService::Domain", "DomainName", "arn:{p}:es:{r}:{a}:domain/{n}"),
    naming("AWS::Elasticsearch::Domain", "DomainName", "arn:{p}:es:{r}:{a}:domain/{n}"),
    naming("AWS::OpenSearchServerless::Collection", "", "arn:{p}:aoss:{r}:{a}:collection/{n}"),
    naming("AWS::Redshift::Cluster", "ClusterIdentifier", "arn:{p}:redshift:{r}:{a}:namespace:{n}"),
    naming_by_arn("AWS::SecretsManager::Secret", "Name", "arn:{p}:secretsmanager:{r}:{a}:secret:{n}"),
    naming_by_arn("AWS::SNS::Topic", "TopicName", "arn:{p}:sns:{r}:{a}:{n}"),
    naming("AWS::SQS::Queue", "QueueName", "arn:{p}:sqs:{r}:{a}:{n}"),
    naming_by_arn("AWS::MSK::Cluster", "ClusterName", "arn:{p}:kafka:{r}:{a}:cluster/{n}/made-up"),
    naming_by_arn("AWS::MSK::ServerlessCluster", "ClusterName", "arn:{p}:kafka:{r}:{a}:cluster/{n}/made-up"),
];

/// The value of a reference to a resource in a world, if it is known or may be made up.
pub fn value(template: &Template, world: &World, reference: &Reference) -> Option<String> {
    let resource = template.resource(&reference.target);
    let kind = match resource {
        Some(resource) => &*resource.kind,
        None if template.is_generated(&reference.target) && reference.target.ends_with("Role") => {
            "AWS::IAM::Role"
        }
        None => return None,
    };
    let naming = NAMINGS.iter().find(|naming| naming.kind == kind);
    if let Some(physical) = world.physical.get(&*reference.target) {
        return given(world, resource, naming, reference, physical);
    }
    let literal = || {
        resource.zip(naming).and_then(|(resource, naming)| literal_name(template, world, resource, naming))
    };
    let wants_arn = match reference.attribute.as_deref() {
        None => naming.is_some_and(|naming| naming.ref_is_arn),
        Some("Arn" | "DomainArn" | "PolicyArn" | "TopicArn" | "Id") => true,
        Some(_) => false,
    };
    if !world.make_names {
        // Without a deployment only the name itself is sure: an ARN also needs account and region.
        return if wants_arn || reference.attribute.is_some() { None } else { literal() };
    }
    let name = literal().unwrap_or_else(|| {
        let name = made_up(world, kind, &reference.target);
        world.made_up.borrow_mut().insert(reference.target.to_string(), name.clone());
        name
    });
    match (wants_arn, naming) {
        (true, Some(naming)) if !naming.arn.is_empty() => Some(arn(naming.arn, world, &name)),
        (true, _) => Some(arn("arn:{p}:cloudformation:{r}:{a}:resource/{n}", world, &name)),
        (false, _) => match reference.attribute.as_deref() {
            None => Some(name),
            Some("DomainEndpoint") => Some(format!("{name}.{}.es.amazonaws.com", region(world))),
            Some("CollectionEndpoint") => {
                Some(format!("https://{name}.{}.aoss.amazonaws.com", region(world)))
            }
            Some("Endpoint.Address") => {
                Some(format!("{name}.made-up.{}.redshift.amazonaws.com", region(world)))
            }
            Some("Endpoint.Port") => Some("5439".to_owned()),
            Some(_) => Some(name),
        },
    }
}

/// The value of a reference to a resource that is deployed under a name.
fn given(
    world: &World,
    resource: Option<&Resource>,
    naming: Option<&Naming>,
    reference: &Reference,
    physical: &str,
) -> Option<String> {
    match reference.attribute.as_deref() {
        None => Some(physical.to_owned()),
        Some("Arn" | "DomainArn") if physical.starts_with("arn:") => Some(physical.to_owned()),
        Some("Arn" | "DomainArn") => {
            // A path stands between the type and the name.
            let has_path = resource
                .and_then(Resource::properties)
                .is_some_and(|properties| properties.get("Path").is_some());
            let naming = naming.filter(|naming| !naming.arn.is_empty() && !has_path)?;
            Some(arn(naming.arn, world, physical))
        }
        Some(_) => None,
    }
}

/// The name that a deployment would give a resource without a literal one.
pub fn made_up(world: &World, kind: &str, logical_id: &str) -> String {
    let stack = world.pseudo.stack_name.as_deref().unwrap_or("stack");
    let name = format!("{stack}-{logical_id}");
    if kind == "AWS::S3::Bucket" { name.to_lowercase() } else { name }
}

/// The name that a template gives a resource, where that is what `Ref` gives.
pub fn literal(template: &Template, world: &World, resource: &Resource) -> Option<String> {
    let naming = NAMINGS.iter().find(|naming| naming.kind == &*resource.kind && !naming.ref_is_arn)?;
    literal_name(template, world, resource, naming)
}

fn literal_name(template: &Template, world: &World, resource: &Resource, naming: &Naming) -> Option<String> {
    let node = match naming.kind {
        "AWS::Glue::Database" => resource.properties()?.get("DatabaseInput")?.get("Name")?,
        "AWS::Glue::Table" => resource.properties()?.get("TableInput")?.get("Name")?,
        _ => resource.properties()?.get(naming.property)?,
    };
    if refers_to_resources(template, node) {
        return None;
    }
    let node = super::intrinsics::resolve(template, world, node)?;
    node.as_text().map(|text| text.into_owned()).filter(|name| !name.is_empty())
}

/// Whether a name is built from other resources. Such names could be circular, so only parameters are followed.
fn refers_to_resources(template: &Template, node: &Node) -> bool {
    let is_resource = |name: &str| template.parameter(name).is_none() && !name.starts_with("AWS::");
    match &node.value {
        Value::Call(call) => match &*call.function {
            "GetAtt" => true,
            "Ref" => call.argument.as_text().is_some_and(|name| is_resource(&name)),
            "Sub" => {
                let pattern = match &call.argument.value {
                    Value::List(items) => items.first(),
                    _ => Some(&call.argument),
                };
                let text = pattern.and_then(Node::as_text).unwrap_or_default();
                let names = super::intrinsics::sub_parts(&text)
                    .into_iter()
                    .any(|part| part.kind == super::intrinsics::SubKind::Variable && is_resource(part.text));
                names || refers_to_resources(template, &call.argument)
            }
            _ => refers_to_resources(template, &call.argument),
        },
        Value::List(items) => items.iter().any(|item| refers_to_resources(template, item)),
        Value::Map(map) => map.entries.iter().any(|entry| refers_to_resources(template, &entry.node)),
        _ => false,
    }
}

fn region(world: &World) -> &str {
    world.pseudo.region.as_deref().unwrap_or("us-east-1")
}

fn arn(pattern: &str, world: &World, name: &str) -> String {
    let partition = world.pseudo.get("AWS::Partition").unwrap_or_else(|| "aws".to_owned());
    pattern
        .replace("{p}", &partition)
        .replace("{r}", region(world))
        .replace("{a}", world.pseudo.account.as_deref().unwrap_or("123456789012"))
        .replace("{n}", name)
}
