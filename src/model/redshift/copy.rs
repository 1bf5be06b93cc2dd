//! The options of `COPY` that shape which records become rows, and how.

use super::time::{DateFormat, TimeFormat};
use super::tokens::{Cursor, SqlProblem, Token};

/// How JSON objects become rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonMode {
    /// `'auto'`: keys are the names of columns, letter by letter.
    Auto,
    /// `'auto ignorecase'`.
    AutoIgnoreCase,
    /// `'noshred'`: the whole object into one `SUPER` column.
    NoShred,
    /// The URL of a file with JSONPath expressions, one a column.
    Paths(String),
}

/// How records are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Fields with a delimiter between them.
    Delimited {
        /// `DELIMITER`: `|` unless it is given.
        delimiter: Vec<u8>,
        /// `ESCAPE`: a backslash takes the next byte as it is.
        escapes: bool,
        /// `REMOVEQUOTES`.
        removes_quotes: bool,
    },
    /// `CSV`.
    Csv {
        /// `DELIMITER`: a comma unless it is given.
        delimiter: u8,
        /// `QUOTE`.
        quote: u8,
    },
    /// `JSON`.
    Json(JsonMode),
}

/// `COPY`, as far as it decides about records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// How records are laid out.
    pub format: Format,
    /// `GZIP`.
    pub is_gzip: bool,
    /// `MAXERROR`: with this many errors the load fails; 0 means with the first one, too.
    pub max_error: u32,
    /// `ACCEPTANYDATE`: a date that can't be read is null.
    pub accepts_any_date: bool,
    /// `ACCEPTINVCHARS`: what stands for each byte that is no UTF-8.
    pub replacement: Option<char>,
    /// `BLANKSASNULL`.
    pub blanks_as_null: bool,
    /// `EMPTYASNULL`.
    pub empty_as_null: bool,
    /// `EXPLICIT_IDS`.
    pub has_explicit_ids: bool,
    /// `FILLRECORD`.
    pub fills_record: bool,
    /// `IGNOREBLANKLINES`.
    pub ignores_blank_lines: bool,
    /// `IGNOREHEADER`: lines at the start of each object.
    pub ignore_header: u32,
    /// `NULL AS`; `\N` unless it is given.
    pub null_as: String,
    /// `ROUNDEC`: decimals are rounded instead of cut.
    pub rounds_decimals: bool,
    /// `TRIMBLANKS`.
    pub trims_blanks: bool,
    /// `TRUNCATECOLUMNS`.
    pub truncates_columns: bool,
    /// `DATEFORMAT`.
    pub date_format: DateFormat,
    /// `TIMEFORMAT`.
    pub time_format: TimeFormat,
    /// Options that are read and change nothing here.
    pub not_applied: Vec<String>,
}

impl Default for Copy {
    fn default() -> Copy {
        Copy {
            format: Format::Delimited { delimiter: b"|".to_vec(), escapes: false, removes_quotes: false },
            is_gzip: false,
            max_error: 0,
            accepts_any_date: false,
            replacement: None,
            blanks_as_null: false,
            empty_as_null: false,
            has_explicit_ids: false,
            fills_record: false,
            ignores_blank_lines: false,
            ignore_header: 0,
            null_as: "\\N".to_owned(),
            rounds_decimals: false,
            trims_blanks: false,
            truncates_columns: false,
            date_format: DateFormat::default(),
            time_format: TimeFormat::default(),
            not_applied: Vec::new(),
        }
    }
}

/// What the options say, in any order, before it is put together.
#[derive(Default)]
struct Said {
    is_csv: bool,
    json: Option<JsonMode>,
    delimiter: Option<String>,
    quote: Option<char>,
    escapes: bool,
    removes_quotes: bool,
}

impl Copy {
    /// Reads the text of `CopyOptions`.
    ///
    /// # Errors
    /// An option that does not exist, lacks its value, or asks for what is not simulated, with its place in the text.
    pub fn parse(text: &str) -> Result<Copy, SqlProblem> {
        let mut cursor = Cursor::new(text)?;
        let (mut copy, mut said) = (Copy::default(), Said::default());
        while let Some(token) = cursor.peek() {
            if matches!(token, Token::Sign(';' | ',')) {
                cursor.next();
                continue;
            }
            let place = cursor.place();
            let word = cursor.word("an option of COPY")?;
            option(&word, &mut cursor, &mut copy, &mut said).map_err(|problem| {
                if problem.range.is_empty() { SqlProblem { range: place, ..problem } } else { problem }
            })?;
        }
        copy.format = said.format()?;
        Ok(copy)
    }
}

