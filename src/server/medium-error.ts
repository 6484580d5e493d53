import { MediaError } from '../media/media-error.ts';
import { FileError } from '../ports/files.ts';
import { type Sense, SenseError } from '../sense/sense.ts';

/** The sense data of a failed read of the medium; whatever is no failure of a file passes. */
export const readFailure = (error: unknown, details: Partial<Sense> = {}): unknown =>
  (isOfFile(error) ? new SenseError(
    'mediumError', 'unrecoveredReadError', error.message, details) : error);

/** The sense data of a failed write of a disk, perhaps a thin one (SBC-3 4.7.3.6). */
export function blockWriteFailure(error: unknown, details: Partial<Sense> = {}): unknown {
  if (!isOfFile(error)) return error;
  return isOutOfSpace(error)
    ? new SenseError('dataProtect', 'spaceAllocationFailed', error.message, details)
    : new SenseError('mediumError', 'writeError', error.message, details);
}

/** The host's disk is full: to the initiator the tape ends here. Source: SSC-4 4.2.6. */
export const isOutOfSpace = (error: unknown): boolean =>
  error instanceof FileError && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code);

/** The sense data of a failed write of a tape, of whose transfer `information` was not written. */
export function streamWriteFailure(error: unknown, information?: number): unknown {
  const details = information === undefined ? {} : { information };
  if (isOutOfSpace(error) || (error instanceof MediaError && error.code === 'endOfPartition')) {
    return new SenseError('volumeOverflow', 'endOfPartitionDetected', String(error),
      { ...details, eom: true });
  }
  if (error instanceof MediaError && error.code === 'worm') {
    return new SenseError('dataProtect', 'wormOverwriteAttempted', error.message);
  }
  return isOfFile(error)
    ? new SenseError('mediumError', 'writeError', error.message, details) : error;
}

/** The host's files, or what they hold, are at fault. */
export const isOfFile = (error: unknown): error is FileError | MediaError =>
  error instanceof FileError || error instanceof MediaError;
