//! As much of HTTP/1.1 as the Runtime API and the Invoke API need: messages with a length, in chunks, or up to the end
//! of the connection; everything bounded.

use std::io::{self, BufRead, Read, Write};

/// Most bytes of a start line and headers together.
const LARGEST_HEAD: u64 = 64 << 10;
/// Most bytes that are read and thrown away of a body that is too large, so that the other side gets an answer.
const LARGEST_DISCARDED: u64 = 256 << 20;

/// The start line and the headers of a message.
#[derive(Debug)]
pub(in crate::simulation) struct Head {
    /// The start line.
    pub start: String,
    headers: Vec<(String, String)>,
}

/// The body of a message.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::simulation) enum Body {
    Whole(Vec<u8>),
    /// More than the bound; it was read and thrown away.
    TooLarge,
}

/// What a message without a length means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulation) enum WithoutLength {
    /// It has no body: a request.
    Empty,
    /// Its body ends with the connection: a response.
    UpToTheEnd,
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed HTTP: {what}"))
}

fn line(reader: &mut impl BufRead, left: &mut u64) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = reader.by_ref().take(*left).read_until(b'\n', &mut bytes)?;
    *left -= read as u64;
    match bytes.pop() {
        None if *left > 0 => return Ok(None),
        Some(b'\n') => {}
        _ => return Err(malformed("a line that does not end")),
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    String::from_utf8(bytes).map(Some).map_err(|_| malformed("a line that is not text"))
}

/// Reads start line and headers; `None` where the connection ended before the first byte.
pub(in crate::simulation) fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut left = LARGEST_HEAD;
    let Some(start) = line(reader, &mut left)? else { return Ok(None) };
    let mut headers = Vec::new();
    loop {
        let text = line(reader, &mut left)?.ok_or_else(|| malformed("headers that do not end"))?;
        if text.is_empty() {
            return Ok(Some(Head { start, headers }));
        }
        let (name, value) = text.split_once(':').ok_or_else(|| malformed("a header without a colon"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// Reads the body that belongs to a head.
pub(in crate::simulation) fn read_body(
    reader: &mut impl BufRead,
    head: &Head,
    largest: usize,
    without_length: WithoutLength,
) -> io::Result<Body> {
    if head.get("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return read_chunks(reader, largest);
    }
    let mut body = Vec::new();
    let length = match head.get("content-length") {
        Some(text) => text.parse::<u64>().map_err(|_| malformed("a length that is no number"))?,
        None if without_length == WithoutLength::Empty => 0,
        None => {
            reader.by_ref().take(largest as u64 + 1).read_to_end(&mut body)?;
            let fits = body.len() <= largest;
            return Ok(if fits { Body::Whole(body) } else { Body::TooLarge });
        }
    };
    if length > largest as u64 {
        discard(reader, length)?;
        return Ok(Body::TooLarge);
    }
    body.resize(length as usize, 0);
    reader.read_exact(&mut body)?;
    Ok(Body::Whole(body))
}

fn read_chunks(reader: &mut impl BufRead, largest: usize) -> io::Result<Body> {
    let (mut body, mut total) = (Vec::new(), 0_u64);
    loop {
        let text = line(reader, &mut 256)?.ok_or_else(|| malformed("chunks that do not end"))?;
        let digits = text.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| malformed("a chunk without a size"))?;
        total = total.saturating_add(size);
        if size == 0 {
            let mut left = LARGEST_HEAD;
            while line(reader, &mut left)?.is_some_and(|trailer| !trailer.is_empty()) {}
            let fits = total <= largest as u64;
            return Ok(if fits { Body::Whole(body) } else { Body::TooLarge });
        }
        if total > largest as u64 {
            if total > LARGEST_DISCARDED {
                return Err(malformed("a body without bounds"));
            }
            body = Vec::new();
            discard(reader, size)?;
        } else {
            let from = body.len();
            body.resize(from + size as usize, 0);
            reader.read_exact(&mut body[from..])?;
        }
        line(reader, &mut 16)?;
    }
}

fn discard(reader: &mut impl BufRead, length: u64) -> io::Result<()> {
    if length > LARGEST_DISCARDED {
        return Err(malformed("a body without bounds"));
    }
    io::copy(&mut reader.by_ref().take(length), &mut io::sink()).map(drop)
}

impl Head {
    /// All headers, with their names in lower case.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a header, whose name is given in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Writes a message in one piece.
pub(in crate::simulation) fn write(
    out: &mut impl Write,
    start: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let mut message = Vec::with_capacity(body.len() + 512);
    message.extend_from_slice(start.as_bytes());
    message.extend_from_slice(b"\r\n");
    for (name, value) in headers {
        // A value with a line end would begin a header of its own.
        let value = value.replace(['\r', '\n'], " ");
        message.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    message.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    message.extend_from_slice(body);
    out.write_all(&message)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, largest: usize, without_length: WithoutLength) -> io::Result<Body> {
        let mut reader = text.as_bytes();
        let head = read_head(&mut reader)?.unwrap();
        read_body(&mut reader, &head, largest, without_length)
    }

    #[test]
    fn bodies_with_a_length_in_chunks_and_up_to_the_end() {
        let whole = |text: &str| Body::Whole(text.as_bytes().to_vec());
        let request = |text: &str| read(text, 5, WithoutLength::Empty).unwrap();
        assert_eq!(request("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcd"), whole("abc"));
        assert_eq!(request("GET / HTTP/1.1\r\n\r\n"), whole(""));
        let chunks =
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n";
        assert_eq!(request(chunks), whole("abcde"));
        assert_eq!(read(chunks, 4, WithoutLength::Empty).unwrap(), Body::TooLarge);
        assert_eq!(request("POST / HTTP/1.1\r\ncontent-length: 6\r\n\r\nabcdef"), Body::TooLarge);
        let response = read("HTTP/1.1 200 OK\r\n\r\nabc", 5, WithoutLength::UpToTheEnd).unwrap();
        assert_eq!(response, whole("abc"));
    }

    #[test]
    fn what_has_no_bounds_or_form_is_an_error() {
        let head = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
        for text in [
            head.as_str(),
            "GET / HTTP/1.1\r\nX: y",
            "GET / HTTP/1.1\r\nnot a header\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        ] {
            assert!(read(text, 5, WithoutLength::Empty).is_err(), "{text:.60}");
        }
    }

    #[test]
    fn a_line_end_in_a_header_begins_no_other() {
        let mut out = Vec::new();
        write(&mut out, "GET / HTTP/1.1", &[("A", "b\r\nC: d")], b"").unwrap();
        assert!(String::from_utf8(out).unwrap().contains("A: b  C: d\r\n"));
    }
}
