import { describe, expect, it } from 'vitest';
import { Cartridge } from '../../src/media/cartridge.ts';
import { checkCartridge } from '../../src/media/check.ts';
import { MediaError } from '../../src/media/media-error.ts';
import { CrashFiles, PowerCut } from '../support/crash-files.ts';
import type { CrashOptions } from '../support/crash-files.ts';
import { between, seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';
import { mayBeLeft, stateOf, TapeWorker } from './tape-worker.ts';
import type { State } from './tape-worker.ts';

const FOLDER = '/tapes/one';
/** Of each seed: three times 350 are more than a thousand moments. */
const CUTS = 3;

/** Whether the power went out, as the error or what caused it says. */
const isPowerCut = (error: unknown): boolean =>
  error instanceof PowerCut || error instanceof MediaError && isPowerCut(error.cause);

/** Runs `work` until the power goes out in it. */
async function untilPowerCut(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isPowerCut(error)) throw error;
  }
}

/** Cuts the power of a working cartridge some times; throws at the first broken promise. */
async function tortureCartridge(seed: number, options: Partial<CrashOptions> = {}): Promise<void> {
  const random = seeded(seed);
  let files = new CrashFiles({ ...options, random });
  await Cartridge.create(files, randomFrom(random), FOLDER, {
    barcode: 'T', capacityBytes: between(random, 1, 3) * 1024 * 1024,
  });
  let states: State[] = [[]];
  for (let cut = 0; cut < CUTS; cut += 1) {
    files.cutAfter(between(random, 1, 80));
    await untilPowerCut(async () => {
      const cartridge = await Cartridge.open(files, randomFrom(random), FOLDER);
      const worker = new TapeWorker(cartridge, random, await verify(cartridge, states));
      states = worker.states;
      for (;;) await worker.work();
    });
    files = random() < 0.8 ? files.powerCut() : files.kill();
  }
  const cartridge = await Cartridge.open(files, randomFrom(random), FOLDER);
  await verify(cartridge, states);
  await cartridge.close();
}

async function verify(cartridge: Cartridge, states: readonly State[]): Promise<State> {
  expect(cartridge.openReport.damage).toEqual([]);
  const found = await stateOf(cartridge);
  if (!mayBeLeft(found, states)) {
    throw new Error(`${found.length} objects are not what was acknowledged and a first part of `
      + `the rest: ${states.map((state) => state.length)}`);
  }
  expect((await checkCartridge(cartridge)).problems).toEqual([]);
  return found;
}

/** The seeds in a range at which a promise is broken, with what was seen. */
async function broken(from: number, to: number, options?: Partial<CrashOptions>) {
  const found: string[] = [];
  for (let seed = from; seed < to; seed += 1) {
    try {
      await tortureCartridge(seed, options);
    } catch (error) {
      found.push(`seed ${seed}: ${error}`);
    }
  }
  return found;
}

describe('a cartridge whose power is cut', () => {
  it.each([0, 50, 100, 150, 200, 250, 300])(
    'keeps what it acknowledged, and of the rest a first part: 50 seeds from %i',
    async (seed) => {
      expect(await broken(seed, seed + 50)).toEqual([]);
    });

  it('does so where space cannot be given back', async () => {
    expect(await broken(1000, 1020, { canPunch: false })).toEqual([]);
  });

  it.each([
    ['the data', (path: string) => path.endsWith('/data')],
    ['the index', (path: string) => path.endsWith('/index')],
    ['the folder', (path: string) => path === '/tapes/one'],
  ])('would lose it without the sync of %s', async (_, ignoresSync) => {
    expect(await broken(0, 10, { ignoresSync })).not.toEqual([]);
  });

  it('is made wholly, or can be made again', async () => {
    for (let operation = 1; operation <= 12; operation += 1) {
      const random = seeded(operation);
      const files = new CrashFiles({ random });
      const make = (on: CrashFiles) =>
        Cartridge.create(on, randomFrom(random), FOLDER, { barcode: 'T', capacityBytes: 2 ** 20 });
      files.cutAfter(operation);
      await untilPowerCut(() => make(files));
      const after = files.powerCut();
      if (!await after.exists(`${FOLDER}/cartridge.json`)) await make(after);
      expect((await Cartridge.open(after, randomFrom(random), FOLDER)).endOfData).toBe(0);
    }
  });

  it('is there once it was made', async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const random = seeded(seed);
      const files = new CrashFiles({ random });
      await Cartridge.create(files, randomFrom(random), '/a/b/c',
        { barcode: 'T', capacityBytes: 2 ** 20 });
      await Cartridge.open(files.powerCut(), randomFrom(random), '/a/b/c');
    }
  });
});
