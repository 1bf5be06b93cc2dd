use proptest::prelude::*;

use super::super::Query;

/// What the short way gives for the key `a`; the inner `None` where the engine must be asked.
fn direct(query: &Query, record: &str) -> Option<Option<String>> {
    let values = query.engine.direct()?.values(record.as_bytes(), &["a".into()])?;
    Some(values.into_iter().next().unwrap())
}

fn by_engine(query: &Query, record: &str) -> Result<Option<String>, String> {
    Ok(query.values_by_engine(record.as_bytes(), &["a".into()])?.into_iter().next().unwrap())
}

const RECORD: &str = r#"{"customer_id": "C-0042", "type": {"device": "Mobile", "tags": ["x", 7, null, true]},
    "event_timestamp": 1565382027, "millis": 1565382027123, "time": "2024-05-06T07:08:09Z", "path": "/a/62/b.json",
    "id": 7123, "email": "a.b@Example.com", "score": 0.25, "escaped": "a\"b\u00e9/c", "list": [{"id": "i1"}, {"id": 2}],
    "nested": "{\"id\": \"n1\", \"l\": [1, {\"k\": 2.50}]}", "data": "eyJpZCI6ICJuMSJ9", "ok": false, "none": null}"#;

/// Queries as they partition streams, each with what jq 1.6 prints for it (`jq -r`).
const TYPICAL: [(&str, &str); 91] = [
    (".type.device", "Mobile"),
    (".[\"type\"][\"device\"]", "Mobile"),
    (".event_timestamp | strftime(\"%Y/%m/%d\")", "2019/08/09"),
    (".millis / 1000 | strftime(\"%Y-%m-%dT%H:%M:%S\")", "2019-08-09T20:20:27"),
    ("(.millis / 1000 | floor | strftime(\"%H\"))", "20"),
    (".event_timestamp | todate", "2019-08-09T20:20:27Z"),
    (".event_timestamp | todate | .[0:10]", "2019-08-09"),
    (".event_timestamp | todate[0:10]", "2019-08-09"),
    (".event_timestamp | gmtime | strftime(\"%d\")", "09"),
    (".event_timestamp | gmtime | .[0]", "2019"),
    (".time[0:10]", "2024-05-06"),
    (".time[:4]", "2024"),
    (".time[-4:-1]", ":09"),
    (".time | split(\"T\") | .[0]", "2024-05-06"),
    (".time | split(\"T\")[0] | split(\"-\")[1]", "05"),
    (".time | .[11:13] | tonumber", "7"),
    ("[.list[].id] | join(\",\")", "i1,2"),
    ("[.list[] | select(.id == 2) | .id] | first", "2"),
    (".list | map(.id | tostring | .[0:1]) | add", "i2"),
    ("[.type.tags[] | select(. != null), .]", "[\"x\",\"x\",7,7,null,true,true]"),
    (".email | test(\"^[a-z.]+@\")", "true"),
    (".email | test(\"EXAMPLE\"; \"i\")", "true"),
    (".email | sub(\"@.*\"; \"\")", "a.b"),
    (".path | gsub(\"/\"; \"-\") | ltrimstr(\"-\")", "a-62-b.json"),
    (".path | capture(\"/(?<folder>[^/]+)/(?<number>[0-9]+)\") | \"\\(.number)-\\(.folder)\"", "62-a"),
    (".time | split(\"[-T]\"; null)? // \"none\"", "[\"2024\",\"05\",\"06\",\"07:08:09Z\"]"),
    (".customer_id | explode | map(select(. > 60)) | length", "1"),
    (".time | fromdateiso8601 | strftime(\"%Y-%j\")", "2024-127"),
    (".time | fromdate", "1714979289"),
    (".time | strptime(\"%Y-%m-%dT%H:%M:%SZ\") | mktime | strftime(\"%m\")", "05"),
    (".path | split(\"/\")[2]", "62"),
    (".path | split(\"/\") | last", "b.json"),
    (".path | split(\"/\") | .[-1] | split(\".\") | .[0]", "b"),
    (".path | split(\"/\") | .[1:3] | join(\"-\")", "a-62"),
    (".path | ltrimstr(\"/\") | split(\"/\") | first", "a"),
    (".path | rtrimstr(\".json\")", "/a/62/b"),
    (".path / \"/\" | length", "4"),
    (".email | ascii_downcase | split(\"@\") | .[1]", "example.com"),
    (".email | ascii_upcase | .[0:1]", "A"),
    (".email | index(\"@\")", "3"),
    (".email | rindex(\".\")", "11"),
    (".id % 500 | tostring", "123"),
    (".id % 500", "123"),
    (".id / 1000 | floor", "7"),
    ("(.id - 1) * 2 + .score", "14244.25"),
    ("-.score", "-0.25"),
    (".score * 100 | tostring", "25"),
    (".score | ceil", "1"),
    (".nothing // \"unknown\"", "unknown"),
    (".none // .ok // \"unknown\"", "unknown"),
    (".type.nothing.deeper // .customer_id", "C-0042"),
    (".nothing? // \"unknown\"", "unknown"),
    ("\"\\(.customer_id)-\\(.type.device)/\\(.id)\"", "C-0042-Mobile/7123"),
    ("\"\\(.type.tags)\"", "[\"x\",7,null,true]"),
    ("\"year=\\(.event_timestamp | strftime(\"%Y\"))\"", "year=2019"),
    (".customer_id + \"/\" + (.id | tostring)", "C-0042/7123"),
    ("[.customer_id, .id, .ok] | join(\"_\")", "C-0042_7123_false"),
    ("[.customer_id[0:1], .type.device] | add", "CMobile"),
    (".type.tags | join(\",\")", "x,7,,true"),
    (".type.tags | length", "4"),
    (".type.tags[1] + 1", "8"),
    (".list[0].id", "i1"),
    (".list[-1].id", "2"),
    (".list | first | .id", "i1"),
    ("if .id > 5000 then \"high\" elif .id > 1000 then \"middle\" else \"low\" end", "high"),
    ("if .ok then \"yes\" else \"no\" end", "no"),
    ("if .type.device == \"Mobile\" and (.nothing | not) then 1 else 2 end", "1"),
    ("if (.email | endswith(\".com\")) or false then \"com\" else error(\"none\") end", "com"),
    ("if .type | has(\"device\") then .type.device else null end", "Mobile"),
    (".id as $id | .customer_id | \"\\(.)#\\($id)\"", "C-0042#7123"),
    (".email | if contains(\"@\") then split(\"@\")[0] else \"none\" end", "a.b"),
    (".id | type", "number"),
    (".customer_id | length", "6"),
    (".escaped", "a\"bé/c"),
    (".escaped | split(\"/\")[0] | length", "4"),
    (".nested | fromjson | .id", "n1"),
    (".nested | fromjson | .l[1].k", "2.5"),
    (".data | @base64d | fromjson | .id", "n1"),
    (".customer_id | @base64", "Qy0wMDQy"),
    (".type", "{\"device\":\"Mobile\",\"tags\":[\"x\",7,null,true]}"),
    (".customer_id | split(\"-\") | .[1] | tonumber", "42"),
    ("try .customer_id catch \"none\"", "C-0042"),
    ("reduce .type.tags[] as $tag (0; . + 1)", "4"),
    ("reduce (.path | split(\"/\")[]) as $part (\"\"; . + $part[0:1])", "a6b"),
    ("reduce .list[] as $item (.id; . + ($item.id | tostring | length))", "7126"),
    (".path | split(\"/\") | sort | .[-1]", "b.json"),
    (".path | split(\"/\") | reverse | .[0]", "b.json"),
    (
        "[.id, .score, .customer_id, .ok, .none, .ok] | unique | map(tostring) | join(\" \")",
        "null false 0.25 7123 C-0042",
    ),
    ("[.id, .score] | min", "0.25"),
    ("[.path | splits(\"[/.]\")] | max", "json"),
    (".list | first(.[] | select(.id != 2)) | .id", "i1"),
];

