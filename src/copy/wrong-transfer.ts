import type { StreamSession, StreamTransfer } from '../sam/medium-access.ts';
import { SenseError } from '../sense/sense.ts';
import { aborted, placeOfEnd, type Side } from './aborted.ts';
import type { StreamEnd } from './end.ts';

/**
 * Why a drive in this mode could not do a transfer; undefined if it can.
 *
 * A drive in variable mode refuses FIXED=1, and a record has its limits. In fixed mode a drive
 * moves blocks of its own length: fewer or more bytes than the CSCD descriptor says.
 * Source: SSC-4 5.4, SPC-4 5.17.7.4.
 */
export function wrongTransfer(
  segment: number, side: Side, end: StreamEnd, session: StreamSession,
  { fixed, recordBytes }: StreamTransfer): SenseError | undefined {
  const { blockBytes, recordBytesMin, recordBytesMax } = session;
  const isRefused = fixed ? blockBytes === 0
    : recordBytes < recordBytesMin || recordBytes > recordBytesMax;
  if (isRefused) {
    return new SenseError('illegalRequest', 'invalidFieldInCdb',
      `Cannot move records of ${recordBytes} bytes with FIXED=${fixed ? 1 : 0}`,
      { fieldPointer: { in: 'cdb', byte: fixed ? 1 : 2, ...(fixed ? { bit: 0 } : {}) } });
  }
  if (!fixed || blockBytes === recordBytes) return undefined;
  return aborted(segment, blockBytes < recordBytes ? 'underrun' : 'overrun',
    `the drive has blocks of ${blockBytes} bytes, its CSCD descriptor says ${recordBytes}`,
    placeOfEnd(end, side));
}
