/** Disks and tapes in memory, as a copy manager sees them. */
import { crc32c } from '../../src/bytes/crc32c.ts';
import type { ItNexus } from '../../src/sam/command.ts';
import { CommandTable } from '../../src/sam/command-table.ts';
import { deferred } from '../../src/sam/deferred.ts';
import type { Designator, LogicalUnit, LogicalUnits } from '../../src/sam/logical-unit.ts';
import type {
  AccessKind, BlockMedium, MediumAccess, PlacedBytes, StreamMedium, StreamSession, StreamTransfer,
  Stretch, TapeRun, WriteStretch,
} from '../../src/sam/medium-access.ts';
import { transferBytes } from '../../src/sam/medium-access.ts';
import { Reservation } from '../../src/sam/reservation.ts';
import { TaskSet } from '../../src/sam/task-set.ts';
import { UnitAttentions } from '../../src/sam/unit-attention.ts';
import { type Sense, SenseError } from '../../src/sense/sense.ts';
import { MemoryFile } from './memory-file.ts';

/** What `admit` answers: tests push errors. */
export class Gate {
  readonly errors: Error[] = [];
  readonly admitted: AccessKind[] = [];
  /** Answers every time. */
  always: Error | undefined;
  /** Answers every access of a kind: write protection, a reservation. */
  readonly refusals: Partial<Record<AccessKind, Error>> = {};

  admit(access: AccessKind): void {
    const error = this.always ?? this.refusals[access] ?? this.errors.shift();
    if (error !== undefined) throw error;
    this.admitted.push(access);
  }
}

export class MemoryDisk implements BlockMedium {
  readonly kind = 'block';
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly file: MemoryFile;
  readonly gate = new Gate();
  writtenCount = 0;

  constructor(name: string, blockBytes: number, bytes: Uint8Array | number) {
    this.blockBytes = blockBytes;
    this.file = new MemoryFile(name, typeof bytes === 'number' ? new Uint8Array(0) : bytes);
    this.blockCount = (typeof bytes === 'number' ? bytes : bytes.length) / blockBytes;
  }

  admit(access: AccessKind): void {
    this.gate.admit(access);
  }

  places(lba: number, blockCount: number): readonly PlacedBytes[] {
    if (lba + blockCount > this.blockCount) {
      throw new SenseError('illegalRequest', 'lbaOutOfRange', 'Cannot reach the blocks');
    }
    return [{ place: { file: this.file, offset: lba * this.blockBytes },
      byteLength: blockCount * this.blockBytes }];
  }

  async written(): Promise<void> {
    this.writtenCount += 1;
  }
}

/** A record's bytes by their places; undefined is a filemark. */
export type TapeObject = { readonly places: readonly PlacedBytes[] } | undefined;

export interface TapeOptions {
  /** Fixed mode if not 0. */
  readonly blockBytes?: number;
  readonly capacityBytes?: number;
  readonly earlyWarningBytes?: number;
  /** Storage is given in runs of at most so many bytes, so that records lie in pieces. */
  readonly runBytes?: number;
  /** Do not keep objects; for copies too large to be looked at. */
  readonly isVirtual?: boolean;
}

export class MemoryTape implements StreamMedium {
  readonly kind = 'stream';
  readonly file: MemoryFile;
  readonly options: Required<TapeOptions>;
  readonly gate = new Gate();
  /** What WRITE FILEMARKS answers, if not GOOD. */
  filemarkError: SenseError | undefined;
  objects: TapeObject[] = [];
  position = 0;
  checkedBytes = 0;
  sessionCount = 0;
  #nextOffset = 0;
  #queue: (() => void)[] = [];
  #isBusy = false;

  constructor(name: string, options: TapeOptions = {}) {
    this.file = new MemoryFile(name);
    this.options = {
      blockBytes: 0, capacityBytes: Number.MAX_SAFE_INTEGER, earlyWarningBytes: 0,
      runBytes: Number.MAX_SAFE_INTEGER, isVirtual: false, ...options,
    };
  }

  get waitingCount(): number {
    return this.#queue.length;
  }

  get usedBytes(): number {
    return this.objects.reduce((sum, one) => sum + (one === undefined ? 0 : lengthOf(one)), 0);
  }

