import { FileError, type Files, type OpenFile } from '../../src/ports/files.ts';

type Operation =
  | 'read' | 'write' | 'writeParts' | 'truncate' | 'allocate' | 'punch' | 'nextData' | 'sync';

/** Counts what is done to files, and fails what it is told to fail. */
export class FileWatch {
  readonly counts = new Map<string, number>();
  /** Host error code by operation and end of path, such as `sync /disk`. */
  readonly failures = new Map<string, string>();

  countOf(operation: Operation, path: string): number {
    return this.counts.get(`${operation} ${path}`) ?? 0;
  }

  async watch<T>(operation: Operation, path: string, work: () => Promise<T>): Promise<T> {
    const key = `${operation} ${path}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    const code = this.failures.get(key);
    if (code !== undefined) throw new FileError(code, path, `Cannot ${operation} ${path}: ${code}`);
    return work();
  }
}

/** Files whose operations a watch sees. */
export function watchedFiles(files: Files, watch: FileWatch): Files {
  const watched = (file: OpenFile): OpenFile => ({
    path: file.path,
    size: () => file.size(),
    read: (buffer, offset) => watch.watch('read', file.path, () => file.read(buffer, offset)),
    write: (buffer, offset) => watch.watch('write', file.path, () => file.write(buffer, offset)),
    writeParts: (parts, offset) =>
      watch.watch('writeParts', file.path, () => file.writeParts(parts, offset)),
    truncate: (length) => watch.watch('truncate', file.path, () => file.truncate(length)),
    allocate: (offset, length) =>
      watch.watch('allocate', file.path, () => file.allocate(offset, length)),
    punch: (offset, length) => watch.watch('punch', file.path, () => file.punch(offset, length)),
    nextData: (offset) => watch.watch('nextData', file.path, () => file.nextData(offset)),
    sync: () => watch.watch('sync', file.path, () => file.sync()),
    close: () => file.close(),
  });
  return {
    open: async (path, mode) => watched(await files.open(path, mode)),
    openLocked: async (path, mode) => watched(await files.openLocked(path, mode)),
    readFile: (path) => files.readFile(path),
    replaceFile: (path, bytes) => files.replaceFile(path, bytes),
    exists: (path) => files.exists(path),
    list: (folder) => files.list(folder),
    makeFolder: (path) => files.makeFolder(path),
    syncFolder: (path) => files.syncFolder(path),
    remove: (path) => files.remove(path),
  };
}
