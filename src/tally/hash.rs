//! One hash for sketches: the same on every machine, in every run and release, because saved sketches are merged.
//!
//! Whoever knows it can make texts that collide, and so hide some of them from an estimate. That cannot be helped where
//! sketches of different machines have to merge; tables of texts have a hasher of their own, seeded anew each time.

/// The first digits of π, as in Blowfish: nothing up the sleeve.
const PI: [u64; 3] = [
    0x243F_6A88_85A3_08D3,
    0x1319_8A2E_0370_7344,
    0xA409_3822_299F_31D1,
];

/// A text's hash. All 64 bits are uniform.
pub fn text_hash(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let (words, rest) = bytes.as_chunks::<8>();
    let start = PI[0] ^ bytes.len() as u64;
    let state = words
        .iter()
        .fold(start, |state, word| added(state, u64::from_le_bytes(*word)));
    if rest.is_empty() {
        return mixed(state);
    }
    // What is left is padded with zeros; where there are eight bytes, no byte is looked at alone.
    let last = match bytes.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last) >> (8 * (8 - rest.len())),
        None => rest
            .iter()
            .rfold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    mixed(added(state, last))
}

fn added(state: u64, word: u64) -> u64 {
    folded(state ^ word, PI[1] | 1).wrapping_add(PI[2])
}

/// The hash of two texts, of which either may be empty.
pub fn pair_hash(first: &str, second: &str) -> u64 {
    mixed(text_hash(first).rotate_left(1) ^ text_hash(second))
}

/// Both halves of a product (Wang Yi: *wyhash*, 2019).
fn folded(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

/// Every bit depends on every bit (SplitMix64's: Steele, Lea, Flood 2014).
pub(super) fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_same_for_ever() {
        let hashes = ["", "user-1", "user-2", "ünïcödé texts"].map(text_hash);
        // Computed by another program.
        let known = [
            0xE9E0_033E_3BAD_AF36,
            0x290D_8A79_E173_3925,
            0x7E77_95E4_0EC4_9F10,
            0x6195_E4CA_CC25_76FF,
        ];
        assert_eq!(hashes, known);
    }

    #[test]
    fn a_text_of_any_length_is_hashed_by_eight_bytes_padded_with_zeros() {
        let text = "0123456789abcdefghijklmnopqrstuvwxyz";
        for length in 0..=text.len() {
            let text = &text[..length];
            let mut state = PI[0] ^ length as u64;
            for chunk in text.as_bytes().chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                state = added(state, u64::from_le_bytes(word));
            }
            assert_eq!(text_hash(text), mixed(state), "{text}");
        }
    }

    #[test]
    fn every_bit_of_similar_texts_is_as_often_set_as_not() {
        let mut set = [0_i32; 64];
        for index in 0..20_000 {
            let hash = text_hash(&format!("user-{index}"));
            (0..64).for_each(|bit| set[bit] += (hash >> bit & 1) as i32);
        }
        // Five standard deviations of √20000 / 2.
        assert!(set.iter().all(|set| (set - 10_000).abs() < 354), "{set:?}");
    }

    #[test]
    fn similar_texts_do_not_collide() {
        let texts = (0..200_000).flat_map(|index| [format!("{index}"), format!("{index:012}")]);
        let hashes: std::collections::BTreeSet<u64> = texts.map(|text| text_hash(&text)).collect();
        // `100000` and longer are not padded to another text of the same digits: all are different.
        assert_eq!(hashes.len(), 400_000);
    }
}
