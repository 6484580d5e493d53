import { getSystemErrorMap } from 'node:util';

import { FileError } from '../ports/files.ts';

const ERRNO = new Map([...getSystemErrorMap()].map(([errno, [code]]) => [code, errno]));

/** The name (`ENOSPC`) of an errno, of either sign. */
export const errorName = (errno: number): string =>
  getSystemErrorMap().get(-Math.abs(errno))?.[0] ?? `E${Math.abs(errno)}`;

/** `no space left on device (ENOSPC)`, from the name. */
export function describeCode(code: string): string {
  if (code === 'ENOTSUP') return `operation not supported (${code})`;  // libuv's text is of sockets
  const errno = ERRNO.get(code);
  const text = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return text === undefined ? code : `${text} (${code})`;
}

/** A FileError from the host's code: `Cannot read /a/b: i/o error (EIO)`. */
export const fileError = (action: string, path: string, code: string, cause?: unknown): FileError =>
  new FileError(code, path, `Cannot ${action} ${path}: ${describeCode(code)}`, { cause });

/** What Node threw, as a FileError; an error that is not the host's is passed through. */
export function asFileError(action: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof FileError) return error;
  const { code } = error as NodeJS.ErrnoException;  // Node's own errors carry it
  return code === undefined ? error : fileError(action, path, code, error);
}

/** Codes that say "not here" or "not like this", so that another way is tried. */
const NOT_SUPPORTED: ReadonlySet<string> = new Set([
  'ENOTSUP', 'ENOSYS', 'ENOTTY', 'EXDEV', 'EINVAL', 'EPERM', 'EACCES', 'ETXTBSY',
]);

export const isNotSupported = (code: string): boolean => NOT_SUPPORTED.has(code);
