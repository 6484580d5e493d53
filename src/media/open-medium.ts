import { FileError } from '../ports/files.ts';
import type { Files, OpenFile, OpenMode } from '../ports/files.ts';
import { MediaError } from './media-error.ts';

/**
 * Opens and locks the file that stands for a medium.
 *
 * Throws: MediaError (`inUse`, `notAMedium` if there is none) that names `what`; FileError.
 */
export async function openMedium(
  files: Files, path: string, mode: OpenMode, what: string,
): Promise<OpenFile> {
  try {
    return await files.openLocked(path, mode);
  } catch (error) {
    const code = error instanceof FileError ? error.code : undefined;
    if (code === 'EBUSY') {
      throw new MediaError('inUse', `Cannot open ${what}: it is in use`, { cause: error });
    }
    if (code === 'ENOENT') {
      throw new MediaError('notAMedium', `Cannot open ${what}: ${path} is missing`,
        { cause: error });
    }
    throw error;
  }
}
