//! Which members of a record a query looks at, so that the others need not be read.

use jaq_core::{
    load::{
        lex::StrPart,
        parse::{BinaryOp, Pattern, Term},
    },
    path::{Part, Path},
};

/// The members of its input that a query may look at; `None` where that may be all of them.
pub(super) fn members(query: &Term<&str>) -> Option<Vec<Box<str>>> {
    let mut found = Vec::new();
    looks_at(query, &mut found).then_some(())?;
    found.sort();
    found.dedup();
    Some(found)
}

/// Adds the members that a term looks at whose input is the record; `false` where that may be all of them.
fn looks_at(term: &Term<&str>, found: &mut Vec<Box<str>>) -> bool {
    match term {
        Term::Num(_) | Term::Var(_) | Term::Break(_) | Term::Arr(None) => true,
        Term::Str(_, parts) => parts.iter().all(|part| match part {
            StrPart::Term(of) => looks_at(of, found),
            StrPart::Str(_) | StrPart::Char(_) => true,
        }),
        Term::Arr(Some(of)) | Term::Neg(of) => looks_at(of, found),
        Term::Obj(entries) => entries.iter().all(|(key, value)| match value {
            Some(value) => looks_at(key, found) && looks_at(value, found),
            // `{a}` and `{$a}`.
            None => match key {
                Term::Var(_) => true,
                key => key_of(key).map(|name| found.push(name)).is_some(),
            },
        }),
        Term::BinOp(left, op, right) => match op {
            BinaryOp::Pipe(None) if matches!(**left, Term::Id) => looks_at(right, found),
            // What stands behind sees something else than the record.
            BinaryOp::Pipe(None) => looks_at(left, found),
            BinaryOp::Pipe(Some(Pattern::Var(_)))
            | BinaryOp::Comma
            | BinaryOp::Alt
            | BinaryOp::Or
            | BinaryOp::And
            | BinaryOp::Math(_)
            | BinaryOp::Cmp(_) => looks_at(left, found) && looks_at(right, found),
            _ => false,
        },
        Term::IfThenElse(branches, otherwise) => {
            // Without `else` the input itself comes out.
            branches.iter().all(|(condition, then)| looks_at(condition, found) && looks_at(then, found))
                && otherwise.as_ref().is_some_and(|otherwise| looks_at(otherwise, found))
        }
        // What becomes of it sees something else than the record.
        Term::Fold(_, over, Pattern::Var(_), arguments) => {
            looks_at(over, found) && arguments.first().is_some_and(|from| looks_at(from, found))
        }
        Term::TryCatch(of, _) => looks_at(of, found),
        // What a definition of the query's own stands around is not read here.
        Term::Call("true" | "false" | "null" | "empty", arguments) => arguments.is_empty(),
        Term::Call("error", arguments) => matches!(&arguments[..], [with] if looks_at(with, found)),
        Term::Path(of, Path(parts)) => {
            let computed = parts.iter().all(|(part, _)| match part {
                Part::Index(index) => looks_at(index, found),
                Part::Range(from, to) => from.iter().chain(to).all(|bound| looks_at(bound, found)),
            });
            computed
                && match (&**of, parts.first()) {
                    (Term::Id, Some((Part::Index(index), _))) => {
                        key_of(index).map(|name| found.push(name)).is_some()
                    }
                    (Term::Id, _) => false,
                    (of, _) => looks_at(of, found),
                }
        }
        _ => false,
    }
}

/// The name that a key is, where it is written out.
fn key_of(key: &Term<&str>) -> Option<Box<str>> {
    match key {
        Term::Str(None, parts) => match &parts[..] {
            [StrPart::Str(name)] => Some((*name).into()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jaq_core::load::{Lexer, Parser};

    use super::*;

    fn members_of(text: &str) -> Option<Vec<String>> {
        let tokens = Lexer::new(text).lex().unwrap();
        let term = Parser::new(&tokens).parse(|parser| parser.term()).ok().unwrap();
        Some(members(&term)?.into_iter().map(String::from).collect())
    }

    #[test]
    fn what_a_query_looks_at() {
        for (query, wanted) in [
            ("{a: .x.y, b: (.z | split(\"/\")[2])}", vec!["x", "z"]),
            ("{a, \"b c\": .[\"d\"]}", vec!["a", "d"]),
            ("{a: \"\\(.x)-\\(.y // 1)\"}", vec!["x", "y"]),
            (".x as $v | {a: ($v + .y[.z])}", vec!["x", "y", "z"]),
            ("{a: (if .x == 1 then .y else .z end)}", vec!["x", "y", "z"]),
            ("{a: ([.x[] | .y] | join(\"\"))}", vec!["x"]),
            ("{a: (reduce .x[] as $i (.y; . + $i.z))}", vec!["x", "y"]),
            ("{a: 1}", vec![]),
            ("{a: (if .x == null then error(.y) else true end)}", vec!["x", "y"]),
        ] {
            assert_eq!(members_of(query), Some(wanted.into_iter().map(str::to_owned).collect()), "{query}");
        }
        for query in [
            "{a: (. | tojson)}",
            "{a: length}",
            "{a: .[]}",
            "{a: ..}",
            "{a: (.x = 1)}",
            "{a: (if .x then 1 end)}",
            ". as $r | {a: $r.x}",
            "{a: .[\"x\\(.y)\"]}",
            "{a: (def f: .x; f)}",
            "{a: (def true: .x; true)}",
            "{a: error}",
            "{a: (reduce .x[] as $i (.; . + $i))}",
            "{a: (reduce .x[] as [$i] (0; . + $i))}",
            ".x as [$v] | {a: $v}",
        ] {
            assert_eq!(members_of(query), None, "{query}");
        }
    }
}