  /** Writes a record as a drive would; the position moves behind it. */
  put(bytes: Uint8Array): void {
    const places = this.allocate(bytes.length);
    let at = 0;
    for (const { place, byteLength } of places) {
      this.file.put(place.offset, bytes.subarray(at, at + byteLength));
      at += byteLength;
    }
    this.objects.splice(this.position, Infinity, { places });
    this.position += 1;
  }

  putFilemark(): void {
    this.objects.splice(this.position, Infinity, undefined);
    this.position += 1;
  }

  /** Makes the position the end of data; the storage of what is cut off is used otherwise. */
  cut(): void {
    for (const object of this.objects.splice(this.position)) {
      for (const { place, byteLength } of object?.places ?? []) {
        this.file.put(place.offset, new Uint8Array(byteLength).fill(0xee));
      }
    }
  }

  /** What stands on the tape: bytes, or null for a filemark. */
  contents(): (Uint8Array | null)[] {
    return this.objects.map((one) => {
      if (one === undefined) return null;
      const out = new Uint8Array(lengthOf(one));
      let at = 0;
      for (const { place, byteLength } of one.places) {
        out.set(this.file.slice(place.offset, byteLength), at);
        at += byteLength;
      }
      return out;
    });
  }

  allocate(byteLength: number): PlacedBytes[] {
    const places: PlacedBytes[] = [];
    for (let left = byteLength; left > 0;) {
      const length = Math.min(left, this.options.runBytes);
      places.push({ place: { file: this.file, offset: this.#nextOffset }, byteLength: length });
      this.#nextOffset += length + (this.options.runBytes < byteLength ? 3 : 0);
      left -= length;
    }
    return places;
  }

  async exclusive<T>(
    signal: AbortSignal, work: (session: StreamSession) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#isBusy) await this.#turn(signal);
    this.#isBusy = true;
    this.sessionCount += 1;
    try {
      return await work(new MemorySession(this));
    } finally {
      this.#isBusy = false;
      this.#queue.shift()?.();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const turn = deferred<void>();
    const aborted = (): void => turn.reject(signal.reason);
    signal.addEventListener('abort', aborted);
    this.#queue.push(turn.resolve);
    try {
      await turn.promise;
    } catch (error) {
      this.#queue = this.#queue.filter((one) => one !== turn.resolve);
      throw error;
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }
}

const lengthOf = ({ places }: NonNullable<TapeObject>): number =>
  places.reduce((sum, { byteLength }) => sum + byteLength, 0);

const countOf = (transfer: StreamTransfer, done: number): number =>
  (transfer.fixed ? transfer.recordCount - done : transfer.recordBytes);

/** Filemarks that fit at once. */
const FILEMARK_COUNT_MAX = 1000;

class MemorySession implements StreamSession {
  readonly recordBytesMin = 1;
  readonly recordBytesMax = 0xff_ffff;
  readonly #tape: MemoryTape;
  readonly #reserved: WriteStretch[] = [];
  /** Bytes of reservations, which count as used. */
  #reservedBytes = 0;

  constructor(tape: MemoryTape) {
    this.#tape = tape;
  }

  get contended(): boolean {
    return this.#tape.waitingCount > 0;
  }

  get position(): number {
    return this.#tape.position;
  }

  get blockBytes(): number {
    return this.#tape.options.blockBytes;
  }

  admit(access: AccessKind): void {
    this.#tape.gate.admit(access);
  }

  /** Records read from `position` on, and why no more. */
  #readOne(transfer: StreamTransfer, position: number): { places: PlacedBytes[]; sense?: Sense } {
    const places: PlacedBytes[] = [];
    for (let i = 0; i < transfer.recordCount; i += 1) {
      const at = position + i;
      const information = countOf(transfer, i);
      if (at >= this.#tape.objects.length) {
        return { places, sense: {
          key: 'blankCheck', additional: 'endOfDataDetected', information } };
      }
      const object = this.#tape.objects[at];
      if (object === undefined) {
        return { places, sense: {
          key: 'noSense', additional: 'filemarkDetected', filemark: true, information } };
      }
      if (lengthOf(object) !== transfer.recordBytes) {
        return { places, sense: {
          key: 'noSense', additional: 'noAdditionalSense', ili: true,
          information: transfer.fixed ? information : transfer.recordBytes - lengthOf(object) } };
      }
      places.push(...object.places);
    }
    return { places };
  }

  readable(transfer: StreamTransfer, count: number): Stretch {
    const places: PlacedBytes[] = [];
    for (let i = 0; i < count; i += 1) {
      const one = this.#readOne(transfer, this.position + i * transfer.recordCount);
      if (one.sense !== undefined) {
        return { transferCount: i, places, sense: one.sense, lastIsDone: false };
      }
      places.push(...one.places);
    }
    return { transferCount: count, places, sense: undefined, lastIsDone: false };
  }

  nextRun(bytesMax: number): TapeRun {
    const { objects } = this.#tape;
    const first = objects[this.position];
    if (this.position >= objects.length) return { kind: 'end' };
    let count = 1;
    const isAlike = (object: TapeObject): boolean => (first === undefined ? object === undefined
      : object !== undefined && lengthOf(object) === lengthOf(first));
    const bytes = first === undefined ? 0 : lengthOf(first);
    while (this.position + count < objects.length && (count + 1) * bytes <= bytesMax
      && isAlike(objects[this.position + count])) count += 1;
    if (first === undefined) return { kind: 'filemarks', count };
    const places = objects.slice(this.position, this.position + count)
      .flatMap((object) => object!.places); // each is a record, as the first is
    return { kind: 'records', recordBytes: bytes, count, places };
  }

  readDone(transfer: StreamTransfer, count: number): void {
    this.#tape.position += count * transfer.recordCount;
  }

  readFailed(transfer: StreamTransfer): void {
    const { sense } = this.#readOne(transfer, this.position);
    const { objects } = this.#tape;
    for (let i = 0; i < transfer.recordCount; i += 1) {
      const object = objects[this.#tape.position];
      if (this.#tape.position >= objects.length) return;
      this.#tape.position += 1;
      if (object === undefined || lengthOf(object) !== transfer.recordBytes) return;
    }
    if (sense === undefined) throw new Error('Cannot fail: the transfer can be read');
  }

  async reserve(
    transfer: StreamTransfer, count: number, congruentTo: number): Promise<WriteStretch> {
    if (!Number.isSafeInteger(congruentTo) || congruentTo < 0 || count < 1) {
      throw new RangeError('Cannot reserve');
    }
    const { capacityBytes, earlyWarningBytes, isVirtual } = this.#tape.options;
    if (!isVirtual) this.#tape.cut();
    const unit = transferBytes(transfer);
    const used = this.#tape.usedBytes + this.#reservedBytes;
    let transferCount = 0;
    let sense: Sense | undefined;
    let lastIsDone = false;
    while (transferCount < count && sense === undefined) {
      const after = used + (transferCount + 1) * unit;
      if (after > capacityBytes) {
        sense = { key: 'volumeOverflow', additional: 'endOfPartitionDetected', eom: true,
          information: countOf(transfer, 0) };
        break;
      }
      transferCount += 1;
      if (after > capacityBytes - earlyWarningBytes) {
        sense = { key: 'noSense', additional: 'endOfPartitionDetected', eom: true, information: 0 };
        lastIsDone = true;
      }
    }
    const places = this.#tape.allocate(transferCount * unit)
      .map((one, i) => ({ ...one, isZero: i % 2 === 0 }));
    const stretch = { transferCount, places, sense, lastIsDone };
    this.#reserved.push(stretch);
    this.#reservedBytes += transferCount * unit;
    return stretch;
  }

  append(transfer: StreamTransfer, stretch: WriteStretch, crc: number | undefined): void {
    if (this.#reserved.shift() !== stretch) throw new Error('Cannot append: not the oldest');
    this.#reservedBytes -= stretch.transferCount * transferBytes(transfer);
    if (this.#tape.options.isVirtual) return;
    this.#check(stretch, crc);
    let places = [...stretch.places] as PlacedBytes[];
    for (let i = 0; i < stretch.transferCount * transfer.recordCount; i += 1) {
      const record: PlacedBytes[] = [];
      for (let left = transfer.recordBytes; left > 0;) {
        const { place, byteLength } = places[0]!;
        const length = Math.min(left, byteLength);
        record.push({ place, byteLength: length });
        left -= length;
        places = [...(length === byteLength ? [] : [{
          place: { file: place.file, offset: place.offset + length },
          byteLength: byteLength - length }]), ...places.slice(1)];
      }
      this.#tape.objects.push({ places: record });
      this.#tape.position += 1;
    }
  }

  #check({ places }: WriteStretch, crc: number | undefined): void {
    if (crc === undefined) return;
    let found = 0;
    for (const { place, byteLength } of places) {
      found = crc32c(this.#tape.file.slice(place.offset, byteLength), found);
      this.#tape.checkedBytes += byteLength;
    }
    if (found !== crc) throw new Error('Cannot append: the checksum is wrong');
  }

  release(stretch: WriteStretch): void {
    if (this.#reserved.pop() !== stretch) throw new Error('Cannot release: not the newest');
    this.#reservedBytes -= stretch.places.reduce((sum, one) => sum + one.byteLength, 0);
  }

  async writeFilemarks(count: number): Promise<void> {
    if (this.#reserved.length > 0) throw new Error('Cannot write filemarks: room is reserved');
    if (this.#tape.filemarkError !== undefined) throw this.#tape.filemarkError;
    if (count > FILEMARK_COUNT_MAX) {
      throw new SenseError('volumeOverflow', 'endOfPartitionDetected', 'Cannot write filemarks',
        { eom: true, information: count });
    }
    if (count > 0) this.#tape.cut();
    for (let i = 0; i < count; i += 1) this.#tape.putFilemark();
  }

  async space(code: number, count: number): Promise<void> {
    const { objects } = this.#tape;
    if (code === 3) {
      this.#tape.position = objects.length;
      return;
    }
    const step = Math.sign(count);
    for (let left = Math.abs(count); left > 0;) {
      const next = this.position + (step < 0 ? -1 : 0);
      if (next < 0) {
        throw new SenseError('noSense', 'beginningOfPartitionDetected', 'Cannot space', {
          eom: true, information: left });
      }
      if (next >= objects.length) {
        throw new SenseError('blankCheck', 'endOfDataDetected', 'Cannot space', {
          information: left });
      }
      const isMark = objects[next] === undefined;
      this.#tape.position += step;
      if (isMark && code === 0) {
        throw new SenseError('noSense', 'filemarkDetected', 'Cannot space', {
          filemark: true, information: left });
      }
      if (code === 0 || isMark) left -= 1;
    }
  }

  async locate(object: number): Promise<void> {
    if (object > this.#tape.objects.length) {
      this.#tape.position = this.#tape.objects.length;
      throw new SenseError('blankCheck', 'endOfDataDetected', 'Cannot locate');
    }
    this.#tape.position = object;
  }
}

export const nexusOf = (name: string): ItNexus => ({
  initiatorName: `iqn.2024-01.test:${name}`, isid: '400001370000',
  targetName: 'iqn.2024-01.test:target', portalGroupTag: 1,
});

/** A logical unit with a medium and an NAA designator that ends with `id`. */
export function unitOf(
  name: string, id: number, medium: MediumAccess | undefined, length = 16): LogicalUnit {
  const bytes = new Uint8Array(length);
  bytes[0] = length === 16 ? 0x60 : 0x30;
  bytes[length - 1] = id;
  const designator: Designator = { codeSet: 1, association: 0, type: 3, bytes };
  return {
    name, peripheralDeviceType: medium === undefined ? 8 : medium.kind === 'block' ? 0 : 1,
    designators: [designator], table: new CommandTable([]), attentions: new UnitAttentions(),
    reservation: new Reservation(), tasks: new TaskSet(), senseFormat: 'fixed', medium,
    reset: () => {}, nexusLost: () => {},
  };
}

export const reachableBy = (units: readonly LogicalUnit[]): LogicalUnits =>
  ({ reachable: () => new Map(units.map((unit, lun) => [lun, unit])) });
