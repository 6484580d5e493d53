import { SEGMENT_LAYOUTS } from '../wire/copy/segments.ts';

/**
 * What a copy manager accepts. RECEIVE COPY OPERATING PARAMETERS, VPD page 8Fh and the checks of
 * a parameter list are all made from one value of this type.
 */
export interface CopyLimits {
  readonly cscdCountMax: number;
  readonly segmentCountMax: number;
  /** CSCD and segment descriptors together. */
  readonly descriptorListBytesMax: number;
  /** Bytes that one segment may write, padding not counted; 0 for no limit. */
  readonly segmentBytesMax: number;
  readonly inlineBytesMax: number;
  /** Bytes of one read from, or write to, a tape. */
  readonly streamTransferBytesMax: number;
  /** Copies in progress at once; those with a list identifier among them. */
  readonly concurrentCopiesMax: number;
  readonly identifiedCopiesMax: number;
  /** Powers of two that the bytes of a segment must be a multiple of, for inline data apart. */
  readonly dataGranularityLog2: number;
  readonly inlineGranularityLog2: number;
}

/**
 * The residuals of a copy may take two stream transfers of memory, which is why these bound the
 * transfer and the number of copies at once.
 */
export const COPY_LIMITS: CopyLimits = {
  cscdCountMax: 64,
  segmentCountMax: 2048,
  descriptorListBytesMax: 128 * 1024,
  segmentBytesMax: 0,
  inlineBytesMax: 1024 * 1024,
  streamTransferBytesMax: 0xff_ffff,
  concurrentCopiesMax: 32,
  identifiedCopiesMax: 16,
  dataGranularityLog2: 0,
  inlineGranularityLog2: 0,
};

/** Type codes of the descriptors that this copy manager executes. */
export const SEGMENT_CODES: readonly number[] = [...SEGMENT_LAYOUTS.keys()];
export const CSCD_CODES: readonly number[] = [0xe4];

/** CSCD descriptor IDs that stand for no descriptor. Source: SPC-4 6.4.6.1. */
export const CSCD_ID = { nullBlock: 0xc000, nullStream: 0xc001, receiver: 0xffff } as const;
