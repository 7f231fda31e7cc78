//! The chat in a terminal: start it with `cargo run -p chat`, and then `cargo run -p chat-cli -- alice`. A second word is the
//! address of another server than `http://localhost:3000`.

#![allow(clippy::print_stdout, reason = "it talks to a person at a terminal")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, IsTerminal as _};

use anyhow::Context as _;
use chat::events::{General, Message, UserJoined, UserLeft};
use dialogue_client::{Client, Error, EventMessage, Issue, Room, State, TriggerError};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// How many messages are shown at the start, and by `/older`.
const PAGE: usize = 20;

/// Something that the terminal shows or does.
enum Happening {
    Typed(String),
    Is(State),
    Said(EventMessage<Message>),
    Came(String),
    Left(String),
    Here(BTreeSet<String>),
    NotSent(TriggerError),
    Gap,
    Ended(String),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let name = words.next().context("say who you are: `cargo run -p chat-cli -- alice`")?;
    let address = words.next().unwrap_or_else(|| "http://localhost:3000".to_owned());
    let client = Client::builder(&address).auth(json!({ "userId": name })).connect().await;
    let client = client.with_context(|| format!("there is no chat at {address}: start it with `cargo run -p chat`"))?;
    let general = client.join(General).await.context("the room has no seat for you")?;
    println!("{}: type a message, /older, /people or /quit.", general.name());
    let (happens, happenings) = unbounded_channel();
    let tell = move |happening| drop(happens.send(happening));
    let mut chat = Chat { general, people: BTreeSet::new(), oldest: None, newest: None };
    chat.older().await;
    chat.listen(&tell);
    read_lines(tell.clone());
    let (send, sending) = send_in_order(chat.general.clone(), tell);
    chat.run(happenings, send).await;
    if tokio::time::timeout(std::time::Duration::from_secs(5), sending).await.is_err() {
        println!("-- not everything was sent");
    }
    client.disconnect().await;
    Ok(())
}

struct Chat {
    general: Room<General>,
    people: BTreeSet<String>,
    /// The offsets of the oldest and of the newest message that was shown.
    oldest: Option<u64>,
    newest: Option<u64>,
}

impl Chat {
    /// Tells of everything that happens.
    fn listen<T: Fn(Happening) + Clone + Send + Sync + 'static>(&self, tell: &T) {
        let client = self.general.client();
        let [said, came, left, here, gap, trouble] = std::array::from_fn(|_| tell.clone());
        self.general.on(async move |msg: EventMessage<Message>| said(Happening::Said(msg)));
        self.general.on(async move |msg: EventMessage<UserJoined>| came(Happening::Came(msg.data.username)));
        self.general.on(async move |msg: EventMessage<UserLeft>| left(Happening::Left(msg.data.user_id)));
        client.on_message("chat:members", async move |names| here(Happening::Here(names)));
        client.on_gap(async move |_| gap(Happening::Gap));
        client.on_error(async move |error: Error| {
            if matches!(error, Error::Ended { .. } | Error::Left { .. }) {
                trouble(Happening::Ended(error.to_string()));
            }
        });
    }

    /// Shows and does what happens, until somebody has had enough.
    async fn run(&mut self, mut happenings: UnboundedReceiver<Happening>, send: UnboundedSender<String>) {
        let mut states = self.general.client().state_changes().skip(1);
        loop {
            let happening = tokio::select! {
                Some(state) = states.next() => Happening::Is(state),
                Some(happening) = happenings.recv() => happening,
                else => return,
            };
            match happening {
                Happening::Is(State::Connecting) => println!("-- the connection is lost, and is being restored"),
                Happening::Is(State::Connected) => println!("-- connected again"),
                Happening::Is(_) => {}
                Happening::Typed(line) => match line.trim() {
                    "" => {}
                    "/quit" => return,
                    "/older" => self.older().await,
                    "/people" => println!("-- here: {}", printable(&Vec::from_iter(self.people.clone()).join(", "))),
                    other if other.starts_with('/') => println!("-- there are /older, /people and /quit"),
                    text => {
                        if self.general.client().state() == State::Connecting {
                            println!("-- waits: {text}");
                        }
                        let _quitting = send.send(text.to_owned());
                    }
                },
                // What was said during the join is in the history too.
                Happening::Said(msg) if msg.offset <= self.newest => {}
                Happening::Said(msg) => {
                    self.newest = msg.offset;
                    show(&msg);
                }
                Happening::Came(name) => {
                    println!("-- {} has come", printable(&name));
                    self.people.insert(name);
                }
                Happening::Left(name) => {
                    println!("-- {} has left", printable(&name));
                    self.people.remove(&name);
                }
                Happening::Here(names) => self.people = names,
                Happening::NotSent(error) => println!("-- not sent: {}", plainly(&error)),
                Happening::Gap => {
                    println!("-- messages may be missing here");
                    (self.oldest, self.newest) = (None, None);
                }
                Happening::Ended(why) => return println!("-- {why}"),
            }
        }
    }

    /// Shows older messages than those that are shown.
    async fn older(&mut self) {
        match self.general.history::<Message>(0..PAGE).before(self.oldest.unwrap_or(u64::MAX)).await {
            Ok(page) if page.is_empty() => println!("-- there are no older messages"),
            Ok(page) => {
                self.newest = self.newest.or(page.first().and_then(|msg| msg.offset));
                self.oldest = page.last().and_then(|msg| msg.offset);
                page.iter().rev().for_each(show);
            }
            Err(error) => println!("-- no older messages: {error}"),
        }
    }
}

/// Sends one message after the other, each until the server has answered it, whatever the connection does.
fn send_in_order(
    general: Room<General>,
    tell: impl Fn(Happening) + Send + 'static,
) -> (UnboundedSender<String>, JoinHandle<()>) {
    let (send, mut to_send) = unbounded_channel::<String>();
    let sending = tokio::spawn(async move {
        let sender_id = general.client().user_id().to_string();
        while let Some(text) = to_send.recv().await {
            let message = Message { text, sender_id: sender_id.clone(), reply_to: None };
            if let Err(error) = general.trigger(message).retry().await {
                tell(Happening::NotSent(error));
            }
        }
    });
    (send, sending)
}

/// Reads what is typed on a thread of its own, for which the end of the program does not wait.
fn read_lines(tell: impl Fn(Happening) + Send + 'static) {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if is_terminal {
                // The line comes back as a message.
                println!("\x1b[1A\x1b[2K\x1b[1A");
            }
            tell(Happening::Typed(line));
        }
        tell(Happening::Typed("/quit".to_owned()));
    });
}

fn show(msg: &EventMessage<Message>) {
    let answers = msg.data.reply_to.as_ref().map(|text| format!(" (to \"{}\")", printable(text))).unwrap_or_default();
    println!("{}{answers}: {}", printable(msg.from.as_str()), printable(&msg.data.text));
}

fn plainly(error: &TriggerError) -> String {
    let TriggerError::Validation { invalid, .. } = error else { return error.to_string() };
    invalid.issues().iter().map(sentence).collect::<Vec<_>>().join("; ")
}

fn sentence(issue: &Issue) -> String {
    let of = if issue.path == "senderId" { "your name" } else { "the text" };
    let limit = issue.params.get("max").map(|max| format!(" (at most {max} characters)")).unwrap_or_default();
    format!("{of} is {}{limit}", issue.message)
}

/// What others have written must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
