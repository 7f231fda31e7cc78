//! What a publisher writes into a message's text so that whoever gets the message knows which one it is.

/// Identifies one published message: `#`, then phase, publisher and sequence number in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marker {
    /// Which phase of the run: a late message of the warm-up does not count as measured.
    pub(crate) phase: u8,
    pub(crate) publisher: u16,
    /// Counts the publisher's messages of this phase from 0.
    pub(crate) sequence: u32,
}

const SIGN: u8 = b'#';

impl Marker {
    /// Bytes of a written marker.
    pub(crate) const LENGTH: usize = 15;

    pub(crate) fn write(self, place: &mut [u8; Self::LENGTH]) {
        let bits = u64::from(self.phase) << 48 | u64::from(self.publisher) << 32 | u64::from(self.sequence);
        place[0] = SIGN;
        for (index, digit) in place[1..].iter_mut().rev().enumerate() {
            let [value, ..] = (bits >> (4 * index)).to_le_bytes();
            *digit = b"0123456789abcdef"[usize::from(value & 0xf)];
        }
    }

    /// The first marker in `payload`; `None` if there is none.
    pub(crate) fn find(payload: &[u8]) -> Option<Self> {
        let start = memchr::memchr(SIGN, payload)? + 1;
        let digits = payload.get(start..start + Self::LENGTH - 1)?;
        let mut bits = 0_u64;
        for &digit in digits {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            bits = bits << 4 | u64::from(value);
        }
        let [_, phase, high, low, a, b, c, d] = bits.to_be_bytes();
        Some(Self { phase, publisher: u16::from_be_bytes([high, low]), sequence: u32::from_be_bytes([a, b, c, d]) })
    }
}

#[cfg(test)]
mod tests {
    use super::Marker;

    #[test]
    fn a_written_marker_is_found_in_a_frame() {
        let marker = Marker { phase: 7, publisher: 300, sequence: 0xdead_beef };
        let mut frame = br#"42["dialogue:event",{"data":{"text":"000000000000000 rest"}}]"#.to_vec();
        let place = frame[37..].first_chunk_mut().expect("the frame is long enough");
        marker.write(place);
        assert_eq!(Marker::find(&frame), Some(marker));
    }

    #[test]
    fn what_is_no_marker_is_not_found() {
        for payload in ["", "no sign", "#1234", "#00000000000zz0"] {
            assert_eq!(Marker::find(payload.as_bytes()), None, "{payload}");
        }
    }
}
