/** Devices of the model: bytes in arrays, and one answer to each command. */
import type { AdditionalSense, SenseKey } from '../../../src/sense/codes.ts';

/** How a device answers a command that does not end with GOOD. */
export interface Answer {
  /** CHECK CONDITION if not said. */
  readonly conflict?: true;
  readonly key?: SenseKey;
  readonly additional?: AdditionalSense;
  readonly information?: number;
  readonly filemark?: true;
  readonly eom?: true;
  readonly ili?: true;
}

/** The command failed. */
export class DeviceAnswer extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`${answer.key ?? 'RESERVATION CONFLICT'} ${answer.additional ?? ''}`);
    this.answer = answer;
  }
}

export type Access = 'read' | 'write';

/** What every command of a kind is answered with: a reservation, write protection. */
export type Refusals = Readonly<Partial<Record<Access, Answer>>>;

export class ModelDisk {
  readonly kind = 'disk';
  readonly blockBytes: number;
  readonly bytes: Uint8Array;
  readonly refusals: Refusals;

  constructor(blockBytes: number, bytes: Uint8Array, refusals: Refusals = {}) {
    this.blockBytes = blockBytes;
    this.bytes = bytes;
    this.refusals = refusals;
  }

  get blockCount(): number {
    return this.bytes.length / this.blockBytes;
  }

  /** What one command for these blocks finds before it moves any. Throws: DeviceAnswer. */
  accept(access: Access, lba: number, blockCount: number): void {
    const refusal = this.refusals[access];
    if (refusal !== undefined) throw new DeviceAnswer(refusal);
    if (lba + blockCount <= this.blockCount) return;
    throw new DeviceAnswer({ key: 'illegalRequest', additional: 'lbaOutOfRange' });
  }

  /** One READ. Throws: DeviceAnswer. */
  read(lba: number, blockCount: number): Uint8Array {
    this.accept('read', lba, blockCount);
    return this.bytes.slice(lba * this.blockBytes, (lba + blockCount) * this.blockBytes);
  }
}

/** What one READ or WRITE to a tape moves. */
export interface Transfer {
  readonly fixed: boolean;
  readonly recordBytes: number;
  readonly recordCount: number;
}

export interface TapeSettings {
  /** The drive's block length in fixed mode; 0 in variable mode. */
  readonly blockBytes: number;
  readonly capacityBytes: number;
  readonly earlyWarningBytes: number;
  readonly refusals?: Refusals;
}

/** A record, or null for a filemark. */
export type TapeObject = Uint8Array | null;

export class ModelTape {
  readonly kind = 'tape';
  readonly settings: TapeSettings;
  readonly objects: TapeObject[];
  position = 0;

  constructor(settings: TapeSettings, objects: TapeObject[]) {
    this.settings = settings;
    this.objects = objects;
  }

  accept(access: Access): void {
    const refusal = this.settings.refusals?.[access];
    if (refusal !== undefined) throw new DeviceAnswer(refusal);
  }

  /** One READ with SILI=0: all records of the transfer, or an answer. Throws: DeviceAnswer. */
  read({ fixed, recordBytes, recordCount }: Transfer): Uint8Array[] {
    const records: Uint8Array[] = [];
    for (let left = recordCount; left > 0; left -= 1) {
      const lacking = fixed ? left : recordBytes;
      const object = this.objects[this.position];
      if (object === undefined) {
        throw new DeviceAnswer(
          { key: 'blankCheck', additional: 'endOfDataDetected', information: lacking });
      }
      this.position += 1;
      if (object === null) {
        throw new DeviceAnswer({ key: 'noSense', additional: 'filemarkDetected', filemark: true,
          information: lacking });
      }
      if (object.length !== recordBytes) {
        throw new DeviceAnswer({ key: 'noSense', additional: 'noAdditionalSense', ili: true,
          information: fixed ? lacking : recordBytes - object.length });
      }
      records.push(object);
    }
    return records;
  }

  /** Whatever stands at the position; undefined at the end of data. */
  readAny(): TapeObject | undefined {
    const object = this.objects[this.position];
    if (object !== undefined) this.position += 1;
    return object;
  }

  /**
   * Makes the position the end of data, as any WRITE does, and tells how one of so many bytes more
   * ends. Throws: DeviceAnswer.
   */
  room({ fixed, recordBytes, recordCount }: Transfer): 'good' | 'earlyWarning' {
    this.objects.length = this.position;
    const used = this.objects.reduce((sum, object) => sum + (object?.length ?? 0), 0);
    const after = used + recordBytes * recordCount;
    const { capacityBytes, earlyWarningBytes } = this.settings;
    if (after > capacityBytes) {
      throw new DeviceAnswer({ key: 'volumeOverflow', additional: 'endOfPartitionDetected',
        eom: true, information: fixed ? recordCount : recordBytes });
    }
    return after > capacityBytes - earlyWarningBytes ? 'earlyWarning' : 'good';
  }

  /** Puts a record or a filemark at the position, which becomes the end of data. */
  append(object: TapeObject): void {
    this.objects.length = this.position;
    this.objects.push(object);
    this.position += 1;
  }

  writeFilemarks(count: number): void {
    this.accept('write');
    for (let left = count; left > 0; left -= 1) this.append(null);
  }

  /** Throws: DeviceAnswer. */
  locate(object: number): void {
    this.accept('read');
    this.position = Math.min(object, this.objects.length);
    if (object <= this.objects.length) return;
    throw new DeviceAnswer({ key: 'blankCheck', additional: 'endOfDataDetected' });
  }

  /** SPACE over blocks (0), filemarks (1) or to the end of data (3). Throws: DeviceAnswer. */
  space(code: number, count: number): void {
    this.accept('read');
    if (code === 3) {
      this.position = this.objects.length;
      return;
    }
    for (let left = Math.abs(count); left > 0;) {
      const at = count < 0 ? this.position - 1 : this.position;
      const object = this.objects[at];
      if (at < 0) {
        throw new DeviceAnswer({ key: 'noSense', additional: 'beginningOfPartitionDetected',
          eom: true, information: left });
      }
      if (object === undefined) {
        throw new DeviceAnswer(
          { key: 'blankCheck', additional: 'endOfDataDetected', information: left });
      }
      this.position += Math.sign(count);
      if (object === null && code === 0) {
        throw new DeviceAnswer({ key: 'noSense', additional: 'filemarkDetected', filemark: true,
          information: left });
      }
      if (object === null || code === 0) left -= 1;
    }
  }
}

export type ModelDevice = ModelDisk | ModelTape;
