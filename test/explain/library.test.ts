import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { hexBytes, parseHex } from '../../src/bytes/hex.ts';
import * as library from '../../src/explain/library.ts';
import { pcapOf } from '../support/captures.ts';
import { LIST, login, packetsOf, refusedCopy } from '../support/iscsi-talk.ts';

const BAD = parseHex('11 00 0009 0000 0001 01 FFFFFE');
const GOOD = parseHex('11 00 0008 0000 0001 01 FFFFFE');

describe('serverfree/codec', () => {
  it('decodes, reads, lints and encodes by the id of a format', () => {
    const { value, findings } = library.decode('copy/space', BAD);
    expect(value).toMatchObject({ code: 1, count: -2 });
    expect(findings.map(({ at, rule }) => [at, rule])).toEqual([[2, 'value']]);
    expect(library.lint('copy/space', BAD)).toEqual(findings);
    expect(() => library.read('copy/space', BAD)).toThrow(library.Malformed);
    const good = library.read('copy/space', GOOD);
    expect(library.encode({ format: 'copy/space', ...good })[0]?.bytes).toEqual(GOOD);
    expect(() => library.decode('copy/none', GOOD)).toThrow("there is no such format");
  });

  it('has typed layouts', () => {
    const { space } = library.segments;
    const value: library.ValueOf<typeof space> = space.read(GOOD);
    expect(space.encode({ ...value, count: -1 }).at(-1)).toBe(0xff);
  });

  it('is what the package exports, types and all', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      exports: Record<string, { types: string; default: string }>;
    };
    expect(exports['./codec']).toEqual({
      types: './dist/explain/library.d.ts', default: './dist/explain/library.js' });
    // dist/ has the tree of src/, where this is the file.
    expect(readFileSync('src/explain/library.ts', 'utf8')).toContain('`serverfree/codec`');
  });
});

/** As a bundler gives it to a web page. */
describe('in a web page', () => {
  /** What esbuild is used for here; tsx, which is ours, brings it. */
  interface Bundler {
    build(options: object): Promise<{ outputFiles: readonly { text: string }[] }>;
  }

  let code = '';

  beforeAll(async () => {
    const { build } = createRequire(import.meta.resolve('tsx'))('esbuild') as Bundler;
    // For a browser a module of Node.js cannot be resolved, and the build fails.
    const { outputFiles } = await build({
      entryPoints: ['src/explain/library.ts'], bundle: true, write: false, format: 'iife',
      globalName: 'codec', platform: 'browser', logLevel: 'silent',
    });
    code = outputFiles[0]!.text;
  }, 60_000);

  it.each([true, false])('works, code made at run time allowed: %s', (strings) => {
    const context = vm.createContext({ TextDecoder, TextEncoder, LIST }, {
      codeGeneration: { strings, wasm: false } });
    const run = (text: string): unknown => vm.runInContext(text, context);
    run(code);
    expect(run('[typeof process, typeof Buffer, typeof require, typeof setTimeout].join()'))
      .toBe('undefined,undefined,undefined,undefined');
    expect(run("codec.explain(LIST)[0].format.id")).toBe('copy/parameter-list');
    expect(run("codec.renderSection(codec.explain(LIST)[0].section).join('\\n')"))
      .toContain('block device to block device segment');
    const made = run("codec.encode(codec.explainedJson(codec.explain(LIST)[0]))[0].bytes");
    expect(hexBytes(Uint8Array.from(made as Uint8Array))).toBe(hexBytes(LIST));
  });

  it('explains a capture', () => {
    const file = pcapOf(packetsOf([...login(false), ...refusedCopy(false)]));
    const context = vm.createContext({ TextDecoder, TextEncoder, file });
    vm.runInContext(code, context);
    const text = vm.runInContext(
      "Array.from(codec.renderCapture(codec.explainCapture(file))).join('\\n')", context);
    expect(text).toContain('Command 1: EXTENDED COPY(LID1), connection 1, LUN 0');
  });
});
