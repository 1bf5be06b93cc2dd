//! Sources, transforms, logs and the other destinations.

use super::buckets::{buckets, key_ask};
use super::{Ask, Need, arn, find, joined, need, role_of};
use crate::foundation::document::{Chunk, Node, Unknown, Value};
use crate::model::permissions::{Feature, Form};
use crate::rules::iam::resources::{Side, Token, begins_with, known, referred, tokens};
use crate::rules::iam::written::{called, written};
use crate::rules::scope::enabled;
use crate::rules::{Place, Scope, View};

/// Reading the source stream, and its key.
pub fn kinesis<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let Some(source) = scope.at(&["KinesisStreamSourceConfiguration"]) else { return Vec::new() };
    let (Some(role), Some(at)) = (source.get("RoleARN"), source.get("KinesisStreamARN")) else {
        return Vec::new();
    };
    if scope.stream_type().as_deref() != Some("KinesisStreamAsSource") {
        return Vec::new();
    }
    let needs = vec![need(Form::KinesisStream, tokens(view, at.node, Side::Used), written(at.node))];
    let subject = called(view, at.node, "Kinesis stream");
    let stream = find(view, "AWS::Kinesis::Stream", at.node);
    let key = stream.and_then(|stream| view.properties(stream)?.at(&["StreamEncryption", "KeyId"]));
    let mut asks = vec![Ask { feature: Feature::Kinesis, role: role.clone(), at, subject, needs }];
    asks.extend(key.and_then(|key| key_ask(view, Feature::KinesisKey, role, key)));
    asks
}

/// Telling errors in CloudWatch Logs.
pub fn logs<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let mut blocks: Vec<Place<'a>> = scope.destinations().into_iter().map(|(_, place)| place).collect();
    blocks.extend(
        buckets(scope).into_iter().map(|(place, _)| place).filter(|place| place.path.contains("/S3")),
    );
    blocks.dedup_by(|a, b| a.path == b.path);
    let mut asks = Vec::new();
    for block in blocks {
        if enabled(&block, "CloudWatchLoggingOptions", false) != Some(true) {
            continue;
        }
        let group = block.at(&["CloudWatchLoggingOptions", "LogGroupName"]).filter(Place::is_set);
        let (Some(role), Some(at)) = (role_of(&block), group) else { continue };
        let name = tokens(view, at.node, Side::Used);
        if begins_with(&name, "arn:") || at.node.reference.as_ref().is_some_and(|r| r.attribute.is_some()) {
            continue;
        }
        let stream = block.at(&["CloudWatchLoggingOptions", "LogStreamName"]);
        let stream =
            stream.map_or(vec![Token::Hole("".into())], |place| tokens(view, place.node, Side::Used));
        let used =
            [known("log-group:", Side::Used), name, known(":log-stream:", Side::Used), stream].concat();
        let group = find(view, "AWS::Logs::LogGroup", at.node);
        let text = match group {
            Some(group) => format!("${{{}.Arn}}", group.logical_id),
            None => format!(
                "arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{}:*",
                written(at.node)
            ),
        };
        let subject = called(view, at.node, "log group");
        let needs = vec![need(Form::LogStream, arn("logs", &used), text)];
        asks.push(Ask { feature: Feature::Logs, role, at, subject, needs });
    }
    asks
}

/// Transforming with a function.
pub fn lambda<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let mut asks = Vec::new();
    for (_, destination) in scope.destinations() {
        let (on, processors) = scope.processors(&destination);
        for (_, processor) in processors.iter().filter(|(kind, _)| on == Some(true) && kind == "Lambda") {
            let role = scope.parameter(processor, "RoleArn").or_else(|| role_of(&destination));
            let (Some(role), Some(at)) = (role, scope.parameter(processor, "LambdaArn")) else { continue };
            let used = tokens(view, at.node, Side::Used);
            let mut any_of = vec![used.clone()];
            let text = written(at.node);
            let mut also = text.clone();
            if qualifier(&used).is_none() {
                // Whether the service adds `$LATEST` is not told: either is enough.
                any_of.push(joined(&[&used, &known(":$LATEST", Side::Used)]));
                also = format!("{text}:*");
            }
            let mut needs = vec![Need {
                form: Form::Function,
                any_of: any_of.clone(),
                written: text.clone(),
                below: None,
            }];
            if also != text {
                needs.push(Need { form: Form::Function, any_of, written: also, below: None });
            }
            let subject = called(view, at.node, "function");
            asks.push(Ask { feature: Feature::Lambda, role, at, subject, needs });
        }
    }
    asks
}

/// The tokens of a function ARN before its qualifier, if it has one.
pub fn qualifier(arn: &[Token]) -> Option<&[Token]> {
    let colons = arn.iter().enumerate().filter(|(_, token)| **token == Token::Char(':'));
    colons.map(|(at, _)| at).nth(6).map(|at| &arn[..at])
}

/// Reading the table of record format conversion.
pub fn glue<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let mut asks = Vec::new();
    for block in scope.s3_blocks().into_iter().filter(|block| block.is_converted() == Some(true)) {
        let schema = block.place.at(&["DataFormatConversionConfiguration", "SchemaConfiguration"]);
        let Some(schema) = schema else { continue };
        let (Some(role), Some(database), Some(at)) =
            (schema.get("RoleARN"), schema.get("DatabaseName"), schema.get("TableName"))
        else {
            continue;
        };
        let (db, table) = (tokens(view, database.node, Side::Used), tokens(view, at.node, Side::Used));
        let start = "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}";
        let (db_text, table_text) = (written(database.node), written(at.node));
        let word = |text: &str| known(text, Side::Used);
        let needs = vec![
            need(Form::Catalog, arn("glue", &word("catalog")), format!("{start}:catalog")),
            need(
                Form::Database,
                arn("glue", &joined(&[&word("database/"), &db])),
                format!("{start}:database/{db_text}"),
            ),
            need(
                Form::Table,
                arn("glue", &joined(&[&word("table/"), &db, &word("/"), &table])),
                format!("{start}:table/{db_text}/{table_text}"),
            ),
        ];
        let subject = called(view, at.node, "table");
        asks.push(Ask { feature: Feature::Glue, role, at, subject, needs });
    }
    asks
}

