import type { Files, OpenFile } from '../ports/files.ts';
import type { Place } from '../ports/mover.ts';
import type { Random } from '../ports/random.ts';
import type { Identity } from './identity.ts';

export interface DiskImageOptions {
  /** Bytes. Makes the image, sparse, if it does not exist; must agree with it if it does. */
  readonly byteLength?: number;
  /** Bytes of a logical block: 512 (default) or 4096. */
  readonly blockBytes?: number;
  readonly readonly?: boolean;
  /** Where the identity is kept; default: the image's path + `.serverfree.json`. */
  readonly sidecar?: string;
}

/** Blocks that are all mapped, or all not. */
export interface LbaStatus {
  readonly blockCount: number;
  readonly mapped: boolean;
}

export declare class DiskImage {
  static open(
    files: Files, random: Random, path: string, options?: DiskImageOptions): Promise<DiskImage>;
  readonly path: string;
  readonly file: OpenFile;
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly writeProtected: boolean;
  readonly identity: Identity;
  get byteLength(): number;
  /** An end of a move. Throws: RangeError if the blocks are not all on the image. */
  place(lba: number, blockCount?: number): Place;
  read(lba: number, buffer: Uint8Array): Promise<void>;
  write(lba: number, parts: readonly Uint8Array[]): Promise<void>;
  /** Makes blocks read zeros and gives their space back where the host can. */
  unmap(lba: number, blockCount: number): Promise<void>;
  lbaStatus(lba: number): Promise<LbaStatus>;
  sync(): Promise<void>;
  close(): Promise<void>;
}
