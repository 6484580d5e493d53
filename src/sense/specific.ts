/** Bytes of sense data whose meaning depends on the sense key. Source: SPC-4 4.5.2.4, 5.17.7.4. */
import { bit, bits, rest, u8, u16 } from '../codec/field.ts';
import { type AnyLayout, layout } from '../codec/layout.ts';
import { type SenseKey, senseKeyOf } from './codes.ts';

const sksv = bit(0, 7, 'SKSV');
const pointer = {
  bpv:          bit(0, 3, 'BPV'),
  bitPointer:   bits(0, 2, 0, 'BIT POINTER'),
  fieldPointer: u16(1, 'FIELD POINTER', { hex: true }),
};

export const fieldPointer = layout(
  { name: 'field pointer', source: 'SPC-4 4.5.2.4.2', size: 3 },
  { sksv, cd: bit(0, 6, 'C/D', { meaning: 'in the CDB' }), ...pointer },
);

export const segmentPointer = layout(
  { name: 'segment pointer', source: 'SPC-4 4.5.2.4.5', size: 3 },
  { sksv, sd: bit(0, 5, 'SD', { meaning: 'from the segment descriptor' }), ...pointer },
);

export const actualRetryCount = layout(
  { name: 'actual retry count', source: 'SPC-4 4.5.2.4.3', size: 3 },
  { sksv, retryCount: u16(1, 'ACTUAL RETRY COUNT') },
);

export const progressIndication = layout(
  { name: 'progress indication', source: 'SPC-4 4.5.2.4.4', size: 3 },
  { sksv, progress: u16(1, 'PROGRESS INDICATION', { unit: 'of 65536' }) },
);

export const unitAttentionOverflow = layout(
  { name: 'unit attention condition queue overflow', source: 'SPC-4 4.5.2.4.6', size: 3 },
  { sksv, overflow: bit(0, 0, 'OVERFLOW', { meaning: 'unit attention conditions were lost' }) },
);

/** Bytes 8 to 11 of fixed format sense data with COPY ABORTED. */
export const copyCommandSpecific = layout(
  { name: 'COPY ABORTED command-specific information', source: 'SPC-4 5.17.7.4', size: 4 },
  {
    sourceOffset:      u8(0, 'offset of what the copy source said'),
    destinationOffset: u8(1, 'offset of what the copy destination said'),
    segment:           u16(2, 'number of the segment descriptor'),
  },
);

/** The eight bytes of a command-specific information descriptor with COPY ABORTED. */
export const failedSegment = layout(
  { name: 'COPY ABORTED segment number', source: 'SPC-4 5.17.7.4', size: 8 },
  { segment: u16(2, 'number of the segment descriptor') },
);

/** What a copy source or destination said, inside fixed format sense data. */
export const forwardedArea = layout(
  { name: 'forwarded status and sense data', source: 'SPC-4 5.17.7.4', size: 1 },
  {
    status: u8(0, 'SCSI status', { hex: true }),
    sense:  rest(1, 'sense data'),
  },
);

const BY_KEY: Readonly<Partial<Record<SenseKey, AnyLayout>>> = {
  noSense: progressIndication, recoveredError: actualRetryCount, notReady: progressIndication,
  mediumError: actualRetryCount, hardwareError: actualRetryCount, illegalRequest: fieldPointer,
  unitAttention: unitAttentionOverflow, copyAborted: segmentPointer,
};

/** How SENSE KEY SPECIFIC is to be read; undefined where the key defines nothing. */
export const specificLayoutOf = (key: number): AnyLayout | undefined => {
  const name = senseKeyOf(key);
  return name === undefined ? undefined : BY_KEY[name];
};
