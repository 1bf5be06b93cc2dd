//! Queries of `MetadataExtraction`: what jq 1.6 gives, and what ends a query that would not end (row 5 of the behaviour
//! sheet, `MetadataExtraction`).

use std::thread;

use firehose_kit::model::query::{self, Query};

const RECORD: &[u8] = include_bytes!("fixtures/queries/record.json");

/// Queries run on threads with enough stack.
fn on_a_worker<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        thread::Builder::new().stack_size(query::STACK).spawn_scoped(scope, run).unwrap().join().unwrap()
    })
}

/// The first result of a filter, as JSON.
fn first(filter: &str, record: &[u8]) -> Result<String, String> {
    let query =
        Query::parse(&format!("{{a: ([{filter}] | .[0] | tojson)}}")).map_err(|error| error.message)?;
    let values = on_a_worker(|| query.values(record, &["a".into()]))?;
    Ok(values[0].clone().map(|value| value.text).unwrap_or_default())
}

/// What stands in `docs/FIDELITY.md` as different from jq 1.6.
const DIFFERENT: [&str; 3] = ["\"abc\"|[match(\"\";\"g\").offset]", "get_search_list", "input_filename"];

/// Each line is a filter and what `jq` 1.6 printed for `{a: ([FILTER] | .[0] | tojson)}` on the record beside it.
#[test]
fn row_5_filters_give_what_jq_1_6_gives() {
    let mut wrong = Vec::new();
    let lines = include_str!("fixtures/queries/jq-1.6.jsonl").lines();
    for line in lines {
        let [filter, wanted]: [String; 2] = serde_json::from_str(line).unwrap();
        let found = first(&filter, RECORD);
        if found.as_ref() != Ok(&wanted) && !DIFFERENT.contains(&&*filter) {
            wrong.push(format!("{filter}\n  wanted {wanted}\n  found  {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Loops, recursion and growth of all sorts. Each ends with an error, soon, and takes little memory.
#[test]
fn row_5_queries_that_would_not_end_are_ended() {
    let record = format!("{{\"text\":\"{}\",\"list\":[{}0]}}", "x".repeat(10_000), "0,".repeat(10_000));
    for query in [
        "def f: f; f",
        "def f: f, f; f",
        "def f: 1 + f; f",
        "def f: f | f; f",
        "def f: (f | .), 1; f",
        "def f: try f catch f; f",
        "def f: f?, f?; f",
        "def f: def g: f; 1 + g; f",
        "def f: def g: g, f; g | f; f",
        "def f(g): g + f(f(g)); f(1)",
        "def f($x): f($x + 1); f(0)",
        "def f: [f]; f",
        "def f: {a: f}; f",
        "def f: if true then f else 1 end; f",
        "def f: reduce f as $x (0; . + $x); f",
        "def f: label $out | f; f",
        "def f: path(f); f",
        "def f: .a |= f; f",
        "def f: -f; f",
        "def f: \"\\(f)\"; f",
        "repeat(1) | select(false)",
        "[repeat(1)]",
        "[range(1e18)]",
        "[range(0; infinite)]",
        "last(range(1e18))",
        "[range(1e18)?]",
        "def f: range(1e18)?; [f, f, f]",
        "until(false; .)",
        "[1 | while(true; . + 1)]",
        "[1 | recurse(.)]",
        "[1 | recurse(. + 1)]",
        "[limit(1e18; repeat(1))]",
        "first(repeat(empty))",
        "reduce range(1e18) as $i (0; . + $i)",
        "[foreach range(1e18) as $i (0; . + $i)]",
        "reduce range(64) as $i (\"x\"; . + .)",
        "reduce range(64) as $i ([1]; . + .)",
        "reduce range(64) as $i ([1]; [., .]) | tojson",
        "reduce range(64) as $i ({}; {a: ., b: .}) | tostring",
        "reduce range(100) as $i ([1]; [., .]) == reduce range(100) as $i ([1]; [., .])",
        "reduce range(64) as $i (\"x\"; \"\\(.)\\(.)\")",
        "reduce range(64) as $i (\"x\"; tojson)",
        "reduce range(64) as $i (\"x\"; @uri \"%\\(.)\\(.)\")",
        "reduce range(100000) as $i (0; [.])",
        "reduce range(100000) as $i (0; {a: .})",
        "reduce range(100000) as $i ([0]; group_by(.))",
        "reduce range(64) as $i (2; . * . * \"x\")",
        "\"x\" * 1e18",
        "reduce range(64) as $i (\"x\"; . * 1000)",
        "reduce range(64) as $i ([1]; .[] += 1 | . + .)",
        "reduce range(64) as $i (.; .text += .text)",
        "[.list[] as $a | .list[] as $b | .list[] as $c | 1]",
        "[.list | .[] | .. | ..] | length as $n | [range($n) | range($n)]",
        "first(range(1e9) as $i | .list | first(.[]) | select(. == 1))",
        "[range(1e9) as $i | .list[1:] | length]",
        "[range(1e9) as $i | try (.list | .a) catch .]",
        "[range(1e9) as $i | .text | test(\"y\")]",
        "[range(1e9) as $i | .text | gsub(\"(x*)*\"; \"yy\")]",
        "[range(1e9) as $i | .text * 100 | test(\"((x?){50}){50}y\")]",
        "\"x\" | test(\"(((((x{100}){100}){100}){100}){100}){100}\")",
        "[range(1e9) as $i | .list | sort]",
        "[range(1e9) as $i | select(.list == .list)]",
        "[.list - .list | range(1e9)]",
        "[range(1e9) as $i | .list - .list]",
        "(1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1)\
         | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | (1, 1) | empty",
        "[combinations(1e9)]",
        "[[range(30)] | combinations(30)]",
        ".list |= map(. as $x | [range(1e9)])",
        "walk(range(1e18))",
        "[.. |= (.. |= .)] | range(1e18) | select(false)",
        "setpath([1e12]; 1)",
        "limit(-1; repeat(1)) | select(false)",
        "[splits(\"\")] | repeat(1) | select(false)",
        "flatten(1e9) | repeat(.) | select(false)",
        "all(repeat(true); .)",
        "isempty(repeat(1) | select(false))",
        "fromstream(repeat([[0], 1]))",
        "[tostream] | repeat(1) | select(false)",
        "input as $x | 1",
    ] {
        let whole = Query::parse(&format!("{{a: (({query}) | tojson)}}"))
            .unwrap_or_else(|error| panic!("{query}: {error}"));
        let found = on_a_worker(|| whole.values(record.as_bytes(), &["a".into()]));
        assert!(found.is_err(), "{query}: {found:?}");
        let message = found.unwrap_err();
        assert!(message.starts_with("The query"), "{query}: {message}");
    }
}

#[test]
fn row_5_what_takes_long_but_ends_is_run() {
    let record = format!("{{\"list\":[{}0]}}", "1,".repeat(20_000));
    let run = |query: &str| first(query, record.as_bytes());
    assert_eq!(run(".list | add"), Ok("20000".into()));
    assert_eq!(run(".list | map(select(. > 0)) | length"), Ok("20000".into()));
    assert_eq!(run("[.list[] | tostring] | length"), Ok("20001".into()));
    assert_eq!(run("[limit(1000; .list[])] | join(\",\") | length"), Ok("1999".into()));
    assert_eq!(run("0 | until(. >= 20000; . + 1)"), Ok("20000".into()));
    assert_eq!(run("def f: if . >= 20000 then . else (. + 1 | f) end; 0 | f"), Ok("20000".into()));
    assert_eq!(run("def depth: if . <= 0 then 0 else 1 + (. - 1 | depth) end; 50 | depth"), Ok("50".into()));
    assert_eq!(run("reduce range(100000) as $i (0; . + $i)"), Ok("4999950000".into()));
}

#[test]
fn row_5_deep_json_in_a_text_is_an_error_and_not_the_end() {
    let deep = "[".repeat(200_000);
    let record = serde_json::json!({ "a": deep }).to_string();
    let query = Query::parse("{a: (.a | fromjson | tojson)}").unwrap();
    assert!(query.values(record.as_bytes(), &["a".into()]).unwrap_err().contains("512 levels"));
}

/// Every function of jq 1.6 but those that read modules: named as `jq -n builtins` (1.6) names them.
#[test]
fn row_5_all_functions_of_jq_1_6_compile() {
    for builtin in include_str!("../src/model/query/functions_1_6.txt").split_whitespace() {
        let (name, count) = builtin.split_once('/').unwrap();
        let arguments = vec!["."; count.parse().unwrap()].join("; ");
        let call = if arguments.is_empty() { name.to_owned() } else { format!("{name}({arguments})") };
        assert!(Query::parse(&format!("{{a: {call}}}")).is_ok(), "{call}");
    }
}

/// Only members that a query looks at are read, and results are kept: neither may show.
#[test]
fn row_5_a_result_depends_on_the_whole_record_as_it_should() {
    let query = Query::parse("{a: (.x.y // .z | tostring), b: \"\\(.x.y)-\\(.z)\"}").unwrap();
    let values = |record: &str, keys: &[&str]| {
        let keys: Vec<Box<str>> = keys.iter().map(|key| Box::from(*key)).collect();
        query
            .values(record.as_bytes(), &keys)
            .map(|values| values.into_iter().flatten().map(|value| value.text).collect::<Vec<_>>())
    };
    for _ in 0..2 {
        assert_eq!(values(r#"{"x":{"y":1},"z":"s"}"#, &["a", "b"]), Ok(vec!["1".into(), "1-s".into()]));
        assert_eq!(values(r#"{"x":{"y":1},"z":"s"}"#, &["b"]), Ok(vec!["1-s".into()]));
        // A member that stands twice, escaped names, and other members in between.
        assert_eq!(values(r#"{"x":5,"q":[],"\u0078":{"y":2},"z":3}"#, &["a"]), Ok(vec!["2".into()]));
        assert_eq!(values(r#" {"z":null,"x":{}} "#, &["b"]), Ok(vec!["null-null".into()]));
        assert_eq!(values("{}", &["b"]), Ok(vec!["null-null".into()]));
        assert!(values(r#"{"x":{"y":1},"z":"s""#, &["a"]).is_err());
        assert!(values(r#"{"x":1}{"x":2}"#, &["a"]).is_err());
        assert!(values("[1]", &["a"]).is_err());
        assert!(values(r#"{"x":7}"#, &["a"]).is_err());
    }
}

/// jq 1.6 reads `?//` as one token, which stands between patterns: what goes on behind it is a syntax error.
#[test]
fn row_5_a_question_mark_and_two_slashes_want_a_blank_between() {
    for (query, at) in [
        ("{a: (.a?//\"none\")}", 7),
        ("{a: .a ?//1}", 7),
        ("{a: [.b, {c: .c?//1}][0]}", 15),
        ("{a: \"\\(.a?//1)\"}", 9),
        ("{a: .a | .?//=1}", 10),
    ] {
        let error = Query::parse(query).unwrap_err();
        assert_eq!((error.kind, error.range), (query::QueryErrorKind::Syntax, at..at + 3), "{query}");
        assert!(error.message.contains("write `? //`"), "{query}: {}", error.message);
    }
    for query in ["{a: (.a? // \"none\")}", "{a: \"?//\"}", "{a: (.a?\n//1)}"] {
        assert!(Query::parse(query).is_ok(), "{query}");
    }
}

/// The table of what jq 1.6 reads, asked of jq 1.6 itself where it is installed: it ends with 3 where it can't compile.
#[test]
#[expect(clippy::disallowed_macros, reason = "what is skipped is said aloud")]
fn row_5_the_table_of_the_grammar_is_what_jq_1_6_says() {
    let jq = |arguments: &[&str]| std::process::Command::new("jq").args(arguments).output().ok();
    let version = jq(&["--version"]).map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    if version.as_deref().is_none_or(|version| !version.starts_with("jq-1.6")) {
        eprintln!("SKIPPED: no `jq` 1.6 is installed (found {version:?}), so the table is not asked of it");
        return;
    }
    let mut wrong = Vec::new();
    for line in include_str!("fixtures/queries/grammar-1.6.tsv").lines() {
        let (verdict, query) = line.split_once('\t').unwrap();
        let words = String::from_utf8_lossy(&jq(&["-n", query]).unwrap().stderr).into_owned();
        let is_read = !words.contains("syntax error") && !words.contains("Invalid numeric literal");
        if is_read != (verdict == "yes") {
            wrong.push(format!("{query}: {words}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
