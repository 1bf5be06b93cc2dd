//! An AWS that answers from a record: for what no emulator says. CloudFormation names its operations in the body, Firehose
//! in a header, S3 in the method and the query.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The answers, by action: status and body. The last one of an action is given again.
type Answers = Vec<(&'static str, VecDeque<(u16, String)>)>;

/// A server with its answers.
pub struct Recorded {
    /// Where it answers.
    pub url: String,
    /// The actions that were asked for, in order.
    pub asked: Arc<Mutex<Vec<String>>>,
}

/// Starts a server; it ends with the test process.
pub fn serve(answers: &[(&'static str, &[(u16, String)])]) -> Recorded {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let mut answers: Answers =
        answers.iter().map(|(action, given)| (*action, given.iter().cloned().collect())).collect();
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let action = action(&stream);
            let known = answers.iter_mut().find(|(name, _)| *name == action);
            let (status, body) = match known {
                Some((_, given)) if given.len() > 1 => given.pop_front().unwrap(),
                Some((_, given)) => given.front().unwrap().clone(),
                None => (400, error("NotRecorded", &action)),
            };
            heard.lock().unwrap().push(action);
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = (&stream).write_all((head + &body).as_bytes());
        }
    });
    Recorded { url, asked }
}

/// An error as the query protocol writes it.
pub fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>1</RequestId></ErrorResponse>"
    )
}

/// A result as the query protocol writes it.
pub fn result(action: &str, inside: &str) -> String {
    format!("<{action}Response><{action}Result>{inside}</{action}Result></{action}Response>")
}

/// Reads a request, and says which operation it is.
fn action(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut first = String::new();
    let mut target = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if first.is_empty() {
            first.clone_from(&line);
        }
        if line.to_ascii_lowercase().starts_with("x-amz-target:") {
            target = line.trim().rsplit('.').next().map(str::to_owned);
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    if let Some(target) = target {
        return target;
    }
    if first.starts_with("GET ") && first.contains("list-type=2") {
        return "ListObjectsV2".to_owned();
    }
    let text = String::from_utf8(body).unwrap();
    text.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned()
}