impl Said {
    fn format(self) -> Result<Format, SqlProblem> {
        if let Some(mode) = self.json {
            return Ok(Format::Json(mode));
        }
        let delimiter = self.delimiter.map(|text| delimiter(&text));
        if self.is_csv {
            return match delimiter.as_deref() {
                None => {
                    Ok(Format::Csv { delimiter: b',', quote: self.quote.map_or(b'"', |quote| quote as u8) })
                }
                Some([one]) => {
                    Ok(Format::Csv { delimiter: *one, quote: self.quote.map_or(b'"', |quote| quote as u8) })
                }
                Some(_) => Err(SqlProblem::new("the `DELIMITER` of `CSV` is one character", 0..0)),
            };
        }
        let delimiter = delimiter.unwrap_or_else(|| b"|".to_vec());
        Ok(Format::Delimited { delimiter, escapes: self.escapes, removes_quotes: self.removes_quotes })
    }
}

/// A delimiter may be written as `\t`, or as an octal number: `\001`.
fn delimiter(text: &str) -> Vec<u8> {
    match text.strip_prefix('\\') {
        Some("t") => vec![b'\t'],
        Some("n") => vec![b'\n'],
        Some(digits) if digits.len() == 3 => match u8::from_str_radix(digits, 8) {
            Ok(byte) => vec![byte],
            Err(_) => text.as_bytes().to_vec(),
        },
        _ => text.as_bytes().to_vec(),
    }
}

/// Options that say how the load is carried out, not which records become rows; with whether a value follows.
const WITHOUT_EFFECT: [(&str, bool); 6] = [
    ("compupdate", true),
    ("statupdate", true),
    ("comprows", true),
    ("region", true),
    ("readratio", true),
    ("noload", false),
];

fn option(word: &str, cursor: &mut Cursor, copy: &mut Copy, said: &mut Said) -> Result<(), SqlProblem> {
    let refuse = |why: &str| Err(SqlProblem::new(format!("`{}` {why}", word.to_uppercase()), 0..0));
    match word {
        // `FORMAT [AS]` stands before the format or is left out.
        "format" | "as" => {}
        "csv" => said.is_csv = true,
        "json" => {
            cursor.takes("as");
            let option = match cursor.peek() {
                Some(Token::Text(_)) => cursor.text("the option of JSON")?,
                _ => "auto".to_owned(),
            };
            said.json = Some(match &*option.to_lowercase() {
                "auto" => JsonMode::Auto,
                "auto ignorecase" => JsonMode::AutoIgnoreCase,
                "noshred" => JsonMode::NoShred,
                _ if option.starts_with("s3://") => JsonMode::Paths(option),
                _ => {
                    return refuse(
                        "takes 'auto', 'auto ignorecase', 'noshred' or the URL of a JSONPaths file",
                    );
                }
            });
        }
        "avro" | "parquet" | "orc" | "shapefile" | "fixedwidth" => {
            return refuse("is not simulated: the records of a delivery stream are text");
        }
        "delimiter" => said.delimiter = Some(value(cursor, "the delimiter")?),
        "quote" => {
            let quote = value(cursor, "the quote")?;
            match quote.chars().next().filter(|quote| quote.is_ascii() && quote.len_utf8() == 1) {
                Some(one) if one.len_utf8() == quote.len() => said.quote = Some(one),
                _ => return refuse("takes one ASCII character"),
            }
        }
        "escape" => said.escapes = true,
        "removequotes" => said.removes_quotes = true,
        "gzip" => copy.is_gzip = true,
        "lzop" | "bzip2" | "zstd" => {
            return refuse("does not fit: the stream writes UNCOMPRESSED or GZIP objects");
        }
        "manifest" => {}
        "maxerror" => {
            cursor.takes("as");
            let place = cursor.place();
            copy.max_error = cursor.number("the number of errors")?;
            if copy.max_error > 100_000 {
                return Err(SqlProblem::new("`MAXERROR` is 0 to 100000", place));
            }
        }
        "acceptanydate" => copy.accepts_any_date = true,
        "acceptinvchars" => {
            cursor.takes("as");
            let text = match cursor.peek() {
                Some(Token::Text(_)) => cursor.text("the replacement")?,
                _ => "?".to_owned(),
            };
            match text.chars().next().filter(|first| text.len() == 1 && *first != '\0') {
                Some(replacement) => copy.replacement = Some(replacement),
                None => return refuse("takes one ASCII character"),
            }
        }
        "blanksasnull" => copy.blanks_as_null = true,
        "emptyasnull" => copy.empty_as_null = true,
        "explicit_ids" => copy.has_explicit_ids = true,
        "fillrecord" => copy.fills_record = true,
        "ignoreblanklines" => copy.ignores_blank_lines = true,
        "ignoreheader" => {
            cursor.takes("as");
            copy.ignore_header = cursor.number("the number of lines")?;
        }
        "null" => copy.null_as = value(cursor, "the text that is null")?,
        "roundec" => copy.rounds_decimals = true,
        "trimblanks" => copy.trims_blanks = true,
        "truncatecolumns" => copy.truncates_columns = true,
        "dateformat" => copy.date_format = DateFormat::parse(&value(cursor, "the format")?),
        "timeformat" => copy.time_format = TimeFormat::parse(&value(cursor, "the format")?),
        "encoding" => {
            cursor.takes("as");
            let encoding = match cursor.peek() {
                Some(Token::Text(_)) => cursor.text("the encoding")?,
                _ => cursor.word("the encoding")?,
            };
            if !matches!(&*encoding.to_lowercase(), "utf8" | "utf-8") {
                return refuse("other than UTF8 is not simulated");
            }
        }
        "iam_role" | "credentials" | "access_key_id" | "secret_access_key" | "session_token" => {
            // Said by the service itself; its value may be a secret and is not kept.
            cursor.takes("as");
            cursor.next();
        }
        _ => match WITHOUT_EFFECT.iter().find(|(name, _)| *name == word) {
            Some((_, has_value)) => {
                if *has_value {
                    cursor.takes("as");
                    cursor.next();
                }
                copy.not_applied
                    .push(format!("`{}` (it changes how the load runs, not its rows)", word.to_uppercase()));
            }
            None => return refuse("is no option of COPY that is known here"),
        },
    }
    Ok(())
}

