//! How destinations that take rows answer, and what that means. They speak protocols of their own, so an answer here is
//! no HTTP: a status of 200 for rows that were taken, another one or a code for those that were not.

use serde_json::{Value, json};

use super::request::{
    Answer, DocumentVerdict, Judgement, Refusal, Response, Scripted, Trouble, UndeliveredRecord, Verdict,
};
use crate::model::failure::{UndeliveredRow, undelivered_row};

/// What a destination's errors mean.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// What its codes begin with, without the dot.
    pub family: &'static str,
    /// What it is called in messages.
    pub name: &'static str,
    /// Codes that no later attempt mends: the rows go to the error lane at once.
    pub hopeless: &'static [&'static str],
    /// The code of a row that is refused by itself, where the scenario names none.
    pub row: &'static str,
}

impl Terms {
    /// What a healthy destination answers, but for what a scenario says.
    pub fn answer(&self, scripted: &Scripted) -> Answer {
        if let Some(trouble) = scripted.trouble() {
            return trouble;
        }
        let rows: Vec<Value> = scripted
            .documents
            .iter()
            .map(|row| {
                let code = if row.kind.is_empty() { self.row } else { &row.kind };
                json!({ "row": row.index, "code": code, "message": row.reason })
            })
            .collect();
        let body =
            if rows.is_empty() { Vec::new() } else { json!({ "refused": rows }).to_string().into_bytes() };
        Answer::Response(Response { status: 200, body, ..Response::default() }.scripted(scripted))
    }

    /// What an answer means.
    pub fn judge(&self, answer: &Answer) -> Judgement {
        Judgement::Final(match answer {
            Answer::Trouble(trouble) => Verdict::Retry(self.of_trouble(*trouble)),
            Answer::Error(code) => self.of_code(code),
            Answer::Response(Response { status: 200, body, .. }) => of_rows(body),
            Answer::Response(response) => {
                let message = format!("{} answered with {}.", self.name, response.status);
                Verdict::Retry(self.refusal("ServiceUnavailable", message))
            }
        })
    }

    fn of_code(&self, code: &str) -> Verdict {
        let refusal = Refusal::new(code, format!("{} did not take the rows.", self.name));
        if self.hopeless.contains(&code) { Verdict::Refused(refusal) } else { Verdict::Retry(refusal) }
    }

    fn of_trouble(&self, trouble: Trouble) -> Refusal {
        let (code, what) = match trouble {
            Trouble::ConnectionFailed => ("ConnectionFailed", "could not be reached"),
            Trouble::ConnectionReset => ("ConnectionReset", "closed the connection"),
            Trouble::Timeout => ("RequestTimeout", "did not answer in time"),
            Trouble::TlsHandshake => ("SSLHandshakeFailure", "did not finish the TLS handshake"),
        };
        self.refusal(code, format!("{} {what}.", self.name))
    }

    fn refusal(&self, code: &str, message: String) -> Refusal {
        Refusal::new(format!("{}.{code}", self.family), message)
    }
}

/// Rows that are refused one by one are never tried again: another attempt has the same data.
fn of_rows(body: &[u8]) -> Verdict {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let refused = body["refused"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<DocumentVerdict> = refused
        .iter()
        .filter_map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default();
            let index = u32::try_from(row["row"].as_u64()?).ok()?;
            Some(DocumentVerdict {
                index,
                retry: false,
                refusal: Refusal::new(text("code"), text("message")),
            })
        })
        .collect();
    if rows.is_empty() { Verdict::Taken } else { Verdict::Partly(rows) }
}

/// The line of the error document of a row that was not taken.
pub fn document(failed: &UndeliveredRecord<'_>) -> Vec<u8> {
    undelivered_row(&UndeliveredRow {
        attempts: failed.attempts,
        arrival: failed.arrival,
        code: &failed.refusal.code,
        message: &failed.refusal.message,
        ended: failed.ended.as_millis(),
        raw: failed.bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::destination::request::RefusedDocument;

    const TERMS: Terms =
        Terms { family: "X", name: "The table", hopeless: &["X.NoSuchTable"], row: "X.BadRow" };

    fn judged(scripted: &Scripted) -> Verdict {
        match TERMS.judge(&TERMS.answer(scripted)) {
            Judgement::Final(verdict) => verdict,
            Judgement::Awaits(_) => panic!("nothing is acknowledged"),
        }
    }

    #[test]
    fn service_faults_are_tried_again_and_mistakes_are_not() {
        assert_eq!(judged(&Scripted::default()), Verdict::Taken);
        let error = |code: &str| judged(&Scripted { error: Some(code.to_owned()), ..Scripted::default() });
        assert!(
            matches!(error("X.NoSuchTable"), Verdict::Refused(refusal) if refusal.code == "X.NoSuchTable")
        );
        assert!(
            matches!(error("S3.AccessDenied"), Verdict::Retry(refusal) if refusal.code == "S3.AccessDenied")
        );
        assert!(matches!(error("timeout"), Verdict::Retry(refusal) if refusal.code == "X.RequestTimeout"));
        let busy = judged(&Scripted { status: Some(503), ..Scripted::default() });
        assert!(matches!(busy, Verdict::Retry(refusal) if refusal.code == "X.ServiceUnavailable"));
    }

    #[test]
    fn single_rows_are_refused_for_good() {
        let row = |index, kind: &str| RefusedDocument {
            index,
            status: 400,
            kind: kind.to_owned(),
            reason: "no".to_owned(),
        };
        let documents = vec![row(1, ""), row(3, "X.Extra")];
        let verdict = judged(&Scripted { documents, ..Scripted::default() });
        let one =
            |index, code: &str| DocumentVerdict { index, retry: false, refusal: Refusal::new(code, "no") };
        assert_eq!(verdict, Verdict::Partly(vec![one(1, "X.BadRow"), one(3, "X.Extra")]));
    }
}
