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
  /** Bytes that are held for the application client of one copy. */
  readonly heldBytesMax: number;
  /** Bytes of one read from, or write to, a tape. */
  readonly streamTransferBytesMax: number;
  /** Copies in progress at once; those with a list identifier among them. */
  readonly concurrentCopiesMax: number;
  readonly identifiedCopiesMax: number;
  /** Powers of two that the bytes of a segment must be a multiple of, for inline data apart. */
  readonly dataGranularityLog2: number;
  readonly inlineGranularityLog2: number;
  /** The same for the bytes that a segment holds. */
  readonly heldGranularityLog2: number;
  /** Ranges of one POPULATE TOKEN or WRITE USING TOKEN. */
  readonly rangeCountMax: number;
  /** Blocks of one POPULATE TOKEN or WRITE USING TOKEN. */
  readonly tokenBlocksMax: number;
  /** Lifetimes that can be asked for. */
  readonly tokenLifetimeMinS: number;
  readonly tokenLifetimeMaxS: number;
  readonly tokenInactivityMaxS: number;
  /** What a request for 0 seconds gets. */
  readonly tokenInactivityDefaultS: number;
  /** ROD tokens kept at once. */
  readonly tokenCountMax: number;
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
  heldBytesMax: 1024 * 1024,
  streamTransferBytesMax: 0xff_ffff,
  concurrentCopiesMax: 32,
  identifiedCopiesMax: 16,
  dataGranularityLog2: 0,
  inlineGranularityLog2: 0,
  heldGranularityLog2: 0,
  rangeCountMax: 1024,
  tokenBlocksMax: 0x400_0000,
  tokenLifetimeMinS: 60,
  tokenLifetimeMaxS: 24 * 3600,
  tokenInactivityMaxS: 3600,
  tokenInactivityDefaultS: 300,
  tokenCountMax: 256,
};

/**
 * How the standard is read where its text or its readers disagree. The first value of each is the
 * letter of the standard, but for `outOfRange`.
 */
export interface CopyReadings {
  /** ID of a LID4 list's first CSCD descriptor: `byte 16 + 32 × ID` makes it 1. SPC-4 6.4.6.1. */
  readonly lid4FirstId: 1 | 0;
  /** What padding fills: the whole transfer, or the tape block begun. SPC-4 5.17.7.2. */
  readonly padding: 'transfer' | 'block';
  /** Where descriptor format sense has the segment number. SPC-4 5.17.7.4. */
  readonly segmentNumber: 'third-and-fourth-byte' | 'right-aligned';
  /** Too much inline data: INLINE DATA LENGTH EXCEEDED or PARAMETER LIST LENGTH ERROR. */
  readonly inlineTooLong: 'inline-data-length' | 'parameter-list-length';
  /** NUL in byte 1 of a CSCD descriptor: obsolete since SPC-4, a null device before. */
  readonly nul: 'obsolete' | 'null-device';
  /** The residual of a tape with FIXED=0: bytes since SPC-4, tape blocks before. */
  readonly variableResidual: 'bytes' | 'blocks';
  /** LIST ID USAGE 11b (SNLID). */
  readonly noListIdentifier: 'supported' | 'refused';
  /**
   * A write behind a disk's last block: an error of the segment (the only answer that libiscsi's
   * suite accepts), or of the device, which is the letter of SPC-4 5.17.7.4.
   */
  readonly outOfRange: 'segment' | 'device';
}

export const COPY_READINGS: CopyReadings = {
  lid4FirstId: 1, padding: 'transfer', segmentNumber: 'third-and-fourth-byte',
  inlineTooLong: 'inline-data-length', nul: 'obsolete', variableResidual: 'bytes',
  noListIdentifier: 'supported', outOfRange: 'segment',
};

/** CSCD descriptor IDs that stand for no descriptor. Source: SPC-4 6.4.6.1. */
export const CSCD_ID = {
  nullBlock: 0xc000, nullStream: 0xc001, rodToken: 0xf800, receiver: 0xffff,
} as const;
