//! The head of the HTTP request that opened a connection, copied from the buffer that it was read into.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::http::header::{CONNECTION, CONTENT_TYPE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};

/// The headers that the transport itself reads.
const TRANSPORT_HEADERS: [HeaderName; 5] =
    [CONNECTION, UPGRADE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, CONTENT_TYPE];

/// The target and the headers of a request, in a single allocation.
///
/// The HTTP library returns both as slices of its 16 KiB read buffer. Each slice would keep the whole buffer alive for
/// the lifetime of the connection.
pub(crate) struct RequestHead {
    /// Shares the allocation.
    uri: Uri,
    /// `name:value` and a line feed, for each header. A name has no colon, and a value no line feed.
    headers: Bytes,
    /// The headers as a map, built on first use. Its values share the allocation.
    map: OnceLock<Box<HeaderMap>>,
}

impl RequestHead {
    /// The number of bytes that this head takes.
    pub(crate) fn size_of(uri: &Uri, headers: &HeaderMap) -> usize {
        let lines = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2);
        target(uri).len() + lines.sum::<usize>()
    }

    /// Copies the target and the headers.
    pub(crate) fn copy_of(uri: &Uri, headers: &HeaderMap) -> Arc<Self> {
        let mut text = Vec::with_capacity(Self::size_of(uri, headers));
        text.extend_from_slice(target(uri).as_bytes());
        let end = text.len();
        for (name, value) in headers {
            text.extend_from_slice(name.as_str().as_bytes());
            text.push(b':');
            text.extend_from_slice(value.as_bytes());
            text.push(b'\n');
        }
        let text = Bytes::from(text);
        // This cannot fail, because the text came from a valid URI.
        let uri = Uri::from_maybe_shared(text.slice(..end)).unwrap_or_default();
        Arc::new(Self { uri, headers: text.slice(end..), map: OnceLock::new() })
    }

    /// The path and the query.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The first header of this name, if its value is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.lines().find(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes()))?;
        let is_text = value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
        std::str::from_utf8(value).ok().filter(|_| is_text)
    }

    /// All headers.
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.map.get_or_init(|| Box::new(self.headers_where(|_| true)))
    }

    /// The headers that the transport reads.
    pub(crate) fn transport_headers(&self) -> HeaderMap {
        self.headers_where(|name| TRANSPORT_HEADERS.contains(name))
    }

    fn headers_where(&self, is_wanted: impl Fn(&HeaderName) -> bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in self.lines() {
            // This cannot fail, because both came from a valid header.
            let Ok(name) = HeaderName::from_bytes(name) else { continue };
            let Ok(value) = HeaderValue::from_maybe_shared(self.headers.slice_ref(value)) else { continue };
            if is_wanted(&name) {
                headers.append(name, value);
            }
        }
        headers
    }

    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.headers.split(|byte| *byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((&line[..colon], &line[colon + 1..]))
        })
    }
}

/// The path and the query of a URI. Clients send nothing else.
fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}

/// The address that limits count by: an IPv4 address, or the /64 network of an IPv6 address, which usually belongs to
/// one customer.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
        IpAddr::V4(address) => IpAddr::V4(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_kept_as_it_came() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", HeaderValue::from_static("a=1:2"));
        headers.append("cookie", HeaderValue::from_static("b"));
        headers.append("x-empty", HeaderValue::from_static(""));
        headers.append("x-bytes", HeaderValue::from_bytes(b"\xFFa:").unwrap());
        headers.append("upgrade", HeaderValue::from_static("websocket"));
        let uri = Uri::from_static("/socket.io/?EIO=4&room=a%20b");
        let head = RequestHead::copy_of(&uri, &headers);
        assert_eq!((head.uri(), head.headers()), (&uri, &headers));
        assert_eq!(
            ["Cookie", "x-empty", "x-bytes", "x"].map(|name| head.header(name)),
            [Some("a=1:2"), Some(""), None, None]
        );
        assert_eq!(head.transport_headers().len(), 1);
        assert_eq!(RequestHead::size_of(&uri, &headers), uri.path_and_query().unwrap().as_str().len() + 61);
    }

    #[test]
    fn limits_count_by_network() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(["10.1.2.3", "::ffff:10.1.2.3"].map(of), ["10.1.2.3", "10.1.2.3"]);
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
