//! What inline code says of the response of a transform. No rule itself.

use std::ops::Range;

use super::source_code::{Code, Language, words};

/// Most places that are looked at in one code.
const MOST: usize = 100;
/// How far a record may reach, in bytes.
const LONGEST_RECORD: usize = 4000;

/// A member that code writes: `'result': ...`, `result: ...`, `x['result'] = ...`, `x.result = ...`.
struct Member {
    /// The name, without quotes.
    name: Range<usize>,
    /// Where its value begins.
    value: usize,
    /// Whether it stands in braces, and is not assigned.
    in_braces: bool,
}

/// A record of the response that is written out in one piece.
pub(super) struct Record {
    /// The name `result` in it.
    pub key: Range<usize>,
    /// The literal value of `result`.
    pub result: Option<String>,
    /// The members that are sought and are there, or are added elsewhere.
    pub members: Vec<&'static str>,
}

fn members(code: &Code, name: &str) -> Vec<Member> {
    let python = matches!(code.language, Language::Python(_));
    let mask = code.mask.as_bytes();
    let member = |name: Range<usize>| {
        let quote =
            |at: Option<usize>| at.and_then(|at| mask.get(at)).copied().filter(|c| matches!(c, b'\'' | b'"'));
        let quoted = quote(name.start.checked_sub(1)).is_some() && quote(Some(name.end)).is_some();
        let bare = code.mask.get(name.clone()) == code.text.get(name.clone());
        let (start, end) = match quoted {
            true => (name.start - 1, name.end + 1),
            false if bare && !python => (name.start, name.end),
            false => return None,
        };
        let rest = code.after(end);
        let at = code.mask.len().min(end + code.mask.get(end..)?.len() - rest.len());
        if rest.starts_with(':') {
            return Some(Member { name, value: at + 1, in_braces: true });
        }
        let assigned = match quoted {
            true => code.before(start).ends_with('[').then(|| rest.strip_prefix(']')).flatten(),
            false => code.before(start).ends_with('.').then_some(rest),
        }?;
        let value = assigned.trim_start_matches([' ', '\t']);
        let equals = value.starts_with('=') && !value.starts_with("==") && !value.starts_with("=>");
        let at = at + rest.len() - value.len() + 1;
        equals.then_some(Member { name, value: at, in_braces: false })
    };
    words(&code.text, name).take(MOST).filter_map(member).collect()
}

/// The string that a value consists of: its range without quotes.
fn literal(code: &Code, value: usize) -> Option<Range<usize>> {
    let rest = code.mask.get(value..)?;
    let trimmed = rest.trim_start();
    let quote = trimmed.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let from = value + rest.len() - trimmed.len() + 1;
    let length = code.mask.get(from..)?.find(quote)?;
    let after = code.after(from + length + 1);
    let ends = after.is_empty() || after.starts_with([',', '}', '\n', '\r', ';', ')', ']']);
    ends.then_some(from..from + length)
}

/// The string values that the code gives a member of this name.
pub(super) fn literals(code: &Code, name: &str) -> Vec<Range<usize>> {
    members(code, name).into_iter().filter_map(|member| literal(code, member.value)).collect()
}

/// The records of the response that are handed on as they are written: returned, or put into a list.
pub(super) fn records(code: &Code) -> Vec<Record> {
    const SOUGHT: [&str; 3] = ["recordId", "data", "kafkaRecordValue"];
    let added: Vec<&str> = SOUGHT
        .into_iter()
        .filter(|name| members(code, name).iter().any(|member| !member.in_braces))
        .collect();
    let record = |member: Member| {
        let braces = braces_around(code, member.name.start).filter(|_| member.in_braces)?;
        let inside = code.text.get(braces.clone())?;
        let spreads = inside.contains("**") || inside.contains("...");
        if spreads || !is_handed_on(code.before(braces.start)) {
            return None;
        }
        let is_key = |range: Range<usize>| {
            let rest = inside.get(range.end..).unwrap_or("").trim_start_matches(['\'', '"']);
            rest.trim_start().starts_with([':', ',', '}'])
        };
        let stands = |name: &&str| words(inside, name).any(is_key);
        let mut members: Vec<&'static str> = SOUGHT.into_iter().filter(stands).collect();
        members.extend(SOUGHT.into_iter().filter(|name| added.contains(name)));
        let result = literal(code, member.value).and_then(|range| code.text.get(range)).map(str::to_owned);
        Some(Record { key: member.name, result, members })
    };
    members(code, "result").into_iter().filter_map(record).collect()
}

