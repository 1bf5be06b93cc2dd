//! The jq engine: compiles a query with what jq 1.6 has, and runs it on one record within a budget.
//!
//! jaq is the engine; its terms are metered ([`super::metering`]), and what it lacks of jq 1.6, or has otherwise, is in
//! `jq_1_6.jq`. What validates here runs.

use std::sync::LazyLock;

use jaq_core::{
    Compiler, Ctx, Filter, Vars,
    compile::Undefined,
    load::{self, Arena, File, Lexer, Loader, Parser, parse::Def},
    native::Fun,
};
use jaq_json::Val;

use super::{
    budget::{self, Access, Budget, Metered},
    direct::Direct,
    members::members,
    metering::{Metering, height},
};

/// Filters of the engine that read clocks, the environment, zones or logs, that end the program, or that are not
/// bounded: all of them have another form here.
const REPLACED: [&str; 17] = [
    "decode_base64",
    "strptime",
    "strftime",
    "range",
    "tojson",
    "fromjson",
    "env",
    "now",
    "localtime",
    "strflocaltime",
    "halt",
    "debug_empty",
    "stderr_empty",
    "input",
    "inputs",
    "ltrimstr",
    "rtrimstr",
];

/// Definitions of the engine that have a shorter way here.
const NATIVE: [(&str, usize); 10] = [
    ("tonumber", 0),
    ("nan", 0),
    ("infinite", 0),
    ("type", 0),
    ("isstring", 0),
    ("isnumber", 0),
    ("isboolean", 0),
    ("isarray", 0),
    ("isobject", 0),
    ("split", 1),
];

const JQ_1_6: &str = include_str!("jq_1_6.jq");

/// A compiled query.
pub(super) struct Engine {
    filter: Filter<Metered>,
    height: u32,
    /// The members of a record that the query may look at; all of them when `None`.
    members: Option<Vec<Box<str>>>,
    /// The short way, where the query has one.
    direct: Option<Direct>,
    /// What stands for `$ENV` and `$__loc__`.
    globals: [Val; 2],
}

/// Why a run has no result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoResult {
    /// Nothing, not even null.
    Nothing,
    /// An error of the query's, in its words.
    Failed(String),
    /// The query was ended: it took too much.
    Ended(&'static str),
}

fn natives() -> Vec<Fun<Metered>> {
    let all = jaq_core::funs::<Metered>().chain(jaq_std::funs()).chain(jaq_json::funs());
    // Definitions go before filters of the same name; these ones are called by such definitions.
    let renamed = jaq_core::funs::<Metered>().chain(jaq_std::funs()).chain(jaq_json::funs()).filter_map(
        |(name, arguments, filter)| {
            let name = match name {
                "limit" => "limit_",
                "strptime" => "strptime_",
                "strftime" => "strftime_",
                "gmtime" => "gmtime_",
                "mktime" => "mktime_",
                "contains" => "contains_",
                _ => return None,
            };
            Some((name, arguments, filter))
        },
    );
    all.filter(|(name, _, _)| !REPLACED.contains(name)).chain(renamed).chain(budget::filters()).collect()
}

/// Every definition that a query may use, metered; the names in it live as long as the program.
static PRELUDE: LazyLock<Vec<Def<&'static str>>> = LazyLock::new(|| {
    let names: Vec<&'static str> = natives().into_iter().map(|(name, _, _)| name).collect();
    let of_16 = load::parse(JQ_1_6, |parser| parser.defs()).unwrap_or_default();
    let of_jaq = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let of_jaq = of_jaq.filter(|def| !NATIVE.contains(&(def.name, def.args.len())));
    let all = of_jaq.chain(of_16);
    let metering = Metering { natives: &|name| names.contains(&name) };
    metering.definitions(all.collect())
});

/// What a query names and nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// A function of so many arguments.
    Function(usize),
    /// A variable or label.
    Variable,
}

/// A module that nobody can load, or a text that is no query.
#[derive(Debug)]
pub(super) struct Unreadable;

/// Why a query does not compile.
pub(super) type Wrong<'t> = Result<Vec<(&'t str, Missing)>, Unreadable>;

