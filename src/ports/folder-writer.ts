/** Writes files, folders and links below one folder: what a restore needs, and nothing more. */

/** Owner, permissions and times, as `stat` has them; times are nanoseconds since 1970. */
export interface FileAttributes {
  /** With the type of the file: a symbolic link has no permissions to set. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

/**
 * Paths are lists of names below the folder; nothing outside it is touched, and nothing that is
 * there is overwritten. Names are bytes. All functions throw FileError.
 */
export interface FolderWriter {
  /** Where it writes, for messages. */
  readonly path: string;

  /** Makes a folder; one that is there already is good enough. */
  makeFolder(path: readonly Uint8Array[]): Promise<void>;

  /** Makes a file of that size that reads zeros and takes no space. */
  createFile(path: readonly Uint8Array[], byteLength: number): Promise<void>;

  /** Writes into a file that was made before. Several writes may be under way. */
  writeFile(path: readonly Uint8Array[], offset: number, bytes: Uint8Array): Promise<void>;

  makeSymlink(path: readonly Uint8Array[], target: Uint8Array): Promise<void>;

  /** Gives a file that was made before another name. */
  makeHardLink(path: readonly Uint8Array[], existing: readonly Uint8Array[]): Promise<void>;

  /**
   * Sets what can be set: without the right to, the owner stays this process's, and so then do
   * set-user-ID and set-group-ID bits.
   */
  setAttributes(path: readonly Uint8Array[], attributes: FileAttributes): Promise<void>;

  /** Closes what is open; all that was written is with the operating system. */
  close(): Promise<void>;
}
