//! Encryption, with the certificates that the system trusts.

use std::sync::{Arc, OnceLock};

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::Connector;
use tracing::warn;

/// What every encrypted connection of this process is made with.
pub(crate) fn connector() -> Connector {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    Connector::Rustls(Arc::clone(CONFIG.get_or_init(|| Arc::new(config()))))
}

/// A provider of our own, as rustls panics where a program links two and has chosen none.
fn config() -> ClientConfig {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        warn!(%error, "a certificate of the system cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has the protocol versions that are safe")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
