import { describe, expect, it } from 'vitest';
import { Cartridge } from '../../src/media/cartridge.ts';
import { Magazine } from '../../src/media/magazine.ts';
import type { MagazineOptions } from '../../src/media/magazine-files.ts';
import { elementNamed, elementsOf } from '../../src/media/magazine-elements.ts';
import type { Files } from '../../src/ports/files.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';

const MIB = 1024 * 1024;
const LAYOUT = { slots: 4, mailSlots: 1, drives: 2 };
const random = randomFrom(seeded(11));

const blank = (barcode: string) => ({ barcode, capacityBytes: MIB });
const open = (files: Files, options: MagazineOptions = { blanks: [] }): Promise<Magazine> =>
  Magazine.open(files, random, '/lib', { layout: LAYOUT, ...options });
const withBlanks = (...barcodes: string[]): MagazineOptions => ({ blanks: barcodes.map(blank) });

/** Barcodes by element. */
const barcodes = ({ contents }: Magazine): Record<string, string> =>
  Object.fromEntries([...contents].map(([element, { barcode }]) => [element, barcode]));

/** Replaces a file's text. */
async function edit(files: Files, path: string, change: (text: string) => string): Promise<void> {
  const text = change(new TextDecoder().decode(await files.readFile(path)));
  await files.replaceFile(path, new TextEncoder().encode(text));
}

describe('a magazine', () => {
  it('is made with blank cartridges, in slots', async () => {
    const magazine = await open(memoryFiles(), withBlanks('A00001L8', 'A00002L8'));
    expect(barcodes(magazine)).toEqual({ slot1: 'A00001L8', slot2: 'A00002L8' });
    expect(magazine.layout).toEqual(LAYOUT);
    const cartridge = await magazine.openCartridge('slot1');
    expect(cartridge.label.barcode).toBe('A00001L8');
    await cartridge.close();
  });

  it('is not made unless told to, and not from a folder that is none', async () => {
    await expect(open(memoryFiles(), {})).rejects.toMatchObject({ code: 'notAMedium' });
  });

  it('keeps its names, counts and moves', async () => {
    const files = memoryFiles();
    const first = await open(files, withBlanks('A00001L8', 'A00002L8'));
    const { identity } = first;
    await first.move([{ from: 'slot1', to: 'drive1' }, { from: 'slot2', to: 'slot1' }]);
    await first.close();
    const again = await Magazine.open(files, random, '/lib');
    expect(again.identity).toEqual(identity);
    expect(again.layout).toEqual(LAYOUT);
    expect(barcodes(again)).toEqual({ drive1: 'A00001L8', slot1: 'A00002L8' });
    expect(again.contents.get('drive1')?.source).toBe('slot1');
    expect(again.openReport).toMatchObject({ missing: [], added: [] });
  });

  it('names the last slot as source of what has been in drives', async () => {
    const magazine = await open(memoryFiles(), withBlanks('A00001L8'));
    await magazine.move([{ from: 'slot1', to: 'drive0' }]);
    await magazine.move([{ from: 'drive0', to: 'drive1' }]);
    await magazine.move([{ from: 'drive1', to: 'slot3' }]);
    expect(magazine.contents.get('slot3')).toMatchObject({ source: 'slot1' });
    await magazine.move([{ from: 'slot3', to: 'mail1' }]);
    expect(magazine.contents.get('mail1')).toMatchObject({ source: 'slot3' });
  });

  it('exchanges, in a ring too, and refuses what has no room, changing nothing', async () => {
    const magazine = await open(memoryFiles(), withBlanks('A', 'B', 'C'));
    await magazine.move([{ from: 'slot1', to: 'slot2' }, { from: 'slot2', to: 'slot1' }]);
    expect(barcodes(magazine)).toEqual({ slot1: 'B', slot2: 'A', slot3: 'C' });
    const refused = [
      [{ from: 'slot1', to: 'slot2' }], [{ from: 'slot4', to: 'drive0' }],
      [{ from: 'slot1', to: 'drive0' }, { from: 'slot2', to: 'drive0' }],
      [{ from: 'slot1', to: 'drive0' }, { from: 'slot1', to: 'drive1' }],
    ] as const;
    for (const moves of refused) await expect(magazine.move(moves)).rejects.toThrow(RangeError);
    expect(barcodes(magazine)).toEqual({ slot1: 'B', slot2: 'A', slot3: 'C' });
  });

  it('is locked while it is open', async () => {
    const files = memoryFiles();
    const magazine = await open(files);
    await expect(open(files)).rejects.toMatchObject({ code: 'inUse' });
    await magazine.close();
    await (await open(files)).close();
  });
});

