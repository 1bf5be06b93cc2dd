//! How the expectations of scenarios turned out: as text with diffs, as JSON, as JUnit.

use serde_json::{Value, json};

use super::{Style, junit::escaped};
use crate::simulation::expectations::Verdict;

/// One scenario that ran, or could not.
#[derive(Debug)]
pub struct ScenarioResult {
    /// The file.
    pub file: String,
    /// The run's digest; empty when there was no run.
    pub digest: String,
    /// How its expectations turned out, or why there is no telling.
    pub outcome: Result<Vec<Verdict>, String>,
}

impl ScenarioResult {
    /// Whether every expectation holds.
    pub fn passed(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|verdicts| verdicts.iter().all(|v| v.differences.is_empty()))
    }

    /// Why there is no telling, with the file's name.
    pub fn error(&self) -> Option<String> {
        let why = self.outcome.as_ref().err()?;
        // Mistakes in the file itself begin with its name.
        Some(if why.starts_with(&*self.file) { why.clone() } else { format!("{}: {why}", self.file) })
    }
}

/// Verdicts of one scenario as text: failed ones with their differences, passed ones as a line, or not at all where
/// `is_quiet`.
pub fn verdicts(file: &str, verdicts: &[Verdict], style: Style, is_quiet: bool) -> String {
    let colour = |code: &str, words: &str| match style.colour {
        true => format!("\u{1b}[{code}m{words}\u{1b}[0m"),
        false => words.to_owned(),
    };
    let mut text = String::new();
    for verdict in verdicts {
        let has_passed = verdict.differences.is_empty();
        if has_passed && is_quiet {
            continue;
        }
        let word = if has_passed { colour("32", "pass") } else { colour("1;31", "FAIL") };
        text += &format!("{word} {file}:{}: {}\n", verdict.line, verdict.title);
        for difference in &verdict.differences {
            text += &format!("     {}\n", difference.what);
            for line in &difference.expected {
                text += &format!("       {}\n", colour("32", &format!("- {}", shown(line))));
            }
            for line in &difference.actual {
                text += &format!("       {}\n", colour("31", &format!("+ {}", shown(line))));
            }
        }
    }
    text
}

