//! What requests to a destination look like; secrets are covered.

use crate::foundation::document::Node;
use crate::foundation::secret_name::is_secret_name;
use crate::model::lower::Identity;
use crate::report::render::Fact;
use crate::rules::secret::{COVER, covered};

/// The facts, the place that requests go to first.
pub fn facts(kind: &str, block: &Node, identity: &Identity) -> Vec<Fact> {
    let at = |path: &[&str]| {
        let node = path.iter().try_fold(block, |node, key| node.get(key))?;
        let key = path.last().copied().unwrap_or_default();
        Some(covered(key, &node.as_text()?)).filter(|text| !text.is_empty())
    };
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: Option<String>| {
        facts.extend(value.map(|value| Fact { name: name.to_owned(), value }));
    };
    let has_secret = at(&["SecretsManagerConfiguration", "Enabled"]).as_deref() == Some("true");
    let on = |path: &[&str]| at(path).unwrap_or_else(|| "(on deployment)".to_owned());
    match kind {
        "AmazonopensearchserviceDestinationConfiguration" | "ElasticsearchDestinationConfiguration" => {
            let place =
                at(&["ClusterEndpoint"]).map(|url| format!("POST {}/_bulk", url.trim_end_matches('/')));
            fact(
                "request",
                place.or_else(|| {
                    at(&["DomainARN"]).map(|arn| format!("POST https://<endpoint of {arn}>/_bulk"))
                }),
            );
            let kind = at(&["TypeName"]).map(|name| format!(",\"_type\":\"{name}\"")).unwrap_or_default();
            let has_id =
                at(&["DocumentIdOptions", "DefaultDocumentIdFormat"]).as_deref() != Some("NO_DOCUMENT_ID");
            let id = if has_id { ",\"_id\":\"<id>\"" } else { "" };
            fact("action", Some(format!("{{\"index\":{{\"_index\":\"<index>\"{kind}{id}}}}}")));
        }
        "AmazonOpenSearchServerlessDestinationConfiguration" => {
            let url = on(&["CollectionEndpoint"]);
            fact("request", Some(format!("POST {}/_bulk", url.trim_end_matches('/'))));
            fact("action", Some("{\"index\":{\"_index\":\"<index>\"}}".to_owned()));
        }
        "SplunkDestinationConfiguration" => {
            let place = if on(&["HECEndpointType"]) == "Event" { "event" } else { "raw" };
            let endpoint = on(&["HECEndpoint"]);
            let endpoint = endpoint.trim_end_matches('/');
            fact("request", Some(format!("POST {endpoint}/services/collector/{place}?channel=<guid>")));
            fact("Authorization", Some(format!("Splunk {COVER}")));
            fact("X-Splunk-Request-Channel", Some("<guid>".to_owned()));
            fact("acknowledgement", Some(format!("POST {endpoint}/services/collector/ack?channel=<guid>")));
        }
        "HttpEndpointDestinationConfiguration" => {
            fact("request", Some(format!("POST {}", on(&["EndpointConfiguration", "Url"]))));
            fact("X-Amz-Firehose-Protocol-Version", Some("1.0".to_owned()));
            fact("X-Amz-Firehose-Request-Id", Some("<guid, kept for retries>".to_owned()));
            fact("X-Amz-Firehose-Source-Arn", Some(identity.arn.clone()));
            let has_key =
                block.get("EndpointConfiguration").is_some_and(|place| place.get("AccessKey").is_some());
            fact("X-Amz-Firehose-Access-Key", (has_key || has_secret).then(|| COVER.to_owned()));
            fact("X-Amz-Firehose-Common-Attributes", common_attributes(block));
            fact("Content-Type", Some("application/json".to_owned()));
            let encoding = at(&["RequestConfiguration", "ContentEncoding"]);
            fact("Content-Encoding", encoding.filter(|name| name == "GZIP").map(|_| "gzip".to_owned()));
        }
        "SnowflakeDestinationConfiguration" => {
            let table = format!("{}.{}.{}", on(&["Database"]), on(&["Schema"]), on(&["Table"]));
            fact("table", Some(table));
            fact("account", at(&["AccountUrl"]));
            let loading = at(&["DataLoadingOption"]).unwrap_or_else(|| "JSON_MAPPING".to_owned());
            fact(
                "rows",
                Some(match loading.as_str() {
                    "JSON_MAPPING" => "top-level members go into the columns of their names".to_owned(),
                    "VARIANT_CONTENT_MAPPING" => {
                        format!("the record goes into {}", on(&["ContentColumnName"]))
                    }
                    _ => format!(
                        "the record goes into {}, what Firehose knows of it into {}",
                        on(&["ContentColumnName"]),
                        on(&["MetaDataColumnName"])
                    ),
                }),
            );
            fact(
                "credentials",
                Some(if has_secret { "from Secrets Manager".into() } else { COVER.to_owned() }),
            );
        }
        "IcebergDestinationConfiguration" => {
            let tables =
                block.get("DestinationTableConfigurationList").and_then(Node::as_list).unwrap_or_default();
            let text = |node: &Node, key: &str| {
                node.get(key).and_then(Node::as_text).map_or_else(|| "?".to_owned(), |text| text.into_owned())
            };
            for table in tables {
                let keys = table.get("UniqueKeys").and_then(Node::as_list).unwrap_or_default();
                let keys: Vec<_> = keys.iter().filter_map(Node::as_text).collect();
                let keys = if keys.is_empty() { String::new() } else { format!(" by {}", keys.join(", ")) };
                let name = format!(
                    "{}.{}",
                    text(table, "DestinationDatabaseName"),
                    text(table, "DestinationTableName")
                );
                let errors = table.get("S3ErrorOutputPrefix").and_then(Node::as_text);
                let errors = errors.map_or_else(String::new, |prefix| format!(", errors under {prefix}"));
                fact("table", Some(name + &keys + &errors));
            }
            if tables.is_empty() {
                fact("table", Some("as each record's metadata say".to_owned()));
            }
            fact("catalog", at(&["CatalogConfiguration", "CatalogArn"]));
            let appends = at(&["AppendOnly"]).as_deref() == Some("true");
            fact("operations", Some(if appends { "insert" } else { "insert, update, delete" }.to_owned()));
        }
        "RedshiftDestinationConfiguration" => {
            fact("cluster", at(&["ClusterJDBCURL"]));
            fact("table", at(&["CopyCommand", "DataTableName"]));
            fact(
                "credentials",
                Some(if has_secret { "from Secrets Manager".into() } else { COVER.to_owned() }),
            );
        }
        _ => {}
    }
    facts
}

fn common_attributes(block: &Node) -> Option<String> {
    let list = block.get("RequestConfiguration")?.get("CommonAttributes")?.as_list()?;
    let mut names = serde_json::Map::new();
    for item in list {
        let name = item.get("AttributeName")?.as_text()?.into_owned();
        // Values of attributes are where tokens hide.
        let value = match is_secret_name(&name) {
            true => COVER.to_owned(),
            false => item.get("AttributeValue").and_then(Node::as_text).unwrap_or_default().into_owned(),
        };
        names.insert(name, value.into());
    }
    (!names.is_empty()).then(|| serde_json::json!({ "commonAttributes": names }).to_string())
}
