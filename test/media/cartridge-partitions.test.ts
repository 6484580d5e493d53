import { describe, expect, it } from 'vitest';
import { Cartridge } from '../../src/media/cartridge.ts';
import { checkCartridge } from '../../src/media/check.ts';
import { MediaError } from '../../src/media/media-error.ts';
import { type CrashOptions, CrashFiles, PowerCut } from '../support/crash-files.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { between, seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';
import {
  FOLDER, MIB, newTape, openTape, readObject, record, writeRecords,
} from './tape-fixture.ts';
import { FILEMARK, type Mark, recordsOf, stateOf } from './tape-worker.ts';

const refusedAs = (code: string) => expect.objectContaining({ name: 'MediaError', code });

describe('a cartridge with partitions', () => {
  it('keeps objects, positions and room of each apart, also over a restart', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await tape.format([4 * MIB, 8 * MIB]);
    await writeRecords(tape, [record(100, 1)]);
    tape.selectPartition(1);
    await writeRecords(tape, [record(50, 2), record(50, 3)]);
    tape.appendFilemarks(2);
    tape.selectPartition(0);
    await writeRecords(tape, [record(100, 4)]);
    await tape.close();
    const again = await openTape(files);
    expect([again.endOfData, again.filemarkCount, again.remainingBytes])
      .toEqual([2, 0, 4 * MIB - 200]);
    expect(await readObject(again, 1)).toEqual(record(100, 4));
    again.selectPartition(1);
    expect([again.endOfData, again.filemarkCount, again.remainingBytes])
      .toEqual([4, 2, 8 * MIB - 100]);
    expect(await readObject(again, 1)).toEqual(record(50, 3));
    await again.close();
  });

  it('is cut in one partition, and not in the others', async () => {
    const tape = await newTape(memoryFiles());
    await tape.format([4 * MIB, 4 * MIB]);
    await writeRecords(tape, [record(200_000, 1)], { crc: true });
    tape.selectPartition(1);
    await writeRecords(tape, [record(200_000, 2)], { crc: true });
    tape.selectPartition(0);
    await tape.truncate(0);
    tape.selectPartition(1);
    expect(await readObject(tape, 0)).toEqual(record(200_000, 2));
    expect(await checkCartridge(tape)).toMatchObject(
      { problems: [], payloadBytes: 200_000, coverage: 1 });
    expect(tape.partition).toBe(1);
  });

  it('warns early of the end of each', async () => {
    const tape = await newTape(memoryFiles(), { earlyWarningBytes: 3 * MIB });
    await tape.format([4 * MIB, 12 * MIB]);
    expect(tape.room()).toEqual({ beforeEarlyWarning: 3 * MIB, beforeEndOfPartition: 4 * MIB });
    tape.selectPartition(1);
    expect(tape.room()).toEqual({ beforeEarlyWarning: 9 * MIB, beforeEndOfPartition: 12 * MIB });
  });

  it('is blank after it was formatted, in partition 0', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await writeRecords(tape, [record(100, 1)]);
    await tape.format([MIB, MIB, MIB, MIB]);
    expect([tape.endOfData, tape.partition, tape.partitionCount]).toEqual([0, 0, 4]);
    tape.selectPartition(3);
    tape.appendFilemarks(1);
    await tape.format([16 * MIB]);
    expect(() => tape.selectPartition(1)).toThrow(RangeError);
    await tape.close();
    expect((await openTape(files)).partitionCount).toBe(1);
  });

  it.each([
    [[]], [[MIB, MIB, MIB, MIB, MIB]], [[16 * MIB, MIB]], [[100]], [[MIB, 0.5]],
  ])('is not made with sizes %j', async (sizes) => {
    const tape = await newTape(memoryFiles());
    await writeRecords(tape, [record(100, 1)]);
    await expect(tape.format(sizes)).rejects.toEqual(refusedAs('invalid'));
    expect(tape.endOfData).toBe(1);
  });

  it('has attributes of each', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await tape.format([MIB, MIB]);
    const of = (partition: number, byte: number) => (
      { id: 0x080c, partition, format: 'binary', value: Uint8Array.of(byte) }) as const;
    await tape.setAttributes([of(1, 7), of(0, 5)]);
    await tape.close();
    const again = await openTape(files);
    expect(again.label.attributes.map(({ partition = 0, value }) => [partition, ...value]))
      .toEqual([[0, 5], [1, 7]]);
    await again.format([MIB]);
    expect(again.label.attributes).toHaveLength(1);
  });
});

describe('a WORM cartridge', () => {
  it('takes more at its end, and in place of its last filemarks alone', async () => {
    const tape = await newTape(memoryFiles(), { worm: true });
    await writeRecords(tape, [record(100, 1)]);
    tape.appendFilemarks(2);
    await tape.truncate(2);
    await tape.truncate(1);
    await writeRecords(tape, [record(100, 2)]);
    await expect(tape.truncate(1)).rejects.toEqual(refusedAs('worm'));
    await expect(tape.truncate(0)).rejects.toEqual(refusedAs('worm'));
    await expect(tape.format([MIB])).rejects.toEqual(refusedAs('worm'));
    expect(tape.endOfData).toBe(2);
  });

  it('stays one over a restart', async () => {
    const files = memoryFiles();
    await (await newTape(files, { worm: true })).close();
    expect((await openTape(files)).label.worm).toBe(true);
  });
});

/** Objects by partition, and the value of an attribute. */
interface Held {
  readonly partitions: readonly (readonly Mark[])[];
  readonly attribute: number;
}

