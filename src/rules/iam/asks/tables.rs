//! What no rule judges yet and a policy has to hold all the same: topics of MSK, tables of Apache Iceberg.

use super::{Ask, arn, joined, need, role_of};
use crate::model::permissions::{Feature, Form};
use crate::rules::Scope;
use crate::rules::iam::resources::{Side, Token, known, tokens};
use crate::rules::iam::written::{called, written};

/// Reading a topic.
pub fn msk<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let Some(source) = scope.at(&["MSKSourceConfiguration"]) else { return Vec::new() };
    let role = source.at(&["AuthenticationConfiguration", "RoleARN"]);
    let (Some(role), Some(at)) = (role, source.get("MSKClusterARN")) else { return Vec::new() };
    let cluster = written(at.node);
    // Topics and groups are named by the cluster's name and id, which end its ARN.
    let below = |kind: &str, rest: &str| match cluster.split_once(":cluster/") {
        Some((head, name)) => format!("{head}:{kind}/{name}/{rest}"),
        None => format!("arn:${{AWS::Partition}}:kafka:${{AWS::Region}}:${{AWS::AccountId}}:{kind}/*/{rest}"),
    };
    let topic = source.get("TopicName").map_or_else(|| "*".to_owned(), |place| written(place.node));
    let hole = || vec![Token::Hole("".into())];
    let needs = vec![
        need(Form::MskCluster, tokens(view, at.node, Side::Used), cluster.clone()),
        need(Form::MskTopic, hole(), below("topic", &topic)),
        need(Form::MskGroups, hole(), below("group", "*")),
    ];
    let subject = called(view, at.node, "cluster");
    vec![Ask { feature: Feature::Msk, role, at, subject, needs }]
}

/// Writing tables.
pub fn iceberg<'a>(scope: &Scope<'a>) -> Vec<Ask<'a>> {
    let view = scope.view;
    let mut asks = Vec::new();
    let wanted = "IcebergDestinationConfiguration";
    for (_, destination) in scope.destinations().into_iter().filter(|(kind, _)| *kind == wanted) {
        let Some(role) = role_of(&destination) else { continue };
        let at = destination.get("CatalogConfiguration").unwrap_or_else(|| destination.clone());
        let start = "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}";
        let catalog = at.get("CatalogArn").map_or(format!("{start}:catalog"), |place| written(place.node));
        let word = |text: &str| known(text, Side::Used);
        let mut needs = vec![need(Form::Catalog, arn("glue", &word("catalog")), catalog)];
        let tables = destination.get("DestinationTableConfigurationList").map(|list| list.items());
        let tables = tables.unwrap_or_default();
        for table in &tables {
            let text = |key: &str| table.get(key).map_or_else(|| "*".to_owned(), |place| written(place.node));
            let (database, name) = (text("DestinationDatabaseName"), text("DestinationTableName"));
            let hole = || vec![Token::Hole("".into())];
            let path = |kind: &str| arn("glue", &joined(&[&word(kind), &hole()]));
            needs.push(need(Form::Database, path("database/"), format!("{start}:database/{database}")));
            needs.push(need(Form::Table, path("table/"), format!("{start}:table/{database}/{name}")));
        }
        if tables.is_empty() {
            // Records say which table they are for.
            needs.push(need(Form::Database, vec![Token::Hole("".into())], format!("{start}:database/*")));
            needs.push(need(Form::Table, vec![Token::Hole("".into())], format!("{start}:table/*")));
        }
        if let Some(bucket) = destination.at(&["S3Configuration", "BucketARN"]) {
            let text = format!("{}/*", written(bucket.node));
            needs.push(need(Form::Objects, tokens(view, bucket.node, Side::Used), text));
        }
        let evolves = ["SchemaEvolutionConfiguration", "TableCreationConfiguration"].into_iter().any(|key| {
            destination.at(&[key, "Enabled"]).is_some_and(|place| place.node.as_bool() == Some(true))
        });
        let subject = "the tables".to_owned();
        if evolves || scope.at(&["DatabaseSourceConfiguration"]).is_some() {
            let (role, at) = (role.clone(), at.clone());
            let (subject, needs) = (subject.clone(), needs.clone());
            asks.push(Ask { feature: Feature::IcebergSchema, role, at, subject, needs });
        }
        asks.push(Ask { feature: Feature::Iceberg, role, at, subject, needs });
    }
    asks
}
