//! Intrinsic functions in their long form.

use crate::foundation::document::{Call, Chunk, Map, Node, Origin, Text, Value};

/// The intrinsic functions, without `Fn::`. `Condition` is one in the conditions section only.
pub const FUNCTIONS: [&str; 28] = [
    "And",
    "Base64",
    "Cidr",
    "Condition",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAtt",
    "GetAZs",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Ref",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

/// A mapping of the one key `Ref` or `Fn::...` is a call.
pub(super) fn long_form(node: Node) -> Node {
    let is_call = node.as_map().is_some_and(|map| {
        map.entries.len() == 1
            && (&*map.entries[0].key == "Ref"
                || (map.entries[0].key.starts_with("Fn::") && !map.entries[0].key.starts_with("Fn::ForEach")))
    });
    let Value::Map(map) = node.value else { return node };
    if !is_call {
        return Node::new(node.span, Value::Map(map));
    }
    let Some(entry) = map.entries.into_iter().next() else {
        return Node::new(node.span, Value::Map(Map::default()));
    };
    let function: Box<str> = entry.key.strip_prefix("Fn::").unwrap_or(&entry.key).into();
    let argument = if &*function == "GetAtt" { split_attribute(entry.node) } else { entry.node };
    let call = Call { function, function_span: entry.key_span, argument };
    Node::new(node.span, Value::Call(Box::new(call)))
}

/// `A.B.C` as the list `[A, B.C]`, the form that the rest of the program reads.
pub(super) fn split_attribute(argument: Node) -> Node {
    let written = argument.as_text().map(|text| text.into_owned()).unwrap_or_default();
    let Some((target, attribute)) = written.split_once('.') else { return argument };
    let Value::String(text) = &argument.value else { return argument };
    let Some(Chunk::Known(_, origin)) = text.chunks.first() else {
        return argument;
    };
    let part = |text: &str, offset: u32| {
        let origin = Origin { offset, ..*origin };
        Node::new(argument.span, Value::String(Text::known(text, origin)))
    };
    let items = vec![part(target, 0), part(attribute, target.len() as u32 + 1)];
    Node::new(argument.span, Value::List(items))
}
