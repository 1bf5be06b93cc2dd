//! Which rules run: ids, names, or prefixes of ids such as `FH3`.

use super::Rule;

/// What `--select` and `--ignore` say.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    select: Vec<String>,
    ignore: Vec<String>,
}

impl Selection {
    /// Takes the words as given; an error names the first that is no rule, with a suggestion.
    pub fn new(select: &[String], ignore: &[String]) -> Result<Selection, UnknownRule> {
        for word in select.iter().chain(ignore) {
            if !super::all().any(|rule| matches(rule, word)) {
                let known = super::all().flat_map(|rule| [rule.id, rule.name]);
                let nearest = crate::foundation::suggest::nearest(word, known).map(str::to_owned);
                return Err(UnknownRule { word: word.clone(), nearest });
            }
        }
        Ok(Selection { select: select.to_vec(), ignore: ignore.to_vec() })
    }

    /// Whether a rule runs. The longer word wins where both lists name the rule; at equal length, `--ignore`.
    pub fn runs(&self, rule: &Rule) -> bool {
        let best =
            |words: &[String]| words.iter().filter(|word| matches(rule, word)).map(|word| word.len()).max();
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
    let word_upper = word.to_ascii_uppercase();
    word == rule.name || (word_upper.starts_with("FH") && rule.id.starts_with(&word_upper))
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