const isPrefix = (first: readonly Mark[], whole: readonly Mark[]): boolean =>
  first.length <= whole.length && first.every((mark, i) => mark === whole[i]);

/** Whether `found` lies between a state and the one after it. */
const liesBetween = (found: Held, from: Held, to: Held): boolean =>
  [from.attribute, to.attribute].includes(found.attribute)
  && found.partitions.every((marks, i) => {
    const [a, b] = [from.partitions[i] ?? [], to.partitions[i] ?? []];
    return isPrefix(a, marks) && isPrefix(marks, b) || isPrefix(marks, a) && isPrefix(b, marks)
      && (marks.length === a.length || marks.length === b.length);
  });

/** Works on partitions and attributes; `states[0]` is what was acknowledged last. */
class PartitionWorker {
  readonly states: Held[];
  readonly #tape: Cartridge;
  readonly #random: () => number;

  constructor(tape: Cartridge, random: () => number, held: Held) {
    this.#tape = tape;
    this.#random = random;
    this.states = [held];
  }

  async work(): Promise<void> {
    const tape = this.#tape;
    tape.selectPartition(between(this.#random, 0, tape.partitionCount - 1));
    const what = this.#random();
    const now = this.states.at(-1)!.partitions[tape.partition]!;
    if (what < 0.5) {
      const payload = record(between(this.#random, 1, 5000), between(this.#random, 0, 255));
      if (payload.length > tape.remainingBytes) return;
      await writeRecords(tape, [payload], { crc: this.#random() < 0.5 });
      this.#reach([...now, ...recordsOf(payload, payload.length)]);
    } else if (what < 0.65) {
      tape.appendFilemarks(1);
      this.#reach([...now, FILEMARK]);
    } else if (what < 0.75) {
      const object = between(this.#random, 0, now.length);
      this.#reach(now.slice(0, object));
      await tape.truncate(object);
      if (object < now.length) this.#acknowledge();
    } else if (what < 0.85) {
      const attribute = between(this.#random, 1, 255);
      await this.#setAttribute(attribute);
    } else {
      await tape.sync();
      this.#acknowledge();
    }
  }

  /** Durable on return, whatever objects still wait. */
  async #setAttribute(attribute: number): Promise<void> {
    const before = [...this.states];
    this.states.push(...before.map((state) => ({ ...state, attribute })));
    await this.#tape.setAttributes(
      [{ id: 0x0807, format: 'binary', value: Uint8Array.of(attribute) }]);
    this.states.splice(0, before.length);
  }

  #reach(marks: readonly Mark[]): void {
    const now = this.states.at(-1)!;
    const { partition } = this.#tape;
    this.states.push({
      ...now, partitions: now.partitions.map((old, i) => (i === partition ? marks : old)),
    });
  }

  #acknowledge(): void {
    this.states.splice(0, this.states.length - 1);
  }
}

async function heldBy(tape: Cartridge): Promise<Held> {
  const partitions: (readonly Mark[])[] = [];
  for (let i = 0; i < tape.partitionCount; i += 1) {
    tape.selectPartition(i);
    partitions.push(await stateOf(tape));
  }
  return { partitions, attribute: tape.label.attributes[0]?.value[0] ?? 0 };
}

async function torture(seed: number, options: Partial<CrashOptions> = {}): Promise<void> {
  const random = seeded(seed);
  let files = new CrashFiles({ ...options, random });
  const made = await newTape(files, { capacityBytes: 2 * MIB });
  await made.format([MIB, MIB / 2, MIB / 2]);
  await made.close();
  let states: readonly Held[] = [{ partitions: [[], [], []], attribute: 0 }];
  for (let cut = 0; cut < 3; cut += 1) {
    files.cutAfter(between(random, 1, 80));
    try {
      const tape = await Cartridge.open(files, randomFrom(random), FOLDER);
      const worker = new PartitionWorker(tape, random, await verified(tape, states));
      states = worker.states;
      for (;;) await worker.work();
    } catch (error) {
      const cause = error instanceof MediaError ? error.cause : error;
      if (!(cause instanceof PowerCut)) throw error;
    }
    files = random() < 0.7 ? files.powerCut() : files.kill();
  }
  await verified(await Cartridge.open(files, randomFrom(random), FOLDER), states);
}

async function verified(tape: Cartridge, states: readonly Held[]): Promise<Held> {
  expect(tape.openReport.damage).toEqual([]);
  const found = await heldBy(tape);
  const isPossible = states.some((state, i) => liesBetween(found, state, states[i + 1] ?? state));
  if (!isPossible) throw new Error('what is left is not what was acknowledged and a first part');
  expect((await checkCartridge(tape)).problems).toEqual([]);
  return found;
}

async function broken(
  from: number, count: number, options?: Partial<CrashOptions>): Promise<string[]> {
  const found: string[] = [];
  for (let seed = from; seed < from + count; seed += 1) {
    await torture(seed, options).catch((error: unknown) => found.push(`seed ${seed}: ${error}`));
  }
  return found;
}

it.each([0, 40, 80, 120])(
  'keeps what it acknowledged in every partition, and attributes: 40 seeds from %i',
  async (from) => expect(await broken(from, 40)).toEqual([]));

it.each(['/data', '/index', '/tape'])('would lose it without the sync of %s', async (name) => {
  const ignoresSync = (path: string): boolean => path.endsWith(name);
  expect(await broken(0, 12, { ignoresSync })).not.toEqual([]);
});
