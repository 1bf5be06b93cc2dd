//! The embedded starters: the folders of `templates/`, which `init` writes out.
//!
//! A starter is a folder that works as it is: a template, a sample file, the settings that name both, and what else its
//! stream needs (code of a function, a scenario, the destination's own table). To add one: make the folder, and add its
//! line to [`STARTERS`].

/// A starter.
#[derive(Debug)]
pub struct Starter {
    /// Its name, and that of its folder below `templates/`.
    pub name: &'static str,
    /// What it makes, in one line.
    pub summary: &'static str,
    /// Its files, the template first.
    pub files: &'static [StarterFile],
}

/// A file of a starter.
#[derive(Debug)]
pub struct StarterFile {
    /// Its place below the starter's folder, with `/` between folders.
    pub path: &'static str,
    /// What it holds.
    pub text: &'static str,
}

macro_rules! starters {
    ($($name:literal: $summary:literal, [$($file:literal),+ $(,)?];)*) => {
        /// All starters, in the order of the list that `init` prints.
        pub const STARTERS: &[Starter] = &[$(Starter {
            name: $name,
            summary: $summary,
            files: &[
                StarterFile {
                    path: "template.yaml",
                    text: include_str!(concat!("../../templates/", $name, "/template.yaml")),
                },
                StarterFile {
                    path: "firehose-kit.toml",
                    text: include_str!(concat!("../../templates/", $name, "/firehose-kit.toml")),
                },
                $(StarterFile {
                    path: $file,
                    text: include_str!(concat!("../../templates/", $name, "/", $file)),
                }),+
            ],
        }),*];
    };
}

starters! {
    "s3-gzip": "Records to gzipped lines in S3, in folders by hour",
        ["samples.jsonl", "s3-gzip.scenario.toml"];
    "s3-parquet": "Records to Parquet in S3, with the Glue table and Athena's DDL",
        ["samples.jsonl", "athena.sql"];
    "s3-partitioned": "Dynamic partitioning: each tenant's records in folders of their own",
        ["samples.jsonl", "s3-partitioned.scenario.toml"];
    "kinesis-to-s3": "A Kinesis data stream to S3, in Hive-style folders by hour",
        ["samples.jsonl"];
    "cloudwatch-logs-to-s3": "The events of a CloudWatch log group to lines in S3",
        ["samples.jsonl"];
    "lambda-python": "A Python function cleans records on their way to S3",
        ["samples.jsonl"];
    "lambda-node": "A Node function cleans records on their way to S3",
        ["samples.jsonl"];
    "redshift": "Records to a Redshift table by COPY",
        ["samples.jsonl", "table.sql"];
    "opensearch": "Log records to an OpenSearch domain, with an index a day",
        ["samples.jsonl"];
    "opensearch-serverless": "Log records to a collection of OpenSearch Serverless",
        ["samples.jsonl"];
    "splunk": "Events to Splunk's HTTP Event Collector",
        ["samples.jsonl"];
    "http-endpoint": "Records to an HTTP endpoint of your own",
        ["samples.jsonl"];
    "datadog": "Logs to Datadog",
        ["samples.jsonl"];
    "snowflake": "Records to a Snowflake table by Snowpipe Streaming",
        ["samples.jsonl", "table.sql"];
    "iceberg": "Records to an Apache Iceberg table in S3",
        ["samples.jsonl"];
}

/// The starter of this name.
pub fn named(name: &str) -> Option<&'static Starter> {
    STARTERS.iter().find(|starter| starter.name == name)
}

impl Starter {
    /// The text of its `firehose-kit.toml` with another stack name.
    ///
    /// The line `stack-name = "<name of the starter>"` is replaced; everything else stays.
    pub fn settings_for_stack(&self, stack_name: &str) -> String {
        let settings = self.files.iter().find(|file| file.path == "firehose-kit.toml");
        let own = format!("stack-name = \"{}\"\n", self.name);
        settings.map_or("", |file| file.text).replacen(&own, &format!("stack-name = \"{stack_name}\"\n"), 1)
    }
}

impl Starter {
    /// The values that are made up for parameters without a sensible default.
    pub fn made_up(&self) -> Vec<(String, String)> {
        let settings = self.files.iter().find(|file| file.path == "firehose-kit.toml");
        let settings: toml::Table =
            settings.and_then(|file| toml::from_str(file.text).ok()).unwrap_or_default();
        let parameters = settings.get("parameters").and_then(toml::Value::as_table);
        let values = parameters.into_iter().flatten();
        values.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }
}

/// The made-up values of all starters.
pub fn made_up() -> Vec<(String, String)> {
    STARTERS.iter().flat_map(Starter::made_up).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_name_can_be_another() {
        for starter in STARTERS {
            let settings = starter.settings_for_stack("orders");
            assert!(settings.contains("\nstack-name = \"orders\"\n"), "{}: {settings}", starter.name);
        }
    }
}
