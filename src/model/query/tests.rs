use super::*;

/// The text under the range, the kind and the words.
fn wrong(text: &str) -> (String, QueryErrorKind, String) {
    let error = Query::parse(text).expect_err("a mistake");
    (text[error.range.clone()].to_owned(), error.kind, error.message)
}

#[test]
fn queries_of_the_guide_compile() {
    for text in [
        "{customer_id:.customer_id}",
        "{customer_id:.customer_id,device:.type.device,year:.event_timestamp|strftime(\"%Y\")}",
        "{year:.ts| strftime(\"%Y\"),month:.ts| strftime(\"%m\")}",
        "{ \"region\" : (.awsRegion // \"none\"), day: (.t/1000 | todate[0:10]) }",
        "{a: (if .b == null then \"x\" else .b end), c: .d[\"e-f\"]?}",
        "{logGroup: .logGroup | ltrimstr(\"/\") | gsub(\"/\"; \"_\")}",
        ". as $r | {a: $r.a}",
        "fromjson | {a: .a}",
        "{a: .a} + {b: .b}",
        "{a}",
        "{a: .x|@base64, b: .y|ascii_downcase|split(\"-\")[0]}",
        "{a: .dynamodb.NewImage.id.S, t: .time | fromdateiso8601 | strftime(\"%H\")}",
        "{a: input_line_number}",
    ] {
        assert_eq!(Query::parse(text).map(|query| query.text().to_owned()), Ok(text.to_owned()));
    }
}

#[test]
fn mistakes_have_their_place() {
    use QueryErrorKind::{NotAnObject, Syntax, Undefined};
    let cases = [
        ("{a: .b", "{", Syntax, "`{` is not closed by `}`"),
        ("{a: (.b}", "}", Syntax, "`}` where `(` wants `)`"),
        ("{a: \"b}", "\"", Syntax, "`\"` is not closed by `\"`"),
        ("{a: .b | (.c, d: .e}", "}", Syntax, "`}` where `(` wants `)`"),
        ("{a: .b, }}", "}", Syntax, "`}` has no meaning in jq here"),
        ("{a .b}", ".b", Syntax, "`.b` where jq wants `,` or `}`"),
        ("{a: .b c: .d}", "c", Syntax, "`c` where jq wants `,` or `}`"),
        ("{a: }", "}", Syntax, "`}` where jq wants a value, such as `.field`"),
        ("{a: .b | nosuch}", "nosuch", Undefined, "jq has no function `nosuch`"),
        ("{a: .b | strftime}", "strftime", Undefined, "jq has no function `strftime`"),
        ("{a: $b}", "$b", Undefined, "jq knows no variable `$b` here"),
        ("{a: .b, c: 'x'}", "'", Syntax, "`'` has no meaning in jq here"),
        (
            ".customer_id",
            ".customer_id",
            NotAnObject,
            "the query gives no object of keys, such as `{key: .field}`",
        ),
        ("[.a, .b]", "[.a, .b]", NotAnObject, "the query gives no object of keys, such as `{key: .field}`"),
    ];
    for (text, part, kind, message) in cases {
        assert_eq!(wrong(text), (part.to_owned(), kind, message.to_owned()), "{text}");
    }
}

#[test]
fn nothing_makes_it_fall_over() {
    let long = |part: &str| part.repeat(LONGEST_QUERY / part.len());
    for part in [
        "(",
        "[",
        "{",
        "-",
        "1-",
        ".|",
        "if ",
        "try ",
        "def f: ",
        "\"\\(",
        "1,",
        "?",
        ".a?",
        "{a:",
        "as $x|",
        "é",
        "..",
        "1 as $x | ",
        "f(",
        "@base64 ",
    ] {
        let _ = Query::parse(&long(part));
        let _ = Query::parse(&part.repeat(40));
        let _ = Query::parse(&part.repeat(650));
    }
    assert_eq!(wrong(&"x".repeat(LONGEST_QUERY + 1)).1, QueryErrorKind::TooLarge);
    assert_eq!(wrong("").1, QueryErrorKind::Syntax);
}

#[test]
fn a_path_of_json_path_has_its_hint() {
    for (query, hint) in [
        ("{a: $.x.y}", "jq has no `$` for the record: write `.x.y`"),
        ("{a: $[0].x, b: .c}", "jq has no `$` for the record: write `.[0].x`"),
    ] {
        let error = Query::parse(query).unwrap_err();
        assert_eq!((error.hint.as_deref(), error.kind), (Some(hint), QueryErrorKind::Syntax));
        assert!(error.message.ends_with("where jq wants an identifier"), "{}", error.message);
    }
    assert_eq!(Query::parse("{a: .b.}").unwrap_err().hint, None);
}
