"""Types of PyArrow as these tests read them."""

import pyarrow as pa


def micros(kind):
    """The type with microseconds in place of nanoseconds, at any depth."""
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    if pa.types.is_map(kind):
        return pa.map_(kind.key_type, micros(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(pa.field(kind.value_field.name, micros(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, micros(field.type)) for field in kind])
    return kind
