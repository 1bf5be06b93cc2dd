//! `[[answer]]`: how requests are answered.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::value;
use crate::{
    model::destination::request::{Scripted, Trouble},
    simulation::{
        answers::{Acknowledged, DocumentRule, ScriptedAnswer},
        samples::pointer::JsonPointer,
        script::{Moment, NamePattern},
    },
};

/// An answer of a scenario. What it does not say is as a healthy endpoint answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerTable {
    /// The first moment at which attempts are answered so: the first arrival when absent.
    #[serde(default, deserialize_with = "value::moment")]
    pub from: Option<Moment>,
    /// The first moment at which they no longer are: never when absent.
    #[serde(default, deserialize_with = "value::moment")]
    pub until: Option<Moment>,
    /// The targets whose requests are.
    pub target: Option<String>,
    /// How many attempts of each request are.
    pub attempts: Option<u32>,
    /// How many attempts of the run are.
    pub times: Option<u32>,
    /// The status.
    pub status: Option<u16>,
    /// The reason phrase.
    pub reason: Option<String>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Option<String>,
    /// What happens instead of an answer, or an error code of the destination.
    pub error: Option<String>,
    /// How long the answer takes.
    #[serde(default, deserialize_with = "value::duration")]
    pub after: Duration,
    /// Records that are refused one by one.
    pub documents: Option<DocumentsTable>,
    /// When the records are acknowledged, counted from the answer: a span, or `never`.
    #[serde(default, deserialize_with = "acknowledged")]
    pub acknowledge: Acknowledged,
}

/// `documents = { where = { "/id" = 7 }, status = 400 }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DocumentsTable {
    /// Each so-manieth.
    pub every: Option<u32>,
    /// Those whose field, named by a JSON Pointer, has this value.
    pub r#where: Option<BTreeMap<String, toml::Value>>,
    /// The status.
    #[serde(default = "bad_request")]
    pub status: u16,
    /// The type of the error.
    #[serde(default = "parsing")]
    pub r#type: String,
    /// The reason in words.
    #[serde(default = "parsing_failed")]
    pub reason: String,
}

fn bad_request() -> u16 {
    400
}

fn parsing() -> String {
    "mapper_parsing_exception".to_owned()
}

fn parsing_failed() -> String {
    "failed to parse".to_owned()
}

impl AnswerTable {
    /// What serde can't check.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(error) = &self.error {
            let is_code = error.contains('.') || error == "InternalError";
            let known: Vec<&str> = Trouble::ALL.iter().map(|(name, _)| *name).collect();
            if !is_code && !known.contains(&&**error) {
                let known = known.join(", ");
                return Err(format!(
                    "`error` is `{error}`: one of {known} is expected, or a code such as Redshift.DiskFull"
                ));
            }
        }
        let Some(documents) = &self.documents else { return Ok(()) };
        match &documents.r#where {
            Some(places) if places.len() != 1 => Err("`where` names one field".to_owned()),
            Some(places) => places.keys().try_for_each(|pointer| {
                pointer.parse::<JsonPointer>().map(drop).map_err(|error| error.to_string())
            }),
            None => Ok(()),
        }
    }

    pub(super) fn lower(&self) -> ScriptedAnswer {
        let documents = self.documents.as_ref().map(|table| DocumentRule {
            every: table.every,
            matching: table
                .r#where
                .iter()
                .flatten()
                .next()
                .and_then(|(pointer, value)| Some((pointer.parse().ok()?, super::expect::json(value)))),
            status: table.status,
            kind: table.r#type.clone(),
            reason: table.reason.clone(),
        });
        ScriptedAnswer {
            from: self.from.unwrap_or(Moment::After(Duration::ZERO)),
            until: self.until,
            target: self.target.clone().map(NamePattern::new),
            attempts: self.attempts,
            times: self.times,
            answer: Scripted {
                status: self.status,
                reason: self.reason.clone(),
                headers: self.headers.clone().into_iter().collect(),
                body: self.body.clone(),
                error: self.error.clone(),
                documents: Vec::new(),
            },
            after: self.after,
            documents,
            acknowledged: self.acknowledge,
        }
    }
}

fn acknowledged<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Acknowledged, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.as_str() {
        "never" => Ok(Acknowledged::Never),
        text => value::read_duration(text)
            .map(Acknowledged::After)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no span such as 30s, nor `never`"))),
    }
}