/// Indexing in a domain.
pub fn opensearch<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let kinds = ["AmazonopensearchserviceDestinationConfiguration", "ElasticsearchDestinationConfiguration"];
    let view = scope.view;
    let mut asks = Vec::new();
    for (_, destination) in scope.destinations().into_iter().filter(|(kind, _)| kinds.contains(kind)) {
        let at = destination.get("DomainARN").or_else(|| destination.get("ClusterEndpoint"));
        let (Some(role), Some(at)) = (destination.get("RoleARN"), at) else { continue };
        let (domain, text) = by_endpoint(view, at.node, "DomainEndpoint").unwrap_or_else(|| {
            match at.path.ends_with("DomainARN") {
                true => (tokens(view, at.node, Side::Used), written(at.node)),
                false => (vec![Token::Hole("".into())], "DOMAIN_ARN".to_owned()),
            }
        });
        let paths = joined(&[&domain, &[Token::Char('/'), Token::Hole("".into())]]);
        let needs = vec![
            need(Form::Domain, domain, text.clone()),
            need(Form::DomainPaths, paths, format!("{text}/*")),
        ];
        let subject = called(view, at.node, "domain");
        asks.push(Ask { feature: Feature::OpenSearch, role, at, subject, needs });
    }
    asks
}

/// The ARN of the resource whose endpoint stands in a value.
fn by_endpoint<'a>(view: &'a View<'a>, node: &Node, attribute: &str) -> Option<(Vec<Token>, String)> {
    let why = |why: &Unknown| match why {
        Unknown::Resource(reference) if reference.attribute.as_deref() == Some(attribute) => {
            Some(reference.target.clone())
        }
        _ => None,
    };
    let id = match &node.value {
        Value::Unknown(unknown) => why(unknown),
        Value::String(text) => text.chunks.iter().find_map(|chunk| match chunk {
            Chunk::Unknown(unknown, _) => why(unknown),
            Chunk::Known(..) => None,
        }),
        _ => None,
    }?;
    Some((referred(view, &id, Some("Arn"), Side::Used), format!("${{{id}.Arn}}")))
}

/// Indexing in a collection.
pub fn serverless<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let mut asks = Vec::new();
    let wanted = "AmazonOpenSearchServerlessDestinationConfiguration";
    for (_, destination) in scope.destinations().into_iter().filter(|(kind, _)| *kind == wanted) {
        let (Some(role), Some(at)) = (destination.get("RoleARN"), destination.get("CollectionEndpoint"))
        else {
            continue;
        };
        let (used, text) = by_endpoint(view, at.node, "CollectionEndpoint")
            .unwrap_or_else(|| (vec![Token::Hole("".into())], "COLLECTION_ARN".to_owned()));
        let subject = called(view, at.node, "collection");
        let needs = vec![need(Form::Collection, used, text)];
        asks.push(Ask { feature: Feature::OpenSearchServerless, role, at, subject, needs });
    }
    asks
}

/// Reaching into a VPC.
pub fn vpc<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let blocks = scope.destinations().into_iter().filter_map(|(_, place)| place.get("VpcConfiguration"));
    let ask = |at: Place<'a>| {
        let needs = vec![need(Form::Anything, vec![Token::Hole("".into())], "*")];
        let role = at.get("RoleARN")?;
        Some(Ask { feature: Feature::Vpc, role, at, subject: "the VPC".to_owned(), needs })
    };
    blocks.filter_map(ask).collect()
}

/// Reading secrets, and their keys.
pub fn secrets<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let mut holders: Vec<Place<'a>> = scope.destinations().into_iter().map(|(_, place)| place).collect();
    // The role of a destination reads the secret where the block names none. Splunk has no such role (FH622).
    let has_role = |holder: &Place<'_>| !holder.path.ends_with("/SplunkDestinationConfiguration");
    holders.extend(scope.at(&["DatabaseSourceConfiguration", "DatabaseSourceAuthenticationConfiguration"]));
    let mut asks = Vec::new();
    for holder in holders {
        if enabled(&holder, "SecretsManagerConfiguration", false) != Some(true) {
            continue;
        }
        let Some(block) = holder.get("SecretsManagerConfiguration") else { continue };
        let role = block.get("RoleARN").or_else(|| role_of(&holder).filter(|_| has_role(&holder)));
        let (Some(role), Some(at)) = (role, block.get("SecretARN")) else { continue };
        let needs = vec![need(Form::Secret, tokens(view, at.node, Side::Used), written(at.node))];
        let subject = called(view, at.node, "secret");
        let secret = find(view, "AWS::SecretsManager::Secret", at.node);
        let key = secret.and_then(|secret| view.properties(secret)?.get("KmsKeyId"));
        asks.push(Ask { feature: Feature::Secret, role: role.clone(), at, subject, needs });
        asks.extend(key.and_then(|key| key_ask(view, Feature::SecretKey, role, key)));
    }
    asks
}
