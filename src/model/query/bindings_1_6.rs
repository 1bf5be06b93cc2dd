//! How jq 1.6 reads what gives names: definitions, variables and patterns.

use super::grammar_1_6::{Outcome, Reader};
use super::tokens_1_6::Kind;

impl Reader<'_> {
    /// `def name(parameters): body;`
    pub(super) fn definition(&mut self) -> Outcome {
        self.needs_word("def")?;
        let name = self.peek();
        self.needs_name()?;
        let mut parameters = Vec::new();
        if self.takes("(") {
            loop {
                let token = self.next();
                let name = match token.kind {
                    Kind::Wrong if self.text[token.start..].starts_with('$') => self.next(),
                    _ => token,
                };
                match name.kind {
                    Kind::Name(name) => parameters.push((name, 0)),
                    _ => return Err(self.refused(name)),
                }
                if !self.takes(";") {
                    break;
                }
            }
            self.needs(")")?;
        }
        self.needs(":")?;
        self.defined.push((&self.text[name.start..name.end], parameters.len()));
        let known = self.defined.len();
        self.defined.extend(parameters);
        self.expression()?;
        self.defined.truncate(known);
        self.needs(";")
    }

    /// `$name`
    pub(super) fn variable(&mut self) -> Outcome {
        let token = self.next();
        match self.text[token.start..].starts_with('$') {
            true => self.needs_name(),
            false => Err(self.refused(token)),
        }
    }

    /// Whether a `$` comes next.
    pub(super) fn is_variable(&self) -> bool {
        self.text[self.peek().start..].starts_with('$')
    }

    /// What stands behind `as`.
    pub(super) fn patterns(&mut self) -> Outcome {
        self.pattern()?;
        while self.takes("?//") {
            self.pattern()?;
        }
        Ok(())
    }

    fn pattern(&mut self) -> Outcome {
        if self.takes("[") {
            self.pattern()?;
            while self.takes(",") {
                self.pattern()?;
            }
            return self.needs("]");
        }
        if !self.takes("{") {
            return self.variable();
        }
        loop {
            let token = self.peek();
            let is_variable = self.is_variable();
            match token.kind {
                _ if is_variable => self.variable()?,
                Kind::Name(_) | Kind::Keyword(_) => drop(self.next()),
                Kind::Quote | Kind::Format => self.string()?,
                Kind::Mark("(") => self.bracketed("(", ")")?,
                _ => return Err(self.refused(token)),
            }
            if !is_variable {
                self.needs(":")?;
                self.pattern()?;
            } else if self.takes(":") {
                self.pattern()?;
            }
            if !self.takes(",") {
                return self.needs("}");
            }
        }
    }
}
