#!/usr/bin/env python3
"""Holds every vector file against the schema, the table of offsets and its own bytes.

Uses nothing but Python's standard library and the files beside it:

- the file must be what schema.json says;
- its fields must lie where offsets.txt has them, which was written down from the standards;
- what stands at a field's offset must be the value that the vector gives, and a length field that
  tells how many bytes follow must tell the truth in good vectors;
- there must be a vector of each kind, or a reason why not.

Exit status 1 if anything does not agree.
"""
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
KINDS = ("good", "boundary", "bad", "questionable")


class Problem(Exception):
    """Something that does not agree."""


def require(condition, message):
    if not condition:
        raise Problem(message)


TYPES = {"object": dict, "array": list, "string": str, "integer": int}


def is_type(value, name):
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))


def broken_rule(value, rules, root, where):
    """What of a JSON Schema the value breaks, or None. Knows the words that schema.json uses."""
    if "$ref" in rules:
        return broken_rule(value, root["$defs"][rules["$ref"].split("/")[-1]], root, where)
    named = rules.get("type")
    types = [named] if isinstance(named, str) else named or []
    if types and not any(is_type(value, one) for one in types):
        return f"{where} is no {named}"
    if "enum" in rules and value not in rules["enum"]:
        return f"{where} is {value!r}, which is none of {rules['enum']}"
    if "const" in rules and value != rules["const"]:
        return f"{where} is not {rules['const']!r}"
    if "not" in rules and broken_rule(value, rules["not"], root, where) is None:
        return f"{where} has what it must not have"
    for rule in ("anyOf", "oneOf"):
        broken = [broken_rule(value, one, root, where) for one in rules.get(rule, [])]
        if rule in rules and (None not in broken or rule == "oneOf" and broken.count(None) > 1):
            return f"{where}: {'; '.join(filter(None, broken)) or 'more than one form fits'}"
    return broken_inside(value, rules, root, where)


def broken_inside(value, rules, root, where):
    """The rules that hold for values of one type."""
    if isinstance(value, str):
        if len(value) < rules.get("minLength", 0) or not re.search(rules.get("pattern", ""), value):
            return f"{where} is {value!r}"
    elif isinstance(value, int):
        if not rules.get("minimum", value) <= value <= rules.get("maximum", value):
            return f"{where} is {value}"
    elif isinstance(value, list):
        if not rules.get("minItems", 0) <= len(value) <= rules.get("maxItems", len(value)):
            return f"{where} has {len(value)} elements"
        inside = ((one, rules.get("items", {}), f"{where}[{n}]") for n, one in enumerate(value))
        return first_broken(inside, root)
    elif isinstance(value, dict):
        return broken_object(value, rules, root, where)
    return None


def broken_object(value, rules, root, where):
    properties, others = rules.get("properties", {}), rules.get("additionalProperties", {})
    for key in rules.get("required", []):
        if key not in value:
            return f"{where} has no '{key}'"
    for key in value:
        if key not in properties and others is False:
            return f"{where} has an unknown key '{key}'"
    names = ((key, rules.get("propertyNames", {}), f"{where}: key") for key in value)
    inside = ((value[key], properties.get(key, others or {}), f"{where}.{key}") for key in value)
    return first_broken(names, root) or first_broken(inside, root)


def first_broken(checks, root):
    broken = (broken_rule(value, rules, root, where) for value, rules, where in checks)
    return next(filter(None, broken), None)


PLACE = re.compile(r"(?P<at>\d+)(?:\.(?P<high>\d)(?:-(?P<low>\d))?|-(?P<last>\d*))?")


def place_of(text):
    """A place of offsets.txt in the form of a vector file's `fields`."""
    found = PLACE.fullmatch(text)
    require(found, f"offsets.txt: '{text}' is no place")
    at, high, low, last = (found[key] for key in ("at", "high", "low", "last"))
    if high is not None:
        return {"at": int(at), "bits": [int(high), int(high if low is None else low)]}
    if last == "":
        return {"at": int(at)}
    return {"at": int(at), "bytes": 1 if last is None else int(last) - int(at) + 1}


