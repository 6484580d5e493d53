/** What a copy of the model has in hand: two queues, what is held, and what has been written. */
import type { CopyLimits } from '../../../src/copy/limits.ts';
import type { ModelDevice } from './devices.ts';
import type { ModelList } from './ends.ts';
import { ModelHeld, ModelQueue } from './queues.ts';
import { Stop } from './stop.ts';

/** Ends the model in a segment, before the write that would bring it over so many bytes. */
export interface ModelStop {
  readonly segment: number;
  readonly bytes: number;
}

/** A write of the copy, in order. */
export interface ModelWrite {
  readonly device: ModelDevice;
  /** Byte offset on a disk, object number on a tape. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

export class CopyState {
  readonly list: ModelList;
  readonly limits: CopyLimits;
  readonly stop: ModelStop | undefined;
  readonly held: ModelHeld;
  /** Residual source data and residual destination data. */
  readonly sourceData = new ModelQueue();
  readonly destinationData = new ModelQueue();
  readonly writes: ModelWrite[] = [];
  /** Rows of the PAD and CAT table that have met residual data, as the three bits. */
  readonly rowsMet = new Set<string>();
  transferBytes = 0;
  /** What the segment writes if all goes well, and what it has written; in bytes. */
  planned = 0;
  written = 0;

  constructor(list: ModelList, limits: CopyLimits, stop?: ModelStop) {
    this.list = list;
    this.limits = limits;
    this.stop = stop;
    this.held = new ModelHeld(limits.heldBytesMax);
  }

  /** Bytes that may be written before the model is to end. */
  get room(): number {
    return (this.stop?.bytes ?? Infinity) - this.transferBytes;
  }

  /** Tells of a write that is about to change a device. Throws: Stop where the model is to end. */
  log(device: ModelDevice, at: number, bytes: Uint8Array): void {
    if (bytes.length > this.room) throw new Stop({ additional: 'noAdditionalSense' });
    this.writes.push({ device, at, bytes });
    this.transferBytes += bytes.length;
    this.written += bytes.length;
  }
}
