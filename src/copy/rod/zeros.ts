import { FileError, type OpenFile } from '../../ports/files.ts';
import type { RodData } from './rod.ts';

const cannot = async (): Promise<never> => {
  throw new FileError('EBADF', 'zeros', 'Cannot write zeros: they are read only');
};

/** A file that is one hole, so that whoever reads it makes holes. */
const ZERO_FILE: OpenFile = {
  path: 'zeros',
  size: async () => Number.MAX_SAFE_INTEGER,
  read: async (buffer) => {
    buffer.fill(0);
    return buffer.length;
  },
  nextData: async () => undefined,
  write: cannot, writeParts: cannot, truncate: cannot, allocate: cannot, punch: cannot,
  sync: async () => {},
  close: async () => {},
};

/** What a block device zero ROD token stands for. Source: SBC-5 4.28.4. */
export const ZEROS: RodData = {
  blockBytes: 512, byteLength: Number.MAX_SAFE_INTEGER, isReference: false, isLost: false,
  admit: () => {},
  reading: async () => {},
  places: (offset, byteLength) => [{ place: { file: ZERO_FILE, offset }, byteLength }],
  changing: async () => () => {},
  written: async () => {},
};
