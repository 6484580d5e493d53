import type { Extent } from '../media/tape-types.ts';
import type { ItNexus } from '../sam/command.ts';
import type {
  AccessKind, PlacedBytes, Stretch, StreamSession, StreamTransfer, TapeRun, WriteStretch,
} from '../sam/medium-access.ts';
import type { PayloadRange } from './tape-reading.ts';
import { RECORD_BYTES_MAX, RECORD_BYTES_MIN, type TapeDrive } from './tape-drive.ts';

/** Sole use of a drive for a copy: the drive's own commands, but bytes are named by their place. */
export class DriveSession implements StreamSession {
  readonly recordBytesMax = RECORD_BYTES_MAX;
  readonly recordBytesMin = RECORD_BYTES_MIN;
  readonly #drive: TapeDrive;
  readonly #admit: (access: AccessKind, nexus: ItNexus) => void;

  constructor(drive: TapeDrive, admit: (access: AccessKind, nexus: ItNexus) => void) {
    this.#drive = drive;
    this.#admit = admit;
  }

  get contended(): boolean {
    return this.#drive.lock.isContended;
  }

  get position(): number {
    return this.#drive.position;
  }

  get blockBytes(): number {
    return this.#drive.blockBytes;
  }

  admit(access: AccessKind, nexus: ItNexus): void {
    this.#admit(access, nexus);
  }

  readable(transfer: StreamTransfer, count: number): Stretch {
    const { transferCount, payload, stop } = this.#drive.readable(transfer, count);
    const places = this.#placesOf(payload);
    return { transferCount, places, sense: stop?.sense, lastIsDone: false };
  }

  nextRun(bytesMax: number): TapeRun {
    const { tape, position } = this.#drive;
    const run = tape.runAt(position);
    if (run === undefined) return { kind: 'end' };
    const left = run.firstObject + run.count - position;
    if (run.kind === 'filemarks') return { kind: 'filemarks', count: left };
    const { recordBytes } = run;
    const count = Math.min(left, Math.max(1, Math.floor(bytesMax / recordBytes)));
    const payload = { offset: tape.payloadOffset(position), byteLength: count * recordBytes };
    return { kind: 'records', recordBytes, count, places: this.#placesOf(payload) };
  }

  #placesOf({ offset, byteLength }: PayloadRange): PlacedBytes[] {
    const { tape } = this.#drive;
    return tape.extentsOfPayload(offset, byteLength)
      .map((extent) => ({
        place: { file: tape.data, offset: extent.offset }, byteLength: extent.byteLength }));
  }

  readDone(transfer: StreamTransfer, count: number): void {
    this.#drive.readDone(transfer, count);
  }

  readFailed(transfer: StreamTransfer): void {
    this.#drive.readFailed(transfer);
  }

  async reserve(
    transfer: StreamTransfer, count: number, congruentTo: number): Promise<WriteStretch> {
    const { extents, ...stretch } = await this.#drive.reserve(transfer, count, congruentTo);
    const file = this.#drive.tape.data;
    return {
      transferCount: stretch.transferCount, sense: stretch.sense, lastIsDone: stretch.lastIsDone,
      places: extents.map(({ offset, byteLength, readsZeros }) =>
        ({ place: { file, offset }, byteLength, isZero: readsZeros })),
    };
  }

  append(transfer: StreamTransfer, stretch: WriteStretch, crc32c: number | undefined): void {
    if (stretch.transferCount === 0) return;
    this.#drive.appendReserved(
      transfer, stretch.transferCount, extentsOf(stretch.places), crc32c);
  }

  release(stretch: WriteStretch): void {
    this.#drive.release(extentsOf(stretch.places));
  }

  writeFilemarks(count: number, immediate: boolean): Promise<void> {
    return this.#drive.writeFilemarks(count, immediate);
  }

  space(code: number, count: number): Promise<void> {
    return this.#drive.space(code, count);
  }

  locate(object: number): Promise<void> {
    return this.#drive.locate(object);
  }
}

const extentsOf = (places: readonly PlacedBytes[]): Extent[] =>
  places.map(({ place, byteLength }) => ({ offset: place.offset, byteLength }));