/// Records that are handed on as they are written, with `recordId` and `data`, in code that never speaks of a `result`.
pub(super) fn records_without_result(code: &Code) -> Vec<Range<usize>> {
    if words(&code.text, "result").next().is_some() {
        return Vec::new();
    }
    let record = |member: Member| {
        let braces = braces_around(code, member.name.start).filter(|_| member.in_braces)?;
        let inside = code.text.get(braces.clone())?;
        let is_whole =
            !inside.contains("**") && !inside.contains("...") && words(inside, "data").next().is_some();
        (is_whole && is_handed_on(code.before(braces.start))).then_some(member.name)
    };
    members(code, "recordId").into_iter().filter_map(record).collect()
}

/// Whether what follows this code goes into the response as it is.
fn is_handed_on(before: &str) -> bool {
    let before = before.trim_end();
    match before.strip_suffix('(') {
        Some(call) => ["append", "push", "=>"].iter().any(|end| call.trim_end().ends_with(end)),
        None => before.ends_with(['[', ',']) || before.ends_with("return") || before.ends_with("yield"),
    }
}

/// The braces around a place, themselves included.
fn braces_around(code: &Code, at: usize) -> Option<Range<usize>> {
    let bytes = code.mask.as_bytes();
    let mut depth = 0usize;
    let mut start = None;
    for (back, byte) in bytes.get(..at)?.iter().rev().take(LONGEST_RECORD).enumerate() {
        match byte {
            b'}' | b']' | b')' => depth += 1,
            b'{' | b'[' | b'(' if depth > 0 => depth -= 1,
            b'{' => {
                start = Some(at - back - 1);
                break;
            }
            b'[' | b'(' => return None,
            _ => {}
        }
    }
    let start = start?;
    Some(start..start + closing(bytes.get(start..)?)?)
}

