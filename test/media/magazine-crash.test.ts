import { describe, expect, it } from 'vitest';
import { Cartridge } from '../../src/media/cartridge.ts';
import type { Contents, Move } from '../../src/media/magazine-contents.ts';
import { type ElementName, elementsOf } from '../../src/media/magazine-elements.ts';
import { Magazine } from '../../src/media/magazine.ts';
import { CrashFiles, type CrashOptions, PowerCut } from '../support/crash-files.ts';
import { between, pick, seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';

const LAYOUT = { slots: 4, mailSlots: 1, drives: 2 };
const BARCODES = ['A', 'B', 'C'];
const ELEMENTS = (['slot', 'mail', 'drive'] as const).flatMap((kind) => elementsOf(LAYOUT, kind));
/** Of each seed. */
const CUTS = 6;

const textOf = (contents: Contents): string => JSON.stringify([...contents]
  .map(([element, { barcode, source }]) => [barcode, element, source ?? '']).sort());

/** A move, or an exchange, that can be made. */
function anyMoves(random: () => number, contents: Contents): Move[] {
  const full = [...contents.keys()];
  const free = ELEMENTS.filter((element) => !contents.has(element));
  const from = pick(random, full);
  const first = pick(random, full.filter((one) => one !== from));
  return random() < 0.5 ? [{ from, to: pick(random, free) }]
    : [{ from, to: first }, { from: first, to: random() < 0.5 ? from : pick(random, free) }];
}

/** Moves cartridges until the power goes out, over and over; throws at a broken promise. */
async function torture(seed: number, options: Partial<CrashOptions> = {}): Promise<void> {
  const random = seeded(seed);
  const open = (files: CrashFiles): Promise<Magazine> => Magazine.open(
    files, randomFrom(random), '/a/lib', { layout: LAYOUT,
      blanks: BARCODES.map((barcode) => ({ barcode, capacityBytes: 1024 * 1024 })) });
  let files = new CrashFiles({ ...options, random });
  /** What may be found after a cut: what was acknowledged last, and what was under way. */
  let promised: string[] | undefined;
  for (let cut = 0; cut < CUTS; cut += 1) {
    files.cutAfter(between(random, 1, cut === 0 ? 60 : 20));
    try {
      const magazine = await open(files);
      promised = verified(magazine.contents, promised);
      for (;;) {
        const moves = anyMoves(random, magazine.contents);
        promised = [textOf(magazine.contents), after(magazine.contents, moves)];
        await magazine.move(moves);
        promised = [textOf(magazine.contents)];
      }
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    files = random() < 0.8 ? files.powerCut() : files.kill();
  }
  verified((await open(files)).contents, promised);
}

/** Each cartridge is in one element, and where it was promised to be. */
function verified(contents: Contents, promised: readonly string[] | undefined): string[] {
  expect([...contents.values()].map(({ barcode }) => barcode).sort()).toEqual(BARCODES);
  const found = textOf(contents);
  if (promised !== undefined) expect(promised).toContain(found);
  return [found];
}

/** What moves lead to, by the words of the standard and not by the code under test. */
function after(contents: Contents, moves: readonly Move[]): string {
  const left = [...contents].filter(([element]) => moves.every(({ from }) => from !== element))
    .map(([element, { barcode, source }]) => [barcode, element, source ?? '']);
  const carried = moves.map(({ from, to }): [string, ElementName, string] => {
    const { barcode, source } = contents.get(from)!;
    return [barcode, to, from.startsWith('drive') ? source ?? '' : from];
  });
  return JSON.stringify([...left, ...carried].sort());
}

async function broken(count: number, options: Partial<CrashOptions> = {}): Promise<string[]> {
  const found: string[] = [];
  for (let seed = 0; seed < count; seed += 1) {
    try {
      await torture(seed, options);
    } catch (error) {
      found.push(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  return found;
}

describe('a magazine whose power is cut', () => {
  it('has every cartridge once, where the last move has put it: 200 seeds, each cut 6 times',
    async () => {
      expect(await broken(200)).toEqual([]);
    });

  it.each([
    ['what it keeps', (path: string) => path.endsWith('magazine.json')],
    ['its folder', (path: string) => path === '/a/lib'],
    ['the folder above', (path: string) => path === '/a'],
  ])('would not without the sync of %s', async (_name, ignoresSync) => {
    expect(await broken(40, { ignoresSync })).not.toEqual([]);
  });

  it('has a cartridge once that came in while it looked: 60 seeds', async () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const random = seeded(seed);
      let files = new CrashFiles({ random });
      const open = (options = {}): Promise<Magazine> =>
        Magazine.open(files, randomFrom(random), '/lib', options);
      const magazine = await open({ layout: LAYOUT, blanks: [] });
      await Cartridge.create(files, randomFrom(random), '/lib/D',
        { barcode: 'D', capacityBytes: 1024 * 1024 });
      await files.syncFolder('/lib');
      files.cutAfter(between(random, 1, 8));
      await magazine.rescan(['mail1', 'slot1']).catch((error: unknown) => {
        if (!(error instanceof PowerCut)) throw error;
      });
      files = random() < 0.8 ? files.powerCut() : files.kill();
      const found = await open();
      const places = [...found.contents].map(([element, { barcode }]) => [element, barcode]);
      expect(places).toEqual([[expect.stringMatching(/^(?:mail1|slot1)$/), 'D']]);
      await found.close();
      expect(textOf((await open()).contents)).toBe(textOf(found.contents));
    }
  });
});
