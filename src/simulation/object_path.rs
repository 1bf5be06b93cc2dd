//! Where an object lies below the output folder: its key, made safe.
//!
//! A part of a key that is not a possible or safe file name (empty, `.`, `..`, control characters, too long) is
//! percent-encoded or shortened with a hash. Two keys never share a path: parts that look encoded are encoded as well.

/// The longest part that is taken as it is, in bytes; most file systems allow 255.
const LONGEST_PART: usize = 200;

/// `s3/<bucket>/<key>`, with unsafe parts replaced; always relative and with `/` between parts.
pub fn object_path(bucket: &str, key: &str) -> String {
    let mut path = format!("s3/{}", safe_part(bucket));
    for part in key.split('/') {
        path.push('/');
        path.push_str(&safe_part(part));
    }
    path
}

fn safe_part(part: &str) -> String {
    let is_special = matches!(part, "" | "." | "..");
    if !is_special && part.len() <= LONGEST_PART && !part.chars().any(is_unsafe) && !looks_encoded(part) {
        return part.to_owned();
    }
    let mut encoded = String::with_capacity(part.len() + 8);
    for character in part.chars() {
        if is_unsafe(character) || character == '%' || (is_special && character == '.') {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        } else {
            encoded.push(character);
        }
    }
    if encoded.is_empty() {
        return "%".to_owned();
    }
    if encoded.len() > LONGEST_PART {
        let end = (0..=100).rev().find(|end| encoded.is_char_boundary(*end)).unwrap_or(0);
        encoded.truncate(end);
        encoded.push_str("%~");
        encoded.push_str(&blake3::hash(part.as_bytes()).to_hex()[..32]);
    }
    encoded
}

fn is_unsafe(character: char) -> bool {
    character.is_control() || character == '\\'
}

/// Whether encoding another part could give this text.
fn looks_encoded(part: &str) -> bool {
    part == "%"
        || part.match_indices('%').any(|(at, _)| {
            let rest = &part.as_bytes()[at + 1..];
            rest.first() == Some(&b'~') || (rest.len() >= 2 && rest[..2].iter().all(u8::is_ascii_hexdigit))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_keys_are_their_own_path() {
        assert_eq!(object_path("b", "a=1/2026/x%y.gz"), "s3/b/a=1/2026/x%y.gz");
    }

    #[test]
    fn nothing_leaves_the_folder() {
        assert_eq!(object_path("b", "/.././/x\n"), "s3/b/%/%2E%2E/%2E/%/x%0A");
        assert_eq!(object_path("b", "..\\x"), "s3/b/..%5Cx");
    }

    #[test]
    fn different_keys_have_different_paths() {
        let long = "x".repeat(300);
        let keys = [
            "",
            "%",
            "%25",
            ".",
            "%2E",
            "%252E",
            "..",
            "%2E%2E",
            "\n",
            "%0A",
            &long,
            &format!("{long}y"),
            "a%~b",
        ];
        let mut paths: Vec<String> = keys.iter().map(|key| object_path("b", key)).collect();
        assert!(paths.iter().all(|path| path.split('/').all(|part| part.len() <= 255)));
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), keys.len());
        let shortened = object_path("b", &long);
        let own: &str = shortened.strip_prefix("s3/b/").unwrap();
        assert_ne!(object_path("b", own), shortened);
    }
}