/// The length of the bracketed text that begins here.
fn closing(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in bytes.iter().take(LONGEST_RECORD).enumerate() {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a returned value is surely a list: the records that came, each of them mapped, or a name that only lists are
/// given to.
fn is_list(code: &Code, value: &str) -> bool {
    let is_records = |value: &str| {
        let name = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        let rest = value.find(name).filter(|at| *at > 0).map_or("", |at| &value[at..]);
        // What stands in quotes is covered in the mask.
        let rest = match code.text.contains("'records']") || code.text.contains("\"records\"]") {
            true if rest.starts_with('[') => rest.find(']').map_or("", |at| &rest[at + 1..]),
            _ => rest.strip_prefix(".records").unwrap_or("?"),
        };
        matches!(rest, "" | ";") || rest.starts_with(".map(")
    };
    let is_name = value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !value.is_empty();
    if !is_name {
        return is_records(value);
    }
    let given = code.words(value).filter_map(|at| {
        let rest = code.after(at.end);
        rest.strip_prefix('=').filter(|rest| !rest.starts_with(['=', '>'])).map(str::trim_start)
    });
    let given: Vec<&str> = given.collect();
    !given.is_empty()
        && given.iter().all(|value| value.starts_with('[') || is_records(value.lines().next().unwrap_or("")))
}

/// A `return` of code in which each returns a mapping that is written out, a list, or nothing, and none has `records`.
pub(super) fn return_without_records(code: &Code) -> Option<Range<usize>> {
    const OTHER_WAYS: [&str; 6] = ["callback", "succeed", "done", "yield", "lambda", "resolve"];
    let is_member = |range: Range<usize>| {
        let rest = code.text.get(range.end..).unwrap_or("");
        let assigned = |rest: &str| rest.starts_with('=') && !rest.starts_with("==");
        match rest.strip_prefix(['\'', '"']) {
            Some(rest) => rest.trim_start().starts_with(':') || assigned(rest.trim_start_matches([']', ' '])),
            None => rest.trim_start().starts_with([':', ',', '}']) || assigned(rest.trim_start()),
        }
    };
    if words(&code.text, "records").any(is_member) || OTHER_WAYS.iter().any(|word| code.has_word(word)) {
        return None;
    }
    let mut first = None;
    for at in code.words("return") {
        let rest = code.after(at.end);
        let line = rest.lines().next().and_then(|line| line.split(';').next()).unwrap_or("").trim_end();
        let value = at.end + code.mask.get(at.end..)?.len() - rest.len();
        if rest.starts_with('{') {
            let length = closing(code.mask.as_bytes().get(value..)?)?;
            let inside = code.text.get(value..value + length)?;
            if inside.contains("**") || inside.contains("...") {
                return None;
            }
            first = first.or(Some(at));
        } else if is_list(code, line) {
            first = first.or(Some(at));
        } else if !matches!(line, "" | "None" | "null" | "undefined" | "True" | "False" | "true" | "false") {
            return None;
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(text: &str) -> Code {
        Code::new(text.to_owned(), Language::Python(13))
    }

    fn node(text: &str) -> Code {
        Code::new(text.to_owned(), Language::Node(22))
    }

    fn values<'c>(code: &'c Code, name: &str) -> Vec<&'c str> {
        literals(code, name).into_iter().map(|range| &code.text[range]).collect()
    }

    #[test]
    fn literals_of_a_member() {
        let code = python(
            "r = {'result': 'OK', \"result\": \"ok\"}  # 'result': 'x'\nr['result'] = 'Ko'\nif r['result'] == 'a': pass\nresult = 'none'\nd = {'result': 'Ok' if a else 'B'}\n",
        );
        assert_eq!(values(&code, "result"), ["OK", "ok", "Ko"]);
        let code = node(
            "const r = {result: 'OK', recordId}; r.result = \"Dropped\"; if (r.result === 'x') {}; let result = 'y';",
        );
        assert_eq!(values(&code, "result"), ["OK", "Dropped"]);
    }

    #[test]
    fn records_that_are_handed_on() {
        let code = python(
            "out.append({'recordId': r['recordId'], 'result': 'Ok'})\nx = {'result': 'Ok'}\nout.append({**r, 'result': 'Ok'})\n",
        );
        let found = records(&code);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].members, ["recordId"]);
        assert_eq!(found[0].result.as_deref(), Some("Ok"));
        let code = node("const out = event.records.map((record) => ({ result: 'Ok', data }));");
        assert_eq!(records(&code)[0].members, ["data"]);
    }

    #[test]
    fn records_that_have_no_result() {
        let found = |code: &Code| records_without_result(code).len();
        assert_eq!(found(&python("out.append({'recordId': r['recordId'], 'data': d})")), 1);
        assert_eq!(
            found(&node("const out = event.records.map((r) => ({ recordId: r.recordId, data }));")),
            1
        );
        for good in [
            "out.append({'recordId': r['recordId'], 'data': d, 'result': 'Ok'})",
            "x = {'recordId': r['recordId'], 'data': d}\nx['result'] = 'Ok'\nout.append(x)",
            "out.append({**r, 'recordId': r['recordId'], 'data': d})",
            "log({'recordId': r['recordId'], 'data': d})",
        ] {
            assert_eq!(found(&python(good)), 0, "{good}");
        }
    }

    #[test]
    fn returns_without_records() {
        assert!(
            return_without_records(&python(
                "def h(e, c):\n  for r in e['records']: pass\n  return {'statusCode': 200}\n"
            ))
            .is_some()
        );
        for bare in [
            "out = []\nfor r in event['records']:\n  out.append(r)\nreturn out",
            "return event['records']",
            "return event[\"records\"]",
        ] {
            assert!(return_without_records(&python(bare)).is_some(), "{bare}");
        }
        for bare in [
            "exports.handler = async (event) => { const out = []; event.records.forEach((r) => out.push(r)); return out; };",
            "exports.handler = async (event) => {\n  return event.records;\n};",
            "exports.handler = async (event) => {\n  const out = event.records.map((r) => ({recordId: r.recordId}));\n  return out;\n};",
        ] {
            assert!(return_without_records(&node(bare)).is_some(), "{bare}");
        }
        assert_eq!(
            return_without_records(&node("const out = event.records.map(f); return {records: out};")),
            None
        );
        for good in [
            "return {'records': out}",
            "return out",
            "out = []\nout = {}\nreturn out",
            "out = make()\nreturn out",
            "return event['other']",
            "out = []\nreturn {'records': out}",
            "def f(r):\n  out = []\n  return out\ndef h(e, c):\n  return wrap(f(e))",
            "e['records'] = out\nreturn {'a': 1}",
            "return dict(records=out)",
            "return",
        ] {
            assert_eq!(return_without_records(&python(good)), None, "{good}");
        }
    }
}
