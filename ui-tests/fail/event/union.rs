use dialogue::Event;

#[derive(Event)]
union Number {
    int: u32,
    float: f32,
}

fn main() {}
