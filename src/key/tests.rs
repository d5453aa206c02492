use std::path::PathBuf;

use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key file with these bytes that its owner alone may read.
fn file(folder: &tempfile::TempDir, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join("key");
    fs::write(&path, bytes).unwrap();
    chmod(&path, 0o600);
    path
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, mode).unwrap();
}

#[cfg(not(unix))]
fn chmod(_: &Path, _: u32) {}

#[test]
fn codes_are_hmac_sha_256_of_the_parts_together() {
    // RFC 4231, test cases 1 and 6.
    let key = Key::from_bytes(&[0x0b; 20]).unwrap();
    let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
    for parts in [&[&b"Hi There"[..]][..], &[b"Hi", b"", b" There"]] {
        assert_eq!(hex(&key.mac(parts)), expected);
    }
    let long = Key::from_bytes(&[0xaa; 131]).unwrap();
    assert_eq!(
        hex(&long.mac(&[b"Test Using Larger Than Block-Size Key - Hash Key First"])),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
}

#[test]
fn a_key_has_an_id_and_shows_nothing_else() {
    let key = Key::from_bytes(b"0123456789abcdef").unwrap();
    assert_eq!(key.id(), &hex(&key.mac(&[b"authmeter key id"]))[..8]);
    assert_ne!(key.id(), Key::from_bytes(b"0123456789abcdeg").unwrap().id());
    assert_eq!(format!("{key:?} {key:#?}"), "Key(…) Key(…)");
}

#[test]
fn one_line_end_is_no_part_of_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::from_bytes(b"0123456789abcdef").unwrap();
    for (bytes, same) in [
        (&b"0123456789abcdef"[..], true),
        (b"0123456789abcdef\n", true),
        (b"0123456789abcdef\r\n", true),
        (b"0123456789abcdef\n\n", false),
        (b"0123456789abcdef ", false),
    ] {
        let read = Key::read(&file(&folder, bytes)).unwrap();
        assert_eq!(read.id() == key.id(), same, "{bytes:?}");
    }
}

#[test]
fn what_is_no_key_is_refused_with_the_path_and_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    let refused = [
        (&b""[..], "openssl rand -hex 32"),
        (b"\n", "openssl rand -hex 32"),
        (b"0123456789abcde\n", "openssl rand -hex 32"),
        (&[b'k'; LONGEST + 1], "more than 4 KiB"),
        (&[b'k'; 1 << 20], "more than 4 KiB"),
    ];
    for (bytes, expected) in refused {
        let path = file(&folder, bytes);
        let error = Key::read(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert!(!error.contains("kkk") && !error.contains("0123"), "{error}");
    }
    assert!(Key::read(&file(&folder, &[b'k'; LONGEST])).is_ok());
    let error = Key::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("no regular file"), "{error}");
    let error = Key::read(&folder.path().join("none")).unwrap_err();
    assert!(error.to_string().contains("os error 2"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, b"0123456789abcdef");
    for mode in [0o640, 0o604, 0o620, 0o601, 0o777] {
        chmod(&path, mode);
        let error = Key::read(&path).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{mode:o}: {error}");
    }
    for mode in [0o600, 0o400, 0o700] {
        chmod(&path, mode);
        assert!(Key::read(&path).is_ok(), "{mode:o}");
    }
}
