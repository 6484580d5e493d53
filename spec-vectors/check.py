#!/usr/bin/env python3
"""Checks every vector file against the schema's main points, and every value against its bytes.

Uses nothing but Python's standard library and the files beside it: what it finds at a field's
offset must be the value that the vector gives. Exit status 1 if anything does not agree.
"""
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ID = re.compile(r"[a-z]+/[a-z0-9]+(-[a-z0-9]+)*")
KINDS = ("good", "boundary", "bad", "questionable")
HAS = {  # keys that a vector of a kind has, and may have
    "good": ({"value"}, set()), "boundary": ({"value"}, set()),
    "questionable": ({"value", "findings"}, set()),
    "bad": ({"malformedAt"}, {"findings", "sense", "value"}),
}
SEVERITIES = {"bad": ("error", "warning", "note"), "questionable": ("warning", "note")}


class Problem(Exception):
    """Something that does not agree."""


def require(condition, message):
    if not condition:
        raise Problem(message)


def keys(thing, needed, allowed, what):
    require(isinstance(thing, dict), f"{what} is no object")
    for key in needed:
        require(key in thing, f"{what} has no '{key}'")
    for key in thing:
        require(key in allowed, f"{what} has an unknown key '{key}'")


def is_offset(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def check_field(key, field):
    what = f"field {key}"
    keys(field, ("name", "at"), ("name", "at", "bytes", "bits"), what)
    require(is_offset(field["at"]), f"{what}: at is no offset")
    require("bytes" not in field or field["bytes"] > 0, f"{what}: no bytes")
    if "bits" in field:
        high, low = field["bits"]
        require(7 >= high >= low >= 0, f"{what}: bits are not from most to least significant")


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


def check_finding(finding, data, kind):
    keys(finding, ("at", "rule", "severity"), ("at", "bit", "rule", "severity"), "a finding")
    require(is_offset(finding["at"]) and finding["at"] <= len(data), "a finding lies behind the end")
    require(0 <= finding.get("bit", 0) <= 7, "a finding's bit is none of a byte")
    require(finding["severity"] in SEVERITIES[kind], f"severity {finding['severity']} is not known")


def check_sense(sense, findings):
    keys(sense, ("key", "asc", "ascq"), ("key", "asc", "ascq", "pointer"), "sense")
    for key in ("key", "asc", "ascq"):
        require(re.fullmatch("[0-9A-F]{2}", sense[key]), f"sense: {key} is no pair of hex digits")
    if "pointer" not in sense:
        return
    pointer = sense["pointer"]
    keys(pointer, ("in", "byte"), ("in", "byte", "bit"), "a pointer")
    require(pointer["in"] in ("cdb", "data"), "a pointer points into neither CDB nor data")
    if sense["asc"] == "1A":  # PARAMETER LIST LENGTH ERROR points at that field of the CDB
        return
    errors = [one for one in findings if one["severity"] == "error"]
    places = [(one["at"], one.get("bit")) for one in errors]
    # A descriptor that does not fit its list: the pointer is to its length.
    lists = [one["at"] for one in errors if one["rule"] == "list"]
    require((pointer["byte"], pointer.get("bit")) in places
            or any(0 < pointer["byte"] - at <= 4 for at in lists), "sense points at no error")


def kind_of(vector):
    if "malformedAt" in vector:
        return "bad"
    return "questionable" if "findings" in vector else "good"


def check_vector(vector, fields, fields_of):
    kind = vector.get("kind") or kind_of(vector)
    require(kind in KINDS, f"kind {kind} is not known")
    has, may = HAS[kind]
    needed = {"name", "hex", "origin"} | has
    keys(vector, needed, needed | may | {"kind"}, f"a {kind} vector")
    data = bytes.fromhex("".join(vector["hex"].split()))
    if kind == "bad":
        require(is_offset(vector["malformedAt"]) and vector["malformedAt"] <= len(data),
                "malformedAt lies behind the end")
    if "value" in vector:
        for key, field in fields.items():
            require(key in vector["value"], f"value has no '{key}'")
            check_value(key, field, vector["value"][key], data)
        check_structures(vector["value"], fields_of)
    findings = vector.get("findings", [])
    require("findings" not in vector or findings, "findings are empty")
    for finding in findings:
        check_finding(finding, data, kind)
    places = [finding["at"] for finding in findings]
    require(places == sorted(places), "findings are not in the order of their place")
    if "sense" in vector:
        check_sense(vector["sense"], findings)


def check_file(path, file, fields_of):
    keys(file, ("format", "source", "fields", "vectors"),
         ("format", "source", "fields", "vectors", "none"), "the file")
    name = path.relative_to(HERE).with_suffix("").as_posix()
    require(file["format"] == name and ID.fullmatch(name), f"format is '{file['format']}'")
    for key, field in file["fields"].items():
        check_field(key, field)
    require(file["vectors"], "there are no vectors")
    names = [vector.get("name") for vector in file["vectors"]]
    require(len(set(names)) == len(names), "two vectors have one name")
    for vector in file["vectors"]:
        try:
            check_vector(vector, file["fields"], fields_of)
        except (Problem, ValueError, IndexError) as error:
            raise Problem(f"{vector.get('name')}: {error}") from error


def main():
    files = {path: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*/*.json"))}
    fields_of = {file["format"]: file["fields"] for file in files.values()}
    problems = []
    for path, file in files.items():
        try:
            check_file(path, file, fields_of)
        except Problem as problem:
            problems.append(f"{path.relative_to(HERE)}: {problem}")
    for problem in problems:
        print(problem)
    count = sum(len(file["vectors"]) for file in files.values())
    print(f"{len(files)} formats, {count} vectors, {len(problems)} problems")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
