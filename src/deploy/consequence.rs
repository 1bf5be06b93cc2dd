//! What a change means for the records of a delivery stream, and for what holds data around it.

use super::change_set::Change;
use super::effect::Effect;
use crate::template::DELIVERY_STREAM;

/// What follows from a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// A stream is updated without being made anew.
    InPlace,
    /// It is replaced only where something that it refers to is, and that stays.
    LikelyInPlace,
    /// Firehose does not make this change on a present stream.
    UpdateRefused,
    /// It is not known here what replaces a resource of this type.
    Unknown,
    /// What a stream has buffered is discarded when it is deleted. Service behaviour, section 1.3.
    BufferedRecordsLost,
    /// A new stream reads the Kinesis stream from its start position, not from where the old one was.
    ReaderRestarted,
    /// The new stream can't have the old one's name while that exists. Resource sheet, section 3.
    NameCollision,
    /// The stream gets another name: producers that write to the old one fail.
    NameChanges,
    /// It may come to a replacement; CloudFormation knows only when it gets there.
    Uncertain,
    /// A bucket can't be deleted while it holds objects. After an update, CloudFormation tries three times to delete what
    /// is not needed any more, and then leaves it (AWS re:Post, "cloudformation-stack-cleanup-stuck").
    BucketMustBeEmpty,
    /// Something that holds data goes.
    DataLost,
    /// It leaves the stack and stays in the account.
    Stays,
}

impl Consequence {
    /// A stable name for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Consequence::InPlace => "in-place",
            Consequence::LikelyInPlace => "likely-in-place",
            Consequence::UpdateRefused => "update-refused",
            Consequence::Unknown => "unknown",
            Consequence::BufferedRecordsLost => "buffered-records-lost",
            Consequence::ReaderRestarted => "reader-restarted",
            Consequence::NameCollision => "name-collision",
            Consequence::NameChanges => "name-changes",
            Consequence::Uncertain => "uncertain",
            Consequence::BucketMustBeEmpty => "bucket-must-be-empty",
            Consequence::DataLost => "data-lost",
            Consequence::Stays => "stays",
        }
    }

    /// What it means, in words, where a change has this effect.
    pub fn words(self, effect: Effect) -> &'static str {
        let is_gone = effect == Effect::Remove;
        match self {
            Consequence::InPlace => "in place; holds for records within minutes",
            Consequence::LikelyInPlace => {
                "most likely in place: what it refers to changes, but is not replaced"
            }
            Consequence::UpdateRefused => "Firehose refuses this update of a present stream (FH907)",
            Consequence::Unknown => "unknown here whether this replaces it; `deploy --plan` tells",
            Consequence::BufferedRecordsLost if is_gone => "records still in its buffers are lost",
            Consequence::BufferedRecordsLost => "records still in the old stream's buffers are lost",
            Consequence::ReaderRestarted => {
                "the new stream does not read on where the old one was: it begins at the end of the Kinesis stream"
            }
            Consequence::NameCollision => "fails: the name is taken until the old stream is gone",
            Consequence::NameChanges => "the name changes: producers must write to the new one",
            Consequence::Uncertain => "CloudFormation decides on the way",
            Consequence::BucketMustBeEmpty if is_gone => "fails unless the bucket is empty",
            Consequence::BucketMustBeEmpty => {
                "the old bucket is deleted if it is empty; otherwise it stays behind"
            }
            Consequence::DataLost if is_gone => "what it holds is lost",
            Consequence::DataLost => "what the old one holds is lost",
            Consequence::Stays if is_gone => "leaves the stack, stays in the account",
            Consequence::Stays => "the old one leaves the stack, stays in the account",
        }
    }
}

/// What is known of a stream that is changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamFacts {
    /// Its literal name after the change.
    pub name: Option<String>,
    /// Its literal name before the change.
    pub old_name: Option<String>,
    /// Whether it reads a Kinesis stream.
    pub reads_kinesis: bool,
}

impl StreamFacts {
    /// What the change itself tells.
    pub fn of_change(change: &Change) -> StreamFacts {
        let touches = |name: &str| change.details.iter().find(|detail| detail.path.contains(name));
        let name = touches("DeliveryStreamName");
        StreamFacts {
            name: name.and_then(|detail| detail.after.clone()),
            old_name: name.and_then(|detail| detail.before.clone()),
            reads_kinesis: touches("KinesisStreamSourceConfiguration").is_some(),
        }
    }
}

/// Types that hold data which a deletion takes along.
const STATEFUL: [&str; 14] = [
    "AWS::DynamoDB::Table",
    "AWS::Elasticsearch::Domain",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::OpenSearchServerless::Collection",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
];

