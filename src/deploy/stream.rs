//! A delivery stream as Firehose describes it, beside what the template says.
//!
//! As CloudFormation's drift detection does, only what the template sets is compared; what a deployment alone would
//! know, secrets and tags are left out.

use serde_json::Value as Json;

use super::differences::{self, PropertyDifference};
use crate::foundation::document::{Chunk, Node, Value};
use crate::template::secrets::is_secret_property;

/// A delivery stream as `DescribeDeliveryStream` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamDescription {
    /// `ACTIVE`, `CREATING`, ...
    pub status: String,
    /// Why it could not be made: type and details.
    pub failure: Option<String>,
    /// `DeliveryStreamDescription` as it was answered.
    pub told: Json,
    /// How it differs from the template's, where that was compared.
    pub comparison: Option<Comparison>,
}

/// A description beside a template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// What differs: `before` is the template's value, `after` the deployed one.
    pub differences: Vec<PropertyDifference>,
    /// What the template sets and the description does not have.
    pub untold: Vec<String>,
}

/// Compares the resolved properties of a stream with what Firehose tells.
pub fn compare(properties: &Node, told: &Json) -> Comparison {
    let mut comparison = Comparison::default();
    let Value::Map(map) = &properties.value else { return comparison };
    for entry in &map.entries {
        let key = &*entry.key;
        let place = match key {
            "Tags" => continue,
            "DeliveryStreamEncryptionConfigurationInput" => told.get("DeliveryStreamEncryptionConfiguration"),
            _ if key.ends_with("SourceConfiguration") => {
                told.get("Source").and_then(|source| member(source, key))
            }
            _ if key.ends_with("DestinationConfiguration") => {
                let first = told.get("Destinations").and_then(|all| all.get(0));
                let found = first.and_then(|first| member(first, key));
                if let (None, Some(first)) = (found, first) {
                    comparison.differences.push(PropertyDifference {
                        path: key.to_owned(),
                        before: Some("set".to_owned()),
                        after: Some(kinds(first)),
                        is_sure: true,
                    });
                    continue;
                }
                found
            }
            _ => told.get(key),
        };
        comparison.walk(key.to_owned(), key, &entry.node, place);
    }
    comparison
}

/// The destinations that a description has.
fn kinds(destination: &Json) -> String {
    let names = destination.as_object().into_iter().flat_map(|object| object.keys());
    names.filter(|name| name.ends_with("Description")).cloned().collect::<Vec<_>>().join(", ")
}

/// A member by its name in CloudFormation. The API writes `Description` for `Configuration`, and some letters otherwise.
fn member<'a>(told: &'a Json, key: &str) -> Option<&'a Json> {
    let renamed = match key {
        "S3Configuration" => "S3DestinationDescription".to_owned(),
        "VpcConfiguration" => "VpcConfigurationDescription".to_owned(),
        _ => match key.strip_suffix("Configuration") {
            Some(stem) => format!("{stem}Description"),
            None => key.to_owned(),
        },
    };
    let object = told.as_object()?;
    let named = |wanted: &str| {
        object.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, told)| told)
    };
    named(key).or_else(|| named(&renamed))
}

impl Comparison {
    fn walk(&mut self, path: String, key: &str, node: &Node, told: Option<&Json>) {
        // Times are told as numbers, in seconds; they can't be changed anyhow.
        let is_time = key.ends_with("Timestamp");
        if is_secret_property(key) || is_unknown(node) || is_time {
            return;
        }
        let Some(told) = told.filter(|told| !told.is_null()) else {
            // What is switched off or empty need not be told.
            if !is_nothing(node) {
                self.untold.push(path);
            }
            return;
        };
        match &node.value {
            Value::Map(map) => {
                for entry in &map.entries {
                    let below = format!("{path}.{}", entry.key);
                    self.walk(below, &entry.key, &entry.node, member(told, &entry.key));
                }
            }
            Value::List(items) => self.list(&path, items, told),
            _ => {
                let (before, after) = (differences::text(node), plain(told));
                if !is_same(&before, &after) {
                    self.differ(path, before, after);
                }
            }
        }
    }

    fn list(&mut self, path: &str, items: &[Node], told: &Json) {
        let all = told.as_array().map(Vec::as_slice).unwrap_or_default();
        // Entries that have a name go by it: the service adds some, and orders them as it likes.
        let name = |names: &Node| {
            ["ParameterName", "AttributeName"]
                .iter()
                .find_map(|key| Some((*key, names.get(key)?.as_text()?.into_owned())))
        };
        if items.iter().any(|item| name(item).is_some()) {
            for item in items {
                let Some((key, name)) = name(item) else { continue };
                let found = all.iter().find(|one| one.get(key).and_then(Json::as_str) == Some(&name));
                let value_key = if key == "ParameterName" { "ParameterValue" } else { "AttributeValue" };
                // Values of attributes are where tokens hide.
                if let Some(value) = item.get(value_key).filter(|_| key == "ParameterName") {
                    self.walk(
                        format!("{path}.{name}"),
                        value_key,
                        value,
                        found.and_then(|one| one.get(value_key)),
                    );
                }
            }
            return;
        }
        if items.iter().all(|item| item.as_text().is_some()) {
            let mut wanted: Vec<String> = items.iter().map(differences::text).collect();
            let mut found: Vec<String> = all.iter().map(plain).collect();
            wanted.sort_unstable();
            found.sort_unstable();
            if wanted != found {
                self.differ(path.to_owned(), wanted.join(", "), found.join(", "));
            }
            return;
        }
        if items.len() != all.len() {
            self.differ(
                path.to_owned(),
                format!("{} entries", items.len()),
                format!("{} entries", all.len()),
            );
            return;
        }
        for (at, (item, told)) in items.iter().zip(all).enumerate() {
            self.walk(format!("{path}[{at}]"), "", item, Some(told));
        }
    }

