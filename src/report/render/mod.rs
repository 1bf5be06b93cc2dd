//! What a stream's settings come to: values first, then text, JSON, Mermaid and DDL of the same values.

pub mod cloudformation;
pub mod ddl;
pub mod diagram;
pub mod text;

use serde::Serialize;

/// All that `render` shows.
#[derive(Debug, Clone, Serialize)]
pub struct Rendering {
    /// The version of this form.
    pub version: u32,
    /// The stream's logical id.
    pub stream: String,
    /// `DeliveryStreamName`, or the name that was made up.
    pub name: String,
    /// The stream's ARN.
    pub arn: String,
    /// Where records come from.
    pub source: Source,
    /// The destination's property.
    pub destination: String,
    /// The zone of prefixes and names.
    pub time_zone: String,
    /// Names that only a deployment gives, and that were made up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made_up: Vec<MadeUp>,
    /// The settings, with those that the template leaves out.
    pub settings: Vec<Setting>,
    /// What records pass on their way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub processors: Vec<String>,
    /// Where objects are written.
    pub lanes: Vec<LaneView>,
    /// What requests look like, where the destination is sent some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target: Vec<Fact>,
    /// The partition keys that examples are made with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partition_keys: Vec<Fact>,
    /// What is written at several moments; the first is the one asked for.
    pub moments: Vec<Moment>,
    /// The folders of failed records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorFolder>,
    /// The table over the objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<TableView>,
    /// The roles, as CloudFormation resources.
    pub iam: serde_json::Value,
    /// What stands in the roles as its value is here.
    #[serde(skip)]
    pub as_given: Vec<String>,
    /// Mermaid text.
    pub diagram: String,
    /// What a reader should know besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What a destination is called, from its property.
pub fn destination_name(property: &str) -> &str {
    match property.trim_end_matches("DestinationConfiguration") {
        "ExtendedS3" | "S3" => "Amazon S3",
        "HttpEndpoint" => "HTTP endpoint",
        "Redshift" => "Amazon Redshift",
        "Amazonopensearchservice" => "Amazon OpenSearch Service",
        "AmazonOpenSearchServerless" => "OpenSearch Serverless",
        "Elasticsearch" => "Amazon Elasticsearch Service",
        "Iceberg" => "Apache Iceberg",
        name => name,
    }
}

/// A source.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// `DeliveryStreamType`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is read from, where it has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// A name that was made up.
#[derive(Debug, Clone, Serialize)]
pub struct MadeUp {
    /// The logical id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// A name and a value.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A setting and where it comes from.
#[derive(Debug, Clone, Serialize)]
pub struct Setting {
    /// Its path in the stream's properties.
    pub path: String,
    /// Its value; secrets are covered.
    pub value: String,
    /// `template`, `parameter` or `default`.
    pub from: &'static str,
    /// The parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The line in the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Who says what the default is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
}

/// A lane on which objects are written.
#[derive(Debug, Clone, Serialize)]
pub struct LaneView {
    /// `destination`, `backup` or `error`.
    pub lane: &'static str,
    /// The bucket.
    pub bucket: String,
    /// What stands before object names, as expressions.
    pub pattern: String,
    /// The same, evaluated; absent where it can't be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// `CompressionFormat` of the bodies.
    pub compression: String,
    /// What names end in; empty for nothing.
    pub extension: String,
    /// `Content-Encoding`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// Why it can't be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What is written of records that arrived at a moment.
#[derive(Debug, Clone, Serialize)]
pub struct Moment {
    /// The moment.
    pub at: String,
    /// The same in the stream's zone.
    pub local: String,
    /// What is special about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boundaries: Vec<String>,
    /// The objects.
    pub objects: Vec<ObjectView>,
    /// The index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The key of the manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest_key: Option<String>,
    /// The manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The COPY statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
}

/// An object.
#[derive(Debug, Clone, Serialize)]
pub struct ObjectView {
    /// Its lane.
    pub lane: &'static str,
    /// Its bucket.
    pub bucket: String,
    /// The evaluated prefix.
    pub prefix: String,
    /// Its key.
    pub key: String,
    /// `Content-Encoding`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
}

/// Where failed records of a kind go.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorFolder {
    /// `error-output-type`; absent for what has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_output_type: Option<String>,
    /// What leads there.
    pub when: String,
    /// The bucket.
    pub bucket: String,
    /// The evaluated folder.
    pub folder: String,
    /// An object in it.
    pub key: String,
}

/// A table over the objects.
#[derive(Debug, Clone, Serialize)]
pub struct TableView {
    /// Its name.
    pub name: String,
    /// Where its columns come from.
    pub columns_from: String,
    /// Its columns.
    pub columns: Vec<Fact>,
    /// Its partition columns, with the kind of their projection.
    pub partition_columns: Vec<Fact>,
    /// The DDL.
    pub ddl: String,
    /// What can't be told, or what Athena can't read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Rendering {
    /// The JSON form.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The roles as YAML, with a comment where a value stands that the template does not hold itself.
    pub fn roles_as_yaml(&self) -> String {
        let comment = |text: &String| {
            let text = text.replace(char::is_control, " ");
            format!("# As the parameters are here, which no reference could tell: {text}\n")
        };
        let comments: String = self.as_given.iter().map(comment).collect();
        comments + &cloudformation::yaml(&self.iam)
    }
}