/// Whether a type holds data which a deletion takes along.
pub fn is_stateful(kind: &str) -> bool {
    STATEFUL.contains(&kind)
}

impl Consequence {
    /// Whether a stream or something that holds data is, or may be, taken away.
    pub fn is_destructive(self) -> bool {
        matches!(
            self,
            Consequence::BufferedRecordsLost
                | Consequence::ReaderRestarted
                | Consequence::NameCollision
                | Consequence::NameChanges
                | Consequence::BucketMustBeEmpty
                | Consequence::DataLost
        )
    }
}

/// What follows from a change that has an effect.
pub fn of(change: &Change, facts: &StreamFacts, effect: Effect) -> Vec<Consequence> {
    let mut found = Vec::new();
    let is_stream = change.kind == DELIVERY_STREAM;
    match effect {
        Effect::Modify if is_stream => return vec![Consequence::InPlace],
        Effect::LikelyModify => return vec![Consequence::LikelyInPlace],
        Effect::MayReplace => found.push(Consequence::Uncertain),
        Effect::Replace | Effect::Remove => {}
        Effect::Modify | Effect::Add | Effect::Import | Effect::Other => return found,
    }
    let is_replaced = effect != Effect::Remove;
    if is_stream {
        if is_replaced {
            match (&facts.old_name, &facts.name) {
                (Some(old), Some(new)) if old == new => found.push(Consequence::NameCollision),
                _ => found.push(Consequence::NameChanges),
            }
        }
        // A collision fails before the old stream is touched.
        if !found.contains(&Consequence::NameCollision) {
            if !change.is_retained() {
                found.push(Consequence::BufferedRecordsLost);
            }
            if facts.reads_kinesis && is_replaced {
                found.push(Consequence::ReaderRestarted);
            }
        }
    }
    if change.is_retained() {
        found.push(Consequence::Stays);
    } else if change.kind == "AWS::S3::Bucket" {
        found.push(Consequence::BucketMustBeEmpty);
    } else if is_stateful(&change.kind) {
        found.push(Consequence::DataLost);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(action: &str, kind: &str, replacement: Option<&str>, policy: Option<&str>) -> Change {
        Change {
            action: action.to_owned(),
            kind: kind.to_owned(),
            replacement: replacement.map(str::to_owned),
            policy: policy.map(str::to_owned),
            ..Change::default()
        }
    }

    fn of(change: &Change, facts: &StreamFacts) -> Vec<Consequence> {
        super::of(change, facts, Effect::told(change))
    }

    #[test]
    fn what_follows_for_a_stream() {
        use Consequence::*;
        let named = StreamFacts { name: Some("a".into()), old_name: Some("a".into()), reads_kinesis: true };
        let other = StreamFacts { reads_kinesis: true, ..StreamFacts::default() };
        let replaced = change("Modify", DELIVERY_STREAM, Some("True"), None);
        assert_eq!(of(&replaced, &named), [NameCollision]);
        assert_eq!(of(&replaced, &other), [NameChanges, BufferedRecordsLost, ReaderRestarted]);
        assert_eq!(of(&change("Modify", DELIVERY_STREAM, Some("False"), None), &named), [InPlace]);
        assert_eq!(of(&change("Remove", DELIVERY_STREAM, None, None), &other), [BufferedRecordsLost]);
        assert_eq!(of(&change("Remove", DELIVERY_STREAM, None, Some("Retain")), &other), [Stays]);
        let unsure = change("Modify", DELIVERY_STREAM, Some("Conditional"), None);
        assert_eq!(of(&unsure, &named), [Uncertain, NameCollision]);
        assert_eq!(super::of(&unsure, &named, Effect::LikelyModify), [LikelyInPlace]);
        assert_eq!(of(&change("Add", DELIVERY_STREAM, None, None), &named), []);
    }

    #[test]
    fn what_follows_for_things_that_hold_data() {
        use Consequence::*;
        let facts = StreamFacts::default();
        let removed = |kind, policy| change("Remove", kind, None, policy);
        assert_eq!(of(&removed("AWS::S3::Bucket", None), &facts), [BucketMustBeEmpty]);
        assert_eq!(of(&removed("AWS::Kinesis::Stream", None), &facts), [DataLost]);
        assert_eq!(of(&removed("AWS::IAM::Role", None), &facts), []);
        assert_eq!(of(&removed("AWS::S3::Bucket", Some("Retain")), &facts), [Stays]);
        // A deletion has no new stream beside an old one.
        assert_eq!(BufferedRecordsLost.words(Effect::Remove), "records still in its buffers are lost");
        assert!(BucketMustBeEmpty.is_destructive() && !Stays.is_destructive());
    }
}