describe('cartridges that come and go', () => {
  it('get a free slot, then a mail slot; then there is no room', async () => {
    const files = memoryFiles();
    await (await open(files, withBlanks('A', 'B', 'C'))).close();
    for (const one of ['D', 'E']) await Cartridge.create(files, random, `/lib/${one}`, blank(one));
    const magazine = await open(files);
    expect(barcodes(magazine)).toEqual(
      { slot1: 'A', slot2: 'B', slot3: 'C', slot4: 'D', mail1: 'E' });
    expect(magazine.openReport.added).toEqual(['slot4', 'mail1']);
    await magazine.close();
    await Cartridge.create(files, random, '/lib/F', blank('F'));
    await expect(open(files)).rejects.toThrow('no slot is left for F; give it more slots');
    expect(barcodes(await open(files, { layout: { slots: 5 } }))).toMatchObject({ slot5: 'F' });
  });

  it('leave their element empty', async () => {
    const files = memoryFiles();
    await (await open(files, withBlanks('A', 'B'))).close();
    for (const name of ['data', 'index', 'cartridge.json']) await files.remove(`/lib/A/${name}`);
    const magazine = await open(files);
    expect(barcodes(magazine)).toEqual({ slot2: 'B' });
    expect(magazine.openReport.missing).toEqual(['slot1']);
  });

  it('are found while it is open, and what is in a drive stays', async () => {
    const files = memoryFiles();
    const magazine = await open(files, withBlanks('A', 'B'));
    await magazine.move([{ from: 'slot1', to: 'drive0' }]);
    await Cartridge.create(files, random, '/lib/C', blank('C'));
    for (const one of ['A', 'B']) await files.remove(`/lib/${one}/cartridge.json`);
    const report = await magazine.rescan(['mail1', 'slot1']);
    expect(report).toMatchObject({ added: ['mail1'], missing: ['slot2'], homeless: [] });
    expect(barcodes(magazine)).toEqual({ drive0: 'A', mail1: 'C' });
    await Cartridge.create(files, random, '/lib/D', blank('D'));
    expect(await magazine.rescan(['mail1'])).toMatchObject(
      { added: [], homeless: [{ folder: 'D' }] });
  });

  it('are known by their names when their folders have changed places', async () => {
    const files = memoryFiles();
    await (await open(files, withBlanks('A', 'B'))).close();
    const [a, b] = [await files.readFile('/lib/A/cartridge.json'),
      await files.readFile('/lib/B/cartridge.json')];
    await files.replaceFile('/lib/A/cartridge.json', b);
    await files.replaceFile('/lib/B/cartridge.json', a);
    const magazine = await open(files);
    expect(barcodes(magazine)).toEqual({ slot1: 'A', slot2: 'B' });
    expect(magazine.contents.get('slot1')?.folder).toBe('B');
  });

  it('stay where they are if their label is damaged, or shows another identity', async () => {
    const files = memoryFiles();
    await (await open(files, withBlanks('A', 'B'))).close();
    await edit(files, '/lib/A/cartridge.json', () => '{');
    await edit(files, '/lib/B/cartridge.json',
      (text) => text.replace(/"naa": "3.{15}"/, '"naa": "3000000000000000"'));
    const magazine = await open(files);
    expect(barcodes(magazine)).toEqual({ slot1: '', slot2: 'B' });
    await expect(magazine.openCartridge('slot1')).rejects.toMatchObject({ code: 'damaged' });
  });

  it('find another element if theirs is no more', async () => {
    const files = memoryFiles();
    const magazine = await open(files, withBlanks('A', 'B'));
    await magazine.move([{ from: 'slot2', to: 'slot4' }, { from: 'slot1', to: 'drive1' }]);
    await magazine.close();
    const less = await open(files, { layout: { slots: 2, drives: 1 } });
    expect(barcodes(less)).toEqual({ slot1: 'A', slot2: 'B' });
  });
});

describe('what a magazine refuses', () => {
  it.each([
    ['no slots', { slots: 0 }], ['no drives', { drives: 0 }],
    ['too many slots', { slots: 2001 }], ['half a mail slot', { mailSlots: 0.5 }],
  ])('%s', async (_name, layout) => {
    await expect(open(memoryFiles(), { layout, blanks: [] }))
      .rejects.toMatchObject({ code: 'invalid' });
  });

  it.each([
    ['no JSON', () => '[', 'damaged'],
    ['another format', (text: string) => text.replace('magazine"', 'disk"'), 'damaged'],
    ['a later version', (text: string) => text.replace('"version": 1', '"version": 2'),
      'notAMedium'],
    ['an element that cannot be', (text: string) => text.replace('"slot1"', '"shelf1"'), 'damaged'],
    ['counts that cannot be', (text: string) => text.replace('"slots": 4', '"slots": 0'),
      'invalid'],
  ])('a file with %s, and lets go of the lock', async (_name, change, code) => {
    const files = memoryFiles();
    await (await open(files, withBlanks('A'))).close();
    await edit(files, '/lib/magazine.json', change);
    await expect(Magazine.open(files, random, '/lib')).rejects.toMatchObject({ code });
    await expect(Magazine.open(files, random, '/lib')).rejects.toMatchObject({ code });
  });
});

describe('names of elements', () => {
  it.each(['slot1', 'slot4', 'mail1', 'drive0', 'drive1'])('has %s', (name) => {
    expect(elementNamed(LAYOUT, name)).toBe(name);
  });

  it.each(['slot0', 'slot5', 'slot01', 'mail2', 'drive2', 'Slot1', 'slot', '', 'slot1 '])(
    'has no %s', (name) => {
      expect(elementNamed(LAYOUT, name)).toBeUndefined();
    });

  it('counts drives from 0, the others from 1', () => {
    expect(elementsOf(LAYOUT, 'drive')).toEqual(['drive0', 'drive1']);
    expect(elementsOf(LAYOUT, 'mail')).toEqual(['mail1']);
  });
});
