import type { Identity } from './identity.ts';

/** A range of the cartridge's `data` file, in bytes. */
export interface Extent {
  readonly offset: number;
  readonly byteLength: number;
}

/** Storage for a coming write. */
export interface AllocatedExtent extends Extent {
  /** The range was never written or was given back since: it reads zeros until it is written. */
  readonly readsZeros: boolean;
}

/**
 * Logical objects of one kind that follow each other. Object numbers count records and filemarks
 * from 0 at the beginning of the partition; payload offsets count bytes of records alone.
 */
export type Run =
  | {
    readonly kind: 'records';
    readonly firstObject: number;
    readonly count: number;
    readonly recordBytes: number;
    readonly payloadOffset: number;
  }
  | { readonly kind: 'filemarks'; readonly firstObject: number; readonly count: number };

/** Payload bytes that fit behind a position. */
export interface Room {
  /** Up to the early warning point; 0 at or behind it. */
  readonly beforeEarlyWarning: number;
  readonly beforeEndOfPartition: number;
}

/** What opening a cartridge found. */
export interface OpenReport {
  /**
   * Entries at the end of the index that a crash had left half written. They were never
   * acknowledged; a writable open has cut them off.
   */
  readonly cutEntries: number;
  /**
   * What contradicts itself inside the acknowledged part, one line each. If there is any, the
   * cartridge is write protected and ends before the damage.
   */
  readonly damage: readonly string[];
}

/** An attribute of the medium auxiliary memory (SSC-4, SPC-4 7.4). */
export interface MediumAttribute {
  readonly id: number;
  /** Default: 0. */
  readonly partition?: number;
  readonly format: 'binary' | 'ascii' | 'text';
  readonly value: Uint8Array;
}

/** What a cartridge says of itself: `cartridge.json`. */
export interface CartridgeLabel {
  readonly identity: Identity;
  readonly barcode: string;
  /** As in the mode parameter block descriptor; 5Eh is LTO-8. */
  readonly densityCode: number;
  /** Payload bytes up to the end of the partition. */
  readonly capacityBytes: number;
  /** Distance of the early warning point from the end of the partition, in payload bytes. */
  readonly earlyWarningBytes: number;
  /** Changes before the first change of the medium after each load (attribute 0009h). */
  readonly volumeChangeReference: number;
  readonly attributes: readonly MediumAttribute[];
  /** Payload bytes of each partition, from 0; one at least. */
  readonly partitionBytes: readonly number[];
  /** Written once: only filemarks at the end of data may be written over. */
  readonly worm: boolean;
  readonly usage: MediumUsage;
}

/** What a cartridge went through in its life; a kill loses a load, and at most 1 GiB. */
export interface MediumUsage {
  readonly loads: number;
  /** How often partitions were made, or all was removed. */
  readonly formats: number;
  readonly writtenBytes: number;
  readonly readBytes: number;
  /** The drives that loaded it last, the last one first; four at most. */
  readonly drives: readonly DriveName[];
}

/** Who a drive is. */
export interface DriveName {
  readonly vendor: string;
  readonly serialNumber: string;
}

export interface CartridgeOptions {
  /** 1 to 32 printable characters. */
  readonly barcode: string;
  /** At least 1 MiB, in bytes. */
  readonly capacityBytes: number;
  /** Default: 1 % of the capacity, at least 64 MiB, but never more than a quarter of it. */
  readonly earlyWarningBytes?: number;
  /** Default: 5Eh (LTO-8). */
  readonly densityCode?: number;
  readonly worm?: boolean;
}
