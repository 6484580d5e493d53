/** A changer as tests command it over iSCSI: elements by address, barcodes in answers. */
import { readU16, readU24 } from '../../src/bytes/big-endian.ts';
import type { ChangerConfig } from '../../src/target/target-config.ts';
import { type Answered, type Client, hexOf } from './e2e-client.ts';

export const ADDRESS = { transport: 1, mail: 0x10, drive: 0x100, slot: 0x400 } as const;

export const changerConfig = (
  name: string, path: string, options: Partial<ChangerConfig> = {}): ChangerConfig => ({
  kind: 'changer', name, path, drives: 2, slots: 4, mailSlots: 1, cartridges: 3,
  capacityBytes: 1 << 22, ...options });

/** One full element. */
export interface Holding {
  readonly barcode: string;
  /** Where its cartridge comes from, if that is known. */
  readonly source: number | undefined;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trimEnd();

export class ChangerClient {
  readonly #client: Client;
  readonly #lun: number;

  constructor(client: Client, lun: number) {
    this.#client = client;
    this.#lun = lun;
  }

  move(from: number, to: number): Promise<Answered> {
    return this.#client.send(this.#lun, `A5 00 0000 ${hexOf(from, 2)} ${hexOf(to, 2)} 0000 00 00`);
  }

  exchange(from: number, first: number, second: number): Promise<Answered> {
    return this.#client.send(this.#lun,
      `A6 00 0000 ${[from, first, second].map((one) => hexOf(one, 2)).join(' ')} 00 00`);
  }

  /** The full elements, by address, as READ ELEMENT STATUS of all types tells. */
  async holdings(): Promise<Map<number, Holding>> {
    const data = await this.#client.must(
      this.#lun, 'B8 10 0000 FFFF 00 00FFFF 00 00', { room: 0xffff });
    const found = new Map<number, Holding>();
    for (let at = 8; at < data.length; at += 8 + readU24(data, at + 5)) {
      const length = readU16(data, at + 2);
      for (let from = at + 8; from < at + 8 + readU24(data, at + 5); from += length) {
        if ((data[from + 2]! & 0x01) === 0) continue;
        const source = (data[from + 9]! & 0x80) === 0 ? undefined : readU16(data, from + 10);
        found.set(readU16(data, from),
          { barcode: text(data.subarray(from + 12, from + 44)), source });
      }
    }
    return found;
  }
}
