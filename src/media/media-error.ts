/**
 * What can be wrong with a medium:
 *
 * - `notAMedium`: what the path names is not what was asked for (or is of a later format).
 * - `inUse`: another process, or this one, holds the medium's lock.
 * - `invalid`: an option, or what the medium says of itself, makes no sense.
 * - `damaged`: what the medium holds contradicts itself, or is not there.
 * - `writeProtected`: the medium cannot be written.
 * - `worm`: the medium is written once, and something else than its last filemarks would change.
 * - `endOfPartition`: the record does not fit before the end of the partition.
 * - `failed`: an earlier write or sync failed, so nothing more is written until the next open.
 */
export type MediaErrorCode =
  | 'notAMedium' | 'inUse' | 'invalid' | 'damaged' | 'writeProtected' | 'worm' | 'endOfPartition'
  | 'failed';

/** A medium that cannot be used as asked. The message names the medium and the place in it. */
export class MediaError extends Error {
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MediaError';
    this.code = code;
  }
}
