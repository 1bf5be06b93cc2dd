//! Names that users give to what is secret: of attributes, whose values no list of properties can know.

/// What such names hold, without case, hyphens and underscores. CHOICE: the service has no list.
const PARTS: [&str; 9] = [
    "apikey",
    "accesskey",
    "authorization",
    "credential",
    "passphrase",
    "password",
    "privatekey",
    "secret",
    "token",
];

/// Whether a name tells that its value is secret, such as `X-Api-Key`.
pub fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    PARTS.iter().any(|part| plain.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        for name in ["apikey", "X-Api-Key", "auth_token", "Authorization", "client.secret", "PASSWORD"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["environment", "key", "author", "api-version", ""] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
