//! WebSocket framing, as far as the load generator needs it: masked text out, unfragmented frames in.

use anyhow::bail;

/// The mask of every frame sent: nobody listens on the way, but the server shall have the work of unmasking.
const MASK: [u8; 4] = [0x5a, 0xc3, 0x96, 0x3c];

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// One frame of the server, its payload still in the receive buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: Opcode,
    pub(crate) payload: &'a [u8],
}

/// Appends a masked text frame.
pub(crate) fn write_text(out: &mut Vec<u8>, payload: &[u8]) {
    write(out, FINAL | 0x1, payload);
}

/// Appends the answer to a ping.
pub(crate) fn write_pong(out: &mut Vec<u8>, payload: &[u8]) {
    write(out, FINAL | 0xa, payload);
}

fn write(out: &mut Vec<u8>, head: u8, payload: &[u8]) {
    out.push(head);
    match payload.len() {
        length @ 0..=125 => out.push(MASKED | length.to_le_bytes()[0]),
        length => match u16::try_from(length) {
            Ok(short) => {
                out.push(MASKED | 126);
                out.extend_from_slice(&short.to_be_bytes());
            }
            Err(_) => {
                out.push(MASKED | 127);
                out.extend_from_slice(&(length as u64).to_be_bytes());
            }
        },
    }
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// The first frame in `bytes` and how many bytes it takes; `None` if it is not complete yet.
///
/// # Errors
///
/// If the frame is fragmented, masked, of an unknown kind or absurdly long: no server under test sends such.
pub(crate) fn split(bytes: &[u8]) -> anyhow::Result<Option<(Frame<'_>, usize)>> {
    let [head, short, rest @ ..] = bytes else { return Ok(None) };
    let opcode = match head {
        0x81 => Opcode::Text,
        0x82 => Opcode::Binary,
        0x88 => Opcode::Close,
        0x89 => Opcode::Ping,
        0x8a => Opcode::Pong,
        other => bail!("a frame with the unexpected first byte {other:#04x}"),
    };
    let (length, payload) = match (short, rest) {
        (0..=125, rest) => (usize::from(*short), rest),
        (126, [a, b, rest @ ..]) => (usize::from(u16::from_be_bytes([*a, *b])), rest),
        (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
            (usize::try_from(u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]))?, rest)
        }
        (126 | 127, _) => return Ok(None),
        _ => bail!("a masked frame from a server"),
    };
    let Some(payload) = payload.get(..length) else { return Ok(None) };
    let header = bytes.len() - rest.len() + match short { 126 => 2, 127 => 8, _ => 0 };
    Ok(Some((Frame { opcode, payload }, header + length)))
}

#[cfg(test)]
mod tests {
    use super::{Frame, Opcode, split, write_text};

    #[test]
    fn frames_of_every_length_are_split() -> anyhow::Result<()> {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let payload = vec![b'x'; length];
            // A client's frame without its mask is a server's frame.
            let mut frame = Vec::new();
            write_text(&mut frame, &payload);
            frame[1] &= 0x7f;
            frame.truncate(header);
            frame.extend_from_slice(&payload);

            assert_eq!(split(&frame[..frame.len() - 1])?, None, "length {length}");
            let expected = Frame { opcode: Opcode::Text, payload: &payload };
            frame.extend_from_slice(b"next");
            assert_eq!(split(&frame)?, Some((expected, header + length)), "length {length}");
        }
        Ok(())
    }

    #[test]
    fn masked_and_fragmented_frames_are_refused() {
        assert!(split(&[0x81, 0x80]).is_err());
        assert!(split(&[0x01, 0x00]).is_err());
    }
}