    fn differ(&mut self, path: String, before: String, after: String) {
        let (before, after) = (differences::shown(&path, &before), differences::shown(&path, &after));
        let (before, after) = (Some(before), Some(after));
        self.differences.push(PropertyDifference { path, before, after, is_sure: true });
    }
}

/// Whether a value is only known in AWS.
fn is_unknown(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.chunks.iter().any(|chunk| matches!(chunk, Chunk::Unknown(..))),
        Value::Unknown(_) | Value::Call(_) => true,
        _ => false,
    }
}

fn is_nothing(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Bool(value, _) => !value,
        Value::String(_) => node.as_text().is_some_and(|text| text.is_empty()),
        Value::List(items) => items.iter().all(is_nothing),
        Value::Map(map) => map.entries.iter().all(|entry| is_nothing(&entry.node)),
        _ => false,
    }
}

fn plain(told: &Json) -> String {
    told.as_str().map_or_else(|| told.to_string(), str::to_owned)
}

/// `5` is `5.0`, `true` is `True`, and a function is its latest version.
fn is_same(one: &str, other: &str) -> bool {
    let latest = |text: &str| text.strip_suffix(":$LATEST").unwrap_or(text).to_owned();
    if one.starts_with("arn:") && latest(one) == latest(other) {
        return true;
    }
    let number = |text: &str| text.parse::<f64>().ok();
    one == other
        || matches!((number(one), number(other)), (Some(one), Some(other)) if one == other)
        || (one.eq_ignore_ascii_case(other) && ["true", "false"].contains(&one.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;
    use crate::template::Template;

    fn compared(properties: &str, told: &str) -> (Vec<String>, Vec<String>) {
        let template = Template::read(Source::new(
            "t",
            format!(
                "Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties: {properties}\n"
            ),
        ));
        let found = compare(
            template.resource("S").unwrap().properties().unwrap(),
            &serde_json::from_str(told).unwrap(),
        );
        let told = |one: PropertyDifference| {
            format!("{}: {} -> {}", one.path, one.before.unwrap_or_default(), one.after.unwrap_or_default())
        };
        (found.differences.into_iter().map(told).collect(), found.untold)
    }

    #[test]
    fn what_the_template_sets_is_found_under_the_names_of_the_api() {
        let template = r#"{DeliveryStreamType: KinesisStreamAsSource,
          KinesisStreamSourceConfiguration: {KinesisStreamARN: arn:k, RoleARN: arn:r},
          DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK}, Tags: [{Key: a, Value: b}],
          AmazonopensearchserviceDestinationConfiguration: {IndexName: i, S3Configuration: {BucketARN: arn:b,
            BufferingHints: {SizeInMBs: "5", IntervalInSeconds: 60}}, VpcConfiguration: {SubnetIds: [s2, s1], SecurityGroupIds: [g]},
            ProcessingConfiguration: {Enabled: true, Processors: [{Type: Lambda, Parameters: [
              {ParameterName: LambdaArn, ParameterValue: arn:f}]}]}}}"#;
        let told = r#"{"DeliveryStreamType":"KinesisStreamAsSource","DeliveryStreamEncryptionConfiguration":{"KeyType":"AWS_OWNED_CMK"},
          "Source":{"KinesisStreamSourceDescription":{"KinesisStreamARN":"arn:k","RoleARN":"arn:r"}},
          "Destinations":[{"DestinationId":"d","AmazonopensearchserviceDestinationDescription":{"IndexName":"i",
            "S3DestinationDescription":{"BucketARN":"arn:b","BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":300}},
            "VpcConfigurationDescription":{"SubnetIds":["s1","s2"],"SecurityGroupIds":["g"],"VpcId":"v"},
            "ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"Lambda","Parameters":[
              {"ParameterName":"NumberOfRetries","ParameterValue":"3"},{"ParameterName":"LambdaArn","ParameterValue":"arn:f:$LATEST"}]}]}}}]}"#;
        let (differences, untold) = compared(template, told);
        let inside = "AmazonopensearchserviceDestinationConfiguration.S3Configuration";
        assert_eq!(differences, [format!("{inside}.BufferingHints.IntervalInSeconds: 60 -> 300")]);
        assert_eq!(untold, [""; 0]);
    }

    #[test]
    fn secrets_unknown_values_and_what_is_off_are_not_compared() {
        let (differences, untold) = compared(
            "{HttpEndpointDestinationConfiguration: {EndpointConfiguration: {Url: 'https://a', AccessKey: k}, RoleARN: !GetAtt R.Arn, \
             CloudWatchLoggingOptions: {Enabled: false}, S3BackupMode: AllData}}",
            r#"{"Destinations":[{"HttpEndpointDestinationDescription":{"EndpointConfiguration":{"Url":"https://a"},"RoleARN":"arn:x"}}]}"#,
        );
        assert_eq!(differences, [""; 0]);
        assert_eq!(untold, ["HttpEndpointDestinationConfiguration.S3BackupMode"]);
        let (differences, _) = compared(
            "{S3DestinationConfiguration: {BucketARN: arn:b}}",
            r#"{"Destinations":[{"DestinationId":"d","SplunkDestinationDescription":{}}]}"#,
        );
        assert_eq!(differences, ["S3DestinationConfiguration: set -> SplunkDestinationDescription"]);
    }
}
