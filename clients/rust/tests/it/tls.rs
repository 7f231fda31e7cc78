//! Encrypted connections, with certificates that the system trusts and others.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use crate::common::*;
use dialogue_client::{Client, ConnectError};
use dialogue_tests::TestServer;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/localhost.cert.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/localhost.pem");

/// Encrypts what goes to a server.
async fn encrypted(server: SocketAddr) -> SocketAddr {
    let certificate = CertificateDer::from_pem_file(CERTIFICATE).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::from_pem_file(KEY).unwrap());
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(mut client) = acceptor.accept(client).await else { continue };
            let mut server = TcpStream::connect(server).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        }
    });
    address
}

async fn connect_encrypted() -> Result<(), ConnectError> {
    let server = TestServer::with(server()).await;
    let address = encrypted(server.address()).await;
    let url = format!("https://localhost:{}", address.port());
    let client = Client::builder(url).auth(json!({ "userId": "alice" })).connect().await?;
    let clock = client.join(Clock).await.unwrap();
    assert_eq!(clock.trigger(Tick { n: 1 }).await.unwrap().offset, Some(1));
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let refused = connect_encrypted().await.unwrap_err();
    assert!(matches!(refused, ConnectError::Unreachable { .. }), "{refused}");
}

/// Which certificates a system trusts is read once in a process, so this is one of its own.
#[test]
fn a_certificate_that_the_system_trusts_is_taken() {
    let trusting = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tls::in_a_system_that_trusts_it", "--include-ignored"])
        .env("SSL_CERT_FILE", CERTIFICATE)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&trusting.stdout);
    assert!(trusting.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "it is run by the test above, in a process of its own"]
async fn in_a_system_that_trusts_it() {
    connect_encrypted().await.unwrap();
}
