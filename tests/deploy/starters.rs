//! Each starter, as `init` writes it, deployed against MiniStack.

use super::*;

/// Starters whose resources MiniStack does not know, nor moto: as far as the change set, which it refuses by name.
const UNKNOWN: [(&str, &str); 1] = [("opensearch-serverless", "AWS::OpenSearchServerless::Collection")];

/// MiniStack knows no `AWS::IAM::RolePolicy`: in its place stands `AWS::IAM::Policy`, which does the same.
fn within_ministack(template: &str) -> String {
    template.replace("Type: AWS::IAM::RolePolicy", "Type: AWS::IAM::Policy").replace(
        "      RoleName: !Ref DeliveryRole\n      PolicyName",
        "      Roles: [!Ref DeliveryRole]\n      PolicyName",
    )
}

#[test]
fn each_of_them_deploys_and_is_as_its_template_says() {
    let folders = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")).unwrap();
    let mut kinds: Vec<String> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    kinds.sort();
    assert!(kinds.len() >= 15);
    for kind in &kinds {
        let name: &'static str = Box::leak(format!("starter-{kind}").into_boxed_str());
        let account = Account::new(cloud::ministack(), name);
        let wrote = account.plainly(&["init", kind]);
        assert_eq!(wrote.code, 0, "{kind}: {}", wrote.error);
        let path = account.path().join("template.yaml");
        let template = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, within_ministack(&template)).unwrap();
        if let Some((_, resource)) = UNKNOWN.iter().find(|(known, _)| known == kind) {
            let refused = account.events(&["deploy", "--yes"], 3);
            assert!(refused.last().unwrap()["message"].as_str().unwrap().contains(resource), "{kind}");
            assert_eq!(account.run(&["status"]).code, 3, "{kind} leaves nothing behind");
            continue;
        }
        // Parameters without a default have their values in the `firehose-kit.toml` that `init` writes.
        let events = account.events(&["deploy", "--yes"], 0);
        assert_eq!(result(&events), "done", "{kind}");
        let capability = &of(&events, "capabilities")[0]["capabilities"][0];
        assert!(capability["reason"].as_str().unwrap().contains("is an AWS::IAM::"), "{kind}: {capability}");
        let streams = of(&events, "stream");
        assert_eq!(streams.len(), 1, "{kind}");
        assert_eq!(streams[0]["status"], "ACTIVE", "{kind}");
        let expected = match kind.as_str() {
            // MiniStack describes this destination under a name of its own; Firehose calls it
            // `AmazonopensearchserviceDestinationDescription`.
            "opensearch" => serde_json::json!([{
                "path": "AmazonopensearchserviceDestinationConfiguration",
                "template": "set",
                "deployed": "AmazonOpenSearchDestinationDescription",
            }]),
            _ => serde_json::json!([]),
        };
        assert_eq!(streams[0]["differences"], expected, "{kind}");
    }
}

#[test]
fn the_samples_of_a_starter_arrive_as_parquet() {
    let account = Account::new(cloud::ministack(), "sampled");
    assert_eq!(account.plainly(&["init", "s3-parquet"]).code, 0);
    let events = account.events(&["deploy", "--yes", "--smoke", "samples.jsonl"], 0);
    let came = of(&events, "smoke-object");
    let is_right =
        |one: &&Value| one["key"].as_str().unwrap().ends_with(".parquet") && one["lane"] == "destination";
    assert!(!came.is_empty() && came.iter().all(is_right), "{came:?}");
}
