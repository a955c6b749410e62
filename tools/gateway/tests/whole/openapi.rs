//! `openapi.yaml` says exactly what is served.

use std::collections::BTreeSet;

use reference_gateway::calls::CALLS;
use yaml_rust2::{Yaml, YamlLoader};

const DOCUMENT: &str = include_str!("../../openapi.yaml");
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

fn document() -> Yaml {
    YamlLoader::load_from_str(DOCUMENT).expect("YAML").remove(0)
}

/// One line an answer: method, path, status, and for refusals their code.
fn documented() -> BTreeSet<String> {
    let document = document();
    let mut all = BTreeSet::new();
    for (path, operations) in document["paths"].as_hash().expect("paths") {
        let path = path.as_str().expect("a path");
        for (method, operation) in operations.as_hash().expect("operations") {
            let method = method.as_str().expect("a method");
            assert!(METHODS.contains(&method), "{path}: {method}");
            for (status, answer) in operation["responses"].as_hash().expect("responses") {
                let status = status.as_str().expect("a status, as a string");
                let line = format!("{} {path} {status}", method.to_uppercase());
                match answer["x-codes"].as_vec() {
                    None => drop(all.insert(line)),
                    Some(codes) => {
                        let schema =
                            &answer["content"]["application/problem+json"]["schema"]["$ref"];
                        assert_eq!(schema.as_str(), Some("#/components/schemas/Problem"), "{line}");
                        let codes = codes.iter().map(|code| code.as_str().expect("a code"));
                        all.extend(codes.map(|code| format!("{line} {code}")));
                    }
                }
            }
        }
    }
    all
}

#[test]
fn paths_methods_statuses_and_codes_are_those_of_the_router() {
    let served = CALLS.iter().flat_map(|call| {
        let success = format!("{} {} {}", call.method, call.path, call.success);
        let refusals = call
            .problems()
            .map(|code| format!("{} {} {} {code}", call.method, call.path, status(code)));
        std::iter::once(success).chain(refusals)
    });
    let served: BTreeSet<String> = served.collect();
    let documented = documented();
    let missing: Vec<_> = served.difference(&documented).collect();
    let invented: Vec<_> = documented.difference(&served).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "missing {missing:#?} invented {invented:#?}"
    );
}

/// The statuses of the contract, written down a second time.
fn status(code: &str) -> u16 {
    match code {
        "bad-request" => 400,
        "wrong-credentials" | "session-ended" => 401,
        "account-never-used"
        | "function-not-enabled"
        | "code-unknown"
        | "code-used"
        | "code-revoked"
        | "device-unknown" => 403,
        "device-removed" | "check-unknown" => 404,
        "too-slow" => 408,
        "terms-outdated" | "check-used" | "relay-out-of-step" | "journal-broken" => 409,
        "check-expired" => 410,
        "too-large" => 413,
        "unsupported-type" => 415,
        "certificate-refused" | "proof-refused" | "password-refused" => 422,
        "account-locked" => 423,
        "code-too-young" => 425,
        "too-many-checks" => 429,
        "unavailable" => 503,
        _ => panic!("{code} is not in the contract"),
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    assert_eq!(document["openapi"].as_str(), Some("3.1.0"));
    let mut found = 0;
    let mut waiting = vec![&document];
    while let Some(node) = waiting.pop() {
        match node {
            Yaml::Array(all) => waiting.extend(all),
            Yaml::Hash(all) => {
                waiting.extend(all.values());
                if let Some(reference) = node["$ref"].as_str() {
                    found += 1;
                    let path = reference.strip_prefix("#/").expect("in this document");
                    let target = path.split('/').fold(&document, |node, part| &node[part]);
                    assert!(!target.is_badvalue(), "{reference}");
                }
            }
            _ => {}
        }
    }
    assert!(found > 20, "{found}");
}

#[test]
fn every_code_is_in_the_list_of_codes() {
    let document = document();
    let list = &document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
    let listed: BTreeSet<&str> =
        list.as_vec().expect("a list").iter().map(|code| code.as_str().expect("a code")).collect();
    let served = CALLS.iter().flat_map(reference_gateway::calls::Call::problems);
    let served: BTreeSet<&str> =
        served.chain(reference_gateway::calls::ELSEWHERE.iter().copied()).collect();
    assert_eq!(listed, served);
}
