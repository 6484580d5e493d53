import type { Cartridge } from '../media/cartridge.ts';
import { type ElementName, elementsOf } from '../media/magazine-elements.ts';
import type { Move } from '../media/magazine-contents.ts';
import type { Magazine } from '../media/magazine.ts';
import type { AdditionalSense } from '../sense/codes.ts';
import { SenseError } from '../sense/sense.ts';
import { FifoLock } from './fifo-lock.ts';
import { isOfFile } from './medium-error.ts';
import type { TapeUnit } from './tape.ts';

/**
 * What carries cartridges between the elements of a magazine, in and out of the drives.
 *
 * ```text
 *   wait for drives ─► open what goes in ─► unload what comes out ─► magazine.move ─► change
 *                                                 (durable)            (durable)
 * ```
 *
 * Up to `magazine.move` a failure leaves everything where it was; what follows it cannot fail.
 */
export class Robot {
  /** One cartridge is carried at a time. */
  readonly lock = new FifoLock();
  readonly magazine: Magazine;
  readonly #drives: ReadonlyMap<ElementName, TapeUnit>;

  /** The drives in the order of their elements, each with what the magazine has in it. */
  constructor(magazine: Magazine, drives: readonly TapeUnit[]) {
    this.magazine = magazine;
    this.#drives = new Map(
      elementsOf(magazine.layout, 'drive').map((name, i) => [name, drives[i]!])); // as many
  }

  /** The tape drive that an element is; undefined for slots. */
  drive(element: ElementName): TapeUnit | undefined {
    return this.#drives.get(element);
  }

  /**
   * Carries cartridges, all at once; with the lock held, from full elements to free ones.
   *
   * Throws: SenseError (removal prevented or a copy under way, failure to unload, load or keep);
   * the signal's reason while it waits for a drive.
   */
  async carry(moves: readonly Move[], signal: AbortSignal): Promise<void> {
    const leaving = this.#drivesOf(moves.map(({ from }) => from));
    leaving.forEach(assertIdle);
    const both = this.#drivesOf(moves.flatMap(({ from, to }) => [from, to]));
    await aloneWith(both, signal, async () => {
      // Whoever had the drive before may have prevented it.
      leaving.forEach(assertRemovable);
      const opened = await this.#openAll(moves);
      try {
        for (const { drive } of leaving) await drive.unload();
        await orFails('mechanicalPositioningError', () => this.magazine.move(moves));
      } catch (error) {
        for (const cartridge of opened.values()) await cartridge.close();
        throw error;
      }
      await this.#change(moves, opened);
    });
  }

  /** The drives among elements, in the order in which everybody waits for them. */
  #drivesOf(elements: readonly ElementName[]): TapeUnit[] {
    return [...this.#drives].filter(([name]) => elements.includes(name)).map(([, unit]) => unit);
  }

  /** Opens what comes from a slot into a drive, by the elements it comes from. */
  async #openAll(moves: readonly Move[]): Promise<Map<ElementName, Cartridge>> {
    const opened = new Map<ElementName, Cartridge>();
    try {
      for (const { from, to } of moves) {
        if (!this.#drives.has(to) || this.#drives.has(from)) continue;
        opened.set(from, await orFails('mediumLoadOrEjectFailed',
          () => this.magazine.openCartridge(from)));
      }
      return opened;
    } catch (error) {
      for (const cartridge of opened.values()) await cartridge.close();
      throw error;
    }
  }

  async #change(
    moves: readonly Move[], opened: ReadonlyMap<ElementName, Cartridge>): Promise<void> {
    const carried = new Map(opened);
    for (const { from } of moves) {
      const cartridge = await this.#drives.get(from)?.drive.remove();
      if (cartridge !== undefined) carried.set(from, cartridge);
    }
    for (const { from, to } of moves) {
      const cartridge = carried.get(from);
      const drive = this.#drives.get(to);
      if (drive !== undefined) drive.insert(cartridge!); // it was opened, or came out of a drive
      // All on it is durable since it was unloaded: what else closing does can fail.
      else await cartridge?.close().catch(ignoreFileErrors);
    }
  }

  /** Looks again which cartridges there are; with the lock held. Throws: SenseError. */
  takeStock(free: readonly ElementName[]): ReturnType<Magazine['rescan']> {
    return orFails('mechanicalPositioningError', () => this.magazine.rescan(free));
  }

  /** Closes what is in the drives, and the magazine; nothing is carried any more. */
  async close(): Promise<void> {
    try {
      for (const { drive } of this.#drives.values()) await drive.cartridge?.close();
    } finally {
      await this.magazine.close();
    }
  }
}

/** Throws: SenseError if somebody wants the tape to stay where it is. */
function assertRemovable(unit: TapeUnit): void {
  if (!unit.prevention.isPrevented) return;
  throw new SenseError('illegalRequest', 'mediumRemovalPrevented',
    `Cannot take the tape out of ${unit.name}: medium removal is prevented`);
}

/** A copy gives the drive up for commands of others, but must not find another tape after that. */
function assertIdle(unit: TapeUnit): void {
  assertRemovable(unit);
  if (!unit.isCopying) return;
  throw new SenseError('illegalRequest', 'mediumRemovalPrevented',
    `Cannot take the tape out of ${unit.name}: a copy works on it`);
}

/** Works when no command uses any of the drives. */
const aloneWith = (
  [unit, ...others]: readonly TapeUnit[], signal: AbortSignal, work: () => Promise<void>,
): Promise<void> => (unit === undefined ? work()
  : unit.drive.lock.run(signal, () => aloneWith(others, signal, work)));

/** A failure of the host's files is one of the hardware. */
async function orFails<T>(additional: AdditionalSense, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOfFile(error)) throw error;
    throw new SenseError('hardwareError', additional, error.message);
  }
}

function ignoreFileErrors(error: unknown): void {
  if (!isOfFile(error)) throw error;
}
