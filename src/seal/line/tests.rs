use super::*;

fn key() -> Key {
    Key::from_bytes(b"0123456789abcdef0123456789abcdef").unwrap()
}

fn seal(number: u64, kind: Kind) -> Seal {
    Seal {
        time: Timestamp::parse("2025-01-15T10:30:00.123Z").unwrap(),
        mark: Mark {
            chain: *b"5f0c1e9a7b3d2846",
            number,
            hmac: [0; 32],
        },
        kind,
        lines: 64,
        bytes: 12_345,
        sha256: [0xab; 32],
        previous: [0x01; 32],
        key_id: key().id().as_bytes().try_into().unwrap(),
    }
}

fn written(seal: &Seal) -> Vec<u8> {
    let mut line = Vec::new();
    let hmac = seal.write(&key(), &mut line);
    assert_eq!(line.pop(), Some(b'\n'));
    let read = Seal::read(&line).unwrap();
    assert_eq!(read.mark.hmac, hmac);
    line
}

#[test]
fn a_seal_is_this_line_byte_for_byte() {
    let line = written(&seal(12, Kind::Regular));
    let (before, code) = line.split_at(line.len() - 64 - 3);
    let expected = format!(
        "{{\"event\":\"log.seal\",\"timestamp\":\"2025-01-15T10:30:00.123Z\",\"success\":true,\"metadata\":\
         {{\"chain\":\"5f0c1e9a7b3d2846\",\"seal\":12,\"kind\":\"regular\",\"lines\":64,\"bytes\":12345,\
         \"sha256\":\"{}\",\"previous\":\"{}\",\"keyId\":\"{}\",\"hmac\":\"",
        "ab".repeat(32),
        "01".repeat(32),
        key().id()
    );
    assert_eq!(str::from_utf8(before).unwrap(), expected);
    let covered = expected.strip_suffix(",\"hmac\":\"").unwrap();
    let label = "authmeter log.seal 1\n";
    let hmac = key().mac(&[format!("{label}{covered}").as_bytes()]);
    let code_expected = [&hex(&hmac)[..], b"\"}}"].concat();
    assert_eq!(code, code_expected);
}

#[test]
fn a_seal_reads_back_as_what_was_written() {
    for kind in Kind::ALL {
        for number in [1, 9, 10, u64::MAX] {
            let mut seal = seal(number, kind);
            let line = written(&seal);
            let read = Seal::read(&line).unwrap();
            assert!(read.is_of(&key(), &line));
            seal.mark.hmac = read.mark.hmac;
            assert_eq!(read, seal);
        }
    }
}

#[test]
fn the_longest_seal_is_no_longer_than_said() {
    let mut seal = seal(u64::MAX, Kind::Recovered);
    (seal.lines, seal.bytes) = (u64::MAX, u64::MAX);
    let line = written(&seal);
    assert!(line.len() <= LONGEST, "{}", line.len());
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    let line = written(&seal(12, Kind::Closed));
    for at in 0..line.len() {
        for value in 0..=255_u8 {
            if value == line[at] {
                continue;
            }
            let mut changed = line.clone();
            changed[at] = value;
            let genuine = Seal::read(&changed).is_ok_and(|seal| seal.is_of(&key(), &changed));
            assert!(!genuine, "byte {at} as {value}");
            assert!(resembles(&changed), "byte {at} as {value}");
        }
    }
}

#[test]
fn every_beginning_of_a_seal_is_known_as_one() {
    let line = written(&seal(12, Kind::Opened));
    for end in 0..line.len() {
        assert_eq!(Seal::read(&line[..end]), Err(Broken::Short), "{end} bytes");
        let other = [&line[..end], b"!"].concat();
        assert_eq!(
            Seal::read(&other),
            Err(Broken::Wrong),
            "{end} bytes and another"
        );
    }
    assert_eq!(Seal::read(&[&line[..], b"}"].concat()), Err(Broken::Wrong));
}

#[test]
fn numbers_are_written_in_one_way() {
    let line = String::from_utf8(written(&seal(12, Kind::Regular))).unwrap();
    for number in ["012", "+12", "0", "", "18446744073709551616", "1e1"] {
        let changed = line.replace("\"seal\":12,", &format!("\"seal\":{number},"));
        assert_eq!(
            Seal::read(changed.as_bytes()),
            Err(Broken::Wrong),
            "{number}"
        );
    }
}

#[test]
fn another_key_is_another_seal() {
    let line = written(&seal(12, Kind::Regular));
    let other = Key::from_bytes(b"0123456789abcdef0123456789abcdeg").unwrap();
    assert!(!Seal::read(&line).unwrap().is_of(&other, &line));
}
