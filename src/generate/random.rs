//! Random choices that are the same on every machine and in every release of the standard library.
//!
//! The stream is ChaCha8; everything drawn from it is integer arithmetic, or the four basic operations of IEEE 754,
//! whose results no platform is free to choose. (Logarithms and powers of the platform's own library are not.)

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One stream of random choices.
pub(super) struct Random(ChaCha8Rng);

impl Random {
    /// The stream number `stream` of a seed; streams of one seed do not overlap.
    pub(super) fn new(seed: u64, stream: u64) -> Random {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut source = ChaCha8Rng::from_seed(key);
        source.set_stream(stream);
        Random(source)
    }

    /// One of `0..bound`; 0 for a bound of 0. The bias of at most `bound / 2^32` is of no matter here.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// One of `0..bound`, for bounds beyond 32 bits.
    pub(super) fn below_wide(&mut self, bound: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// One of `from..=to`.
    pub(super) fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to - from + 1)
    }

    /// Whether something happens that happens `permille` times in a thousand.
    pub(super) fn chance(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// One of `choices`, which are not empty.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// One of `choices`, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> T {
        weighted_by(self.0.next_u32(), choices)
    }

    /// A waiting time of mean 1: how long until the next of many independent arrivals.
    pub(super) fn exponential(&mut self) -> f64 {
        // 53 random bits, never zero.
        minus_ln((self.0.next_u64() >> 11) + 1)
    }
}

/// The choice that lies at `drawn / 2^32` of the weights' sum. `choices` are not empty.
pub(super) fn weighted_by<T: Copy>(drawn: u32, choices: &[(u32, T)]) -> T {
    let total: u64 = choices.iter().map(|(weight, _)| u64::from(*weight)).sum();
    let mut rest = (u64::from(drawn) * total) >> 32;
    for &(weight, choice) in choices {
        if rest < u64::from(weight) {
            return choice;
        }
        rest -= u64::from(weight);
    }
    choices[0].1
}

/// `-ln(numerator / 2^53)` for a numerator of 1 to 2^53, to nine digits.
fn minus_ln(numerator: u64) -> f64 {
    const LN_2: f64 = std::f64::consts::LN_2;
    let power = 63 - numerator.leading_zeros();
    let mantissa = numerator as f64 / (1_u64 << power) as f64;
    // ln m = 2 artanh t with t = (m - 1) / (m + 1), at most 1/3.
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let (mut sum, mut term) = (0.0, t);
    for odd in [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0] {
        sum += term / odd;
        term *= t * t;
    }
    f64::from(53 - power) * LN_2 - 2.0 * sum
}

/// A number that looks random and depends on nothing but `seed` and `value`: splitmix64's finalizer (Steele, Lea and
/// Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
pub(super) const fn mix(seed: u64, value: u64) -> u64 {
    let mut z = seed ^ value.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_agrees_with_the_platforms() {
        for numerator in [1, 2, 3, 1 << 20, (1 << 52) + 1, (1 << 53) - 1, 1 << 53] {
            let expected = -(numerator as f64 / (1_u64 << 53) as f64).ln();
            assert!((minus_ln(numerator) - expected).abs() < 1e-8, "{numerator}");
        }
    }

    #[test]
    fn waiting_times_have_mean_one() {
        let mut random = Random::new(1, 0);
        let sum: f64 = (0..100_000).map(|_| random.exponential()).sum();
        assert!((sum / 100_000.0 - 1.0).abs() < 0.01, "{sum}");
    }

    #[test]
    fn weights_are_kept() {
        let mut random = Random::new(1, 0);
        let drawn = (0..10_000).filter(|_| random.weighted(&[(3, true), (1, false)]));
        assert!((7_300..7_700).contains(&drawn.count()));
    }
}
