/** A whole target on files that forget what was not synced, whose power is cut at any moment. */
import { describe, expect, it } from 'vitest';
import { Cartridge } from '../../src/media/cartridge.ts';
import { checkCartridge } from '../../src/media/check.ts';
import { mayBeLeft, type State, stateOf } from '../media/tape-worker.ts';
import { type CrashOptions, CrashFiles, PowerCut } from '../support/crash-files.ts';
import { Assembled, diskConfig, tapeConfig } from '../support/e2e-assembled.ts';
import { DiskBlocks, DiskWork } from '../support/e2e-disk-work.ts';
import { pattern } from '../support/e2e-lists.ts';
import { TapeWork } from '../support/e2e-tape-work.ts';
import { between, seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';

const SOURCE_BYTES = 128 * 1024;
const DISK_BYTES = 64 * 1024;
const CAPACITY_BYTES = 1024 * 1024;
const TAPE_LUN = 2;
/** Of each seed. */
const CUTS = 4;

const isPowerCut = (error: unknown): boolean =>
  error instanceof PowerCut || error instanceof Error && isPowerCut(error.cause);

function isOff(files: CrashFiles): boolean {
  try {
    files.assertPower();
    return false;
  } catch {
    return true;
  }
}

/** A machine with a target on it, and what the target has promised. */
class Machine {
  readonly #random: () => number;
  readonly #source: Uint8Array;
  readonly #disk = new DiskBlocks(new Uint8Array(DISK_BYTES));
  #files: CrashFiles;
  #tape: readonly State[] = [[]];
  #usedBytes = 0;

  constructor(random: () => number, options: Partial<CrashOptions>) {
    this.#random = random;
    this.#source = pattern(between(random, 1, 1 << 20), SOURCE_BYTES);
    this.#files = new CrashFiles({ ...options, random });
  }

  async makeImages(): Promise<void> {
    const images = [['/source', this.#source], ['/disk', new Uint8Array(DISK_BYTES)]] as const;
    for (const [path, bytes] of images) {
      const image = await this.#files.open(path, 'create');
      await image.write(bytes, 0);
      await image.sync();
      await image.close();
    }
    await this.#files.syncFolder('/');
  }

  /** Works until the power goes out. */
  async workUntilCut(): Promise<void> {
    this.#files.cutAfter(between(this.#random, 1, 120));
    let target: Assembled | undefined;
    try {
      const random = randomFrom(this.#random);
      target = await Assembled.open({ files: this.#files, random }, [
        diskConfig('source', '/source'), diskConfig('disk', '/disk'),
        tapeConfig('tape', '/tape', CAPACITY_BYTES)]);
      await this.#work(target);
    } catch (error) {
      if (!isPowerCut(error)) throw error;
    }
    await target?.close().catch((error: unknown) => {
      if (!isPowerCut(error)) throw error;
    });
  }

  async #work(target: Assembled): Promise<void> {
    const client = target.client();
    const [sourceNaa, naa, tapeNaa] = [
      await client.naa(0), await client.naa(1), await client.naa(TAPE_LUN)];
    await client.must(TAPE_LUN, '00 00 00 00 00 00'); // who writes at once is taken for lost
    const common = { client, random: this.#random };
    const tape = new TapeWork({ ...common, tapeLun: TAPE_LUN, disk: this.#source,
      diskNaa: sourceNaa, tapeNaa, bytesMax: 60_000, capacityBytes: CAPACITY_BYTES },
      this.#tape.at(-1)!, this.#usedBytes);
    const disk = new DiskWork(
      { ...common, lun: 1, naa, source: this.#source, sourceNaa }, this.#disk);
    while (!isOff(this.#files)) {
      const answers = await Promise.all([tape.work(), disk.work()]);
      this.#tape = tape.states;
      const strange = answers.filter(({ told }) => told !== 'good');
      if (strange.length > 0 && !isOff(this.#files)) throw new Error(JSON.stringify(strange));
    }
  }

  /** Starts again, and fails if something is not there that was promised. */
  async restart(): Promise<void> {
    const wasPowerCut = this.#random() < 0.8;
    this.#files = wasPowerCut ? this.#files.powerCut() : this.#files.kill();
    expect(this.#disk.restart(await this.#bytesOf('/disk'), wasPowerCut)).toEqual([]);
    if (!await this.#files.exists('/tape/cartridge.json')) {
      expect(this.#tape).toEqual([[]]);
      return;
    }
    const cartridge = await Cartridge.open(this.#files, randomFrom(seeded(1)), '/tape');
    expect(cartridge.openReport.damage).toEqual([]);
    const found = await stateOf(cartridge);
    if (!mayBeLeft(found, this.#tape)) {
      throw new Error(`${found.length} objects are not what was acknowledged and a first part of `
        + `the rest: ${this.#tape.map((state) => state.length)}`);
    }
    expect((await checkCartridge(cartridge)).problems).toEqual([]);
    this.#usedBytes = cartridge.usedBytes;
    await cartridge.close();
    this.#tape = [found];
  }

  async #bytesOf(path: string): Promise<Uint8Array> {
    const file = await this.#files.open(path, 'read');
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    await file.close();
    return bytes;
  }
}

/** The seeds in a range at which a promise is broken, with what was seen. */
async function broken(from: number, to: number, options: Partial<CrashOptions> = {}) {
  const found: string[] = [];
  for (let seed = from; seed < to; seed += 1) {
    const machine = new Machine(seeded(seed), options);
    try {
      await machine.makeImages();
      for (let cut = 0; cut < CUTS; cut += 1) {
        await machine.workUntilCut();
        await machine.restart();
      }
    } catch (error) {
      found.push(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  return found;
}

describe('a target whose power is cut', () => {
  it.each([0, 50, 100, 150, 200])(
    'has kept what it acknowledged on tape and disk: 50 seeds from %i, each cut 4 times',
    async (seed) => {
      expect(await broken(seed, seed + 50)).toEqual([]);
    });

  it.each([
    ['the tape\'s data', (path: string) => path === '/tape/data'],
    ['the tape\'s index', (path: string) => path === '/tape/index'],
    ['the disk', (path: string) => path === '/disk'],
  ])('would lose it without the sync of %s', async (_, ignoresSync) => {
    expect(await broken(0, 12, { ignoresSync })).not.toEqual([]);
  });
});
