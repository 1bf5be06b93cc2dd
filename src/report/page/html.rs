//! Markup that can't be injected into: only words of this program are markup, everything else is escaped.

use crate::foundation::byte_size::ByteSize;
use crate::foundation::timestamp::Timestamp;

/// A page in the making.
pub struct Html<'a> {
    out: String,
    mask: &'a dyn Fn(&str) -> String,
}

impl<'a> Html<'a> {
    /// An empty page. `mask` covers the secrets of the template.
    pub fn new(mask: &'a dyn Fn(&str) -> String) -> Html<'a> {
        Html { out: String::with_capacity(1 << 16), mask }
    }

    /// Markup: written in this program, never made of data.
    pub fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Words, between tags or in a quoted attribute, with secrets covered.
    pub fn text(&mut self, text: &str) -> &mut Self {
        let masked = (self.mask)(text);
        self.escape(&masked)
    }

    /// Words in which names stand in backticks.
    pub fn prose(&mut self, text: &str) -> &mut Self {
        let masked = (self.mask)(text);
        let parts: Vec<&str> = masked.split('`').collect();
        // Backticks without a partner are somebody's data.
        if parts.len().is_multiple_of(2) {
            return self.escape(&masked);
        }
        for (at, part) in parts.into_iter().enumerate() {
            match at % 2 {
                0 => self.escape(part),
                _ => self.markup("<code>").escape(part).markup("</code>"),
            };
        }
        self
    }

    /// What a record holds, as it is.
    pub fn sample(&mut self, text: &str) -> &mut Self {
        self.escape(text)
    }

    /// A number for people: `12,345`.
    pub fn count(&mut self, count: u64) -> &mut Self {
        self.out.push_str(&grouped(count));
        self
    }

    /// A number for programs: `12345`.
    pub fn digits(&mut self, count: u64) -> &mut Self {
        self.out.push_str(&count.to_string());
        self
    }

    /// A moment, with its machine-readable form.
    pub fn moment(&mut self, at: Timestamp) -> &mut Self {
        let text = at.to_string();
        self.markup("<time datetime=\"").text(&text).markup("\">");
        self.text(&text).markup("</time>")
    }

    /// The page.
    pub fn finish(self) -> String {
        self.out
    }

    fn escape(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                '\n' | '\t' => self.out.push(c),
                // No such character is allowed in HTML, and the terminal's are no words.
                c if c.is_control() => self.out.push('\u{fffd}'),
                c => self.out.push(c),
            }
        }
        self
    }
}

/// A number with its thousands apart.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 record`, `12,345 records`.
pub fn many(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number of bytes.
pub fn size(bytes: u64) -> String {
    ByteSize::bytes(bytes).to_string()
}

/// Milliseconds as people say them: two units at the most.
pub fn duration(millis: u64) -> String {
    let two = |large: u64, unit: &str, small: u64, lesser: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {lesser}"),
    };
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 if millis.is_multiple_of(1_000) => format!("{} s", millis / 1_000),
        1_000..60_000 => format!("{}.{:02} s", millis / 1_000, millis % 1_000 / 10),
        60_000..3_600_000 => two(millis / 60_000, "min", millis / 1_000 % 60, "s"),
        3_600_000..86_400_000 => two(millis / 3_600_000, "h", millis / 60_000 % 60, "min"),
        _ => two(millis / 86_400_000, "d", millis / 3_600_000 % 24, "h"),
    }
}

/// Tenths of a per cent of a whole: `12.3 %`. What is not nothing, or not all, does not look like it.
pub fn share(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let tenths = (part * 2_000 + whole).checked_div(whole * 2).unwrap_or(0);
    match (part, tenths) {
        (0, _) => "0 %".to_owned(),
        (_, 0) => "< 0.1 %".to_owned(),
        (part, 1_000) if part < whole => "> 99.9 %".to_owned(),
        (_, tenths) if tenths % 10 == 0 => format!("{} %", tenths / 10),
        (_, tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_never_markup() {
        let mask = |text: &str| text.replace("s3cr&t", "***");
        let mut html = Html::new(&mask);
        html.markup("<p title=\"").text("\"><img src=x onerror='f()'>").markup("\">");
        html.text("s3cr&t & more").sample("\u{1b}[31m</script>");
        let shown = html.finish();
        assert_eq!(
            shown,
            "<p title=\"&quot;&gt;&lt;img src=x onerror=&#39;f()&#39;&gt;\">*** &amp; more\u{fffd}[31m&lt;/script&gt;"
        );
    }

    #[test]
    fn figures_are_said_as_people_say_them() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(many(1, "record"), "1 record");
        assert_eq!(
            [0, 999, 26_860, 60_000, 86_399_000, 90_000_000].map(duration),
            ["0 ms", "999 ms", "26.86 s", "1 min", "23 h 59 min", "1 d 1 h"]
        );
        assert_eq!([share(2, 3), share(99_999, 100_000)], ["66.7 %", "> 99.9 %"]);
        assert_eq!(
            [share(1, 3), share(1, 100_000), share(0, 5), share(5, 5)],
            ["33.3 %", "< 0.1 %", "0 %", "100 %"]
        );
    }
}
