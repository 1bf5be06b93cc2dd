use super::*;

/// Each line has what `jq` 1.6 says of a query, and the query; `tests/queries.rs` asks it again.
#[test]
fn what_jq_1_6_reads_is_read_and_nothing_else() {
    let lines = include_str!("../../../../tests/fixtures/queries/grammar-1.6.tsv").lines();
    let wrong: Vec<_> = lines
        .filter_map(|line| line.split_once('\t'))
        .filter(|(is_read, query)| {
            let is_syntax = |error: QueryError| error.kind == QueryErrorKind::Syntax;
            (*is_read == "yes") == check(query).is_err_and(is_syntax)
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn mistakes_have_the_place_that_jq_1_6_stumbles_over_and_a_way_out() {
    let cases = [
        ("{a: .b // \"x\", c: .d}", "//", "put the value in parentheses: `{a: (.b // \"x\")}`"),
        ("{a: .b | . - 1}", "-", "put the value in parentheses: `{a: (.b | . - 1)}`"),
        (
            "{\"k\": if .x then 1, 2 else 3 end, c: 1}",
            "if",
            "put the value in parentheses: `{\"k\": (if .x then 1, 2 else 3 end)}`",
        ),
        ("{a: .b | tonumber?}", "?", "put the value in parentheses: `{a: (.b | tonumber?)}`"),
        ("{a: (.b | if . then 1 end)}", "end", "add the other branch, such as `else . end`"),
        ("{a: .b.[0]}", "[", "leave out the `.` before the `[`: `.a[0]`"),
        ("{a: (.b?//1)}", "?//", "write a blank between the `?` and the `//`: `? //`"),
        ("{a: (if .b then . else . end.c)}", ".c", "put the whole of `if` in parentheses"),
        ("{a: \"\\(.b == 1 == 2)\"}", "==", "put the first part in parentheses"),
    ];
    for (query, part, hint) in cases {
        let error = check(query).expect_err(query);
        assert_eq!((&query[error.range.clone()], error.hint.as_deref()), (part, Some(hint)), "{query}");
    }
    for (query, part) in [
        ("{a: (.b | pick(.c))}", "pick"),
        ("{a: .b | ltrim}", "ltrim"),
        ("{a: .b | scan(\"x\"; \"g\")}", "scan"),
        ("{a: .b | debug(\"x\")}", "debug"),
        ("{a: .b | @urid}", "@urid"),
        ("{a: \"\\(.b | abs)\"}", "abs"),
        ("(def abs: 1; 2) | abs", "abs"),
        ("def f(trim): trim; trim", "trim"),
    ] {
        let error = check(query).expect_err(query);
        assert_eq!((&query[error.range.clone()], error.kind), (part, QueryErrorKind::Undefined), "{query}");
    }
    assert_eq!(check("{a: \"\\(.b | abs)\"}").unwrap_err().range.start, 12);
    for query in [
        "def abs: 1; {a: abs}",
        "def f(g; $x): def pick(h): g; pick(x); {a: f(.b; 1)}",
        "{a: @base64d \"\\(.b)\"}",
    ] {
        assert_eq!(check(query), Ok(()), "{query}");
    }
    let second = check("{a: \"\\(.b == 1 == 2)\"}").unwrap_err();
    assert_eq!(second.range.start, 15);
}
