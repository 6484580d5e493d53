/**
 * A bench for parameter lists that are written by hand: two disks of 512-byte blocks, one of 4096,
 * and two tapes, on files of this host, reached over iSCSI. Nothing here encodes a list.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { createMover } from '../../src/io/mover.ts';
import { NodeFiles } from '../../src/io/files.ts';
import type { Mover } from '../../src/ports/mover.ts';
import { type Answered, type Client, hexBytes, hexOf } from './e2e-client.ts';
import { Assembled, diskConfig, tapeConfig } from './e2e-assembled.ts';

export const LUN = { A: 0, B: 1, C: 2, T: 3, U: 4, R: 5, E: 6 } as const;
export type Name = keyof typeof LUN;

export const DISK_BYTES = 16 * 1024 * 1024;
const READ_BYTES_MAX = 0x2_0000;

/** Media of a target and an initiator to it, in words for parameter lists. */
export class Lists {
  readonly client: Client;
  readonly #file: (name: string) => string;
  readonly #naa: Readonly<Record<Name, string>>;

  constructor(client: Client, file: (name: string) => string, naa: Readonly<Record<Name, string>>) {
    this.client = client;
    this.#file = file;
    this.#naa = naa;
  }

  /** Bytes of a list: `{A}` is the designator of disk A, filled up to the 20 bytes of its field. */
  list(text: string): Uint8Array {
    return hexBytes(text.replaceAll(/\{(\w)\}/g,
      (_, name: Name) => this.#naa[name].padEnd(40, '0')));
  }

  /** Sends a list to a logical unit. */
  copy(to: Name, text: string): Promise<Answered> {
    return this.client.copy(LUN[to], this.list(text));
  }

  disk(name: Name, lba: number, blocks: number, blockBytes = 512): Uint8Array {
    const bytes = new Uint8Array(blocks * blockBytes);
    const fd = openSync(this.#file(name), 'r');
    try {
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, lba * blockBytes));
    } finally {
      closeSync(fd);
    }
  }

  rewind(tape: Name): Promise<Uint8Array> {
    return this.client.must(LUN[tape], '01 00 00 00 00 00');
  }

  /** Where a tape stands: the logical object number of READ POSITION. */
  async position(tape: Name): Promise<number> {
    const data = await this.client.must(LUN[tape], '34 00 00000000000000 00', { room: 20 });
    return Buffer.from(data).readUInt32BE(4);
  }

  /** All that is on a tape, `mark` for each filemark; leaves it at its end. */
  async tape(tape: Name): Promise<(Uint8Array | 'mark')[]> {
    await this.rewind(tape);
    const objects: (Uint8Array | 'mark')[] = [];
    for (;;) {
      const { told, data, sense } = await this.client.send(
        LUN[tape], `08 00 ${hexOf(READ_BYTES_MAX, 3)} 00`, { room: READ_BYTES_MAX });
      if (told === '08/00/05') return objects;
      if (told === '00/00/01') objects.push('mark');
      // A shorter record: ILI, and INFORMATION says how much shorter.
      else if (told === '00/00/00' || told === 'good') objects.push(data);
      else throw new Error(`READ was told ${told} ${sense}`);
    }
  }

  /** Writes records of these bytes, and filemarks, from the beginning of the tape on. */
  async record(tape: Name, objects: readonly (Uint8Array | 'mark')[]): Promise<void> {
    await this.rewind(tape);
    for (const object of objects) {
      await (object === 'mark' ? this.client.must(LUN[tape], '10 00 000001 00')
        : this.client.must(LUN[tape], `0A 00 ${hexOf(object.length, 3)} 00`, { out: object }));
    }
    await this.rewind(tape);
  }

  /** MODE SELECT(6) with a block descriptor alone; 0 is variable mode. */
  async blockLength(tape: Name, bytes: number): Promise<void> {
    await this.client.must(LUN[tape], '15 10 00 00 0C 00',
      { out: hexBytes(`00 00 10 08 00 000000 00 ${hexOf(bytes, 3)}`) });
  }
}

/** The names of all logical units, by their designators. */
export async function namesOf(client: Client): Promise<Record<Name, string>> {
  const naa: Partial<Record<Name, string>> = {};
  for (const [name, lun] of Object.entries(LUN)) naa[name as Name] = await client.naa(lun);
  return naa as Record<Name, string>; // all names are there
}

/** The devices in a target of this process. */
export class ListBench extends Lists {
  readonly target: Assembled;

  private constructor(
    target: Assembled, client: Client, file: (name: string) => string, naa: Record<Name, string>) {
    super(client, file, naa);
    this.target = target;
  }

  /** `capacityBytes` of the tapes; R is a write-protected disk, E an empty drive. */
  static async open(
    file: (name: string) => string, capacityBytes = 1 << 26,
    mover: Mover = createMover()): Promise<ListBench> {
    writeContents(file);
    const size = { byteLength: DISK_BYTES };
    const target = await Assembled.open({ files: new NodeFiles(), mover }, [
      diskConfig('A', file('A')), diskConfig('B', file('B'), size),
      diskConfig('C', file('C'), { ...size, blockBytes: 4096 }),
      tapeConfig('T', file('T'), capacityBytes), tapeConfig('U', file('U'), capacityBytes),
      diskConfig('R', file('R'), { readonly: true }), tapeConfig('E', undefined),
    ]);
    const client = target.client();
    return new ListBench(target, client, file, await namesOf(client));
  }

  close(): Promise<void> {
    return this.target.close();
  }
}

/** What the disks A and R hold at first. */
export function writeContents(file: (name: string) => string): void {
  writeFileSync(file('A'), pattern(0, DISK_BYTES));
  writeFileSync(file('R'), pattern(1, 1 << 20));
}

/** Bytes that differ from place to place and from seed to seed. */
export function pattern(seed: number, byteLength: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(byteLength / 4));
  let state = 0x9e37_79b9 ^ (seed * 0x85eb_ca6b);
  for (let i = 0; i < words.length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, byteLength);
}

/** Bytes `from` to `to` (not included) of many parts that follow each other. */
export const cut = (parts: readonly Uint8Array[], from: number, to: number): Uint8Array =>
  new Uint8Array(Buffer.concat(parts)).subarray(from, to);

/** Joins parts, and fills up with zeros to a length. */
export const padded = (parts: readonly Uint8Array[], byteLength: number): Uint8Array => {
  const bytes = new Uint8Array(byteLength);
  bytes.set(cut(parts, 0, byteLength));
  return bytes;
};

type Objects = readonly (Uint8Array | 'mark')[];

/** Bytes, or what is on a tape, in few words that are equal only if all the bytes are. */
export const brief = (what: Uint8Array | Objects): string | string[] =>
  (what instanceof Uint8Array
    ? `${what.length} bytes ${createHash('sha256').update(what).digest('hex').slice(0, 16)}`
    : what.map((one) => (one === 'mark' ? 'mark' : String(brief(one)))));
