use dialogue::Event;

#[derive(Event)]
struct Message {
    text: String,
}

#[derive(Event)]
struct Ping;

fn main() {}