fn value(cursor: &mut Cursor, what: &str) -> Result<String, SqlProblem> {
    cursor.takes("as");
    cursor.text(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_in_any_order() {
        let copy = Copy::parse(
            "gzip maxerror AS 10 JSON 'auto ignorecase' TIMEFORMAT 'auto' BLANKSASNULL region 'eu-west-1'",
        )
        .unwrap();
        assert_eq!(copy.format, Format::Json(JsonMode::AutoIgnoreCase));
        assert_eq!((copy.is_gzip, copy.max_error, copy.blanks_as_null), (true, 10, true));
        assert_eq!(copy.not_applied.len(), 1);
        let copy =
            Copy::parse("FORMAT AS CSV QUOTE AS '%' DELIMITER '\\t' IGNOREHEADER 1 NULL AS ''").unwrap();
        assert_eq!(copy.format, Format::Csv { delimiter: b'\t', quote: b'%' });
        assert_eq!((copy.ignore_header, &*copy.null_as), (1, ""));
        let copy = Copy::parse("delimiter '\\001' ESCAPE").unwrap();
        assert_eq!(
            copy.format,
            Format::Delimited { delimiter: vec![1], escapes: true, removes_quotes: false }
        );
        assert_eq!(Copy::parse("").unwrap(), Copy::default());
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, message, at) in [
            ("gzip maxerrors 3", "`MAXERRORS` is no option of COPY that is known here", "maxerrors"),
            ("PARQUET", "`PARQUET` is not simulated: the records of a delivery stream are text", "PARQUET"),
            ("json 'auto' maxerror 200000", "`MAXERROR` is 0 to 100000", "200000"),
            ("null", "the text that is null is missing at the end", "null"),
            (
                "json 'autos'",
                "`JSON` takes 'auto', 'auto ignorecase', 'noshred' or the URL of a JSONPaths file",
                "json",
            ),
        ] {
            let problem = Copy::parse(text).unwrap_err();
            assert_eq!((&*problem.message, &text[problem.range]), (message, at), "{text}");
        }
    }

    #[test]
    fn credentials_are_not_kept() {
        let copy = Copy::parse("CREDENTIALS 'aws_secret_access_key=abc' json 'auto'").unwrap();
        assert!(!format!("{copy:?}").contains("abc"));
    }
}
