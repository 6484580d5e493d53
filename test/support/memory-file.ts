import { FileError, type OpenFile } from '../../src/ports/files.ts';

/** A fault of a range of a file: every read or write that touches it fails there. */
export interface FileFault {
  readonly kind: 'read' | 'write';
  readonly offset: number;
  readonly byteLength: number;
  readonly code: string;
}

/** A file in memory that grows as it is written. */
export class MemoryFile implements OpenFile {
  readonly path: string;
  bytes: Uint8Array;
  faults: FileFault[] = [];

  constructor(path: string, bytes: Uint8Array = new Uint8Array(0)) {
    this.path = path;
    this.bytes = bytes;
  }

  /** Bytes before the first fault of a range; undefined if there is none. */
  faultIn(kind: FileFault['kind'], offset: number, byteLength: number) {
    return this.faults
      .filter((fault) => fault.kind === kind && fault.offset < offset + byteLength
        && offset < fault.offset + fault.byteLength)
      .map(({ code, offset: at }) => ({ code, bytesDone: Math.max(0, at - offset) }))
      .sort((a, b) => a.bytesDone - b.bytesDone)[0];
  }

  /** The bytes of a range; zeros behind the end. */
  slice(offset: number, byteLength: number): Uint8Array {
    const out = new Uint8Array(byteLength);
    out.set(this.bytes.subarray(offset, offset + byteLength));
    return out;
  }

  put(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(bytes, offset);
  }

  #refuse(kind: FileFault['kind'], offset: number, byteLength: number): void {
    const fault = this.faultIn(kind, offset, byteLength);
    if (fault !== undefined) throw new FileError(fault.code, this.path, `${kind} fault`);
  }

  async size(): Promise<number> {
    return this.bytes.length;
  }

  async read(buffer: Uint8Array, offset: number): Promise<number> {
    this.#refuse('read', offset, buffer.length);
    buffer.set(this.slice(offset, buffer.length));
    return buffer.length;
  }

  async write(buffer: Uint8Array, offset: number): Promise<void> {
    this.#refuse('write', offset, buffer.length);
    this.put(offset, buffer);
  }

  async writeParts(parts: readonly Uint8Array[], offset: number): Promise<void> {
    let at = offset;
    for (const part of parts) {
      await this.write(part, at);
      at += part.length;
    }
  }

  async truncate(byteLength: number): Promise<void> {
    this.bytes = this.slice(0, byteLength);
  }

  async allocate(offset: number, byteLength: number): Promise<void> {
    if (offset + byteLength > this.bytes.length) this.put(offset + byteLength, new Uint8Array(0));
  }

  async punch(offset: number, byteLength: number): Promise<boolean> {
    this.put(offset, new Uint8Array(byteLength));
    return true;
  }

  async nextData(offset: number) {
    return offset < this.bytes.length
      ? { offset, byteLength: this.bytes.length - offset } : undefined;
  }

  async sync(): Promise<void> {}
  async close(): Promise<void> {}
}
