import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addCartridge } from '../../../src/app/commands/cartridge.ts';
import { NodeFiles } from '../../../src/io/files.ts';
import { SystemRandom } from '../../../src/io/random.ts';
import { Cartridge } from '../../../src/media/cartridge.ts';

let folder = '';
let out: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'exchange-'));
  out = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

async function run(...args: readonly string[]): Promise<void> {
  const program = new Command().exitOverride();
  addCartridge(program, {
    out: (line) => out.push(line), note: () => {}, status: () => {}, clearStatus: () => {},
    isInteractive: false, columns: 80,
  });
  await program.parseAsync(['cartridge', ...args], { from: 'user' });
}

const image = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const TAPE = image('03000000 61626300 03000000 00000000 02000000 6869 02000000 00000000 00000000');

it('imports an image, and exports the same bytes', async () => {
  writeFileSync(at('a.tap'), TAPE);
  await run('import', at('tapes/A1'), at('a.tap'), '--capacity', '2M');
  expect(out.join()).toContain('Made cartridge A1');
  expect(out.join()).toContain('2 records, 3 filemarks');
  await run('export', at('tapes/A1'), at('b.tap'));
  expect(readFileSync(at('b.tap')).equals(TAPE)).toBe(true);
});

it('turns one format into another', async () => {
  writeFileSync(at('a.tap'), TAPE);
  await run('import', at('A1'), at('a.tap'), '--barcode', 'SIX001L8');
  await run('export', at('A1'), at('a.aws'), '--chunk', '2');
  await run('import', at('A2'), at('a.aws'), '--chunk', '2', '--json');
  expect(JSON.parse(out.at(-1)!)).toEqual({
    format: 'aws', barcode: 'A2', recordCount: 2, filemarkCount: 3, payloadBytes: 5,
    oddities: [] });
  await run('export', at('A2'), at('b.tap'), '--json');
  expect(JSON.parse(out.at(-1)!)).toMatchObject({ format: 'simh', imageBytes: TAPE.length });
  expect(readFileSync(at('b.tap')).equals(TAPE)).toBe(true);
});

it('says what an export will not give back', async () => {
  writeFileSync(at('a.tap'), image('00000000 feffffff feffffff'));
  await run('import', at('A1'), at('a.tap'));
  expect(out.join()).toContain('not kept: erase gap, 2 times, first at byte 4');
});

it('leaves nothing behind of an image that is wrong, not even the folders it made', async () => {
  writeFileSync(at('a.tap'), image('00000000 02000000 abcd 03000000'));
  await expect(run('import', at('new/tapes/A1'), at('a.tap'))).rejects.toThrow('at byte 10');
  expect(readdirSync(folder)).toEqual(['a.tap']);
});

it('leaves an empty folder empty if the image is wrong', async () => {
  writeFileSync(at('a.tap'), image('0000'));
  await run('new', at('B1'), '--capacity', '1M');
  await expect(run('import', at('B1'), at('a.tap'))).rejects.toThrow('not empty');
  expect(readdirSync(at('B1'))).toContain('cartridge.json');
});

it('leaves no file behind that an export could not finish', async () => {
  writeFileSync(at('a.tap'), Buffer.concat([
    image('01002000'), Buffer.alloc(0x200002), image('01002000')]));
  await run('import', at('A1'), at('a.tap'));
  await expect(run('export', at('A1'), at('a.het'))).rejects.toThrow('object 0');
  expect(existsSync(at('a.het'))).toBe(false);
});

it('does not write over a file', async () => {
  writeFileSync(at('a.tap'), TAPE);
  await run('import', at('A1'), at('a.tap'));
  await expect(run('export', at('A1'), at('a.tap'))).rejects.toThrow('exists already');
  expect(readFileSync(at('a.tap')).equals(TAPE)).toBe(true);
});

it('exports one partition, which must be there', async () => {
  await run('new', at('P1'), '--capacity', '4M', '--worm');
  const cartridge = await Cartridge.open(new NodeFiles(), new SystemRandom(), at('P1'));
  expect(cartridge.label.worm).toBe(true);
  await cartridge.format([2 ** 20, 2 ** 20]);
  cartridge.selectPartition(1);
  cartridge.appendFilemarks(1);
  await cartridge.close();
  await run('export', at('P1'), at('a.tap'), '--partition', '1');
  expect(readFileSync(at('a.tap')).toString('hex')).toBe('00000000');
  await run('export', at('P1'), at('b.tap'));
  expect(readFileSync(at('b.tap'))).toHaveLength(0);
  await expect(run('export', at('P1'), at('c.tap'), '--partition', '2'))
    .rejects.toThrow('Cannot export partition \'2\': the cartridge has 2');
});

it('asks for the format that a name does not tell', async () => {
  writeFileSync(at('a.bin'), TAPE);
  await expect(run('import', at('A1'), at('a.bin'))).rejects.toThrow('give --format');
  await run('import', at('A1'), at('a.bin'), '--format', 'simh');
  await expect(run('import', at('A2'), at('a.bin'), '--format', 'simh', '--chunk', '0'))
    .rejects.toThrow('1 to 65535');
});

it('makes cartridges of a generation of LTO', async () => {
  await run('new', at('L5'), '--capacity', '1M', '--generation', '5');
  await run('show', at('L5'), '--json');
  expect(JSON.parse(out.at(-1)!)).toMatchObject({ densityCode: 0x58 });
  await expect(run('new', at('L10'), '--capacity', '1M', '--generation', '10'))
    .rejects.toThrow('\'10\': it is not from 1 to 9');
});
