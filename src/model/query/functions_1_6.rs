//! The functions and formats of jq 1.6.

use super::grammar_1_6::{Reader, wrong};
use super::tokens_1_6::Token;
use super::{QueryError, QueryErrorKind};

/// The functions of jq 1.6 with the number of their arguments, as `jq -n builtins` names them.
const FUNCTIONS: &str = include_str!("functions_1_6.txt");
const CONSTANTS: [&str; 3] = ["true", "false", "null"];
const FORMATS: [&str; 9] = ["@text", "@json", "@html", "@uri", "@csv", "@tsv", "@sh", "@base64", "@base64d"];
impl Reader<'_> {
    /// Notes a call of what neither jq 1.6 nor the query itself has.
    pub(super) fn function(&mut self, token: Token<'_>, name: &str, count: usize) {
        let of_1_6 =
            || FUNCTIONS.lines().filter_map(|line| line.split_once('/')).filter(|(known, _)| *known == name);
        let number = count.to_string();
        let is_known = self.defined.contains(&(name, count))
            || (count == 0 && CONSTANTS.contains(&name))
            || of_1_6().any(|(_, arguments)| arguments == number);
        if is_known {
            return;
        }
        let others: Vec<&str> = of_1_6().map(|(_, arguments)| arguments).collect();
        let hint = match (name, others.as_slice()) {
            ("trim", _) => Some("write `sub(\"^\\\\s+\"; \"\") | sub(\"\\\\s+$\"; \"\")`".to_owned()),
            ("abs", _) => Some("write `if . < 0 then -. else . end`".to_owned()),
            (_, []) => None,
            _ => Some(format!("jq 1.6 has `{name}` of {} arguments", others.join(" or "))),
        };
        let message = super::no_function(name, count);
        self.lacks(QueryError { kind: QueryErrorKind::Undefined, ..wrong(token, message, hint) });
    }

    /// Notes a format that jq 1.6 lacks.
    pub(super) fn format(&mut self, token: Token<'_>) {
        let name = &self.text[token.start..token.end];
        if FORMATS.contains(&name) {
            return;
        }
        let message = format!("jq has no format `{name}`");
        self.lacks(QueryError { kind: QueryErrorKind::Undefined, ..wrong(token, message, None) });
    }

    fn lacks(&mut self, error: QueryError) {
        if self.undefined.as_ref().is_none_or(|first| error.range.start < first.range.start) {
            self.undefined = Some(error);
        }
    }
}
