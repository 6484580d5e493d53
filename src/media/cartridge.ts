import type { Files, OpenFile } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import type {
  AllocatedExtent, CartridgeLabel, CartridgeOptions, Extent, MediumAttribute, OpenReport, Room, Run,
} from './tape-types.ts';

export declare class Cartridge {
  /** Makes a blank cartridge. Throws: MediaError, FileError. */
  static create(
    files: Files, random: Random, folder: string, options: CartridgeOptions): Promise<void>;
  /** Throws: MediaError (`inUse`, `notAMedium`, …), FileError. */
  static open(
    files: Files, random: Random, folder: string, options?: { readonly readonly?: boolean },
  ): Promise<Cartridge>;

  readonly folder: string;
  readonly openReport: OpenReport;
  /** Opened read-only, or damaged. */
  readonly writeProtected: boolean;
  /** Payload: an end of moves. Offsets come from `extentsOf` and `allocate` only. */
  readonly data: OpenFile;
  get label(): CartridgeLabel;

  /** Object number behind the last object. */
  get endOfData(): number;
  get filemarkCount(): number;
  get usedBytes(): number;
  get capacityBytes(): number;
  get earlyWarningBytes(): number;
  get remainingBytes(): number;
  /** What fits if writing starts at `object` (default: the end of data). */
  room(object?: number): Room;
  /** Whether the position before `object` (default: the end of data) is at or past early warning. */
  isPastEarlyWarning(object?: number): boolean;

  /** The run that holds the object; undefined at the end of data. */
  runAt(object: number): Run | undefined;
  /** File number of the position before `object`: the filemarks in front of it. */
  filemarksBefore(object: number): number;
  /** Object number of the filemark with that number, counted from 0. */
  objectOfFilemark(index: number): number | undefined;
  /** Payload bytes of the records in front of `object`. */
  payloadOffset(object: number): number;
  /** Where the payload of these objects lies, in order, merged. */
  extentsOf(firstObject: number, count: number): Extent[];
  /** The same for any range of payload bytes, such as a part of a record. */
  extentsOfPayload(payloadOffset: number, byteLength: number): Extent[];

  /**
   * Makes `object` the end of data. If anything is cut off, that is durable before this returns
   * (and so is all that was appended before), and only then is its storage given back.
   */
  truncate(object: number): Promise<void>;
  /**
   * Storage for a coming write of `byteLength` payload bytes: space is reserved. With
   * `congruentTo`, byte i of it lies at an offset congruent to `congruentTo + i` modulo 4 KiB.
   * Each byte of it must later be given to `appendRecords` or `release`.
   * Throws: MediaError (`endOfPartition`, `writeProtected`), FileError (`ENOSPC`).
   */
  allocate(byteLength: number, congruentTo?: number): Promise<AllocatedExtent[]>;
  /** Takes back storage that was allocated and will not be appended. */
  release(extents: readonly Extent[]): void;
  /**
   * Appends records whose payload is written already. The extents are allocated ones or parts of
   * them, in the order of the payload; together they hold exactly `recordBytes * count` bytes.
   */
  appendRecords(
    recordBytes: number, count: number, extents: readonly Extent[], crc32c?: number): void;
  appendFilemarks(count: number): void;
  /** What was appended before the call survives a power cut once this has returned. */
  sync(): Promise<void>;
  /** Whether anything was appended that is not durable yet. */
  get isDirty(): boolean;
  /** Durable when it returns. An attribute with an empty value is removed. */
  setAttributes(changes: readonly MediumAttribute[]): Promise<void>;
  /** Syncs, gives back what was reserved ahead, gives up the lock. Idempotent. */
  close(): Promise<void>;
}
