use crate::model::create_only::CREATE_ONLY;
use crate::rule;
use crate::rules::sameness::{Same, same};
use crate::rules::scope::enabled;
use crate::rules::{Finding, Place, Scope};

rule! {
    /// A change replaces the stream, or is one that the service does not make on a present stream.
    ///
    /// ## Why
    /// Some properties can be set on creation only: CloudFormation then makes a new stream and deletes the old
    /// one with what it has buffered, or fails where the stream has a literal name. Other changes look like
    /// updates and are refused: dynamic partitioning can't be switched on or off, a backup can't be switched
    /// off. Told from two templates, the deployed one and the new one: `deploy` and `diff` show a replacement among
    /// the changes, and one that is refused as an error, which ends them with 1.
    ///
    /// ## Fires on
    /// A change of `DeliveryStreamType` from
    /// ```yaml
    /// DeliveryStreamType: DirectPut
    /// ```
    /// to `KinesisStreamAsSource`.
    ///
    /// ## Silent on
    /// A change of, for example, `BufferingHints`:
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 300}
    /// ```
    ///
    /// ## References
    /// Resource sheet, section 3 (update behaviour); service behaviour, section 1.4 (one-way switches).
    "FH907", "stream-replaced", Info, since "0.1.0", Change(changes)
}

/// Modes that can't be changed back: the property, and the value that can't be left. Service behaviour, section 1.4.
const ONE_WAY: [(&str, &str, &str); 4] = [
    ("ExtendedS3DestinationConfiguration", "S3BackupMode", "Enabled"),
    ("RedshiftDestinationConfiguration", "S3BackupMode", "Enabled"),
    ("SnowflakeDestinationConfiguration", "S3BackupMode", "AllData"),
    ("SplunkDestinationConfiguration", "S3BackupMode", "AllEvents"),
];

/// What of the change from one stream to another needs a new stream. Findings lie in the new template.
pub fn changes(old: &Scope<'_>, new: &Scope<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for keys in CREATE_ONLY {
        // A destination that is no longer there is a change of another kind.
        let (holder, last) = keys.split_at(keys.len() - 1);
        let (Some(before), Some(after)) = (old.at(holder), new.at(holder)) else { continue };
        let Some(name) = last.first() else { continue };
        let (was, is) = (before.get(name), after.get(name));
        if differ(was.as_ref(), is.as_ref(), default_of(name)) {
            let message = format!("a change of `{name}` replaces the stream");
            let finding = match &is {
                Some(place) => Finding::at(place, message),
                None => Finding::key(&after, message),
            };
            found.push(finding.help("plan a new stream, or leave the property as it is"));
        }
    }
    found.extend(refused(old, new));
    found
}

/// What of the change from one stream to another the service refuses on a present stream.
pub fn refused(old: &Scope<'_>, new: &Scope<'_>) -> Vec<Finding> {
    let mut found = one_way(old, new);
    found.extend(partitioning(old, new));
    found.extend(search_to_other(old, new));
    found
}

/// `UpdateDestination` leads from the OpenSearch family to itself only, and nothing else leads to it. Resource sheet,
/// section 3.
fn search_to_other(old: &Scope<'_>, new: &Scope<'_>) -> Option<Finding> {
    const SEARCH: [&str; 2] =
        ["AmazonopensearchserviceDestinationConfiguration", "ElasticsearchDestinationConfiguration"];
    // What holds for collections is not written anywhere.
    const UNSURE: &str = "AmazonOpenSearchServerlessDestinationConfiguration";
    let ([(was, _)], [(is, place)]) = (&*old.destinations(), &*new.destinations()) else { return None };
    let is_refused = SEARCH.contains(was) != SEARCH.contains(is) && *was != UNSURE && *is != UNSURE;
    is_refused.then(|| {
        let message = format!("a present stream can't be changed from `{was}` to `{is}`");
        Finding::key(place, message).help("plan a new stream")
    })
}

fn one_way(old: &Scope<'_>, new: &Scope<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (destination, property, value) in ONE_WAY {
        let was = old.at(&[destination, property]);
        let Some(after) = new.at(&[destination]).filter(|place| place.node.as_map().is_some()) else {
            continue;
        };
        if was.and_then(|was| was.known().map(|text| text == value)) != Some(true) {
            continue;
        }
        let finding = match after.get(property) {
            None => Finding::key(&after, format!("`{property}` can't be changed back from `{value}`")),
            Some(is) if is.known().is_some_and(|text| text != value) => {
                Finding::at(&is, format!("`{property}` can't be changed back from `{value}`"))
            }
            Some(_) => continue,
        };
        found.push(finding.help(format!("keep `{value}`, or plan a new stream")));
    }
    found
}

fn partitioning(old: &Scope<'_>, new: &Scope<'_>) -> Option<Finding> {
    const BLOCK: &str = "DynamicPartitioningConfiguration";
    let destination = ["ExtendedS3DestinationConfiguration"];
    let (before, after) = (old.at(&destination)?, new.at(&destination)?);
    let (was, is) = (enabled(&before, BLOCK, false)?, enabled(&after, BLOCK, false)?);
    let word = if is { "on" } else { "off" };
    let message = format!("dynamic partitioning can't be switched {word} on a present stream");
    let finding = match after.get(BLOCK) {
        Some(block) => Finding::key(&block, message),
        None => Finding::key(&after, message),
    };
    (was != is).then(|| finding.help("plan a new stream"))
}

