import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hexBytes } from '../src/bytes/hex.ts';
import type { Json } from '../src/codec/field.ts';
import type { Finding } from '../src/codec/finding.ts';
import { type AnyLayout, type Fields, Layout } from '../src/codec/layout.ts';
import { encodeJson, toJson } from '../src/explain/encode-json.ts';
import type { Format } from '../src/explain/format.ts';
import { FORMATS, formatById, formatOf } from '../src/explain/registry.ts';
import { findingsOf, sectionOf } from '../src/explain/section.ts';
import { filesBelow } from './support/source-tree.ts';
import { senseOf } from './support/vector-sense.ts';
import {
  bytes, type FieldPlace, isBad, isGood, isQuestionable, type Vector, type VectorFile, vectorIds,
  type VectorKind, vectors,
} from './support/vectors.ts';

type JsonObject = { readonly [key: string]: Json };

const files: readonly (readonly [Format, VectorFile])[] = vectorIds().map((id) => {
  const format = formatById(id);
  if (format === undefined) throw new Error(`Cannot test ${id}: there is no such format`);
  return [format, vectors(id)];
});

/** A list inside a field may stand in a vector as an array, or as the field's bytes. */
function expectedValue(format: Format, data: Uint8Array, value: JsonObject): JsonObject {
  const own = format.layout.toJson(format.layout.decode(data).value) as JsonObject; // as in toJson
  const whole = toJson(format, data);
  return Object.fromEntries(Object.entries(whole).map(([key, one]) =>
    [key, typeof value[key] === 'string' && key in own ? own[key]! : one]));
}

const place = ({ at, bit, rule, severity }: Finding) =>
  ({ at, ...(bit === undefined ? {} : { bit }), rule, severity });

const named = (cases: readonly Vector[]): [string, Vector][] => cases.map((one) => [one.name, one]);

describe.each(files.map(([format, file]) => [format.id, format, file] as const))(
  'vectors of %s', (_id, format, { vectors: cases }) => {
    const findings = ({ hex, level }: Vector): Finding[] =>
      findingsOf(sectionOf(format, bytes(hex), 0, bytes(hex).length, level));
    const valued = cases.filter(({ value }) => value !== undefined);

    it.each(named(valued))('decodes: %s', (_name, { hex, value }) => {
      expect(expectedValue(format, bytes(hex), value as JsonObject)).toEqual(value);
    });

    it.each(named(cases.filter(isGood)))('encodes to the same bytes: %s', (_name, one) => {
      expect(hexBytes(encodeJson(format, one.value!))).toBe(hexBytes(bytes(one.hex)));
      expect(findings(one)).toEqual([]);
    });

    it.each(named(cases.filter(isQuestionable)))('goes on and finds: %s', (_name, one) => {
      const data = bytes(one.hex);
      expect(hexBytes(encodeJson(format, one.value!, data))).toBe(hexBytes(data));
      expect(findings(one).map(place)).toEqual(one.findings);
    });

    it.each(named(cases.filter(isBad)))('refuses: %s', (_name, one) => {
      const found = findings(one);
      expect(found.find(({ severity }) => severity === 'error')?.at).toBe(one.malformedAt);
      expect(found.map(place)).toEqual(one.findings);
      expect(senseOf(format, bytes(one.hex))).toEqual(one.sense);
    });
  });

const KINDS: readonly VectorKind[] = ['good', 'boundary', 'bad', 'questionable'];

describe('the registry', () => {
  it('knows every layout that a module of wire/ and sense/ declares', async () => {
    const paths = ['src/wire', 'src/sense'].flatMap((folder) => filesBelow(folder, ['.ts']));
    for (const path of paths) {
      const module: object = await import(/* @vite-ignore */ `../${path}`);
      for (const value of Object.values(module)) {
        if (value instanceof Layout) expect(formatOf(value as AnyLayout).layout).toBe(value);
      }
    }
  });

  it('has unique ids', () => {
    expect(new Set(FORMATS.map(({ id }) => id)).size).toBe(FORMATS.length);
  });

  it.each(FORMATS.map((format) => [format.id, format] as const))(
    'has vectors of each kind of %s, or says why not', (id) => {
      expect(vectorIds()).toContain(id);
      const { vectors: cases, source, none = {} } = vectors(id);
      expect(source).toBe(formatById(id)?.source);
      for (const kind of KINDS) {
        expect([kind, cases.some((one) => one.kind === kind)])
          .toEqual([kind, none[kind] === undefined]);
      }
    });

  it.each(files.filter(([, { none }]) => none?.questionable !== undefined)
    .map(([{ id, layout }]) => [id, layout] as const))(
    'has no reserved bit in %s, of which nothing is questionable', (_id, layout) => {
      expect(Array.from(layout.usageMap()).every((bits) => bits === 0xff)).toBe(true);
    });

  it.each(files.map(([format, file]) => [format.id, format, file] as const))(
    'places the fields of %s where its vectors say', (_id, format, file) => {
      expect(file.fields).toEqual(fieldPlaces(format.layout));
    });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython && !process.env['CI'])('check.py (needs python3)', () => {
  const check = (folder: string) =>
    spawnSync('python3', [join(folder, 'check.py')], { encoding: 'utf8' });

  it('agrees with every vector', () => {
    const { status, stdout } = check('spec-vectors');
    expect(stdout).toMatch(/^\d+ formats, \d+ vectors, 0 problems$/m);
    expect(status).toBe(0);
  });

  const faults: readonly (readonly [string, string, string, RegExp])[] = [
    ['a value that is not what the bytes hold', '"lba": "4096"', '"lba": "4097"', /lba is '4097'/],
    ['a field at another place', '"at": 14, "bytes": 2', '"at": 13, "bytes": 2',
      /offsets.txt says/],
    ['a kind that is not known', '"kind": "good"', '"kind": "fine"', /'fine', which is none of/],
    ['a key that the schema lacks', '"kind": "good"', '"sort": "good"', /has no 'kind'/],
    ['an error in a good vector', '"kind": "good",', '"kind": "good", "malformedAt": 1,',
      /what it must not have/],
    ['sense that points at no error', '"in": "data", "byte": 2', '"in": "data", "byte": 3',
      /points at no error/],
    ['a kind without a vector', '"kind": "boundary"', '"kind": "good"', /no boundary vector/],
  ];
  it.each(faults)('finds %s', (_what, from, to, says) => {
    const folder = mkdtempSync(join(tmpdir(), 'spec-vectors-'));
    try {
      cpSync('spec-vectors', folder, { recursive: true });
      const path = join(folder, 'copy/block-to-stream.json');
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to));
      const { status, stdout } = check(folder);
      expect(stdout).toMatch(new RegExp(`^copy/block-to-stream.json: .*${says.source}`, 'm'));
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function fieldPlaces(layout: AnyLayout): Record<string, FieldPlace> {
  const fields = Object.entries(layout.fields as Fields); // AnyLayout hides them
  return Object.fromEntries(fields.map(([key, field]) => {
    const { name, at, byteLength, bit, mask } = field;
    const size = byteLength === undefined ? {} : { bytes: byteLength };
    const low = 31 - Math.clz32(mask & -mask);
    return [key, { name, at, ...(bit === undefined ? size : { bits: [bit, low] as const }) }];
  }));
}
