/** A disk and a tape in memory. */
export class FakeDisk {
  readonly designator: Uint8Array;
  readonly blockBytes: number;
  bytes: Uint8Array;

  constructor(blockBytes: number, bytes: Uint8Array, id = 1) {
    this.blockBytes = blockBytes;
    this.bytes = bytes;
    this.designator = Uint8Array.of(0x32, 0, 0, 0, 0, 0, 0xd1, id);
  }

  readBlocks(lba: number, count: number): Uint8Array {
    const end = (lba + count) * this.blockBytes;
    if (end > this.bytes.length) throw new RangeError(`Cannot read block ${lba + count - 1}`);
    return this.bytes.slice(lba * this.blockBytes, end);
  }

  writeBlocks(lba: number, data: Uint8Array): void {
    if (lba * this.blockBytes + data.length > this.bytes.length) {
      throw new RangeError(`Cannot write ${data.length} bytes at block ${lba}`);
    }
    this.bytes.set(data, lba * this.blockBytes);
  }
}

export type FakeObject = Uint8Array | 'filemark';

export class FakeTape {
  readonly designator: Uint8Array;
  objects: FakeObject[] = [];
  position = 0;
  /** Writing beyond so many objects fails, as behind the end of the medium. */
  objectCountMax = Number.POSITIVE_INFINITY;

  constructor(id = 1) {
    this.designator = Uint8Array.of(0x32, 0, 0, 0, 0, 0, 0x7a, id);
  }

  write(object: FakeObject): void {
    if (this.position >= this.objectCountMax) throw new FakeTapeFull();
    this.objects.length = this.position;
    this.objects.push(object instanceof Uint8Array ? object.slice() : object);
    this.position += 1;
  }

  /** What is at the position, and stands behind it; undefined at the end of data. */
  read(): FakeObject | undefined {
    const object = this.objects[this.position];
    if (object !== undefined) this.position += 1;
    return object;
  }

  /** False: there are not so many objects, and the tape stands at its end of data. */
  locate(object: number): boolean {
    this.position = Math.min(object, this.objects.length);
    return object <= this.objects.length;
  }

  get file(): number {
    return this.objects.slice(0, this.position).filter((object) => object === 'filemark').length;
  }
}

export class FakeTapeFull extends Error {}
