import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addMagazine } from '../../../src/app/commands/magazine.ts';
import { NodeFiles } from '../../../src/io/files.ts';
import { SystemRandom } from '../../../src/io/random.ts';
import { Cartridge } from '../../../src/media/cartridge.ts';
import { Magazine } from '../../../src/media/magazine.ts';

let folder = '';
let out: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serverfree-magazine-'));
  out = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

const library = (): string => join(folder, 'lib');

async function run(...args: readonly string[]): Promise<void> {
  const program = new Command().exitOverride();
  addMagazine(program, {
    out: (line) => out.push(line), note: () => {}, status: () => {}, clearStatus: () => {},
    isInteractive: false, columns: 80,
  });
  await program.parseAsync(['magazine', ...args], { from: 'user' });
}

const made = (): Promise<void> => run('new', library(), '--drives', '1', '--slots', '3',
  '--ie', '1', '--cartridges', '2', '--capacity', '2M');

it('makes a magazine with blank cartridges, and shows it', async () => {
  await made();
  expect(out.pop()).toBe(`Made magazine ${library()}: 3 slots, 2 cartridges`);
  await run('show', library());
  expect(out).toEqual([
    '3 slots, 1 mail slots, 1 drives', 'slot1  LI0001L8  LI0001L8', 'slot2  LI0002L8  LI0002L8']);
});

it('moves a cartridge, and tells machines where it is', async () => {
  await made();
  await run('move', library(), 'slot1', 'drive0');
  await run('move', library(), 'slot2', 'mail1');
  await run('show', library(), '--json');
  expect(JSON.parse(out.at(-1)!)).toMatchObject({
    slots: 3, mailSlots: 1, drives: 1, cartridges: [
      { element: 'mail1', barcode: 'LI0002L8', folder: 'LI0002L8', source: 'slot2' },
      { element: 'drive0', barcode: 'LI0001L8', folder: 'LI0001L8', source: 'slot1' }] });
});

it('takes in cartridges that are there already, and those that come later', async () => {
  const make = (name: string) => Cartridge.create(new NodeFiles(), new SystemRandom(),
    join(library(), name), { barcode: name, capacityBytes: 1 << 20 });
  await make('OLD');
  await made();
  await make('NEW');
  await run('show', library());
  expect(out.slice(2).map((line) => line.split(/ +/).slice(0, 2))).toEqual(
    [['slot1', 'LI0001L8'], ['slot2', 'LI0002L8'], ['slot3', 'OLD'], ['mail1', 'NEW']]);
});

it.each([
  ['an empty slot', ['move', 'slot3', 'drive0'], 'Cannot move a cartridge from slot3: it is empty'],
  ['into a full one', ['move', 'slot1', 'slot2'], 'Cannot move a cartridge to slot2: it is full'],
  ['what is no element', ['move', 'slot1', 'slot4'],
    "Cannot use element 'slot4': write slot1 to slot3, mail1 to mail1, drive0 to drive0"],
  ['a second time', ['new'], 'there is one already'],
])('refuses %s', async (_name, [command, ...rest], message) => {
  await made();
  await expect(run(command!, library(), ...rest)).rejects.toThrow(message);
});

it('refuses counts that are none, and a folder that is no magazine', async () => {
  await expect(run('new', library(), '--slots', 'many')).rejects.toThrow("'many' is no count");
  await expect(run('show', folder)).rejects.toThrow('it has no magazine.json');
});

it('leaves a magazine alone that is in use', async () => {
  await made();
  const magazine = await Magazine.open(new NodeFiles(), new SystemRandom(), library());
  await expect(run('show', library())).rejects.toThrow('it is in use');
  await magazine.close();
});
