//! Seals made by hand, from what is written about them and with no code of the program: its own twin, on the other side.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::harness::Scratch;

/// Keys of the tests, by name, and the file of each.
pub(super) fn key(scratch: &Scratch, name: &str) -> String {
    let file = format!("{name}.key");
    scratch.write(&file, format!("a key of an installation: {name}\n"));
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(scratch.path(&file), private).unwrap();
    file
}

/// A log, and what the next seal of it will say.
pub(super) struct Sealer {
    pub(super) log: Vec<u8>,
    key: Vec<u8>,
    id: String,
    chain: String,
    number: u64,
    previous: String,
    covered: Vec<u8>,
    events: u64,
}

fn mac(key: &[u8], text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

impl Sealer {
    pub(super) fn new(name: &str) -> Sealer {
        let mut sealer = Sealer {
            log: Vec::new(),
            key: Vec::new(),
            id: String::new(),
            chain: "5f0c1e9a7b3d2846".to_owned(),
            number: 0,
            previous: "0".repeat(64),
            covered: Vec::new(),
            events: 0,
        };
        sealer.with_key(name);
        sealer.seal("opened");
        sealer
    }

    /// From here on, seals are made with this key.
    pub(super) fn with_key(&mut self, name: &str) {
        self.key = format!("a key of an installation: {name}").into_bytes();
        self.id = mac(&self.key, b"authmeter key id")[..8].to_owned();
    }

    /// So many events, each of them another one.
    pub(super) fn events(&mut self, count: u64) -> &mut Sealer {
        for _ in 0..count {
            self.events += 1;
            let line = format!(
                "{{\"event\":\"auth.login\",\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"userId\":\"user-{}\",\"success\":true}}\n",
                self.events
            );
            self.bytes(line.as_bytes());
        }
        self
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Sealer {
        self.log.extend_from_slice(bytes);
        self.covered.extend_from_slice(bytes);
        self
    }

    pub(super) fn seal(&mut self, kind: &str) -> &mut Sealer {
        self.number += 1;
        let lines = self.covered.iter().filter(|byte| **byte == b'\n').count();
        let text = format!(
            "{{\"event\":\"log.seal\",\"timestamp\":\"2025-01-15T10:30:01.000Z\",\"success\":true,\"metadata\":{{\
             \"chain\":\"{}\",\"seal\":{},\"kind\":\"{kind}\",\"lines\":{lines},\"bytes\":{},\"sha256\":\"{}\",\
             \"previous\":\"{}\",\"keyId\":\"{}\"",
            self.chain,
            self.number,
            self.covered.len(),
            hex(&Sha256::digest(&self.covered)),
            self.previous,
            self.id
        );
        let hmac = mac(
            &self.key,
            format!("authmeter log.seal 1\n{text}").as_bytes(),
        );
        self.log
            .extend_from_slice(format!("{text},\"hmac\":\"{hmac}\"}}}}\n").as_bytes());
        self.previous = hmac;
        self.covered.clear();
        self
    }

    /// So many seals of so many events each.
    pub(super) fn sealed(&mut self, seals: u64, events: u64) -> &mut Sealer {
        for _ in 0..seals {
            self.events(events).seal("regular");
        }
        self
    }

    /// The next file begins; this one is returned.
    pub(super) fn rotate(&mut self) -> Vec<u8> {
        self.seal("closed");
        let file = std::mem::take(&mut self.log);
        self.seal("opened");
        file
    }

    /// Another log of the same key.
    pub(super) fn named(mut self, chain: &str) -> Sealer {
        chain.clone_into(&mut self.chain);
        (self.number, self.previous) = (0, "0".repeat(64));
        self.log.clear();
        self.seal("opened");
        self
    }
}
