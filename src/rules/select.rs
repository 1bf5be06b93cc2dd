//! Which rules run: ids, names, or prefixes of ids such as `FH3`.

use super::Rule;
use super::own::{OwnRule, OwnRules};

/// What `--select` and `--ignore` say.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    select: Vec<String>,
    ignore: Vec<String>,
}

impl Selection {
    /// Takes the words as given; an error names the first that is no rule, with a suggestion.
    pub fn new(select: &[String], ignore: &[String]) -> Result<Selection, UnknownRule> {
        Selection::with_own(select, ignore, &OwnRules::default())
    }

    /// The same where the user has rules of their own.
    pub fn with_own(select: &[String], ignore: &[String], own: &OwnRules) -> Result<Selection, UnknownRule> {
        for word in select.iter().chain(ignore) {
            let names_one = super::all().any(|rule| matches(rule, word))
                || own.iter().any(|rule| names(&rule.id, &rule.name, word));
            if !names_one {
                let ours = super::all().flat_map(|rule| [rule.id, rule.name]);
                let known = ours.chain(own.iter().flat_map(|rule| [rule.id.as_str(), rule.name.as_str()]));
                let nearest = crate::foundation::suggest::nearest(word, known).map(str::to_owned);
                return Err(UnknownRule { word: word.clone(), nearest });
            }
        }
        Ok(Selection { select: select.to_vec(), ignore: ignore.to_vec() })
    }

    /// Whether a rule runs. The longer word wins where both lists name the rule; at equal length, `--ignore`.
    pub fn runs(&self, rule: &Rule) -> bool {
        self.picks(rule.id, rule.name)
    }

    /// Whether a rule of the user's runs.
    pub fn runs_own(&self, rule: &OwnRule) -> bool {
        self.picks(&rule.id, &rule.name)
    }

    fn picks(&self, id: &str, name: &str) -> bool {
        let best =
            |words: &[String]| words.iter().filter(|word| names(id, name, word)).map(|word| word.len()).max();
        let selected = if self.select.is_empty() { Some(0) } else { best(&self.select) };
        match (selected, best(&self.ignore)) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(selected), Some(ignored)) => selected > ignored,
        }
    }
}

/// A word that names no rule.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no rule is called `{word}`")]
pub struct UnknownRule {
    /// The word.
    pub word: String,
    /// The nearest id or name.
    pub nearest: Option<String>,
}

/// Whether a word names a rule: its id, its name, or the beginning of its id.
pub fn matches(rule: &Rule, word: &str) -> bool {
    names(rule.id, rule.name, word)
}

/// A prefix holds at least the letters that the id begins with: `FH3` for FH305, `ORG` for ORG001.
fn names(id: &str, name: &str, word: &str) -> bool {
    let letters = id.len() - id.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    let word_upper = word.to_ascii_uppercase();
    word == name || (word_upper.len() >= letters && id.starts_with(&word_upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(select: &[&str], ignore: &[&str], id: &str) -> bool {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let selection = Selection::new(&words(select), &words(ignore)).unwrap();
        selection.runs(super::super::find(id).unwrap())
    }

    #[test]
    fn prefixes_ids_and_names_select() {
        assert!(runs(&[], &[], "FH001"));
        assert!(runs(&["FH0"], &[], "FH001"));
        assert!(!runs(&["FH3"], &[], "FH001"));
        assert!(!runs(&[], &["FH0"], "FH001"));
        assert!(runs(&["FH001"], &["FH0"], "FH001"));
        assert!(!runs(&["FH0"], &["FH001"], "FH001"));
    }

    #[test]
    fn an_unknown_word_is_refused_with_a_suggestion() {
        let error = Selection::new(&["FH999".to_owned()], &[]).unwrap_err();
        assert_eq!(error.word, "FH999");
        assert!(error.nearest.is_some());
    }
}
