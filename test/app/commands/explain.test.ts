import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addExplain } from '../../../src/app/commands/explain.ts';
import type { Terminal } from '../../../src/app/terminal.ts';
import { UserError } from '../../../src/app/user-error.ts';
import { FORMATS, formatById } from '../../../src/explain/registry.ts';

let folder = '';
let out: string[] = [];
let notes: string[] = [];

const terminal: Terminal = {
  out: (line) => out.push(line), note: (line) => notes.push(line),
  status: () => {}, clearStatus: () => {}, isInteractive: false, columns: 80,
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'));
  out = [];
  notes = [];
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

/** Runs a command on a file with this content; returns the exit status it asks for. */
async function run(
  command: string, content: string | Uint8Array, ...flags: string[]): Promise<number> {
  const path = join(folder, 'input');
  writeFileSync(path, content);
  const program = new Command().exitOverride();
  addExplain(program, terminal);
  await program.parseAsync([command, path, ...flags], { from: 'user' });
  const status = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return status;
}

const GOOD = '11 00 0008 0000 0001 01 FFFFFE';
const RESERVED = '11 80 0008 0000 0001 01 FFFFFE';
const NOTE = 'E4 80 0000 01 03 00 10 60014055EA1AB1000004000800000000 00000000 00 000200';

describe('explain', () => {
  it('prints fields of hex and of binary alike', async () => {
    expect(await run('explain', GOOD)).toBe(0);
    const text = out.join('\n');
    expect(text).toMatch(/^Space segment \(12 bytes, SPC-/m);
    expect(text).toMatch(/0009h +FFFFFE +COUNT +-2$/m);
    out = [];
    await run('explain', Uint8Array.of(0x11, 0, 0, 8, 0, 0, 0, 1, 1, 0xff, 0xff, 0xfe));
    expect(out.join('\n')).toBe(text);
  });

  it('prints JSON', async () => {
    await run('explain', GOOD, '--json');
    const value = JSON.parse(out.join('\n')) as { format: string; fields: { name: string }[] };
    expect(value.format).toBe('copy/space');
    expect(value.fields.map(({ name }) => name)).toContain('COUNT');
  });

  it('lists what it knows', async () => {
    await run('explain', '', '--list');
    expect(out).toHaveLength(FORMATS.length);
    expect(out.find((line) => line.startsWith('copy/space '))).toMatch(/SPC-\d [\d.]+$/);
  });

  it('explains as it is told', async () => {
    await run('explain', '04 000200', '--as', 'copy/block-device-parameters');
    expect(out.join('\n')).toMatch(/DISK BLOCK LENGTH +512 bytes/);
  });

  it('takes a file that could be text for bytes if it is told', async () => {
    await run('explain', 'abcd', '--binary', '--as', 'copy/block-device-parameters');
    expect(out.join('\n')).toMatch(/DISK BLOCK LENGTH +6447972 bytes/);
  });

  it('says in one line what it cannot do', async () => {
    await expect(run('explain', 'zz')).rejects.toThrow(UserError);
    await expect(run('explain', 'FFFFFFFF')).rejects.toThrow('name it with --as');
    await expect(run('explain', GOOD, '--as', 'copy/none')).rejects.toThrow('no such format');
    rmSync(folder, { recursive: true });
    const program = new Command().exitOverride();
    addExplain(program, terminal);
    await expect(program.parseAsync(['explain', join(folder, 'gone')], { from: 'user' }))
      .rejects.toThrow(/^Cannot read .*gone: there is no such file$/);
    folder = mkdtempSync(join(tmpdir(), 'explain-'));
  });
});

describe('lint', () => {
  it('is silent and content with good bytes', async () => {
    expect(await run('lint', GOOD)).toBe(0);
    expect(out).toEqual([]);
  });

  it('ends with 1 for a warning', async () => {
    expect(await run('lint', RESERVED)).toBe(1);
    expect(out).toEqual(['warning 0001h.7 reserved: reserved bits 80h of byte 1 are set; write 00h '
      + `(${formatById('copy/space')!.source})`]);
  });

  it('prints a note, which does not count', async () => {
    expect(await run('lint', NOTE)).toBe(0);
    expect(out).toHaveLength(1);
    expect(out[0]).toMatch(/^note 0001h\.7 value: LU ID TYPE/);
  });

  it('prints JSON', async () => {
    expect(await run('lint', RESERVED, '--json')).toBe(1);
    expect(JSON.parse(out.join('\n'))).toMatchObject([
      { at: 1, bit: 7, rule: 'reserved', severity: 'warning' }]);
  });
});
