//! A block by AVX2 or AVX-512.
//!
//! Two things here are unsafe. Functions for instructions that not every machine has are called after asking whether
//! this one has them; and a vector is loaded through a pointer to an array that is as long as the vector.

use std::arch::x86_64::*;

use super::{BLOCK, LineEnd, Masks, Scan, odd, portable};

/// The best this machine can do; `None` if it is too old.
pub(super) fn best_scan() -> Option<Scan> {
    scans().into_iter().flatten().next()
}

/// Every way this machine knows, the best first.
pub(super) fn scans() -> [Option<Scan>; 2] {
    let avx512 = is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2");
    let bits = is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt");
    // SAFETY: the machine has what each function asks for.
    let scan512: Scan = |stretch, quotes, lines| unsafe { scan512(stretch, quotes, lines) };
    // SAFETY: as above.
    let scan256: Scan = |stretch, quotes, lines| unsafe { scan256(stretch, quotes, lines) };
    let avx2 = is_x86_feature_detected!("avx2") && bits;
    [(avx512 && avx2).then_some(scan512), avx2.then_some(scan256)]
}

#[target_feature(enable = "avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,popcnt,lzcnt")]
fn scan512(stretch: &[u8], quotes: &mut [u16], lines: &mut Vec<LineEnd>) {
    scan_with!(stretch, quotes, lines, masks512, places512);
}

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
fn scan256(stretch: &[u8], quotes: &mut [u16], lines: &mut Vec<LineEnd>) {
    scan_with!(stretch, quotes, lines, masks256, portable::places);
}

#[target_feature(enable = "avx512bw")]
#[inline]
fn masks512(block: &[u8; BLOCK]) -> Masks {
    // SAFETY: 64 bytes are read, and the array has as many.
    let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
    let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
    let newlines = equal(b'\n');
    let controls = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
    Masks {
        quotes: equal(b'"'),
        newlines,
        odd: odd(equal(b'\\'), controls, equal(b'\r'), newlines),
    }
}

#[target_feature(enable = "avx512bw,avx512vl,avx512vbmi2,popcnt")]
#[inline]
fn places512(mask: u64, at: u16, places: &mut [u16; BLOCK]) {
    let numbers: [u8; BLOCK] = std::array::from_fn(|index| index as u8);
    // SAFETY: 64 bytes are read, and the array has as many.
    let numbers = unsafe { _mm512_loadu_si512(numbers.as_ptr().cast()) };
    let set = _mm512_maskz_compress_epi8(mask, numbers);
    let at = _mm512_set1_epi16(at as i16);
    let (low, high) = places.split_at_mut(BLOCK / 2);
    let low_places = _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(set)), at);
    // SAFETY: 64 bytes are written, and 32 numbers of two bytes have as many.
    unsafe { _mm512_storeu_si512(low.as_mut_ptr().cast(), low_places) };
    if mask.count_ones() > 32 {
        let upper = _mm512_extracti64x4_epi64::<1>(set);
        let high_places = _mm512_add_epi16(_mm512_cvtepu8_epi16(upper), at);
        // SAFETY: as above.
        unsafe { _mm512_storeu_si512(high.as_mut_ptr().cast(), high_places) };
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn masks256(block: &[u8; BLOCK]) -> Masks {
    let (low, high) = block.split_at(BLOCK / 2);
    // SAFETY: 32 bytes are read, and each half of the array has as many.
    let halves = unsafe {
        [
            _mm256_loadu_si256(low.as_ptr().cast()),
            _mm256_loadu_si256(high.as_ptr().cast()),
        ]
    };
    let bits = |[low, high]: [__m256i; 2]| {
        let [low, high] = [_mm256_movemask_epi8(low), _mm256_movemask_epi8(high)];
        u64::from(low as u32) | u64::from(high as u32) << 32
    };
    let equal =
        |byte: u8| bits(halves.map(|half| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8))));
    let newlines = equal(b'\n');
    let last_control = _mm256_set1_epi8(0x1F);
    let controls =
        bits(halves.map(|half| _mm256_cmpeq_epi8(_mm256_min_epu8(half, last_control), half)));
    Masks {
        quotes: equal(b'"'),
        newlines,
        odd: odd(equal(b'\\'), controls, equal(b'\r'), newlines),
    }
}