fn default_of(property: &str) -> Option<&'static str> {
    (property == "DeliveryStreamType").then_some("DirectPut")
}

/// Whether two values surely differ.
fn differ(old: Option<&Place<'_>>, new: Option<&Place<'_>>, default: Option<&str>) -> bool {
    match (old, new) {
        (None, None) => false,
        (Some(one), None) | (None, Some(one)) => match default {
            Some(default) => one.known().is_some_and(|text| text != default),
            None => one.is_surely_set(),
        },
        (Some(old), Some(new)) => {
            if old.node.as_map().is_some() && new.node.as_map().is_some() {
                let keys = old.entries().into_iter().chain(new.entries()).map(|(key, _)| key);
                let mut keys: Vec<&str> = keys.collect();
                keys.sort_unstable();
                keys.dedup();
                return keys
                    .into_iter()
                    .any(|key| differ(old.get(key).as_ref(), new.get(key).as_ref(), None));
            }
            if let (Some(before), Some(after)) = (old.node.as_list(), new.node.as_list()) {
                let items = old.items().into_iter().zip(new.items());
                return before.len() != after.len()
                    || items.into_iter().any(|(a, b)| differ(Some(&a), Some(&b), None));
            }
            same(old.node, new.node) == Same::No
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::{Source, Span};
    use crate::rules::View;
    use crate::template::schema::Schemas;
    use crate::template::{Template, World};

    fn messages(old: &str, new: &str) -> Vec<String> {
        let read = |properties: &str| {
            let text = format!(
                "Resources:\n  S:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties: {properties}\n"
            );
            Template::read(Source::new("t.yaml", text))
        };
        let (old, new) = (read(old), read(new));
        let (world, schemas) = (World::default(), Schemas::new());
        let (old_view, new_view) = (View::new(&old, &world, &schemas), View::new(&new, &world, &schemas));
        let stream = |template: &'_ Template| template.delivery_streams().next().expect("a stream").clone();
        let (old_stream, new_stream) = (stream(&old), stream(&new));
        let (old_stream, new_stream) = (
            old.resource(&old_stream.logical_id).expect("the stream"),
            new.resource(&new_stream.logical_id).expect("the stream"),
        );
        let found = changes(&Scope::new(&old_view, old_stream), &Scope::new(&new_view, new_stream));
        let mut diagnostics = Vec::new();
        let mut findings = crate::rules::Findings::new(&new, &RULE, &mut diagnostics);
        found.into_iter().for_each(|finding| findings.add(finding));
        assert!(diagnostics.iter().all(|diagnostic| diagnostic.span != Span::default()));
        diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    #[test]
    fn changes_that_replace_are_told() {
        let name = ["a change of `DeliveryStreamName` replaces the stream"];
        assert_eq!(messages("{DeliveryStreamName: a}", "{DeliveryStreamName: b}"), name);
        assert_eq!(messages("{DeliveryStreamName: a}", "{}"), name);
        assert_eq!(messages("{DeliveryStreamType: DirectPut}", "{}"), [""; 0]);
        assert_eq!(messages("{DeliveryStreamName: a}", "{DeliveryStreamName: !Ref P}"), [""; 0]);
        let source = |arn: &str| format!("{{KinesisStreamSourceConfiguration: {{KinesisStreamARN: {arn}}}}}");
        assert_eq!(messages(&source("a"), &source("a")), [""; 0]);
        assert_eq!(messages(&source("a"), &source("b")).len(), 1);
    }

    #[test]
    fn switches_that_stay_are_told() {
        let s3 = |inside: &str| format!("{{ExtendedS3DestinationConfiguration: {{{inside}}}}}");
        let backup = ["`S3BackupMode` can't be changed back from `Enabled`"];
        assert_eq!(messages(&s3("S3BackupMode: Enabled"), &s3("S3BackupMode: Disabled")), backup);
        assert_eq!(messages(&s3("S3BackupMode: Enabled"), &s3("")), backup);
        assert_eq!(messages(&s3("S3BackupMode: Disabled"), &s3("S3BackupMode: Enabled")), [""; 0]);
        let on = s3("DynamicPartitioningConfiguration: {Enabled: true}");
        assert_eq!(messages(&on, &s3("")).len(), 1);
        assert_eq!(messages(&s3(""), &on).len(), 1);
        assert_eq!(messages(&on, &on), [""; 0]);
        let search = "{AmazonopensearchserviceDestinationConfiguration: {IndexName: a}}";
        assert_eq!(
            messages(search, &s3("S3BackupMode: Disabled")),
            ["a present stream can't be changed from `AmazonopensearchserviceDestinationConfiguration` to \
              `ExtendedS3DestinationConfiguration`"]
        );
        assert_eq!(messages(search, search), [""; 0]);
    }
}
