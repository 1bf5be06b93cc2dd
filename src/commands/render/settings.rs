//! The resolved configuration, and where each setting comes from.

use crate::commands::stream::Opened;
use crate::foundation::document::{Node, Value};
use crate::foundation::secret_name::is_secret_name;
use crate::model::lower::lanes;
use crate::model::setting_defaults::{self, SettingDefault};
use crate::report::render::Setting;
use crate::rules::secret::covered;

/// The settings of the stream, those of the template first.
pub fn settings(opened: &Opened, kind: &str, block: &Node) -> Vec<Setting> {
    let mut found = Vec::new();
    let properties = &opened.properties;
    let entries = properties.as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
    if properties.get("DeliveryStreamType").is_none() {
        found.push(default("DeliveryStreamType", "DirectPut", "API reference"));
    }
    if properties.get("DeliveryStreamName").is_none() {
        let name = opened.identity().name;
        found.push(Setting {
            source: Some("made up; a deployment names it"),
            ..default("DeliveryStreamName", &name, "")
        });
    }
    for entry in entries.iter().filter(|entry| &*entry.key != "Tags") {
        let is_block = matches!(entry.node.value, Value::Map(_));
        if !is_block {
            walk(opened, &entry.key, &entry.key, &entry.node, &mut found);
        }
    }
    for entry in entries.iter().filter(|entry| &*entry.key != "Tags") {
        if matches!(entry.node.value, Value::Map(_)) {
            walk(opened, &entry.key, &entry.key, &entry.node, &mut found);
            if *entry.key == *kind {
                let is_large = lanes::is_partitioned(block) || lanes::converted(block).is_some();
                add(&mut found, kind, block, &setting_defaults::of(kind, is_large));
                for nested in ["S3Configuration", "S3BackupConfiguration"] {
                    if let Some(node) = block.get(nested) {
                        add(&mut found, &format!("{kind}.{nested}"), node, setting_defaults::of_nested_s3());
                    }
                }
            }
        }
    }
    found
}

fn add(found: &mut Vec<Setting>, path: &str, block: &Node, defaults: &[SettingDefault]) {
    for setting in defaults {
        let is_set = setting.path.split('.').try_fold(block, |node, key| node.get(key)).is_some()
            // Iceberg spells this one with a small s.
            || (setting.path == "S3BackupMode" && block.get("s3BackupMode").is_some());
        if !is_set {
            found.push(default(&format!("{path}.{}", setting.path), setting.value, setting.source));
        }
    }
}

fn default(path: &str, value: &str, source: &'static str) -> Setting {
    Setting {
        path: path.to_owned(),
        value: value.to_owned(),
        from: "default",
        parameter: None,
        line: None,
        source: Some(source),
    }
}

fn walk(opened: &Opened, path: &str, key: &str, node: &Node, found: &mut Vec<Setting>) {
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                walk(opened, &format!("{path}.{}", entry.key), &entry.key, &entry.node, found);
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                let name = item.get("ParameterName").or_else(|| item.get("AttributeName"));
                let value = item.get("ParameterValue").or_else(|| item.get("AttributeValue"));
                match (name.and_then(Node::as_text), value) {
                    (Some(name), Some(value)) => {
                        let covers = item.get("AttributeName").is_some() && is_secret_name(&name);
                        let key = if covers { "AccessKey" } else { &*name };
                        walk(opened, &format!("{path}.{name}"), key, value, found);
                    }
                    _ => walk(opened, &format!("{path}.{at}"), key, item, found),
                }
            }
        }
        _ => found.push(setting(opened, path, key, node)),
    }
}

fn setting(opened: &Opened, path: &str, key: &str, node: &Node) -> Setting {
    let value = match (node.as_text(), &node.value) {
        (Some(text), _) => covered(key, &text),
        (None, Value::String(text)) => covered(key, &text.masked().replace('\u{FFFC}', "(on deployment)")),
        (None, Value::Null) => "(nothing)".to_owned(),
        _ => "(on deployment)".to_owned(),
    };
    // A parameter that is hidden is hidden wherever it stands.
    let target = node.reference.as_ref().map(|reference| &*reference.target);
    let parameter = target.filter(|name| opened.template.parameter(name).is_some()).map(str::to_owned);
    let is_hidden = parameter.as_deref().is_some_and(|name| is_no_echo(opened, name));
    let position = opened.template.source.position(node.span.start);
    Setting {
        path: path.to_owned(),
        value: if is_hidden { crate::rules::secret::COVER.to_owned() } else { value.replace('\n', " ") },
        from: if parameter.is_some() { "parameter" } else { "template" },
        parameter,
        line: Some(position.line),
        source: None,
    }
}

fn is_no_echo(opened: &Opened, name: &str) -> bool {
    let declared = opened.template.section("Parameters").and_then(|all| all.get(name));
    declared.and_then(|parameter| parameter.get("NoEcho")).and_then(Node::as_bool) == Some(true)
}

/// What records pass on their way, in words.
pub fn processors(block: &Node) -> Vec<String> {
    let named = |node: &Node, name: &str| {
        let list = node.get("Parameters")?.as_list()?;
        let is_it = |item: &&Node| item.get("ParameterName").and_then(Node::as_text).as_deref() == Some(name);
        list.iter().find(is_it)?.get("ParameterValue")?.as_text().map(|text| text.into_owned())
    };
    let mut all: Vec<String> = lanes::processors(block)
        .into_iter()
        .map(|(kind, node)| match (kind.as_str(), named(node, "LambdaArn")) {
            ("Lambda", Some(arn)) => format!("Lambda {}", arn.rsplit(":function:").next().unwrap_or(&arn)),
            _ => kind,
        })
        .collect();
    if let Some(extension) = lanes::converted(block) {
        all.push(format!("conversion to {}", if extension == ".orc" { "ORC" } else { "Parquet" }));
    }
    all
}
