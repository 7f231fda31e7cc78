//! The long-polling half of the test client.

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::packet::{self, Engine, Frame};
use crate::peer::Door;

/// Between two packets in one body.
const SEPARATOR: char = '\u{1e}';

#[derive(Clone)]
struct Session {
    http: Client<HttpConnector, Full<Bytes>>,
    url: String,
    headers: Vec<(&'static str, String)>,
}

impl Session {
    async fn call(&self, method: Method, body: String) -> anyhow::Result<String> {
        let mut request = Request::builder().method(method).uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::from(body))?;
        let response = self.http.request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        match status {
            StatusCode::OK => Ok(String::from_utf8(body.to_vec())?),
            other => bail!("the server answered {other}"),
        }
    }
}

/// Carries packets both ways until either side ends.
pub(crate) async fn run(
    door: Door,
    mut outgoing: UnboundedReceiver<String>,
    incoming: UnboundedSender<Frame>,
) -> anyhow::Result<()> {
    let http = Client::builder(TokioExecutor::new()).build_http();
    let url = format!("http://{}/socket.io/?EIO=4&transport=polling{}", door.address, door.query);
    let mut session = Session { http, url, headers: door.headers };
    let Engine::Open(open) = packet::parse(&session.call(Method::GET, String::new()).await?)? else {
        bail!("no open packet");
    };
    session.url = format!("{}&sid={}", session.url, open["sid"].as_str().context("no sid")?);
    let reader = session.clone();
    let (pong, mut pongs) = tokio::sync::mpsc::unbounded_channel();
    let mut read = Box::pin(async move {
        loop {
            for text in reader.call(Method::GET, String::new()).await?.split(SEPARATOR) {
                match packet::parse(text)? {
                    Engine::Ping => pong.send("3".to_owned())?,
                    Engine::Message(frame) => incoming.send(frame)?,
                    Engine::Open(_) | Engine::Other => {}
                }
            }
        }
    });
    loop {
        tokio::select! {
            ended = &mut read => return ended,
            Some(text) = pongs.recv() => drop(session.call(Method::POST, text).await?),
            text = outgoing.recv() => match text {
                Some(text) => drop(session.call(Method::POST, text).await?),
                None => return session.call(Method::POST, "1".to_owned()).await.map(drop),
            },
        }
    }
}
