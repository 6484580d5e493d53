import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addEncode } from '../../../src/app/commands/encode.ts';
import { addExplain } from '../../../src/app/commands/explain.ts';
import type { Terminal } from '../../../src/app/terminal.ts';
import { UserError } from '../../../src/app/user-error.ts';
import { pcapOf } from '../../support/captures.ts';
import { LIST, login, packetsOf, refusedCopy } from '../../support/iscsi-talk.ts';

let folder = '';
let out: string[] = [];
let written: Uint8Array[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'encode-'));
  [out, written] = [[], []];
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

async function run(
  command: string, content: string | Uint8Array, flags: readonly string[] = [],
  isInteractive = false): Promise<void> {
  const path = join(folder, 'input');
  writeFileSync(path, content);
  const terminal: Terminal = {
    out: (line) => out.push(line), note: () => {}, status: () => {}, clearStatus: () => {},
    isInteractive, columns: 80,
  };
  const program = new Command().exitOverride();
  addEncode(program, terminal, (bytes) => written.push(bytes));
  addExplain(program, terminal);
  await program.parseAsync([command, path, ...flags], { from: 'user' });
}

const SPACE = { format: 'copy/space', destinationCscd: 1, code: 'filemarks', count: -2 };
const TEXT = JSON.stringify(SPACE);
const BYTES = Uint8Array.of(0x11, 0, 0, 8, 0, 0, 0, 1, 1, 0xff, 0xff, 0xfe);
const HEX = '11 00 00 08 00 00 00 01 01 FF FF FE';

it('writes bytes, and hex on a terminal', async () => {
  await run('encode', TEXT);
  expect([out, written]).toEqual([[], [BYTES]]);
  await run('encode', TEXT, [], true);
  expect(out).toEqual([HEX]);
  await run('encode', TEXT, ['--binary'], true);
  expect(written).toEqual([BYTES, BYTES]);
});

it('writes hex, an array of C, or a file if it is told', async () => {
  await run('encode', TEXT, ['--hex']);
  expect(out).toEqual([HEX]);
  out = [];
  await run('encode', TEXT, ['--c']);
  expect(out).toEqual(['const unsigned char bytes[12] = {',
    '  0x11, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x01, 0x01, 0xFF, 0xFF, 0xFE,', '};']);
  const file = join(folder, 'output');
  await run('encode', TEXT, ['-o', file], true);
  expect(new Uint8Array(readFileSync(file))).toEqual(BYTES);
  await run('encode', TEXT, ['-o', file, '--hex']);
  expect(readFileSync(file, 'utf8')).toBe(`${HEX}\n`);
  expect(written).toEqual([]);
});

it('takes the format from the command line where the document has none', async () => {
  const { format: _format, ...fields } = SPACE;
  await run('encode', JSON.stringify(fields), ['--as', 'copy/space', '--hex']);
  expect(out).toEqual([HEX]);
});

it('writes wrong bytes only leniently', async () => {
  const wrong = JSON.stringify({ ...SPACE, length: 9 });
  await expect(run('encode', wrong)).rejects.toThrow(UserError);
  await expect(run('encode', wrong)).rejects.toThrow('$.length: DESCRIPTOR LENGTH is');
  await run('encode', wrong, ['--lenient', '--hex']);
  expect(out).toEqual([HEX.replace('08', '09')]);
});

it('says in one line what it cannot do', async () => {
  await expect(run('encode', '11 00')).rejects.toThrow('it is no JSON document');
  await expect(run('encode', '{ "format"')).rejects.toThrow('Cannot read JSON');
  await expect(run('encode', TEXT, ['--hex', '--c'])).rejects.toThrow('Cannot print two forms');
  await expect(run('encode', TEXT, ['-o', join(folder, 'no', 'file')]))
    .rejects.toThrow('Cannot write');
});

it('brings back what explain prints, of bytes and of a capture', async () => {
  await run('explain', HEX, ['--json']);
  await run('encode', out.join('\n'));
  expect(written).toEqual([BYTES]);
  [out, written] = [[], []];
  await run('explain', pcapOf(packetsOf([...login(false), ...refusedCopy(false)])), ['--json']);
  await run('encode', out.join('\n'));
  expect(written).toHaveLength(3);
  expect(written[1]).toEqual(LIST);
});

it('explains a document, and a capture', async () => {
  await run('explain', TEXT);
  expect(out.join('\n')).toMatch(/COUNT +-2/);
  out = [];
  const capture = pcapOf(packetsOf([...login(false), ...refusedCopy(false)]));
  await run('explain', capture);
  expect(out[0]).toBe('Capture (pcap, 10 frames): 1 iSCSI connection, 1 third-party copy command');
  expect(process.exitCode).toBeUndefined();
  out = [];
  await run('lint', capture.slice(0, -1));
  expect(out[0]).toMatch(/^capture: warning .*capture-cut: the capture is cut off in frame 10/);
  expect(process.exitCode).toBe(1);
});
