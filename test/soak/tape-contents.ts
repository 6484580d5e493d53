/** What must be on a tape, and what motions over it must lead to. No I/O. */
import { areEqual, sectorBytes } from './sectors.ts';

/** A record is the bytes of some sectors, cut off. */
export interface TapeRecord {
  readonly numbers: Uint32Array;
  readonly byteLength: number;
}
export type TapeObject = TapeRecord | 'mark';

/** What was read: bytes of a record, or a filemark. */
export type FoundObject = Uint8Array | 'mark';

/** What the drive tells: GOOD, a filemark, the end of data, the beginning of the partition. */
export type MotionEnd = 'good' | '00/00/01' | '08/00/05' | '00/00/04';

export interface Motion {
  readonly told: MotionEnd;
  readonly position: number;
}

const isMark = (object: TapeObject | undefined): boolean => object === 'mark';

export const isSame = (object: TapeObject | undefined, found: FoundObject): boolean =>
  object !== undefined && (object === 'mark' || found === 'mark' ? object === found
    : areEqual(found, sectorBytes(object.numbers, object.byteLength)));

export class TapeContents {
  #objects: readonly TapeObject[] = [];
  position = 0;

  get objects(): readonly TapeObject[] {
    return this.#objects;
  }

  /** Bytes of all records. */
  get byteLength(): number {
    return this.#objects.reduce(
      (sum, object) => sum + (object === 'mark' ? 0 : object.byteLength), 0);
  }

  /** Written at the position: what was behind it is gone. */
  append(objects: readonly TapeObject[]): void {
    this.#objects = [...this.#objects.slice(0, this.position), ...objects];
    this.position = this.#objects.length;
  }

  /**
   * Takes over what is there after `objects` were being written: the old, or what was before the
   * position and the first of the new. False: it is a third thing.
   */
  settle(objects: readonly TapeObject[] | undefined, found: readonly FoundObject[]): boolean {
    const kept = this.#objects.slice(0, this.position);
    const all = objects === undefined ? [this.#objects]
      : [this.#objects, [...kept, ...objects].slice(0, Math.max(found.length, kept.length))];
    const right = all.find((one) => one.length === found.length
      && found.every((object, i) => isSame(one[i], object)));
    if (right === undefined) return false;
    this.#objects = right;
    return true;
  }

  /** SPACE over records (code 0), filemarks (1) or to the end of data (3). SSC-4 7.8. */
  space(code: number, count: number): Motion {
    if (code === 3) return { told: 'good', position: this.#objects.length };
    const step = Math.sign(count);
    let { position } = this;
    for (let left = Math.abs(count); left > 0;) {
      if (step > 0 && position === this.#objects.length) return { told: '08/00/05', position };
      if (step < 0 && position === 0) return { told: '00/00/04', position };
      const met = this.#objects[step > 0 ? position : position - 1];
      position += step;
      if (code === 0 && isMark(met)) return { told: '00/00/01', position };
      if (code === 0 || isMark(met)) left -= 1;
    }
    return { told: 'good', position };
  }

  /** Records of equal length from a place on that a copy can read as one. */
  runAt(start: number, countMax: number): readonly TapeRecord[] {
    const run: TapeRecord[] = [];
    for (let at = start; run.length < countMax; at += 1) {
      const object = this.#objects[at];
      if (object === undefined || object === 'mark') break;
      if (run.length > 0 && object.byteLength !== run[0]!.byteLength) break;
      run.push(object);
    }
    return run;
  }
}
