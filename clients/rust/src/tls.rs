//! TLS with the system's root certificates.

use std::sync::{Arc, OnceLock};

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::Connector;
use tracing::warn;

/// Returns the TLS configuration, which all connections of the process share.
pub(crate) fn connector() -> Connector {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    Connector::Rustls(Arc::clone(CONFIG.get_or_init(|| Arc::new(config()))))
}

/// Builds the configuration with an explicit provider: rustls panics if a program links two providers and has chosen
/// none.
fn config() -> ClientConfig {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        warn!(%error, "cannot load a root certificate of the system");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider supports the default protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
