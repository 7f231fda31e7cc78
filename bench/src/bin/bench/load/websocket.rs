//! WebSocket framing, as far as the load generator needs it: masked text out, unfragmented frames in.

use anyhow::bail;

/// The mask of every frame sent: nobody listens on the way, but the server shall have the work of unmasking.
const MASK: [u8; 4] = [0x5a, 0xc3, 0x96, 0x3c];

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

/// Instead of a length: it follows in 2 or in 8 bytes.
const LENGTH_16: u8 = 0x7e;
const LENGTH_64: u8 = 0x7f;

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
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ 0..=125), _) => out.push(MASKED | length),
        (_, Ok(length)) => {
            out.push(MASKED | LENGTH_16);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(MASKED | LENGTH_64);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
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
    let (length, payload) = match *short {
        short @ 0..=125 => (u64::from(short), rest),
        LENGTH_16 => match rest.split_first_chunk() {
            Some((length, payload)) => (u64::from(u16::from_be_bytes(*length)), payload),
            None => return Ok(None),
        },
        LENGTH_64 => match rest.split_first_chunk() {
            Some((length, payload)) => (u64::from_be_bytes(*length), payload),
            None => return Ok(None),
        },
        _ => bail!("a masked frame from a server"),
    };
    let header = bytes.len() - payload.len();
    let length = usize::try_from(length)?;
    let Some(payload) = payload.get(..length) else { return Ok(None) };
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