/// Nothing but this test would tell that the short way is gone.
#[test]
fn typical_queries_go_the_short_way() {
    let mut wrong = Vec::new();
    for (term, wanted) in TYPICAL {
        let query =
            Query::parse(&format!("{{a: ({term})}}")).unwrap_or_else(|error| panic!("{term}: {error}"));
        let (found, engine) = (direct(&query, RECORD), by_engine(&query, RECORD));
        if found != Some(Some(wanted.to_owned())) || engine != Ok(found.clone().unwrap()) {
            wrong.push(format!("{term}: {found:?}, by the engine {engine:?}, wanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn objects_of_all_forms_go_the_short_way() {
    for (text, wanted) in [
        ("{a: .id, b: .score}", Some("7123")),
        ("{a: .id, \"a\": .score}", Some("0.25")),
        ("{b: .id}", None),
        ("{a: .none}", None),
        ("{id, a: 1, customer_id}", Some("1")),
        (".id as $a | {$a}", Some("7123")),
        (".id as $i | .score as $s | {a: ($i + $s)}", Some("7123.25")),
        (". | {a: .id}", Some("7123")),
    ] {
        let query = Query::parse(text).unwrap();
        let wanted = wanted.map(str::to_owned);
        assert_eq!(direct(&query, RECORD), Some(wanted.clone()), "{text}");
        assert_eq!(by_engine(&query, RECORD), Ok(wanted), "{text}");
    }
    // Errors in what nobody asks for are errors.
    let query = Query::parse("{a: 1, b: (.customer_id + 1)}").unwrap();
    assert_eq!(direct(&query, RECORD), None);
    assert!(by_engine(&query, RECORD).is_err());
}

/// Whoever loops, or sees the whole record, is the engine's.
#[test]
fn other_queries_are_the_engines() {
    for text in [
        "{a: (.list[] | .id)}",
        "{a: [.list[] | select(.[])]}",
        "{a: (.email | test(.customer_id))}",
        "{a: (.email | gsub(\"(?<x>a)\"; .x))}",
        "{a: (.email | test(\"a\"; \"s\"))}",
        "{a: (1, 2)}",
        "{a: .id} + {b: 1}",
        "{a: .id}, {a: 1}",
        "{a: tostring}",
        "{(.id | tostring): 1}",
        "{a: (def f: .id; f)}",
        "{a: (.id |= 1)}",
        "{a: $ENV}",
    ] {
        assert!(Query::parse(text).unwrap().engine.direct().is_none(), "{text}");
    }
}

/// What is long is given to the engine, which counts what it does: so that nothing is answered that it would end.
#[test]
fn what_is_long_is_the_engines() {
    let terms = [
        ".t",
        ".t + .t | . + . | . + . | . + . | . + . | . + . | length",
        ".t | split(\"x\") | length",
        ".t | split(\"\") | join(\"-\") | length",
        ".t | split(\"\") | add | split(\"\") | .[1:] | join(\"\") | length",
        "[.t, .t, .t, .t, .t, .t, .t, .t] | join(.[0]) | length",
        ".l | add",
        ".l | join(\"--------------------------------\") | length",
        "\"\\(.l)\\(.l)\" | fromjson? // 7",
        ".t as $t | [$t, $t, $t] as $u | [$u, $u, $u] as $v | [$v, $v, $v] | tojson | length",
        ".t | @base64 | @base64 | @base64 | @base64 | length",
        ".l | tojson | tojson | tojson | tojson | tojson | tojson | tojson | length",
    ];
    for term in terms {
        let query = Query::parse(&format!("{{a: ({term})}}")).unwrap();
        for length in [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] {
            let record =
                format!("{{\"t\":\"{}\",\"l\":[{}0]}}", "xy".repeat(length / 2), "1,".repeat(length / 2));
            let found = direct(&query, &record);
            assert!(length < 100_000 || found.is_none(), "{term} of {length}");
            if let Some(found) = found {
                assert_eq!(by_engine(&query, &record), Ok(found), "{term} of {length}");
            }
        }
    }
}

/// A term; of the record itself, or of a value, where `.` is one.
fn term(depth: u32, of_record: bool, bound: bool) -> BoxedStrategy<String> {
    let paths: &[&str] = match of_record {
        true => &[
            ".a", ".b", ".c", ".d", ".a.b", ".b.a", ".c[0]", ".c[-1]", ".c[1].a", ".a[0:2]", ".a[-3:]",
            ".b[1:-1]", ".c[:2]", ".d?", ".[\"a\"]", ".a.b?", ".c[-2:]",
        ],
        false => &[".", ".", ".", ".a", ".b?", ".[0]", ".[-2]", ".[1:3]", ".[:-2]", ".[9]"],
    };
    let literals = [
        "null",
        "true",
        "false",
        "0",
        "1",
        "2",
        "-1",
        "0.5",
        "1.0",
        "3",
        "1e3",
        "500",
        "1000",
        "\"\"",
        "\"a\"",
        "\"-\"",
        "\"é/\"",
        "\"T\"",
        "\"2024-05-06T07:08:09Z\"",
        "9007199254740993",
        "100000000000000000000",
        "[]",
    ];
    let path = prop::sample::select(paths.to_vec()).prop_map(str::to_owned);
    let literal = prop::sample::select(literals.to_vec()).prop_map(str::to_owned);
    let variable = if bound { Just("$v".to_owned()).boxed() } else { path.clone().boxed() };
    let leaf = prop_oneof![4 => path, 1 => literal, 1 => variable].boxed();
    if depth == 0 {
        return leaf;
    }
    let inner = move || term(depth - 1, of_record, bound);
    let alone = [
        "ascii_downcase",
        "ascii_upcase",
        "tostring",
        "tonumber",
        "length",
        "utf8bytelength",
        "floor",
        "ceil",
        "round",
        "fabs",
        "sqrt",
        "not",
        "type",
        "first",
        "last",
        "todate",
        "gmtime",
        "mktime",
        "fromdateiso8601",
        "fromdate",
        "tojson",
        "fromjson",
        "add",
        "@text",
        "@json",
        "@base64",
        "@base64d",
        "todateiso8601",
        "date",
        "error",
        "empty",
        "gmtime | mktime",
        "tostring | tonumber",
        "tojson | fromjson",
        "split(\"-\")",
        "split(\"\")",
        "split(\"T\")[0]",
        "split(\"/\") | .[1]",
        "join(\",\")",
        "join(\"\")",
        "strftime(\"%Y-%m-%d %H:%M:%S\")",
        "strftime(\"%j %u %e %Z %s %%\")",
        "test(\"a\")",
        "test(\"^[a-c]+|\\\\d\"; \"gi\")",
        "sub(\"-\"; \"+\")",
        "gsub(\"a|-\"; \"é\")",
        "gsub(\"\"; \"_\")",
        "gsub(\"[^a]*\"; \"\")",
        "gsub(\"A\"; \"x\"; \"i\")",
        "sub(\"\\\\w\"; \"x\"; \"g\")",
        "split(\"a*\"; \"g\")",
        "split(\"-+\"; null)",
        "capture(\"(?<a>a)(?<b>b)?\")",
        "capture(\"(?<b>\\\\d+)\") | .b",
        "map(.)",
        "sort",
        "unique",
        "min",
        "max",
        "reverse",
        "reduce .[] as $i (0; . + $i)",
        "reduce (.[] | select(.)) as $i (\"\"; . + ($i | tostring))",
        "[splits(\"-\")]",
        "first(.[])",
        "first(.[] | select(. != null))",
        "map(tostring)",
        "map(select(.))",
        "[.[] | length]",
        "[.[].a]",
        "map(.[])",
        "explode",
        "explode | map(. - 1)",
        "[.[]?, 1]",
        "[.. | .a]",
        "strptime(\"%Y-%m-%dT%H:%M:%SZ\")",
        "strptime(\"%Y-%m-%d\") | mktime",
        "ltrimstr(\"a\")",
        "rtrimstr(\"Z\")",
        "rtrimstr(\"\")",
        "startswith(\"a\")",
        "endswith(\"Z\")",
        "contains(\"-\")",
        "index(\"-\")",
        "rindex(\"a\")",
        "index(\"\")",
        "has(\"a\")",
        "strftime(\"%Q\")",
        ". / \"-\"",
        ". % 500 | tostring",
        ". / 1000 | floor",
    ];
    let with = [
        "split",
        "join",
        "ltrimstr",
        "rtrimstr",
        "startswith",
        "endswith",
        "contains",
        "index",
        "rindex",
        "has",
        "strftime",
    ];
    let operators =
        ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "//", "+", "+", "//"];
    let piped =
        (inner(), prop::sample::select(alone.to_vec())).prop_map(|(of, name)| format!("({of} | {name})"));
    let called = (inner(), prop::sample::select(with.to_vec()), term(depth - 1, false, bound))
        .prop_map(|(of, name, with)| format!("({of} | {name}({with}))"));
    let operation = (inner(), prop::sample::select(operators.to_vec()), inner())
        .prop_map(|(left, op, right)| format!("({left} {op} {right})"));
    let pipe = (inner(), term(depth - 1, false, bound)).prop_map(|(of, then)| format!("({of} | {then})"));
    let binding =
        (inner(), term(depth - 1, of_record, true)).prop_map(|(of, then)| format!("({of} as $v | {then})"));
    let condition =
        (inner(), inner(), inner()).prop_map(|(is, then, or)| format!("(if {is} then {then} else {or} end)"));
    let woven = (inner(), inner()).prop_map(|(one, two)| format!("\"<\\({one})é\\n\\({two})\""));
    let list = (inner(), inner(), prop::sample::select(vec!["", "[]", "[][0:2]", "[] | select(.)"]))
        .prop_map(|(one, two, many)| format!("[{one}, (({two}){many})]"));
    let negated = inner().prop_map(|of| format!("(-{of})"));
    let part = (inner(), prop::sample::select(vec!["[0]", "[-1]", "[1:]", "[:3]", "[\"a\"]", "[0:2]?"]))
        .prop_map(|(of, part)| format!("({of}){part}"));
    prop_oneof![
        2 => leaf,
        5 => piped,
        2 => called,
        3 => operation,
        2 => pipe,
        1 => binding,
        1 => condition,
        2 => woven,
        1 => list,
        1 => negated,
        1 => part,
    ]
    .boxed()
}

fn json() -> impl Strategy<Value = String> {
    let numbers = [
        "0",
        "-0",
        "-0.0",
        "1",
        "7123",
        "1565382027",
        "1565382027123",
        "1e3",
        "1.50",
        "0.1",
        "1e1000",
        "-1e1000",
        "1e-7",
        "123456789012345678",
        "9007199254740993",
        "100000000000000000000",
        "-1.5",
        "253402300799",
        "1e15",
        "999999999999999",
        "1000000000000000",
        "-62135596800",
        "-377705116801",
        "0.5e-400",
    ];
    let texts = [
        r#""""#,
        r#""a""#,
        r#""a-b-c""#,
        r#""-1.5""#,
        r#""007""#,
        r#"" 12 ""#,
        r#""0x10""#,
        r#""nan""#,
        r#""1e3""#,
        r#""2024-05-06T07:08:09Z""#,
        r#""2024-05-06""#,
        r#""2024-02-30T00:00:00Z""#,
        r#""/a/62/b""#,
        r#""a\"b\\c\/d\n""#,
        r#""\u00e9\u0000\u007f""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""x\udc00""#,
        r#""Straße é 😀""#,
        r#""eyJhIjogMX0=""#,
        r#""{\"a\": [1, 2.0, {\"b\": null}]}""#,
        r#""[1,2]""#,
        r#""null""#,
        r#""\"a\"""#,
        r#""aaaa""#,
    ];
    let leaf = prop_oneof![
        1 => Just("null".to_owned()),
        1 => any::<bool>().prop_map(|value| value.to_string()),
        3 => prop::sample::select(numbers.to_vec()).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|value| value.to_string()),
        1 => any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| format!("{value:e}")),
        1 => any::<i32>().prop_map(|value| value.to_string()),
        6 => prop::sample::select(texts.to_vec()).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        let name = prop::sample::select(vec!["a", "b", "c", r"\u0061", ""]);
        prop_oneof![
            prop::collection::vec((name, inner.clone()), 0..4).prop_map(|members| object(&members)),
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{} ]", items.join(" , "))),
        ]
    })
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!(" \"{name}\" :{value}")).collect();
    format!("{{{} }}", members.join(","))
}

fn record() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c", "d", r"\u0061", "x"]);
    prop_oneof![
        20 => (json(), json(), json(), prop::collection::vec((name, json()), 0..3)).prop_map(|(a, b, c, mut more)| {
            more.insert(0, ("a", a));
            more.insert(1, ("b", b));
            more.push(("c", c));
            object(&more)
        }),
        1 => json(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_the_short_way_gives_is_what_the_engine_gives(
        term in term(3, true, false),
        records in prop::collection::vec(record(), 24),
    ) {
        let Ok(query) = Query::parse(&format!("{{a: {term}}}")) else { return Ok(()) };
        prop_assert!(query.engine.direct().is_some() || term.contains(".."), "{}", term);
        for record in records {
            if let Some(found) = direct(&query, &record) {
                prop_assert_eq!(Ok(found), by_engine(&query, &record), "{} of {}", term, record);
            }
        }
    }
}
