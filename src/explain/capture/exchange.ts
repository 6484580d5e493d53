/** Follows third-party copy commands over PDUs: command, data both ways, answer. */
import { readU16, readU32 } from '../../bytes/big-endian.ts';
import { concat } from '../../bytes/concat.ts';
import type { Finding } from '../../codec/finding.ts';
import { walk } from '../../codec/list.ts';
import { additionalHeaders, extendedCdbAhs } from '../../wire/iscsi/ahs.ts';
import { OPCODE } from '../../wire/iscsi/opcodes.ts';
import { nameOfCdb } from './command-name.ts';
import type { Pdu } from './framing.ts';
import type { Stretch } from './stream.ts';

/** EXTENDED COPY and RECEIVE COPY RESULTS with all their service actions. */
const COPY_CODES: readonly number[] = [0x83, 0x84];

const TAG_AT = 16;
const CDB_AT = 32;
const EXPECTED_BYTES_AT = 20;
const BUFFER_OFFSET_AT = 40;
const RESIDUAL_AT = 44;
const REFERENCED_TAG_AT = 20;
/** Functions that end one task, or several. Source: RFC 7143 11.5.1. */
const MANAGEMENT: Readonly<Record<number, string>> = {
  1: 'ABORT TASK', 2: 'ABORT TASK SET', 3: 'CLEAR ACA', 4: 'CLEAR TASK SET',
  5: 'LOGICAL UNIT RESET', 6: 'TARGET WARM RESET', 7: 'TARGET COLD RESET', 8: 'TASK REASSIGN',
};
/** So many commands are kept; captures of real work hold far fewer. */
const COPY_COUNT_MAX = 100_000;
/** A peer can reject, or abort, without end. */
const FINDING_COUNT_MAX = 20;
const ABORT_TASK = 1;
const TASK_REASSIGN = 8;

/** One command with all that belongs to it. */
export interface Exchange {
  readonly lun: Uint8Array;
  readonly tag: number;
  readonly cdb: Uint8Array;
  readonly sentNs: bigint | undefined;
  readonly expectedBytes: number;
  readonly fileAt: number;
  readonly frames: Set<number>;
  /** Parts of the data in both directions, by their place in it. */
  readonly out: Stretch[];
  readonly in: Stretch[];
  readonly findings: Finding[];
  answer: Answer | undefined;
}

export interface Residual {
  readonly kind: 'underflow' | 'overflow';
  readonly bytes: number;
}

export interface Answer {
  readonly status: number;
  /** 0 unless the target could not carry the command out at all. */
  readonly response: number;
  readonly sense: Uint8Array;
  readonly frame: number;
  readonly timeNs: bigint | undefined;
  /** Bytes that the command moved less, or had more of, than it announced. */
  readonly residual: Residual | undefined;
}

/** The commands of one connection: give it the PDUs of both directions in the order of time. */
export class Exchanges {
  /** Third-party copy commands, in the order in which they were sent. */
  readonly copies: Exchange[] = [];
  /** How many other commands there were, by name. */
  readonly others = new Map<string, number>();
  /** Third-party copy commands beyond as many as are kept. */
  leftOut = 0;
  /**
   * By task tag, until another command has the tag: what a capture shows late can come behind the
   * answer.
   */
  readonly #byTag = new Map<number, Exchange>();

  take(pdu: Pdu): void {
    switch (pdu.opcode) {
      case OPCODE.scsiCommand: this.#begin(pdu); break;
      case OPCODE.taskManagementRequest: this.#manage(pdu); break;
      case OPCODE.reject: this.#reject(pdu); break;
      default: this.#continue(pdu);
    }
  }

