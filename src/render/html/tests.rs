use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use super::*;

fn hash(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text))
}

#[test]
fn the_policy_allows_the_sheet_and_the_script_as_they_are() {
    assert_eq!(
        [SHEET_HASH, SCRIPT_HASH],
        [hash(SHEET), hash(SCRIPT)].each_ref().map(String::as_str)
    );
}

#[test]
fn the_sheet_and_the_script_end_only_where_they_end_and_fetch_nothing() {
    for wrong in ["</", "<!--", "@import", "\r", "http:", "https:", "//#"] {
        assert!(!SHEET.contains(wrong), "{wrong}");
        assert!(!SCRIPT.contains(wrong), "{wrong}");
    }
    let elsewhere = SHEET
        .split("url(")
        .skip(1)
        .find(|url| !url.starts_with('#'));
    assert_eq!(elsewhere, None);
    for wrong in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "eval(",
        "Function(",
        "fetch(",
        "document.write",
    ] {
        assert!(!SCRIPT.contains(wrong), "{wrong}");
    }
}
