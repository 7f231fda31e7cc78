//! The web origins that may use the server. HTTP requests are checked with CORS. `WebSocket`s, which CORS does not cover,
//! are checked by their `Origin` header.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::error::BuildError;

/// The web origins that may connect. Default: [`any`](Self::any).
///
/// The setting applies to long polling and `WebSocket`s. A page of another origin receives `403 Forbidden`. Programs
/// other than browsers send no `Origin` header, and are not affected.
///
/// A page is of the same origin if it has the server's scheme, host and port. Behind a proxy that terminates TLS, the
/// proxy must set `X-Forwarded-Proto: https`; otherwise list the origin with [`origins`](Self::origins).
///
/// ```
/// use dialogue::{Cors, Dialogue};
///
/// # fn main() -> Result<(), dialogue::error::BuildError> {
/// let dialogue = Dialogue::builder()
///     .cors(Cors::origins(["https://myapp.com", "https://admin.myapp.com"]))
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "give it to `DialogueBuilder::cors`"]
pub struct Cors {
    origins: Origins,
    methods: Vec<Method>,
    credentials: bool,
}

#[derive(Debug, Clone)]
enum Origins {
    Any,
    /// Whether the page has the server's own origin.
    Same,
    Listed(Vec<String>),
}

impl Cors {
    /// Any page may connect.
    pub fn any() -> Self {
        Self::new(Origins::Any)
    }

    /// Only pages of the same origin may connect.
    pub fn none() -> Self {
        Self::new(Origins::Same)
    }

    /// Pages of these origins and of the same origin may connect. An origin is a scheme, a host and an optional port,
    /// such as `https://myapp.com` or `http://localhost:5173`.
    pub fn origins(origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(Origins::Listed(origins.into_iter().map(Into::into).collect()))
    }

    fn new(origins: Origins) -> Self {
        Self { origins, methods: vec![Method::GET, Method::POST], credentials: true }
    }

    /// The HTTP methods that pages may use. Default: GET and POST, which Socket.IO needs.
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.methods = methods.into_iter().collect();
        self
    }

    /// Whether pages may send cookies and other credentials. Default: true.
    pub fn credentials(mut self, allowed: bool) -> Self {
        self.credentials = allowed;
        self
    }

    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let Origins::Listed(origins) = &self.origins else { return Ok(()) };
        match origins.iter().find(|origin| !is_origin(origin)) {
            Some(origin) => Err(BuildError::Origin(origin.clone())),
            None => Ok(()),
        }
    }

    /// Applies the setting to the routes.
    pub(crate) fn guard(&self, router: Router) -> Router {
        let router = router.layer(middleware::from_fn_with_state(self.clone(), refuse_foreign));
        match &self.origins {
            Origins::Same => router,
            Origins::Any => router.layer(self.layer(AllowOrigin::mirror_request())),
            Origins::Listed(origins) => {
                let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
                router.layer(self.layer(AllowOrigin::list(origins)))
            }
        }
    }

    fn layer(&self, origins: AllowOrigin) -> CorsLayer {
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods(self.methods.clone())
            .allow_headers(AllowHeaders::mirror_request())
            .allow_credentials(self.credentials)
    }

    fn allows(&self, origin: &str, scheme: &str, host: Option<&str>) -> bool {
        match &self.origins {
            Origins::Any => true,
            Origins::Same => is_same(origin, scheme, host),
            Origins::Listed(listed) => listed.iter().any(|own| own == origin) || is_same(origin, scheme, host),
        }
    }
}

impl Default for Cors {
    fn default() -> Self {
        Self::any()
    }
}

/// Refuses requests of pages that may not connect. CORS alone would process some of them and only hide the response.
async fn refuse_foreign(State(cors): State<Cors>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(ORIGIN) else { return next.run(request).await };
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let scheme = scheme(request.headers());
    if origin.to_str().is_ok_and(|origin| cors.allows(origin, scheme, host)) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "this origin may not connect: the server allows others in its CORS settings")
        .into_response()
}

/// Whether the text is an origin such as `https://myapp.com`, without a path.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let has_parts = uri.scheme().is_some() && uri.authority().is_some();
    has_parts && !text.ends_with('/') && uri.path() == "/" && HeaderValue::from_str(text).is_ok()
}

/// The scheme that a page of the same origin must have. A proxy that terminates TLS sets it in a header, which a page
/// cannot set without a CORS preflight request.
fn scheme(headers: &HeaderMap) -> &str {
    let forwarded = headers.get("x-forwarded-proto").and_then(|scheme| scheme.to_str().ok());
    forwarded.and_then(|schemes| schemes.split(',').next()).map_or("http", str::trim)
}

/// Whether an origin has this scheme and host.
fn is_same(origin: &str, scheme: &str, host: Option<&str>) -> bool {
    let (Some((own, authority)), Some(host)) = (origin.split_once("://"), host) else { return false };
    own.eq_ignore_ascii_case(scheme) && authority.eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact() {
        let cors = Cors::origins(["https://myapp.com", "http://localhost:5173"]);
        assert!(cors.check().is_ok());
        assert!(cors.allows("https://myapp.com", "http", None));
        for other in ["http://myapp.com", "https://myapp.com.evil.com", "https://evil.com", "null", ""] {
            assert!(!cors.allows(other, "http", Some("api.myapp.com")), "{other}");
        }
        assert!(Cors::any().allows("https://evil.com", "http", None));
        assert!(Cors::none().allows("http://localhost:3000", "http", Some("localhost:3000")));
        assert!(!Cors::none().allows("http://localhost:3001", "http", Some("localhost:3000")));
        assert!(!Cors::none().allows("https://localhost:3000", "http", Some("localhost:3000")));
        assert!(!Cors::none().allows("http://myapp.com", "https", Some("myapp.com")));
        assert!(Cors::none().allows("https://myapp.com", "https", Some("myapp.com")));
        for text in ["myapp.com", "https://myapp.com/", "https://myapp.com/path", "*", ""] {
            assert!(Cors::origins([text]).check().is_err(), "{text}");
        }
    }
}
