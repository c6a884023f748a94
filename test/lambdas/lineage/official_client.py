"""Reads events, one a line, as OpenLineage's own client has them: classes that are generated of its JSON schemas.

Says what is wrong, one finding a line: a member that a class does not know, one that is missing, one of another type, and a facet
whose schema is not the one of that class.
"""

import enum
import importlib
import json
import pkgutil
import sys
import types
import typing

import attr
import openlineage.client.generated as generated
from openlineage.client.event_v2 import RunState
from openlineage.client.generated import base

CLASSES = {}
for module in pkgutil.iter_modules(generated.__path__):
    loaded = importlib.import_module(f"{generated.__name__}.{module.name}")
    for name, value in vars(loaded).items():
        if isinstance(value, type) and attr.has(value):
            CLASSES.setdefault(name, (value, loaded))


def of_class(cls, module, given, path):
    hints = typing.get_type_hints(cls, vars(base) | vars(module) | vars(typing))
    fields = {field.name: field for field in attr.fields(cls)}
    for name in set(given) - set(fields) - {"_producer", "_schemaURL"}:
        yield f"{path}: {name} is unknown"
    for name, field in fields.items():
        if name.startswith("_"):
            continue
        if name in given:
            yield from of_type(hints[name], given[name], module, f"{path}.{name}")
        elif field.default is attr.NOTHING:
            yield f"{path}: {name} is missing"


def of_type(hint, value, module, path):
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        found = [list(of_type(arg, value, module, path)) for arg in args if arg is not type(None)]
        if all(found):
            yield from found[0]
    elif origin is list:
        if not isinstance(value, list):
            yield f"{path}: no list"
        else:
            for index, one in enumerate(value):
                yield from of_type(args[0], one, module, f"{path}[{index}]")
    elif origin is dict:
        for key, one in value.items():
            yield from of_type(args[1], one, module, f"{path}.{key}")
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        if value not in [one.value for one in hint]:
            yield f"{path}: {value}"
    elif attr.has(hint):
        yield from of_class(hint, module, value, path)
    elif hint is not typing.Any:
        kinds = (int, float) if hint is float else hint
        if not isinstance(value, kinds) or (isinstance(value, bool) and hint is not bool):
            yield f"{path}: {value!r} is no {hint.__name__}"


def of_facets(facets, path):
    for key, facet in (facets or {}).items():
        url = facet["_schemaURL"]
        cls, module = CLASSES[url.rsplit("/", 1)[-1]]
        if cls._get_schema() != url:
            yield f"{path}.{key}: {url}, not {cls._get_schema()}"
        yield from of_class(cls, module, facet, f"{path}.{key}")


def of_event(event):
    if event["eventType"] not in [state.value for state in RunState]:
        yield f"eventType: {event['eventType']}"
    if event["schemaURL"] != base.RunEvent._get_schema():
        yield f"schemaURL: {event['schemaURL']}"
    for part in ("run", "job"):
        yield from of_facets(event[part]["facets"], part)
    for part in ("inputs", "outputs"):
        for dataset in event[part]:
            for facets in ("facets", f"{part[:-1]}Facets"):
                yield from of_facets(dataset.get(facets), f"{part}.{facets}")


events = [json.loads(line) for line in sys.stdin]
findings = sorted({f"{event['job']['name']} {finding}" for event in events for finding in of_event(event)})
print("\n".join([f"{len(events)} events", *findings]))
