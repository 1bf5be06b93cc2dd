use crate::model::prefix::Prefix;
use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A partition key looks as if it had very many values.
    ///
    /// ## Why
    /// A stream has 500 active partitions by default. What comes beyond goes to the error prefix, and each
    /// partition has objects of its own. Keys are judged by their last word: `id`, `uuid`, `timestamp`,
    /// `second` and the like; ids of few things (account, tenant, region and the like) are not meant.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "user/!{partitionKeyFromQuery:user_id}/"
    ///   ErrorOutputPrefix: errors/
    ///   DynamicPartitioningConfiguration: {Enabled: true}
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: MetadataExtraction
    ///         Parameters:
    ///           - {ParameterName: MetadataExtractionQuery, ParameterValue: "{user_id: .user_id}"}
    ///           - {ParameterName: JsonParsingEngine, ParameterValue: JQ-1.6}
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: "user/!{partitionKeyFromQuery:country}/"
    ///   ErrorOutputPrefix: errors/
    ///   DynamicPartitioningConfiguration: {Enabled: true}
    ///   ProcessingConfiguration:
    ///     Enabled: true
    ///     Processors:
    ///       - Type: MetadataExtraction
    ///         Parameters:
    ///           - {ParameterName: MetadataExtractionQuery, ParameterValue: "{country: .country}"}
    ///           - {ParameterName: JsonParsingEngine, ParameterValue: JQ-1.6}
    /// ```
    ///
    /// ## References
    /// Developer guide, dynamic partitioning; service behaviour, section 7.
    "FH904", "many-partitions", Warning, since "0.1.0", Stream(check)
}

/// Last words of keys with many values.
const MANY: [&str; 14] = [
    "id",
    "ids",
    "uuid",
    "guid",
    "ulid",
    "timestamp",
    "ts",
    "epoch",
    "second",
    "seconds",
    "sec",
    "minute",
    "minutes",
    "nonce",
];

/// Things of which there are few, so that their ids are no matter.
const FEW: [&str; 18] = [
    "account",
    "app",
    "application",
    "category",
    "company",
    "country",
    "env",
    "environment",
    "org",
    "organisation",
    "organization",
    "project",
    "region",
    "site",
    "stage",
    "status",
    "tenant",
    "type",
];

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.s3_blocks() {
        if block.role != S3Role::Extended || block.is_partitioned() != Some(true) {
            continue;
        }
        let Some(place) = block.prefix() else { continue };
        let Some(text) = place.text().map(|text| text.masked()) else { continue };
        let prefix = Prefix::parse(&text).prefix;
        for (key, range) in prefix.query_keys().chain(prefix.lambda_keys()) {
            if !has_many_values(key) {
                continue;
            }
            let message = format!("the partition key `{key}` looks as if it had very many values");
            let finding = Finding::inside(findings.template(), &place, range, message)
                .help("partition by something coarser, and keep the key in the records");
            findings.add(finding);
        }
    }
}

fn has_many_values(key: &str) -> bool {
    let words = words(key);
    let Some((last, before)) = words.split_last() else { return false };
    let is_of_few = before.last().is_some_and(|word| FEW.contains(&word.as_str()));
    MANY.contains(&last.as_str()) && !is_of_few
}

/// `userId`, `user_id` and `user-id` as `user`, `id`.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in key.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase() || character.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_judged_by_their_words() {
        for key in ["user_id", "userId", "requestUUID", "id", "event-timestamp", "ID", "deviceID"] {
            assert!(has_many_values(key), "{key}");
        }
        for key in ["country", "paid", "valid", "account_id", "tenantId", "region", "id_type", ""] {
            assert!(!has_many_values(key), "{key}");
        }
    }
}
