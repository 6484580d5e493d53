/**
 * What is on the disk cannot be read as ext4.
 *
 * `offset` is the byte of the disk where the fault was seen.
 */
export class FileSystemError extends Error {
  override readonly name = 'FileSystemError';
  readonly offset: number;

  constructor(offset: number, problem: string) {
    super(`Cannot read ext4 at byte ${offset}: ${problem}`);
    this.offset = offset;
  }
}