  #continue(pdu: Pdu): void {
    const exchange = this.#byTag.get(readU32(pdu.header, TAG_AT));
    if (exchange === undefined) return;
    switch (pdu.opcode) {
      case OPCODE.dataOut: this.#data(exchange, exchange.out, pdu); break;
      case OPCODE.dataIn: this.#dataIn(exchange, pdu); break;
      case OPCODE.scsiResponse: this.#respond(exchange, pdu); break;
      case OPCODE.readyToTransfer: addFrames(exchange, pdu); break;
      default: // other PDUs carry tags of their own
    }
  }

  #begin(pdu: Pdu): void {
    const { header } = pdu;
    const tag = readU32(header, TAG_AT);
    this.#byTag.delete(tag);
    const cdb = cdbOf(pdu);
    if (!COPY_CODES.includes(cdb[0]!)) {
      const name = nameOfCdb(cdb);
      this.others.set(name, (this.others.get(name) ?? 0) + 1);
      return;
    }
    if (this.copies.length === COPY_COUNT_MAX) {
      this.leftOut += 1;
      return;
    }
    const exchange: Exchange = {
      lun: header.subarray(8, 16), tag, cdb, sentNs: pdu.timeNs, fileAt: pdu.fileAt,
      frames: new Set(), expectedBytes: readU32(header, EXPECTED_BYTES_AT), out: [], in: [],
      findings: [], answer: undefined,
    };
    this.copies.push(exchange);
    this.#byTag.set(tag, exchange);
    this.#data(exchange, exchange.out, pdu, 0);
  }

  #data(
    exchange: Exchange, into: Stretch[], pdu: Pdu,
    offset = readU32(pdu.header, BUFFER_OFFSET_AT)): void {
    addFrames(exchange, pdu);
    for (const { at, bytes } of pdu.data) into.push({ at: offset + at, bytes });
    if (offset + pdu.dataBytes > exchange.expectedBytes) {
      tell(exchange, { at: pdu.fileAt, severity: 'warning', rule: 'transfer-length',
        message: `data up to byte ${offset + pdu.dataBytes}, `
          + `${exchange.expectedBytes} were announced` });
    }
  }

  #dataIn(exchange: Exchange, pdu: Pdu): void {
    this.#data(exchange, exchange.in, pdu);
    const hasStatus = (pdu.header[1]! & 0x01) !== 0;
    if (hasStatus) this.#answer(exchange, pdu, new Uint8Array(0), 0);
  }

  #respond(exchange: Exchange, pdu: Pdu): void {
    addFrames(exchange, pdu);
    const data = prefixOf(pdu.data);
    const sense = data.length < 2 ? data.subarray(0, 0) : data.subarray(2, 2 + readU16(data, 0));
    this.#answer(exchange, pdu, sense, pdu.header[2]!);
  }

  #answer(exchange: Exchange, pdu: Pdu, sense: Uint8Array, response: number): void {
    const flags = pdu.header[1]!;
    const bytes = readU32(pdu.header, RESIDUAL_AT);
    exchange.answer = {
      status: pdu.header[3]!, response, sense, frame: pdu.frames.at(-1)!, timeNs: pdu.timeNs,
      residual: (flags & 0x02) !== 0 ? { kind: 'underflow', bytes }
        : (flags & 0x04) !== 0 ? { kind: 'overflow', bytes } : undefined,
    };
  }

  /** A command that others than its own answer may end. */
  #manage({ header, frames, fileAt }: Pdu): void {
    const managed = header[1]! & 0x7f;
    const name = MANAGEMENT[managed];
    if (name === undefined) return;
    const one = this.#byTag.get(readU32(header, REFERENCED_TAG_AT));
    const isOne = managed === ABORT_TASK || managed === TASK_REASSIGN;
    const concerned = isOne ? (one === undefined ? [] : [one]) : [...this.#byTag.values()];
    for (const exchange of concerned) {
      if (exchange.answer !== undefined) continue;
      tell(exchange, { at: fileAt, severity: 'note', rule: 'task-management',
        message: `${name} follows in frame ${frames[0]!}` });
    }
  }

  #reject({ data, frames, fileAt, header }: Pdu): void {
    const rejected = prefixOf(data);
    if (rejected.length < TAG_AT + 4) return;
    const exchange = this.#byTag.get(readU32(rejected, TAG_AT));
    if (exchange === undefined) return;
    tell(exchange, { at: fileAt, severity: 'warning', rule: 'reject',
      message: `frame ${frames[0]!} rejects a PDU of it, reason ${header[2]!}` });
  }
}

function tell({ findings }: Exchange, finding: Finding): void {
  if (findings.length < FINDING_COUNT_MAX) findings.push(finding);
}

function addFrames(exchange: Exchange, { frames }: Pdu): void {
  for (const frame of frames) exchange.frames.add(frame);
}

/** The CDB: that of the header, and what an additional header continues it with. */
function cdbOf({ header, additional }: Pdu): Uint8Array {
  const cdb = header.subarray(CDB_AT);
  const extension = walk(additionalHeaders, additional, 0, additional.length).items
    .find(({ layout }) => layout === extendedCdbAhs);
  if (extension === undefined) return cdb;
  const { at } = extension;
  // The length counts one byte that is reserved.
  const byteLength = Math.max(0, readU16(additional, at) - 1);
  return concat([cdb, additional.subarray(at + 4, Math.min(extension.end, at + 4 + byteLength))]);
}

/** The bytes from place 0 on, up to the first that is missing. */
export function prefixOf(parts: readonly Stretch[]): Uint8Array {
  const taken: Uint8Array[] = [];
  let end = 0;
  for (const { at, bytes } of parts.toSorted((a, b) => a.at - b.at)) {
    if (at > end) break;
    if (at + bytes.length <= end) continue;
    taken.push(bytes.subarray(end - at));
    end = at + bytes.length;
  }
  return concat(taken);
}
