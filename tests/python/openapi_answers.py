"""Checks recorded answers of a service against its published OpenAPI 3.0 file, strictly: a status, a type of content or a
field that the file does not name is an error.

Usage: openapi_answers.py OPENAPI.yml ANSWERS.json

ANSWERS.json is a list of {"method", "path", "status", "content_type", "body"}; `body` is JSON, or null for files.
Prints how many answers there were of each operation. Exit code 1 with a line for each fault.
"""

import collections
import json
import re
import sys

import yaml
from jsonschema import Draft4Validator

# Said of every operation in words and of none in the file: no or another token, too many requests, trouble.
ANYWHERE = {401, 406, 409, 429, 500}
# What the file says in words only: "Null when recording rate is not applicable".
NULLABLE = {("sample", "recording-rate")}

with open(sys.argv[1], encoding="utf8") as file:
    spec = yaml.safe_load(file)
with open(sys.argv[2], encoding="utf8") as file:
    answers = json.load(file)


def strict(schema):
    """The schema as JSON Schema, with nothing allowed beyond it."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    # Examples and XML names are no rules.
    made = {name: strict(part) for name, part in schema.items() if name not in ("example", "xml", "description")}
    if "properties" in schema:
        made["properties"] = {name: strict(part) for name, part in schema["properties"].items()}
        made.setdefault("additionalProperties", False)
    return made


schemas = {name: strict(schema) for name, schema in spec["components"]["schemas"].items()}
for schema, name in NULLABLE:
    kind = schemas[schema]["properties"][name]
    kind["type"] = [kind["type"], "null"]


def operation(method, path):
    """The operation of a request: a path without variables is the better match."""
    found = []
    for template, operations in spec["paths"].items():
        pattern = "/".join("[^/]+" if "{" in part else re.escape(part) for part in template.split("/"))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            found.append((template.count("{"), template, operations[method.lower()]))
    return min(found, key=lambda it: it[0])[1:] if found else (None, None)


faults = []
counts = collections.Counter()
for answer in answers:
    template, described = operation(answer["method"], answer["path"])
    name = f"{answer['method']} {template} {answer['status']}"
    counts[name] += 1
    if described is None:
        faults.append(f"{answer['method']} {answer['path']}: there is no such operation")
        continue
    response = described["responses"].get(str(answer["status"]))
    if response is None and answer["status"] not in ANYWHERE:
        faults.append(f"{name}: no such status")
        continue
    content = (response or {}).get("content")
    if answer["status"] >= 400:
        schema = {"$ref": "#/components/schemas/error"}
    elif content is None:
        if answer["body"] is not None:
            faults.append(f"{name}: a body where there is none")
        continue
    else:
        kind = (answer["content_type"] or "").split(";")[0]
        described_as = content.get(kind, content.get("*/*"))
        if described_as is None:
            faults.append(f"{name}: the content is {kind!r}")
            continue
        schema = strict(described_as["schema"])
        if schema.get("format") == "binary":
            continue
    whole = {**schema, "components": {"schemas": schemas}}
    if "$ref" in schema:
        whole = {"allOf": [schema], "components": {"schemas": schemas}}
    for error in Draft4Validator(whole).iter_errors(answer["body"]):
        faults.append(f"{name}: {'.'.join(map(str, error.absolute_path))}: {error.message[:200]}")
for name, count in sorted(counts.items()):
    print(f"{count} {name}")
for fault in faults:
    print(fault, file=sys.stderr)
sys.exit(1 if faults else 0)
