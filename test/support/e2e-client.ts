/** An initiator for tests: CDBs and parameter lists as hexadecimal text, answers as bytes. */
import { SystemClock } from '../../src/io/clock.ts';
import { TcpNetwork } from '../../src/io/network.ts';
import { SystemRandom } from '../../src/io/random.ts';
import { type ConnectOptions, Initiators } from '../../src/initiator/connect.ts';
import type { Initiator } from '../../src/initiator/initiator.ts';
import type { InitiatorPorts } from '../../src/initiator/session.ts';

export interface Answered {
  /** `good`, `05/26/07`, or another status. */
  readonly told: string;
  readonly data: Uint8Array;
  /** Sense data, in hexadecimal digits without spaces. */
  readonly sense: string;
}

export interface Sent {
  readonly out?: Uint8Array;
  readonly room?: number;
  readonly signal?: AbortSignal;
  readonly seesUnitAttention?: boolean;
}

/** Logical units of one target, by LUN, over one session. */
export class Client {
  /** Sense data that came with an answer, each once, in hexadecimal digits. */
  readonly senses = new Set<string>();
  readonly #initiators: Initiators;
  readonly #base: string;
  readonly #units = new Map<number, Promise<Initiator>>();

  /** `base` is the URL without its LUN: `iscsi://portal/iqn`. */
  constructor(base: string, options: ConnectOptions = {}, ports: Partial<InitiatorPorts> = {}) {
    this.#base = base;
    this.#initiators = new Initiators({
      network: new TcpNetwork(), clock: new SystemClock(), random: new SystemRandom(), ...ports,
    }, options);
  }

  async send(lun: number, cdb: string, { out, room = 0, ...rest }: Sent = {}): Promise<Answered> {
    const unit = this.#units.get(lun) ?? this.#initiators.open(`${this.#base}/${lun}`);
    this.#units.set(lun, unit);
    const { status, dataIn, senseBytes } = await (await unit).execute({
      cdb: hexBytes(cdb), dataInBytes: room, ...rest,
      ...(out === undefined ? {} : { dataOut: out }),
    });
    const sense = Buffer.from(senseBytes).toString('hex');
    if (sense !== '') this.senses.add(sense);
    return { told: sense === '' ? status : codesOf(senseBytes), data: dataIn, sense };
  }

  /** Sends a command that must end well. Throws: Error with what it was told instead. */
  async must(lun: number, cdb: string, sent: Sent = {}): Promise<Uint8Array> {
    const { told, data, sense } = await this.send(lun, cdb, sent);
    if (told === 'good') return data;
    throw new Error(`LUN ${lun}, CDB ${cdb}: told ${told} ${sense}`);
  }

  /** EXTENDED COPY, its list length included. */
  copy(lun: number, list: Uint8Array, sent: Sent = {}): Promise<Answered> {
    return this.send(lun, `83 00 00000000 00000000 ${hexOf(list.length, 4)} 00 00`,
      { ...sent, out: list });
  }

  /** EXTENDED COPY(LID4). */
  copyLid4(lun: number, list: Uint8Array): Promise<Answered> {
    return this.send(lun, `83 01 00000000 00000000 ${hexOf(list.length, 4)} 00 00`, { out: list });
  }

  /** The NAA designator of a logical unit, as VPD page 83h has it. */
  async naa(lun: number): Promise<string> {
    const page = await this.must(lun, '12 01 83 00FF 00', { room: 255 });
    for (let at = 4; at < page.length; at += 4 + page[at + 3]!) {
      if ((page[at + 1]! & 0x3f) !== 0x03) continue;
      return Buffer.from(page.subarray(at + 4, at + 4 + page[at + 3]!)).toString('hex');
    }
    throw new Error(`LUN ${lun} has no NAA designator`);
  }

  async close(): Promise<void> {
    for (const unit of this.#units.values()) await (await unit).close();
    this.#units.clear();
  }
}

/** `05/26/07` of sense data in either format. */
function codesOf(sense: Uint8Array): string {
  const [key, asc, ascq] = (sense[0]! & 0x7e) === 0x72
    ? [sense[1]!, sense[2]!, sense[3]!] : [sense[2]! & 0x0f, sense[12]!, sense[13]!];
  return [key, asc, ascq].map((byte) => hexOf(byte, 1)).join('/');
}

/** A number as so many bytes in hexadecimal, most significant first. */
export const hexOf = (value: number | bigint, byteLength: number): string =>
  BigInt.asUintN(8 * byteLength, BigInt(value)).toString(16).padStart(2 * byteLength, '0')
    .toUpperCase();

/** Bytes of hexadecimal text; what stands behind `;` on a line is a remark. */
export function hexBytes(text: string): Uint8Array {
  const digits = text.replaceAll(/;.*$/gm, '').replaceAll(/\s+/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hexadecimal: ${digits}`);
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}