impl Engine {
    /// Compiles a query.
    ///
    /// # Errors
    /// Parts of the text that name what jq 1.6 does not have.
    pub(super) fn compile(text: &str) -> Result<Engine, Wrong<'_>> {
        let Ok(tokens) = Lexer::new(text).lex() else { return Err(Err(Unreadable)) };
        let Ok(term) = Parser::new(&tokens).parse(|parser| parser.term()) else {
            return Err(Err(Unreadable));
        };
        let (height, members) = (height(&term), members(&term));
        let direct = members.as_ref().and_then(|members| Direct::compile(&term, members));
        let functions = natives();
        let metered = {
            let metering = Metering { natives: &|name| functions.iter().any(|(known, _, _)| *known == name) };
            metering.query(term)
        };
        // A word that does not occur in the query, so that it can't call itself.
        let mut main = "main".to_owned();
        while text.contains(&main) {
            main.push('_');
        }
        let body = Def { name: &*main, args: Vec::new(), body: metered };
        let arena = Arena::default();
        let loader = Loader::new(PRELUDE.iter().cloned().chain([body]));
        let modules = loader.load(&arena, File { code: &*main, path: () }).map_err(|_| Err(Unreadable))?;
        let compiler =
            Compiler::<_, Metered>::default().with_funs(functions).with_global_vars(["$ENV", "$__loc__"]);
        let compiled = compiler.compile(modules);
        compiled.map(|filter| Engine { filter, height, members, direct, globals: globals() }).map_err(
            |files| {
                let wrong = files.into_iter().flat_map(|(_, errors)| errors).map(|(name, what)| match what {
                    Undefined::Filter(arguments) => Ok((name, Missing::Function(arguments))),
                    Undefined::Mod => Err(Unreadable),
                    _ => Ok((name, Missing::Variable)),
                });
                // The names are parts of the query.
                wrong.map(|wrong| wrong.map(|(name, what)| (part_of(text, name), what))).collect()
            },
        )
    }

    /// The members of a record that the query may look at; all of them when `None`.
    pub(super) fn members(&self) -> Option<&[Box<str>]> {
        self.members.as_deref()
    }

    /// The short way to the results, where the query has one.
    pub(super) fn direct(&self) -> Option<&Direct> {
        self.direct.as_ref()
    }

    /// The first result for an input.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn first(&self, input: Val) -> Result<Val, NoResult> {
        let budget = Budget::new(self.height);
        let access = Access { lut: &self.filter.lut, budget: &budget };
        let context = Ctx::<Metered>::new(access, Vars::new(self.globals.clone()));
        let first = self.filter.id.run((context, input)).next();
        match (budget.why(), first) {
            (Some(why), _) => Err(NoResult::Ended(why)),
            (None, None) => Err(NoResult::Nothing),
            (None, Some(Ok(value))) => Ok(value),
            (None, Some(Err(thrown))) => Err(NoResult::Failed(match thrown.get_err() {
                Ok(error) => error.to_string(),
                Err(_) => "break".to_owned(),
            })),
        }
    }
}

fn globals() -> [Val; 2] {
    let text = |text: &str| Val::utf8_str(text.to_owned());
    let location = [(text("file"), text("<top-level>")), (text("line"), Val::from(1_isize))];
    [Val::obj(Default::default()), Val::obj(location.into_iter().collect())]
}

/// The place of a name in a text: the name itself where it is a part of it.
fn part_of<'t>(text: &'t str, name: &str) -> &'t str {
    let start = (name.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    text.get(start..start.wrapping_add(name.len())).unwrap_or(text)
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Engine").field("height", &self.height).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name that is missing in a definition would be missing in every query.
    #[test]
    fn what_is_defined_here_compiles() {
        let parsed = load::parse(JQ_1_6, |parser| parser.defs());
        assert!(parsed.is_some_and(|defs| defs.len() > 80));
        let arena = Arena::default();
        let loader = Loader::new(PRELUDE.iter().cloned());
        let modules = loader.load(&arena, File { code: ".", path: () }).map_err(|_| ()).unwrap();
        let compiler = Compiler::<_, Metered>::default().with_funs(natives());
        let wrong =
            compiler.with_global_vars(["$ENV", "$__loc__"]).compile(modules).err().unwrap_or_default();
        let names: Vec<_> = wrong.into_iter().flat_map(|(_, errors)| errors).collect();
        assert!(names.is_empty(), "{names:?}");
    }
}
