/** A whole target with a changer, whose power is cut at any moment. */
import { describe, expect, it } from 'vitest';
import { Magazine } from '../../src/media/magazine.ts';
import { CrashFiles, type CrashOptions, PowerCut } from '../support/crash-files.ts';
import { ADDRESS, ChangerClient, changerConfig } from '../support/e2e-changer.ts';
import { Assembled } from '../support/e2e-assembled.ts';
import type { Client } from '../support/e2e-client.ts';
import { between, pick, seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';

const { drive: DRIVE, slot: SLOT, mail: MAIL } = ADDRESS;
const ELEMENTS = [DRIVE, DRIVE + 1, MAIL, SLOT, SLOT + 1, SLOT + 2, SLOT + 3];
const BARCODES = ['LI0001L8', 'LI0002L8', 'LI0003L8'];
const [CHANGER, FIRST_DRIVE] = [0, 1];
/** Of each seed. */
const CUTS = 4;

const isPowerCut = (error: unknown): boolean =>
  error instanceof PowerCut || error instanceof Error && isPowerCut(error.cause);

/** Barcodes by element address. */
type Places = Readonly<Record<number, string>>;

/** A machine with a library, and what the library has promised. */
class Machine {
  readonly #random: () => number;
  #files: CrashFiles;
  /** Where cartridges may be found after a cut. */
  #places: readonly Places[] | undefined;
  /** Records on each cartridge: those acknowledged as durable, or one more. */
  readonly #records = new Map<string, readonly number[]>(BARCODES.map((one) => [one, [0]]));

  constructor(random: () => number, options: Partial<CrashOptions>) {
    this.#random = random;
    this.#files = new CrashFiles({ ...options, random });
  }

  async workUntilCut(operationsMax: number): Promise<void> {
    this.#files.cutAfter(between(this.#random, 1, operationsMax));
    let target: Assembled | undefined;
    try {
      target = await Assembled.open(
        { files: this.#files, random: randomFrom(this.#random) }, [changerConfig('lib', '/lib')]);
      await this.#work(target.client());
    } catch (error) {
      if (!isPowerCut(error)) throw error;
    }
    await target?.close().catch((error: unknown) => {
      if (!isPowerCut(error)) throw error;
    });
  }

  async #work(client: Client): Promise<void> {
    const changer = new ChangerClient(client, CHANGER);
    for (;;) {
      const places = Object.fromEntries(
        [...await changer.holdings()].map(([address, { barcode }]) => [address, barcode]));
      this.#expectPlaces(places);
      const loaded = [0, 1].filter((index) => places[DRIVE + index] !== undefined);
      if (loaded.length > 0 && this.#random() < 0.4) {
        const index = pick(this.#random, loaded);
        if (!await this.#write(client, FIRST_DRIVE + index, places[DRIVE + index]!)) return;
      } else if (!await this.#move(changer, places)) return;
    }
  }

  /** Appends a record, durably. Returns false when the power is off. */
  async #write(client: Client, lun: number, barcode: string): Promise<boolean> {
    const [before] = this.#records.get(barcode)!;
    await client.must(lun, '11 03 000000 00');
    this.#records.set(barcode, [before!, before! + 1]);
    const written = [
      await client.send(lun, '0A 00 000008 00', { out: new TextEncoder().encode(barcode) }),
      await client.send(lun, '10 00 000000 00')];
    if (written.some(({ told }) => told !== 'good')) return this.#isOn();
    this.#records.set(barcode, [before! + 1]);
    return true;
  }

  /** A move, or an exchange. Returns false when the power is off. */
  async #move(changer: ChangerClient, places: Places): Promise<boolean> {
    const full = Object.keys(places).map(Number);
    const from = pick(this.#random, full);
    const other = pick(this.#random, ELEMENTS.filter((one) => one !== from));
    const after: Record<number, string> = { ...places, [other]: places[from]! };
    if (places[other] === undefined) delete after[from];
    else after[from] = places[other];
    this.#places = [places, after];
    const { told } = places[other] === undefined ? await changer.move(from, other)
      : await changer.exchange(from, other, from);
    if (told !== 'good') return this.#isOn();
    this.#places = [after];
    return true;
  }

  /** A command has failed, which only a power cut explains. */
  #isOn(): boolean {
    try {
      this.#files.assertPower();
    } catch {
      return false;
    }
    throw new Error('A command failed, and the power is on');
  }

  #expectPlaces(places: Places): void {
    expect(Object.values(places).sort()).toEqual(BARCODES);
    if (this.#places !== undefined) expect(this.#places).toContainEqual(places);
    this.#places = [places];
  }

  /** Starts again, and fails if something is not there that was promised. */
  async restart(): Promise<void> {
    this.#files = this.#random() < 0.8 ? this.#files.powerCut() : this.#files.kill();
    if (!await this.#files.exists('/lib/magazine.json')) {
      expect(this.#places).toBeUndefined();
      return;
    }
    const magazine = await Magazine.open(this.#files, randomFrom(this.#random), '/lib');
    expect([...magazine.contents.values()].map(({ barcode }) => barcode).sort())
      .toEqual(BARCODES);
    for (const [element, { barcode }] of magazine.contents) {
      const cartridge = await magazine.openCartridge(element);
      expect(this.#records.get(barcode)).toContain(cartridge.endOfData);
      this.#records.set(barcode, [cartridge.endOfData]);
      await cartridge.close();
    }
    await magazine.close();
  }
}

/** The seeds at which a promise is broken, with what was seen. */
async function broken(
  from: number, to: number, options: Partial<CrashOptions> = {}): Promise<string[]> {
  const found: string[] = [];
  for (let seed = from; seed < to; seed += 1) {
    const machine = new Machine(seeded(seed), options);
    try {
      for (let cut = 0; cut < CUTS; cut += 1) {
        await machine.workUntilCut(cut === 0 ? 120 : 50);
        await machine.restart();
      }
    } catch (error) {
      found.push(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  return found;
}

describe('a library whose power is cut', () => {
  it.each([0, 20, 40, 60])(
    'has every cartridge in one place, with what was written: 20 seeds from %i, each cut 4 times',
    async (seed) => {
      expect(await broken(seed, seed + 20)).toEqual([]);
    });

  it.each([
    ['where cartridges are', (path: string) => path === '/lib/magazine.json'],
    ['what is on a cartridge', (path: string) => path.endsWith('/index')],
  ])('would lose %s without its sync', async (_name, ignoresSync) => {
    expect(await broken(0, 12, { ignoresSync })).not.toEqual([]);
  });
});