def read_offsets():
    """Of each format in offsets.txt, the places of its fields by their names."""
    table = {}
    for line in (HERE / "offsets.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        formats, fields = line.split(": ", 1)
        places = [field.rsplit(" ", 1) for field in fields.split("; ")]
        for name in formats.split(", "):
            table.setdefault(name, {}).update((field, place_of(at)) for field, at in places)
    return table


def check_offsets(fields, table):
    known = dict(table)
    for key, field in fields.items():
        place = known.pop(field["name"], None)
        require(place is not None, f"offsets.txt does not have {field['name']}")
        given = {one: field[one] for one in ("at", "bytes", "bits") if one in field}
        require(given == place, f"{key} lies at {given}, offsets.txt says {place}")
    require(not known, f"fields of offsets.txt are missing: {', '.join(known)}")


def hex_text(data):
    return data.hex(" ").upper()


def ascii_text(data):
    return data.decode("latin-1").rstrip(" \0")


def check_value(key, field, value, data):
    """Compares one value with the bytes at its field's place; structures inside are passed over."""
    at = field["at"]
    if "bits" in field:
        high, low = field["bits"]
        found = data[at] >> low & (1 << (high - low + 1)) - 1
        require(value == bool(found) if isinstance(value, bool) else value == found,
                f"{key} is {value}, its bits hold {found}")
        return
    part = data[at:at + field["bytes"]] if "bytes" in field else data[at:]
    require("bytes" not in field or len(part) == field["bytes"], f"{key} lies behind the end")
    if isinstance(value, (dict, list)):
        return
    forms = {"unsigned": int.from_bytes(part, "big"),
             "signed": int.from_bytes(part, "big", signed=True)}
    if isinstance(value, int):
        require(value in forms.values(), f"{key} is {value}, its bytes hold {forms['unsigned']}")
    else:
        texts = [hex_text(part), ascii_text(part), *map(str, forms.values())]
        require(value in texts or value == part.decode("latin-1"),
                f"{key} is {value!r}, its bytes hold {hex_text(part)}")


def check_structures(value, fields_of):
    """Structures inside name their format: their fields must be known where it has a file."""
    for inside in value if isinstance(value, list) else value.values():
        if not isinstance(inside, (dict, list)):
            continue
        if isinstance(inside, dict) and "/" in str(inside.get("format", "")):
            name = inside["format"]
            require(name in fields_of, f"format {name} has no file")
            for key in fields_of[name]:
                require(key in inside, f"a {name} inside has no '{key}'")
        check_structures(inside, fields_of)


def check_sense(sense, findings):
    """A field pointer must point at an error; that of a CDB's length (1Ah) is not in the bytes."""
    if "pointer" not in sense or sense["asc"] == "1A":
        return
    at, bit = sense["pointer"]["byte"], sense["pointer"].get("bit")
    errors = [one for one in findings if one["severity"] == "error"]
    # A descriptor that does not fit its list: the pointer is to its length.
    lists = [one["at"] for one in errors if one["rule"] == "list"]
    require((at, bit) in [(one["at"], one.get("bit")) for one in errors]
            or any(0 < at - start <= 4 for start in lists), "sense points at no error")


# Field, and the offset behind which it counts, for lengths of all that follows in the structure.
LENGTHS = {
    ("DESCRIPTOR LENGTH", 2): 4, ("PAGE LENGTH", 2): 4, ("PAGE LENGTH", 1): 2,
    ("TRANSPORTID LENGTH", 28): 32, ("TRANSPORTID LENGTH", 20): 24,
    ("RANGE DESCRIPTORS LENGTH", 14): 16, ("LUN LIST LENGTH", 0): 8, ("COMMAND DATA LENGTH", 0): 4,
    ("THIRD-PARTY COPY DESCRIPTOR LENGTH", 2): 4, ("AVAILABLE DENSITY SUPPORT LENGTH", 0): 2,
    ("ADDITIONAL LENGTH", 4): None, ("UNMAP DATA LENGTH", 0): 2, ("PARAMETER DATA LENGTH", 0): 4,
    ("UNMAP BLOCK DESCRIPTOR DATA LENGTH", 2): 8,
}


def check_lengths(fields, value, data, kind):
    """In good vectors a structure's length field tells how many bytes follow it."""
    for key, field in fields.items():
        behind = LENGTHS.get((field["name"], field["at"]))
        if kind in ("good", "boundary") and behind and value[key] != len(data) - behind:
            raise Problem(f"{key} is {value[key]}, {len(data) - behind} bytes follow")


def check_vector(vector, fields, fields_of):
    kind, findings = vector["kind"], vector.get("findings", [])
    data = bytes.fromhex("".join(vector["hex"].split()))
    if "value" in vector:
        for key, field in fields.items():
            require(key in vector["value"], f"value has no '{key}'")
            check_value(key, field, vector["value"][key], data)
        check_structures(vector["value"], fields_of)
        check_lengths(fields, vector["value"], data, kind)
    places = [finding["at"] for finding in findings]
    require(places == sorted(places), "findings are not in the order of their place")
    require(all(at <= len(data) for at in places), "a finding lies behind the end")
    if kind == "bad":
        errors = [one["at"] for one in findings if one["severity"] == "error"]
        require(errors[:1] == [vector["malformedAt"]], "malformedAt is not the first error's place")
    if "sense" in vector:
        check_sense(vector["sense"], findings)


def check_file(path, file, schema, table, fields_of):
    broken = broken_rule(file, schema, schema, "the file")
    require(broken is None, broken)
    name = path.relative_to(HERE).with_suffix("").as_posix()
    require(file["format"] == name, f"format is '{file['format']}'")
    for key, field in file["fields"].items():
        high, low = field.get("bits", (0, 0))
        require(high >= low, f"field {key}: bits are not from most to least significant")
    require(name in table, "offsets.txt does not have the format")
    check_offsets(file["fields"], table[name])
    names = [vector["name"] for vector in file["vectors"]]
    require(len(set(names)) == len(names), "two vectors have one name")
    for kind in KINDS:
        has = any(vector["kind"] == kind for vector in file["vectors"])
        require(has != (kind in file.get("none", {})), f"no {kind} vector and no reason, or both")
    for vector in file["vectors"]:
        try:
            check_vector(vector, file["fields"], fields_of)
        except (Problem, ValueError, IndexError) as error:
            raise Problem(f"{vector['name']}: {error}") from error


def main():
    files = {path: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*/*.json"))}
    schema = json.loads((HERE / "schema.json").read_text("utf-8"))
    table = read_offsets()
    fields_of = {file["format"]: file["fields"] for file in files.values()}
    problems = []
    for path, file in files.items():
        try:
            check_file(path, file, schema, table, fields_of)
        except Problem as problem:
            problems.append(f"{path.relative_to(HERE)}: {problem}")
    for problem in problems:
        print(problem)
    vectors = [vector for file in files.values() for vector in file["vectors"]]
    kinds = ", ".join(f"{sum(one.get('kind') == kind for one in vectors)} {kind}" for kind in KINDS)
    places = sum(len(table[name]) for name in fields_of.keys() & table.keys())
    print(f"{places} places of fields held against offsets.txt; {kinds}")
    print(f"{len(files)} formats, {len(vectors)} vectors, {len(problems)} problems")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
