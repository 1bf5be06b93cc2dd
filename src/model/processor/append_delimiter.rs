//! `AppendDelimiterToRecord`: a delimiter behind each record of an object.
//!
//! Its position among the processors is undocumented; CHOICE: last, just before records are laid end to end. Source
//! record backups stay as they were put (service behaviour, sections 4.4 and 5).

/// What is appended to each record, in bytes. Without the parameter, and for the two characters `\n`, a line feed; other
/// delimiters are undocumented, CHOICE: appended as written.
pub fn delimiter(parameter: Option<&str>) -> Box<[u8]> {
    match parameter {
        None | Some("\\n") => Box::from(*b"\n"),
        Some(other) => other.as_bytes().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guides_two_characters_are_a_line_feed() {
        assert_eq!(&*delimiter(None), b"\n");
        assert_eq!(&*delimiter(Some("\\n")), b"\n");
        assert_eq!(&*delimiter(Some("\n")), b"\n");
        assert_eq!(&*delimiter(Some("|;")), b"|;");
    }
}