/// A line of somebody's data as a terminal may be shown it: without control characters, and not endless.
fn shown(line: &str) -> String {
    const LONGEST: usize = 400;
    let mut text = String::new();
    for c in line.chars().take(LONGEST) {
        if c.is_control() { text.extend(c.escape_default()) } else { text.push(c) }
    }
    if line.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

/// All results as text, with a summary: only what failed where `is_quiet`. Scenarios that could not run are counted; why,
/// their errors tell.
pub fn text(results: &[ScenarioResult], style: Style, is_quiet: bool) -> String {
    let found = results.iter().filter_map(|result| Some((&result.file, result.outcome.as_ref().ok()?)));
    let text: String = found.map(|(file, found)| verdicts(file, found, style, is_quiet)).collect();
    if is_quiet && text.is_empty() {
        return text;
    }
    let (passed, failed) = counts(results);
    let broken = results.iter().filter(|result| result.outcome.is_err()).count();
    let differs = if failed > 0 { " (- expected, + what came)" } else { "" };
    let s = if passed == 1 { "" } else { "s" };
    let mut summary =
        format!("\n{}, {passed} expectation{s} passed, {failed} failed{differs}", scenarios(results.len()));
    if broken > 0 {
        summary += &format!("; {} could not run", scenarios(broken));
    }
    text + &summary + "\n"
}

fn scenarios(count: usize) -> String {
    format!("{count} scenario{}", if count == 1 { "" } else { "s" })
}

fn counts(results: &[ScenarioResult]) -> (usize, usize) {
    let all = results.iter().flat_map(|result| result.outcome.iter().flatten());
    let (passed, failed): (Vec<_>, Vec<_>) = all.partition(|verdict| verdict.differences.is_empty());
    (passed.len(), failed.len())
}

/// Verdicts as JSON.
pub fn verdicts_json(verdicts: &[Verdict]) -> Value {
    let verdict = |verdict: &Verdict| {
        let difference = |d: &crate::simulation::expectations::Difference| json!({"what": d.what, "expected": d.expected, "actual": d.actual});
        let mut object = json!({
            "line": verdict.line,
            "title": verdict.title,
            "passed": verdict.differences.is_empty(),
        });
        if !verdict.differences.is_empty() {
            object["differences"] = verdict.differences.iter().map(difference).collect();
        }
        object
    };
    verdicts.iter().map(verdict).collect()
}

/// All results as JSON.
pub fn json(results: &[ScenarioResult]) -> Value {
    let result = |result: &ScenarioResult| {
        let mut object = json!({"file": result.file, "passed": result.passed()});
        match &result.outcome {
            Ok(verdicts) => {
                object["digest"] = result.digest.as_str().into();
                object["expectations"] = verdicts_json(verdicts);
            }
            Err(why) => object["error"] = why.as_str().into(),
        }
        object
    };
    let (passed, failed) = counts(results);
    let broken = results.iter().filter(|result| result.outcome.is_err()).count();
    json!({
        "version": 1,
        "scenarios": results.iter().map(result).collect::<Vec<_>>(),
        "summary": {"scenarios": results.len(), "broken": broken, "passed": passed, "failed": failed},
    })
}

/// All results as JUnit's XML: a suite a scenario, a case an expectation.
pub fn junit(results: &[ScenarioResult]) -> String {
    let (passed, failed) = counts(results);
    let broken = results.iter().filter(|result| result.outcome.is_err()).count();
    let tests = passed + failed + broken;
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"firehose-kit\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{broken}\">\n"
    );
    for result in results {
        let file = escaped(&result.file);
        match &result.outcome {
            Err(why) => {
                text += &format!("  <testsuite name=\"{file}\" tests=\"1\" failures=\"0\" errors=\"1\">\n");
                text += &format!("    <testcase classname=\"{file}\" name=\"runs\">\n");
                text += &format!("      <error message=\"{}\"/>\n    </testcase>\n", escaped(why));
            }
            Ok(verdicts) => {
                let failed = verdicts.iter().filter(|verdict| !verdict.differences.is_empty()).count();
                let tests = verdicts.len();
                text += &format!(
                    "  <testsuite name=\"{file}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\">\n"
                );
                for verdict in verdicts {
                    text += &case(&file, verdict);
                }
            }
        }
        text += "  </testsuite>\n";
    }
    text + "</testsuites>\n"
}

fn case(file: &str, verdict: &Verdict) -> String {
    let name = escaped(&format!("{} (line {})", verdict.title, verdict.line));
    let head = format!("    <testcase classname=\"{file}\" name=\"{name}\"");
    if verdict.differences.is_empty() {
        return head + "/>\n";
    }
    let whats: Vec<&str> = verdict.differences.iter().map(|difference| &*difference.what).collect();
    let mut body = String::new();
    for difference in &verdict.differences {
        body += &format!("{}\n", difference.what);
        difference.expected.iter().for_each(|line| body += &format!("- {line}\n"));
        difference.actual.iter().for_each(|line| body += &format!("+ {line}\n"));
    }
    format!(
        "{head}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
        escaped(&whats.join("; ")),
        escaped(&body)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::expectations::Difference;

    #[test]
    fn data_can_neither_steer_the_terminal_nor_break_the_xml() {
        let difference = Difference {
            what: "lines".to_owned(),
            expected: vec!["<a&\"".to_owned()],
            actual: vec!["\u{1b}[2J".to_owned()],
        };
        let verdict = Verdict { line: 3, title: "t".to_owned(), differences: vec![difference] };
        let result =
            ScenarioResult { file: "f".to_owned(), digest: String::new(), outcome: Ok(vec![verdict]) };
        let style = Style { colour: false, width: 80 };
        let text = text(std::slice::from_ref(&result), style, false);
        assert!(text.contains("+ \\u{1b}[2J") && !text.contains('\u{1b}'), "{text}");
        let xml = junit(&[result]);
        assert!(xml.contains("- &lt;a&amp;&quot;") && !xml.contains('\u{1b}'), "{xml}");
    }
}
